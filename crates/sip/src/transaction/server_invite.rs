//! INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1).
//!
//! ```text
//! ─INVITE─▶ Proceeding ──2xx──▶ Accepted ──L──▶ Terminated
//!               │
//!            3xx-6xx
//!               ▼
//!           Completed ──ACK──▶ Confirmed ──I──▶ Terminated
//!               └───────────H────────────────▶
//! ```
//!
//! A 2xx is repeated by the dialog until its ACK comes (RFC 3261 §13.3.1.4); this transaction stays to
//! swallow copies of the INVITE, which would otherwise look like new calls.

use std::{mem, time::Duration};

use bytes::Bytes;
use clock::{Instant, Table};

use super::{
    server_machine::{Effect, Effects},
    timing::Pace,
};

/// An INVITE to be answered.
#[derive(Debug)]
pub(super) struct ServerInvite {
    state: State,
    timers: Table<Timer>,
}

#[derive(Debug)]
enum State {
    Proceeding { last: Option<Bytes> },
    Completed { last: Bytes, interval: Duration },
    Confirmed,
    Accepted,
    Terminated,
}

/// What happens to the transaction.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The INVITE came again.
    Retransmission,
    /// An ACK came that matches.
    Ack,
    /// The transaction user answers 1xx.
    Provisional(Bytes),
    /// The transaction user answers 2xx.
    Success(Bytes),
    /// The transaction user answers anything else.
    Failure(Bytes),
    /// The flow is gone.
    FlowFailed,
    /// A timer fired.
    Timer(Timer),
}

/// The timers of RFC 3261 §17.2.1, table 4 and RFC 6026 §7.1 that run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The transaction user has been silent long enough for a 100.
    Trying,
    /// Repeats the refusal.
    G,
    /// Gives up on the ACK.
    H,
    /// Ends the wait for copies of the ACK.
    I,
    /// Ends the wait for copies of the INVITE after a 2xx.
    L,
}

impl ServerInvite {
    /// Starts for an INVITE that the transaction user is about to see.
    pub(super) fn start(now: Instant, pace: Pace<'_>) -> Self {
        let mut timers = Table::new();
        timers.arm(Timer::Trying, now + pace.timing.trying);
        Self { state: State::Proceeding { last: None }, timers }
    }

    /// Takes one event and asks in `out` for what follows from it.
    pub(super) fn handle(&mut self, now: Instant, event: Event, pace: Pace<'_>, out: &mut Effects) {
        self.state = match mem::replace(&mut self.state, State::Terminated) {
            State::Proceeding { last } => self.proceeding(last, now, event, pace, out),
            State::Completed { last, interval } => self.completed(last, interval, now, event, pace, out),
            State::Confirmed => Self::confirmed(event),
            State::Accepted => Self::accepted(event, out),
            State::Terminated => State::Terminated,
        };
    }

    /// Fires what is due.
    pub(super) fn tick(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        while let Some(timer) = self.timers.pop(now) {
            self.handle(now, Event::Timer(timer), pace, out);
        }
    }

