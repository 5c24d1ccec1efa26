//! Who is heard at all: before anything is read, a stranger has so many datagrams a second (RELIABILITY P7, P8).
//!
//! | source | its lane |
//! |---|---|
//! | where a phone proved itself within a day, a carrier's, that of a party on a dialog | without limit |
//! | any other | by its address (IPv6: /64), by its network (/24, /48), and with all strangers together |
//!
//! Looked at only when a limit is reached, so a known source costs one look a minute; while known it is counted nowhere. What a stranger sends
//! beyond its limit is dropped unread: it can't be answered either, so nobody's address can be used to have us
//! flood it. Streams are not counted here: nobody can borrow an address on them, and who reads them reads strangers
//! no faster than this.

use std::{net::IpAddr, time::Duration};

use clock::Instant;

use crate::shared::recent::Recent;

/// Addresses and networks remembered; beyond, the stalest starts anew.
const SOURCES_MAX: usize = 65_536;

/// Datagrams of all strangers together, a second: a few percent of what a core can refuse.
const STRANGERS_RATE: u32 = 20_000;

/// How far ahead of its rate a lane may be.
const BURST: Duration = Duration::from_secs(1);

/// How long a source stays known, and a stranger one, without another look.
const KNOWN_FOR: Duration = Duration::from_secs(60);
const STRANGE_FOR: Duration = Duration::from_secs(1);

/// Datagrams a second of a stranger, and of its network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) source: u32,
    pub(super) network: u32,
}

/// What is remembered of sources.
#[derive(Debug)]
pub(super) struct Flood {
    /// Until when a source is known. A room of its own: strangers, who come under as many addresses as they like,
    /// push nobody out of it.
    known: Recent<Instant>,
    sources: Recent<Source>,
    networks: Recent<Bucket>,
    strangers: Bucket,
}

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    bucket: Bucket,
    strange_until: Instant,
}

/// When its next datagram would be due at the rate of its lane.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket(Instant);

impl Bucket {
    /// Takes one; false if none is left.
    fn take(&mut self, now: Instant, rate: u32) -> bool {
        let due = self.0.max(now);
        let is_left = due.since(now) < BURST;
        if is_left {
            self.0 = due + Duration::from_secs(1) / rate;
        }
        is_left
    }
}

impl Flood {
    /// Nobody is known yet; keys are hashed under a secret.
    pub(super) fn new(secret: &[u8; 16]) -> Self {
        Self {
            known: Recent::new(SOURCES_MAX, secret),
            sources: Recent::new(SOURCES_MAX, secret),
            networks: Recent::new(SOURCES_MAX, secret),
            strangers: Bucket::default(),
        }
    }

    /// Whether a datagram from here is to be read. `is_known` is asked where a limit is reached.
    pub(super) fn hears(
        &mut self,
        now: Instant,
        address: IpAddr,
        rates: Rates,
        is_known: impl FnOnce() -> bool,
    ) -> bool {
        let (source, network) = lanes(address);
        if self.is_known(now, source) {
            return true;
        }
        let mut stranger = self.sources.get(&source).unwrap_or_default();
        let mut of_network = self.networks.get(&network).unwrap_or_default();
        let is_within = stranger.bucket.take(now, rates.source)
            && of_network.take(now, rates.network)
            && self.strangers.take(now, STRANGERS_RATE);
        if is_within {
            self.networks.put(&network, now, |_| of_network);
        } else if now < stranger.strange_until {
            return false;
        } else if is_known() {
            self.known.put(&source, now, |_| now + KNOWN_FOR);
            return true;
        } else {
            stranger.strange_until = now + STRANGE_FOR;
        }
        self.sources.put(&source, now, |_| stranger);
        is_within
    }

    /// Somebody here is on a dialog, or proved who it is.
    pub(super) fn knows(&mut self, now: Instant, address: IpAddr) {
        let (source, _) = lanes(address);
        if self.known.get(&source).is_none_or(|until| until < now + KNOWN_FOR / 2) {
            self.known.put(&source, now, |_| now + KNOWN_FOR);
        }
    }

