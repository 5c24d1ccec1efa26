//! How parties behave when they are rung, as assumed and as written.

use std::time::Duration;

use super::{NotAsked, question::number};
use crate::{
    AgentId, E164, GroupId, PersonId, PhoneId, QueueId, Screen, Site,
    parse::{length, show},
    step::Outcome,
};

/// An assumption about a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// Who.
    pub party: Party,
    /// What they do whenever they are rung.
    pub behaviour: Behaviour,
    /// From when on, counted from the call's arrival.
    pub since: Duration,
}

/// Whom an assumption is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Each phone of each member.
    Group(GroupId),
    /// Each phone of each who serves a queue, or is rung for it besides.
    Queue(QueueId),
    /// Each phone of a person.
    Person(PersonId),
    /// One phone.
    Phone(PhoneId),
    /// A number outside.
    Number(E164),
    /// An agent.
    Agent(AgentId),
}

/// What a party does when rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Behaviour {
    /// Contacts registered; with 0 a phone is not rung, and a number cannot be reached.
    pub contacts: u8,
    /// After how long it says that it rings, if it does.
    pub rings: Option<Duration>,
    /// After how long it says what, if it does.
    pub says: Option<(Duration, Outcome)>,
    /// Which key it presses how long after it picked up, where it is asked.
    pub presses: Option<(Duration, Reply)>,
}

/// What whoever is asked presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The key that takes the call.
    Accept,
    /// The key that declines it.
    Decline,
    /// A key that means nothing.
    Other,
}

impl Behaviour {
    /// Rings and rings.
    pub const NO_ANSWER: Self = Self { contacts: 1, rings: Some(Duration::ZERO), says: None, presses: None };
    /// Busy at once.
    pub const BUSY: Self =
        Self { contacts: 1, rings: None, says: Some((Duration::ZERO, Outcome::Busy)), presses: None };
    /// Not there.
    pub const ABSENT: Self =
        Self { contacts: 0, says: Some((Duration::ZERO, Outcome::Unreachable)), ..Self::BUSY };

    /// Rings, and picks up after a while; asked, it takes the call.
    pub const fn answers(after: Duration) -> Self {
        let presses = Some((A_MOMENT, Reply::Accept));
        Self { says: Some((after, Outcome::Answered)), presses, ..Self::NO_ANSWER }
    }

    /// Rings, and picks up after a while; asked, it presses nothing, as a voicemail does.
    pub const fn answers_without_key(after: Duration) -> Self {
        Self { says: Some((after, Outcome::Answered)), ..Self::NO_ANSWER }
    }

    /// What it comes to, as far as it says so; whoever is asked has not taken the call before they press its key.
    pub(crate) fn comes_to(self, screen: Option<Screen>) -> Outcome {
        let said = self.says.map_or(Outcome::NoAnswer, |(_, outcome)| outcome);
        match (said, screen, self.presses) {
            (Outcome::Answered, Some(screen), Some((after, reply))) if after < screen.within => match reply {
                Reply::Accept => Outcome::Answered,
                Reply::Decline => Outcome::Declined,
                Reply::Other => Outcome::NoAnswer,
            },
            (Outcome::Answered, Some(_), _) => Outcome::NoAnswer,
            (said, _, _) => said,
        }
    }

    /// Rings, and refuses after a while.
    pub const fn declines(after: Duration) -> Self {
        Self { says: Some((after, Outcome::Declined)), ..Self::NO_ANSWER }
    }
}

/// How long somebody takes to pick up or to refuse, and speaks to a mailbox, if not said otherwise.
pub(super) const A_WHILE: Duration = Duration::from_secs(5);

/// How long it takes somebody who is asked to press a key.
const A_MOMENT: Duration = Duration::from_secs(2);

/// What parties do, in words.
pub(crate) const BEHAVIOURS: [(&str, Behaviour); 6] = [
    ("no-answer", Behaviour::NO_ANSWER),
    ("busy", Behaviour::BUSY),
    ("unreachable", Behaviour::ABSENT),
    ("declined", Behaviour::declines(A_WHILE)),
    ("answers", Behaviour::answers(A_WHILE)),
    ("answers-without-key", Behaviour::answers_without_key(A_WHILE)),
];

impl Given {
    /// An assumption that holds from the call's arrival on.
    pub const fn new(party: Party, behaviour: Behaviour) -> Self {
        Self { party, behaviour, since: Duration::ZERO }
    }

    /// Reads an assumption: `ana=busy`, `group:sales=no-answer`, `+12025550160=declined`, `ana=answers after 8s`,
    /// `ana=busy from 30s` after the call's arrival.
    ///
    /// # Errors
    /// The operator's: there is no such party or behaviour.
    pub fn read(site: &Site, text: &str) -> Result<Self, NotAsked> {
        let read = || {
            let (party, word) = text.split_once('=')?;
            let (word, since) = match word.split_once(" from ") {
                Some((word, since)) => (word, length(since.trim())?),
                None => (word, Duration::ZERO),
            };
            Some(Self {
                since,
                ..Self::new(Party::named(site, party.trim())?, Behaviour::read(word.trim())?)
            })
        };
        read().ok_or_else(|| NotAsked::Given(text.to_owned()))
    }
}

