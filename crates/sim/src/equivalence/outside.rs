//! What comes of numbers outside, which carriers are tried for in turn (RELIABILITY F7).
//!
//! A carrier that was silent comes after the others of its rule for a minute, within the same call and beyond;
//! `explain` knows numbers and no carriers. So it is asked again and again, each time with one number more that
//! does what its carriers will do at the time when it is called, until no call to a number is left.

use std::time::Duration;

use callplan::{
    Act, E164, QueueId, Screen,
    explain::{Behaviour, Explanation, Given, Party, Question, Rung, Seen, explain},
    resolve,
    step::{Outcome, ReasonKind, Target},
};
use clock::Instant;
use sip::Status;

use super::{call::Call, office::Office};
use crate::agent::Deed;

/// How long a carrier may say nothing before the next one is tried.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long one that said nothing is tried last.
const AVOIDED: Duration = Duration::from_secs(60);

/// One try to reach a number outside, counted from when the number is called.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) agent: usize,
    pub(super) from: Duration,
    /// When it is over by the carrier's own doing.
    pub(super) until: Option<Duration>,
    /// An earlier carrier of the rule was silent of late and waits.
    pub(super) passes_silent: bool,
}

/// A carrier was called and said nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    agent: usize,
    /// When it was called.
    asked: Instant,
}

/// Somebody outside picked up and is asked whether they take the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) agent: usize,
    pub(super) from: Duration,
    pub(super) until: Duration,
    pub(super) screen: Screen,
}

/// What is explained of a call, and the carriers tried for the numbers that it goes to.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) explanation: Explanation,
    /// In the order in which numbers are called.
    tries: Vec<Vec<Attempt>>,
    /// Old and new.
    pub(super) silences: Vec<Silence>,
}

impl Course {
    /// What comes of a call that reaches the switch at `zero`.
    pub(super) fn of(
        call: &Call,
        question: &Question,
        (office, way): (&Office, Duration),
        (zero, silences): (Instant, &[Silence]),
    ) -> Self {
        let mut question = question.clone();
        let mut course = Self {
            explanation: explain(&office.site, &question),
            tries: Vec::new(),
            silences: silences.to_vec(),
        };
        while let Some((to, since)) = course.untold() {
            let (attempts, behaviour) =
                Lookout { call, office, way, silences: &course.silences }.tries(to, zero + since);
            question.given.push(Given { since, ..Given::new(Party::Number(to), behaviour) });
            course.explanation = explain(&office.site, &question);
            course.note_silences(call, zero, &attempts);
            course.tries.push(attempts);
        }
        course
    }

    /// Each number that is called, and its tries.
    pub(super) fn tried(&self) -> impl Iterator<Item = (&Rung, &[Attempt])> {
        self.numbers().map(|(_, rung)| rung).zip(self.tries.iter().map(Vec::as_slice))
    }

    fn numbers(&self) -> impl Iterator<Item = (E164, &Rung)> {
        self.explanation.rung.iter().filter_map(|rung| match rung.who {
            Target::Number { to, .. } => Some((to, rung)),
            Target::Phone(_) | Target::Agent(_) => None,
        })
    }

    /// The line in which the call begins at once, if whoever leaves that rings nobody.
    pub(super) fn line_at_once(&self, office: &Office) -> Option<QueueId> {
        let visited = self.explanation.visited.iter();
        let first = visited.take_while(|visit| visit.at.is_zero()).filter(|visit| visit.taken);
        let line = |act: &Act| if let Act::Queue(queue) = act { Some(*queue) } else { None };
        let lines = first.filter_map(|visit| line(&office.site[visit.node].act));
        lines.filter(|queue| *queue == QueueId::from(0)).last()
    }

    /// When the carrier picked up that was last tried for a number, and which that is.
    pub(super) fn answers(&self, who: Target) -> Option<(Duration, usize)> {
        let (rung, attempts) = self.tried().filter(|(rung, _)| rung.who == who).last()?;
        let last = attempts.iter().rfind(|attempt| attempt.is_made(rung))?;
        Some((rung.from + last.until?, last.agent))
    }

    /// When somebody outside picked up who talks now; those inside talk as soon as they pick up.
    pub(super) fn picked_up(&self, who: Target) -> Option<Duration> {
        if let Target::Number { .. } = who { self.answers(who).map(|(at, _)| at) } else { None }
    }

