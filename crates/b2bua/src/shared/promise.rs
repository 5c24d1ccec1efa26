//! What was said and is not safe yet: true at once, confirmed when the store has its row, and taken back if the
//! store does not have it in time.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use callplan::{E164, PersonState};
use clock::Key;
use store::Ticket;

use super::{Row, keys::Held, pending::Pending, recorded::Recorded, rehearsal, reminders::Reminder};
use crate::{call::Call, core::Core};

/// How long the store is waited for. Whoever dialled a code holds the handset until then.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);
/// Promises at one time; beyond it a code is refused.
const PROMISES_MAX: usize = 4096;
/// The first ticket, and the first that is another machine's again.
const TICKETS: std::ops::Range<u64> = 1 << 62..1 << 63;

/// Something that somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// Of a person.
    Of(Arc<str>, PersonState),
    /// Of a caller: this person wants no calls of that number, or wants them again.
    Blocked(Arc<str>, E164, bool),
    /// Of times at which this person wants to be reminded: these and no others.
    Reminders(Arc<str>, Vec<Reminder>),
    /// Of a person: they have signed in at this phone, or nowhere.
    Desk(Arc<str>, Option<Arc<str>>),
    /// Of a person: these queues of theirs they do not serve.
    Out(Arc<str>, BTreeSet<Arc<str>>),
    /// Of a prompt: recorded so, or what the config has.
    Recorded(Arc<str>, Option<Recorded>),
    /// Of a schedule: held so, or left to itself.
    Held(Arc<str>, Option<Held>),
    /// Of phones and people: they rehearse, or no longer. No row is kept of it.
    Rehearses(Vec<rehearsal::Who>, Option<rehearsal::Asked>),
}

/// What the store is to keep, and who is told.
#[derive(Debug)]
pub(crate) enum Promise {
    /// A phone said something by a code: this call waits to confirm it.
    Said { call: Key<Call>, after: Statement, before: Statement },
    /// Whoever helps may call this phone back. Nobody waits.
    Window(Arc<str>),
}

/// No promise is made yet.
pub(crate) const fn none() -> Pending<Promise> {
    Pending::new(PROMISES_MAX, TICKETS.start)
}

/// Whether this ticket is one of a promise.
pub(crate) const fn owns(ticket: Ticket) -> bool {
    ticket.0 >= TICKETS.start && ticket.0 < TICKETS.end
}

impl Core {
    /// A named value is to be kept.
    pub(crate) fn put(&mut self, ticket: Option<Ticket>, (name, value): Row) {
        self.store(store::Request::Put(ticket, name, value));
    }
}
