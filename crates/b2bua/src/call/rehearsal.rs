//! A call that only tries what would happen at another time.
//!
//! Its plans see that time, and one's own numbers see a caller from outside. People inside really ring; a party outside
//! is never called. Its target rings in vain for as long as the step lets it, while the caller hears whom it would be,
//! so that the times of the steps are those of a real call. Nothing of it counts: no tally, no turn of a group, no
//! message, no figure. A call for help is always a real one, and so is whatever a phone says by a code.

use std::sync::Arc;

use callplan::{
    QueueId,
    step::{Caller as Known, Entry, TargetId},
};
use clock::Now;
use smallvec::SmallVec;
use store::Direction;

use super::{Birth, Call, Course, Hands, fork::Dial, log::Kind};
use crate::{
    core::Core,
    leg::Party,
    service::phrase::Phrase,
    shared::{queue::line_of, rehearsal::Ahead},
};

/// What a call that rehearses keeps of it; it does so to its end, whatever becomes of its phone's rehearsal.
#[derive(Debug)]
pub(super) struct Rehearsed {
    ahead: Ahead,
    /// Targets outside that ring in vain, as the caller is told of them.
    told: SmallVec<[(TargetId, Words); 2]>,
    /// A carrier brought it back that we sent out: it reaches nobody.
    pub(super) is_probe: bool,
    /// It was ended where it would have.
    pub(super) was_cut: bool,
}

impl Rehearsed {
    fn new(ahead: Ahead, is_probe: bool) -> Box<Self> {
        Box::new(Self { ahead, told: SmallVec::new(), is_probe, was_cut: false })
    }
}

/// What a caller hears of one whom nobody calls.
type Words = SmallVec<[Phrase; 16]>;

/// Makes a call one that rehearses, if its phone does, or if it is a test call that a carrier brings back.
pub(super) fn rehearsed(birth: &mut Birth, core: &mut Core) -> Option<Box<Rehearsed>> {
    let Party::Phone(phone) = &birth.caller.leg else { return came_back(birth, core) };
    let rehearsal = core.rehearsals.of(phone, &birth.caller.person, core.now.mono)?;
    if !is_tried(&birth.course) {
        return None;
    }
    let course = &mut birth.course;
    let course = if let Course::Originated(asked) = course { &mut *asked.then } else { course };
    if let Course::Plan(plan) = course
        && matches!(plan.1.entry, Entry::Number(_))
    {
        let shown = birth.caller.present.filter(|_| !birth.caller.is_private);
        let number = rehearsal.from.or(shown);
        birth.caller.facts = number.map_or(Known::Withheld, Known::Number);
        birth.caller.number = number.map_or_else(|| "".into(), |number| number.to_string().into());
        plan.1 = birth.caller.facts(plan.1.entry);
    }
    birth.direction = Direction::Rehearsal;
    Some(Rehearsed::new(rehearsal.ahead, false))
}

fn came_back(birth: &mut Birth, core: &mut Core) -> Option<Box<Rehearsed>> {
    let Course::Plan(plan) = &birth.course else { return None };
    let Entry::Number(number) = plan.1.entry else { return None };
    let caller = plan.1.caller;
    let is_ours = matches!(caller, Known::Number(caller) if core.site.number(caller).is_some());
    let number = birth.site[number].e164;
    if !core.probes.comes_back(number, caller, is_ours, core.now.mono) {
        return None;
    }
    birth.direction = Direction::Rehearsal;
    Some(Rehearsed::new(Ahead::default(), true))
}

/// Whether a rehearsal changes what becomes of it.
fn is_tried(course: &Course) -> bool {
    match course {
        Course::Plan(plan) => !matches!(plan.1.entry, Entry::CallBack(_)),
        Course::Dialled(dialled) => !dialled.is_emergency,
        Course::Originated(asked) => is_tried(&asked.then),
        Course::Said(_)
        | Course::Listening(_)
        | Course::Taking(_)
        | Course::Parked(_)
        | Course::Asking
        | Course::Reminder(_)
        | Course::Probing(_) => false,
    }
}

impl Call {
    /// Whether it only tries what would happen.
    pub(super) const fn is_rehearsal(&self) -> bool {
        self.rehearsal.is_some()
    }

