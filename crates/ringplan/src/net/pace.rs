//! Turns at an even rate: for each source, for its network, and for all together (RELIABILITY P6, P8).
//!
//! Whoever asks is told when its turn is, now or later, and has taken it. A source, or a network, may be a second
//! ahead of its rate; all together only a moment, so that what is done in turns never comes in one heap.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use tokio::time::Instant;

/// Sources, and networks, remembered; those beyond share the rate of all alone.
const REMEMBERED_MAX: usize = 4_096;

/// How far ahead of its rate a source or a network may be, and how far all together.
const AHEAD: Duration = Duration::from_secs(1);
const ALL_AHEAD: Duration = Duration::from_millis(50);

/// Turns a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) source: u32,
    pub(super) network: u32,
    pub(super) all: u32,
}

/// Whose turns were when.
#[derive(Debug)]
pub(super) struct Pace {
    rates: Rates,
    sources: HashMap<IpAddr, Lane>,
    networks: HashMap<IpAddr, Lane>,
    all: Option<Lane>,
}

/// When its turns taken so far would be over at its rate.
#[derive(Clone, Copy, Debug)]
struct Lane(Instant);

impl Lane {
    /// When the next turn is, and the lane after it.
    fn turn(self, now: Instant, rate: u32, ahead: Duration) -> (Instant, Self) {
        let at = self.0.checked_sub(ahead).map_or(now, |at| at.max(now));
        (at, Self(self.0.max(now) + Duration::from_secs(1) / rate.max(1)))
    }
}

impl Pace {
    /// Nobody had a turn yet.
    pub(super) fn new(rates: Rates) -> Self {
        Self { rates, sources: HashMap::new(), networks: HashMap::new(), all: None }
    }

    /// Other rates from now on.
    pub(super) const fn set(&mut self, rates: Rates) {
        self.rates = rates;
    }

    /// When the next turn of `ip` is.
    pub(super) fn turn(&mut self, ip: IpAddr, now: Instant) -> Instant {
        let Rates { network: rate, all, .. } = self.rates;
        let of_network = lane(&mut self.networks, network(ip), now, rate);
        let (of_all, lane) = self.all.unwrap_or(Lane(now)).turn(now, all, ALL_AHEAD);
        self.all = Some(lane);
        self.own_turn(ip, now).max(of_network).max(of_all)
    }

    /// When the next turn of `ip` is if nobody else's count.
    pub(super) fn own_turn(&mut self, ip: IpAddr, now: Instant) -> Instant {
        lane(&mut self.sources, source(ip), now, self.rates.source)
    }
}

/// Takes a turn in the lane of `key`.
fn lane(lanes: &mut HashMap<IpAddr, Lane>, key: IpAddr, now: Instant, rate: u32) -> Instant {
    let (at, lane) = lanes.get(&key).copied().unwrap_or(Lane(now)).turn(now, rate, AHEAD);
    if lanes.len() >= REMEMBERED_MAX && !lanes.contains_key(&key) {
        lanes.retain(|_, lane| lane.0 > now);
    }
    if lanes.len() < REMEMBERED_MAX || lanes.contains_key(&key) {
        lanes.insert(key, lane);
    }
    at
}

/// What counts as one source: an IPv4 address, or the /64 an IPv6 host may roam in.
pub(super) fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// The network whose addresses one hand may hold: an IPv4 /24 or an IPv6 /48.
pub(super) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { source: 20, network: 100, all: 200 };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of a thousand turns asked for at `start` come within so many milliseconds.
    fn within(pace: &mut Pace, from: impl Fn(u32) -> IpAddr, start: Instant, ms: u64) -> usize {
        let turns = (0..1_000).map(|index| pace.turn(from(index), start));
        turns.filter(|at| *at < start + Duration::from_millis(ms)).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_and_a_network_may_be_a_second_ahead_and_all_a_moment() {
        let start = Instant::now();
        let one = |_| ip("192.0.2.7");
        assert_eq!(
            within(&mut Pace::new(RATES), one, start, 1),
            11,
            "all together are ahead by a moment alone"
        );
        assert_eq!(within(&mut Pace::new(RATES), one, start, 1_000), 40);
        let network = |host: u32| ip(&format!("192.0.2.{}", host % 250));
        assert_eq!(within(&mut Pace::new(RATES), network, start, 2_000), 300);
        let everywhere = |host: u32| ip(&format!("10.{}.{}.1", host % 250, host / 250));
        assert_eq!(within(&mut Pace::new(RATES), everywhere, start, 1_000), 210);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_nobody_else_has_its_own_rate() {
        let (mut pace, start) = (Pace::new(RATES), Instant::now());
        for host in 0..1_000u32 {
            pace.turn(ip(&format!("10.{}.{}.1", host % 250, host / 250)), start);
        }
        assert!(pace.turn(ip("192.0.2.7"), start) > start + Duration::from_secs(4));
        assert_eq!(pace.own_turn(ip("192.0.2.7"), start), start);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded_and_makes_room() {
        let (mut pace, start) = (Pace::new(Rates { all: u32::MAX, ..RATES }), Instant::now());
        for host in 0..10_000u32 {
            pace.turn(Ipv4Addr::from_bits(host << 8).into(), start);
        }
        assert_eq!((pace.sources.len(), pace.networks.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
        let later = start + Duration::from_secs(60);
        pace.turn(ip("192.0.2.7"), later);
        assert_eq!((pace.sources.len(), pace.networks.len()), (1, 1));
    }

    #[test]
    fn an_ipv6_source_is_its_64_and_its_network_the_48() {
        let (one, other) = (ip("2001:db8:1:2:3:4:5:6"), ip("2001:db8:1:2:ffff::1"));
        assert_eq!(source(one), source(other));
        assert_ne!(source(one), source(ip("2001:db8:1:3::1")));
        assert_eq!(network(one), network(ip("2001:db8:1:3::1")));
        assert_eq!(source(ip("::ffff:192.0.2.7")), ip("192.0.2.7"), "on a socket of both families");
    }
}