    /// Who is asked whether they take the call, when, and how.
    pub(super) fn asked(&self) -> impl Iterator<Item = Asked> {
        let screen = |kind| if let ReasonKind::Screened { screen, .. } = kind { Some(screen) } else { None };
        let screens = self.explanation.decisions.iter().filter_map(move |reason| screen(reason.kind));
        let asked = |what| if let Seen::Screened(who) = what { Some(who) } else { None };
        let seen = self.explanation.timeline.iter();
        let seen = seen.filter_map(move |event| Some((event.at, asked(event.what)?)));
        seen.zip(screens).filter_map(|((from, who), screen)| {
            let is_it =
                |(rung, _): &(&Rung, &[Attempt])| rung.who == who && (rung.from..=rung.until).contains(&from);
            let (rung, attempts) = self.tried().find(is_it)?;
            let picked_up = |it: &&Attempt| it.until.is_some_and(|until| rung.from + until == from);
            let agent = attempts.iter().find(picked_up)?.agent;
            Some(Asked { agent, from, until: rung.until, screen })
        })
    }

    /// The first number called of which nothing is known yet, and when.
    fn untold(&self) -> Option<(E164, Duration)> {
        self.numbers().nth(self.tries.len()).map(|(to, rung)| (to, rung.from))
    }

    /// The first number of which nothing was known is tried like this.
    fn note_silences(&mut self, call: &Call, zero: Instant, attempts: &[Attempt]) {
        let Some((_, rung)) = self.numbers().nth(self.tries.len()) else { return };
        let made = attempts.iter().filter(|attempt| attempt.is_made(rung));
        let silent = made.filter(|attempt| call.habits[attempt.agent].is_deaf);
        let silent = silent.map(|it| Silence { agent: it.agent, asked: zero + rung.from + it.from });
        self.silences.extend(silent.collect::<Vec<_>>());
    }
}

impl Attempt {
    /// Whether it comes to this one while the number is called.
    pub(super) fn is_made(&self, rung: &Rung) -> bool {
        self.from.is_zero() || rung.from + self.from <= rung.until
    }
}

/// How carriers stand while a call lasts.
struct Lookout<'a> {
    call: &'a Call,
    office: &'a Office,
    way: Duration,
    silences: &'a [Silence],
}

impl Lookout<'_> {
    /// The tries to reach a number outside that is called at `zero`, and what they come to together: the trunks of
    /// its dial rule one after another, those that were silent last, those without a free channel left out.
    fn tries(&self, number: E164, zero: Instant) -> (Vec<Attempt>, Behaviour) {
        let site = &self.office.site;
        let mut attempts = Vec::new();
        let mut behaviour = Behaviour { rings: None, ..Behaviour::NO_ANSWER };
        let mut from = Duration::ZERO;
        let Some(rule) = resolve::route(site, number) else { return (attempts, Behaviour::ABSENT) };
        let is_free =
            |trunk: &callplan::TrunkId| u16::from(self.call.trunk == Some(*trunk)) < site[*trunk].channels;
        let mut left: Vec<usize> = site[rule]
            .trunks
            .iter()
            .filter(|it| is_free(it))
            .map(|it| site.phones.len() + it.index())
            .collect();
        while let Some((agent, passes_silent)) = self.next(&mut left, zero + from) {
            let habit = &self.call.habits[agent];
            if habit.is_deaf {
                attempts.push(Attempt { agent, from, until: Some(from + PATIENCE), passes_silent });
                from += PATIENCE;
                behaviour.says = Some((from, Outcome::Unreachable));
                continue;
            }
            let own = habit.behaviour(self.way);
            let until = own.says.map(|(after, _)| from + after);
            attempts.push(Attempt { agent, from, until, passes_silent });
            behaviour.rings = behaviour.rings.or(own
                .rings
                .map(|after| from + after)
                .filter(|rings| until.is_none_or(|until| *rings < until)));
            behaviour.says = own.says.map(|(after, outcome)| (from + after, outcome));
            behaviour.presses = own.presses;
            match (habit.then, until) {
                (Some((_, Deed::Refuse(status))), Some(until)) if is_failed_over(status) => from = until,
                _ => return (attempts, behaviour),
            }
        }
        if attempts.is_empty() { (attempts, Behaviour::ABSENT) } else { (attempts, behaviour) }
    }

    /// Takes out the carrier to try now, and says whether it is another's turn by the rule.
    fn next(&self, left: &mut Vec<usize>, now: Instant) -> Option<(usize, bool)> {
        let is_avoided = |agent: usize| {
            let holds = |it: &Silence| (it.asked + PATIENCE..it.asked + PATIENCE + AVOIDED).contains(&now);
            self.silences.iter().any(|it| it.agent == agent && holds(it))
        };
        let first = (0..left.len()).min_by_key(|index| is_avoided(left[*index]))?;
        Some((left.remove(first), first > 0))
    }
}

/// Statuses that speak of the carrier rather than of the callee, by default.
fn is_failed_over(status: Status) -> bool {
    matches!(status.code(), 408 | 500 | 502 | 503 | 504)
}
