//! Which calls light lamps: the dialogs of each phone, as far as its watchers may know them (RFC 4235 §4.1).

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

use clock::Key;
use smallvec::SmallVec;

use crate::leg::Leg;

/// How far a dialog has come, seen from its phone (RFC 4235 §3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The phone called, and nobody rings yet.
    Trying,
    /// Somebody rings.
    Early,
    /// Both talk, or a service talks.
    Confirmed,
}

/// One dialog of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lit {
    /// Names it among those of its phone.
    pub(crate) leg: Key<Leg>,
    /// How far it has come.
    pub(crate) stage: Stage,
    /// Whether the phone called.
    pub(crate) calls: bool,
    /// The other party as the phone itself was told of it, a name-addr: so whoever withholds their number from
    /// the phone withholds it from its watchers.
    pub(crate) other: Box<str>,
}

/// The dialogs of every phone that has any.
#[derive(Debug, Default)]
pub(crate) struct Lights {
    phones: HashMap<Arc<str>, SmallVec<[Lit; 1]>, BuildHasherDefault<DefaultHasher>>,
}

impl Lights {
    /// Notes how far a dialog has come.
    pub(crate) fn put(&mut self, phone: &Arc<str>, lit: Lit) {
        let dialogs = self.phones.entry(phone.clone()).or_default();
        match dialogs.iter_mut().find(|it| it.leg == lit.leg) {
            Some(known) => *known = lit,
            None => dialogs.push(lit),
        }
    }

    /// A dialog is over.
    pub(crate) fn clear(&mut self, phone: &str, leg: Key<Leg>) {
        if let Some(dialogs) = self.phones.get_mut(phone) {
            dialogs.retain(|it| it.leg != leg);
            if dialogs.is_empty() {
                self.phones.remove(phone);
            }
        }
    }

    /// The dialogs of a phone, in the order in which they began.
    pub(crate) fn of(&self, phone: &str) -> &[Lit] {
        self.phones.get(phone).map_or(&[], |dialogs| dialogs)
    }

    /// Whether nobody has a call.
    pub(crate) fn are_out(&self) -> bool {
        self.phones.is_empty()
    }
}
