//! Who calls, as the parties and the record are told.

use std::sync::Arc;

use callplan::step;
use sip::header::Quoted;

use crate::leg::Party;

/// The calling party.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// E.164 number or extension; empty if withheld.
    pub(crate) number: Arc<str>,
    /// Name to show; empty if none.
    pub(crate) name: Arc<str>,
    /// `phone:rosa-desk` or `trunk:carrier-a`.
    pub(crate) party: Arc<str>,
    /// The person who dialled; empty for trunks and phones without one.
    pub(crate) person: Arc<str>,
    /// How the plan knows them.
    pub(crate) facts: step::Caller,
    /// The number of ours that an outside leg shows, without which trunks refuse a call.
    pub(crate) present: Option<callplan::E164>,
    /// The leg's party.
    pub(crate) leg: Party,
}

impl Caller {
    /// From of a leg to one of our phones (RFC 3261 §20.20, RFC 3323 §4.1 for a withheld number).
    pub(crate) fn as_from(&self, domain: &str) -> Box<str> {
        if self.number.is_empty() {
            return "\"Anonymous\" <sip:anonymous@anonymous.invalid>".into();
        }
        if self.name.is_empty() {
            return format!("<sip:{}@{domain}>", self.number).into();
        }
        format!("{} <sip:{}@{domain}>", Quoted(&self.name), self.number).into()
    }
}

/// A display name as it may be shown: no control characters, at most 64 characters (RELIABILITY A2).
pub(crate) fn shown(name: &str) -> Arc<str> {
    name.chars().filter(|char| !char.is_control()).take(64).collect::<String>().trim().into()
}
