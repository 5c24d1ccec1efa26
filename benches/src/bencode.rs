//! Bencode, the writing of rtpengine's control protocol: texts, whole numbers, lists and dictionaries.

use std::collections::BTreeMap;

/// Nested deeper than any answer is.
const DEPTH_MAX: usize = 8;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
    List(Vec<Self>),
    Dictionary(BTreeMap<String, Self>),
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn list<const N: usize>(texts: [&str; N]) -> Self {
        Self::List(texts.map(Self::text).into())
    }

    pub(crate) fn dictionary<'k>(entries: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        Self::Dictionary(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The text below a key of a dictionary.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        match self {
            Self::Dictionary(entries) => match entries.get(key)? {
                Self::Text(text) => Some(text),
                Self::Number(_) | Self::List(_) | Self::Dictionary(_) => None,
            },
            Self::Text(_) | Self::Number(_) | Self::List(_) => None,
        }
    }

    pub(crate) fn write(&self) -> String {
        let text = |text: &String| format!("{}:{text}", text.len());
        match self {
            Self::Text(it) => text(it),
            Self::Number(number) => format!("i{number}e"),
            Self::List(values) => format!("l{}e", values.iter().map(Self::write).collect::<String>()),
            Self::Dictionary(entries) => {
                let entries = entries.iter().map(|(key, value)| text(key) + &value.write());
                format!("d{}e", entries.collect::<String>())
            }
        }
    }

    /// Reads one value that is all of `written`.
    pub(crate) fn read(written: &str) -> Option<Self> {
        let mut rest = written;
        value(&mut rest, DEPTH_MAX).filter(|_| rest.is_empty())
    }
}

fn value(rest: &mut &str, depth: usize) -> Option<Value> {
    let inner = depth.checked_sub(1)?;
    match rest.as_bytes().first()? {
        b'i' => Some(Value::Number(until(rest, 'e')?.strip_prefix('i')?.parse().ok()?)),
        b'l' => {
            *rest = &rest[1..];
            let mut values = Vec::new();
            while !ends(rest) {
                values.push(value(rest, inner)?);
            }
            Some(Value::List(values))
        }
        b'd' => {
            *rest = &rest[1..];
            let mut entries = BTreeMap::new();
            while !ends(rest) {
                entries.insert(text(rest)?, value(rest, inner)?);
            }
            Some(Value::Dictionary(entries))
        }
        _ => text(rest).map(Value::Text),
    }
}

fn text(rest: &mut &str) -> Option<String> {
    let length = until(rest, ':')?.parse().ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text.to_owned())
}

/// Takes what stands before `end`, and `end`.
fn until<'t>(rest: &mut &'t str, end: char) -> Option<&'t str> {
    let (before, after) = rest.split_once(end)?;
    *rest = after;
    Some(before)
}

/// Takes the end of a list or dictionary if it is next.
fn ends(rest: &mut &str) -> bool {
    rest.strip_prefix('e').map(|after| *rest = after).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = Value::dictionary([
            ("command", Value::text("offer")),
            ("replace", Value::list(["origin", "session-connection"])),
            ("sdp", Value::text("v=0\r\na=x:i1e\r\n")),
            ("ttl", Value::Number(-3)),
        ]);
        let written = value.write();
        assert!(written.starts_with("d7:command5:offer7:replacel6:origin18:session-connectione3:sdp14:v=0"));
        assert_eq!(Value::read(&written), Some(value.clone()));
        assert_eq!(value.text_of("command"), Some("offer"));
        assert_eq!((value.text_of("ttl"), value.text_of("none")), (None, None));
    }

    #[test]
    fn what_is_cut_or_goes_on_is_not_read() {
        let written = Value::dictionary([("list", Value::list(["a", "bc"]))]).write();
        for end in 0..written.len() {
            assert_eq!(Value::read(&written[..end]), None, "{end}");
        }
        assert_eq!(Value::read(&(written + "e")), None);
        assert_eq!(Value::read(&"l".repeat(9)), None);
        assert_eq!(Value::read("99999999999999999999:a"), None);
    }
}
