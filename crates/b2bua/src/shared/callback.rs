//! Call-backs after emergencies: for a while whoever helps reaches the phone that asked, past plan, hours, limits
//! and do-not-disturb (PRODUCT §1.10).
//!
//! A phone has one window, which its next emergency call opens anew. They are few and lasting: the store keeps
//! each under the phone's name, so a restart in the middle of a fire changes nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::E164;
use clock::Wall;

use super::Row;

/// Before the name of a phone in the store's key of its window.
const KEY: &str = "emergency/";
/// Phones with a window at one time; beyond it the one that ends first makes room.
const WINDOWS_MAX: usize = 1024;

/// Every open window.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    open: BTreeMap<Arc<str>, Window>,
}

/// One phone that asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    until: Wall,
    /// What its call showed, and its person's own number.
    numbers: Vec<E164>,
}

impl Callbacks {
    /// Opens the window of a phone; gives the row that the store has to keep.
    pub(crate) fn open(
        &mut self,
        phone: &Arc<str>,
        numbers: impl IntoIterator<Item = E164>,
        now: Wall,
        lasts: Duration,
    ) -> Row {
        self.open.retain(|_, window| window.until > now);
        if self.open.len() >= WINDOWS_MAX {
            let first =
                self.open.iter().min_by_key(|(_, window)| window.until).map(|(phone, _)| phone.clone());
            first.map(|phone| self.open.remove(&phone));
        }
        let lasts = i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX);
        let until = Wall::from_unix_micros(now.unix_micros().saturating_add(lasts));
        let window = Window { until, numbers: numbers.into_iter().collect() };
        let row = (format!("{KEY}{phone}").into(), window.write().as_bytes().into());
        self.open.insert(phone.clone(), window);
        row
    }

    /// Whether this phone asked for help and may still be called back.
    pub(crate) fn is_open(&self, phone: &str, now: Wall) -> bool {
        self.open.get(phone).is_some_and(|window| window.until > now)
    }

    /// Takes up the windows that the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let windows = values.iter().filter_map(|(key, value)| {
            Some((key.strip_prefix(KEY)?.into(), Window::read(str::from_utf8(value).ok()?)?))
        });
        self.open.extend(windows.take(WINDOWS_MAX));
    }

    /// The phone that a call to `number` has to ring: of several that showed it, the one that asked last.
    pub(crate) fn phone(&self, number: E164, now: Wall) -> Option<&Arc<str>> {
        let fits = |window: &Window| window.until > now && window.numbers.contains(&number);
        let fitting = self.open.iter().filter(|(_, window)| fits(window));
        fitting.max_by_key(|(_, window)| window.until).map(|(phone, _)| phone)
    }
}

impl Window {
    fn write(&self) -> String {
        let numbers: String = self.numbers.iter().map(|number| format!(" {number}")).collect();
        format!("{}{numbers}", self.until.unix_micros())
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let until = Wall::from_unix_micros(words.next()?.parse().ok()?);
        Some(Self { until, numbers: words.filter_map(|word| word.parse().ok()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(last: u32) -> E164 {
        format!("+1202555{last:04}").parse().unwrap()
    }

    fn at(seconds: i64) -> Wall {
        Wall::from_unix_micros(seconds * 1_000_000)
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_window_leads_to_who_asked_last_and_ends() {
        let mut callbacks = Callbacks::default();
        callbacks.open(&"ana".into(), [number(100), number(102)], at(0), HOUR);
        callbacks.open(&"ben".into(), [number(100)], at(60), HOUR);
        let phone = |callbacks: &Callbacks, last, now| callbacks.phone(number(last), at(now)).cloned();
        assert_eq!(phone(&callbacks, 100, 61).as_deref(), Some("ben"));
        assert_eq!(phone(&callbacks, 102, 61).as_deref(), Some("ana"));
        assert_eq!(phone(&callbacks, 101, 61), None);
        assert_eq!(["ana", "cho"].map(|phone| callbacks.is_open(phone, at(61))), [true, false]);
        assert!(!callbacks.is_open("ana", at(3_600)));
        assert_eq!(phone(&callbacks, 102, 3_600), None);
        assert_eq!(phone(&callbacks, 100, 3_601).as_deref(), Some("ben"));
        callbacks.open(&"ana".into(), [number(100)], at(120), HOUR);
        assert_eq!(phone(&callbacks, 100, 121).as_deref(), Some("ana"));
    }

    #[test]
    fn windows_survive_a_restart() {
        let mut before = Callbacks::default();
        let (key, value) = before.open(&"ana".into(), [number(100), number(102)], at(5), HOUR);
        let mut after = Callbacks::default();
        after.restore(&[(key, value), ("trunk-word/x".into(), b"word".as_slice().into())]);
        assert_eq!(after.open, before.open);
    }

    #[test]
    fn a_full_table_lets_the_one_go_that_ends_first() {
        let mut callbacks = Callbacks::default();
        for index in 0..=WINDOWS_MAX {
            let now = at(i64::try_from(index).unwrap());
            callbacks.open(&format!("phone-{index}").into(), [number(100)], now, HOUR * 24);
        }
        assert_eq!(callbacks.open.len(), WINDOWS_MAX);
        assert!(!callbacks.open.contains_key("phone-0"));
    }
}
