//! How many messages lie in each mailbox, as the store told at the start and counted since.

use std::{collections::HashMap, sync::Arc};

/// Counts of the mailboxes that have any.
#[derive(Debug, Default)]
pub(crate) struct Messages(HashMap<Arc<str>, u32>);

impl Messages {
    /// What the store counted.
    pub(crate) fn restore(&mut self, counts: Vec<(Arc<str>, u32)>) {
        self.0 = counts.into_iter().collect();
    }

    /// A message was left.
    pub(crate) fn arrived(&mut self, mailbox: &Arc<str>) {
        *self.0.entry(mailbox.clone()).or_default() += 1;
    }

    /// How many there are.
    pub(crate) fn of(&self, mailbox: &str) -> u32 {
        self.0.get(mailbox).copied().unwrap_or(0)
    }
}
