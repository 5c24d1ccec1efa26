//! Values of one kind each: durations, numbers, words, paths. What can't be read is a finding and `None`.

use std::{net::SocketAddr, ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    nearest::{nearest, one_of},
    place::{Findings, Place},
    spelling,
    table::Value,
};
use crate::{
    finding::Code,
    model::{E164, Keys},
};

/// A whole number within `range`.
pub(crate) fn integer<T>(value: Value<'_>, range: RangeInclusive<i64>, found: &mut Findings) -> Option<T>
where
    T: TryFrom<i64>,
{
    let Some(number) = value.as_integer() else {
        return value.wrong("a whole number, without quotes", found);
    };
    if !range.contains(&number) {
        let mend = format!("write one from {} to {}", range.start(), range.end());
        found.report(Code::OutOfRange, value.place, format!("{number} is outside its range"), mend);
        return None;
    }
    T::try_from(number).ok()
}

/// A duration such as `"30s"`, `"1m30s"` or `"250ms"`, within `range`.
pub(crate) fn duration(
    value: Value<'_>,
    range: RangeInclusive<Duration>,
    found: &mut Findings,
) -> Option<Duration> {
    if let Some(number) = value.as_integer() {
        let mend = format!("write its unit: \"{number}s\"");
        found.report(Code::BadDuration, value.place, "a duration carries its unit", mend);
        return None;
    }
    let text = value.text("a duration: \"30s\"", found)?;
    let Some(duration) = length(text) else {
        let mend = "write a whole number and ms, s, m, h or d: \"30s\"";
        found.report(Code::BadDuration, value.place, format!("\"{text}\" is not a duration"), mend);
        return None;
    };
    if range.contains(&duration) {
        return Some(duration);
    }
    let mend = format!("write one from {} to {}", show(*range.start()), show(*range.end()));
    found.report(Code::OutOfRange, value.place, format!("{text} is outside its range"), mend);
    None
}

/// `1m30s`.
pub(crate) fn length(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let scale = match &rest[digits..unit_end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        let count: u64 = rest[..digits].parse().ok()?;
        millis = millis.checked_add(count.checked_mul(scale)?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then(|| Duration::from_millis(millis))
}

/// The same, written.
pub(crate) fn show(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match units.into_iter().find(|(scale, _)| millis >= *scale && millis.is_multiple_of(*scale)) {
        Some((scale, unit)) => format!("{}{unit}", millis / scale),
        None => format!("{millis}ms"),
    }
}

/// A telephone number in E.164.
pub(crate) fn number(value: Value<'_>, found: &mut Findings) -> Option<E164> {
    let text = value.text("a number: \"+12025550100\"", found)?;
    number_text(text, value.place, found)
}

/// The same of a text without a value of its own: a key, a line of a file.
pub(crate) fn number_text(text: &str, place: Place, found: &mut Findings) -> Option<E164> {
    let number = E164::parse(text);
    if number.is_none() {
        let message = format!("\"{text}\" is not a number in E.164");
        found.report(Code::BadNumber, place, message, spelling::number(text));
    }
    number
}

/// An extension, as a whole number or, if it begins with 0, as a text.
pub(crate) fn extension(value: Value<'_>, found: &mut Findings) -> Option<Arc<str>> {
    let text = match (value.as_integer(), value.as_text()) {
        (Some(number), _) => number.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => return value.wrong("an extension: 101", found),
    };
    if (2..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.into());
    }
    found.report(
        Code::BadExtension,
        value.place,
        format!("{text} is not an extension"),
        "write 2 to 6 digits",
    );
    None
}

/// A key of a telephone: `"9"`, `"*"`.
pub(crate) fn key(value: Value<'_>, found: &mut Findings) -> Option<char> {
    let text = value.text("a key of a telephone: \"1\"", found)?;
    let mut letters = text.chars();
    let key = letters.next().filter(|key| Keys::ORDER.contains(key) && letters.next().is_none());
    if key.is_none() {
        let message = format!("\"{text}\" is no key of a telephone");
        found.report(Code::BadKey, value.place, message, "write one of \"0\" to \"9\", \"*\" or \"#\"");
    }
    key
}

/// One of a few words.
pub(crate) fn word<T: Copy>(value: Value<'_>, words: &[(&str, T)], found: &mut Findings) -> Option<T> {
    let spelled = || one_of(words.iter().map(|(word, _)| *word));
    let text = value.text(&spelled(), found)?;
    let known = words.iter().find(|(word, _)| *word == text);
    if known.is_none() {
        let near = nearest(text, words.iter().map(|(word, _)| *word));
        let mend = near.map_or_else(|| format!("write {}", spelled()), |near| format!("write \"{near}\""));
        found.report(
            Code::UnknownWord,
            value.place,
            format!("\"{text}\" is not a word this key knows"),
            mend,
        );
    }
    known.map(|(_, meaning)| *meaning)
}

/// `true`; there is no other value a key of this kind can have.
pub(crate) fn word_true(value: Value<'_>, found: &mut Findings) -> bool {
    value.is_true() || value.wrong::<()>("true, or leave the key out", found).is_some()
}

/// A host name or address, without port.
pub(crate) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let address = text.parse::<std::net::IpAddr>().is_ok();
    address || (text.len() <= 253 && text.split('.').all(label))
}

/// An address to listen on: `"0.0.0.0:5060"`.
pub(crate) fn socket(value: Value<'_>, found: &mut Findings) -> Option<SocketAddr> {
    let text = value.text("an address: \"0.0.0.0:5060\"", found)?;
    let address = text.parse().ok().filter(|address: &SocketAddr| address.port() != 0);
    if address.is_none() {
        let mend = "write ADDRESS:PORT, as in \"0.0.0.0:5060\" or \"[::]:5060\"";
        found.report(
            Code::BadAddress,
            value.place,
            format!("\"{text}\" is not an address to listen on"),
            mend,
        );
    }
    address
}

/// A path below the config directory.
pub(crate) fn path<'a>(value: Value<'a>, found: &mut Findings) -> Option<&'a str> {
    let text = value.text("a path: \"prompts/welcome.wav\"", found)?;
    let inside = text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if inside && !text.contains(['\\', '\0']) {
        return Some(text);
    }
    let mend = "write a path below the config directory, with `/` and without `..`";
    found.report(Code::BadPath, value.place, format!("\"{}\" leads elsewhere", text), mend);
    None
}