    /// Whether a carrier brought it back that we sent out.
    pub(super) fn is_probe(&self) -> bool {
        self.rehearsal.as_ref().is_some_and(|rehearsed| rehearsed.is_probe)
    }

    /// The time that its plans see.
    pub(super) fn clock(&self, core: &Core) -> Now {
        self.rehearsal.as_ref().map_or(core.now, |rehearsed| rehearsed.ahead.now(core.now))
    }

    /// The line in which its caller waits for this queue: of their own, where they rehearse.
    pub(super) fn line_for(&self, queue: QueueId) -> Arc<str> {
        let queue = &self.site[queue].name;
        if self.is_rehearsal() { line_of(queue, self.number) } else { queue.clone() }
    }

    /// How far ahead of the clock the line is in which its caller waits.
    pub(super) fn line_ahead(&self) -> Ahead {
        self.rehearsal.as_ref().map_or_else(Ahead::default, |rehearsed| rehearsed.ahead)
    }

    /// Whether this target is one that nobody calls.
    pub(super) fn is_only_told(&self, target: TargetId) -> bool {
        let told = self.rehearsal.iter().flat_map(|rehearsed| &rehearsed.told);
        told.into_iter().any(|(own, _)| *own == target)
    }

    /// Whether the caller hears of somebody whom nobody calls.
    pub(super) fn is_telling(&self) -> bool {
        self.rehearsal.as_ref().is_some_and(|rehearsed| !rehearsed.told.is_empty())
    }

    /// Somebody outside is to be called: the caller hears whom it would be.
    pub(super) fn would_ring(&mut self, target: TargetId, to: Dial, hands: &mut Hands<'_>) {
        let (detail, value) = match to {
            Dial::Public(number) => (0, number.digits()),
            Dial::Short(digits) | Dial::Help(digits) => (1, digits.parse().unwrap_or(0)),
            Dial::Agent(agent) => (2, agent.0.into()),
        };
        self.note(hands.core, Kind::WouldRing, detail, target.0, value);
        let words = match to {
            // Who may not learn of a number when it is called does not learn of it here.
            _ if self.is_masked_outside() => [Phrase::SOME_NUMBER].into_iter().collect(),
            Dial::Public(number) => digits(&number.to_string()),
            Dial::Short(to) | Dial::Help(to) => digits(&to),
            Dial::Agent(_) => [Phrase::AGENT].into_iter().collect(),
        };
        if let Some(rehearsed) = &mut self.rehearsal {
            rehearsed.told.push((target, words));
        }
        self.tell_who_would_ring(hands);
    }

    /// Nobody would ring there any longer.
    pub(super) fn would_ring_no_more(&mut self, target: TargetId, hands: &mut Hands<'_>) {
        let Some(rehearsed) = self.rehearsal.as_mut().filter(|it| !it.told.is_empty()) else { return };
        rehearsed.told.retain(|(own, _)| *own != target);
        self.tell_who_would_ring(hands);
    }

    /// Nobody is told of any more: the course of the call is another, or over.
    pub(super) fn would_ring_nobody(&mut self) {
        if let Some(rehearsed) = &mut self.rehearsal {
            rehearsed.told.clear();
        }
    }

    /// Lets the caller hear it over and over, in place of a tone; before the answer, if their phone plays that.
    fn tell_who_would_ring(&mut self, hands: &mut Hands<'_>) {
        let Some(rehearsed) = &self.rehearsal else { return };
        if rehearsed.told.is_empty() {
            return self.voice.stop_play(hands.core);
        }
        let told = rehearsed
            .told
            .iter()
            .flat_map(|(_, words)| [Phrase::WOULD_RING].into_iter().chain(words.clone()));
        let sounds = &hands.core.sounds.words;
        let waves: Arc<[_]> = told.filter_map(|word| sounds.get(word.name()).cloned()).collect();
        if !self.is_answered() && !self.sounds_early(hands) {
            return self.tell_ringing(None, false, hands);
        }
        self.voice.announce(self.id, waves, self.a, hands);
    }
}

/// Digits, one after the other.
fn digits(text: &str) -> Words {
    text.chars().filter(|key| *key != '+').map(Phrase::key).collect()
}
