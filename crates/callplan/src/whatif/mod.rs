//! What a call of before would have come to with another config.
//!
//! From its journal the call is decided again by both sites at once, event by event. As long as whoever takes part
//! sees the same, nothing is assumed: it went like that. Where the new site first does something else, the call is
//! asked of it as a question, with all that is known of its parties. What nobody can know, whether somebody would
//! have picked up who was never rung, is gone through both ways, so what comes out is a range and never a guess. Holds,
//! lists and facts that nobody had asked for are taken as they usually are, and that is told.

mod cost;
mod question;
mod same;
mod sum;
mod translate;
mod usual;
mod ways;
mod words;

use std::time::Duration;

pub use cost::{Spent, Talk};
pub use same::First;
pub use sum::{Span, Sum};
pub use translate::Gone;

use self::translate::Dictionary;
use crate::{
    Site,
    explain::{Explanation, Finish, Odd, Question, Seen},
    journal::{self, Recorded, Replayed},
    proof::ended,
    step::{Action, End},
};

/// How a caller fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Somebody talked with them.
    Answered,
    /// They left a message.
    Voicemail,
    /// They wanted somebody and got nobody.
    Missed,
    /// The plan refused them, or told them something and hung up.
    TurnedAway,
    /// Nobody can know.
    Unknown,
}

/// What came of a call, or would have come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fared {
    /// How the caller fared.
    pub how: How,
    /// How long they waited until somebody answered, a message was recorded or all was over.
    pub waited: Duration,
    /// Where it ended: `person:ana`.
    pub ends: String,
    /// What it cost; nothing where nothing is rated.
    pub spent: Spent,
}

/// What became of a call in the new site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same, and what it costs by the new site's deck.
    Same(Fared, Spent),
    /// Something else.
    Differs(Differs),
    /// Its journal can't tell.
    Untold(String),
}

/// A call that goes otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// The first thing that somebody sees otherwise.
    pub first: First,
    /// What came of it.
    pub was: Fared,
    /// What could have come of it, each once; one if nothing is unknown.
    pub now: Vec<Fared>,
    /// What nobody can know, as questions: those that make a range, and those whose answer is taken as it usually is.
    pub unknown: Vec<String>,
}

/// Compares a call in the version that it ran on with another site; in neither is anybody signed in elsewhere.
pub fn compare(old: &Site, new: &Site, recorded: &Recorded, talk: Talk) -> Verdict {
    if recorded.courses.is_empty() {
        return Verdict::Untold("it ran through no plan".to_owned());
    }
    if recorded.is_cut {
        return Verdict::Untold(Odd::Cut.to_string());
    }
    let (was, talked) = fared(old, recorded, talk);
    let dictionary = Dictionary { old, new };
    let there = match dictionary.recorded(recorded) {
        Ok(there) => there,
        Err(gone) => {
            let first = First { at: Duration::ZERO, was: was.ends.clone(), now: gone.to_string() };
            let now = Fared {
                how: How::Missed,
                waited: Duration::ZERO,
                ends: "nobody".to_owned(),
                spent: Spent::default(),
            };
            return Verdict::Differs(Differs { first, was, now: vec![now], unknown: Vec::new() });
        }
    };
    let Some(parts) = same::parts([old, new], [recorded, &there]) else {
        let (now, _) = fared(new, &there, talk);
        return Verdict::Same(was, now.spent);
    };
    if parts.course > 0 {
        return Verdict::Untold(format!("it differs once it was transferred: {}", parts.first));
    }
    let Some(asked) = question::of(dictionary, recorded, &parts) else {
        return Verdict::Untold("its journal holds no event".to_owned());
    };
    // Whoever talks talks as long as they did.
    let talk =
        talked.map_or(Span { least: Duration::ZERO, most: talk.longest }, |it| Span { least: it, most: it });
    let (now, unknown) = ways::all(&there.site(new), asked, talk);
    Verdict::Differs(Differs { first: parts.first, was, now, unknown })
}

/// What came of a call, as it is decided again, and how long somebody talked in it.
fn fared(site: &Site, recorded: &Recorded, talk: Talk) -> (Fared, Option<Duration>) {
    let replayed = journal::replay(site, recorded);
    let site = &recorded.site(site);
    let (spent, talked) = cost::replayed(site, recorded, &replayed, talk.lasted);
    (Fared { spent, ..came(site, &replayed) }, talked)
}

/// What came of a call that was decided again, but for what it cost.
fn came(site: &Site, replayed: &[Replayed]) -> Fared {
    let began = replayed.first().map_or(Duration::ZERO, |first| first.now.mono.since(clock::Instant::ZERO));
    let mut rang = Vec::new();
    let mut recording = None;
    let spent = Spent::default();
    let mut last = Fared { how: How::Missed, waited: Duration::ZERO, ends: "nowhere".to_owned(), spent };
    for moment in replayed.iter().filter(|it| it.course == 0) {
        let at = moment.now.mono.since(clock::Instant::ZERO).saturating_sub(began);
        last.waited = recording.unwrap_or(at);
        for action in &moment.steps.actions {
            if let Action::Start { target, who, .. } = *action {
                rang.push((target, who));
            } else if let Action::Record { .. } = *action {
                recording = recording.or(Some(at));
            } else if let Action::Bridge { target } = *action {
                let who = rang.iter().find(|(own, _)| *own == target).map(|(_, who)| *who);
                let ends = who.map_or_else(String::new, |who| end_of(site, Finish::Bridged(who)));
                return Fared { how: How::Answered, waited: at, ends, spent };
            } else if let Action::End(end) = *action {
                last =
                    Fared { how: how(end, !rang.is_empty()), ends: end_of(site, Finish::Ended(end)), ..last };
            }
        }
    }
    last
}

/// What would come of an explained call, if whoever talks in it talks for so long.
fn explained(site: &Site, question: &Question, course: &Explanation, talk: Span<Duration>) -> Fared {
    let spent = cost::explained(site, question, course, talk);
    let begun = course.timeline.iter().find(|event| matches!(event.what, Seen::Recording(_)));
    let waited = begun.map_or(course.lasts, |event| event.at);
    match course.end {
        Some(Finish::Bridged(who)) => Fared {
            how: How::Answered,
            waited: course.lasts,
            ends: end_of(site, Finish::Bridged(who)),
            spent,
        },
        Some(Finish::Ended(end)) => {
            Fared { how: how(end, !course.rung.is_empty()), waited, ends: ended(site, course), spent }
        }
        None => Fared {
            how: How::Unknown,
            waited,
            ends: ended(site, course),
            spent: Spent { is_open: true, ..spent },
        },
    }
}

const fn how(end: End, has_rung: bool) -> How {
    match end {
        End::Voicemail { left: true, .. } => How::Voicemail,
        End::Left | End::Voicemail { left: false, .. } | End::Failed(_) => How::Missed,
        End::Rejected(_) | End::HungUp if has_rung => How::Missed,
        End::Rejected(_) | End::HungUp | End::WentHome(_) => How::TurnedAway,
    }
}

/// Where a call ends, by name.
fn end_of(site: &Site, end: Finish) -> String {
    crate::proof::end_of(site, end)
}
