//! Side by side with Kamailio and rtpengine, on the same machine in the same run: what a call, a REGISTER, a
//! relayed packet and a held call cost.
//!
//! Ours runs as it ships, with records, digest, limits and SQLite on, and every call's row is counted at the
//! end. Peers come from Debian's packages, without logging, with the best of 1, 2 and 4 workers. A figure is
//! the processor time, user and system, of the whole process tree; judge by the ratios, for absolute figures
//! move with the machine.

#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

mod apply;
mod bencode;
mod call;
mod cpu;
mod figures;
mod memory;
mod ng;
mod peer;
mod register;
mod relay;
mod rtp;
mod sipp;
mod switch;
mod table;
mod tls;
mod ua;
mod watchers;

use std::process::ExitCode;

use table::Table;

const HELP: &str = "\
cargo xtask bench [call|register|relay|memory|tls|watchers|apply]...

Measures ringplan beside Kamailio and rtpengine, one after the other in one run, and prints ratios of
processor time. Without a name every part runs, about fourteen minutes; keep the machine idle meanwhile.

call      a call through a plan without media, 1,000 a second, held 1 s; beside Kamailio as a stateful proxy
register  a REGISTER with digest, 1,000 a second, new bindings and refreshed ones; beside Kamailio's registrar
relay     a relayed RTP packet, 500 calls of 100 packets a second; beside rtpengine in user space
memory    what a held call with media takes, and what is left behind by 20,000 calls
tls       what an open TLS connection of a registered phone takes, 5,000 of them
watchers  a call whose two people have 20 watchers each, with all NOTIFYs
apply     how long an answer waits while a config of 10,000 numbers comes into force";

/// A part of the bench: its name, and what it runs.
type Part = (&'static str, fn(&mut Table) -> Result<(), String>);

const PARTS: [Part; 7] = [
    ("call", call::bench),
    ("register", register::bench),
    ("relay", relay::bench),
    ("memory", memory::bench),
    ("tls", tls::bench),
    ("watchers", watchers::bench),
    ("apply", apply::bench),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.iter().any(|word| ["help", "--help", "-h"].contains(&word.as_str())) {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if let Some(name) = wanted.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        eprintln!("there is no part {name}\n\n{HELP}");
        return ExitCode::from(2);
    }
    let mut table = Table::begin();
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|it| it == name) {
            table.part(name);
            if let Err(why) = run(&mut table) {
                table.failed(name, &why);
            }
        }
    }
    if table.print() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
