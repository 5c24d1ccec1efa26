//! Port pairs: bound ahead of need, rested between two calls.
//!
//! Knows numbers and time; the sockets are the thread's. A pair once bound stays bound, so that the
//! busiest hour's worth of pairs is there at once the next day; as many are held ready as a second takes when
//! calls come fast, so that a thread that is late by that much still makes no caller wait; `most` keeps them within the process's
//! file descriptors. A pair rests after a call, so that packets still on their way to the last caller
//! find nobody.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::RangeInclusive,
    time::Duration,
};

use clock::Instant;

/// How long to leave a port alone that somebody else holds, or to wait when sockets ran out.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Pairs held ready at most, however fast calls come.
const AHEAD_MAX: usize = 4_096;

/// Sizes of a pool.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Ports to use; pairs begin at even ones.
    pub range: RangeInclusive<u16>,
    /// Pairs to hold ready, at least.
    pub ahead: usize,
    /// Pairs to hold bound at most, those in calls among them.
    pub most: usize,
    /// How long a pair rests after a call.
    pub rest: Duration,
}

/// The pairs of one media thread.
#[derive(Debug)]
pub struct Pool {
    settings: PoolSettings,
    /// Not bound yet, in the order to try.
    untried: VecDeque<u16>,
    /// Announced and not yet opened.
    ready: BTreeSet<u16>,
    /// Asked to be bound.
    binding: usize,
    /// In a call here or resting.
    busy: usize,
    resting: VecDeque<(Instant, u16)>,
    /// Held by somebody else, to be tried again.
    taken: VecDeque<(Instant, u16)>,
    /// Known to be held by somebody else.
    foreign: BTreeSet<u16>,
    /// No socket is to be had before this.
    starved: Option<Instant>,
    demand: Demand,
}

/// How many pairs are taken in a second.
#[derive(Clone, Copy, Debug, Default)]
struct Demand {
    since: Instant,
    /// In the second that began then, and in the one before it.
    counted: usize,
    before: usize,
}

impl Demand {
    const SECOND: Duration = Duration::from_secs(1);

    fn one_more(&mut self, now: Instant) {
        let age = now.since(self.since);
        if age >= Self::SECOND {
            self.before = if age < 2 * Self::SECOND { self.counted } else { 0 };
            (self.since, self.counted) = (now, 0);
        }
        self.counted += 1;
    }

    fn a_second(self) -> usize {
        self.counted.max(self.before)
    }
}

/// Why a pair could not be bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// One of the two ports belongs to somebody else.
    Taken,
    /// The process or the machine has no more sockets.
    Exhausted,
}

/// What came of a pair asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It may be announced.
    Ready,
    /// Somebody else holds it, which is news to the operator.
    Taken,
    /// It is tried again by and by.
    Later,
}

impl Pool {
    /// A pool with nothing bound.
    pub fn new(settings: PoolSettings) -> Self {
        let (first, last) = (*settings.range.start(), *settings.range.end());
        let untried = (first..=last).filter(|port| port % 2 == 0 && *port < last && *port > 0).collect();
        Self {
            settings,
            untried,
            ready: BTreeSet::new(),
            binding: 0,
            busy: 0,
            resting: VecDeque::new(),
            taken: VecDeque::new(),
            foreign: BTreeSet::new(),
            starved: None,
            demand: Demand::default(),
        }
    }

    /// The next pair to bind, if there are too few; answer with [`bound`](Self::bound).
    pub fn wanted(&mut self, now: Instant) -> Option<u16> {
        if !self.is_short() || self.starved.is_some_and(|until| until > now) {
            return None;
        }
        self.starved = None;
        let port = self.untried.pop_front().or_else(|| {
            self.taken.front().filter(|(at, _)| *at <= now)?;
            self.taken.pop_front().map(|(_, port)| port)
        })?;
        self.binding += 1;
        Some(port)
    }

    /// Takes note of how binding went.
    pub fn bound(&mut self, now: Instant, port: u16, result: Result<(), Unbound>) -> Bound {
        self.binding -= 1;
        match result {
            Ok(()) => {
                self.foreign.remove(&port);
                self.ready.insert(port);
                Bound::Ready
            }
            Err(Unbound::Taken) => {
                self.taken.push_back((now + RETRY_AFTER, port));
                if self.foreign.insert(port) { Bound::Taken } else { Bound::Later }
            }
            Err(Unbound::Exhausted) => {
                self.starved = Some(now + RETRY_AFTER);
                self.untried.push_front(port);
                Bound::Later
            }
        }
    }

    /// A call takes an announced pair; `false` if there is no such.
    pub fn open(&mut self, now: Instant, port: u16) -> bool {
        let known = self.ready.remove(&port);
        if known {
            self.busy += 1;
            self.demand.one_more(now);
        }
        known
    }

    /// A call gave the pair back.
    pub fn close(&mut self, now: Instant, port: u16) {
        self.resting.push_back((now + self.settings.rest, port));
    }

    /// A pair went to another thread with its sockets. It comes home, if ever, when nobody holds it any
    /// more and everything else is in use.
    pub fn leave(&mut self, now: Instant, port: u16) {
        self.busy -= 1;
        self.foreign.insert(port);
        self.taken.push_back((now + RETRY_AFTER, port));
    }

    /// A pair came from another thread, in a call; perhaps one that had left from here.
    pub fn join(&mut self, port: u16) {
        self.busy += 1;
        self.foreign.remove(&port);
        self.taken.retain(|(_, taken)| *taken != port);
    }

    /// The next pair that has rested and may be announced again.
    pub fn rested(&mut self, now: Instant) -> Option<u16> {
        let (_, port) = *self.resting.front().filter(|(at, _)| *at <= now)?;
        self.resting.pop_front();
        self.busy -= 1;
        self.ready.insert(port);
        Some(port)
    }

    /// When to look again.
    pub fn timeout(&self) -> Option<Instant> {
        let retry = self.taken.front().map(|(at, _)| *at).into_iter().chain(self.starved).max();
        let rested = self.resting.front().map(|(at, _)| *at);
        rested.into_iter().chain(retry.filter(|_| self.is_short())).min()
    }

    fn is_short(&self) -> bool {
        let coming = self.ready.len() + self.binding;
        let ahead = self.demand.a_second().clamp(self.settings.ahead, AHEAD_MAX.max(self.settings.ahead));
        coming < ahead && coming + self.busy < self.settings.most
    }
}
