//! INFO: keys that a phone tells in signalling instead of media (`application/dtmf-relay`, as widely spoken;
//! RFC 6086 never gave it a package).

use sip::{Message, Status, transaction::ServerKey};

use super::{Leg, News};
use crate::core::Core;

impl Leg {
    /// Takes a key, or an INFO without a body.
    pub(super) fn info(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        let body = request.body();
        if body.is_empty() {
            return core.refuse(key, request, Status::OK);
        }
        match str::from_utf8(&body).ok().and_then(signal) {
            Some(pressed) => {
                core.refuse(key, request, Status::OK);
                self.tell(News::Key(pressed), core);
            }
            None => core.refuse(key, request, Status::BAD_REQUEST),
        }
    }
}

/// The key of `Signal=5`.
fn signal(body: &str) -> Option<char> {
    let value = body.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then_some(value.trim())
    })?;
    let mut chars = value.chars();
    let key = chars.next()?.to_ascii_uppercase();
    (chars.next().is_none() && matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::signal;

    #[test]
    fn a_signal_is_one_key_of_a_telephone() {
        assert_eq!(signal("Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(signal("signal = #\r\n"), Some('#'));
        for bad in ["", "Signal=", "Signal=12", "Signal=x", "Duration=5"] {
            assert_eq!(signal(bad), None, "{bad}");
        }
    }
}
