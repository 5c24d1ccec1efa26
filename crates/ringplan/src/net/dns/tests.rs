//! Searches against a name server of the test's own on loopback.

use std::{collections::BTreeMap, net::SocketAddr};

use hickory_resolver::{
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    proto::{
        op::{Message, MessageType, OpCode, ResponseCode},
        rr::{
            Name, RData, Record, RecordType,
            rdata::{A, AAAA, CNAME, NAPTR, SRV},
        },
    },
};
use sip::flow::Transport;
use tokio::net::UdpSocket;

use super::*;

/// What the name server knows; it is silent about names below `silent.example`.
type Zone = BTreeMap<(Name, RecordType), Vec<RData>>;

/// A name server that answers out of this zone with a time to live of 77 s, and a client of it.
async fn client_of(zone: Zone) -> Client {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(serve(socket, zone));
    let mut connection = ConnectionConfig::udp();
    connection.port = at.port();
    let mut server = NameServerConfig::udp(at.ip());
    server.connections = vec![connection];
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.options_mut().use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
    client(builder).unwrap()
}

async fn serve(socket: UdpSocket, zone: Zone) {
    let mut bytes = [0; 1_500];
    while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
        let Ok(question) = Message::from_vec(&bytes[..length]) else { continue };
        let query = question.queries[0].clone();
        if query.name().to_string().contains("silent") {
            continue;
        }
        let mut answer = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
        answer.metadata.recursion_desired = true;
        answer.metadata.recursion_available = true;
        let name = query.name().to_lowercase();
        let mut owner = name.clone();
        while let Some([alias @ RData::CNAME(CNAME(target))]) =
            zone.get(&(owner.clone(), RecordType::CNAME)).map(Vec::as_slice)
        {
            answer.add_answer(Record::from_rdata(owner, 77, alias.clone()));
            owner = target.clone();
        }
        for data in zone.get(&(owner.clone(), query.query_type())).into_iter().flatten() {
            answer.add_answer(Record::from_rdata(owner.clone(), 77, data.clone()));
        }
        let is_known = zone.keys().any(|(known, _)| *known == name);
        answer.metadata.response_code = match (name.to_string().contains("broken"), is_known) {
            (true, _) => ResponseCode::ServFail,
            (false, true) => ResponseCode::NoError,
            (false, false) => ResponseCode::NXDomain,
        };
        answer.add_query(query);
        let _ = socket.send_to(&answer.to_vec().unwrap(), from).await;
    }
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

/// A zone from lines such as `sip.example A 192.0.2.1`, `_sip._udp.example SRV 10 60 5070 a.example`,
/// `example NAPTR 10 50 SIP+D2T _sip._tcp.example`, `example NAPTR-a ..` with another flag than `s`,
/// `www.example CNAME example`.
fn zone(lines: &[&str]) -> Zone {
    let mut zone = Zone::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| words[index].parse().unwrap();
        let (kind, data) = match words[1] {
            "A" => (RecordType::A, RData::A(A(words[2].parse().unwrap()))),
            "AAAA" => (RecordType::AAAA, RData::AAAA(AAAA(words[2].parse().unwrap()))),
            "CNAME" => (RecordType::CNAME, RData::CNAME(CNAME(name(words[2])))),
            "SRV" => {
                let srv = SRV::new(number(2), number(3), number(4), name(words[5]));
                (RecordType::SRV, RData::SRV(srv))
            }
            kind if kind.starts_with("NAPTR") => {
                let flags = kind.strip_prefix("NAPTR-").unwrap_or("s").as_bytes().into();
                let none = Box::from([]);
                let services = words[4].as_bytes().into();
                let naptr = NAPTR::new(number(2), number(3), flags, services, none, name(words[5]));
                (RecordType::NAPTR, RData::NAPTR(naptr))
            }
            other => panic!("no record is called {other}"),
        };
        zone.entry((name(words[0]), kind)).or_default().push(data);
    }
    zone
}

/// What is found, a line each: transport, turn, priority, weight, addresses.
async fn found(lines: &[&str], destination: Destination) -> Vec<String> {
    let Client(client) = client_of(zone(lines)).await;
    match Search::new(&client).of(&destination).await {
        Answer::Servers(servers, lasts) => {
            assert_eq!(lasts, Duration::from_secs(77));
            let line = |it: &Server| {
                let at: Vec<String> = it.addresses.iter().map(SocketAddr::to_string).collect();
                format!(
                    "{} {}.{} {} {}",
                    it.transport,
                    it.rank >> 16,
                    it.rank & 0xffff,
                    it.weight,
                    at.join(" ")
                )
            };
            servers.iter().map(line).collect()
        }
        Answer::Nobody => vec!["nobody".to_owned()],
        Answer::Unknown => vec!["unknown".to_owned()],
    }
}

