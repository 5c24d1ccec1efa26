//! Who is believed by the built daemon, and what it never tells (RELIABILITY A4 to A7).

mod house;

use std::{
    fs,
    io::Write,
    net::{TcpStream, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use bytes::BytesMut;
use house::{
    Site, ran,
    wire::{PATIENCE, connect, connect_from, read, register, request},
};
use nix::sys::signal::Signal;
use sip::{
    Message, Method, Name, Status,
    digest::{self, Algorithm, Challenge, Ha1, Request, Secret},
    message::respond_to,
};

const CONTACT: &str = "sip:ana-desk@127.0.0.1:9;transport=tcp";

/// Asks to be registered, and is asked for a proof.
fn challenged(stream: &mut TcpStream, number: u32) -> String {
    stream.write_all(request("REGISTER", number, "").as_bytes()).expect("it reads");
    let answer = read(stream);
    assert_eq!(answer.status(), Some(Status::UNAUTHORIZED));
    answer.header(Name::WwwAuthenticate).expect("a challenge").to_owned()
}

/// What a phone answers a challenge with, for REGISTER; `count` is how often it used it.
fn proof(challenge: &str, password: &str, count: u32) -> String {
    let challenge = Challenge::parse(challenge).expect("a challenge");
    let asked = Request { method: &Method::Register, uri: "sip:pbx.test", body: &[] };
    digest::answer(&challenge, "ana-desk", Secret::Password(password), &asked, "cnonce", count)
        .expect("it can be answered")
}

/// Says something, and hears the answer.
fn says(stream: &mut TcpStream, text: &str) -> Message {
    stream.write_all(text.as_bytes()).expect("it reads");
    read(stream)
}

/// A REGISTER with this proof.
fn registering(proof: &str, number: u32) -> String {
    let lines = format!("Contact: <{CONTACT}>\r\nExpires: 300\r\nAuthorization: {proof}\r\n");
    request("REGISTER", number, &lines)
}

/// Proves itself by a challenge that was given before.
fn proves(stream: &mut TcpStream, challenge: &str, password: &str, number: u32) -> Message {
    says(stream, &registering(&proof(challenge, password, 1), number))
}

/// Whether what is said has no answer: that to the question behind it comes first.
fn is_unanswered(stream: &mut TcpStream, text: &str, number: u32) -> bool {
    let question = request("REGISTER", number, "");
    says(stream, &format!("{text}{question}")).cseq().number == number
}

/// An answer without what differs from one to the next: the name that asked, the nonce, our tag.
fn look(answer: &Message, name: &str) -> String {
    let text = String::from_utf8_lossy(answer.raw()).replace(name, "NAME");
    let offers = answer.headers(Name::WwwAuthenticate).chain(answer.headers(Name::ProxyAuthenticate));
    let nonces = offers.filter_map(|offer| Challenge::parse(offer).ok().map(|it| it.nonce));
    let told = nonces.chain(answer.to_tag());
    told.fold(text, |text, it| text.replace(it, "-"))
}

/// RELIABILITY A4: a name of nobody, one with another password and one without a secret hear the same, for whatever they
/// ask, and as often.
#[test]
fn nobody_learns_who_has_an_account() {
    let site = Site::new("who-is-who");
    site.add_phone("ana-desk");
    let daemon = site.serve();
    let names = ["ana-desk", "ben-desk", "eve-desk"];
    let mut stranger = connect_from([127, 0, 9, 9], site.address);
    let mut heard = names.map(|name| {
        let (mut looks, mut number) = (Vec::new(), 0);
        for method in [Method::Register, Method::Invite] {
            let mut lines = String::new();
            for _ in 0..2 {
                number += 1;
                let text = request(method.as_str(), number, &lines).replace("ana-desk", name);
                let answer = says(&mut stranger, &text);
                let kinds = [
                    (Name::WwwAuthenticate, "Authorization"),
                    (Name::ProxyAuthenticate, "Proxy-Authorization"),
                ];
                let offer = kinds.iter().find_map(|(kind, proof)| Some((answer.header(*kind)?, proof)));
                let (offer, header) = offer.expect("it is asked who it is");
                let challenge = Challenge::parse(offer).expect("a challenge");
                let asked = Request { method: &method, uri: "sip:pbx.test", body: &[] };
                let proof = digest::answer(&challenge, name, Secret::Password("guess"), &asked, "cnonce", 1);
                lines = format!("{header}: {}\r\n", proof.expect("it can be answered"));
                looks.push(look(&answer, name));
            }
        }
        looks
    });
    assert!(heard[0].iter().all(|look| look.contains("algorithm=MD5")), "{:?}", heard[0]);
    for (look, name) in heard.iter().zip(names) {
        assert_eq!(*look, heard[0], "{name}");
    }
    for (heard, (name, network)) in heard.iter_mut().zip(names.into_iter().zip(20..)) {
        let mut guesser = connect_from([127, 0, network, 9], site.address);
        let tries = (1..=20).map(|it| 3 * it).take_while(|number| {
            let challenge = challenged(&mut guesser, *number);
            let wrong = registering(&proof(&challenge, "guess", 1), number + 1).replace("ana-desk", name);
            !is_unanswered(&mut guesser, &wrong, number + 2) && read(&mut guesser).cseq().number == number + 2
        });
        heard.push(tries.count().to_string());
    }
    assert!(heard.iter().all(|it| it.last() == heard[0].last()), "guesses until they are unheard: {heard:?}");
    daemon.stop();
}

/// RELIABILITY A5: who guesses is told of, once, by the phone's name and where it comes from.
#[test]
fn the_operator_hears_of_who_guesses_passwords() {
    let site = Site::new("guesses");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    let mut phone = connect(&site);
    register(&mut phone, &password, CONTACT, 1);
    let mut stranger = connect_from([127, 0, 9, 9], site.address);
    for number in 0..10 {
        let challenge = challenged(&mut stranger, 2 * number + 1);
        let refused = proves(&mut stranger, &challenge, "guess", 2 * number + 2);
        assert_eq!(refused.status(), Some(Status::UNAUTHORIZED));
    }
    let line = daemon.says("guesses passwords");
    for words in ["10 wrong ones", "phone ana-desk", "127.0.9.9", "30 s"] {
        assert!(line.contains(words), "{line}");
    }
    register(&mut phone, &password, CONTACT, 3);
    assert!(!daemon.said().iter().any(|line| line.contains("guesses passwords")), "once");
    let challenge = challenged(&mut stranger, 21);
    // It asks what is bound: that is answered at once, where a binding waits for its commit.
    let right = format!("Authorization: {}\r\n", proof(&challenge, &password, 1));
    let right = request("REGISTER", 22, &right);
    assert!(
        is_unanswered(&mut stranger, &right, 23),
        "whoever guessed is not heard, though it is right at last"
    );
    daemon.stop();
}

/// RELIABILITY A7: MD5 is a line of the phone's in the file of secrets. Without it MD5 is neither offered nor taken: not by
/// the right password, nor by the hash that stands for none.
#[test]
fn a_phone_without_its_line_for_md5_proves_itself_by_sha_256_alone() {
    let site = Site::new("no-md5");
    let password = site.add_phone("ana-desk");
    let kept = fs::read_to_string(site.config().join("secrets/phones")).expect("it was written");
    let strict: Vec<_> = kept.lines().filter(|line| !line.contains(" MD5 ")).collect();
    assert_eq!(strict.len() + 1, kept.lines().count(), "it has a line for each");
    site.write("secrets/phones", &strict.join("\n"));
    let daemon = site.serve();
    let mut phone = connect(&site);
    let answer = says(&mut phone, &request("REGISTER", 1, ""));
    let offers: Vec<_> = answer.headers(Name::WwwAuthenticate).collect();
    assert!(matches!(offers[..], [only] if only.contains("algorithm=SHA-256")), "{offers:?}");
    let asked = Request { method: &Method::Register, uri: "sip:pbx.test", body: &[] };
    let md5 = offers[0].replace("SHA-256", "MD5");
    let md5 = Challenge::parse(&md5).expect("a challenge");
    let none = Ha1::from_bytes(Algorithm::Md5, &[0; 16]).expect("as long as MD5 is");
    for (number, secret) in [(2, Secret::Password(&password)), (3, Secret::Ha1(&none))] {
        let proof = digest::answer(&md5, "ana-desk", secret, &asked, "cnonce", number);
        let answer = says(&mut phone, &registering(&proof.expect("it can be answered"), number));
        assert_eq!(answer.status(), Some(Status::UNAUTHORIZED), "try {number}");
    }
    let answer = says(&mut phone, &registering(&proof(offers[0], &password, 1), 4));
    assert_eq!(answer.status(), Some(Status::OK));
    daemon.stop();
}

/// RELIABILITY A6, at the built daemon: what a phone said once is worth nothing to whoever says it again. Its minute runs
/// out in `sim::intruders`.
#[test]
fn a_proof_that_was_overheard_is_worth_nothing() {
    let site = Site::new("overheard");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    let mut phone = connect(&site);
    let challenge = challenged(&mut phone, 1);
    let [first, second] = [1, 2].map(|count| proof(&challenge, &password, count));
    let mut stranger = connect_from([127, 0, 9, 9], site.address);
    let hears = |stream: &mut TcpStream, text: &str| {
        let answer = says(stream, text);
        let offers = answer.headers(Name::WwwAuthenticate).chain(answer.headers(Name::ProxyAuthenticate));
        let is_stale = offers.into_iter().any(|offer| offer.contains("stale=true"));
        (answer.status().map_or(0, Status::code), is_stale)
    };
    assert_eq!(hears(&mut phone, &registering(&first, 2)), (200, false));
    assert_eq!(hears(&mut phone, &registering(&first, 3)), (401, true), "its count was used");
    assert_eq!(hears(&mut stranger, &registering(&second, 4)), (401, true), "nor is it good abroad");
    let call = request("INVITE", 5, &format!("Proxy-Authorization: {second}\r\n"));
    assert_eq!(hears(&mut phone, &call), (407, false), "a call is no registration");
    let elsewhere = registering(&second, 6).replacen("REGISTER sip:", "REGISTER sip:ben-desk@", 1);
    assert_eq!(hears(&mut phone, &elsewhere), (400, false), "signed was another URI");
    assert_eq!(hears(&mut phone, &registering(&second, 7)), (200, false), "no copy used it up");
    daemon.stop();
}

/// RELIABILITY A6: a challenge outlives the process that gave it, killed or not.
#[test]
fn a_challenge_of_the_process_before_is_good() {
    let site = Site::new("nonce-key");
    let password = site.add_phone("ana-desk");
    let daemon = site.serve();
    let mut phone = connect(&site);
    // Answered when it is kept, and so is all that was to be kept before.
    register(&mut phone, &password, CONTACT, 1);
    let challenge = challenged(&mut phone, 3);
    daemon.signal(Signal::SIGKILL);
    daemon.wait();
    let daemon = site.serve();
    let answer = proves(&mut connect(&site), &challenge, &password, 4);
    assert_eq!(answer.status(), Some(Status::OK));
    daemon.stop();
}

/// The password of the account at the carrier.
const CARRIERS: &str = "correct-horse-battery";

/// Every file below a folder. Of a config that was applied a copy is kept, whose secrets only their owner may read.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| {
        if path.is_dir() {
            return files(&path);
        }
        if path.parent().is_some_and(|folder| folder.ends_with("secrets")) {
            let mode = fs::metadata(&path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            return Vec::new();
        }
        fs::read(&path).map(|bytes| (path.display().to_string(), bytes)).into_iter().collect()
    };
    entries.flat_map(of).collect()
}

/// Challenges whoever registers, and takes the proof.
fn registrar(socket: &UdpSocket) {
    let mut room = [0; 4096];
    for status in [Status::UNAUTHORIZED, Status::OK] {
        let (length, from) = socket.recv_from(&mut room).expect("it registers");
        let asked = Message::parse(room[..length].to_vec().into()).expect("a message");
        assert_eq!(asked.header(Name::Authorization).is_some(), status == Status::OK);
        let mut buffer = BytesMut::new();
        let challenge = "Digest realm=\"carrier\", nonce=\"n\", qop=\"auth\"";
        let contact = asked.header(Name::Contact).expect("of us").to_owned();
        let answer = respond_to(&mut buffer, &asked, from, status, Some("far"));
        let answer = answer.header(Name::WwwAuthenticate, challenge).header(Name::Contact, contact);
        socket.send_to(&answer.header(Name::Expires, 300).end(), from).expect("it listens");
    }
}

/// RELIABILITY A7: no password, neither a phone's nor ours at a carrier, stands in what is kept, logged, shown or seen of
/// the process; nor what is as good as a phone's, but in the operator's own file.
#[test]
fn a_password_is_nowhere_but_where_the_operator_put_it() {
    let site = Site::new("nowhere");
    let carrier = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    site.write("secrets/carrier", CARRIERS);
    site.write(
        "carrier.toml",
        &format!(
            "[trunks.far]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"127.0.0.1:{}\"\nuser = \"larch\"\n\
             secret = {{ file = \"secrets/carrier\" }}\n",
            carrier.local_addr().expect("bound").port()
        ),
    );
    let password = site.add_phone("ana-desk");
    let daemon = site.serve_saying_all();
    registrar(&carrier);
    let mut phone = connect(&site);
    register(&mut phone, &password, CONTACT, 1);
    let challenge = challenged(&mut phone, 3);
    assert_eq!(proves(&mut phone, &challenge, "a wrong one", 4).status(), Some(Status::UNAUTHORIZED));
    let mut seen: Vec<(String, Vec<u8>)> = Vec::new();
    for words in [
        &["phones", "--json"][..],
        &["trunks", "--json"],
        &["calls", "--json"],
        &["check", "--effective"],
        &["check", "--json"],
    ] {
        let ran = ran(site.command(words));
        seen.push((words.join(" "), [ran.out, ran.err].concat().into_bytes()));
    }
    for what in ["cmdline", "environ"] {
        let path = format!("/proc/{}/{what}", daemon.pid());
        seen.push((path.clone(), fs::read(path).expect("it runs")));
    }
    let secrets = site.config().join("secrets/phones");
    seen.extend(files(&site.data()));
    daemon.signal(Signal::SIGTERM);
    let log = daemon.said_to_its_end().join("\n");
    assert!(log.lines().count() > 3, "something is logged: {log}");
    seen.push(("the log".to_owned(), log.into_bytes()));
    seen.extend(files(&site.data()));
    let kept = fs::read(&secrets).expect("it was written");
    let hashes = [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
        let ha1 = digest::ha1(algorithm, "ana-desk", "pbx.test", &password);
        ha1.as_str().to_owned()
    });
    assert!(
        hashes.iter().all(|hash| holds(&kept, hash.as_bytes())),
        "what is searched for is what is there to find"
    );
    let secrets = [&*password, CARRIERS, "a wrong one"].map(|text| text.as_bytes().to_vec());
    let secrets: Vec<_> = secrets.into_iter().chain(hashes.iter().flat_map(|hash| spellings(hash))).collect();
    for (place, bytes) in &seen {
        for secret in &secrets {
            assert!(!holds(bytes, secret), "{} stands in {place}", secret.escape_ascii());
        }
    }
    assert!(!holds(&kept, password.as_bytes()), "the operator's file has no password of a phone");
}

/// A hash as programs keep one: in digits, small or capital, in bytes, in base64 of either alphabet.
fn spellings(hex: &str) -> [Vec<u8>; 5] {
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits"))
        .collect();
    let [base64, url] =
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|alphabet| alphabet.encode(&bytes).into_bytes());
    [hex.as_bytes().to_vec(), hex.to_uppercase().into_bytes(), bytes, base64, url]
}

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}
