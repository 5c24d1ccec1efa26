//! How many messages lie in each mailbox, as the store told at the start and counted since.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Counts of the mailboxes that have any.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    counts: HashMap<Arc<str>, u32>,
    /// Deleted by this process: asked twice, it is done once.
    deleted: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl Messages {
    /// What the store counted.
    pub(crate) fn restore(&mut self, counts: Vec<(Arc<str>, u32)>) {
        self.counts = counts.into_iter().collect();
    }

    /// A message was left.
    pub(crate) fn arrived(&mut self, mailbox: &Arc<str>) {
        *self.counts.entry(mailbox.clone()).or_default() += 1;
    }

    /// A message is to be deleted; whether it was there.
    pub(crate) fn delete(&mut self, mailbox: &Arc<str>, file: &Arc<str>) -> bool {
        let Some(count) = self.counts.get_mut(mailbox).filter(|count| **count > 0) else { return false };
        let is_new = self.deleted.insert((mailbox.clone(), file.clone()));
        *count -= u32::from(is_new);
        is_new
    }

    /// How many there are.
    pub(crate) fn of(&self, mailbox: &str) -> u32 {
        self.counts.get(mailbox).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_twice_counts_once() {
        let (mailbox, file): (Arc<str>, Arc<str>) = ("sales".into(), "1.wav".into());
        let mut messages = Messages::default();
        assert!(!messages.delete(&mailbox, &file), "there is none");
        messages.restore(vec![(mailbox.clone(), 2)]);
        messages.arrived(&mailbox);
        assert_eq!([messages.delete(&mailbox, &file), messages.delete(&mailbox, &file)], [true, false]);
        assert_eq!(messages.of("sales"), 2);
    }
}
