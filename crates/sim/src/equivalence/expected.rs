//! What parties will do and be told, by `explain`.
//!
//! `explain` speaks of the switch; what a party's own doing makes of it when both cross on the wire is
//! worked out here (DESIGN §4): a CANCEL waits for the first provisional response, and whoever answered or
//! refused before the CANCEL came has done so.

use std::{sync::Arc, time::Duration};

use callplan::{
    Prompt, Sentence, Site,
    explain::{Explanation, Finish, RingEnd, Rung, Seen},
    step::{End, Outcome, StopWhy, Target},
};

use super::{
    call::{Call, Habit},
    office::Office,
    outside::{Attempt, Course},
    timeline::{Event, What, sorted},
};
use crate::agent::Deed;

/// When a phone that says nothing sends 100 by itself (RFC 3261 §17.2.1).
const TRYING: Duration = Duration::from_millis(200);

/// How long each of the simulator's words lasts, in milliseconds.
const WORD_MS: u128 = 500;

/// What is expected of one call.
pub(super) struct Expected<'a> {
    pub(super) office: &'a Office,
    pub(super) call: &'a Call,
    /// How long a message is on its way.
    pub(super) way: Duration,
    pub(super) course: &'a Course,
    /// When the caller's CANCEL came in vain, its BYE being what `explain` was asked about.
    pub(super) cancelled_in_vain: Option<Duration>,
}

