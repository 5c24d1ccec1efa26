//! When a change of the config is taken back (PRODUCT 5, F6): what the switch did before it, what it does since, and the
//! band that it has to stay in.
//!
//! | figure | leaves its band |
//! |---|---|
//! | phones registered | more than a tenth of them are gone, and three at least |
//! | calls answered | of ten at least, fewer than chance explains |
//! | calls not set up | five at least, and more than chance explains |
//! | a trunk that could be used | for 30 s it could not |
//!
//! What chance explains is three standard deviations from the share of the hour before. Pure: it is told figures and the
//! time.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

use b2bua::{counters::Counters, switch::Figures};
use clock::Instant;

/// Phones that have to be gone before that counts.
const PHONES_GONE_MIN: usize = 3;

/// Calls whose answers are judged.
const CALLS_MIN: u64 = 10;

/// Calls of the hour before from which their usual share is known.
const CALLS_BEFORE_MIN: u64 = 20;

/// Calls not set up before that counts.
const FAILED_MIN: u64 = 5;

/// Standard deviations that chance explains.
const DEVIATIONS: f64 = 3.0;

/// The share of calls not set up that is taken for usual where it is not known. No share is taken for less, nor for
/// more than what is left: chance would explain nothing then.
const SHARE_MIN: f64 = 0.05;

/// How long a trunk may take to be usable again; to register anew takes a few seconds.
const TRUNK: Duration = Duration::from_secs(30);

/// Minutes that are looked back on.
const MINUTES: usize = 60;

/// What became of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) answered: u64,
    pub(super) in_vain: u64,
    /// Of those in vain.
    pub(super) not_set_up: u64,
}

/// What became of calls by the end of each of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Past(VecDeque<Tried>);

/// A change that is watched.
#[derive(Debug)]
pub(super) struct Trial {
    version: u32,
    until: Instant,
    /// Phones registered before it.
    registered: usize,
    /// Of the hour before.
    usual: Tried,
    began: Tried,
    now: Tried,
    /// Since when each trunk can't be used that could.
    trunks: BTreeMap<Arc<str>, Option<Instant>>,
}

/// What is to be done with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is watched on.
    Watched,
    /// Its time is over: it stays.
    Stays,
    /// It is taken back.
    Back(Why),
    /// Another version is in force.
    Overtaken(u32),
    /// The switch is about to end.
    Ending,
}

/// Why a change is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Registrations { before: usize, now: usize },
    Answers { since: Tried, usual: Tried },
    NotSetUp { since: Tried, usual: Tried },
    Trunk(Arc<str>),
}

impl Tried {
    pub(super) const fn of(counters: &Counters) -> Self {
        Self { answered: counters.answered, in_vain: counters.in_vain, not_set_up: counters.not_set_up }
    }

    const fn since(self, before: Self) -> Self {
        Self {
            answered: self.answered.saturating_sub(before.answered),
            in_vain: self.in_vain.saturating_sub(before.in_vain),
            not_set_up: self.not_set_up.saturating_sub(before.not_set_up),
        }
    }

    /// All of them.
    pub(super) const fn calls(self) -> u64 {
        self.answered + self.in_vain
    }
}

impl Past {
    /// A minute is over.
    pub(super) fn note(&mut self, tried: Tried) {
        if self.0.len() >= MINUTES {
            self.0.pop_front();
        }
        self.0.push_back(tried);
    }

    /// What became of the calls of the last hour; since the start if that is not as long ago.
    fn hour(&self, now: Tried) -> Tried {
        match self.0.front() {
            Some(first) if self.0.len() >= MINUTES => now.since(*first),
            Some(_) | None => now,
        }
    }
}

/// Whether so many registrations lost are too many.
pub(super) const fn are_too_many(gone: usize, before: usize) -> bool {
    gone >= PHONES_GONE_MIN && gone * 10 > before
}

