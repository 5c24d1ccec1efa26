//! What finding a way promises, in virtual time.

use super::*;

const OURS: &str = "192.0.2.1:5060";

fn reach() -> Reach {
    let ours = OURS.parse().unwrap();
    Reach::new(Limits::default(), vec![(Transport::Udp, ours), (Transport::Tcp, ours)])
}

fn to(host: &str, transport: Transport) -> Destination {
    Destination::named(host, transport)
}

/// One server over UDP for each of these, in this order; a transport before the address where it is another.
pub(super) fn servers(addresses: &[&str]) -> Vec<Server> {
    let server = |(rank, text): (u32, &&str)| {
        let (transport, address) = match text.split_once(' ') {
            Some(("tcp", address)) => (Transport::Tcp, address),
            Some(("tls", address)) => (Transport::Tls, address),
            _ => (Transport::Udp, *text),
        };
        let address = address.parse().unwrap_or_else(|_| format!("{address}:0").parse().unwrap());
        Server { transport, rank, weight: 0, addresses: SmallVec::from_slice(&[address]) }
    };
    (0..).zip(addresses).map(server).collect()
}

/// That these serve, for five minutes.
fn at(addresses: &[&str]) -> Answer {
    Answer::Servers(servers(addresses), Duration::from_secs(300))
}

/// As a request asks that has tried nothing yet.
impl Reach {
    fn go(&mut self, now: Instant, destination: &Destination, out: &mut VecDeque<Output>) -> Reached {
        self.reach(now, destination, Terms::default(), &mut Chance::from_seed([1; 32]), out)
    }

    fn hear(&mut self, now: Instant, question: u64, answer: Answer, out: &mut VecDeque<Output>) -> Told {
        self.resolved(now, question, answer, &mut Chance::from_seed([1; 32]), out)
    }
}

fn seconds(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn flow(remote: &str, transport: Transport, connection: u32) -> Flow {
    Flow { transport, local: OURS.parse().unwrap(), remote: remote.parse().unwrap(), connection }
}

/// What was asked for, one short line each; the list is drained.
fn asked(out: &mut VecDeque<Output>) -> Vec<String> {
    let line = |output: Output| {
        if let Output::Resolve { question, destination } = output {
            return format!("resolve {question} {}", destination.host);
        }
        let Output::Open { id, remote, .. } = output else { panic!("never asks for {output:?}") };
        format!("open {} {remote}", id.0)
    };
    out.drain(..).map(line).collect()
}

fn waiting(reached: Reached) -> WaitId {
    match reached {
        Reached::Waiting(id) => id,
        Reached::Ready(_) | Reached::Failed(_) => panic!("does not wait: {reached:?}"),
    }
}

#[test]
fn a_numeric_address_on_udp_is_reached_at_once() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let there = |remote| Reached::Ready(flow(remote, Transport::Udp, 0));
    assert_eq!(
        reach.go(seconds(0), &to("198.51.100.7", Transport::Udp), &mut out),
        there("198.51.100.7:5060")
    );
    let port = Destination { port: 5080, ..to("198.51.100.7", Transport::Udp) };
    assert_eq!(reach.go(seconds(0), &port, &mut out), there("198.51.100.7:5080"));
    assert!(out.is_empty());
}

#[test]
fn a_family_or_transport_without_a_socket_is_said_at_once() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    for nowhere in [to("[2001:db8::7]", Transport::Udp), to("198.51.100.7", Transport::Ws)] {
        let reached = reach.go(seconds(0), &nowhere, &mut out);
        assert_eq!(reached, Reached::Failed(Unreachable::NoSocket));
    }
    assert_eq!(reach.timeout(), None);
}

#[test]
fn askers_of_one_name_share_one_question_and_its_answer() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    let first = waiting(reach.go(seconds(0), &carrier, &mut out));
    let second = waiting(reach.go(seconds(1), &carrier, &mut out));
    assert_eq!(asked(&mut out), ["resolve 1 sip.carrier.example"]);
    let there = flow("198.51.100.7:5060", Transport::Udp, 0);
    let told = reach.hear(seconds(1), 1, at(&["198.51.100.7:0"]), &mut out);
    assert_eq!(told.to_vec(), [(first, Ok(there)), (second, Ok(there))]);
    assert_eq!(reach.go(seconds(2), &carrier, &mut out), Reached::Ready(there));
    assert!(out.is_empty());
}

