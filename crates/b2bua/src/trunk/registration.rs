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
//! trunk still takes calls. Where the connection breaks that it registered on, it registers anew at once, and slower
//! each time that happens within two minutes (RFC 5626 §4.5). Nothing is sent while a request is under way (§10.2), so who leaves then waits
//! for its end.

mod flow;
mod pause;
mod sent;

use std::{sync::Arc, time::Duration};

use clock::{Chance, Instant, Table};
use sip::{Message, Status};

use self::flow::FlowRecord;
use super::{
    account::Account,
    challenge::{Answered, Credentials},
    draft::{Draft, random_word},
    health::{Failure, Health},
    said::Said,
};
use crate::reach::Unreachable;

/// Seconds asked of a carrier: what it forgets is found out within ten minutes.
const INTERVAL_ASKED: u32 = 600;
/// An interval above which 423 is taken for nonsense.
const INTERVAL_MAX: u32 = 24 * 3600;
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
    flow: FlowRecord,
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

/// What happens to a registration.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    Start,
    /// A response to the request under way.
    Response(&'a Message),
    /// The request under way ended without one.
    Failed(Failure),
    Timer(Timer),
    /// The connection ended that the last request went down.
    FlowLost,
    /// The way to the carrier is known now, and may lead where it did not lead before.
    Found {
        has_moved: bool,
    },
    /// The switch ends, or the trunk is no longer configured.
    Leave,
}

/// One event being handled: what it needs and what comes of it.
struct Turn<'a> {
    now: Instant,
    /// Whether the carrier has another address that did well of late.
    elsewhere: bool,
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
            flow: FlowRecord::default(),
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
    pub(super) fn handle(
        &mut self,
        now: Instant,
        event: Event<'_>,
        elsewhere: bool,
        chance: &mut Chance,
    ) -> Option<Draft> {
        let mut turn = Turn { now, elsewhere, chance, send: None };
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
            Event::Response(_)
            | Event::Failed(_)
            | Event::Timer(_)
            | Event::FlowLost
            | Event::Found { .. } => State::Idle,
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
            // The end of the connection ends the request too, which is told in its own words.
            Event::Start
            | Event::Found { .. }
            | Event::FlowLost
            | Event::Timer(Timer::Refresh | Timer::Retry) => {
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
            Event::FlowLost => self.flow_lost(until, turn),
            Event::Leave => self.unregister(turn),
            Event::Start
            | Event::Found { .. }
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
            Event::Found { has_moved }
                if matches!(why, Failure::Unreachable(_)) || has_moved && why.is_of_server() =>
            {
                // Whoever is found there now has refused nothing.
                self.failures = 0;
                self.register(held, turn)
            }
            Event::Leave if held.is_some_and(|until| turn.now < until) => self.unregister(turn),
            Event::Leave => self.left(),
            Event::Start
            | Event::Found { .. }
            | Event::FlowLost
            | Event::Response(_)
            | Event::Failed(_)
            | Event::Timer(Timer::Refresh | Timer::Lost) => State::Refused { held, why, retry },
        }
    }

    fn leaving(&mut self, mut answered: Answered, event: Event<'_>, turn: &mut Turn<'_>) -> State {
        let response = match event {
            Event::Response(response) => response,
            Event::Failed(_) | Event::Timer(Timer::Lost) => return self.left(),
            Event::Start
            | Event::Found { .. }
            | Event::FlowLost
            | Event::Leave
            | Event::Timer(Timer::Refresh | Timer::Retry) => return State::Leaving { answered },
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

    /// The carrier still holds its binding, but the way it would take is gone.
    fn flow_lost(&mut self, until: Instant, turn: &mut Turn<'_>) -> State {
        let pause = self.flow.is_lost(turn.now, turn.chance);
        if pause.is_zero() {
            return self.register(Some(until), turn);
        }
        let retry = turn.now + pause;
        self.timers.clear(Timer::Refresh);
        self.timers.arm(Timer::Retry, retry);
        State::Refused { held: None, why: Unreachable::Gone.into(), retry }
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
        self.flow.stands(turn.now);
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
        let pause = self.pause(why, turn);
        let asked = retry_after.filter(|_| !turn.elsewhere).unwrap_or_default();
        let retry = turn.now + pause.max(asked);
        self.timers.arm(Timer::Retry, retry);
        State::Refused { held, why, retry }
    }

    fn left(&mut self) -> State {
        self.timers.clear_all();
        State::Left
    }
}

#[cfg(test)]
mod tests;
