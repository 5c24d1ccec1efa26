//! Connections to carriers that break: in a call, in a registration, and without a word.

mod house;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
};

use bytes::BytesMut;
use house::{
    Site,
    authority::Authority,
    ended,
    wire::{PATIENCE, patient, read},
};
use sip::{Message, Method, Name, Status, message::respond_to};
use socket2::SockRef;

/// A carrier on loopback, and the port that it listens on.
fn carrier() -> (TcpListener, u16) {
    let carrier = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    // Linux bounds accept by the read timeout too.
    SockRef::from(&carrier).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let port = carrier.local_addr().expect("bound").port();
    (carrier, port)
}

fn connected(carrier: &TcpListener) -> TcpStream {
    let (stream, _) = carrier.accept().expect("it connects");
    patient(&stream);
    stream
}

/// Calls outside go to this trunk.
fn leads_out(site: &Site, trunk: &str) {
    site.write(
        "out.toml",
        &format!(
            "[trunks.out]\n{trunk}\nping = \"off\"\nchannels = 2\n[people_defaults]\n\
             allow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
             [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n"
        ),
    );
}

/// A call from ana's phone to a number outside, hung up after two seconds.
fn calls(site: &Site) -> Child {
    let arguments = ["dial", "--to", "12025550177", "--from", "ana-desk", "--for", "2s"];
    site.command(&arguments).stdout(Stdio::null()).spawn().expect("the binary runs")
}

fn answer(stream: &mut impl Write, request: &Message, status: Status, lines: &[(Name, String)], body: &str) {
    let mut buffer = BytesMut::new();
    let source = "127.0.0.1:9".parse().expect("an address");
    let mut writer = respond_to(&mut buffer, request, source, status, Some("far"));
    for (name, value) in lines {
        writer = writer.header(*name, value);
    }
    let bytes =
        if body.is_empty() { writer.end() } else { writer.body("application/sdp", body.as_bytes()).end() };
    stream.write_all(&bytes).expect("it reads");
}

const SOUND: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                     m=audio 40000 RTP/AVP 8\r\n";

/// Takes the call that comes on `stream` and reads the ACK.
fn takes(stream: &mut (impl Read + Write), contact: String) {
    let invite = read(stream);
    assert_eq!(*invite.method(), Method::Invite);
    answer(stream, &invite, Status::OK, &[(Name::Contact, contact)], SOUND);
    assert_eq!(*read(stream).method(), Method::Ack);
}

/// Goal: a carrier whose connection broke in mid-call still hears that it is over, or it bills on (RFC 3261 §18.1.1).
#[test]
fn a_call_is_hung_up_on_a_new_connection_where_the_old_one_broke() {
    let (carrier, port) = carrier();
    let site = Site::new("carrier-breaks");
    leads_out(
        &site,
        &format!("profile = \"generic-address\"\nhost = \"127.0.0.1:{port}\"\ntransport = \"tcp\""),
    );
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dial = calls(&site);
    let mut stream = connected(&carrier);
    takes(&mut stream, format!("<sip:far@127.0.0.1:{port};transport=tcp>"));
    drop(stream);
    let mut stream = connected(&carrier);
    let bye = read(&mut stream);
    assert_eq!(*bye.method(), Method::Bye);
    answer(&mut stream, &bye, Status::OK, &[], "");
    assert_eq!(ended(dial).code(), Some(0));
    drop(daemon);
}

/// Goal: the same over TLS, where the Contact is an address that proves nothing: whoever answers there has to be the
/// carrier of the config.
#[test]
fn over_tls_the_new_connection_is_to_the_carrier_of_the_config() {
    let authority = Authority::new();
    let (carrier, port) = carrier();
    let site = Site::new("tls-carrier-breaks");
    site.write("tls/ca.pem", &authority.root());
    site.write("ca.toml", "[tls]\nca = { file = \"tls/ca.pem\" }\n");
    leads_out(
        &site,
        &format!("profile = \"generic-address\"\nhost = \"localhost:{port}\"\ntransport = \"tls\""),
    );
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dial = calls(&site);
    let identity = authority.issue(&["localhost"]);
    let mut stream = identity.accept(connected(&carrier));
    takes(&mut stream, format!("<sip:far@127.0.0.1:{port};transport=tls>"));
    drop(stream);
    let mut stream = identity.accept(connected(&carrier));
    let bye = read(&mut stream);
    assert_eq!((bye.method(), stream.conn.server_name()), (&Method::Bye, Some("localhost")));
    answer(&mut stream, &bye, Status::OK, &[], "");
    assert_eq!(ended(dial).code(), Some(0));
    drop(daemon);
}

/// RFC 5626 §4.5.
#[test]
fn a_trunk_registers_again_as_soon_as_its_connection_breaks() {
    let (carrier, port) = carrier();
    let site = Site::new("carrier-forgets");
    site.write("secrets/carrier", "secret\n");
    leads_out(
        &site,
        &format!(
            "profile = \"generic-register\"\nhost = \"127.0.0.1:{port}\"\ntransport = \"tcp\"\n\
             user = \"larch\"\nsecret = {{ file = \"secrets/carrier\" }}"
        ),
    );
    let daemon = site.serve();
    for _ in 0..2 {
        let mut stream = connected(&carrier);
        let register = read(&mut stream);
        assert_eq!(*register.method(), Method::Register);
        let contact = register.header(Name::Contact).expect("it registers one").to_owned();
        answer(
            &mut stream,
            &register,
            Status::OK,
            &[(Name::Contact, contact), (Name::Expires, "600".to_owned())],
            "",
        );
    }
    drop(daemon);
}
