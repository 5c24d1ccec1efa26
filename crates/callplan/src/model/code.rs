//! What a phone dials to ask the switch for something: feature codes, and the slots of parked calls.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{MusicId, PROMPT_NUMBER_LEN};
use crate::number::Digits;

/// Something a phone asks for by a code. One row of [`Feature::ALL`] is all that a new one needs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// `**112`: takes the call that rings at this extension.
    Pickup,
    /// `*8`: takes the call that has rung longest in a group of the dialler's.
    GroupPickup,
    /// `*68`: the lowest free slot; who is transferred there is parked.
    Park,
    /// `*78`: do not disturb, or again as before ([`PersonState::turned`](super::PersonState::turned)).
    DoNotDisturb,
    /// `*76`: away, or again as before.
    Away,
    /// `*79`: there for everybody.
    Available,
    /// `*72` and a number outside: calls for the dialler alone go there.
    Forward,
    /// `*73`: no longer.
    ForwardOff,
    /// `*97`: the dialler hears their own messages.
    Messages,
    /// `*98`: hears those of a mailbox, by its extension and PIN.
    Mailbox,
    /// `*99102`: leaves a message for this extension, without ringing anybody.
    LeaveMessage,
    /// `*30`: who last called the dialler from outside rings them no more.
    Block,
    /// `*34` and a time: the dialler's phones ring when it comes next. Without one: no longer.
    Reminder,
    /// `*45`: the dialler serves no queue, or all of theirs again; with a queue's extension that one.
    Queue,
    /// `*11`: somebody signs in at this phone by their extension and PIN, or signs out of it again.
    HotDesk,
    /// `*77` and the number of a prompt: the dialler records it.
    RecordPrompt,
    /// `*58` and a time, `*5812251000`: calls of this phone see it. Without one: no longer.
    Rehearse,
}

/// What stands behind a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Takes {
    /// Exactly so many digits; none for most.
    Digits(u8),
    /// A time of day, four digits, or nothing.
    Time,
    /// Month, day and time, eight digits, or nothing.
    Moment,
    /// An extension, 2 to 6 digits.
    Extension,
    /// An extension, or nothing.
    SomeExtension,
    /// The number of a prompt, 1 to 4 digits.
    Prompt,
    /// A number outside, as it is dialled.
    Number,
    /// A digit, which of the dialler's numbers is shown, and whatever is dialled.
    Choice,
}

impl Takes {
    /// Whether `rest` may stand behind the code.
    pub fn holds(self, rest: &str) -> bool {
        let (len, rest) = match self {
            Self::Choice => (3..=20, rest.get(1..).unwrap_or_default()),
            Self::Digits(len) => (usize::from(len)..=usize::from(len), rest),
            Self::Time if rest.is_empty() => return true,
            Self::Time => (4..=4, rest),
            Self::Moment if rest.is_empty() => return true,
            Self::Moment => (8..=8, rest),
            Self::SomeExtension if rest.is_empty() => return true,
            Self::Extension | Self::SomeExtension => (2..=6, rest),
            Self::Prompt => (1..=PROMPT_NUMBER_LEN, rest),
            Self::Number => (3..=20, rest.strip_prefix('+').unwrap_or(rest)),
        };
        len.contains(&rest.len()) && rest.bytes().all(|digit| digit.is_ascii_digit())
    }
}

impl Takes {
    /// How many digits may stand behind the code, if only exact numbers of them may.
    pub(crate) fn lengths(self) -> Option<Vec<usize>> {
        match self {
            Self::Digits(len) => Some(vec![len.into()]),
            Self::Time => Some(vec![0, 4]),
            Self::Moment => Some(vec![0, 8]),
            Self::Extension | Self::SomeExtension | Self::Prompt | Self::Number | Self::Choice => None,
        }
    }
}

impl Feature {
    /// Each feature: its key in `[codes]`, its code where nothing else is written, and what it takes.
    pub const ALL: &[(&str, Self, &str, Takes)] = &[
        ("pickup", Self::Pickup, "**", Takes::Extension),
        ("group_pickup", Self::GroupPickup, "*8", Takes::Digits(0)),
        ("park", Self::Park, "*68", Takes::Digits(0)),
        ("dnd", Self::DoNotDisturb, "*78", Takes::Digits(0)),
        ("away", Self::Away, "*76", Takes::Digits(0)),
        ("available", Self::Available, "*79", Takes::Digits(0)),
        ("forward", Self::Forward, "*72", Takes::Number),
        ("forward_off", Self::ForwardOff, "*73", Takes::Digits(0)),
        ("messages", Self::Messages, "*97", Takes::Digits(0)),
        ("mailbox", Self::Mailbox, "*98", Takes::Digits(0)),
        ("leave_message", Self::LeaveMessage, "*99", Takes::Extension),
        ("block", Self::Block, "*30", Takes::Digits(0)),
        ("reminder", Self::Reminder, "*34", Takes::Time),
        ("queue", Self::Queue, "*45", Takes::SomeExtension),
        ("hot_desk", Self::HotDesk, "*11", Takes::Digits(0)),
        ("record_prompt", Self::RecordPrompt, "*77", Takes::Prompt),
        ("rehearse", Self::Rehearse, "*58", Takes::Moment),
    ];

