//! What a resolver says of a destination, and the order in which its servers are tried (RFC 3263 §4, RFC 2782).

use std::{net::SocketAddr, time::Duration};

use clock::Chance;
use sip::flow::Transport;
use smallvec::SmallVec;

/// What a resolver says of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These serve it, and are to be believed for so long.
    Servers(Vec<Server>, Duration),
    /// Nobody does: there is no such name, or nothing at it that speaks SIP.
    Nobody,
    /// It could not be found out: no name server answers, or none can say.
    Unknown,
}

/// One server of a destination: an SRV target, or the host itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// How to get there.
    pub transport: Transport,
    /// The lower is tried first: the turn of its NAPTR record, then the priority of its SRV record.
    pub rank: u32,
    /// Its share among those of one rank.
    pub weight: u16,
    /// In the order to try; port 0 for the transport's own.
    pub addresses: SmallVec<[SocketAddr; 2]>,
}

/// One place to try: how to get there, and where.
pub type Place = (Transport, SocketAddr);

/// Places in the order to try.
pub(super) type Places = SmallVec<[Place; 2]>;

/// The places of `servers` in the order to try: rank by rank, and within one rank drawn by weight, so that each
/// comes first as often as its share says.
pub(super) fn in_order(servers: &[Server], chance: &mut Chance) -> Places {
    let mut left: SmallVec<[&Server; 4]> = servers.iter().collect();
    left.sort_by_key(|server| server.rank);
    let mut places = Places::new();
    while let Some(first) = left.first() {
        let alike = left.iter().take_while(|server| server.rank == first.rank).count();
        let next = left.remove(draw(&left[..alike], chance));
        places.extend(next.addresses.iter().map(|address| (next.transport, *address)));
    }
    places
}

/// One of them, by weight. A weight of 0 has a small chance beside others and an equal one among its like.
fn draw(alike: &[&Server], chance: &mut Chance) -> usize {
    if alike.len() == 1 {
        return 0;
    }
    let is_weighted = alike.iter().any(|server| server.weight > 0);
    // In hundredths, so that 0 is about a hundredth of 1.
    let share = |server: &Server| if is_weighted { u32::from(server.weight) * 100 + 1 } else { 1 };
    let mut at = chance.below(alike.iter().map(|server| share(server)).sum());
    let passes = |server: &&Server| match at.checked_sub(share(server)) {
        Some(rest) => {
            at = rest;
            true
        }
        None => false,
    };
    alike.iter().copied().take_while(passes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: u8, rank: u32, weight: u16) -> Server {
        let address = SocketAddr::from(([198, 51, 100, name], 5060));
        Server { transport: Transport::Udp, rank, weight, addresses: SmallVec::from_slice(&[address]) }
    }

    /// How often each of the servers comes first in ten thousand draws, and that the order holds each once.
    fn firsts(servers: &[Server]) -> Vec<u32> {
        let mut chance = Chance::from_seed([5; 32]);
        let mut firsts = vec![0; servers.len()];
        for _ in 0..10_000 {
            let places = in_order(servers, &mut chance);
            assert_eq!(places.len(), servers.len());
            let first = servers.iter().position(|server| server.addresses[0] == places[0].1).unwrap();
            assert!(servers.iter().all(|server| places.iter().any(|place| place.1 == server.addresses[0])));
            firsts[first] += 1;
        }
        firsts
    }

    #[test]
    fn a_lower_rank_comes_first_whatever_the_weights() {
        let servers = [server(1, 20, 60_000), server(2, 10, 0), server(3, 10, 1)];
        let firsts = firsts(&servers);
        assert_eq!(firsts[0], 0);
        assert!(firsts[1] > 0 && firsts[2] > 9_000, "{firsts:?}");
    }

    #[test]
    fn within_a_rank_each_comes_first_as_often_as_its_weight_says() {
        let firsts = firsts(&[server(1, 1, 60), server(2, 1, 30), server(3, 1, 10)]);
        for (count, share) in firsts.iter().zip([6_000, 3_000, 1_000]) {
            assert!(count.abs_diff(share) < 200, "{firsts:?}");
        }
    }

    #[test]
    fn without_weights_all_of_a_rank_are_alike() {
        let firsts = firsts(&[server(1, 1, 0), server(2, 1, 0)]);
        assert!(firsts[0].abs_diff(5_000) < 200, "{firsts:?}");
    }

    #[test]
    fn the_addresses_of_one_server_stay_together_and_in_order() {
        let mut two = server(1, 1, 1);
        two.addresses.push(SocketAddr::from(([198, 51, 100, 9], 5060)));
        let mut chance = Chance::from_seed([5; 32]);
        for _ in 0..50 {
            let places = in_order(&[two.clone(), server(2, 1, 1)], &mut chance);
            let hosts: Vec<_> = places.iter().map(|(_, at)| at.to_string()).collect();
            assert!(
                hosts[..2] == ["198.51.100.1:5060", "198.51.100.9:5060"] || hosts[0] == "198.51.100.2:5060"
            );
        }
    }
}
