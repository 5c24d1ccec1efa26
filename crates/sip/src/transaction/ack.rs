//! The ACK that a client transaction sends for a refusal (RFC 3261 §17.1.1.3).

use bytes::{BufMut, Bytes, BytesMut};

use crate::Name;

/// Writes the ACK for a 3xx-6xx to `invite`, which we wrote; `to` is the To of the response.
///
/// It goes where the INVITE went, so Request-URI, Via, Route, From, Call-ID and the number in CSeq are
/// taken over as they stand. Lines are copied without being understood: this can't fail.
pub(super) fn of_failure(invite: &[u8], to: &str) -> Bytes {
    let mut ack = BytesMut::with_capacity(invite.len().min(1024));
    let mut lines = invite.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    ack.put_slice(b"ACK");
    ack.put_slice(lines.next().and_then(|start| start.strip_prefix(b"INVITE")).unwrap_or_default());
    ack.put_slice(b"\r\n");
    for line in lines.take_while(|line| !line.is_empty()) {
        match name_of(line) {
            Some(Name::Via | Name::Route | Name::From | Name::CallId | Name::MaxForwards) => {
                ack.put_slice(line)
            }
            Some(Name::To) => {
                ack.put_slice(b"To: ");
                ack.put_slice(to.as_bytes());
            }
            Some(Name::CSeq) => {
                ack.put_slice(line.strip_suffix(b"INVITE").unwrap_or(line));
                ack.put_slice(b"ACK");
            }
            _ => continue,
        }
        ack.put_slice(b"\r\n");
    }
    ack.put_slice(b"Content-Length: 0\r\n\r\n");
    ack.freeze()
}

fn name_of(line: &[u8]) -> Option<Name> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Name::of(std::str::from_utf8(&line[..colon]).ok()?.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_of_a_refusal_repeats_the_invite_with_the_to_of_the_response() {
        let invite = b"INVITE sip:bob@b.example SIP/2.0\r\n\
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKaaaaaaaaaaaaaaaa\r\n\
            Max-Forwards: 69\r\n\
            Route: <sip:p1.example;lr>\r\n\
            Route: <sip:p2.example;lr>\r\n\
            f: <sip:ana@a.example>;tag=1\r\n\
            To: <sip:bob@b.example>\r\n\
            Call-ID: c1\r\n\
            CSeq: 7 INVITE\r\n\
            Authorization: Digest username=\"ana\"\r\n\
            Content-Type: application/sdp\r\n\
            Content-Length: 5\r\n\r\nv=0\r\n";
        let ack = of_failure(invite, "<sip:bob@b.example>;tag=9");
        assert_eq!(
            std::str::from_utf8(&ack).unwrap(),
            "ACK sip:bob@b.example SIP/2.0\r\n\
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKaaaaaaaaaaaaaaaa\r\n\
            Max-Forwards: 69\r\n\
            Route: <sip:p1.example;lr>\r\n\
            Route: <sip:p2.example;lr>\r\n\
            f: <sip:ana@a.example>;tag=1\r\n\
            To: <sip:bob@b.example>;tag=9\r\n\
            Call-ID: c1\r\n\
            CSeq: 7 ACK\r\n\
            Content-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn whatever_is_taken_for_an_invite_an_ack_can_be_written() {
        for odd in ["", "INVITE", "\r\n\r\n", "INVITE x SIP/2.0\nCSeq\n:\nVia", "\u{fe}:\r\n"] {
            of_failure(odd.as_bytes(), "");
        }
    }
}
