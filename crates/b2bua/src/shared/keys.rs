//! Schedules that somebody holds open or closed by hand: by a day/night key until they would change next anyway, or
//! from the command line until a time and for a reason. There is one hold a schedule, and the later word counts.
//!
//! What is over is forgotten here; the store keeps the last hold of each schedule, so that the record of a call can
//! still say why.

use std::{collections::BTreeMap, sync::Arc};

use callplan::Hours;
use clock::{Instant, Wall};

use super::Row;

/// Begins the names of the values that the store keeps for schedules.
const PREFIX: &str = "hours:";
/// Stands for an end or a beginning that there is not.
const NONE: &str = "-";

/// How a schedule is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Open, or closed.
    pub is_open: bool,
    /// Since when; unknown of a hold that an earlier release kept.
    pub since: Option<Wall>,
    /// Until when; for good if the schedule never changes by itself.
    pub until: Option<Wall>,
    /// Why, as the operator said; empty for a key.
    pub reason: Arc<str>,
}

impl Held {
    /// Whether it holds at this time.
    pub fn is_on(&self, now: Wall) -> bool {
        self.since.is_none_or(|since| since <= now) && !self.is_over(now)
    }

    fn is_over(&self, now: Wall) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    fn write(&self) -> String {
        let word = if self.is_open { "open" } else { "closed" };
        let [until, since] = [self.until, self.since]
            .map(|at| at.map_or_else(|| NONE.to_owned(), |at| at.unix_micros().to_string()));
        format!("{word} {until} {since} {}", self.reason)
    }

    /// `open 5000 100 stocktake`, or `open 5000` and `open` of an earlier release.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let is_open = match parts.next()? {
            "open" => true,
            "closed" => false,
            _ => return None,
        };
        let mut time = || match parts.next() {
            None | Some(NONE) => Some(None),
            Some(at) => Some(Some(Wall::from_unix_micros(at.parse().ok()?))),
        };
        let (until, since) = (time()?, time()?);
        Some(Self { is_open, since, until, reason: parts.next().unwrap_or_default().into() })
    }
}

/// Reads how a schedule was held last, from what the store keeps; `None` for anything else, and of one that is left to
/// itself.
pub fn read<'a>(name: &'a str, value: &[u8]) -> Option<(&'a str, Held)> {
    Some((name.strip_prefix(PREFIX)?, Held::read(str::from_utf8(value).ok()?)?))
}

/// What the operator asks of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Open, or closed.
    pub is_open: bool,
    /// Until when; until it would change next anyway if it is not said.
    pub until: Option<Wall>,
    /// Why; may be empty.
    pub reason: Arc<str>,
}

impl Hold {
    /// As a key would hold it.
    pub fn by_key(is_open: bool) -> Self {
        Self { is_open, until: None, reason: Arc::default() }
    }

    /// From now on.
    pub(crate) fn begin(self, hours: &Hours, now: Wall) -> Held {
        let until = self.until.or_else(|| hours.next_change(now));
        Held { is_open: self.is_open, since: Some(now), until, reason: self.reason }
    }
}

/// Every schedule that is held.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    held: BTreeMap<Arc<str>, Held>,
    /// When somebody looks whether one is over.
    pub(crate) looked_at: Option<Instant>,
}

impl Keys {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let read = values.iter().filter_map(|(name, value)| read(name, value));
        self.held.extend(read.map(|(name, held)| (name.into(), held)));
    }

    /// Whether a schedule is held open or closed; `None` if it is left to itself.
    pub(crate) fn of(&self, hours: &str, now: Wall) -> Option<bool> {
        self.held(hours, now).map(|held| held.is_open)
    }

    /// How a schedule is held; `None` if it is left to itself.
    pub(crate) fn held(&self, hours: &str, now: Wall) -> Option<&Held> {
        self.held.get(hours).filter(|held| !held.is_over(now))
    }

    /// Holds a schedule, or no longer; gives what the store has to keep.
    pub(crate) fn hold(&mut self, hours: &Arc<str>, held: Option<Held>) -> Row {
        let text = held.as_ref().map_or_else(|| "auto".to_owned(), Held::write);
        match held {
            Some(held) => self.held.insert(hours.clone(), held),
            None => self.held.remove(hours),
        };
        (format!("{PREFIX}{hours}").into(), text.as_bytes().into())
    }

    /// When the first of all is over.
    pub(crate) fn next_end(&self) -> Option<Wall> {
        self.held.values().filter_map(|held| held.until).min()
    }

    /// One that is over by now, and how it was held; it is forgotten.
    pub(crate) fn over(&mut self, now: Wall) -> Option<(Arc<str>, Held)> {
        let name = self.held.iter().find(|(_, held)| held.is_over(now)).map(|(name, _)| name.clone())?;
        let held = self.held.remove(&name)?;
        Some((name, held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Wall {
        Wall::from_unix_micros(micros)
    }

    #[test]
    fn what_is_held_is_read_again_and_auto_is_nothing() {
        let held = |is_open, since: Option<i64>, until: Option<i64>, reason: &str| Held {
            is_open,
            since: since.map(at),
            until: until.map(at),
            reason: reason.into(),
        };
        for it in [
            held(true, Some(100), Some(5000), "stocktake"),
            held(false, Some(100), None, "the whole - office is out"),
            held(true, None, None, ""),
        ] {
            assert_eq!(Held::read(&it.write()), Some(it.clone()), "{}", it.write());
        }
        // As releases before kept them.
        assert_eq!(Held::read("open 5000"), Some(held(true, None, Some(5000), "")));
        assert_eq!(Held::read("closed"), Some(held(false, None, None, "")));
        for none in ["auto", "", "open x", "ajar 5", "open 5 x"] {
            assert_eq!(Held::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_key_returns_by_itself() {
        let mut keys = Keys::default();
        keys.restore(&[("hours:office".into(), b"open 5000 10 stocktake".as_slice().into())]);
        assert_eq!(keys.of("office", at(4999)), Some(true));
        assert_eq!(keys.of("office", at(5000)), None);
        assert_eq!(keys.of("shop", at(0)), None);
        assert_eq!((keys.next_end(), keys.over(at(4999))), (Some(at(5000)), None));
        let (name, held) = keys.over(at(5000)).unwrap();
        assert_eq!((&*name, &*held.reason), ("office", "stocktake"));
        assert_eq!((keys.next_end(), keys.over(at(9000))), (None, None));
    }

    #[test]
    fn the_later_word_counts() {
        let mut keys = Keys::default();
        let name: Arc<str> = "office".into();
        let held = |is_open| Held { is_open, since: Some(at(1)), until: None, reason: Arc::default() };
        keys.hold(&name, Some(held(true)));
        keys.hold(&name, Some(held(false)));
        assert_eq!(keys.of("office", at(2)), Some(false));
        let (_, value) = keys.hold(&name, None);
        assert_eq!((keys.of("office", at(2)), &*value), (None, b"auto".as_slice()));
    }
}
