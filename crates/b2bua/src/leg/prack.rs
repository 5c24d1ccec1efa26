//! Reliable provisional responses of ours, and the PRACK of a caller (RFC 3262 §3); `early` holds the other side.
//!
//! ```text
//!   Idle ──18x with RSeq──> Waiting ──PRACK──> Idle: now the next 18x, or the 2xx that waited
//!                              └── 64*T1 ──> 504
//! ```
//!
//! Whatever was said last is said again each minute: a caller whose 180 was lost hears ringing at last, and the timer C
//! of proxies begins anew (RFC 3261 §13.3.1.1).

use std::time::Duration;

use bytes::Bytes;
use callplan::{Reliable as Rule, Session as Rules};
use clock::{Chance, Instant};
use sip::{Message, Name, Status, transaction::ServerKey};

use super::{Leg, News, PATIENCE, T1, Timer, Usage, uas};
use crate::{
    cause::Release,
    core::Core,
    extension::{RELIABLE, lists, supported},
    offer_answer::Exchange,
    sdp,
};

/// Who was told something is told again before a proxy on the way loses patience (RFC 3261 §13.3.1.1, §16.6).
const MINUTE: Duration = Duration::from_secs(60);

/// How provisionals go to a caller.
#[derive(Debug)]
pub(super) enum Provisionals {
    /// Once, as RFC 3261 has it.
    Plain,
    /// Reliably; none is out.
    Idle(Sequence),
    /// Reliably; one waits for its PRACK, and nothing but a refusal overtakes it.
    Waiting(Box<Waiting>),
}

/// What goes on from one reliable provisional to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    /// RSeq of the next one.
    next: u32,
    /// The caller takes no other (RFC 3262 §3).
    is_required: bool,
    /// Our offer went out in one, so the 2xx has nothing to describe.
    has_offered: bool,
}

/// A provisional without PRACK.
#[derive(Debug)]
pub(super) struct Waiting {
    sequence: Sequence,
    status: Status,
    response: Bytes,
    interval: Duration,
    until: Instant,
    then: Then,
}

/// What waits for the PRACK.
#[derive(Debug)]
enum Then {
    Nothing,
    Progress(Status, Option<Bytes>),
    /// The 2xx, which says what will have been described last.
    Answer,
}

impl Provisionals {
    /// What this INVITE and our rules make of them.
    pub(super) fn of(invite: &Message, rules: Rules, chance: &mut Chance) -> Self {
        let is_required = lists(invite, Name::Require, RELIABLE);
        let wanted = match rules.reliable {
            Rule::Off => false,
            Rule::IfAsked => is_required,
            Rule::Always => is_required || lists(invite, Name::Supported, RELIABLE),
        };
        if !wanted {
            return Self::Plain;
        }
        // RFC 3262 §3: the first number is chosen from 1 to 2^31 - 1.
        Self::Idle(Sequence { next: 1 + chance.below(0x7fff_fffe), is_required, has_offered: false })
    }

    pub(super) const fn are_reliable(&self) -> bool {
        !matches!(self, Self::Plain)
    }

    /// Whether our offer travelled in one of them.
    pub(super) const fn have_offered(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Idle(sequence) => sequence.has_offered,
            Self::Waiting(waiting) => waiting.sequence.has_offered,
        }
    }

    const fn are_required(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::Idle(sequence) => sequence.is_required,
            Self::Waiting(waiting) => waiting.sequence.is_required,
        }
    }

    /// Lets an answer wait; false if nothing is waited for.
    pub(super) fn hold_answer(&mut self) -> bool {
        match self {
            Self::Plain | Self::Idle(_) => false,
            Self::Waiting(waiting) => {
                waiting.then = Then::Answer;
                true
            }
        }
    }
}

impl Leg {
    /// Sends a provisional to the caller, or lets it wait for the PRACK of the last.
    pub(super) fn send_provisional(&mut self, status: Status, body: Option<Bytes>, core: &mut Core) {
        let Usage::EarlyIn(invited) = &mut self.usage else { return };
        let is_offer = self.talk.exchange() == Exchange::OfferSent;
        let sequence = match &mut invited.provisionals {
            Provisionals::Plain => None,
            // An INVITE without an offer wants ours in the first reliable response (RFC 3262 §5): while there
            // is none to make, a caller who takes no other hears nothing.
            Provisionals::Idle(_) if self.talk.exchange() == Exchange::Fresh => None,
            Provisionals::Idle(sequence) => Some(*sequence),
            Provisionals::Waiting(waiting) => {
                if !matches!(waiting.then, Then::Answer) {
                    waiting.then = Then::Progress(status, body);
                }
                return;
            }
        };
        if sequence.is_none() && invited.provisionals.are_required() {
            return;
        }
        let mut lines: Vec<(Name, String)> = Vec::new();
        if let Some(sequence) = sequence {
            lines.push((Name::Require, RELIABLE.to_owned()));
            lines.push((Name::RSeq, sequence.next.to_string()));
        }
        let tags = supported(self.session.rules());
        if !tags.is_empty() {
            lines.push((Name::Supported, tags.to_owned()));
        }
        let said = (&*lines, body.as_deref());
        let response = uas::response(invited.key, &invited.request, status, &self.dialog, said, core);
        core.respond(invited.key, status, response.clone());
        // What a reliable response described is settled: said again it would be another offer.
        invited.again = Some((status, body.filter(|_| sequence.is_none())));
        self.alarm.table.arm(Timer::Provisional, core.now.mono + MINUTE);
        if let Some(sequence) = sequence {
            let sequence = Sequence { has_offered: sequence.has_offered || is_offer, ..sequence };
            let until = core.now.mono + PATIENCE;
            let (interval, then) = (T1, Then::Nothing);
            let waiting = Waiting { sequence, status, response, interval, until, then };
            invited.provisionals = Provisionals::Waiting(Box::new(waiting));
            self.alarm.table.arm(Timer::Provisional, core.now.mono + T1);
        }
        self.watch(core);
    }

