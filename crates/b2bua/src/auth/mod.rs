//! Who sends a request: digest authentication of phones (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! Keeps no account and no challenge: accounts are the site's phones, a nonce proves itself. It knows the
//! request, the flow it came down and the site; never what the request is for. An unknown name, a wrong
//! password and a phone without a secret go through the same steps and get the same answer (RELIABILITY
//! A4), and a stranger's request leaves nothing behind but counts of bounded size (P7).
//!
//! | request | verdict | counts as failure |
//! |---|---|---|
//! | no credentials for our realm, or of a scheme other than Digest | challenge | no |
//! | unreadable ones, or for another URI | 400 | no |
//! | nonce not ours, for another source, or too old | challenge, stale | no |
//! | account or source closed for its guesses | ignored | no |
//! | wrong proof, whatever the reason | challenge | yes |
//! | right proof, its count used before | challenge, stale | no |
//! | right proof | the phone | no |

mod backoff;
mod offer;

use std::{borrow::Cow, net::IpAddr, time::Duration};

use callplan::{PhoneId, Site};
use clock::Now;
use sip::{
    Message, Method, Name, Status,
    digest::{self, Age, Algorithm, Count, Credentials, Form, Ha1, NonceCounts, NonceKey, Offer},
    flow::Flow,
    message::Start,
    uri::Uri,
};
use smallvec::SmallVec;

pub(crate) use self::backoff::Failures;
use self::{backoff::Backoff, offer::Offers};

/// Bounds and rules of authentication.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nonces used within a minute whose counts are kept, four thousand a second; beyond, clients are asked to
    /// start again.
    pub nonces: usize,
    /// Failures within `window` that close an account or a source.
    pub failures: u32,
    /// How long failures count.
    pub window: Duration,
    /// How long the first closing lasts; each further one doubles.
    pub pause: Duration,
    /// The longest closing.
    pub pause_max: Duration,
    /// Accounts and sources whose failures are kept.
    pub failures_kept: usize,
    /// How long an address stays proven for an account.
    pub proven_for: Duration,
    /// Addresses kept as proven.
    pub proven_kept: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nonces: 262_144,
            failures: 10,
            window: Duration::from_secs(5 * 60),
            pause: Duration::from_secs(30),
            pause_max: Duration::from_secs(15 * 60),
            failures_kept: 32_768,
            proven_for: Duration::from_secs(24 * 3600),
            proven_kept: 262_144,
        }
    }
}

/// As what the switch asks for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// As the registrar, with 401 and WWW-Authenticate.
    Www,
    /// As the proxy of a call, with 407 and Proxy-Authenticate.
    Proxy,
}

impl Demand {
    /// The status of a challenge.
    pub const fn status(self) -> Status {
        match self {
            Self::Www => Status::UNAUTHORIZED,
            Self::Proxy => Status::PROXY_AUTHENTICATION_REQUIRED,
        }
    }

    /// The header of a challenge.
    pub const fn challenge(self) -> Name {
        match self {
            Self::Www => Name::WwwAuthenticate,
            Self::Proxy => Name::ProxyAuthenticate,
        }
    }

    /// The header of the answer.
    pub const fn credentials(self) -> Name {
        match self {
            Self::Www => Name::Authorization,
            Self::Proxy => Name::ProxyAuthorization,
        }
    }
}

/// Whom a challenge is for.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    source: IpAddr,
    demand: Demand,
    /// The name it goes by, which may be nobody's.
    account: &'a str,
}

/// What is known of the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is this phone.
    Phone(PhoneId),
    /// Ask it: the lines go into the response, the best algorithm on the first.
    Challenge {
        /// 401 or 407.
        status: Status,
        /// WWW-Authenticate or Proxy-Authenticate.
        name: Name,
        /// One value for each algorithm.
        values: SmallVec<[String; 2]>,
    },
    /// It guesses: send nothing.
    Ignore,
    /// The request is no good.
    Bad(Status),
}

/// Finds out who sends a request.
#[derive(Debug)]
pub struct Authenticator {
    limits: Limits,
    nonces: NonceKey,
    counts: NonceCounts,
    backoff: Backoff,
    offers: Offers,
    proofs: u64,
    /// What the operator has not been told yet.
    news: Option<String>,
}

