//! Test calls: out over a real trunk to a number of ours, so that the carrier brings them back in.
//!
//! ```text
//!   asked ── placed ──> the trunk takes it ── a call comes in that fits ──> its plan runs, up to whom it would ring
//!                              └── nothing comes ──> it did not come back
//! ```
//!
//! One runs at a time. The call that comes back is known by the number that it is for, the number that calls and the
//! time: a carrier lets nothing else through on which one could rely. So a carrier that hides or changes the caller's
//! number to another of ours is believed as well, and one that shows a stranger's is not: then the probe did not come
//! back, and the caller was one like any other.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use callplan::{
    E164, Number, NumberId, Site, TrunkId,
    step::{Caller, Facts},
};
use clock::{Instant, Wall};

/// How long a test call lasts at most, from when it is placed: enough for a greeting and its menu.
pub(crate) const LASTS_MAX: Duration = Duration::from_secs(40);
/// How many may be asked for at one time.
pub(crate) const WAITING_MAX: usize = 1_000;

/// A test call that is to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The number of ours that is called.
    pub number: E164,
    /// The number of ours that calls.
    pub from: E164,
    /// The trunk that it goes out by.
    pub trunk: Arc<str>,
}

impl Asked {
    /// By the number's own trunk unless another is named, and from another number of ours on it unless one is: many
    /// carriers lead a call from a number to itself elsewhere. `None` for a number without a trunk.
    pub fn of(site: &Site, number: NumberId, from: Option<E164>, trunk: Option<TrunkId>) -> Option<Self> {
        let entry = &site[number];
        let trunk = trunk.or(entry.trunk)?;
        let beside = |other: &&Number| other.trunk == entry.trunk && other.e164 != entry.e164;
        let beside = || site.numbers.iter().find(beside).map(|other| other.e164);
        let from = from.or_else(beside).unwrap_or(entry.e164);
        Some(Self { number: entry.e164, from, trunk: Arc::clone(&site[trunk].name) })
    }
}

/// What a test call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was asked for.
    pub asked: Asked,
    /// When it was placed.
    pub at: Wall,
    /// How it went.
    pub verdict: Verdict,
    /// Steps that it took here, as in records; empty if it did not come back.
    pub path: Arc<str>,
}

/// How a test call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It came back and took the steps that `explain` foretells.
    AsExplained,
    /// It took others than these.
    Otherwise(Arc<str>),
    /// It did not come back; what the trunk said, 200 if somebody took it.
    NotBack(u16),
    /// It could not be placed.
    NotPlaced(&'static str),
}

impl Verdict {
    /// Whether nothing is wrong.
    pub const fn is_well(&self) -> bool {
        matches!(self, Self::AsExplained)
    }
}

/// The test call that runs.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) asked: Asked,
    until: Instant,
    /// What came back of it.
    pub(crate) back: Option<Back>,
    /// What the trunk said in the end.
    pub(crate) status: Option<u16>,
}

/// A test call that came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Back {
    /// What its plan knew, and when it came.
    pub(crate) came: Option<(Facts, Wall)>,
    /// Steps that it took.
    pub(crate) path: Arc<str>,
    /// It was ended where it would have rung somebody.
    pub(crate) was_cut: bool,
    /// It is over.
    pub(crate) is_over: bool,
}

/// Test calls that are to be placed, the one that runs, and what those before came to.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    waiting: VecDeque<Asked>,
    running: Option<Running>,
    told: BTreeMap<E164, Told>,
    /// When numbers are tried next by themselves.
    pub(crate) due: Option<Wall>,
    /// When it is looked next whether that is now.
    pub(crate) looked_at: Option<Instant>,
}

impl Probes {
    /// One more; false if there are too many.
    pub(crate) fn ask(&mut self, asked: Asked) -> bool {
        let has_room = self.waiting.len() < WAITING_MAX;
        if has_room && !self.waiting.contains(&asked) {
            self.waiting.push_back(asked);
        }
        has_room
    }

