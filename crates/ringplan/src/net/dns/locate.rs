//! From a destination to its servers: NAPTR, SRV, A and AAAA (RFC 3263 §4).
//!
//! | destination | asked |
//! |---|---|
//! | with a port | A and AAAA of the host |
//! | over a transport | SRV of the host for it, else A and AAAA |
//! | open | NAPTR, else SRV for each transport, else A and AAAA over UDP |
//!
//! A record that is not there is an answer; a name server that is not there is none, and then nothing is guessed:
//! the host's own address may be another machine than the one its SRV records would have named.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use b2bua::reach::{Answer, Destination, Server};
use hickory_resolver::{
    TokioResolver,
    lookup::Lookup,
    net::{DnsError, NetError},
    proto::rr::{
        Name, RData, RecordType,
        rdata::{NAPTR, SRV},
    },
};
use sip::flow::Transport;

/// NAPTR records followed, and SRV records of one name; a zone with more is a mistake or an attack.
const SERVICES_MAX: usize = 4;
const TARGETS_MAX: usize = 12;

/// The services that we speak (RFC 3263 §4.1, RFC 3261 §26.2.2) and the SRV name of each, as the order in which
/// they are asked for where no NAPTR record says another.
const SERVICES: [(&str, Transport, &str); 3] = [
    ("SIP+D2U", Transport::Udp, "_sip._udp"),
    ("SIP+D2T", Transport::Tcp, "_sip._tcp"),
    ("SIPS+D2T", Transport::Tls, "_sips._tcp"),
];

/// No name server answered, or none that can say.
struct Unknown;

/// One search.
pub(super) struct Search<'a> {
    client: &'a TokioResolver,
    servers: Vec<Server>,
    /// The least that any record on the way is to be believed.
    lasts: Duration,
}

impl<'a> Search<'a> {
    pub(super) const fn new(client: &'a TokioResolver) -> Self {
        Self { client, servers: Vec::new(), lasts: Duration::MAX }
    }

    /// Where the servers of `destination` are.
    pub(super) async fn of(mut self, destination: &Destination) -> Answer {
        let Ok(host) = Name::from_utf8(&*destination.host) else { return Answer::Nobody };
        let found = if destination.port != 0 {
            self.at_host(host, destination).await
        } else if destination.is_open {
            self.by_naptr(host, destination).await
        } else {
            self.by_transport(host, destination).await
        };
        match found {
            _ if !self.servers.is_empty() => Answer::Servers(self.servers, self.lasts),
            Ok(()) => Answer::Nobody,
            Err(Unknown) => Answer::Unknown,
        }
    }

    /// RFC 3263 §4.1. Some name servers do not know NAPTR and some firewalls drop it: without an answer the host
    /// is treated as one that has none.
    async fn by_naptr(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        let asked = self.client.lookup(absolute(&host), RecordType::NAPTR).await;
        let records = answer(asked).unwrap_or_default();
        let mut services: Vec<&NAPTR> = records.iter().flat_map(naptr).collect();
        services.sort_by_key(|it| (it.order, it.preference));
        let known = services.iter().filter_map(|it| {
            let transport =
                SERVICES.iter().find(|service| service.0.as_bytes().eq_ignore_ascii_case(&it.services))?.1;
            Some((transport, it.replacement.clone()))
        });
        let known: Vec<_> = known.take(SERVICES_MAX).collect();
        if known.is_empty() {
            return self.by_any_srv(host, destination).await;
        }
        self.note(&records);
        for (turn, (transport, name)) in (0..).zip(known) {
            self.srv(turn, transport, name).await?;
        }
        Ok(())
    }

    async fn by_any_srv(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        for (turn, (_, transport, service)) in (0..).zip(SERVICES) {
            let Ok(name) = Name::from_ascii(service).and_then(|service| service.append_domain(&host)) else {
                continue;
            };
            self.srv(turn, transport, name).await?;
        }
        if self.servers.is_empty() { self.at_host(host, destination).await } else { Ok(()) }
    }

