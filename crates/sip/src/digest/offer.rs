//! The challenge this switch sends (RFC 7616 §3.3, RFC 8760 §2.4).

use std::fmt;

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

impl fmt::Display for Offer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { realm, nonce, algorithm, stale } = self;
        write!(
            f,
            r#"Digest realm="{realm}", nonce="{nonce}", algorithm={}, qop="auth""#,
            algorithm.as_str()
        )?;
        if *stale { f.write_str(", stale=true") } else { Ok(()) }
    }
}
