//! The addresses that are told: of each family its own, and to neighbours ours beside them.

mod house;

use std::{
    io::{Read as _, Write as _},
    net::{Ipv6Addr, SocketAddr, UdpSocket},
    process::{Child, Stdio},
};

use house::{
    Site,
    authority::Authority,
    wire::{Datagrams, connect_to, read, register, request},
};
use sip::{Message, Method, Status};

/// A site that listens on the same ports of both loopback addresses.
fn both(name: &str) -> (Site, SocketAddr) {
    let site = Site::new(name);
    let six = SocketAddr::from((Ipv6Addr::LOCALHOST, site.address.port()));
    let text = std::fs::read_to_string(site.config().join("site.toml")).expect("it was written");
    let four = format!("[\"{}\"]", site.address);
    site.write("site.toml", &text.replace(&four, &format!("[\"{}\", \"{six}\"]", site.address)));
    (site, six)
}

/// A call to ana, from ben's phone at this address of the switch.
fn dial(site: &Site, server: SocketAddr) -> Child {
    let server = server.to_string();
    let mut dial = site.command(&["dial", "--to", "101", "--from", "ben-desk", "--server", &server]);
    dial.stdout(Stdio::null()).spawn().expect("the binary runs")
}

fn end(mut dial: Child) {
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
}

/// What an INVITE says of where we are.
fn told(invite: &Message) -> (String, String, String) {
    let line = |name| invite.header_named(name).unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&invite.body()).into_owned();
    let connection = body.lines().find(|line| line.starts_with("c=")).unwrap_or_default().to_owned();
    (line("Via"), line("Contact"), connection)
}

/// Goal: a call from UDP over IPv6 to a phone on a stream over IPv6, and from there to one over IPv4: each
/// is told addresses of its own family.
#[test]
fn each_family_is_told_its_own_addresses() {
    let (site, six) = both("families");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    for (server, from, number) in [(six, site.address, 1), (site.address, six, 3)] {
        let mut phone = connect_to(server);
        register(&mut phone, &password, &format!("sip:ana-desk@{server};transport=tcp"), number);
        let dial = dial(&site, from);
        let (via, contact, connection) = told(&read(&mut phone));
        assert!(via.starts_with(&format!("SIP/2.0/TCP {server};")), "{via}");
        assert!(contact.ends_with(&format!("@{server};transport=tcp>")), "{contact}");
        let family = if server.is_ipv4() { "IP4" } else { "IP6" };
        assert_eq!(connection, format!("c=IN {family} {}", server.ip()));
        end(dial);
    }
    drop(daemon);
}

#[test]
fn tls_is_spoken_over_ipv6() {
    let authority = Authority::new();
    let site = Site::new("tls-six");
    let four = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let tls = SocketAddr::from((Ipv6Addr::LOCALHOST, four.port()));
    let text = std::fs::read_to_string(site.config().join("tls.toml")).expect("it was written");
    site.write("tls.toml", &text.replace(&four.to_string(), &tls.to_string()));
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let mut phone = authority.connect(tls, "pbx.test", None);
    register(&mut phone, &password, "sip:ana-desk@[::1]:9;transport=tls", 1);
    let dial = dial(&site, site.address);
    let (via, contact, connection) = told(&read(&mut phone));
    assert!(via.starts_with(&format!("SIP/2.0/TLS {tls};")), "{via}");
    assert!(contact.ends_with(&format!("@{tls};transport=tls>")), "{contact}");
    assert_eq!(connection, "c=IN IP6 ::1");
    end(dial);
    drop(daemon);
}