impl Expected<'_> {
    pub(super) fn timeline(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for rung in &self.course.explanation.rung {
            let (Target::Phone(phone), Some(span)) = (rung.who, Span::of(rung)) else { continue };
            for device in self.office.devices(phone.index()) {
                self.called(device, span, &mut events);
            }
        }
        for (rung, attempts) in self.course.tried() {
            self.sent_on(attempts, rung, &mut events);
        }
        let told = self.course.explanation.told.iter();
        events.extend(told.map(|(at, _)| self.event(*at, self.call.agent, What::Hears(WORD_MS))));
        self.asked(&mut events);
        self.heard(&mut events);
        self.ends(&mut events);
        sorted(events)
    }

    /// When the caller is answered, by somebody or by a service.
    pub(super) fn answered(explanation: &Explanation) -> Option<Duration> {
        let is_answer = |seen: Seen| matches!(seen, Seen::Answered | Seen::Bridged(_));
        explanation.timeline.iter().find(|event| is_answer(event.what)).map(|event| event.at)
    }

    fn event(&self, at: Duration, agent: usize, what: What) -> Event {
        Event { at, party: self.call.habits[agent].name.clone(), what }
    }

    /// A number outside is rung by one carrier after another.
    fn sent_on(&self, attempts: &[Attempt], rung: &Rung, events: &mut Vec<Event>) {
        let Some(span) = Span::of(rung) else { return };
        let mut made = attempts.iter().take_while(|attempt| attempt.is_made(rung)).peekable();
        while let Some(attempt) = made.next() {
            let from = span.from + attempt.from;
            let over = attempt.until.map(|until| span.from + until).filter(|until| *until <= span.until);
            let own = match over {
                // Its own end, and another carrier's turn.
                Some(until) if made.peek().is_some() => {
                    Span { from, until, end: RingEnd::Said(Outcome::Unreachable) }
                }
                Some(_) | None => Span { from, ..span },
            };
            self.called(attempt.agent, own, events);
        }
    }

    /// One party is called.
    fn called(&self, agent: usize, span: Span, events: &mut Vec<Event>) {
        let habit = &self.call.habits[agent];
        if habit.is_deaf || habit.is_absent {
            return;
        }
        let Span { from, until, end } = span;
        events.push(self.event(from, agent, What::Rings));
        let own = habit.then.map(|(after, deed)| (from + self.way + after, deed));
        if let Some((at, deed)) = own.filter(|(at, _)| *at + self.way <= until) {
            events.extend(self.does(habit, agent, at + self.way));
            if let (Deed::Answer, RingEnd::Stopped(why)) = (deed, end) {
                // Asked, and it did not come to that.
                let cause = (why == StopWhy::AnsweredElsewhere).then_some(200);
                events.push(self.event(until, agent, What::Dropped(cause)));
            }
            return;
        }
        let why = match end {
            // Another device of the same phone said so.
            RingEnd::Said(Outcome::Answered) => StopWhy::AnsweredElsewhere,
            RingEnd::Said(_) => StopWhy::DeclinedElsewhere,
            RingEnd::Stopped(why) => why,
        };
        // RFC 3261 §9.1.
        let provisional = habit.rings.unwrap_or(TRYING).min(TRYING);
        let cancelled = until.max(from + 2 * self.way + provisional);
        let cause = (why == StopWhy::AnsweredElsewhere).then_some(200);
        match own.filter(|(at, _)| *at <= cancelled + self.way) {
            Some((at, deed)) => {
                let heard = at + self.way;
                events.extend(self.does(habit, agent, heard));
                if deed == Deed::Answer {
                    events.push(self.event(heard, agent, What::Dropped(cause)));
                }
            }
            None => events.push(self.event(cancelled, agent, What::Silenced(cause))),
        }
    }

    fn does(&self, habit: &Habit, agent: usize, at: Duration) -> Option<Event> {
        let (_, deed) = habit.then?;
        let what = match deed {
            Deed::Answer => What::PicksUp,
            Deed::Refuse(status) => What::Refuses(status.code()),
        };
        Some(self.event(at, agent, what))
    }

    /// What those hear who are asked whether they take the call.
    fn asked(&self, events: &mut Vec<Event>) {
        let asked = self.course.asked();
        let hears = |say| What::Hears(lasts(&self.office.site, say));
        events.extend(asked.map(|it| self.event(it.from, it.agent, hears(it.screen.say))));
    }

    /// Prompts and recordings.
    fn heard(&self, events: &mut Vec<Event>) {
        let caller = self.call.agent;
        let mut began = Duration::ZERO;
        for event in &self.course.explanation.timeline {
            let what = match event.what {
                Seen::Played(prompt) => What::Hears(lasts(&self.office.site, prompt)),
                Seen::Said(sentence) => What::Hears(said_for(&self.office.site, sentence)),
                Seen::Recording(_) => {
                    began = event.at;
                    What::Speaks
                }
                Seen::Recorded { mailbox, left } => {
                    let lasted = (event.at - began).as_millis();
                    if left {
                        let mailbox: Arc<str> = self.office.site[mailbox].name.clone();
                        events.push(self.event(began, caller, What::Left(mailbox, lasted)));
                    }
                    What::Spoke(lasted)
                }
                Seen::RangStart(_)
                | Seen::RangStop(..)
                | Seen::Screened(_)
                | Seen::Ringback(_)
                | Seen::Answered
                | Seen::Bridged(_)
                | Seen::Ended(_) => {
                    continue;
                }
            };
            events.push(self.event(event.at, caller, what));
        }
    }

    /// How it ends for the caller, and for whoever picked up.
    fn ends(&self, events: &mut Vec<Event>) {
        let (caller, at) = (self.call.agent, self.course.explanation.lasts);
        let answered = Self::answered(&self.course.explanation);
        let mut tell = |at, agent, what| events.push(self.event(at, agent, what));
        if let Some(answered) = answered {
            tell(answered, caller, What::Answered);
        }
        if let Some(at) = self.cancelled_in_vain {
            tell(at, caller, What::HangsUp);
        }
        match self.course.explanation.end {
            Some(Finish::Bridged(who)) => {
                let Some(callee) = self.agent_of(who, at) else { return };
                match self.call.leaves {
                    Some(leaves) => {
                        tell(leaves, caller, What::HangsUp);
                        tell(leaves, callee, What::Dropped(None));
                    }
                    None => {
                        let over = self.course.picked_up(who).unwrap_or(at) + self.call.talks;
                        tell(over, callee, What::HangsUp);
                        tell(over, caller, What::Dropped(None));
                    }
                }
            }
            Some(Finish::Ended(end)) => {
                let by_caller = self.is_by_caller(end, at);
                // The caller left, not knowing yet that the call had ended.
                let crossed = self.call.leaves.filter(|leaves| !by_caller && *leaves > at);
                let crossed = crossed.filter(|leaves| *leaves < at + 2 * self.way);
                if by_caller {
                    tell(at, caller, What::HangsUp);
                }
                if let Some(leaves) = crossed {
                    tell(leaves, caller, What::HangsUp);
                }
                match (answered, by_caller) {
                    (None, true) => tell(at, caller, What::Fails(487)),
                    (None, false) => tell(at, caller, What::Fails(end.status().unwrap_or(500))),
                    (Some(_), false) if crossed.is_none() => tell(at, caller, What::Dropped(None)),
                    (Some(_), _) => {}
                }
            }
            None => {}
        }
    }

    /// Whether it is the caller who hung up last.
    fn is_by_caller(&self, end: End, at: Duration) -> bool {
        let says_goodbye = |event: &callplan::explain::TimelineEvent| {
            event.what == Seen::Played(Prompt::Shipped(callplan::Shipped::Goodbye))
        };
        match end {
            End::Left => true,
            End::Voicemail { .. } => {
                !self.course.explanation.timeline.iter().any(says_goodbye) || self.call.leaves == Some(at)
            }
            End::Rejected(_) | End::HungUp | End::WentHome(_) | End::Failed(_) => false,
        }
    }

    /// The party behind a target that picked up.
    fn agent_of(&self, who: Target, at: Duration) -> Option<usize> {
        match who {
            Target::Phone(phone) => {
                let rung = self.course.explanation.rung.iter().rfind(|rung| rung.who == who)?;
                let is_it = |device: &usize| {
                    let own = self.call.habits[*device].behaviour(self.way).says;
                    own.is_some_and(|(after, outcome)| {
                        outcome == Outcome::Answered && rung.from + after == at
                    })
                };
                self.office.devices(phone.index()).find(is_it)
            }
            // The office of these calls has no agents.
            Target::Agent(_) => None,
            Target::Number { .. } => self.course.answers(who).map(|(_, agent)| agent),
        }
    }
}

/// The ringing of one party.
#[derive(Clone, Copy)]
struct Span {
    from: Duration,
    until: Duration,
    end: RingEnd,
}

impl Span {
    fn of(rung: &Rung) -> Option<Self> {
        Some(Self { from: rung.from, until: rung.until, end: rung.end? })
    }
}

/// How long a prompt lasts, by the name of its file or as it is shipped.
fn lasts(site: &Site, prompt: Prompt) -> u128 {
    match prompt {
        Prompt::File(file) => {
            let name = site[file].file.strip_prefix("prompts/").and_then(|name| name.strip_suffix(".wav"));
            name.and_then(|name| name.parse().ok()).expect("files here are named for their length")
        }
        Prompt::Shipped(shipped) => shipped.lasts().as_millis(),
        Prompt::Hours(_) => 0,
    }
}

/// How long a sentence lasts, phrase by phrase.
fn said_for(site: &Site, sentence: Sentence) -> u128 {
    let waves = sentence.phrases().iter().filter_map(|phrase| site[*phrase].bytes.clone());
    let lengths = waves.filter_map(|wave| crate::studio::length(&media::control::Source::Wave(wave)));
    lengths.map(|length| length.as_millis()).sum()
}
