//! Golden ladders: each file holds a script and what has to come of it.

use std::{fmt::Write, time::Duration};

use b2bua::call::log::{Event, Kind};
use callplan::money::Amount;
use clock::Instant;
use media::control::Source;
use store::Record;

use crate::{
    agent::{Act, Agent},
    script::{BEFORE, ON_THE_WAY, Script},
    shown, site,
    studio::Heard,
    wire::Ladder,
    world::{Order, World},
};

/// How a line begins that tells what was wrong.
const WRONG: &str = "WRONG";

/// What separates a script from its ladder.
const LINE: &str = "----\n";

/// A run goes on for so long at most after its drawing, until all is idle.
const PATIENCE: Duration = Duration::from_secs(300);

/// One file.
#[derive(Debug)]
pub struct Golden<'a> {
    script: &'a str,
    expected: &'a str,
}

impl<'a> Golden<'a> {
    /// Takes a file apart.
    pub fn of(file: &'a str) -> Self {
        let (script, expected) = file.split_once(LINE).unwrap_or((file, ""));
        Self { script, expected }
    }

    /// Plays the script.
    ///
    /// # Errors
    /// The script cannot be read.
    pub fn play(&self) -> Result<String, String> {
        play(&Script::read(self.script)?, |_| ())
    }

    /// Plays the script in a world that `prepare` may change.
    ///
    /// # Errors
    /// The script cannot be read.
    pub fn play_in(&self, prepare: impl FnOnce(&mut World)) -> Result<String, String> {
        play(&Script::read(self.script)?, prepare)
    }

    /// The file with another ladder.
    pub fn with(&self, ladder: &str) -> String {
        format!("{}\n\n{LINE}{ladder}", self.script.trim_end())
    }

    /// Whether a ladder tells of nothing wrong: such a one is never expected.
    pub fn is_sound(ladder: &str) -> bool {
        !ladder.lines().any(|line| line.starts_with(WRONG))
    }

    /// Whether a ladder is the expected one.
    pub fn expects(&self, ladder: &str) -> bool {
        self.expected == ladder
    }
}

/// Plays a script in a world that `prepare` may change, and draws what came of it.
///
/// # Errors
/// The script cannot be read.
pub fn play(script: &Script, prepare: impl FnOnce(&mut World)) -> Result<String, String> {
    let mut world = script.world()?;
    prepare(&mut world);
    for (index, name) in script.registered.iter().enumerate() {
        let agent = world.agent(name).ok_or_else(|| format!("nobody is called {name}"))?;
        let at = Instant::ZERO + Duration::from_millis(100 * (index as u64 + 1));
        world.at(at, Order::Act(agent, Act::Registers));
    }
    let zero = Instant::ZERO + BEFORE;
    world.run_until(zero);
    world.forget_entries();
    for step in &script.steps {
        let order = step.order(&world)?;
        world.run_until(zero + step.at);
        world.remark(step.text.clone());
        world.at(zero + step.at, order);
        world.run_until(zero + step.at);
    }
    world.run_until(zero + script.until);
    let names = world.agents().iter().map(|agent| &*agent.persona().name).collect();
    let mut text = Ladder { names, from: zero, usual: ON_THE_WAY }.draw(world.entries());
    text.push_str(&shown::headers(&world, zero, &script.shows));
    text.push_str(&shown::everywhere(&world, zero, &script.shows_everywhere));
    finish(&mut world);
    if script.tells_media {
        media(&world, zero, &mut text);
    }
    if script.tells_warnings {
        text.push_str(&shown::warnings(&world, zero));
    }
    epilogue(&mut world, &mut text);
    Ok(text)
}

/// Lets the run go on until nothing is left of its calls.
fn finish(world: &mut World) {
    let end = world.now().mono + PATIENCE;
    while world.now().mono < end && !is_idle(world) {
        world.run_for(Duration::from_secs(1));
    }
}

fn is_idle(world: &World) -> bool {
    world.switch().is_some_and(b2bua::switch::Switch::is_idle) && world.store().waiting() == 0
}

