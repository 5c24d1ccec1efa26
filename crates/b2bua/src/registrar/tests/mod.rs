//! What the registrar promises, in virtual time.

mod model;

use std::net::SocketAddr;

use bytes::Bytes;
use clock::Wall;
use sip::{Name, Status, flow::Transport, uri::Uri};
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
fn what_comes_moves_or_goes_waits_for_its_commit_and_a_refresh_does_not() {
    let mut desk = Desk::new();
    let first = desk.registered(CONTACT);
    assert_eq!(first.status, Status::OK);
    assert!(line(&first, Name::Contact).unwrap().starts_with("<sip:rosa-desk@192.0.2.10:5060>;expires="));
    let refreshed = desk.asks(CONTACT);
    assert_eq!(reply(refreshed).status, Status::OK);
    desk.flow = udp("192.0.2.10:40000");
    let moved = desk.asks(CONTACT);
    assert_eq!(desk.commits(moved).status, Status::OK);
    assert_eq!(line(&desk.registered("Contact: *\nExpires: 0"), Name::Contact), None);
    assert_eq!(
        desk.registrar.counters(),
        Counters { added: 1, refreshed: 1, removed: 1, ..Counters::default() }
    );
}

/// DESIGN §7: written only when the row is older than half the interval.
#[test]
fn refreshes_are_written_now_and_then() {
    let mut desk = Desk::with(Limits { interval_min: Duration::from_secs(3600), ..Limits::default() });
    desk.registered(CONTACT);
    let mut written = Vec::new();
    for _ in 0..12 {
        desk.after(600);
        let rows = desk.rows.len();
        reply(desk.asks(CONTACT));
        written.push(desk.rows.len() > rows);
    }
    let every_fourth = [false, false, false, true];
    assert_eq!(written, every_fourth.repeat(3));
    let rows = desk.rows.iter().filter(|row| matches!(row, Request::PutBinding(Some(_), _))).count();
    assert_eq!(rows, 1, "nobody waits for a refresh");
}

#[test]
fn without_a_commit_in_time_the_phone_is_to_come_back_in_a_minute_and_waits_again() {
    let fails: [fn(&mut Desk, Ticket) -> Reply; 2] = [
        |desk, _| {
            assert_eq!(desk.registrar.timeout(), Some(Instant::from_micros(200_000)));
            desk.now = desk.now.after(Duration::from_millis(200));
            desk.registrar.tick(desk.now, &mut desk.rows).remove(0).1
        },
        |desk, ticket| desk.registrar.failed(desk.now, ticket).unwrap().1,
    ];
    for fail in fails {
        let mut desk = Desk::new();
        let Outcome::Wait(ticket) = desk.asks(CONTACT) else { panic!("does not wait") };
        let late = fail(&mut desk, ticket);
        assert_eq!((late.status, expires(&late), line(&late, Name::Expires)), (Status::OK, 60, Some("60")));
        assert_eq!(desk.registrar.counters().unsafe_replies, 1);
        assert_eq!(desk.contacts().len(), 1, "it can be called all the same");
        assert_eq!(desk.registrar.committed(desk.now, ticket), None, "answered once");
        assert!(matches!(desk.asks(CONTACT), Outcome::Wait(_)));
    }
}

#[test]
fn too_many_waiting_are_answered_as_if_the_store_had_failed() {
    let mut desk = Desk::with(Limits { waiting: 1, ..Limits::default() });
    assert!(matches!(desk.registers("a", "a", 1, CONTACT), Outcome::Wait(_)));
    assert_eq!(expires(&reply(desk.registers("b", "b", 1, CONTACT))), 60);
}

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
fn bindings_are_tried_by_q_and_then_the_latest_first() {
    let mut desk = Desk::new();
    for (contact, q) in [("a", "0.5"), ("b", "1.0"), ("c", "0.5"), ("d", "0.25")] {
        desk.registered(&format!("Contact: <sip:{contact}@192.0.2.10>;q={q}"));
        desk.after(1);
    }
    let users = |desk: &Desk| desk.contacts().iter().map(|it| it[4..5].to_owned()).collect::<String>();
    assert_eq!(users(&desk), "bcad");
    reply(desk.asks("Contact: <sip:a@192.0.2.10>;q=0.5"));
    assert_eq!(users(&desk), "bacd");
    let list = reply(desk.asks(""));
    assert_eq!(list.lines.iter().filter(|(name, _)| *name == Name::Contact).count(), 4);
    assert!(line(&list, Name::Contact).unwrap().starts_with("<sip:b@"));
}

