//! A message that is none: what is wrong with it, and the answer it may still get (RFC 3261 §8.2.6, §16.3).

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use super::{
    respond,
    scan::{Head, StartLine},
};
use crate::{
    Fault, Method, Name, Status,
    grammar::{self, Values},
    header::{NameAddr, Via},
};

/// Why a message was refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct ParseError {
    fault: Fault,
    /// There when it is SIP at all: its lines, as far as they could be read.
    salvage: Option<Box<Head>>,
}

/// What the sender of a broken request is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 400, 505 or 513.
    pub status: Status,
    /// What is wrong, as the reason phrase.
    pub reason: String,
}

impl ParseError {
    pub(super) fn new(head: Head, fault: Fault) -> Self {
        Self { fault, salvage: fault.status().is_some().then(|| Box::new(head)) }
    }

    /// What is wrong.
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// What the sender is told: a request other than ACK with a usable Via gets an answer, all else is dropped.
    pub fn reply(&self) -> Option<Refusal> {
        self.salvage.as_deref().filter(|head| is_answerable(head))?;
        let phrase = self.fault.to_string();
        let reason = phrase[..1].to_ascii_uppercase() + &phrase[1..];
        Some(Refusal { status: self.fault.status()?, reason })
    }

    /// The answer as bytes, sent to where [`WayBack::response_target`](crate::header::WayBack::response_target) says or down the flow; keeps no state.
    pub fn respond(&self, out: &mut BytesMut, source: SocketAddr, to_tag: &str) -> Option<Bytes> {
        let Refusal { status, reason } = self.reply()?;
        let head = self.salvage.as_deref()?;
        let is_untagged =
            head.lines(Name::To).any(|to| NameAddr::parse(to).is_ok_and(|to| to.tag().is_none()));
        let to_tag = is_untagged.then_some(to_tag);
        let top = respond::Top::read(head);
        Some(respond::copied(out, head, (top, source), (status, Some(&reason)), to_tag).end())
    }

    /// The value of a line that could be read, for the log; verbatim.
    pub fn salvaged(&self, name: Name) -> Option<&str> {
        self.salvage.as_deref()?.lines(name).next()
    }

    /// The first line, for the log; verbatim.
    pub fn start(&self) -> Option<&str> {
        let line = self.salvage.as_deref()?.raw.split(|b| b"\r\n".contains(b)).next()?;
        std::str::from_utf8(line).ok()
    }

    /// The line at fault, for the log; verbatim. `None` where no single one is, or it could not be read as one.
    pub fn culprit(&self) -> Option<&str> {
        let name = match self.fault {
            Fault::PeerStartLine | Fault::PeerVersion | Fault::PeerUri => return self.start(),
            Fault::PeerRepeated(name) | Fault::PeerHeader(name) => name,
            Fault::PeerMethod => Name::CSeq,
            Fault::PeerContentLength | Fault::PeerBodyShort => Name::ContentLength,
            Fault::PeerEmpty | Fault::PeerNotSip | Fault::PeerLine | Fault::PeerHeadEnd => return None,
            Fault::PeerMissing(_) | Fault::PeerAddress | Fault::PeerParameter | Fault::PeerValue => {
                return None;
            }
            Fault::LimitMessage | Fault::LimitLines | Fault::LimitLine => return None,
            Fault::LimitVias | Fault::LimitParameters => return None,
        };
        self.salvage.as_deref()?.last_line(name)
    }
}

fn is_answerable(head: &Head) -> bool {
    let is_request = match head.start {
        Ok(StartLine::Request { method, .. }) => head.text(method) != Method::Ack.as_str(),
        Ok(StartLine::Response { .. }) => false,
        Err(fault) => fault.status().is_some() && is_broken_request(head),
    };
    let via = head.lines(Name::Via).next().and_then(|line| Values::new(line).next());
    is_request && via.is_some_and(Via::is_usable)
}

/// Whether the start line, broken as it is, begins like one of a request.
fn is_broken_request(head: &Head) -> bool {
    let word = head.raw.split(|&b| b == b' ').next().unwrap_or_default();
    let word = std::str::from_utf8(word).unwrap_or_default();
    grammar::is_token(word) && word != Method::Ack.as_str()
}
