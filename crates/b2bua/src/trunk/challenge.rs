//! Answering a carrier's challenge, and nobody else's (RFC 3261 §22.2, §22.3; RFC 7616 §3.4; RFC 8760).
//!
//! A hash of a trunk's password is made for that trunk only: the leg that was challenged belongs to it, the
//! challenge came from where the request went, and its realm is the carrier's (RELIABILITY A8). A peer that challenges for ever is
//! answered twice for a realm at most, the second time only if it says that the first answer was merely
//! stale (RELIABILITY P11).

use callplan::Trunk;
use clock::Chance;
use sip::{Message, Method, Name, Status, digest};
use smallvec::SmallVec;

use super::{Trunks, realms::Stage};

/// Answers to one realm for one request.
const ANSWERS_PER_REALM_MAX: u8 = 2;
/// Realms answered for one request: the carrier's edge and its core may each have one.
const REALMS_MAX: usize = 2;

/// The challenges of one request that were answered; a new request starts with none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    realms: SmallVec<[Realm; 1]>,
}

/// One realm that challenged a request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Realm {
    /// Its last challenge, as it stood in the response.
    challenge: Box<str>,
    /// The header that answers it.
    name: Name,
    answers: u8,
    /// Requests signed with that challenge.
    uses: u32,
}

/// The lines that answer every realm which challenged a request (RFC 3261 §22.3: those of one are kept
/// when the next asks).
pub type Credentials = SmallVec<[Credential; 1]>;

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
    /// It came from the trunk, and names a realm that is not the carrier's as far as we know.
    #[error("challenged by somebody behind the carrier")]
    PeerRealm,
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
    /// Whom the carrier may have asked with it.
    pub stage: Stage,
}

/// What a trunk signs with.
#[derive(Clone, Copy)]
pub(super) struct Signer<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

impl Trunks {
    /// Answers the 401 or 407 `response` to a request on a leg of `trunk`; `from_trunk` says whether the
    /// response came down the flow that the request went.
    ///
    /// # Errors
    /// The challenge is not to be answered: the request has failed.
    pub fn answer(
        &self,
        trunk: &Trunk,
        answered: &mut Answered,
        request: Challenged<'_>,
        response: &Message,
        from_trunk: bool,
        chance: &mut Chance,
    ) -> Result<Credentials, Unanswered> {
        if !from_trunk {
            return Err(Unanswered::PeerStranger);
        }
        let (Some(user), Some(secret)) = (&trunk.user, &trunk.secret) else {
            return Err(Unanswered::LocalNoSecret);
        };
        let is_first = answered.is_empty();
        let is_own = |realm: &str| self.realms.is_own(trunk, realm, request.stage, is_first);
        sign(Signer { user, password: secret.reveal() }, answered, request, response, is_own, chance)
    }
}

pub(super) fn sign(
    signer: Signer<'_>,
    answered: &mut Answered,
    request: Challenged<'_>,
    response: &Message,
    is_own: impl Fn(&str) -> bool,
    chance: &mut Chance,
) -> Result<Credentials, Unanswered> {
    let (asks, name) = lines_of(response);
    let mut offered = known_in(response, asks).peekable();
    offered.peek().ok_or(Unanswered::PeerScheme)?;
    let (line, _) = offered
        .find(|(_, realm)| answered.realms().any(|known| known == *realm) || is_own(realm))
        .ok_or(Unanswered::PeerRealm)?;
    answered.take(line, name)?;
    answered.realms.iter_mut().map(|realm| realm.sign(signer, request, chance)).collect()
}

/// The realm that the first challenge names which could be answered.
pub fn asked_in(response: &Message) -> Option<&str> {
    known_in(response, lines_of(response).0).next().map(|(_, realm)| realm)
}

/// Where a response asks, and where that is answered.
fn lines_of(response: &Message) -> (Name, Name) {
    match response.status() {
        Some(Status::PROXY_AUTHENTICATION_REQUIRED) => (Name::ProxyAuthenticate, Name::ProxyAuthorization),
        _ => (Name::WwwAuthenticate, Name::Authorization),
    }
}

/// The challenges whose scheme and hash are known, each with its realm.
fn known_in(response: &Message, asks: Name) -> impl Iterator<Item = (&str, &str)> {
    let known = |line| Some((line, digest::Challenge::choose(std::iter::once(line))?.realm));
    response.headers(asks).filter_map(known)
}

