//! Who a scripted phone says it is, and how it proves that.

use std::net::{IpAddr, SocketAddr};

use callplan::Ha1;
use sip::{
    Message, Method, Name,
    digest::{self, Algorithm, Challenge, Request, Secret},
};

use super::link::Over;

/// Who it is and where its switch stands.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// User of its address; for a phone its authentication name too.
    pub(crate) name: String,
    /// SIP domain.
    pub(crate) domain: String,
    /// The switch.
    pub(crate) server: SocketAddr,
    /// How it reaches it.
    pub(crate) over: Over,
    /// The address it calls from, if that matters; else the one that leads to the switch.
    pub(crate) local: Option<IpAddr>,
    /// How it answers a challenge.
    pub(crate) login: Login,
}

/// How an account answers a challenge.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// Not at all: it is known by its address, as a carrier is.
    Address,
    /// With a password.
    Password(String),
    /// With the hashes of one, as the switch itself keeps them.
    Hashes(Ha1),
}

impl Account {
    /// The address of record, `sip:rosa-desk@pbx.example`.
    pub(super) fn uri(&self) -> String {
        format!("sip:{}@{}", self.name, self.domain)
    }

    /// The header that answers the challenge of `response`, and its value; `None` if there is no answer.
    pub(super) fn credentials(
        &self,
        response: &Message,
        method: &Method,
        uri: &str,
        cnonce: &str,
    ) -> Option<(Name, String)> {
        let asked = [
            (Name::WwwAuthenticate, Name::Authorization),
            (Name::ProxyAuthenticate, Name::ProxyAuthorization),
        ];
        let request = Request { method, uri, body: &[] };
        asked.into_iter().find_map(|(asks, answers)| {
            let challenge = Challenge::choose(response.headers(asks))?;
            let hash;
            let secret = match &self.login {
                Login::Address => return None,
                Login::Password(password) => Secret::Password(password),
                Login::Hashes(hashes) => {
                    hash = hash_for(hashes, challenge.algorithm?)?;
                    Secret::Ha1(&hash)
                }
            };
            Some((answers, digest::answer(&challenge, &self.name, secret, &request, cnonce, 1)?))
        })
    }
}

fn hash_for(hashes: &Ha1, algorithm: Algorithm) -> Option<digest::Ha1> {
    let hex = match algorithm {
        Algorithm::Sha256 => hex(&hashes.sha256?),
        Algorithm::Md5 => hex(&hashes.md5?),
    };
    digest::Ha1::from_hex(algorithm, &hex)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
