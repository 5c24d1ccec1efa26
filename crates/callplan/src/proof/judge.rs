//! Whether a call went as expected, and if not, where it parted.

use std::{fmt, time::Duration};

use super::{Expected, Point, ended};
use crate::{
    Prompt, PromptId, Site,
    explain::{Explanation, Finish, Party, Rung, Seen},
    parse::show,
    step::Target,
};

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Where the call first went elsewhere; `None` if the test passed.
    pub divergence: Option<Divergence>,
    /// How the call went.
    pub course: Explanation,
}

impl Verdict {
    /// Whether all went as expected.
    pub const fn is_passed(&self) -> bool {
        self.divergence.is_none()
    }
}

/// What was expected, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// In the words of the test: `voicemail:sales`.
    pub expected: String,
    /// `ended at person:ana: step sales#1`.
    pub came: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, {}", self.expected, self.came)
    }
}

/// The first thing that is not as expected.
pub(super) fn diverges(site: &Site, expected: &Expected, course: &Explanation) -> Option<Divergence> {
    passes(site, &expected.passes, course)
        .or_else(|| rings(site, expected.rings.as_deref()?, course))
        .or_else(|| hears(site, &expected.hears, course))
        .or_else(|| {
            let goal = expected.ends.filter(|goal| !goal.is_met(site, course))?;
            let (expected, came) = (goal.words(site), format!("ended at {}", end(site, course)));
            Some(Divergence { expected, came })
        })
        .or_else(|| {
            let (most, waited) = (expected.within?, waited(course));
            (waited > most).then(|| Divergence {
                expected: format!("it within {}", show(most)),
                came: format!("the caller waits {}: {}", seconds(waited), end(site, course)),
            })
        })
}

fn end(site: &Site, course: &Explanation) -> String {
    let last = course.visited.last().map_or_else(String::new, |visit| site.node_name(visit.node));
    format!("{}: step {last}", ended(site, course))
}

fn passes(site: &Site, points: &[Point], course: &Explanation) -> Option<Divergence> {
    let mut from = 0;
    let mut before: Option<Point> = None;
    for point in points {
        // One node may be two points, a plan and its first step, but a point that is named twice is come to twice.
        let next = if before == Some(*point) { from + 1 } else { from };
        let ahead = course.visited.iter().enumerate().skip(next);
        let found = ahead.into_iter().find(|(_, visit)| point.is_at(site, **visit));
        let Some((at, _)) = found else {
            let after = before.map_or_else(String::new, |before| format!(" after {}", before.words(site)));
            let expected = format!("{}{after}", point.words(site));
            return Some(Divergence { expected, came: format!("never came there: {}", end(site, course)) });
        };
        (from, before) = (at, Some(*point));
    }
    None
}

fn rings(site: &Site, expected: &[Party], course: &Explanation) -> Option<Divergence> {
    let mut rung = course.rung.as_slice();
    for (at, party) in expected.iter().enumerate() {
        let Some(first) = rung.first().filter(|rung| is_of(site, *party, rung.who)) else {
            let came = match rung.first() {
                Some(rung) => format!("{} rang", rang(site, rung)),
                None if at == 0 => "nobody rang".to_owned(),
                None => "nobody rang any more".to_owned(),
            };
            return Some(Divergence { expected: format!("{} to ring", name(site, *party)), came });
        };
        // All phones of a person ring at once.
        let together = |other: &&Rung| other.from == first.from && is_of(site, *party, other.who);
        rung = &rung[rung.iter().take_while(together).count()..];
    }
    let more = rung.first()?;
    let expected = if expected.is_empty() { "nobody to ring" } else { "nobody else to ring" };
    Some(Divergence { expected: expected.to_owned(), came: format!("{} rang", rang(site, more)) })
}

fn is_of(site: &Site, party: Party, who: Target) -> bool {
    match (party, who) {
        (Party::Person(person), Target::Phone(phone)) => site[phone].person == Some(person),
        (Party::Phone(own), Target::Phone(phone)) => own == phone,
        (Party::Number(number), Target::Number { to, .. }) => number == to,
        (Party::Agent(own), Target::Agent(agent)) => own == agent,
        (Party::Group(_) | Party::Queue(_) | Party::Number(_) | Party::Agent(_), Target::Phone(_))
        | (
            Party::Group(_) | Party::Queue(_) | Party::Person(_) | Party::Phone(_) | Party::Agent(_),
            Target::Number { .. },
        )
        | (
            Party::Group(_) | Party::Queue(_) | Party::Person(_) | Party::Phone(_) | Party::Number(_),
            Target::Agent(_),
        ) => false,
    }
}

fn rang(site: &Site, rung: &Rung) -> String {
    let who = match rung.who {
        Target::Phone(phone) => {
            site[phone].person.map_or_else(|| site[phone].name.to_string(), |it| site[it].name.to_string())
        }
        Target::Number { to, .. } => to.to_string(),
        Target::Agent(agent) => format!("agent:{}", site[agent].name),
    };
    format!("after {} {who}", seconds(rung.from))
}

fn name(site: &Site, party: Party) -> String {
    match party {
        Party::Person(person) => site[person].name.to_string(),
        Party::Phone(phone) => site[phone].name.to_string(),
        Party::Group(group) => format!("group:{}", site[group].name),
        Party::Agent(agent) => format!("agent:{}", site[agent].name),
        Party::Queue(queue) => format!("queue:{}", site[queue].name),
        Party::Number(number) => number.to_string(),
    }
}

fn hears(site: &Site, expected: &[PromptId], course: &Explanation) -> Option<Divergence> {
    let mut heard = course.timeline.iter().filter_map(|event| match event.what {
        Seen::Played(Prompt::File(prompt)) => Some(prompt),
        Seen::Played(Prompt::Shipped(_) | Prompt::Hours(_))
        | Seen::Said(_)
        | Seen::Ringback(_)
        | Seen::RangStart(_)
        | Seen::RangStop(..)
        | Seen::Screened(_)
        | Seen::Answered
        | Seen::Recording(_)
        | Seen::Recorded { .. }
        | Seen::Bridged(_)
        | Seen::Ended(_) => None,
    });
    let missed = expected.iter().find(|prompt| !heard.any(|it| site.is_heard_of(it, **prompt)))?;
    let expected = format!("the caller to hear {}", site[*missed].name);
    Some(Divergence { expected, came: format!("they never do: {}", end(site, course)) })
}

/// Until somebody answers, the recording begins or the call ends.
fn waited(course: &Explanation) -> Duration {
    let begun = course.timeline.iter().find(|event| matches!(event.what, Seen::Recording(_)));
    match course.end {
        Some(Finish::Bridged(_)) => course.lasts,
        Some(Finish::Ended(_)) | None => begun.map_or(course.lasts, |event| event.at),
    }
}

/// `4.8 s`.
fn seconds(length: Duration) -> String {
    let tenths = (length.as_millis() + 50) / 100;
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        rest => format!("{}.{rest} s", tenths / 10),
    }
}
