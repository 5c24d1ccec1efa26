//! Entries of caller lists that were added at run time, kept over restarts. The config has its own: what stands here
//! is state, beside it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use callplan::E164;

use super::Row;

/// Begins the names of the values that the store keeps for lists, one an entry.
const PREFIX: &str = "list:";
/// Entries of one list; beyond it a file of the config is the better place.
pub const ENTRIES_MAX: usize = 10_000;
const IN: &[u8] = b"in";
const OUT: &[u8] = b"out";

/// The list and the number that a value of the store says are one, if it does.
pub fn read<'v>(name: &'v str, value: &[u8]) -> Option<(&'v str, E164)> {
    let (list, number) = name.strip_prefix(PREFIX)?.rsplit_once(':')?;
    (value == IN).then_some((list, E164::parse(number)?))
}

/// Every entry, by the name of its list.
#[derive(Debug, Default)]
pub(crate) struct Lists(HashMap<Arc<str>, BTreeSet<E164>>);

impl Lists {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (list, number) in values.iter().filter_map(|(name, value)| read(name, value)) {
            self.0.entry(list.into()).or_default().insert(number);
        }
    }

    /// Whether a number was added to a list.
    pub(crate) fn has(&self, list: &str, number: E164) -> bool {
        self.0.get(list).is_some_and(|numbers| numbers.contains(&number))
    }

    /// Whether a list takes one more.
    pub(crate) fn has_room(&self, list: &str) -> bool {
        self.0.get(list).is_none_or(|numbers| numbers.len() < ENTRIES_MAX)
    }

    /// Adds a number to a list or takes it out; gives what the store has to keep.
    pub(crate) fn set(&mut self, list: &Arc<str>, number: E164, is_in: bool) -> Row {
        let numbers = self.0.entry(list.clone()).or_default();
        if is_in {
            numbers.insert(number);
        } else {
            numbers.remove(&number);
        }
        (format!("{PREFIX}{list}:{number}").into(), if is_in { IN } else { OUT }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(last: usize) -> E164 {
        format!("+1202{last:07}").parse().unwrap()
    }

    #[test]
    fn what_was_added_outlives_the_process_and_what_was_taken_out_does_not() {
        let (vip, spam): (Arc<str>, Arc<str>) = ("vip".into(), "spam".into());
        let mut before = Lists::default();
        let mut kept = vec![("hours:vip:+12025550142".into(), b"in".as_slice().into())];
        kept.extend([before.set(&vip, number(1), true), before.set(&spam, number(2), true)]);
        kept.push(before.set(&spam, number(3), true));
        // The store has one value of a name.
        kept.pop();
        kept.push(before.set(&spam, number(3), false));
        let mut after = Lists::default();
        after.restore(&kept);
        for (list, last, is_in) in
            [("vip", 1, true), ("vip", 2, false), ("spam", 2, true), ("spam", 3, false)]
        {
            assert_eq!(after.has(list, number(last)), is_in, "{list} {last}");
            assert_eq!(before.has(list, number(last)), is_in, "{list} {last}");
        }
    }

    #[test]
    fn a_list_takes_so_many_and_no_more() {
        let vip: Arc<str> = "vip".into();
        let mut lists = Lists::default();
        for last in 0..ENTRIES_MAX {
            assert!(lists.has_room("vip"));
            lists.set(&vip, number(last), true);
        }
        assert!(!lists.has_room("vip") && lists.has_room("spam"));
        lists.set(&vip, number(7), false);
        assert!(lists.has_room("vip"));
    }
}