#[test]
fn an_old_answer_serves_while_a_new_one_is_asked_and_while_dns_is_down() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    reach.go(seconds(0), &carrier, &mut out);
    reach.hear(seconds(0), 1, at(&["198.51.100.7:5060"]), &mut out);
    out.clear();
    let there = Reached::Ready(flow("198.51.100.7:5060", Transport::Udp, 0));
    assert_eq!(reach.go(seconds(299), &carrier, &mut out), there);
    assert!(out.is_empty());
    assert_eq!(reach.go(seconds(300), &carrier, &mut out), there);
    assert_eq!(asked(&mut out), ["resolve 2 sip.carrier.example"]);
    reach.hear(seconds(310), 2, Answer::Unknown, &mut out);
    assert_eq!(reach.go(seconds(311), &carrier, &mut out), there);
    assert!(out.is_empty(), "silence is believed for a while too");
    assert_eq!(reach.go(seconds(3899), &carrier, &mut out), there);
    assert!(matches!(reach.go(seconds(3900), &carrier, &mut out), Reached::Waiting(_)));
}

#[test]
fn a_name_without_address_is_believed_for_half_a_minute() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let nobody = to("nobody.example", Transport::Udp);
    let wait = waiting(reach.go(seconds(0), &nobody, &mut out));
    let told = reach.hear(seconds(1), 1, Answer::Nobody, &mut out);
    assert_eq!(told.to_vec(), [(wait, Err(Unreachable::NoAddress))]);
    out.clear();
    assert_eq!(reach.go(seconds(30), &nobody, &mut out), Reached::Failed(Unreachable::NoAddress));
    assert!(out.is_empty());
    waiting(reach.go(seconds(31), &nobody, &mut out));
    assert_eq!(asked(&mut out), ["resolve 2 nobody.example"]);
}

#[test]
fn a_stream_is_opened_once_shared_and_used_again_until_it_closes() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("198.51.100.7", Transport::Tcp);
    let first = waiting(reach.go(seconds(0), &carrier, &mut out));
    let second = waiting(reach.go(seconds(0), &carrier, &mut out));
    assert_eq!(asked(&mut out), ["open 1 198.51.100.7:5060"]);
    let there = flow("198.51.100.7:5060", Transport::Tcp, 9);
    let told = reach.flow_event(seconds(0), &FlowEvent::Opened(OpenId(1), there), &mut out);
    assert_eq!(told.to_vec(), [(first, Ok(there)), (second, Ok(there))]);
    assert_eq!(reach.go(seconds(1), &carrier, &mut out), Reached::Ready(there));
    reach.flow_event(seconds(1), &FlowEvent::Closed(there), &mut out);
    waiting(reach.go(seconds(2), &carrier, &mut out));
    assert_eq!(asked(&mut out), ["open 2 198.51.100.7:5060"]);
}

#[test]
fn a_refused_connection_tries_the_next_address_and_then_gives_up() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Tcp);
    let wait = waiting(reach.go(seconds(0), &carrier, &mut out));
    reach.hear(seconds(0), 1, at(&["tcp 198.51.100.7", "tcp 198.51.100.8"]), &mut out);
    assert!(reach.flow_event(seconds(1), &FlowEvent::Failed(OpenId(1), Fault::Refused), &mut out).is_empty());
    assert_eq!(
        asked(&mut out),
        ["resolve 1 sip.carrier.example", "open 1 198.51.100.7:5060", "open 2 198.51.100.8:5060"]
    );
    let told = reach.flow_event(seconds(0), &FlowEvent::Failed(OpenId(2), Fault::Refused), &mut out);
    assert_eq!(told.to_vec(), [(wait, Err(Unreachable::Connection(Fault::Refused)))]);
}

