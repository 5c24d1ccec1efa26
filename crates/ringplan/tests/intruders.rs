//! Who is not of a call, at the built daemon: whatever he says, its parties hear nothing of it (RELIABILITY A1).

mod house;

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use bytes::BytesMut;
use house::{
    Site,
    wire::{Datagrams, connect, connect_from, read, register},
};
use sip::{Message, Method, Name, Status, message::respond_to};

const CONTACT: &str = "sip:ana-desk@127.0.0.1:9;transport=tcp";

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";

const METHODS: &str = "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY MESSAGE \
                       PUBLISH FOO";

/// A request of the carrier's call, or of who says to be that: by this method, to who has this tag, with this body.
fn request(method: &str, number: u32, tag: &str, via: &str, body: &str) -> String {
    format!(
        "{method} sip:+12025550100@pbx.test SIP/2.0\r\nVia: {via};branch=z9hG4bK{method}{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@carrier.test>;tag=carrier\r\n\
         To: <sip:+12025550100@pbx.test>{tag}\r\nCall-ID: talk\r\nCSeq: {number} {method}\r\n\
         Contact: <sip:x@127.0.0.3:9>\r\nRefer-To: <sip:+12025550177@pbx.test>\r\nEvent: refer\r\n\
         User-Agent: a telephone as there are many, with a name of some length\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, INFO, SUBSCRIBE, PRACK, UPDATE, MESSAGE\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The next final response; what comes before it is provisional.
fn answered(stream: &mut (impl Read + Write), text: &str) -> Message {
    stream.write_all(text.as_bytes()).expect("it listens");
    loop {
        let answer = read(stream);
        if answer.status().expect("nobody asks us").code() >= 200 {
            return answer;
        }
    }
}

/// Answers a request that came to Ana's phone.
fn accept(phone: &mut TcpStream, asked: &Message, body: &str) {
    let mut room = BytesMut::new();
    let source = phone.peer_addr().expect("connected");
    let answer = respond_to(&mut room, asked, source, Status::OK, Some("ana"));
    let answer = answer.header(Name::Contact, format_args!("<{CONTACT}>"));
    phone.write_all(&answer.body("application/sdp", body.as_bytes()).end()).expect("it reads");
}

/// Goal: no method helps, neither with a guessed tag nor with the call's own. Method: a carrier calls Ana, a stranger says
/// everything; of the silence the next thing tells that either of them hears, which is the carrier's good-bye.
#[test]
fn whatever_a_stranger_asks_the_call_stays_and_its_parties_hear_nothing() {
    let site = Site::new("intruders");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    let mut ana = connect(&site);
    register(&mut ana, &password, CONTACT, 1);
    let mut carrier = Datagrams::connect("127.0.0.3:0", site.address);
    let via = format!("SIP/2.0/UDP {}", carrier.address());
    carrier.write_all(request("INVITE", 1, "", &via, SDP).as_bytes()).expect("it listens");
    let rung = read(&mut ana);
    accept(&mut ana, &rung, SDP);
    let success = answered(&mut carrier, "");
    assert_eq!(success.status(), Some(Status::OK));
    let tag = format!(";tag={}", success.to_tag().expect("of the switch"));
    carrier.write_all(request("ACK", 1, &tag, &via, "").as_bytes()).expect("it listens");
    assert_eq!(*read(&mut ana).method(), Method::Ack);

    let mut datagrams = Datagrams::connect("127.0.9.9:0", site.address);
    let mut stream = connect_from([127, 0, 9, 9], site.address);
    let mut number = 10;
    for method in METHODS.split(' ') {
        for tag in ["", ";tag=guessed", &tag] {
            number += 1;
            let by = |via: &str| request(method, number, tag, via, "");
            // From another port, or the second is a copy of the first wherever that was taken.
            let (datagram, streamed) = (by("SIP/2.0/UDP 127.0.9.9:9;rport"), by("SIP/2.0/TCP 127.0.9.9:10"));
            if method == "ACK" {
                datagrams.write_all(datagram.as_bytes()).expect("it listens");
                stream.write_all(streamed.as_bytes()).expect("it listens");
                continue;
            }
            let answers = [answered(&mut datagrams, &datagram), answered(&mut stream, &streamed)];
            for answer in answers {
                assert_eq!(answer.cseq().number, number, "an ACK has no answer, and all else has one");
                let status = answer.status().map_or(0, Status::code);
                assert!(matches!(status, 400..=499), "{method} to {tag:?}: {status}");
            }
        }
    }

    let calls = site.run(&["calls"]).out;
    assert!(calls.contains("+12025550142"), "it still stands: {calls}");
    carrier.write_all(request("BYE", 2, &tag, &via, "").as_bytes()).expect("it listens");
    let bye = read(&mut ana);
    assert_eq!(*bye.method(), Method::Bye, "the first that Ana hears");
    accept(&mut ana, &bye, "");
    let last = read(&mut carrier);
    assert_eq!(
        (last.status(), last.cseq().number),
        (Some(Status::OK), 2),
        "the first that the carrier hears"
    );
    daemon.stop();
}
