//! The client's side: the answer to a challenge (RFC 7616 §3.4).

use std::fmt::Write;

use super::{Challenge, Ha1, ha1, hash::Proof};
use crate::Method;

/// What the client knows.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The password.
    Password(&'a str),
    /// Its hash, which answers challenges of the same algorithm and realm only.
    Ha1(&'a Ha1),
}

/// The request that is sent again with credentials.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its Request-URI as written.
    pub uri: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

/// The value of an Authorization or Proxy-Authorization line that answers the challenge; `nc` counts the uses of its
/// nonce from 1, `user` holds no quotes. `None` for a hash that this switch doesn't know or that the secret is not for.
pub fn answer(
    challenge: &Challenge<'_>,
    user: &str,
    secret: Secret<'_>,
    request: &Request<'_>,
    cnonce: &str,
    nc: u32,
) -> Option<String> {
    let algorithm = challenge.algorithm?;
    let ha1 = match secret {
        Secret::Password(password) => ha1(algorithm, user, challenge.realm, password),
        Secret::Ha1(ha1) => *ha1,
    };
    if ha1.algorithm() != algorithm {
        return None;
    }
    let Challenge { realm, nonce, session, qop, .. } = *challenge;
    let Request { method, uri, body } = *request;
    let nc = format!("{nc:08x}");
    let proof = Proof { ha1: &ha1, session, nonce, cnonce, nc: &nc, qop, method: method.as_str(), uri, body };
    let response = proof.response();
    let sess = if session { "-sess" } else { "" };
    let mut line = format!(
        r#"Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{}", algorithm={}{sess}"#,
        response.as_str(),
        algorithm.as_str(),
    );
    if let Some(qop) = qop {
        write!(line, r#", qop={}, cnonce="{cnonce}", nc={nc}"#, qop.as_str()).ok()?;
    } else if session {
        write!(line, r#", cnonce="{cnonce}""#).ok()?;
    }
    if let Some(opaque) = challenge.opaque {
        write!(line, r#", opaque="{opaque}""#).ok()?;
    }
    Some(line)
}