#[test]
fn who_waits_four_seconds_is_told_and_a_late_answer_is_kept_for_the_next() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    let wait = waiting(reach.go(seconds(0), &carrier, &mut out));
    assert_eq!(reach.timeout(), Some(seconds(4)));
    assert!(reach.tick(seconds(3), &mut out).is_empty());
    assert_eq!(reach.tick(seconds(4), &mut out).to_vec(), [(wait, Err(Unreachable::Late))]);
    assert_eq!(reach.timeout(), None);
    assert!(reach.hear(seconds(5), 1, at(&["198.51.100.7:5060"]), &mut out).is_empty());
    let there = flow("198.51.100.7:5060", Transport::Udp, 0);
    assert_eq!(reach.go(seconds(5), &carrier, &mut out), Reached::Ready(there));
}

#[test]
fn beyond_the_bound_nobody_waits() {
    let mut reach =
        Reach::new(Limits { waits: 1, ..Limits::default() }, vec![(Transport::Tcp, OURS.parse().unwrap())]);
    let mut out = VecDeque::new();
    let carrier = to("198.51.100.7", Transport::Tcp);
    waiting(reach.go(seconds(0), &carrier, &mut out));
    assert_eq!(reach.go(seconds(0), &carrier, &mut out), Reached::Failed(Unreachable::Full));
}

#[test]
fn kept_names_are_asked_by_themselves_and_tell_who_is_there() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    reach.keep(&[carrier.clone(), to("198.51.100.9", Transport::Udp)]);
    reach.tick(seconds(0), &mut out);
    assert_eq!(asked(&mut out), ["resolve 1 sip.carrier.example"]);
    assert_eq!(reach.timeout(), None);
    reach.hear(seconds(1), 1, at(&["198.51.100.7:5060", "198.51.100.8:5060"]), &mut out);
    assert!(reach.is_at(&carrier, "198.51.100.8".parse().unwrap()));
    assert!(!reach.is_at(&carrier, "198.51.100.9".parse().unwrap()));
    assert_eq!(reach.timeout(), Some(seconds(301)));
    reach.tick(seconds(301), &mut out);
    assert_eq!(asked(&mut out), ["resolve 2 sip.carrier.example"]);
}

#[test]
fn an_address_that_does_not_answer_is_tried_last_for_a_minute() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    reach.go(seconds(0), &carrier, &mut out);
    reach.hear(seconds(0), 1, at(&["198.51.100.7:5060", "198.51.100.8:5060"]), &mut out);
    let mut there = |second, reach: &mut Reach| match reach.go(seconds(second), &carrier, &mut out) {
        Reached::Ready(flow) => flow.remote.ip().to_string(),
        other @ (Reached::Waiting(_) | Reached::Failed(_)) => panic!("not ready: {other:?}"),
    };
    assert_eq!(there(1, &mut reach), "198.51.100.7");
    reach.avoid(seconds(1), "198.51.100.7:5060".parse().unwrap());
    assert_eq!(there(60, &mut reach), "198.51.100.8");
    assert_eq!(there(61, &mut reach), "198.51.100.7");
    reach.avoid(seconds(61), "198.51.100.7:5060".parse().unwrap());
    reach.avoid(seconds(62), "198.51.100.8:5060".parse().unwrap());
    assert_eq!(there(63, &mut reach), "198.51.100.7", "where none answers the first is as good");
}

/// RFC 5923 §9.2: what was proven for one name says nothing of another at the same address.
#[test]
fn a_connection_that_proved_one_name_serves_no_other() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carriers = ["one.example", "two.example"].map(|host| to(host, Transport::Tls));
    for (question, carrier) in (1..).zip(&carriers) {
        reach.go(seconds(0), carrier, &mut out);
        reach.hear(seconds(0), question, at(&["tls 198.51.100.7"]), &mut out);
    }
    let opened = asked(&mut out);
    assert_eq!(opened[1], "open 1 198.51.100.7:5061");
    assert_eq!(opened[3], "open 2 198.51.100.7:5061");
    for (id, carrier) in (1..).zip(&carriers) {
        let own = flow("198.51.100.7:5061", Transport::Tls, id);
        reach.flow_event(seconds(1), &FlowEvent::Opened(OpenId(id.into()), own), &mut out);
        assert_eq!(reach.go(seconds(1), carrier, &mut out), Reached::Ready(own));
    }
    assert!(out.is_empty());
}

