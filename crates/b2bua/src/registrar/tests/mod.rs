//! What the registrar promises, in virtual time.

mod devices;
mod lasting;
mod model;

use std::net::SocketAddr;

use bytes::Bytes;
use clock::Wall;
use sip::{Name, Status, flow::Transport};
use store::{Request, Ticket};

use super::*;

const PHONE: &str = "192.0.2.10:5060";

/// A registrar of one phone, its requests and what it was answered.
struct Desk {
    registrar: Registrar<u32>,
    now: Now,
    flow: Flow,
    via: String,
    rows: Vec<Request>,
    cseq: u32,
}

impl Desk {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let now = Now { mono: Instant::ZERO, wall: Wall::from_unix_micros(1_800_000_000_000_000) };
        Self {
            registrar: Registrar::new(limits, Chance::from_seed([1; 32]), now.mono),
            now,
            flow: udp(PHONE),
            via: PHONE.into(),
            rows: Vec::new(),
            cseq: 0,
        }
    }

    /// A REGISTER with the next CSeq and these lines.
    fn asks(&mut self, lines: &str) -> Outcome {
        self.cseq += 1;
        self.asks_as("call-1", self.cseq, lines)
    }

    fn asks_as(&mut self, call_id: &str, cseq: u32, lines: &str) -> Outcome {
        self.registers("rosa-desk", call_id, cseq, lines)
    }

    fn registers(&mut self, phone: &str, call_id: &str, cseq: u32, lines: &str) -> Outcome {
        let request = register(phone, &self.via, call_id, cseq, lines);
        let name: Arc<str> = phone.into();
        self.registrar.carry_out(
            self.now,
            (&name, &[phone, "101"]),
            self.flow,
            cseq,
            &request,
            &mut self.rows,
        )
    }

    /// A REGISTER that changes something, up to its answer.
    fn registered(&mut self, lines: &str) -> Reply {
        let outcome = self.asks(lines);
        self.commits(outcome)
    }

    fn commits(&mut self, outcome: Outcome) -> Reply {
        let Outcome::Wait(ticket) = outcome else { panic!("does not wait: {outcome:?}") };
        self.registrar.committed(self.now, ticket).unwrap().1
    }

    fn after(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }

    fn contacts(&self) -> Vec<&str> {
        self.registrar.bindings("rosa-desk", self.now.mono).map(|it| &*it.contact).collect()
    }

    fn binding(&self) -> &Binding {
        self.registrar.bindings("rosa-desk", self.now.mono).next().unwrap()
    }

    /// What a store would hold after all rows so far.
    fn stored(&self) -> Vec<store::Binding> {
        let mut stored: Vec<store::Binding> = Vec::new();
        for row in &self.rows {
            if let Request::PutBinding(_, binding) = row {
                stored.retain(|it| it.key != binding.key);
                stored.push((**binding).clone());
                continue;
            }
            let Request::DropBinding(_, key) = row else { panic!("never asked for: {row:?}") };
            stored.retain(|it| it.key != *key);
        }
        stored
    }
}

fn udp(remote: &str) -> Flow {
    let local = "192.0.2.1:5060".parse().unwrap();
    Flow { transport: Transport::Udp, local, remote: remote.parse().unwrap(), connection: 0 }
}

fn tcp(remote: &str, connection: u32) -> Flow {
    Flow { transport: Transport::Tcp, connection, ..udp(remote) }
}

fn register(user: &str, via: &str, call_id: &str, cseq: u32, lines: &str) -> Message {
    let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
    let text = format!(
        "REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{cseq}\r\n\
         From: <sip:{user}@pbx.example>;tag=1\r\nTo: <sip:{user}@pbx.example>\r\nCall-ID: {call_id}\r\n\
         CSeq: {cseq} REGISTER\r\nMax-Forwards: 70\r\n{lines}\r\n"
    );
    Message::parse(Bytes::from(text)).unwrap()
}

