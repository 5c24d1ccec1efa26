//! Real phones: baresip and PJSUA2, registered to the built daemon.

use std::{
    fs,
    path::{Path, PathBuf},
};

use xtask::{
    daemon::{Daemon, build},
    net::PORT,
    packages,
    shell::{Command, target, top},
};

use crate::report::{Outcome, Report};

/// The stories, and the sites they are told on, the later laid over the earlier.
const STORIES: [(&str, &[&str]); 4] = [
    ("digest", &["sipp/site", "phones/site"]),
    ("talk", &["sipp/site"]),
    ("tls", &["sipp/site", "phones/tls"]),
    ("message", &["sipp/site"]),
];

/// Installs the phones and lets them call each other and the main number.
pub(crate) fn phones(report: &mut Report) {
    let mut tools = None;
    report.stage("baresip and PJSUA2", || {
        let ready = packages::install(&packages::PHONES).and_then(|()| {
            tools = Some((packages::python_with_pjsua2()?, build()?));
            Ok(())
        });
        ready.into()
    });
    let Some((python, binary)) = tools else { return };
    for (story, sites) in STORIES {
        report.stage(&format!("real phones: {story}"), || {
            let mut sites: Vec<_> = sites.iter().map(|site| top().join("scenarios").join(site)).collect();
            if story == "tls" {
                match certificate() {
                    Ok(site) => sites.push(site),
                    Err(why) => return Outcome::failed(why),
                }
            }
            let told = Daemon::start(&binary, &sites, &format!("phones-{story}")).and_then(|daemon| {
                let told = tell(&python, story, &daemon);
                daemon.stop().and(told)
            });
            told.unwrap_or_else(Outcome::failed)
        });
    }
}

/// A piece of a site with nothing but a certificate of its own making.
fn certificate() -> Result<PathBuf, String> {
    let site = target().join("live/certificate");
    let made =
        rcgen::generate_simple_self_signed(["pbx.test".to_owned()]).map_err(|error| error.to_string())?;
    let folder = site.join("tls");
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("cert.pem"), made.cert.pem()))
        .and_then(|()| fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()));
    written.map(|()| site).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Runs a story; each line `ok ...` or `failed ...` that it prints is a check.
fn tell(python: &Path, story: &str, daemon: &Daemon) -> Result<Outcome, String> {
    let script = format!("scenarios/phones/{story}.py");
    let switch = format!("{}:{PORT}", daemon.net.address(1));
    let folder = daemon.folder.to_string_lossy();
    let said = Command::new(python).args(&[&script, &switch, &*folder]).say()?;
    let count = |word: &str| said.text.lines().filter(|line| line.starts_with(word)).count();
    let (passed, failed) = (count("ok "), count("failed "));
    let failed = if said.content { failed } else { failed.max(1) };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Outcome { passed: number(passed), failed: number(failed), detail: said.text, ..Outcome::default() })
}
