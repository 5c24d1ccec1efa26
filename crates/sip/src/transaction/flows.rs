//! The flows that transactions run on: each kept once, so that a transaction holds a key instead of two
//! addresses, and the failure of a flow nobody uses costs nothing.

use clock::{Key, Slots};

use super::fingerprint::{Index, Secret};
use crate::flow::Flow;

/// Every flow that a transaction holds.
#[derive(Debug)]
pub(super) struct Flows {
    held: Slots<Held>,
    index: Index<FlowKey>,
}

/// A flow and how many transactions hold it.
#[derive(Debug)]
pub(super) struct Held {
    flow: Flow,
    holders: u32,
}

/// Names a flow while somebody holds it.
pub(super) type FlowKey = Key<Held>;

impl Flows {
    /// For at most `holders` transactions, which hold at most as many flows.
    pub(super) fn new(holders: usize) -> Self {
        Self { held: Slots::new(holders), index: Index::default() }
    }

    /// Holds `flow` once more; to be called only when there is room for one more transaction.
    pub(super) fn hold(&mut self, flow: Flow, secret: &Secret) -> FlowKey {
        let held = &mut self.held;
        let key = *self.index.entry(secret.flow(&flow)).or_insert_with(|| {
            held.try_insert(Held { flow, holders: 0 }).expect("no more flows than transactions")
        });
        held.get_mut(key).expect(HELD).holders += 1;
        key
    }

    /// Gives up one hold.
    pub(super) fn release(&mut self, key: FlowKey, secret: &Secret) {
        let held = self.held.get_mut(key).expect(HELD);
        held.holders -= 1;
        if held.holders == 0 {
            self.index.remove(&secret.flow(&held.flow));
            self.held.remove(key);
        }
    }

    /// The flow that is held.
    pub(super) fn flow(&self, key: FlowKey) -> Flow {
        self.held.get(key).expect(HELD).flow
    }

    /// The key under which `flow` is held, if anybody holds it.
    pub(super) fn find(&self, flow: &Flow, secret: &Secret) -> Option<FlowKey> {
        self.index.get(&secret.flow(flow)).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.index.is_empty()
    }
}

const HELD: &str = "held until its last transaction releases it";
