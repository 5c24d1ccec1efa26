//! Registering a trunk with its carrier: the client side of RFC 3261 §10.2, as one machine.
//!
//! ```text
//!            start                2xx                     refresh
//!     Idle ────────► Registering ──────► Registered ───────────────► Registering
//!                     │  ▲    │ refused,               leave
//!            401, 407,│  │    │ timed out   Registered ────────► Leaving ──► Left
//!                 423 └──┘    ▼                                   any final
//!                           Refused ──── retry ────► Registering
//! ```
//!
//! A refresh that fails leaves the carrier's binding in place until it ends, which `held` remembers: such a
//! trunk still takes calls. Nothing is sent while a request is under way (§10.2), so who leaves then waits
//! for its end.

use std::{sync::Arc, time::Duration};

use clock::{Chance, Instant, Table};
use sip::{Message, Method, Status};

use super::{
    Health,
    account::Account,
    challenge::{Answered, Challenged, Credentials, Signer, Unanswered, sign},
    draft::Draft,
    said::Said,
};

/// Seconds asked of a carrier: what it forgets is found out within ten minutes.
const INTERVAL_ASKED: u32 = 600;
/// An interval above which 423 is taken for nonsense.
const INTERVAL_MAX: u32 = 24 * 3600;
/// The longest pause after a first failure, and after any; the shortest is two thirds of it.
const PAUSE_FIRST: Duration = Duration::from_secs(45);
const PAUSE_MAX: Duration = Duration::from_secs(30 * 60);
/// A Retry-After beyond this is cut: a wrong number must not take a trunk away for a day.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// The transaction says how a request ended; should that get lost, this ends it.
const ANSWER_MAX: Duration = Duration::from_secs(40);

/// One trunk's registration.
#[derive(Debug)]
pub(super) struct Registration {
    account: Arc<Account>,
    word: Arc<str>,
    call_id: Arc<str>,
    tag: Arc<str>,
    cseq: u32,
    /// Seconds to ask for; a 423 raises it.
    interval: u32,
    /// Failures since the last success.
    failures: u32,
    /// The trunk is to be unregistered as soon as nothing is under way.
    leaving: bool,
    state: State,
    timers: Table<Timer>,
}

/// Where a registration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    /// A REGISTER is under way.
    Registering {
        held: Option<Instant>,
        answered: Answered,
        raised: bool,
    },
    /// The carrier knows us until then.
    Registered {
        until: Instant,
    },
    /// It did not take us; tried again after a pause.
    Refused {
        held: Option<Instant>,
        why: Failure,
        retry: Instant,
    },
    /// A REGISTER that takes our contact away is under way.
    Leaving {
        answered: Answered,
    },
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Before the carrier forgets us.
    Refresh,
    /// After a pause.
    Retry,
    /// No end of the request was heard of.
    Lost,
}

/// Why a trunk is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The carrier refused.
    #[error("refused with {status} {}", .0.reason(), status = .0)]
    Status(Status),
    /// Its challenge can't be answered, or our answer was refused.
    #[error(transparent)]
    Challenge(#[from] Unanswered),
    /// No answer came.
    #[error("no answer")]
    TimedOut,
    /// There is no way to it.
    #[error("unreachable")]
    Unreachable,
}

/// What happens to a registration.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    Start,
    /// A response to the request under way.
    Response(&'a Message),
    /// The request under way ended without one.
    Failed(Failure),
    Timer(Timer),
    /// The switch ends, or the trunk is no longer configured.
    Leave,
}

/// One event being handled: what it needs and what comes of it.
struct Turn<'a> {
    now: Instant,
    chance: &'a mut Chance,
    send: Option<Draft>,
}

impl Registration {
    pub(super) fn new(account: Arc<Account>, word: Arc<str>, chance: &mut Chance) -> Self {
        Self {
            account,
            word,
            call_id: random_word(chance),
            tag: random_word(chance),
            cseq: 0,
            interval: INTERVAL_ASKED,
            failures: 0,
            leaving: false,
            state: State::Idle,
            timers: Table::new(),
        }
    }

    pub(super) const fn account(&self) -> &Arc<Account> {
        &self.account
    }

    pub(super) fn word(&self) -> &str {
        &self.word
    }

    pub(super) const fn has_left(&self) -> bool {
        matches!(self.state, State::Left)
    }

    /// What the operator is told. A refresh that fails changes nothing as long as the carrier's binding lasts.
    pub(super) fn health(&self, now: Instant) -> Health {
        let (held, otherwise) = match &self.state {
            State::Idle | State::Leaving { .. } | State::Left => (None, Health::Unregistered),
            State::Registering { held, .. } => (*held, Health::Registering),
            State::Registered { until } => (Some(*until), Health::Unregistered),
            State::Refused { held, why, retry } => (*held, Health::Refused { why: *why, retry: *retry }),
        };
        match held {
            Some(until) if now < until => Health::Registered { until },
            Some(_) | None => otherwise,
        }
    }

