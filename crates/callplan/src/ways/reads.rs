//! What the plans behind a node ask of caller and time.

use crate::{Atom, Condition, HoursId, ListId, NodeId, Site};

/// What is asked, each sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    pub(super) hours: Vec<HoursId>,
    pub(super) lists: Vec<ListId>,
    pub(super) withheld: bool,
    pub(super) known: bool,
    pub(super) attest: bool,
}

/// What a call may be asked that comes to `node`, there or wherever it goes on.
pub(super) fn of(site: &Site, node: NodeId) -> Reads {
    behind(site, vec![node])
}

/// What a call may be asked once it has left `node`.
pub(super) fn after(site: &Site, node: NodeId) -> Reads {
    behind(site, leads(site, node))
}

fn leads(site: &Site, node: NodeId) -> Vec<NodeId> {
    [site.by_itself(node), site.by_key(node)].concat()
}

fn behind(site: &Site, mut ahead: Vec<NodeId>) -> Reads {
    let mut reads = Reads::default();
    let mut reached = std::collections::BTreeSet::new();
    while let Some(node) = ahead.pop() {
        if reached.insert(node) {
            if let Some(guard) = &site[node].guard {
                reads.add(guard.condition());
            }
            ahead.extend(leads(site, node));
        }
    }
    reads.hours.sort_unstable();
    reads.hours.dedup();
    reads.lists.sort_unstable();
    reads.lists.dedup();
    reads
}

impl Reads {
    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.add(part)),
            Condition::Not(part) => self.add(part),
            Condition::Atom(atom) => match *atom {
                Atom::Open(hours) => self.hours.push(hours),
                Atom::CallerIn(list) => self.lists.push(list),
                Atom::CallerWithheld => self.withheld = true,
                Atom::ContactKnown => self.known = true,
                Atom::AttestAtLeast(_) | Atom::AttestIs(_) => self.attest = true,
            },
        }
    }
}

/// Whether a node asks what time it is.
pub(super) fn is_timed(site: &Site, node: NodeId) -> bool {
    let mut reads = Reads::default();
    if let Some(guard) = &site[node].guard {
        reads.add(guard.condition());
    }
    !reads.hours.is_empty()
}
