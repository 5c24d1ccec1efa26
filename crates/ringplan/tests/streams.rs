//! SIP over TCP, byte by byte.

mod house;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    process::Stdio,
};

use bytes::BytesMut;
use socket2::SockRef;

use house::{
    Site,
    wire::{PATIENCE, connect, is_closed, read, register, register_saying, request},
};
use sip::{Method, Status, message::respond_to};

#[test]
fn a_message_may_come_in_any_pieces() {
    let site = Site::new("pieces");
    let daemon = site.serve();
    let mut stream = connect(&site);
    for byte in request("OPTIONS", 1, "").bytes() {
        stream.write_all(&[byte]).expect("it reads");
    }
    assert_eq!(read(&mut stream).cseq().number, 1);
    let two = request("OPTIONS", 2, "") + "\r\n" + &request("OPTIONS", 3, "");
    stream.write_all(two.as_bytes()).expect("it reads");
    assert_eq!([read(&mut stream).cseq().number, read(&mut stream).cseq().number], [2, 3]);
    daemon.stop();
}

#[test]
fn a_keep_alive_is_answered() {
    let site = Site::new("keep-alive");
    let daemon = site.serve();
    let mut stream = connect(&site);
    stream.write_all(b"\r\n\r\n").expect("it reads");
    let mut pong = [0; 2];
    stream.read_exact(&mut pong).expect("RFC 5626 §3.5.1");
    assert_eq!(&pong, b"\r\n");
    daemon.stop();
}

#[test]
fn lost_framing_is_answered_400_and_ends_the_connection_only() {
    let site = Site::new("framing");
    let daemon = site.serve();
    for length in [
        "",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
    ] {
        let mut stream = connect(&site);
        let broken = request("OPTIONS", 1, "").replace("Content-Length: 0\r\n", length);
        stream.write_all(broken.as_bytes()).expect("it reads");
        let status = read(&mut stream).status().expect("a response").code();
        assert!(status == 400 || status == 513, "{length:?}: {status}");
        assert!(is_closed(&mut stream), "{length:?}");
    }
    let mut next = connect(&site);
    next.write_all(request("OPTIONS", 2, "").as_bytes()).expect("it reads");
    assert_eq!(read(&mut next).cseq().number, 2);
    daemon.stop();
}

/// Goal: RELIABILITY P2, the peer's own answers are not lost with its framing, nor by a reset of the connection
/// over bytes that nobody read.
#[test]
fn what_came_before_lost_framing_is_answered_first() {
    let site = Site::new("before-framing");
    let daemon = site.serve();
    let mut stream = connect(&site);
    let broken = request("OPTIONS", 3, "Content-Length: -1\r\n") + &"more and more\r\n".repeat(2_000);
    let all = request("OPTIONS", 1, "") + &request("REGISTER", 2, "") + &broken;
    stream.write_all(all.as_bytes()).expect("it reads");
    let answers = [read(&mut stream), read(&mut stream), read(&mut stream)];
    assert_eq!(answers.each_ref().map(|answer| answer.cseq().number), [1, 2, 3]);
    assert_eq!(answers[2].status(), Some(Status::BAD_REQUEST));
    assert!(is_closed(&mut stream));
    daemon.stop();
}

#[test]
fn a_source_has_its_fill_of_strangers() {
    let site = Site::new("strangers");
    let daemon = site.serve();
    let mut all: Vec<_> = (0..21).map(|_| connect(&site)).collect();
    assert!(is_closed(&mut all[20]), "the 21st is turned away");
    all[0].write_all(request("OPTIONS", 1, "").as_bytes()).expect("the first is not");
    assert_eq!(read(&mut all[0]).cseq().number, 1);
    daemon.stop();
}

#[test]
fn a_carrier_is_called_by_name_over_a_connection_of_our_own() {
    let site = Site::new("trunk-by-name");
    let carrier = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = carrier.local_addr().expect("bound").port();
    site.write(
        "out.toml",
        &format!(
            "[trunks.out]\nprofile = \"generic-address\"\nhost = \"localhost:{port}\"\ntransport = \"tcp\"\n\
             channels = 2\n[people_defaults]\nallow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
             [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n"
        ),
    );
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ana-desk"]);
    let dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    // Linux bounds accept by the read timeout too.
    SockRef::from(&carrier).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let (mut stream, _) = carrier.accept().expect("it connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let invite = read(&mut stream);
    assert_eq!(*invite.method(), Method::Invite);
    assert_eq!(invite.request_uri().and_then(|uri| uri.user()), Some("+12025550177"));
    let mut busy = BytesMut::new();
    let busy = respond_to(&mut busy, &invite, site.address, Status::BUSY_HERE, Some("tag")).end();
    stream.write_all(&busy).expect("it reads");
    assert_eq!(*read(&mut stream).method(), Method::Ack);
    assert_eq!(house::ended(dial).code(), Some(1));
    daemon.stop();
}

/// RELIABILITY I6.
#[test]
fn what_a_phone_says_of_itself_never_moves_a_terminal() {
    let site = Site::new("hostile-agent");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    let mut stream = connect(&site);
    let agent = "User-Agent: Desk\u{202e}gpj\u{9b}31m\u{2066}\u{200b}\r\n";
    register_saying(&mut stream, &password, "sip:ana-desk@127.0.0.1:9;transport=tcp", 1, agent);
    for arguments in [&["phones"][..], &["phones", "--json"]] {
        let shown = site.run(arguments).out;
        assert!(shown.contains("Desk\\u") && shown.contains("202e"), "{shown}");
        let is_plain = |letter: char| letter == '\n' || !letter.is_control() && letter.is_ascii();
        assert!(shown.chars().all(is_plain), "{shown:?}");
    }
    daemon.stop();
}

#[test]
fn a_phone_is_called_down_the_connection_it_registered_on() {
    let site = Site::new("down-the-flow");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let mut stream = connect(&site);
    register(&mut stream, &password, "sip:ana-desk@127.0.0.1:9;transport=tcp", 1);

    let mut dial = site.command(&["dial", "--to", "101", "--from", "ben-desk"]);
    let mut dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    let invite = read(&mut stream);
    assert!(site.run(&["phones"]).out.contains("tcp:127.0.0.1"));
    assert_eq!(*invite.method(), Method::Invite);
    stream.shutdown(Shutdown::Both).expect("ours to close");
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
    // The way to the phone went with the connection; each look takes a process, so there is no need to wait.
    let is_gone = || !site.run(&["phones"]).out.contains("tcp:127.0.0.1");
    assert!((0..500).any(|_| is_gone()), "{}", site.run(&["phones"]).out);
    // Its caller was killed, so there is no call to wait for.
    drop(daemon);
}
