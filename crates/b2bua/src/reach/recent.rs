//! What is believed of an address for a while.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use clock::Instant;

/// Addresses of which something is believed for a while.
#[derive(Debug)]
pub(super) struct Recent {
    lasts: Duration,
    most: usize,
    /// The latest last.
    noted: VecDeque<(Instant, SocketAddr)>,
}

impl Recent {
    /// Nothing is believed yet; what is, for so long and of so many: beyond, the oldest is forgotten.
    pub(super) const fn new(lasts: Duration, most: usize) -> Self {
        Self { lasts, most, noted: VecDeque::new() }
    }

    /// It is so of `address` from now on.
    pub(super) fn note(&mut self, now: Instant, address: SocketAddr) {
        self.noted.retain(|(_, noted)| *noted != address);
        if self.noted.len() >= self.most {
            self.noted.pop_front();
        }
        self.noted.push_back((now, address));
    }

    /// Whether it is still so of `address`.
    pub(super) fn holds(&self, now: Instant, address: SocketAddr) -> bool {
        let mut recent = self.noted.iter().filter(|(at, _)| now.since(*at) < self.lasts);
        recent.any(|(_, noted)| *noted == address)
    }
}
