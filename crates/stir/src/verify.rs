//! Reading a passport and judging it: what it says first, which costs nothing, then who signed it.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    PublicKey,
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
    pkcs8::DecodePublicKey,
};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime, pem::PemObject};
use serde_json::Value;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring};

use crate::{Claim, Level};

/// How old a passport may be, and how far ahead its clock (RFC 8224 §6.2 step 4).
const FRESH: u64 = 60;
/// Longest header that is read.
const IDENTITY_MAX: usize = 8_192;
/// Passports of one call that are read.
const PASSPORTS_MAX: usize = 8;
/// Certificates of one chain.
const CHAIN_MAX: usize = 6;

/// Why a passport vouches for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Bad {
    /// It can't be read, or is not signed with ES256.
    #[error("it can't be read")]
    Malformed,
    /// It is older than a minute, or from the future.
    #[error("it was signed at another time")]
    Stale,
    /// It vouches for another caller.
    #[error("it vouches for another caller")]
    Caller,
    /// It was made for a call to somebody else.
    #[error("it was made for a call to another number")]
    Called,
    /// The certificate can't be read.
    #[error("its certificate can't be read")]
    Certificate,
    /// Nobody we believe vouches for whoever signed it.
    #[error("no authority we know vouches for its certificate")]
    Untrusted,
    /// It was signed with another key, or changed since.
    #[error("its signature is false")]
    Signature,
    /// Another call had it.
    #[error("another call had it before")]
    Replayed,
}

/// The authorities we believe.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<TrustAnchor<'static>>);

impl Roots {
    /// From certificates in PEM.
    ///
    /// # Errors
    /// The operator's file holds none, or one that can't be read.
    pub fn new(pem: &[u8]) -> Result<Self, Bad> {
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| Bad::Certificate)?;
        let anchor = |der: &CertificateDer<'_>| {
            anchor_from_trusted_cert(der).map(|it| it.to_owned()).map_err(|_| Bad::Certificate)
        };
        let anchors = certificates.iter().map(anchor).collect::<Result<Vec<_>, _>>()?;
        if anchors.is_empty() { Err(Bad::Certificate) } else { Ok(Self(anchors)) }
    }
}

/// A passport that can be read and is fresh; who signed it is still to be seen.
#[derive(Clone, Debug)]
pub struct Passport {
    kind: Kind,
    /// Who calls, and whom it was made for.
    orig: String,
    dest: Vec<String>,
    url: String,
    signed: String,
    signature: Signature,
}

/// What it says.
#[derive(Clone, Debug)]
enum Kind {
    /// Who calls, and how well that is known (RFC 8588).
    Shaken(Level),
    /// The call was for this number, which sent it on (RFC 8946 §4).
    Diverted(String),
}

impl Passport {
    /// Reads the value of an Identity header; `Ok(None)` if it is of a kind that says nothing about who calls or
    /// whom, as `rcd` is, or leaves out what it signs (RFC 8224 §7).
    ///
    /// # Errors
    /// Why it vouches for nobody.
    pub fn read(identity: &str, unix: u64) -> Result<Option<Self>, Bad> {
        if identity.len() > IDENTITY_MAX {
            return Err(Bad::Malformed);
        }
        let (token, params) = identity.split_once(';').unwrap_or((identity, ""));
        let (signed, signature) = token.trim().rsplit_once('.').ok_or(Bad::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Bad::Malformed)?;
        if kind(params).is_some_and(|kind| !["shaken", "div"].contains(&kind)) || header.is_empty() {
            return Ok(None);
        }
        let (header, payload) = (json(header)?, json(payload)?);
        let kind = match header["ppt"].as_str() {
            Some("shaken") => Kind::Shaken(level(&payload)?),
            Some("div") => Kind::Diverted(tn(&payload["div"]).ok_or(Bad::Malformed)?),
            Some(_) | None => return Ok(None),
        };
        let is_es256 = header["alg"].as_str() == Some("ES256") && header["typ"].as_str() == Some("passport");
        let url = header["x5u"].as_str().filter(|url| url.starts_with("https://")).ok_or(Bad::Malformed)?;
        if !is_es256 || info(params).is_some_and(|info| info != url) {
            return Err(Bad::Malformed);
        }
        let iat = payload["iat"].as_u64().ok_or(Bad::Malformed)?;
        if iat.abs_diff(unix) > FRESH {
            return Err(Bad::Stale);
        }
        let orig = tn(&payload["orig"]).ok_or(Bad::Caller)?;
        let dest = payload["dest"]["tn"].as_array().ok_or(Bad::Called)?;
        let dest = dest.iter().filter_map(Value::as_str).map(digits).collect();
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Bad::Malformed)?;
        let signature = Signature::from_slice(&signature).map_err(|_| Bad::Malformed)?;
        Ok(Some(Self { kind, orig, dest, url: url.to_owned(), signed: signed.to_owned(), signature }))
    }

    /// Those of a call that vouch for its caller: the one that says who it is, then each that sent the call on, up to
    /// whom it is for now (RFC 8946 §5). Each has to be verified. None if nothing was said about the caller.
    ///
    /// # Errors
    /// Why what was said vouches for nobody.
    pub fn vouching<'i>(
        identities: impl IntoIterator<Item = &'i str>,
        claim: &Claim,
        unix: u64,
    ) -> Result<Vec<Self>, Bad> {
        let (mut said, mut fault) = (Vec::new(), None);
        for one in identities.into_iter().flat_map(each).take(PASSPORTS_MAX) {
            match Self::read(one, unix) {
                Ok(passport) => said.extend(passport),
                Err(bad) => {
                    fault.get_or_insert(bad);
                }
            }
        }
        for first in said.iter().filter(|it| matches!(it.kind, Kind::Shaken(_))) {
            match first.leads_to(claim, &said) {
                Ok(way) => return Ok(way),
                Err(bad) => {
                    fault.get_or_insert(bad);
                }
            }
        }
        fault.map_or(Ok(Vec::new()), Err)
    }

    /// The way from whom it was made for to whom the call is for now, itself first.
    fn leads_to(&self, claim: &Claim, said: &[Self]) -> Result<Vec<Self>, Bad> {
        if self.orig != claim.orig {
            return Err(Bad::Caller);
        }
        // From the end, for each says where it came from.
        let (mut way, mut to) = (Vec::new(), &claim.dest);
        while !self.dest.contains(to) {
            let sent_on = said.iter().find_map(|it| match &it.kind {
                Kind::Diverted(from) if it.dest.contains(to) && it.orig == claim.orig => Some((it, from)),
                Kind::Diverted(_) | Kind::Shaken(_) => None,
            });
            let (last, from) = sent_on.filter(|_| way.len() < said.len()).ok_or(Bad::Called)?;
            way.push(last.clone());
            to = from;
        }
        way.push(self.clone());
        way.reverse();
        Ok(way)
    }

    /// How much it says of the caller, if it is about one.
    pub const fn level(&self) -> Option<Level> {
        match &self.kind {
            Kind::Shaken(level) => Some(*level),
            Kind::Diverted(_) => None,
        }
    }

    /// Where its certificate is.
    pub fn certificate(&self) -> &str {
        &self.url
    }

    /// Judges the signature by a chain in PEM, the signer's own certificate first.
    ///
    /// # Errors
    /// Why it vouches for nobody.
    pub fn verify(&self, chain: &[u8], roots: &Roots, unix: u64) -> Result<(), Bad> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .take(CHAIN_MAX)
            .collect::<Result<_, _>>()
            .map_err(|_| Bad::Certificate)?;
        let (own, between) = certificates.split_first().ok_or(Bad::Certificate)?;
        let signer = EndEntityCert::try_from(own).map_err(|_| Bad::Certificate)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(unix));
        let algorithms = [
            ring::ECDSA_P256_SHA256,
            ring::ECDSA_P256_SHA384,
            ring::ECDSA_P384_SHA256,
            ring::ECDSA_P384_SHA384,
        ];
        // GAP RFC 8226 §9: which numbers or providers a certificate is for is not held against the caller's.
        signer
            .verify_for_usage(&algorithms, &roots.0, between, now, KeyUsage::client_auth(), None, None)
            .map_err(|_| Bad::Untrusted)?;
        let key = PublicKey::from_public_key_der(&signer.subject_public_key_info());
        let key = VerifyingKey::from(key.map_err(|_| Bad::Certificate)?);
        key.verify(self.signed.as_bytes(), &self.signature).map_err(|_| Bad::Signature)
    }
}

