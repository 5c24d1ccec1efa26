//! Certificates made for a test, and TLS with them.

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, IsCa, KeyPair, date_time_ymd,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};

use super::{Site, wire};

/// Signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The certificate.
    pub(crate) cert: String,
    /// Its private key.
    pub(crate) key: String,
}

/// A phone's end of a TLS connection.
pub(crate) type TlsPhone = StreamOwned<ClientConnection, TcpStream>;

/// A carrier's end of one.
pub(crate) type TlsCarrier = StreamOwned<ServerConnection, TcpStream>;

impl Authority {
    /// One nobody knows yet.
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Test authority");
        Self(CertifiedIssuer::self_signed(params, new_key()).expect("a sound certificate"))
    }

    /// Its own certificate.
    pub(crate) fn root(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names.
    pub(crate) fn issue(&self, names: &[&str]) -> Identity {
        self.issue_until(names, 2099)
    }

    /// The same, until the beginning of a year.
    pub(crate) fn issue_until(&self, names: &[&str], year: i32) -> Identity {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("sound names");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = new_key();
        let cert = params.signed_by(&key, &self.0).expect("a sound certificate");
        Identity { cert: cert.pem(), key: key.serialize_pem() }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("a root");
        roots
    }

    /// TLS with who is at `address` and has to be `name`, shown this identity if it asks for one. The
    /// handshake is made with the first byte.
    pub(crate) fn connect(&self, address: SocketAddr, name: &str, own: Option<&Identity>) -> TlsPhone {
        self.over(wire::connect_to(address), name, own)
    }

    /// The same down a connection that stands.
    pub(crate) fn over(&self, stream: TcpStream, name: &str, own: Option<&Identity>) -> TlsPhone {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has both")
            .with_root_certificates(self.roots());
        let config = match own {
            Some(own) => builder.with_client_auth_cert(own.chain(), own.key()).expect("they match"),
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a sound config");
        StreamOwned::new(tls, stream)
    }
}

impl Identity {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_slice(self.cert.as_bytes()).expect("PEM")]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("PEM")
    }

    /// The certificate as it is shown.
    pub(crate) fn shown(&self) -> Vec<u8> {
        self.chain()[0].to_vec()
    }

    /// TLS with somebody who connected.
    pub(crate) fn accept(&self, stream: TcpStream) -> TlsCarrier {
        self.accept_by(stream, Arc::new(NoClientAuth))
    }

    /// The same with somebody who has to show a certificate of this authority.
    pub(crate) fn accept_known(&self, stream: TcpStream, authority: &Authority) -> TlsCarrier {
        let (roots, provider) = (Arc::new(authority.roots()), Arc::new(ring::default_provider()));
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
        self.accept_by(stream, verifier.build().expect("a root"))
    }

    fn accept_by(&self, stream: TcpStream, clients: Arc<dyn ClientCertVerifier>) -> TlsCarrier {
        wire::patient(&stream);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has both")
            .with_client_cert_verifier(clients)
            .with_single_cert(self.chain(), self.key())
            .expect("they match");
        StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("a sound config"), stream)
    }
}

impl Site {
    /// Listens for TLS too, with this identity and these further lines of `[tls]`; where.
    pub(crate) fn listen_for_tls(&self, identity: &Identity, lines: &str) -> SocketAddr {
        let address = self.ports.tls();
        self.put_identity(identity);
        self.write(
            "tls.toml",
            &format!(
                "[listen]\ntls = [\"{address}\"]\n[tls]\ncert = {{ file = \"tls/cert.pem\" }}\n\
                 key = {{ file = \"tls/key.pem\" }}\n{lines}"
            ),
        );
        address
    }

    /// Puts certificate and key where the config names them.
    pub(crate) fn put_identity(&self, identity: &Identity) {
        self.write("tls/cert.pem", &identity.cert);
        self.write("tls/key.pem", &identity.key);
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("ring has chance")
}
