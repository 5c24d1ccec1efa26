//! What strangers get for their datagrams (RELIABILITY P7, P8): seen from outside, on a whole switch.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod door;

use std::time::Duration;

use b2bua::switch::Input;
use door::{
    Door,
    carrier::{CARRIER, answer, hears, invite},
};

const STRANGER: &str = "203.0.113.66:5060";

/// As short as a request can be, and as long as phones write them.
fn requests(method: &str) -> [String; 2] {
    let short = format!(
        "{method} sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom:<sip:a@a>;tag=1\r\nTo:<sip:a@a>\r\n\
         Call-ID:1\r\nCSeq:1 {method}\r\nContact:<sip:a@a>\r\n\r\n"
    );
    let usual = format!(
        "{method} sip:102@pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK776asdhds;rport\r\n\
         Max-Forwards: 70\r\nFrom: \"Someone\" <sip:101@pbx.example>;tag=1928301774\r\nTo: <sip:102@pbx.example>\r\n\
         Call-ID: a84b4c76e66710@203.0.113.66\r\nCSeq: 314159 {method}\r\nContact: <sip:101@203.0.113.66:5060>\r\n\
         User-Agent: Some Phone 1.2.3\r\nAllow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, INFO\r\n\
         Content-Length: 0\r\n\r\n"
    );
    [short, usual]
}

const METHODS: &str = "INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE INFO REFER SUBSCRIBE NOTIFY MESSAGE \
                       PUBLISH FOO";

/// Goal: P8, nobody is worth attacking through us. Method: every method, short and long, with and without a tag
/// of a dialog, and each of them spoilt.
#[test]
fn an_answer_is_at_most_twice_as_long_as_its_question_and_comes_once() {
    let mut door = Door::with("");
    let mut answered = 0;
    for method in METHODS.split(' ') {
        for request in requests(method) {
            let in_dialog = request.replacen("To:<sip:a@a>", "To:<sip:a@a>;tag=2", 1);
            let in_dialog =
                in_dialog.replacen("<sip:102@pbx.example>\r\nCall", "<sip:102@pbx.example>;tag=2\r\nCall", 1);
            let spoilt = request.replacen("CSeq:", "CSeq: x", 1);
            for question in [&request, &in_dialog, &spoilt] {
                let sent = door.hears(STRANGER, question);
                answered += sent.len();
                assert!(sent.len() <= 1, "{method} is answered {} times", sent.len());
                let most = 2 * question.len();
                assert!(
                    sent.iter().all(|answer| !answer.contains("Server")),
                    "no scanner learns what we are"
                );
                assert!(
                    sent.iter().all(|answer| answer.len() <= most),
                    "{sent:?} for {}\n{question}",
                    question.len()
                );
            }
        }
    }
    door.now = door.now.after(Duration::from_secs(40));
    door.switch.handle(door.now, Input::Time);
    assert!(door.sent().is_empty(), "nothing is sent again");
    assert!(answered > 30, "{answered} answers");
    assert!(door.switch.is_idle());
}

/// Goal: the rule above takes nothing from a phone that writes requests as phones do.
#[test]
fn a_usual_request_is_offered_every_algorithm() {
    let mut door = Door::with("");
    let [_, usual] = requests("REGISTER");
    let text = door.hears(STRANGER, &usual).concat();
    let offers: Vec<_> = text.lines().filter(|line| line.starts_with("WWW-Authenticate")).collect();
    assert!(
        matches!(offers[..], [first, second] if first.contains("SHA-256") && second.contains("MD5")),
        "{text}"
    );
}

/// Goal: P8, a phone has a lane of its own, after a start too. Method: Ben's binding was kept, so he proved himself
/// where it says he is.
#[test]
fn where_a_phone_proved_itself_nobody_is_a_stranger() {
    let mut door = Door::with_ben("");
    let [_, usual] = requests("OPTIONS");
    let heard = [STRANGER, "10.0.0.12:5060"].map(|from| {
        let answers = (0..1000).map(|_| door.hears(from, &usual).len());
        answers.sum::<usize>()
    });
    assert_eq!(heard, [200, 1000]);
}

