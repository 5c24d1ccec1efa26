//! Versions of the config: applied, listed, taken back, while calls go on.

mod house;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Stdio},
};

use house::{Daemon, Site};
use nix::sys::signal::Signal;
use serde_json::Value;

/// A site whose phones have secrets, so that nothing is found.
fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

/// Writes one more file of the config, which makes another version.
fn label(site: &Site, label: &str) {
    site.write(
        "more.toml",
        &format!("[numbers]\n\"+12025550101\" = {{ label = \"{label}\", person = \"ben\" }}\n"),
    );
}

fn status(site: &Site) -> Value {
    serde_json::from_str(&site.run(&["history", "--json"]).out).expect("it is JSON")
}

#[test]
fn a_config_is_applied_and_what_changed_is_said() {
    let site = site("apply");
    let daemon = site.serve();
    label(&site, "One");
    let dry = site.run(&["apply", "--dry-run"]);
    assert_eq!((dry.code, dry.out.trim()), (0, "it would be accepted over version 1: more.toml +2"));
    assert_eq!(status(&site)["running"], 1);
    let ran = site.run(&["apply"]);
    assert_eq!(
        (ran.code, ran.out.trim()),
        (0, "version 2 is in force, after version 1: more.toml +2"),
        "{ran:?}"
    );
    daemon.says("version 2 is in force");
    assert_eq!(site.run(&["apply"]).out.trim(), "version 2 is in force, as before");
    // Refused with its reasons, as the operator's own check has them; what runs goes on.
    site.write("more.toml", "[numbers]\n\"+12025550101\" = { person = \"bem\" }\n");
    for arguments in [&["apply", "--dry-run"][..], &["apply"]] {
        let ran = site.run(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.out.contains("more.toml:2:") && ran.out.contains("ben"), "{ran:?}");
        assert!(ran.err.contains("1 finding in the config"), "{ran:?}");
    }
    assert!(site.run(&["calls"]).err.contains("running version 2, tree on disk refused"));
    let json: Value = serde_json::from_str(&site.run(&["apply", "--json"]).out).expect("it is JSON");
    assert!(json["findings"][0].as_str().is_some_and(|text| text.contains("bem")), "{json}");
    daemon.stop();
    let ran = site.run(&["apply"]);
    assert!(ran.code == 1 && ran.err.contains("no daemon runs"), "{ran:?}");
}

#[test]
fn history_tells_what_ran_and_what_it_changed() {
    let site = site("history");
    assert!(site.run(&["history"]).out.contains("no version ran yet"));
    let daemon = site.serve();
    label(&site, "One");
    daemon.signal(Signal::SIGHUP);
    daemon.says("version 2 is in force");
    label(&site, "Two");
    site.run(&["apply"]);
    assert_eq!(site.run(&["rollback", "1"]).code, 0);
    let history = site.run(&["history"]);
    let rows: Vec<Vec<&str>> = history.out.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |at: usize| (rows[at][0], rows[at][2], rows[at][3], rows[at][4..].join(" "));
    assert_eq!(row(1), ("1", "rollback", "runs", "more.toml -2".to_owned()), "{history:?}");
    assert_eq!(row(2), ("3", "apply", "kept", "more.toml +1 -1".to_owned()), "{history:?}");
    assert_eq!(row(3), ("2", "reload", "kept", "more.toml +2".to_owned()), "{history:?}");
    assert_eq!(row(4), ("1", "start", "kept", "-".to_owned()), "{history:?}");
    assert!(history.out.contains("running version 1, tree on disk differs: more.toml +2"), "{history:?}");
    daemon.stop();
    assert!(site.run(&["history"]).out.contains("no daemon runs, tree on disk checks"));
    // What ran before and runs again is no news.
    let daemon = site.serve();
    assert_eq!(status(&site)["versions"].as_array().map(Vec::len), Some(4));
    daemon.stop();
}

