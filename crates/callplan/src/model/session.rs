//! How sessions with a party are kept: session timers and reliable provisionals.

use std::time::Duration;

/// Rules of a trunk or a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Whether sessions end that nobody refreshes.
    pub timer: SessionTimer,
    /// Who refreshes, where that is ours to choose.
    pub refresher: Refresher,
    /// Whether provisionals are made reliable.
    pub reliable: Reliable,
}

impl Session {
    /// What holds where nothing is said.
    pub(crate) const USUAL: Self =
        Self { timer: SessionTimer::IfAsked, refresher: Refresher::Either, reliable: Reliable::IfAsked };
}

/// Whether sessions end that nobody refreshes (RFC 4028).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionTimer {
    /// `off`: as if we had never heard of them.
    Off,
    /// `if-asked`: the party may ask; half an hour at most, if it can be less.
    #[default]
    IfAsked,
    /// `30m`: we ask for so long.
    Asked(Duration),
}

/// Who refreshes a session (RFC 4028 §7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresher {
    /// `either`: the party if it says so, else we.
    #[default]
    Either,
    /// `us`.
    Us,
    /// `them`.
    Them,
}

/// Whether provisionals are made reliable (RFC 3262).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliable {
    /// `off`: as if we had never heard of them.
    Off,
    /// `if-asked`: where the party requires it.
    #[default]
    IfAsked,
    /// `always`: wherever the party can.
    Always,
}
