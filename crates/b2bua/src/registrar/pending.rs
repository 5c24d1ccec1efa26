//! What a phone waits for until the store has what it registered.

use clock::Key;

use super::{aor::Aor, reply::Extras};

/// An answer owed.
#[derive(Debug)]
pub(super) struct Promise<A> {
    pub(super) asker: A,
    pub(super) aor: Key<Aor>,
    pub(super) extras: Extras,
}
