//! What a registration does with everything that may happen to it.

use std::fmt::Write;

use bytes::{Bytes, BytesMut};
use callplan::{Host, Secret};
use sip::{Name, flow::Transport, transaction::Branch};

use super::{flow::STEADY, *};
use crate::{
    reach::Destination,
    trunk::{FarEnd, draft::Line},
};

const CHALLENGE: &str =
    "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";
const STALE: &str =
    "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n2\", algorithm=MD5, qop=\"auth\", stale=true";

/// A registration, the chance it uses and the request it sent last.
struct Desk {
    machine: Registration,
    chance: Chance,
    sent: Option<Draft>,
    now: Instant,
    /// The carrier has another address.
    elsewhere: bool,
}

impl Desk {
    fn new() -> Self {
        Self::in_realms(&[])
    }

    fn in_realms(realms: &[&str]) -> Self {
        let mut chance = Chance::from_seed([3; 32]);
        let at = Destination::named("sip.carrier.example", Transport::Udp);
        let host = Host { name: "sip.carrier.example".into(), port: None };
        let far_end = FarEnd { host, at, route: None };
        let (user, secret) = ("larch".into(), Secret::new("secret".into()));
        let realms = realms.iter().map(|realm| (*realm).into()).collect();
        let account = Account { user, secret, realms, far_end };
        let machine = Registration::new(Arc::new(account), "word".into(), &mut chance);
        Self { machine, chance, sent: None, now: Instant::ZERO, elsewhere: false }
    }

    fn take(&mut self, event: Event<'_>) -> bool {
        let sent = self.machine.handle(self.now, event, self.elsewhere, &mut self.chance);
        let has_sent = sent.is_some();
        self.sent = sent.or(self.sent.take());
        has_sent
    }

    fn hears(&mut self, status: &str, lines: &str) -> bool {
        let response = self.response(status, lines);
        assert!(self.machine.is_under_way(&response));
        self.take(Event::Response(&response))
    }

