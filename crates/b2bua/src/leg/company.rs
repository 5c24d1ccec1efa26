//! Whom the party talks with, as far as it may know, once that is another than From and To of its dialog name.
//!
//! A phone learns it by P-Asserted-Identity (RFC 3325 §9.1): in our 2xx, in a change that we ask of it anyhow, else in an
//! UPDATE without an offer (RFC 3311) if it takes one, and its display follows. Of others nothing is asked: many a
//! phone takes a re-INVITE for a hold. From stays as it was; RFC 4916 would change it, which desk phones don't show.
//! Watchers of the phone are told the same (RFC 4235 §4.1.6). A carrier is told of nobody.

use std::time::Duration;

use sip::{Message, Method, Name, Status, message::Writer, transaction::ClientKey};

use super::{Leg, News, Party, Timer, Usage, modify::Modify};
use crate::{
    cause::Release,
    core::{Core, User},
    identity,
};

/// A change that stands in the way is over by then.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is said to a phone that is busy with changes.
const TRIES_MAX: u8 = 5;

/// Whom the party talks with.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// A name-addr; `None` while the dialog names them.
    other: Option<Box<str>>,
    /// The party does not know yet.
    is_due: bool,
    tries: u8,
    /// The UPDATE that is out.
    telling: Option<ClientKey>,
    /// Lamps don't show it yet.
    is_new: bool,
    /// The party itself wants to stay unknown.
    hides: bool,
}

impl Company {
    /// Whether this is the transaction of the UPDATE that is out.
    pub(super) fn is_told_by(&self, of: ClientKey) -> bool {
        self.telling == Some(of)
    }

    /// Whether lamps have to show it anew, which is asked once.
    pub(super) const fn take_new(&mut self) -> bool {
        std::mem::replace(&mut self.is_new, false)
    }

    /// What the party has to be told yet, told by whoever takes it.
    pub(super) fn take_due(&mut self) -> Option<&str> {
        std::mem::replace(&mut self.is_due, false).then_some(self.other.as_deref()).flatten()
    }

    /// Says in a request that goes out anyhow what the party has to be told yet.
    pub(super) fn tell<'b>(&mut self, writer: Writer<'b>) -> Writer<'b> {
        match self.take_due() {
            Some(other) => writer.header(Name::PAssertedIdentity, other),
            None => writer,
        }
    }
}

impl Leg {
    /// Whom the party talks with, as it may know.
    pub(crate) fn other(&self) -> &str {
        self.company.other.as_deref().unwrap_or_else(|| self.dialog.local_party())
    }

    /// Whether the party asked not to be named (RFC 3323 §4.2).
    pub(crate) const fn hides(&self) -> bool {
        self.company.hides
    }

    /// Nobody is to be told of the party.
    pub(crate) const fn hide(&mut self) {
        self.company.hides = true;
    }

    /// Hears whether the party wants to be named: a callee says so in its answer, who takes a place in its INVITE.
    pub(crate) fn hear_privacy(&mut self, message: &Message) {
        self.company.hides = identity::heard::is_withheld(message);
    }

    /// From here on the party talks with this one, a name-addr; [`introduce`](Self::introduce) tells it so where
    /// nothing else does.
    pub(crate) fn meets(&mut self, other: Box<str>) {
        if *other != *self.other() && matches!(self.party, Party::Phone(_)) {
            let company = &mut self.company;
            (company.other, company.is_due, company.is_new, company.tries) = (Some(other), true, true, 0);
        }
    }

    /// Tells the party whom it talks with, if it does not know.
    pub(crate) fn introduce(&mut self, core: &mut Core) {
        if !self.company.is_due || self.company.telling.is_some() {
            return;
        }
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) if self.session.takes_update() => self.send_update(core),
            (Usage::Established, Modify::Idle) => self.company.is_due = false,
            (Usage::Established | Usage::Moratorium(_), _) => self.introduce_later(core),
            // What the answer says, or nobody any more.
            (
                Usage::Preparative(_)
                | Usage::EarlyOut(_)
                | Usage::EarlyIn(_)
                | Usage::Mortal(_)
                | Usage::Morgue,
                _,
            ) => {}
        }
        self.watch(core);
    }

    fn introduce_again(&mut self, core: &Core) {
        self.company.is_due = true;
        self.introduce_later(core);
    }

    fn introduce_later(&mut self, core: &Core) {
        self.company.tries += 1;
        if self.company.tries <= TRIES_MAX {
            self.alarm.table.arm(Timer::Introduce, core.now.mono + AGAIN);
        } else {
            self.company.is_due = false;
        }
    }

    fn send_update(&mut self, core: &mut Core) {
        let mut buffer = core.buffer();
        let (way, branch, writer) = self.begin(&Method::Update, &mut buffer, core);
        let writer = self.company.tell(writer.header(Name::Allow, identity::ALLOW));
        let bytes = self.session.ask(writer, false).end();
        core.keep(buffer);
        self.company.telling = core.start(User::Leg(self.id), way, Method::Update, branch, bytes, None);
    }

    /// The UPDATE has its answer, which refreshes the session as well (RFC 4028 §7.4); or it will have none, and
    /// whoever is silent to a name may still talk.
    pub(super) fn introduced(&mut self, status: Status, response: Option<&Message>, core: &mut Core) {
        if status.is_provisional() {
            return;
        }
        self.company.telling = None;
        let is_here = matches!(self.usage, Usage::Established);
        match (status, response) {
            (_, Some(response)) if status.is_success() && is_here => {
                self.dialog.refresh_target(response);
                self.session.hear(response);
                self.keep_time(core);
            }
            (Status::METHOD_NOT_ALLOWED | Status::NOT_IMPLEMENTED, _) => self.session.refused_update(),
            (Status::REQUEST_PENDING, _) => self.introduce_again(core),
            (Status::SESSION_INTERVAL_TOO_SMALL, Some(response)) if self.session.raise(response) => {
                self.introduce_again(core);
            }
            (Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST, Some(_)) if is_here => {
                self.tell(News::HungUp(Release::Normal), core);
                self.leave(Release::Normal, core);
            }
            _ => {}
        }
        // Somebody else may have come meanwhile.
        if !self.alarm.table.is_armed(Timer::Introduce) {
            self.introduce(core);
        }
        self.watch(core);
    }
}
