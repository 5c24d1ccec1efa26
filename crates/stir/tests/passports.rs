//! Passports written by one and judged by another: each fault is found, and told apart.
#![cfg(feature = "verify")]
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use stir::{Bad, Claim, Level, Passport, Replays, Roots, Signer};

const NOW: u64 = 1_795_532_400;
const URL: &str = "https://cert.example/carrier.pem";
const CARRIER: &str = include_str!("pem/carrier.pem");
const STRANGER: &str = include_str!("pem/stranger.pem");
const ORIGID: &str = "7b5e3f3c-1d3a-4f0a-9c58-27a8b6e3c1d2";

fn signer(key: &str) -> Signer {
    Signer::new(key, URL).unwrap()
}

fn claim() -> Claim {
    Claim::between("+12025550142", "+12025550102")
}

fn signed(level: Level) -> String {
    signer(include_str!("pem/carrier.key")).identity(&claim(), level, ORIGID, NOW)
}

fn judge(identity: &str, claim: &Claim, chain: &str, unix: u64) -> Result<Option<Level>, Bad> {
    let roots = Roots::new(include_bytes!("pem/root.pem")).unwrap();
    let Some(passport) = Passport::read(identity, claim, unix)? else { return Ok(None) };
    assert_eq!(passport.certificate(), URL);
    passport.verify(chain.as_bytes(), &roots, unix).map(Some)
}

#[test]
fn what_is_signed_is_believed_at_its_level() {
    for level in [Level::A, Level::B, Level::C] {
        assert_eq!(judge(&signed(level), &claim(), CARRIER, NOW + 3), Ok(Some(level)));
    }
    assert_eq!(signed(Level::A), signed(Level::A), "the nonce follows from key and message");
}

#[test]
fn each_fault_has_its_name() {
    let good = signed(Level::A);
    let other_call = Claim::between("+12025550142", "+12025550199");
    let other_caller = Claim::between("+12025550143", "+12025550102");
    let stranger = signer(include_str!("pem/stranger.key")).identity(&claim(), Level::A, ORIGID, NOW);
    let (head, tail) = good.split_once('.').unwrap();
    let raised = {
        let (payload, rest) = tail.split_once('.').unwrap();
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let text = text.replace("7b5e3f3c", "00000000");
        format!("{head}.{}.{rest}", URL_SAFE_NO_PAD.encode(text))
    };
    for (identity, claim, chain, now, bad) in [
        (&good, claim(), CARRIER, NOW + 61, Bad::Stale),
        (&good, claim(), CARRIER, NOW - 61, Bad::Stale),
        (&good, other_call, CARRIER, NOW, Bad::Called),
        (&good, other_caller, CARRIER, NOW, Bad::Caller),
        (&raised, claim(), CARRIER, NOW, Bad::Signature),
        (&stranger, claim(), CARRIER, NOW, Bad::Signature),
        (&stranger, claim(), STRANGER, NOW, Bad::Untrusted),
        (&good, claim(), "no certificate", NOW, Bad::Certificate),
        (&"x.y.z;info=<https://a>".to_owned(), claim(), CARRIER, NOW, Bad::Malformed),
        (&good.replace("info=<https://cert", "info=<https://other"), claim(), CARRIER, NOW, Bad::Malformed),
    ] {
        assert_eq!(judge(identity, &claim, chain, now), Err(bad), "{identity}");
    }
}

#[test]
fn a_passport_of_another_kind_says_nothing_of_the_caller() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","ppt":"div","typ":"passport","x5u":"https://a"}"#);
    let identity = format!("{header}.{}.AA;info=<https://a>;ppt=div", URL_SAFE_NO_PAD.encode("{}"));
    assert_eq!(judge(&identity, &claim(), CARRIER, NOW), Ok(None));
}

#[test]
fn a_passport_serves_one_call_and_as_many_are_remembered_as_fit() {
    let mut replays = Replays::new(2);
    let passport = |level| Passport::read(&signed(level), &claim(), NOW).unwrap().unwrap();
    assert_eq!(replays.note(&passport(Level::A), "one", NOW), Ok(()));
    assert_eq!(replays.note(&passport(Level::A), "one", NOW + 1), Ok(()), "the same call tries again");
    assert_eq!(replays.note(&passport(Level::A), "two", NOW + 1), Err(Bad::Replayed));
    assert_eq!(replays.note(&passport(Level::A), "two", NOW + 200), Ok(()), "it is stale by then anyhow");
    for level in [Level::B, Level::C] {
        assert_eq!(replays.note(&passport(level), "three", NOW + 200), Ok(()));
    }
    assert_eq!(replays.note(&passport(Level::B), "four", NOW + 200), Err(Bad::Replayed));
}

#[test]
fn only_a_key_of_the_right_curve_and_an_https_address_sign() {
    let key = include_str!("pem/carrier.key");
    assert!(Signer::new("no key", URL).is_err());
    for bad in ["http://cert.example/a.pem", "https://", "https://a/\"b", "https://a b"] {
        assert!(Signer::new(key, bad).is_err(), "{bad}");
    }
}
