//! What is said of a schedule at a moment, put together of phrases that were said when the config was loaded.
//!
//! Each phrase is a prompt of its own, so nobody waits for a program to speak and the sentence can't drift from the
//! schedule. Of a schedule only those phrases are made that it can come to need. Knows civil time; must never know how
//! a phrase comes to be a sound.

mod english;
mod french;
mod german;
mod hours;
mod spanish;

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
    /// `es`.
    Spanish,
    /// `de`.
    German,
    /// `fr`.
    French,
}

impl Tongue {
    /// Every one, by the word that begins its languages.
    pub(crate) const ALL: [(&str, Self); 4] =
        [("en", Self::English), ("es", Self::Spanish), ("de", Self::German), ("fr", Self::French)];

    /// That of a language as it is written: `en`, `en-GB`.
    pub(crate) fn of(language: &str) -> Option<Self> {
        let word = language.split('-').next();
        Self::ALL.into_iter().find(|(known, _)| Some(*known) == word).map(|(_, tongue)| tongue)
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
        Tongue::Spanish => spanish::text(phrase, names),
        Tongue::German => german::text(phrase, names),
        Tongue::French => french::text(phrase, names),
    }
}

/// What comes with the switch, in the order of [`Shipped::SAID`](crate::Shipped::SAID); nothing in English, which it
/// comes in.
pub(crate) const fn shipped(tongue: Tongue) -> Option<[&'static str; 3]> {
    match tongue {
        Tongue::English => None,
        Tongue::Spanish => Some(spanish::SHIPPED),
        Tongue::German => Some(german::SHIPPED),
        Tongue::French => Some(french::SHIPPED),
    }
}

/// What is said to who looks somebody up: what to do, that there is nobody, nobody else, and more than are offered.
pub(crate) const fn looking_up(tongue: Tongue) -> [&'static str; 4] {
    match tongue {
        Tongue::English => english::LOOKING_UP,
        Tongue::Spanish => spanish::LOOKING_UP,
        Tongue::German => german::LOOKING_UP,
        Tongue::French => french::LOOKING_UP,
    }
}

/// How somebody of the directory is offered.
pub(crate) fn offer(name: &str, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => english::offer(name),
        Tongue::Spanish => spanish::offer(name),
        Tongue::German => german::offer(name),
        Tongue::French => french::offer(name),
    }
}

/// A word of a list.
fn nth(words: &'static str, at: impl Into<usize>) -> &'static str {
    words.split(' ').nth(at.into()).unwrap_or_default()
}

/// The name of a closed day, to stand at the end of a sentence.
fn name_of(names: &[Arc<str>], at: u16) -> &str {
    names.get(usize::from(at)).map_or("", |name| name.trim_end_matches('.'))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: no two times sound alike, in whatever language.
    #[test]
    fn every_minute_of_a_day_has_a_name_of_its_own() {
        for (word, tongue) in Tongue::ALL {
            let said = |minute| text(Phrase::Time(minute), &[], tongue);
            let all: BTreeSet<_> = (1..=MIDNIGHT).map(said).collect();
            assert_eq!(all.len(), usize::from(MIDNIGHT), "{word}");
        }
    }

    /// Goal: no list of words lacks one. Method: every phrase is said, and those that differ sound otherwise.
    #[test]
    fn every_phrase_has_words_of_its_own() {
        let days = (0..7).flat_map(|day| [Day::On(day), Day::Far(day)]).chain([Day::Today, Day::Tomorrow]);
        let days: Vec<_> = days.flat_map(|day| [Phrase::Until(day), Phrase::Opens(day)]).collect();
        let dates = (1..=31).map(Phrase::DayOfMonth).chain((1..=12).map(Phrase::Month));
        let closed = [Phrase::Open, Phrase::ClosedNow, Phrase::ClosedToday, Phrase::ClosedFor(0)];
        let phrases: Vec<_> = days.into_iter().chain(dates).chain(closed).collect();
        let names = ["Founders' Day".into()];
        for (word, tongue) in Tongue::ALL {
            let said: BTreeSet<_> = phrases.iter().map(|phrase| text(*phrase, &names, tongue)).collect();
            assert_eq!(said.len(), phrases.len(), "{word}");
            assert!(said.iter().all(|text| !text.contains("  ") && !text.ends_with(' ')), "{word}: {said:?}");
        }
    }

    #[test]
    fn a_language_is_known_by_its_first_word() {
        assert_eq!(Tongue::of("es-MX"), Some(Tongue::Spanish));
        assert_eq!(Tongue::of("de"), Some(Tongue::German));
        assert_eq!(Tongue::of("it"), None);
    }
}
