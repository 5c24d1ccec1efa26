//! The addresses that others are told, where a socket is bound to all of the machine's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use b2bua::identity::Network;
use callplan::Public;
use nix::{ifaddrs::getifaddrs, sys::socket::SockaddrStorage};

/// What peers of a socket bound to `local` are told: the fixed public address if there is one, else the
/// address of the interface that leads out.
pub(crate) fn address(local: SocketAddr, public: Public) -> SocketAddr {
    let ip = match public {
        _ if local.ip().is_loopback() => local.ip(),
        Public::Fixed(ip) if ip.is_ipv4() == local.is_ipv4() => ip,
        Public::Fixed(_) | Public::Auto if !local.ip().is_unspecified() => local.ip(),
        Public::Fixed(_) | Public::Auto => outward(local.ip()).unwrap_or_else(|| loopback(local.ip())),
    };
    SocketAddr::new(ip, local.port())
}

/// The networks whose hosts are told our address there: none where nothing else is told anyway, else each that a socket
/// is bound in.
///
/// # Errors
/// The system does not say what its networks are.
pub(crate) fn neighbours(bound: &[IpAddr], public: Public) -> nix::Result<Vec<Network>> {
    let Public::Fixed(_) = public else { return Ok(Vec::new()) };
    let interfaces = getifaddrs()?;
    let networks = interfaces.filter_map(|it| {
        let (address, mask) = (ip(&it.address?)?, ip(&it.netmask?)?);
        let bits = match mask {
            IpAddr::V4(mask) => mask.to_bits().leading_ones(),
            IpAddr::V6(mask) => mask.to_bits().leading_ones(),
        };
        Some(Network { address, bits: u8::try_from(bits).ok()? })
    });
    // Within a link an address means nothing without the name of the link.
    let is_whole = |ip: IpAddr| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
    let reaches = |ours: IpAddr, bound: &IpAddr| {
        *bound == ours || bound.is_unspecified() && bound.is_ipv4() == ours.is_ipv4()
    };
    let is_ours = |it: &Network| is_whole(it.address) && bound.iter().any(|bound| reaches(it.address, bound));
    Ok(networks.filter(is_ours).collect())
}

fn ip(storage: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
}

/// The source address of the way out; asking the kernel for it sends nothing.
fn outward(family: IpAddr) -> Option<IpAddr> {
    // Addresses for documentation (RFC 5737, RFC 3849): routed like any, answered by nobody.
    let far: SocketAddr = match family {
        IpAddr::V4(_) => (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        IpAddr::V6(_) => (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
    };
    let probe = UdpSocket::bind((family, 0)).ok()?;
    probe.connect(far).ok()?;
    probe.local_addr().ok().map(|local| local.ip())
}

/// A machine without network talks to itself.
const fn loopback(family: IpAddr) -> IpAddr {
    match family {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_address_is_told_with_the_port_bound() {
        let public = Public::Fixed("203.0.113.5".parse().unwrap());
        let told = address("0.0.0.0:5070".parse().unwrap(), public);
        assert_eq!(told, "203.0.113.5:5070".parse().unwrap());
    }

    #[test]
    fn loopback_is_told_as_it_is() {
        let local = "127.0.0.1:5060".parse().unwrap();
        assert_eq!(address(local, Public::Fixed("203.0.113.5".parse().unwrap())), local);
        assert_eq!(address(local, Public::Auto), local);
    }

    #[test]
    fn an_address_of_the_other_family_is_not_told() {
        let local = "[2001:db8::7]:5060".parse().unwrap();
        assert_eq!(address(local, Public::Fixed("203.0.113.5".parse().unwrap())), local);
    }

    #[test]
    fn every_network_of_a_bound_address_has_neighbours_where_another_address_is_told() {
        let public = Public::Fixed("203.0.113.5".parse().unwrap());
        let loopback = Network { address: Ipv4Addr::LOCALHOST.into(), bits: 8 };
        let all = neighbours(&[Ipv4Addr::UNSPECIFIED.into()], public).unwrap();
        assert!(all.contains(&loopback) && all.iter().all(|it| it.address.is_ipv4()), "{all:?}");
        assert_eq!(neighbours(&[Ipv4Addr::LOCALHOST.into()], public).unwrap(), [loopback]);
        assert_eq!(neighbours(&["192.0.2.77".parse().unwrap()], public).unwrap(), [], "nobody's");
        assert_eq!(neighbours(&[Ipv4Addr::UNSPECIFIED.into()], Public::Auto).unwrap(), []);
    }

    /// The system is asked by netlink, and a unit that forbids it would have neighbours told the public address.
    #[test]
    fn the_unit_lets_us_ask_what_networks_there_are() {
        let unit = include_str!("../../../../systemd/ringplan.service");
        let families = unit.lines().find_map(|line| line.strip_prefix("RestrictAddressFamilies="));
        assert!(families.unwrap().split(' ').any(|family| family == "AF_NETLINK"));
    }
}
