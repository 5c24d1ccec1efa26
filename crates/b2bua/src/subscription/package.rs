//! Event packages: what a watcher may be told of (RFC 3842, RFC 4235, RFC 3856).

use sip::Message;

use crate::accept::accepts;

/// What of a thing is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Package {
    /// Messages that wait (RFC 3842).
    MessageSummary,
    /// Calls under way (RFC 4235).
    Dialog,
    /// Whether somebody can be reached (RFC 3856).
    Presence,
}

/// Value of Allow-Events.
pub(crate) const ALLOW_EVENTS: &str = "message-summary, dialog, presence";

impl Package {
    /// Every package.
    pub(crate) const ALL: [Self; 3] = [Self::MessageSummary, Self::Dialog, Self::Presence];

    /// The package of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|package| package.name().eq_ignore_ascii_case(name))
    }

    /// Its name in Event.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
            Self::Presence => "presence",
        }
    }

    /// The type of its documents.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::MessageSummary => "application/simple-message-summary",
            Self::Dialog => "application/dialog-info+xml",
            Self::Presence => "application/pidf+xml",
        }
    }

    /// Whether the watcher takes its documents; one that does not say takes the package's own.
    pub(super) fn is_accepted_by(self, request: &Message) -> bool {
        accepts(request, self.content_type())
    }
}
