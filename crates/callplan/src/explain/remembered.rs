//! A call of before as a question: what was assumed is what was so.
//!
//! From the journal of a call every decision is made again as it was ([`journal::replay`]); a question is more than
//! that, for it can be asked of another site, where other people ring and nobody knows by a journal what they would have
//! done. What a question has no words for is said in [`Remembered::odd`], so that nobody takes it for the whole.

use std::{collections::BTreeMap, time::Duration};

use clock::Instant;

use super::{Behaviour, Given, Party, Press, Question, Reply};
use crate::{
    Attest, PersonState, PhoneId, Prompt, Screen, Site, Tally,
    journal::{self, Course, Heard, Moment, Recorded, Replayed},
    step::{Action, Event, Outcome, Target, TargetId, TimerId},
};

/// By how much both clocks have to disagree until one was set: they are read one after the other, and the civil one is
/// slewed all the time. No condition asks for less than a minute.
const SET_US: u64 = 1_000_000;

/// A call of before, as it can be asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// The question, for the site as it was ([`Recorded::site`]).
    pub question: Question,
    /// What it leaves out.
    pub odd: Vec<Odd>,
}

/// Something that a question can't say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Odd {
    /// The switch answered the same thing in two ways while the call lasted.
    #[error("what people said or did, or which hours were held, changed while the call lasted")]
    Changed,
    /// Hours run by a clock that was set.
    #[error("the clock was set while the call lasted")]
    ClockSet,
    /// A phone was lent.
    #[error("somebody was signed in at a phone that is not theirs")]
    Lent,
    /// The journal is not whole.
    #[error("the call went on for longer than its journal is kept")]
    Cut,
    /// It was told while it waited for that.
    #[error("a fact about the caller came late")]
    ToldLate,
}

/// What a target has done by now.
struct Rung {
    target: TargetId,
    who: Target,
    at: Duration,
    picked_up: Option<Duration>,
    screen: Option<Screen>,
    /// Its place among what is given.
    given: usize,
}

struct Memory<'a> {
    course: &'a Course,
    began: Instant,
    question: Question,
    odd: Vec<Odd>,
    rung: Vec<Rung>,
    /// Contacts of phones as they were asked for last.
    contacts: BTreeMap<PhoneId, u8>,
    /// What the switch answered first.
    said: Vec<Heard>,
    /// What plays, and since when.
    playing: Option<(Prompt, Duration)>,
    /// Since when the caller is recorded.
    recording: Option<Duration>,
}

/// One course of a call as a question about the site as it was; `None` if it has no such course.
pub fn remembered(site: &Site, recorded: &Recorded, number: usize) -> Option<Remembered> {
    let course = recorded.courses.get(number)?;
    let first = course.moments.first()?;
    let mut question = Question::new(course.facts.caller, course.facts.entry, first.now.wall);
    question.chance = course.facts.chance;
    let mut memory = Memory {
        course,
        began: first.now.mono,
        question,
        odd: Vec::new(),
        rung: Vec::new(),
        contacts: BTreeMap::new(),
        said: Vec::new(),
        playing: None,
        recording: None,
    };
    memory.tell();
    let replayed = journal::replay(site, recorded);
    let replayed = replayed.iter().filter(|it| it.course == number);
    for (moment, replayed) in course.moments.iter().zip(replayed) {
        memory.comes(moment, replayed);
    }
    if !recorded.desks.is_empty() {
        memory.odd.push(Odd::Lent);
    }
    if recorded.is_cut {
        memory.odd.push(Odd::Cut);
    }
    memory.odd.sort_unstable();
    memory.odd.dedup();
    Some(Remembered { question: memory.question, odd: memory.odd })
}

