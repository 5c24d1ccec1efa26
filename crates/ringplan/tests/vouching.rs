//! Who vouches for a caller, judged with a certificate that is fetched over HTTPS (RFC 8224 §6.2).

mod house;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, UdpSocket},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use house::{
    Site,
    authority::{Authority, Identity},
    ended,
    wire::{PATIENCE, patient, read},
};
use sip::{Message, Name, Status, message::respond_to};
use socket2::SockRef;
use stir::{Claim, Level, Passport, Roots, Signer};

const CONFIG: &str = r#"
[tls]
ca = { file = "tls/root.pem" }
[stir]
roots = { file = "tls/root.pem" }
repositories = ["127.0.0.1"]
[limits]
facts_budget = "5s"
[plans.vouched]
steps = [
  { when = "caller.attest >= A", reject = "busy" },
  { when = "caller.attest = bad", reject = "decline" },
  { reject = "unallocated" },
]
[numbers]
"+12025550101" = { trunk = "carrier", plan = "vouched" }
"#;

/// Serves a certificate over HTTPS; where, and how often it was asked for.
fn publish(authority: &Authority, cert: String) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/carrier.pem", listener.local_addr().expect("it is bound"));
    let own = authority.issue(&["127.0.0.1"]);
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut tls = own.accept(stream);
            let mut request = [0; 2048];
            let Ok(length) = tls.read(&mut request) else { continue };
            assert!(request[..length].starts_with(b"GET /carrier.pem HTTP/1.1\r\n"));
            count.fetch_add(1, Ordering::SeqCst);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", cert.len());
            let _ = tls.write_all(head.as_bytes()).and_then(|()| tls.write_all(cert.as_bytes()));
            let _ = tls.flush();
        }
    });
    (url, asked)
}

