//! TLS under SIP (RFC 3261 §26.3, RFC 5922): what the switch shows, whom it believes.
//!
//! Both sides are swapped whole when certificates change: connections keep what they were made with, new ones
//! are made with the new. A certificate that can't be used changes nothing.

mod age;
mod made;
mod named;
mod pem;
mod pinned;
mod watch;

use std::{io, net::IpAddr, sync::Arc};

use arc_swap::{ArcSwap, ArcSwapOption};
use callplan::TlsClients;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::{CryptoProvider, ring},
    pki_types::ServerName,
    server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

pub(crate) use self::{made::make, pem::flaws, pinned::believing, watch::watch};
use self::{
    named::ByName,
    pem::{chain, key},
};

/// Carriers whose last session is remembered, so that the next connection to them costs less.
const SESSIONS: usize = 64;

/// Why certificates can't be used.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::enum_variant_names, reason = "whoever is at fault comes first; here it is always us")]
pub(crate) enum TlsError {
    /// A file does not hold what it should.
    #[error("{0}: {1}")]
    LocalFile(Arc<str>, String),
    /// They do not fit together.
    #[error(transparent)]
    LocalCertificate(#[from] rustls::Error),
    /// The roots of clients can't be used.
    #[error("client_ca: {0}")]
    LocalClientRoots(#[from] VerifierBuilderError),
}

/// What connections are made with. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Tls(Arc<Sides>);

#[derive(Debug)]
struct Sides {
    /// None while no certificate is configured; then nothing listens either.
    server: ArcSwapOption<ServerConfig>,
    client: ArcSwap<ClientConfig>,
}

impl Tls {
    /// Both sides as the config has them.
    ///
    /// # Errors
    /// The operator's files can't be used.
    pub(crate) fn new(config: &callplan::Tls) -> Result<Self, TlsError> {
        let (server, client) = sides(config)?;
        let sides = Sides { server: ArcSwapOption::new(server), client: ArcSwap::new(client) };
        Ok(Self(Arc::new(sides)))
    }

    /// Uses these for connections from now on.
    ///
    /// # Errors
    /// The operator's files can't be used; what was in use stays.
    pub(crate) fn renew(&self, config: &callplan::Tls) -> Result<(), TlsError> {
        let (server, client) = sides(config)?;
        self.0.server.store(server);
        self.0.client.store(client);
        Ok(())
    }

    /// Speaks TLS with somebody who came.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        let config = self.0.server.load_full().ok_or(io::ErrorKind::NotConnected)?;
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Speaks TLS with somebody who has to prove that it is `host`, a name or an address.
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let name = match bare.parse::<IpAddr>() {
            Ok(ip) => ServerName::from(ip),
            Err(_) => ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?,
        };
        TlsConnector::from(self.0.client.load_full()).connect(name, stream).await
    }
}

type BothSides = (Option<Arc<ServerConfig>>, Arc<ClientConfig>);

fn sides(config: &callplan::Tls) -> Result<BothSides, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let server = config.identity.is_some().then(|| server_side(config, &provider)).transpose()?;
    Ok((server.map(Arc::new), Arc::new(client_side(config, &provider)?)))
}

fn server_side(config: &callplan::Tls, provider: &Arc<CryptoProvider>) -> Result<ServerConfig, TlsError> {
    let identity = config.identity.as_ref().expect("asked for with an identity only");
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()?;
    let verifier = |file| {
        let roots = Arc::new(roots_in(RootCertStore::empty(), file)?);
        Ok::<_, TlsError>(WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider)))
    };
    let builder = match &config.clients {
        TlsClients::Unasked => builder.with_no_client_auth(),
        TlsClients::Asked(file) => {
            builder.with_client_cert_verifier(verifier(file)?.allow_unauthenticated().build()?)
        }
        TlsClients::Required(file) => builder.with_client_cert_verifier(verifier(file)?.build()?),
    };
    let shown = [identity].into_iter().chain(&config.also).map(|it| named::shown(it, provider));
    let mut side = builder.with_cert_resolver(Arc::new(ByName(shown.collect::<Result<_, _>>()?)));
    // Phones resume by tickets that they keep themselves: a session costs us no memory once it is over.
    side.session_storage = Arc::new(NoServerSessionStorage {});
    side.ticketer = ring::Ticketer::new()?;
    side.send_tls13_tickets = 1;
    Ok(side)
}

fn client_side(config: &callplan::Tls, provider: &Arc<CryptoProvider>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    // What the system holds but can't be read is its administrator's to mend; a carrier may still be known.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &config.ca {
        roots = roots_in(roots, file)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut side = match &config.identity {
        Some(identity) => builder.with_client_auth_cert(chain(&identity.cert)?, key(&identity.key)?)?,
        None => builder.with_no_client_auth(),
    };
    side.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(side)
}

fn roots_in(mut roots: RootCertStore, file: &callplan::PemFile) -> Result<RootCertStore, TlsError> {
    for certificate in chain(file)? {
        let added = roots.add(certificate);
        added.map_err(|error| TlsError::LocalFile(file.path.clone(), error.to_string()))?;
    }
    Ok(roots)
}