impl Trial {
    /// A change that came into force `now`, after these figures.
    pub(super) fn new(version: u32, before: &Figures, past: &Past, now: Instant, window: Duration) -> Self {
        let tried = Tried::of(&before.counters);
        let usable = before.trunks.iter().filter(|(_, is_usable)| *is_usable);
        Self {
            version,
            until: now + window,
            registered: before.registered - before.leaving,
            usual: past.hour(tried),
            began: tried,
            now: tried,
            trunks: usable.map(|(name, _)| (Arc::clone(name), None)).collect(),
        }
    }

    /// Which version it made.
    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    /// What became of the calls since.
    pub(super) const fn tried(&self) -> Tried {
        self.now.since(self.began)
    }

    /// Phones that were registered before it.
    pub(super) const fn registered(&self) -> usize {
        self.registered
    }

    /// How long it is watched still.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until.since(now)
    }

    /// Judges what the switch does now.
    pub(super) fn look(&mut self, figures: &Figures, now: Instant) -> Verdict {
        self.now = Tried::of(&figures.counters);
        self.look_at_trunks(&figures.trunks, now);
        if figures.version != self.version {
            return Verdict::Overtaken(figures.version);
        }
        if figures.is_draining {
            return Verdict::Ending;
        }
        match self.why(figures.registered, now) {
            Some(why) => Verdict::Back(why),
            None if now >= self.until => Verdict::Stays,
            None => Verdict::Watched,
        }
    }

    fn look_at_trunks(&mut self, trunks: &[(Arc<str>, bool)], now: Instant) {
        for (name, down) in &mut self.trunks {
            // One that the change took out is missed by nobody.
            let is_down = trunks.iter().any(|(it, is_usable)| it == name && !is_usable);
            *down = if is_down { down.or(Some(now)) } else { None };
        }
    }

    fn why(&self, registered: usize, now: Instant) -> Option<Why> {
        let (since, usual) = (self.tried(), self.usual);
        if are_too_many(self.registered.saturating_sub(registered), self.registered) {
            return Some(Why::Registrations { before: self.registered, now: registered });
        }
        if since.not_set_up >= FAILED_MIN
            && since.not_set_up as f64 > bounds(since, share(usual.not_set_up, usual)).1
        {
            return Some(Why::NotSetUp { since, usual });
        }
        if since.calls() >= CALLS_MIN
            && usual.calls() >= CALLS_BEFORE_MIN
            && (since.answered as f64) < bounds(since, share(usual.answered, usual)).0
        {
            return Some(Why::Answers { since, usual });
        }
        let is_long = |down: &Option<Instant>| down.is_some_and(|down| now.since(down) >= TRUNK);
        let down = self.trunks.iter().find(|(_, down)| is_long(down));
        down.map(|(name, _)| Why::Trunk(Arc::clone(name)))
    }
}

/// The usual share of such calls, as far as it is known.
fn share(such: u64, usual: Tried) -> f64 {
    if usual.calls() < CALLS_BEFORE_MIN {
        return SHARE_MIN;
    }
    (such as f64 / usual.calls() as f64).clamp(SHARE_MIN, 1.0 - SHARE_MIN)
}

/// Between how many and how many calls chance explains, where this share is usual.
fn bounds(since: Tried, share: f64) -> (f64, f64) {
    let calls = since.calls() as f64;
    let (expected, deviation) = (calls * share, (calls * share * (1.0 - share)).sqrt());
    (expected - DEVIATIONS * deviation, expected + DEVIATIONS * deviation)
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = |usual: &Tried, such: u64| match usual.calls() {
            0 => "; there was none in the hour before".to_owned(),
            calls => format!("; in the hour before it was {such} of {calls}"),
        };
        match self {
            Self::Registrations { before, now } => {
                write!(out, "of {before} registered phones {now} are left")
            }
            Self::Answers { since, usual } => {
                let calls = since.calls();
                write!(
                    out,
                    "{} of {calls} calls were answered{}",
                    since.answered,
                    before(usual, usual.answered)
                )
            }
            Self::NotSetUp { since, usual } => {
                let (calls, before) = (since.calls(), before(usual, usual.not_set_up));
                write!(out, "{} of {calls} calls could not be set up{before}", since.not_set_up)
            }
            Self::Trunk(name) => write!(out, "trunk {name} can't be used for {} s by now", TRUNK.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests;
