//! What a shell is told that asks what could stand at the cursor.

mod house;

use std::{fs, process::Command};

use house::Site;

/// What the script of bash is answered for this line, whose last word is being written.
fn asked(site: &Site, line: &[&str]) -> Vec<String> {
    let config = site.config();
    let config = config.to_string_lossy();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
    command.args(["--", "ringplan", "--config", &config]).args(line);
    command.env("RINGPLAN_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (line.len() + 2).to_string());
    let ran = house::ran(command);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_options_are_offered() {
    let site = Site::new("complete-commands");
    let commands = asked(&site, &[""]);
    assert!(
        ["mailboxes", "explain", "drain", "person"].iter().all(|it| commands.contains(&(*it).to_owned()))
    );
    assert_eq!(asked(&site, &["drain", "--w"]), ["--wait"]);
    assert_eq!(asked(&site, &["check", "--eff"]), ["--effective"]);
}

#[test]
fn names_of_the_config_are_offered_where_they_may_stand() {
    let site = Site::new("complete-names");
    assert_eq!(asked(&site, &["person", ""])[..2], ["ana", "ben"]);
    assert_eq!(asked(&site, &["person", "ana", "a"]), ["available", "away"]);
    assert_eq!(asked(&site, &["person", "ana", "forward", "o"]), ["off"]);
    assert_eq!(asked(&site, &["dial", "--from", "b"]), ["ben-desk"]);
    assert_eq!(asked(&site, &["explain", "--to", "+"]), ["+12025550100"]);
    assert_eq!(asked(&site, &["mailboxes", "o"]), ["office"]);
    site.write("tests.toml", "[[tests]]\nname = \"closed\"\n[[tests]]\nname = \"open\"\n");
    assert_eq!(asked(&site, &["test", "o"]), ["open"]);
    assert_eq!(asked(&site, &["plan", "show", "ana"]), ["ana", "ana-desk"]);
    assert_eq!(asked(&site, &["plan", "graph", "o"]), ["office"]);
    assert_eq!(asked(&site, &["reach", "voicemail:"]), ["voicemail:office"]);
    assert_eq!(asked(&site, &["reach", "person:"])[..2], ["person:ana", "person:ben"]);
    assert_eq!(asked(&site, &["phone", "add", "lobby", "--person", ""]), ["ana", "ben"]);
}

/// Half a config offers what it has: who completes may be in the middle of writing it.
#[test]
fn a_broken_config_still_offers_its_names() {
    let site = Site::new("complete-broken");
    site.write("more.toml", "[people]\nzoe = { ext = 130\n");
    assert_eq!(asked(&site, &["person", "z"]), ["zoe"]);
    fs::remove_dir_all(site.config()).expect("it was just made");
    assert_eq!(asked(&site, &["person", "z"]), [""; 0]);
}

/// Each is a script that its shell reads without complaint, where there is such a shell.
#[test]
fn completions_are_scripts_for_three_shells() {
    let site = Site::new("completions");
    for shell in ["bash", "zsh", "fish"] {
        let ran = site.run(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("RINGPLAN_COMPLETE"), "{ran:?}");
        let script = site.folder.join(shell);
        fs::write(&script, &ran.out).expect("it can be written");
        match Command::new(shell).arg("-n").arg(&script).output() {
            Ok(read) => assert!(read.status.success(), "{shell}: {read:?}"),
            Err(error) => println!("{shell} is not here, so its script is not read by it: {error}"),
        }
    }
}
