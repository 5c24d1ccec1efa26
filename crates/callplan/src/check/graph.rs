//! The graph: ways that go round, and plans no way leads to.

use super::Whole;
use crate::{
    finding::Code,
    model::{NodeId, PlanKind, Who},
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
            way.push((start, self.site.by_itself(start)));
            while let Some((node, ahead)) = way.last_mut() {
                let Some(next) = ahead.pop() else {
                    marks[node.index()] = Mark::Done;
                    way.pop();
                    continue;
                };
                match marks[next.index()] {
                    Mark::Unseen => {
                        marks[next.index()] = Mark::OnTheWay;
                        way.push((next, self.site.by_itself(next)));
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

    /// Reports written plans, menus, queues and agents that no number, extension or key leads to.
    ///
    /// Where one of these could not be found, the one that was meant would seem unused: nothing is said.
    pub(super) fn unused(&self, found: &mut Findings) {
        if found.has(&[
            Code::NoSuchPlan,
            Code::NoSuchMenu,
            Code::NoSuchQueue,
            Code::NoSuchAgent,
            Code::UnknownKind,
        ]) {
            return;
        }
        let site = self.site;
        let mut reached = vec![false; site.nodes.len()];
        let numbers = site.numbers.iter().map(|number| number.plan);
        let people = site.people.iter().filter(|person| person.ext.is_some()).map(|person| person.plan);
        let phones = site.phones.iter().filter(|phone| phone.ext.is_some()).map(|phone| phone.plan);
        let groups = site.groups.iter().filter(|group| group.ext.is_some()).map(|group| group.plan);
        let queues = site.queues.iter().filter(|queue| queue.ext.is_some()).map(|queue| queue.plan);
        let dialled = numbers.chain(people).chain(phones).chain(groups).chain(queues);
        let mut ahead: Vec<_> = dialled.map(|plan| site.entry(plan)).collect();
        while let Some(node) = ahead.pop() {
            if !std::mem::replace(&mut reached[node.index()], true) {
                ahead.extend(site.by_itself(node));
                ahead.extend(site.by_key(node));
            }
        }
        let rung = site.nodes.iter().zip(&reached).filter(|(_, reached)| **reached);
        let rung: Vec<_> = rung.filter_map(|(node, _)| Some(node.act.ring()?.who)).collect();
        for (plan, _) in site.plans.iter().zip(&reached).filter(|(_, reached)| !**reached) {
            let (what, declared, index) = match plan.kind {
                PlanKind::Written => ("plan", &self.names.plans, plan.nodes[0].index()),
                PlanKind::Menu(menu) => ("menu", &self.names.menus, menu.index()),
                PlanKind::Queue(queue) => ("queue", &self.names.queues, queue.index()),
                PlanKind::Agent(agent) if rung.contains(&Who::Agent(agent)) => continue,
                PlanKind::Agent(agent) => ("agent", &self.names.agents, agent.index()),
                PlanKind::Number(_)
                | PlanKind::Group(_)
                | PlanKind::Person(_)
                | PlanKind::Phone(_)
                | PlanKind::Mailbox(_) => continue,
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
}
