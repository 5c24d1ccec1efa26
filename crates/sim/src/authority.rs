//! Carriers that vouch for their callers, and the one who judges that (RFC 8224, RFC 8588).
//!
//! Keys and certificates are those of the tests of `stir`: one carrier whose authority is believed, one whose
//! authority nobody knows.

use b2bua::switch::Verify;
use callplan::Attest;
use clock::Wall;
use stir::{Bad, Claim, Level, Passport, Replays, Roots, Signer};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../stir/tests/pem/", $name))
    };
}

/// The key of the carrier that is believed.
pub const KEY: &str = pem!("carrier.key");

/// Where the certificates are.
const CERTIFICATES: [(&str, &str); 2] = [
    ("https://cert.example/carrier.pem", pem!("carrier.pem")),
    ("https://cert.example/stranger.pem", pem!("stranger.pem")),
];

/// Which caller it was: nobody's business.
const ORIGID: &str = "7b5e3f3c-1d3a-4f0a-9c58-27a8b6e3c1d2";

/// How a carrier vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouch {
    level: Level,
    to: String,
    flaw: Option<Flaw>,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// Signed two minutes ago.
    Stale,
    /// Changed after it was signed.
    Changed,
    /// Signed by one whose authority nobody knows.
    Stranger,
}

impl Vouch {
    /// Reads `A for +12025550102`, `B for +12025550102 stale`, `changed` or `by a stranger`.
    pub fn read(words: &[&str]) -> Option<Self> {
        let [level, "for", to, flaw @ ..] = words else { return None };
        let level = match *level {
            "A" => Level::A,
            "B" => Level::B,
            "C" => Level::C,
            _ => return None,
        };
        let flaw = match flaw {
            [] => None,
            ["stale"] => Some(Flaw::Stale),
            ["changed"] => Some(Flaw::Changed),
            ["by", "a", "stranger"] => Some(Flaw::Stranger),
            _ => return None,
        };
        Some(Self { level, to: (*to).to_owned(), flaw })
    }

    /// The value of an Identity header of a call from `orig`, now.
    pub fn identity(&self, orig: &str, now: Wall) -> String {
        let (key, url) = match self.flaw {
            Some(Flaw::Stranger) => (pem!("stranger.key"), CERTIFICATES[1].0),
            None | Some(Flaw::Stale | Flaw::Changed) => (KEY, CERTIFICATES[0].0),
        };
        let signer = Signer::new(key, url).expect("a key of the tests");
        let now = u64::try_from(now.unix_micros()).expect("after 1970") / 1_000_000;
        let at = if self.flaw == Some(Flaw::Stale) { now - 120 } else { now };
        let signed = |origid: &str| signer.identity(&Claim::between(orig, &self.to), self.level, origid, at);
        if self.flaw != Some(Flaw::Changed) {
            return signed(ORIGID);
        }
        // The words of one passport under the signature of another.
        let (right, other) = (signed(ORIGID), signed("00000000-0000-4000-8000-000000000000"));
        let token = |identity: &str| identity.split(';').next().unwrap_or_default().to_owned();
        let (right, other) = (token(&right), token(&other));
        let (words, signature) = (right.rsplit_once('.'), other.rsplit_once('.'));
        let (words, signature) = (words.expect("three parts").0, signature.expect("three parts").1);
        format!("{words}.{signature};info=<{url}>;alg=ES256;ppt=shaken")
    }
}

/// Who judges.
#[derive(Debug)]
pub struct Authority {
    roots: Roots,
    replays: Replays,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// Believes the one authority.
    pub fn new() -> Self {
        let roots = Roots::new(pem!("root.pem").as_bytes()).expect("a certificate of the tests");
        Self { roots, replays: Replays::new(1000) }
    }

    /// Judges the passports of a call.
    pub fn judge(&mut self, verify: &Verify) -> Attest {
        match self.level(verify) {
            Ok(Some(level)) => level.into(),
            Ok(None) => Attest::None,
            Err(_) => Attest::Bad,
        }
    }

    fn level(&mut self, verify: &Verify) -> Result<Option<Level>, Bad> {
        let identities = verify.passports.iter().map(|passport| &**passport);
        let vouching = Passport::vouching(identities, &verify.claim, verify.unix)?;
        for passport in &vouching {
            let chain = CERTIFICATES.iter().find(|(url, _)| *url == passport.certificate());
            let (_, chain) = chain.ok_or(Bad::Certificate)?;
            passport.verify(chain.as_bytes(), &self.roots, verify.unix)?;
        }
        if let Some(last) = vouching.last() {
            self.replays.note(last, &verify.call_id, verify.unix)?;
        }
        Ok(vouching.first().and_then(Passport::level))
    }
}
