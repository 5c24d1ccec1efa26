//! Who calls, as the parties and the record are told.

use std::sync::Arc;

use callplan::{E164, NumberId, step};

use crate::{identity::heard::Luggage, leg::Party};

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
    pub(crate) present: Option<E164>,
    /// The number that a carrier vouched for, told on to none but networks if the caller wants that.
    pub(crate) asserted: Option<E164>,
    /// The number of ours that was called.
    pub(crate) called: Option<NumberId>,
    /// The caller wants to stay unknown.
    pub(crate) is_private: bool,
    /// Neither side may learn the other's number: something on the call's way said so.
    pub(crate) is_masked: bool,
    /// What the call brought along.
    pub(crate) luggage: Option<Arc<Luggage>>,
    /// The leg's party.
    pub(crate) leg: Party,
}
