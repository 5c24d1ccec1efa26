//! What authentication promises, in virtual time (RELIABILITY A1, A4 to A7).

use bytes::Bytes;
use callplan::{Memory, Source, load};
use clock::{Chance, Instant, Wall};
use sip::{Method, digest::Challenge, flow::Transport};

use super::*;

const REALM: &str = "pbx.example";
const HOME: &str = "192.0.2.10:5060";
const ABROAD: &str = "203.0.113.66:5060";

/// `rosa-desk` has both hashes, `old-desk` only that of MD5, `bare` none yet.
fn site() -> Site {
    let hex = |algorithm, user: &str| digest::ha1(algorithm, user, REALM, "right").as_str().to_owned();
    let secrets = format!(
        "rosa-desk SHA-256 {}\nrosa-desk MD5 {}\nold-desk MD5 {}\n",
        hex(Algorithm::Sha256, "rosa-desk"),
        hex(Algorithm::Md5, "rosa-desk"),
        hex(Algorithm::Md5, "old-desk"),
    );
    let config = format!(
        "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"{REALM}\"\n\
         phone_secrets = {{ file = \"secrets/phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n\
         [phones.rosa-desk]\next = 101\n[phones.old-desk]\next = 102\n[phones.bare]\next = 103\n"
    );
    let assets = Memory::default().with("secrets/phones", secrets.as_bytes());
    load(&[Source::new("site.toml", config)], &assets).unwrap().0
}

struct Gate {
    site: Site,
    authenticator: Authenticator,
    now: Now,
    chance: Chance,
}

/// One attempt to authenticate, right unless changed.
#[derive(Clone)]
struct Attempt {
    user: String,
    password: String,
    algorithm: Algorithm,
    method: Method,
    uri: String,
    signed_uri: Option<String>,
    from: String,
    nc: u32,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            user: "rosa-desk".into(),
            password: "right".into(),
            algorithm: Algorithm::Sha256,
            method: Method::Register,
            uri: format!("sip:{REALM}"),
            signed_uri: None,
            from: HOME.into(),
            nc: 1,
        }
    }
}

impl Gate {
    fn new() -> Self {
        let wall = Wall::from_unix_micros(1_800_000_000_000_000);
        let now = Now { mono: Instant::from_micros(3_600_000_000), wall };
        Self {
            site: site(),
            authenticator: Authenticator::new(&[7; 32], Limits::default()),
            now,
            chance: Chance::from_seed([2; 32]),
        }
    }

    fn sees(&mut self, from: &str, request: &Message) -> Verdict {
        let local = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow { transport: Transport::Udp, local, remote: from.parse().unwrap(), connection: 0 };
        self.authenticator.verify(self.now, &self.site, flow, request, Demand::Www)
    }

    fn nonce(&mut self, from: &str) -> String {
        let verdict = self.sees(from, &request(&Method::Register, "sip:pbx.example", ""));
        Challenge::parse(&challenges(&verdict)[0]).unwrap().nonce.to_owned()
    }

    fn attempt(&mut self, attempt: &Attempt) -> Verdict {
        let nonce = self.nonce(&attempt.from);
        let signed = self.signed(attempt, &nonce);
        self.sees(&attempt.from, &signed)
    }

    fn signed(&mut self, attempt: &Attempt, nonce: &str) -> Message {
        let line = Offer { realm: REALM, nonce, algorithm: attempt.algorithm, stale: false }.value();
        let challenge = Challenge::parse(&line).unwrap();
        let uri = attempt.signed_uri.as_ref().unwrap_or(&attempt.uri);
        let signed = digest::Request { method: &attempt.method, uri, body: b"" };
        let secret = digest::Secret::Password(&attempt.password);
        let mut cnonce = [0; 8];
        self.chance.token(&mut cnonce);
        let cnonce = str::from_utf8(&cnonce).unwrap();
        let value = digest::answer(&challenge, &attempt.user, secret, &signed, cnonce, attempt.nc).unwrap();
        request(&attempt.method, &attempt.uri, &format!("Authorization: {value}\r\n"))
    }

    fn after(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }
}

