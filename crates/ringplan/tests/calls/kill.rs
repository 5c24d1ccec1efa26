//! The daemon is killed while people talk.

use std::{
    fs,
    sync::mpsc::{self, TryRecvError},
    thread,
    time::Duration,
};

use nix::sys::signal::Signal;
use store::sqlite::{Filter, Reader};

use crate::{
    house::Site,
    phones::{PATIENCE, loudest, message_of, registered, talk, tone, until},
    ua::News,
};

/// Goal: RELIABILITY F1 and F11 in one: what a killed process leaves behind is whole, and says no more than is known.
#[test]
fn a_kill_keeps_phones_registered_calls_recorded_and_messages_readable() {
    let site = Site::new("kill");
    site.write(
        "more.toml",
        "[people]\ncho = { ext = 103 }\ndan = { ext = 104 }\n\
         [phones]\ncho-desk = { person = \"cho\" }\ndan-desk = { person = \"dan\" }\n",
    );
    let daemon = site.serve();
    let [mut ana, mut ben, mut cho] = ["ana-desk", "ben-desk", "cho-desk"].map(|it| registered(&site, it));
    let (kill, killed) = mpsc::channel();
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        while killed.try_recv() == Err(TryRecvError::Empty) {
            talk(&mut ben, Duration::from_millis(50));
        }
        ben.hang_up();
        ben
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    // Nobody is at 104, so this becomes a message.
    cho.call("104", "").expect("loopback has sockets");
    until(&mut cho, |news| *news == News::Answered);
    cho.say(&tone(8_000).repeat(30));
    let folder = site.data().join("voicemail/dan");
    let deadline = cho.now() + PATIENCE;
    while fs::read_dir(&folder).map_or(0, Iterator::count) == 0 {
        assert!(cho.now() < deadline, "no recording begins");
        talk(&mut cho, Duration::from_millis(20));
    }
    let began = cho.now();
    talk(&mut cho, Duration::from_secs(4));
    daemon.signal(Signal::SIGKILL);
    let lasted = cho.now().since(began).as_secs_f64();
    daemon.wait();
    kill.send(()).expect("ben talks");
    let mut ben = callee.join().expect("ben lives");

    let daemon = site.start();
    assert!(daemon.says("recorded as lost").contains(" 2 calls"));
    daemon.says("listens on");
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    let told: Vec<_> =
        calls.iter().map(|it| (&*it.began.from, &*it.began.to, &*it.outcome, it.end)).collect();
    assert_eq!(told, [("103", "104", "lost", None), ("101", "102", "lost", None)]);

    let boxes: serde_json::Value =
        serde_json::from_str(&site.run(&["mailboxes", "--json"]).out).expect("it is JSON");
    assert!(
        boxes.as_array().is_some_and(|all| all.iter().any(|it| it["name"] == "dan" && it["messages"] == 1)),
        "{boxes}"
    );
    let json = message_of(&site, "dan", |_| true);
    assert_eq!((json["note"].as_str(), json["from"].as_str()), (Some("interrupted"), Some("103")), "{json}");
    let file = fs::read(json["file"].as_str().expect("a path")).expect("it is there");
    let sound = media::wav::read(&file).expect("a WAV");
    let seconds = sound.len() as f64 / 8_000.0;
    assert!((seconds - lasted).abs() < 1.0, "{seconds} s of {lasted} s");
    assert!((seconds - json["seconds"].as_f64().expect("a number")).abs() < 0.1, "{seconds} of {json}");
    assert!(loudest(&sound) > 6_000, "the caller is heard");

    let path = json["file"].as_str().expect("a path");
    assert_eq!(site.run(&["mailboxes", "dan", "--delete", path]).code, 0);
    assert!((0..50).any(|_| site.run(&["mailboxes", "dan"]).out.trim() == "no messages"));
    assert_eq!(site.run(&["mailboxes", "dan", "--delete", path]).code, 1, "it is gone");

    let phones = site.run(&["phones"]).out;
    assert_eq!(phones.matches("udp:127.0.0.1").count(), 3, "{phones}");
    let callee = thread::spawn(move || {
        let called = until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.hang_up();
        talk(&mut ben, Duration::from_millis(300));
        called
    });
    let rung = site.run(&["dial", "--to", "102", "--from", "cho-desk"]);
    assert!(rung.out.contains("it rings"), "{rung:?}");
    assert_eq!(callee.join().expect("ben lives"), News::Called("cho".to_owned()));
    daemon.stop();
}
