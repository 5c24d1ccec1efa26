//! Writing a passport.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey,
};

use crate::{Claim, Level};

/// The operator's key and the place of its certificate. Clones are the same.
#[derive(Clone)]
pub struct Signer {
    key: Arc<SigningKey>,
    url: Arc<str>,
}

/// Why a file can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It holds no private key of the curve P-256 in PEM.
    #[error("it holds no private key of the curve P-256: passports are signed with ES256")]
    Key,
    /// What is to name the certificate names none over HTTPS.
    #[error("a certificate is named by an https address without quotes or blanks")]
    Url,
}

impl Signer {
    /// From a private key in PEM (PKCS#8 or SEC 1) and the address its certificate is found at.
    ///
    /// # Errors
    /// The operator's file or address.
    pub fn new(pem: &str, url: &str) -> Result<Self, Unusable> {
        let key = SecretKey::from_pkcs8_pem(pem).or_else(|_| SecretKey::from_sec1_pem(pem));
        let key = SigningKey::from(key.map_err(|_| Unusable::Key)?);
        let fits = |byte: u8| (b'!'..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<' | b'>');
        let is_plain = url.len() <= 512 && url.bytes().all(fits);
        if !is_plain || !url.starts_with("https://") || url.len() <= "https://".len() {
            return Err(Unusable::Url);
        }
        Ok(Self { key: Arc::new(key), url: url.into() })
    }

    /// The value of an Identity header (RFC 8224 §4): `origid` is a UUID that tells nobody more than which
    /// caller of ours it was, `unix` the time in seconds.
    pub fn identity(&self, claim: &Claim, level: Level, origid: &str, unix: u64) -> String {
        let Claim { orig, dest } = claim;
        let (url, level) = (&self.url, level.as_str());
        // Keys in the order of RFC 8225 §9, no blanks: whoever checks may write it anew and must come to the same.
        let header = format!(r#"{{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"{url}"}}"#);
        let payload = format!(
            r#"{{"attest":"{level}","dest":{{"tn":["{dest}"]}},"iat":{unix},"orig":{{"tn":"{orig}"}},"origid":"{origid}"}}"#
        );
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("{signed}.{signature};info=<{url}>;alg=ES256;ppt=shaken")
    }
}

impl fmt::Debug for Signer {
    /// Shows where the certificate is, never the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer {{ url: {:?} }}", self.url)
    }
}
