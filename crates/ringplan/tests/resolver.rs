//! A carrier is found by what its name server says (RFC 3263): the built daemon, and a name server of the test's own.

mod house;

use std::{
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::Stdio,
    sync::mpsc::{self, Sender},
    thread,
};

use bytes::BytesMut;
use hickory_resolver::proto::{
    op::{Message as Dns, MessageType, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, CNAME, NAPTR, SRV},
    },
};
use house::{
    Site,
    apart::with_name_server,
    wire::{PATIENCE, patient, read},
};
use sip::{Method, Status, message::respond_to};
use socket2::SockRef;

const NAME_SERVER: &str = "127.0.0.53";

/// Goal: of what NAPTR names the first service can't be looked up and the second is not offered; the third has servers
/// whose name is an alias: of the first rank one is not there and one takes no calls, and only then the next rank is called.
#[test]
fn a_carrier_is_called_where_its_name_server_says() {
    with_name_server(NAME_SERVER, "a_carrier_is_called_where_its_name_server_says", find_a_carrier);
}

fn find_a_carrier() {
    let [first, carrier] =
        [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("the network is its own"));
    let ports = [&first, &carrier].map(|it| it.local_addr().expect("bound").port());
    let (tell, refused) = mpsc::channel();
    thread::spawn(move || refuse(&first, &tell));
    let server = UdpSocket::bind((NAME_SERVER, 53)).expect("the network is its own");
    thread::spawn(move || serve(&server, ports));
    let site = Site::new("resolver");
    site.write(
        "out.toml",
        "[trunks.out]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"carrier.example\"\n\
         channels = 2\n[people_defaults]\nallow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
         [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n",
    );
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ana-desk"]);
    let mut dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    let (mut stream, _) = accept(&carrier);
    let invite = read(&mut stream);
    assert_eq!(*invite.method(), Method::Invite);
    assert_eq!(refused.try_recv(), Ok(Method::Invite), "the first rank was asked first");
    let to = invite.request_uri().map(|uri| uri.to_string()).unwrap_or_default();
    assert_eq!(to, "sip:+12025550177@carrier.example");
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
    drop(daemon);
}

fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    // Linux bounds accept by the read timeout too.
    SockRef::from(listener).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let (stream, from) = listener.accept().expect("it connects");
    patient(&stream);
    (stream, from)
}

/// A server that takes no calls, and tells what it was asked.
fn refuse(listener: &TcpListener, tell: &Sender<Method>) {
    let (mut stream, from) = accept(listener);
    let invite = read(&mut stream);
    tell.send(invite.method().clone()).expect("the test waits");
    let mut room = BytesMut::new();
    let refusal = respond_to(&mut room, &invite, from, Status::SERVICE_UNAVAILABLE, Some("full")).end();
    stream.write_all(&refusal).expect("it reads");
    read(&mut stream);
}

/// Answers for `carrier.example`, whose servers of the first and the second rank listen on these ports of loopback.
fn serve(socket: &UdpSocket, ports: [u16; 2]) {
    let mut bytes = [0; 1_500];
    while let Ok((length, from)) = socket.recv_from(&mut bytes) {
        let Ok(question) = Dns::from_vec(&bytes[..length]) else { continue };
        let Some(query) = question.queries.first().cloned() else { continue };
        let mut answer = Dns::new(question.metadata.id, MessageType::Response, OpCode::Query);
        answer.metadata.recursion_desired = true;
        answer.metadata.recursion_available = true;
        let asked = query.name().to_lowercase().to_string();
        for (name, data) in records(&asked, query.query_type(), ports) {
            answer.add_answer(Record::from_rdata(called(name), 60, data));
        }
        if asked.starts_with("_sips.") {
            answer.metadata.response_code = ResponseCode::ServFail;
        }
        answer.add_query(query);
        let _ = socket.send_to(&answer.to_vec().expect("a sound answer"), from);
    }
}

fn records(asked: &str, kind: RecordType, [first, second]: [u16; 2]) -> Vec<(&'static str, RData)> {
    let naptr = |order, service: &[u8], name| {
        let (flags, none) = (Box::from(*b"s"), Box::from([]));
        let naptr = NAPTR::new(order, 50, flags, service.into(), none, called(name));
        ("carrier.example", RData::NAPTR(naptr))
    };
    let srv = |name, rank, port, target| (name, RData::SRV(SRV::new(rank, 5, port, called(target))));
    let address = ("far.carrier.example", RData::A(A("127.0.0.1".parse().expect("an address"))));
    match (asked, kind) {
        ("carrier.example.", RecordType::NAPTR) => vec![
            naptr(10, b"SIPS+D2T", "_sips._tcp.carrier.example"),
            naptr(20, b"SIP+D2U", "_sip._udp.carrier.example"),
            naptr(30, b"SIP+D2T", "_sip._tcp.carrier.example"),
        ],
        ("_sip._udp.carrier.example.", RecordType::SRV) => vec![srv("_sip._udp.carrier.example", 10, 0, ".")],
        ("_sip._tcp.carrier.example.", RecordType::SRV) => {
            // On port 1 nobody listens.
            [(20, second), (10, 1), (10, first)]
                .map(|(rank, port)| srv("_sip._tcp.carrier.example", rank, port, "edge.carrier.example"))
                .to_vec()
        }
        ("edge.carrier.example.", RecordType::A) => {
            vec![("edge.carrier.example", RData::CNAME(CNAME(called("far.carrier.example")))), address]
        }
        ("far.carrier.example.", RecordType::A) => vec![address],
        _ => Vec::new(),
    }
}

fn called(name: &str) -> Name {
    let mut name = Name::from_ascii(name).expect("a name");
    name.set_fqdn(true);
    name
}
