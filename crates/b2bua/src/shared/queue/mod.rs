//! Lines of queues: each outlives the calls in it. The machine of the plan engine's crate says who gets which caller;
//! what stands here is whose calls its callers are, who talks with one, who has signed out, and its timers.
//!
//! A line goes by the newest version of the site and calls by the one they began with, so people pass between them by
//! name.
//!
//! Rooms: `line` is one of them, `floor` the switch as a line asks it, `adopt` what a new site changes, `turns` when
//! their hours do.

mod adopt;
mod floor;
mod line;
mod turns;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use callplan::{
    E164, Mood, PersonId, PhoneId, QueueId, Site,
    queue::{Action, CallerId, Doing, Event, Timer},
};
use clock::{Instant, Key, Wall};
use store::CallId;

pub(crate) use self::adopt::Adopted;
use self::floor::{Around, Nobody};
pub(crate) use self::line::{At, Line, Waits};
use self::turns::Turns;
use super::{Row, rehearsal::Ahead};
use crate::{call::Call, core::Core, leg::Leg};

/// Begins the names of the values that the store keeps of who has signed out.
const PREFIX: &str = "queue-out:";
/// And of who went home.
const HOME: &str = "queue-home:";
/// So often a line looks around while somebody waits in it: whoever hung up elsewhere or came back may be rung.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Every line in which anything goes on, and who has signed out of which.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: BTreeMap<Arc<str>, Line>,
    /// When the hours of the newest site change.
    turns: Turns,
    /// Who serves no queue, or some not.
    out: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// Stands between a queue and the call of its caller in the name of a line; no name of a queue has it.
const OWN: char = '@';

/// The line of a queue that this call has for itself, since its caller rehearses: it neither keeps those waiting who
/// are in the queue nor waits for them, and opens and closes by another clock.
pub(crate) fn line_of(queue: &str, call: CallId) -> Arc<str> {
    format!("{queue}{OWN}{:x}", call.0).into()
}

/// The queue of a line.
pub(crate) fn queue_of(line: &str) -> &str {
    line.split_once(OWN).map_or(line, |(queue, _)| queue)
}