fn over(host: &str, transport: Transport) -> Destination {
    Destination::named(host, transport)
}

fn open(host: &str) -> Destination {
    Destination { is_open: true, ..over(host, Transport::Udp) }
}

const CARRIER: [&str; 9] = [
    "carrier.example NAPTR 20 50 SIP+D2U _sip._udp.carrier.example",
    "carrier.example NAPTR 10 50 SIPS+D2T _sips._tcp.carrier.example",
    "carrier.example NAPTR 5 50 E2U+sip _else.carrier.example",
    "_sips._tcp.carrier.example SRV 10 0 5061 a.carrier.example",
    "_sip._udp.carrier.example SRV 20 0 5060 b.carrier.example",
    "_sip._udp.carrier.example SRV 10 60 5070 a.carrier.example",
    "a.carrier.example A 192.0.2.1",
    "b.carrier.example A 192.0.2.2",
    "carrier.example A 192.0.2.9",
];

#[tokio::test]
async fn naptr_says_the_transports_in_their_turn_and_srv_the_servers_of_each() {
    let expected = ["TLS 0.10 0 192.0.2.1:5061", "UDP 1.10 60 192.0.2.1:5070", "UDP 1.20 0 192.0.2.2:5060"];
    assert_eq!(found(&CARRIER, open("carrier.example")).await, expected);
}

#[tokio::test]
async fn a_transport_that_is_said_skips_naptr() {
    let expected = ["UDP 0.10 60 192.0.2.1:5070", "UDP 0.20 0 192.0.2.2:5060"];
    assert_eq!(found(&CARRIER, over("carrier.example", Transport::Udp)).await, expected);
    let none = ["TCP 0.0 0 192.0.2.9:0"];
    assert_eq!(
        found(&CARRIER, over("carrier.example", Transport::Tcp)).await,
        none,
        "no SRV: the host itself"
    );
}

#[tokio::test]
async fn a_port_that_is_said_skips_srv() {
    let to = Destination { port: 5080, ..over("carrier.example", Transport::Udp) };
    assert_eq!(found(&CARRIER, to).await, ["UDP 0.0 0 192.0.2.9:5080"]);
}

#[tokio::test]
async fn without_naptr_every_transport_is_asked_and_without_srv_the_host() {
    let lines = ["_sip._tcp.plain.example SRV 1 1 5060 a.plain.example", "a.plain.example A 192.0.2.3"];
    assert_eq!(found(&lines, open("plain.example")).await, ["TCP 1.1 1 192.0.2.3:5060"]);
    assert_eq!(found(&["plain.example A 192.0.2.4"], open("plain.example")).await, ["UDP 0.0 0 192.0.2.4:0"]);
}

#[tokio::test]
async fn a_service_that_is_not_offered_is_no_reason_to_try_the_host() {
    let lines = ["_sip._udp.closed.example SRV 0 0 0 .", "closed.example A 192.0.2.5"];
    assert_eq!(found(&lines, over("closed.example", Transport::Udp)).await, ["nobody"]);
}

/// Goal: the same where nobody asked for a transport, and where NAPTR says which there are.
#[tokio::test]
async fn a_host_that_does_not_serve_by_datagrams_gets_none() {
    let open_host = ["_sip._udp.closed.example SRV 0 0 0 .", "closed.example A 192.0.2.5"];
    assert_eq!(found(&open_host, open("closed.example")).await, ["nobody"]);
    let by_stream = [&open_host[..], &["_sip._tcp.closed.example SRV 0 0 5060 closed.example"]].concat();
    assert_eq!(found(&by_stream, open("closed.example")).await, ["TCP 1.0 0 192.0.2.5:5060"]);
    let no_stream = ["_sip._tcp.half.example SRV 0 0 0 .", "half.example A 192.0.2.8"];
    assert_eq!(found(&no_stream, open("half.example")).await, ["UDP 0.0 0 192.0.2.8:0"]);
}