/// RFC 5626 §6: the instance is the phone, wherever it is; with flow numbers each flow is one binding.
#[test]
fn an_instance_replaces_its_old_contact_and_its_flows_stand_side_by_side() {
    let mut desk = Desk::new();
    let at = |port: u16, more: &str| {
        format!("Contact: <sip:a@192.0.2.10:{port}>;+sip.instance=\"<urn:uuid:1>\"{more}")
    };
    desk.registered(&at(5060, ""));
    let moved = desk.asks_as("after-restart", 1, &at(5070, ""));
    let reply = desk.commits(moved);
    assert!(line(&reply, Name::Contact).unwrap().ends_with(";+sip.instance=\"<urn:uuid:1>\""));
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5070"]);
    let outcome = desk.asks_as("after-restart", 2, &at(5060, ";expires=0"));
    assert!(matches!(outcome, Outcome::Reply(_)), "a late farewell to the old address");
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5070"]);
    let mut desk = Desk::new();
    for (port, reg_id, bindings) in [(5060, 1, 1), (5060, 2, 2), (5080, 1, 2)] {
        let reply =
            desk.registered(&format!("Supported: outbound\n{}", at(port, &format!(";reg-id={reg_id}"))));
        assert_eq!(line(&reply, Name::Require), Some("outbound"));
        assert_eq!(desk.contacts().len(), bindings);
        desk.after(1);
    }
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5080", "sip:a@192.0.2.10:5060"]);
}

#[test]
fn a_phone_that_takes_another_port_does_not_leave_its_old_contact_behind() {
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:a@192.0.2.10:5060;line=x>");
    desk.registered("Contact: <sip:a@192.0.2.10:31337;line=y>");
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:31337;line=y"]);
    assert_eq!(desk.stored().len(), 1);
    let other_phone = desk.asks_as("another", 1, "Contact: <sip:a@192.0.2.10:40000>");
    desk.commits(other_phone);
    assert_eq!(desk.contacts().len(), 2, "another registration is another phone");
}

/// RELIABILITY M1: what a phone says of itself against where it sends from.
#[test]
fn a_device_is_found_by_its_instance_or_where_the_phone_has_no_other() {
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:rosa-desk@192.0.2.10:5060>;+sip.instance=\"<urn:uuid:1>\"");
    let uri = Uri::parse("sip:rosa-desk@192.0.2.10:5060").unwrap();
    let device = desk.registrar.device_on("rosa-desk", desk.flow, &uri, desk.now.mono);
    assert_eq!(device.as_ref(), Some(desk.binding().device()));
    desk.flow = udp("192.0.2.77:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.77:5060>;+sip.instance=\"<urn:uuid:1>\"");
    let way = |desk: &Desk, device: Option<&str>| {
        desk.registrar.device("rosa-desk", device, desk.now.mono).map(|it| it.flow.remote.to_string())
    };
    assert_eq!(way(&desk, device.as_deref()).as_deref(), Some("192.0.2.77:5060"));
    assert_eq!(way(&desk, Some("another")).as_deref(), Some("192.0.2.77:5060"), "the only one there is");
    desk.flow = udp("192.0.2.88:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.88:5060>");
    assert_eq!(way(&desk, device.as_deref()).as_deref(), Some("192.0.2.77:5060"));
    assert_eq!(way(&desk, Some("another")), None, "one of two is a guess");
}

#[test]
fn a_device_whose_connection_broke_is_not_looked_for_at_another() {
    let mut desk = Desk::new();
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered("Contact: <sip:rosa-desk@192.0.2.10:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\"");
    let mobile = desk.binding().device().clone();
    desk.registrar.flow_closed(desk.flow);
    desk.flow = udp("192.0.2.88:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.88:5060>;+sip.instance=\"<urn:uuid:2>\"");
    let way = |device: Option<&str>| desk.registrar.device("rosa-desk", device, desk.now.mono);
    assert!(way(Some(&mobile)).is_none());
    assert!(way(None).is_none(), "nobody knows which device it is");
}