fn request(method: &Method, uri: &str, lines: &str) -> Message {
    let text = format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {HOME};branch=z9hG4bK1\r\nFrom: <sip:rosa-desk@{REALM}>;tag=1\r\n\
         To: <sip:rosa-desk@{REALM}>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n{lines}\r\n"
    );
    Message::parse(Bytes::from(text)).unwrap()
}

fn challenges(verdict: &Verdict) -> &[String] {
    match verdict {
        Verdict::Challenge { values, .. } => values,
        Verdict::Phone(_) | Verdict::Ignore | Verdict::Bad(_) => panic!("not challenged: {verdict:?}"),
    }
}

fn is_stale(verdict: &Verdict) -> bool {
    Challenge::parse(&challenges(verdict)[0]).unwrap().stale
}

/// A verdict without its nonce, which differs every time.
fn look(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Challenge { status, name, values } => {
            let without_nonce =
                |value: &String| value.replace(Challenge::parse(value).unwrap().nonce, "NONCE");
            format!("{status} {name} {:?}", values.iter().map(without_nonce).collect::<Vec<_>>())
        }
        Verdict::Phone(_) | Verdict::Ignore | Verdict::Bad(_) => format!("{verdict:?}"),
    }
}

/// RELIABILITY A7: SHA-256 first, MD5 second, and either is good.
#[test]
fn both_hashes_are_offered_the_better_one_first_and_both_are_taken() {
    let mut gate = Gate::new();
    let verdict = gate.sees(HOME, &request(&Method::Register, "sip:pbx.example", ""));
    insta::assert_snapshot!(look(&verdict), @r#"401 WWW-Authenticate ["Digest realm=\"pbx.example\", nonce=\"NONCE\", algorithm=SHA-256, qop=\"auth\"", "Digest realm=\"pbx.example\", nonce=\"NONCE\", algorithm=MD5, qop=\"auth\""]"#);
    for (user, algorithm) in
        [("rosa-desk", Algorithm::Sha256), ("rosa-desk", Algorithm::Md5), ("old-desk", Algorithm::Md5)]
    {
        let phone = gate.site.phone(user).unwrap();
        let attempt = Attempt { user: user.into(), algorithm, ..Attempt::default() };
        assert_eq!(gate.attempt(&attempt), Verdict::Phone(phone));
    }
}

/// What is offered to who says by To that he is `name`.
fn offered(gate: &mut Gate, name: &str) -> Vec<Algorithm> {
    let request = request(&Method::Register, "sip:pbx.example", "");
    let text = String::from_utf8(request.raw().to_vec()).unwrap();
    let text = text.replace("To: <sip:rosa-desk@", &format!("To: <sip:{name}@"));
    let verdict = gate.sees(HOME, &Message::parse(Bytes::from(text)).unwrap());
    challenges(&verdict).iter().map(|line| Challenge::parse(line).unwrap().algorithm.unwrap()).collect()
}

/// Goal: a client takes the first algorithm it knows, so a phone is asked for what it has.
#[test]
fn a_phone_is_offered_what_it_can_prove_itself_by() {
    let mut gate = Gate::new();
    assert_eq!(offered(&mut gate, "rosa-desk"), [Algorithm::Sha256, Algorithm::Md5]);
    assert_eq!(offered(&mut gate, "old-desk"), [Algorithm::Md5]);
    let wrong = Attempt { user: "old-desk".into(), password: "wrong".into(), ..Attempt::default() };
    let verdict = gate.attempt(&wrong);
    assert_eq!(challenges(&verdict).len(), 1, "nor after a try: {verdict:?}");
}

/// RELIABILITY A4: every offer is made to names of nobody too, as often as to phones, and the same each time.
#[test]
fn an_offer_does_not_tell_who_has_an_account() {
    let mut gate = Gate::new();
    let names: Vec<_> = (0..400).map(|name| format!("nobody{name}")).collect();
    let offers: Vec<_> = names.iter().map(|name| offered(&mut gate, name)).collect();
    let alone = offers.iter().filter(|offer| **offer == [Algorithm::Md5]).count();
    assert!((150..250).contains(&alone), "{alone} of 400 as `old-desk`, one of two phones with a secret");
    let again: Vec<_> = names.iter().map(|name| offered(&mut gate, name)).collect();
    assert_eq!(offers, again);
    assert!(!offered(&mut gate, "bare").is_empty(), "a phone without a secret is as good as none");
}

#[test]
fn only_what_some_phone_can_prove_is_offered() {
    let mut gate = Gate::new();
    for phone in &mut gate.site.phones {
        phone.ha1.sha256 = None;
    }
    let verdict = gate.sees(HOME, &request(&Method::Register, "sip:pbx.example", ""));
    let [only] = challenges(&verdict) else { panic!("{verdict:?}") };
    assert_eq!(Challenge::parse(only).unwrap().algorithm, Some(Algorithm::Md5));
}

/// RELIABILITY A7: a phone that has no hash of MD5 is not believed by it, though its password be right.
#[test]
fn an_algorithm_without_a_secret_is_neither_offered_nor_taken() {
    let mut gate = Gate::new();
    let rosa = gate.site.phone("rosa-desk").unwrap();
    gate.site.phones[rosa.index()].ha1.md5 = None;
    let verdict = gate.attempt(&Attempt { algorithm: Algorithm::Md5, ..Attempt::default() });
    assert_eq!(challenges(&verdict).len(), 1);
    assert_eq!(gate.attempt(&Attempt::default()), Verdict::Phone(rosa));
}

/// The first line of a challenge without what differs from account to account.
fn without_algorithm(verdict: &Verdict) -> String {
    let first = Verdict::Challenge {
        status: Demand::Www.status(),
        name: Demand::Www.challenge(),
        values: challenges(verdict)[..1].into(),
    };
    look(&first).replace("SHA-256", "ANY").replace("MD5", "ANY")
}

#[test]
fn a_call_is_asked_as_by_a_proxy() {
    let mut gate = Gate::new();
    let invite = request(&Method::Invite, "sip:102@pbx.example", "");
    let flow = Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: HOME.parse().unwrap(),
        connection: 0,
    };
    let verdict = gate.authenticator.verify(gate.now, &gate.site, flow, &invite, Demand::Proxy);
    assert!(look(&verdict).starts_with("407 Proxy-Authenticate"));
}

