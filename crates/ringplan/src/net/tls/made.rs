//! A certificate of one's own making, for a switch that lives a minute: nobody believes it but who was told.

use rcgen::{CertifiedKey, Error, generate_simple_self_signed};

/// A certificate for `name` and its key, in PEM.
///
/// # Errors
/// The name can't stand in a certificate.
pub(crate) fn make(name: &str) -> Result<(String, String), Error> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()])?;
    Ok((cert.pem(), signing_key.serialize_pem()))
}
