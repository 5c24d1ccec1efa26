//! What parties did and were told, by themselves: from their notes, from what the caller heard, and from
//! what lies in the mailboxes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use clock::Instant;
use media::control::Source;

use super::{
    office::{EAST, MUSIC_MS, OTHER},
    timeline::{Event, What, sorted},
};
use crate::{
    agent::{Agent, Note},
    site,
    studio::{self, Heard},
    world::World,
};

/// Where to look.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// When the caller set out, and when its call reached the switch.
    pub(super) from: Instant,
    pub(super) zero: Instant,
    pub(super) until: Instant,
    /// How long a message is on its way.
    pub(super) way: Duration,
    pub(super) caller: usize,
    /// From when on whoever is rung is rung for a caller who went home.
    pub(super) home: Option<Duration>,
}

impl Window {
    fn holds(&self, at: Instant) -> bool {
        (self.from..=self.until).contains(&at)
    }

    /// When the switch said what a party was told now.
    fn told(&self, at: Instant) -> Duration {
        at.since(self.zero + self.way)
    }

    /// When the switch hears what a party does now.
    fn does(&self, at: Instant) -> Duration {
        (at + self.way).since(self.zero)
    }
}

pub(super) fn timeline(world: &World, window: Window) -> Vec<Event> {
    let mut events = Vec::new();
    for agent in world.agents().iter().filter(|agent| *agent.persona().name != *EAST) {
        let party = &agent.persona().name;
        let others = of_others(agent, window);
        let notes = agent.notes().iter().filter(|(at, _)| window.holds(*at));
        let noticed = notes.filter_map(|(at, note)| noticed(*at, note, window));
        let noticed = noticed.filter(|(call, ..)| !others.contains(call));
        events.extend(noticed.map(|(_, at, what)| Event { at, party: party.clone(), what }));
    }
    let ears = || world.agents().iter().map(Agent::persona);
    let heard = world.studio().heard().iter();
    for (at, ear, heard) in heard.filter(|(at, ..)| window.holds(*at)) {
        let Some(party) = ears().find(|it| Some(it.contact.ip()) == *ear) else { continue };
        let is_before = *party.name == *EAST;
        let what = match heard {
            _ if is_before => continue,
            Heard::Played(source) => match heard_for(source) {
                Some(lasts) => What::Hears(lasts),
                None => continue,
            },
            Heard::MusicOver | Heard::Took => continue,
            Heard::Recording => What::Speaks,
            Heard::Recorded(lasted) => What::Spoke(lasted.as_millis()),
        };
        events.push(Event { at: at.since(window.zero), party: party.name.clone(), what });
    }
    let caller = world.agents()[window.caller].persona();
    events.extend(messages(world, window, &caller.name));
    sorted(events)
}

/// Calls in which a party is rung for somebody else: for who waited before, or who went home.
fn of_others(agent: &Agent, window: Window) -> BTreeSet<&str> {
    let is_late = |at: Instant| window.home.is_some_and(|home| window.told(at) >= home);
    let rung = agent.notes().iter().filter_map(|(at, note)| {
        let Note::Rung(call, caller) = note else { return None };
        let is_theirs = caller.contains(OTHER) || window.holds(*at) && is_late(*at);
        is_theirs.then_some(&**call)
    });
    rung.collect()
}

/// What a party noticed, of which call and when.
fn noticed(at: Instant, note: &Note, window: Window) -> Option<(&str, Duration, What)> {
    let (told, does) = (window.told(at), window.does(at));
    Some(match note {
        Note::Rung(call, _) => (call, told, What::Rings),
        Note::Silenced(call, cause) => (call, told, What::Silenced(*cause)),
        Note::Refused(call, status) => (call, does, What::Refuses(status.code())),
        Note::PickedUp(call) => (call, does, What::PicksUp),
        Note::Answered(call) => (call, told, What::Answered),
        Note::Failed(call, status) => (call, told, What::Fails(status.code())),
        Note::HungUp(call) => (call, does, What::HangsUp),
        Note::Dropped(call, cause) => (call, told, What::Dropped(*cause)),
        Note::Hears(..)
        | Note::Watches(_)
        | Note::WatchesNot(_)
        | Note::Registered(_)
        | Note::NotRegistered(_)
        | Note::Changed(..)
        | Note::Updated(_)
        | Note::Pracked(..)
        | Note::Referred(..)
        | Note::Told(..) => return None,
    })
}

/// Prompts are told apart by their length; tones that go on for ever are no prompts, and music is heard whenever
/// nothing else is.
fn heard_for(source: &Source) -> Option<u128> {
    let lasts = studio::length(source).map(|length| length.as_millis()).filter(|lasts| *lasts != MUSIC_MS)?;
    // Of what is said word by word the first word is enough.
    let word = if let Source::Wave(wave) = source { site::said(wave) } else { "" };
    matches!(word, "" | "you-are-number" | "call-back" | "called-back").then_some(lasts)
}

/// Rows of messages that began in the window.
fn messages<'a>(
    world: &'a World,
    window: Window,
    caller: &'a Arc<str>,
) -> impl Iterator<Item = Event> + use<'a> {
    let now = world.now();
    world.store().voicemails().filter(|row| *row.from != *OTHER).filter_map(move |row| {
        let ago = u64::try_from(now.wall.unix_micros() - row.at.unix_micros()).ok()?;
        let began = Instant::from_micros(now.mono.as_micros().checked_sub(ago)?);
        let what = What::Left(row.mailbox.clone(), row.lasted_ms.into());
        window.holds(began).then(|| Event { at: began.since(window.zero), party: caller.clone(), what })
    })
}
