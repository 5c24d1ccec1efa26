//! The store of the simulator: pure, in virtual time, able to be slow, to fail and to lose what it had not
//! yet committed.
//!
//! It keeps the rules of [`commit`] and knows no file, clock or thread; the caller hands in `now` and
//! drives it by [`Memory::timeout`].

use std::{collections::VecDeque, sync::Arc, time::Duration};

use clock::{Instant, Now};

use crate::{
    Asker, Binding, CallId, Erased, Record, Reply, Request, Subscription, Voicemail, commit, tables::Tables,
};

/// How the disk below behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A commit takes no time.
    #[default]
    Steady,
    /// A commit takes so long.
    Slow(Duration),
    /// Nothing can be written, for this reason; rows wait and are tried again.
    Failing(Arc<str>),
}

/// A store whose disk is a value.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Tables,
    waiting: VecDeque<Request>,
    commit_at: Option<Instant>,
    said: VecDeque<(Instant, Reply)>,
    mode: Mode,
    /// The last call of the process before; those up to it without a record are lost.
    floor: Option<CallId>,
    refused: u64,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on the disk behaves so.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// The process dies: what was not committed is lost, replies not yet taken are never said. What
    /// remains is what the next process finds.
    pub fn crash(&mut self) {
        *self = Self {
            floor: self.kept.last_call(),
            kept: std::mem::take(&mut self.kept),
            mode: self.mode.clone(),
            ..Self::default()
        };
    }

    /// Takes a request. At [`commit::BACKLOG_MAX`] waiting rows it is refused and counted.
    pub fn handle(&mut self, now: Now, mut request: Request) {
        if matches!(request, Request::Load) {
            return self.load(now);
        }
        if let Request::AskCaller(asker, number) = request {
            return self.answer(now, asker, &number);
        }
        if self.waiting.len() >= commit::BACKLOG_MAX {
            self.refused += 1;
            if let Some(ticket) = request.take_ticket() {
                self.said.push_back((now.mono, Reply::Failed(ticket, "too many rows wait".into())));
            }
            return;
        }
        let due = now.mono + commit::HOLD + self.delay();
        self.waiting.push_back(request);
        let full = self.waiting.len() >= commit::ROWS_MAX && self.mode == Mode::Steady;
        let due = if full { now.mono } else { due };
        self.commit_at = Some(self.commit_at.map_or(due, |at| at.min(due)));
    }

    /// The next thing said by `now`.
    pub fn poll(&mut self, now: Now) -> Option<Reply> {
        if self.commit_at.is_some_and(|at| at <= now.mono) {
            self.commit(now.mono);
        }
        match self.said.front() {
            Some((at, _)) if *at <= now.mono => self.said.pop_front().map(|(_, reply)| reply),
            Some(_) | None => None,
        }
    }

    /// When [`poll`](Self::poll) is wanted next.
    pub fn timeout(&self) -> Option<Instant> {
        let said = self.said.front().map(|&(at, _)| at);
        [self.commit_at, said].into_iter().flatten().min()
    }

    /// Bindings on disk.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.kept.bindings.values()
    }

    /// Subscriptions on disk.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.kept.subscriptions.values()
    }

    /// Records on disk, in the order of their calls.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.kept.records.values()
    }

    /// Calls on disk that began and have no record.
    pub fn open_calls(&self) -> impl Iterator<Item = CallId> {
        self.kept.open.keys().copied()
    }

    /// Voicemails on disk.
    pub fn voicemails(&self) -> impl Iterator<Item = &Voicemail> {
        self.kept.voicemails.values()
    }

    /// Who was forgotten, the first of them first.
    pub fn erased(&self) -> &[Erased] {
        &self.kept.erased
    }

    /// Rows not yet on disk.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Rows refused because too many waited.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn delay(&self) -> Duration {
        match self.mode {
            Mode::Slow(by) => by,
            Mode::Steady | Mode::Failing(_) => Duration::ZERO,
        }
    }

    /// A disk in trouble leaves the question open.
    fn answer(&mut self, now: Now, asker: Asker, number: &str) {
        if !matches!(self.mode, Mode::Failing(_)) {
            let known = Box::new(self.kept.known(number));
            self.said.push_back((now.mono + self.delay(), Reply::Caller(asker, known)));
        }
    }

    fn load(&mut self, now: Now) {
        self.commit(now.mono);
        let (state, lost) = self.kept.load(self.floor, now.wall);
        self.said.push_back((now.mono + self.delay(), Reply::Loaded(Box::new(state))));
        for record in lost {
            self.handle(now, Request::Record(Box::new(record)));
        }
    }

    fn commit(&mut self, now: Instant) {
        self.commit_at = None;
        let replies = if let Mode::Failing(why) = &self.mode {
            if !self.waiting.is_empty() {
                self.commit_at = Some(now + commit::RETRY);
            }
            commit::failed(self.waiting.iter_mut(), why)
        } else {
            let replies = commit::committed(self.waiting.iter_mut());
            self.waiting.drain(..).for_each(|row| self.kept.apply(row));
            replies
        };
        self.said.extend(replies.into_iter().map(|reply| (now, reply)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ticket;

    fn put(n: u64) -> Request {
        Request::DropBinding(Some(Ticket(n)), crate::BindingKey { phone: "p".into(), instance: "i".into() })
    }

    fn at(ms: u64) -> Now {
        Now::default().after(Duration::from_millis(ms))
    }

    #[test]
    fn group_commits_after_its_hold_or_when_full() {
        let mut store = Memory::new();
        store.handle(at(0), Request::Pointer("sales".into(), 1));
        store.handle(at(20), put(0));
        assert!(store.poll(at(49)).is_none());
        assert!(matches!(store.poll(at(50)), Some(Reply::Committed(Ticket(0)))));
        (0..commit::ROWS_MAX as u64).for_each(|n| store.handle(at(60), put(n)));
        assert!(matches!(store.poll(at(60)), Some(Reply::Committed(Ticket(0)))));
    }

    #[test]
    fn crash_loses_what_was_not_committed() {
        let mut store = Memory::new();
        store.handle(at(0), Request::Pointer("sales".into(), 1));
        assert!(store.poll(at(50)).is_none());
        store.handle(at(51), Request::Pointer("sales".into(), 2));
        store.handle(at(51), put(0));
        store.crash();
        store.handle(at(60), Request::Load);
        let Some(Reply::Loaded(state)) = store.poll(at(60)) else { panic!("no answer") };
        assert_eq!(state.pointers, [("sales".into(), 1)]);
        assert!(store.timeout().is_none(), "the ticket died with the process");
    }

    #[test]
    fn slow_disk_delays_the_answer() {
        let mut store = Memory::new();
        store.set_mode(Mode::Slow(Duration::from_secs(3)));
        store.handle(at(0), put(0));
        assert_eq!(store.timeout(), Some(at(3050).mono));
        assert!(store.poll(at(3049)).is_none());
        assert!(matches!(store.poll(at(3050)), Some(Reply::Committed(_))));
    }

    /// A row told as failed is still written when the disk works again.
    #[test]
    fn failing_disk_tells_tickets_and_keeps_rows() {
        let mut store = Memory::new();
        store.set_mode(Mode::Failing("disk full".into()));
        store.handle(at(0), Request::Pointer("sales".into(), 1));
        store.handle(at(0), put(0));
        assert!(matches!(store.poll(at(50)), Some(Reply::Failed(Ticket(0), _))));
        assert!(store.poll(at(300)).is_none());
        assert_eq!(store.waiting(), 2);
        store.set_mode(Mode::Steady);
        assert!(store.poll(at(550)).is_none(), "a ticket is told once");
        assert_eq!((store.waiting(), store.timeout()), (0, None));
    }
}
