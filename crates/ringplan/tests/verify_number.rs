//! `ringplan verify-number`, whole: a number outside rings, whoever answers presses the code, and the number may be shown.

mod house;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::Stdio,
    thread,
    time::Duration,
};

use bytes::BytesMut;
use house::{
    Site, ended,
    wire::{PATIENCE, patient, read},
};
use sip::{Message, Method, Name, Status, message::respond_to};
use socket2::SockRef;

const NUMBER: &str = "+12025550190";

/// A site whose calls go to this carrier, and with a list for verified numbers that nobody has written yet.
fn site(name: &str, carrier: &TcpListener) -> Site {
    let site = Site::new(name);
    let host = carrier.local_addr().expect("bound");
    site.write(
        "out.toml",
        &format!(
            "[site]\nverified = {{ file = \"verified\" }}\n[trunks.out]\nprofile = \"generic-address\"\n\
             host = \"{host}\"\ntransport = \"tcp\"\nping = \"off\"\n[people_defaults]\n\
             allow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
             [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n"
        ),
    );
    site
}

fn carrier() -> TcpListener {
    let carrier = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    SockRef::from(&carrier).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    carrier
}

/// Answers this call; gives where the switch hears it.
fn take(stream: &mut TcpStream, invite: &Message, ear: SocketAddr) -> SocketAddr {
    let body = String::from_utf8_lossy(&invite.body()).into_owned();
    let port =
        body.lines().find_map(|line| line.strip_prefix("m=audio ")).and_then(|it| it.split(' ').next());
    let port: u16 = port.and_then(|port| port.parse().ok()).expect("it says where it hears");
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n",
        ear.port()
    );
    answer(stream, invite, Status::OK, &sdp);
    assert_eq!(*read(stream).method(), Method::Ack);
    SocketAddr::new(ear.ip(), port)
}

fn answer(stream: &mut impl Write, request: &Message, status: Status, body: &str) {
    let mut buffer = BytesMut::new();
    let source = "127.0.0.1:9".parse().expect("an address");
    let writer = respond_to(&mut buffer, request, source, status, Some("far"));
    let writer = writer.header(Name::Contact, "<sip:far@127.0.0.1:9;transport=tcp>");
    let bytes =
        if body.is_empty() { writer.end() } else { writer.body("application/sdp", body.as_bytes()).end() };
    stream.write_all(&bytes).expect("it reads");
}

/// Hangs up the call that this INVITE began.
fn hang_up(stream: &mut impl Write, invite: &Message) {
    let line = |name| invite.header(name).expect("every request has one").to_owned();
    let target = line(Name::Contact).trim_start_matches('<').split('>').next().map(str::to_owned);
    let bye = format!(
        "BYE {} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKbye\r\nMax-Forwards: 70\r\n\
         From: {};tag=far\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        target.expect("an address"),
        line(Name::To),
        line(Name::From),
        invite.call_id()
    );
    stream.write_all(bye.as_bytes()).expect("it reads");
}

/// Presses keys as a telephone does: three packets of each, and three of its end (RFC 4733 §2.5).
fn press(mouth: &UdpSocket, to: SocketAddr, keys: &str) {
    let mut sequence: u16 = 1;
    for (at, key) in (1u32..).zip(keys.bytes()) {
        for (part, marker) in [(0x0a, 0x80), (0x0a, 0), (0x0a, 0), (0x8a, 0), (0x8a, 0), (0x8a, 0)] {
            let mut packet = vec![0x80, 101 | marker];
            packet.extend(sequence.to_be_bytes());
            packet.extend((at * 1600).to_be_bytes());
            packet.extend(7u32.to_be_bytes());
            packet.extend([key - b'0', part]);
            packet.extend(800u16.to_be_bytes());
            mouth.send_to(&packet, to).expect("loopback takes it");
            sequence += 1;
            thread::park_timeout(Duration::from_millis(20));
        }
    }
}

/// What whoever is called does about it.
enum Owner {
    /// Answers and presses these keys of the code; the rest is the switch's.
    Presses(fn(&str) -> String),
    /// The same, and hangs up.
    GivesUp(fn(&str) -> String),
    /// Talks with somebody else.
    IsBusy,
}

