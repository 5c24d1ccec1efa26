//! The walk: a call, then the same with another choice at each step it comes to for the first time.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::ControlFlow,
    time::Duration,
};

use clock::Wall;

use super::{
    Choice, Horizon, Kind, Seed, WAYS_MAX, assume, callers, choice, moments, reads, seeds, tree::Edges,
};
use crate::{
    Act, HoursId, NodeId, Site,
    explain::{Explanation, Given, Press, Question, Visit, explain},
    step::Entry,
};

/// How long a caller has waited in a line when its hours change.
const WAITED: Duration = Duration::from_secs(1);

/// What is open after a change of the hours.
type Open = Vec<(HoursId, bool)>;

/// A way that a call can go.
#[derive(Clone, Copy, Debug)]
pub struct Way<'w> {
    /// The call, and what is assumed.
    pub question: &'w Question,
    /// How it goes.
    pub course: &'w Explanation,
}

/// How far a walk came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Ways that were looked at.
    pub ways: usize,
    /// Whether these are all there are.
    pub is_whole: bool,
}

/// A walk under way.
pub struct Walk<'s> {
    site: &'s Site,
    ahead: VecDeque<Job>,
    /// Steps that were come to, by whom and when.
    seen: BTreeSet<(NodeId, Kind, bool)>,
    /// Conditions that were come to, and lines that were waited in, while the hours changed.
    turned: BTreeSet<((NodeId, bool), Kind, Open)>,
    /// Whether the time of day is asked behind a node.
    timed: BTreeMap<NodeId, bool>,
    ways_max: usize,
    /// What was said of somebody beforehand, and holds throughout.
    said: Vec<Given>,
    pub(super) edges: Edges,
}

/// A way to be looked at.
struct Job {
    question: Question,
    kind: Kind,
    turns: Vec<moments::Turn>,
    /// Whether the hours change meanwhile.
    is_turned: bool,
    /// Steps that wait whose end is chosen already.
    decided: usize,
    /// What was chosen last.
    last: Option<Choice>,
}

impl<'s> Walk<'s> {
    /// Every way of every call to `entries`, at any time within `horizon`, by anybody.
    pub fn of(site: &'s Site, entries: &[Entry], horizon: Horizon) -> Self {
        let mut moments = moments::Known::default();
        let seeds = entries.iter().flat_map(|entry| seeds(site, *entry, horizon, &mut moments));
        // The walk ends before it comes to more.
        Self::from(site, seeds.take(WAYS_MAX + 1).collect())
    }

    /// Every way of one call, whose caller and time are said.
    pub fn of_call(site: &'s Site, question: Question) -> Self {
        let kind = Kind { hours: Vec::new(), caller: callers::Kind::default() };
        let said = question.given.clone();
        Self { said, ..Self::from(site, vec![Seed { question, kind, turns: Vec::new() }]) }
    }

    /// At most so many ways.
    #[must_use]
    pub const fn at_most(mut self, ways: usize) -> Self {
        self.ways_max = ways;
        self
    }

    fn from(site: &'s Site, seeds: Vec<Seed>) -> Self {
        let job = |Seed { question, kind, turns }| Job {
            question,
            kind,
            turns,
            is_turned: false,
            decided: 0,
            last: None,
        };
        Self {
            site,
            ahead: seeds.into_iter().map(job).collect(),
            seen: BTreeSet::new(),
            turned: BTreeSet::new(),
            timed: BTreeMap::new(),
            ways_max: WAYS_MAX,
            said: Vec::new(),
            edges: Edges::default(),
        }
    }

