//! CANCEL from our side and what it may cross (RFC 3261 §9.1, RFC 5407 §3.1).
//!
//! ```text
//!   wanted, no 1xx yet      wait: a CANCEL must not overtake its INVITE
//!   1xx comes               now it may go
//!   2xx comes instead       ACK, then BYE: it was a call
//!   nothing comes           the transaction gives up 64*T1 after the CANCEL
//! ```
//!
//! A phone whose connection broke while it rang goes on ringing. It is told as soon as it has registered again
//! (RFC 5626 §4.3); until then its answer may still come, so the INVITE is not forgotten.

use std::time::Duration;

use clock::Instant;
use sip::{Method, Name, message::Writer};

use super::{Leg, PATIENCE, Timer, Usage};
use crate::{
    cause::Release,
    core::{Core, User},
};

/// How soon a way is looked for again that there was none.
const WAY_AGAIN: Duration = Duration::from_secs(1);

/// Whether an INVITE of ours is to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    /// It may go on.
    Unwanted,
    /// As soon as a provisional response allows it.
    Wanted(Release),
    /// As soon as there is a way to the party again, and in vain then.
    Wayless(Release, Instant),
    /// The CANCEL is out.
    Sent(Release),
}

impl Cancel {
    /// Whether the call no longer wants this INVITE.
    pub(super) const fn is_wanted(self) -> bool {
        !matches!(self, Self::Unwanted)
    }

    /// Why not.
    pub(super) const fn release(self) -> Option<Release> {
        match self {
            Self::Unwanted => None,
            Self::Wanted(release) | Self::Wayless(release, _) | Self::Sent(release) => Some(release),
        }
    }
}

impl Leg {
    /// Gives up an INVITE that has no final response.
    pub(super) fn cancel(&mut self, release: Release, core: &mut Core) {
        let (Usage::Preparative(inviting) | Usage::EarlyOut(inviting)) = &mut self.usage else { return };
        if inviting.cancel.is_wanted() {
            return;
        }
        inviting.cancel = Cancel::Wanted(release);
        self.cancel_if_waiting(core);
    }

    /// Sends the CANCEL that is wanted, once a provisional response came. It names the Via of its INVITE even where
    /// the connection broke that this went down (RFC 3261 §9.1).
    pub(super) fn cancel_if_waiting(&mut self, core: &mut Core) {
        let (Usage::Preparative(inviting) | Usage::EarlyOut(inviting)) = &mut self.usage else { return };
        let now = core.now.mono;
        let (release, until) = match inviting.cancel {
            Cancel::Wanted(release) => (release, now + PATIENCE),
            Cancel::Wayless(release, until) => (release, until),
            Cancel::Unwanted | Cancel::Sent(_) => return,
        };
        if !inviting.is_proceeding {
            return;
        }
        let way = self.way_of_invite(core);
        let (Usage::Preparative(inviting) | Usage::EarlyOut(inviting)) = &mut self.usage else { return };
        if !core.reach.is_up(way) && now < until {
            inviting.cancel = Cancel::Wayless(release, until);
            return self.alarm.table.arm(Timer::CancelAgain, now + WAY_AGAIN);
        }
        inviting.cancel = Cancel::Sent(release);
        let via = core.identity.via(self.flow, inviting.branch);
        let mut buffer = core.buffer();
        let writer = self.dialog.cancel(&mut buffer, &via, inviting.cseq, &inviting.draft.origin);
        let bytes = with_reason(writer, release).end();
        core.keep(buffer);
        // Without a slot for its transaction the CANCEL still goes out, once.
        if core.start(User::Nobody, way, Method::Cancel, inviting.branch, bytes.clone(), None).is_none() {
            core.transmit(way, bytes);
        }
    }
}

/// `Reason`, so that the party knows why: a phone shows no missed call for one answered elsewhere
/// (RFC 3326 §2).
pub(super) fn with_reason(writer: Writer<'_>, release: Release) -> Writer<'_> {
    match release.reason() {
        Some(reason) => writer.header(Name::Reason, reason),
        None => writer,
    }
}
