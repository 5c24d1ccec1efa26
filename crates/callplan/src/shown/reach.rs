//! What a call may come to from where it begins.

use crate::model::{NodeId, PlanId, Site};

use super::{Exit, On};

/// The ways from one node to another, all that lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) on: Vec<On>,
    pub(super) to: NodeId,
}

impl Way {
    /// What leads there: `busy; else, 30s`. A mere jump needs no word.
    pub(super) fn label(&self) -> String {
        let words: Vec<_> = self.on.iter().filter(|on| **on != On::Goto).map(ToString::to_string).collect();
        words.join("; ")
    }
}

/// The ways out of a node, those to one place as one.
pub(super) fn ways(site: &Site, node: NodeId) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for Exit { on, to } in site.exits(node) {
        match ways.iter_mut().find(|way| way.to == to) {
            Some(way) => way.on.push(on),
            None => ways.push(Way { on: vec![on], to }),
        }
    }
    ways
}

/// Every node that a call may come to which enters at `plans`, in the order in which a reader meets them.
pub(super) fn reached(site: &Site, plans: &[PlanId]) -> Vec<NodeId> {
    let mut seen = vec![false; site.nodes.len()];
    let mut order = Vec::new();
    for plan in plans {
        let mut ahead = vec![site.entry(*plan)];
        while let Some(node) = ahead.pop() {
            if !std::mem::replace(&mut seen[node.index()], true) {
                order.push(node);
                // What comes next on the page is looked at first.
                ahead.extend(site.exits(node).into_iter().rev().map(|exit| exit.to));
            }
        }
    }
    order
}

/// The plans that own the steps among `nodes`, each once.
pub(super) fn plans_of(site: &Site, nodes: &[NodeId]) -> Vec<PlanId> {
    let mut seen = vec![false; site.plans.len()];
    let steps = nodes.iter().filter(|node| site[**node].name.branch == crate::Branch::None);
    let plans = steps.map(|node| site[*node].plan);
    plans.filter(|plan| !std::mem::replace(&mut seen[plan.index()], true)).collect()
}
