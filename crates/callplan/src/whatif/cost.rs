//! What calls of before cost by a site's deck, and what they would have cost.
//!
//! Both are reckoned from what the plan did, so that only what differs is a difference: what a carrier billed for a
//! call that was handed on later stands in its record. How long somebody would have talked who never did nobody knows:
//! that is a range, from nothing to the longest talk of the calls that are looked at.

use std::time::Duration;

use super::Span;
use crate::{
    Site,
    explain::{self, Course, Explanation, Out, Question},
    journal::{Recorded, Replayed},
    money::Amount,
    step::{Action, Event, Target, TargetId},
};

/// How long people talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// How long the call lasted, from its arrival to its end.
    pub lasted: Duration,
    /// How long whoever never talked may have talked.
    pub longest: Duration,
}

/// What a call costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    /// At least.
    pub least: Amount,
    /// At most, of what has a price.
    pub most: Amount,
    /// Whether it may cost more: a leg has no price, or nobody knows how it went on.
    pub is_open: bool,
}

impl Spent {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            least: self.least.plus(other.least),
            most: self.most.plus(other.most),
            is_open: self.is_open || other.is_open,
        }
    }

    /// One of these, nobody knows which.
    pub(super) fn one_of(many: impl Iterator<Item = Self>) -> Self {
        let either = |all: Self, it: Self| Self {
            least: all.least.min(it.least),
            most: all.most.max(it.most),
            is_open: all.is_open || it.is_open,
        };
        many.reduce(either).unwrap_or_default()
    }

    fn of(site: &Site, course: &Course, talk: Span<Duration>) -> Self {
        let [least, most] = [talk.least, talk.most].map(|talk| course.cost(site, talk));
        let total = |cost: Option<&explain::Cost>| cost.map_or(Amount::ZERO, |cost| cost.total);
        let is_open = most.as_ref().is_some_and(explain::Cost::is_open);
        Self { least: total(least.as_ref()), most: total(most.as_ref()), is_open }
    }
}

/// What an explained call costs.
pub(super) fn explained(
    site: &Site,
    question: &Question,
    explained: &Explanation,
    talk: Span<Duration>,
) -> Spent {
    Spent::of(site, &explain::course(site, question, explained), talk)
}

/// What a call costs that was decided again, and how long somebody talked in it.
pub(super) fn replayed(
    site: &Site,
    recorded: &Recorded,
    replayed: &[Replayed],
    lasted: Duration,
) -> (Spent, Option<Duration>) {
    let Some(first) = recorded.courses.first() else { return (Spent::default(), None) };
    let moments: Vec<_> = replayed.iter().filter(|it| it.course == 0).collect();
    let Some(began) = moments.first().map(|moment| moment.now) else { return (Spent::default(), None) };
    let mut course = Course {
        caller: first.facts.caller,
        entry: first.facts.entry,
        on: site.day(began.wall),
        answered: None,
        over: Duration::ZERO,
        talks: false,
        out: Vec::new(),
    };
    let mut targets: Vec<TargetId> = Vec::new();
    for moment in moments {
        let at = moment.now.mono.since(began.mono);
        course.over = at;
        hang_up(&mut course, &targets, moment.event, at);
        for action in &moment.steps.actions {
            if let Action::Start { target, who: Target::Number { to, rule, by }, .. } = *action {
                targets.push(target);
                course.out.push(Out { to, rule, by, picked_up: None, is_taken: false });
            } else if let Action::Answer = *action {
                course.answered = course.answered.or(Some(at));
            } else if let Action::Screen { target, .. } = *action {
                pick_up(&mut course, &targets, target, at);
            } else if let Action::Stop { target, .. } = *action {
                put_down(&mut course, &targets, target, at);
            } else if let Action::Bridge { target } = *action {
                course.answered = course.answered.or(Some(at));
                course.talks = true;
                pick_up(&mut course, &targets, target, at);
                put_down(&mut course, &targets, target, at);
                out_of(&mut course, &targets, target).into_iter().for_each(|out| out.is_taken = true);
            }
        }
    }
    let over = course.over;
    course.out.iter_mut().filter_map(|out| out.picked_up.as_mut()).for_each(|(since, until)| {
        *until = if *until == Duration::MAX { over.max(*since) } else { *until };
    });
    let talk = lasted.saturating_sub(over);
    let spent = Spent::of(site, &course, Span { least: talk, most: talk });
    (spent, course.talks.then_some(talk))
}

fn out_of<'c>(course: &'c mut Course, targets: &[TargetId], target: TargetId) -> Option<&'c mut Out> {
    let at = targets.iter().position(|own| *own == target)?;
    course.out.get_mut(at)
}

/// Somebody picked up; until when is not known yet.
fn pick_up(course: &mut Course, targets: &[TargetId], target: TargetId, at: Duration) {
    if let Some(out) = out_of(course, targets, target) {
        out.picked_up = out.picked_up.or(Some((at, Duration::MAX)));
    }
}

/// What was picked up is over.
fn put_down(course: &mut Course, targets: &[TargetId], target: TargetId, at: Duration) {
    if let Some((_, until)) = out_of(course, targets, target).and_then(|out| out.picked_up.as_mut()) {
        *until = (*until).min(at);
    }
}

/// Whoever was asked hung up.
fn hang_up(course: &mut Course, targets: &[TargetId], event: Event, at: Duration) {
    if let Event::Declined(target) | Event::Unreachable(target) | Event::Busy(target) = event {
        put_down(course, targets, target, at);
    }
}
