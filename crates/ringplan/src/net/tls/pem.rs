//! Certificates and keys as files hold them, and what is wrong with them.

use std::{sync::Arc, time::Duration};

use callplan::{Flaw, Pem, PemFile};
use clock::Wall;
use jiff::Timestamp;
use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use x509_cert::{Certificate, der::Decode};

use super::TlsError;

/// How long before its end a certificate is worth a warning.
const SOON: Duration = Duration::from_secs(21 * 24 * 3600);

/// The certificates of a file, at least one.
pub(super) fn chain(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates(&file.bytes).map_err(|why| TlsError::LocalFile(file.path.clone(), why))
}

/// The private key of a file.
pub(super) fn key(file: &PemFile) -> Result<PrivateKeyDer<'static>, TlsError> {
    private_key(&file.bytes).map_err(|why| TlsError::LocalFile(file.path.clone(), why))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if chain.is_empty() => {
            Err("no part of it begins with -----BEGIN CERTIFICATE-----".to_owned())
        }
        Ok(chain) => Ok(chain),
        Err(error) => Err(error.to_string()),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| error.to_string())
}

/// What is wrong with certificates at `now`.
pub(crate) fn flaws(pem: Pem<'_>, now: Wall) -> Vec<Flaw> {
    match pem {
        Pem::Roots(bytes) => match certificates(bytes) {
            Ok(roots) => roots.iter().flat_map(|root| age(root, now)).collect(),
            Err(why) => vec![Flaw::NoCertificate(why)],
        },
        Pem::Identity { cert, key, domain } => identity_flaws(cert, key, domain, now),
    }
}

fn identity_flaws(cert: &[u8], key: &[u8], domain: &str, now: Wall) -> Vec<Flaw> {
    let (chain, key) = match (certificates(cert), private_key(key)) {
        (Ok(chain), Ok(key)) => (chain, key),
        (chain, key) => {
            let chain = chain.err().map(Flaw::NoCertificate);
            return chain.into_iter().chain(key.err().map(Flaw::NoKey)).collect();
        }
    };
    let mut flaws = age(&chain[0], now);
    let names = ParsedCertificate::try_from(&chain[0]).ok().zip(ServerName::try_from(domain).ok());
    if names.is_some_and(|(cert, name)| rustls::client::verify_server_name(&cert, &name).is_err()) {
        flaws.push(Flaw::OtherName(domain.to_owned()));
    }
    match ring::sign::any_supported_type(&key) {
        Err(error) => flaws.push(Flaw::NoKey(error.to_string())),
        Ok(key) => {
            let matched = CertifiedKey::new(chain, key).keys_match();
            flaws.extend(matched.is_err().then_some(Flaw::KeyOfAnother));
        }
    }
    flaws
}

/// The files of a config whose own certificate, or a root in it, does not hold at `now` or not for long. What
/// can't be read is not in use.
pub(super) fn ages(config: &callplan::Tls, now: Wall) -> Vec<(Arc<str>, Flaw)> {
    let shown = config.identity.iter().chain(&config.also).map(|it| (&it.cert, 1));
    let roots = config.ca.iter().chain(config.clients.roots()).map(|file| (file, usize::MAX));
    let of_file = |(file, count): (&PemFile, usize)| {
        let held = certificates(&file.bytes).unwrap_or_default();
        let flaws: Vec<_> = held.iter().take(count).flat_map(|it| age(it, now)).collect();
        let path = file.path.clone();
        flaws.into_iter().map(move |flaw| (path.clone(), flaw))
    };
    shown.chain(roots).flat_map(of_file).collect()
}

/// Whether a certificate holds at `now`, and for long enough.
fn age(certificate: &CertificateDer<'_>, now: Wall) -> Vec<Flaw> {
    let validity = match Certificate::from_der(certificate) {
        Ok(parsed) => parsed.tbs_certificate.validity,
        Err(error) => return vec![Flaw::NoCertificate(error.to_string())],
    };
    let now = Duration::from_micros(now.unix_micros().try_into().unwrap_or(0));
    let (begins, ends) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    let flaw = match now {
        _ if now < begins => Flaw::Later(day(begins)),
        _ if now > ends => Flaw::Expired(day(ends)),
        _ if now + SOON > ends => Flaw::Ends(day(ends)),
        _ => return Vec::new(),
    };
    vec![flaw]
}

/// The day of a time since 1970.
fn day(at: Duration) -> String {
    Timestamp::from_second(at.as_secs().cast_signed())
        .map_or_else(|_| "at no time".to_owned(), |at| at.strftime("on %Y-%m-%d").to_string())
}
