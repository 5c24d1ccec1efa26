//! Both ways of whatever nobody can know.

use std::{collections::VecDeque, time::Duration};

use super::{Fared, How, Span, Spent, explained, question::Asked};
use crate::{
    Act, Site,
    explain::{Behaviour, Explanation, Given, Party, Question, RingEnd, Rung, explain},
    parse::show,
    step::{Outcome, Target},
};

/// Ways of one call that are gone through.
const WAYS_MAX: usize = 64;

/// How much longer than before somebody may ring and still be taken for not having picked up.
const SLACK: Duration = Duration::from_millis(500);

/// A way to be gone.
struct Way {
    question: Question,
    /// Of whom it is said already what they do.
    decided: Vec<Party>,
    /// Whether it is said how long the caller stays.
    is_patience_said: bool,
}

/// Something that nobody can know, and from when on it matters.
enum Open {
    /// Whether these pick up, who ring together and were not rung then, or not for so long.
    Ringing(Duration, Vec<Party>),
    /// Whether the caller would have stayed.
    Patience(Duration),
    /// What no way can be gone through for.
    Wholly(Duration, String),
}

/// What could have come of it, and what is not known.
pub(super) fn all(site: &Site, asked: Asked, talk: Span<Duration>) -> (Vec<Fared>, Vec<String>) {
    let Asked { question, rang, patience, keys, answered } = asked;
    let first = Way { question, decided: Vec::new(), is_patience_said: patience.is_none() };
    let (mut ahead, mut came, mut unknown) = (VecDeque::from([first]), Vec::new(), Vec::new());
    let mut ways = 0;
    while let Some(way) = ahead.pop_front() {
        ways += 1;
        let course = explain(site, &way.question);
        unknown.extend(answered.lacks(site, &course));
        let known = Known { site, rang: &rang, patience, keys };
        match known.first_open(&way, &course) {
            _ if ways > WAYS_MAX => {
                let so_far = explained(site, &way.question, &course, talk);
                let spent = Spent { is_open: true, ..so_far.spent };
                came.push(Fared { how: How::Unknown, spent, ..so_far });
                unknown.push("more ways than are gone through".to_owned());
                break;
            }
            None => came.push(explained(site, &way.question, &course, talk)),
            Some(Open::Wholly(at, what)) => {
                // Nobody knows either what it costs from there on.
                let spent = Spent { is_open: site.money.is_some(), ..Spent::default() };
                came.push(Fared { how: How::Unknown, waited: at, ends: "nobody knows".to_owned(), spent });
                unknown.push(what);
            }
            Some(Open::Patience(at)) => {
                unknown.push(format!("would the caller have stayed for longer than {}?", show(at)));
                ahead.extend([Some(at), None].map(|leaves| Way {
                    question: Question { leaves, ..way.question.clone() },
                    decided: way.decided.clone(),
                    is_patience_said: true,
                }));
            }
            Some(Open::Ringing(after, parties)) => {
                let names: Vec<_> = parties.iter().map(|party| party.words(site)).collect();
                let longer = if after.is_zero() { String::new() } else { format!(" after {}", show(after)) };
                unknown.push(format!("would {} have picked up{longer}?", names.join(" or ")));
                ahead.extend(both(&way, after, &parties));
            }
        }
    }
    came.sort_unstable();
    came.dedup();
    unknown.sort_unstable();
    unknown.dedup();
    (came, unknown)
}

/// One of them picks up, or none does.
fn both(way: &Way, after: Duration, parties: &[Party]) -> [Way; 2] {
    let with = |first: Behaviour| {
        let mut question = way.question.clone();
        question.given.extend(
            parties
                .iter()
                .enumerate()
                .map(|(at, party)| Given::new(*party, if at == 0 { first } else { Behaviour::NO_ANSWER })),
        );
        let decided = way.decided.iter().chain(parties).copied().collect();
        Way { question, decided, is_patience_said: way.is_patience_said }
    };
    [with(Behaviour::answers(after)), with(Behaviour::NO_ANSWER)]
}

struct Known<'a> {
    site: &'a Site,
    rang: &'a [(Party, Duration)],
    patience: Option<Duration>,
    keys: usize,
}

impl Known<'_> {
    /// The first thing on this way that nobody knows.
    fn first_open(&self, way: &Way, course: &Explanation) -> Option<Open> {
        let opens = [
            self.ringing(way, course),
            self.stays(way, course),
            self.lines(course),
            self.pressed(way, course),
        ];
        opens.into_iter().flatten().min_by_key(|(at, _)| *at).map(|(_, open)| open)
    }

    fn ringing(&self, way: &Way, course: &Explanation) -> Option<(Duration, Open)> {
        let opens = course.rung.iter().filter_map(|rung| {
            let party = party_of(rung.who);
            if way.decided.contains(&party) {
                return None;
            }
            let is_known = way.question.given.iter().any(|given| given.party == party);
            if !is_known {
                return Some((rung.from, Duration::ZERO, party));
            }
            let rang = self.rang.iter().filter(|(own, _)| *own == party).map(|(_, rang)| *rang).max();
            let longest = rang.unwrap_or_default();
            let is_longer = rung.until - rung.from > longest + SLACK && !has_said(rung);
            is_longer.then_some((rung.from + longest, longest, party))
        });
        let opens: Vec<_> = opens.collect();
        let (at, after, _) = *opens.iter().min_by_key(|(at, rang, _)| (*at, *rang))?;
        let together = opens.iter().filter(|(own, rang, _)| (*own, *rang) == (at, after));
        Some((at, Open::Ringing(after, together.map(|(_, _, party)| *party).collect())))
    }

    fn stays(&self, way: &Way, course: &Explanation) -> Option<(Duration, Open)> {
        let patience = self.patience.filter(|_| !way.is_patience_said)?;
        (course.lasts > patience + SLACK).then_some((patience, Open::Patience(patience)))
    }

    fn lines(&self, course: &Explanation) -> Option<(Duration, Open)> {
        let visit = course
            .visited
            .iter()
            .find(|visit| visit.taken && matches!(self.site[visit.node].act, Act::Queue(_)))?;
        let what = "how long would the line have been?".to_owned();
        Some((visit.at, Open::Wholly(visit.at, what)))
    }

    /// A menu that the caller is not known to have pressed a key for.
    fn pressed(&self, way: &Way, course: &Explanation) -> Option<(Duration, Open)> {
        let known = way.question.press.len().max(self.keys);
        let asks = course
            .visited
            .iter()
            .filter(|visit| visit.taken && matches!(self.site[visit.node].act, Act::Menu(_) | Act::Ask(_)));
        let visit = asks.into_iter().nth(known)?;
        let what = format!("what would the caller have pressed at {}?", self.site.node_name(visit.node));
        Some((visit.at, Open::Wholly(visit.at, what)))
    }
}

const fn party_of(who: Target) -> Party {
    match who {
        Target::Phone(phone) => Party::Phone(phone),
        Target::Number { to, .. } => Party::Number(to),
        Target::Agent(agent) => Party::Agent(agent),
    }
}

/// Whether it said anything by itself.
const fn has_said(rung: &Rung) -> bool {
    matches!(
        rung.end,
        Some(RingEnd::Said(Outcome::Answered | Outcome::Busy | Outcome::Declined | Outcome::Unreachable))
    )
}