fn reply(outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Reply(reply) => reply,
        Outcome::Wait(ticket) => panic!("waits for {ticket:?}"),
    }
}

fn line(reply: &Reply, name: Name) -> Option<&str> {
    reply.lines.iter().find(|(it, _)| *it == name).map(|(_, value)| &**value)
}

fn expires(reply: &Reply) -> u64 {
    let (_, rest) = line(reply, Name::Contact).unwrap().split_once(";expires=").unwrap();
    rest.split(';').next().unwrap().parse().unwrap()
}

const CONTACT: &str = "Contact: <sip:rosa-desk@192.0.2.10:5060>";

#[test]
fn intervals_are_bounded_and_granted_downwards_only() {
    for (lines, asked) in [
        ("Contact: <sip:a@192.0.2.10>;expires=600", 600),
        ("Contact: <sip:a@192.0.2.10>\nExpires: 600", 600),
        ("Contact: <sip:a@192.0.2.10>;expires=600\nExpires: 1200", 600),
        ("Contact: <sip:a@192.0.2.10>;expires=soon\nExpires: 1200", 1200),
        ("Contact: <sip:a@192.0.2.10>", 3600),
        ("Contact: <sip:a@192.0.2.10>;expires=99999999999", 7200),
        ("Contact: <sip:a@192.0.2.10>;expires=60", 60),
    ] {
        let granted = expires(&Desk::new().registered(lines));
        assert!((asked / 2..=asked).contains(&granted) && granted >= 60, "{lines}: {granted}");
    }
    let brief = reply(Desk::new().asks("Contact: <sip:a@192.0.2.10>;expires=59"));
    assert_eq!((brief.status, line(&brief, Name::MinExpires)), (Status::INTERVAL_TOO_BRIEF, Some("60")));
}

/// Each bad request, and that it changes nothing.
#[test]
fn what_is_refused_changes_nothing() {
    let long = format!("Contact: <sip:{}@192.0.2.10>", "a".repeat(1100));
    let many: String = (0..11).map(|n| format!("Contact: <sip:a{n}@192.0.2.10>\n")).collect();
    let two_vias = "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKp\nSupported: outbound, path\n\
                    Contact: <sip:a@192.0.2.10>;+sip.instance=\"<urn:x>\";reg-id=1";
    for (lines, status) in [
        ("Contact: *", Status::BAD_REQUEST),
        ("Contact: *\nExpires: 60", Status::BAD_REQUEST),
        ("Contact: *, <sip:a@192.0.2.10>\nExpires: 0", Status::BAD_REQUEST),
        ("Contact: <sip:a@192.0.2.10", Status::BAD_REQUEST),
        ("Contact: <tel:+12025550100>", Status::BAD_REQUEST),
        ("Contact: <sip:a@192.0.2.10>, <sip:b@192.0.2.10>;expires=5", Status::INTERVAL_TOO_BRIEF),
        ("Require: path, gruu\nContact: <sip:a@192.0.2.10>", Status::BAD_EXTENSION),
        (&long, Status::BAD_REQUEST),
        (&many, Status::FORBIDDEN),
        (two_vias, Status::FIRST_HOP_LACKS_OUTBOUND_SUPPORT),
    ] {
        let mut desk = Desk::new();
        desk.registered(CONTACT);
        let rows = desk.rows.len();
        assert_eq!(reply(desk.asks(lines)).status, status, "{lines}");
        assert_eq!((desk.contacts().len(), desk.rows.len()), (1, rows), "{lines}");
        assert_eq!(desk.registrar.counters().refused, 1);
    }
}

