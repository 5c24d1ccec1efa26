//! Lines of queues: each outlives the calls in it. The machine of the plan engine's crate says who gets which caller;
//! what stands here is whose calls its callers are, who talks with one, who has signed out, and its timers.
//!
//! A line goes by the newest version of the site and calls by the one they began with, so people pass between them by
//! name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use callplan::{
    E164, Mood, PersonId, PhoneId, QueueId, Site, Tally,
    money::Day,
    queue::{self, Action, CallerId, Doing, Event, Floor, Rules, SkillId, Timer},
    step::{Caller, may_call_back},
};
use clock::{Instant, Key, Table};

use super::Row;
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
    /// Who serves no queue, or some not.
    out: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    machine: queue::Queue,
    timers: Table<Timer>,
    callers: BTreeMap<CallerId, Waits>,
    /// Calls of those who were sent home and have not hung up yet.
    leaving: BTreeMap<Key<Call>, CallerId>,
    /// Legs on which those talk who serve it, with somebody out of it.
    talking: BTreeMap<Key<Leg>, PersonId>,
    is_open: bool,
}

/// Who waits.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// Where they are.
    pub(crate) at: At,
    /// Their number, if they have one.
    pub(crate) number: Option<E164>,
    /// The person whose phone calls.
    pub(crate) person: Option<Arc<str>>,
}

/// Where somebody is who waits.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// On the line, by this call.
    Line(Key<Call>),
    /// At home; these calls ring people who are to be joined with them.
    Home(Vec<(Key<Call>, PersonId)>),
}

/// The switch as a line asks it.
struct Around<'a> {
    core: &'a Core,
    site: &'a Site,
    callers: &'a BTreeMap<CallerId, Waits>,
    today: Day,
}

impl Floor for Around<'_> {
    fn can_ring(&self, person: PersonId) -> bool {
        let (core, person) = (self.core, &self.site[person]);
        let state = core.people.of(&person.name);
        let calls_max = if person.call_waiting { person.calls_max } else { 1 };
        let is_there = |phone: PhoneId| core.registrar.live(&self.site[phone].name, core.now.mono) > 0;
        state.mood == Mood::Available
            && state.forward.is_none()
            && !person.is_always_elsewhere()
            && core.limits.calls_of(&person.name) < calls_max
            && person.phones.iter().copied().any(is_there)
    }

    fn would_take(&self, person: PersonId, caller: CallerId) -> bool {
        let name = &self.site[person].name;
        self.callers.get(&caller).is_none_or(|waits| {
            waits.person.as_ref() != Some(name)
                && waits.number.is_none_or(|number| !self.core.blocked.has(name, number))
        })
    }

    fn may_call_back(&self, person: PersonId, caller: CallerId) -> bool {
        let number = self.callers.get(&caller).and_then(|waits| waits.number);
        number.is_some_and(|number| may_call_back(self.site, person, Caller::Number(number)))
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.core.tallies.of(&self.site[person].name, self.today)
    }

    fn skill_of(&self, _: PersonId, _: SkillId) -> u8 {
        0
    }
}

impl Line {
    fn new(queue: QueueId, site: &Site, out: impl Fn(&str) -> bool, pointer: u32) -> Self {
        let rules = site[queue].rules.clone();
        let mut line = Self {
            machine: queue::Queue::new(rules.clone(), pointer),
            timers: Table::new(),
            callers: BTreeMap::new(),
            leaving: BTreeMap::new(),
            talking: BTreeMap::new(),
            is_open: true,
        };
        for member in rules.members.iter().filter(|member| out(&site[**member].name)) {
            line.machine.handle(Instant::ZERO, Event::SignsOut(*member), &Nobody, &mut Vec::new());
        }
        line
    }

    /// Whose call a caller's is.
    pub(crate) fn call_of(&self, caller: CallerId) -> Option<Key<Call>> {
        match self.callers.get(&caller)?.at {
            At::Line(call) => Some(call),
            At::Home(_) => None,
        }
    }

