//! Carriers as their presets have them, each played by Kamailio: calls out and in, and what the kind of carrier adds.
//!
//! | `profile` | here | ladder |
//! |---|---|---|
//! | `generic-register` | registers by digest over UDP, is called at its contact, refreshes; a wrong password | `profile-generic-register` |
//! | `generic-address` | the story of `kamailio` beside this: UDP, known by address, stopped and back | `profile-generic-address` |
//! | `generic-tls` | TLS both ways under an authority of its own; a certificate for another name | `profile-generic-tls` |
//! | `twilio` | TLS, challenges to calls, E.164 alone, calls from two of its addresses and one beside them | `profile-twilio` |
//! | `telnyx` | registers over TLS, challenges to calls, is called at its contact | `profile-telnyx` |
//!
//! Hosts, authority and the addresses that calls come from are the scene's; all else is the preset's.

use std::{
    fs,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use xtask::{
    daemon::{Daemon, build, tail},
    net::{Net, PORT},
    packages,
    peer::Peer,
    shell::{Command, target, top},
};

use super::{cast::Cast, expect, scene};
use crate::report::Report;

/// A carrier of a preset.
struct Carrier {
    profile: &'static str,
    /// What kind of edge it has; `edge.cfg` says what each word means.
    edge: &'static [&'static str],
    /// What has to come of it, in this order.
    story: &'static [(&'static str, &'static [Step])],
}

/// Who takes part.
struct Place<'a> {
    binary: &'a Path,
    daemon: &'a Daemon,
    /// What the edge says.
    edge: PathBuf,
}

