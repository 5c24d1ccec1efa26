//! Conditions, outcomes and durations in words.

use std::time::Duration;

use super::{super::On, Teller};
use crate::model::{Act, Atom, Attest, Condition, Guard, NumberKind, Ring, Screening, Who};

impl Teller<'_> {
    /// A guard as the beginning of a sentence. What is not known of a caller takes neither.
    pub(super) fn guard(&mut self, guard: &Guard) -> String {
        match guard {
            Guard::When(Condition::Atom(Atom::Open(hours))) => {
                format!("while \"{}\" is open{}", self.site[*hours].name, self.times(*hours, true))
            }
            Guard::Unless(Condition::Atom(Atom::Open(hours))) => {
                format!("while \"{}\" is closed{}", self.site[*hours].name, self.times(*hours, false))
            }
            Guard::When(condition) => format!("if {}", self.condition(condition, true, false)),
            Guard::Unless(condition) => format!("unless {}", self.condition(condition, true, false)),
        }
    }

    /// A condition, or its contrary; `is_part` of another one.
    fn condition(&mut self, condition: &Condition, holds: bool, is_part: bool) -> String {
        let (terms, are_all) = match condition {
            Condition::Atom(atom) => return self.atom(*atom, holds),
            Condition::Not(term) => return self.condition(term, !holds, is_part),
            Condition::All(terms) => (terms, holds),
            // Not one of them holds: the contrary of each does.
            Condition::Any(terms) => (terms, !holds),
        };
        let told: Vec<_> = terms.iter().map(|term| self.condition(term, holds, true)).collect();
        match (are_all, is_part) {
            (true, false) => listed(&told, "and"),
            (true, true) => format!("both {}", listed(&told, "and")),
            (false, false) => listed(&told, "or"),
            (false, true) => format!("either {}", listed(&told, "or")),
        }
    }

    fn atom(&mut self, atom: Atom, holds: bool) -> String {
        let not = if holds { "" } else { "not " };
        match atom {
            Atom::Open(hours) => {
                let state = if holds { "open" } else { "closed" };
                format!("\"{}\" is {state}{}", self.site[hours].name, self.times(hours, holds))
            }
            Atom::CallerIn(list) => format!("the caller is {not}in the list \"{}\"", self.site[list].name),
            Atom::CallerWithheld if holds => "the caller withholds their number".to_owned(),
            Atom::CallerWithheld => "the caller shows their number".to_owned(),
            Atom::ContactKnown if holds => "one of us has talked with the caller before".to_owned(),
            Atom::ContactKnown => "none of us has talked with the caller before".to_owned(),
            Atom::ContactKnownTo(group) => {
                format!("the caller is {not}in conversation with the group \"{}\"", self.site[group].name)
            }
            Atom::ContactTag(tag) => {
                format!("the caller is {not}tagged \"{}\"", self.site.tags[tag.index()])
            }
            Atom::ContactOwner(None) if holds => "the caller is somebody's contact".to_owned(),
            Atom::ContactOwner(None) => "the caller is nobody's contact".to_owned(),
            Atom::ContactOwner(Some(person)) => {
                format!("the caller is {not}{}'s contact", self.site[person].name)
            }
            Atom::ContactCampaign(None) if holds => "the caller is part of a campaign".to_owned(),
            Atom::ContactCampaign(None) => "the caller is part of no campaign".to_owned(),
            Atom::ContactCampaign(Some(campaign)) => {
                format!("the caller is {not}part of the campaign \"{}\"", self.site[campaign].name)
            }
            Atom::CallerFrom(country) => format!("the caller's number is {not}one of {country}"),
            Atom::NumberIs(kind) => {
                let kind = NumberKind::word_of(kind);
                format!("the number that was called is {not}a {kind} one")
            }
            Atom::AttestAtLeast(least) => {
                format!("the caller's number is {not}vouched for with {least} or better")
            }
            Atom::AttestIs(Attest::Bad) => format!("the word of who vouches for the caller is {not}false"),
            Atom::AttestIs(Attest::None) if holds => "nobody vouches for the caller's number".to_owned(),
            Atom::AttestIs(Attest::None) => "somebody vouches for the caller's number, or lies".to_owned(),
            Atom::AttestIs(attest @ (Attest::A | Attest::B | Attest::C)) => {
                format!("the caller's number is {not}vouched for with just {attest}")
            }
        }
    }
}

