//! The two client machines under one name: what happens, in the words of either.

use std::time::Duration;

use bytes::Bytes;
use clock::Instant;
use smallvec::SmallVec;

use super::{
    client_invite::{self, ClientInvite},
    client_request::{self, ClientRequest},
    timing::Pace,
};
use crate::{Method, Status};

/// Either machine.
#[derive(Debug)]
pub(super) enum Machine {
    Invite(ClientInvite),
    Request(ClientRequest),
}

/// What a client transaction asks of the room it lives in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Send this.
    Send(Bytes),
    /// Give the response at hand to the transaction user.
    Deliver,
    /// The response at hand belongs to no outcome of this transaction, but matters.
    Stray,
    /// The connection is gone that the final response was to come by.
    FlowFailed,
    /// No response came in time.
    TimedOut,
    /// None can come.
    Unreachable,
}

/// What one event leads to.
pub(super) type Effects = SmallVec<[Effect; 2]>;

impl Machine {
    pub(super) fn start(
        now: Instant,
        method: &Method,
        request: Bytes,
        timeout: Option<Duration>,
        pace: Pace<'_>,
        out: &mut Effects,
    ) -> Self {
        if *method == Method::Invite {
            Self::Invite(ClientInvite::start(now, request, timeout, pace, out))
        } else {
            Self::Request(ClientRequest::start(now, request, timeout, pace, out))
        }
    }

    pub(super) fn response(
        &mut self,
        now: Instant,
        status: Status,
        to: &str,
        pace: Pace<'_>,
        out: &mut Effects,
    ) {
        match self {
            Self::Invite(machine) => {
                let event = match status.class() {
                    1 => client_invite::Event::Provisional,
                    2 => client_invite::Event::Success,
                    _ => client_invite::Event::Failure { to },
                };
                machine.handle(now, event, pace, out);
            }
            Self::Request(machine) if status.is_provisional() => {
                machine.handle(now, client_request::Event::Provisional, pace, out);
            }
            Self::Request(machine) => machine.handle(now, client_request::Event::Final, pace, out),
        }
    }

    pub(super) fn cancel_sent(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        if let Self::Invite(machine) = self {
            machine.handle(now, client_invite::Event::CancelSent, pace, out);
        }
    }

    pub(super) fn flow_failed(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.handle(now, client_invite::Event::FlowFailed, pace, out),
            Self::Request(machine) => machine.handle(now, client_request::Event::FlowFailed, pace, out),
        }
    }

    pub(super) fn tick(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.tick(now, pace, out),
            Self::Request(machine) => machine.tick(now, pace, out),
        }
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        match self {
            Self::Invite(machine) => machine.next_timer(),
            Self::Request(machine) => machine.next_timer(),
        }
    }

    /// Until when it drops copies of its final response, if that is all it still does.
    pub(super) fn timer_k(&self) -> Option<Instant> {
        match self {
            Self::Invite(_) => None,
            Self::Request(machine) => machine.timer_k(),
        }
    }

    pub(super) const fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::Request(machine) => machine.is_terminated(),
        }
    }
}
