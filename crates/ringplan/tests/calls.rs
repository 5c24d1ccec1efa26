//! Calls over real sockets: phones register, ring, talk and leave messages.

mod house;

#[path = "../src/entropy.rs"]
#[allow(dead_code, reason = "the phone uses some of it")]
mod entropy;
#[path = "house/net.rs"]
mod net;
#[path = "../src/time.rs"]
#[allow(dead_code, reason = "the phone uses some of it")]
mod time;
#[path = "../src/ua/mod.rs"]
#[allow(dead_code, reason = "the tests use some of it")]
mod ua;

use std::{
    fs,
    net::{SocketAddr, UdpSocket},
    process::Command,
    sync::mpsc::{self, TryRecvError},
    thread,
    time::Duration,
};

use house::Site;
use nix::sys::signal::Signal;
use store::sqlite::{Filter, Reader};
use ua::{Account, Login, News, Over, Phone};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A phone of `site` with this password.
fn phone(site: &Site, name: &str, password: &str) -> Phone {
    let login = Login::Password(password.to_owned());
    let account = Account {
        name: name.to_owned(),
        domain: "pbx.test".to_owned(),
        server: site.address,
        over: Over::Udp,
        local: None,
        login,
    };
    Phone::new(account).expect("loopback has sockets")
}

/// A phone of `site` that has a secret and is registered.
fn registered(site: &Site, name: &str) -> Phone {
    let password = site.add_phone(name);
    let mut phone = phone(site, name, &password);
    phone.register(Duration::from_secs(300));
    let news = until(&mut phone, |news| matches!(news, News::Registered(_) | News::NotRegistered(_)));
    assert!(matches!(news, News::Registered(_)), "{news:?}");
    phone
}

/// Waits for news of this kind.
fn until(phone: &mut Phone, wanted: impl Fn(&News) -> bool) -> News {
    let deadline = phone.now() + PATIENCE;
    let mut seen = Vec::new();
    while let Some(news) = phone.next(deadline) {
        if wanted(&news) {
            return news;
        }
        seen.push(news);
    }
    panic!("it never came, but: {seen:?}");
}

/// Lets sound flow for so long.
fn talk(phone: &mut Phone, time: Duration) {
    let end = phone.now() + time;
    while phone.now() < end {
        let _ = phone.next(end);
    }
}

/// Ana's phone as it talks to Ben's, who stays until he is hung up on.
fn talking(site: &Site) -> (Phone, thread::JoinHandle<News>) {
    let mut ana = registered(site, "ana-desk");
    let mut ben = registered(site, "ben-desk");
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        until(&mut ben, |news| *news == News::HungUp)
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    (ana, callee)
}

/// A second of a square wave this loud.
fn tone(level: i16) -> Vec<i16> {
    (0..8_000).map(|at| if at % 16 < 8 { level } else { -level }).collect()
}

fn loudest(samples: &[i16]) -> i16 {
    samples.iter().map(|sample| sample.saturating_abs()).max().unwrap_or(0)
}

