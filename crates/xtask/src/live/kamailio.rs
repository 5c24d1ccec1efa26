//! Kamailio as the peer of a trunk: calls both ways through it, by the other carrier while it is stopped, and
//! through it again once it is back (RELIABILITY F7).

use std::{
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use xtask::{
    daemon::{Daemon, build},
    net::PORT,
    packages,
    peer::Peer,
    shell::{Command, top},
};

use super::{carriers::trunks, cast::Cast, expect, scene};
use crate::report::{Outcome, Report};

const OUTBOUND: &str = "register ana-desk\ngateway plays gateway-takes hears 15\n\
                        ana-desk plays caller-talks to 2025550142\nrecord answered";
const INBOUND: &str = "register ana-desk\nana-desk plays phone-answers hears 15\n\
                       gateway plays carrier-calls to +12025550100 by carrier\nrecord answered times 2";
/// Nobody has noticed yet that the first carrier is gone: this call finds out.
const ELSEWHERE: &str = "register ana-desk\noutside plays carrier-takes hears 15\n\
                         ana-desk plays caller-talks to 2025550142\nrecord answered times 3";
const BACK: &str = "register ana-desk\ngateway plays gateway-takes hears 15\n\
                    ana-desk plays caller-talks to 2025550142\nrecord answered times 4";

/// Two questions missed or answered, five seconds apart, and four seconds for the last.
const TURN: Duration = Duration::from_secs(20);

/// Runs the story.
pub(crate) fn kamailio(report: &mut Report) {
    let mut binary = None;
    let ready = report.stage("Kamailio and SIPp", || {
        let ready = packages::install(&packages::PEER).and_then(|()| build());
        ready.map_or_else(Outcome::failed, |path| {
            binary = Some(path);
            Outcome::passed()
        })
    });
    let (true, Some(binary)) = (ready, binary) else { return };
    let sites = ["sipp/site", "kamailio/site"].map(|site| top().join("scenarios").join(site));
    match Daemon::start(&binary, &sites, "kamailio") {
        Ok(daemon) => {
            tell(report, &binary, &daemon);
            report.stage("Kamailio: the daemon ends in peace", || daemon.stop().into());
        }
        Err(why) => {
            report.stage("Kamailio: the daemon starts", || Outcome::failed(why));
        }
    }
}

fn tell(report: &mut Report, binary: &Path, daemon: &Daemon) {
    let folder = top().join("scenarios/sipp");
    let plays = |text: &str| {
        let scene = scene::parse("kamailio", text)?;
        Cast::new(daemon, &folder).play(&scene).and_then(|()| expect::check(daemon, &scene))
    };
    let mut peer = None;
    report.stage("Kamailio: a call out and a call in", || {
        let started = start(daemon).map(|it| peer = Some(it));
        let turned = started.and_then(|()| until(binary, daemon, "answers"));
        turned.and_then(|()| plays(OUTBOUND)).and_then(|()| plays(INBOUND)).into()
    });
    report.stage("Kamailio stopped: the other carrier takes it", || {
        let Some(peer) = peer.take() else { return Outcome::failed("it does not run") };
        peer.stop().and_then(|()| plays(ELSEWHERE)).into()
    });
    report.stage("Kamailio stopped: `trunks` says so", || until(binary, daemon, "does not answer").into());
    report.stage("Kamailio returned: it is back in use", || {
        let back = start(daemon).map(|it| peer = Some(it));
        back.and_then(|()| until(binary, daemon, "answers")).and_then(|()| plays(BACK)).into()
    });
}

/// Waits until `ringplan trunks` says this of Kamailio's address.
fn until(binary: &Path, daemon: &Daemon, state: &str) -> Result<(), String> {
    let wanted = format!("{}:{PORT} {state}", daemon.net.address(2));
    let end = Instant::now() + TURN;
    loop {
        let said = trunks(binary, daemon)?;
        if said.contains(&wanted) {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(format!("`ringplan trunks` never said \"{wanted}\":\n{said}"));
        }
        sleep(Duration::from_millis(100));
    }
}

/// Kamailio at its place between the two.
fn start(daemon: &Daemon) -> Result<Peer, String> {
    let net = daemon.net;
    let listen = format!("udp:{}:{PORT}", net.address(2));
    let (switch, gateway) =
        (format!("!SWITCH!{}!g", net.address(1)), format!("!GATEWAY!{}!g", net.address(4)));
    let config = top().join("scenarios/kamailio/peer.cfg");
    let command = Command::new(packages::program(&packages::PEER[1])?)
        .args(&["-DD", "-m", "64", "-M", "8", "-n", "1", "-l", &listen])
        .args(&["-f".as_ref(), config.as_os_str(), "-Y".as_ref(), daemon.folder.as_os_str()])
        .args(&["--substdef", &switch, "--substdef", &gateway]);
    Peer::start(command, &daemon.folder.join("kamailio.log"), (net.address(2), PORT))
}
