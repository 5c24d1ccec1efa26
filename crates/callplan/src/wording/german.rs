//! Phrases in German.

use std::sync::Arc;

use super::{Day, MIDNIGHT, Phrase, name_of, nth};

const DAYS: &str = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag";
const MONTHS: &str = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember";
const NUMBERS: &str = "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn \
                       sechzehn siebzehn achtzehn neunzehn";
const TENS: &str = "null zehn zwanzig dreißig vierzig fünfzig";
const ORDINALS: &str = "nullten ersten zweiten dritten vierten fünften sechsten siebten achten neunten zehnten elften \
                        zwölften dreizehnten vierzehnten fünfzehnten sechzehnten siebzehnten achtzehnten neunzehnten";

/// What comes with the switch, in the order of [`Shipped::SAID`](crate::Shipped::SAID).
pub(super) const SHIPPED: [&str; 3] = [
    "Bitte hinterlassen Sie nach dem Ton eine Nachricht.",
    "Vielen Dank, auf Wiederhören.",
    "Sie haben einen Anruf. Um ihn anzunehmen, drücken Sie die eins. Um ihn abzulehnen, drücken Sie die zwei.",
];

/// What is said to who looks somebody up.
pub(super) const LOOKING_UP: [&str; 4] = [
    "Bitte geben Sie die ersten Buchstaben eines Namens mit den Tasten Ihres Telefons ein und drücken Sie dann die Rautetaste.",
    "Unter diesem Namen gibt es niemanden.",
    "Unter diesem Namen gibt es sonst niemanden.",
    "Unter diesem Namen gibt es mehrere. Bitte geben Sie mehr Buchstaben ein.",
];

/// How somebody of the directory is offered.
pub(super) fn offer(name: &str) -> String {
    format!("Für {name} drücken Sie die 1.")
}

/// A phrase as it is said.
pub(super) fn text(phrase: Phrase, names: &[Arc<str>]) -> String {
    let weekday = |day: u8| nth(DAYS, day);
    match phrase {
        Phrase::Open => "Wir haben geöffnet.".to_owned(),
        Phrase::ClosedNow => "Wir haben im Moment geschlossen.".to_owned(),
        Phrase::ClosedToday => "Wir haben heute geschlossen.".to_owned(),
        Phrase::ClosedFor(name) => format!("Wir haben heute geschlossen: {}.", name_of(names, name)),
        Phrase::Until(Day::Today) => "Wir haben geöffnet bis".to_owned(),
        Phrase::Until(Day::Tomorrow) => "Wir haben geöffnet bis morgen um".to_owned(),
        Phrase::Until(Day::On(day)) => format!("Wir haben geöffnet bis {} um", weekday(day)),
        Phrase::Until(Day::Far(day)) => format!("Wir haben geöffnet bis {},", weekday(day)),
        Phrase::Opens(Day::Today) => "Wir öffnen heute um".to_owned(),
        Phrase::Opens(Day::Tomorrow) => "Wir öffnen morgen um".to_owned(),
        Phrase::Opens(Day::On(day)) => format!("Wir öffnen am {} um", weekday(day)),
        Phrase::Opens(Day::Far(day)) => format!("Wir öffnen am {},", weekday(day)),
        Phrase::DayOfMonth(day) => format!("den {}", ordinal(day)),
        Phrase::Month(month) => format!("{} um", nth(MONTHS, month.saturating_sub(1))),
        Phrase::Time(minute) => format!("{}.", time(minute)),
    }
}

/// A time of day, by the clock of 24 hours.
fn time(minute: u16) -> String {
    if minute == 0 || minute >= MIDNIGHT {
        return "Mitternacht".to_owned();
    }
    let (hour, rest) = (minute / 60, minute % 60);
    let hour = if hour == 1 { "ein".to_owned() } else { number(hour) };
    if rest == 0 { format!("{hour} Uhr") } else { format!("{hour} Uhr {}", number(rest)) }
}

/// A number below sixty: the ones come first.
fn number(number: u16) -> String {
    let tens = nth(TENS, number / 10);
    match number % 10 {
        _ if number < 20 => nth(NUMBERS, number).to_owned(),
        0 => tens.to_owned(),
        1 => format!("einund{tens}"),
        ones => format!("{}und{tens}", nth(NUMBERS, ones)),
    }
}

/// The place of a day in its month, as it stands behind "den".
fn ordinal(day: u8) -> String {
    if day < 20 { nth(ORDINALS, day).to_owned() } else { format!("{}sten", number(day.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_told_as_people_tell_them() {
        let table = [
            (5, "null Uhr fünf"),
            (60, "ein Uhr"),
            (61, "ein Uhr eins"),
            (540, "neun Uhr"),
            (720, "zwölf Uhr"),
            (810, "dreizehn Uhr dreißig"),
            (1041, "siebzehn Uhr einundzwanzig"),
            (1276, "einundzwanzig Uhr sechzehn"),
            (1440, "Mitternacht"),
        ];
        for (minute, expected) in table {
            assert_eq!(time(minute), expected, "{minute}");
        }
        let days = ["ersten", "siebten", "neunzehnten", "zwanzigsten", "einundzwanzigsten", "dreißigsten"];
        assert_eq!([1, 7, 19, 20, 21, 30].map(ordinal), days);
    }
}
