//! Contact (RFC 3261 §20.10), whose star stands for all bindings of a REGISTER (§10.2.2).

use smallvec::SmallVec;

use super::NameAddr;

/// What the Contact lines of a message say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts<'a> {
    /// `*`, alone.
    Star,
    /// Addresses in order; none when there is no Contact.
    List(SmallVec<[NameAddr<'a>; 1]>),
}

impl<'a> Contacts<'a> {
    /// The first address, which for a dialog is the only one (RFC 3261 §8.1.1.8).
    pub fn first(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Star => None,
            Self::List(list) => list.first(),
        }
    }
}
