//! The Date header (RFC 3261 §20.17): phones without a clock of their own set it by this.

use clock::Wall;
use sip::decimal;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment, written as `Sat, 13 Nov 2010 23:29:00 GMT`.
pub(super) fn text(wall: Wall) -> String {
    let seconds = wall.unix_seconds();
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let mut text = String::with_capacity("Sat, 13 Nov 2010 23:29:00 GMT".len());
    text.push_str(DAYS[days.rem_euclid(7) as usize]);
    two_digits(&mut text, ", ", day);
    [" ", MONTHS[month as usize - 1], " "].iter().for_each(|part| text.push_str(part));
    let _ = decimal::number(&mut text, year);
    two_digits(&mut text, " ", time / 3600);
    two_digits(&mut text, ":", time / 60 % 60);
    two_digits(&mut text, ":", time % 60);
    text.push_str(" GMT");
    text
}

fn two_digits(text: &mut String, before: &str, number: i64) {
    text.push_str(before);
    text.extend([number / 10, number % 10].map(|digit| char::from(b'0' + digit as u8)));
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted
/// from March, so that the leap day is the last of its year and months follow a straight line.
const fn civil(days: i64) -> (i64, i64, i64) {
    let from_year_zero = days + 719_468;
    let (era, day) = (from_year_zero.div_euclid(146_097), from_year_zero.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + (month <= 2) as i64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_rfc_has_it() {
        for (seconds, written) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_289_690_940, "Sat, 13 Nov 2010 23:29:00 GMT"),
            (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(text(Wall::from_unix_micros(seconds * 1_000_000)), written);
        }
    }
}