    /// The next to be placed, unless one runs.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Asked> {
        // One whose calls were lost in a fault is waited for no longer than it may last.
        self.running.take_if(|running| now >= running.until + LASTS_MAX);
        if self.running.is_some() { None } else { self.waiting.pop_front() }
    }

    /// It was placed.
    pub(crate) fn placed(&mut self, asked: Asked, now: Instant) {
        self.running = Some(Running { asked, until: now + LASTS_MAX, back: None, status: None });
    }

    /// Whether this call is the one that runs, which has come back; if so that is noted.
    pub(crate) fn comes_back(&mut self, number: E164, caller: Caller, is_ours: bool, now: Instant) -> bool {
        let Some(running) = &mut self.running else { return false };
        let fits = match caller {
            Caller::Withheld => true,
            Caller::Number(from) => from == running.asked.from || is_ours,
            Caller::Phone(_) => false,
        };
        let is_it = fits && running.asked.number == number && now < running.until && running.back.is_none();
        if is_it {
            running.back = Some(Back::default());
        }
        is_it
    }

    /// What came back took these steps, and is over.
    pub(crate) fn went(&mut self, back: Back) {
        if let Some(running) = &mut self.running {
            running.back = Some(back);
        }
    }

    /// The call out is over.
    pub(crate) fn is_out_no_more(&mut self, status: u16) {
        if let Some(running) = &mut self.running {
            running.status = Some(status);
        }
    }

    /// The one that ran, once both its calls are over.
    pub(crate) fn done(&mut self) -> Option<Running> {
        let is_done = |running: &Running| {
            running.status.is_some() && running.back.as_ref().is_none_or(|back| back.is_over)
        };
        self.running.take_if(|running| is_done(running))
    }

    /// Notes what one came to.
    pub(crate) fn tell(&mut self, told: Told) {
        self.told.insert(told.asked.number, told);
    }

    /// What the last test call of each number came to.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Told> {
        self.told.values()
    }

    /// How many are still to come.
    pub(crate) fn left(&self) -> usize {
        self.waiting.len() + usize::from(self.running.is_some())
    }
}

#[cfg(test)]
mod tests {
    use callplan::{NumberId, step::Entry};

    use super::*;

    fn number(last: u8) -> E164 {
        E164::parse(&format!("+120255501{last:02}")).expect("it is one")
    }

    fn asked(last: u8) -> Asked {
        Asked { number: number(last), from: number(0), trunk: "north".into() }
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn one_runs_at_a_time_until_both_its_calls_are_over() {
        let mut probes = Probes::default();
        assert!(probes.ask(asked(5)) && probes.ask(asked(6)) && probes.ask(asked(6)));
        assert_eq!(probes.left(), 2);
        let first = probes.next(at(0)).expect("it waits");
        probes.placed(first, at(0));
        assert_eq!(probes.next(at(1)), None);
        assert!(probes.comes_back(number(5), Caller::Number(number(0)), true, at(1)));
        probes.is_out_no_more(480);
        assert!(probes.done().is_none());
        let facts = Facts::new(Caller::Withheld, Entry::Number(NumberId(0)));
        let came = Some((facts, Wall::from_unix_micros(0)));
        probes.went(Back { came, path: "main#1".into(), was_cut: true, is_over: true });
        assert!(probes.done().is_some());
        assert_eq!(probes.next(at(2)), Some(asked(6)));
        // A fault took its calls: the next does not wait for ever.
        probes.placed(asked(6), at(2));
        assert!(probes.ask(asked(7)));
        assert_eq!((probes.next(at(81)), probes.next(at(82))), (None, Some(asked(7))));
    }

    #[test]
    fn what_comes_back_is_known_by_number_caller_and_time() {
        let strange = E164::parse("+12025550942").expect("it is one");
        let comes = |last, caller, is_ours, seconds| {
            let mut probes = Probes::default();
            probes.placed(asked(5), at(0));
            probes.comes_back(number(last), caller, is_ours, at(seconds))
                && !probes.comes_back(number(last), caller, is_ours, at(seconds))
        };
        assert!(comes(5, Caller::Number(number(0)), true, 1));
        assert!(comes(5, Caller::Withheld, false, 39));
        assert!(
            comes(5, Caller::Number(number(9)), true, 1),
            "a carrier may show the account's first number"
        );
        assert!(!comes(5, Caller::Number(strange), false, 1), "a stranger is served");
        assert!(!comes(6, Caller::Withheld, false, 1));
        assert!(!comes(5, Caller::Withheld, false, 40));
        assert!(!Probes::default().comes_back(number(5), Caller::Withheld, false, at(0)));
    }
}
