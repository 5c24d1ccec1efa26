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

/// As short as a request can be, names of its headers too (RFC 3261 §7.3.3), and as long as phones write them.
fn requests(method: &str, number: usize) -> [String; 2] {
    let (via, host) = (format!("z9hG4bK{number}"), STRANGER);
    let short = format!(
        "{method} sip:a SIP/2.0\r\nv:SIP/2.0/UDP a;rport;branch={via}\r\nf:<sip:a@a>;tag=1\r\nt:<sip:a@a>\r\n\
         i:{number}\r\nCSeq:1 {method}\r\nm:<sip:a@a>\r\n\r\n"
    );
    let usual = format!(
        "{method} sip:102@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch={via}u;rport\r\nMax-Forwards: 70\r\n\
         From: \"Someone\" <sip:ana-desk@pbx.test>;tag=1928301774\r\nTo: <sip:102@pbx.test>\r\n\
         Call-ID: a84b4c76e66710-{number}@{host}\r\nCSeq: 314159 {method}\r\nContact: <sip:101@{host}:5060>\r\n\
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

/// Which question this answers, by its Call-ID.
fn number_of(answer: &str) -> usize {
    let line = answer.lines().find_map(|line| line.strip_prefix("Call-ID: ")).expect("an answer repeats it");
    line.split('@')
        .next()
        .and_then(|it| it.trim_start_matches("a84b4c76e66710-").parse().ok())
        .expect("a number")
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
    // Of whoever has a secret two proofs are asked for: the longest answer that there is.
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let daemon = site.serve();
    let (stranger, carrier) = (socket(STRANGER, site.address), socket(CARRIER, site.address));
    let mut questions = Vec::new();
    for method in METHODS.split(' ') {
        for is_usual in [false, true] {
            let request = |number| requests(method, number)[usize::from(is_usual)].clone();
            let in_dialog: fn(String) -> String = |text| {
                let text = text.replacen("t:<sip:a@a>", "t:<sip:a@a>;tag=2", 1);
                text.replacen("To: <sip:102@pbx.test>", "To: <sip:102@pbx.test>;tag=2", 1)
            };
            let spoilt: fn(String) -> String = |text| text.replacen("CSeq:", "CSeq: x", 1);
            for change in [|text| text, in_dialog, spoilt] {
                let question = change(request(questions.len()));
                stranger.send(question.as_bytes()).expect("it is taken");
                pass(&carrier, questions.len());
                questions.push(question.len());
            }
        }
    }
    stranger.set_read_timeout(Some(REPEATED)).expect("a time above zero");
    let (mut answers, mut room) = (vec![0; questions.len()], [0; 4_096]);
    while let Ok(length) = stranger.recv(&mut room) {
        let number = number_of(&String::from_utf8_lossy(&room[..length]));
        assert_eq!(answers[number], 0, "{number} is answered once");
        assert!(length <= 2 * questions[number], "{length} bytes for {}", questions[number]);
        answers[number] = length;
    }
    let (asked, sent, came) =
        (questions.len(), questions.iter().sum::<usize>(), answers.iter().sum::<usize>());
    let answered = answers.iter().filter(|length| **length > 0).count();
    assert!(answered > 30, "{answered} were answered");
    println!("{asked} questions of {sent} bytes, {answered} answers of {came} bytes");
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