/// One thing to be done or seen.
#[derive(Clone, Copy)]
enum Step {
    /// A scene of SIPp.
    Plays(&'static str),
    /// `ringplan trunks` says this of a trunk.
    Trunk(&'static str, &'static str),
    /// A line of the daemon's log says all of this.
    Log(&'static [&'static str]),
    /// The edge's log says this so often.
    Edge(&'static str, usize),
}
use Step::{Edge, Log, Plays, Trunk};

const OUT: Step = Plays(
    "register ana-desk\ngateway plays gateway-takes hears 15\nana-desk plays caller-talks to 2025550142\n\
     record answered",
);
const IN: Step = Plays(
    "register ana-desk\nana-desk plays phone-answers hears 15\n\
     gateway plays carrier-calls to +12025550100 by carrier\nrecord answered times 2",
);
/// To the number that the edge brings from its second address.
const IN_BY_ANOTHER: Step = Plays(
    "register ana-desk\nana-desk plays phone-answers hears 15\n\
     gateway plays carrier-calls to +12025550101 by carrier\nrecord answered times 3",
);
/// To the number that it brings from an address beside its own.
const BY_A_NEIGHBOUR: Step =
    Plays("gateway plays stranger-is-asked to +12025550106 by carrier\nrecord answered times 3");
/// As before, after the first binding has ended.
const IN_LATER: Step = Plays(
    "register ana-desk\nana-desk plays phone-answers hears 15\n\
     gateway plays carrier-calls to +12025550100 by carrier\nrecord answered times 3",
);

const CARRIERS: [Carrier; 4] = [
    Carrier {
        profile: "generic-register",
        edge: &["REGISTERS", "CHALLENGES"],
        story: &[
            ("registers, calls and is called", &[Trunk("carrier", "registered for"), OUT, IN]),
            ("is refreshed", &[Edge("larch registered over udp", 3), IN_LATER]),
            (
                "a wrong password is told",
                &[
                    Edge("wrong password of larch", 1),
                    Trunk("mistaken", "user or secret is refused (our side: "),
                    Log(&["trunk mistaken", "user or secret is refused (our side: "]),
                ],
            ),
        ],
    },
    Carrier {
        profile: "generic-tls",
        edge: &["SECURE"],
        story: &[
            ("calls and is called", &[Trunk("carrier", "answers"), OUT, Edge("over tls", 1), IN]),
            (
                "a certificate for another name",
                &[
                    Trunk("mistaken", "certificate is for another name (the carrier's side: "),
                    Log(&["trunk mistaken", "certificate is for another name (the carrier's side: "]),
                ],
            ),
        ],
    },
    Carrier {
        profile: "twilio",
        edge: &["SECURE", "CHALLENGES", "E164"],
        story: &[
            (
                "calls and is called",
                &[Trunk("carrier", "answers"), OUT, Edge("+12025550142 over tls", 1), IN],
            ),
            ("calls from another of its addresses", &[IN_BY_ANOTHER]),
            ("who calls from beside them is asked", &[BY_A_NEIGHBOUR]),
        ],
    },
    Carrier {
        profile: "telnyx",
        edge: &["SECURE", "REGISTERS", "CHALLENGES", "E164"],
        story: &[
            ("registers, calls and is called", &[Trunk("carrier", "registered for"), OUT, IN]),
            ("is refreshed", &[Edge("larch registered over tls", 2), IN_LATER]),
        ],
    },
];

/// What a step may take: a binding of twenty seconds is renewed twice in that.
const PATIENCE: Duration = Duration::from_secs(40);

/// Plays every carrier, or those whose profile contains one of `names`.
pub(crate) fn carriers(report: &mut Report, names: &[&str]) {
    let mut ready = None;
    report.stage("Kamailio with TLS, and SIPp", || {
        let made = packages::install(&packages::PEER).and_then(|()| Ok((build()?, certificates()?)));
        made.map(|it| ready = Some(it)).into()
    });
    let Some((binary, certificates)) = ready else { return };
    let wanted = |it: &&Carrier| names.is_empty() || names.iter().any(|name| it.profile.contains(name));
    for carrier in CARRIERS.iter().filter(wanted) {
        carrier.play(report, &binary, &certificates);
    }
}

impl Carrier {
    fn play(&self, report: &mut Report, binary: &Path, certificates: &Path) {
        let scenarios = top().join("scenarios");
        let sites = ["sipp/site", "carriers/site", &format!("carriers/{}", self.profile)]
            .map(|site| scenarios.join(site))
            .into_iter()
            .chain([certificates.to_owned()]);
        let name = format!("carriers-{}", self.profile);
        let mut here = None;
        let begun = report.stage(&format!("{}: the carrier is there", self.profile), || {
            // Before the switch: what finds nobody is tried again only after a while.
            let edge = self.edge(certificates);
            let sites: Vec<_> = sites.collect();
            let both = edge.and_then(|edge| Ok((edge, Daemon::start(binary, &sites, &name)?)));
            both.map(|it| here = Some(it)).into()
        });
        let (true, Some((edge, daemon))) = (begun, here) else { return };
        let place = Place { binary, daemon: &daemon, edge: self.log() };
        for (name, steps) in self.story {
            report.stage(&format!("{}: {name}", self.profile), || {
                steps.iter().try_for_each(|step| step.take(&place)).into()
            });
        }
        report
            .stage(&format!("{}: the end", self.profile), || daemon.stop().and_then(|()| edge.stop()).into());
    }

    /// What its edge says.
    fn log(&self) -> PathBuf {
        target().join("live").join(format!("edge-{}.log", self.profile))
    }

