//! What people say of themselves, by phone or by the operator: state, not config, and it outlives both.

use std::fmt;

use super::E164;

/// How a person wants to be treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mood {
    /// Rings as the config has it.
    #[default]
    Available,
    /// Not there: not rung.
    Away,
    /// There, and not to be disturbed: not rung.
    DoNotDisturb,
}

impl Mood {
    /// Each with its word.
    pub const ALL: [(&str, Self); 3] =
        [("available", Self::Available), ("away", Self::Away), ("dnd", Self::DoNotDisturb)];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Away => "away",
            Self::DoNotDisturb => "dnd",
        }
    }
}

/// A person's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PersonState {
    /// How they want to be treated.
    pub mood: Mood,
    /// Where calls for them alone go instead, if they may call there.
    pub forward: Option<E164>,
}

impl PersonState {
    /// Reads `dnd`, `away +12025550177` and so on: what [`Display`](fmt::Display) writes.
    pub fn read(text: &str) -> Option<Self> {
        let (word, forward) = match text.split_once(' ') {
            Some((word, number)) => (word, Some(E164::parse(number)?)),
            None => (text, None),
        };
        let (_, mood) = Mood::ALL.into_iter().find(|(own, _)| *own == word)?;
        Some(Self { mood, forward })
    }
}

impl fmt::Display for PersonState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mood.word())?;
        self.forward.map_or(Ok(()), |number| write!(f, " {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["available", "away", "dnd", "available +12025550177", "away +12025550177"] {
            assert_eq!(PersonState::read(text).map(|state| state.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "busy", "dnd 177", "dnd  +12025550177"] {
            assert_eq!(PersonState::read(bad), None, "{bad}");
        }
    }
}
