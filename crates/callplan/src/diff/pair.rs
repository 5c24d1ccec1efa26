//! One call in two sites at once: every way that it can go, until the parties see something different.
//!
//! What becomes of a call is decided at the steps that wait, as in [`ways`](crate::ways), but a step here is one of the
//! old site with one of the new. Once a party sees a difference nothing is decided any more: whatever comes behind
//! it is part of that difference.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use super::seen::{Hearing, Mark, parts};
use crate::{
    Act, NodeId, PersonId, QueueId, Site,
    explain::{Explanation, Given, Party, Press, Question, explain},
    step::{Caller, Outcome},
    ways::{Choice, assume, choice, reads},
};

/// The two sites of a call, the old one first.
pub(super) type Both<'s> = [Hearing<'s>; 2];

/// A difference that somebody sees.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// What was decided before, in words; nothing if nobody has to do anything.
    pub(super) when: Vec<String>,
    pub(super) was: String,
    pub(super) now: String,
    /// The call in the old site and in the new.
    pub(super) questions: [Question; 2],
}

/// What came of all ways of one call.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) found: Vec<Found>,
    /// How long after its begin a call asked the clock for the last time.
    pub(super) latest: Duration,
    /// Ways that were looked at.
    pub(super) ways: usize,
    pub(super) is_whole: bool,
}

/// A way to be looked at.
struct Job {
    questions: [Question; 2],
    when: Vec<String>,
    /// Steps that wait whose end is chosen already, in each site.
    decided: [usize; 2],
    /// How the way before this one differed.
    before: Option<(usize, [Option<Mark>; 2])>,
}

/// A way as it went in both sites.
struct Course {
    courses: [Explanation; 2],
    /// The places of the steps that wait.
    steps: [Vec<usize>; 2],
    /// From when on nothing is decided any more.
    until: Duration,
}

/// The step at which each site is, and when that matters: how late it is.
type Place = (Option<NodeId>, Option<NodeId>, Option<Duration>);

/// A comparison under way.
struct Comparison<'s> {
    both: Both<'s>,
    seen: BTreeSet<Place>,
    ahead: VecDeque<Job>,
    /// For how long the clock may still change what it says, so that a step is another one later.
    changes: Duration,
    compared: Compared,
}

/// Looks at `questions`, the same call in both sites, and at what else may become of it; at most `ways_max` ways. What
/// the clock says changes until `changes` after the call's begin, and not again.
pub(super) fn compare(
    both: Both<'_>,
    questions: [Question; 2],
    changes: Duration,
    ways_max: usize,
) -> Compared {
    let job = Job { questions, when: Vec::new(), decided: [0; 2], before: None };
    let compared = Compared { is_whole: true, ..Compared::default() };
    let (seen, ahead) = (BTreeSet::new(), VecDeque::from([job]));
    let mut comparison = Comparison { both, seen, ahead, changes, compared };
    while let Some(job) = comparison.ahead.pop_front() {
        if comparison.compared.ways == ways_max {
            comparison.compared.is_whole = false;
            break;
        }
        comparison.compared.ways += 1;
        comparison.look(job);
    }
    comparison.compared
}

