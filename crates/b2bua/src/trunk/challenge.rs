//! Answering a carrier's challenge, and nobody else's (RFC 3261 §22.2, §22.3; RFC 7616 §3.4; RFC 8760).
//!
//! A hash of a trunk's password is made for that trunk only: the leg that was challenged belongs to it, and
//! the challenge came from where the request went (RELIABILITY A8). A peer that challenges for ever is
//! answered twice for a realm at most, the second time only if it says that the first answer was merely
//! stale (RELIABILITY P11).

use callplan::Trunk;
use clock::Chance;
use sip::{Message, Method, Name, Status, digest};
use smallvec::SmallVec;

/// Answers to one realm for one request.
const ANSWERS_PER_REALM_MAX: u8 = 2;
/// Realms answered for one request: the carrier's edge and its core may each have one.
const REALMS_MAX: usize = 2;

/// The challenges of one request that were answered; a new request starts with none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    realms: SmallVec<[(Box<str>, u8); 1]>,
}

/// A header line that answers a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Authorization or Proxy-Authorization.
    pub name: Name,
    /// Its value.
    pub value: String,
}

/// Why a challenge stays without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// It came from somewhere else than the trunk.
    #[error("challenged by a stranger")]
    PeerStranger,
    /// Nothing in it can be answered: no digest, or none whose hash is known.
    #[error("no challenge that can be answered")]
    PeerScheme,
    /// Our answer was refused: the secret is wrong.
    #[error("user or secret is refused")]
    PeerRefused,
    /// More challenges than a request is worth.
    #[error("challenged too often")]
    LimitChallenges,
    /// The trunk has no user or no secret.
    #[error("challenged, but no user and secret are configured")]
    LocalNoSecret,
}

/// The request that was challenged.
#[derive(Clone, Copy, Debug)]
pub struct Challenged<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its request-URI as written.
    pub uri: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

/// What a trunk signs with.
#[derive(Clone, Copy)]
pub(super) struct Signer<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// Answers the 401 or 407 `response` to a request on a leg of `trunk`; `from_trunk` says whether the
/// response came down the flow that the request went.
///
/// # Errors
/// The challenge is not to be answered: the request has failed.
pub fn answer(
    trunk: &Trunk,
    answered: &mut Answered,
    request: Challenged<'_>,
    response: &Message,
    from_trunk: bool,
    chance: &mut Chance,
) -> Result<Credential, Unanswered> {
    if !from_trunk {
        return Err(Unanswered::PeerStranger);
    }
    let (Some(user), Some(secret)) = (&trunk.user, &trunk.secret) else {
        return Err(Unanswered::LocalNoSecret);
    };
    sign(Signer { user, password: secret.reveal() }, answered, request, response, chance)
}

pub(super) fn sign(
    signer: Signer<'_>,
    answered: &mut Answered,
    request: Challenged<'_>,
    response: &Message,
    chance: &mut Chance,
) -> Result<Credential, Unanswered> {
    let is_proxy = response.status() == Some(Status::PROXY_AUTHENTICATION_REQUIRED);
    let (asks, name) = if is_proxy {
        (Name::ProxyAuthenticate, Name::ProxyAuthorization)
    } else {
        (Name::WwwAuthenticate, Name::Authorization)
    };
    let challenge = digest::Challenge::choose(response.headers(asks)).ok_or(Unanswered::PeerScheme)?;
    answered.count(challenge.realm, challenge.stale)?;
    let mut cnonce = [0; 16];
    chance.token(&mut cnonce);
    let cnonce = str::from_utf8(&cnonce).expect("a token is ASCII");
    let secret = digest::Secret::Password(signer.password);
    let request = digest::Request { method: request.method, uri: request.uri, body: request.body };
    let value = digest::answer(&challenge, signer.user, secret, &request, cnonce, 1);
    Ok(Credential { name, value: value.ok_or(Unanswered::PeerScheme)? })
}

impl Answered {
    fn count(&mut self, realm: &str, stale: bool) -> Result<(), Unanswered> {
        if let Some((_, answers)) = self.realms.iter_mut().find(|(known, _)| **known == *realm) {
            if !stale {
                return Err(Unanswered::PeerRefused);
            }
            if *answers >= ANSWERS_PER_REALM_MAX {
                return Err(Unanswered::LimitChallenges);
            }
            *answers += 1;
        } else if self.realms.len() >= REALMS_MAX {
            return Err(Unanswered::LimitChallenges);
        } else {
            self.realms.push((realm.into(), 1));
        }
        Ok(())
    }
}
