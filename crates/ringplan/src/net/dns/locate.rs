//! From a destination to its servers: NAPTR, SRV, A and AAAA (RFC 3263 §4).
//!
//! | destination | asked |
//! |---|---|
//! | with a port | A and AAAA of the host |
//! | over a transport | SRV of the host for it, else A and AAAA |
//! | open | NAPTR, else SRV for each transport, else A and AAAA over UDP |
//!
//! A record that is not there is an answer; a name server that is not there is none, and then nothing is guessed:
//! the host's own address may be another machine than the one its SRV records would have named. But whatever was
//! found serves: services, and servers of one service, are looked up side by side, and none keeps the others waiting.

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
use tokio::task::JoinSet;

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
        let mut known: Vec<_> = known.take(SERVICES_MAX).collect();
        if known.is_empty() {
            let at_host = |(_, transport, service): (_, _, &str)| {
                Some((transport, Name::from_ascii(service).and_then(|it| it.append_domain(&host)).ok()?))
            };
            known = SERVICES.into_iter().filter_map(at_host).collect();
        } else {
            self.lasts = self.lasts.min(least(&records));
        }
        self.by_services(known, host, destination).await
    }

    async fn by_transport(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        let service = SERVICES.iter().find(|service| service.1 == destination.transport);
        let name = service.and_then(|it| Name::from_ascii(it.2).and_then(|it| it.append_domain(&host)).ok());
        let known = name.map(|name| (destination.transport, name));
        self.by_services(known.into_iter().collect(), host, destination).await
    }

    /// What serves by these, in their turn; where none of them is there, the host itself, unless it says that it does
    /// not serve that way.
    async fn by_services(
        &mut self,
        services: Vec<(Transport, Name)>,
        host: Name,
        destination: &Destination,
    ) -> Result<(), Unknown> {
        let asked = (0..).zip(services);
        let asked = asked.map(|(turn, (over, name))| service(self.client.clone(), turn, over, name));
        let (mut is_unknown, mut is_closed) = (false, false);
        for (over, said) in together(asked).await {
            match said {
                Ok(Service::At(servers, lasts)) => {
                    self.servers.extend(servers);
                    self.lasts = self.lasts.min(lasts);
                }
                Ok(Service::Closed) => is_closed |= over == destination.transport,
                Ok(Service::None) => {}
                Err(Unknown) => is_unknown = true,
            }
        }
        match (self.servers.is_empty(), is_unknown) {
            (false, _) => Ok(()),
            (true, true) => Err(Unknown),
            (true, false) if is_closed => Ok(()),
            (true, false) => self.at_host(host, destination).await,
        }
    }

    async fn at_host(&mut self, host: Name, destination: &Destination) -> Result<(), Unknown> {
        let (ips, lasts) = at(self.client.clone(), host).await?;
        self.lasts = self.lasts.min(lasts);
        if !ips.is_empty() {
            self.servers.push(server(destination.transport, 0, 0, destination.port, ips));
        }
        Ok(())
    }
}

/// What a service's look-up came to.
enum Service {
    /// These serve, for so long. A service whose servers have no address is none.
    At(Vec<Server>, Duration),
    /// It is said not to be offered (RFC 2782: a target of ".").
    Closed,
    /// Nothing is said of it.
    None,
}

/// The targets of a service, each with its addresses (RFC 2782).
async fn service(
    client: TokioResolver,
    turn: u32,
    over: Transport,
    name: Name,
) -> (Transport, Result<Service, Unknown>) {
    let Ok(records) = answer(client.srv_lookup(name).await) else { return (over, Err(Unknown)) };
    let mut targets: Vec<SRV> = records.iter().flat_map(srv).cloned().collect();
    let is_said = !targets.is_empty();
    targets.retain(|it| !it.target.is_root());
    if targets.is_empty() {
        return (over, Ok(if is_said { Service::Closed } else { Service::None }));
    }
    targets.sort_by_key(|it| (it.priority, u16::MAX - it.weight));
    targets.truncate(TARGETS_MAX);
    let asked = targets.into_iter().map(|it| {
        let client = client.clone();
        async move { (at(client, it.target.clone()).await, it) }
    });
    let (mut servers, mut lasts, mut is_unknown) = (Vec::new(), least(&records), false);
    for (found, target) in together(asked).await {
        match found {
            Ok((ips, _)) if ips.is_empty() => {}
            Ok((ips, lasting)) => {
                lasts = lasts.min(lasting);
                let rank = turn << 16 | u32::from(target.priority);
                servers.push(server(over, rank, target.weight, target.port, ips));
            }
            Err(Unknown) => is_unknown = true,
        }
    }
    let is_nowhere = is_unknown && servers.is_empty();
    (over, if is_nowhere { Err(Unknown) } else { Ok(Service::At(servers, lasts)) })
}

/// The addresses of a host, and how long they are to be believed.
async fn at(client: TokioResolver, host: Name) -> Result<(Vec<IpAddr>, Duration), Unknown> {
    let found = answer(client.lookup_ip(host).await.map(|found| found.as_lookup().clone()))?;
    Ok((found.as_ref().map_or_else(Vec::new, addresses), least(&found)))
}

/// Does all of it side by side; what comes of it, in the order of asking. Who is dropped meanwhile asks no further.
async fn together<T: Send + 'static>(
    asked: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut tasks: JoinSet<(usize, T)> =
        asked.enumerate().map(|(turn, asked)| async move { (turn, asked.await) }).collect();
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(task) = tasks.join_next().await {
        done.extend(task);
    }
    done.sort_by_key(|(turn, _)| *turn);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The least that any of these records is to be believed.
fn least(records: &Option<Lookup>) -> Duration {
    let ttls = records.iter().flat_map(Lookup::answers).map(|record| Duration::from_secs(record.ttl.into()));
    ttls.min().unwrap_or(Duration::MAX)
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
