//! SIP over TCP, byte by byte.

mod house;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, UdpSocket},
    process::Stdio,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use socket2::SockRef;

use house::{
    Site,
    wire::{
        PATIENCE, connect, connect_from, is_closed, read, register, register_as, register_saying, request,
    },
};
use sip::{Message, Method, Name, Status, message::respond_to};

/// Half of what a stranger may be silent.
const SOON: Duration = Duration::from_secs(5);

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
        "Content-Length: 3\r\nl: 4\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: 0x10\r\n",
        "Content-Length:\r\n",
        "Content-Length: 70000\r\n",
        "Content-Length: 4294967295\r\n",
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

/// RELIABILITY P6: nor does a network help that has many addresses.
#[test]
fn a_network_has_its_fill_of_strangers() {
    let site = Site::new("strangers-beside");
    let daemon = site.serve();
    let from = |network, host| connect_from([127, 0, network, host], site.address);
    let _fill: Vec<_> = (0..200).map(|number| from(9, number / 20 + 1)).collect();
    let mut more = from(9, 11);
    more.set_read_timeout(Some(SOON)).expect("a time above zero");
    assert!(is_closed(&mut more), "the 201st is turned away, and not for its silence");
    let mut beside = from(10, 1);
    beside.write_all(request("OPTIONS", 1, "").as_bytes()).expect("another network's is not");
    assert_eq!(read(&mut beside).cseq().number, 1);
    daemon.stop();
}

