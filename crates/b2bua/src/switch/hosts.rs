//! The hosts by which phones know this switch: what one registers at it writes in whatever it asks for, be that the
//! domain, another name or an address.

use std::net::IpAddr;

use sip::uri::Host;

/// Most that are kept; who is known by more is known by anything.
const HOSTS_MAX: usize = 16;

/// Hosts that phones registered at since the start.
#[derive(Debug, Default)]
pub(super) struct Hosts(Vec<Known>);

#[derive(Debug)]
enum Known {
    Name(Box<str>),
    Address(IpAddr),
}

impl Known {
    fn is(&self, host: Host<'_>) -> bool {
        match (self, host) {
            (Self::Name(known), Host::Name(name)) => known.eq_ignore_ascii_case(name),
            (Self::Address(known), host) => host.address() == Some(*known),
            (Self::Name(_), Host::V4(_) | Host::V6(_)) => false,
        }
    }
}

impl Hosts {
    /// A phone registers there.
    pub(super) fn learn(&mut self, host: Host<'_>) {
        if self.0.len() < HOSTS_MAX && !self.0.iter().any(|known| known.is(host)) {
            self.0.push(match host {
                Host::Name(name) => Known::Name(name.into()),
                Host::V4(address) => Known::Address(address.into()),
                Host::V6(address) => Known::Address(address.into()),
            });
        }
    }

    /// Whether a phone may mean this switch by it: before any has registered, by whatever it is.
    pub(super) fn may_be(&self, host: Host<'_>) -> bool {
        let is_any = self.0.is_empty() || self.0.len() >= HOSTS_MAX;
        is_any || self.0.iter().any(|known| known.is(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host<'_> {
        Host::parse_with_port(text).unwrap().0
    }

    #[test]
    fn where_no_phone_registers_is_elsewhere() {
        let mut hosts = Hosts::default();
        assert!(hosts.may_be(host("elsewhere.example")), "nobody has registered yet");
        for known in ["pbx.example", "192.0.2.1", "[2001:db8::1]", "PBX.example"] {
            hosts.learn(host(known));
        }
        assert_eq!(hosts.0.len(), 3);
        for known in ["Pbx.Example", "192.0.2.1", "[2001:db8::1]:5060"] {
            assert!(hosts.may_be(host(known)), "{known}");
        }
        for other in ["elsewhere.example", "192.0.2.2", "[2001:db8::2]"] {
            assert!(!hosts.may_be(host(other)), "{other}");
        }
    }

    #[test]
    fn who_is_known_by_many_hosts_is_known_by_any() {
        let mut hosts = Hosts::default();
        for number in 0..HOSTS_MAX + 3 {
            hosts.learn(host(&format!("pbx{number}.example")));
        }
        assert_eq!(hosts.0.len(), HOSTS_MAX);
        assert!(hosts.may_be(host("elsewhere.example")));
    }
}