impl Answered {
    /// Whether nobody challenged.
    pub(super) fn is_empty(&self) -> bool {
        self.realms.is_empty()
    }

    /// Who challenged.
    pub(super) fn realms(&self) -> impl Iterator<Item = &str> {
        let challenges =
            self.realms.iter().filter_map(|realm| digest::Challenge::parse(&realm.challenge).ok());
        challenges.map(|challenge| challenge.realm)
    }

    /// Counts a challenge, and keeps it for as long as the request is tried.
    fn take(&mut self, line: &str, name: Name) -> Result<(), Unanswered> {
        let challenge = digest::Challenge::parse(line).map_err(|_| Unanswered::PeerScheme)?;
        let is_full = self.realms.len() >= REALMS_MAX;
        let realm = Realm { challenge: line.into(), name, answers: 1, uses: 0 };
        match self.realms.iter_mut().find(|known| known.is_of(challenge.realm)) {
            Some(_) if !challenge.stale => return Err(Unanswered::PeerRefused),
            Some(known) if known.answers >= ANSWERS_PER_REALM_MAX => return Err(Unanswered::LimitChallenges),
            Some(known) => *known = Realm { answers: known.answers + 1, ..realm },
            None if is_full => return Err(Unanswered::LimitChallenges),
            None => self.realms.push(realm),
        }
        Ok(())
    }
}

impl Realm {
    fn is_of(&self, realm: &str) -> bool {
        digest::Challenge::parse(&self.challenge).is_ok_and(|challenge| challenge.realm == realm)
    }