    /// What the carrier answers to the request sent last, with `lines` added.
    fn response(&self, status: &str, lines: &str) -> Message {
        let request = self.sent.as_ref().map(written).map(|it| Message::parse(it).unwrap());
        let (call_id, cseq) = match &request {
            Some(request) => (request.call_id(), request.cseq().number),
            None => ("none", 1),
        };
        let lines: String = lines.lines().map(|line| format!("{line}\r\n")).collect();
        let text = format!(
            "SIP/2.0 {status} -\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:a@b>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\n{lines}\r\n"
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    /// Lets time pass up to the next timer, which fires.
    fn waits(&mut self) -> Option<Draft> {
        self.now = self.machine.timeout().unwrap();
        let timer = self.machine.pop(self.now).unwrap();
        self.take(Event::Timer(timer)).then(|| self.sent.clone().unwrap())
    }

    fn is(&self) -> String {
        let held = |held: &Option<Instant>| if held.is_some() { ", held" } else { "" };
        match &self.machine.state {
            State::Idle => "Idle".into(),
            State::Registering { held: until, .. } => format!("Registering{}", held(until)),
            State::Registered { .. } => "Registered".into(),
            State::Refused { held: until, why, .. } => format!("Refused ({why}){}", held(until)),
            State::Leaving { .. } => "Leaving".into(),
            State::Left => "Left".into(),
        }
    }
}

fn written(draft: &Draft) -> Bytes {
    let sent_by = "192.0.2.1:5060".parse().unwrap();
    let branch = Branch::new(&mut Chance::from_seed([1; 32]));
    draft.write(Line { transport: Transport::Udp, sent_by, branch }, &mut BytesMut::new())
}

fn seconds(instant: Instant) -> u64 {
    instant.as_micros() / 1_000_000
}

/// What leads a new registration to a state.
type Way = fn(&mut Desk);

/// Each state, and how to get there.
fn states() -> Vec<(&'static str, Way)> {
    fn registering(line: &mut Desk) {
        line.take(Event::Start);
    }
    fn registered(line: &mut Desk) {
        registering(line);
        line.hears("200", "");
    }
    fn refreshing(line: &mut Desk) {
        registered(line);
        line.waits();
    }
    vec![
        ("Idle", |_| {}),
        ("Registering", registering),
        ("Registering, challenged", |line| {
            registering(line);
            line.hears("401", CHALLENGE);
        }),
        ("Registering, leaving", |line| {
            registering(line);
            line.take(Event::Leave);
        }),
        ("Registered", registered),
        ("Registering, held", refreshing),
        ("Refused", |line| {
            registering(line);
            line.hears("403", "");
        }),
        ("Refused, held", |line| {
            refreshing(line);
            line.hears("503", "");
        }),
        ("Leaving", |line| {
            registered(line);
            line.take(Event::Leave);
        }),
        ("Left", |line| {
            line.take(Event::Leave);
        }),
    ]
}

/// Every event in every state: what is sent, and where it leads.
#[test]
fn every_event_in_every_state_is_decided() {
    let responses = [
        ("100", ""),
        ("200", "Expires: 120"),
        ("401", CHALLENGE),
        ("401", STALE),
        ("407", "Proxy-Authenticate: Digest realm=\"edge\", nonce=\"p\""),
        ("423", "Min-Expires: 1800"),
        ("423", "Min-Expires: 5"),
        ("302", ""),
        ("403", ""),
        ("503", "Retry-After: 90 (busy)"),
    ];
    let others = [
        Event::Start,
        Event::Failed(Failure::TimedOut),
        Event::Failed(Failure::Unreachable(Unreachable::Gone)),
        Event::Timer(Timer::Refresh),
        Event::Timer(Timer::Retry),
        Event::Timer(Timer::Lost),
        Event::Found { has_moved: false },
        Event::Found { has_moved: true },
        Event::FlowLost,
        Event::Leave,
    ];
    let mut table = String::new();
    for (name, reach) in states() {
        writeln!(table, "{name}").unwrap();
        let mut row = |event: String, act: &dyn Fn(&mut Desk) -> bool| {
            let mut line = Desk::new();
            reach(&mut line);
            let before = line.sent.clone();
            let sends =
                if act(&mut line) { request(line.sent.as_ref().unwrap(), before.as_ref()) } else { "" };
            let timers: Vec<_> = [Timer::Refresh, Timer::Retry, Timer::Lost]
                .into_iter()
                .filter(|timer| line.machine.timers.is_armed(*timer))
                .collect();
            writeln!(table, "  {event:<44} {:<44} {sends:<24} {timers:?}", line.is()).unwrap();
        };
        for (status, lines) in responses {
            let event = format!("{status} {}", lines.split_once("Digest ").map_or(lines, |(_, it)| it));
            let event = event[..event.len().min(44)].trim_end().to_owned();
            row(event, &|line| {
                let response = line.response(status, lines);
                line.take(Event::Response(&response))
            });
        }
        for event in others {
            row(format!("{event:?}"), &|line| line.take(event));
        }
    }
    insta::assert_snapshot!("registration", table);
}

fn request(sent: &Draft, before: Option<&Draft>) -> &'static str {
    assert_eq!(sent.cseq, before.map_or(0, |draft| draft.cseq) + 1);
    match (sent.expires, !sent.credentials.is_empty()) {
        (0, false) => "UNREGISTER",
        (0, true) => "UNREGISTER, signed",
        (600, false) => "REGISTER",
        (600, true) => "REGISTER, signed",
        (1800, _) => "REGISTER for 1800 s",
        (other, _) => panic!("asks for {other} s"),
    }
}

#[test]
fn a_registration_is_one_dialogue_of_rising_cseq_under_one_call_id() {
    let mut line = Desk::new();
    line.take(Event::Start);
    let first = Message::parse(written(line.sent.as_ref().unwrap())).unwrap();
    line.hears("401", CHALLENGE);
    let second = Message::parse(written(line.sent.as_ref().unwrap())).unwrap();
    assert_eq!(first.call_id(), second.call_id());
    assert_eq!((first.cseq().number, second.cseq().number), (1, 2));
    assert_eq!(first.from_tag(), second.from_tag());
    assert_eq!(first.header(Name::Contact), Some("<sip:word@192.0.2.1:5060>"));
    assert_eq!(first.header(Name::To), Some("<sip:larch@sip.carrier.example>"));
    let credentials = sip::digest::Credentials::parse(second.header(Name::Authorization).unwrap()).unwrap();
    assert_eq!((credentials.username, credentials.uri), ("larch", "sip:sip.carrier.example"));
}

#[test]
fn a_late_response_to_an_older_request_is_not_under_way() {
    let mut line = Desk::new();
    line.take(Event::Start);
    let old = line.response("200", "");
    line.hears("401", CHALLENGE);
    assert!(!line.machine.is_under_way(&old));
}

#[test]
fn the_carriers_own_word_on_our_contact_decides_the_interval() {
    let others = "Contact: <sip:other@198.51.100.9>;expires=3000\nContact: <sip:word@192.0.2.1>;expires=90";
    for (lines, granted) in [(others, 90), ("Expires: 240", 240), ("", 600), ("Expires: 1", 20)] {
        let mut line = Desk::new();
        line.take(Event::Start);
        line.hears("200", lines);
        assert_eq!(line.machine.state, State::Registered { until: line.now + Duration::from_secs(granted) });
        let refresh = seconds(line.machine.timeout().unwrap());
        assert!((granted / 2..=granted * 3 / 4).contains(&refresh), "{granted} {refresh}");
    }
}

/// RELIABILITY P11: one answer, one more if the first was stale, then the end.
#[test]
fn a_carrier_that_challenges_for_ever_is_answered_twice() {
    for (again, requests) in [(CHALLENGE, 2), (STALE, 3)] {
        let mut line = Desk::new();
        line.take(Event::Start);
        line.hears("401", CHALLENGE);
        for _ in 0..5 {
            line.take(Event::Response(&line.response("401", again)));
        }
        assert_eq!(line.sent.as_ref().unwrap().cseq, requests);
        assert!(matches!(line.machine.state, State::Refused { why: Failure::Challenge(_), .. }));
    }
}

#[test]
fn pauses_grow_to_half_an_hour_and_never_fall_below_half_a_minute() {
    let mut line = Desk::new();
    line.take(Event::Start);
    let mut pauses = Vec::new();
    for _ in 0..12 {
        line.hears("403", "");
        pauses.push(seconds(line.machine.timeout().unwrap()) - seconds(line.now));
        line.waits();
    }
    assert!(pauses.iter().all(|pause| (30..=1800).contains(pause)), "{pauses:?}");
    assert!(pauses[0] <= 45 && pauses[3] >= 120 && *pauses.last().unwrap() >= 1200, "{pauses:?}");
}

#[test]
fn retry_after_is_waited_for_but_not_for_ever() {
    for (asked, least, most) in [("300", 300, 300), ("5", 30, 45), ("99999999", 3600, 3600)] {
        let mut line = Desk::new();
        line.take(Event::Start);
        line.hears("503", &format!("Retry-After: {asked}"));
        let pause = seconds(line.machine.timeout().unwrap());
        assert!((least..=most).contains(&pause), "{asked} {pause}");
    }
}

#[test]
fn a_failed_refresh_leaves_the_trunk_registered_until_the_carrier_forgets() {
    let mut line = Desk::new();
    line.take(Event::Start);
    line.hears("200", "");
    let until = line.now + Duration::from_secs(600);
    line.waits();
    line.take(Event::Failed(Failure::TimedOut));
    assert_eq!(line.machine.health(line.now), Health::Registered { until });
    assert!(matches!(line.machine.health(until), Health::Refused { why: Failure::TimedOut, .. }));
}

#[test]
fn who_leaves_while_a_request_is_under_way_waits_for_its_end() {
    let mut line = Desk::new();
    line.take(Event::Start);
    assert!(!line.take(Event::Leave));
    line.hears("200", "");
    assert_eq!(line.sent.as_ref().unwrap().expires, 0);
    line.hears("401", CHALLENGE);
    line.hears("200", "");
    assert!(line.machine.has_left());
    assert_eq!(line.machine.timeout(), None);
}

/// Goal: a carrier whose name can't be looked up, or that takes no connection, has refused nothing.
#[test]
fn a_carrier_out_of_reach_is_tried_again_every_half_minute_and_at_once_when_it_is_found() {
    let mut line = Desk::new();
    line.take(Event::Start);
    for _ in 0..20 {
        line.take(Event::Failed(Failure::Unreachable(Unreachable::Gone)));
        let pause = seconds(line.machine.timeout().unwrap()) - seconds(line.now);
        assert!((29..=45).contains(&pause), "{pause}");
        line.waits();
    }
    line.take(Event::Failed(Failure::Unreachable(Unreachable::Gone)));
    assert!(line.take(Event::Found { has_moved: false }), "registers");
    line.hears("403", "");
    assert!(!line.take(Event::Found { has_moved: false }), "was refused, and waits");
}

/// Goal: a carrier that moves while it is silent is back as soon as its name says where, not half an hour later.
#[test]
fn a_pause_ends_when_the_name_leads_elsewhere_unless_the_account_was_refused() {
    for (status, is_of_server) in [("503", true), ("500", true), ("403", false), ("404", false)] {
        let mut line = Desk::new();
        line.take(Event::Start);
        for _ in 0..6 {
            line.hears(status, "");
            line.waits();
        }
        line.hears(status, "");
        assert!(!line.take(Event::Found { has_moved: false }), "{status}: the same servers");
        assert_eq!(line.take(Event::Found { has_moved: true }), is_of_server, "{status}");
    }
    let mut line = Desk::new();
    line.take(Event::Start);
    for _ in 0..6 {
        line.take(Event::Failed(Failure::TimedOut));
        line.waits();
    }
    line.take(Event::Failed(Failure::TimedOut));
    assert!(line.take(Event::Found { has_moved: true }));
    line.take(Event::Failed(Failure::TimedOut));
    let pause = seconds(line.machine.timeout().unwrap()) - seconds(line.now);
    assert!(pause <= 45, "and the new place is tried from the shortest pause on: {pause}");
}

#[test]
fn the_next_address_of_a_carrier_is_tried_at_once() {
    let mut line = Desk::new();
    line.take(Event::Start);
    line.elsewhere = true;
    line.take(Event::Failed(Failure::TimedOut));
    assert_eq!(line.machine.timeout().unwrap().since(line.now), pause::PAUSE_ELSEWHERE);
    line.waits();
    line.elsewhere = false;
    line.take(Event::Failed(Failure::TimedOut));
    assert!(line.machine.timeout().unwrap().since(line.now) >= Duration::from_secs(30));
}

/// RFC 5626 §4.5: at once when a connection had stood for two minutes, slower each time when it had not.
#[test]
fn a_connection_that_breaks_is_replaced_at_once_and_slower_each_time_it_does_not_last() {
    let mut line = Desk::new();
    line.take(Event::Start);
    line.hears("200", "");
    for _ in 0..2 {
        line.now += STEADY;
        assert!(line.take(Event::FlowLost), "registers at once");
        line.hears("200", "");
    }
    for (least, most) in [(15, 30), (30, 60), (60, 120)] {
        line.now += STEADY / 2;
        assert!(!line.take(Event::FlowLost));
        let pause = seconds(line.machine.timeout().unwrap()) - seconds(line.now);
        assert!((least..=most).contains(&pause), "{pause}");
        assert!(!line.take(Event::FlowLost), "nothing more is lost");
        assert!(line.waits().is_some(), "registers");
        line.hears("200", "");
    }
    line.now += STEADY;
    assert!(line.take(Event::FlowLost), "it lasted: all is well");
}

#[test]
fn a_registrar_that_asks_in_another_realm_than_the_config_names_is_not_answered() {
    for (realm, is_answered) in [("carrier", true), ("other", false)] {
        let mut line = Desk::in_realms(&[realm]);
        line.take(Event::Start);
        assert_eq!(line.hears("401", CHALLENGE), is_answered, "{realm}");
    }
}
