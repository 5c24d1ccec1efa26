//! How long a phone waits for an answer while a config of 10,000 numbers comes into force.

use std::{
    fmt::Write as _,
    fs,
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use xtask::{
    daemon::Daemon,
    net::{Net, PORT},
    shell::{Command, target},
};

use crate::{
    register, switch,
    table::{Row, Table},
};

/// Changes that come into force, each of other numbers.
const APPLIES: u32 = 10;
const NUMBERS: u32 = 10_000;
/// How often a carrier asks whether we are there.
const EVERY: Duration = Duration::from_millis(1);
/// What calls of before hold is given back within this.
const RESTS: Duration = Duration::from_secs(2);
/// Nobody waits as long for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Applies ten configs of 10,000 numbers and 2,000 phones to a daemon that a carrier pings a thousand times a second.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let site = register::phones()?;
    numbers(&site, 0)?;
    let daemon = switch::start("apply", Some(site))?;
    let (mut alone, mut within, mut lasted) = (Duration::ZERO, Vec::new(), Duration::ZERO);
    for apply in 1..=APPLIES {
        numbers(&daemon.folder.join("config"), apply)?;
        alone = alone.max(longest(rest)?);
        let mut took = Duration::ZERO;
        within.push(longest(|| {
            let begun = Instant::now();
            ringplan(&daemon)?;
            took = begun.elapsed();
            rest()
        })?);
        lasted = lasted.max(took);
        table.step(&format!("apply {apply}: {took:.0?}, an answer after {:.1?}", within[within.len() - 1]));
    }
    daemon.stop()?;
    within.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let note = format!(
        "the worst of all {APPLIES} {:.1} ms; the worst without an apply {:.1} ms; each took {:.0} ms at most",
        ms(within[within.len() - 1]),
        ms(alone),
        ms(lasted)
    );
    let work = format!("longest wait while {NUMBERS} numbers come into force");
    let ours = ms(within[within.len() / 2]);
    table.add(Row { work, ours, unit: "ms", beside: None, goal: 5.0, note });
    let work = "such a reload, from the command to its answer".to_owned();
    table.add(Row { work, ours: ms(lasted), unit: "ms", beside: None, goal: 1000.0, note: String::new() });
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "it is work like any other")]
fn rest() -> Result<(), String> {
    sleep(RESTS);
    Ok(())
}

/// Numbers of a trunk's, told apart by their labels from those of other versions.
fn numbers(site: &Path, version: u32) -> Result<(), String> {
    let mut text = "[numbers]\n".to_owned();
    for number in 0..NUMBERS {
        let _ = writeln!(
            text,
            "\"+1203555{number:04}\" = {{ label = \"{version}-{number}\", trunk = \"direct-in\", plan = \"direct\" }}"
        );
    }
    let path: PathBuf = site.join("many.toml");
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn ringplan(daemon: &Daemon) -> Result<(), String> {
    let run = Command::new(target().join("release/ringplan"))
        .args(&["apply", "--config"])
        .args(&[daemon.folder.join("config")])
        .args(&["--data"])
        .args(&[daemon.data()]);
    let said = run.say()?;
    if said.content { Ok(()) } else { Err(said.text) }
}

/// The longest that a carrier waits for an answer while something is done.
fn longest(work: impl FnOnce() -> Result<(), String>) -> Result<Duration, String> {
    let is_over = AtomicBool::new(false);
    scope(|scope| {
        let pings = scope.spawn(|| ping_until(&is_over));
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        let longest = pings.join().map_err(|_| "the carrier panicked".to_owned())?;
        done.and(longest)
    })
}

fn ping_until(is_over: &AtomicBool) -> Result<Duration, String> {
    let net = Net::of_this_run();
    let [ours, theirs] = [2, 1].map(|host| SocketAddr::from((net.address(host), PORT)));
    let socket = UdpSocket::bind(ours).map_err(|error| format!("{ours}: {error}"))?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    let mut longest = Duration::ZERO;
    for ping in 0_u32.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let ask = format!(
            "OPTIONS sip:{theirs} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bKping{ping};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:carrier@{ours}>;tag=ping\r\nTo: <sip:{theirs}>\r\n\
             Call-ID: ping{ping}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        let asked = Instant::now();
        socket.send_to(ask.as_bytes(), theirs).map_err(|error| error.to_string())?;
        let mut answer = [0; 2048];
        let length =
            socket.recv(&mut answer).map_err(|error| format!("ping {ping} has no answer: {error}"))?;
        longest = longest.max(asked.elapsed());
        if !answer[..length].starts_with(b"SIP/2.0 200") {
            return Err(String::from_utf8_lossy(&answer[..length]).into_owned());
        }
        sleep(EVERY);
    }
    Ok(longest)
}