/// Goal: RELIABILITY P6, whoever holds all connections keeps nobody out. Method: a thousand and one of six networks; the
/// first goes sooner than for its silence alone, and the last is heard.
#[test]
fn the_oldest_stranger_makes_room() {
    let site = Site::new("strangers-oldest");
    let daemon = site.serve();
    let from = |number: u16| {
        let [network, host] = [number / 200, number % 200 / 20].map(|it| u8::try_from(it).expect("small"));
        connect_from([127, 0, network + 9, host + 1], site.address)
    };
    let mut all: Vec<_> = (0..1_001).map(from).collect();
    all[1_000].write_all(request("OPTIONS", 1, "").as_bytes()).expect("there is room");
    assert_eq!(read(&mut all[1_000]).cseq().number, 1);
    all[0].set_read_timeout(Some(SOON)).expect("a time above zero");
    assert!(is_closed(&mut all[0]), "the first made room");
    all[1].write_all(request("OPTIONS", 2, "").as_bytes()).expect("the second did not");
    assert_eq!(read(&mut all[1]).cseq().number, 2);
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
            "[trunks.out]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"localhost:{port}\"\ntransport = \"tcp\"\n\
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

/// A carrier that is called over UDP, and its socket; it challenges with a nonce that no datagram has room for.
fn challenging_carrier(site: &Site) -> UdpSocket {
    let carrier = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let address = carrier.local_addr().expect("bound");
    site.write("secrets/out", "hunter2");
    site.write(
        "out.toml",
        &format!(
            "[trunks.out]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"{address}\"\nuser = \"larch\"\n\
             secret = {{ file = \"secrets/out\" }}\nchannels = 2\n[people_defaults]\n\
             allow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
             [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n"
        ),
    );
    carrier
}

/// Takes the INVITE that comes as a datagram and challenges it.
fn challenge(carrier: &UdpSocket) {
    let (invite, from) = datagram(carrier);
    assert_eq!(*invite.method(), Method::Invite);
    let nonce = "n".repeat(700);
    let mut room = BytesMut::new();
    let refusal = respond_to(&mut room, &invite, from, Status::PROXY_AUTHENTICATION_REQUIRED, Some("tag"))
        .header(
            Name::ProxyAuthenticate,
            format_args!("Digest realm=\"out\", nonce=\"{nonce}\", qop=\"auth\""),
        )
        .end();
    carrier.send_to(&refusal, from).expect("loopback takes it");
    assert_eq!(*datagram(carrier).0.method(), Method::Ack);
}

fn datagram(carrier: &UdpSocket) -> (Message, SocketAddr) {
    let mut room = [0; 65_535];
    let (len, from) = carrier.recv_from(&mut room).expect("a datagram comes");
    (Message::parse(Bytes::copy_from_slice(&room[..len])).expect("a message"), from)
}

/// RFC 3261 §18.1.1, PRODUCT pain 21: an INVITE that grew too large with its credentials goes over TCP.
#[test]
fn an_invite_too_large_for_a_datagram_goes_over_tcp() {
    let site = Site::new("large");
    let carrier = challenging_carrier(&site);
    let listener = TcpListener::bind(carrier.local_addr().expect("bound")).expect("the same port");
    SockRef::from(&listener).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ana-desk"]);
    let dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    challenge(&carrier);
    let (mut stream, _) = listener.accept().expect("it connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let invite = read(&mut stream);
    assert_eq!(invite.cseq().number, 2);
    let via = invite.header(Name::Via).unwrap_or_default();
    assert!(via.starts_with(&format!("SIP/2.0/TCP {};", site.address)), "{via}");
    let contact = invite.header(Name::Contact).unwrap_or_default();
    assert!(contact.contains(";transport=tcp"), "{contact}");
    daemon.says("goes over TCP");
    let busy = respond_to(&mut BytesMut::new(), &invite, site.address, Status::BUSY_HERE, Some("tag")).end();
    stream.write_all(&busy).expect("it reads");
    assert_eq!(*read(&mut stream).method(), Method::Ack);
    assert_eq!(house::ended(dial).code(), Some(1));
    daemon.stop();
}

/// RFC 3261 §18.1.1: where TCP is refused it goes as a datagram after all, and the next one does at once.
#[test]
fn a_large_invite_goes_over_udp_where_tcp_is_refused() {
    let site = Site::new("large-udp");
    let carrier = challenging_carrier(&site);
    let daemon = site.serve();
    site.add_phone("ana-desk");
    for _ in 0..2 {
        let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ana-desk"]);
        let dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
        challenge(&carrier);
        let (invite, from) = datagram(&carrier);
        assert_eq!(*invite.method(), Method::Invite);
        let via = invite.header(Name::Via).unwrap_or_default();
        assert!(via.starts_with(&format!("SIP/2.0/UDP {};", site.address)), "{via}");
        assert!(!invite.header(Name::Contact).unwrap_or_default().contains("transport"));
        let busy = respond_to(&mut BytesMut::new(), &invite, from, Status::BUSY_HERE, Some("tag")).end();
        carrier.send_to(&busy, from).expect("loopback takes it");
        assert_eq!(*datagram(&carrier).0.method(), Method::Ack);
        assert_eq!(house::ended(dial).code(), Some(1));
    }
    daemon.says("takes no TCP");
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

/// RFC 5626 §5.3: two flows of one phone are two ways to it, and it rings once.
#[test]
fn a_phone_with_two_flows_is_called_on_the_newest_and_then_on_the_other() {
    let site = Site::new("two-flows");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let mut flows = [connect(&site), connect(&site)];
    for (flow, number) in flows.iter_mut().zip([1, 2]) {
        let contact = format!(
            "<sip:ana-desk@127.0.0.1:9;transport=tcp>;+sip.instance=\"<urn:uuid:1>\";reg-id={number}"
        );
        register_as(flow, &password, &contact, 2 * number, "Supported: outbound\r\n");
    }
    let [mut older, mut newer] = flows;
    let mut dial = site.command(&["dial", "--to", "101", "--from", "ben-desk"]);
    let mut dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    let first = read(&mut newer);
    assert_eq!(*first.method(), Method::Invite);
    older.write_all(request("OPTIONS", 9, "").as_bytes()).expect("it reads");
    assert_eq!(read(&mut older).cseq().number, 9, "nothing came before the answer");
    newer.shutdown(Shutdown::Both).expect("ours to close");
    let second = read(&mut older);
    assert_eq!((second.method(), second.call_id() == first.call_id()), (&Method::Invite, false));
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
    drop(daemon);
}
