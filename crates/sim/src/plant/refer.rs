//! What may go wrong for those who transfer.

use sip::{Message, Status};

use super::Fault;
use crate::agent::fragment;

/// What a fault makes of the last word of a transfer; `None` if it leaves it alone. Empty is lost.
#[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
pub(super) fn spoils(fault: Fault, message: &Message, text: &str) -> Option<Vec<String>> {
    if !told(message).is_some_and(Status::is_final) {
        return None;
    }
    match fault {
        Fault::TransferUntold => Some(Vec::new()),
        Fault::TransferGoesOn => {
            Some(vec![text.replacen("terminated;reason=noresource", "active;expires=190", 1)])
        }
        _ => None,
    }
}

/// Whether it tells that a transfer worked.
pub(super) fn tells_success(message: &Message) -> bool {
    told(message).is_some_and(Status::is_success)
}

fn told(message: &Message) -> Option<Status> {
    if message.status().is_none() { fragment(message) } else { None }
}