    /// How the last attempt ended; `None` while one is under way or none is wanted.
    pub(super) const fn trouble(&self) -> Option<Result<(), Failure>> {
        match &self.state {
            State::Registered { .. } => Some(Ok(())),
            State::Refused { why, .. } => Some(Err(*why)),
            State::Idle | State::Registering { .. } | State::Leaving { .. } | State::Left => None,
        }
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Takes an event; gives the request to send, if there is one.
    pub(super) fn handle(&mut self, now: Instant, event: Event<'_>, chance: &mut Chance) -> Option<Draft> {
        let mut turn = Turn { now, chance, send: None };
        self.state = match std::mem::replace(&mut self.state, State::Left) {
            State::Idle => self.idle(event, &mut turn),
            State::Registering { held, answered, raised } => {
                self.registering(held, answered, raised, event, &mut turn)
            }
            State::Registered { until } => self.registered(until, event, &mut turn),
            State::Refused { held, why, retry } => self.refused((held, why, retry), event, &mut turn),
            State::Leaving { answered } => self.leaving(answered, event, &mut turn),
            State::Left => State::Left,
        };
        turn.send
    }

    /// The next timer that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Timer> {
        self.timers.pop(now)
    }

    /// Whether `response` is to the request sent last: to an older one it says nothing any more.
    pub(super) fn is_under_way(&self, response: &Message) -> bool {
        response.call_id() == &*self.call_id && response.cseq().number == self.cseq
    }

    fn idle(&mut self, event: Event<'_>, turn: &mut Turn<'_>) -> State {
        match event {
            Event::Start => self.register(None, turn),
            Event::Leave => State::Left,
            Event::Response(_) | Event::Failed(_) | Event::Timer(_) => State::Idle,
        }
    }

    fn registering(
        &mut self,
        held: Option<Instant>,
        mut answered: Answered,
        raised: bool,
        event: Event<'_>,
        turn: &mut Turn<'_>,
    ) -> State {
        let response = match event {
            Event::Response(response) => response,
            Event::Failed(why) => return self.fail(held, why, None, turn),
            Event::Timer(Timer::Lost) => return self.fail(held, Failure::TimedOut, None, turn),
            Event::Leave => {
                self.leaving = true;
                return State::Registering { held, answered, raised };
            }
            Event::Start | Event::Timer(Timer::Refresh | Timer::Retry) => {
                return State::Registering { held, answered, raised };
            }
        };
        match Said::by(response, &self.word, self.interval) {
            Said::Wait => State::Registering { held, answered, raised },
            Said::Accepted(granted) => self.accepted(granted, turn),
            Said::Challenged => match self.sign(response, &mut answered, turn) {
                Ok(credentials) => {
                    self.send(self.interval, credentials, turn);
                    State::Registering { held, answered, raised }
                }
                Err(why) => self.fail(held, why.into(), None, turn),
            },
            Said::TooBrief(least) if !raised && (self.interval..=INTERVAL_MAX).contains(&least) => {
                self.interval = least;
                self.send(least, Credentials::new(), turn);
                State::Registering { held, answered: Answered::default(), raised: true }
            }
            Said::TooBrief(_) => self.fail(held, Failure::Status(Status::INTERVAL_TOO_BRIEF), None, turn),
            Said::Refused(status, retry_after) => self.fail(held, Failure::Status(status), retry_after, turn),
        }
    }

    fn registered(&mut self, until: Instant, event: Event<'_>, turn: &mut Turn<'_>) -> State {
        match event {
            Event::Timer(Timer::Refresh) => self.register(Some(until), turn),
            Event::Leave => self.unregister(turn),
            Event::Start
            | Event::Response(_)
            | Event::Failed(_)
            | Event::Timer(Timer::Retry | Timer::Lost) => State::Registered { until },
        }
    }

    fn refused(
        &mut self,
        (held, why, retry): (Option<Instant>, Failure, Instant),
        event: Event<'_>,
        turn: &mut Turn<'_>,
    ) -> State {
        match event {
            Event::Timer(Timer::Retry) => self.register(held, turn),
            Event::Leave if held.is_some_and(|until| turn.now < until) => self.unregister(turn),
            Event::Leave => self.left(),
            Event::Start
            | Event::Response(_)
            | Event::Failed(_)
            | Event::Timer(Timer::Refresh | Timer::Lost) => State::Refused { held, why, retry },
        }
    }

    fn leaving(&mut self, mut answered: Answered, event: Event<'_>, turn: &mut Turn<'_>) -> State {
        let response = match event {
            Event::Response(response) => response,
            Event::Failed(_) | Event::Timer(Timer::Lost) => return self.left(),
            Event::Start | Event::Leave | Event::Timer(Timer::Refresh | Timer::Retry) => {
                return State::Leaving { answered };
            }
        };
        match Said::by(response, &self.word, 0) {
            Said::Wait => State::Leaving { answered },
            Said::Challenged => match self.sign(response, &mut answered, turn) {
                Ok(credentials) => {
                    self.send(0, credentials, turn);
                    State::Leaving { answered }
                }
                Err(_) => self.left(),
            },
            Said::Accepted(_) | Said::TooBrief(_) | Said::Refused(..) => self.left(),
        }
    }

