//! What the switch says by itself to who listens to messages or signs in: words that come with it, a file each.

use callplan::Notice;
use smallvec::{SmallVec, smallvec};

/// Words of one file, named like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Phrase(&'static str);

/// Numbers that have a word, up to twenty.
const UNITS: [&str; 21] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "19", "20",
];

/// And beyond.
const TENS: [&str; 10] = ["0", "10", "20", "30", "40", "50", "60", "70", "80", "90"];

impl Phrase {
    /// "You have"
    pub const YOU_HAVE: Self = Self("you-have");
    /// "new message"
    pub const NEW_MESSAGE: Self = Self("new-message");
    /// "new messages"
    pub const NEW_MESSAGES: Self = Self("new-messages");
    /// "and"
    pub const AND: Self = Self("and");
    /// "old message"
    pub const OLD_MESSAGE: Self = Self("old-message");
    /// "old messages"
    pub const OLD_MESSAGES: Self = Self("old-messages");
    /// "more than"
    pub const MORE_THAN: Self = Self("more-than");
    /// "You have no messages."
    pub const NO_MESSAGES: Self = Self("no-messages");
    /// "Message", before its number.
    pub const MESSAGE: Self = Self("message");
    /// "Message deleted."
    pub const DELETED: Self = Self("deleted");
    /// "Message not deleted."
    pub const RESTORED: Self = Self("restored");
    /// "Message kept."
    pub const KEPT: Self = Self("kept");
    /// "No more messages."
    pub const NO_MORE: Self = Self("no-more");
    /// What the keys do, in short.
    pub const CHOICES: Self = Self("choices");
    /// What all keys do.
    pub const HELP: Self = Self("help");
    /// "This key does nothing here."
    pub const WRONG_KEY: Self = Self("wrong-key");
    /// "Please enter the extension of the mailbox, then the pound key."
    pub const EXTENSION: Self = Self("extension");
    /// "Please enter your PIN, then the pound key."
    pub const PIN: Self = Self("pin");
    /// "Extension or PIN are wrong."
    pub const WRONG_PIN: Self = Self("wrong-pin");
    /// "Extension, then pound."
    pub const OWN_EXTENSION: Self = Self("own-extension");
    /// "Signed in."
    pub const SIGNED_IN: Self = Self("signed-in");
    /// "Signed out."
    pub const SIGNED_OUT: Self = Self("signed-out");
    /// "Try later."
    pub const NOT_KEPT: Self = Self("not-kept");
    /// "Goodbye."
    pub const GOODBYE: Self = Self("goodbye");
    /// "You are number", to who waits.
    pub const YOU_ARE_NUMBER: Self = Self("you-are-number");
    /// "in line."
    pub const IN_LINE: Self = Self("in-line");
    /// "The wait is about"
    pub const WAIT_ABOUT: Self = Self("wait-about");
    /// "minutes."
    pub const MINUTES: Self = Self("minutes");
    /// "The wait is less than a minute."
    pub const SHORT_WAIT: Self = Self("short-wait");
    /// "To be called back, press"
    pub const CALL_BACK: Self = Self("call-back");
    /// "You keep your place. We will call you back."
    pub const CALLED_BACK: Self = Self("called-back");
    /// "star"
    pub const STAR: Self = Self("star");
    /// "pound"
    pub const POUND: Self = Self("pound");
    /// "Speak after the tone, then pound."
    pub const TAKE: Self = Self("take");
    /// "Keep, 1. Again, 2."
    pub const TAKE_CHOICES: Self = Self("take-choices");
    /// "Kept."
    pub const TAKE_KEPT: Self = Self("take-kept");
    /// "Would now ring", to who rehearses.
    pub const WOULD_RING: Self = Self("would-ring");
    /// "the agent."
    pub const AGENT: Self = Self("agent");
    /// "a number outside."
    pub const SOME_NUMBER: Self = Self("some-number");

