//! Server transaction of every method but INVITE and ACK (RFC 3261 §17.2.2).
//!
//! ```text
//! ─request─▶ Trying ──1xx──▶ Proceeding
//!              │                 │
//!              └─────2xx-6xx─────┴──▶ Completed ──J──▶ Terminated
//! ```

use std::mem;

use bytes::Bytes;
use clock::{Instant, Table};

use super::{
    server_machine::{Effect, Effects},
    timing::Pace,
};

/// A request to be answered.
#[derive(Debug)]
pub(super) struct ServerRequest {
    state: State,
    timers: Table<Timer>,
}

#[derive(Debug)]
enum State {
    Trying,
    Proceeding { last: Bytes },
    Completed { last: Bytes },
    Terminated,
}

/// What happens to the transaction.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The request came again.
    Retransmission,
    /// The transaction user answers 1xx.
    Provisional(Bytes),
    /// The transaction user answers anything else.
    Final(Bytes),
    /// The flow is gone.
    FlowFailed,
    /// A timer fired.
    Timer(Timer),
}

/// The timer of RFC 3261 table 4 that runs here, and one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Ends the wait for copies of the request.
    J,
    /// The client's timer F has fired, so whatever is answered now reaches nobody (RFC 4320 §3.2). Without
    /// it, a request that the transaction user forgot would hold its slot for ever.
    Expiry,
}

impl ServerRequest {
    /// Starts for a request that the transaction user is about to see.
    pub(super) fn start(now: Instant, pace: Pace<'_>) -> Self {
        let mut timers = Table::new();
        timers.arm(Timer::Expiry, now + pace.lifetime());
        Self { state: State::Trying, timers }
    }

    /// Takes one event and asks in `out` for what follows from it.
    pub(super) fn handle(&mut self, now: Instant, event: Event, pace: Pace<'_>, out: &mut Effects) {
        self.state = match mem::replace(&mut self.state, State::Terminated) {
            State::Trying => self.trying(now, event, pace, out),
            State::Proceeding { last } => self.proceeding(last, now, event, pace, out),
            State::Completed { last } => Self::completed(last, event, out),
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
        matches!(self.state, State::Trying | State::Proceeding { .. })
    }

    /// Whether the slot can be freed.
    pub(super) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn trying(&mut self, now: Instant, event: Event, pace: Pace<'_>, out: &mut Effects) -> State {
        match event {
            Event::Provisional(response) => {
                out.push(Effect::Send(response.clone()));
                State::Proceeding { last: response }
            }
            Event::Final(response) => self.complete(response, now, pace, out),
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Trying
            }
            Event::Timer(Timer::Expiry) => self.expire(out),
            Event::Retransmission | Event::Timer(Timer::J) => State::Trying,
        }
    }

    fn proceeding(
        &mut self,
        last: Bytes,
        now: Instant,
        event: Event,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Retransmission => {
                out.push(Effect::Send(last.clone()));
                State::Proceeding { last }
            }
            Event::Provisional(response) => {
                out.push(Effect::Send(response.clone()));
                State::Proceeding { last: response }
            }
            Event::Final(response) => self.complete(response, now, pace, out),
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Proceeding { last }
            }
            Event::Timer(Timer::Expiry) => self.expire(out),
            Event::Timer(Timer::J) => State::Proceeding { last },
        }
    }

    fn completed(last: Bytes, event: Event, out: &mut Effects) -> State {
        match event {
            Event::Retransmission => {
                out.push(Effect::Send(last.clone()));
                State::Completed { last }
            }
            Event::FlowFailed => {
                out.push(Effect::Unreachable);
                State::Completed { last }
            }
            Event::Timer(Timer::J) => State::Terminated,
            Event::Provisional(_) | Event::Final(_) | Event::Timer(Timer::Expiry) => {
                State::Completed { last }
            }
        }
    }

    fn complete(&mut self, response: Bytes, now: Instant, pace: Pace<'_>, out: &mut Effects) -> State {
        out.push(Effect::Send(response.clone()));
        self.timers.clear_all();
        match pace.wait_j() {
            Some(wait) => {
                self.timers.arm(Timer::J, now + wait);
                State::Completed { last: response }
            }
            None => State::Terminated,
        }
    }

    fn expire(&mut self, out: &mut Effects) -> State {
        out.push(Effect::Ended);
        self.timers.clear_all();
        State::Terminated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::table::{Machine, NOW, check, machine};

    machine!(ServerRequest, Event, |pace| ServerRequest::start(NOW, pace));

    const PROVISIONAL: Event = Event::Provisional(Bytes::from_static(b"100"));
    const FINAL: Event = Event::Final(Bytes::from_static(b"200"));

    const EVENTS: [Event; 6] = [
        Event::Retransmission,
        PROVISIONAL,
        FINAL,
        Event::FlowFailed,
        Event::Timer(Timer::J),
        Event::Timer(Timer::Expiry),
    ];

    #[test]
    fn every_event_in_every_state() {
        let roads: [&[Event]; 4] = [&[], &[PROVISIONAL], &[FINAL], &[Event::Timer(Timer::Expiry)]];
        check::<ServerRequest>("server_request_udp", false, &roads, &EVENTS);
        let roads: [&[Event]; 3] = [&[], &[PROVISIONAL], &[FINAL]];
        check::<ServerRequest>("server_request_tcp", true, &roads, &EVENTS);
    }
}