/// Goal: P8, replies are capped at the rate of the bucket. Method: ten thousand a second, for three seconds.
#[test]
fn a_flood_is_answered_at_its_rate_and_a_carrier_beside_it_always() {
    let mut door = Door::with("");
    let [_, usual] = requests("OPTIONS");
    let mut answers = [0; 3];
    for second in &mut answers {
        for _ in 0..10_000 {
            *second += door.hears(STRANGER, &usual).len();
            door.now = door.now.after(Duration::from_micros(100));
        }
    }
    assert!(answers[0] <= 401 && answers[1..].iter().all(|second| *second <= 201), "{answers:?}");
    assert!(door.switch.counters().flooded > 29_000);
    let carrier: usize = (0..1000).map(|_| door.hears("10.0.1.1:5060", &usual).len()).sum();
    assert_eq!(carrier, 1000, "a carrier known by its address is no stranger");
    assert!(door.switch.counters().flooded < 30_000);
}

/// Goal: P8, whoever shares the address of a voice AI is as much a stranger as everybody else, and what the AI answers is
/// heard whatever comes beside it.
#[test]
fn an_agents_address_is_a_strangers_until_it_answers_a_call() {
    const AGENT: &str = "10.0.1.3:5060";
    let mut door = Door::with(
        "[agents.desk]\ntarget = \"sip:desk@10.0.1.3\"\nchannels = 2\nelse = \"person:ana\"\n\
         [numbers]\n\"+12025550110\" = { agent = \"desk\" }\n",
    );
    let [_, usual] = requests("OPTIONS");
    let flood = |door: &mut Door| -> usize { (0..1000).map(|_| door.hears(AGENT, &usual).len()).sum() };
    assert_eq!(flood(&mut door), 200);
    door.now = door.now.after(Duration::from_secs(2));
    let called = hears(&mut door, CARRIER, &invite("+12025550110", "one"), AGENT);
    door.tells(AGENT, &answer(&called[0], "180 Ringing", ""));
    assert_eq!(flood(&mut door), 1000);
}

/// RFC 5626 §4.4.2: a phone over IPv6 whose question by STUN gets silence takes its flow for gone. P8: the answer is more
/// than twice as long, so whoever has proved nothing from there gets none.
#[test]
fn a_phone_over_ipv6_is_told_by_stun_where_it_is_seen_and_a_stranger_is_not() {
    let mut state = Door::ben();
    state.bindings[0].flow = "udp [2001:db8::1]:5060 [2001:db8:1::12]:5060 0".into();
    let mut door = Door::kept("", state);
    let question = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    assert_eq!(door.takes("[2001:db8:1::12]:5060", &question).len(), 1);
    assert!(door.takes("[2001:db8:2::66]:5060", &question).is_empty());
    assert_eq!(door.switch.counters().unanswered, 1);
}

/// How many of these are answered within a second, one after another.
fn answered(door: &mut Door, from: impl Iterator<Item = String>) -> usize {
    let [_, usual] = requests("OPTIONS");
    from.map(|from| door.hears(&from, &usual).len()).sum()
}

/// Goal: P8, whoever has a network to borrow from is not heard the better. Method: two hundred of its addresses ask as
/// often as one alone may, then one of another network does.
#[test]
fn many_addresses_of_one_network_are_answered_at_its_rate() {
    let mut door = Door::with("");
    let of_network = (0..20_000).map(|number| format!("203.0.113.{}:5060", number % 200 + 1));
    assert_eq!(answered(&mut door, of_network), 2_000);
    assert_eq!(answered(&mut door, std::iter::once("203.0.114.1:5060".to_owned())), 1);
}

/// Goal: P8, nor is whoever borrows from everywhere. Method: thirty thousand networks ask once, and a carrier beside them.
#[test]
fn strangers_from_everywhere_are_answered_at_one_rate() {
    let mut door = Door::with("");
    let networks = (0..30_000).map(|number| format!("100.{}.{}.1:5060", number / 250, number % 250));
    assert_eq!(answered(&mut door, networks), 20_000);
    assert_eq!(answered(&mut door, std::iter::once("10.0.1.1:5060".to_owned())), 1);
}
