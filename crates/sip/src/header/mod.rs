//! Header values, each read from the text of its line when somebody asks (RFC 3261 §20).
//!
//! The types borrow from the message and keep what they were read from, so writing one gives the same text again.
//! They know grammar and nothing of what a value means to a call.

mod auth;
mod contact;
mod cseq;
mod name;
mod name_addr;
mod params;
mod valued;
mod via;

pub use auth::{Challenge, Credentials};
pub use contact::Contacts;
pub use cseq::{CSeq, RAck};
pub use name::Name;
pub use name_addr::{NameAddr, Quoted};
pub use params::{PARAMETERS_MAX, Param, Params};
pub use valued::{Reason, Replaces, Valued};
pub(crate) use via::COOKIE;
pub use via::{Via, WayBack};

pub use crate::grammar::Values;
