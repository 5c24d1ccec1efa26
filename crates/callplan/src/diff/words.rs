//! Differences as sentences.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::{Difference, names};
use crate::{PlanId, Site, step::Entry, times::Times, ways::Horizon};

/// Ways that are told of one difference; of more it is said how many there are.
const WAYS_TOLD_MAX: usize = 3;

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