/// RFC 3261 §18.1.1.
#[test]
fn a_large_request_finds_a_connection_at_once_unless_none_came_of_it() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = "198.51.100.7:5060".parse().unwrap();
    let first = reach.stream_ahead(seconds(0), carrier, &mut out).unwrap();
    assert!(matches!(out.pop_front(), Some(Output::OpenAhead { flow, .. }) if flow == first));
    assert_eq!(reach.stream_ahead(seconds(1), carrier, &mut out), Some(first), "two share it");
    reach.flow_event(seconds(1), &FlowEvent::Closed(first), &mut out);
    let second = reach.stream_ahead(seconds(2), carrier, &mut out).unwrap();
    assert_ne!(second, first, "no number is used twice");
    reach.flow_event(seconds(1), &FlowEvent::Closed(second), &mut out);
    reach.takes_datagrams_only(seconds(3), carrier);
    assert_eq!(reach.stream_ahead(seconds(602), carrier, &mut out), None);
    let third = reach.stream_ahead(seconds(603), carrier, &mut out);
    assert!(third.is_some());
    reach.takes_datagrams_only(seconds(604), carrier);
    assert_eq!(reach.stream_ahead(seconds(604), carrier, &mut out), None, "nobody answers on it");
    let elsewhere = "[2001:db8::7]:5060".parse().unwrap();
    assert_eq!(reach.stream_ahead(seconds(603), elsewhere, &mut out), None, "no socket of ours is for it");
}

/// Goal: what has to be said to a carrier whose connection broke waits for nobody; over TLS it has to prove who it is.
#[test]
fn in_the_place_of_a_broken_connection_stands_one_that_can_be_written_to() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = "198.51.100.7:5060".parse().unwrap();
    let theirs = flow("198.51.100.7:40001", Transport::Tcp, 3);
    assert!(!reach.is_up(theirs), "nobody spoke on it");
    reach.hears(seconds(0), theirs, &mut out);
    assert!(reach.is_up(theirs));
    reach.flow_event(seconds(1), &FlowEvent::Closed(theirs), &mut out);
    assert!(!reach.is_up(theirs));
    let anew = reach.again(seconds(2), (Transport::Tcp, carrier), None, &mut out).unwrap();
    assert!(matches!(out.pop_front(), Some(Output::OpenAhead { flow, host: None, .. }) if flow == anew));
    assert!(reach.is_up(anew));
    assert_eq!(reach.again(seconds(3), (Transport::Tcp, carrier), None, &mut out), Some(anew));
    let (named, numeric) = (to("sip.carrier.example", Transport::Tls), to("198.51.100.7", Transport::Tls));
    let host = named.host.clone();
    assert_eq!(reach.again_at(seconds(4), &named, None, |_| true, &mut out), None, "its name is asked for");
    out.clear();
    let safe = |(_, address): Place| address.port() == 5061;
    reach.again_at(seconds(4), &numeric, Some(&host), safe, &mut out).unwrap();
    let Some(Output::OpenAhead { host: Some(proven), .. }) = out.pop_front() else { panic!("{out:?}") };
    assert_eq!(&*proven, "sip.carrier.example");
    assert_eq!(
        reach.again_at(seconds(4), &numeric, None, |_| false, &mut out),
        None,
        "nobody is to go there"
    );
    let datagram = reach.again(seconds(5), (Transport::Udp, carrier), None, &mut out).unwrap();
    assert!(reach.is_up(datagram) && out.is_empty());
}

