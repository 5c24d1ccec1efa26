//! Which certificate is shown: the one for the name that whoever comes asks for (RFC 6066 §3), else the first.

use std::sync::Arc;

use rustls::{
    client::verify_server_name,
    crypto::CryptoProvider,
    pki_types::ServerName,
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{
    TlsError,
    pem::{chain, key},
};

/// The certificates of the config, at least one, in the order written. A phone that asks for none of their names, or
/// for no name at all, sees the first: many phones know their switch by address alone.
#[derive(Debug)]
pub(super) struct ByName(pub(super) Vec<Arc<CertifiedKey>>);

/// A certificate as it is shown.
///
/// # Errors
/// Its files hold no such thing, or don't belong together.
pub(super) fn shown(
    identity: &callplan::TlsIdentity,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsError> {
    Ok(Arc::new(CertifiedKey::from_der(chain(&identity.cert)?, key(&identity.key)?, provider)?))
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let of_name = asked.and_then(|name| self.0.iter().find(|shown| is_for(shown, &name)));
        of_name.or(self.0.first()).cloned()
    }
}

fn is_for(shown: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let own = shown.cert.first().and_then(|own| ParsedCertificate::try_from(own).ok());
    own.is_some_and(|own| verify_server_name(&own, name).is_ok())
}