/// RELIABILITY A4: same answer, same steps, whatever is wrong; the algorithms offered are a rule of their own.
#[test]
fn unknown_wrong_and_without_secret_look_and_cost_the_same() {
    let mut gate = Gate::new();
    let mut seen = Vec::new();
    for (user, password) in
        [("nobody", "right"), ("rosa-desk", "wrong"), ("bare", "right"), ("old-desk", "right")]
    {
        let before = gate.authenticator.proofs();
        let attempt = Attempt { user: user.into(), password: password.into(), ..Attempt::default() };
        let verdict = gate.attempt(&attempt);
        seen.push((without_algorithm(&verdict), gate.authenticator.proofs() - before));
    }
    assert_eq!(seen[0].1, 1);
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
    let asked = gate.sees(HOME, &request(&Method::Register, "sip:pbx.example", ""));
    assert_eq!(seen[0].0, without_algorithm(&asked), "and as if nothing had been sent");
}

/// RELIABILITY A6: a proof is good for one request, for one method and URI, from one address, for a minute.
#[test]
fn a_captured_proof_is_worth_nothing() {
    let mut gate = Gate::new();
    let nonce = gate.nonce(HOME);
    let once = gate.signed(&Attempt::default(), &nonce);
    assert!(matches!(gate.sees(HOME, &once), Verdict::Phone(_)));
    let again = gate.sees(HOME, &once);
    assert!(is_stale(&again));
    let overheard = gate.signed(&Attempt { nc: 7, ..Attempt::default() }, &nonce);
    assert!(is_stale(&gate.sees(ABROAD, &overheard)));

    let next = gate.signed(&Attempt { nc: 2, ..Attempt::default() }, &nonce);
    let value = next.header(Name::Authorization).unwrap();
    let as_invite = request(&Method::Invite, "sip:pbx.example", &format!("Authorization: {value}\r\n"));
    assert!(!is_stale(&gate.sees(HOME, &as_invite)));
    assert!(matches!(gate.sees(HOME, &next), Verdict::Phone(_)), "the count was not used up by the copy");

    let late = gate.signed(&Attempt { nc: 3, ..Attempt::default() }, &nonce);
    gate.after(61);
    assert!(is_stale(&gate.sees(HOME, &late)));
}