#[test]
fn a_phone_registers_itself_or_its_extension_and_nobody_else() {
    let mut desk = Desk::new();
    for (user, status) in [("101", Status::OK), ("tom-desk", Status::FORBIDDEN), ("", Status::FORBIDDEN)] {
        let request = register("rosa-desk", PHONE, "x", 1, CONTACT);
        let text = String::from_utf8(request.raw().to_vec()).unwrap();
        let to = if user.is_empty() {
            "To: <sip:pbx.example>".into()
        } else {
            format!("To: <sip:{user}@192.0.2.1>")
        };
        let request = Message::parse(text.replace("To: <sip:rosa-desk@pbx.example>", &to).into()).unwrap();
        let name: Arc<str> = "rosa-desk".into();
        let users = ["rosa-desk", "101"];
        let outcome =
            desk.registrar.carry_out(desk.now, (&name, &users), desk.flow, 1, &request, &mut desk.rows);
        match outcome {
            Outcome::Wait(_) => assert_eq!(status, Status::OK, "{user}"),
            Outcome::Reply(reply) => assert_eq!(reply.status, status, "{user}"),
        }
    }
}

/// RFC 3261 §10.3 step 7: all or nothing.
#[test]
fn an_older_request_of_the_same_registration_fails_whole() {
    let mut desk = Desk::new();
    let first = desk.asks_as("call-1", 5, CONTACT);
    desk.commits(first);
    let two = format!("{CONTACT}\nContact: <sip:new@192.0.2.10>");
    for (call_id, cseq, lines) in
        [("call-1", 5, &*two), ("call-1", 4, &two), ("call-1", 5, "Contact: *\nExpires: 0")]
    {
        let outcome = desk.asks_as(call_id, cseq, lines);
        assert_eq!(reply(outcome).status, Status::SERVER_INTERNAL_ERROR);
        assert_eq!(desk.contacts(), ["sip:rosa-desk@192.0.2.10:5060"]);
    }
    let restarted = desk.asks_as("call-2", 1, CONTACT);
    assert_eq!(reply(restarted).status, Status::OK);
    let newer = desk.asks_as("call-2", 2, "Contact: *\nExpires: 0");
    desk.commits(newer);
    assert!(desk.contacts().is_empty());
}

#[test]
fn beyond_ten_contacts_the_one_refreshed_longest_ago_makes_room() {
    let mut desk = Desk::new();
    for user in 0..12 {
        desk.registered(&format!("Contact: <sip:u{user}@192.0.2.10>"));
        desk.after(1);
    }
    let left: Vec<_> = (2..12).rev().map(|user| format!("sip:u{user}@192.0.2.10")).collect();
    assert_eq!(desk.contacts(), left);
    assert_eq!((desk.stored().len(), desk.registrar.counters().evicted), (10, 2));
}

/// RFC 3327 §5.3: kept for requests, told to who asks.
#[test]
fn a_path_is_kept_and_told_to_phones_that_understand() {
    let path = "Path: <sip:edge1.example;lr>, <sip:edge2.example;lr>";
    for (supported, told) in [("", false), ("Supported: path\n", true)] {
        let mut desk = Desk::new();
        let reply = desk.registered(&format!("{supported}{path}\n{CONTACT}"));
        let kept = "<sip:edge1.example;lr>, <sip:edge2.example;lr>";
        assert_eq!(line(&reply, Name::Path), told.then_some(kept));
        assert_eq!(&*desk.binding().path, kept);
    }
}

/// RELIABILITY F8: five thousand phones that came at one moment do not come back at one moment.
#[test]
fn an_avalanche_is_spread_over_half_the_interval() {
    let mut desk = Desk::new();
    let mut by_minute = [0; 61];
    for phone in 0..5000 {
        let outcome = desk.registers(&format!("phone-{phone}"), "c", 1, CONTACT);
        let granted = expires(&desk.commits(outcome));
        by_minute[granted as usize / 60] += 1;
    }
    assert!(by_minute[..30].iter().all(|phones| *phones == 0), "{by_minute:?}");
    assert!(by_minute[30..60].iter().all(|phones| (90..260).contains(phones)), "{by_minute:?}");
}

