//! What is held against an address: that it did not answer, that it is down, that it asked for a rest.

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
};

use clock::Instant;

/// How an address did of late; the lower is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing is held against it.
    Good,
    /// It does not answer.
    Silent,
    /// It asked not to be called for a while (RFC 3261 §20.33).
    Resting,
}

/// What is held against addresses.
#[derive(Debug)]
pub(super) struct Standings {
    most: usize,
    /// The latest last.
    marks: VecDeque<Mark>,
    /// Those that answer no OPTIONS, until they do.
    down: BTreeSet<SocketAddr>,
}

#[derive(Debug)]
struct Mark {
    address: SocketAddr,
    standing: Standing,
    until: Instant,
}

impl Standings {
    /// Nothing is held against anybody; later against so many for a time, beyond which the oldest is forgiven.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, marks: VecDeque::new(), down: BTreeSet::new() }
    }

    /// Holds this against `address` until then.
    pub(super) fn mark(&mut self, address: SocketAddr, standing: Standing, until: Instant) {
        self.marks.retain(|mark| mark.address != address || mark.standing != standing);
        if self.marks.len() >= self.most {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark { address, standing, until });
    }

    /// Forgets that `address` did not answer; a rest that it asked for it gets.
    pub(super) fn forgive(&mut self, address: SocketAddr) {
        self.marks.retain(|mark| mark.address != address || mark.standing == Standing::Resting);
    }

    /// Exactly these answer no OPTIONS.
    pub(super) fn set_down(&mut self, addresses: BTreeSet<SocketAddr>) {
        self.down = addresses;
    }

    /// How `address` did of late.
    pub(super) fn of(&self, now: Instant, address: SocketAddr) -> Standing {
        let marks = self.marks.iter().filter(|mark| mark.address == address && now < mark.until);
        let worst = marks.map(|mark| mark.standing).max().unwrap_or(Standing::Good);
        if self.down.contains(&address) { worst.max(Standing::Silent) } else { worst }
    }

    /// Until when `address` rests, if it does.
    pub(super) fn rests_until(&self, now: Instant, address: SocketAddr) -> Option<Instant> {
        let rests = |mark: &&Mark| mark.address == address && mark.standing == Standing::Resting;
        self.marks.iter().filter(rests).map(|mark| mark.until).find(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_worst_that_holds_now_is_what_counts() {
        let at = |second| Instant::ZERO + Duration::from_secs(second);
        let (one, two) = ("192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap());
        let mut standings = Standings::new(8);
        standings.mark(one, Standing::Silent, at(60));
        standings.mark(one, Standing::Resting, at(30));
        assert_eq!(standings.of(at(29), one), Standing::Resting);
        assert_eq!(standings.of(at(30), one), Standing::Silent);
        assert_eq!(standings.of(at(60), one), Standing::Good);
        assert_eq!(standings.of(at(0), two), Standing::Good);
        standings.set_down(BTreeSet::from([two]));
        assert_eq!(standings.of(at(999), two), Standing::Silent);
        standings.set_down(BTreeSet::new());
        standings.forgive(one);
        assert_eq!(standings.of(at(0), one), Standing::Resting, "a rest is not forgiven");
    }

    #[test]
    fn beyond_the_bound_the_oldest_is_forgiven() {
        let mut standings = Standings::new(2);
        for host in 1..=3 {
            let address = SocketAddr::from(([192, 0, 2, host], 5060));
            standings.mark(address, Standing::Silent, Instant::ZERO + Duration::from_secs(60));
        }
        let of = |host| standings.of(Instant::ZERO, SocketAddr::from(([192, 0, 2, host], 5060)));
        assert_eq!([of(1), of(2), of(3)], [Standing::Good, Standing::Silent, Standing::Silent]);
    }
}