    /// The caller whose call it is.
    pub(crate) fn caller_of(&self, call: Key<Call>) -> Option<CallerId> {
        let is_theirs = |waits: &Waits| matches!(waits.at, At::Line(own) if own == call);
        self.callers.iter().find(|(_, waits)| is_theirs(waits)).map(|(caller, _)| *caller)
    }

    /// The number at which a caller can be called back.
    pub(crate) fn number_of(&self, caller: CallerId) -> Option<E164> {
        self.callers.get(&caller)?.number
    }

    /// Calls that ring people for a caller at home.
    pub(crate) fn called_for(&mut self, caller: CallerId) -> Option<&mut Vec<(Key<Call>, PersonId)>> {
        match &mut self.callers.get_mut(&caller)?.at {
            At::Line(_) => None,
            At::Home(calls) => Some(calls),
        }
    }

    /// A caller goes home.
    fn goes_home(&mut self, caller: CallerId) {
        let Some(waits) = self.callers.get_mut(&caller) else { return };
        if let At::Line(call) = std::mem::replace(&mut waits.at, At::Home(Vec::new())) {
            self.leaving.insert(call, caller);
        }
    }

    /// Whether somebody else of this caller's number is at home: one place is enough, the first.
    pub(crate) fn is_home_already(&self, caller: CallerId) -> bool {
        let number = self.number_of(caller);
        let is_at_home = |waits: &Waits| matches!(waits.at, At::Home(_)) && waits.number == number;
        number.is_some() && self.callers.iter().any(|(other, waits)| *other != caller && is_at_home(waits))
    }

    /// The caller who was sent home on this call, which has ended.
    pub(crate) fn has_left(&mut self, call: Key<Call>) -> Option<CallerId> {
        self.leaving.remove(&call)
    }

    /// What somebody who serves it does.
    pub(crate) fn doing(&self, person: PersonId) -> Doing {
        self.machine.doing(person)
    }

    /// How many wait.
    pub(crate) const fn waiting(&self) -> usize {
        self.machine.waiting()
    }

    fn is_idle(&self) -> bool {
        self.machine.is_idle() && self.callers.is_empty() && self.talking.is_empty()
    }
}

/// A floor on which nobody is asked for: nobody waits yet.
struct Nobody;

impl Floor for Nobody {
    fn can_ring(&self, _: PersonId) -> bool {
        false
    }

    fn would_take(&self, _: PersonId, _: CallerId) -> bool {
        false
    }

    fn may_call_back(&self, _: PersonId, _: CallerId) -> bool {
        false
    }

    fn tally_of(&self, _: PersonId) -> Tally {
        Tally::default()
    }

    fn skill_of(&self, _: PersonId, _: SkillId) -> u8 {
        0
    }
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
            Some(format!("{}/{number}", caller.0))
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

/// What comes of a new site for the lines.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    /// By queue, and by the people of the site before.
    pub(crate) all: Vec<(Arc<str>, Action)>,
    /// Calls that ring people for those at home who are not to be rung any more.
    pub(crate) stops: Vec<Key<Call>>,
}

