//! Those who wait until the store has what they asked to be kept.

use std::collections::VecDeque;

use clock::Instant;
use store::Ticket;

/// Promises in the order of their tickets, which is that of their deadlines: all wait equally long.
#[derive(Debug)]
pub(crate) struct Pending<P> {
    limit: usize,
    /// The ticket of the first entry.
    first: u64,
    entries: VecDeque<Entry<P>>,
}

#[derive(Debug)]
struct Entry<P> {
    deadline: Instant,
    promise: Option<P>,
}

impl<P> Pending<P> {
    /// Nobody waits; tickets count from `first`, so that no two machines' meet.
    pub(crate) const fn new(limit: usize, first: u64) -> Self {
        Self { limit, first, entries: VecDeque::new() }
    }

    /// Gives the promise back when too many wait already.
    pub(crate) fn add(&mut self, deadline: Instant, promise: P) -> Result<Ticket, P> {
        if self.entries.len() >= self.limit {
            return Err(promise);
        }
        let ticket = Ticket(self.first + self.entries.len() as u64);
        self.entries.push_back(Entry { deadline, promise: Some(promise) });
        Ok(ticket)
    }

    /// The promise of this ticket, once.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<P> {
        let at = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        let promise = self.entries.get_mut(at)?.promise.take();
        self.forget_kept();
        promise
    }

    /// The next promise that the store did not keep in time.
    pub(crate) fn late(&mut self, now: Instant) -> Option<P> {
        if self.entries.front()?.deadline > now {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.first += 1;
        self.forget_kept();
        entry.promise
    }

    /// When the next deadline is.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        self.entries.front().map(|entry| entry.deadline)
    }

    /// Afterwards the first entry, if any, is one still owed.
    fn forget_kept(&mut self) {
        while self.entries.front().is_some_and(|entry| entry.promise.is_none()) {
            self.entries.pop_front();
            self.first += 1;
        }
    }
}