/// Goal: one service that can't be looked up hides no other, refused or unanswered.
#[tokio::test]
async fn a_service_that_cant_be_looked_up_is_passed_over() {
    for fault in ["broken", "silent"] {
        let carrier = format!("{fault}-service.example");
        let lines = [
            format!("half.example NAPTR 10 50 SIPS+D2T {carrier}"),
            "half.example NAPTR 20 50 SIP+D2T _sip._tcp.half.example".to_owned(),
            "_sip._tcp.half.example SRV 1 0 5060 a.half.example".to_owned(),
            "a.half.example A 192.0.2.6".to_owned(),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(found(&lines, open("half.example")).await, ["TCP 1.1 0 192.0.2.6:5060"], "{fault}");
        let only = &lines[..1];
        assert_eq!(found(only, open("half.example")).await, ["unknown"], "{fault}: nothing is guessed");
    }
}

#[tokio::test]
async fn a_service_without_servers_leaves_the_next_and_then_the_host() {
    let lines = [
        "bare.example NAPTR 10 50 SIPS+D2T _sips._tcp.bare.example",
        "bare.example NAPTR 20 50 SIP+D2T _sip._tcp.bare.example",
        "bare.example A 192.0.2.7",
        "_sip._tcp.bare.example SRV 1 0 5060 bare.example",
    ];
    assert_eq!(found(&lines, open("bare.example")).await, ["TCP 1.1 0 192.0.2.7:5060"]);
    assert_eq!(found(&lines[..3], open("bare.example")).await, ["UDP 0.0 0 192.0.2.7:0"]);
}

/// Goal: a record whose next step is not SRV says nothing here (RFC 3263 §4.1).
#[tokio::test]
async fn naptr_that_leads_elsewhere_than_to_srv_is_none() {
    let lines = [
        "odd.example NAPTR-a 1 50 SIP+D2T a.odd.example",
        "odd.example NAPTR-u 2 50 SIP+D2U .",
        "_sip._udp.odd.example SRV 1 0 5062 a.odd.example",
        "a.odd.example A 192.0.2.8",
    ];
    assert_eq!(found(&lines, open("odd.example")).await, ["UDP 0.1 0 192.0.2.8:5062"]);
}

#[tokio::test]
async fn both_families_and_aliases_are_followed() {
    let lines = [
        "_sip._udp.both.example SRV 1 0 5060 edge.both.example",
        "edge.both.example CNAME far.both.example",
        "far.both.example A 192.0.2.10",
        "far.both.example AAAA 2001:db8::10",
    ];
    let expected = ["UDP 0.1 0 192.0.2.10:5060 [2001:db8::10]:5060"];
    assert_eq!(found(&lines, over("both.example", Transport::Udp)).await, expected);
    let host = ["UDP 0.0 0 192.0.2.10:0 [2001:db8::10]:0"];
    assert_eq!(found(&lines, over("edge.both.example", Transport::Udp)).await, host);
}

#[tokio::test]
async fn a_name_that_is_not_there_is_told_from_a_name_server_that_is_not() {
    assert_eq!(found(&[], over("nobody.example", Transport::Udp)).await, ["nobody"]);
    assert_eq!(found(&[], over("broken.example", Transport::Udp)).await, ["unknown"]);
    assert_eq!(found(&[], over("silent.example", Transport::Udp)).await, ["unknown"]);
}

/// Goal: one target without addresses takes nothing from the others.
#[tokio::test]
async fn a_target_that_cant_be_looked_up_is_passed_over() {
    let lines = [
        "_sip._udp.half.example SRV 1 0 5060 silent.example",
        "_sip._udp.half.example SRV 2 0 5060 b.half.example",
        "b.half.example A 192.0.2.6",
    ];
    assert_eq!(found(&lines, over("half.example", Transport::Udp)).await, ["UDP 0.2 0 192.0.2.6:5060"]);
}

/// Goal: a trunk that the hosts file names is found on a machine without name servers.
#[test]
fn the_hosts_file_comes_before_dns() {
    let mut hosts = Hosts::default();
    hosts.read_hosts_conf("192.0.2.7 pbx.carrier.example edge\n".as_bytes()).unwrap();
    for host in ["pbx.carrier.example", "edge"] {
        let server = named_in(&hosts, &over(host, Transport::Tls)).expect("it stands there");
        assert_eq!((server.transport, server.addresses[0]), (Transport::Tls, "192.0.2.7:0".parse().unwrap()));
    }
    assert_eq!(named_in(&hosts, &over("other.example", Transport::Udp)), None);
}

#[test]
fn localhost_is_known_without_asking() {
    for ours in ["localhost", "LocalHost", "localhost.", "sip.localhost"] {
        assert!(is_ourselves(ours), "{ours}");
    }
    for theirs in ["localhost.example", "notlocalhost", ""] {
        assert!(!is_ourselves(theirs), "{theirs}");
    }
}
