//! What a refusal says of a description that it can't use (RFC 3261 §20.43).

use sip::Message;

use super::{Description, SdpError, carried};

/// Bytes of formats that are named.
const SPOKEN_MAX: usize = 100;

/// The code and text of `Warning` for the description in a request; `None` where nothing is wrong with it by itself.
pub(crate) fn objection(request: &Message) -> Option<(u16, &'static str)> {
    let body = carried(request);
    if body.is_empty() {
        return None;
    }
    Some(match Description::parse(&body).err()? {
        SdpError::NoAudio if is_encrypted(&body) => (302, "Incompatible transport protocol; taken: RTP/AVP"),
        SdpError::NoAudio => (304, "Media type not available; taken: audio"),
        SdpError::NoFormat => (305, "Incompatible media format; taken: PCMA, PCMU"),
        SdpError::NoAddress => (301, "Incompatible network address formats; taken: IP4, IP6"),
        SdpError::ForbiddenAddress => {
            (301, "Incompatible network address formats; taken: the address of one machine")
        }
        SdpError::TooManyMedia => (399, "Too many media lines; taken: one of audio"),
        SdpError::TooLong | SdpError::Unreadable => return None,
    })
}

/// The code and text where what is offered has nothing of `spoken`, which the other party may have named: it is not
/// said if it is long or holds more than names of formats.
pub(crate) fn no_format(spoken: &str) -> Option<(u16, String)> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+, ".contains(&byte);
    let is_fit = (1..=SPOKEN_MAX).contains(&spoken.len()) && spoken.bytes().all(is_name);
    is_fit.then(|| (305, format!("Incompatible media format; taken: {spoken}")))
}

/// The header's value, said by `agent`.
pub(crate) fn value(agent: &str, (code, text): (u16, &str)) -> String {
    format!("{code} {agent} \"{text}\"")
}

fn is_encrypted(body: &[u8]) -> bool {
    body.windows(8).any(|it| it == b"RTP/SAVP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_formats_are_passed_on() {
        let text = |spoken: &str| no_format(spoken).map(|(_, text)| text);
        assert_eq!(text("PCMA, G726-32").as_deref(), Some("Incompatible media format; taken: PCMA, G726-32"));
        for spoken in ["", "x\"y", "x\\", "x\r\ny", "caf\u{e9}", &"x".repeat(101)] {
            assert_eq!(text(spoken), None, "{spoken:?}");
        }
    }
}
