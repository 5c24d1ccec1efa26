//! INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2).
//!
//! ```text
//!            ┌───────────── 2xx ─────────────┐
//!            │                               ▼
//! ─INVITE─▶ Calling ──1xx──▶ Proceeding ──2xx──▶ Accepted ──M──▶ Terminated
//!            │                   │
//!            └────── 3xx-6xx ────┴──▶ Completed ──D──▶ Terminated
//! ```
//!
//! A flow that fails ends it while nobody has answered, and never afterwards (RFC 3261 §17.1.1.2). Of a connection that
//! broke after a 1xx the transaction user is told: it knows whether somebody rings, and what else may be tried.
//!
//! The transaction user hears of one outcome: a final response, [`Effect::TimedOut`] or
//! [`Effect::Unreachable`]. Only 2xx come more than once, for each may be of another branch of a fork,
//! and telling them apart is the dialog's work (RFC 6026 §7.2).

use std::{mem, time::Duration};

use bytes::Bytes;
use clock::{Instant, Table};

use super::{
    ack,
    client_machine::{Effect, Effects},
    timing::Pace,
};

/// An INVITE on its way.
#[derive(Debug)]
pub(super) struct ClientInvite {
    state: State,
    timers: Table<Timer>,
}

#[derive(Debug)]
enum State {
    Calling {
        request: Bytes,
        interval: Duration,
    },
    /// The request is kept for the ACK, which repeats parts of it.
    Proceeding {
        request: Bytes,
    },
    Completed {
        ack: Bytes,
    },
    Accepted,
    Terminated,
}

/// What happens to the transaction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    /// A 1xx came.
    Provisional,
    /// A 2xx came.
    Success,
    /// Any other final response came; `to` is its To, which the ACK repeats.
    Failure { to: &'a str },
    /// The transaction user sent CANCEL for this INVITE, or waits for it no longer.
    CancelSent,
    /// The flow is gone, or datagrams are said not to get there.
    FlowFailed,
    /// A timer fired.
    Timer(Timer),
}

/// The timers of RFC 3261 table 4 and RFC 6026 §7.2 that run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Repeats the INVITE.
    A,
    /// Gives up when nobody answers at all.
    B,
    /// Gives up when CANCEL brings no final response (RFC 3261 §9.1), or nobody waits for one.
    Cancel,
    /// Ends the wait for copies of a refusal.
    D,
    /// Ends the wait for further 2xx.
    M,
}

impl ClientInvite {
    /// Sends `request`; timer B runs for `timeout` if that is given, else 64 T1.
    pub(super) fn start(
        now: Instant,
        request: Bytes,
        timeout: Option<Duration>,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> Self {
        let mut timers = Table::new();
        if let Some(interval) = pace.first_interval() {
            timers.arm(Timer::A, now + interval);
        }
        timers.arm(Timer::B, now + timeout.unwrap_or(pace.lifetime()));
        out.push(Effect::Send(request.clone()));
        Self { state: State::Calling { request, interval: pace.timing.t1 }, timers }
    }

    /// Takes one event and asks in `out` for what follows from it.
    pub(super) fn handle(&mut self, now: Instant, event: Event<'_>, pace: Pace<'_>, out: &mut Effects) {
        self.state = match mem::replace(&mut self.state, State::Terminated) {
            State::Calling { request, interval } => self.calling(request, interval, now, event, pace, out),
            State::Proceeding { request } => self.proceeding(request, now, event, pace, out),
            State::Completed { ack } => self.completed(ack, event, out),
            State::Accepted => self.accepted(event, out),
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

    /// Whether the slot can be freed.
    pub(super) const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn calling(
        &mut self,
        request: Bytes,
        interval: Duration,
        now: Instant,
        event: Event<'_>,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Provisional => {
                self.timers.clear(Timer::A);
                self.timers.clear(Timer::B);
                out.push(Effect::Deliver);
                State::Proceeding { request }
            }
            Event::Success => self.accept(now, pace, out),
            Event::Failure { to } => self.complete(&request, to, now, pace, out),
            Event::CancelSent => {
                self.timers.arm(Timer::Cancel, now + pace.lifetime());
                State::Calling { request, interval }
            }
            Event::FlowFailed => self.end(Effect::Unreachable, out),
            Event::Timer(Timer::A) => {
                out.push(Effect::Send(request.clone()));
                // Timer A doubles without the ceiling that E and G have (RFC 3261 §17.1.1.2).
                let interval = interval.saturating_mul(2);
                self.timers.arm(Timer::A, now + interval);
                State::Calling { request, interval }
            }
            Event::Timer(Timer::B | Timer::Cancel) => self.end(Effect::TimedOut, out),
            Event::Timer(Timer::D | Timer::M) => State::Calling { request, interval },
        }
    }

    fn proceeding(
        &mut self,
        request: Bytes,
        now: Instant,
        event: Event<'_>,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        match event {
            Event::Provisional => {
                out.push(Effect::Deliver);
                State::Proceeding { request }
            }
            Event::Success => self.accept(now, pace, out),
            Event::Failure { to } => self.complete(&request, to, now, pace, out),
            Event::CancelSent => {
                self.timers.arm(Timer::Cancel, now + pace.lifetime());
                State::Proceeding { request }
            }
            // Whoever sent a 1xx may go on ringing, and its answer finds us by our Via (RFC 3261 §18.2.2): there is no
            // arrow for this in figure 5. Of datagrams it is hearsay.
            Event::FlowFailed => {
                if pace.reliable {
                    out.push(Effect::FlowFailed);
                }
                State::Proceeding { request }
            }
            Event::Timer(Timer::Cancel) => self.end(Effect::TimedOut, out),
            Event::Timer(Timer::A | Timer::B | Timer::D | Timer::M) => State::Proceeding { request },
        }
    }

