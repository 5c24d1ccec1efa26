//! The ways of one call that come by something: where each choice leads, as a graph, and the paths through it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use crate::{
    Act, NodeId, Site, Who,
    explain::{Explanation, Press, Question, Visit, explain},
    proof::Point,
    step::{Outcome, Target},
    ways::{Choice, WAYS_MAX, assume, choice, reads},
};

/// Paths that are followed for one call; beyond it, others are left out.
const PATHS_MAX: usize = 2_000;

/// What came of all ways of one call.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// What happens first, in words, and the call that goes so.
    pub(super) found: Vec<(Vec<String>, Question)>,
    /// How long after its begin the call asked the clock for the last time.
    pub(super) latest: Duration,
    pub(super) ways: usize,
    pub(super) is_whole: bool,
}

/// A step that waits, and how late it is where that matters.
type Place = (NodeId, Option<Duration>);

/// Steps that wait, each with the choices that lead to the next.
type Path = Vec<(Place, Vec<Choice>)>;

/// Where a choice leads.
#[derive(Clone, Debug)]
struct Edge {
    choice: Option<Choice>,
    /// Whether the step itself comes by the target if it goes so, and whether anything between it and the next does.
    hits: [bool; 2],
    to: Option<Place>,
}

/// A way to be looked at.
struct Job {
    question: Question,
    decided: usize,
    last: Option<Choice>,
}

struct Look<'s> {
    site: &'s Site,
    target: Point,
    changes: Duration,
    edges: BTreeMap<Option<Place>, Vec<Edge>>,
    seen: BTreeSet<Place>,
    ahead: VecDeque<Job>,
    looked: Looked,
}

/// Looks for every way in which the call of `question` comes by `target`. What the clock says changes until `changes`
/// after the call's begin, and not again.
pub(super) fn look(site: &Site, target: Point, question: Question, changes: Duration) -> Looked {
    let job = Job { question: question.clone(), decided: 0, last: None };
    let looked = Looked { is_whole: true, ..Looked::default() };
    let (edges, seen) = (BTreeMap::new(), BTreeSet::new());
    let mut look = Look { site, target, changes, edges, seen, ahead: VecDeque::from([job]), looked };
    while let Some(job) = look.ahead.pop_front() {
        if look.looked.ways == WAYS_MAX {
            look.looked.is_whole = false;
            break;
        }
        look.looked.ways += 1;
        look.go(&job);
    }
    look.follow(&question);
    look.looked
}

