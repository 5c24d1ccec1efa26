//! What the switch counts about itself; each bound has a counter that shows it.

use sip::Status;

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// SIP messages taken in.
    pub messages: u64,
    /// Messages that could not be read: answered 400 where the RFC allows, else dropped.
    pub malformed: u64,
    /// Datagrams of strangers dropped unread because too many came (RELIABILITY P8).
    pub flooded: u64,
    /// Strangers not answered because the answer would have been more than twice as long.
    pub unanswered: u64,
    /// Requests answered with a challenge.
    pub challenged: u64,
    /// Requests dropped unanswered because their source guesses passwords.
    pub ignored: u64,
    /// NOTIFYs sent to watchers.
    pub notified: u64,
    /// Calls that came in, whatever became of them.
    pub calls: u64,
    /// Calls that were answered, by somebody or by their plan, while the version that they began on was in force.
    pub answered: u64,
    /// Calls that ended unanswered while their version was in force, those turned away at once among them.
    pub in_vain: u64,
    /// Calls of these that could not be set up: nobody behind the number, no way there, not permitted, a limit, a
    /// fault of ours.
    pub not_set_up: u64,
    /// Calls refused because a limit was reached.
    pub refused_by_limit: u64,
    /// Calls cut because whoever pays had nothing left of what they may spend.
    pub cut_by_limit: u64,
    /// Calls that came back to where they started (RFC 3261 §16.3 step 4, RFC 5393).
    pub loops: u64,
    /// 2xx that crossed our CANCEL and were ended by BYE (RFC 5407 §3.1.2).
    pub answers_too_late: u64,
    /// 2xx of ours that no ACK came for.
    pub unacknowledged: u64,
    /// Parties that talked and then sent nothing any more (RELIABILITY M8).
    pub vanished: u64,
    /// Sessions that nobody refreshed in time (RFC 4028 §10).
    pub not_refreshed: u64,
    /// Changes refused because a party asked for too many a second (RELIABILITY P10).
    pub changes_refused: u64,
    /// Re-INVITEs of ours that met one of the party (RFC 3261 §14.1).
    pub glares: u64,
    /// Inputs that met a fault of ours: the call was dropped, the switch lived.
    pub faults: u64,
    /// Chains of effects cut off because they would not end.
    pub effects_cut: u64,
}

impl Counters {
    /// A call was refused at once. Where the request itself is at fault it is no call, for whoever sent it mends it.
    pub(crate) fn turned_away(&mut self, status: Status) {
        if matches!(status.code(), 403 | 404 | 480 | 500..=599) {
            self.in_vain += 1;
            self.not_set_up += 1;
        }
    }
}