    fn register(&mut self, held: Option<Instant>, turn: &mut Turn<'_>) -> State {
        self.send(self.interval, Credentials::new(), turn);
        State::Registering { held, answered: Answered::default(), raised: false }
    }

    fn unregister(&mut self, turn: &mut Turn<'_>) -> State {
        self.send(0, Credentials::new(), turn);
        State::Leaving { answered: Answered::default() }
    }

    fn accepted(&mut self, granted: Duration, turn: &mut Turn<'_>) -> State {
        self.timers.clear(Timer::Lost);
        self.failures = 0;
        if self.leaving {
            return self.unregister(turn);
        }
        let refresh = turn.chance.between(granted / 2, granted * 3 / 4);
        self.timers.arm(Timer::Refresh, turn.now + refresh);
        State::Registered { until: turn.now + granted }
    }

    fn fail(
        &mut self,
        held: Option<Instant>,
        why: Failure,
        retry_after: Option<Duration>,
        turn: &mut Turn<'_>,
    ) -> State {
        let held = held.filter(|until| turn.now < *until);
        self.timers.clear(Timer::Lost);
        match held {
            Some(_) if self.leaving => return self.unregister(turn),
            None if self.leaving => return self.left(),
            Some(_) | None => {}
        }
        let longest = (PAUSE_FIRST * 2u32.pow(self.failures.min(8))).min(PAUSE_MAX);
        let pause = turn.chance.between(longest * 2 / 3, longest);
        let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
        self.failures = self.failures.saturating_add(1);
        let retry = turn.now + pause.max(asked);
        self.timers.arm(Timer::Retry, retry);
        State::Refused { held, why, retry }
    }

    fn left(&mut self) -> State {
        self.timers.clear_all();
        State::Left
    }

    fn sign(
        &self,
        response: &Message,
        answered: &mut Answered,
        turn: &mut Turn<'_>,
    ) -> Result<Credentials, Unanswered> {
        let signer = Signer { user: &self.account.user, password: self.account.secret.reveal() };
        let uri = self.account.registrar();
        let request = Challenged { method: &Method::Register, uri: &uri, body: b"" };
        sign(signer, answered, request, response, turn.chance)
    }

    fn send(&mut self, expires: u32, credentials: Credentials, turn: &mut Turn<'_>) {
        self.cseq += 1;
        self.timers.clear_all();
        self.timers.arm(Timer::Lost, turn.now + ANSWER_MAX);
        turn.send = Some(Draft {
            account: self.account.clone(),
            call_id: self.call_id.clone(),
            tag: self.tag.clone(),
            cseq: self.cseq,
            word: self.word.clone(),
            expires,
            credentials,
        });
    }
}

/// 100 bits that nobody guesses, as letters and digits.
pub(super) fn random_word(chance: &mut Chance) -> Arc<str> {
    let mut word = [0; 20];
    chance.token(&mut word);
    str::from_utf8(&word).expect("a token is ASCII").into()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use bytes::{Bytes, BytesMut};
    use callplan::Secret;
    use sip::{Name, flow::Transport, transaction::Branch};

    use super::*;
    use crate::{reach::Destination, trunk::draft::Line};

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
    }

    impl Desk {
        fn new() -> Self {
            let mut chance = Chance::from_seed([3; 32]);
            let at = Destination { host: "sip.carrier.example".into(), port: 0, transport: Transport::Udp };
            let account = Account { user: "larch".into(), secret: Secret::new("secret".into()), at };
            let machine = Registration::new(Arc::new(account), "word".into(), &mut chance);
            Self { machine, chance, sent: None, now: Instant::ZERO }
        }

        fn take(&mut self, event: Event<'_>) -> bool {
            let sent = self.machine.handle(self.now, event, &mut self.chance);
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
            Event::Failed(Failure::Unreachable),
            Event::Timer(Timer::Refresh),
            Event::Timer(Timer::Retry),
            Event::Timer(Timer::Lost),
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
        let credentials =
            sip::digest::Credentials::parse(second.header(Name::Authorization).unwrap()).unwrap();
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
        let others =
            "Contact: <sip:other@198.51.100.9>;expires=3000\nContact: <sip:word@192.0.2.1>;expires=90";
        for (lines, granted) in [(others, 90), ("Expires: 240", 240), ("", 600), ("Expires: 1", 20)] {
            let mut line = Desk::new();
            line.take(Event::Start);
            line.hears("200", lines);
            assert_eq!(
                line.machine.state,
                State::Registered { until: line.now + Duration::from_secs(granted) }
            );
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
}