#[test]
fn a_connection_on_which_nothing_is_heard_since_a_request_is_closed_and_opened_anew() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    opens(&mut reach, 0, "198.51.100.7", 7, &mut out);
    let open = flow("198.51.100.7:5060", Transport::Tcp, 7);
    reach.hears(seconds(10), open, &mut out);
    assert!(!reach.hangs_up_if_deaf(open, seconds(9), &mut out), "somebody spoke since");
    assert!(
        !reach.hangs_up_if_deaf(flow("203.0.113.9:40001", Transport::Tcp, 9), seconds(20), &mut out),
        "not ours"
    );
    assert!(reach.hangs_up_if_deaf(open, seconds(10), &mut out));
    assert_eq!(closed(&mut out), [7]);
    opens(&mut reach, 50, "198.51.100.7", 8, &mut out);
    reach.hears(seconds(53), flow("198.51.100.7:5060", Transport::Tcp, 8), &mut out);
    let mut gives_up = |second, remote: &str| {
        reach.gives_up(seconds(second), remote.parse().unwrap(), Duration::from_secs(4), &mut out);
        closed(&mut out)
    };
    assert_eq!(gives_up(56, "198.51.100.7:5060"), [0_u32; 0], "it spoke meanwhile, if only to refuse");
    assert_eq!(gives_up(57, "198.51.100.8:5060"), [0_u32; 0]);
    assert_eq!(gives_up(57, "198.51.100.7:5060"), [8]);
    assert!(!is_up(&mut reach, 60, "198.51.100.7", &mut out));
}

/// Method: the connection that failed was asked for, the one that lives was opened ahead; whoever speaks on it took it.
#[test]
fn a_carrier_that_speaks_on_a_connection_of_ours_takes_connections() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("198.51.100.7", Transport::Tcp);
    let at: SocketAddr = "198.51.100.7:5060".parse().unwrap();
    reach.name(vec![(carrier.clone(), "tc".into())]);
    reach.go(seconds(0), &carrier, &mut out);
    let Some(Output::Open { id, .. }) = out.pop_front() else { panic!("{out:?}") };
    reach.flow_event(seconds(1), &FlowEvent::Failed(id, Fault::Refused), &mut out);
    out.clear();
    let ahead = reach.again(seconds(2), (Transport::Tcp, at), None, &mut out).unwrap();
    out.clear();
    reach.hears(seconds(3), flow("198.51.100.7:40001", Transport::Tcp, 3), &mut out);
    assert_eq!((reach.trouble(at), out.len()), (Some(Fault::Refused), 0), "that one is the carrier's own");
    reach.hears(seconds(3), ahead, &mut out);
    assert_eq!((reach.trouble(at), out.len()), (None, 1));
    reach.hears(seconds(4), ahead, &mut out);
    assert_eq!(out.len(), 1, "it is told once");
}

#[test]
fn names_beyond_the_bound_push_out_the_oldest() {
    let limits = Limits { names: 2, ..Limits::default() };
    let mut reach = Reach::new(limits, vec![(Transport::Udp, OURS.parse().unwrap())]);
    let mut out = VecDeque::new();
    for (second, host) in (0..).zip(["one.example", "two.example", "three.example"]) {
        reach.go(seconds(second), &to(host, Transport::Udp), &mut out);
        reach.hear(seconds(second), second + 1, at(&["198.51.100.7:5060"]), &mut out);
    }
    let ip = "198.51.100.7".parse().unwrap();
    let known =
        ["one.example", "two.example", "three.example"].map(|it| reach.is_at(&to(it, Transport::Udp), ip));
    assert_eq!(known, [false, true, true]);
}

/// Whether there is a connection to this TCP address; it is asked for if not.
fn is_up(reach: &mut Reach, second: u64, host: &str, out: &mut VecDeque<Output>) -> bool {
    reach.at_once(seconds(second), &to(host, Transport::Tcp), |_| true, out).is_some()
}

/// Opens a connection to this TCP address.
fn opens(reach: &mut Reach, second: u64, host: &str, connection: u32, out: &mut VecDeque<Output>) {
    assert!(!is_up(reach, second, host, out));
    let Some(Output::Open { id, .. }) = out.pop_back() else { panic!("{host} is not asked for: {out:?}") };
    let there = flow(&format!("{host}:5060"), Transport::Tcp, connection);
    reach.flow_event(seconds(second), &FlowEvent::Opened(id, there), out);
}