/// What a caller did at a menu.
pub(super) fn pressed(on: On) -> String {
    let times = |times: u16| match times {
        0 | 1 => String::new(),
        2 => " twice".to_owned(),
        more => format!(" {more} times"),
    };
    match on {
        On::Key(key) => format!("key {key}"),
        On::Silence(_, rounds) => format!("no key{}", times(rounds)),
        On::WrongKey(rounds) => format!("a wrong key{}", times(rounds)),
        On::Busy
        | On::Declined
        | On::Else(_)
        | On::Then
        | On::Full(_)
        | On::Waited(_)
        | On::Unstaffed
        | On::NotFound
        | On::Closed
        | On::Goto
        | On::Otherwise => on.to_string(),
    }
}

/// What happened where a step led nowhere; `None` for what needs no word. Of a group all are busy, of others the line is.
pub(super) fn happened(on: On, act: &Act) -> Option<String> {
    let is_group = matches!(act, Act::Ring(Ring { who: Who::Group(_), .. }));
    let words = match on {
        On::Busy if is_group => "all are busy".to_owned(),
        On::Busy => "the line is busy".to_owned(),
        On::Declined => "the call is declined".to_owned(),
        On::Else(_) => "nobody takes the call".to_owned(),
        On::Full(1) => "somebody waits already".to_owned(),
        On::Full(most) => format!("{most} wait already"),
        On::Waited(longest) => format!("they have waited for {}", lasting(longest)),
        On::NotFound => "they find nobody".to_owned(),
        On::Unstaffed => "nobody is signed in".to_owned(),
        On::Closed => "it is closed".to_owned(),
        On::Key(_) if matches!(act, Act::Ask(_)) => "they press it".to_owned(),
        On::Silence(..) if matches!(act, Act::Ask(_)) => "they don't".to_owned(),
        On::Key(_) | On::Silence(..) | On::WrongKey(_) | On::Then | On::Goto | On::Otherwise => return None,
    };
    Some(words)
}

/// What becomes of whoever picks up outside.
pub(super) fn screened(screening: Screening) -> String {
    match screening {
        Screening::Unsaid => String::new(),
        Screening::Off => ", and whoever picks up outside has it at once".to_owned(),
        Screening::On(screen) => {
            format!(", and whoever picks up outside takes it by pressing {}", screen.accept)
        }
    }
}

/// `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(items: &[T], joint: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {joint} {}", first.join(", "), last.as_ref())
        }
    }
}

/// A text that begins a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `30 days`, and less in hours and below.
pub(super) fn long(duration: Duration) -> String {
    const DAY_S: u64 = 86_400;
    match (duration.as_secs() / DAY_S, duration.as_millis() % u128::from(1000 * DAY_S)) {
        (1, 0) => "1 day".to_owned(),
        (days, 0) => format!("{days} days"),
        (_, _) => lasting(duration),
    }
}

/// `45 seconds`, `1 minute and 30 seconds`.
pub(super) fn lasting(duration: Duration) -> String {
    let count = |count: u128, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        more => Some(format!("{more} {unit}s")),
    };
    let millis = duration.as_millis();
    let parts = [
        count(millis / 3_600_000, "hour"),
        count(millis / 60_000 % 60, "minute"),
        count(millis / 1_000 % 60, "second"),
        count(millis % 1_000, "millisecond"),
    ];
    listed(&parts.into_iter().flatten().collect::<Vec<_>>(), "and")
}