/// The one message in a mailbox, as a script sees it.
fn message_of(site: &Site, mailbox: &str) -> serde_json::Value {
    let text = site.run(&["mailboxes", mailbox, "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(1), "{json}");
    json[0].clone()
}

/// A request of the carrier at `here` about a call to the main number.
fn request(method: &str, here: SocketAddr, call: &str, to_tag: &str, sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let cseq = if method == "BYE" { 2 } else { 1 };
    format!(
        "{method} sip:+12025550100@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@{here}>;tag=a\r\nTo: <sip:+12025550100@pbx.test>{to_tag}\r\n\
         Call-ID: {call}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{here}>\r\n{kind}Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// RELIABILITY P4: a stranger can't make the switch talk to itself.
#[test]
fn media_is_never_sent_to_our_own_ports() {
    let site = Site::new("own-ports");
    let daemon = site.serve();
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let here = carrier.local_addr().expect("bound");
    let ear = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    let ear = ear.local_addr().expect("bound");
    let own = |port| SocketAddr::new(site.address.ip(), port);
    for (call, to) in [("ear", ear), ("rtp", own(site.rtp + 18)), ("sip", site.address)] {
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n",
            ip = to.ip(),
            port = to.port()
        );
        carrier
            .send_to(request("INVITE", here, call, "", &sdp).as_bytes(), site.address)
            .expect("it is taken");
        let ok = loop {
            let mut answer = [0; 1_500];
            let len = carrier.recv(&mut answer).expect("nobody is at 101, so it becomes a message");
            let answer = String::from_utf8_lossy(&answer[..len]).into_owned();
            if answer.starts_with("SIP/2.0 200 ") {
                break answer;
            }
            assert!(answer.starts_with("SIP/2.0 1"), "{answer}");
        };
        let field =
            |name: &str| ok.lines().find_map(|line| line.strip_prefix(name)).expect("it has one").trim();
        let tag = &field("To:")[field("To:").find(";tag=").expect("a dialog")..];
        let target = field("Contact:").trim_start_matches('<').split('>').next().expect("a URI");
        let says = |method: &str| {
            let text = request(method, here, call, tag, "")
                .replace("sip:+12025550100@pbx.test SIP", &format!("{target} SIP"));
            carrier.send_to(text.as_bytes(), site.address).expect("it is taken");
        };
        says("ACK");
        thread::park_timeout(Duration::from_millis(700));
        says("BYE");
        let mut answer = [0; 1_500];
        carrier.recv(&mut answer).expect("BYE is answered");
    }
    daemon.stop();
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    let sent: Vec<_> = calls.iter().rev().map(|call| call.legs[0].packets.1).collect();
    assert!(sent[0] > 10 && sent[1..] == [0, 0], "{sent:?}");
}

#[test]
fn two_phones_call_each_other_and_both_are_heard() {
    let site = Site::new("talk");
    let daemon = site.serve();
    let mut ana = registered(&site, "ana-desk");
    let mut ben = registered(&site, "ben-desk");
    let callee = thread::spawn(move || {
        let called = until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        ben.say(&tone(4_000));
        until(&mut ben, |news| *news == News::HungUp);
        (called, loudest(ben.heard()))
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| matches!(news, News::Ringing(_)));
    until(&mut ana, |news| *news == News::Answered);
    ana.say(&tone(8_000));
    talk(&mut ana, Duration::from_secs(1));
    let calls = site.run(&["calls"]).out;
    assert!(calls.contains("phone:ana-desk, phone:ben-desk"), "{calls}");
    ana.hang_up();
    let (called, heard_by_ben) = callee.join().expect("ben lives");
    assert_eq!(called, News::Called("ana".to_owned()));
    assert!(heard_by_ben > 6_000, "{heard_by_ben}");
    assert!((3_000..5_000).contains(&loudest(ana.heard())), "{}", loudest(ana.heard()));
    daemon.stop();
}

#[test]
fn a_call_that_waits_while_the_switch_starts_finds_its_ports() {
    let site = Site::new("door");
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    let at = carrier.local_addr().expect("bound");
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\n\
         m=audio {} RTP/AVP 0\r\n",
        at.port()
    );
    let invite = format!(
        "INVITE sip:+12025550100@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKdoor\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@127.0.0.3>;tag=c\r\nTo: <sip:+12025550100@{to}>\r\n\
         Call-ID: door\r\nCSeq: 1 INVITE\r\nContact: <sip:{at}>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {length}\r\n\r\n{sdp}",
        to = site.address,
        length = sdp.len(),
    );
    carrier.set_read_timeout(Some(Duration::from_millis(1))).expect("a time above zero");
    let _daemon = site.start();
    let mut answer = [0; 2048];
    // Nobody hears it until the switch has bound its socket; from then on one of them is the first it reads.
    let status = (0..PATIENCE.as_millis()).find_map(|_| {
        let _ = carrier.send_to(invite.as_bytes(), site.address);
        let length = carrier.recv(&mut answer).unwrap_or(0);
        let text = String::from_utf8_lossy(&answer[..length]);
        Some(text.strip_prefix("SIP/2.0 ")?.get(..3)?.to_owned()).filter(|status| !status.starts_with('1'))
    });
    assert_eq!(status.as_deref(), Some("200"));
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_is_not() {
    let site = Site::new("password");
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let mut thief = phone(&site, "ana-desk", "guess");
    thief.register(Duration::from_secs(300));
    let news = until(&mut thief, |news| matches!(news, News::Registered(_) | News::NotRegistered(_)));
    assert!(matches!(news, News::NotRegistered(_)), "{news:?}");
    drop(registered(&site, "ana-desk"));
    daemon.stop();
}

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
    let json = message_of(&site, "office");
    assert_eq!(json["from"], "+12025550142", "{json}");
    let file = fs::read(json["file"].as_str().expect("a path")).expect("it is there");
    let seconds = media::wav::read(&file).expect("a WAV").len() as f64 / 8_000.0;
    assert!((seconds - json["seconds"].as_f64().expect("a number")).abs() < 0.1, "{seconds} of {json}");
    daemon.stop();
}

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
    let json = message_of(&site, "dan");
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
fn a_call_under_way_outlives_the_order_to_stop_and_new_ones_are_refused() {
    let site = Site::new("drain");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    let refused = site.run(&["dial", "--to", "102", "--from", "ana-desk", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&refused.out).expect("it is JSON");
    assert_eq!((refused.code, json["status"].as_u64()), (1, Some(503)), "{json}");
    // A carrier is told when to come back (RELIABILITY F10); it is known by its address.
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let here = carrier.local_addr().expect("bound");
    let invite = request("INVITE", here, "drain", "", "");
    carrier.send_to(invite.as_bytes(), site.address).expect("loopback takes it");
    let mut answer = [0; 1_500];
    let len = carrier.recv(&mut answer).expect("it is answered");
    let answer = String::from_utf8_lossy(&answer[..len]);
    assert!(answer.starts_with("SIP/2.0 503 ") && answer.contains("\r\nRetry-After: "), "{answer}");
    // The call under way goes on: both are still heard.
    let before = ana.heard().len();
    talk(&mut ana, Duration::from_millis(600));
    assert!(ana.heard().len() > before + 8 * 300, "{before}, {}", ana.heard().len());
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(300));
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
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
    assert_eq!(message_of(&site, "office")["note"], "");
    daemon.stop();
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    assert_eq!(
        calls.iter().map(|call| &*call.outcome).collect::<Vec<_>>(),
        ["voicemail", "missed", "answered"]
    );
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

#[test]
fn a_second_order_to_stop_hangs_up() {
    let site = Site::new("hurry");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    daemon.signal(Signal::SIGTERM);
    until(&mut ana, |news| *news == News::HungUp);
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
}
