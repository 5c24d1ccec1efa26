//! Our pings on a connection that we opened, and the peer's answers to them (RFC 5626 §3.5.1, §4.4.1).
//!
//! | a ping is | event | then |
//! |---|---|---|
//! | due | its time | sent, answered within 10 s |
//! | out | the pong | the next is due; the peer is known to answer |
//! | out | part of a message | 10 s more: what answers it comes behind that message |
//! | out | 10 s | a peer that once answered is gone; any other may know no pings (RFC 3261 §7.5) |
//!
//! A line end that answers no ping of ours says nothing.

use std::time::Duration;

use tokio::time::Instant;

/// Between two pings of ours (RFC 5626 §4.4.1: 95 to 120 s), by the connection's number so that they spread.
const PING: Duration = Duration::from_secs(95);
const PING_SPREAD: u64 = 25;

/// How soon a peer that answers pings has to answer one (RFC 5626 §4.4.1).
pub(super) const PONG: Duration = Duration::from_secs(10);

/// What is known of our pings and their answers.
#[derive(Debug)]
pub(super) struct KeepAlive {
    interval: Duration,
    ping: Ping,
    /// Whether the peer ever answered a ping: one that never does is no worse for it, one that stops is gone.
    is_understood: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    /// The next is due then.
    Due(Instant),
    /// One is out, to be answered until then.
    Out(Instant),
}

/// What is to be done when the time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send a ping.
    Ping,
    /// Wait: nothing follows from silence.
    Wait,
    /// Close: the peer is gone.
    Close,
}

impl KeepAlive {
    /// Of the connection of this number, from now on.
    pub(super) fn new(connection: u32, now: Instant) -> Self {
        let interval = PING + Duration::from_secs(u64::from(connection) % PING_SPREAD);
        Self { interval, ping: Ping::Due(now + interval), is_understood: false }
    }

    /// When [`next`](Self::next) is to be asked.
    pub(super) const fn at(&self) -> Instant {
        match self.ping {
            Ping::Due(at) | Ping::Out(at) => at,
        }
    }

    /// Whether a line end between messages would answer us.
    pub(super) const fn is_asking(&self) -> bool {
        matches!(self.ping, Ping::Out(_))
    }

    /// The peer answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.ping = Ping::Due(now + self.interval);
        self.is_understood = true;
    }

    /// The peer is in the middle of a message.
    pub(super) fn speaks(&mut self, now: Instant) {
        if self.is_asking() {
            self.ping = Ping::Out(now + PONG);
        }
    }

    /// The time has come.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        match self.ping {
            Ping::Due(_) => {
                self.ping = Ping::Out(now + PONG);
                Next::Ping
            }
            Ping::Out(_) if self.is_understood => Next::Close,
            Ping::Out(_) => {
                self.ping = Ping::Due(now + self.interval);
                Next::Wait
            }
        }
    }
}