#[test]
fn the_signed_uri_is_the_requests_own() {
    let mut gate = Gate::new();
    for (uri, signed, good) in [
        ("sip:pbx.example", "sip:pbx.example:5060", true),
        ("sip:pbx.example;transport=udp", "sip:PBX.example", true),
        ("sip:102@pbx.example", "sip:103@pbx.example", false),
        ("sip:pbx.example", "sip:other.example", false),
        ("sip:pbx.example", "sip:pbx.example:5080", false),
        ("sip:pbx.example", "nonsense", false),
    ] {
        let attempt = Attempt { uri: uri.into(), signed_uri: Some(signed.into()), ..Attempt::default() };
        let verdict = gate.attempt(&attempt);
        match good {
            true => assert!(matches!(verdict, Verdict::Phone(_)), "{uri} {signed}"),
            false => assert_eq!(verdict, Verdict::Bad(Status::BAD_REQUEST), "{uri} {signed}"),
        }
    }
}

#[test]
fn credentials_for_other_realms_are_passed_over_and_unreadable_ones_refused() {
    let mut gate = Gate::new();
    let nonce = gate.nonce(HOME);
    let good = gate.signed(&Attempt::default(), &nonce);
    let good = good.header(Name::Authorization).unwrap();
    let other = good.replace("realm=\"pbx.example\"", "realm=\"other\"");
    let lines = format!("Authorization: {other}\r\nAuthorization: {good}\r\n");
    let verdict = gate.sees(HOME, &request(&Method::Register, "sip:pbx.example", &lines));
    assert!(matches!(verdict, Verdict::Phone(_)));
    let only_other = request(&Method::Register, "sip:pbx.example", &format!("Authorization: {other}\r\n"));
    assert!(!is_stale(&gate.sees(HOME, &only_other)));
    let mut sees = |line: &str| {
        let register = request(&Method::Register, "sip:pbx.example", &format!("Authorization: {line}\r\n"));
        gate.sees(HOME, &register)
    };
    for bad in ["Digest", "Digest username=\"a"] {
        assert_eq!(sees(bad), Verdict::Bad(Status::BAD_REQUEST));
    }
    // RFC 4475 §3.3.7: no fault, and no proof.
    for unknown in ["Basic cm9zYTpyaWdodA==", "NoOneKnowsThisScheme opaque-data=here"] {
        assert!(matches!(sees(unknown), Verdict::Challenge { status: Status::UNAUTHORIZED, .. }));
    }
}

/// RFC 2069 has no count, so such a proof is good once for each nonce.
#[test]
fn the_old_form_without_qop_is_taken_once() {
    let mut gate = Gate::new();
    let nonce = gate.nonce(HOME);
    let line = format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=MD5");
    let signed = digest::Request { method: &Method::Register, uri: "sip:pbx.example", body: b"" };
    let secret = digest::Secret::Password("right");
    let value =
        digest::answer(&Challenge::parse(&line).unwrap(), "rosa-desk", secret, &signed, "", 1).unwrap();
    let old = request(&Method::Register, "sip:pbx.example", &format!("Authorization: {value}\r\n"));
    assert!(matches!(gate.sees(HOME, &old), Verdict::Phone(_)));
    assert!(is_stale(&gate.sees(HOME, &old)));
}

/// RELIABILITY A5: svcrack with the right password in its list, and the phone that goes on registering.
#[test]
fn guessing_finds_nothing_and_never_locks_the_registered_phone_out() {
    let mut gate = Gate::new();
    let mut found = 0;
    let mut registered = 0;
    for guess in 0..3000 {
        let password = if guess == 1500 { "right".into() } else { format!("guess-{guess}") };
        let attempt = Attempt { password, from: ABROAD.into(), ..Attempt::default() };
        if guess % 100 == 0 {
            registered += u32::from(matches!(gate.attempt(&Attempt::default()), Verdict::Phone(_)));
        }
        found += u32::from(matches!(gate.attempt(&attempt), Verdict::Phone(_)));
        gate.now = gate.now.after(Duration::from_millis(20));
    }
    assert_eq!((found, registered), (0, 30));
}

