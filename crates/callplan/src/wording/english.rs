//! Phrases in English.

use std::sync::Arc;

use super::{Day, MIDNIGHT, Phrase, name_of, nth};

const DAYS: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";
const MONTHS: &str = "January February March April May June July August September October November December";
const NUMBERS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
                       fifteen sixteen seventeen eighteen nineteen";
const TENS: &str = "zero ten twenty thirty forty fifty";
const ORDINALS: &str = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth \
                        thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth";

/// What is said to who looks somebody up.
pub(super) const LOOKING_UP: [&str; 4] = [
    "Please spell the first letters of a name by the keys of your telephone, then press pound.",
    "There is nobody of such a name.",
    "There is nobody else of such a name.",
    "There are more of such a name. Please spell more letters.",
];

/// How somebody of the directory is offered.
pub(super) fn offer(name: &str) -> String {
    format!("For {name}, press 1.")
}

/// A phrase as it is said.
pub(super) fn text(phrase: Phrase, names: &[Arc<str>]) -> String {
    let weekday = |day: u8| nth(DAYS, day);
    match phrase {
        Phrase::Open => "We are open.".to_owned(),
        Phrase::ClosedNow => "We are closed now.".to_owned(),
        Phrase::ClosedToday => "We are closed today.".to_owned(),
        Phrase::ClosedFor(name) => format!("We are closed today: {}.", name_of(names, name)),
        Phrase::Until(Day::Today) => "We are open until".to_owned(),
        Phrase::Until(Day::Tomorrow) => "We are open until tomorrow at".to_owned(),
        Phrase::Until(Day::On(day)) => format!("We are open until {} at", weekday(day)),
        Phrase::Until(Day::Far(day)) => format!("We are open until {}", weekday(day)),
        Phrase::Opens(Day::Today) => "We open today at".to_owned(),
        Phrase::Opens(Day::Tomorrow) => "We open tomorrow at".to_owned(),
        Phrase::Opens(Day::On(day)) => format!("We open on {} at", weekday(day)),
        Phrase::Opens(Day::Far(day)) => format!("We open on {}", weekday(day)),
        Phrase::DayOfMonth(day) => format!("the {}", ordinal(day)),
        Phrase::Month(month) => format!("of {} at", nth(MONTHS, month.saturating_sub(1))),
        Phrase::Time(minute) => format!("{}.", time(minute)),
    }
}

/// A time of day as offices tell theirs: nine is in the morning and five in the afternoon, other times say which.
fn time(minute: u16) -> String {
    let (hour, rest) = (minute / 60, minute % 60);
    match minute {
        0 | MIDNIGHT.. => return "midnight".to_owned(),
        720 => return "noon".to_owned(),
        _ => {}
    }
    let part = match hour {
        0..4 | 22.. => " at night",
        4..7 => " in the morning",
        7..19 => "",
        19..22 => " in the evening",
    };
    let hour = nth(NUMBERS, if hour % 12 == 0 { 12 } else { hour % 12 });
    match rest {
        0 => format!("{hour}{part}"),
        1..10 => format!("{hour} oh {}{part}", number(rest)),
        rest => format!("{hour} {}{part}", number(rest)),
    }
}

/// A number below sixty.
fn number(number: u16) -> String {
    let tens = nth(TENS, number / 10);
    match number {
        0..20 => nth(NUMBERS, number).to_owned(),
        _ if number.is_multiple_of(10) => tens.to_owned(),
        _ => format!("{tens}-{}", nth(NUMBERS, number % 10)),
    }
}

/// The place of a day in its month.
fn ordinal(day: u8) -> String {
    match day {
        0..=20 => nth(ORDINALS, day).to_owned(),
        30 => "thirtieth".to_owned(),
        _ => format!("{}-{}", nth(TENS, day / 10), nth(ORDINALS, day % 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let table = [
            (5, "twelve oh five at night"),
            (150, "two thirty at night"),
            (390, "six thirty in the morning"),
            (540, "nine"),
            (645, "ten forty-five"),
            (720, "noon"),
            (725, "twelve oh five"),
            (810, "one thirty"),
            (1080, "six"),
            (1140, "seven in the evening"),
            (1320, "ten at night"),
            (1440, "midnight"),
        ];
        for (minute, expected) in table {
            assert_eq!(time(minute), expected, "{minute}");
        }
        assert_eq!(
            [1, 20, 21, 30, 31].map(ordinal),
            ["first", "twentieth", "twenty-first", "thirtieth", "thirty-first"]
        );
    }
}