/// The connections that are to be closed; the list is drained.
fn closed(out: &mut VecDeque<Output>) -> Vec<u32> {
    let number = |output| {
        let Output::Close(flow) = output else { panic!("never asks for {output:?}") };
        flow.connection
    };
    out.drain(..).map(number).collect()
}

/// Goal: whoever makes us name hosts can't make us dial without end, nor keep us from our carriers.
#[test]
fn so_many_connections_are_opened_at_once_and_a_carrier_always() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    reach.keep(&[to("198.51.100.7", Transport::Tcp)]);
    for host in 0..200 {
        is_up(&mut reach, 0, &format!("203.0.113.{host}"), &mut out);
    }
    assert_eq!(asked(&mut out).len(), Limits::default().opening);
    let refused = reach.go(seconds(0), &to("203.0.113.250", Transport::Tcp), &mut out);
    assert_eq!(refused, Reached::Failed(Unreachable::Full));
    waiting(reach.go(seconds(0), &to("198.51.100.7", Transport::Tcp), &mut out));
    reach.flow_event(seconds(4), &FlowEvent::Failed(OpenId(1), Fault::Silent), &mut out);
    out.clear();
    is_up(&mut reach, 4, "203.0.113.250", &mut out);
    assert_eq!(asked(&mut out).len(), 1, "there is room again");
}

#[test]
fn beyond_the_bound_the_connection_used_longest_ago_is_closed_and_no_carriers() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let (mut reach, mut out) =
        (Reach::new(limits, vec![(Transport::Tcp, OURS.parse().unwrap())]), VecDeque::new());
    reach.keep(&[to("198.51.100.7", Transport::Tcp)]);
    opens(&mut reach, 0, "198.51.100.7", 7, &mut out);
    for host in 1..=3 {
        opens(&mut reach, host, &format!("203.0.113.{host}"), 100 + host as u32, &mut out);
    }
    assert!(is_up(&mut reach, 10, "203.0.113.1", &mut out), "used again by us");
    reach.hears(seconds(11), flow("203.0.113.2:5060", Transport::Tcp, 102), &mut out);
    assert_eq!(closed(&mut out), [0_u32; 0]);
    opens(&mut reach, 12, "203.0.113.4", 104, &mut out);
    assert_eq!(closed(&mut out), [103]);
    opens(&mut reach, 13, "203.0.113.5", 105, &mut out);
    assert_eq!(closed(&mut out), [101]);
    assert!(is_up(&mut reach, 14, "198.51.100.7", &mut out));
}

#[test]
fn a_connection_that_nobody_uses_is_closed_in_time_and_a_carriers_stays() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let hour = Limits::default().unused.as_secs();
    reach.keep(&[to("198.51.100.7", Transport::Tcp)]);
    opens(&mut reach, 0, "198.51.100.7", 7, &mut out);
    opens(&mut reach, 0, "203.0.113.1", 101, &mut out);
    opens(&mut reach, 1, "203.0.113.2", 102, &mut out);
    reach.hears(seconds(hour - 1), flow("203.0.113.2:5060", Transport::Tcp, 102), &mut out);
    assert_eq!(reach.timeout(), Some(seconds(hour)));
    reach.tick(seconds(hour), &mut out);
    assert_eq!(closed(&mut out), [101]);
    while let Some(at) = reach.timeout().filter(|at| *at < seconds(3 * hour)) {
        reach.tick(at, &mut out);
    }
    assert_eq!(closed(&mut out), [102]);
    assert!(is_up(&mut reach, 3 * hour, "198.51.100.7", &mut out));
    assert!(!is_up(&mut reach, 3 * hour, "203.0.113.1", &mut out));
}

