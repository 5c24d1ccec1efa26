//! What a phone is told: the status, and the lines that a registrar adds (RFC 3261 §10.3, step 8).

use std::{borrow::Cow, fmt::Write, time::Duration};

use clock::{Instant, Now};
use sip::{Name, Status, decimal};
use smallvec::SmallVec;

use super::{binding::Binding, date};

/// A response without what every response copies from its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The final status.
    pub status: Status,
    /// Header lines, in order.
    pub lines: SmallVec<[(Name, Cow<'static, str>); 4]>,
}

impl Reply {
    pub(super) fn empty(status: Status) -> Self {
        Self { status, lines: SmallVec::new() }
    }

    pub(super) fn with(mut self, name: Name, value: impl Into<Cow<'static, str>>) -> Self {
        self.lines.push((name, value.into()));
        self
    }

    /// 200 with every binding, each promised for `at_most` at the longest.
    pub(super) fn bindings(
        now: Now,
        bindings: &[Binding],
        extras: &Extras,
        at_most: Option<Duration>,
    ) -> Self {
        let mut reply = Self::empty(Status::OK);
        for binding in bindings.iter().filter(|it| now.mono < it.expires) {
            reply = reply.with(Name::Contact, contact(now.mono, binding, at_most));
        }
        if let Some(limit) = at_most {
            reply = reply.with(Name::Expires, limit.as_secs().to_string());
        }
        if let Some(path) = &extras.path {
            reply = reply.with(Name::Path, path.clone());
        }
        if extras.outbound {
            // MUST be told, or the phone takes its flows for unmanaged (RFC 5626 §6).
            reply = reply.with(Name::Require, "outbound");
        }
        if let Some(seconds) = extras.flow_timer {
            reply = reply.with(Name::FlowTimer, seconds);
        }
        reply.with(Name::Date, date::text(now.wall))
    }
}

/// What a 200 holds besides the bindings.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    /// The Path that was stored, for a phone that asked to know (RFC 3327 §5.3).
    pub(super) path: Option<String>,
    pub(super) outbound: bool,
    /// How soon the phone is to send something on this flow, in seconds (RFC 5626 §5.4).
    pub(super) flow_timer: Option<&'static str>,
}

fn contact(now: Instant, binding: &Binding, at_most: Option<Duration>) -> String {
    let left = binding.expires.since(now).min(at_most.unwrap_or(Duration::MAX));
    let params = binding.identity.params();
    let mut text =
        String::with_capacity(binding.contact.len() + params.len() + "<>;expires=86400;q=0.000".len());
    ["<", &binding.contact, ">;expires="].iter().for_each(|part| text.push_str(part));
    let _ = decimal::number(&mut text, left.as_secs());
    if binding.q < 1000 {
        let _ = write!(text, ";q=0.{:03}", binding.q);
    }
    text.push_str(params);
    text
}