/// Goal: a carrier on IPv6 is called and calls, and is told addresses of its family alone.
#[test]
fn a_carrier_on_ipv6_is_called_and_calls() {
    let (site, six) = both("carrier-six");
    let carrier = UdpSocket::bind("[::1]:0").expect("loopback has IPv6");
    carrier.set_read_timeout(Some(house::wire::PATIENCE)).expect("a time above zero");
    let own = carrier.local_addr().expect("bound");
    site.change("host = \"127.0.0.3\"", &format!("host = \"{own}\""));
    site.write(
        "out.toml",
        "[people_defaults]\nallow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
         [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n",
    );
    let daemon = site.serve();
    site.add_phone("ben-desk");
    let hears = |is_wanted: &dyn Fn(&Message) -> bool| {
        let mut room = [0; 4_096];
        loop {
            let (len, from) = carrier.recv_from(&mut room).expect("one comes");
            let message = Message::parse(bytes::Bytes::copy_from_slice(&room[..len])).expect("a message");
            assert_eq!(from, six, "it comes from our address of that family");
            if is_wanted(&message) {
                return message;
            }
        }
    };
    let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ben-desk"]);
    let dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    let (via, contact, connection) = told(&hears(&|it| *it.method() == Method::Invite));
    assert!(via.starts_with(&format!("SIP/2.0/UDP {six};")), "{via}");
    assert!(contact.ends_with(&format!("@{six}>")), "{contact}");
    assert_eq!(connection, "c=IN IP6 ::1");
    end(dial);
    let sdp = "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:+12025550100@{six} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKin\r\nMax-Forwards: 70\r\n\
         From: <sip:+12025550142@{own}>;tag=c\r\nTo: <sip:+12025550100@{six}>\r\nCall-ID: in\r\nCSeq: 7 INVITE\r\n\
         Contact: <sip:{own}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    carrier.send_to(invite.as_bytes(), six).expect("it is taken");
    let answer = hears(&|it| it.call_id() == "in" && it.status() == Some(Status::OK));
    let (_, contact, connection) = told(&answer);
    assert!(contact.ends_with(&format!("@{six}>")), "{contact}");
    assert_eq!(connection, "c=IN IP6 ::1");
    drop(daemon);
}

#[test]
fn an_ipv6_phone_on_udp_is_answered() {
    let (site, six) = both("udp-six");
    let daemon = site.serve();
    let phone = UdpSocket::bind("[::1]:0").expect("loopback has IPv6");
    phone.set_read_timeout(Some(house::wire::PATIENCE)).expect("a time above zero");
    let own = phone.local_addr().expect("bound");
    let asked = request("OPTIONS", 1, "").replace("TCP 127.0.0.1:9", &format!("UDP {own}"));
    phone.send_to(asked.as_bytes(), six).expect("loopback takes it");
    let mut room = [0; 2_048];
    let (len, from) = phone.recv_from(&mut room).expect("an answer comes");
    let answer = Message::parse(bytes::Bytes::copy_from_slice(&room[..len])).expect("a message");
    assert_eq!((answer.cseq().number, from), (1, six));
    let mut stream = connect_to(six);
    stream.write_all(b"\r\n\r\n").expect("it reads");
    stream.read_exact(&mut [0; 2]).expect("RFC 5626 §3.5.1");
    daemon.stop();
}

/// RFC 5626 §8: a phone asks by STUN whether its way here stands, and is told where it is seen.
#[test]
fn a_stun_question_on_the_sip_port_is_answered() {
    let site = Site::new("stun");
    let daemon = site.serve();
    let phone = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    phone.set_read_timeout(Some(house::wire::PATIENCE)).expect("a time above zero");
    let question = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    phone.send_to(&question, site.address).expect("loopback takes it");
    let mut room = [0; 100];
    let (len, _) = phone.recv_from(&mut room).expect("an answer comes");
    let port = u16::from_be_bytes([room[26], room[27]]) ^ 0x2112;
    assert_eq!((len, &room[..2], &room[8..20]), (32, &[1, 1][..], &[7; 12][..]));
    assert_eq!(port, phone.local_addr().expect("bound").port());
    daemon.stop();
}

/// Goal: the public address is for those outside; who is in a network with us, loopback among them, is told our address
/// there, on any transport: many routers do not lead back in what goes out to the public one.
#[test]
fn neighbours_are_told_our_own_address_and_not_the_public_one() {
    const HERE: &str = "127.0.0.1";
    let authority = Authority::new();
    let site = Site::new("public");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    for file in ["site.toml", "tls.toml"] {
        let text = std::fs::read_to_string(site.config().join(file)).expect("it was written");
        let text = text.replace("[\"127.0.0.1:", "[\"0.0.0.0:");
        site.write(file, &text.replace("[site]\n", "[site]\npublic = \"203.0.113.5\"\n"));
    }
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let (mut udp, mut tcp) = (Datagrams::connect("127.0.0.1:0", site.address), connect_to(site.address));
    let at = udp.address();
    let mut secure = authority.connect(tls, "pbx.test", None);
    let check = |invite: &Message, transport: &str, port: u16| {
        let (via, contact, connection) = told(invite);
        assert!(via.starts_with(&format!("SIP/2.0/{transport} {HERE}:{port};")), "{via}");
        assert!(contact.contains(&format!("@{HERE}:{port}")), "{contact}");
        assert_eq!(connection, format!("c=IN IP4 {HERE}"));
    };
    let port = site.address.port();
    register(&mut udp, &password, &format!("sip:by-udp@{at}"), 1);
    let first = dial(&site, site.address);
    check(&read(&mut udp), "UDP", port);
    end(first);
    register(&mut tcp, &password, "sip:by-tcp@127.0.0.1:9;transport=tcp", 3);
    register(&mut secure, &password, "sip:by-tls@127.0.0.1:9;transport=tls", 5);
    let second = dial(&site, site.address);
    check(&read(&mut tcp), "TCP", port);
    check(&read(&mut secure), "TLS", tls.port());
    end(second);
    drop(daemon);
}