impl Authenticator {
    /// The key makes nonces and hides what is counted; it has to outlive restarts, so that nonces do.
    pub fn new(key: &[u8; 32], limits: Limits) -> Self {
        let (secret, _) = key.split_first_chunk().expect("32 bytes hold 16");
        Self {
            limits,
            nonces: NonceKey::new(key),
            counts: NonceCounts::new(limits.nonces),
            backoff: Backoff::new(limits, secret),
            offers: Offers::new(secret),
            proofs: 0,
            news: None,
        }
    }

    /// Who sent `request` down `flow`.
    pub fn verify(
        &mut self,
        now: Now,
        site: &Site,
        flow: Flow,
        request: &Message,
        demand: Demand,
    ) -> Verdict {
        let source = flow.remote.ip().to_canonical();
        let Start::Request { method, uri } = request.start() else {
            return Verdict::Bad(Status::BAD_REQUEST);
        };
        let claimed = claimed(request);
        let asked = Asked { source, demand, account: &claimed };
        let credentials = match credentials_for(&site.domain, request, demand) {
            Ok(Some(credentials)) => credentials,
            Ok(None) => return self.challenge(now, site, asked, false),
            Err(status) => return Verdict::Bad(status),
        };
        let asked = Asked { account: credentials.username, ..asked };
        if self.nonces.check(credentials.nonce, now.wall, &scope(source)) != Age::Fresh {
            return self.challenge(now, site, asked, true);
        }
        if !names_the_same(credentials.uri, uri) {
            return Verdict::Bad(Status::BAD_REQUEST);
        }
        if self.backoff.is_closed(now.mono, credentials.username, source) {
            return Verdict::Ignore;
        }
        let phone = site.phone(credentials.username);
        let (ha1, is_real) = self.ha1_of(site, phone, &credentials);
        self.proofs += 1;
        let is_proven = digest::verify(&credentials, method, &request.body(), &ha1, Form::Any);
        match phone.filter(|_| is_proven && is_real) {
            Some(phone) => self.proven(now, site, asked, &credentials, phone),
            None => {
                let pauses = self.backoff.failed(now.mono, credentials.username, source);
                self.news = guessed(pauses, phone.map(|phone| &*site[phone].name), source, &self.limits);
                self.challenge(now, site, asked, false)
            }
        }
    }
}

impl Authenticator {
    /// Whether anybody proved to be a phone from `source` within a day: admission keeps a lane for such.
    pub fn is_proven(&self, now: Now, source: IpAddr) -> bool {
        self.backoff.is_proven(now.mono, source)
    }

    /// Takes up, at a start, that the phone of this name was registered from `source`.
    pub fn trust(&mut self, now: Now, phone: &str, source: IpAddr) {
        self.backoff.succeeded(now.mono, phone, source);
    }

    /// What the operator should hear of the last request: that somebody guesses (RELIABILITY A5). Told once.
    pub fn news(&mut self) -> Option<String> {
        self.news.take()
    }

    /// Proofs computed since the start, right and wrong.
    pub const fn proofs(&self) -> u64 {
        self.proofs
    }

    /// The proof is right; a copy of an earlier one still is not.
    fn proven(
        &mut self,
        now: Now,
        site: &Site,
        asked: Asked<'_>,
        credentials: &Credentials<'_>,
        phone: PhoneId,
    ) -> Verdict {
        // The form of RFC 2069 has no count, so its nonce is good for one request.
        let count = credentials.nc.map_or(Some(1), |nc| u32::from_str_radix(nc, 16).ok());
        match self.counts.take(credentials.nonce, count.unwrap_or(0), now.mono) {
            Count::New => {
                self.backoff.succeeded(now.mono, credentials.username, asked.source);
                Verdict::Phone(phone)
            }
            Count::Used | Count::Full => self.challenge(now, site, asked, true),
        }
    }

