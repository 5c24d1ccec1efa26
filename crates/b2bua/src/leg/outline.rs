//! What a leg is of: its call, its side of it, its party.

use std::{fmt, sync::Arc};

use callplan::step::TargetId;
use clock::Key;
use sip::flow::Flow;

use crate::call::Call;

/// What a call decides before it has a leg.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    /// Whose leg.
    pub(crate) call: Key<Call>,
    /// Which side.
    pub(crate) side: Side,
    /// Who is at the other end.
    pub(crate) party: Party,
    /// Where the INVITE goes or came from.
    pub(crate) flow: Flow,
    /// Which device of a phone it is, if it is registered.
    pub(crate) device: Option<Arc<str>>,
    /// The media thread of the call.
    pub(crate) thread: u8,
    /// How the session is kept.
    pub(crate) rules: callplan::Session,
}

/// Which side of the call a leg is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It received the first INVITE.
    A,
    /// It was originated for this target of the plan.
    B(TargetId),
}

/// Who is at the other end, by name: a leg may outlive the version of the site that it began under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// A registered phone.
    Phone(Arc<str>),
    /// A carrier, or an agent by the trunk that leads there.
    Trunk(Arc<str>),
}

impl Party {
    /// As records have it: `phone:ana-desk`, `trunk:carrier-a`, `agent:frontdesk`.
    pub(crate) fn in_record(&self) -> Arc<str> {
        match self {
            Self::Phone(name) => format!("phone:{name}").into(),
            Self::Trunk(name) if is_of_agent(name) => name.clone(),
            Self::Trunk(name) => format!("trunk:{name}").into(),
        }
    }
}

/// Whether a trunk is an agent's: no carrier has a colon in its name.
fn is_of_agent(trunk: &str) -> bool {
    trunk.contains(':')
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(name) => write!(f, "phone {name}"),
            Self::Trunk(name) if is_of_agent(name) => f.write_str(name),
            Self::Trunk(name) => write!(f, "trunk {name}"),
        }
    }
}
