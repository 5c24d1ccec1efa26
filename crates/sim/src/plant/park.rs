//! Faults in how callers are parked.

use sip::{Message, Method};

use super::Fault;

/// What a fault makes of a message; `None` if it leaves it alone. Empty is lost.
#[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
pub(super) fn spoils(fault: Fault, message: &Message, text: &str) -> Option<Vec<String>> {
    let is = |method: Method| message.is_request() && *message.method() == method;
    match fault {
        Fault::SlotUntold if is(Method::Message) => Some(Vec::new()),
        Fault::SlotMistold if is(Method::Message) => {
            Some(vec![text.replacen("Parked at 701", "Parked at 702", 1)])
        }
        Fault::ReturnUnnamed if is(Method::Invite) => {
            let unnamed = |text: String, slot: u32| {
                let (alone, before) = (format!("From: \"{slot}\" "), format!("From: \"{slot}: "));
                text.replacen(&alone, "From: ", 1).replacen(&before, "From: \"", 1)
            };
            Some(vec![(701..=703).fold(text.to_owned(), unnamed)])
        }
        _ => None,
    }
}

/// A REFER to one slot, as if it were to another.
pub(super) fn mistaken(text: &str) -> String {
    if text.starts_with("REFER ") { text.replacen("<sip:701@", "<sip:702@", 1) } else { text.to_owned() }
}
