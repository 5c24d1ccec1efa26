//! Passports written by one and judged by another: each fault is found, and told apart.
#![cfg(feature = "verify")]
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey,
};
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
    judge_all(&[identity], claim, chain, unix)
}

/// Each passport is judged by this chain.
fn judge_all(identities: &[&str], claim: &Claim, chain: &str, unix: u64) -> Result<Option<Level>, Bad> {
    let roots = Roots::new(include_bytes!("pem/root.pem")).unwrap();
    let vouching = Passport::vouching(identities.iter().copied(), claim, unix)?;
    assert!(vouching.iter().all(|passport| passport.certificate() == URL));
    vouching.iter().try_for_each(|passport| passport.verify(chain.as_bytes(), &roots, unix))?;
    Ok(vouching.first().and_then(Passport::level))
}

/// A passport with other words than ours would be, rightly signed by the carrier.
fn forged(header: &str, payload: &str) -> String {
    let key = SecretKey::from_pkcs8_pem(include_str!("pem/carrier.key")).unwrap();
    let words = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature: Signature = SigningKey::from(key).sign(words.as_bytes());
    let kind = if header.contains("div") { "div" } else { "shaken" };
    format!("{words}.{};info=<{URL}>;alg=ES256;ppt={kind}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// The call from `orig` was for `from`, which sent it on to `to` (RFC 8946 §4.1).
fn diverted(orig: &str, from: &str, to: &str) -> String {
    let header = format!(r#"{{"alg":"ES256","ppt":"div","typ":"passport","x5u":"{URL}"}}"#);
    let payload = format!(
        r#"{{"dest":{{"tn":["{to}"]}},"div":{{"tn":"{from}"}},"iat":{NOW},"orig":{{"tn":"{orig}"}}}}"#
    );
    forged(&header, &payload)
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

/// A year in which the certificate has expired and its authority too.
const LATER: u64 = 4_100_000_000;

#[test]
fn an_expired_certificate_vouches_for_nobody() {
    let late = signer(include_str!("pem/carrier.key")).identity(&claim(), Level::A, ORIGID, LATER);
    assert_eq!(judge(&late, &claim(), CARRIER, LATER), Err(Bad::Untrusted));
    let early = signer(include_str!("pem/carrier.key")).identity(&claim(), Level::A, ORIGID, 1_000_000_000);
    assert_eq!(
        judge(&early, &claim(), CARRIER, 1_000_000_000),
        Err(Bad::Untrusted),
        "nor one that is not valid yet"
    );
}

/// Goal: a certificate that anybody on the way may change is not fetched. Method: rightly signed, named over HTTP.
#[test]
fn a_certificate_is_named_over_https() {
    let payload = r#"{"attest":"A","dest":{"tn":["12025550102"]},"iat":1795532400,"orig":{"tn":"12025550142"},"origid":"x"}"#;
    for (url, read) in
        [(URL, true), ("http://cert.example/carrier.pem", false), ("file:///etc/passwd", false)]
    {
        let header = format!(r#"{{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"{url}"}}"#);
        let identity = forged(&header, payload).replace(URL, url);
        let read = if read { Ok(Some(Level::A)) } else { Err(Bad::Malformed) };
        assert_eq!(judge(&identity, &claim(), CARRIER, NOW), read, "{url}");
    }
}

#[test]
fn who_was_vouched_for_by_an_authority_of_the_authority_is_believed_with_the_chain_alone() {
    let roots = Roots::new(include_bytes!("pem/house.pem")).unwrap();
    let identity = signer(include_str!("pem/below.key")).identity(&claim(), Level::A, ORIGID, NOW);
    let [passport] = &Passport::vouching([&*identity], &claim(), NOW).unwrap()[..] else { panic!("one") };
    let whole = include_str!("pem/below.pem");
    assert_eq!(passport.verify(whole.as_bytes(), &roots, NOW), Ok(()));
    let own = whole.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
    assert_eq!(
        passport.verify(own.as_bytes(), &roots, NOW),
        Err(Bad::Untrusted),
        "the one between is missing"
    );
}

/// RFC 8224 §8.3: digits alone, whatever either side wrote between them.
#[test]
fn numbers_are_compared_by_their_digits() {
    let header = format!(r#"{{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"{URL}"}}"#);
    for (orig, dest) in [("+12025550142", "1-202-555-0102"), ("1 (202) 555.0142", "+12025550102")] {
        let payload = format!(
            r#"{{"attest":"B","dest":{{"tn":["15550000000","{dest}"]}},"iat":{NOW},"orig":{{"tn":"{orig}"}},"origid":"x"}}"#
        );
        assert_eq!(
            judge(&forged(&header, &payload), &claim(), CARRIER, NOW),
            Ok(Some(Level::B)),
            "{orig} {dest}"
        );
    }
    assert_eq!(Claim::between("+1 (202) 555-0142", "1.202.555.0102"), claim());
}

#[test]
fn a_passport_of_another_kind_says_nothing_of_the_caller() {
    let rcd = forged(&format!(r#"{{"alg":"ES256","ppt":"rcd","typ":"passport","x5u":"{URL}"}}"#), "{}");
    // RFC 8224 §7: what it signs is left out, for it stands in the message.
    let compact = "..c2ln;info=<https://a>;alg=ES256";
    let div = diverted("12025550142", "12025550199", "12025550102");
    for identity in [&*rcd, compact, &div] {
        assert_eq!(judge(identity, &claim(), CARRIER, NOW), Ok(None), "{identity}");
    }
    // Nor does it stand in the way of one that does, before it or after it.
    let good = signed(Level::A);
    for both in [[&*rcd, &good], [&good, &*rcd], [compact, &good], ["x.y.z", &good]] {
        assert_eq!(judge_all(&both, &claim(), CARRIER, NOW), Ok(Some(Level::A)), "{both:?}");
    }
}

#[test]
fn of_several_the_first_that_fits_the_call_counts() {
    let (good, worse) = (signed(Level::A), signed(Level::C));
    let other = signer(include_str!("pem/carrier.key")).identity(
        &Claim::between("+12025550142", "+12025550199"),
        Level::B,
        ORIGID,
        NOW,
    );
    assert_eq!(judge_all(&[&good, &worse], &claim(), CARRIER, NOW), Ok(Some(Level::A)));
    assert_eq!(judge_all(&[&other, &worse], &claim(), CARRIER, NOW), Ok(Some(Level::C)));
    assert_eq!(judge_all(&[&other], &claim(), CARRIER, NOW), Err(Bad::Called));
    // In one header, as some proxies join them; a comma may stand in the address of a certificate.
    let joined = format!("{other}, {worse}");
    assert_eq!(judge(&joined, &claim(), CARRIER, NOW), Ok(Some(Level::C)));
    let address = good.replace(URL, "https://cert.example/a,b.pem");
    assert_eq!(judge(&address, &claim(), CARRIER, NOW), Err(Bad::Malformed), "but not by two names");
}

/// RFC 8946 §5: who was vouched for when the number called was another is believed if each that sent the call on says
/// so, and nobody else.
#[test]
fn a_call_that_was_sent_on_is_vouched_for_all_the_way() {
    let caller = "12025550142";
    let first = signer(include_str!("pem/carrier.key")).identity(
        &Claim::between(caller, "12025550170"),
        Level::A,
        ORIGID,
        NOW,
    );
    let once = diverted(caller, "12025550170", "12025550102");
    let (far, on) =
        (diverted(caller, "12025550170", "12025550180"), diverted(caller, "12025550180", "12025550102"));
    let circle = diverted(caller, "12025550102", "12025550102");
    let judged = |all: &[&str]| judge_all(all, &claim(), CARRIER, NOW);
    assert_eq!(judged(&[&first, &once]), Ok(Some(Level::A)));
    assert_eq!(judged(&[&on, &first, &far]), Ok(Some(Level::A)), "in any order");
    assert_eq!(judged(&[&first, &on]), Err(Bad::Called), "one is missing");
    assert_eq!(judged(&[&first, &circle]), Err(Bad::Called));
    let others = diverted("12025550143", "12025550170", "12025550102");
    assert_eq!(judged(&[&first, &others]), Err(Bad::Called), "of another caller");
    let signature =
        |identity: &str| identity.split(';').next().unwrap().rsplit('.').next().unwrap().to_owned();
    let broken = once.replacen(&signature(&once), "AA", 1);
    assert_eq!(judged(&[&first, &broken]), Err(Bad::Malformed));
    let stolen = once.replacen(&signature(&once), &signature(&on), 1);
    assert_eq!(judged(&[&first, &stolen]), Err(Bad::Signature), "each is judged by who signed it");
}

#[test]
fn a_passport_serves_one_call_and_as_many_are_remembered_as_fit() {
    let mut replays = Replays::new(2);
    let passport = |level| Passport::read(&signed(level), NOW).unwrap().unwrap();
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
