//! Option tags: which extensions a party may require, and which it can (RFC 3261 §19.2).

use callplan::{Reliable, Session, SessionTimer};
use sip::{Message, Name};

/// Reliable provisionals (RFC 3262 §8.1).
pub(crate) const RELIABLE: &str = "100rel";
/// Session timers (RFC 4028 §12).
pub(crate) const TIMER: &str = "timer";

/// Whether a header of this name lists the tag.
pub(crate) fn lists(message: &Message, name: Name, tag: &str) -> bool {
    message.values(name).any(|value| value.eq_ignore_ascii_case(tag))
}

/// Value of `Supported` towards a party with these rules. `replaces` (RFC 3891 §6.2) hangs on none.
pub(crate) const fn supported(rules: Session) -> &'static str {
    match (rules.timer, rules.reliable) {
        (SessionTimer::Off, Reliable::Off) => "replaces",
        (SessionTimer::Off, Reliable::IfAsked | Reliable::Always) => "100rel, replaces",
        (SessionTimer::IfAsked | SessionTimer::Asked(_), Reliable::Off) => "timer, replaces",
        (SessionTimer::IfAsked | SessionTimer::Asked(_), Reliable::IfAsked | Reliable::Always) => {
            "timer, 100rel, replaces"
        }
    }
}

/// What a request requires that is not ours, as `Unsupported` wants it; `None` if all of it is
/// (RFC 3261 §8.2.2.3).
pub(crate) fn unsupported(request: &Message, rules: Session) -> Option<String> {
    let ours = |tag: &&str| Values(supported(rules)).has(tag);
    let unknown: Vec<_> = request.values(Name::Require).filter(|tag| !ours(tag)).collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

struct Values(&'static str);

impl Values {
    fn has(&self, tag: &str) -> bool {
        self.0.split(", ").any(|known| known.eq_ignore_ascii_case(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requiring(tags: &str) -> Message {
        let text = format!(
            "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nRequire: {tags}\r\n\r\n"
        );
        Message::parse(text.into()).unwrap()
    }

    #[test]
    fn only_what_is_not_ours_is_unsupported() {
        let rules = Session::default();
        assert_eq!(unsupported(&requiring("100REL, timer"), rules), None);
        assert_eq!(unsupported(&requiring("precondition, timer, x"), rules), Some("precondition, x".into()));
        let off = Session { timer: SessionTimer::Off, reliable: Reliable::Off, ..rules };
        assert_eq!(unsupported(&requiring("100rel, timer"), off), Some("100rel, timer".into()));
    }
}
