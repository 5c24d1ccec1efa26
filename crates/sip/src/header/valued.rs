//! `value;name=value`: media types, events, session timers, reasons and their like (RFC 3261 §7.3.1).

use memchr::memchr;

use super::Params;
use crate::{Fault, Status, grammar};

/// A value that is one word, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valued<'a> {
    /// The word before the first `;`, as written.
    pub value: &'a str,
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> Valued<'a> {
    /// Reads one value.
    ///
    /// # Errors
    /// The peer's fault: no word, or a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let end = memchr(b';', text.as_bytes()).unwrap_or(text.len());
        let value = grammar::trim(&text[..end]);
        if value.is_empty() {
            return Err(Fault::PeerValue);
        }
        Ok(Self { value, params: Params::parse(&text[end..])? })
    }

    /// Whether the word is this one, in any case.
    pub fn is(&self, value: &str) -> bool {
        self.value.eq_ignore_ascii_case(value)
    }
}

/// Why a request was sent (RFC 3326).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850` and so on.
    pub protocol: &'a str,
    /// The status or cause of that protocol.
    pub cause: Option<u16>,
    /// For a person to read; escapes kept.
    pub text: Option<&'a str>,
}

impl<'a> Reason<'a> {
    /// Reads one value of a Reason line.
    ///
    /// # Errors
    /// The peer's fault: no protocol, or a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let Valued { value: protocol, params } = Valued::parse(text)?;
        let cause = params.value("cause").and_then(|cause| cause.parse().ok());
        Ok(Self { protocol, cause, text: params.value("text") })
    }

    /// The status, where the protocol is SIP.
    pub fn status(&self) -> Option<Status> {
        self.cause.filter(|_| self.protocol.eq_ignore_ascii_case("SIP")).and_then(Status::new)
    }
}

/// Which dialog an INVITE takes the place of (RFC 3891 §6.1), or a request refers to (RFC 4538).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaces<'a> {
    /// Its Call-ID.
    pub call_id: &'a str,
    /// The tag of the side that receives this.
    pub to_tag: &'a str,
    /// The tag of the other side.
    pub from_tag: &'a str,
    /// Only while the dialog is early.
    pub early_only: bool,
}

impl<'a> Replaces<'a> {
    /// Reads a Replaces value.
    ///
    /// # Errors
    /// The peer's fault: a tag is missing, or a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let Valued { value: call_id, params } = Valued::parse(text)?;
        Ok(Self {
            call_id,
            to_tag: params.value("to-tag").ok_or(Fault::PeerValue)?,
            from_tag: params.value("from-tag").ok_or(Fault::PeerValue)?,
            early_only: params.has("early-only"),
        })
    }
}
