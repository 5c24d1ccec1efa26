//! SIP over TLS: phones that come, carriers that are called, certificates that change.

mod house;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::{Child, Stdio},
};

use bytes::BytesMut;
use house::{
    Daemon, Site,
    authority::{Authority, Identity, TlsPhone},
    ended,
    wire::{PATIENCE, read, register, request},
};
use sip::{Message, Method, Status, message::respond_to};
use socket2::SockRef;

const CONTACT: &str = "sip:ana-desk@127.0.0.1:9;transport=tls";

/// Whether OPTIONS is answered down this connection.
fn answers(phone: &mut (impl Read + Write), number: u32) -> bool {
    let asked = phone.write_all(request("OPTIONS", number, "").as_bytes());
    asked.is_ok() && read(phone).cseq().number == number
}

/// The certificate of the other side, as it came.
fn shown(phone: &TlsPhone) -> Vec<u8> {
    phone.conn.peer_certificates().expect("a handshake was made")[0].to_vec()
}

fn dial(site: &Site, to: &str, from: &str) -> Child {
    let mut dial = site.command(&["dial", "--to", to, "--from", from]);
    dial.stdout(Stdio::null()).spawn().expect("the binary runs")
}

/// Goal: a phone behind a certificate is called down the connection it registered on, and told an address of
/// ours that leads back there.
#[test]
fn a_phone_is_called_down_the_tls_connection_it_registered_on() {
    let authority = Authority::new();
    let site = Site::new("tls-phone");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let mut phone = authority.connect(tls, "pbx.test", None);
    register(&mut phone, &password, CONTACT, 1);
    let mut dial = dial(&site, "101", "ben-desk");
    let invite = read(&mut phone);
    assert_eq!(*invite.method(), Method::Invite);
    let line = |name: &str| invite.header_named(name).unwrap_or_default().to_owned();
    assert!(line("Via").starts_with(&format!("SIP/2.0/TLS {tls};")), "{}", line("Via"));
    assert!(line("Contact").ends_with(&format!("@{tls};transport=tls>")), "{}", line("Contact"));
    assert!(site.run(&["phones"]).out.contains("tls:127.0.0.1"));
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
    drop(daemon);
}

/// RFC 3261 §8.1.1.8: who is reached by a `sips` URI is told one.
#[test]
fn a_phone_that_registers_sips_is_called_by_sips() {
    let authority = Authority::new();
    let site = Site::new("tls-sips");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let mut phone = authority.connect(tls, "pbx.test", None);
    register(&mut phone, &password, "sips:ana-desk@127.0.0.1:9", 1);
    let mut dial = dial(&site, "101", "ben-desk");
    let invite = read(&mut phone);
    assert_eq!(invite.request_uri().map(|uri| uri.to_string()).as_deref(), Some("sips:ana-desk@127.0.0.1:9"));
    let contact = invite.header_named("Contact").unwrap_or_default();
    assert!(contact.starts_with("<sips:") && contact.ends_with(&format!("@{tls}>")), "{contact}");
    dial.kill().expect("it runs");
    dial.wait().expect("our child");
    drop(daemon);
}

/// A carrier on loopback that is called over TLS by the name `localhost`.
fn carrier(site: &Site, ca: Option<&Authority>) -> TcpListener {
    let carrier = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    // Linux bounds accept by the read timeout too.
    SockRef::from(&carrier).set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let port = carrier.local_addr().expect("bound").port();
    let ca = ca.map_or("", |ca| {
        site.write("tls/ca.pem", &ca.root());
        "[tls]\nca = { file = \"tls/ca.pem\" }\n"
    });
    site.write(
        "out.toml",
        &format!(
            "[trunks.out]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"localhost:{port}\"\ntransport = \"tls\"\n\
             channels = 2\n[people_defaults]\nallow = [\"internal\", \"national\"]\npresent = \"+12025550100\"\n\
             [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"out\"]\n{ca}"
        ),
    );
    carrier
}

fn busy(invite: &Message, address: SocketAddr) -> bytes::Bytes {
    respond_to(&mut BytesMut::new(), invite, address, Status::BUSY_HERE, Some("tag")).end()
}