impl Lines {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            if let (Some(person), Ok(text)) = (name.strip_prefix(PREFIX), str::from_utf8(value)) {
                self.note(&person.into(), text.split_whitespace().map(Arc::from).collect());
            }
        }
    }

    /// The queues that a person does not serve.
    pub(crate) fn out_of(&self, person: &str) -> BTreeSet<Arc<str>> {
        self.out.get(person).cloned().unwrap_or_default()
    }

    /// A person serves all their queues but these; gives what the store has to keep.
    pub(crate) fn sign(&mut self, person: &Arc<str>, out: BTreeSet<Arc<str>>) -> Row {
        let names: Vec<_> = out.iter().map(|queue| &**queue).collect();
        let row = (format!("{PREFIX}{person}").into(), names.join(" ").as_bytes().into());
        self.note(person, out);
        row
    }

    fn note(&mut self, person: &Arc<str>, out: BTreeSet<Arc<str>>) {
        if out.is_empty() {
            self.out.remove(person);
        } else {
            self.out.insert(person.clone(), out);
        }
    }

    /// The line of a queue, if anything goes on in it.
    pub(crate) fn get(&self, queue: &str) -> Option<&Line> {
        self.lines.get(queue)
    }

    /// Queues in whose lines anything goes on.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.lines.keys().cloned().collect()
    }

    /// Whether nobody waits or talks anywhere.
    pub(crate) fn is_idle(&self) -> bool {
        let is_there = |waits: &Waits| !matches!(&waits.at, At::Home(calls) if calls.is_empty());
        self.lines.values().all(|line| !line.callers.values().any(is_there) && line.talking.is_empty())
    }

    /// Whether somebody is rung for a caller of any of these lines: nobody is rung for two at once.
    fn is_rung(&self, person: PersonId) -> bool {
        self.lines.values().any(|line| matches!(line.doing(person), Doing::Rung(_)))
    }

    /// When the next timer of any runs out, or the next look around is due.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        let timers = self.lines.values().filter_map(|line| line.timers.next());
        let waits = self.lines.values().any(|line| line.waiting() > 0);
        timers.chain(waits.then_some(now + LOOKS_EVERY)).min()
    }

    /// A timer of this line that has run out.
    pub(crate) fn due(&mut self, queue: &str, now: Instant) -> Option<Timer> {
        self.lines.get_mut(queue)?.timers.pop(now)
    }

    /// The queue of whoever talks on this leg with somebody out of its line.
    pub(crate) fn of_leg(&self, leg: Key<Leg>) -> Option<(Arc<str>, PersonId)> {
        let talks = |(name, line): (&Arc<str>, &Line)| Some((name.clone(), *line.talking.get(&leg)?));
        self.lines.iter().find_map(talks)
    }

    /// Somebody talks on this leg with a caller out of a line, or no longer.
    pub(crate) fn talks(&mut self, queue: &str, leg: Key<Leg>, person: Option<PersonId>) {
        let Some(line) = self.lines.get_mut(queue) else { return };
        match person {
            Some(person) => line.talking.insert(leg, person),
            None => line.talking.remove(&leg),
        };
    }

    /// A caller is in no line any more.
    pub(crate) fn forget(&mut self, queue: &str, caller: CallerId) {
        if let Some(line) = self.lines.get_mut(queue) {
            line.callers.remove(&caller);
        }
    }

    /// Somebody is at home again, of whom the last process knew.
    pub(crate) fn returns(&mut self, queue: &str, caller: CallerId) {
        if let Some(line) = self.lines.get_mut(queue) {
            line.machine.handle(Instant::ZERO, Event::Returns(caller), &Nobody, &mut Vec::new());
        }
    }

    /// A line to change.
    pub(crate) fn get_mut(&mut self, queue: &str) -> Option<&mut Line> {
        self.lines.get_mut(queue)
    }

    /// A caller goes home; gives what the store has to keep.
    pub(crate) fn goes_home(&mut self, queue: &str, caller: CallerId) -> Row {
        if let Some(line) = self.lines.get_mut(queue) {
            line.goes_home(caller);
        }
        self.homes(queue)
    }

    /// Who is at home of a line, in the order in which they came, as the store keeps it.
    pub(crate) fn homes(&self, queue: &str) -> Row {
        let at_home = |(caller, waits): (&CallerId, &Waits)| {
            let number = waits.number.filter(|_| matches!(waits.at, At::Home(_)))?;
            Some(format!("{}/{number}/{}", caller.0, waits.tries))
        };
        let line = self.lines.get(queue).into_iter();
        let homes: Vec<_> = line.flat_map(|line| line.callers.iter().filter_map(at_home)).collect();
        (format!("{HOME}{queue}").into(), homes.join(" ").as_bytes().into())
    }

    /// Whom a call rings that is placed for a caller at home.
    pub(crate) fn placed(&self, call: Key<Call>) -> Option<(Arc<str>, CallerId, PersonId)> {
        for (name, line) in &self.lines {
            for (caller, waits) in &line.callers {
                if let At::Home(calls) = &waits.at
                    && let Some((_, person)) = calls.iter().find(|(own, _)| *own == call)
                {
                    return Some((name.clone(), *caller, *person));
                }
            }
        }
        None
    }

    /// Legs on which those talk who serve a queue.
    pub(crate) fn legs(&self) -> Vec<Key<Leg>> {
        self.lines.values().flat_map(|line| line.talking.keys().copied()).collect()
    }

    /// Calls that wait in the line of a queue, or whose callers were sent home out of it.
    pub(crate) fn calls(&self, queue: &str) -> Vec<Key<Call>> {
        let line = self.lines.get(queue).into_iter();
        let on_line = |waits: &Waits| match waits.at {
            At::Line(call) => Some(call),
            At::Home(_) => None,
        };
        let calls = |line: &Line| -> Vec<_> {
            line.callers.values().filter_map(on_line).chain(line.leaving.keys().copied()).collect()
        };
        line.flat_map(calls).collect()
    }
}

impl Core {
    /// Whether somebody who serves queues can be rung now.
    pub(crate) fn can_serve(&self, site: &Site, person: PersonId) -> bool {
        let person = &site[person];
        let state = self.people.of(&person.name);
        let calls_max = if person.call_waiting { person.calls_max } else { 1 };
        let is_there = |phone: PhoneId| self.registrar.live(&site[phone].name, self.now.mono) > 0;
        state.mood == Mood::Available
            && state.forward.is_none()
            && !person.is_always_elsewhere()
            && self.limits.calls_of(&person.name) < calls_max
            && person.phones.iter().copied().any(is_there)
    }

    /// A caller comes to a line.
    pub(crate) fn joins_line(
        &mut self,
        (queue, name): (QueueId, &Arc<str>),
        caller: CallerId,
        waits: Waits,
        ahead: Ahead,
    ) {
        let site = self.site.clone();
        if self.lines.get(name).is_none() {
            let of = &site[queue].name;
            let out = |person: &str| self.lines.out.get(person).is_some_and(|out| out.contains(of));
            let line = Line::new(queue, &site, out, self.pointer(&pointer_of(of)), ahead);
            self.lines.lines.insert(name.clone(), line);
        }
        if let Some(line) = self.lines.lines.get_mut(name) {
            line.callers.insert(caller, waits);
        }
    }

