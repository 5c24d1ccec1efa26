//! Telephone numbers: the checked dial string, how people and carriers write numbers, what they are.
//!
//! Everything that is dialled passes through [`Digits`]; routing compares values of this type and of
//! [`E164`], and never text from the network. Knows numbering plans, as data; must never know people or
//! trunks beyond how they write. ITU-T E.164, RFC 3966 §5.1.

mod countries;
mod digits;
pub(crate) mod example;
mod format;
mod numbering;
mod pattern;
pub(crate) mod short;

pub use countries::NUMBERINGS;
pub use digits::{DIGITS_MAX, Digits, DigitsError};
pub use numbering::{Areas, Numbering, TrunkPrefix};
pub use pattern::kind_of;
pub(crate) use pattern::prefixes;
pub use short::is_short;

use crate::E164;

/// Text behind a `+`, or digits without one, as a number: the parts are written behind one another.
fn e164(parts: &[&str]) -> Option<E164> {
    E164::from_digits(&Digits::join(parts)?)
}
