//! Prints what a decision of the plan engine costs, what its journal adds to that, and how large a cursor is.
//!
//! `cargo run --release -p callplan --example step_cost`

#![expect(clippy::disallowed_methods, reason = "this measures real time")]

use std::{hint::black_box, time::Instant};

use callplan::{
    E164, GroupId, HoursId, Memory, PersonId, PersonState, PhoneId, Site, Source, Tally,
    journal::Journal,
    load,
    step::{ByHand, Caller, Cursor, Entry, Event, Facts, Steps, TargetId, TimerId, World, step},
};
use clock::Now;

const ROUNDS: u32 = 200_000;

/// Members of the largest group that may ring together beside the caller's own leg.
const CROWD: u32 = 59;

/// A switch on which every phone is registered and nobody talks.
struct Idle(Now);

impl World for Idle {
    fn now(&self) -> Now {
        self.0
    }

    fn contacts(&self, _: PhoneId) -> u8 {
        1
    }

    fn calls_of(&self, _: PersonId) -> u16 {
        0
    }

    fn state_of(&self, _: PersonId) -> PersonState {
        PersonState::default()
    }

    fn has_blocked(&self, _: PersonId, _: E164) -> bool {
        false
    }

    fn is_listed(&self, _: callplan::ListId, _: E164) -> bool {
        false
    }

    fn held(&self, _: HoursId) -> Option<ByHand> {
        None
    }

    fn pointer(&self, _: GroupId) -> u32 {
        1
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        Tally { calls: person.0 % 7, ..Tally::default() }
    }
}

fn site() -> Site {
    let mut text = include_str!("../tests/larch/site.toml").to_owned();
    for at in 0..CROWD {
        text += &format!("[people.p{at}]\next = {}\n[phones.p{at}-desk]\nperson = \"p{at}\"\n", 300 + at);
    }
    let members: Vec<_> = (0..CROWD).map(|at| format!("\"p{at}\"")).collect();
    text += &format!("[groups.crowd]\nmembers = [{}]\nring = \"all\"\n", members.join(", "));
    text += &format!("[groups.line]\nmembers = [{}]\nring = \"fewest-calls\"\n", members.join(", "));
    let assets = Memory::default().with("welcome.wav", b"").with("closed.wav", b"").with("phones", b"");
    let loaded = load(&[Source::new("site.toml", text)], &assets);
    loaded.unwrap_or_else(|findings| panic!("{}", findings[0])).0
}

fn main() {
    let site = site();
    let number = |text: &str| site.number(text.parse().expect("a number")).expect("ours");
    let ringing = |target| Event::Ringing(TargetId(target));
    let calls: [(&str, Entry, &[Event]); 6] = [
        (
            "main number: list, hours, menu, key, two members in turn, voicemail",
            Entry::Number(number("+12025550100")),
            &[
                Event::Enter,
                Event::PlayDone,
                Event::Key('1'),
                ringing(0),
                Event::TimerFired(TimerId::Turn),
                ringing(1),
                Event::TimerFired(TimerId::Turn),
                Event::PlayDone,
                Event::PlayDone,
                Event::RecordDone { left: true },
                Event::PlayDone,
            ],
        ),
        (
            "person: rung and answered",
            Entry::Number(number("+12025550104")),
            &[Event::Enter, ringing(0), Event::Answered(TargetId(0))],
        ),
        (
            "group of two people with three phones: all rung, one answers",
            Entry::Group(site.group("reception").expect("a group")),
            &[Event::Enter, ringing(0), ringing(1), ringing(2), Event::Answered(TargetId(1))],
        ),
        (
            "the worst: 59 people rung together, then the last answers",
            Entry::Group(site.group("crowd").expect("a group")),
            &[Event::Enter, Event::Answered(TargetId(58))],
        ),
        (
            "59 people in a line, from whoever answered the fewest calls",
            Entry::Group(site.group("line").expect("a group")),
            &[Event::Enter, Event::Answered(TargetId(0))],
        ),
        ("out of hours: list and hours only", Entry::Number(number("+12025550100")), &[Event::Enter]),
    ];
    println!("cursor {} bytes", size_of::<Cursor>());
    let world = Idle(Now::default());
    let mut steps = Steps::default();
    for &(name, entry, events) in &calls {
        let facts = Facts::new(Caller::Withheld, entry);
        let mut driven = |journals: bool| {
            let begun = Instant::now();
            for _ in 0..ROUNDS {
                let (mut cursor, mut journal) = (Cursor::new(), Journal::new(Now::default()));
                for event in events {
                    steps.clear();
                    let site = black_box(&site);
                    if journals {
                        journal.step(site, &mut cursor, &facts, &world, *event, &mut steps);
                    } else {
                        step(site, &mut cursor, &facts, &world, *event, &mut steps);
                    }
                    black_box(&steps);
                }
                black_box(journal.bytes());
            }
            begun.elapsed() / ROUNDS / u32::try_from(events.len()).expect("few events")
        };
        let (each, journaled) = (driven(false), driven(true));
        let more = journaled.saturating_sub(each);
        println!("{each:>8.1?} a step, {more:>8.1?} more with its journal   {name}");
    }
    println!("{} bytes of journal for the first of them", journal_of(&site, calls[0].1, calls[0].2));
}

/// How long the journal of a call is.
fn journal_of(site: &Site, entry: Entry, events: &[Event]) -> usize {
    let (mut cursor, mut journal) = (Cursor::new(), Journal::new(Now::default()));
    let (facts, mut steps) = (Facts::new(Caller::Withheld, entry), Steps::default());
    for event in events {
        journal.step(site, &mut cursor, &facts, &Idle(Now::default()), *event, &mut steps);
    }
    journal.bytes().len()
}