#[test]
fn a_binding_leads_to_who_spoke_elsewhere_if_it_is_newer_or_listens_there() {
    let mut desk = Desk::new();
    desk.registered(CONTACT);
    let (before, after) = (desk.now.mono, desk.now.after(Duration::from_secs(9)).mono);
    let (other_port, elsewhere) = (udp("192.0.2.10:40001"), udp("192.0.2.99:5060"));
    assert!(desk.binding().leads_to(desk.flow, after));
    assert!(desk.binding().leads_to(other_port, after), "it speaks from any port and listens on one");
    assert!(!desk.binding().leads_to(elsewhere, after), "it moved and has not registered since");
    assert!(!desk.binding().leads_to(tcp("192.0.2.10:40001", 7), after));
    desk.after(5);
    desk.asks(CONTACT);
    assert!(desk.binding().leads_to(elsewhere, before), "it registered since");

    let mut desk = Desk::new();
    desk.registered("Contact: <sip:rosa-desk@192.168.1.30:5060>");
    assert!(
        desk.binding().behind_nat && !desk.binding().leads_to(other_port, after),
        "its NAT gave it another port"
    );
}

#[test]
fn nat_is_detected_and_requests_go_where_the_register_came_from() {
    let private = "Contact: <sip:a@10.0.0.5:5060>";
    let listens_elsewhere = "Contact: <sip:a@192.0.2.10:5071>";
    let victim = "Contact: <sip:a@203.0.113.66:5060>";
    for (via, contact, behind, towards) in [
        (PHONE, CONTACT, false, "192.0.2.10:5060"),
        (PHONE, listens_elsewhere, false, "192.0.2.10:5071"),
        (PHONE, "Contact: <sip:a@192.0.2.10>", false, "192.0.2.10:5060"),
        ("10.0.0.5:5060", private, true, "192.0.2.10:2048"),
        ("10.0.0.5:5060", CONTACT, true, "192.0.2.10:2048"),
        (PHONE, private, true, "192.0.2.10:2048"),
        (PHONE, victim, true, "192.0.2.10:2048"),
        (PHONE, "Contact: <sip:a@phone.lan>", true, "192.0.2.10:2048"),
        (PHONE, "Contact: <sip:a@192.0.2.10>\nPath: <sip:edge.example;lr>", false, "192.0.2.10:2048"),
    ] {
        let mut desk = Desk::new();
        desk.via = via.into();
        desk.flow = udp("192.0.2.10:2048");
        desk.registered(contact);
        let binding = desk.binding();
        assert_eq!(binding.behind_nat, behind, "{via} {contact}");
        let there: SocketAddr = towards.parse().unwrap();
        assert_eq!(binding.towards(), Towards::Flow(Flow { remote: there, ..desk.flow }), "{via} {contact}");
    }
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:a@192.0.2.10:5062;transport=tcp>");
    let Towards::Contact(over_tcp) = desk.binding().towards() else { panic!("TCP is asked for") };
    assert_eq!(
        (over_tcp.numeric().unwrap(), over_tcp.transport),
        ("192.0.2.10:5062".parse().unwrap(), Transport::Tcp)
    );
}

#[test]
fn a_closed_connection_puts_its_bindings_to_sleep_until_the_phone_is_back() {
    let mut desk = Desk::new();
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered(CONTACT);
    assert_eq!(desk.binding().towards(), Towards::Flow(desk.flow));
    desk.registrar.flow_closed(tcp("192.0.2.10:40001", 8));
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 1, "another connection");
    desk.registrar.flow_closed(desk.flow);
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 0);
    assert_eq!(desk.registrar.phones().map(|(_, bindings)| bindings.len()).sum::<usize>(), 1);
    desk.flow = tcp("192.0.2.10:40002", 9);
    desk.registered(CONTACT);
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 1);
}