#[test]
fn a_carrier_is_called_over_tls_without_a_certificate_of_our_own() {
    let authority = Authority::new();
    let site = Site::new("tls-trunk");
    let carrier = carrier(&site, Some(&authority));
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dial = dial(&site, "12025550177", "ana-desk");
    let (stream, _) = carrier.accept().expect("it connects");
    let mut stream = authority.issue(&["localhost"]).accept(stream);
    let invite = read(&mut stream);
    assert_eq!(*invite.method(), Method::Invite);
    assert_eq!(stream.conn.server_name(), Some("localhost"), "SNI names the host of the config");
    let contact = invite.header_named("Contact").unwrap_or_default();
    assert!(contact.ends_with(";transport=tls>"), "{contact}");
    stream.write_all(&busy(&invite, site.address)).expect("it reads");
    assert_eq!(*read(&mut stream).method(), Method::Ack);
    assert_eq!(ended(dial).code(), Some(1));
    daemon.stop();
}

/// Goal: who is connected to proves its own name, not that of the carrier behind it (RFC 5923, RFC 3261 §8.1.2).
#[test]
fn an_outbound_proxy_proves_its_own_name() {
    let authority = Authority::new();
    let site = Site::new("tls-proxy");
    let proxy = carrier(&site, Some(&authority));
    let text = std::fs::read_to_string(site.config().join("out.toml")).expect("it was written");
    let [host, proxied] = ["host = \"", "host = \"carrier.test\"\noutbound_proxy = \""];
    site.write("out.toml", &text.replace(host, proxied));
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dial = dial(&site, "12025550177", "ana-desk");
    let (stream, _) = proxy.accept().expect("it connects");
    let mut stream = authority.issue(&["localhost"]).accept(stream);
    let invite = read(&mut stream);
    assert_eq!(stream.conn.server_name(), Some("localhost"), "SNI names the proxy");
    let target = invite.request_uri().and_then(|uri| uri.host()).expect("it has one").to_string();
    assert_eq!(target, "carrier.test");
    stream.write_all(&busy(&invite, site.address)).expect("it reads");
    assert_eq!(ended(dial).code(), Some(1));
    daemon.stop();
}

/// RFC 5922 §7.2: whoever signed it, whomever it names and when it holds, all have to be right; the operator is told which
/// was not, and on whose side.
#[test]
fn a_carrier_that_is_another_is_told_nothing() {
    let (authority, nobody) = (Authority::new(), Authority::new());
    let cases = [
        ("name", authority.issue(&["sip.other.example"]), "for another name (the carrier's side: "),
        ("root", nobody.issue(&["localhost"]), "signed by nobody we believe (our side: "),
        ("time", authority.issue_until(&["localhost"], 2021), "does not hold now (the carrier's side: "),
    ];
    for (name, identity, told) in cases {
        let site = Site::new(&format!("tls-wrong-{name}"));
        let carrier = carrier(&site, Some(&authority));
        let daemon = site.serve();
        site.add_phone("ana-desk");
        let dial = dial(&site, "12025550177", "ana-desk");
        let (stream, _) = carrier.accept().expect("it connects");
        let mut stream = identity.accept(stream);
        assert!(stream.read(&mut [0; 64]).is_err(), "no word after the wrong {name}");
        assert!(daemon.says(told).contains("trunk "), "it names the trunk");
        assert_eq!(ended(dial).code(), Some(1));
        daemon.stop();
    }
}

/// Until the switch says that it has taken the new certificate up.
fn renew(site: &Site, daemon: &Daemon, identity: &Identity) {
    site.put_identity(identity);
    daemon.says("new certificates are in use");
}

/// Goal: `dial` speaks TCP and TLS, and knows its switch by the certificate of the config though nobody signed
/// it for this name.
#[test]
fn dial_calls_over_each_transport() {
    let site = Site::new("tls-dial");
    site.listen_for_tls(&Authority::new().issue(&["another.name"]), "");
    let daemon = site.serve();
    site.add_phone("ana-desk");
    for transport in ["udp", "tcp", "tls"] {
        // Nobody has registered ben's phone: his mailbox answers.
        let ran =
            site.run(&["dial", "--to", "102", "--from", "ana-desk", "--transport", transport, "--for", "1s"]);
        assert_eq!(ran.code, 0, "{transport}: {ran:?}");
    }
    daemon.stop();
}