/// Calls the number, and says with what status that ends.
fn call(switch: SocketAddr, call_id: &str, identity: &str) -> u16 {
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has many addresses");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let here = carrier.local_addr().expect("it is bound");
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:+12025550101@{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{call_id};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@127.0.0.3>;tag=1\r\nTo: <sip:+12025550101@pbx.test>\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\nContact: <sip:{here}>\r\n{identity}\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    carrier.send_to(invite.as_bytes(), switch).expect("loopback takes it");
    loop {
        let mut datagram = [0; 4096];
        let length = carrier.recv(&mut datagram).expect("it answers");
        let answer = Message::parse(Bytes::copy_from_slice(&datagram[..length])).expect("a message");
        let status = answer.status().expect("a response").code();
        if status >= 200 {
            return status;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a carrier signs and judges by the clock")]
fn unix() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

fn signed(signer: &Identity, url: &str, to: &str) -> String {
    let now = unix();
    let signer = Signer::new(&signer.key, url).expect("a key of the right curve");
    let claim = Claim::between("+12025550142", to);
    format!(
        "Identity: {}\r\n",
        signer.identity(&claim, Level::A, "7b5e3f3c-1d3a-4f0a-9c58-27a8b6e3c1d2", now)
    )
}

/// Method: a carrier whose authority is believed, a certificate on our own network at a host that the config
/// names, and the same signature for another number.
#[test]
fn a_caller_is_vouched_for_by_a_certificate_from_where_the_passport_says() {
    let authority = Authority::new();
    let signer = authority.issue(&["carrier.test"]);
    let (url, asked) = publish(&authority, signer.cert.clone());
    let site = Site::new("vouching");
    site.write("tls/root.pem", &authority.root());
    site.write("vouched.toml", CONFIG);
    let daemon = site.serve();
    assert_eq!(call(site.address, "nobody", ""), 404);
    assert_eq!(call(site.address, "vouched", &signed(&signer, &url, "+12025550101")), 486);
    assert_eq!(call(site.address, "another", &signed(&signer, &url, "+12025550199")), 603);
    let stranger = Authority::new().issue(&["carrier.test"]);
    assert_eq!(call(site.address, "false", &signed(&stranger, &url, "+12025550101")), 603);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a certificate is kept");
    drop(daemon);
}

/// RELIABILITY I4: who calls does not choose what we connect to on our own network.
#[test]
fn nothing_is_fetched_from_a_host_that_is_not_named() {
    let authority = Authority::new();
    let signer = authority.issue(&["carrier.test"]);
    let (url, asked) = publish(&authority, signer.cert.clone());
    let site = Site::new("vouching-elsewhere");
    site.write("tls/root.pem", &authority.root());
    let config = CONFIG.replace("repositories = [\"127.0.0.1\"]\n", "").replace("\"5s\"", "\"1s\"");
    site.write("vouched.toml", &config);
    let daemon = site.serve();
    let status = call(site.address, "vouched", &signed(&signer, &url, "+12025550101"));
    assert_eq!((status, asked.load(Ordering::SeqCst)), (404, 0), "what nobody can say is unknown, not bad");
    drop(daemon);
}

/// Signs with this key file what goes out by a carrier at this port.
fn signs(site: &Site, port: u16) {
    site.write(
        "out.toml",
        &format!(
            r#"
[stir]
key = {{ file = "secrets/stir" }}
cert_url = "https://cert.example/larch.pem"
[trunks.out]
profile = "generic-address"
host = "127.0.0.1:{port}"
transport = "tcp"
ping = "off"
channels = 2
identity = {{ send = ["p-asserted-identity", "identity"] }}
[people_defaults]
allow = ["internal", "national"]
present = "+12025550100"
[dial.national]
to = ["country:US"]
class = "national"
trunks = ["out"]
"#
        ),
    );
}

/// The passport of a call that ana makes, as the carrier gets it, who then refuses the call.
fn passport(site: &Site, carrier: &TcpListener) -> String {
    let mut dial = site.command(&["dial", "--to", "12025550177", "--from", "ana-desk"]);
    let dial = dial.stdout(Stdio::null()).spawn().expect("the binary runs");
    let (mut stream, from) = carrier.accept().expect("it connects");
    patient(&stream);
    let invite = read(&mut stream);
    let passport = invite.header(Name::Identity).expect("it is signed").to_owned();
    let busy = respond_to(&mut BytesMut::new(), &invite, from, Status::BUSY_HERE, Some("far")).end();
    stream.write_all(&busy).expect("it reads");
    assert_eq!(ended(dial).code(), Some(1));
    passport
}

/// What whoever believes this authority makes of a passport, if its certificate is this one.
fn judged(passport: &str, signer: &Identity, authority: &Authority) -> Option<Level> {
    let claim = Claim::between("+12025550100", "+12025550177");
    let passports = Passport::vouching([passport], &claim, unix()).expect("it is of this call");
    let roots = Roots::new(authority.root().as_bytes()).expect("a root");
    passports[0].verify(signer.cert.as_bytes(), &roots, unix()).ok().and(passports[0].level())
}

/// Goal: the daemon signs with the key of its file, whoever has the certificate believes it, and nobody by another; a new
/// key is taken on `apply`.
#[test]
fn calls_that_leave_are_signed_with_the_key_of_the_file() {
    let (authority, site) = (Authority::new(), Site::new("vouching-signs"));
    let (first, second) = (authority.issue(&["larch.test"]), authority.issue(&["larch.test"]));
    let carrier = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // Linux bounds accept by the read timeout too.
    SockRef::from(&carrier).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    signs(&site, carrier.local_addr().expect("it is bound").port());
    site.write("secrets/stir", &first.key);
    site.add_phone("ana-desk");
    let daemon = site.serve();
    let signed = passport(&site, &carrier);
    assert_eq!(judged(&signed, &first, &authority), Some(Level::A));
    assert_eq!(judged(&signed, &second, &authority), None, "another key");
    assert_eq!(judged(&signed, &first, &Authority::new()), None, "another authority");
    site.write("secrets/stir", &second.key);
    daemon.signal(nix::sys::signal::Signal::SIGHUP);
    daemon.says("is in force");
    let signed = passport(&site, &carrier);
    assert_eq!(judged(&signed, &second, &authority), Some(Level::A));
    assert_eq!(judged(&signed, &first, &authority), None, "the key before");
    daemon.stop();
}

#[test]
fn a_key_that_can_not_sign_is_refused_at_its_place() {
    let site = Site::new("vouching-key");
    signs(&site, 9);
    let certificate = Authority::new().root();
    for wrong in
        ["no key at all\n", &*certificate, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    {
        site.write("secrets/stir", wrong);
        let ran = site.run(&["check"]);
        let text = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, 2, "{text}");
        for words in ["out.toml:3:", "no private key of the curve P-256", "openssl ecparam -name prime256v1"]
        {
            assert!(text.contains(words), "{words} is missing in {text}");
        }
    }
}
