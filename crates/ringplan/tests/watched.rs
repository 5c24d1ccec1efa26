//! Changes of the config that the daemon watches and takes back by itself (PRODUCT 5, F6).

mod house;

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    process::{Child, Stdio},
};

use house::{
    Site,
    party::{Party, Place},
    wire::connect,
};
use serde_json::Value;

const NUMBER: &str = "+12025550101";

/// A site with a number that is answered by a message.
fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site.write("number.toml", &number("Good"));
    site
}

fn number(label: &str) -> String {
    format!(
        "[plans.box]\nsteps = [{{ voicemail = \"office\" }}]\n\
         [numbers]\n\"{NUMBER}\" = {{ label = \"{label}\", plan = \"box\" }}\n"
    )
}

/// Somebody outside calls the number; whether anybody or anything answered.
fn calls(site: &Site) -> bool {
    let ran = site.run(&["dial", "--to", NUMBER, "--from", "+12025550142", "--for", "100ms"]);
    assert!(ran.code == 0 || ran.out.contains("404"), "{ran:?}");
    ran.code == 0
}

/// Begins to apply and to wait; what it says first.
fn applies(site: &Site, words: &[&str]) -> (Child, String) {
    let mut command = site.command(words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.as_mut().expect("piped"));
    out.read_line(&mut line).expect("it is text");
    (child, line)
}

/// How it ended, and what it said to that.
fn ends(mut child: Child) -> (Option<i32>, String) {
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("it is text");
    (house::ended(child).code(), err)
}

fn history(site: &Site) -> Value {
    serde_json::from_str(&site.run(&["history", "--json"]).out).expect("it is JSON")
}

/// Goal: a change by which calls can't be set up any more is taken back within its window, and everybody reads why.
#[test]
fn a_planted_failure_is_taken_back_within_its_window() {
    let site = site("watch-failure");
    let daemon = site.serve();
    assert!(calls(&site));
    site.write("number.toml", "");
    let (waits, said) = applies(&site, &["apply", "--watch", "10m"]);
    assert_eq!(said, "version 2 is in force, after version 1: number.toml -4; it is watched for 10m\n");
    for call in 0..5 {
        assert!(!calls(&site), "call {call} of version 2");
    }
    let (code, err) = ends(waits);
    let why = "5 of 5 calls could not be set up; in the hour before it was 0 of 1";
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains(&format!("version 2 is taken back, version 1 runs: {why}")), "{err}");
    daemon.says(&format!("version 2 is taken back: {why}"));
    daemon.says("running version 1, tree on disk differs");
    let history = history(&site);
    assert_eq!((&history["running"], &history["versions"][0]["by"]), (&1.into(), &"watch".into()));
    assert_eq!(history["versions"][0]["why"], why);
    assert!(site.run(&["history"]).out.contains(why));
    assert!(calls(&site), "version 1 does as before");
    daemon.stop();
}

#[test]
fn a_quiet_change_stays() {
    let site = site("watch-quiet");
    let daemon = site.serve();
    site.write("number.toml", &number("Better"));
    let (waits, _) = applies(&site, &["apply", "--watch", "5s"]);
    assert!(calls(&site));
    let (code, err) = ends(waits);
    assert_eq!((code, &*err), (Some(0), ""));
    daemon.says("version 2 stays");
    assert_eq!(history(&site)["running"], 2);
    // What is in force already is no change.
    let again = site.run(&["apply", "--watch", "5s"]);
    assert_eq!(
        (again.code, again.out.trim()),
        (0, "version 2 is in force, as before: there is nothing to watch")
    );
    daemon.stop();
}

/// Goal: it is the daemon that watches: whoever waited may be gone, or never have waited.
#[test]
fn the_watch_survives_whoever_asked_for_it() {
    let site = site("watch-detached");
    let daemon = site.serve();
    site.write("number.toml", "");
    let (mut waits, _) = applies(&site, &["apply", "--watch", "10m"]);
    waits.kill().expect("it runs");
    waits.wait().expect("our child");
    (0..5).for_each(|_| assert!(!calls(&site)));
    daemon.says("version 2 is taken back");
    daemon.says("running version 1, tree on disk differs");
    let left = site.run(&["apply", "--watch", "10m", "--detach"]);
    assert!(left.code == 0 && left.out.contains("it is watched for 10m"), "{left:?}");
    (0..5).for_each(|_| assert!(!calls(&site)));
    daemon.says("running version 1, tree on disk differs");
    assert_eq!(history(&site)["running"], 1);
    daemon.stop();
}

/// Goal: a change that somebody makes meanwhile is not taken back by the watch over the one before it.
#[test]
fn the_next_change_ends_a_watch() {
    let site = site("watch-overtaken");
    let daemon = site.serve();
    site.write("number.toml", "");
    let (waits, _) = applies(&site, &["apply", "--watch", "10m"]);
    site.write("number.toml", "# Nobody calls it.\n");
    assert_eq!(site.run(&["apply"]).code, 0);
    (0..6).for_each(|_| assert!(!calls(&site)));
    let (code, err) = ends(waits);
    assert!(
        code == Some(1) && err.contains("version 2 is watched no more: version 3 came into force"),
        "{err}"
    );
    assert_eq!(history(&site)["running"], 3);
    daemon.stop();
}

const LOBBIES: [&str; 3] = ["lobby-a", "lobby-b", "lobby-c"];

/// Three phones more, and their passwords.
fn lobbies(site: &Site) -> Vec<String> {
    let phones: String =
        LOBBIES.iter().zip(191..).map(|(name, ext)| format!("[phones.{name}]\next = {ext}\n")).collect();
    site.write("lobbies.toml", &phones);
    LOBBIES.iter().map(|name| site.add_phone(name)).collect()
}

/// They register.
fn registered(site: &Site, passwords: Vec<String>) -> Vec<Party<TcpStream>> {
    let register = |(name, password): (&&'static str, String)| {
        let way = connect(site);
        let at = way.local_addr().expect("bound");
        let mut party = Party::new(way, Place { name, password, over: "TCP", at, media: at });
        party.registers(3_600);
        party
    };
    LOBBIES.iter().zip(passwords).map(register).collect()
}

#[test]
fn registrations_that_a_change_would_lose_refuse_it_and_those_that_fall_take_it_back() {
    let site = site("watch-phones");
    let passwords = lobbies(&site);
    let daemon = site.serve();
    let mut phones = registered(&site, passwords);
    // A rollback would come too late for them: whoever is left out is forgotten at once.
    let lobbies = std::fs::read_to_string(site.config().join("lobbies.toml")).expect("it was written");
    site.write("lobbies.toml", "");
    let refused = site.run(&["apply", "--watch", "10m"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("3 of 3 registered phones are not in this version"), "{refused:?}");
    assert_eq!(history(&site)["running"], 1);
    site.write("lobbies.toml", &lobbies);
    site.write("number.toml", &number("Better"));
    let (waits, _) = applies(&site, &["apply", "--watch", "10m"]);
    phones.iter_mut().for_each(|phone| phone.registers(0));
    let (code, err) = ends(waits);
    assert!(code == Some(1) && err.contains("of 3 registered phones 0 are left"), "{err}");
    daemon.stop();
}
