//! The sentence of a moment: open or closed, and when that changes.

use clock::Wall;
use jiff::{Timestamp, civil::Date, civil::DateTime};
use smallvec::{SmallVec, smallvec};

use super::{Day, MIDNIGHT, Phrase};
use crate::{Hours, PromptId, Sentence, hours::State, step::ByHand};

/// Phrases that are said together or not at all.
type Clause = SmallVec<[Phrase; 4]>;

impl Hours {
    /// What is said of a moment: "We are closed today. We open tomorrow at nine." One that is held otherwise than it
    /// would be is so until the hand lets go, and where nobody knows when that is, no time is told. Empty where nothing of it was ever to be said.
    pub fn sentence(&self, wall: Wall, held: Option<ByHand>) -> Sentence {
        let Some(said) = &self.said else { return Sentence::new([]) };
        let whole = |clause: &[Phrase]| -> Option<SmallVec<[PromptId; 4]>> {
            clause.iter().map(|phrase| said.find(*phrase)).collect()
        };
        let (state, today) = (self.at(wall), self.shown(wall).date());
        let is_open = held.map_or(state.is_open(), |held| held.is_open);
        let is_turned = is_open != state.is_open();
        let change = match held {
            None => self.next_change(wall),
            Some(held) => held.until.and_then(|until| self.turns_from(until, is_open)),
        };
        let ahead = change.map(|change| Ahead::from(today, self.shown(change)));
        let begins = if is_open { Phrase::Until } else { Phrase::Opens };
        let then = ahead.and_then(|ahead| whole(&ahead.clause(begins)));
        if is_open {
            return Sentence::new(then.or_else(|| whole(&[Phrase::Open])).into_iter().flatten());
        }
        let opens_today = ahead.is_some_and(|ahead| ahead.days == 0);
        let all_day = !is_turned && !opens_today && self.is_closed_all_day(state, today);
        let closed = match (all_day, self.why(state).and_then(|why| why.title)) {
            (false, _) => said.find(Phrase::ClosedNow),
            (true, title) => {
                title.and_then(|title| said.closed_for(title)).or_else(|| said.find(Phrase::ClosedToday))
            }
        };
        Sentence::new(closed.into_iter().chain(then.into_iter().flatten()))
    }

    /// When it is otherwise than `is_open`, from the end of a hold on.
    fn turns_from(&self, end: Wall, is_open: bool) -> Option<Wall> {
        if self.at(end).is_open() == is_open { self.next_change(end) } else { Some(end) }
    }

    /// Whether it is for the whole day that it is closed.
    fn is_closed_all_day(&self, state: State, day: Date) -> bool {
        match state {
            State::ClosedDay | State::Holiday(_) => true,
            State::Closed(event) => {
                self.almanac.as_ref().and_then(|almanac| almanac.takes_day(day)) == Some(event)
            }
            State::Open | State::Opened(_) | State::ClosedNow => false,
        }
    }

    /// What the clock of its zone shows.
    fn shown(&self, wall: Wall) -> DateTime {
        let at = Timestamp::from_microsecond(wall.unix_micros()).unwrap_or(Timestamp::MAX);
        self.timezone.to_datetime(at)
    }
}

/// A moment to come, as it is spoken of from a day.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    days: i64,
    date: Date,
    minute: u16,
}

impl Ahead {
    /// Midnight belongs to the day that it ends: "until midnight" is said of today.
    fn from(today: Date, at: DateTime) -> Self {
        let minute = u16::try_from(i16::from(at.hour()) * 60 + i16::from(at.minute())).unwrap_or(0);
        let before = if minute == 0 { at.date().yesterday().ok() } else { None };
        let (date, minute) = before.map_or((at.date(), minute), |date| (date, MIDNIGHT));
        Self { days: date.duration_since(today).as_hours() / 24, date, minute }
    }

