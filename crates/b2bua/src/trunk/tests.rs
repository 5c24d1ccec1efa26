//! All trunks together: config that changes, words that stay, and whose call a request is.

use bytes::{Bytes, BytesMut};
use callplan::{Memory, Source, load};
use sip::{Name, flow::Flow, flow::Transport, transaction::Branch};

use super::*;
use crate::{
    identity::heard::by_trunk,
    reach::{self, Reach},
};

const REGISTERS: &str = "[trunks.carrier-a]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"sip.carrier-a.example\"\n\
                         user = \"larch\"\nsecret = { file = \"secrets/a\" }\n";
const ADDRESS: &str = "[trunks.carrier-b]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"198.51.100.7\"\n\
                       from = [\"203.0.113.0/28\"]\n";

fn site(trunks: &str) -> Site {
    let config = format!(
        "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
         phone_secrets = {{ file = \"secrets/phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n{trunks}"
    );
    let assets = Memory::default()
        .with("secrets/a", b"secret")
        .with("secrets/new", b"changed")
        .with("secrets/phones", b"");
    load(&[Source::new("site.toml", config)], &assets).unwrap().0
}

/// The trunks of a switch that has just started, and everything they asked for.
struct Office {
    trunks: Trunks,
    now: Instant,
    stored: Vec<(Arc<str>, Arc<[u8]>)>,
    sent: Vec<(RegistrationId, Draft)>,
    told: Vec<String>,
}

impl Office {
    fn new(seed: u8) -> Self {
        let trunks = Trunks::new(Chance::from_seed([seed; 32]));
        Self { trunks, now: Instant::ZERO, stored: Vec::new(), sent: Vec::new(), told: Vec::new() }
    }

    fn does(&mut self, act: impl FnOnce(&mut Trunks, Instant, &mut Vec<Effect>)) {
        let mut out = Vec::new();
        act(&mut self.trunks, self.now, &mut out);
        for effect in out {
            match effect {
                Effect::Ping(_) | Effect::Down(_) | Effect::Back(_) => {}
                Effect::Register(id, draft) => self.sent.push((id, *draft)),
                Effect::Store(store::Request::Put(_, key, value)) => self.stored.push((key, value)),
                Effect::Store(other) => panic!("never kept: {other:?}"),
                Effect::Log(Log::Info(line) | Log::Warn(line)) => self.told.push(line),
            }
        }
    }

    fn applies(&mut self, site: &Site) {
        self.does(|trunks, now, out| trunks.apply(now, site, out));
    }

    /// The carrier answers the request sent last.
    fn hears(&mut self, status: u16) {
        let (id, draft) = self.sent.last().unwrap();
        let (id, request) = (*id, written(draft));
        let response = format!(
            "SIP/2.0 {status} -\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=203.0.113.5;rport=4242\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: {}\r\nCSeq: {} REGISTER\r\n\r\n",
            request.call_id(),
            request.cseq().number,
        );
        let response = Message::parse(Bytes::from(response)).unwrap();
        self.does(|trunks, now, out| trunks.response(now, id, &response, false, out));
    }

    fn sent_last(&self) -> Message {
        written(&self.sent.last().unwrap().1)
    }

    fn health(&self) -> Vec<Health> {
        self.trunks.status(self.now).flat_map(|status| status.health).collect()
    }

    fn word(&self) -> String {
        self.sent_last().contacts().unwrap().first().unwrap().uri.user().unwrap().to_owned()
    }
}

fn written(draft: &Draft) -> Message {
    let sent_by = "192.0.2.1:5060".parse().unwrap();
    let branch = Branch::new(&mut Chance::from_seed([1; 32]));
    let line = Line { transport: Transport::Udp, sent_by, branch };
    Message::parse(draft.write(line, &mut BytesMut::new())).unwrap()
}

fn invite(uri: &str, lines: &str) -> Message {
    let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
    let from =
        if lines.contains("From:") { "" } else { "From: <sip:+12025550142@carrier.example>;tag=1\r\n" };
    let to = if lines.contains("To:") { "" } else { "To: <sip:+12025550100@pbx.example>\r\n" };
    let text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\n{from}{to}\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@198.51.100.7>\r\n{lines}\r\n"
    );
    Message::parse(Bytes::from(text)).unwrap()
}

fn from(remote: &str) -> Flow {
    let local = "192.0.2.1:5060".parse().unwrap();
    Flow {
        transport: Transport::Udp,
        local,
        remote: format!("{remote}:5060").parse().unwrap(),
        connection: 0,
    }
}

/// Goal: the port of a connection never reaches peers on UDP, who would send into nothing.
#[test]
fn the_port_of_a_connection_is_never_ours() {
    let seen = |transport: &str, received: &str, before| {
        let text = format!(
            "SIP/2.0 200 -\r\nVia: SIP/2.0/{transport} 192.0.2.1;branch=z9hG4bK1{received}\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n"
        );
        seen_from(&Message::parse(Bytes::from(text)).unwrap(), before)
    };
    let is_at = |ip: [u8; 4], port| Some(Outside { ip: ip.into(), port });
    let (here, there) = ([203, 0, 113, 5], [203, 0, 113, 6]);
    let written = ";received=203.0.113.5;rport=4242";
    assert_eq!(seen("UDP", written, None), is_at(here, Some(4242)));
    assert_eq!(seen("TCP", written, None), is_at(here, None));
    assert_eq!(seen("TLS", written, is_at(there, Some(5060))), is_at(here, None), "we moved");
    assert_eq!(seen("TLS", written, is_at(here, Some(5060))), is_at(here, Some(5060)), "as datagrams told");
    assert_eq!(seen("UDP", ";rport", None), None, "it says nothing");
}

#[test]
fn trunks_that_register_do_so_by_themselves_and_others_do_not() {
    let mut office = Office::new(1);
    office.applies(&site(&format!("{REGISTERS}{ADDRESS}")));
    assert_eq!(office.sent.len(), 1);
    assert_eq!(office.health(), [Health::Registering, Health::ByAddress]);
    office.hears(200);
    assert!(matches!(office.health()[0], Health::Registered { .. }));
    assert_eq!(office.trunks.seen_from(), Some(Outside { ip: [203, 0, 113, 5].into(), port: Some(4242) }));
    office.now = office.trunks.timeout().unwrap();
    office.does(|trunks, now, out| trunks.tick(now, out));
    assert_eq!(office.sent.len(), 2, "refreshed");
    let id = office.sent[1].0;
    office.does(|trunks, now, out| {
        trunks.failed(now, id, Failure::Unreachable(reach::Unreachable::Gone), false, out)
    });
    assert!(matches!(office.health()[0], Health::Registered { .. }), "the carrier still knows us");
}

#[test]
fn a_word_is_made_once_and_outlives_restarts() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    let word = office.word();
    assert!(word.len() == 20 && word != "larch");
    assert_eq!(office.stored.len(), 1);
    let mut restarted = Office::new(2);
    restarted.trunks.restore(&office.stored);
    restarted.applies(&site(REGISTERS));
    assert_eq!((restarted.word(), restarted.stored.len()), (word, 0));
    let mut stranger = Office::new(2);
    stranger.applies(&site(REGISTERS));
    assert_ne!(stranger.word(), restarted.word());
}