    /// The name of its file, without the ending.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// All that are ever said.
    pub fn all() -> impl Iterator<Item = Self> {
        let words = [
            Self::YOU_HAVE,
            Self::NEW_MESSAGE,
            Self::NEW_MESSAGES,
            Self::AND,
            Self::OLD_MESSAGE,
            Self::OLD_MESSAGES,
            Self::MORE_THAN,
            Self::NO_MESSAGES,
            Self::MESSAGE,
            Self::DELETED,
            Self::RESTORED,
            Self::KEPT,
            Self::NO_MORE,
            Self::CHOICES,
            Self::HELP,
            Self::WRONG_KEY,
            Self::EXTENSION,
            Self::PIN,
            Self::WRONG_PIN,
            Self::OWN_EXTENSION,
            Self::SIGNED_IN,
            Self::SIGNED_OUT,
            Self::NOT_KEPT,
            Self::GOODBYE,
            Self::YOU_ARE_NUMBER,
            Self::IN_LINE,
            Self::WAIT_ABOUT,
            Self::MINUTES,
            Self::SHORT_WAIT,
            Self::CALL_BACK,
            Self::CALLED_BACK,
            Self::STAR,
            Self::POUND,
            Self::TAKE,
            Self::TAKE_CHOICES,
            Self::TAKE_KEPT,
            Self::WOULD_RING,
            Self::AGENT,
            Self::SOME_NUMBER,
        ];
        UNITS.into_iter().chain(TENS.into_iter().skip(3)).map(Self).chain(words)
    }

    /// A key as it is said.
    pub(crate) fn key(key: char) -> Self {
        match key {
            '*' => Self::STAR,
            '#' => Self::POUND,
            digit => Self(UNITS[digit.to_digit(10).map_or(0, |digit| digit as usize)]),
        }
    }

    /// A number as it is said; of a hundred and more only that it is more than ninety-nine.
    pub(crate) fn number(number: usize) -> SmallVec<[Self; 3]> {
        match (UNITS.get(number), TENS.get(number / 10)) {
            (Some(word), _) => smallvec![Self(word)],
            (None, Some(tens)) if number.is_multiple_of(10) => smallvec![Self(tens)],
            (None, Some(tens)) => smallvec![Self(tens), Self(UNITS[number % 10])],
            (None, None) => smallvec![Self::MORE_THAN, Self("90"), Self("9")],
        }
    }
}

/// What somebody is told who waits in a line.
pub(crate) fn of_notice(notice: Notice) -> SmallVec<[Phrase; 8]> {
    let mut words = SmallVec::new();
    match notice {
        Notice::Place { position, wait } => {
            words.push(Phrase::YOU_ARE_NUMBER);
            words.extend(Phrase::number(position.into()));
            words.push(Phrase::IN_LINE);
            match wait.map(|wait| usize::try_from(wait.as_secs().div_ceil(60)).unwrap_or(usize::MAX)) {
                None => {}
                Some(0 | 1) => words.push(Phrase::SHORT_WAIT),
                Some(minutes) => {
                    words.push(Phrase::WAIT_ABOUT);
                    words.extend(Phrase::number(minutes));
                    words.push(Phrase::MINUTES);
                }
            }
        }
        Notice::Offer(key) => words.extend([Phrase::CALL_BACK, Phrase::key(key)]),
        Notice::KeptPlace => words.push(Phrase::CALLED_BACK),
    }
    words
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_waits_is_told_in_words_that_there_are() {
        let said = |notice| {
            let words = of_notice(notice);
            assert!(words.iter().all(|word| Phrase::all().any(|known| known == *word)), "{words:?}");
            words.iter().map(|word| word.name()).collect::<Vec<_>>().join(" ")
        };
        let place =
            |position, wait: Option<u64>| Notice::Place { position, wait: wait.map(Duration::from_secs) };
        assert_eq!(said(place(2, None)), "you-are-number 2 in-line");
        assert_eq!(said(place(21, Some(61))), "you-are-number 20 1 in-line wait-about 2 minutes");
        assert_eq!(said(place(1, Some(60))), "you-are-number 1 in-line short-wait");
        assert_eq!(said(Notice::Offer('1')), "call-back 1");
        assert_eq!(said(Notice::Offer('#')), "call-back pound");
        assert_eq!(said(Notice::KeptPlace), "called-back");
    }

    #[test]
    fn numbers_are_said_in_words_that_there_are() {
        let said =
            |number| Phrase::number(number).iter().map(|word| word.name()).collect::<Vec<_>>().join(" ");
        let table =
            [(0, "0"), (7, "7"), (20, "20"), (21, "20 1"), (40, "40"), (99, "90 9"), (100, "more-than 90 9")];
        for (number, words) in table {
            assert_eq!(said(number), words);
        }
        for number in 0..=1_000 {
            assert!(Phrase::number(number).iter().all(|word| Phrase::all().any(|known| known == *word)));
        }
    }
}