    /// Kamailio before the gateway.
    fn edge(&self, certificates: &Path) -> Result<Peer, String> {
        let net = Net::of_this_run();
        let [switch, edge, gateway, second, beside] = [1, 2, 4, 5, 6].map(|host| net.address(host));
        let is_secure = self.edge.contains(&"SECURE");
        let secure = [edge, second, beside].map(|it| format!("tls:{it}:{}", PORT + 1));
        let listeners = secure.into_iter().filter(|_| is_secure).chain([format!("udp:{edge}:{PORT}")]);
        let words = [
            ("SWITCH", switch.to_string()),
            ("GATEWAY", gateway.to_string()),
            ("EDGE", edge.to_string()),
            ("SECOND", second.to_string()),
            ("BESIDE", beside.to_string()),
            ("FOLDER", certificates.to_string_lossy().into_owned()),
        ];
        let mut command = Command::new(packages::program(&packages::PEER[1])?)
            .args(&["-DD", "-E", "-m", "64", "-M", "8", "-n", "1"])
            .args(&["-f".as_ref(), top().join("scenarios/carriers/edge.cfg").as_os_str()])
            .args(&["-Y".as_ref(), target().join("live").as_os_str()]);
        for listener in listeners {
            command = command.args(&["-l", &listener]);
        }
        for (word, value) in words {
            command = command.args(&["--substdef", &format!("!{word}!{value}!g")]);
        }
        for word in self.edge {
            command = command.args(&["-A", word]);
        }
        Peer::start(command, &self.log(), (edge, PORT))
    }
}

impl Step {
    fn take(self, place: &Place<'_>) -> Result<(), String> {
        let Place { binary, daemon, edge } = place;
        match self {
            Plays(text) => {
                let scene = scene::parse("carriers", text)?;
                let folder = top().join("scenarios/sipp");
                Cast::new(daemon, &folder).play(&scene).and_then(|()| expect::check(daemon, &scene))
            }
            Trunk(name, wanted) => eventually(|| {
                let text = trunks(binary, daemon)?;
                let row = |line: &&str| line.split_whitespace().next() == Some(name) && line.contains(wanted);
                text.lines().find(row).map(drop).ok_or(format!("no row of {name} says \"{wanted}\":\n{text}"))
            }),
            Log(words) => {
                let path = daemon.folder.join("daemon.log");
                eventually(|| says(&path, 1, |line| words.iter().all(|word| line.contains(word))))
            }
            Edge(wanted, times) => {
                eventually(|| says(edge, times, |line| line.contains("edge: ") && line.contains(wanted)))
            }
        }
    }
}

fn says(path: &Path, times: usize, is_it: impl Fn(&str) -> bool) -> Result<(), String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let count = text.lines().filter(|line| is_it(line)).count();
    if count >= times { Ok(()) } else { Err(format!("said {count} times, not {times}: {}", tail(path))) }
}

/// What `ringplan trunks` says.
pub(super) fn trunks(binary: &Path, daemon: &Daemon) -> Result<String, String> {
    let place = [daemon.folder.join("config"), daemon.data()];
    let command = Command::new(binary).args(&["trunks", "--config"]).args(&place[..1]);
    command.args(&["--data"]).args(&place[1..]).say().map(|said| said.text)
}

fn eventually(check: impl Fn() -> Result<(), String>) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    loop {
        match check() {
            Err(_) if Instant::now() < until => sleep(Duration::from_millis(100)),
            result => return result,
        }
    }
}

/// A piece of a site with an authority, and what it gave to the switch and to the edge. The edge's names the first of
/// its addresses alone.
fn certificates() -> Result<PathBuf, String> {
    let fault = |error: rcgen::Error| error.to_string();
    let net = Net::of_this_run();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Authority of the scene");
    let key = KeyPair::generate().map_err(fault)?;
    let authority = CertifiedIssuer::self_signed(authority, key).map_err(fault)?;
    let issue = |host: u8| {
        let key = KeyPair::generate()?;
        let params = CertificateParams::new([net.address(host).to_string()])?;
        Ok((params.signed_by(&key, &authority)?.pem(), key.serialize_pem()))
    };
    let (ours, theirs) = (issue(1).map_err(fault)?, issue(2).map_err(fault)?);
    let site = target().join("live/authority");
    let folder = site.join("tls");
    let files = [
        ("ca.pem", &authority.pem()),
        ("cert.pem", &ours.0),
        ("key.pem", &ours.1),
        ("edge.pem", &theirs.0),
        ("edge.key", &theirs.1),
    ];
    fs::create_dir_all(&folder)
        .and_then(|()| files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text)))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(site)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: nobody adds a preset that no peer was ever tried with.
    #[test]
    fn every_preset_has_a_scene_and_a_ladder() {
        let source = fs::read_to_string(top().join("crates/callplan/src/parse/preset.rs")).unwrap();
        let table = source.split("PRESETS: ").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
        let words: Vec<&str> = table.split("(\"").skip(1).filter_map(|row| row.split('"').next()).collect();
        assert!(words.len() >= 5, "{words:?}");
        for word in words {
            let has_scene = CARRIERS.iter().any(|carrier| carrier.profile == word);
            assert!(
                has_scene || word == "generic-address",
                "{word}: the story of `kamailio` tells of one alone"
            );
            let ladder = top().join(format!("scenarios/ladders/profile-{word}.txt"));
            let text = fs::read_to_string(ladder).unwrap_or_default();
            assert!(text.contains(&format!("profile = \"{word}\"")) && text.contains("Transport:"), "{word}");
        }
    }
}
