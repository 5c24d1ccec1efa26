//! The connections of peers that have not shown who they are: few from one source or network, not many in all, the
//! oldest going first, and each at a gentle pace, so that clients that are silent, drip, or never stop talking
//! harm no phone (RELIABILITY P6, P8).

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{
    pace::{Pace, Rates, network, source},
    streams::Limits,
};

/// TLS handshakes of strangers a second: each costs about a millisecond of the thread that carries all streams.
const HANDSHAKES: Rates = Rates { source: 20, network: 100, all: 200 };

/// Messages a second of all strangers together; those of a source and of a network are for the operator to say.
const MESSAGES: u32 = 5_000;

/// How long a source stays welcome after somebody there was let in, and how many such are remembered.
const WELCOME_FOR: Duration = Duration::from_secs(24 * 3600);
const WELCOME_MAX: usize = 65_536;

/// Who is connected and unknown.
#[derive(Debug)]
pub(super) struct Strangers {
    by_age: BTreeMap<u32, Stranger>,
    /// How many there are of a source, and of a network.
    sources: HashMap<IpAddr, u32>,
    networks: HashMap<IpAddr, u32>,
    messages: Pace,
    handshakes: Pace,
    /// Sources at which somebody was let in, and when that was last.
    welcome: HashMap<IpAddr, Instant>,
}

#[derive(Debug)]
struct Stranger {
    ip: IpAddr,
    evict: Arc<Notify>,
}

impl Strangers {
    /// Nobody is connected yet.
    pub(super) fn new() -> Self {
        let rates = Rates { source: MESSAGES, network: MESSAGES, all: MESSAGES };
        Self {
            by_age: BTreeMap::new(),
            sources: HashMap::new(),
            networks: HashMap::new(),
            messages: Pace::new(rates),
            handshakes: Pace::new(HANDSHAKES),
            welcome: HashMap::new(),
        }
    }

    /// How many messages a second are heard of a source and of a network from now on.
    pub(super) const fn hear(&mut self, source: u32, network: u32) {
        self.messages.set(Rates { source, network, all: MESSAGES });
    }

    /// Adds a stranger, at the cost of the oldest one if there are too many; refuses a source or network with its
    /// fill. What comes back tells the connection that it has to go.
    pub(super) fn admit(&mut self, connection: u32, ip: IpAddr, limits: &Limits) -> Option<Arc<Notify>> {
        let count = |counts: &HashMap<IpAddr, u32>, key| counts.get(&key).copied().unwrap_or(0);
        if count(&self.sources, source(ip)) >= limits.strangers_per_source
            || count(&self.networks, network(ip)) >= limits.strangers_per_network
        {
            return None;
        }
        if self.by_age.len() >= limits.strangers
            && let Some((oldest, _)) = self.by_age.first_key_value()
        {
            let oldest = *oldest;
            if let Some(stranger) = self.take(oldest) {
                stranger.evict.notify_one();
            }
        }
        *self.sources.entry(source(ip)).or_default() += 1;
        *self.networks.entry(network(ip)).or_default() += 1;
        let evict = Arc::new(Notify::new());
        self.by_age.insert(connection, Stranger { ip, evict: Arc::clone(&evict) });
        Some(evict)
    }

    /// A connection is over.
    pub(super) fn remove(&mut self, connection: u32) {
        self.take(connection);
    }

    /// A connection is no stranger's any more.
    pub(super) fn welcome(&mut self, connection: u32, now: Instant) {
        let Some(stranger) = self.take(connection) else { return };
        if self.welcome.len() >= WELCOME_MAX {
            self.welcome.retain(|_, last| now < *last + WELCOME_FOR);
        }
        if self.welcome.len() < WELCOME_MAX {
            self.welcome.insert(source(stranger.ip), now);
        }
    }

    /// When the next message of a stranger from `ip` is to be heard.
    pub(super) fn message_turn(&mut self, ip: IpAddr, now: Instant) -> Instant {
        self.messages.turn(ip, now)
    }

    /// When somebody from `ip` may begin TLS; where phones were let in no stranger's turn comes before theirs.
    pub(super) fn handshake_turn(&mut self, ip: IpAddr, now: Instant) -> Instant {
        let is_welcome = self.welcome.get(&source(ip)).is_some_and(|last| now < *last + WELCOME_FOR);
        if is_welcome { self.handshakes.own_turn(ip, now) } else { self.handshakes.turn(ip, now) }
    }

    fn take(&mut self, connection: u32) -> Option<Stranger> {
        let stranger = self.by_age.remove(&connection)?;
        one_less(&mut self.sources, source(stranger.ip));
        one_less(&mut self.networks, network(stranger.ip));
        Some(stranger)
    }
}

fn one_less(counts: &mut HashMap<IpAddr, u32>, key: IpAddr) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    fn limits() -> Limits {
        Limits { strangers: 4, strangers_per_source: 2, strangers_per_network: 3, ..Limits::default() }
    }

    fn from(network: u8, host: u8) -> IpAddr {
        IpAddr::from([127, 0, network, host])
    }

    #[test]
    fn a_source_with_its_fill_of_strangers_is_refused() {
        let mut strangers = Strangers::new();
        assert!(strangers.admit(1, from(0, 1), &limits()).is_some());
        assert!(strangers.admit(2, from(0, 1), &limits()).is_some());
        assert!(strangers.admit(3, from(0, 1), &limits()).is_none());
        strangers.remove(1);
        assert!(strangers.admit(4, from(0, 1), &limits()).is_some());
    }

    #[test]
    fn a_network_with_its_fill_of_strangers_is_refused() {
        let mut strangers = Strangers::new();
        for host in 1..=3 {
            assert!(strangers.admit(host.into(), from(0, host), &limits()).is_some());
        }
        assert!(strangers.admit(4, from(0, 4), &limits()).is_none());
        let neighbours = ["2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1"];
        let admitted = (5..).zip(neighbours).filter_map(|(connection, ip)| {
            strangers.admit(connection, ip.parse().unwrap(), &Limits { strangers: 99, ..limits() })
        });
        assert_eq!(admitted.count(), 3, "of one /48");
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_stranger_makes_room_for_a_new_one() {
        let mut strangers = Strangers::new();
        let mut admit = |connection| {
            let ip = from(u8::try_from(connection).unwrap(), 1);
            strangers.admit(connection, ip, &limits()).unwrap()
        };
        let told: Vec<_> = (1..=5).map(&mut admit).collect();
        let mut are_to_go = Vec::new();
        for evict in told {
            are_to_go.push(timeout(Duration::from_secs(60), evict.notified()).await.is_ok());
        }
        assert_eq!(are_to_go, [true, false, false, false, false]);
        assert_eq!(strangers.by_age.keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert_eq!((strangers.sources.len(), strangers.networks.len()), (4, 4));
    }

    /// Goal: a flood of handshakes leaves phones theirs.
    #[tokio::test(start_paused = true)]
    async fn who_was_let_in_before_shakes_hands_before_strangers() {
        let (mut strangers, now) = (Strangers::new(), Instant::now());
        let phone = from(9, 1);
        strangers.admit(1, phone, &limits());
        strangers.welcome(1, now);
        let turns = (0..1_000u32).map(|index| strangers.handshake_turn(from(index as u8 % 200, 7), now));
        assert_eq!(turns.filter(|at| *at < now + Duration::from_secs(1)).count(), 210);
        assert_eq!(strangers.handshake_turn(phone, now), now);
        assert!(strangers.handshake_turn(from(10, 1), now) > now + Duration::from_secs(4));
    }
}
