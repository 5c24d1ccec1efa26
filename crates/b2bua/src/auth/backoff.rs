//! Who guesses passwords (RELIABILITY A5): ten failures in five minutes close an account to strangers and a
//! source to all accounts, for a pause that doubles each time.
//!
//! An address at which an account proved itself within a day is no stranger to it: guessing never locks
//! a phone out from where it is registered. Accounts are counted by the name that was tried, whether there is
//! such a phone or not, so that the pause tells nothing (RELIABILITY A4).

use std::{net::IpAddr, time::Duration};

use clock::Instant;

use super::Limits;
use crate::shared::recent::Recent;

/// Remembers failures and successes.
#[derive(Debug)]
pub(super) struct Backoff {
    limits: Limits,
    /// By account and by source.
    failures: Recent<Failures>,
    /// Addresses of accounts, and addresses alone, with the last success.
    proven: Recent<Instant>,
}

/// How often somebody failed of late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failures {
    /// When the ones counted began.
    since: Instant,
    count: u32,
    /// Times it was closed without an hour of peace between.
    closed: u32,
    until: Instant,
}

/// Whom failures are counted for.
#[derive(Clone, Copy, Debug, Hash)]
enum Whom<'a> {
    Account(&'a str),
    Source(u128),
    Proven(&'a str, u128),
}

/// Peace that makes the next pause the first again.
const PEACE: Duration = Duration::from_secs(3600);

impl Backoff {
    pub(super) fn new(limits: Limits, secret: &[u8; 16]) -> Self {
        Self {
            limits,
            failures: Recent::new(limits.failures_kept, secret),
            proven: Recent::new(limits.proven_kept, secret),
        }
    }

    /// Whether a proof for `account` from `source` is not even looked at.
    pub(super) fn is_closed(&self, now: Instant, account: &str, source: IpAddr) -> bool {
        let network = network(source);
        if self.is_recent(now, Whom::Proven(account, network)) {
            return false;
        }
        let closed = |whom| self.failures.get(&whom).is_some_and(|it| it.close(now));
        closed(Whom::Account(account)) || closed(Whom::Source(network))
    }

    /// Whether any account proved itself from `source` within a day.
    pub(super) fn is_proven(&self, now: Instant, source: IpAddr) -> bool {
        self.is_recent(now, Whom::Source(network(source)))
    }

    /// Counts a failure, for the account and for the source; how long each is closed if this was one too many.
    pub(super) fn failed(&mut self, now: Instant, account: &str, source: IpAddr) -> [Option<Duration>; 2] {
        let limits = self.limits;
        [Whom::Account(account), Whom::Source(network(source))].map(|whom| {
            let mut pause = None;
            self.failures.put(&whom, now, |failures| {
                let failures = failures.one_more(now, &limits);
                pause = (failures.count == 0).then(|| failures.until.since(now));
                failures
            });
            pause
        })
    }

    pub(super) fn succeeded(&mut self, now: Instant, account: &str, source: IpAddr) {
        let network = network(source);
        for whom in [Whom::Proven(account, network), Whom::Source(network)] {
            self.proven.put(&whom, now, |_| now);
        }
    }

    fn is_recent(&self, now: Instant, whom: Whom<'_>) -> bool {
        self.proven.get(&whom).is_some_and(|last| now.since(last) < self.limits.proven_for)
    }
}

impl Failures {
    /// Whether nothing more is looked at.
    pub(crate) fn close(&self, now: Instant) -> bool {
        now < self.until
    }

    /// These and one more.
    pub(crate) fn one_more(mut self, now: Instant, limits: &Limits) -> Self {
        if self.count == 0 || now.since(self.since) >= limits.window {
            self.since = now;
            self.count = 0;
        }
        if now.since(self.until) >= PEACE {
            self.closed = 0;
        }
        self.count += 1;
        if self.count >= limits.failures {
            let pause = limits.pause * 2u32.pow(self.closed.min(16));
            self.until = now + pause.min(limits.pause_max);
            self.closed += 1;
            self.count = 0;
        }
        self
    }
}

/// One attacker's addresses count as one: the address in IPv4, the /64 in IPv6.
fn network(source: IpAddr) -> u128 {
    match source.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits() & !u128::from(u64::MAX),
    }
}