    fn sign(
        &mut self,
        signer: Signer<'_>,
        request: Challenged<'_>,
        chance: &mut Chance,
    ) -> Result<Credential, Unanswered> {
        self.uses += 1;
        let challenge = digest::Challenge::parse(&self.challenge).map_err(|_| Unanswered::PeerScheme)?;
        let mut cnonce = [0; 16];
        chance.token(&mut cnonce);
        let cnonce = str::from_utf8(&cnonce).expect("a token is ASCII");
        let secret = digest::Secret::Password(signer.password);
        let Challenged { method, uri, body, .. } = request;
        let request = digest::Request { method, uri, body };
        let value = digest::answer(&challenge, signer.user, secret, &request, cnonce, self.uses);
        Ok(Credential { name: self.name, value: value.ok_or(Unanswered::PeerScheme)? })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use callplan::{CalledFrom, FailOver, Format, MediaMode, Profile, Redirects, Secret, Transfers};

    use super::*;

    fn trunk() -> Trunk {
        Trunk {
            name: "carrier".into(),
            profile: Profile::Register,
            host: "sip.carrier.example".into(),
            port: None,
            others: Vec::new(),
            outbound_proxy: None,
            transport: None,
            ping: None,
            user: Some("larch".into()),
            secret: Some(Secret::new("secret".into())),
            realms: Vec::new(),
            channels: 2,
            from: Vec::new(),
            called: CalledFrom::RequestUri,
            format: Format::E164,
            fail_over: FailOver::default(),
            media: MediaMode::Relay,
            redirects: Redirects::Refuse,
            transfers: Transfers::Refuse,
            session: Default::default(),
            identity: Default::default(),
            agent: None,
        }
    }

    fn challenge(status: u16, lines: &[&str]) -> Message {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let text = format!(
            "SIP/2.0 {status} -\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{lines}\r\n"
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    /// A trunk whose carrier has these realms.
    fn trunk_in(realms: &[&str]) -> Trunk {
        Trunk { realms: realms.iter().map(|realm| (*realm).into()).collect(), ..trunk() }
    }

    const INVITE: Challenged<'_> = Challenged {
        method: &Method::Invite,
        uri: "sip:+12025550199@sip.carrier.example",
        body: b"",
        stage: Stage::Door,
    };

    fn ask_of(
        trunk: &Trunk,
        answered: &mut Answered,
        response: &Message,
        from_trunk: bool,
    ) -> Result<Credentials, Unanswered> {
        let trunks = Trunks::new(Chance::from_seed([4; 32]));
        trunks.answer(trunk, answered, INVITE, response, from_trunk, &mut Chance::from_seed([5; 32]))
    }

    fn ask(answered: &mut Answered, response: &Message, from_trunk: bool) -> Result<Credentials, Unanswered> {
        ask_of(&trunk(), answered, response, from_trunk)
    }

    /// RELIABILITY A8: a callee's challenge, even with the carrier's own realm, gets no hash out of us.
    #[test]
    fn a_stranger_gets_no_answer() {
        let realm = challenge(407, &[r#"Proxy-Authenticate: Digest realm="sip.carrier.example", nonce="n""#]);
        assert_eq!(ask(&mut Answered::default(), &realm, false), Err(Unanswered::PeerStranger));
        let mut nobody = trunk();
        nobody.secret = None;
        let outcome = ask_of(&nobody, &mut Answered::default(), &realm, true);
        assert_eq!(outcome, Err(Unanswered::LocalNoSecret));
    }

    #[test]
    fn the_carriers_first_choice_that_we_know_is_answered() {
        let offers = challenge(
            401,
            &[
                r#"WWW-Authenticate: Basic realm="carrier""#,
                r#"WWW-Authenticate: Digest realm="carrier", nonce="n", algorithm=SHA-512-256, qop="auth""#,
                r#"WWW-Authenticate: Digest realm="carrier", nonce="n", algorithm=SHA-256, qop="auth""#,
                r#"WWW-Authenticate: Digest realm="carrier", nonce="n", algorithm=MD5, qop="auth""#,
            ],
        );
        let credentials = ask(&mut Answered::default(), &offers, true).unwrap();
        assert_eq!(credentials[0].name, Name::Authorization);
        let read = digest::Credentials::parse(&credentials[0].value).unwrap();
        let ha1 = digest::ha1(digest::Algorithm::Sha256, "larch", "carrier", "secret");
        assert!(digest::verify(&read, INVITE.method, b"", &ha1, digest::Form::Modern));
        let none = challenge(401, &[r#"WWW-Authenticate: Basic realm="carrier""#]);
        assert_eq!(ask(&mut Answered::default(), &none, true), Err(Unanswered::PeerScheme));
    }

    #[test]
    fn a_second_realm_is_answered_beside_the_first_with_the_next_count() {
        let mut answered = Answered::default();
        let trunk = trunk_in(&["edge", "core", "third"]);
        let mut ask = |response: &Message| ask_of(&trunk, &mut answered, response, true);
        let edge = r#"Proxy-Authenticate: Digest realm="edge", nonce="e", algorithm=MD5, qop="auth""#;
        let core = r#"WWW-Authenticate: Digest realm="core", nonce="c", algorithm=MD5, qop="auth""#;
        ask(&challenge(407, &[edge])).unwrap();
        let both = ask(&challenge(401, &[core])).unwrap();
        let read = |at: usize| digest::Credentials::parse(&both[at].value).unwrap();
        assert_eq!(
            (both[0].name, read(0).realm, read(0).nc),
            (Name::ProxyAuthorization, "edge", Some("00000002"))
        );
        assert_eq!(
            (both[1].name, read(1).realm, read(1).nc),
            (Name::Authorization, "core", Some("00000001"))
        );
        let third = challenge(401, &[&core.replace("core", "third")]);
        assert_eq!(ask(&third), Err(Unanswered::LimitChallenges));
    }

    #[test]
    fn of_several_challenges_the_carriers_own_is_answered() {
        let both = challenge(
            407,
            &[
                r#"Proxy-Authenticate: Digest realm="far", nonce="f", qop="auth""#,
                r#"Proxy-Authenticate: Digest realm="carrier", nonce="c", qop="auth""#,
            ],
        );
        let credentials = ask_of(&trunk_in(&["carrier"]), &mut Answered::default(), &both, true).unwrap();
        let realms: Vec<_> =
            credentials.iter().map(|it| digest::Credentials::parse(&it.value).unwrap().realm).collect();
        assert_eq!(realms, ["carrier"]);
    }

    /// RELIABILITY P11, whatever the challenger makes up.
    #[test]
    fn no_challenger_gets_more_than_four_answers() {
        let (mut chance, trunk) = (Chance::from_seed([9; 32]), trunk_in(&["r0", "r1", "r2"]));
        for _ in 0..40 {
            let mut answered = Answered::default();
            let answers = (0..30)
                .filter(|nonce| {
                    let (realm, stale) = (chance.below(3), chance.below(2) == 1);
                    let line = format!(
                        r#"WWW-Authenticate: Digest realm="r{realm}", nonce="n{nonce}", qop="auth", stale={stale}"#
                    );
                    ask_of(&trunk, &mut answered, &challenge(401, &[&line]), true).is_ok()
                })
                .count();
            assert!(answers <= 4, "{answers}");
        }
    }
}
