//! What one party may be told of another by mistake.

use sip::{Message, Method, Name};

use super::{Fault, text::with_body};

/// How the caller of the INVITE that came last named itself.
#[derive(Debug, Default)]
pub(super) struct Caller {
    call_id: String,
    device: String,
    session: String,
}

impl Caller {
    /// Who calls, if a message begins a call.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let is_first =
            *message.method() == Method::Invite && message.is_request() && message.to_tag().is_none();
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        let session = body.lines().find(|line| line.starts_with("o="));
        is_first.then(|| Self {
            call_id: message.call_id().to_owned(),
            device: message.header(Name::UserAgent).unwrap_or_default().to_owned(),
            session: session.unwrap_or_default().to_owned(),
        })
    }

    /// What a fault makes of the INVITE of a new leg; `None` if it leaves it alone.
    #[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
    pub(super) fn spoils(&self, fault: Fault, text: &str) -> Option<String> {
        let Self { call_id, device, session } = self;
        let with = |line: String| text.replacen("\r\nCSeq: ", &format!("\r\n{line}\r\nCSeq: "), 1);
        match fault {
            Fault::CallIdKept => Some(with(format!("X-Original-Call-ID: {call_id}"))),
            Fault::DeviceTold => Some(with(format!("X-Original-Device: {device}"))),
            Fault::OriginPassed if !session.is_empty() => {
                let (_, body) = text.split_once("\r\n\r\n")?;
                let lines = body.split("\r\n");
                let line = |line| if str::starts_with(line, "o=") { session.as_str() } else { line };
                Some(with_body(text, &lines.map(line).collect::<Vec<_>>().join("\r\n")))
            }
            _ => None,
        }
    }
}