impl Memory<'_> {
    /// What was told of the caller, in the end.
    fn tell(&mut self) {
        let Some(last) = self.course.moments.last() else { return };
        let told = last.told;
        self.question.told = journal::tellings(&told);
        self.question.attest = told.attest().unwrap_or(Attest::None);
    }

    fn comes(&mut self, moment: &Moment, replayed: &Replayed) {
        let now = moment.now.mono.since(self.began);
        let first = self.course.moments.first().map_or(moment.now, |first| first.now);
        let expected = first.after(now).wall.unix_micros();
        if expected.abs_diff(moment.now.wall.unix_micros()) >= SET_US {
            self.odd.push(Odd::ClockSet);
        }
        moment.heard.iter().for_each(|heard| self.heard(*heard, now));
        self.happens(moment.event, now);
        replayed.steps.actions.iter().for_each(|action| self.acts(*action, now));
    }

    fn heard(&mut self, heard: Heard, now: Duration) {
        if let Heard::Contacts(phone, contacts) = heard {
            let before = self.contacts.insert(phone, contacts);
            // Whoever is back is given what they do once they ring.
            if contacts == 0 && before != Some(0) {
                let since = if before.is_none() { Duration::ZERO } else { now };
                let party = Party::Phone(phone);
                self.question.given.push(Given { party, behaviour: Behaviour::ABSENT, since });
            }
            return;
        }
        match self.said.iter().find(|own| is_of_same(**own, heard)) {
            Some(own) if *own == heard => {}
            // The turn of a group moves by what the call itself does.
            Some(Heard::Pointer(..)) => {}
            Some(_) => self.odd.push(Odd::Changed),
            None => {
                self.said.push(heard);
                self.assume(heard);
            }
        }
    }

    fn assume(&mut self, heard: Heard) {
        let question = &mut self.question;
        match heard {
            Heard::Contacts(..) => {}
            Heard::Calls(person, calls) if calls > 0 => question.calls.push((person, calls)),
            Heard::State(person, state) if state != PersonState::default() => {
                question.states.push((person, state));
            }
            Heard::Tally(person, tally) if tally != Tally::default() => {
                question.tallies.push((person, tally));
            }
            Heard::Pointer(group, at) if at > 0 => question.pointers.push((group, at)),
            Heard::Held(hours, Some(held)) => {
                question.held.push((hours, held.is_open));
                question.ends.extend(held.until.map(|until| (hours, until)));
            }
            Heard::Blocked(person, number, true) => question.blocked.push((person, number)),
            Heard::Listed(list, number, true) => question.listed.push((list, number)),
            Heard::Calls(..)
            | Heard::State(..)
            | Heard::Tally(..)
            | Heard::Pointer(..)
            | Heard::Held(..)
            | Heard::Blocked(..)
            | Heard::Listed(..) => {}
        }
    }

    fn happens(&mut self, event: Event, now: Duration) {
        let target = event.target().and_then(|target| self.rung.iter_mut().find(|it| it.target == target));
        let outcome = match event {
            Event::Answered(_) => Some(Outcome::Answered),
            Event::Busy(_) => Some(Outcome::Busy),
            Event::Declined(_) => Some(Outcome::Declined),
            Event::Unreachable(_) => Some(Outcome::Unreachable),
            Event::Enter
            | Event::Ringing(_)
            | Event::SentOn { .. }
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(_)
            | Event::CallerLeft => None,
        };
        if let Some(rung) = target {
            let behaviour = &mut self.question.given[rung.given].behaviour;
            match (event, outcome) {
                (Event::Ringing(_), _) => {
                    behaviour.rings = behaviour.rings.or(Some(now - rung.at));
                }
                (Event::SentOn { to, .. }, _) => {
                    let party = party_of(rung.who);
                    self.question.sends.push((party, now - rung.at, to));
                }
                (Event::KeyOf { key, .. }, _) => {
                    let reply = match rung.screen {
                        Some(screen) if key == screen.accept => Reply::Accept,
                        Some(screen) if key == screen.decline => Reply::Decline,
                        Some(_) | None => Reply::Other,
                    };
                    let since = rung.picked_up.unwrap_or(rung.at);
                    behaviour.presses = behaviour.presses.or(Some((now - since, reply)));
                }
                (_, Some(outcome)) if behaviour.says.is_none() => {
                    behaviour.says = Some((now - rung.at, outcome));
                    // Nobody asks a phone of ours, and whoever picks one up would take the call.
                    if let (Target::Phone(_), Outcome::Answered) = (rung.who, outcome) {
                        behaviour.presses = Behaviour::answers(now).presses;
                    }
                    rung.picked_up = (outcome == Outcome::Answered).then_some(now);
                }
                _ => {}
            }
            return;
        }
        match event {
            Event::Key(key) => self.question.press.push(Press::At(now, key)),
            Event::PlayDone => {
                if let Some((prompt, since)) = self.playing.take() {
                    self.question.lengths.retain(|(own, _)| *own != prompt);
                    self.question.lengths.push((prompt, now - since));
                }
            }
            Event::RecordDone { .. } => {
                if let Some(since) = self.recording.take() {
                    // Nobody hung up: a key, silence or the limit ended it, and all of these do so at once.
                    self.question.press.push(Press::At(now, '#'));
                    self.question.speaks = now - since + AFTERWARDS;
                }
            }
            Event::CallerLeft => match self.recording.take() {
                Some(since) => self.question.speaks = now - since,
                None => self.question.leaves = Some(now),
            },
            Event::Told(_) if now > Duration::ZERO && self.waits_for_facts(now) => {
                self.odd.push(Odd::ToldLate);
            }
            Event::Line(word) => self.question.line.push((now, word)),
            Event::Enter
            | Event::Told(_)
            | Event::TimerFired(_)
            | Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::SentOn { .. }
            | Event::KeyOf { .. } => {}
        }
    }

    /// Whether the budget for outside facts was used up before.
    fn waits_for_facts(&self, now: Duration) -> bool {
        let fired = |moment: &&Moment| moment.event == Event::TimerFired(TimerId::Fact);
        self.course.moments.iter().filter(fired).any(|moment| moment.now.mono.since(self.began) <= now)
    }

    fn acts(&mut self, action: Action, now: Duration) {
        match action {
            Action::Start { target, who, .. } => {
                let contacts = match who {
                    Target::Phone(phone) => self.contacts.get(&phone).copied().unwrap_or(1).max(1),
                    Target::Number { .. } | Target::Agent(_) => 1,
                };
                let party = party_of(who);
                let is_first = self.question.given.iter().all(|given| given.party != party);
                let behaviour = Behaviour { contacts, rings: None, says: None, presses: None };
                let since = if is_first { Duration::ZERO } else { now };
                self.rung.push(Rung {
                    target,
                    who,
                    at: now,
                    picked_up: None,
                    screen: None,
                    given: self.question.given.len(),
                });
                self.question.given.push(Given { party, behaviour, since });
            }
            Action::Screen { target, screen } => {
                if let Some(rung) = self.rung.iter_mut().find(|it| it.target == target) {
                    rung.screen = Some(screen);
                }
            }
            Action::Play { prompt } => self.playing = Some((prompt, now)),
            Action::StopPlay | Action::Music(_) | Action::Tell(_) | Action::Say(_) => self.playing = None,
            Action::Record { .. } => self.recording = Some(now),
            Action::Stop { .. }
            | Action::Timer { .. }
            | Action::ClearTimer(_)
            | Action::Ask(_)
            | Action::Answer
            | Action::Line { .. }
            | Action::Collect { .. }
            | Action::Ringback(_)
            | Action::StopRecord
            | Action::Advance { .. }
            | Action::Bridge { .. }
            | Action::End(_) => {}
        }
    }
}