    /// Whether it brings the dialler together with others, as a call inside does.
    pub const fn joins_calls(self) -> bool {
        match self {
            Self::Pickup | Self::GroupPickup | Self::Park => true,
            Self::DoNotDisturb
            | Self::Away
            | Self::Available
            | Self::Forward
            | Self::ForwardOff
            | Self::Messages
            | Self::Mailbox
            | Self::LeaveMessage
            | Self::Block
            | Self::Reminder
            | Self::Queue
            | Self::HotDesk
            | Self::RecordPrompt
            | Self::Rehearse => false,
        }
    }

    /// Its key in `[codes]`.
    pub fn key(self) -> &'static str {
        let row = Self::ALL.iter().find(|(_, feature, ..)| *feature == self);
        row.map_or("", |(key, ..)| *key)
    }

    /// What stands behind its code.
    pub fn takes(self) -> Takes {
        let row = Self::ALL.iter().find(|(_, feature, ..)| *feature == self);
        row.map_or(Takes::Digits(0), |(.., takes)| *takes)
    }
}

/// The codes of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(Vec<(Arc<str>, Feature)>);

impl Codes {
    /// A table of these codes, each of which may be there once.
    pub fn new(mut codes: Vec<(Arc<str>, Feature)>) -> Self {
        // Of two that fit the longer is meant.
        codes.sort_by_key(|(code, _)| std::cmp::Reverse(code.len()));
        Self(codes)
    }

    /// What `dialled` asks for, and what stands behind its code.
    pub fn read(&self, dialled: &Digits) -> Option<(Feature, Option<Digits>)> {
        self.0.iter().find_map(|(code, feature)| {
            let rest = dialled.strip_prefix(&**code).filter(|rest| feature.takes().holds(rest))?;
            Some((*feature, Digits::read(rest).ok()))
        })
    }

    /// How a feature is dialled, if it is at all.
    pub fn of(&self, feature: Feature) -> Option<&str> {
        self.0.iter().find(|(_, own)| *own == feature).map(|(code, _)| &**code)
    }
}

/// Where calls are parked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Park {
    /// Numbers of the slots, all of one length; none if nothing is ever parked.
    pub slots: Option<RangeInclusive<u32>>,
    /// How long a call is parked before it rings whoever parked it.
    pub return_after: Duration,
    /// What those hear who wait in one, unless their number says otherwise; the site's music if none.
    pub music: Option<MusicId>,
}

impl Default for Park {
    fn default() -> Self {
        Self { slots: None, return_after: Duration::from_secs(45), music: None }
    }
}

impl Park {
    /// The slot that `digits` name.
    pub fn slot(&self, digits: &str) -> Option<u32> {
        let slots = self.slots.as_ref()?;
        let number = digits.parse().ok().filter(|number| slots.contains(number))?;
        // `0701` and `+701` are others.
        (digits.len() == slots.start().to_string().len() && !digits.starts_with('+')).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_codes_that_fit_the_longer_is_meant() {
        let codes = Codes::new(vec![("**".into(), Feature::Pickup), ("**9".into(), Feature::Park)]);
        let read = |text| codes.read(&Digits::read(text).unwrap());
        assert_eq!(read("**9"), Some((Feature::Park, None)));
        assert_eq!(read("**91"), Some((Feature::Pickup, Digits::read("91").ok())));
        for none in ["**", "**1", "**1234567", "**1a", "*", "91"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_is_four_digits_or_nothing() {
        let codes = Codes::new(vec![("*34".into(), Feature::Reminder), ("*3".into(), Feature::Park)]);
        let read = |text| codes.read(&Digits::read(text).unwrap());
        assert_eq!(read("*34"), Some((Feature::Reminder, None)));
        assert_eq!(read("*340730"), Some((Feature::Reminder, Digits::read("0730").ok())));
        assert_eq!(read("*3"), Some((Feature::Park, None)));
        for none in ["*347", "*34073", "*3407300", "*30730"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_slot_has_one_spelling() {
        let park = Park { slots: Some(701..=710), ..Park::default() };
        assert_eq!(park.slot("701"), Some(701));
        for none in ["700", "711", "0701", "+701", "70", ""] {
            assert_eq!(park.slot(none), None, "{none}");
        }
    }
}
