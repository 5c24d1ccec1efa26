//! The server's side of a proof (RFC 7616 §3.4.6).

use super::{Credentials, Ha1, hash::Proof};
use crate::Method;

/// Which forms of a proof count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With `qop`, nonce count and client nonce only.
    Modern,
    /// The form of RFC 2069 too, which has none of these: it can be replayed as long as the nonce lives.
    Any,
}

/// Whether the credentials prove knowledge of `ha1` for this method and body.
///
/// It takes the same time for every wrong proof. That the URI in the credentials is that of the request, that the
/// nonce is ours and fresh and its count unused is for the caller to see to.
pub fn verify(credentials: &Credentials<'_>, method: &Method, body: &[u8], ha1: &Ha1, form: Form) -> bool {
    let proof = Proof {
        ha1,
        session: credentials.session,
        nonce: credentials.nonce,
        cnonce: credentials.cnonce.unwrap_or(""),
        nc: credentials.nc.unwrap_or(""),
        qop: credentials.qop,
        method: method.as_str(),
        uri: credentials.uri,
        body,
    };
    let is_proven = proof.response().is(credentials.response);
    is_proven
        && credentials.algorithm == Some(ha1.algorithm())
        && (credentials.qop.is_some() || form == Form::Any)
}
