//! Rules that hold for every call, whoever calls, when, and whatever becomes of it.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use super::{Goal, Point, Spot, ended};
use crate::{
    Site,
    explain::{Explanation, Question},
    step::Entry,
    ways::{Horizon, WAYS_MAX, Walk, entries},
};

/// One rule of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Always {
    /// What it is called; what it says, if it was given no name.
    pub name: Arc<str>,
    /// Where it is written.
    pub spot: Spot,
    /// What is called; everything that can be, if it does not say.
    pub to: Vec<Entry>,
    /// The ends that calls may come to; any if there is none.
    pub ends: Vec<Goal>,
    /// What no call may come by.
    pub shuns: Vec<Point>,
}

/// What came of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// It holds for every way that calls can go.
    Holds {
        /// So many were looked at.
        ways: usize,
    },
    /// A call breaks it.
    Broken(Box<Breach>),
    /// It holds for as many ways as are looked at, and there are more.
    Unproven {
        /// So many.
        ways: usize,
    },
}

/// A call that breaks a rule, one of those with the fewest assumptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The call.
    pub question: Question,
    /// How it goes.
    pub course: Explanation,
    /// What it does that no call should.
    pub why: String,
}

/// Looks at every way that calls can go within `horizon`, for each rule.
pub fn prove(site: &Site, rules: &[&Always], horizon: Horizon) -> Vec<Proven> {
    prove_within(site, rules, horizon, WAYS_MAX)
}

/// The same, looking at so many ways of what each rule is about.
fn prove_within(site: &Site, rules: &[&Always], horizon: Horizon, ways_max: usize) -> Vec<Proven> {
    let mut alike: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        // Rules about the same calls share one walk.
        alike.entry(rule.to.iter().map(|entry| format!("{entry:?}")).collect()).or_default().push(at);
    }
    let mut proven: Vec<Option<Proven>> = rules.iter().map(|_| None).collect();
    for places in alike.into_values() {
        let to = &rules[places[0]].to;
        let to = if to.is_empty() { entries(site) } else { to.clone() };
        let walked = Walk::of(site, &to, horizon).at_most(ways_max).run(|way| {
            for at in &places {
                if proven[*at].is_none()
                    && let Some(why) = rules[*at].broken_by(site, way.course)
                {
                    let (question, course) = (way.question.clone(), way.course.clone());
                    proven[*at] = Some(Proven::Broken(Box::new(Breach { question, course, why })));
                }
            }
            let is_decided = places.iter().all(|at| proven[*at].is_some());
            if is_decided { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let ways = walked.ways;
        for at in places {
            proven[at].get_or_insert(if walked.is_whole {
                Proven::Holds { ways }
            } else {
                Proven::Unproven { ways }
            });
        }
    }
    proven.into_iter().flatten().collect()
}

impl Always {
    /// What a call does that this forbids.
    fn broken_by(&self, site: &Site, course: &Explanation) -> Option<String> {
        if let Some(point) = self.shuns.iter().find(|point| point.is_reached(site, course)) {
            return Some(format!("a call reaches {}", point.words(site)));
        }
        let is_met = self.ends.is_empty() || self.ends.iter().any(|goal| goal.is_met(site, course));
        (!is_met).then(|| {
            let last = course.visited.last().map_or_else(String::new, |visit| site.node_name(visit.node));
            format!("a call ends at {}: step {last}", ended(site, course))
        })
    }
}

#[cfg(test)]
mod tests {
    use clock::Wall;

    use super::*;
    use crate::{Memory, Source, load};

    /// Goal: nobody is told that a rule holds which was not looked at to the end.
    #[test]
    fn what_is_too_long_to_look_at_is_not_called_proven() {
        let text = "[site]\nname = \"A\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"a.example\"\n\
                    phone_secrets = { file = \"phones\" }\n[people]\nana = { ext = 101 }\n[phones]\n\
                    ana-desk = { person = \"ana\" }\n[[always]]\nevery_call_ends_in = [\"person\", \"voicemail\"]\n";
        let files = Memory::default().with("phones", b"");
        let (site, _) = load(&[Source::new("a.toml", text)], &files).unwrap();
        let horizon = Horizon { from: Wall::from_unix_micros(0), until: Wall::from_unix_micros(1) };
        let rules: Vec<_> = site.always.iter().collect();
        assert_eq!(prove_within(&site, &rules, horizon, 2), [Proven::Unproven { ways: 2 }]);
        assert!(matches!(prove(&site, &rules, horizon)[..], [Proven::Holds { ways: 3.. }]));
    }
}
