//! Callers leave messages, or hear why they cannot.

use std::{fs, process::Command, thread, time::Duration};

use nix::sys::signal::Signal;
use store::sqlite::{Filter, Reader};

use crate::{
    house::Site,
    phones::{PATIENCE, loudest, message_of, registered, talk, talking, tone, until},
    ua::{self, News, Phone},
};

#[test]
fn nobody_answers_a_carriers_call_and_a_message_is_left() {
    let site = Site::new("message");
    let mut ana = {
        let daemon = site.serve();
        let ana = registered(&site, "ana-desk");
        daemon.stop();
        ana
    };
    // The same phone, known to the next daemon by its binding alone.
    let daemon = site.serve();
    let callee = thread::spawn(move || {
        until(&mut ana, |news| matches!(news, News::Called(_)));
        until(&mut ana, |news| matches!(news, News::Stopped(_)));
    });
    let heard = site.folder.join("heard.wav");
    let record = heard.to_str().expect("an ordinary path");
    let speech = site.folder.join("speech.wav");
    ua::save(&speech, &tone(8_000).repeat(10)).expect("it can be written");
    let ran = site.run(&[
        "dial",
        "--to",
        "+12025550100",
        "--from",
        "+12025550142",
        "--for",
        "6s",
        "--play",
        speech.to_str().expect("an ordinary path"),
        "--record",
        record,
        "--expect",
        "number:+12025550100",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    callee.join().expect("ana lives");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert!(json["path"].as_str().is_some_and(|path| path.contains("#2")), "{json}");
    assert!(loudest(&media::wav::read(&fs::read(&heard).expect("recorded")).expect("a WAV")) > 3_000);
    let json = message_of(&site, "office", |_| true);
    assert_eq!(json["from"], "+12025550142", "{json}");
    let file = fs::read(json["file"].as_str().expect("a path")).expect("it is there");
    let seconds = media::wav::read(&file).expect("a WAV").len() as f64 / 8_000.0;
    assert!((seconds - json["seconds"].as_f64().expect("a number")).abs() < 0.1, "{seconds} of {json}");
    daemon.stop();
}

/// Goal: what was left for somebody by `*99` they hear by `*97`, and it stays heard when the process is killed.
#[test]
fn a_message_left_by_code_is_heard_from_the_own_phone_and_old_after_a_kill() {
    let site = Site::new("listen");
    let daemon = site.serve();
    let [mut ana, mut ben] = ["ana-desk", "ben-desk"].map(|name| registered(&site, name));
    ana.call("*99102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    ana.say(&tone(8_000).repeat(10));
    talk(&mut ana, Duration::from_secs(7));
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(500));
    message_of(&site, "ben", |message| message["heard"] == false);

    ben.call("*97", "").expect("loopback has sockets");
    until(&mut ben, |news| *news == News::Answered);
    // A square wave of this level is nothing that a voice does.
    let is_tone = |sample: &&i16| (7_500..8_500).contains(&sample.abs());
    let seconds = |ben: &Phone| ben.heard().iter().filter(is_tone).count() as f64 / 8_000.0;
    let deadline = ben.now() + PATIENCE;
    while seconds(&ben) <= 2.0 {
        assert!(ben.now() < deadline, "{} s of the tone are heard", seconds(&ben));
        talk(&mut ben, Duration::from_millis(500));
    }
    message_of(&site, "ben", |message| message["note"] == "heard");
    daemon.signal(Signal::SIGKILL);
    daemon.wait();

    let daemon = site.start();
    daemon.says("listens on");
    message_of(&site, "ben", |message| message["heard"] == true);
    daemon.stop();
}

#[test]
fn a_caller_who_says_nothing_leaves_no_message() {
    let site = Site::new("silent");
    let daemon = site.serve();
    let mut ana = registered(&site, "ana-desk");
    // In the greeting, and long after the beep.
    for time in [Duration::from_millis(500), Duration::from_secs(8)] {
        ana.call("102", "").expect("loopback has sockets");
        until(&mut ana, |news| *news == News::Answered);
        talk(&mut ana, time);
        ana.hang_up();
        talk(&mut ana, Duration::from_millis(500));
    }
    assert_eq!(site.run(&["mailboxes", "ben"]).out.trim(), "no messages");
    daemon.stop();
    assert_eq!(fs::read_dir(site.data().join("voicemail/ben")).map_or(0, Iterator::count), 0);
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    assert_eq!(calls.iter().map(|call| &*call.outcome).collect::<Vec<_>>(), ["missed", "missed"]);
}

#[test]
fn a_prompt_that_can_not_be_read_is_a_warning_and_the_call_goes_on() {
    let site = Site::new("bad-prompt");
    site.write("prompts/hello.wav", "this is no sound");
    site.write(
        "plan.toml",
        "[prompts]\nhello = { file = \"prompts/hello.wav\" }\ngone = { file = \"prompts/gone.wav\" }\n\
         [plans.main]\nsteps = [{ play = \"hello\" }, { play = \"gone\" }, { voicemail = \"office\" }]\n\
         [numbers]\n\"+12025550101\" = { trunk = \"carrier\", plan = \"main\" }\n",
    );
    let check = site.run(&["check"]);
    assert_eq!(check.code, 1, "{check:?}");
    for words in [
        "prompts/hello.wav can't be played: it is no WAV file",
        "prompts/gone.wav can't be read: no such file",
    ] {
        assert!(check.out.contains(words), "{words} is missing in {}", check.out);
    }
    let daemon = site.serve();
    let arguments =
        ["dial", "--to", "+12025550101", "--from", "+12025550142", "--expect", "main#3", "--for", "1s"];
    let ran = site.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    daemon.stop();
}

/// Goal: RELIABILITY F3. Method: from a moment on no file of the daemon may grow, neither message nor database.
#[test]
fn on_a_full_disk_calls_go_on_and_a_message_fails_plainly() {
    let site = Site::new("full");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    let room = |limit: &str| {
        let pid = daemon.pid().to_string();
        let set =
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:unlimited")]).status();
        assert!(set.expect("util-linux has it").success());
    };
    let speech = site.folder.join("speech.wav");
    ua::save(&speech, &tone(8_000).repeat(10)).expect("it can be written");
    let speech = speech.to_str().expect("an ordinary path");
    let leave = |ana: &mut Phone| {
        let arguments = ["dial", "--to", "+12025550100", "--from", "+12025550142", "--json", "--for", "8s"];
        thread::scope(|scope| {
            let caller = scope.spawn(|| site.run(&[&arguments[..], &["--play", speech]].concat()));
            // Her phone is rung by this call too.
            while !caller.is_finished() {
                talk(ana, Duration::from_millis(100));
            }
            caller.join().expect("it only waits")
        })
    };
    room("0");
    let heard = ana.heard().len();
    let caller = leave(&mut ana);
    let json: serde_json::Value = serde_json::from_str(&caller.out).expect("it is JSON");
    assert_eq!(
        (caller.code, json["status"].as_u64()),
        (0, Some(200)),
        "answered, told, and hung up on: {json}"
    );
    assert!(json["lasted_ms"].as_u64().is_some_and(|ms| ms < 8_000), "nobody speaks to a full disk: {json}");
    let said = daemon.says("a prompt or recording failed");
    assert!(said.contains("File too large"), "{said}");
    assert_eq!(site.run(&["mailboxes", "office"]).out.trim(), "no messages");
    assert!(ana.heard().len() > heard + 8_000, "the call under way is still heard");
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(300));
    callee.join().expect("ben lives");
    // With room again the next message is kept, and what waited is written.
    room("unlimited");
    leave(&mut ana);
    message_of(&site, "office", |message| message["note"] == "");
    daemon.stop();
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    assert_eq!(
        calls.iter().map(|call| &*call.outcome).collect::<Vec<_>>(),
        ["voicemail", "missed", "answered"]
    );
}
