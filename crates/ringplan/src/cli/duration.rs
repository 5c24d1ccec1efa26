//! Times on the command line, written as in the config: `30s`, `500ms`, `2m`.

use std::time::Duration;

/// Reads a time with its unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let unit =
        text.find(|letter: char| !letter.is_ascii_digit()).ok_or("a time has a unit: 30s, 500ms, 2m, 1h")?;
    let (number, unit) = text.split_at(unit);
    let number: u64 = number.parse().map_err(|_| format!("{text} does not begin with a number"))?;
    let ms = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(format!("{unit} is no unit of time: use ms, s, m or h")),
    };
    ms.map(Duration::from_millis).ok_or_else(|| format!("{text} is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("2m"), Ok(Duration::from_secs(120)));
        for bad in ["", "30", "s", "1.5s", "3 s", "99999999999999999h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
