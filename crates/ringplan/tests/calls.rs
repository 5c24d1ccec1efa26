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

use std::{fs, net::UdpSocket, thread, time::Duration};

use house::Site;
use nix::sys::signal::Signal;
use ua::{Account, Login, News, Phone};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A phone of `site` with this password.
fn phone(site: &Site, name: &str, password: &str) -> Phone {
    let login = Login::Password(password.to_owned());
    let account = Account {
        name: name.to_owned(),
        domain: "pbx.test".to_owned(),
        server: site.address,
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

/// A second of a square wave this loud.
fn tone(level: i16) -> Vec<i16> {
    (0..8_000).map(|at| if at % 16 < 8 { level } else { -level }).collect()
}

fn loudest(samples: &[i16]) -> i16 {
    samples.iter().map(|sample| sample.saturating_abs()).max().unwrap_or(0)
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
    let ran = site.run(&[
        "dial",
        "--to",
        "+12025550100",
        "--from",
        "+12025550142",
        "--for",
        "6s",
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
    let messages = site.run(&["mailboxes", "office", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&messages.out).expect("it is JSON");
    assert_eq!(json[0]["from"], "+12025550142", "{json}");
    let file = fs::read(json[0]["file"].as_str().expect("a path")).expect("it is there");
    let seconds = media::wav::read(&file).expect("a WAV").len() as f64 / 8_000.0;
    assert!((seconds - json[0]["seconds"].as_f64().expect("a number")).abs() < 0.1, "{seconds} of {json}");
    daemon.stop();
}

#[test]
fn a_kill_keeps_phones_registered_calls_recorded_and_messages_readable() {
    let site = Site::new("kill");
    let daemon = site.serve();
    let mut ana = registered(&site, "ana-desk");
    // Nobody is at 102, so this becomes a message, which is being left when the process dies.
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    ana.say(&tone(8_000).repeat(10));
    talk(&mut ana, Duration::from_secs(6));
    daemon.signal(Signal::SIGKILL);
    daemon.wait();
    let daemon = site.start();
    daemon.says("recorded as lost");
    daemon.says("listens on");
    assert!(site.run(&["phones"]).out.contains("udp:127.0.0.1"), "{:?}", site.run(&["phones"]));
    let json = site.run(&["mailboxes", "ben", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json[0]["note"], "interrupted", "{json}");
    let file = fs::read(json[0]["file"].as_str().expect("a path")).expect("it is there");
    assert!(media::wav::read(&file).expect("a WAV").len() > 8_000, "{} bytes", file.len());
    daemon.stop();
}

#[test]
fn a_call_under_way_outlives_the_order_to_stop_and_new_ones_are_refused() {
    let site = Site::new("drain");
    let daemon = site.serve();
    let mut ana = registered(&site, "ana-desk");
    let mut ben = registered(&site, "ben-desk");
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        until(&mut ben, |news| *news == News::HungUp)
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    let refused = site.run(&["dial", "--to", "102", "--from", "ana-desk", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&refused.out).expect("it is JSON");
    assert_eq!((refused.code, json["status"].as_u64()), (1, Some(503)), "{json}");
    talk(&mut ana, Duration::from_millis(300));
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(300));
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn a_second_order_to_stop_hangs_up() {
    let site = Site::new("hurry");
    let daemon = site.serve();
    let mut ana = registered(&site, "ana-desk");
    let mut ben = registered(&site, "ben-desk");
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        until(&mut ben, |news| *news == News::HungUp)
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    daemon.signal(Signal::SIGTERM);
    until(&mut ana, |news| *news == News::HungUp);
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
}