#[test]
fn a_new_version_leaves_alone_what_did_not_change() {
    let mut office = Office::new(1);
    office.applies(&site(&format!("{REGISTERS}{ADDRESS}")));
    office.hears(200);
    office.applies(&site(&format!("{ADDRESS}{REGISTERS}channels = 4\n")));
    assert_eq!(office.sent.len(), 1);
    assert!(matches!(office.health()[..], [Health::ByAddress, Health::Registered { .. }]));
    let call = invite(&format!("sip:{}@192.0.2.1", office.word()), "");
    let reach = Reach::new(reach::Limits::default(), Vec::new());
    let both = site(&format!("{ADDRESS}{REGISTERS}"));
    assert_eq!(office.trunks.origin(&both, &reach, from("203.0.113.99"), &call), both.trunk("carrier-a"));
}

/// Goal: the log says it when it happens and when it is over, not at every try.
#[test]
fn a_carrier_that_refuses_is_told_once_and_so_is_that_it_takes_us_again() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    office.hears(403);
    for _ in 0..3 {
        office.now = office.trunks.timeout().unwrap();
        office.does(|trunks, now, out| trunks.tick(now, out));
        office.hears(403);
    }
    office.now = office.trunks.timeout().unwrap();
    office.does(|trunks, now, out| trunks.tick(now, out));
    office.hears(503);
    office.now = office.trunks.timeout().unwrap();
    office.does(|trunks, now, out| trunks.tick(now, out));
    office.hears(200);
    assert_eq!(
        office.told,
        [
            "trunk carrier-a is not registered: refused with 403 Forbidden (the carrier's side: ask it whether the \
             account is open and may come from our address); tried again by and by",
            "trunk carrier-a is not registered: refused with 503 Service Unavailable (the carrier's side: it is \
             out of order: nothing to do here); tried again by and by",
            "trunk carrier-a is registered again",
        ]
    );
}

