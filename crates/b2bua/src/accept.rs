//! Which bodies a sender takes (RFC 3261 §20.1, RFC 9110 §12.5.1).

use sip::{Message, Name, header::Valued};

/// Whether the sender takes bodies of this type. One that does not say, or says nothing, takes what is usual. The
/// closest range decides, and what has a weight of zero is not taken.
pub(crate) fn accepts(request: &Message, kind: &str) -> bool {
    let family = kind.split('/').next().unwrap_or_default();
    let mut ranges = request.values(Name::Accept).peekable();
    if ranges.peek().is_none() {
        return true;
    }
    let weighed = ranges.filter_map(|range| {
        let range = Valued::parse(range).ok()?;
        let closeness = match range.value.split_once('/')? {
            _ if range.is(kind) => 2,
            (of, "*") if of.eq_ignore_ascii_case(family) => 1,
            ("*", "*") => 0,
            _ => return None,
        };
        Some((closeness, range.params.value("q").is_none_or(is_some_weight)))
    });
    weighed.max_by_key(|(closeness, _)| *closeness).is_some_and(|(_, is_taken)| is_taken)
}

fn is_some_weight(weight: &str) -> bool {
    weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_range_decides_and_zero_is_no() {
        let accepts = |line: &str| {
            let text = format!(
                "SUBSCRIBE sip:102@pbx SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@pbx>;tag=1\r\n\
                 To: <sip:102@pbx>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\n{line}\r\n"
            );
            accepts(&Message::parse(text.into()).unwrap(), "application/sdp")
        };
        for taken in [
            "",
            "Accept:\r\n",
            "Accept: application/sdp\r\n",
            "Accept: text/plain, Application/SDP;q=0.1\r\n",
            "Accept: application/*\r\n",
            "Accept: */*;q=0, application/*\r\n",
        ] {
            assert!(accepts(taken), "{taken}");
        }
        for refused in [
            "Accept: text/plain\r\n",
            "Accept: application/sdp;q=0\r\n",
            "Accept: application/*, application/sdp;q=0.000\r\n",
            "Accept: text/*, application\r\n",
        ] {
            assert!(!accepts(refused), "{refused}");
        }
    }
}
