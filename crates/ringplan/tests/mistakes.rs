//! Mistakes of an operator at the terminal and in files: each is told with what to do instead.

mod house;

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use house::{Ran, Site};

fn told(ran: &Ran, code: i32, words: &[&str]) {
    let text = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, code, "{ran:?}");
    for words in words {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
}

/// Whether everybody on this machine may pass to where tests have their files.
fn everybody_passes(folder: &Path) -> bool {
    let whole = fs::canonicalize(folder).expect("it is there");
    whole.ancestors().all(|it| fs::metadata(it).expect("it is there").permissions().mode() & 1 == 1)
}

#[test]
fn a_secret_that_everybody_may_read_is_told_with_the_command_that_closes_it() {
    let site = Site::new("mistake-modes");
    site.add_phone("ana-desk");
    let secrets = site.config().join("secrets");
    for folder in [&site.folder, &site.config(), &secrets] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("it is ours");
    }
    if !everybody_passes(&secrets) {
        return println!("nobody else gets to {}, so nothing is open to them", secrets.display());
    }
    let set = |mode| {
        fs::set_permissions(secrets.join("phones"), Permissions::from_mode(mode)).expect("it is ours");
        site.run(&["check"])
    };
    let place =
        ["warning[C507]: secrets/phones holds a secret, and everybody", "site.toml:", "chmod o-rwx /"];
    told(&set(0o666), 1, &[&place[..], &["may read and change it"]].concat());
    told(&set(0o604), 1, &[&place[..], &["may read it"]].concat());
    told(&set(0o640), 0, &[]);
    set(0o644);
    fs::set_permissions(&secrets, Permissions::from_mode(0o750)).expect("it is ours");
    told(&site.run(&["check"]), 0, &[]);
}

#[test]
fn a_link_that_leads_nowhere_or_back_is_told_as_such() {
    let site = Site::new("mistake-links");
    let odd = site.config().join("odd.toml");
    let link = |to: &str| {
        let _ = fs::remove_file(&odd);
        symlink(to, &odd).expect("it can be made");
        site.run(&["check"])
    };
    told(
        &link("gone.toml"),
        2,
        &["odd.toml: it is a link to gone.toml, and nothing is there", "remove the link"],
    );
    told(&link("odd.toml"), 2, &["odd.toml: it is a link to odd.toml, which leads back to it"]);
    fs::remove_file(&odd).expect("it is there");
    symlink(".", site.config().join("loop")).expect("it can be made");
    told(&site.run(&["check"]), 2, &["loop leads back to a folder that it lies in; remove the link"]);
}

#[test]
fn a_file_that_differs_in_capitals_alone_is_named() {
    let site = Site::new("mistake-capitals");
    site.write("prompts/Closed.WAV", "");
    site.write("more.toml", "[prompts]\nclosed = { file = \"prompts/closed.wav\" }\n");
    told(
        &site.run(&["check"]),
        1,
        &["more.toml:2:19", "there is prompts/Closed.WAV", "write \"prompts/Closed.WAV\""],
    );
    site.write("prompts/closed.wav", "");
    told(&site.run(&["check"]), 1, &["the WAV holds no sound", "record it anew"]);
}

#[test]
fn a_wrong_weekday_is_told_with_the_right_one() {
    let site = Site::new("mistake-weekday");
    let asked = ["explain", "--from", "+12025550142", "--to", "+12025550100", "--at", "Mon 2026-11-22 10:00"];
    told(&site.run(&asked), 2, &["2026-11-22 is a Sunday, not a Monday"]);
}

#[test]
fn a_demo_brings_a_site_of_its_own() {
    let site = Site::new("mistake-demo");
    told(&site.run(&["demo", "--once"]), 2, &["a demo brings a site of its own", "ringplan serve --config"]);
}

#[test]
fn what_can_not_be_pressed_or_waited_for_is_told_with_what_can() {
    let site = Site::new("mistake-dial");
    let keys = ["'!' is no key of a telephone", "0 to 9, *, # and A to D"];
    told(&site.run(&["dial", "--to", "101", "--press", "1!"]), 2, &keys);
    let asked = ["explain", "--from", "+12025550142", "--to", "+12025550100", "--press", "1!"];
    told(&site.run(&asked), 2, &keys);
    for lasts in ["0s", "25h", "30"] {
        told(&site.run(&["dial", "--to", "101", "--for", lasts]), 2, &["write a time from 100ms to 24h"]);
    }
}

/// What is printed is a config, and the same one.
#[test]
fn the_config_in_force_can_be_checked_itself() {
    let site = Site::new("effective");
    site.add_phone("ana-desk");
    let ran = site.run(&["check", "--effective"]);
    told(
        &ran,
        0,
        &["[people.ana]", "ring = \"2s\"", "calls_max = 2  # default", "session_timer = \"if-asked\""],
    );
    fs::write(site.config().join("site.toml"), &ran.out).expect("it can be written");
    let again = site.run(&["check", "--effective"]);
    assert_eq!(again.out.replace("  # default", ""), ran.out.replace("  # default", ""), "{again:?}");
    site.write("more.toml", "[plans.unused]\nsteps = [{ voicemail = \"office\" }]\n[oops]\n");
    told(&site.run(&["check", "--effective"]), 2, &["there is no table [oops]", "refused: 1 error"]);
}
