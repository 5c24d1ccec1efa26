//! Bodies of several parts (RFC 2046 §5.1, RFC 5621): a carrier sends its ISUP, or a place, beside the description
//! of the session.
//!
//! One level is read and at most [`PARTS_MAX`] parts of it; what lies deeper, or beyond, is as good as not sent.

use std::str;

use bytes::Bytes;
use memchr::memmem;

use super::Message;
use crate::header::{Name, Valued};

/// So many parts of a body are read (RELIABILITY P3).
pub const PARTS_MAX: usize = 8;

/// One part of a body of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    kind: Box<str>,
    is_required: bool,
    body: Bytes,
}

impl Part {
    /// Whether its media type is this one, in any case.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// Whether its sender says that the message is useless without it: `handling=required`. RFC 5621 §8.2 takes
    /// silence for that too; but senders who say nothing mean nothing by it, and a call is lost by believing them.
    pub const fn is_required(&self) -> bool {
        self.is_required
    }

    /// What is in it; sharing the bytes of the message.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl Message {
    /// The parts of a body of several, in order; `None` if the body is not one of several.
    pub fn parts(&self) -> Option<Vec<Part>> {
        let kind = self.content_type()?;
        let (major, _) = kind.value.split_once('/')?;
        let boundary = kind.params.value("boundary").filter(|boundary| !boundary.is_empty())?;
        major.eq_ignore_ascii_case("multipart").then(|| split(&self.body(), boundary))
    }

    /// The body of this media type: the whole body, or the first such part of it; empty if there is none. A body
    /// that is not one of several is believed to be what is wanted.
    pub fn body_of(&self, kind: &str) -> Bytes {
        match self.parts() {
            Some(parts) => {
                parts.into_iter().find(|part| part.is(kind)).map(|part| part.body).unwrap_or_default()
            }
            None => self.body(),
        }
    }
}

/// Cuts a body at its boundary. What stands before the first and behind the last is for people (RFC 2046 §5.1.1).
fn split(body: &Bytes, boundary: &str) -> Vec<Part> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    for at in memmem::find_iter(body, delimiter.as_bytes()) {
        if at > 0 && body[at - 1] != b'\n' {
            continue;
        }
        if let Some(start) = start {
            parts.push(part(body, start, at));
        }
        let behind = at + delimiter.len();
        if parts.len() == PARTS_MAX || body[behind..].starts_with(b"--") {
            break;
        }
        start = Some(behind);
    }
    parts
}

/// One part: from behind its delimiter to the start of the next one, whose line break is not part of it.
fn part(body: &Bytes, start: usize, end: usize) -> Part {
    let end = if body[..end].ends_with(b"\r\n") { end - 2 } else { end - 1 }.max(start);
    // The rest of the delimiter's line may hold blanks; then lines of a head, one that is empty, and the body.
    let mut at = start + line(&body[start..end]).len();
    let (mut kind, mut is_required) = ("text/plain", false);
    while at < end {
        let text = line(&body[at..end]);
        at += text.len();
        let text = str::from_utf8(text).unwrap_or_default().trim();
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else { continue };
        match (Name::of(name.trim()), Valued::parse(value)) {
            (Some(Name::ContentType), Ok(value)) => kind = value.value,
            (Some(Name::ContentDisposition), Ok(value)) => {
                let handling = value.params.value("handling");
                is_required = handling.is_some_and(|word| word.eq_ignore_ascii_case("required"));
            }
            (Some(_) | None, _) => {}
        }
    }
    Part { kind: kind.into(), is_required, body: body.slice(at..end) }
}

/// The first line with its break.
fn line(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, body: &str) -> Message {
        let text = format!(
            "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\
             Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b>\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    fn told(kind: &str, body: &str) -> Vec<(String, bool, String)> {
        let parts = message(kind, body).parts().unwrap();
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        parts.iter().map(|part| (part.kind.to_string(), part.is_required, text(&part.body))).collect()
    }

    #[test]
    fn each_part_is_known_by_its_type_and_ends_before_the_break_of_its_boundary() {
        let body = "for people\r\n--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n\r\n--x \r\n\
                    c: Application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=Required\r\n\r\n\
                    \u{1}--x\u{2}\r\n--x--\r\nfor people\r\n--x\r\n\r\nnothing";
        let wanted =
            [("application/sdp", false, "v=0\r\ns=-\r\n"), ("Application/ISUP", true, "\u{1}--x\u{2}")];
        let wanted = wanted.map(|(kind, required, body)| (kind.to_owned(), required, body.to_owned()));
        assert_eq!(told("multipart/mixed;boundary=x", body), wanted);
        assert_eq!(told("Multipart/Mixed; boundary=\"x\"", body), wanted);
        let sdp = message("multipart/mixed;boundary=x", body).body_of("application/SDP");
        assert_eq!(sdp, "v=0\r\ns=-\r\n");
    }

    #[test]
    fn bare_line_breaks_and_parts_without_a_head_are_read() {
        let body = "--x\nContent-Type:application/sdp\n\nv=0\n--x\n\nhello\n--x--";
        let parts = told("multipart/related;boundary=x", body);
        assert_eq!(parts[0], ("application/sdp".to_owned(), false, "v=0".to_owned()));
        assert_eq!(parts[1], ("text/plain".to_owned(), false, "hello".to_owned()));
    }

    #[test]
    fn what_is_broken_is_not_there() {
        let kind = "multipart/mixed;boundary=x";
        for body in
            ["", "--x", "--x--", "--x\r\n", "no boundary", "--x\r\nContent-Type: application/sdp\r\n\r\nv=0"]
        {
            assert_eq!(told(kind, body), [], "{body:?}");
            assert!(message(kind, body).body_of("application/sdp").is_empty());
        }
        let headless = told(kind, "--x\r\n--x\r\n--x--");
        assert!(
            headless.iter().all(|(kind, _, body)| kind == "text/plain" && body.is_empty()),
            "{headless:?}"
        );
        assert_eq!(message("multipart/mixed", "--x").parts(), None);
        assert_eq!(message("application/sdp", "v=0").parts(), None);
        assert_eq!(message("application/sdp", "v=0").body_of("application/sdp"), "v=0");
    }

    #[test]
    fn no_more_parts_are_read_than_the_bound() {
        let body = "--x\r\n\r\nhello\r\n".repeat(1_000);
        assert_eq!(told("multipart/mixed;boundary=x", &body).len(), PARTS_MAX);
    }
}
