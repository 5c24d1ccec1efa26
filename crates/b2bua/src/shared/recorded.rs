//! Prompts that were recorded by phone: which file is heard in place of what the config has, kept over restarts.
//!
//! A file is named by the call in which it was recorded and never written again: its row is put once it is safe, so
//! whoever hears a prompt hears the whole of the old one or of the new. What a new one replaces is deleted when the one
//! after it comes: a call may be about to hear it.

use std::{collections::BTreeMap, sync::Arc};

use clock::Wall;

use super::Row;

/// Begins the names of the values that the store keeps for prompts.
const PREFIX: &str = "prompt:";

/// A prompt as it was recorded last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The file below the folder of prompts.
    pub file: Arc<str>,
    /// How long it lasts.
    pub lasted_ms: u32,
    /// When it began.
    pub at: Wall,
    /// Who recorded it: a person of the config.
    pub by: Arc<str>,
}

impl Recorded {
    fn write(&self) -> String {
        format!("{} {} {} {}", self.file, self.lasted_ms, self.at.unix_micros(), self.by)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let file = parts.next().filter(|file| !file.is_empty())?.into();
        let lasted_ms = parts.next()?.parse().ok()?;
        let at = Wall::from_unix_micros(parts.next()?.parse().ok()?);
        Some(Self { file, lasted_ms, at, by: parts.next()?.into() })
    }
}

/// Reads a prompt's name and how it was recorded from what the store keeps; `None` for anything else.
pub fn read<'a>(name: &'a str, value: &[u8]) -> Option<(&'a str, Recorded)> {
    Some((name.strip_prefix(PREFIX)?, Recorded::read(str::from_utf8(value).ok()?)?))
}

/// Every prompt that was recorded.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    now: BTreeMap<Arc<str>, Recorded>,
    /// Files that were replaced and may still be heard.
    before: BTreeMap<Arc<str>, Arc<str>>,
}

impl Prompts {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        let read = values.iter().filter_map(|(name, value)| read(name, value));
        self.now.extend(read.map(|(name, recorded)| (name.into(), recorded)));
    }

    /// How a prompt was recorded, if it was.
    pub(crate) fn of(&self, name: &str) -> Option<&Recorded> {
        self.now.get(name)
    }

    /// A prompt is this from now on, or again what the config has; gives what the store has to keep, and the file that
    /// nobody hears any more.
    pub(crate) fn set(&mut self, name: &Arc<str>, recorded: Option<Recorded>) -> (Row, Option<Arc<str>>) {
        let text = recorded.as_ref().map_or_else(String::new, Recorded::write);
        let old = match recorded {
            Some(recorded) => self.now.insert(name.clone(), recorded),
            None => self.now.remove(name),
        };
        let gone = match old {
            Some(old) => self.before.insert(name.clone(), old.file),
            None => None,
        };
        // One that could not be kept made room again for the one before.
        let gone = gone.filter(|file| self.of(name).is_none_or(|it| it.file != *file));
        ((format!("{PREFIX}{name}").into(), text.as_bytes().into()), gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(file: &str) -> Recorded {
        Recorded { file: file.into(), lasted_ms: 4_200, at: Wall::from_unix_micros(5), by: "rosa".into() }
    }

    #[test]
    fn what_was_recorded_outlives_the_process() {
        let mut before = Prompts::default();
        let welcome: Arc<str> = "welcome".into();
        let (row, gone) = before.set(&welcome, Some(recorded("1.wav")));
        assert_eq!(gone, None);
        let mut after = Prompts::default();
        after.restore(&[row, ("prompt:notice".into(), b"".as_slice().into())]);
        assert_eq!((after.of("welcome"), after.of("notice")), (Some(&recorded("1.wav")), None));
        let (row, _) = after.set(&welcome, None);
        assert_eq!((after.of("welcome"), &*row.1), (None, b"".as_slice()));
    }

    #[test]
    fn a_file_goes_once_the_one_after_the_next_is_there() {
        let mut prompts = Prompts::default();
        let welcome: Arc<str> = "welcome".into();
        let mut goes = |file| prompts.set(&welcome, Some(recorded(file))).1;
        assert_eq!((goes("1.wav"), goes("2.wav")), (None, None));
        assert_eq!(goes("3.wav").as_deref(), Some("1.wav"));
        // The third could not be kept, so the second is heard again.
        assert_eq!(goes("2.wav"), None);
        assert_eq!(prompts.of("welcome").map(|it| &*it.file), Some("2.wav"));
    }
}
