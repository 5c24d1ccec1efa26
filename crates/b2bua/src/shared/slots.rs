//! Slots of parked calls: which are taken, and by which call.
//!
//! A call in a slot says so itself; what stands here is told of each call after it ran, so that nobody has to ask all
//! of them.

use std::collections::BTreeMap;

use clock::Key;

use crate::call::Call;

/// Taken slots, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeMap<u32, Key<Call>>);

impl Taken {
    /// The call that waited in `before` waits in `after` from here on.
    pub(crate) fn moves(&mut self, call: Key<Call>, before: Option<u32>, after: Option<u32>) {
        if let Some(slot) = before {
            self.0.remove(&slot);
        }
        if let Some(slot) = after {
            self.0.insert(slot, call);
        }
    }

    /// A call is gone that had no time to say where it waited; gives its slot.
    pub(crate) fn forget(&mut self, call: Key<Call>) -> Option<u32> {
        let slot = self.0.iter().find(|(_, waits)| **waits == call).map(|(slot, _)| *slot)?;
        self.0.remove(&slot);
        Some(slot)
    }

    /// Who waits in a slot.
    pub(crate) fn of(&self, slot: u32) -> Option<Key<Call>> {
        self.0.get(&slot).copied()
    }

    /// Whether nobody waits anywhere.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_taken_from_a_call_that_comes_until_it_leaves() {
        let (one, other) = (Key::from_raw(1), Key::from_raw(2));
        let mut taken = Taken::default();
        taken.moves(one, None, Some(701));
        taken.moves(other, None, Some(703));
        assert_eq!([701, 702, 703].map(|slot| taken.of(slot)), [Some(one), None, Some(other)]);
        taken.moves(one, Some(701), Some(702));
        assert_eq!([701, 702, 703].map(|slot| taken.of(slot)), [None, Some(one), Some(other)]);
        taken.moves(one, Some(702), None);
        assert_eq!((taken.forget(one), taken.forget(other)), (None, Some(703)));
        assert!(taken.is_empty());
    }
}
