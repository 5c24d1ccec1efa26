//! SIPVicious against the shipped site, and against sites made for it: what it finds on a weak one shows that it
//! would (RELIABILITY A4, A5, section 4). No config makes ours tell who is known, so a server of others does that.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use xtask::{
    daemon::Daemon,
    net::Net,
    packages,
    peer::Peer,
    shell::{Command, target, top},
};

use crate::report::{Outcome, Report};

/// The port that scanners look at.
const SIP: u16 = 5060;

/// What the stages are called, for who asks for them by name.
const NAME: &str = "scanners";

/// A site, what is run against it, and what comes of it.
struct Scan {
    site: &'static str,
    /// Laid over the shipped site.
    over: Option<&'static str>,
    /// A command, and a word that it says.
    says: &'static [(&'static str, &'static str)],
}

/// Every scanner answers to everybody; the daemon's refusals all look alike and name no product, ten wrong passwords
/// are enough, and with a carrier that anybody may be there is nothing to refuse.
const SCANS: [Scan; 3] = [
    Scan {
        site: "the shipped site",
        over: None,
        says: &[
            ("svmap", "| unknown "),
            ("svwar -m REGISTER -e 100-199", "found nothing"),
            ("svwar -m INVITE -e 100-199", "found nothing"),
            ("svwar -m OPTIONS -e 100-199", "found nothing"),
            ("svwar -m INVITE -e 2025550095-2025550105", "found nothing"),
            ("svcrack -u ana-desk -r 1000-1999", "found nothing"),
        ],
    },
    Scan {
        site: "a password in its list",
        over: Some("guessable"),
        // Somebody is there, by both of its names, and no method tells it from nobody.
        says: &[
            ("svwar -m REGISTER -e 185-195,1000-1005", "found nothing"),
            ("svwar -m INVITE -e 185-195,1000-1005", "found nothing"),
            ("svwar -m OPTIONS -e 185-195,1000-1005", "found nothing"),
            ("svcrack -u 1001 -r 1000-1999", "found nothing"),
        ],
    },
    Scan {
        site: "a weak site",
        over: Some("weak"),
        says: &[
            ("svmap", "| ringplan/"),
            ("svwar -m INVITE -e 2025550185-2025550195", "| 2025550190 "),
            ("svcrack -u 1001 -r 1000-1999", "| 1004 "),
        ],
    },
];

/// Not ours: a server that answers by whether it knows somebody. What finds its account would find one of ours.
const TELLTALE: [(&str, &str); 3] = [
    ("svwar -m REGISTER -e 1000-1005", "| 1001 "),
    ("svwar -m OPTIONS -e 1000-1005", "| 1001 "),
    ("svwar -m INVITE -e 1000-1005", "| 1001 "),
];

/// Lets SIPVicious loose, unless other scenes alone were asked for.
pub(crate) fn scanners(report: &mut Report, binary: &Path, names: &[&str]) {
    if !names.is_empty() && !names.iter().any(|name| NAME.contains(name)) {
        return;
    }
    if !report.stage("SIPVicious", || packages::install(&packages::SCANNERS).into()) {
        return;
    }
    for scan in &SCANS {
        report.stage(&format!("{NAME}: {}", scan.site), || scan.run(binary).unwrap_or_else(Outcome::failed));
    }
    report.stage(&format!("{NAME}: a server that tells"), || telltale().into());
}

impl Scan {
    fn run(&self, binary: &Path) -> Result<Outcome, String> {
        let over = self.over.map(|over| top().join("scenarios/scanners").join(over));
        let sites: Vec<PathBuf> = [top().join("etc")].into_iter().chain(over).collect();
        let daemon = Daemon::start(binary, &sites, &format!("{NAME}-{}", self.over.unwrap_or("shipped")))?;
        let target = daemon.net.address(1);
        let surprises = self.says.iter().filter_map(|(words, expected)| surprise(words, expected, target));
        let surprises: Vec<String> = surprises.collect();
        daemon.stop()?;
        if surprises.is_empty() { Ok(Outcome::passed()) } else { Err(surprises.join("\n")) }
    }
}

/// Kamailio as the telltale.
fn telltale() -> Result<(), String> {
    packages::install(&packages::PEER)?;
    let address = Net::of_this_run().address(7);
    let folder = target().join("live");
    let command = Command::new(packages::program(&packages::PEER[1])?)
        .args(&["-DD", "-E", "-m", "64", "-M", "8", "-n", "1", "-l", &format!("udp:{address}:{SIP}")])
        .args(&["-f".as_ref(), top().join("scenarios/scanners/telltale.cfg").as_os_str()])
        .args(&["-Y".as_ref(), folder.as_os_str()]);
    let peer = Peer::start(command, &folder.join("telltale.log"), (address, SIP))?;
    let surprises = TELLTALE.iter().filter_map(|(words, expected)| surprise(words, expected, address));
    let surprises: Vec<String> = surprises.collect();
    peer.stop()?;
    if surprises.is_empty() { Ok(()) } else { Err(surprises.join("\n")) }
}

/// What a scanner said, if not what is expected of it.
fn surprise(words: &str, expected: &str, target: Ipv4Addr) -> Option<String> {
    let target = target.to_string();
    let words: Vec<&str> = words.split(' ').chain([&*target]).collect();
    match Command::new("timeout").args(&["60"]).args(&words).say() {
        Ok(said) if said.text.contains(expected) => None,
        Ok(said) => Some(format!("{} does not say \"{expected}\":\n{}", words.join(" "), said.text)),
        Err(why) => Some(why),
    }
}
