//! Content lines (RFC 5545 §3.1): unfolded, with their parameters, each with the line on which it begins.

/// A property as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its first line in the text, counted from 1.
    pub(crate) number: u32,
    /// In capitals.
    pub(crate) name: String,
    /// Names in capitals, values without quotes.
    params: Vec<(String, String)>,
    /// What follows the colon.
    pub(crate) value: String,
}

/// Properties whose value begins with a digit, whatever their parameters hold.
const TIMES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"];

impl Line {
    /// The value of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value as a text: its escapes undone, in one line (RFC 5545 §3.3.11).
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') | None => text.push(' '),
                    Some(escaped) => text.push(escaped),
                },
                letter if letter.is_control() => text.push(' '),
                letter => text.push(letter),
            }
        }
        text.trim().to_owned()
    }

    /// The first line of a text of several.
    pub(crate) fn first_line(&self) -> String {
        let first =
            self.value.split("\\n").next().unwrap_or_default().split("\\N").next().unwrap_or_default();
        let line = Self { value: first.to_owned(), params: Vec::new(), name: String::new(), ..*self };
        line.text().chars().take(200).collect()
    }

    /// Reads one unfolded line; `None` if it is no property.
    fn parse(number: u32, text: &str) -> Option<Self> {
        let colon = unquoted(text, ':')?;
        let (head, value) = (&text[..colon], &text[colon + 1..]);
        let mut parts = split(head, ';');
        let name = parts.next()?.trim().to_ascii_uppercase();
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !is_name(&name) {
            return None;
        }
        let param = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
        };
        let mut params: Vec<_> = parts.map(param).collect();
        let mut value = value;
        // Outlook has written `TZID=(UTC-05:00) Eastern Time` without quotes.
        if TIMES.contains(&&*name)
            && let Some((cut, time)) = value.rsplit_once(':')
            && let Some((_, zone)) = params.iter_mut().find(|(name, _)| name == "TZID")
        {
            zone.push(':');
            zone.push_str(cut);
            value = time;
        }
        Some(Self { number, name, params, value: value.to_owned() })
    }
}

/// Every property of a text, in order; `Err` with the number of a line that is none.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Result<Line, u32>> + '_ {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = (1u32..).zip(text.split('\n')).peekable();
    std::iter::from_fn(move || {
        loop {
            let (number, first) = rest.next()?;
            let mut whole = first.trim_end_matches('\r').to_owned();
            while let Some((_, more)) = rest.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                whole.push_str(more[1..].trim_end_matches('\r'));
            }
            if !whole.trim().is_empty() {
                return Some(Line::parse(number, &whole).ok_or(number));
            }
        }
    })
}

/// Where `wanted` first stands outside of quotes.
fn unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut is_quoted = false;
    text.char_indices()
        .find(|(_, letter)| {
            is_quoted ^= *letter == '"';
            !is_quoted && *letter == wanted
        })
        .map(|(at, _)| at)
}

/// The parts of a text between separators outside of quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(at) = unquoted(text, separator) else { return Some(text) };
        rest = Some(&text[at + separator.len_utf8()..]);
        Some(&text[..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_line_is_one_and_keeps_its_first_number() {
        let text = "BEGIN:VEVENT\r\nSUMMARY:Christ\r\n mas\r\n\t Day\r\n\r\nDTSTART;VALUE=DATE:20261225\r\n";
        let read: Vec<_> = lines(text).map(|line| line.unwrap()).collect();
        let told: Vec<_> = read.iter().map(|line| (line.number, &*line.name, &*line.value)).collect();
        assert_eq!(
            told,
            [(1, "BEGIN", "VEVENT"), (2, "SUMMARY", "Christmas Day"), (6, "DTSTART", "20261225")]
        );
        assert_eq!(read[2].param("VALUE"), Some("DATE"));
    }

    #[test]
    fn colons_and_semicolons_in_quotes_belong_to_the_parameter() {
        let quoted = "DTSTART;TZID=\"(UTC-05:00) Eastern; US\":20260101T090000";
        let bare = "DTSTART;TZID=(UTC-05:00) Eastern Time:20260101T090000";
        for (text, zone) in [(quoted, "(UTC-05:00) Eastern; US"), (bare, "(UTC-05:00) Eastern Time")] {
            let line = lines(text).next().unwrap().unwrap();
            assert_eq!((line.param("TZID"), &*line.value), (Some(zone), "20260101T090000"));
        }
    }

    #[test]
    fn a_text_loses_its_escapes() {
        let line = lines("SUMMARY:Closed\\, all day\\nback on Monday\\; \\\\o/").next().unwrap().unwrap();
        assert_eq!(line.text(), "Closed, all day back on Monday; \\o/");
    }

    #[test]
    fn what_is_no_property_is_told_with_its_line() {
        let read: Vec<_> = lines("BEGIN:VCALENDAR\n\nthis is nothing\n=:x\n").collect();
        assert_eq!((read[1].clone(), read[2].clone()), (Err(3), Err(4)));
    }
}
