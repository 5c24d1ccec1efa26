//! The hosts by which phones know this switch: what one registers at it writes in whatever it asks for, be that the
//! domain, another name or an address. They outlive the process, as bindings do: a phone may ask for a transfer before it
//! has registered again.

use std::{net::IpAddr, sync::Arc};

use sip::uri::Host;

/// Most that are kept; who is known by more is known by anything.
const HOSTS_MAX: usize = 16;
/// The store's key of them.
const HOSTS_KEY: &str = "registrar-hosts";

/// Hosts that phones registered at.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// Those of this process first. The others make way for new ones.
    known: Vec<Known>,
    /// So many are of this process.
    seen: usize,
}

#[derive(Debug)]
enum Known {
    Name(Box<str>),
    Address(IpAddr),
}

impl Known {
    fn of(host: Host<'_>) -> Self {
        match host {
            Host::Name(name) => Self::Name(name.into()),
            Host::V4(address) => Self::Address(address.into()),
            Host::V6(address) => Self::Address(address.into()),
        }
    }

    fn is(&self, host: Host<'_>) -> bool {
        match (self, host) {
            (Self::Name(known), Host::Name(name)) => known.eq_ignore_ascii_case(name),
            (Self::Address(known), host) => host.address() == Some(*known),
            (Self::Name(_), Host::V4(_) | Host::V6(_)) => false,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Name(name) => name.to_string(),
            Self::Address(IpAddr::V4(address)) => address.to_string(),
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
        }
    }
}

impl Hosts {
    /// Takes up what the store held.
    pub(super) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let kept = values.iter().find(|(key, _)| **key == *HOSTS_KEY);
        let text = kept.and_then(|(_, hosts)| str::from_utf8(hosts).ok()).unwrap_or_default();
        let hosts = text.lines().filter_map(|host| Some(Known::of(Host::parse_with_port(host)?.0)));
        self.known.extend(hosts.take(HOSTS_MAX));
    }

    /// A phone registers there; what is to be kept if this process had not heard of it.
    pub(super) fn learn(&mut self, host: Host<'_>) -> Option<store::Request> {
        let place = self.known.iter().position(|known| known.is(host));
        if self.seen >= HOSTS_MAX || place.is_some_and(|place| place < self.seen) {
            return None;
        }
        match place {
            Some(place) => drop(self.known.remove(place)),
            None => self.known.truncate(HOSTS_MAX - 1),
        }
        self.known.insert(0, Known::of(host));
        self.seen += 1;
        let hosts: Vec<String> = self.known.iter().map(Known::text).collect();
        Some(store::Request::Put(None, HOSTS_KEY.into(), hosts.join("\n").into_bytes().into()))
    }

    /// Whether a phone may mean this switch by it: before any has registered, by whatever it is.
    pub(super) fn may_be(&self, host: Host<'_>) -> bool {
        let is_any = self.known.is_empty() || self.seen >= HOSTS_MAX;
        is_any || self.known.iter().any(|known| known.is(host))
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
        assert_eq!(hosts.known.len(), 3);
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
        assert_eq!(hosts.known.len(), HOSTS_MAX);
        assert!(hosts.may_be(host("elsewhere.example")));
        assert!(hosts.learn(host("more.example")).is_none(), "there is nothing more to keep");
    }

    /// Goal: a phone that has not registered again since the start is understood; what none has registered at for long
    /// makes way.
    #[test]
    fn hosts_outlive_the_process_and_old_ones_make_way() {
        let kept = |request: Option<store::Request>| match request {
            Some(store::Request::Put(None, key, hosts)) => vec![(key, hosts)],
            other => panic!("{other:?}"),
        };
        let mut before = Hosts::default();
        before.learn(host("pbx.example"));
        assert!(before.learn(host("PBX.example")).is_none(), "it is kept already");
        let values = kept(before.learn(host("[2001:db8::1]")));
        let mut after = Hosts::default();
        after.restore(&values);
        for known in ["pbx.example", "[2001:db8::1]"] {
            assert!(after.may_be(host(known)), "{known}");
        }
        assert!(!after.may_be(host("elsewhere.example")));
        for number in 0..HOSTS_MAX - 1 {
            after.learn(host(&format!("pbx{number}.example")));
        }
        assert!(after.may_be(host("[2001:db8::1]")) && !after.may_be(host("pbx.example")));
        assert_eq!(after.known.len(), HOSTS_MAX);
    }

    /// Goal: what makes way is what no phone of this process has named, however old the rest is.
    #[test]
    fn a_host_that_is_heard_again_makes_no_way() {
        let mut hosts = Hosts::default();
        let kept = ["new.example", "old.example"].join("\n").into_bytes();
        hosts.restore(&[(HOSTS_KEY.into(), kept.into())]);
        assert!(hosts.learn(host("old.example")).is_some(), "it is kept before the others");
        for number in 0..HOSTS_MAX - 1 {
            hosts.learn(host(&format!("pbx{number}.example")));
        }
        assert!(hosts.may_be(host("old.example")));
    }

    #[test]
    fn no_more_hosts_are_restored_than_are_kept() {
        let kept = (0..HOSTS_MAX + 3).map(|number| format!("pbx{number}.example")).collect::<Vec<_>>();
        let mut hosts = Hosts::default();
        hosts.restore(&[(HOSTS_KEY.into(), kept.join("\n").into_bytes().into())]);
        assert_eq!(hosts.known.len(), HOSTS_MAX);
    }
}