impl Comparison<'_> {
    fn look(&mut self, mut job: Job) {
        let both = self.both;
        let courses = [0, 1].map(|side| explain(both[side].site, &job.questions[side]));
        for (side, course) in courses.iter().enumerate() {
            let dated = course.visited.iter().filter(|visit| reads::is_dated(both[side].site, visit.node));
            let latest = dated.map(|visit| visit.at).max().unwrap_or_default();
            self.compared.latest = self.compared.latest.max(latest);
        }
        let marks = [0, 1].map(|side| both[side].marks(&courses[side]));
        let mut until = Duration::MAX;
        if let Some(at) = parts(&marks[0], &marks[1]) {
            let differ = [0, 1].map(|side: usize| marks[side].get(at).cloned());
            until = differ.iter().flatten().map(|mark| mark.at).min().unwrap_or_default();
            let here = Some((at, differ));
            if job.before == here {
                return;
            }
            let [was, now] = told(both, &courses, &marks, at);
            let (when, questions) = (job.when.clone(), job.questions.clone());
            self.compared.found.push(Found { when, was, now, questions });
            job.before = here;
        } else {
            job.before = None;
        }
        let steps = [0, 1].map(|side| choice::steps(both[side].site, &job.questions[side], &courses[side]));
        let course = Course { courses, steps, until };
        for side in [0, 1] {
            self.go_on(side, &job, &course);
        }
    }

    /// What may become of the call besides, by the steps of one site.
    fn go_on(&mut self, side: usize, job: &Job, course: &Course) {
        let steps = &course.steps[side];
        for (at, index) in steps.iter().enumerate().skip(job.decided[side]) {
            let visit = course.courses[side].visited[*index];
            if !course.decides(side, *index) {
                break;
            }
            let other = course.current(1 - side, visit.at);
            let nodes = if side == 0 { (Some(visit.node), other) } else { (other, Some(visit.node)) };
            if !self.seen.insert((nodes.0, nodes.1, (visit.at < self.changes).then_some(visit.at))) {
                // The other site comes to the same pair by its own steps.
                if side == 0 { break } else { continue }
            }
            let mut questions = job.questions.clone();
            let rounds =
                self.rounds(side, job.questions[side].caller, course, &steps[job.decided[side].min(at)..at]);
            let silent = std::iter::repeat_n(Press::Nothing, rounds);
            questions.iter_mut().for_each(|question| question.press.extend(silent.clone()));
            let decided =
                [0, 1].map(|own| if own == side { at + 1 } else { course.steps_until(own, visit.at) });
            for (own, node) in [(0, nodes.0), (1, nodes.1)] {
                if let Some(node) = node {
                    self.choose(
                        own,
                        node,
                        visit.at,
                        Job {
                            questions: questions.clone(),
                            when: job.when.clone(),
                            decided,
                            before: job.before.clone(),
                        },
                    );
                }
            }
        }
    }

    /// Lets a step end in each way that it can.
    fn choose(&mut self, side: usize, node: NodeId, since: Duration, before: Job) {
        let site = self.both[side].site;
        let wall = before.questions[side].at + since;
        let asks = reads::after(site, node);
        let is_slow = !asks.hours.is_empty() || !asks.rotas.is_empty();
        for choice in choice::at(site, node, &before.questions[side]) {
            if choice == Choice::Silence || !choice::is_possible(choice, site, node, wall) {
                continue;
            }
            let mut question = before.questions[side].clone();
            assume::assume(&mut question, site, node, choice, since, is_slow);
            if question == before.questions[side] {
                continue;
            }
            let other = &before.questions[1 - side];
            let other = told_elsewhere(site, self.both[1 - side].site, &question, other);
            let questions = if side == 0 { [question, other] } else { [other, question] };
            if self.ahead.iter().any(|job| job.questions == questions && job.decided == before.decided) {
                continue;
            }
            let mut when = before.when.clone();
            when.push(words(site, node, choice));
            self.ahead.push_back(Job {
                questions,
                when,
                decided: before.decided,
                before: before.before.clone(),
            });
        }
    }

    /// How often the menus among these steps wait in vain.
    fn rounds(&self, side: usize, caller: Caller, course: &Course, steps: &[usize]) -> usize {
        let site = self.both[side].site;
        let rounds = |step: &usize| choice::rounds_of(site, course.courses[side].visited[*step].node, caller);
        steps.iter().map(rounds).sum()
    }
}

impl Course {
    /// Whether what becomes of a step is decided before the parties see a difference. One that is over at once when
    /// they do may have led there.
    fn decides(&self, side: usize, step: usize) -> bool {
        let visited = &self.courses[side].visited;
        let at = visited[step].at;
        at < self.until || at == self.until && visited.get(step + 1).is_some_and(|next| next.at == at)
    }

    /// The step that one site is at by then.
    fn current(&self, side: usize, at: Duration) -> Option<NodeId> {
        let visited = &self.courses[side].visited;
        let steps = self.steps[side].iter().map(|step| visited[*step]);
        steps.take_while(|visit| visit.at <= at).last().map(|visit| visit.node)
    }

