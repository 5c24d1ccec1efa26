//! Who vouches for a caller, judged with a certificate that is fetched over HTTPS (RFC 8224 §6.2).

mod house;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use house::{
    Site,
    authority::{Authority, Identity},
    wire::PATIENCE,
};
use sip::Message;
use stir::{Claim, Level, Signer};

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

#[expect(clippy::disallowed_methods, reason = "a carrier signs by the clock")]
fn signed(signer: &Identity, url: &str, to: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
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
