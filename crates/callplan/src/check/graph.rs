//! The graph: ways that go round, and plans no way leads to.

use super::Whole;
use crate::{
    finding::Code,
    model::{Act, Node, NodeId, PlanKind},
    parse::Findings,
};

/// How far the search has come with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    OnTheWay,
    Done,
}

impl Whole<'_, '_> {
    /// Reports every way that comes back to where it began without a key being pressed.
    pub(super) fn loops(&self, found: &mut Findings) {
        let mut marks = vec![Mark::Unseen; self.site.nodes.len()];
        let mut way: Vec<(NodeId, Vec<NodeId>)> = Vec::new();
        for start in (0..self.site.nodes.len()).map(NodeId::from) {
            if marks[start.index()] != Mark::Unseen {
                continue;
            }
            marks[start.index()] = Mark::OnTheWay;
            way.push((start, self.by_itself(start)));
            while let Some((node, ahead)) = way.last_mut() {
                let Some(next) = ahead.pop() else {
                    marks[node.index()] = Mark::Done;
                    way.pop();
                    continue;
                };
                match marks[next.index()] {
                    Mark::Unseen => {
                        marks[next.index()] = Mark::OnTheWay;
                        way.push((next, self.by_itself(next)));
                    }
                    Mark::OnTheWay => self.report_loop(way.iter().map(|(node, _)| *node), next, found),
                    Mark::Done => {}
                }
            }
        }
    }

    fn report_loop(&self, way: impl Iterator<Item = NodeId>, back: NodeId, found: &mut Findings) {
        let round: Vec<_> = way.skip_while(|node| *node != back).collect();
        let names: Vec<_> = round.iter().map(|node| self.site.node_name(*node)).collect();
        let message = format!("a call can go round for ever: {} → {}", names.join(" → "), names[0]);
        let closing = round.last().copied().unwrap_or(back);
        found.report(
            Code::Loop,
            self.nodes[closing.index()],
            message,
            "let one of them end the call instead",
        );
    }

    /// Reports written plans and menus that no number, extension or key leads to.
    ///
    /// Where a plan or menu could not be found, the one that was meant would seem unused: nothing is said.
    pub(super) fn unused(&self, found: &mut Findings) {
        if found.has(&[Code::NoSuchPlan, Code::NoSuchMenu, Code::UnknownKind]) {
            return;
        }
        let site = self.site;
        let mut reached = vec![false; site.nodes.len()];
        let numbers = site.numbers.iter().map(|number| number.plan);
        let people = site.people.iter().filter(|person| person.ext.is_some()).map(|person| person.plan);
        let phones = site.phones.iter().filter(|phone| phone.ext.is_some()).map(|phone| phone.plan);
        let groups = site.groups.iter().filter(|group| group.ext.is_some()).map(|group| group.plan);
        let mut ahead: Vec<_> =
            numbers.chain(people).chain(phones).chain(groups).map(|plan| site.entry(plan)).collect();
        while let Some(node) = ahead.pop() {
            if !std::mem::replace(&mut reached[node.index()], true) {
                ahead.extend(self.by_itself(node));
                ahead.extend(self.by_key(node));
            }
        }
        for (plan, _) in site.plans.iter().zip(&reached).filter(|(_, reached)| !**reached) {
            let (what, declared, index) = match plan.kind {
                PlanKind::Written => ("plan", &self.names.plans, plan.nodes[0].index()),
                PlanKind::Menu(menu) => ("menu", &self.names.menus, menu.index()),
                PlanKind::Number(_) | PlanKind::Group(_) | PlanKind::Person(_) | PlanKind::Phone(_) => {
                    continue;
                }
            };
            let message = format!("no number, extension or key leads to {what} `{}`", declared.name(index));
            found.report(
                Code::NothingLeadsHere,
                declared.place(index),
                message,
                "lead something to it, or remove it",
            );
        }
    }

    /// Where a call may go from a node without the caller's doing.
    fn by_itself(&self, id: NodeId) -> Vec<NodeId> {
        let Node { act, next, .. } = &self.site[id];
        let own = match act {
            Act::Ring(ring) => [ring.busy, ring.declined, ring.unanswered],
            Act::Forward(forward) => [forward.busy, forward.declined, forward.unanswered],
            Act::Menu(menu) => {
                let menu = &self.site[*menu];
                [Some(menu.silence.retry.then), Some(menu.invalid.then), None]
            }
            Act::Goto(to) => [Some(*to), None, None],
            Act::Play(_) | Act::Voicemail(_) | Act::Reject(_) | Act::Hangup => [None; 3],
        };
        own.into_iter().chain([*next]).flatten().collect()
    }

    /// Where the keys of a menu lead, and the menu's own plan, which is reached with it.
    fn by_key(&self, id: NodeId) -> Vec<NodeId> {
        let Act::Menu(menu) = self.site[id].act else { return Vec::new() };
        let menu = &self.site[menu];
        menu.keys.iter().map(|(_, node)| node).chain([self.site.entry(menu.plan)]).collect()
    }
}