    /// What the proof is checked against, and whether it can succeed: for who has no account it is a hash
    /// that no password has.
    fn ha1_of(&self, site: &Site, phone: Option<PhoneId>, credentials: &Credentials<'_>) -> (Ha1, bool) {
        let algorithm = credentials.algorithm.unwrap_or(Algorithm::Sha256);
        let of_phone = phone.map(|phone| &site[phone].ha1);
        let (bytes, is_real): (&[u8], _) = match algorithm {
            Algorithm::Sha256 => match of_phone.and_then(|ha1| ha1.sha256.as_ref()) {
                Some(bytes) => (bytes, true),
                None => (&[0; 32], false),
            },
            Algorithm::Md5 => match of_phone.and_then(|ha1| ha1.md5.as_ref()) {
                Some(bytes) => (bytes, true),
                None => (&[0; 16], false),
            },
        };
        (Ha1::from_bytes(algorithm, bytes).expect("as long as its hash is"), is_real)
    }

    /// Asks who claims to be `account`.
    fn challenge(&mut self, now: Now, site: &Site, asked: Asked<'_>, stale: bool) -> Verdict {
        let Asked { source, demand, account } = asked;
        let nonce = self.nonces.issue(now.wall, &scope(source));
        let algorithms = self.offers.to(account, site);
        let offer = |algorithm: &Algorithm| {
            Offer { realm: &site.domain, nonce: &nonce, algorithm: *algorithm, stale }.value()
        };
        Verdict::Challenge {
            status: demand.status(),
            name: demand.challenge(),
            values: algorithms.iter().map(offer).collect(),
        }
    }
}

/// That an account, a source or both are closed for so long, in words. What a stranger calls itself is not repeated.
fn guessed(
    pauses: [Option<Duration>; 2],
    phone: Option<&str>,
    source: IpAddr,
    limits: &Limits,
) -> Option<String> {
    let account =
        || phone.map_or_else(|| "a phone that there is not".to_owned(), |name| format!("phone {name}"));
    let (whose, pause) = match pauses {
        [Some(pause), _] => (format!("for {}, the last from {source}", account()), pause),
        [None, Some(pause)] => (format!("from {source}"), pause),
        [None, None] => return None,
    };
    let (count, minutes, seconds) = (limits.failures, limits.window.as_secs() / 60, pause.as_secs());
    Some(format!(
        "somebody guesses passwords: {count} wrong ones in {minutes} minutes {whose}; not heard for {seconds} s, except \
         where the phone is known"
    ))
}

/// The first credentials for our realm; those for other realms are for servers behind us (RFC 3261 §22.3).
fn credentials_for<'m>(
    realm: &str,
    request: &'m Message,
    demand: Demand,
) -> Result<Option<Credentials<'m>>, Status> {
    let mut unreadable = false;
    for line in request.headers(demand.credentials()) {
        match Credentials::parse(line) {
            Ok(credentials) if credentials.realm == realm => return Ok(Some(credentials)),
            Ok(_) => {}
            Err(_) => unreadable |= Credentials::are_in(line),
        }
    }
    if unreadable { Err(Status::BAD_REQUEST) } else { Ok(None) }
}

/// The name that a request without credentials claims: a registrar is told it in To, everybody else in From.
fn claimed<'m>(request: &'m Message) -> Cow<'m, str> {
    let address = if *request.method() == Method::Register { request.to() } else { request.from() };
    address.uri.user_unescaped().unwrap_or_default()
}

/// Whether the URI that was signed is that of the request (RFC 7616 §3.4.6). Phones leave out or add the
/// default port and parameters between the two; who is called stays the same.
fn names_the_same(signed: &str, asked: &str) -> bool {
    if signed == asked {
        return true;
    }
    let (Ok(signed), Ok(asked)) = (Uri::parse(signed), Uri::parse(asked)) else { return false };
    let port = |uri: &Uri<'_>| uri.port().unwrap_or(5060);
    signed.scheme() == asked.scheme()
        && signed.user_unescaped() == asked.user_unescaped()
        && signed.host() == asked.host()
        && port(&signed) == port(&asked)
}

/// What a nonce is bound to: it is worth nothing to whoever overhears it elsewhere.
fn scope(source: IpAddr) -> [u8; 16] {
    match source {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests;
