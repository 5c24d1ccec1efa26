//! Where a party sends a call instead of taking it (RFC 3261 §8.1.3.4, §21.3).

use std::cmp::Reverse;

use sip::{Message, Name, Status};
use smallvec::SmallVec;

use super::Leg;

/// Contacts of one response that are looked at.
const CONTACTS_MAX: usize = 4;

impl Leg {
    /// The places that the party named when it refused, the best first; empty unless it sent the call on.
    pub(crate) fn elsewhere(&mut self) -> Vec<Box<str>> {
        std::mem::take(&mut self.elsewhere)
    }
}

/// The contacts of a response that sends a call on, by their `q`, and as they stand among equals. A proxy to be
/// used (305) and another service (380) are none.
pub(super) fn named_in(response: &Message) -> Vec<Box<str>> {
    let sends_on = matches!(
        response.status(),
        Some(Status::MULTIPLE_CHOICES | Status::MOVED_PERMANENTLY | Status::MOVED_TEMPORARILY)
    );
    let contacts = response.addresses(Name::Contact).filter(|_| sends_on).take(CONTACTS_MAX).flatten();
    let mut named: SmallVec<[(u16, &str); CONTACTS_MAX]> =
        contacts.map(|contact| (thousandths(contact.params.value("q")), contact.uri.as_str())).collect();
    named.sort_by_key(|(q, _)| Reverse(*q));
    named.into_iter().map(|(_, uri)| uri.into()).collect()
}

/// `0.7` as 700; 1000 if there is none (RFC 3261 §20.10), 0 for what is none.
fn thousandths(q: Option<&str>) -> u16 {
    let Some(q) = q else { return 1_000 };
    let (whole, rest) = q.split_once('.').unwrap_or((q, ""));
    match format!("{whole}{rest:0<3}").parse() {
        Ok(value) if rest.len() <= 3 && value <= 1_000 => value,
        Ok(_) | Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts(status: u16, lines: &str) -> Vec<Box<str>> {
        let text = format!(
            "SIP/2.0 {status} Moved\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        named_in(&Message::parse(text.into()).unwrap())
    }

    #[test]
    fn contacts_come_by_preference_and_in_order() {
        let lines = "Contact: <sip:a@h>;q=0.2, <tel:+12025550123>;q=0.7\r\nContact: <sip:b@h>;q=0.25\r\n\
                     m: <sip:c@h>;q=.7\r\nContact: <sip:fifth@h>;q=1\r\n";
        let sorted = ["tel:+12025550123", "sip:c@h", "sip:b@h", "sip:a@h"].map(Box::from);
        assert_eq!(contacts(302, lines), sorted);
        assert_eq!(contacts(305, lines), []);
        assert_eq!(contacts(302, ""), []);
    }

    #[test]
    fn a_q_is_a_thousandth_of_one_at_least() {
        for (q, value) in [
            ("1", 1_000),
            ("1.0", 1_000),
            ("0", 0),
            ("0.5", 500),
            ("0.125", 125),
            ("2", 0),
            ("-1", 0),
            ("x", 0),
        ] {
            assert_eq!(thousandths(Some(q)), value, "{q}");
        }
        assert_eq!(thousandths(None), 1_000);
    }
}
