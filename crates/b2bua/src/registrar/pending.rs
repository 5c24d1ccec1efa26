//! Phones that wait until the store has what they registered.

use std::collections::VecDeque;

use clock::{Instant, Key};
use store::Ticket;

use super::{aor::Aor, reply::Extras};

/// An answer owed.
#[derive(Debug)]
pub(super) struct Promise<A> {
    pub(super) asker: A,
    pub(super) aor: Key<Aor>,
    pub(super) extras: Extras,
}

/// Answers owed, in the order of their tickets, which is that of their deadlines: all wait equally long.
#[derive(Debug)]
pub(super) struct Pending<A> {
    limit: usize,
    /// The ticket of the first entry.
    first: u64,
    entries: VecDeque<Entry<A>>,
}

#[derive(Debug)]
struct Entry<A> {
    deadline: Instant,
    promise: Option<Promise<A>>,
}

impl<A> Pending<A> {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, first: 1, entries: VecDeque::new() }
    }

    /// Gives the promise back when too many wait already.
    pub(super) fn add(&mut self, deadline: Instant, promise: Promise<A>) -> Result<Ticket, Promise<A>> {
        if self.entries.len() >= self.limit {
            return Err(promise);
        }
        let ticket = Ticket(self.first + self.entries.len() as u64);
        self.entries.push_back(Entry { deadline, promise: Some(promise) });
        Ok(ticket)
    }

    /// The promise of this ticket, once.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Promise<A>> {
        let at = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        let promise = self.entries.get_mut(at)?.promise.take();
        self.forget_kept();
        promise
    }

    /// The next promise that the store did not keep in time.
    pub(super) fn late(&mut self, now: Instant) -> Option<Promise<A>> {
        if self.entries.front()?.deadline > now {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.first += 1;
        self.forget_kept();
        entry.promise
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
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