#[test]
fn a_new_secret_registers_anew_without_unregistering_itself() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    office.hears(200);
    office.applies(&site(&REGISTERS.replace("secrets/a", "secrets/new")));
    assert_eq!(office.sent.len(), 2);
    assert_eq!(office.sent_last().expires(), Some(600));
    let words: Vec<_> = office.sent.iter().map(|(_, draft)| draft.word.clone()).collect();
    assert_eq!(words[0], words[1]);
    assert_ne!(office.sent[0].0, office.sent[1].0);
}

#[test]
fn a_trunk_taken_out_unregisters_and_is_forgotten() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    office.hears(200);
    office.applies(&site(""));
    assert_eq!(office.sent_last().expires(), Some(0));
    assert!(!office.trunks.is_quiet());
    office.hears(200);
    assert!(office.trunks.is_quiet() && office.trunks.entries.is_empty());
}

/// RELIABILITY F10: a switch that ends says good-bye to its carriers.
#[test]
fn leaving_unregisters_every_trunk() {
    let mut office = Office::new(1);
    office.applies(&site(&format!("{REGISTERS}{ADDRESS}")));
    office.hears(200);
    office.does(|trunks, now, out| trunks.leave(now, out));
    office.hears(200);
    assert!(office.trunks.is_quiet());
    assert_eq!(office.health(), [Health::Unregistered, Health::ByAddress]);
}

#[test]
fn a_request_belongs_to_the_trunk_of_its_word_else_of_its_address_else_to_none() {
    let mut office = Office::new(1);
    let site = site(&format!("{REGISTERS}{ADDRESS}"));
    office.applies(&site);
    let mut reach = Reach::new(reach::Limits::default(), Vec::new());
    let (a, b) = (site.trunk("carrier-a"), site.trunk("carrier-b"));
    let by_word = invite(&format!("sip:{}@192.0.2.1", office.word()), "");
    let by_number = invite("sip:+12025550100@192.0.2.1", "");
    let by_user = invite("sip:larch@192.0.2.1", "");
    for (remote, request, trunk) in [
        ("203.0.113.200", &by_word, a),
        ("198.51.100.7", &by_word, a),
        ("198.51.100.7", &by_number, b),
        ("203.0.113.15", &by_number, b),
        ("203.0.113.16", &by_number, None),
        ("203.0.113.200", &by_user, None),
        ("198.51.100.20", &by_number, None),
    ] {
        assert_eq!(office.trunks.origin(&site, &reach, from(remote), request), trunk, "{remote} {request:?}");
    }
    reach.keep(&destinations(&site.trunks[0]));
    let mut out = std::collections::VecDeque::new();
    reach.tick(office.now, &mut out);
    let server = reach::Server {
        transport: Transport::Udp,
        rank: 0,
        weight: 0,
        addresses: ["198.51.100.20:5060".parse().unwrap()].into_iter().collect(),
    };
    let answer = reach::Answer::Servers(vec![server], std::time::Duration::from_secs(300));
    reach.resolved(office.now, 1, answer, &mut Chance::from_seed([1; 32]), &mut out);
    assert_eq!(
        office.trunks.origin(&site, &reach, from("198.51.100.20"), &by_number),
        a,
        "its host has that address"
    );
}

