//! Connections that are nobody's: silent, dripping, stuck, broken off. Phones never notice (RELIABILITY P2,
//! P5, P6).

mod house;

use std::{
    collections::HashMap,
    fs,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use bytes::BytesMut;

use house::{
    Daemon, Site,
    authority::Authority,
    wire::{PATIENCE, connect, read, register, request, try_read},
};
use sip::{Message, Method, Name, Status, message::respond_to};
use socket2::{Domain, SockRef, Socket, Type};

const CONTACT: &str = "sip:ana-desk@127.0.0.1:9;transport=tcp";

/// A connection from an address of loopback of the caller's choice.
fn connect_from(host: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("the system has sockets");
    socket.bind(&SocketAddr::from((host, 0)).into()).expect("all of 127/8 is ours");
    socket.connect(&to.into()).expect("it listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    stream
}

/// Closes without a farewell: what was not sent is lost, and the other side hears of it by RST.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a TCP socket");
}

/// Reads until the other side closes, which it has to before the test's patience ends.
fn outlasts(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => false,
        // Reset is closed too.
        Err(error) => matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    }
}

fn files_open(daemon: &Daemon) -> usize {
    fs::read_dir(format!("/proc/{}/fd", daemon.pid())).expect("it runs").count()
}

/// An INVITE as a carrier sends it, to the main number.
fn invite(number: u32, call: &str) -> String {
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    format!(
        "INVITE sip:+12025550100@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.3:9;branch=z9hG4bK{call}{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550177@carrier.test>;tag={number}\r\n\
         To: <sip:+12025550100@pbx.test>\r\nCall-ID: {call}-{number}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:x@127.0.0.3:9;transport=tcp>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// RELIABILITY P5: 200 connections, from ten sources of which one is the carrier, are reset at a byte that
/// differs each time. No call and no descriptor is left.
#[test]
fn calls_of_connections_that_break_leave_nothing_behind() {
    let site = Site::new("broken-off");
    let daemon = site.serve();
    let mut phone = connect(&site);
    register(&mut phone, &site.add_phone("ana-desk"), CONTACT, 1);
    let rings = phone.try_clone().expect("the system has descriptors");
    thread::spawn(move || ring_until_cancelled(rings));
    let before = files_open(&daemon);
    for round in 0..20u32 {
        for host in 1..=10u8 {
            let mut stream = connect_from([127, 0, 0, host + 2], site.address);
            let all: String = (0..10).map(|number| invite(number, &format!("r{round}h{host}"))).collect();
            let end = all.len() * (round as usize + 1) / 21 + usize::from(host);
            stream.write_all(&all.as_bytes()[..end]).expect("it reads");
            reset(stream);
        }
    }
    // Each look takes a process, so there is no need to wait between them.
    let calls = || site.run(&["calls"]).out;
    let is_over = || calls().contains("no calls") && files_open(&daemon) <= before + 5;
    assert!((0..300).any(|_| is_over()), "{} files, {before} before\n{}", files_open(&daemon), calls());
    assert!(phone.shutdown(Shutdown::Both).is_ok(), "it was there all the time");
    register(&mut connect(&site), &site.add_phone("ana-desk"), CONTACT, 3);
    daemon.stop();
}

/// A phone that rings whoever calls and minds a CANCEL, until its connection ends.
fn ring_until_cancelled(mut stream: TcpStream) {
    let mut ringing: HashMap<String, Message> = HashMap::new();
    while let Ok(request) = try_read(&mut stream) {
        let mut room = BytesMut::new();
        let mut say = |request: &Message, status| {
            let answer =
                respond_to(&mut room, request, SocketAddr::from(([127, 0, 0, 1], 9)), status, Some("t"));
            drop(stream.write_all(&answer.header(Name::Contact, format_args!("<{CONTACT}>")).end()));
        };
        if *request.method() == Method::Invite {
            say(&request, Status::RINGING);
            ringing.insert(request.call_id().to_owned(), request);
        } else if *request.method() == Method::Cancel {
            say(&request, Status::OK);
            if let Some(invite) = ringing.remove(request.call_id()) {
                say(&invite, Status::REQUEST_TERMINATED);
            }
        }
    }
}

/// RELIABILITY P6: silent, dripping and half-shaken connections go by themselves, and soon; a phone that was
/// there before and one that comes later register all the while.
#[test]
fn idle_and_dripping_connections_go_and_phones_stay() {
    let authority = Authority::new();
    let site = Site::new("idle");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    let mut phone = connect(&site);
    register(&mut phone, &password, CONTACT, 1);
    let silent: Vec<_> = (0..200).map(|_| connect_from([127, 0, 0, 2], site.address)).collect();
    let stuck: Vec<_> = (0..40).map(|_| connect_from([127, 0, 0, 4], tls)).collect();
    let mut dripping: Vec<_> = (0..50).map(|_| connect_from([127, 0, 0, 5], site.address)).collect();
    for byte in request("OPTIONS", 1, "").bytes().take(20) {
        // Those beyond the source's fill are closed already.
        dripping.iter_mut().for_each(|stream| drop(stream.write_all(&[byte])));
    }
    register(&mut phone, &password, CONTACT, 3);
    let mut later = authority.connect(tls, "pbx.test", None);
    register(&mut later, &password, "sip:ana-desk@127.0.0.1:9;transport=tls", 5);
    assert!(!silent.into_iter().chain(stuck).chain(dripping).any(outlasts), "one is still there");
    register(&mut phone, &password, CONTACT, 7);
    register(&mut later, &password, "sip:ana-desk@127.0.0.1:9;transport=tls", 9);
    daemon.stop();
}

/// Every message of the corpora, torture and real.
fn corpus() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/data");
    let list =
        |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> = list(data).filter(|path| path.is_dir()).flat_map(list).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "dat" || end == "sip"));
    paths.sort();
    assert!(paths.len() > 80, "{} messages", paths.len());
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