#[test]
fn a_phone_that_may_use_tls_alone_is_refused_over_udp() {
    let authority = Authority::new();
    let site = Site::new("tls-only");
    site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let text = std::fs::read_to_string(site.config().join("site.toml")).expect("it was written");
    site.write("site.toml", &text.replace("person = \"ana\" }", "person = \"ana\", transport = \"tls\" }"));
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dials = |transport| {
        let words = ["dial", "--to", "102", "--from", "ana-desk", "--transport", transport, "--for", "1s"];
        site.run(&words).code
    };
    assert_eq!(dials("udp"), 1);
    daemon.says("phone ana-desk comes over UDP");
    assert_eq!(dials("tls"), 0);
    daemon.stop();
}

/// PRODUCT pain 9: 0 connections dropped.
#[test]
fn a_new_certificate_is_for_new_connections_only() {
    let authority = Authority::new();
    let site = Site::new("tls-renewed");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let mut old: Vec<_> = (0..10).map(|_| authority.connect(tls, "pbx.test", None)).collect();
    assert!(old.iter_mut().all(|phone| answers(phone, 1)));
    renew(&site, &daemon, &authority.issue(&["pbx.test"]));
    let mut new = authority.connect(tls, "pbx.test", None);
    assert!(answers(&mut new, 1));
    assert_ne!(shown(&new), shown(&old[0]));
    assert!(old.iter_mut().all(|phone| answers(phone, 2)), "none was dropped");
    daemon.stop();
}

#[test]
fn a_bad_new_certificate_leaves_the_old_one_in_use() {
    let authority = Authority::new();
    let site = Site::new("tls-bad-renewal");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let mut before = authority.connect(tls, "pbx.test", None);
    assert!(answers(&mut before, 1));
    site.write("tls/key.pem", &authority.issue(&["pbx.test"]).key);
    daemon.says("new certificates are not used, the old ones stay");
    let mut after = authority.connect(tls, "pbx.test", None);
    assert!(answers(&mut after, 1));
    assert_eq!(shown(&after), shown(&before));
    let good = authority.issue(&["pbx.test"]);
    renew(&site, &daemon, &good);
    daemon.stop();
}

#[test]
fn an_apply_takes_new_certificates_up_at_once() {
    let authority = Authority::new();
    let site = Site::new("tls-applied");
    let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
    let daemon = site.serve();
    let mut before = authority.connect(tls, "pbx.test", None);
    assert!(answers(&mut before, 1));
    site.put_identity(&authority.issue(&["pbx.test"]));
    daemon.signal(nix::sys::signal::Signal::SIGHUP);
    daemon.says("is in force");
    let mut after = authority.connect(tls, "pbx.test", None);
    assert!(answers(&mut after, 1) && answers(&mut before, 2));
    assert_ne!(shown(&after), shown(&before));
    daemon.stop();
}

#[test]
fn a_client_shows_a_certificate_where_the_config_asks_for_one() {
    let (authority, nobody) = (Authority::new(), Authority::new());
    let (own, foreign) = (authority.issue(&["ana-desk"]), nobody.issue(&["ana-desk"]));
    for (word, without) in [("required", false), ("optional", true)] {
        let site = Site::new(&format!("tls-client-{word}"));
        site.write("tls/phones.pem", &authority.root());
        let lines = format!("client_ca = {{ file = \"tls/phones.pem\" }}\nclient_cert = \"{word}\"\n");
        let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), &lines);
        let daemon = site.serve();
        let connects = |own| {
            let mut phone = authority.connect(tls, "pbx.test", own);
            let asked = phone.write_all(request("OPTIONS", 1, "").as_bytes());
            asked.is_ok() && phone.read(&mut [0; 1]).is_ok_and(|count| count > 0)
        };
        assert!(connects(Some(&own)), "{word}");
        assert_eq!(connects(None), without, "{word}");
        assert!(!connects(Some(&foreign)), "{word}");
        daemon.stop();
    }
}

/// Goal: `check` says what is wrong with certificates, where, and how to mend it.
#[test]
fn check_finds_what_is_wrong_with_certificates() {
    let authority = Authority::new();
    let site = Site::new("tls-check");
    let good = authority.issue(&["pbx.test"]);
    site.listen_for_tls(&good, "");
    let found = |what: &str, code: i32| {
        let ran = site.run(&["check"]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.out.contains(what) && ran.out.contains("tls.toml:"), "{what}: {}", ran.out);
    };
    assert_eq!(site.run(&["check"]).code, 0);
    site.write("tls/cert.pem", &authority.issue_until(&["pbx.test"], 2021).cert);
    found("C535", 2);
    found("this certificate ended on 2021-01-01", 2);
    found("C534", 2);
    site.put_identity(&authority.issue(&["pbx.other"]));
    found("C537", 1);
    site.write("tls/cert.pem", "nothing");
    found("C532", 2);
    site.put_identity(&Identity { key: "nothing".to_owned(), ..good });
    found("C533", 2);
    std::fs::remove_file(site.config().join("tls/key.pem")).expect("it was there");
    found("C010", 2);
}