    fn is_known(&self, now: Instant, source: u128) -> bool {
        self.known.get(&source).is_some_and(|until| now < until)
    }
}

/// What an address is counted by: itself and its network. Whoever has an IPv6 address has a /64 of them.
fn lanes(address: IpAddr) -> (u128, u128) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (v4.to_bits().into(), u128::from(v4.to_bits() >> 8) | 1 << 64),
        IpAddr::V6(v6) => (v6.to_bits() >> 64 << 64, v6.to_bits() >> 80 << 80 | 1 << 65),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { source: 200, network: 2000 };

    fn second(second: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(1000 + second)
    }

    /// How many of a thousand datagrams a source sends at one moment are heard.
    fn heard(flood: &mut Flood, now: Instant, address: &str, is_known: bool) -> usize {
        let address = address.parse().unwrap();
        (0..1000).filter(|_| flood.hears(now, address, RATES, || is_known)).count()
    }

    #[test]
    fn a_stranger_is_heard_at_its_rate_and_a_known_source_always() {
        let mut flood = Flood::new(&[7; 16]);
        assert_eq!(heard(&mut flood, second(0), "203.0.113.5", false), 200);
        assert_eq!(heard(&mut flood, second(0), "203.0.113.5", false), 0);
        assert_eq!(heard(&mut flood, second(1), "203.0.113.5", false), 200);
        assert_eq!(heard(&mut flood, second(1), "203.0.113.6", true), 1000);
        assert_eq!(heard(&mut flood, second(60), "203.0.113.6", false), 1000, "for a minute unasked");
        assert_eq!(heard(&mut flood, second(62), "203.0.113.6", false), 200);
    }

    #[test]
    fn a_party_on_a_dialog_is_no_stranger() {
        let mut flood = Flood::new(&[7; 16]);
        flood.knows(second(0), "203.0.113.5".parse().unwrap());
        assert_eq!(heard(&mut flood, second(59), "203.0.113.5", false), 1000);
    }

    /// Goal: strangers under more addresses than are remembered make nobody else a stranger.
    #[test]
    fn a_party_on_a_dialog_stays_known_whatever_strangers_come() {
        let mut flood = Flood::new(&[7; 16]);
        let parties: Vec<IpAddr> = (0..100u8).map(|host| [192, 0, 2, host].into()).collect();
        parties.iter().for_each(|party| flood.knows(second(0), *party));
        for second_ in 0..30u64 {
            for source in 0..20_000u32 {
                let stranger = IpAddr::from((source << 8 | 0x0a00_0000 | second_ as u32).to_be_bytes());
                flood.hears(second(second_), stranger, RATES, || false);
            }
        }
        let is_heard = |party: &IpAddr| (0..1000).all(|_| flood.hears(second(31), *party, RATES, || false));
        assert!(parties.iter().all(is_heard));
    }

    #[test]
    fn many_addresses_of_one_network_share_its_rate() {
        let mut flood = Flood::new(&[7; 16]);
        let of_host = |flood: &mut Flood, host| heard(flood, second(0), &format!("203.0.113.{host}"), false);
        let all: usize = (1..=50).map(|host| of_host(&mut flood, host)).sum();
        assert_eq!(all, 2000);
        assert_eq!(heard(&mut flood, second(0), "203.0.112.1", false), 200);
        let same: Vec<_> = ["2001:db8::1", "2001:db8::2"]
            .map(|address| heard(&mut flood, second(0), address, false))
            .to_vec();
        assert_eq!(same, [200, 0], "one /64");
    }

    #[test]
    fn strangers_from_everywhere_share_one_rate_and_known_sources_do_not() {
        let mut flood = Flood::new(&[7; 16]);
        let mut total = 0;
        for network in 0..=255u8 {
            total += heard(&mut flood, second(0), &format!("198.{network}.100.1"), false);
        }
        assert_eq!(total, 20_000);
        assert_eq!(heard(&mut flood, second(0), "192.0.2.1", true), 1000);
    }
}
