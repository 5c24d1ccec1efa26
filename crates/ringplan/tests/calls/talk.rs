//! Phones register, ring and talk.

use std::{
    fs,
    net::{Ipv6Addr, SocketAddr, UdpSocket},
    thread,
    time::Duration,
};

use store::sqlite::{Filter, Reader};

use crate::{
    house::Site,
    phones::{PATIENCE, loudest, phone, registered, request, talk, tone, until},
    ua::News,
};

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
    both_are_heard(&Site::new("talk"));
}

/// Goal: signalling and sound of both phones go over IPv6; each is told an address of that family, or it heard nothing.
#[test]
fn two_phones_on_ipv6_call_each_other_and_both_are_heard() {
    let mut site = Site::new("talk-six");
    let text = fs::read_to_string(site.config().join("site.toml")).expect("it was written");
    let (four, six) = (site.address, SocketAddr::from((Ipv6Addr::LOCALHOST, site.address.port())));
    site.write("site.toml", &text.replace(&format!("[\"{four}\"]"), &format!("[\"{four}\", \"{six}\"]")));
    site.address = six;
    both_are_heard(&site);
}

fn both_are_heard(site: &Site) {
    let daemon = site.serve();
    let mut ana = registered(site, "ana-desk");
    let mut ben = registered(site, "ben-desk");
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
