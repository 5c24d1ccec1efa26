//! Memory of phones that stay connected over TLS.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread::sleep,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring, pki_types::ServerName,
};
use sip::{
    Message, Method, Name, Status,
    digest::{Challenge, Request, Secret, answer},
};
use xtask::net::{Net, PORT};

use crate::{
    register,
    rtp::raise_open_files,
    switch,
    table::{Row, Table},
};

/// Phones that connect, register and stay.
const PHONES: u32 = 5_000;
const STEP: u32 = 1_000;
/// What registering keeps for a while is gone by then: transactions, and a wave of timers.
const RESTS: Duration = Duration::from_secs(40);
const DOMAIN: &str = "pbx.test";

type Phone = StreamOwned<ClientConnection, TcpStream>;

/// Connects and registers 5,000 phones, and looks at the memory of the whole process.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    raise_open_files();
    let site = register::phones()?;
    let config = certify(&site)?;
    let daemon = switch::start("tls", Some(site))?;
    let tree = switch::tree(&daemon);
    let server = SocketAddr::from((Net::of_this_run().address(1), PORT + 1));
    let before = tree.resident();
    let each = |phones: u32| (tree.resident() as f64 - before as f64) / 1024.0 / f64::from(phones);
    let mut phones = Vec::new();
    for phone in 0..PHONES {
        let connected = connect(&config, server).and_then(|mut stream| {
            register(&mut stream, phone)?;
            Ok(stream)
        });
        phones.push(connected.map_err(|error| format!("phone {phone}: {error}"))?);
        if (phone + 1) % STEP == 0 {
            table.step(&format!("{} phones with {:.1} KB each, just registered", phone + 1, each(phone + 1)));
        }
    }
    sleep(RESTS);
    let ours = each(PHONES);
    let alive = phones.iter_mut().filter_map(|phone| ping(phone).ok()).count();
    daemon.stop()?;
    let work = format!("open TLS connection, {PHONES} phones");
    let note = format!("registered, {alive} still there after {} s", RESTS.as_secs());
    table.add(Row { work, ours, unit: "KB", beside: None, goal: 30.0, note });
    if alive == phones.len() { Ok(()) } else { Err(format!("{alive} of {PHONES} connections are left")) }
}

/// Gives the site a certificate, and the phones a config that believes it.
fn certify(site: &Path) -> Result<Arc<ClientConfig>, String> {
    let made = rcgen::generate_simple_self_signed([DOMAIN.to_owned()]).map_err(|error| error.to_string())?;
    let address = SocketAddr::from((Net::of_this_run().address(1), PORT + 1));
    let toml = format!(
        "[listen]\ntls = [\"{address}\"]\n[tls]\ncert = {{ file = \"tls/cert.pem\" }}\n\
         key = {{ file = \"tls/key.pem\" }}\n"
    );
    let written = fs::create_dir_all(site.join("tls"))
        .and_then(|()| fs::write(site.join("tls/cert.pem"), made.cert.pem()))
        .and_then(|()| fs::write(site.join("tls/key.pem"), made.signing_key.serialize_pem()))
        .and_then(|()| fs::write(site.join("tls.toml"), toml));
    written.map_err(|error| format!("{}: {error}", site.display()))?;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).map_err(|error| error.to_string())?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn connect(config: &Arc<ClientConfig>, server: SocketAddr) -> Result<Phone, String> {
    let name = ServerName::try_from(DOMAIN).map_err(|error| error.to_string())?;
    let tls = ClientConnection::new(Arc::clone(config), name).map_err(|error| error.to_string())?;
    let socket = TcpStream::connect(server).map_err(|error| error.to_string())?;
    let patience = socket.set_read_timeout(Some(Duration::from_secs(5)));
    patience.map_err(|error| error.to_string())?;
    Ok(StreamOwned::new(tls, socket))
}

fn register(phone: &mut Phone, number: u32) -> Result<(), String> {
    let name = format!("p{number}");
    let ask = |phone: &mut Phone, cseq: u32, more: &str| {
        let request = format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{name}x{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{name}@{DOMAIN}>;tag={name}\r\nTo: <sip:{name}@{DOMAIN}>\r\n\
             Call-ID: {name}\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:{name}@127.0.0.1:9;transport=tls>\r\n\
             Expires: 3600\r\n{more}Content-Length: 0\r\n\r\n"
        );
        phone.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        read(phone)
    };
    let challenged = ask(phone, 1, "")?;
    let challenge = Challenge::choose(challenged.headers(Name::WwwAuthenticate)).ok_or("no challenge")?;
    let asked = Request { method: &Method::Register, uri: &format!("sip:{DOMAIN}"), body: &[] };
    let proof = answer(&challenge, &name, Secret::Password("secret"), &asked, "cnonce", 1);
    let proof = proof.ok_or("the challenge can't be answered")?;
    match ask(phone, 2, &format!("Authorization: {proof}\r\n"))?.status() {
        Some(Status::OK) => Ok(()),
        other => Err(format!("answered with {other:?}")),
    }
}

fn read(phone: &mut Phone) -> Result<Message, String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        phone.read_exact(&mut byte).map_err(|error| error.to_string())?;
        head.push(byte[0]);
    }
    Message::parse(head.into()).map_err(|error| format!("{error:?}"))
}

/// RFC 5626 §3.5.1.
fn ping(phone: &mut Phone) -> Result<(), String> {
    phone.write_all(b"\r\n\r\n").map_err(|error| error.to_string())?;
    phone.read_exact(&mut [0; 2]).map_err(|error| error.to_string())
}
