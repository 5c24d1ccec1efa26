//! What a shell is told that asks what could stand at the cursor.

mod house;

use std::{fs, process::Command};

use house::Site;

/// What the script of bash is answered for this line, whose last word is being written.
fn asked(site: &Site, line: &[&str]) -> Vec<String> {
    let (config, data) = (site.config(), site.data());
    let [config, data] = [&config, &data].map(|path| path.to_string_lossy());
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
    command.args(["--", "ringplan", "--config", &config, &format!("--data={data}")]).args(line);
    command.env("RINGPLAN_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (line.len() + 3).to_string());
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
    site.write("hours.toml", "[hours.shop]\nmon-fri = [\"09:00-17:00\"]\n");
    assert_eq!(asked(&site, &["open", "--hours", ""]), ["shop"]);
    assert_eq!(asked(&site, &["close", "--au"]), ["--auto"]);
    assert_eq!(asked(&site, &["rehearse", "ben"]), ["ben", "ben-desk"]);
    assert_eq!(asked(&site, &["probe", "--now", "--trunk", "c"]), ["carrier"]);
    site.write("prompts.toml", "[prompts]\nhello = { file = \"hello.wav\" }\n");
    assert_eq!(asked(&site, &["prompts", "export", "h"]), ["hello"]);
    site.write("tests.toml", "[[tests]]\nname = \"closed\"\n[[tests]]\nname = \"open\"\n");
    assert_eq!(asked(&site, &["test", "o"]), ["open"]);
    assert_eq!(asked(&site, &["plan", "show", "ana"]), ["ana", "ana-desk"]);
    assert_eq!(asked(&site, &["plan", "graph", "o"]), ["office"]);
    assert_eq!(asked(&site, &["reach", "voicemail:"]), ["voicemail:office"]);
    assert_eq!(asked(&site, &["reach", "person:"])[..2], ["person:ana", "person:ben"]);
    assert_eq!(asked(&site, &["phone", "add", "lobby", "--person", ""]), ["ana", "ben"]);
}

/// Goal: the commands that prove a plan offer the names that they can be asked about.
#[test]
fn names_are_offered_to_the_commands_that_prove() {
    let site = Site::new("complete-proof");
    site.write(
        "plan.toml",
        "[groups.sales]\nmembers = [\"ana\", \"ben\"]\n[queues.line]\nmembers = [\"ben\"]\n[plans.main]\nsteps = [{ ring = \"group:sales\" }, { voicemail = \"office\" }]\n\
         [numbers]\n\"+12025550101\" = { trunk = \"carrier\", plan = \"main\" }\n",
    );
    assert_eq!(asked(&site, &["why-not", "b"]), ["ben"]);
    assert_eq!(asked(&site, &["why-not", "ana", "--ca"]), ["--call"]);
    assert_eq!(asked(&site, &["exposure", "a"]), ["ana"]);
    assert_eq!(asked(&site, &["exposure", "--j"]), ["--json"]);
    for (typed, offered) in [
        ("group:", "group:sales"),
        ("plan:", "plan:main"),
        ("phone:b", "phone:ben-desk"),
        ("queue:", "queue:line"),
    ] {
        assert_eq!(asked(&site, &["reach", typed])[0], offered, "{typed}");
    }
    assert_eq!(asked(&site, &["reach", "--y"]), ["--year"]);
    assert_eq!(asked(&site, &["coverage", "--u"]), ["--unused"]);
    assert_eq!(asked(&site, &["numbers", "i"]), ["import"]);
    assert_eq!(asked(&site, &["numbers", "import", "list.csv", "--trunk", ""]), ["carrier"]);
    assert_eq!(asked(&site, &["numbers", "import", "list.csv", "--plan", "m"]), ["main"]);
}

/// Goal: both sides of a comparison are offered the versions that are kept, the newest first.
#[test]
fn versions_are_offered_where_two_are_compared() {
    let site = Site::new("complete-versions");
    assert_eq!(asked(&site, &["diff", "--o"]), ["--old"]);
    let daemon = site.serve();
    site.change("ring = \"2s\"", "ring = \"3s\"");
    assert_eq!(site.run(&["apply"]).code, 0);
    for side in ["--old", "--new"] {
        assert_eq!(asked(&site, &["diff", side, ""]), ["2", "1"], "{side}");
    }
    assert_eq!(asked(&site, &["rollback", ""])[..2], ["2", "1"]);
    daemon.stop();
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
