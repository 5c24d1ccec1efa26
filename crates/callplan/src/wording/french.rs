//! Phrases in French.

use std::sync::Arc;

use super::{Day, MIDNIGHT, Phrase, name_of, nth};

const DAYS: &str = "lundi mardi mercredi jeudi vendredi samedi dimanche";
const MONTHS: &str = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre";
const NUMBERS: &str = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize \
                       dix-sept dix-huit dix-neuf";
const TENS: &str = "zéro dix vingt trente quarante cinquante";

/// What comes with the switch, in the order of [`Shipped::SAID`](crate::Shipped::SAID).
pub(super) const SHIPPED: [&str; 3] = [
    "Veuillez laisser un message après le signal sonore.",
    "Merci, au revoir.",
    "Vous avez un appel. Pour le prendre, appuyez sur un. Pour le refuser, appuyez sur deux.",
];

/// What is said to who looks somebody up.
pub(super) const LOOKING_UP: [&str; 4] = [
    "Veuillez composer les premières lettres d'un nom avec les touches de votre téléphone, puis appuyez sur dièse.",
    "Il n'y a personne de ce nom.",
    "Il n'y a personne d'autre de ce nom.",
    "Plusieurs personnes portent ce nom. Veuillez composer d'autres lettres.",
];

/// How somebody of the directory is offered.
pub(super) fn offer(name: &str) -> String {
    format!("Pour {name}, appuyez sur 1.")
}

/// A phrase as it is said.
pub(super) fn text(phrase: Phrase, names: &[Arc<str>]) -> String {
    let weekday = |day: u8| nth(DAYS, day);
    match phrase {
        Phrase::Open => "Nous sommes ouverts.".to_owned(),
        Phrase::ClosedNow => "Nous sommes fermés en ce moment.".to_owned(),
        Phrase::ClosedToday => "Nous sommes fermés aujourd'hui.".to_owned(),
        Phrase::ClosedFor(name) => format!("Nous sommes fermés aujourd'hui : {}.", name_of(names, name)),
        Phrase::Until(Day::Today) => "Nous sommes ouverts jusqu'à".to_owned(),
        Phrase::Until(Day::Tomorrow) => "Nous sommes ouverts jusqu'à demain à".to_owned(),
        Phrase::Until(Day::On(day)) => format!("Nous sommes ouverts jusqu'à {} à", weekday(day)),
        Phrase::Until(Day::Far(day)) => format!("Nous sommes ouverts jusqu'au {}", weekday(day)),
        Phrase::Opens(Day::Today) => "Nous ouvrons aujourd'hui à".to_owned(),
        Phrase::Opens(Day::Tomorrow) => "Nous ouvrons demain à".to_owned(),
        Phrase::Opens(Day::On(day)) => format!("Nous ouvrons {} à", weekday(day)),
        Phrase::Opens(Day::Far(day)) => format!("Nous ouvrons le {}", weekday(day)),
        Phrase::DayOfMonth(1) => "premier".to_owned(),
        Phrase::DayOfMonth(day) => number(day.into()),
        Phrase::Month(month) => format!("{} à", nth(MONTHS, month.saturating_sub(1))),
        Phrase::Time(minute) => format!("{}.", time(minute)),
    }
}

/// A time of day, by the clock of 24 hours.
fn time(minute: u16) -> String {
    let (hour, rest) = (minute / 60, minute % 60);
    let hour = match hour {
        _ if minute >= MIDNIGHT => return "minuit".to_owned(),
        0 => "minuit".to_owned(),
        1 => "une heure".to_owned(),
        12 => "midi".to_owned(),
        hour => format!("{} heures", feminine(hour)),
    };
    if rest == 0 { hour } else { format!("{hour} {}", feminine(rest)) }
}

/// A number below sixty.
fn number(number: u16) -> String {
    let tens = nth(TENS, number / 10);
    match number % 10 {
        _ if number < 20 => nth(NUMBERS, number).to_owned(),
        0 => tens.to_owned(),
        1 => format!("{tens} et un"),
        ones => format!("{tens}-{}", nth(NUMBERS, ones)),
    }
}

/// The same of hours and minutes.
fn feminine(count: u16) -> String {
    let number = number(count);
    if count % 10 == 1 && count != 11 { number + "e" } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_told_as_people_tell_them() {
        let table = [
            (5, "minuit cinq"),
            (60, "une heure"),
            (61, "une heure une"),
            (540, "neuf heures"),
            (661, "onze heures une"),
            (720, "midi"),
            (750, "midi trente"),
            (1041, "dix-sept heures vingt et une"),
            (1276, "vingt et une heures seize"),
            (1440, "minuit"),
        ];
        for (minute, expected) in table {
            assert_eq!(time(minute), expected, "{minute}");
        }
        let days = [1, 2, 21, 31].map(|day| text(Phrase::DayOfMonth(day), &[]));
        assert_eq!(days, ["premier", "deux", "vingt et un", "trente et un"]);
    }
}