#[test]
fn ten_failures_close_an_account_to_strangers_whether_it_exists_or_not() {
    for user in ["rosa-desk", "nobody"] {
        let mut gate = Gate::new();
        let guess = |at: usize, from: String| Attempt {
            user: user.into(),
            password: format!("{at}"),
            from,
            ..Attempt::default()
        };
        let verdicts: Vec<_> =
            (0..20).map(|at| gate.attempt(&guess(at, format!("203.0.113.{at}:5060")))).collect();
        assert!(verdicts[..10].iter().all(|it| matches!(it, Verdict::Challenge { .. })), "{user}");
        assert!(verdicts[10..].iter().all(|it| *it == Verdict::Ignore), "{user}");
    }
}

#[test]
fn ten_failures_close_a_source_to_all_accounts_for_a_pause_that_doubles() {
    let mut gate = Gate::new();
    let try_one = |gate: &mut Gate, at: u32| {
        gate.attempt(&Attempt { user: format!("user-{at}"), from: ABROAD.into(), ..Attempt::default() })
    };
    let mut at = 0;
    for pause in [30, 60, 120, 240, 480, 900, 900] {
        for _ in 0..10 {
            at += 1;
            assert!(matches!(try_one(&mut gate, at), Verdict::Challenge { .. }), "{pause}");
        }
        gate.after(pause - 1);
        assert_eq!(try_one(&mut gate, at + 1), Verdict::Ignore, "{pause}");
        gate.after(1);
    }
    gate.after(3600);
    for at in 1000..1010 {
        try_one(&mut gate, at);
    }
    gate.after(30);
    assert!(matches!(try_one(&mut gate, 2000), Verdict::Challenge { .. }), "an hour of peace is forgiven");
}

#[test]
fn failures_far_apart_close_nothing() {
    let mut gate = Gate::new();
    for at in 0..50 {
        let wrong = Attempt { password: format!("{at}"), ..Attempt::default() };
        assert!(matches!(gate.attempt(&wrong), Verdict::Challenge { .. }));
        gate.after(40);
    }
}

/// After a start the bindings say who is known where.
#[test]
fn a_restored_address_is_no_stranger() {
    let mut gate = Gate::new();
    let home = HOME.parse::<std::net::SocketAddr>().unwrap().ip();
    gate.authenticator.trust(gate.now, "rosa-desk", home);
    assert!(gate.authenticator.is_proven(gate.now, home));
    for at in 0..30 {
        gate.attempt(&Attempt { password: format!("{at}"), from: ABROAD.into(), ..Attempt::default() });
    }
    assert!(matches!(gate.attempt(&Attempt::default()), Verdict::Phone(_)));
    assert!(!gate.authenticator.is_proven(gate.now, ABROAD.parse::<std::net::SocketAddr>().unwrap().ip()));
    gate.after(25 * 3600);
    assert!(!gate.authenticator.is_proven(gate.now, home));
}

/// RELIABILITY A1: nobody gets in by a method, or by what is no proof at all.
#[test]
fn every_method_is_asked_for_a_proof_of_its_own() {
    let methods =
        "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY MESSAGE PUBLISH FOO";
    let mut gate = Gate::new();
    for method in methods.split(' ').map(|it| Method::parse(it).unwrap()) {
        let verdict = gate.sees(HOME, &request(&method, "sip:102@pbx.example", ""));
        assert!(matches!(verdict, Verdict::Challenge { .. }), "{method}");
        let attempt = Attempt { method: method.clone(), ..Attempt::default() };
        assert!(matches!(gate.attempt(&attempt), Verdict::Phone(_)), "{method}");
    }
}

#[test]
fn a_clock_that_jumps_costs_one_more_round_and_no_phone() {
    for jump in [-3600i64, 3600] {
        let mut gate = Gate::new();
        let nonce = gate.nonce(HOME);
        let signed = gate.signed(&Attempt::default(), &nonce);
        gate.now.wall = Wall::from_unix_micros(gate.now.wall.unix_micros() + jump * 1_000_000);
        assert!(is_stale(&gate.sees(HOME, &signed)));
        assert!(matches!(gate.attempt(&Attempt::default()), Verdict::Phone(_)));
    }
}