    async fn by_transport(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        let service = SERVICES.iter().find(|service| service.1 == destination.transport);
        let name = service.and_then(|it| Name::from_ascii(it.2).and_then(|it| it.append_domain(&host)).ok());
        if let Some(name) = name
            && self.srv(0, destination.transport, name).await? == Said::Records
        {
            return Ok(());
        }
        self.at_host(host, destination).await
    }

    /// The targets of a service, each with its addresses (RFC 2782).
    async fn srv(&mut self, turn: u32, transport: Transport, name: Name) -> Result<Said, Unknown> {
        let records = answer(self.client.srv_lookup(name).await)?;
        let mut targets: Vec<&SRV> = records.iter().flat_map(srv).collect();
        if targets.is_empty() {
            return Ok(Said::Nothing);
        }
        self.note(&records);
        targets.sort_by_key(|it| (it.priority, u16::MAX - it.weight));
        let mut unknown = false;
        // A target of "." says that the service is not offered.
        for target in targets.into_iter().filter(|it| !it.target.is_root()).take(TARGETS_MAX) {
            let rank = turn << 16 | u32::from(target.priority);
            match self.addresses(target.target.clone()).await {
                Ok(ips) if ips.is_empty() => {}
                Ok(ips) => self.servers.push(server(transport, rank, target.weight, target.port, ips)),
                Err(Unknown) => unknown = true,
            }
        }
        if unknown && self.servers.is_empty() { Err(Unknown) } else { Ok(Said::Records) }
    }

    async fn at_host(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        let ips = self.addresses(host).await?;
        if !ips.is_empty() {
            self.servers.push(server(destination.transport, 0, 0, destination.port, ips));
        }
        Ok(())
    }

    async fn addresses(&mut self, host: Name) -> Result<Vec<IpAddr>, Unknown> {
        let found = answer(self.client.lookup_ip(host).await.map(|found| found.as_lookup().clone()))?;
        self.note(&found);
        Ok(found.as_ref().map_or_else(Vec::new, addresses))
    }

    fn note(&mut self, records: &Option<Lookup>) {
        let ttls =
            records.iter().flat_map(Lookup::answers).map(|record| Duration::from_secs(record.ttl.into()));
        self.lasts = ttls.min().map_or(self.lasts, |ttl| ttl.min(self.lasts));
    }
}

/// What a service's look-up came to.
#[derive(PartialEq, Eq)]
enum Said {
    Records,
    Nothing,
}

/// One server at these addresses.
pub(super) fn server(
    transport: Transport,
    rank: u32,
    weight: u16,
    port: u16,
    ips: impl IntoIterator<Item = IpAddr>,
) -> Server {
    let addresses = ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    Server { transport, rank, weight, addresses }
}

/// The name as it is, whatever domains this machine searches.
pub(super) fn absolute(host: &Name) -> Name {
    let mut name = host.clone();
    name.set_fqdn(true);
    name
}

/// What a name server said; `None` for "there is none".
fn answer(found: Result<Lookup, NetError>) -> Result<Option<Lookup>, Unknown> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Ok(None),
        Err(_) => Err(Unknown),
    }
}

/// The addresses among the records.
pub(super) fn addresses(records: &Lookup) -> Vec<IpAddr> {
    records.answers().iter().filter_map(|record| record.data.ip_addr()).collect()
}

fn naptr(records: &Lookup) -> impl Iterator<Item = &NAPTR> {
    let naptr = |data: &'_ RData| matches!(data, RData::NAPTR(it) if it.flags.eq_ignore_ascii_case(b"s"));
    let found = records.answers().iter().map(|record| &record.data).filter(move |data| naptr(data));
    found.filter_map(|data| if let RData::NAPTR(it) = data { Some(it) } else { None })
}

fn srv(records: &Lookup) -> impl Iterator<Item = &SRV> {
    records
        .answers()
        .iter()
        .filter_map(|record| if let RData::SRV(it) = &record.data { Some(it) } else { None })
}