/// Pieces of sizes that look random and are the same each time.
fn pieces(bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let (mut state, mut rest, mut all) = (seed | 1, bytes, Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (piece, after) = rest.split_at(((state >> 33) as usize % 97 + 1).min(rest.len()));
        all.push(piece);
        rest = after;
    }
    all
}

/// RELIABILITY P1 and P2: whatever comes, as a datagram or in pieces over TCP and TLS: who asks next is answered.
#[test]
fn the_corpus_in_any_pieces_harms_nobody() {
    let authority = Authority::new();
    let site = Site::new("corpus");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    let mut phone = connect(&site);
    register(&mut phone, &password, CONTACT, 1);
    let pid = daemon.pid();
    for (seed, message) in (1..).zip(corpus()) {
        let host = u8::try_from(seed % 250).expect("a small number") + 2;
        let datagrams =
            UdpSocket::bind(SocketAddr::from(([127, 0, 7, host], 0))).expect("all of 127/8 is ours");
        // One may be too long for a datagram.
        let _ = datagrams.send_to(&message, site.address);
        let mut stream = connect_from([127, 0, 0, 2], site.address);
        // It may close in the middle, as it should where framing is lost.
        let _ = message.iter().try_for_each(|byte| stream.write_all(&[*byte]));
        let mut secure = authority.connect(tls, "pbx.test", None);
        let _ = pieces(&message, seed).into_iter().try_for_each(|piece| secure.write_all(piece));
        let number = u32::try_from(seed).expect("few messages") + 10;
        phone.write_all(request("OPTIONS", number, "").as_bytes()).expect("it reads");
        assert_eq!(read(&mut phone).cseq().number, number);
    }
    assert_eq!(daemon.pid(), pid);
    let faults: Vec<_> =
        daemon.said().into_iter().filter(|line| line.contains("a fault of ringplan")).collect();
    assert_eq!(faults, [""; 0]);
    daemon.stop();
}
