//! Digest against the examples of its RFCs, and what a server must not be fooled by.

#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use clock::{Instant, Wall};
use sip::{
    Fault, Method,
    digest::{
        Age, Algorithm, Challenge, Count, Credentials, Form, Ha1, NONCE_LIFE, NonceCounts, NonceKey, Offer,
        Qop, Request, Secret, answer, ha1, verify,
    },
};

const URI: &str = "sip:1002@pbx.example.com";

fn get() -> Method {
    Method::parse("GET").unwrap()
}

/// RFC 7616 §3.9.1, both algorithms; RFC 2617 §3.5.
#[test]
fn answers_of_the_rfcs_come_out() {
    let new = (
        r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        "Circle of Life",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    );
    let old = (
        r#"realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        "Circle Of Life",
        "0a4f113b",
    );
    let cases = [
        (new, ", algorithm=MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (new, ", algorithm=SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        (old, "", "6629fae49393a05397450978507c4ef1"),
    ];
    for ((challenge, password, cnonce), algorithm, expected) in cases {
        let line = format!("Digest {challenge}{algorithm}");
        let challenge = Challenge::parse(&line).unwrap();
        let method = get();
        let request = Request { method: &method, uri: "/dir/index.html", body: b"" };
        let line = answer(&challenge, "Mufasa", Secret::Password(password), &request, cnonce, 1).unwrap();
        let credentials = Credentials::parse(&line).unwrap();
        assert_eq!(credentials.response, expected);
        assert_eq!((credentials.count(), credentials.opaque), (1, challenge.opaque));
        let ha1 = ha1(challenge.algorithm.unwrap(), "Mufasa", challenge.realm, password);
        assert!(verify(&credentials, &method, b"", &ha1, Form::Modern));
        assert!(!verify(&credentials, &Method::Invite, b"", &ha1, Form::Modern));
    }
}

/// Computed with another implementation (Python's hashlib).
#[test]
fn every_form_comes_out() {
    let cases = [
        ("MD5", r#", qop="auth""#, "f5bed097a815645cc04b6425f4a7c53e"),
        ("MD5", r#", qop="auth-int""#, "579e2f536d0c4013a74af50920b62f3e"),
        ("MD5", "", "78fd820d5bfbdfa186ef1aa809294255"),
        ("MD5-sess", r#", qop="auth""#, "9be01b68438de8e12287c7af471cd2c9"),
        ("MD5-sess", r#", qop="auth-int""#, "5bb11d24f3767e4d77c0cfee5ea5f95f"),
        ("md5-SESS", "", "178d2809b32b938db341fb794609ab48"),
        ("SHA-256", r#", qop="auth""#, "99bae5e46ba6d89e2093cdef5aaf12e1f66731e3b31a0e22875144dc5cf1f9c3"),
        (
            "SHA-256",
            r#", qop="auth-int""#,
            "38e68d178062c4e9446bf454e21390e187d1deca12554ce5c6b14856a8c37f5e",
        ),
        ("SHA-256", "", "1c7585c06dc92c28fca902ef17567413068a4bb0b336c769430de9239fe18825"),
        (
            "SHA-256-sess",
            r#", qop="auth""#,
            "d0363847581d74643cf2afe492dd15481676870a4b2513e0d9b0a6cccd5409ed",
        ),
        (
            "sha-256-sess",
            r#", qop="auth-int""#,
            "8f9740e29973609bfcdefcb03ff028c1af94f9afce8bb3a34be1bf5de1f9fbbe",
        ),
        ("SHA-256-sess", "", "73417fb5629a400dbc0dfcf0b1ad9c9d942de6add2ba1a0bc468c3ad6405cd67"),
    ];
    for (algorithm, qop, expected) in cases {
        let line = format!(r#"Digest realm="pbx.example.com",nonce="n0nce",algorithm={algorithm}{qop}"#);
        let challenge = Challenge::parse(&line).unwrap();
        let request = Request { method: &Method::Invite, uri: URI, body: b"v=0\r\n" };
        let line = answer(&challenge, "1001", Secret::Password("s3cret"), &request, "c0nce", 10).unwrap();
        let credentials = Credentials::parse(&line).unwrap();
        assert_eq!(credentials.response, expected, "{line}");
        let ha1 = ha1(challenge.algorithm.unwrap(), "1001", "pbx.example.com", "s3cret");
        assert!(verify(&credentials, &Method::Invite, b"v=0\r\n", &ha1, Form::Any), "{line}");
        let is_modern = !qop.is_empty();
        assert_eq!(
            verify(&credentials, &Method::Invite, b"v=0\r\n", &ha1, Form::Modern),
            is_modern,
            "{line}"
        );
        let covers_body = credentials.qop == Some(Qop::AuthInt);
        assert_eq!(
            verify(&credentials, &Method::Invite, b"v=1\r\n", &ha1, Form::Any),
            !covers_body,
            "{line}"
        );
    }
}

#[test]
fn a_wrong_secret_proves_nothing() {
    let line = r#"Digest username="1001", realm="r", nonce="n", uri="sip:r", response="0123456789abcdef0123456789abcdef", qop=auth, cnonce="c", nc=00000001"#;
    let credentials = Credentials::parse(line).unwrap();
    let ha1_md5 = ha1(Algorithm::Md5, "1001", "r", "p");
    assert!(!verify(&credentials, &Method::Register, b"", &ha1_md5, Form::Any));
    let short = line.replace("0123456789abcdef0123456789abcdef", "");
    assert!(!verify(&Credentials::parse(&short).unwrap(), &Method::Register, b"", &ha1_md5, Form::Any));
}

/// The hash of one algorithm is no proof for another, though the account may have both.
#[test]
fn a_proof_counts_for_its_own_algorithm_only() {
    let line = r#"Digest realm="r", nonce="n", algorithm=MD5, qop="auth""#;
    let challenge = Challenge::parse(line).unwrap();
    let request = Request { method: &Method::Register, uri: "sip:r", body: b"" };
    let line = answer(&challenge, "u", Secret::Password("p"), &request, "c", 1).unwrap();
    let renamed = line.replace("algorithm=MD5", "algorithm=SHA-256");
    let md5 = ha1(Algorithm::Md5, "u", "r", "p");
    let sha = ha1(Algorithm::Sha256, "u", "r", "p");
    assert!(verify(&Credentials::parse(&line).unwrap(), &Method::Register, b"", &md5, Form::Modern));
    assert!(!verify(&Credentials::parse(&renamed).unwrap(), &Method::Register, b"", &md5, Form::Modern));
    assert!(!verify(&Credentials::parse(&renamed).unwrap(), &Method::Register, b"", &sha, Form::Modern));
    assert!(answer(&challenge, "u", Secret::Ha1(&sha), &request, "c", 1).is_none());
    assert!(answer(&challenge, "u", Secret::Ha1(&md5), &request, "c", 1).is_some());
}

#[test]
fn a_stored_hash_is_as_good_as_the_password() {
    let made = ha1(Algorithm::Sha256, "1001", "pbx.example.com", "s3cret");
    let stored = Ha1::from_hex(Algorithm::Sha256, &made.as_str().to_uppercase()).unwrap();
    assert_eq!(stored.as_str(), made.as_str());
    assert!(Ha1::from_hex(Algorithm::Md5, made.as_str()).is_none());
    assert!(Ha1::from_hex(Algorithm::Md5, &"g".repeat(32)).is_none());
    assert_eq!(format!("{made:?}"), "Ha1(SHA-256)", "no secret in a log");
}

#[test]
fn an_offer_reads_as_the_challenge_it_is() {
    let offer = Offer { realm: "pbx.example.com", nonce: "abc", algorithm: Algorithm::Sha256, stale: true };
    let text = offer.value();
    let challenge = Challenge::parse(&text).unwrap();
    assert_eq!((challenge.realm, challenge.nonce), ("pbx.example.com", "abc"));
    assert_eq!((challenge.algorithm, challenge.qop), (Some(Algorithm::Sha256), Some(Qop::Auth)));
    assert!(challenge.stale && !challenge.session);
}

/// RFC 8760 §2.4: the topmost that is understood.
#[test]
fn the_first_challenge_understood_is_chosen() {
    let lines = [
        r#"Bearer realm="r""#,
        r#"Digest realm="r", nonce="1", algorithm=SHA-512-256, qop="auth""#,
        r#"Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth""#,
        r#"Digest realm="r", nonce="3", algorithm=MD5, qop="auth""#,
    ];
    assert_eq!(Challenge::choose(lines.into_iter()).unwrap().nonce, "2");
    assert_eq!(Challenge::choose(lines[..2].iter().copied()), None);
}

#[test]
fn broken_credentials_are_refused() {
    let whole = r#"Digest username="u", realm="r", nonce="n", uri="sip:r", response="0", qop=auth, cnonce="c", nc=00000001"#;
    assert!(Credentials::parse(whole).is_ok());
    for (broken, fault) in [
        ("Digest", Fault::PeerValue),
        ("NoOneKnowsThisScheme opaque-data=here", Fault::PeerValue),
        (&whole.replace("username", "user"), Fault::PeerValue),
        (&whole.replace("nc=00000001", "nc=1"), Fault::PeerValue),
        (&whole.replace("nc=00000001", "nc=0000000g"), Fault::PeerValue),
        (&whole.replace(r#", cnonce="c""#, ""), Fault::PeerValue),
        (&whole.replace("qop=auth", "qop=auth-conf"), Fault::PeerValue),
        (&whole.replace(r#"realm="r""#, r#"realm="r"#), Fault::PeerParameter),
        (&format!(r#"{whole}, nonce="m""#), Fault::PeerParameter),
        (&format!("{whole}, ="), Fault::PeerParameter),
        (&format!("{whole}{}", ", x=1".repeat(99)), Fault::LimitParameters),
    ] {
        assert_eq!(Credentials::parse(broken).err(), Some(fault), "{broken}");
    }
    let quoted = whole.replace("qop=auth", r#"qop="auth""#).replace("nc=00000001", r#"nc="00000001""#);
    assert!(Credentials::parse(&quoted).is_ok(), "some phones quote what they should not");
}

fn at(seconds: u64) -> Wall {
    Wall::from_unix_micros(1_700_000_000_000_000) + Duration::from_secs(seconds)
}

#[test]
fn nonces_live_for_a_minute_in_their_scope() {
    let mut key = NonceKey::new(&[7; 32]);
    let nonce = key.issue(at(0), b"192.0.2.1");
    assert_eq!(key.check(&nonce, at(0), b"192.0.2.1"), Age::Fresh);
    assert_eq!(key.check(&nonce, at(60), b"192.0.2.1"), Age::Fresh);
    assert_eq!(key.check(&nonce, at(61), b"192.0.2.1"), Age::Stale);
    assert_eq!(key.check(&nonce, at(5), b"192.0.2.2"), Age::Foreign);
    let back = Wall::from_unix_micros(1_699_999_990_000_000);
    assert_eq!(key.check(&nonce, back, b"192.0.2.1"), Age::Stale, "the clock jumped back");
    assert_eq!(NonceKey::new(&[8; 32]).check(&nonce, at(0), b"192.0.2.1"), Age::Foreign);
    assert_eq!(NonceKey::new(&[7; 32]).check(&nonce, at(9), b"192.0.2.1"), Age::Fresh, "after a restart");
}

#[test]
fn forged_nonces_are_foreign() {
    let mut key = NonceKey::new(&[7; 32]);
    let nonce = key.issue(at(0), b"s");
    for index in 0..nonce.len() {
        let mut forged = nonce.clone().into_bytes();
        forged[index] = if forged[index] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(key.check(&forged, at(0), b"s"), Age::Foreign, "{forged}");
    }
    for odd in ["", "x", "äöüäöüäöüäöüäöüäöüäöü", &nonce[..24], &format!("{nonce}0")] {
        assert_eq!(key.check(odd, at(0), b"s"), Age::Foreign, "{odd}");
    }
}

#[test]
fn two_nonces_of_one_moment_differ() {
    let mut key = NonceKey::new(&[7; 32]);
    assert_ne!(key.issue(at(0), b"s"), key.issue(at(0), b"s"));
}

/// Each count once, in any order within 64 of the highest.
#[test]
fn a_count_is_good_once() {
    let mut counts = NonceCounts::new(8);
    let now = Instant::ZERO;
    let mut take = |count| counts.take("n", count, now);
    assert_eq!(take(0), Count::Used, "counting starts at 1");
    assert_eq!(
        [take(1), take(1), take(3), take(2), take(2), take(3)].map(|c| c == Count::New),
        [true, false, true, true, false, false]
    );
    assert_eq!(take(66), Count::New);
    assert_eq!(take(3), Count::Used);
    assert_eq!(take(4), Count::New);
    assert_eq!(take(1000), Count::New);
    assert_eq!(take(936), Count::Used, "64 behind");
    assert_eq!(take(937), Count::New);
    assert_eq!(take(u32::MAX), Count::New);
    assert_eq!(take(u32::MAX), Count::Used);
}

#[test]
fn counts_are_bounded_and_forgotten_with_their_nonce() {
    let mut counts = NonceCounts::new(2);
    let start = Instant::ZERO;
    assert_eq!([counts.take("a", 1, start), counts.take("b", 1, start)], [Count::New; 2]);
    assert_eq!(counts.take("c", 1, start), Count::Full);
    assert_eq!(
        counts.take("a", 1, start + NONCE_LIFE),
        Count::Used,
        "still remembered while it may be fresh"
    );
    let later = start + NONCE_LIFE + Duration::from_micros(1);
    assert_eq!(counts.take("c", 1, later), Count::New);
    assert_eq!(counts.len(), 1);
}
