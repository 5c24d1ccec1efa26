//! Callers whom people want no calls of, kept over restarts; and who rang whom last, which is what a person blocks.
//!
//! Lists of the config are the site's and are asked by its plans; what stands here is one person's, asked whenever
//! that person would ring. Who rang last is known since the start and not kept: one row a ring would be written for
//! a code that is dialled once a year.

use std::{collections::HashMap, sync::Arc};

use callplan::E164;

use super::Row;

/// Begins the names of the values that the store keeps for people.
const PREFIX: &str = "blocked:";
/// Numbers one person may block. None makes room for another: who was blocked once is never let through unasked.
pub(crate) const BLOCKED_MAX: usize = 200;

/// The person whom a value of the store is about, and the numbers that they have blocked.
pub fn read<'v>(name: &'v str, value: &[u8]) -> Option<(&'v str, Vec<E164>)> {
    let (person, text) = (name.strip_prefix(PREFIX)?, str::from_utf8(value).ok()?);
    Some((person, text.split_whitespace().filter_map(E164::parse).collect()))
}

/// Who rang a person last from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// This number.
    Number(E164),
    /// Somebody who did not say.
    Withheld,
}

/// What people have blocked, and whom they might.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    of: HashMap<Arc<str>, Vec<E164>>,
    last: HashMap<Arc<str>, Last>,
}

impl Blocked {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let read = values.iter().filter_map(|(name, value)| read(name, value));
        self.of.extend(read.map(|(person, numbers)| (person.into(), numbers)));
    }

    /// The numbers that a person has blocked, the oldest first.
    pub(crate) fn of(&self, person: &str) -> &[E164] {
        self.of.get(person).map_or(&[], Vec::as_slice)
    }

    /// Whether a person wants no calls of this number.
    pub(crate) fn has(&self, person: &str, number: E164) -> bool {
        self.of(person).contains(&number)
    }

    /// Whether a person may block one more.
    pub(crate) fn has_room(&self, person: &str) -> bool {
        self.of(person).len() < BLOCKED_MAX
    }

    /// Blocks a number, or no longer; gives what the store has to keep.
    pub(crate) fn set(&mut self, person: &Arc<str>, number: E164, is_blocked: bool) -> Row {
        let numbers = self.of.entry(person.clone()).or_default();
        match (is_blocked, numbers.iter().position(|own| *own == number)) {
            (true, None) => numbers.push(number),
            (false, Some(at)) => {
                numbers.remove(at);
            }
            (true, Some(_)) | (false, None) => {}
        }
        let text: Vec<_> = numbers.iter().map(E164::to_string).collect();
        (format!("{PREFIX}{person}").into(), text.join(" ").as_bytes().into())
    }

    /// Somebody outside rings a phone of a person's, or talks with them.
    pub(crate) fn rang(&mut self, person: &Arc<str>, last: Last) {
        match self.last.get_mut(person) {
            Some(known) => *known = last,
            None => {
                self.last.insert(person.clone(), last);
            }
        }
    }

    /// Who rang a person last.
    pub(crate) fn last(&self, person: &str) -> Option<Last> {
        self.last.get(person).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(last: usize) -> E164 {
        format!("+1202555{last:04}").parse().unwrap()
    }

    #[test]
    fn what_is_blocked_outlives_the_process_and_what_is_not_does_not() {
        let ana: Arc<str> = "ana".into();
        let mut before = Blocked::default();
        let mut kept = vec![("person:ana".into(), b"dnd".as_slice().into())];
        kept.extend([1, 2, 2, 3].map(|last| before.set(&ana, number(last), true)));
        kept.push(before.set(&ana, number(2), false));
        let mut after = Blocked::default();
        after.restore(&kept);
        assert_eq!(after.of("ana"), [number(1), number(3)]);
        assert!(after.has("ana", number(1)) && !after.has("ana", number(2)) && !after.has("ben", number(1)));
    }

    #[test]
    fn nobody_blocks_more_than_their_room_holds() {
        let ana: Arc<str> = "ana".into();
        let mut blocked = Blocked::default();
        for last in 0..BLOCKED_MAX {
            assert!(blocked.has_room("ana"));
            blocked.set(&ana, number(last), true);
        }
        assert!(!blocked.has_room("ana") && blocked.has_room("ben"));
        blocked.set(&ana, number(7), false);
        assert!(blocked.has_room("ana"));
    }

    #[test]
    fn of_several_callers_the_last_counts() {
        let ana: Arc<str> = "ana".into();
        let mut blocked = Blocked::default();
        assert_eq!(blocked.last("ana"), None);
        blocked.rang(&ana, Last::Number(number(1)));
        blocked.rang(&ana, Last::Withheld);
        assert_eq!(blocked.last("ana"), Some(Last::Withheld));
    }
}