    /// How many steps have waited by then.
    fn steps_until(&self, side: usize, at: Duration) -> usize {
        let visited = &self.courses[side].visited;
        self.steps[side].iter().filter(|step| visited[**step].at <= at).count()
    }
}

/// What is assumed in one site, in the other: by name, as far as that has such a name.
fn told_elsewhere(from: &Site, to: &Site, assumed: &Question, other: &Question) -> Question {
    let given = assumed.given.iter().filter_map(|given| {
        let party = match given.party {
            Party::Group(group) => Party::Group(to.group(&from[group].name)?),
            Party::Queue(queue) => Party::Queue(to.queue(&from[queue].name)?),
            Party::Person(person) => Party::Person(to.person(&from[person].name)?),
            Party::Phone(phone) => Party::Phone(to.phone(&from[phone].name)?),
            Party::Number(number) => Party::Number(number),
            Party::Agent(agent) => Party::Agent(to.agent(&from[agent].name)?),
        };
        Some(Given { party, ..*given })
    });
    let waiting = assumed.waiting.iter();
    let waiting = waiting.filter_map(|(queue, count)| Some((to.queue(&from[*queue].name)?, *count)));
    Question {
        given: given.collect(),
        press: assumed.press.clone(),
        waiting: waiting.collect(),
        signed_out: signed_out_elsewhere(from, to, assumed),
        ..other.clone()
    }
}

/// Who is signed out in one site, in the other: of a queue that nobody serves there everybody, whoever that is here.
fn signed_out_elsewhere(from: &Site, to: &Site, assumed: &Question) -> Vec<(PersonId, Option<QueueId>)> {
    let mut all = Vec::new();
    let out = &assumed.signed_out;
    for (person, queue) in out {
        let here = queue.map(|queue| to.queue(&from[queue].name));
        if let (Some(person), Some(queue)) =
            (to.person(&from[*person].name), here.map_or(Some(None), |it| it.map(Some)))
        {
            all.push((person, queue));
        }
    }
    for (at, queue) in from.queues.iter().enumerate() {
        let own = QueueId::from(at);
        let is_out = |member: &PersonId| out.contains(&(*member, Some(own)));
        if queue.rules.members.is_empty() || !queue.rules.members.iter().all(is_out) {
            continue;
        }
        let Some(here) = to.queue(&queue.name) else { continue };
        let others = to[here].rules.members.iter().map(|member| (*member, Some(here)));
        let others: Vec<_> = others.filter(|it| !all.contains(it)).collect();
        all.extend(others);
    }
    all
}

/// What is decided: `group:sales busy`, `ana answers`, `key 2`.
fn words(site: &Site, node: NodeId, made: Choice) -> String {
    match (made, &site[node].act) {
        (Choice::All(outcome), act) => {
            let party = match act {
                Act::Ring(ring) => choice::who(site, ring.who),
                Act::Forward(forward) => forward.to.to_string(),
                Act::Queue(queue) => format!("queue:{}", site[*queue].name),
                Act::Play(_)
                | Act::Ask(_)
                | Act::Directory { .. }
                | Act::Menu(_)
                | Act::Voicemail(_)
                | Act::Reject(_)
                | Act::Hangup
                | Act::Goto(_)
                | Act::Language(_) => String::new(),
            };
            let does = match outcome {
                Outcome::Busy => "busy",
                Outcome::Declined => "declines",
                Outcome::Unreachable => "out of reach",
                Outcome::NoAnswer | Outcome::Answered => "does not answer",
            };
            format!("{party} {does}")
        }
        (made, _) => made.words(site),
    }
}

/// What was, and what is now instead.
fn told(both: Both<'_>, courses: &[Explanation; 2], marks: &[Vec<Mark>; 2], at: usize) -> [String; 2] {
    let steps = [0, 1].map(|side| both[side].steps(&courses[side]));
    let same = steps[0].iter().zip(&steps[1]).take_while(|(was, now)| was == now).count();
    if steps[0].len() > same && steps[1].len() > same {
        return steps.map(|steps| steps[same..].join(", then "));
    }
    // The steps are the same, and something about one of them is not.
    [0, 1].map(|side: usize| match marks[side].get(at) {
        Some(mark) => mark.words(),
        None => "nothing more".to_owned(),
    })
}