impl Look<'_> {
    fn go(&mut self, job: &Job) {
        let site = self.site;
        let course = explain(site, &job.question);
        let dated = course.visited.iter().filter(|visit| reads::is_dated(site, visit.node));
        self.looked.latest = dated.map(|visit| visit.at).max().unwrap_or_default().max(self.looked.latest);
        let steps = choice::steps(site, &job.question, &course);
        match job.decided.checked_sub(1) {
            None => self.note(&course, &steps, None, None),
            Some(at) => self.note(&course, &steps, Some(at), job.last),
        }
        for (at, index) in steps.iter().enumerate().skip(job.decided) {
            let visit = course.visited[*index];
            if !self.seen.insert(self.place(visit)) {
                break;
            }
            let mut until_here = job.question.clone();
            let rounds = self.rounds(&until_here, &course, &steps[job.decided.min(at)..at]);
            until_here.press.extend(std::iter::repeat_n(Press::Nothing, rounds));
            for choice in self.choices(visit, &until_here) {
                let question = self.assume(&until_here, visit, choice);
                if question == until_here {
                    // So it goes already.
                    self.note(&course, &steps, Some(at), Some(choice));
                } else {
                    self.ahead.push_back(Job { question, decided: at + 1, last: Some(choice) });
                }
            }
        }
    }

    /// What may decide at a step, at the time of this call.
    fn choices(&self, visit: Visit, question: &Question) -> Vec<Choice> {
        let wall = question.at + visit.at;
        let mut choices = choice::at(self.site, visit.node, question);
        choices.retain(|it| choice::is_possible(*it, self.site, visit.node, wall));
        choices
    }

    fn assume(&self, question: &Question, visit: Visit, choice: Choice) -> Question {
        let asks = reads::after(self.site, visit.node);
        let is_slow = !asks.hours.is_empty() || !asks.rotas.is_empty();
        let mut question = question.clone();
        assume::assume(&mut question, self.site, visit.node, choice, visit.at, is_slow);
        question
    }

    fn place(&self, visit: Visit) -> Place {
        (visit.node, (visit.at < self.changes).then_some(visit.at))
    }

    /// How often the menus among these steps wait in vain.
    fn rounds(&self, question: &Question, course: &Explanation, steps: &[usize]) -> usize {
        let rounds = |step: &usize| choice::rounds_of(self.site, course.visited[*step].node, question.caller);
        steps.iter().map(rounds).sum()
    }

    /// Keeps where the step at `at` of `steps` leads, or the call from its begin.
    fn note(&mut self, course: &Explanation, steps: &[usize], at: Option<usize>, choice: Option<Choice>) {
        let (from, next) = match at {
            None => (None, 0),
            Some(at) => (steps.get(at).copied(), at + 1),
        };
        if at.is_some() && from.is_none() {
            return;
        }
        let to = steps.get(next).copied();
        let behind = from.map_or(0, |from| from + 1)..to.unwrap_or(course.visited.len());
        let itself = from.is_some_and(|from| self.hits(course, from));
        let between = behind.into_iter().any(|visit| self.hits(course, visit));
        let place = |step: usize| self.place(course.visited[step]);
        let edge = Edge { choice, hits: [itself, between], to: to.map(place) };
        let edges = self.edges.entry(from.map(|from| self.place(course.visited[from]))).or_default();
        if edges.iter().all(|known| known.choice != choice) {
            edges.push(edge);
        }
    }

    /// Whether a visit of a node comes by the target: by what the node is, or by whom it rings.
    fn hits(&self, course: &Explanation, index: usize) -> bool {
        let visit = course.visited[index];
        if self.target.is_at(self.site, visit) {
            return true;
        }
        if !visit.taken {
            return false;
        }
        let node = &self.site[visit.node];
        let until = course.visited[index + 1..].first().map_or(Duration::MAX, |next| next.at);
        let rung = course.rung.iter().filter(|rung| (visit.at..=until).contains(&rung.from));
        match &node.act {
            Act::Ring(ring) => rung.filter(|rung| self.target.is_rung(self.site, rung.who)).any(|rung| {
                let Target::Phone(phone) = rung.who else { return true };
                let person = self.site[phone].person;
                match ring.who {
                    Who::Phone(own) => own == phone,
                    Who::Person(own) => person == Some(own),
                    Who::Group(group) => person.is_some_and(|it| self.site[group].members.contains(&it)),
                    Who::Rota(rota) => person.is_some_and(|it| self.site[rota].people.contains(&it)),
                    Who::First(_) => true,
                    // Of an agent's step only the agent rings, and of one outside no phone.
                    Who::Agent(_) | Who::OnCall(_) => false,
                }
            }),
            Act::Queue(queue) => rung.filter(|rung| self.target.is_rung(self.site, rung.who)).any(|rung| {
                let Target::Phone(phone) = rung.who else { return true };
                self.site[phone]
                    .person
                    .is_some_and(|it| self.site[*queue].rules.people().any(|who| who == it))
            }),
            Act::Forward(_) => rung.into_iter().any(|rung| self.target.is_rung(self.site, rung.who)),
            Act::Play(_)
            | Act::Ask(_)
            | Act::Directory { .. }
            | Act::Menu(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_)
            | Act::Language(_) => false,
        }
    }

    /// Follows every path without a circle to the first step that comes by the target, and asks it as one call.
    fn follow(&mut self, question: &Question) {
        let mut paths = 0;
        let mut ahead: VecDeque<(Option<Place>, Path)> = VecDeque::from([(None, Vec::new())]);
        while let Some((from, path)) = ahead.pop_front() {
            paths += 1;
            if paths > PATHS_MAX {
                self.looked.is_whole = false;
                return;
            }
            let edges = self.edges.get(&from).cloned().unwrap_or_default();
            // A step that comes by the target however it goes is there already; whom nobody reaches does not ring.
            let is_rung = |edge: &&Edge| edge.choice != Some(Choice::All(Outcome::Unreachable));
            if from.is_some() && !edges.is_empty() && edges.iter().filter(is_rung).all(|edge| edge.hits[0]) {
                self.tell(question, &path);
                continue;
            }
            let mut leads: BTreeMap<(bool, Option<Place>), Vec<Option<Choice>>> = BTreeMap::new();
            for edge in edges {
                let is_there = edge.hits.contains(&true);
                let to = if is_there { None } else { edge.to };
                leads.entry((is_there, to)).or_default().push(edge.choice);
            }
            for ((is_there, to), mut choices) in leads {
                let mut path = path.clone();
                choices.sort_unstable();
                path.extend(from.map(|from| (from, choices.into_iter().flatten().collect())));
                if is_there {
                    self.tell(question, &path);
                } else if let Some(to) = to
                    && path.iter().all(|(before, _)| before.0 != to.0)
                {
                    ahead.push_back((Some(to), path));
                }
            }
        }
    }

    /// Asks a path as one call, and keeps it if it comes by the target.
    fn tell(&mut self, question: &Question, path: &Path) {
        let mut question = question.clone();
        let mut decided = 0;
        for (place, choices) in path {
            let course = explain(self.site, &question);
            let steps = choice::steps(self.site, &question, &course);
            let found = (decided..steps.len()).find(|at| course.visited[steps[*at]].node == place.0);
            let Some(at) = found else { return };
            let visit = course.visited[steps[at]];
            let rounds = self.rounds(&question, &course, &steps[decided..at]);
            question.press.extend(std::iter::repeat_n(Press::Nothing, rounds));
            match choices.first() {
                Some(Choice::Silence) | None => {
                    let rounds = self.rounds(&question, &course, &steps[at..=at]);
                    question.press.extend(std::iter::repeat_n(Press::Nothing, rounds));
                }
                Some(choice) => question = self.assume(&question, visit, *choice),
            }
            decided = at + 1;
        }
        let course = explain(self.site, &question);
        if !(0..course.visited.len()).any(|visit| self.hits(&course, visit)) {
            return;
        }
        let words = path.iter().filter_map(|((node, _), choices)| self.words(*node, choices)).collect();
        if self.looked.found.iter().all(|(known, _)| *known != words) {
            self.looked.found.push((words, question));
        }
    }

    /// What has to happen at a step; nothing where it goes on in any case.
    fn words(&self, node: NodeId, choices: &[Choice]) -> Option<String> {
        let site = self.site;
        let party = match &site[node].act {
            Act::Ring(ring) => choice::who(site, ring.who),
            Act::Forward(forward) => forward.to.to_string(),
            Act::Ask(_) | Act::Directory { .. } | Act::Menu(_) | Act::Queue(_) => {
                return Some(choices.iter().map(|it| it.words(site)).collect::<Vec<_>>().join(" or "));
            }
            Act::Play(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_)
            | Act::Language(_) => return None,
        };
        let has = |outcome| choices.contains(&Choice::All(outcome));
        let all = [Outcome::NoAnswer, Outcome::Busy, Outcome::Declined, Outcome::Unreachable];
        if choices.is_empty() || all.into_iter().all(has) {
            return Some(format!("{party} does not take it"));
        }
        let words = choices.iter().map(|choice| match choice {
            Choice::All(Outcome::NoAnswer | Outcome::Answered) => format!("{party} does not answer"),
            Choice::All(Outcome::Busy) => format!("{party} is busy"),
            Choice::All(Outcome::Declined) => format!("{party} declines"),
            Choice::All(Outcome::Unreachable) => format!("{party} is out of reach"),
            made @ (Choice::Answers(_)
            | Choice::Key(_)
            | Choice::Dials(_)
            | Choice::Finds(_)
            | Choice::Wrong(_)
            | Choice::Silence
            | Choice::Full
            | Choice::Unstaffed) => made.words(site),
        });
        Some(words.collect::<Vec<_>>().join(" or "))
    }
}
