//! What parties did and were told, by themselves: from their notes, from what the caller heard, and from
//! what lies in the mailboxes.

use std::{sync::Arc, time::Duration};

use clock::Instant;
use media::control::Source;

use super::timeline::{Event, What, sorted};
use crate::{
    agent::Note,
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
    for agent in world.agents() {
        let party = &agent.persona().name;
        let notes = agent.notes().iter().filter(|(at, _)| window.holds(*at));
        let noticed = notes.filter_map(|(at, note)| noticed(*at, note, window));
        events.extend(noticed.map(|(at, what)| Event { at, party: party.clone(), what }));
    }
    let caller = world.agents()[window.caller].persona();
    let ear = Some(caller.contact.ip());
    for (at, _, heard) in
        world.studio().heard().iter().filter(|(at, whose, _)| window.holds(*at) && *whose == ear)
    {
        let what = match heard {
            Heard::Played(source) => match heard_for(source) {
                Some(lasts) => What::Hears(lasts),
                None => continue,
            },
            Heard::MusicOver | Heard::Took => continue,
            Heard::Recording => What::Speaks,
            Heard::Recorded(lasted) => What::Spoke(lasted.as_millis()),
        };
        events.push(Event { at: at.since(window.zero), party: caller.name.clone(), what });
    }
    events.extend(messages(world, window, &caller.name));
    sorted(events)
}

fn noticed(at: Instant, note: &Note, window: Window) -> Option<(Duration, What)> {
    let (told, does) = (window.told(at), window.does(at));
    Some(match note {
        Note::Rung(..) => (told, What::Rings),
        Note::Silenced(_, cause) => (told, What::Silenced(*cause)),
        Note::Refused(_, status) => (does, What::Refuses(status.code())),
        Note::PickedUp(_) => (does, What::PicksUp),
        Note::Answered(_) => (told, What::Answered),
        Note::Failed(_, status) => (told, What::Fails(status.code())),
        Note::HungUp(_) => (does, What::HangsUp),
        Note::Dropped(_, cause) => (told, What::Dropped(*cause)),
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

/// Prompts are told apart by their length; tones that go on for ever are no prompts.
fn heard_for(source: &Source) -> Option<u128> {
    studio::length(source).map(|length| length.as_millis())
}

/// Rows of messages that began in the window.
fn messages<'a>(
    world: &'a World,
    window: Window,
    caller: &'a Arc<str>,
) -> impl Iterator<Item = Event> + use<'a> {
    let now = world.now();
    world.store().voicemails().filter_map(move |row| {
        let ago = u64::try_from(now.wall.unix_micros() - row.at.unix_micros()).ok()?;
        let began = Instant::from_micros(now.mono.as_micros().checked_sub(ago)?);
        let what = What::Left(row.mailbox.clone(), row.lasted_ms.into());
        window.holds(began).then(|| Event { at: began.since(window.zero), party: caller.clone(), what })
    })
}