    fn clause(self, begins: fn(Day) -> Phrase) -> Clause {
        let weekday = self.date.weekday().to_monday_zero_offset().unsigned_abs();
        let [day, month] = [self.date.day(), self.date.month()].map(i8::unsigned_abs);
        let time = Phrase::Time(self.minute);
        match self.days {
            ..=0 => smallvec![begins(Day::Today), time],
            1 => smallvec![begins(Day::Tomorrow), time],
            2..=7 => smallvec![begins(Day::On(weekday)), time],
            8.. => {
                smallvec![begins(Day::Far(weekday)), Phrase::DayOfMonth(day), Phrase::Month(month), time]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        Holiday, Span,
        wording::{Tongue, Vocabulary, names, needed, text},
    };

    /// An office in New York, closed at noon and on Sundays, with a holiday and a fortnight off.
    fn office() -> Hours {
        let span = |open: u16, close: u16| Span { open, close };
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| vec![span(540, 750), span(810, 1080)]);
        week[4] = vec![span(540, 1440)];
        week[5] = vec![span(0, 135)];
        week[6].clear();
        let holiday = |date: Date, name: Option<&str>| Holiday { date, name: name.map(Into::into) };
        let fortnight = (7..=20).map(|day| holiday(Date::constant(2026, 12, day), None));
        let named = [
            holiday(Date::constant(2026, 12, 24), Some("Christmas Eve")),
            holiday(Date::constant(2027, 1, 1), Some("New Year's Day")),
        ];
        Hours {
            name: "office".into(),
            timezone: TimeZone::get("America/New_York").unwrap(),
            week,
            holidays: fortnight.chain(named).collect(),
            almanac: None,
            toggle: None,
            said: None,
        }
    }

    /// Phrases by their place, so that a sentence can be read again.
    fn said(hours: Hours) -> (Hours, Vec<String>) {
        said_in(hours, Tongue::English)
    }

    fn said_in(mut hours: Hours, tongue: Tongue) -> (Hours, Vec<String>) {
        let names = names(&hours).0;
        let phrases = needed(&hours, names.len());
        let texts = phrases.iter().map(|phrase| text(*phrase, &names, tongue)).collect();
        let phrases = phrases.into_iter().enumerate().map(|(at, phrase)| (phrase, PromptId::from(at)));
        hours.said = Some(Vocabulary::new(phrases.collect(), names));
        (hours, texts)
    }

    fn sentence((hours, texts): &(Hours, Vec<String>), at: &str, held: Option<ByHand>) -> String {
        let at: Timestamp = at.parse().unwrap();
        let sentence = hours.sentence(Wall::from_unix_micros(at.as_microsecond()), held);
        sentence.phrases().iter().map(|phrase| &*texts[phrase.index()]).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_moment_is_told_as_it_is_and_when_it_changes() {
        let office = said(office());
        let table = [
            ("2026-11-23T10:00-05", "We are open until twelve thirty."),
            ("2026-11-23T13:00-05", "We are closed now. We open today at one thirty."),
            ("2026-11-23T08:00-05", "We are closed now. We open today at nine."),
            ("2026-11-23T18:00-05", "We are closed now. We open tomorrow at nine."),
            ("2026-11-27T23:00-05", "We are open until tomorrow at two fifteen at night."),
            ("2026-11-28T02:00-05", "We are open until two fifteen at night."),
            ("2026-11-28T03:00-05", "We are closed now. We open on Monday at nine."),
            ("2026-11-29T10:00-05", "We are closed today. We open tomorrow at nine."),
            ("2026-12-24T10:00-05", "We are closed today: Christmas Eve. We open tomorrow at nine."),
            // Saturday begins open.
            ("2027-01-01T10:00-05", "We are closed now. We open today at midnight."),
            ("2026-12-31T19:00-05", "We are closed now. We open tomorrow at midnight."),
            (
                "2026-12-07T10:00-05",
                "We are closed today. We open on Monday the twenty-first of December at nine.",
            ),
            ("2026-12-14T10:00-05", "We are closed today. We open on Monday at nine."),
        ];
        for (at, expected) in table {
            assert_eq!(sentence(&office, at, None), expected, "{at}");
        }
    }

    /// Goal: a hold is told by its end, not by what the week has.
    #[test]
    fn what_is_held_is_told_until_it_is_let_go() {
        let office = said(office());
        let table = [
            // As a key holds it: until it would change anyway, which is when it closes for lunch.
            (
                "2026-11-23T10:00-05",
                false,
                "2026-11-23T12:30-05",
                "We are closed now. We open today at one thirty.",
            ),
            ("2026-11-23T10:00-05", true, "2026-11-23T12:30-05", "We are open until twelve thirty."),
            // Past the opening of the morning.
            (
                "2026-11-23T01:16-05",
                false,
                "2026-11-23T13:30-05",
                "We are closed now. We open today at one thirty.",
            ),
            (
                "2026-11-23T01:16-05",
                false,
                "2026-11-24T09:00-05",
                "We are closed now. We open tomorrow at nine.",
            ),
            (
                "2026-11-23T17:00-05",
                false,
                "2026-11-23T19:00-05",
                "We are closed now. We open tomorrow at nine.",
            ),
            ("2026-12-24T10:00-05", true, "2026-12-24T18:00-05", "We are open until six."),
            // Nobody has said this time before, so none is told.
            ("2026-11-23T01:16-05", false, "2026-11-23T11:00-05", "We are closed now."),
        ];
        for (at, is_open, until, expected) in table {
            let until: Timestamp = until.parse().unwrap();
            let until = Some(Wall::from_unix_micros(until.as_microsecond()));
            assert_eq!(sentence(&office, at, Some(ByHand { is_open, until })), expected, "{at} {is_open}");
        }
        for (is_open, expected) in [(true, "We are open."), (false, "We are closed now.")] {
            let held = ByHand { is_open, until: None };
            assert_eq!(sentence(&office, "2026-11-23T10:00-05", Some(held)), expected);
        }
    }

    #[test]
    fn a_moment_is_told_in_the_words_of_each_language() {
        let [today, night, noon, held, weekday, far] = [
            "2026-11-23T10:00-05",
            "2026-11-27T23:00-05",
            "2026-11-23T13:00-05",
            "2026-12-24T10:00-05",
            "2026-11-28T03:00-05",
            "2026-12-07T10:00-05",
        ];
        let table = [
            (Tongue::Spanish, today, "Estamos abiertos hasta las doce y media de la tarde."),
            (Tongue::Spanish, night, "Estamos abiertos hasta mañana a las dos y cuarto de la madrugada."),
            (Tongue::Spanish, noon, "Ahora estamos cerrados. Abrimos hoy a la una y media de la tarde."),
            (
                Tongue::Spanish,
                held,
                "Hoy estamos cerrados: Christmas Eve. Abrimos mañana a las nueve de la mañana.",
            ),
            (Tongue::Spanish, weekday, "Ahora estamos cerrados. Abrimos el lunes a las nueve de la mañana."),
            (
                Tongue::Spanish,
                far,
                "Hoy estamos cerrados. Abrimos el lunes veintiuno de diciembre a las nueve de la mañana.",
            ),
            (Tongue::German, today, "Wir haben geöffnet bis zwölf Uhr dreißig."),
            (Tongue::German, night, "Wir haben geöffnet bis morgen um zwei Uhr fünfzehn."),
            (
                Tongue::German,
                noon,
                "Wir haben im Moment geschlossen. Wir öffnen heute um dreizehn Uhr dreißig.",
            ),
            (
                Tongue::German,
                held,
                "Wir haben heute geschlossen: Christmas Eve. Wir öffnen morgen um neun Uhr.",
            ),
            (Tongue::German, weekday, "Wir haben im Moment geschlossen. Wir öffnen am Montag um neun Uhr."),
            (
                Tongue::German,
                far,
                "Wir haben heute geschlossen. Wir öffnen am Montag, den einundzwanzigsten Dezember um neun Uhr.",
            ),
            (Tongue::French, today, "Nous sommes ouverts jusqu'à midi trente."),
            (Tongue::French, night, "Nous sommes ouverts jusqu'à demain à deux heures quinze."),
            (
                Tongue::French,
                noon,
                "Nous sommes fermés en ce moment. Nous ouvrons aujourd'hui à treize heures trente.",
            ),
            (
                Tongue::French,
                held,
                "Nous sommes fermés aujourd'hui : Christmas Eve. Nous ouvrons demain à neuf heures.",
            ),
            (Tongue::French, weekday, "Nous sommes fermés en ce moment. Nous ouvrons lundi à neuf heures."),
            (
                Tongue::French,
                far,
                "Nous sommes fermés aujourd'hui. Nous ouvrons le lundi vingt et un décembre à neuf heures.",
            ),
        ];
        for (tongue, at, expected) in table {
            assert_eq!(sentence(&said_in(office(), tongue), at, None), expected, "{at}");
        }
    }

    #[test]
    fn what_never_changes_is_told_without_a_time_and_what_was_never_said_is_silent() {
        let mut always = office();
        always.week = std::array::from_fn(|_| vec![Span { open: 0, close: 1440 }]);
        always.holidays.clear();
        assert_eq!(sentence(&said(always.clone()), "2026-11-23T10:00-05", None), "We are open.");
        always.week = Default::default();
        assert_eq!(sentence(&said(always.clone()), "2026-11-23T10:00-05", None), "We are closed today.");
        assert_eq!(sentence(&(always, Vec::new()), "2026-11-23T10:00-05", None), "");
    }

    /// Goal: whatever the minute, all that is to be said was said before. Method: every quarter of an hour of a year
    /// ends with a time, in zones whose clocks don't change past an end.
    #[test]
    fn no_moment_of_a_year_lacks_a_phrase() {
        for zone in ["America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"] {
            let office = said(Hours { timezone: TimeZone::get(zone).unwrap(), ..office() });
            let from: Timestamp = "2026-01-01T00:00Z".parse().unwrap();
            for quarter in 0..365 * 96 {
                let at = (from + jiff::SignedDuration::from_mins(15 * quarter)).to_string();
                let told = sentence(&office, &at, None);
                let is_whole = told.starts_with("We are open until ") || told.contains(". We open ");
                assert!(is_whole, "{zone} {at}: {told}");
            }
        }
    }

    #[test]
    fn only_names_of_whole_days_are_said_and_no_more_than_there_are() {
        let mut hours = office();
        let many = (0..200).map(|at| Holiday {
            date: Date::constant(2027, 1, 1),
            name: Some(format!("Day {at:03}").into()),
        });
        hours.holidays.extend(many);
        let long: Arc<str> = "x".repeat(61).into();
        hours.holidays.push(Holiday { date: Date::constant(2027, 1, 2), name: Some(long.clone()) });
        let (names, has_more) = names(&hours);
        assert!(names.len() == 100 && has_more && !names.contains(&long));
    }
}