    /// Looks at one after the other, those with the fewest assumptions first, until `each` has seen enough.
    pub fn run(&mut self, mut each: impl FnMut(Way<'_>) -> ControlFlow<()>) -> Walked {
        let mut ways = 0;
        while let Some(job) = self.ahead.pop_front() {
            if ways == self.ways_max {
                return Walked { ways, is_whole: false };
            }
            ways += 1;
            let course = explain(self.site, &job.question);
            if each(Way { question: &job.question, course: &course }).is_break() {
                return Walked { ways, is_whole: false };
            }
            self.go_on(&job, &course);
        }
        Walked { ways, is_whole: true }
    }

    /// What may become of the call besides.
    fn go_on(&mut self, job: &Job, course: &Explanation) {
        let site = self.site;
        let waits = |visit: &Visit| {
            let act = &site[visit.node].act;
            let may_wait = matches!(
                act,
                Act::Ring(_)
                    | Act::Forward(_)
                    | Act::Ask(_)
                    | Act::Directory { .. }
                    | Act::Menu(_)
                    | Act::Queue(_)
            );
            visit.taken && may_wait
        };
        let steps: Vec<usize> = (0..course.visited.len()).filter(|at| waits(&course.visited[*at])).collect();
        self.edges.note_first(site, course, &steps);
        if let (Some(last), Some(at)) = (job.last, job.decided.checked_sub(1)) {
            self.edges.note(site, course, &steps, at, last);
        }
        let mut end = course.visited.len();
        for (at, index) in steps.iter().enumerate().skip(job.decided) {
            let visit = course.visited[*index];
            if !self.seen.insert((visit.node, job.kind.clone(), job.is_turned)) {
                end = *index;
                break;
            }
            let mut until_here = job.question.clone();
            self.let_menus_wait(&mut until_here, course, &steps[job.decided.min(at)..at]);
            let wall = until_here.at + visit.at;
            let can_be = |choice: &Choice| choice::is_possible(*choice, site, visit.node, wall);
            for choice in choice::at(site, visit.node, &until_here).into_iter().filter(can_be) {
                let mut question = until_here.clone();
                assume::assume(&mut question, site, visit.node, choice, visit.at, self.is_timed(visit.node));
                if question.given.len() > until_here.given.len() {
                    question.given.extend(self.said.iter().copied());
                }
                if !self.said.is_empty()
                    && !choice::is_true(choice, site, visit.node, &question, &self.said, visit.at)
                {
                    continue;
                }
                if choice == Choice::Silence || question == until_here && !matches!(choice, Choice::Key(_)) {
                    self.edges.note(site, course, &steps, at, choice);
                    continue;
                }
                self.ahead.push_back(Job {
                    question,
                    kind: job.kind.clone(),
                    turns: job.turns.clone(),
                    is_turned: job.is_turned,
                    decided: at + 1,
                    last: Some(choice),
                });
            }
        }
        if !job.is_turned {
            self.turn(job, course, &steps, end);
        }
    }

    /// Lets the hours change between one condition that asks for them and the next, and while a caller waits in a
    /// line that has some.
    fn turn(&mut self, job: &Job, course: &Explanation, steps: &[usize], end: usize) {
        let mut before = None;
        for (index, visit) in course.visited.iter().enumerate().take(end + 1) {
            if !reads::is_timed(self.site, visit.node) {
                continue;
            }
            let asked_before = before.replace(visit.at);
            if visit.taken && reads::line_hours(self.site, visit.node).is_some() {
                self.turn_at(job, course, steps, (index, visit.at + WAITED));
            }
            if asked_before.is_some_and(|before| before < visit.at) {
                self.turn_at(job, course, steps, (index, visit.at));
            }
        }
    }

    /// Lets the hours change so long after the call's arrival, while it comes to a node or waits there.
    fn turn_at(
        &mut self,
        job: &Job,
        course: &Explanation,
        steps: &[usize],
        (index, after): (usize, Duration),
    ) {
        let visit = &course.visited[index];
        let decided = steps.iter().filter(|step| **step < index).count();
        for turn in &job.turns {
            let place = (visit.node, after > visit.at);
            if !self.turned.insert((place, job.kind.clone(), turn.open.clone())) {
                continue;
            }
            let mut question = job.question.clone();
            self.let_menus_wait(&mut question, course, &steps[job.decided.min(decided)..decided]);
            let passed = i64::try_from(after.as_micros()).unwrap_or(i64::MAX);
            question.at = Wall::from_unix_micros(turn.at.unix_micros().saturating_sub(passed));
            self.ahead.push_back(Job {
                question,
                kind: Kind { hours: turn.open.clone(), caller: job.kind.caller.clone() },
                turns: Vec::new(),
                is_turned: true,
                decided,
                last: None,
            });
        }
    }

    /// What is pressed later is pressed at a later menu or ask step.
    fn let_menus_wait(&self, question: &mut Question, course: &Explanation, steps: &[usize]) {
        for step in steps {
            let node = course.visited[*step].node;
            let rounds = choice::rounds_of(self.site, node, question.caller);
            question.press.extend(std::iter::repeat_n(Press::Nothing, rounds));
        }
    }

    fn is_timed(&mut self, node: NodeId) -> bool {
        *self.timed.entry(node).or_insert_with(|| !reads::after(self.site, node).hours.is_empty())
    }
}
