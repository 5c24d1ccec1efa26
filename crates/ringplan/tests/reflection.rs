//! Nobody is worth attacking through us (RELIABILITY P8): what the built daemon answers to whom it does not know.
#![expect(clippy::disallowed_methods, reason = "a rate is so many in a time")]

mod house;

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use house::{Site, wire::PATIENCE};

/// Nobody's address, and the carrier's.
const STRANGER: &str = "127.0.0.33";
const CARRIER: &str = "127.0.0.3";

/// What a stranger may send a second, and how far ahead of that it may be.
const RATE: f64 = 200.0;
const BURST: f64 = 200.0;

const METHODS: &str =
    "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY MESSAGE PUBLISH FOO";

/// Longer than the first repetition of an answer that is repeated (RFC 3261 §17.2.1).
const REPEATED: Duration = Duration::from_millis(700);

fn socket(host: &str, to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((host, 0)).expect("all of 127/8 is ours");
    socket.connect(to).expect("it listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    socket
}

/// As short as a request can be, and as long as phones write them.
fn requests(method: &str, number: usize) -> [String; 2] {
    let (via, host) = (format!("z9hG4bK{method}{number}"), STRANGER);
    let short = format!(
        "{method} sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch={via}\r\nFrom:<sip:a@a>;tag=1\r\nTo:<sip:a@a>\r\n\
         Call-ID:{number}\r\nCSeq:1 {method}\r\nContact:<sip:a@a>\r\n\r\n"
    );
    let usual = format!(
        "{method} sip:102@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch={via}u;rport\r\nMax-Forwards: 70\r\n\
         From: \"Someone\" <sip:ana-desk@pbx.test>;tag=1928301774\r\nTo: <sip:102@pbx.test>\r\n\
         Call-ID: a84b4c76e66710{number}@{host}\r\nCSeq: 314159 {method}\r\nContact: <sip:101@{host}:5060>\r\n\
         User-Agent: Some Phone 1.2.3\r\nContent-Length: 0\r\n\r\n"
    );
    [short, usual]
}

/// The carrier asks and is answered: whatever came before was worked off.
fn pass(carrier: &UdpSocket, number: usize) {
    let at = carrier.local_addr().expect("bound");
    let asked = format!(
        "OPTIONS sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKc{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:c@{at}>;tag=c\r\nTo: <sip:pbx.test>\r\nCall-ID: c{number}\r\nCSeq: 1 OPTIONS\r\n\r\n"
    );
    carrier.send(asked.as_bytes()).expect("it is taken");
    let mut room = [0; 2_048];
    let length = carrier.recv(&mut room).expect("a carrier is answered");
    assert!(String::from_utf8_lossy(&room[..length]).contains(&format!("Call-ID: c{number}\r\n")));
}

/// What came back, in bytes.
fn came(stranger: &UdpSocket) -> Vec<usize> {
    stranger.set_nonblocking(true).expect("a socket");
    let mut room = [0; 4_096];
    std::iter::from_fn(|| stranger.recv(&mut room).ok()).collect()
}

/// Goal: every method, short and long, in a dialog or none, sound and spoilt: at most one answer each, at most twice as long,
/// and none is said again.
#[test]
fn an_answer_is_at_most_twice_as_long_as_what_was_asked_and_comes_once() {
    let site = Site::new("reflection");
    let daemon = site.serve();
    let (stranger, carrier) = (socket(STRANGER, site.address), socket(CARRIER, site.address));
    let (mut sent, mut answered, mut asked) = (0, 0, 0);
    for method in METHODS.split(' ') {
        for request in requests(method, asked) {
            let in_dialog = request.replacen("To:<sip:a@a>", "To:<sip:a@a>;tag=2", 1);
            let in_dialog = in_dialog.replacen("To: <sip:102@pbx.test>", "To: <sip:102@pbx.test>;tag=2", 1);
            let spoilt = request.replacen("CSeq:", "CSeq: x", 1);
            for question in [request.clone(), in_dialog, spoilt] {
                stranger.send(question.as_bytes()).expect("it is taken");
                pass(&carrier, asked);
                let came = came(&stranger);
                assert!(
                    came.len() <= 1 && came.iter().all(|it| *it <= 2 * question.len()),
                    "{came:?} for\n{question}"
                );
                sent += question.len();
                answered += came.iter().sum::<usize>();
                asked += 1;
            }
        }
    }
    stranger.set_nonblocking(false).expect("a socket");
    stranger.set_read_timeout(Some(REPEATED)).expect("a time above zero");
    assert!(stranger.recv(&mut [0; 4_096]).is_err(), "an answer is said once");
    assert!(answered > 0, "a stranger is answered at all");
    println!("{asked} questions of {sent} bytes, {answered} bytes of answers");
    daemon.stop();
}

/// Goal: a stranger sends as fast as it can; it is answered at its rate, and the carrier each time that it asks meanwhile.
#[test]
fn a_flood_is_answered_at_the_rate_of_a_stranger_and_the_carrier_always() {
    let site = Site::new("reflected-flood");
    let daemon = site.serve();
    let (stranger, carrier) = (socket(STRANGER, site.address), socket(CARRIER, site.address));
    let (begun, mut answers) = (Instant::now(), 0);
    for number in 0..60 {
        for each in 0..50 {
            let [_, request] = requests("REGISTER", 50 * number + each);
            stranger.send(request.as_bytes()).expect("it is taken");
        }
        pass(&carrier, number);
        answers += came(&stranger).len();
        stranger.set_nonblocking(false).expect("a socket");
    }
    let may = BURST + RATE * begun.elapsed().as_secs_f64();
    assert!(answers > 0 && (answers as f64) <= 1.1 * may, "{answers} answers, and {may} at most");
    println!("3000 questions in {:?}, {answers} answers", begun.elapsed());
    daemon.stop();
}