/// What parties heard of the switch.
fn media(world: &World, from: Instant, text: &mut String) {
    text.push('\n');
    for (at, party, heard) in world.studio().heard().iter().filter(|(at, ..)| *at >= from) {
        let is_it = |agent: &&Agent| Some(agent.persona().contact.ip()) == *party;
        let name = world.agents().iter().find(is_it).map_or("nobody", |agent| &*agent.persona().name);
        let what = match heard {
            Heard::Played(Source::Tone(tone)) => {
                format!("hears a tone of {} and {} Hz", tone.hz[0], tone.hz[1])
            }
            Heard::Played(Source::Wave(wave)) if !site::said(wave).is_empty() => {
                format!("hears \"{}\"", site::said(wave))
            }
            Heard::Played(Source::Wave(_)) => "hears a prompt".to_owned(),
            Heard::Played(Source::Waves { waves, .. })
                if waves.iter().any(|wave| !site::said(wave).is_empty()) =>
            {
                let said: Vec<_> = waves.iter().map(|wave| site::said(wave)).collect();
                format!("hears \"{}\"", said.join(" "))
            }
            Heard::Played(Source::Waves { waves, skip }) => {
                let from =
                    if skip.is_zero() { String::new() } else { format!(" from {:.1} s", skip.as_secs_f64()) };
                format!("hears music of {} files{from}", waves.len())
            }
            Heard::Played(Source::File(path)) if path.starts_with("prompts") => {
                "hears what was recorded".to_owned()
            }
            Heard::Played(Source::File(_)) => "hears a message".to_owned(),
            Heard::MusicOver => "hears music no more".to_owned(),
            Heard::Recording => "is recorded".to_owned(),
            Heard::Recorded(_) | Heard::Took => "is recorded no more".to_owned(),
        };
        let _ = writeln!(text, "{:8.3}  {name} {what}", at.since(from).as_micros() as f64 / 1e6);
    }
}

/// A leg of a record, and what it cost.
fn leg(leg: &store::LegRecord) -> String {
    let (party, status) = (&leg.party, leg.status);
    let Some(charge) = &leg.charge else { return format!("{party} {status}") };
    let cost = Amount::from_billionths(charge.billionths);
    let payer = if charge.payer.is_empty() { "the site" } else { &*charge.payer };
    format!("{party} {status} for {cost} of {payer}")
}

/// What people spent.
fn purses(world: &World, text: &mut String) {
    let people = world.switch().map(|switch| switch.view().people).unwrap_or_default();
    for (person, spent) in people.iter().filter_map(|person| Some((&person.name, person.spent?))) {
        if spent > Amount::ZERO {
            let _ = writeln!(text, "spent: {spent} by {person}");
        }
    }
}

/// Schedules that a call found held by hand, counted as in the config.
fn held(record: &Record) -> String {
    let events = Event::read_all(&record.events).filter(|event| event.kind == Kind::Held as u8);
    let told = |event: Event| {
        let word = if event.detail == 1 { "open" } else { "closed" };
        format!("; hours {} held {word} for {}", event.target, so_long(record, event.value))
    };
    events.map(told).collect()
}

/// Who would have rung in a rehearsal.
fn would_ring(record: &Record) -> String {
    let events = Event::read_all(&record.events).filter(|event| event.kind == Kind::WouldRing as u8);
    events.map(|event| format!("; {} would ring", event.value)).collect()
}

/// From a moment until the call came.
fn so_long(record: &Record, micros: u64) -> String {
    let began = u64::try_from(record.began.at.unix_micros()).unwrap_or(0);
    format!("{:.1} s", Duration::from_micros(began.saturating_sub(micros)).as_secs_f64())
}

/// What is left: records, messages, faults.
fn epilogue(world: &mut World, text: &mut String) {
    text.push('\n');
    for record in world.store().records() {
        let legs: Vec<_> = record.legs.iter().map(leg).collect();
        let began = &record.began;
        let _ = writeln!(
            text,
            "record: {:?} {} to {}, {}, {} by {}, {}; {}{}{}{}",
            began.direction,
            if began.from.is_empty() { "withheld" } else { &began.from },
            began.to,
            record.outcome,
            record.cause,
            record.ended_by,
            record.end.map_or_else(|| "? s".into(), |end| format!("{:.1} s", end.lasted_ms as f64 / 1000.0)),
            legs.join(", "),
            if record.path.is_empty() { String::new() } else { format!("; {}", record.path) },
            held(record),
            would_ring(record),
        );
    }
    for voicemail in world.store().voicemails() {
        let seconds = f64::from(voicemail.lasted_ms) / 1000.0;
        let heard = if voicemail.heard { ", heard" } else { "" };
        let (mailbox, from) = (&voicemail.mailbox, &voicemail.from);
        let _ = writeln!(text, "message: for {mailbox} from {from}, {seconds:.1} s{heard}");
    }
    purses(world, text);
    let wrong = world.ends().wrong;
    for wrong in &wrong {
        let _ = writeln!(text, "{WRONG} {wrong}");
    }
    if wrong.is_empty() {
        let _ = writeln!(text, "all is idle");
    }
}