/// A text with something in it.
pub(crate) fn words<'a>(value: Value<'a>, found: &mut Findings) -> Option<&'a str> {
    let text = value.text("a text, in quotes", found)?.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        let (message, mend) = match text.chars().find(|letter| letter.is_control()) {
            Some('\t') => ("there is a tab in this text", "write a space"),
            Some(_) => ("this text holds more than one line, or what is no letter", "write one line of text"),
            None => ("this has to be a line of text", "write one, or leave the key out"),
        };
        found.report(Code::Empty, value.place, message, mend);
        return None;
    }
    Some(text)
}

/// Each item of a list by `read`, at least one and no two alike.
pub(crate) fn list<'a, T: PartialEq>(
    value: Value<'a>,
    wanted: &str,
    found: &mut Findings,
    mut read: impl FnMut(Value<'a>, &mut Findings) -> Option<T>,
) -> Option<Vec<T>> {
    let items = value.list(wanted, found)?;
    if items.is_empty() {
        found.report(Code::Empty, value.place, "this list is empty", format!("write {wanted}"));
    }
    let mut list: Vec<(T, Place)> = Vec::with_capacity(items.len());
    for item in items {
        let Some(new) = read(item, found) else { continue };
        match list.iter().find(|(old, _)| *old == new) {
            Some((_, first)) => {
                found.again(Code::ListedTwice, item.place, *first, "this is listed twice", "keep one")
            }
            None => list.push((new, item.place)),
        }
    }
    Some(list.into_iter().map(|(item, _)| item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_numbers_with_units() {
        for (text, millis) in
            [("30s", 30_000), ("1m30s", 90_000), ("250ms", 250), ("2h", 7_200_000), ("1d", 86_400_000)]
        {
            assert_eq!(length(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in
            ["", "30", "s", "30 s", "-1s", "1.5s", "30sec", "99999999999999999999s", "9999999999999999d"]
        {
            assert_eq!(length(bad), None, "{bad}");
        }
        assert_eq!(show(Duration::from_secs(90)), "90s");
        assert_eq!(show(Duration::from_secs(120)), "2m");
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for good in ["sip.example.com", "localhost", "192.0.2.1", "2001:db8::1", "a_b.example"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "sip..example", "-a.example", "sip example", "sip:example.com", "höst"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
