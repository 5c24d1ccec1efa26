//! The systemd unit, as systemd itself reads it: sound, and with as little room for harm as a phone switch can do with.

use std::fs;

use xtask::{
    packages,
    shell::{Command, Said, target, top},
};

use crate::report::Outcome;

/// Most exposure, in tenths, that `systemd-analyze security` may find. What is left is what a switch is for:
/// the network, local sockets, the host's files to read.
const EXPOSURE_MAX: &str = "12";

const UNIT: &str = "systemd/ringplan.service";

/// Whether the unit is understood and confined. A system that has no systemd, nor Debian's way to it, is nowhere the
/// unit would run: there it is skipped.
pub(crate) fn check() -> Outcome {
    if let Err(why) = packages::install(&packages::UNITS) {
        let is_skipped = !packages::can_install();
        return if is_skipped { Outcome::skipped(why) } else { Outcome::failed(why) };
    }
    match verify().and_then(|()| security()) {
        Ok(exposure) => Outcome::passed().noting(exposure),
        Err(why) => Outcome::failed(why),
    }
}

/// The unit with a program that is there, since nothing is installed where tests run.
fn verify() -> Result<(), String> {
    let text = fs::read_to_string(top().join(UNIT)).map_err(|error| format!("{UNIT}: {error}"))?;
    let folder = target().join("unit");
    let unit = folder.join("ringplan.service");
    let write = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&unit, text.replace("/usr/bin/ringplan", "/bin/true")));
    write.map_err(|error| format!("{}: {error}", unit.display()))?;
    let verify = Command::new("systemd-analyze").args(&["verify", "--man=no", "--recursive-errors=no"]);
    let Said { content, text } = verify.args(&[&unit]).say()?;
    // Directives that it does not know are passed over with a warning.
    if content && !text.contains("ringplan.service") { Ok(()) } else { Err(text) }
}

/// The overall exposure, in systemd's words.
fn security() -> Result<String, String> {
    let threshold = format!("--threshold={EXPOSURE_MAX}");
    let arguments = ["security", "--offline=true", "--no-pager", threshold.as_str(), UNIT];
    let Said { content, text } = Command::new("systemd-analyze").args(&arguments).say()?;
    let overall = text.lines().find_map(|line| line.split_once("level for ringplan.service: "));
    match overall {
        Some((_, exposure)) if content => {
            Ok(format!("exposure {}", exposure.split(' ').next().unwrap_or_default()))
        }
        Some(_) | None => Err(text),
    }
}