/// How a verification ends of which the owner of the number makes this.
fn verify(site: &Site, carrier: &TcpListener, owner: &Owner) -> i32 {
    let mut command = site.command(&["verify-number", NUMBER, "--as", "ana-desk"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
    let line = said.next().and_then(Result::ok).expect("it says what to press");
    let code = line.split_whitespace().find(|word| word.len() == 4 && word.parse::<u16>().is_ok());
    let code = code.unwrap_or_else(|| panic!("no code in: {line}"));
    let (mut stream, _) = carrier.accept().expect("the switch calls");
    patient(&stream);
    let invite = read(&mut stream);
    assert_eq!(*invite.method(), Method::Invite);
    assert!(invite.request_uri().and_then(|uri| uri.user()) == Some(NUMBER), "{NUMBER} is what rings");
    let ear = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let (keys, gives_up) = match owner {
        Owner::Presses(keys) => (keys, false),
        Owner::GivesUp(keys) => (keys, true),
        Owner::IsBusy => {
            answer(&mut stream, &invite, Status::BUSY_HERE, "");
            assert_eq!(*read(&mut stream).method(), Method::Ack);
            return ended(child).code().unwrap_or(-1);
        }
    };
    let to = take(&mut stream, &invite, ear.local_addr().expect("bound"));
    press(&ear, to, &keys(code));
    let over = thread::spawn(move || {
        if gives_up {
            hang_up(&mut stream, &invite);
        }
        // Of the right code the switch has enough.
        let last = read(&mut stream);
        if last.is_request() {
            assert_eq!(*last.method(), Method::Bye);
            answer(&mut stream, &last, Status::OK, "");
        }
    });
    let status = ended(child).code().unwrap_or(-1);
    over.join().expect("it is hung up");
    status
}

#[test]
fn a_number_may_be_shown_once_whoever_answers_it_pressed_the_code() {
    let carrier = carrier();
    let site = site("verify-number", &carrier);
    site.add_phone("ana-desk");
    let daemon = site.serve();
    site.write("shows.toml", &format!("[people]\ncho = {{ ext = 103, present = \"{NUMBER}\" }}\n"));
    assert_eq!(site.run(&["check"]).code, 2, "nobody may show it before");
    fs::remove_file(site.config().join("shows.toml")).expect("it was written");
    assert_eq!(verify(&site, &carrier, &Owner::Presses(str::to_owned)), 0);
    let list = fs::read_to_string(site.config().join("verified")).expect("the first number makes the file");
    assert!(list.starts_with(&format!("{NUMBER}  # ")) && list.lines().count() == 1, "{list}");
    daemon.says("is in force");
    site.write("shows.toml", &format!("[people]\ncho = {{ ext = 103, present = \"{NUMBER}\" }}\n"));
    let check = site.run(&["check"]);
    assert!(check.code < 2, "it has warnings alone: {check:?}");
    let again = site.run(&["verify-number", NUMBER]);
    assert!(again.code == 0 && again.out.contains("may be shown already"), "{again:?}");
    daemon.stop();
}

/// Goal: fraud is not made easier by it. Method: another code, no key at all, nobody who answers.
#[test]
fn a_number_whose_owner_did_not_press_the_code_may_not_be_shown() {
    let other = |code: &str| code.bytes().map(|digit| char::from((digit - b'0' + 1) % 10 + b'0')).collect();
    let none = |_: &str| String::new();
    for (name, owner) in [
        ("verify-another", Owner::GivesUp(other)),
        ("verify-none", Owner::GivesUp(none)),
        ("verify-busy", Owner::IsBusy),
    ] {
        let carrier = carrier();
        let site = site(name, &carrier);
        site.add_phone("ana-desk");
        let daemon = site.serve();
        assert_eq!(verify(&site, &carrier, &owner), 1, "{name}");
        assert!(!site.config().join("verified").exists(), "{name}: nothing is written down");
        daemon.stop();
    }
}
