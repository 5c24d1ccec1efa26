//! Client transaction of every method but INVITE and ACK (RFC 3261 §17.1.2).
//!
//! ```text
//! ─request─▶ Trying ──1xx──▶ Proceeding
//!              │                 │
//!              └─────2xx-6xx─────┴──▶ Completed ──K──▶ Terminated
//! ```

use std::{mem, time::Duration};

use bytes::Bytes;
use clock::{Instant, Table};

use super::{
    client_machine::{Effect, Effects},
    timing::Pace,
};

/// A request on its way.
#[derive(Debug)]
pub(super) struct ClientRequest {
    state: State,
    timers: Table<Timer>,
}

#[derive(Debug)]
enum State {
    Trying { request: Bytes, interval: Duration },
    Proceeding { request: Bytes },
    Completed,
    Terminated,
}

/// What happens to the transaction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A 1xx came.
    Provisional,
    /// A final response came.
    Final,
    /// The flow is gone.
    FlowFailed,
    /// A timer fired.
    Timer(Timer),
}

/// The timers of RFC 3261 table 4 that run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Repeats the request.
    E,
    /// Gives up.
    F,
    /// Ends the wait for copies of the final response.
    K,
}

impl ClientRequest {
    /// Sends `request`; timer F runs for `timeout` if that is given, else 64 T1.
    pub(super) fn start(
        now: Instant,
        request: Bytes,
        timeout: Option<Duration>,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> Self {
        let mut timers = Table::new();
        if let Some(interval) = pace.first_interval() {
            timers.arm(Timer::E, now + interval);
        }
        timers.arm(Timer::F, now + timeout.unwrap_or(pace.lifetime()));
        out.push(Effect::Send(request.clone()));
        Self { state: State::Trying { request, interval: pace.timing.t1 }, timers }
    }

    /// Takes one event and asks in `out` for what follows from it.
    pub(super) fn handle(&mut self, now: Instant, event: Event, pace: Pace<'_>, out: &mut Effects) {
        self.state = match mem::replace(&mut self.state, State::Terminated) {
            State::Trying { request, interval } => self.trying(request, interval, now, event, pace, out),
            State::Proceeding { request } => self.proceeding(request, now, event, pace, out),
            State::Completed => Self::completed(event),
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

    /// When timer K fires, once nothing else is left to happen: its room may keep that alone.
    pub(super) fn timer_k(&self) -> Option<Instant> {
        if matches!(self.state, State::Completed) { self.timers.next() } else { None }
    }

    /// Whether the slot can be freed.
    pub(super) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn trying(
        &mut self,
        request: Bytes,
        interval: Duration,
        now: Instant,
        event: Event,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Provisional => {
                // Timer E runs on as it is; only its next pause becomes T2.
                out.push(Effect::Deliver);
                State::Proceeding { request }
            }
            Event::Final => self.complete(now, pace, out),
            Event::FlowFailed => self.end(Effect::Unreachable, out),
            Event::Timer(Timer::E) => {
                out.push(Effect::Send(request.clone()));
                let interval = pace.next_interval(interval);
                self.timers.arm(Timer::E, now + interval);
                State::Trying { request, interval }
            }
            Event::Timer(Timer::F) => self.end(Effect::TimedOut, out),
            Event::Timer(Timer::K) => State::Trying { request, interval },
        }
    }

    fn proceeding(
        &mut self,
        request: Bytes,
        now: Instant,
        event: Event,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Provisional => {
                out.push(Effect::Deliver);
                State::Proceeding { request }
            }
            Event::Final => self.complete(now, pace, out),
            // Of datagrams this is hearsay, and somebody has answered since.
            Event::FlowFailed if !pace.reliable => State::Proceeding { request },
            Event::FlowFailed => self.end(Effect::Unreachable, out),
            Event::Timer(Timer::E) => {
                out.push(Effect::Send(request.clone()));
                self.timers.arm(Timer::E, now + pace.timing.t2);
                State::Proceeding { request }
            }
            Event::Timer(Timer::F) => self.end(Effect::TimedOut, out),
            Event::Timer(Timer::K) => State::Proceeding { request },
        }
    }

    fn completed(event: Event) -> State {
        match event {
            Event::Timer(Timer::K) => State::Terminated,
            Event::Provisional | Event::Final | Event::FlowFailed | Event::Timer(Timer::E | Timer::F) => {
                State::Completed
            }
        }
    }

    fn complete(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) -> State {
        out.push(Effect::Deliver);
        self.timers.clear_all();
        match pace.wait_t4() {
            Some(wait) => {
                self.timers.arm(Timer::K, now + wait);
                State::Completed
            }
            None => State::Terminated,
        }
    }

    fn end(&mut self, outcome: Effect, out: &mut Effects) -> State {
        out.push(outcome);
        self.timers.clear_all();
        State::Terminated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::table::{Machine, NOW, check, machine};

    machine!(ClientRequest, Event, |pace: Pace<'_>| {
        let request = Bytes::from_static(b"BYE sip:bob@b.example SIP/2.0\r\n\r\n");
        ClientRequest::start(NOW, request, None, pace, &mut Effects::new())
    });

    const EVENTS: [Event; 6] = [
        Event::Provisional,
        Event::Final,
        Event::FlowFailed,
        Event::Timer(Timer::E),
        Event::Timer(Timer::F),
        Event::Timer(Timer::K),
    ];

    #[test]
    fn every_event_in_every_state() {
        let roads: [&[Event]; 4] = [&[], &[Event::Provisional], &[Event::Final], &[Event::Timer(Timer::F)]];
        check::<ClientRequest>("client_request_udp", false, &roads, &EVENTS);
        let roads: [&[Event]; 3] = [&[], &[Event::Provisional], &[Event::Final]];
        check::<ClientRequest>("client_request_tcp", true, &roads, &EVENTS);
    }
}
