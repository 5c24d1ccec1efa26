//! The challenge this switch sends (RFC 7616 §3.3, RFC 8760 §2.4).

use super::Algorithm;

/// One WWW-Authenticate or Proxy-Authenticate line; the best algorithm goes on the first.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The realm; quotes and backslashes can't be in it.
    pub realm: &'a str,
    /// A fresh nonce.
    pub nonce: &'a str,
    /// The hash to use.
    pub algorithm: Algorithm,
    /// The proof was right, the nonce too old: the client need not ask its user again.
    pub stale: bool,
}

impl Offer<'_> {
    /// The value of a WWW-Authenticate or Proxy-Authenticate line.
    pub fn value(&self) -> String {
        let Self { realm, nonce, algorithm, stale } = self;
        let stale = if *stale { ", stale=true" } else { "" };
        [
            "Digest realm=\"",
            realm,
            "\", nonce=\"",
            nonce,
            "\", algorithm=",
            algorithm.as_str(),
            ", qop=\"auth\"",
            stale,
        ]
        .concat()
    }
}
