//! Where calls go from a node.

use super::{Act, Fact, FactSet, Node, NodeId, Ring, Site, Who};

impl Site {
    /// Where a call may go from a node without the caller's doing.
    pub(crate) fn by_itself(&self, id: NodeId) -> Vec<NodeId> {
        let Node { act, next, .. } = &self[id];
        let own = match act {
            Act::Ring(_) | Act::Forward(_) => act.outcomes().into_iter().flatten().collect(),
            Act::Menu(menu) => {
                let menu = &self[*menu];
                vec![Some(menu.silence.retry.then), Some(menu.invalid.then)]
            }
            Act::Queue(queue) => self[*queue].exits.iter().map(Some).collect(),
            Act::Directory { nobody } => vec![*nobody],
            Act::Goto(to) => vec![Some(*to)],
            Act::Play(_)
            | Act::Ask(_)
            | Act::Language(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup => Vec::new(),
        };
        let away = act.ring().map_or_else(Vec::new, |ring| self.away_of(ring));
        own.into_iter().chain([*next]).flatten().chain(away).collect()
    }

    /// Where calls for somebody who is away go instead. Layers pass them over.
    fn away_of(&self, ring: &Ring) -> Vec<NodeId> {
        let people = match ring.who {
            Who::Person(person) => vec![person],
            Who::Rota(rota) => self[rota].people.clone(),
            Who::Group(_) | Who::Phone(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => Vec::new(),
        };
        people.into_iter().filter_map(|person| Some(self.entry(self[person].away?))).collect()
    }

    /// Where keys and extensions lead that are pressed there; behind a menu or queue also its own plan, which is reached
    /// with it.
    pub(crate) fn by_key(&self, id: NodeId) -> Vec<NodeId> {
        match self[id].act {
            Act::Ask(ask) => vec![ask.to],
            Act::Directory { .. } => {
                let listed = self.directory.iter().flat_map(|directory| &directory.entries);
                listed.map(|listed| self.entry(self[listed.person].plan)).collect()
            }
            Act::Menu(menu) => {
                let menu = &self[menu];
                let extensions = self.by_extension.iter().filter(|_| menu.dial_extension);
                let dialled = extensions.map(|(_, owner)| self.entry(self.plan_of(owner)));
                menu.keys.iter().map(|(_, node)| node).chain([self.entry(menu.plan)]).chain(dialled).collect()
            }
            Act::Queue(queue) => vec![self.entry(self[queue].plan)],
            Act::Ring(_)
            | Act::Forward(_)
            | Act::Play(_)
            | Act::Language(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_) => Vec::new(),
        }
    }

    /// Notes for each plan which outside facts its calls may come to read.
    pub(crate) fn note_facts(&mut self) {
        let has_choice = self.languages.len() > 1;
        let read: Vec<FactSet> = self.nodes.iter().map(|node| node.facts(has_choice)).collect();
        if read.iter().all(|facts| facts.is_empty()) {
            return;
        }
        for plan in 0..self.plans.len() {
            let mut reached = vec![false; self.nodes.len()];
            let mut ahead = vec![NodeId::from(plan)];
            let mut facts = FactSet::default();
            while let Some(node) = ahead.pop() {
                if !std::mem::replace(&mut reached[node.index()], true) {
                    facts = facts.with(read[node.index()]);
                    ahead.extend(self.by_itself(node));
                    ahead.extend(self.by_key(node));
                }
            }
            self.plans[plan].facts = facts;
        }
    }
}

impl Node {
    /// The outside facts that its guard reads, whom it rings by, and what it speaks where there is a choice.
    fn facts(&self, has_choice: bool) -> FactSet {
        let mut facts = FactSet::default();
        if has_choice && self.act.is_spoken() {
            facts.insert(Fact::ContactLanguage);
        }
        if let Some(guard) = &self.guard {
            guard.condition().facts(&mut facts);
        }
        match self.act.ring().map(|ring| ring.who) {
            Some(Who::First(layers)) => facts.with(layers.facts()),
            Some(
                Who::Person(_)
                | Who::Group(_)
                | Who::Phone(_)
                | Who::Rota(_)
                | Who::OnCall(_)
                | Who::Agent(_),
            )
            | None => facts,
        }
    }
}