impl Behaviour {
    /// Reads `busy`, `answers`, `declined after 8s`, and what more is said of it behind commas: `rings after 80ms` or
    /// `never rings`, `takes it after 2s`, `declines it after 2s` or `presses another key after 2s` where it is asked, `at 2
    /// contacts`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(',').map(str::trim);
        let mut behaviour = Self::of_word(parts.next()?)?;
        for part in parts {
            let (word, after) = match part.split_once(" after ") {
                Some((word, after)) => (word, Some(length(after.trim())?)),
                None => (part, None),
            };
            let count = part.strip_prefix("at ").and_then(|part| part.strip_suffix(" contacts"));
            match (word, after, count.and_then(|count| count.parse().ok())) {
                ("rings", Some(after), None) => behaviour.rings = Some(after),
                ("never rings", None, None) => behaviour.rings = None,
                ("takes it", Some(after), None) => behaviour.presses = Some((after, Reply::Accept)),
                ("declines it", Some(after), None) => behaviour.presses = Some((after, Reply::Decline)),
                ("presses another key", Some(after), None) => {
                    behaviour.presses = Some((after, Reply::Other));
                }
                (_, None, Some(count @ 1..)) => behaviour.contacts = count,
                _ => return None,
            }
        }
        Some(behaviour)
    }

    /// What one word says, and how long it takes.
    fn of_word(text: &str) -> Option<Self> {
        let (word, after) = match text.split_once(" after ") {
            Some((word, after)) => (word, Some(length(after.trim())?)),
            None => (text, None),
        };
        let (_, known) = BEHAVIOURS.into_iter().find(|(own, _)| *own == word.trim())?;
        match (known.says, after) {
            (_, None) => Some(known),
            (None, Some(_)) => None,
            // Who takes a while to say so is there.
            (Some((_, outcome)), Some(after)) => {
                Some(Self { contacts: 1, says: Some((after, outcome)), ..known })
            }
        }
    }

    /// As [`read`](Self::read) reads it, to the millisecond.
    pub(crate) fn words(self) -> String {
        if let Some((word, _)) = BEHAVIOURS.into_iter().find(|(_, known)| *known == self) {
            return word.to_owned();
        }
        let said = |(_, known): &(&str, Self)| {
            known.says.map(|(_, outcome)| outcome) == self.says.map(|(_, outcome)| outcome)
                && (known.presses.is_some() == self.presses.is_some() || known.presses.is_none())
        };
        // Of two that answer, the one that takes the call where it is asked comes first.
        let word = BEHAVIOURS.into_iter().find(said).map_or("no-answer", |(word, _)| word);
        let mut text = match self.says {
            Some((after, _)) => format!("{word} after {}", show(after)),
            None => word.to_owned(),
        };
        let of_word = Self::of_word(&text).unwrap_or(Self::NO_ANSWER);
        match self.rings {
            rings if rings == of_word.rings => {}
            Some(after) => text += &format!(", rings after {}", show(after)),
            None => text += ", never rings",
        }
        if let Some((after, reply)) = self.presses.filter(|_| self.presses != of_word.presses) {
            let does = match reply {
                Reply::Accept => "takes it",
                Reply::Decline => "declines it",
                Reply::Other => "presses another key",
            };
            text += &format!(", {does} after {}", show(after));
        }
        if self.contacts > 1 {
            text += &format!(", at {} contacts", self.contacts);
        }
        text
    }
}

impl Party {
    /// As the config calls it.
    pub(crate) fn words(self, site: &Site) -> String {
        match self {
            Self::Group(group) => format!("group:{}", site[group].name),
            Self::Queue(queue) => format!("queue:{}", site[queue].name),
            Self::Person(person) => site[person].name.to_string(),
            Self::Phone(phone) => format!("phone:{}", site[phone].name),
            Self::Number(number) => number.to_string(),
            Self::Agent(agent) => format!("agent:{}", site[agent].name),
        }
    }

    /// The party of this name: `ana`, `ana-desk`, `group:sales`, `+12025550160`.
    pub(crate) fn named(site: &Site, text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("group", name)) => site.group(name).map(Self::Group),
            Some(("queue", name)) => site.queue(name).map(Self::Queue),
            Some(("person", name)) => site.person(name).map(Self::Person),
            Some(("phone", name)) => site.phone(name).map(Self::Phone),
            Some(("agent", name)) => site.agent(name).map(Self::Agent),
            Some(("number", text)) => number(site, text).map(Self::Number),
            Some(_) => None,
            None => {
                let person = || site.person(text).map(Self::Person);
                let phone = || site.phone(text).map(Self::Phone);
                let group = || site.group(text).map(Self::Group);
                let queue = || site.queue(text).map(Self::Queue);
                person()
                    .or_else(phone)
                    .or_else(group)
                    .or_else(queue)
                    .or_else(|| number(site, text).map(Self::Number))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_party_does_is_read_as_it_is_written() {
        for text in [
            "no-answer",
            "busy",
            "unreachable",
            "declined",
            "answers",
            "answers-without-key",
            "busy after 80ms",
            "unreachable after 1s, rings after 20ms",
            "no-answer, rings after 120ms",
            "no-answer, never rings",
            "answers after 3214ms, rings after 80ms, at 2 contacts",
            "answers-without-key after 3s, never rings",
            "answers after 3s, declines it after 1500ms",
            "answers after 3s, presses another key after 1s",
            "declined after 2s, never rings",
        ] {
            let read = Behaviour::read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.words(), text, "{read:?}");
        }
        for bad in [
            "",
            "answers, rings",
            "busy,",
            "answers, at 0 contacts",
            "answers, at two contacts",
            "no-answer after 3s",
        ] {
            assert_eq!(Behaviour::read(bad), None, "{bad}");
        }
    }
}