/// Goal: what was taken back stays so until somebody wants the tree on disk, by applying it or by changing it.
#[test]
fn a_rollback_lasts_until_the_tree_on_disk_is_wanted_again() {
    let site = site("rollback");
    let daemon = site.serve();
    let first = site.run(&["rollback"]);
    assert!(first.code == 2 && first.err.contains("no other version ran before"), "{first:?}");
    label(&site, "One");
    site.run(&["apply"]);
    let gone = site.run(&["rollback", "9"]);
    assert!(gone.code == 2 && gone.err.contains("version 9 is not kept: there are 1, 2"), "{gone:?}");
    let back = site.run(&["rollback"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.out.contains("version 1 runs, after version 2: more.toml -2"), "{back:?}");
    daemon.says("running version 1, tree on disk differs");
    let differs = "running version 1, tree on disk differs";
    assert!(site.run(&["calls"]).err.contains(differs) && site.run(&["check"]).err.contains(differs));
    daemon.stop();
    // A restart keeps it.
    let daemon = site.serve();
    assert_eq!(status(&site)["running"], 1);
    assert!(site.run(&["calls"]).err.contains(differs));
    let ran = site.run(&["apply"]);
    assert!(ran.out.contains("version 2 is in force, after version 1: more.toml +2"), "{ran:?}");
    assert_eq!(site.run(&["calls"]).err, "");
    daemon.stop();
    let daemon = site.serve();
    assert_eq!(status(&site)["running"], 2);
    // Another tree on disk is applied by a start as ever.
    site.run(&["rollback", "1"]);
    daemon.stop();
    label(&site, "Two");
    let daemon = site.serve();
    assert_eq!(status(&site)["running"], 3);
    // Taken back to what lies on disk is not taken back.
    fs::remove_file(site.config().join("more.toml")).expect("it was written");
    site.run(&["rollback", "1"]);
    assert_eq!(site.run(&["calls"]).err, "");
    daemon.stop();
}

struct Caller {
    child: Child,
    told: BufReader<ChildStdout>,
}

/// A prompt of 8 kHz, 16 bit, mono: so much silence.
fn wav(milliseconds: u32) -> Vec<u8> {
    let data = milliseconds * 16;
    let mut wav = b"RIFF".to_vec();
    wav.extend_from_slice(&(36 + data).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wav.extend_from_slice(&data.to_le_bytes());
    wav.resize(wav.len() + data as usize, 0);
    wav
}

/// A caller from the carrier whom a menu answers, and who presses nothing.
fn caller(site: &Site, number: usize) -> Caller {
    let from = format!("+120255502{number:02}");
    let mut command = site.command(&["dial", "--to", "+12025550102", "--from", &from, "--for", "24h"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut told = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("answered") {
        line.clear();
        assert!(told.read_line(&mut line).expect("it is text") > 0, "never answered");
    }
    Caller { child, told }
}

fn calls(site: &Site) -> Vec<Value> {
    let json: Value = serde_json::from_str(&site.run(&["calls", "--json"]).out).expect("it is JSON");
    json.as_array().expect("a list").clone()
}

/// Goal: calls under way keep the version they began with through changes good and bad, and none is dropped.
#[test]
fn changes_under_live_calls_drop_none() {
    const CALLS: usize = 20;
    let site = site("apply-live");
    site.make_room(u16::try_from(CALLS).expect("few") + 4);
    site.change("channels = 4", "channels = 40");
    fs::write(site.config().join("hello.wav"), wav(500)).expect("the folder is there");
    site.write(
        "menu.toml",
        "[prompts]\nhello = { file = \"hello.wav\" }\n[menus.wait]\ngreeting = \"hello\"\nkeys = { 1 = \"hangup\" }\n\
         silence = { after = \"60s\", repeat = 9, then = \"hangup\" }\ninvalid = { then = \"hangup\" }\n\
         [numbers]\n\"+12025550102\" = { menu = \"wait\" }\n",
    );
    let daemon: Daemon = site.serve();
    let callers: Vec<Caller> = (0..CALLS).map(|number| caller(&site, number)).collect();
    let before = calls(&site);
    assert_eq!(before.len(), CALLS);
    for round in 0..10 {
        label(&site, &format!("Round {round}"));
        assert_eq!(site.run(&["apply"]).code, 0);
        site.write("more.toml", "[numbers]\n\"+12025550101\" = { person = \"nobody\" }\n");
        assert_eq!(site.run(&["apply"]).code, 2);
    }
    assert_eq!(site.run(&["rollback"]).code, 0);
    let after = calls(&site);
    let story = |calls: &[Value]| -> Vec<Value> {
        calls
            .iter()
            .map(|call| [&call["id"], &call["version"], &call["phase"]].into_iter().cloned().collect())
            .collect()
    };
    assert_eq!(story(&after), story(&before));
    assert!(before.iter().all(|call| call["version"] == 1), "{before:?}");
    assert_eq!(status(&site)["running"], 10);
    for Caller { mut child, mut told } in callers {
        assert!(child.try_wait().expect("our child").is_none(), "it still talks");
        child.kill().expect("it runs");
        child.wait().expect("our child");
        let mut rest = String::new();
        told.read_to_string(&mut rest).expect("it is text");
        assert!(!rest.contains("hung up"), "{rest}");
    }
    drop(daemon);
}
