//! Real phones: baresip, linphonec and PJSUA2, registered to the built daemon.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use xtask::{
    daemon::{Daemon, build},
    net::{Net, PORT},
    packages,
    shell::{Command, target, top},
};

use crate::report::{Outcome, Report};

/// A story, and the pieces of its site, the later laid over the earlier.
type Story = (&'static str, &'static [&'static str]);

/// Stories of one phone or two; some are told at the same time.
const STORIES: &[Story] = &[
    ("digest", &["sipp/site", "phones/site"]),
    ("message", &["sipp/site"]),
    ("chosen", &["sipp/site", "phones/chosen"]),
    ("lamps", &["sipp/site", "phones/lamps"]),
    ("park", &["sipp/site", "phones/park"]),
    ("heard", &["sipp/site", "phones/heard"]),
    ("mailbox", &["sipp/site"]),
    ("hotdesk", &["sipp/site", "phones/hotdesk"]),
    ("elsewhere", &["sipp/site", "phones/hotdesk"]),
    ("mixed", &["sipp/site"]),
    ("pickup", &["sipp/site"]),
    ("transfers", &["sipp/site"]),
    ("originate", &["sipp/site"]),
];

/// Stories that keep the machine busy, each told alone.
const FLOODS: &[Story] =
    &[("flood", &["sipp/site"]), ("strangers", &["sipp/site"]), ("storm", &["sipp/site", "phones/storm"])];

/// Those of them that have more to tell.
const LONGER: [&str; 1] = ["strangers"];

/// Ways that the three phones call each other over, all at the same time.
const WAYS: [&str; 3] = ["udp", "tcp", "tls"];

/// How much of each story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// One call of each pair: the caller holds, the callee hangs up; ten seconds of strangers.
    Short,
    /// Another with the sides changed; a minute of strangers.
    Whole,
}

impl Matrix {
    /// What a story is told of it.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Short => &[],
            Self::Whole => &["whole"],
        }
    }
}

/// Installs the phones and lets them call each other and the main number: all stories, or those whose names contain one
/// of these.
pub(crate) fn phones(report: &mut Report, matrix: Matrix, names: &[&str]) {
    let is_meant = |story: &str| names.is_empty() || names.iter().any(|name| story.contains(name));
    let mut tools = None;
    report.stage("baresip, linphonec and PJSUA2", || {
        let ready = packages::install(&packages::PHONES).and_then(|()| {
            tools = Some((packages::python_with_pjsua2()?, build()?));
            Ok(())
        });
        ready.into()
    });
    let Some((python, binary)) = tools else { return };
    let told = |net: Net, (story, sites): &Story| {
        let words = if LONGER.contains(story) { matrix.words() } else { &[] };
        let sites: Vec<_> = sites.iter().map(|site| top().join("scenarios").join(site)).collect();
        let told = Daemon::start_in(net, &binary, &sites, &format!("phones-{story}"))
            .and_then(|daemon| tell(&python, story, words, daemon));
        told.unwrap_or_else(Outcome::failed)
    };
    let nets = Net::lanes();
    let named = |story: &Story| (format!("real phones: {}", story.0), *story);
    let meant = |stories: &[Story]| -> Vec<_> {
        stories.iter().filter(|story| is_meant(story.0)).map(named).collect()
    };
    report.together(&nets, &meant(STORIES), told);
    report.together(&nets[..1], &meant(FLOODS), told);
    if !is_meant("pairs") {
        return;
    }
    report.stage("real phones: six pairs over UDP, TCP and TLS", || match certificate(&nets) {
        Ok(certificate) => pairs(&python, &binary, &certificate, nets, matrix),
        Err(why) => Outcome::failed(why),
    });
}

/// Every ordered pair of the three phones, each way at once with a daemon and a network of its own.
fn pairs(python: &Path, binary: &Path, certificate: &Path, nets: [Net; 3], matrix: Matrix) -> Outcome {
    let scenarios = top().join("scenarios");
    let sites = [scenarios.join("sipp/site"), scenarios.join("phones/tls"), certificate.to_owned()];
    let play = |way: &str, net: Net| {
        let words = [&[way], matrix.words()].concat();
        let told = Daemon::start_in(net, binary, &sites, &format!("phones-pairs-{way}"))
            .and_then(|daemon| tell(python, "pairs", &words, daemon));
        told.unwrap_or_else(|why| Outcome::failed(format!("{way}: {why}")))
    };
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let playing = WAYS.iter().zip(nets).map(|(way, net)| scope.spawn(move || play(way, net)));
        let playing: Vec<_> = playing.collect();
        playing
            .into_iter()
            .map(|it| it.join().unwrap_or_else(|_| Outcome::failed("a story panicked")))
            .collect()
    });
    outcomes.into_iter().reduce(Outcome::and).unwrap_or_default()
}

/// A piece of a site with nothing but a certificate of its own making, for the switch's name and its addresses there.
fn certificate(nets: &[Net]) -> Result<PathBuf, String> {
    let site = target().join("live/certificate");
    let addresses = nets.iter().map(|net| net.address(1).to_string());
    let names: Vec<String> = ["pbx.test".to_owned()].into_iter().chain(addresses).collect();
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| error.to_string())?;
    let folder = site.join("tls");
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("cert.pem"), made.cert.pem()))
        .and_then(|()| fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()));
    written.map(|()| site).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Runs a story against a daemon and ends both; each line `ok ...` or `failed ...` that it prints is a check.
fn tell(python: &Path, story: &str, words: &[&str], daemon: Daemon) -> Result<Outcome, String> {
    let script = format!("scenarios/phones/{story}.py");
    let switch = format!("{}:{PORT}", daemon.net.address(1));
    let folder = daemon.folder.to_string_lossy();
    let said = Command::new(python).args(&[&script, &switch, &*folder]).args(words).say();
    daemon.stop()?;
    let said = said?;
    let count = |word: &str| said.text.lines().filter(|line| line.starts_with(word)).count();
    let (passed, failed) = (count("ok "), count("failed "));
    let failed = if said.content { failed } else { failed.max(1) };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Outcome { passed: number(passed), failed: number(failed), detail: said.text, ..Outcome::default() })
}