/// Goal: whoever reads the log learns which certificate has ended, and when: at the start, and of a new one.
#[test]
fn a_certificate_that_has_ended_is_an_error_in_the_log() {
    let authority = Authority::new();
    let site = Site::new("tls-ended");
    site.listen_for_tls(&authority.issue_until(&["pbx.test"], 2021), "");
    let daemon = site.serve();
    let line = daemon.says("this certificate ended on 2021-01-01");
    assert!(line.contains("ERROR"), "{line}");
    renew(&site, &daemon, &authority.issue_until(&["pbx.test"], 2022));
    let line = daemon.says("tls/cert.pem: the certificate ended on 2022-01-01");
    assert!(line.contains("ERROR"), "{line}");
    daemon.stop();
}

/// Goal: a carrier that knows its customers by their certificates is shown ours.
#[test]
fn a_carrier_that_asks_for_a_certificate_is_shown_ours() {
    let authority = Authority::new();
    let site = Site::new("tls-mutual");
    let ours = authority.issue(&["pbx.test"]);
    site.write("tls/ca.pem", &authority.root());
    site.listen_for_tls(&ours, "ca = { file = \"tls/ca.pem\" }\n");
    let carrier = carrier(&site, None);
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let dial = dial(&site, "12025550177", "ana-desk");
    let (stream, _) = carrier.accept().expect("it connects");
    let mut stream = authority.issue(&["localhost"]).accept_known(stream, &authority);
    let invite = read(&mut stream);
    let shown = stream.conn.peer_certificates().expect("it has to show one")[0].to_vec();
    assert_eq!((invite.method(), shown), (&Method::Invite, ours.shown()));
    stream.write_all(&busy(&invite, site.address)).expect("it reads");
    assert_eq!(*read(&mut stream).method(), Method::Ack);
    assert_eq!(ended(dial).code(), Some(1));
    daemon.stop();
}

/// Goal: each name has its certificate, whoever asks for none of them or for no name sees the first, and one of them
/// is renewed without the others.
#[test]
fn the_certificate_shown_is_the_one_for_the_name_asked_for() {
    let authority = Authority::new();
    let site = Site::new("tls-names");
    let (first, second) = (authority.issue(&["pbx.test", "127.0.0.1"]), authority.issue(&["larch.test"]));
    let third = authority.issue(&["*.elm.test"]);
    let put = |name: &str, identity: &Identity| {
        site.write(&format!("tls/{name}-cert.pem"), &identity.cert);
        site.write(&format!("tls/{name}-key.pem"), &identity.key);
    };
    put("larch", &second);
    put("elm", &third);
    let also = |name: &str| {
        format!(
            "[[tls.also]]\ncert = {{ file = \"tls/{name}-cert.pem\" }}\nkey = {{ file = \"tls/{name}-key.pem\" }}\n"
        )
    };
    let tls = site.listen_for_tls(&first, &(also("larch") + &also("elm")));
    assert_eq!(site.run(&["check"]).code, 0, "only one of them has to be for the domain");
    let daemon = site.serve();
    let seen = |name: &str| {
        let mut phone = authority.connect(tls, name, None);
        answers(&mut phone, 1).then(|| shown(&phone))
    };
    let sees = |name: &str, identity: &Identity| assert_eq!(seen(name), Some(identity.shown()), "{name}");
    sees("pbx.test", &first);
    sees("larch.test", &second);
    sees("sip.elm.test", &third);
    // An address is never asked for by SNI (RFC 6066 §3).
    sees("127.0.0.1", &first);
    let mut stranger = authority.connect(tls, "oak.test", None);
    assert!(stranger.write_all(b"\r\n\r\n").is_err(), "it is shown the first, which is of another name");
    let renewed = authority.issue(&["larch.test"]);
    put("larch", &renewed);
    daemon.says("new certificates are in use");
    sees("larch.test", &renewed);
    sees("pbx.test", &first);
    sees("sip.elm.test", &third);
    daemon.stop();
}
