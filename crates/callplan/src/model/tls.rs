//! TLS: what the switch shows, and whom it believes (RFC 3261 §26.3.2, RFC 5922).

use std::{fmt, sync::Arc};

/// How the switch proves itself over TLS, and what it asks of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// What it shows to phones, and to carriers that ask; always there where something listens for TLS.
    pub identity: Option<TlsIdentity>,
    /// What it shows to those who ask for a name of these instead (RFC 6066 §3).
    pub also: Vec<TlsIdentity>,
    /// Roots that a carrier's certificate may lead to, besides those of the system.
    pub ca: Option<PemFile>,
    /// What it asks of those who connect.
    pub clients: TlsClients,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsIdentity {
    /// The chain, its own certificate first.
    pub cert: PemFile,
    /// The private key of that certificate.
    pub key: PemFile,
}

/// What is asked of those who connect over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsClients {
    /// Nothing: phones prove themselves by digest.
    #[default]
    Unasked,
    /// A certificate from one of these roots, if they have one.
    Asked(PemFile),
    /// A certificate from one of these roots; without it there is no connection.
    Required(PemFile),
}

/// A file of certificates or of a key, as it was when the config was read.
#[derive(Clone, PartialEq, Eq)]
pub struct PemFile {
    /// Where it lies, below the config directory.
    pub path: Arc<str>,
    /// What it held.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for PemFile {
    /// Its path alone: it may hold a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PemFile({})", self.path)
    }
}

impl Tls {
    /// Every file it is made of.
    pub fn files(&self) -> impl Iterator<Item = &PemFile> {
        let identities = self.identity.iter().chain(&self.also);
        let identities = identities.flat_map(|identity| [&identity.cert, &identity.key]);
        identities.chain(&self.ca).chain(self.clients.roots())
    }
}

impl TlsClients {
    /// The roots that a client's certificate has to lead to.
    pub const fn roots(&self) -> Option<&PemFile> {
        match self {
            Self::Unasked => None,
            Self::Asked(roots) | Self::Required(roots) => Some(roots),
        }
    }
}