    /// Something happens to a line that goes on; what comes of it but for timers and whose turn it is.
    pub(crate) fn line_happens(&mut self, name: &Arc<str>, event: Event) -> Vec<Action> {
        let Some(mut line) = self.lines.lines.remove(name) else { return Vec::new() };
        let site = self.site.clone();
        let mut out = Vec::new();
        {
            let around = Around { core: self, site: &site, callers: &line.callers, today: self.today() };
            let is_open = |queue| self.is_queue_open(&site, queue, line.ahead.of(self.now.wall));
            let is_open = site.queue(queue_of(name)).is_none_or(is_open);
            if is_open != std::mem::replace(&mut line.is_open, is_open) {
                let turn = if is_open { Event::Opens } else { Event::Closes };
                line.machine.handle(self.now.mono, turn, &around, &mut out);
            }
            line.machine.handle(self.now.mono, event, &around, &mut out);
        }
        out.retain(|action| match *action {
            Action::Arm(timer, after) => {
                line.timers.arm(timer, self.now.mono + after);
                false
            }
            Action::Clear(timer) => {
                line.timers.clear(timer);
                false
            }
            // Whose turn it is remains so.
            Action::Advance(_) if queue_of(name) != &**name => false,
            Action::Advance(to) => {
                self.advance_pointer(&pointer_of(name), to);
                false
            }
            Action::Wait(_)
            | Action::Ring(..)
            | Action::Stop(..)
            | Action::Join(..)
            | Action::Leave(..)
            | Action::Say { .. }
            | Action::Offer(..)
            | Action::SendHome(_) => true,
        });
        if !line.is_idle() || !out.is_empty() {
            self.lines.lines.insert(name.clone(), line);
        }
        out
    }

    /// When the hours of a line next change in which somebody waits: they hear so at once, not at the next look.
    pub(crate) fn lines_turn(&mut self) -> Option<Instant> {
        let Self { lines: Lines { lines, turns, .. }, site, keys, now: today, .. } = self;
        let waits = lines.iter().filter(|(_, line)| line.waiting() > 0);
        let next = waits.filter_map(|(name, line)| {
            let hours = &site[site[site.queue(queue_of(name))?].hours?];
            let now = line.ahead.of(today.wall);
            let at = match keys.held(&hours.name, now) {
                Some(held) => held.until,
                None if line.ahead == Ahead::default() => {
                    turns.next(&hours.name, now, || hours.next_change(now))
                }
                // Whoever rehearses is at another time than the others.
                None => hours.next_change(now),
            }?;
            let after = u64::try_from(at.unix_micros() - now.unix_micros()).ok()?;
            Some(today.mono + Duration::from_micros(after))
        });
        next.min()
    }

    /// Whether a queue is open at this time, by its hours and their key.
    pub(crate) fn is_queue_open(&self, site: &Site, queue: QueueId, at: Wall) -> bool {
        site[queue].hours.is_none_or(|hours| {
            let hours = &site[hours];
            let held = self.keys.of(&hours.name, at);
            held.unwrap_or_else(|| hours.at(at).is_open())
        })
    }

    /// A line in which nothing goes on any more is forgotten.
    pub(crate) fn tidy_line(&mut self, name: &str) {
        if self.lines.get(name).is_some_and(Line::is_idle) {
            self.lines.lines.remove(name);
        }
    }
}

/// Who is at home and to be called back, by the name of the queue.
pub(crate) type Homes = Vec<(Arc<str>, Vec<(CallerId, E164, u8)>)>;

/// Who was at home of which line when the last process ended.
pub(crate) fn homes_in(values: &[(Arc<str>, Arc<[u8]>)]) -> Homes {
    let read = |text: &str| {
        let mut parts = text.split('/');
        let (caller, number) = (CallerId(parts.next()?.parse().ok()?), E164::parse(parts.next()?)?);
        // Releases before did not count.
        Some((caller, number, parts.next().map_or(Some(0), |tries| tries.parse().ok())?))
    };
    let of = |(name, value): &(Arc<str>, Arc<[u8]>)| {
        let queue = name.strip_prefix(HOME)?;
        let homes = str::from_utf8(value).ok()?.split_whitespace().filter_map(read).collect();
        Some((queue.into(), homes))
    };
    values.iter().filter_map(of).collect()
}

/// The name under which it is kept whose turn it is in a queue: groups have names of their own.
pub(crate) fn pointer_of(queue: &str) -> Arc<str> {
    format!("queue:{queue}").into()
}