/// Goal: a name that leads to an address nobody may be sent to opens nothing there, rather than opening a
/// connection that then is not used.
#[test]
fn an_address_that_may_not_be_used_is_not_connected_to() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let host = to("contact.example", Transport::Tcp);
    let may = |address: SocketAddr| !address.ip().is_loopback();
    assert_eq!(reach.at_once(seconds(0), &host, may, &mut out), None);
    reach.hear(seconds(0), 1, at(&["tcp 127.0.0.1:22"]), &mut out);
    assert_eq!(reach.at_once(seconds(1), &host, may, &mut out), None);
    assert_eq!(asked(&mut out), ["resolve 1 contact.example"]);
    reach.at_once(seconds(301), &host, may, &mut out);
    reach.hear(seconds(301), 2, at(&["tcp 127.0.0.1:22", "tcp 203.0.113.9:5060"]), &mut out);
    reach.at_once(seconds(302), &host, may, &mut out);
    assert_eq!(asked(&mut out), ["resolve 2 contact.example", "open 1 203.0.113.9:5060"]);
}

/// RFC 5922 §4: whoever answers for the name in DNS has yet to prove that it is the one that was configured.
#[test]
fn the_name_to_prove_is_the_configured_one_whatever_its_records_say() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = Destination { is_open: true, ..to("sip.carrier.example", Transport::Udp) };
    waiting(reach.go(seconds(0), &carrier, &mut out));
    out.clear();
    reach.hear(seconds(0), 1, at(&["tls 198.51.100.7:5075"]), &mut out);
    let Some(Output::Open { transport, remote, host, .. }) = out.pop_front() else {
        panic!("opens: {out:?}")
    };
    assert_eq!((transport, &*host), (Transport::Tls, "sip.carrier.example"));
    assert_eq!(remote.to_string(), "198.51.100.7:5075");
}

#[test]
fn who_was_tried_or_asked_for_a_rest_is_left_out_but_for_what_is_urgent() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    reach.go(seconds(0), &carrier, &mut out);
    reach.hear(seconds(0), 1, at(&["198.51.100.7", "198.51.100.8"]), &mut out);
    let [one, two] = ["198.51.100.7:5060", "198.51.100.8:5060"].map(|it| it.parse().unwrap());
    fn terms(past: &[SocketAddr], is_urgent: bool) -> Terms<'_> {
        Terms { past, is_urgent, prefer: None }
    }
    let is = |reach: &Reach, second, past: &[SocketAddr], urgent| {
        reach.prospect(seconds(second), &carrier, terms(past, urgent))
    };
    assert_eq!(is(&reach, 1, &[], false), Some(Standing::Good));
    reach.rest(seconds(1), one, Duration::from_secs(30));
    assert_eq!(is(&reach, 2, &[], false), Some(Standing::Good), "the other does not rest");
    assert_eq!(is(&reach, 2, &[two], false), None);
    assert_eq!(is(&reach, 2, &[two], true), Some(Standing::Resting));
    assert_eq!(is(&reach, 31, &[two], false), Some(Standing::Good));
    reach.avoid(seconds(31), two);
    assert_eq!(is(&reach, 32, &[one], false), Some(Standing::Silent));
    assert_eq!(is(&reach, 32, &[one, two], true), None);
    let Reached::Ready(flow) =
        reach.reach(seconds(32), &carrier, terms(&[one], false), &mut Chance::from_seed([1; 32]), &mut out)
    else {
        panic!("the other is there")
    };
    assert_eq!(flow.remote, two);
}

/// Goal: no call waits again for name servers that were just silent; the next trunk takes it.
#[test]
fn a_kept_name_that_nobody_could_look_up_makes_no_second_call_wait() {
    let (mut reach, mut out) = (reach(), VecDeque::new());
    let carrier = to("sip.carrier.example", Transport::Udp);
    reach.keep(std::slice::from_ref(&carrier));
    reach.tick(seconds(0), &mut out);
    waiting(reach.go(seconds(0), &carrier, &mut out));
    reach.hear(seconds(5), 1, Answer::Unknown, &mut out);
    assert_eq!(reach.prospect(seconds(5), &carrier, Terms::default()), Some(Standing::Silent));
    reach.tick(seconds(35), &mut out);
    assert_eq!(reach.go(seconds(36), &carrier, &mut out), Reached::Failed(Unreachable::NoNameServer));
}
