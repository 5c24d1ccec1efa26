//! Day/night keys: schedules that somebody holds open or closed by hand, until they would change next anyway.

use std::{collections::HashMap, sync::Arc};

use callplan::Hours;
use clock::Wall;

use super::Row;

/// Begins the names of the values that the store keeps for schedules.
const PREFIX: &str = "hours:";

/// A schedule that is held, and until when; for good if it never changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    is_open: bool,
    until: Option<Wall>,
}

/// Every schedule that is held.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashMap<Arc<str>, Held>);

impl Keys {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            let held = str::from_utf8(value).ok().and_then(read);
            if let (Some(hours), Some(held)) = (name.strip_prefix(PREFIX), held) {
                self.0.insert(hours.into(), held);
            }
        }
    }

    /// How a schedule is held; `None` if it is left to itself.
    pub(crate) fn of(&self, hours: &str, now: Wall) -> Option<bool> {
        let held = self.0.get(hours)?;
        held.until.is_none_or(|until| now < until).then_some(held.is_open)
    }

    /// Holds a schedule open or closed, or no longer; gives what the store has to keep.
    pub(crate) fn hold(&mut self, hours: &Hours, is_open: Option<bool>, now: Wall) -> Row {
        let held = is_open.map(|is_open| Held { is_open, until: hours.next_change(now) });
        let text = match held {
            Some(held) => {
                self.0.insert(hours.name.clone(), held);
                let word = if held.is_open { "open" } else { "closed" };
                let until = held.until.map_or_else(String::new, |until| format!(" {}", until.unix_micros()));
                format!("{word}{until}")
            }
            None => {
                self.0.remove(&hours.name);
                "auto".to_owned()
            }
        };
        (format!("{PREFIX}{}", hours.name).into(), text.as_bytes().into())
    }
}

fn read(text: &str) -> Option<Held> {
    let (word, until) = match text.split_once(' ') {
        Some((word, until)) => (word, Some(Wall::from_unix_micros(until.parse().ok()?))),
        None => (text, None),
    };
    let is_open = match word {
        "open" => true,
        "closed" => false,
        _ => return None,
    };
    Some(Held { is_open, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_read_again_and_auto_is_nothing() {
        let read = |text| read(text).map(|held| (held.is_open, held.until.map(Wall::unix_micros)));
        assert_eq!(read("open 5000"), Some((true, Some(5000))));
        assert_eq!(read("closed"), Some((false, None)));
        for none in ["auto", "", "open x", "ajar 5"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_key_returns_by_itself() {
        let mut keys = Keys::default();
        keys.restore(&[("hours:office".into(), b"open 5000".as_slice().into())]);
        assert_eq!(keys.of("office", Wall::from_unix_micros(4999)), Some(true));
        assert_eq!(keys.of("office", Wall::from_unix_micros(5000)), None);
        assert_eq!(keys.of("shop", Wall::from_unix_micros(0)), None);
    }
}