/// Goal: two accounts with one carrier, which sends to numbers: each call counts as the account's whose number it is.
#[test]
fn of_trunks_at_one_address_it_is_the_one_whose_number_is_called() {
    let twice = format!(
        "{ADDRESS}format = \"national\"\n{}[mailboxes]\nfront = {{ }}\n[numbers]\n\"+12025550100\" = {{ trunk = \"carrier-b\", mailbox = \"front\" }}\n\
         \"+12025550101\" = {{ trunk = \"carrier-c\", mailbox = \"front\" }}\n\"+12025550102\" = {{ mailbox = \"front\" }}\n",
        ADDRESS.replace("carrier-b", "carrier-c"),
    );
    let site = site(&twice);
    let office = Office::new(1);
    let reach = Reach::new(reach::Limits::default(), Vec::new());
    for (called, trunk) in [
        ("+12025550100", "carrier-b"),
        ("+12025550101", "carrier-c"),
        ("2025550101", "carrier-c"),
        ("+12025550102", "carrier-b"),
        ("+12025550199", "carrier-b"),
    ] {
        let call = invite(&format!("sip:{called}@192.0.2.1"), "");
        let flow = from("198.51.100.7");
        assert_eq!(office.trunks.origin(&site, &reach, flow, &call), site.trunk(trunk), "{called}");
        let speaks_for = |trunk| office.trunks.is_from(&site, &reach, flow, &call, trunk);
        assert_eq!(["carrier-b", "carrier-c", "carrier-d"].map(speaks_for), [true, true, false]);
    }
}

/// Goal: an agent is on its dialogs what it says, and at its address nobody is a carrier for that.
#[test]
fn an_address_of_an_agent_is_no_carriers() {
    let agent = "[agents.desk]\ntarget = \"sip:desk@198.51.100.9\"\nchannels = 2\nelse = \"voicemail:front\"\n\
         [mailboxes]\nfront = { }\n";
    let site = site(&format!("{ADDRESS}{agent}"));
    let office = Office::new(1);
    let reach = Reach::new(reach::Limits::default(), Vec::new());
    let is_carrier = |ip: &str| office.trunks.is_carrier(&site, &reach, ip.parse().unwrap());
    assert_eq!(["198.51.100.7", "198.51.100.9", "198.51.100.10"].map(is_carrier), [true, false, false]);
}

/// Goal: a phone beside a carrier, on one machine or behind one NAT, is asked for its password as ever.
#[test]
fn who_says_that_he_is_a_phone_of_ours_is_no_carrier_whatever_his_address() {
    let phones = "[people]\nana = { ext = 101 }\n[phones]\nana-desk = { person = \"ana\" }\n";
    let site = site(&format!("{ADDRESS}{phones}"));
    let office = Office::new(1);
    let reach = Reach::new(reach::Limits::default(), Vec::new());
    let carrier = site.trunk("carrier-b");
    for (caller, trunk) in [
        ("sip:ana-desk@pbx.example", None),
        ("sip:ana-desk@PBX.example", None),
        ("sip:ben-desk@pbx.example", carrier),
        ("sip:ana-desk@carrier.example", carrier),
        ("tel:+12025550142", carrier),
    ] {
        let call = invite("sip:101@192.0.2.1", &format!("From: <{caller}>;tag=1"));
        assert_eq!(office.trunks.origin(&site, &reach, from("198.51.100.7"), &call), trunk, "{caller}");
    }
}

