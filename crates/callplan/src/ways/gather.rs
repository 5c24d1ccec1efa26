//! Things that are said of calls, those that say the same told as one: of several ways, kinds of callers, numbers.

use std::collections::BTreeMap;

use super::somebody::Somebody;
use crate::{Site, step::Entry, times::Times};

/// Something that is said of one kind of caller at one number, in one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Single<W> {
    /// The place of its number among those that are called.
    pub(crate) called: usize,
    /// The place of the kind of caller among those of that number.
    pub(crate) caller: usize,
    /// What happens first, in words.
    pub(crate) when: Vec<String>,
    /// What is said.
    pub(crate) what: W,
}

/// When each of them is so, and a call that shows it.
pub(crate) type Singles<W, Q> = BTreeMap<Single<W>, (Times, Q)>;

/// What is said of several at once.
#[derive(Clone, Debug)]
pub(crate) struct Gathered<W, Q> {
    pub(crate) called: Vec<String>,
    /// Whoever calls, if none is named.
    pub(crate) callers: Vec<String>,
    pub(crate) times: Times,
    pub(crate) when: Vec<Vec<String>>,
    pub(crate) what: W,
    pub(crate) example: Q,
}

/// Joins those that say the same, in the order of what is called.
pub(crate) fn gather<W: Ord, Q>(
    names: &[String],
    kinds: &[Vec<Somebody>],
    found: Singles<W, Q>,
) -> Vec<Gathered<W, Q>> {
    type Said<W> = (usize, usize, Times, W);
    let mut by_way: BTreeMap<Said<W>, (Vec<Vec<String>>, Q)> = BTreeMap::new();
    for (Single { called, caller, when, what }, (times, question)) in found {
        let (ways, _) = by_way.entry((called, caller, times, what)).or_insert((Vec::new(), question));
        ways.push(when);
    }
    type Heard<W> = (usize, Times, Vec<Vec<String>>, W);
    let mut by_caller: BTreeMap<Heard<W>, (Vec<usize>, Q)> = BTreeMap::new();
    for ((called, caller, times, what), (ways, question)) in by_way {
        let (callers, _) = by_caller.entry((called, times, ways, what)).or_insert((Vec::new(), question));
        callers.push(caller);
    }
    type Told<W> = (Times, Vec<Vec<String>>, Vec<String>, W);
    let mut by_number: BTreeMap<Told<W>, (Vec<usize>, Q)> = BTreeMap::new();
    for ((called, times, ways, what), (callers, question)) in by_caller {
        let all = &kinds[called];
        let callers = if callers.len() == all.len() {
            Vec::new()
        } else {
            callers.into_iter().map(|caller| all[caller].words.clone()).collect()
        };
        let (same, _) = by_number.entry((times, ways, callers, what)).or_insert((Vec::new(), question));
        same.push(called);
    }
    let gathered = by_number.into_iter().map(|((times, when, callers, what), (called, example))| {
        let named = called.iter().map(|at| names[*at].clone()).collect();
        (called[0], Gathered { called: named, callers, times, when, what, example })
    });
    let mut gathered: Vec<_> = gathered.collect();
    // What needs nobody to do anything stands before the rest.
    gathered.sort_by_key(|(first, it)| (*first, it.when.iter().map(Vec::len).min()));
    gathered.into_iter().map(|(_, gathered)| gathered).collect()
}

/// What is called, as people know it.
pub(crate) fn called(site: &Site, entry: Entry) -> String {
    match entry {
        Entry::Number(number) => site[number].e164.to_string(),
        Entry::Person(person) => site[person].ext.as_ref().unwrap_or(&site[person].name).to_string(),
        Entry::Phone(phone) | Entry::CallBack(phone) => {
            site[phone].ext.as_ref().unwrap_or(&site[phone].name).to_string()
        }
        Entry::Group(group) => site[group].ext.as_ref().unwrap_or(&site[group].name).to_string(),
        Entry::Queue(queue) => site[queue].ext.as_ref().unwrap_or(&site[queue].name).to_string(),
        Entry::Mailbox(mailbox) => site[mailbox].name.to_string(),
        Entry::Plan(plan) => site[plan].name.to_string(),
    }
}
