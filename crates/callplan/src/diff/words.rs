//! Differences as sentences, those that say the same told as one.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::tz::TimeZone;

use super::{Difference, Single, Singles, callers::Somebody, names};
use crate::{PlanId, Site, explain::Question, step::Entry, times::Times, ways::Horizon};

/// Ways that are told of one difference; of more it is said how many there are.
const WAYS_TOLD_MAX: usize = 3;

/// What is called, as people know it.
pub(super) fn called(site: &Site, entry: Entry) -> String {
    match entry {
        Entry::Number(number) => site[number].e164.to_string(),
        Entry::Person(person) => site[person].ext.as_ref().unwrap_or(&site[person].name).to_string(),
        Entry::Phone(phone) | Entry::CallBack(phone) => {
            site[phone].ext.as_ref().unwrap_or(&site[phone].name).to_string()
        }
        Entry::Group(group) => site[group].ext.as_ref().unwrap_or(&site[group].name).to_string(),
        Entry::Mailbox(mailbox) => site[mailbox].name.to_string(),
        Entry::Plan(plan) => site[plan].name.to_string(),
    }
}

/// What can be called in both sites, and the differences that some can be called in one of them alone.
pub(super) fn shared(
    old: &Site,
    new: &Site,
    Horizon { from, until }: Horizon,
) -> (Vec<(String, [Entry; 2])>, Vec<Difference>) {
    let (was, now) = (names(old), names(new));
    let find = |among: &[(String, Entry)], name: &str| {
        among.iter().find(|(own, _)| own == name).map(|(_, entry)| *entry)
    };
    let both = was.iter().filter_map(|(name, old)| Some((name.clone(), [*old, find(&now, name)?])));
    let both = both.collect();
    let mut always = Times::default();
    always.add(from.unix_micros(), until.unix_micros());
    let plan = |site: &Site, plan: PlanId| format!("plan:{}", site[plan].name);
    let alone = |name: &str, was: String, now: String| Difference {
        called: vec![name.to_owned()],
        callers: Vec::new(),
        times: always.clone(),
        when: vec![Vec::new()],
        was,
        now,
        example: None,
    };
    let gone = was.iter().filter(|(name, _)| find(&now, name).is_none());
    let gone = gone.map(|(name, entry)| alone(name, plan(old, entry.plan(old)), "nobody's".to_owned()));
    let new_ones = now.iter().filter(|(name, _)| find(&was, name).is_none());
    let new_ones =
        new_ones.map(|(name, entry)| alone(name, "nobody's".to_owned(), plan(new, entry.plan(new))));
    (both, gone.chain(new_ones).collect())
}

/// Joins those that say the same: of several ways, several kinds of callers, several numbers.
pub(super) fn merged(names: &[String], kinds: &[Vec<Somebody>], found: Singles) -> Vec<Difference> {
    type Said = (usize, usize, Times, String, String);
    let mut by_way: BTreeMap<Said, (Vec<Vec<String>>, [Question; 2])> = BTreeMap::new();
    for (Single { called, caller, when, was, now }, (times, questions)) in found {
        let (ways, _) = by_way.entry((called, caller, times, was, now)).or_insert((Vec::new(), questions));
        ways.push(when);
    }
    type Heard = (usize, Times, Vec<Vec<String>>, String, String);
    let mut by_caller: BTreeMap<Heard, (Vec<usize>, [Question; 2])> = BTreeMap::new();
    for ((called, caller, times, was, now), (ways, questions)) in by_way {
        let (callers, _) =
            by_caller.entry((called, times, ways, was, now)).or_insert((Vec::new(), questions));
        callers.push(caller);
    }
    type Told = (Times, Vec<Vec<String>>, Vec<String>, String, String);
    let mut by_number: BTreeMap<Told, (Vec<usize>, [Question; 2])> = BTreeMap::new();
    for ((called, times, ways, was, now), (callers, questions)) in by_caller {
        let all = &kinds[called];
        let callers = if callers.len() == all.len() {
            Vec::new()
        } else {
            callers.into_iter().map(|caller| all[caller].words.clone()).collect()
        };
        let (called_all, _) =
            by_number.entry((times, ways, callers, was, now)).or_insert((Vec::new(), questions));
        called_all.push(called);
    }
    let mut merged: Vec<(usize, Difference)> = Vec::new();
    for ((times, when, callers, was, now), (called, example)) in by_number {
        let first = called[0];
        let called = called.into_iter().map(|at| names[at].clone()).collect();
        let example = Some(Box::new(example));
        merged.push((first, Difference { called, callers, times, when, was, now, example }));
    }
    // By what is called, and what needs nobody to do anything before the rest.
    merged.sort_by_key(|(first, difference)| (*first, difference.when.iter().map(Vec::len).min()));
    merged.into_iter().map(|(_, difference)| difference).collect()
}

impl Difference {
    /// In a sentence: `+12025550100, Sat 12:00-13:00: was group:support 48s, now voicemail:support`.
    pub fn sentence(&self, zone: &TimeZone, horizon: Horizon) -> String {
        let mut parts = vec![self.called.join(", ")];
        parts.extend(Some(self.times.words(zone, horizon)).filter(|words| !words.is_empty()));
        if !self.callers.is_empty() {
            parts.push(self.callers.join("; "));
        }
        let mut sentence = parts.join(", ");
        if !self.when.iter().any(Vec::is_empty) {
            let told: Vec<_> = self.when.iter().take(WAYS_TOLD_MAX).map(|way| way.join(", then ")).collect();
            let _ = write!(sentence, ", if {}", told.join("; or "));
            if self.when.len() > WAYS_TOLD_MAX {
                let _ = write!(sentence, "; or in {} more ways", self.when.len() - WAYS_TOLD_MAX);
            }
        }
        let _ = write!(sentence, ": was {}, now {}", self.was, self.now);
        sentence
    }
}