#[test]
fn the_called_number_is_read_where_the_trunk_says_and_never_is_the_word() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    let word = office.word();
    let everywhere = "To: <sip:+12025550101@pbx.example>\nP-Called-Party-ID: <sip:+12025550102@pbx.example>\n\
                      Diversion: <sip:+12025550103@carrier.example>;reason=unconditional";
    for (called, uri, lines, number) in [
        ("request-uri", "sip:+12025550100@192.0.2.1", everywhere, "+12025550100"),
        ("to", "sip:+12025550100@192.0.2.1", everywhere, "+12025550101"),
        ("p-called-party-id", "sip:+12025550100@192.0.2.1", everywhere, "+12025550102"),
        ("diversion", "sip:+12025550100@192.0.2.1", everywhere, "+12025550103"),
        ("diversion", "sip:+12025550100@192.0.2.1", "", "+12025550100"),
        ("request-uri", "sip:WORD@192.0.2.1", everywhere, "+12025550102"),
        ("request-uri", "sip:WORD@192.0.2.1", "To: <tel:+12025550104>", "+12025550104"),
    ] {
        let site = site(&format!("{REGISTERS}called = \"{called}\"\n"));
        let request = invite(&uri.replace("WORD", &word), lines);
        let read = office.trunks.called(&site.trunks[0], &request);
        assert_eq!(read.as_deref(), Some(number), "{called} {uri}");
    }
    let request = invite(&format!("sip:{word}@192.0.2.1"), &format!("To: <sip:{word}@192.0.2.1>"));
    assert_eq!(office.trunks.called(&site(REGISTERS).trunks[0], &request), None);
}

#[test]
fn the_caller_is_who_the_carrier_asserts_unless_it_must_not_be_known() {
    let asserted = "P-Asserted-Identity: \"Ana\" <sip:+12025550143@carrier.example>, <tel:+12025550144>";
    for (format, lines, number) in [
        ("e164", "", Some("+12025550142")),
        ("e164", asserted, Some("+12025550143")),
        ("e164", "P-Asserted-Identity: <tel:+1-202-555-0144>", Some("+12025550144")),
        ("national", "From: <sip:2025550145@carrier.example>;tag=1", Some("+12025550145")),
        ("00", "From: <sip:0012025550146@carrier.example>;tag=1", Some("+12025550146")),
        (
            "e164",
            "From: <sip:+12025550147;phone-context=x@carrier.example;user=phone>;tag=1",
            Some("+12025550147"),
        ),
        ("e164", "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", None),
        (
            "e164",
            "From: \"Anonymous\" <sip:Anonymous@anonymous.invalid>;tag=1\nP-Asserted-Identity: <tel:+12025550144>",
            None,
        ),
        ("e164", "Privacy: id;critical\nP-Asserted-Identity: <tel:+12025550144>", None),
        ("e164", "Privacy: none\nP-Asserted-Identity: <tel:+12025550144>", Some("+12025550144")),
        ("e164", "From: <sip:ana@carrier.example>;tag=1", None),
        ("e164", "From: <sip:carrier.example>;tag=1", None),
    ] {
        let site = site(&format!("{REGISTERS}format = \"{format}\"\n"));
        let expected = number.map(|number| number.parse().unwrap());
        let request = invite("sip:+12025550100@192.0.2.1", lines);
        let heard = by_trunk(&site, &site.trunks[0], &request);
        assert_eq!(heard.number.filter(|_| !heard.is_private), expected, "{lines}");
    }
}

#[test]
fn a_response_for_a_trunk_that_is_gone_is_for_nobody() {
    let mut office = Office::new(1);
    office.applies(&site(REGISTERS));
    let stale = office.sent.clone();
    office.applies(&site(&REGISTERS.replace("secrets/a", "secrets/new")));
    let sent = office.sent.len();
    office.sent.extend(stale);
    office.hears(200);
    assert_eq!(office.sent.len(), sent + 1);
    assert_eq!(office.health(), [Health::Registering]);
    assert_eq!(office.sent_last().header(Name::Expires), Some("600"));
}