impl Core {
    /// A caller comes to a line.
    pub(crate) fn joins_line(&mut self, queue: QueueId, caller: CallerId, waits: Waits) {
        let site = self.site.clone();
        let name = &site[queue].name;
        if self.lines.get(name).is_none() {
            let out = |person: &str| self.lines.out.get(person).is_some_and(|out| out.contains(name));
            let line = Line::new(queue, &site, out, self.pointer(&pointer_of(name)));
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
            let is_open = site.queue(name).is_none_or(|queue| self.is_queue_open(&site, queue));
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

    fn is_queue_open(&self, site: &Site, queue: QueueId) -> bool {
        site[queue].hours.is_none_or(|hours| {
            let hours = &site[hours];
            let held = self.keys.of(&hours.name, self.now.wall);
            held.unwrap_or_else(|| hours.at(self.now.wall).is_open())
        })
    }

    /// A line in which nothing goes on any more is forgotten.
    pub(crate) fn tidy_line(&mut self, name: &str) {
        if self.lines.get(name).is_some_and(Line::is_idle) {
            self.lines.lines.remove(name);
        }
    }

    /// The site was replaced: lines go on by the new one, and whoever is in it no longer, or serves them no longer,
    /// signs out.
    pub(crate) fn lines_adopt(&mut self, before: &Site, after: &Site) -> Adopted {
        let now_is = |person: PersonId| after.person(&before[person].name);
        let Adopted { mut all, mut stops } = Adopted::default();
        for name in self.lines.names() {
            let Some(line) = self.lines.lines.get_mut(&name) else { continue };
            // What it goes by: the site before need not have it any more.
            let old = line.machine.rules().clone();
            let new = after.queue(&name).map(|queue| after[queue].rules.clone());
            let stays = |member: PersonId| {
                let id = now_is(member);
                id.is_some_and(|id| new.as_ref().is_some_and(|rules| rules.members.contains(&id)))
            };
            let mut out = Vec::new();
            for member in old.members.iter().filter(|member| !stays(**member)) {
                line.machine.handle(self.now.mono, Event::SignsOut(*member), &Nobody, &mut out);
            }
            let rules = new.unwrap_or_else(|| {
                let members: Vec<_> = old.members.iter().filter_map(|member| now_is(*member)).collect();
                Arc::new(Rules {
                    weights: vec![1; members.len()],
                    members,
                    widen: Vec::new(),
                    ..(*old).clone()
                })
            });
            let members = rules.members.clone();
            line.machine.change(rules, now_is);
            for member in members {
                let is_out = self.lines.out.get(&after[member].name).is_some_and(|out| out.contains(&name));
                let sign = if is_out { Event::SignsOut(member) } else { Event::SignsIn(member) };
                // Nobody is out by now who was not before.
                line.machine.handle(self.now.mono, sign, &Nobody, &mut Vec::new());
            }
            let armed: Vec<_> = line.timers.armed().collect();
            line.timers.clear_all();
            for (timer, at) in armed {
                let timer = match timer {
                    Timer::Ring(agent) => now_is(agent).map(Timer::Ring),
                    Timer::Alone(agent) => now_is(agent).map(Timer::Alone),
                    Timer::Widen(_) | Timer::Wait(_) | Timer::Announce(_) | Timer::Offer(_) => Some(timer),
                };
                timer.into_iter().for_each(|timer| line.timers.arm(timer, at));
            }
            for (caller, waits) in &mut line.callers {
                let At::Home(calls) = &mut waits.at else { continue };
                calls.retain_mut(|(call, agent)| {
                    let rung = now_is(*agent).filter(|now| line.machine.doing(*now) == Doing::Rung(*caller));
                    match rung {
                        Some(now) => *agent = now,
                        None => stops.push(*call),
                    }
                    rung.is_some()
                });
            }
            let talking = std::mem::take(&mut line.talking);
            line.talking = talking.into_iter().filter_map(|(leg, who)| Some((leg, now_is(who)?))).collect();
            all.extend(out.into_iter().map(|action| (name.clone(), action)));
        }
        Adopted { all, stops }
    }
}

/// Who is at home and to be called back, by the name of the queue.
pub(crate) type Homes = Vec<(Arc<str>, Vec<(CallerId, E164)>)>;

/// Who was at home of which line when the last process ended.
pub(crate) fn homes_in(values: &[(Arc<str>, Arc<[u8]>)]) -> Homes {
    let read = |text: &str| {
        let (caller, number) = text.split_once('/')?;
        Some((CallerId(caller.parse().ok()?), E164::parse(number)?))
    };
    let of = |(name, value): &(Arc<str>, Arc<[u8]>)| {
        let queue = name.strip_prefix(HOME)?;
        let homes = str::from_utf8(value).ok()?.split_whitespace().filter_map(read).collect();
        Some((queue.into(), homes))
    };
    values.iter().filter_map(of).collect()
}

/// The name under which it is kept whose turn it is in a queue: groups have names of their own.
fn pointer_of(queue: &str) -> Arc<str> {
    format!("queue:{queue}").into()
}
