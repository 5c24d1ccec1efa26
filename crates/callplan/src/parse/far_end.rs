//! Of `[trunks.x]` what leads to the carrier: `profile`, `host`, `outbound_proxy`, `transport`, `ping`, `from`.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    preset::{PRESETS, Preset, Registers},
    reader::Reader,
    table::{Table, Value},
    value,
    words::TRANSPORTS,
};
use crate::{
    finding::Code,
    model::{Host, Net, Profile, Trunk},
};

/// How often a carrier is asked whether it is there, where the table does not say (RELIABILITY F7).
pub(super) const PING: Duration = Duration::from_secs(30);
const PINGS: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3600);
/// Servers of one carrier.
const HOSTS_MAX: usize = 8;

impl<'a> Reader<'a> {
    /// The preset of the trunk; what is general where there is none.
    pub(super) fn preset(&mut self, table: &mut Table<'a>) -> Preset {
        let mend = "write profile = \"generic-register\" or \"generic-address\"";
        let profile = table.need("profile", mend, self.found);
        let preset = profile.and_then(|value| value::word(value, &PRESETS, self.found));
        preset.unwrap_or(PRESETS[1].1)
    }

    /// Host, transport and addresses.
    pub(super) fn far_end(&mut self, trunk: &mut Trunk, preset: &Preset, table: &mut Table<'a>) {
        trunk.profile = match preset.registers {
            Registers::Always => Profile::Register,
            Registers::WithUser if table.has("user") => Profile::Register,
            Registers::WithUser | Registers::Never => Profile::Address,
        };
        match (table.take("host"), preset.host) {
            (Some(value), _) => self.trunk_hosts(trunk, value),
            (None, Some(host)) => trunk.host = host.into(),
            (None, None) => {
                let mend = "write where the carrier is: host = \"sip.carrier.example\"";
                let message = format!("{} has no `host`", table.what);
                self.found.report(Code::TrunkWithoutHost, table.place, message, mend);
            }
        }
        trunk.outbound_proxy = table.take("outbound_proxy").and_then(|value| self.trunk_host(value));
        let transport = table.take("transport").and_then(|value| value::word(value, &TRANSPORTS, self.found));
        trunk.transport = transport.or(preset.transport);
        trunk.ping = match table.take("ping") {
            None => Some(PING),
            Some(value) if value.as_text() == Some("off") => None,
            Some(value) => value::duration(value, PINGS, self.found),
        };
        let own = preset.from.iter().filter_map(|net| Net::parse(net)).collect();
        trunk.from = table.take("from").and_then(|value| self.networks(value)).unwrap_or(own);
    }

    fn networks(&mut self, value: Value<'a>) -> Option<Vec<Net>> {
        value::list(value, "networks: [\"198.51.100.0/24\"]", self.found, |item, found| {
            let text = item.text("a network: \"198.51.100.0/24\"", found)?;
            let net = Net::parse(text);
            if net.is_none() {
                let mend = "write ADDRESS/BITS with no bits set beyond them, as in \"198.51.100.0/24\"";
                found.report(Code::BadNetwork, item.place, format!("\"{text}\" is no network"), mend);
            }
            net
        })
    }

    /// One host, or several servers of the carrier in the order to try.
    fn trunk_hosts(&mut self, trunk: &mut Trunk, value: Value<'a>) {
        let items = value.as_list();
        let hosts: Vec<Host> = if items.is_empty() {
            self.trunk_host(value).into_iter().collect()
        } else {
            let wanted = "hosts: [\"sip1.carrier.example\", \"sip2.carrier.example\"]";
            let hosts = value::list(value, wanted, self.found, trunk_host).unwrap_or_default();
            if hosts.len() > HOSTS_MAX {
                let message = format!("{} hosts are too many for one trunk", hosts.len());
                let mend = format!("write {HOSTS_MAX} at most; SRV records may name more");
                self.found.report(Code::OutOfRange, value.place, message, mend);
            }
            hosts
        };
        let mut hosts = hosts.into_iter();
        if let Some(first) = hosts.next() {
            (trunk.host, trunk.port) = (first.name, first.port);
        }
        trunk.others = hosts.collect();
    }

    fn trunk_host(&mut self, value: Value<'a>) -> Option<Host> {
        trunk_host(value, self.found)
    }
}

/// `host`, `host:port`, `address`, `[address6]:port`.
fn trunk_host(value: Value<'_>, found: &mut super::Findings) -> Option<Host> {
    let text = value.text("a host name or address", found)?;
    let (host, port) = match text.parse::<std::net::IpAddr>() {
        Ok(_) => (text, None),
        Err(_) => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = port.map(|port| port.parse().ok().filter(|port: &u16| *port != 0));
    if !value::is_host(host) || port == Some(None) {
        let mend = "write a host name or address, with `:PORT` if it is not 5060";
        found.report(Code::BadHost, value.place, format!("\"{text}\" is no host"), mend);
        return None;
    }
    Some(Host { name: host.into(), port: port.flatten() })
}