/// How long somebody would have gone on who ended a message by a key.
const AFTERWARDS: Duration = Duration::from_secs(1);

const fn party_of(who: Target) -> Party {
    match who {
        Target::Phone(phone) => Party::Phone(phone),
        Target::Number { to, .. } => Party::Number(to),
        Target::Agent(agent) => Party::Agent(agent),
    }
}

/// Whether two answers are to one question.
fn is_of_same(one: Heard, other: Heard) -> bool {
    match (one, other) {
        (Heard::Contacts(a, _), Heard::Contacts(b, _)) => a == b,
        (Heard::Calls(a, _), Heard::Calls(b, _))
        | (Heard::State(a, _), Heard::State(b, _))
        | (Heard::Tally(a, _), Heard::Tally(b, _)) => a == b,
        (Heard::Blocked(a, number, _), Heard::Blocked(b, of, _)) => (a, number) == (b, of),
        (Heard::Listed(a, number, _), Heard::Listed(b, of, _)) => (a, number) == (b, of),
        (Heard::Held(a, _), Heard::Held(b, _)) => a == b,
        (Heard::Pointer(a, _), Heard::Pointer(b, _)) => a == b,
        (
            Heard::Contacts(..)
            | Heard::Calls(..)
            | Heard::State(..)
            | Heard::Blocked(..)
            | Heard::Listed(..)
            | Heard::Held(..)
            | Heard::Pointer(..)
            | Heard::Tally(..),
            _,
        ) => false,
    }
}
