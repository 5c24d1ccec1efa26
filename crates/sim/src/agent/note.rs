//! What a party notices.

use std::sync::Arc;

use sip::Status;

/// Something a party noticed or did, for those who compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An INVITE for a new call came: its Call-ID and who calls.
    Rung(Arc<str>, Arc<str>),
    /// The switch gave it up, for this cause if it said one (RFC 3326).
    Silenced(Arc<str>, Option<u16>),
    /// It refused.
    Refused(Arc<str>, Status),
    /// It picked up.
    PickedUp(Arc<str>),
    /// Its own call rings at the other end.
    Hears(Arc<str>, Status),
    /// Its own call was answered.
    Answered(Arc<str>),
    /// Its own call came to nothing.
    Failed(Arc<str>, Status),
    /// It hung up.
    HungUp(Arc<str>),
    /// The other side hung up, for this cause if it said one.
    Dropped(Arc<str>, Option<u16>),
    /// A registration was granted, for so many seconds.
    Registered(u32),
    /// A registration was refused.
    NotRegistered(Status),
    /// A subscription was granted, for so many seconds.
    Watches(u32),
    /// A subscription was refused.
    WatchesNot(Status),
    /// A change of the session was taken, or not.
    Changed(Arc<str>, Status),
    /// The other side sent UPDATE.
    Updated(Arc<str>),
    /// The other side sent PRACK; whether it fits.
    Pracked(Arc<str>, bool),
    /// Its REFER was taken, or not.
    Referred(Arc<str>, Status),
    /// The other side tells how the transfer goes.
    Told(Arc<str>, Status),
}
