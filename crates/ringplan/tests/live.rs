//! `explain --live`: as things stand on the running daemon.

mod house;

use house::{
    Ran, Site,
    wire::{connect, register},
};
use serde_json::Value;

const CONTACT: &str = "sip:ana-desk@127.0.0.1:9";
const ASKED: [&str; 6] = ["explain", "--live", "--from", "+12025550142", "--to", "+12025550100"];

fn asked(site: &Site, more: &[&str]) -> Ran {
    let ran = site.run(&[&ASKED[..], more].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

/// It says these.
fn told(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.out.contains(word), "{word} is missing in {ran:?}");
    }
}

#[test]
fn who_is_registered_and_what_they_said_is_as_it_is_now() {
    let site = Site::new("live");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    // On paper everybody is registered and nobody answers; here nobody is there.
    told(&asked(&site, &[]), &["ana is not rung: not registered", "live  phone:ana-desk not registered"]);
    let mut phone = connect(&site);
    register(&mut phone, &password, CONTACT, 1);
    let ran = asked(&site, &[]);
    told(
        &ran,
        &["live  version 1 at ", "live  phone:ana-desk registered\n", "live  person:ana in no call\n"],
    );
    told(&ran, &["ana-desk rings", "live  person:ana available\n"]);
    assert!(!ran.out.contains("ben"), "nobody asked for ben: {ran:?}");
    assert_eq!(site.run(&["person", "ana", "dnd"]).code, 0);
    told(&asked(&site, &[]), &["live  person:ana dnd\n"]);
    // What is assumed by hand counts more, and is not told as life.
    let ran = asked(&site, &["--if", "ana=available", "--if", "ana=answers after 1s"]);
    told(&ran, &["talks to ana-desk"]);
    assert!(!ran.out.contains("person:ana dnd") && !ran.out.contains("live  phone:ana-desk"), "{ran:?}");
    let ran = asked(&site, &["--json"]);
    let json: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    let fact = serde_json::json!({ "of": "person:ana", "is": "dnd", "from": "live" });
    let assumed = json["live"]["assumed"].as_array().expect("a list");
    assert!(assumed.contains(&fact) && json["live"]["version"] == 1, "{json}");
    daemon.stop();
}

/// The version in force is asked, not what has been written since.
#[test]
fn the_version_in_force_is_asked() {
    let site = Site::new("live-version");
    let daemon = site.serve();
    site.change("person = \"ana\", mailbox = \"office\" }", "person = \"ben\", mailbox = \"office\" }");
    told(&asked(&site, &[]), &["ana for 2 s", "@ v1", "live  version 1 at "]);
    assert_eq!(site.run(&["apply"]).code, 0);
    told(&asked(&site, &[]), &["ben for 2 s", "live  version 2 at "]);
    daemon.stop();
}

const QUEUE: &str = "[queues.support]\nmembers = [\"ana\", \"ben\"]\nmax_wait = \"5m\"\n\
    when_waited = \"voicemail:office\"\nwhen_unstaffed = \"voicemail:office\"\n";

/// The line of a queue: who serves it, and that nobody waits.
#[test]
fn a_queue_is_told_as_it_stands() {
    let site = Site::new("live-queue");
    site.change("person = \"ana\", mailbox = \"office\" }", "queue = \"support\" }");
    site.write("queue.toml", QUEUE);
    let daemon = site.serve();
    let ran = asked(&site, &[]);
    told(&ran, &["live  queue:support 0 waiting\n", "live  phone:ben-desk not registered\n"]);
    let ran = asked(&site, &["--if", "queue:support=3 waiting"]);
    assert!(!ran.out.contains("live  queue:support"), "{ran:?}");
    daemon.stop();
}

#[test]
fn without_a_daemon_it_says_that_none_runs() {
    let site = Site::new("live-none");
    let ran = site.run(&ASKED);
    assert!(ran.code == 1 && ran.err.contains("no daemon runs on "), "{ran:?}");
    assert!(ran.err.contains("ringplan serve"), "{ran:?}");
    let ran = site.run(&[&ASKED[..], &["--at", "2026-12-25 10:00"]].concat());
    assert_eq!(ran.code, 2, "what is so now is not so then: {ran:?}");
}