    /// When to [`tick`](Self::tick) next.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether the transaction user still owes a final response.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// Whether the slot can be freed.
    pub(super) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn proceeding(
        &mut self,
        last: Option<Bytes>,
        now: Instant,
        event: Event,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Retransmission => {
                out.extend(last.clone().map(Effect::Send));
                State::Proceeding { last }
            }
            Event::Provisional(response) => {
                self.timers.clear(Timer::Trying);
                out.push(Effect::Send(response.clone()));
                State::Proceeding { last: Some(response) }
            }
            Event::Success(response) => {
                self.timers.clear_all();
                self.timers.arm(Timer::L, now + pace.lifetime());
                out.push(Effect::Send(response));
                State::Accepted
            }
            Event::Failure(response) => {
                self.timers.clear_all();
                if let Some(interval) = pace.first_interval() {
                    self.timers.arm(Timer::G, now + interval);
                }
                self.timers.arm(Timer::H, now + pace.lifetime());
                out.push(Effect::Send(response.clone()));
                State::Completed { last: response, interval: pace.timing.t1 }
            }
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Proceeding { last }
            }
            Event::Timer(Timer::Trying) => {
                out.push(Effect::Trying);
                State::Proceeding { last }
            }
            Event::Ack | Event::Timer(Timer::G | Timer::H | Timer::I | Timer::L) => {
                State::Proceeding { last }
            }
        }
    }

    fn completed(
        &mut self,
        last: Bytes,
        interval: Duration,
        now: Instant,
        event: Event,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Retransmission => {
                out.push(Effect::Send(last.clone()));
                State::Completed { last, interval }
            }
            Event::Ack => {
                out.push(Effect::Acknowledged);
                self.timers.clear_all();
                match pace.wait_t4() {
                    Some(wait) => {
                        self.timers.arm(Timer::I, now + wait);
                        State::Confirmed
                    }
                    None => State::Terminated,
                }
            }
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Completed { last, interval }
            }
            Event::Timer(Timer::G) => {
                out.push(Effect::Send(last.clone()));
                let interval = pace.next_interval(interval);
                self.timers.arm(Timer::G, now + interval);
                State::Completed { last, interval }
            }
            Event::Timer(Timer::H) => {
                out.push(Effect::Ended);
                self.timers.clear_all();
                State::Terminated
            }
            // One final response is all an INVITE gets.
            Event::Provisional(_)
            | Event::Success(_)
            | Event::Failure(_)
            | Event::Timer(Timer::Trying | Timer::I | Timer::L) => State::Completed { last, interval },
        }
    }

    fn confirmed(event: Event) -> State {
        match event {
            Event::Timer(Timer::I) => State::Terminated,
            Event::Retransmission
            | Event::Ack
            | Event::Provisional(_)
            | Event::Success(_)
            | Event::Failure(_)
            | Event::FlowFailed
            | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::L) => State::Confirmed,
        }
    }

    fn accepted(event: Event, out: &mut Effects) -> State {
        match event {
            Event::Success(response) => {
                out.push(Effect::Send(response));
                State::Accepted
            }
            Event::Ack => {
                // Only a peer of RFC 2543, or a careless one, gives the ACK of a 2xx the INVITE's branch.
                out.push(Effect::PassAck);
                State::Accepted
            }
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Accepted
            }
            Event::Timer(Timer::L) => State::Terminated,
            Event::Retransmission
            | Event::Provisional(_)
            | Event::Failure(_)
            | Event::Timer(Timer::Trying | Timer::G | Timer::H | Timer::I) => State::Accepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::table::{Machine, NOW, check, machine};

    machine!(ServerInvite, Event, |pace| ServerInvite::start(NOW, pace));

    const PROVISIONAL: Event = Event::Provisional(Bytes::from_static(b"180"));
    const SUCCESS: Event = Event::Success(Bytes::from_static(b"200"));
    const FAILURE: Event = Event::Failure(Bytes::from_static(b"486"));

    const EVENTS: [Event; 11] = [
        Event::Retransmission,
        Event::Ack,
        PROVISIONAL,
        SUCCESS,
        FAILURE,
        Event::FlowFailed,
        Event::Timer(Timer::Trying),
        Event::Timer(Timer::G),
        Event::Timer(Timer::H),
        Event::Timer(Timer::I),
        Event::Timer(Timer::L),
    ];

    #[test]
    fn every_event_in_every_state() {
        let roads: [&[Event]; 6] = [
            &[],
            &[PROVISIONAL],
            &[FAILURE],
            &[FAILURE, Event::Ack],
            &[SUCCESS],
            &[FAILURE, Event::Timer(Timer::H)],
        ];
        check::<ServerInvite>("server_invite_udp", false, &roads, &EVENTS);
        let roads: [&[Event]; 5] = [&[], &[PROVISIONAL], &[FAILURE], &[FAILURE, Event::Ack], &[SUCCESS]];
        check::<ServerInvite>("server_invite_tcp", true, &roads, &EVENTS);
    }
}
