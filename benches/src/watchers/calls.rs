//! Pairs of people who call one another, without pause.

use std::{
    mem,
    thread::sleep,
    time::{Duration, Instant},
};

use sip::Method;

use super::{
    DOMAIN, PAIRS,
    side::{Asks, Side, bare},
};
use crate::ua::{description, header, hear, response, send, with_sdp};

/// How long a call rings, talks, and is over: longer than states are merged, so that each is told.
const PAUSE: Duration = Duration::from_millis(250);

/// All pairs.
#[derive(Debug)]
pub(super) struct Calls {
    callers: Side,
    callees: Side,
    pairs: Vec<Pair>,
}

/// Two people.
#[derive(Debug)]
struct Pair {
    number: u32,
    /// Calls so far, and when it is enough.
    count: u32,
    last: u32,
    stage: Stage,
    /// When they go on.
    next: Instant,
}

#[derive(Debug)]
enum Stage {
    Idle,
    /// The INVITE as the callee got it.
    Rings {
        id: String,
        offered: String,
    },
    Talks {
        id: String,
        offered: String,
        /// To, as the answer has it, and the switch's contact.
        to: String,
        target: String,
    },
}

impl Calls {
    /// Phones that are ready.
    pub(super) fn new() -> Result<Self, String> {
        let (callers, callees) = (Side::new(10)?, Side::new(11)?);
        let names: Vec<_> = (0..PAIRS).map(|pair| format!("d{pair}")).collect();
        callees.register(&names)?;
        let pair = |number| Pair { number, count: 0, last: 0, stage: Stage::Idle, next: Instant::now() };
        Ok(Self { callers, callees, pairs: (0..PAIRS).map(pair).collect() })
    }

    /// Each pair calls, talks and hangs up so often. They take turns, so that at any time some begin and some end.
    pub(super) fn run(&mut self, rounds: u32) -> Result<(), String> {
        let begin = Instant::now();
        for pair in &mut self.pairs {
            pair.next = begin + PAUSE * 3 * pair.number / PAIRS;
            pair.last = pair.count + rounds;
        }
        let goes_on = |pair: &&mut Pair| pair.count < pair.last || !matches!(pair.stage, Stage::Idle);
        while let Some(pair) = self.pairs.iter_mut().filter(goes_on).min_by_key(|pair| pair.next) {
            sleep(pair.next.saturating_duration_since(Instant::now()));
            pair.stage = match mem::replace(&mut pair.stage, Stage::Idle) {
                Stage::Idle => {
                    pair.count += 1;
                    call(&self.callers, &self.callees, pair.number, pair.count)?
                }
                Stage::Rings { id, offered } => pick_up(&self.callers, &self.callees, id, &offered)?,
                Stage::Talks { id, offered, to, target } => {
                    hang_up(&self.callers, &self.callees, &id, &offered, (&to, &target))?;
                    Stage::Idle
                }
            };
            pair.next = Instant::now() + PAUSE;
        }
        // The last ones are told that it is over.
        sleep(PAUSE);
        Ok(())
    }
}

/// Calls, until it rings.
fn call(callers: &Side, callees: &Side, pair: u32, count: u32) -> Result<Stage, String> {
    let (id, user, to) = (format!("c-{pair}-{count}"), format!("c{pair}"), format!("d{pair}"));
    let asks = Asks { method: &Method::Invite, user: &user, to: &to, id: &id, more: "" };
    callers.ask(asks)?;
    let challenged = callers.answer(&id)?;
    let me = &callers.me;
    let ack = format!(
        "ACK sip:{to}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bKINVITE{id}x1;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{user}@{DOMAIN}>;tag=bench\r\nTo: {}\r\nCall-ID: {id}\r\nCSeq: 1 ACK\r\n",
        header(&challenged, "To")
    );
    send(&callers.socket, &bare(&ack))?;
    let invite = callers.proved(asks, &challenged)?;
    send(&callers.socket, &with_sdp(&invite, &description(&callers.socket)?))?;
    let offer = format!("INVITE sip:{to}@");
    let offered = hear(&callees.socket, |text| text.starts_with(&offer))?;
    let contact = format!("Contact: <sip:{to}@{}>\r\n", callees.me);
    send(&callees.socket, &bare(&response(&offered, "180 Ringing", &contact)))?;
    Ok(Stage::Rings { id, offered })
}

/// Picks up, as the callee.
fn pick_up(callers: &Side, callees: &Side, id: String, offered: &str) -> Result<Stage, String> {
    let contact = format!("Contact: <sip:x@{}>\r\n", callees.me);
    let answer = response(offered, "200 OK", &contact);
    send(&callees.socket, &with_sdp(&answer, &description(&callees.socket)?))?;
    let answered = callers.answer(&id)?;
    if !answered.starts_with("SIP/2.0 200") {
        return Err(answered);
    }
    let to = header(&answered, "To").to_owned();
    let target = header(&answered, "Contact").trim_matches(['<', '>']).to_owned();
    on_call(callers, "ACK", &id, 2, (&to, &target))?;
    Ok(Stage::Talks { id, offered: offered.to_owned(), to, target })
}

/// Hangs up, as the caller.
fn hang_up(callers: &Side, callees: &Side, id: &str, offered: &str, far: (&str, &str)) -> Result<(), String> {
    on_call(callers, "BYE", id, 3, far)?;
    callers.answer(id)?;
    let inner = header(offered, "Call-ID");
    let bye = hear(&callees.socket, |text| text.starts_with("BYE ") && header(text, "Call-ID") == inner)?;
    send(&callees.socket, &bare(&response(&bye, "200 OK", "")))
}

fn on_call(
    callers: &Side,
    method: &str,
    id: &str,
    cseq: u32,
    (to, target): (&str, &str),
) -> Result<(), String> {
    let me = &callers.me;
    let user = format!("c{}", id.split('-').nth(1).unwrap_or_default());
    let head = format!(
        "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{method}{id};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{user}@{DOMAIN}>;tag=bench\r\nTo: {to}\r\nCall-ID: {id}\r\nCSeq: {cseq} {method}\r\n"
    );
    send(&callers.socket, &bare(&head))
}