#[test]
fn bindings_expire_by_themselves_and_leave_nothing() {
    let mut desk = Desk::new();
    let granted = expires(&desk.registered(CONTACT));
    desk.after(granted - 1);
    desk.registrar.tick(desk.now, &mut desk.rows);
    assert_eq!(desk.contacts().len(), 1);
    desk.after(1);
    assert!(desk.contacts().is_empty(), "not live though nobody ticked");
    assert!(desk.registrar.timeout().unwrap() <= desk.now.mono);
    desk.registrar.tick(desk.now, &mut desk.rows);
    assert_eq!((desk.registrar.phones().count(), desk.registrar.timeout()), (0, None));
    assert!(desk.stored().is_empty());
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

/// DESIGN §7: what was acknowledged is there again, for half an interval longer than was written.
#[test]
fn a_restart_finds_every_binding_and_honours_it_longer() {
    let mut desk = Desk::with(Limits { interval_min: Duration::from_secs(3600), ..Limits::default() });
    desk.registered(CONTACT);
    desk.after(1700);
    reply(desk.asks(CONTACT));
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered("Contact: <sip:stream@192.0.2.10>");
    let rows = desk.stored();
    // The refresh after 1,700 s was not written: the row ends 3,600 s after the start, the binding 5,300 s.
    let mut later = Desk::new();
    later.now = desk.now.after(Duration::from_secs(3500));
    later.registrar.restore(later.now, &rows);
    assert_eq!(later.contacts(), ["sip:rosa-desk@192.0.2.10:5060"], "the stream sleeps");
    assert!(matches!(later.asks_as("call-1", 1, CONTACT), Outcome::Reply(_)), "too old a CSeq");
    assert_eq!(later.registrar.counters().refused, 1);
    assert_eq!(reply(later.asks_as("call-1", 9, CONTACT)).status, Status::OK);
    // Connections are counted anew by a new process, so one may look like one of the last.
    later.flow = desk.flow;
    let woken = later.asks_as("call-1", 10, "Contact: <sip:stream@192.0.2.10>");
    later.commits(woken);
    assert_eq!(later.contacts().len(), 2);
    let mut too_late = Desk::new();
    too_late.now = desk.now.after(Duration::from_secs(3701));
    too_late.registrar.restore(too_late.now, &rows);
    assert!(too_late.contacts().is_empty());
}

#[test]
fn damaged_rows_are_left_out_and_a_wild_clock_keeps_nothing_for_ever() {
    let mut desk = Desk::new();
    desk.registered(CONTACT);
    let good = desk.stored().remove(0);
    let broken =
        ["", "udp", "udp 1 2 0", "sctp 192.0.2.1:1 192.0.2.2:2 0", "udp 192.0.2.1:1 192.0.2.2:2 0 0"];
    let mut rows: Vec<_> =
        broken.iter().map(|flow| store::Binding { flow: (*flow).into(), ..good.clone() }).collect();
    rows.push(store::Binding { expires: Wall::from_unix_micros(i64::MAX), ..good });
    let mut later = Desk::new();
    later.registrar.restore(later.now, &rows);
    assert_eq!(later.contacts().len(), 1);
    later.after(7200 + 3600);
    assert!(later.contacts().is_empty());
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

/// Credentials and phones are always those of the newest version.
#[test]
fn a_phone_taken_out_of_the_config_is_forgotten() {
    let with = |phones: &str| {
        let config = format!(
            "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
             phone_secrets = {{ file = \"phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n{phones}"
        );
        let assets = callplan::Memory::default().with("phones", b"");
        callplan::load(&[callplan::Source::new("site.toml", config)], &assets).unwrap().0
    };
    let rosa = "[phones.rosa-desk]\next = 101\n";
    let (old, new) = (with(&format!("[phones.tom-desk]\next = 102\n{rosa}")), with(rosa));
    let mut desk = Desk::new();
    for (name, user) in [("tom-desk", "102"), ("rosa-desk", "101")] {
        let request = register(user, PHONE, name, 1, CONTACT);
        let phone = old.phone(name).unwrap();
        let outcome = desk.registrar.register(desk.now, &old, phone, desk.flow, 1, &request, &mut desk.rows);
        desk.commits(outcome);
    }
    desk.registrar.apply(&new, &mut desk.rows);
    assert_eq!(desk.registrar.phones().map(|(name, _)| name).collect::<Vec<_>>(), ["rosa-desk"]);
    assert_eq!(desk.stored().len(), 1);
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
