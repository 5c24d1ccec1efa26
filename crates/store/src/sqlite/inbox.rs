//! The bounded queue between the switch and the writer.
//!
//! A wake-up of another thread costs as much as parsing ten messages, so the writer is woken for the first
//! row of a group and for a full one, not for each.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{Reply, Request, Ticket, commit};

/// Rows between `send` and their commit.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rows: VecDeque<Request>,
    /// Rows the writer has taken out and not yet settled.
    taken: usize,
    /// Tickets of rows refused for want of room.
    turned_away: Vec<Ticket>,
    /// The writer sleeps until something comes.
    idle: bool,
    /// One of the rows is a question: it doesn't wait for company.
    asked: bool,
    /// When the writer gives up; set by `close`.
    closed: Option<Instant>,
    trouble: Option<Arc<str>>,
}

/// What the writer is to do next.
pub(super) struct Work {
    /// Rows in order, at most [`commit::ROWS_MAX`].
    pub(super) rows: VecDeque<Request>,
    /// Tickets to tell that there was no room.
    pub(super) turned_away: Vec<Ticket>,
}

impl Inbox {
    /// Appends a row, or says no.
    pub(super) fn push(&self, mut request: Request) -> bool {
        let mut state = self.lock();
        let room = state.rows.len() + state.taken < commit::BACKLOG_MAX && state.closed.is_none();
        let asks = is_question(&request);
        state.asked |= asks;
        if room {
            state.rows.push_back(request);
        } else {
            state.turned_away.extend(request.take_ticket());
        }
        if state.idle || asks || state.rows.len() == commit::ROWS_MAX {
            state.idle = false;
            self.changed.notify_one();
        }
        room
    }

    /// Waits for the next group. `None` when closed and empty, or when patience is over.
    pub(super) fn take(&self) -> Option<Work> {
        let mut state = self.lock();
        while state.rows.is_empty() && state.turned_away.is_empty() {
            if state.closed.is_some() {
                return None;
            }
            state.idle = true;
            state = self.changed.wait(state).expect("no holder of the inbox panics");
        }
        state.idle = false;
        state = self.gather(state);
        let count = state.rows.len().min(commit::ROWS_MAX);
        let rows: VecDeque<_> = state.rows.drain(..count).collect();
        state.taken = rows.len();
        state.asked = state.rows.iter().any(is_question);
        Some(Work { rows, turned_away: std::mem::take(&mut state.turned_away) })
    }

    /// Waits for company.
    fn gather<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waiting =
            |state: &mut State| state.rows.len() < commit::ROWS_MAX && state.closed.is_none() && !state.asked;
        self.changed
            .wait_timeout_while(state, commit::HOLD, waiting)
            .expect("no holder of the inbox panics")
            .0
    }

    /// The rows taken are settled.
    pub(super) fn settle(&self) {
        let mut state = self.lock();
        state.taken = 0;
        state.trouble = None;
    }

    /// The rows taken could not be written: they go back to the head. Returns what every ticket that waits
    /// is told, those behind them too.
    pub(super) fn put_back(&self, mut rows: VecDeque<Request>, why: Arc<str>) -> Vec<Reply> {
        let mut state = self.lock();
        state.taken = 0;
        rows.append(&mut state.rows);
        state.rows = rows;
        let told = commit::failed(state.rows.iter_mut(), &why);
        state.trouble = Some(why);
        told
    }

    /// Rests before the next try, if there will be one.
    pub(super) fn rest(&self) -> bool {
        let state = self.lock();
        let left = |state: &State| {
            state
                .closed
                .map_or(commit::RETRY, |until| until.saturating_duration_since(now()).min(commit::RETRY))
        };
        let (rest, open) = (left(&state), state.closed.is_none());
        // A close during the rest ends it: one more try, at once.
        let resting = |state: &mut State| !open || state.closed.is_none();
        let rested = self.changed.wait_timeout_while(state, rest, resting);
        let state = rested.expect("no holder of the inbox panics").0;
        state.closed.is_none() || left(&state) > Duration::ZERO
    }

    /// Nothing more comes; the writer gives up after `patience`.
    pub(super) fn close(&self, patience: Duration) {
        self.lock().closed.get_or_insert(now() + patience);
        self.changed.notify_one();
    }

    /// Rows that wait, and why they do.
    pub(super) fn state(&self) -> (usize, Option<Arc<str>>) {
        let state = self.lock();
        (state.rows.len() + state.taken, state.trouble.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the inbox panics")
    }
}

/// Whether it only reads, for somebody who waits.
fn is_question(request: &Request) -> bool {
    matches!(request, Request::Load | Request::AskCaller(..))
}

#[expect(clippy::disallowed_methods, reason = "the writer thread is an I/O room")]
fn now() -> Instant {
    Instant::now()
}
