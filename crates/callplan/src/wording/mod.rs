//! What is said of a schedule at a moment, put together of phrases that were said when the config was loaded.
//!
//! Each phrase is a prompt of its own, so nobody waits for a program to speak and the sentence can't drift from the
//! schedule. Of a schedule only those phrases are made that it can come to need. Knows civil time; must never know how
//! a phrase comes to be a sound.

mod english;
mod hours;

use std::{collections::BTreeSet, sync::Arc};

use crate::{Hours, PromptId, Span, Use};

/// Names of holidays that are said; on those beyond it is said only that the day is closed.
pub(crate) const NAMES_MAX: usize = 100;

/// The longest name of a holiday that is said, in letters.
const NAME_LEN_MAX: usize = 60;

/// The end of a day, in minutes.
const MIDNIGHT: u16 = 24 * 60;

/// A language in which a schedule can be put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// `en`, and whatever begins so.
    English,
}

impl Tongue {
    /// That of a language as it is written: `en`, `en-GB`.
    pub(crate) fn of(language: &str) -> Option<Self> {
        (language.split('-').next() == Some("en")).then_some(Self::English)
    }
}

/// A part of a sentence that is said by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phrase {
    /// Open, and nobody knows until when.
    Open,
    /// Closed at this moment.
    ClosedNow,
    /// Closed all day.
    ClosedToday,
    /// Closed all day for what this is the name of, by its place among the names.
    ClosedFor(u16),
    /// Open until a time of that day.
    Until(Day),
    /// Open again at a time of that day.
    Opens(Day),
    /// A day of a month, from 1.
    DayOfMonth(u8),
    /// A month, from 1.
    Month(u8),
    /// A time of day, in minutes; midnight is the end of a day.
    Time(u16),
}

/// A day as it is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Day {
    /// The day itself.
    Today,
    /// The next.
    Tomorrow,
    /// A day within a week, from 0 for Monday.
    On(u8),
    /// A day of a week whose date is said behind it.
    Far(u8),
}

/// What can be said of a schedule: each phrase, and the prompt that says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    phrases: Vec<(Phrase, PromptId)>,
    names: Vec<Arc<str>>,
}

impl Vocabulary {
    /// What was made of each of the phrases that a schedule needs.
    pub(crate) fn new(mut phrases: Vec<(Phrase, PromptId)>, names: Vec<Arc<str>>) -> Self {
        phrases.sort_unstable();
        Self { phrases, names }
    }

    fn find(&self, phrase: Phrase) -> Option<PromptId> {
        let at = self.phrases.binary_search_by_key(&phrase, |(known, _)| *known).ok()?;
        Some(self.phrases[at].1)
    }

    fn closed_for(&self, name: &str) -> Option<PromptId> {
        let at = self.names.binary_search_by(|known| (**known).cmp(name.trim())).ok()?;
        self.find(Phrase::ClosedFor(u16::try_from(at).ok()?))
    }
}

/// A phrase as it is said.
pub(crate) fn text(phrase: Phrase, names: &[Arc<str>], tongue: Tongue) -> String {
    match tongue {
        Tongue::English => english::text(phrase, names),
    }
}

/// What is said to who looks somebody up: what to do, that there is nobody, nobody else, and more than are offered.
pub(crate) fn looking_up(tongue: Tongue) -> [String; 4] {
    match tongue {
        Tongue::English => english::LOOKING_UP.map(str::to_owned),
    }
}

/// How somebody of the directory is offered.
pub(crate) fn offer(name: &str, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => format!("For {name}, press 1."),
    }
}

/// Names of what closes a schedule for whole days, sorted; whether there are more than are said comes beside them.
pub(crate) fn names(hours: &Hours) -> (Vec<Arc<str>>, bool) {
    let listed = hours.holidays.iter().filter_map(|holiday| holiday.name.as_deref());
    let events = hours.almanac.iter().flat_map(|almanac| almanac.events());
    let days = events.filter(|(.., event, what)| event.is_all_day() && *what == Use::Takes);
    let titles = days.map(|(_, _, event, _)| &*event.summary);
    let is_name = |name: &str| !name.is_empty() && name.chars().count() <= NAME_LEN_MAX;
    let names: BTreeSet<&str> = listed.chain(titles).map(str::trim).filter(|name| is_name(name)).collect();
    let has_more = names.len() > NAMES_MAX;
    (names.into_iter().take(NAMES_MAX).map(Into::into).collect(), has_more)
}

/// Every phrase that can be needed of a schedule which has so many names for its closed days.
pub(crate) fn needed(hours: &Hours, names: usize) -> Vec<Phrase> {
    let mut needed = vec![Phrase::Open, Phrase::ClosedNow, Phrase::ClosedToday, Phrase::Until(Day::Today)];
    needed.extend((0..names).filter_map(|at| u16::try_from(at).ok()).map(Phrase::ClosedFor));
    needed.extend([Day::Today, Day::Tomorrow].map(Phrase::Opens));
    needed.extend((0..7).map(|day| Phrase::Opens(Day::On(day))));
    let spans = || hours.week.iter().flatten();
    // It is open over midnight where a range ends with its day, or an event may open it.
    let runs_on = spans().any(|span| span.close == MIDNIGHT) || hours.almanac.is_some();
    if runs_on {
        needed.push(Phrase::Until(Day::Tomorrow));
        needed.extend((0..7).map(|day| Phrase::Until(Day::On(day))));
    }
    if hours.almanac.is_some() || !hours.holidays.is_empty() {
        needed.extend((0..7).map(|day| Phrase::Opens(Day::Far(day))));
        needed.extend((0..7).filter(|_| runs_on).map(|day| Phrase::Until(Day::Far(day))));
        needed.extend((1..=31).map(Phrase::DayOfMonth).chain((1..=12).map(Phrase::Month)));
    }
    needed.extend(times(hours).into_iter().map(Phrase::Time));
    needed
}

/// Times of day at which a schedule may open or close. Of those of events only quarters of an hour are said; where
/// another comes up, or the clocks change past one, the sentence does without a time.
fn times(hours: &Hours) -> BTreeSet<u16> {
    let ends = |span: &Span| [if span.open == 0 { MIDNIGHT } else { span.open }, span.close];
    let mut times: BTreeSet<u16> = hours.week.iter().flatten().flat_map(ends).collect();
    times.insert(MIDNIGHT);
    let mut events = hours.almanac.iter().flat_map(|almanac| almanac.events());
    if events.any(|(.., event, what)| !event.is_all_day() && what != Use::Nothing) {
        times.extend((15..=MIDNIGHT).step_by(15));
    }
    times
}