    fn completed(&mut self, ack: Bytes, event: Event<'_>, out: &mut Effects) -> State {
        match event {
            Event::Failure { .. } => {
                out.push(Effect::Send(ack.clone()));
                State::Completed { ack }
            }
            Event::Success => {
                // A proxy that forked passes on a 2xx even after it passed on a refusal (RFC 3261 §16.7
                // step 5). Swallowed here, it would leave a phone in a call with nobody.
                out.push(Effect::Stray);
                State::Completed { ack }
            }
            Event::Timer(Timer::D) => State::Terminated,
            // That the flow failed is news to nobody who has a final response already.
            Event::Provisional
            | Event::CancelSent
            | Event::FlowFailed
            | Event::Timer(Timer::A | Timer::B | Timer::Cancel | Timer::M) => State::Completed { ack },
        }
    }

    fn accepted(&mut self, event: Event<'_>, out: &mut Effects) -> State {
        match event {
            Event::Success => {
                out.push(Effect::Deliver);
                State::Accepted
            }
            Event::Timer(Timer::M) => State::Terminated,
            Event::Provisional
            | Event::Failure { .. }
            | Event::CancelSent
            | Event::FlowFailed
            | Event::Timer(Timer::A | Timer::B | Timer::Cancel | Timer::D) => State::Accepted,
        }
    }

    fn accept(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) -> State {
        out.push(Effect::Deliver);
        self.timers.clear_all();
        self.timers.arm(Timer::M, now + pace.lifetime());
        State::Accepted
    }

    fn complete(
        &mut self,
        request: &Bytes,
        to: &str,
        now: Instant,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> State {
        let ack = ack::of_failure(request, to);
        out.push(Effect::Send(ack.clone()));
        out.push(Effect::Deliver);
        self.timers.clear_all();
        match pace.wait_d() {
            Some(wait) => {
                self.timers.arm(Timer::D, now + wait);
                State::Completed { ack }
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

    machine!(ClientInvite, Event<'static>, |pace: Pace<'_>| {
        let request = Bytes::from_static(b"INVITE sip:bob@b.example SIP/2.0\r\n\r\n");
        ClientInvite::start(NOW, request, None, pace, &mut Effects::new())
    });

    const FAILURE: Event<'_> = Event::Failure { to: "<sip:bob@b.example>;tag=1" };

    const EVENTS: [Event<'_>; 10] = [
        Event::Provisional,
        Event::Success,
        FAILURE,
        Event::CancelSent,
        Event::FlowFailed,
        Event::Timer(Timer::A),
        Event::Timer(Timer::B),
        Event::Timer(Timer::Cancel),
        Event::Timer(Timer::D),
        Event::Timer(Timer::M),
    ];

    #[test]
    fn every_event_in_every_state() {
        let roads: [&[Event<'_>]; 6] = [
            &[],
            &[Event::Provisional],
            &[Event::Provisional, Event::CancelSent],
            &[FAILURE],
            &[Event::Success],
            &[Event::Timer(Timer::B)],
        ];
        check::<ClientInvite>("client_invite_udp", false, &roads, &EVENTS);
        let roads: [&[Event<'_>]; 4] = [&[], &[Event::Provisional], &[FAILURE], &[Event::Success]];
        check::<ClientInvite>("client_invite_tcp", true, &roads, &EVENTS);
    }
}
