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
    /// How they were before, to which the same code leads back.
    pub before: Mood,
    /// Where calls for them alone go instead, if they may call there.
    pub forward: Option<E164>,
}

impl PersonState {
    /// Reads `dnd`, `away +12025550177`, `dnd/away` and so on: what [`Display`](fmt::Display) writes.
    pub fn read(text: &str) -> Option<Self> {
        let (words, forward) = match text.split_once(' ') {
            Some((words, number)) => (words, Some(E164::parse(number)?)),
            None => (text, None),
        };
        let (word, before) = words.split_once('/').unwrap_or((words, Mood::Available.word()));
        let mood = |word| Mood::ALL.into_iter().find(|(own, _)| *own == word).map(|(_, mood)| mood);
        Some(Self { mood: mood(word)?, before: mood(before)?, forward })
    }

    /// The code of a mood was dialled: so they want to be treated, or again as before.
    #[must_use]
    pub fn turned(self, mood: Mood) -> Self {
        if self.mood == mood { self.said(self.before) } else { Self { mood, before: self.mood, ..self } }
    }

    /// They want to be treated so, whatever was before.
    #[must_use]
    pub fn said(self, mood: Mood) -> Self {
        Self { mood, before: Mood::Available, ..self }
    }
}

impl fmt::Display for PersonState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mood.word())?;
        if self.before != Mood::Available {
            write!(f, "/{}", self.before.word())?;
        }
        self.forward.map_or(Ok(()), |number| write!(f, " {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "available",
            "away",
            "dnd",
            "available +12025550177",
            "away +12025550177",
            "dnd/away",
            "away/dnd +12025550177",
        ] {
            assert_eq!(PersonState::read(text).map(|state| state.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "busy", "dnd 177", "dnd  +12025550177", "dnd/", "dnd/busy"] {
            assert_eq!(PersonState::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_code_that_is_dialled_again_leads_back_to_what_was_before() {
        use Mood::{Available, Away, DoNotDisturb};
        let after = |codes: &[Mood]| {
            codes.iter().fold(PersonState::default(), |state, code| state.turned(*code)).mood
        };
        let table: [(&[Mood], Mood); 6] = [
            (&[Away], Away),
            (&[Away, Away], Available),
            (&[Away, DoNotDisturb], DoNotDisturb),
            (&[Away, DoNotDisturb, DoNotDisturb], Away),
            (&[Away, DoNotDisturb, DoNotDisturb, Away, Away], Away),
            (&[DoNotDisturb, Away, Away, DoNotDisturb], Available),
        ];
        for (codes, mood) in table {
            assert_eq!(after(codes), mood, "{codes:?}");
        }
        assert_eq!(
            PersonState::default().turned(Away).turned(DoNotDisturb).said(Available),
            PersonState::default()
        );
    }
}
