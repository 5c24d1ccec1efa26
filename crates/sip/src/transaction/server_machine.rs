//! The two server machines under one name: what happens, in the words of either.

use bytes::Bytes;
use clock::Instant;
use smallvec::SmallVec;

use super::{
    server_invite::{self, ServerInvite},
    server_request::{self, ServerRequest},
    timing::Pace,
};
use crate::{Method, Status};

/// Either machine.
#[derive(Debug)]
pub(super) enum Machine {
    Invite(ServerInvite),
    Request(ServerRequest),
}

/// What a server transaction asks of the room it lives in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Send this.
    Send(Bytes),
    /// Answer 100 in the place of the transaction user, who is silent.
    Trying,
    /// The ACK of a refusal came.
    Acknowledged,
    /// The ACK at hand is for a 2xx and so the transaction user's.
    PassAck,
    /// Nobody waits for this transaction any more.
    Ended,
    /// Responses don't reach the peer.
    Unreachable,
}

/// What one event leads to.
pub(super) type Effects = SmallVec<[Effect; 2]>;

impl Machine {
    pub(super) fn start(now: Instant, method: &Method, pace: Pace<'_>) -> Self {
        if *method == Method::Invite {
            Self::Invite(ServerInvite::start(now, pace))
        } else {
            Self::Request(ServerRequest::start(now, pace))
        }
    }

    pub(super) fn retransmission(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.handle(now, server_invite::Event::Retransmission, pace, out),
            Self::Request(machine) => machine.handle(now, server_request::Event::Retransmission, pace, out),
        }
    }

    pub(super) fn ack(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        if let Self::Invite(machine) = self {
            machine.handle(now, server_invite::Event::Ack, pace, out);
        }
    }

    pub(super) fn respond(
        &mut self,
        now: Instant,
        status: Status,
        response: Bytes,
        pace: Pace<'_>,
        out: &mut Effects,
    ) {
        match self {
            Self::Invite(machine) => {
                let event = match status.class() {
                    1 => server_invite::Event::Provisional(response),
                    2 => server_invite::Event::Success(response),
                    _ => server_invite::Event::Failure(response),
                };
                machine.handle(now, event, pace, out);
            }
            Self::Request(machine) if status.is_provisional() => {
                machine.handle(now, server_request::Event::Provisional(response), pace, out);
            }
            Self::Request(machine) => machine.handle(now, server_request::Event::Final(response), pace, out),
        }
    }

    pub(super) fn flow_failed(&mut self, now: Instant, pace: Pace<'_>, out: &mut Effects) {
        match self {
            Self::Invite(machine) => machine.handle(now, server_invite::Event::FlowFailed, pace, out),
            Self::Request(machine) => machine.handle(now, server_request::Event::FlowFailed, pace, out),
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

    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_open(),
            Self::Request(machine) => machine.is_open(),
        }
    }

    pub(super) const fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::Request(machine) => machine.is_terminated(),
        }
    }
}