#[test]
fn no_more_phones_than_fit_are_taken() {
    let mut desk = Desk::with(Limits { phones: 1, ..Limits::default() });
    desk.registered(CONTACT);
    assert_eq!(reply(desk.registers("tom", "t", 1, CONTACT)).status, Status::SERVICE_UNAVAILABLE);
}

/// Every kind of REGISTER against every kind of binding: the answer, what is then registered, what is written.
#[test]
fn every_request_against_every_binding_is_decided() {
    use std::fmt::Write;

    type Way = fn(&mut Desk);
    const AT_5060: &str = "Contact: <sip:a@192.0.2.10:5060>";
    const AT_5070: &str = "Contact: <sip:a@192.0.2.10:5070>";
    const INSTANCE: &str = "Contact: <sip:a@192.0.2.10:5060>;+sip.instance=\"<i>\"";
    const ELSEWHERE: &str = "Contact: <sip:a@192.0.2.10:5070>;+sip.instance=\"<i>\"";
    let bindings: [(&str, Way); 7] = [
        ("none", |_| {}),
        ("by contact", |desk| drop(desk.registered(AT_5060))),
        ("by contact, expired", |desk| {
            desk.registered(AT_5060);
            desk.after(7200);
            desk.registrar.tick(desk.now, &mut desk.rows);
        }),
        ("by contact, not safe", |desk| {
            let Outcome::Wait(ticket) = desk.asks(AT_5060) else { panic!("does not wait") };
            desk.registrar.failed(desk.now, ticket).unwrap();
        }),
        ("by instance", |desk| drop(desk.registered(INSTANCE))),
        ("by flow", |desk| drop(desk.registered(&format!("{INSTANCE};reg-id=1")))),
        ("on a stream, asleep", |desk| {
            desk.flow = tcp(PHONE, 3);
            desk.registered(AT_5060);
            desk.registrar.flow_closed(desk.flow);
            desk.flow = tcp(PHONE, 4);
        }),
    ];
    let requests: [(&str, u32, &str); 10] = [
        ("query", 5, ""),
        ("same contact", 5, AT_5060),
        ("same contact, CSeq not newer", 1, AT_5060),
        ("another port", 5, AT_5070),
        ("same instance", 5, INSTANCE),
        ("same instance elsewhere", 5, ELSEWHERE),
        ("same flow elsewhere", 5, "Contact: <sip:a@192.0.2.10:5070>;+sip.instance=\"<i>\";reg-id=1"),
        ("contact goes", 5, "Contact: <sip:a@192.0.2.10:5060>;expires=0"),
        ("instance goes, elsewhere", 5, "Contact: <sip:a@192.0.2.10:5070>;+sip.instance=\"<i>\";expires=0"),
        ("all go", 5, "Contact: *\nExpires: 0"),
    ];
    let mut table = String::new();
    for (binding, way) in bindings {
        writeln!(table, "{binding}").unwrap();
        for (request, cseq, lines) in requests {
            let mut desk = Desk::new();
            way(&mut desk);
            desk.rows.clear();
            let answer = match desk.asks_as("call-1", cseq, lines) {
                Outcome::Reply(reply) => reply.status.to_string(),
                Outcome::Wait(_) => "waits".into(),
            };
            let short = |contact: &str, identity: &str| {
                let marks = [("sip.instance", " instance"), ("reg-id", " flow")];
                let marks = marks.iter().filter(|(mark, _)| identity.contains(mark)).map(|(_, word)| *word);
                format!("{}{}", &contact["sip:a@192.0.2.10:".len()..], marks.collect::<String>())
            };
            let known = desk.registrar.bindings("rosa-desk", desk.now.mono);
            let known: Vec<_> = known.map(|it| short(&it.contact, &it.identity.0)).collect();
            let is_put = |row: &Request| matches!(row, Request::PutBinding(..));
            let written: String = desk.rows.iter().map(|row| if is_put(row) { '+' } else { '-' }).collect();
            writeln!(table, "  {request:<30} {answer:<6} {:<30} {written}", known.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!("bindings", table);
}
