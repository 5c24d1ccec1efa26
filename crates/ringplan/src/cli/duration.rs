//! Times on the command line, written as in the config: `30s`, `500ms`, `2m`.

use std::{ops::RangeInclusive, time::Duration};

/// Units of time, in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Reads a time with its unit that lies within `range`.
pub(crate) fn within(text: &str, range: RangeInclusive<Duration>) -> Result<Duration, String> {
    let allowed = || format!("write a time from {} to {}", show(*range.start()), show(*range.end()));
    let time = parse(text).ok_or_else(|| format!("{}, with its unit: 30s, 500ms, 2m or 1h", allowed()))?;
    if range.contains(&time) { Ok(time) } else { Err(allowed()) }
}

fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
    let (_, scale) = UNITS.into_iter().find(|(known, _)| *known == unit)?;
    number.parse::<u64>().ok()?.checked_mul(scale).map(Duration::from_millis)
}

/// A time in the largest unit that it is a whole number of.
pub(crate) fn show(time: Duration) -> String {
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (unit, scale) = UNITS.into_iter().rfind(|(_, scale)| ms.is_multiple_of(*scale)).unwrap_or(UNITS[0]);
    format!("{}{unit}", ms / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(24 * 3_600);

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        assert_eq!(within("30s", RANGE), Ok(Duration::from_secs(30)));
        assert_eq!(within("250ms", RANGE), Ok(Duration::from_millis(250)));
        assert_eq!(within("2m", RANGE), Ok(Duration::from_secs(120)));
        for bad in ["", "30", "s", "1.5s", "3 s", "99999999999999999h"] {
            let why = within(bad, RANGE).unwrap_err();
            assert!(why.starts_with("write a time from 100ms to 24h, with its unit"), "{bad}: {why}");
        }
    }

    #[test]
    fn a_time_outside_its_range_is_told_the_range() {
        for bad in ["0s", "99ms", "25h"] {
            assert_eq!(within(bad, RANGE), Err("write a time from 100ms to 24h".to_owned()), "{bad}");
        }
    }
}