/// Passports that calls had within their time, each for the Call-ID it came with: a carrier may try again, another
/// call may not (RFC 8224 §12.1). Holds as many as it is told; beyond that the oldest goes first.
#[derive(Debug)]
pub struct Replays {
    seen: BTreeMap<Box<[u8]>, Box<str>>,
    order: VecDeque<(u64, Box<[u8]>)>,
    most: usize,
}

impl Replays {
    /// Remembers at most so many.
    pub const fn new(most: usize) -> Self {
        Self { seen: BTreeMap::new(), order: VecDeque::new(), most }
    }

    /// Takes note of a passport.
    ///
    /// # Errors
    /// Another call had it.
    pub fn note(&mut self, passport: &Passport, call_id: &str, unix: u64) -> Result<(), Bad> {
        // A passport is fresh from a minute before its time to a minute after it.
        while self.order.front().is_some_and(|(at, _)| at + 2 * FRESH < unix) || self.order.len() > self.most
        {
            let Some((_, oldest)) = self.order.pop_front() else { break };
            self.seen.remove(&oldest);
        }
        let name: Box<[u8]> = passport.signature.to_bytes().to_vec().into();
        match self.seen.get(&name) {
            Some(first) if **first == *call_id => Ok(()),
            Some(_) => Err(Bad::Replayed),
            None => {
                self.seen.insert(name.clone(), call_id.into());
                self.order.push_back((unix, name));
                Ok(())
            }
        }
    }
}

fn json(part: &str) -> Result<Value, Bad> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Bad::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Bad::Malformed)
}

/// The passports of one header: each should have its own, and not everybody who joins headers knows that.
fn each(identity: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_address) = (false, false);
    identity.split(move |char| {
        match char {
            '"' => is_quoted = !is_quoted,
            '<' | '>' => is_address = char == '<',
            _ => {}
        }
        char == ',' && !is_quoted && !is_address
    })
}

/// The address in `info=<...>`.
fn info(params: &str) -> Option<&str> {
    let (_, rest) = params.split_once("info=<")?;
    rest.split_once('>').map(|(url, _)| url)
}

/// What kind of passport the header says it holds.
fn kind(params: &str) -> Option<&str> {
    let (_, kind) =
        params.split(';').filter_map(|it| it.split_once('=')).find(|(key, _)| key.trim() == "ppt")?;
    Some(kind.trim().trim_matches('"'))
}

fn level(payload: &Value) -> Result<Level, Bad> {
    match payload["attest"].as_str() {
        Some("A") => Ok(Level::A),
        Some("B") => Ok(Level::B),
        Some("C") => Ok(Level::C),
        Some(_) | None => Err(Bad::Malformed),
    }
}

fn tn(party: &Value) -> Option<String> {
    party["tn"].as_str().map(digits)
}

/// A number as passports write it, whoever wrote a plus or blanks (RFC 8224 §8.3).
fn digits(tn: &str) -> String {
    tn.chars().filter(char::is_ascii_digit).collect()
}
