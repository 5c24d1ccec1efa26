//! The connections of peers that have not shown who they are: few from one source, not many in all, the
//! oldest going first, so that silent or dripping clients never crowd out a phone (RELIABILITY P6).

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use tokio::sync::Notify;

use super::streams::Limits;

/// Who is connected and unknown.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    by_age: BTreeMap<u32, Stranger>,
    by_source: HashMap<IpAddr, u32>,
}

#[derive(Debug)]
struct Stranger {
    source: IpAddr,
    evict: Arc<Notify>,
}

impl Strangers {
    /// Adds a stranger, at the cost of the oldest one if there are too many; refuses a source with its fill.
    /// What comes back tells the connection that it has to go.
    pub(super) fn admit(&mut self, connection: u32, ip: IpAddr, limits: &Limits) -> Option<Arc<Notify>> {
        let source = source(ip);
        if self.by_source.get(&source).is_some_and(|count| *count >= limits.strangers_per_source) {
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
        *self.by_source.entry(source).or_default() += 1;
        let evict = Arc::new(Notify::new());
        self.by_age.insert(connection, Stranger { source, evict: Arc::clone(&evict) });
        Some(evict)
    }

    /// A connection is over, or no stranger's any more.
    pub(super) fn remove(&mut self, connection: u32) {
        self.take(connection);
    }

    fn take(&mut self, connection: u32) -> Option<Stranger> {
        let stranger = self.by_age.remove(&connection)?;
        if let Some(count) = self.by_source.get_mut(&stranger.source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&stranger.source);
            }
        }
        Some(stranger)
    }
}

/// What counts as one source: an IPv4 address, or the /64 an IPv6 host may roam in.
fn source(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { strangers: 3, strangers_per_source: 2, ..Limits::default() }
    }

    fn from(host: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, host])
    }

    #[test]
    fn a_source_with_its_fill_of_strangers_is_refused() {
        let mut strangers = Strangers::default();
        assert!(strangers.admit(1, from(1), &limits()).is_some());
        assert!(strangers.admit(2, from(1), &limits()).is_some());
        assert!(strangers.admit(3, from(1), &limits()).is_none());
        strangers.remove(1);
        assert!(strangers.admit(4, from(1), &limits()).is_some());
    }

    #[test]
    fn the_oldest_stranger_makes_room_for_a_new_one() {
        let mut strangers = Strangers::default();
        for connection in 1..=4 {
            let ip = from(u8::try_from(connection).unwrap());
            assert!(strangers.admit(connection, ip, &limits()).is_some());
        }
        assert_eq!(strangers.by_age.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(strangers.by_source.len(), 3);
    }

    #[test]
    fn an_ipv6_source_is_its_64() {
        let one = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        let other = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert_eq!(source(one), source(other));
        assert_ne!(source(one), source("2001:db8:1:3::1".parse().unwrap()));
    }
}