    /// No PRACK yet: once more, or never (RFC 3262 §3). With nothing to wait for, a minute is over.
    pub(super) fn repeat_provisional(&mut self, core: &mut Core) {
        let Usage::EarlyIn(invited) = &mut self.usage else { return };
        let Provisionals::Waiting(waiting) = &mut invited.provisionals else {
            let Some((status, body)) = invited.again.clone() else { return };
            return self.send_provisional(status, body, core);
        };
        if core.now.mono >= waiting.until {
            core.counters.unacknowledged += 1;
            self.tell(News::HungUp(Release::NoAck), core);
            return self.refuse(Status::SERVER_TIMEOUT, core);
        }
        core.respond(invited.key, waiting.status, waiting.response.clone());
        waiting.interval *= 2;
        let next = (core.now.mono + waiting.interval).min(waiting.until);
        self.alarm.table.arm(Timer::Provisional, next);
    }

    /// The caller acknowledges a provisional.
    pub(super) fn prack(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        let acknowledged = match &mut self.usage {
            Usage::EarlyIn(invited) => {
                let cseq = invited.request.cseq().number;
                match &invited.provisionals {
                    Provisionals::Waiting(waiting) if is_rack(request, waiting.sequence.next, cseq) => {
                        let sequence = Sequence { next: waiting.sequence.next + 1, ..waiting.sequence };
                        let idle = Provisionals::Idle(sequence);
                        Some(std::mem::replace(&mut invited.provisionals, idle))
                    }
                    Provisionals::Plain | Provisionals::Idle(_) | Provisionals::Waiting(_) => None,
                }
            }
            Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Mortal(_)
            | Usage::Morgue => None,
        };
        let Some(Provisionals::Waiting(waiting)) = acknowledged else {
            return core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        };
        self.alarm.table.arm(Timer::Provisional, core.now.mono + MINUTE);
        if self.prack_described(key, request, core) {
            self.after_prack(waiting.then, core);
        }
    }

    /// Answers a PRACK, and what it says about media: the answer to our offer, or a new offer
    /// (RFC 3262 §5). Whether the call goes on.
    fn prack_described(&mut self, key: ServerKey, request: &Message, core: &mut Core) -> bool {
        let body = sdp::carried(request);
        let mut answer = None;
        let mut is_sound = true;
        match self.talk.exchange() {
            Exchange::OfferSent => is_sound = self.talk.hear_answer(&body, core).is_ok(),
            Exchange::Settled if !body.is_empty() => match self.talk.change(&body, self.place(), core) {
                Ok(description) => answer = Some(description),
                Err(refusal) => {
                    core.refuse(key, request, refusal.status());
                    return true;
                }
            },
            Exchange::Settled | Exchange::Fresh | Exchange::OfferHeard => {}
        }
        let said = (&[][..], answer.as_deref());
        let response = uas::response(key, request, Status::OK, &self.dialog, said, core);
        core.respond(key, Status::OK, response);
        if !is_sound {
            self.tell(News::HungUp(Release::NoMedia), core);
            self.refuse(Status::NOT_ACCEPTABLE_HERE, core);
        }
        is_sound
    }

    fn after_prack(&mut self, then: Then, core: &mut Core) {
        match then {
            Then::Nothing => {}
            Then::Progress(status, body) => self.send_provisional(status, body, core),
            Then::Answer => self.succeed(&self.talk.repeated(), core),
        }
    }
}

/// Whether a PRACK acknowledges this response to this INVITE (RFC 3262 §7.2).
fn is_rack(prack: &Message, rseq: u32, invite: u32) -> bool {
    let mut words = prack.header(Name::RAck).unwrap_or_default().split_whitespace();
    let mut number = || words.next().and_then(|word| word.parse::<u32>().ok());
    number() == Some(rseq) && number() == Some(invite) && words.next() == Some("INVITE")
}
