//! Every way of one call, as a tree on a page.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{Choice, Walk};
use crate::{
    NodeId, Site,
    explain::{Explanation, Question, does, ending, heading},
};

/// Where each choice leads, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Edges {
    first: Option<Leads>,
    of: BTreeMap<NodeId, Vec<(Choice, Leads)>>,
}

/// The steps that are taken up to the next that waits, and that one or the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leads {
    passes: Vec<NodeId>,
    to: Result<NodeId, String>,
}

impl Edges {
    /// Where the call goes at first. `steps` are the places of the steps that wait.
    pub(super) fn note_first(&mut self, site: &Site, course: &Explanation, steps: &[usize]) {
        if self.first.is_none() {
            self.first = Some(Leads::between(site, course, 0, steps.first().copied()));
        }
    }

    /// Where it goes from the step at `at` of `steps`.
    pub(super) fn note(
        &mut self,
        site: &Site,
        course: &Explanation,
        steps: &[usize],
        at: usize,
        choice: Choice,
    ) {
        let Some(from) = steps.get(at) else { return };
        let known = self.of.entry(course.visited[*from].node).or_default();
        if known.iter().all(|(other, _)| *other != choice) {
            known.push((choice, Leads::between(site, course, from + 1, steps.get(at + 1).copied())));
        }
    }
}

impl Leads {
    fn between(site: &Site, course: &Explanation, from: usize, to: Option<usize>) -> Self {
        let until = to.unwrap_or(course.visited.len());
        let taken = course.visited[from.min(until)..until].iter().filter(|visit| visit.taken);
        let passes = taken.map(|visit| visit.node).collect();
        Self { passes, to: to.map(|at| course.visited[at].node).ok_or_else(|| ending(site, course)) }
    }
}

/// Every way that the call of `question` can go, whose caller and time are as it says.
pub fn tree(site: &Site, question: Question) -> String {
    let mut page = format!("{}\n", heading(site, &question));
    let mut walk = Walk::of_call(site, question.clone());
    let walked = walk.run(|_| ControlFlow::Continue(()));
    let edges = std::mem::take(&mut walk.edges);
    let mut print = Print { site, question: &question, edges: &edges, shown: Vec::new(), page: &mut page };
    if let Some(first) = &edges.first {
        print.leads("", first, 0);
    }
    if !walked.is_whole {
        page.push_str(&format!("more than {} ways: the rest is left out\n", walked.ways));
    }
    page
}

struct Print<'p> {
    site: &'p Site,
    question: &'p Question,
    edges: &'p Edges,
    shown: Vec<NodeId>,
    page: &'p mut String,
}

impl Print<'_> {
    fn leads(&mut self, label: &str, leads: &Leads, depth: usize) {
        let mut parts: Vec<String> = leads.passes.iter().map(|node| self.step(*node)).collect();
        let is_new = match &leads.to {
            Ok(node) if self.shown.contains(node) => {
                parts.push(format!("{}, as above", self.site.node_name(*node)));
                None
            }
            Ok(node) => {
                parts.push(self.step(*node));
                Some(*node)
            }
            Err(end) => {
                parts.push(end.clone());
                None
            }
        };
        let label = if label.is_empty() { String::new() } else { format!("{label}:  ") };
        self.page.push_str(&format!(" {}{label}{}\n", "  ".repeat(depth), parts.join("  ->  ")));
        let Some(node) = is_new else { return };
        self.shown.push(node);
        let edges = self.edges;
        let mut ways: Vec<(Vec<Choice>, &Leads)> = Vec::new();
        let mut choices: Vec<_> = edges.of.get(&node).into_iter().flatten().collect();
        let order = super::choice::at(self.site, node, self.question);
        choices.sort_by_key(|(choice, _)| order.iter().position(|own| own == choice));
        for (choice, leads) in choices {
            match ways.iter_mut().find(|(_, other)| *other == leads) {
                Some((alike, _)) => alike.push(*choice),
                None => ways.push((vec![*choice], leads)),
            }
        }
        for (choices, leads) in ways {
            let labels: Vec<_> = choices.iter().map(|choice| choice.words(self.site)).collect();
            self.leads(&labels.join(", "), leads, depth + 1);
        }
    }

    fn step(&self, node: NodeId) -> String {
        let (what, details) = does(self.site, node);
        format!("{} {what} {details}", self.site.node_name(node)).trim_end().to_owned()
    }
}
