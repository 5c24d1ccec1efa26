//! What a line has a party do.

use std::str::SplitWhitespace;

use sip::{Method, Status};

use super::time;
use crate::{
    agent::{Act, Course, Formats, Hold, Parting, Referral, Wish},
    authority::Vouch,
    world::Order,
};

/// What this party is told to do.
pub(super) fn of_party(agent: usize, mut words: SplitWhitespace<'_>) -> Option<Order> {
    let act = match words.next()? {
        "attests" => return Some(Order::Attest(agent, Vouch::read(&words.collect::<Vec<_>>())?)),
        "registers" => Act::Registers,
        "unregisters" => Act::Unregisters,
        "calls" => calls(words)?,
        "rings" if words.next() == Some("with") => Act::PlaysEarly,
        "rings" => Act::Rings,
        "answers" => Act::Answers,
        "refuses" => Act::Refuses(Status::new(words.next()?.parse().ok()?)?),
        "rests" => Act::Rests(words.next()?.parse().ok()?),
        "declines" => Act::Refuses(Status::DECLINE),
        "hangs" => Act::HangsUp,
        "presses" => return Some(Order::Press(agent, words.next()?.chars().next()?)),
        "breaks" => return Some(Order::Break(agent)),
        "adds" => return Some(Order::AddFlow(agent)),
        "loses" => return Some(Order::LoseFlow(agent)),
        "dies" => return Some(Order::Die(agent)),
        "starts" => return Some(Order::Revive(agent)),
        "moves" => return Some(Order::Move(agent)),
        "falls" if words.next() == Some("silent") => return Some(Order::Silence(agent, true)),
        "speaks" => match words.next() {
            Some("as") => Act::SpeaksAs(words.next()?.parse().ok()?),
            Some("only") => Act::SpeaksOnly(Formats::read(words)?),
            Some(_) => return None,
            None => return Some(Order::Silence(agent, false)),
        },
        "is" => {
            return match words.next()? {
                "busy" => Some(Order::Act(agent, Act::Refuses(Status::BUSY_HERE))),
                "cut" => Some(Order::Cut(agent, true)),
                "deaf" => Some(Order::Deafen(agent)),
                "back" => Some(Order::Cut(agent, false)),
                _ => None,
            };
        }
        "watches" => watches(words)?,
        "unwatches" => Act::Unwatches,
        "forgets" => Act::ForgetsWatches,
        "snubs" => Act::RefusesNotify(Status::new(words.next()?.parse().ok()?)?),
        word => session(word, words)?,
    };
    Some(Order::Act(agent, act))
}

/// `102`, `presence of 102`, `dialog of 102 for 60s`, `102 for 0s`.
fn watches(mut words: SplitWhitespace<'_>) -> Option<Act> {
    let mut wish = Wish { of: words.next()?.to_owned(), package: "dialog".to_owned(), expires: 3600 };
    while let Some(word) = words.next() {
        match word {
            "of" => wish.package = std::mem::replace(&mut wish.of, words.next()?.to_owned()),
            "for" => wish.expires = u32::try_from(time(words.next()?)?.as_secs()).ok()?,
            _ => return None,
        }
    }
    Some(Act::Watches(wish))
}

/// What is done to a session, and to one that is not there yet.
fn session(word: &str, mut words: SplitWhitespace<'_>) -> Option<Act> {
    Some(match word {
        "changes" => Act::Changes,
        "parts" => Act::Parts,
        "updates" => Act::Updates,
        "holds" => Act::Holds(match words.next() {
            None => Hold::SendOnly,
            Some("inactive") => Hold::Inactive,
            Some("zero") => Hold::Zero,
            Some(_) => return None,
        }),
        "resumes" => Act::Holds(Hold::No),
        "asks" => Act::AsksOffer(match words.last() {
            Some("hold") => Hold::SendOnly,
            Some(_) | None => Hold::No,
        }),
        "floods" => {
            let count = words.next()?.parse().ok()?;
            Act::Floods(count, if words.next() == Some("updates") { Method::Update } else { Method::Invite })
        }
        "sends" => Act::Sends(Method::parse(words.next()?)?),
        // By INFO; `presses` is heard in the stream.
        "tells" if words.next() == Some("key") => Act::TellsKey(words.next()?.chars().next()?),
        "pracks" => Act::Pracks(words.next()?.parse().ok()?),
        "returns" => Act::Returns,
        "redirects" => Act::Redirects(words.map(str::to_owned).collect()),
        "transfers" => {
            let number = words.next()?.to_owned();
            Act::Transfers(number, referral(words)?)
        }
        "joins" => Act::Joins(referral(words.clone())?, words.any(|word| word == "newest")),
        "says" => {
            let name = words.next()?.strip_suffix(':')?.to_owned();
            Act::Says(name, words.collect::<Vec<_>>().join(" "))
        }
        "marks" => Act::Marks(words.collect::<Vec<_>>().join(" ")),
        _ => return None,
    })
}

/// `and leaves`, `then leaves`, `quietly`; nothing of it waits and is told.
fn referral(words: SplitWhitespace<'_>) -> Option<Referral> {
    let mut wish = Referral::default();
    for word in words {
        match word {
            "and" => wish.parting = Parting::AtOnce,
            "then" => wish.parting = Parting::OnSuccess,
            "quietly" => wish.is_quiet = true,
            "leaves" | "newest" => {}
            _ => return None,
        }
    }
    Some(wish)
}

/// `102`, `102 openly`, `102 with 1 hops`, `102 withheld`, `102 two ways`.
fn calls(mut words: SplitWhitespace<'_>) -> Option<Act> {
    let number = words.next()?.to_owned();
    let mut course = Course::default();
    match words.next() {
        // `openly without answer`: no description in the ACK either.
        Some("openly") => return Some(Act::CallsOpen(number, words.next().is_none())),
        Some("with") => course.hops = Some(words.next()?.parse().ok()?),
        Some("withheld") => course.is_withheld = true,
        Some("two") if words.next() == Some("ways") => course.is_doubled = true,
        Some(_) => return None,
        None => {}
    }
    Some(Act::Calls(number, course))
}
