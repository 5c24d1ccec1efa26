//! Kinds of callers: every combination of what plans ask of them, with somebody who is one.

use super::reads::Reads;
use crate::{
    Attest, E164, ListId, PhoneId, Site,
    resolve::{self, Resolution},
    step::{Caller, Entry},
};

/// Somebody who calls.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) caller: Caller,
    pub(super) kind: Kind,
}

/// What the plans ask of a caller, and the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The lists that have the number.
    listed: Vec<ListId>,
    withheld: bool,
    inside: bool,
    /// Whether we talked before; `None` if nobody tells.
    pub(super) known: Option<bool>,
    pub(super) attest: Option<Attest>,
}

/// Phones that are looked at for one that may call.
const PHONES_MAX: usize = 1000;

/// The kinds of callers that `reads` tells apart. From inside a number is called as from outside: all that is
/// asked of a phone some number answers alike.
pub(super) fn of(site: &Site, entry: Entry, reads: &Reads) -> Vec<Example> {
    if !matches!(entry, Entry::Number(_)) {
        let kind = Kind { inside: true, ..Kind::default() };
        return phone(site, entry)
            .map(|phone| Example { caller: Caller::Phone(phone), kind })
            .into_iter()
            .collect();
    }
    let mut examples: Vec<Example> = Vec::new();
    let listed = |number: E164| -> Vec<ListId> {
        reads.lists.iter().copied().filter(|list| site[*list].contains(number)).collect()
    };
    let numbers = reads.lists.iter().flat_map(|list| site[*list].numbers.iter().copied());
    for number in stranger(site, reads).into_iter().chain(numbers) {
        let listed = listed(number);
        if examples.iter().all(|example| example.kind.listed != listed) {
            let kind = Kind { listed, ..Kind::default() };
            examples.push(Example { caller: Caller::Number(number), kind });
        }
    }
    if reads.known {
        examples = each(examples, &[Some(false), Some(true), None], |kind, known| kind.known = known);
    }
    if reads.attest {
        let all = [Attest::None, Attest::A, Attest::B, Attest::C, Attest::Bad];
        examples = each(examples, &all, |kind, attest| kind.attest = Some(attest));
    }
    if reads.withheld {
        let kind = Kind { withheld: true, ..Kind::default() };
        examples.push(Example { caller: Caller::Withheld, kind });
    }
    examples
}

fn each<T: Copy>(examples: Vec<Example>, values: &[T], set: impl Fn(&mut Kind, T)) -> Vec<Example> {
    let with = |value: &T| {
        let mut examples = examples.clone();
        examples.iter_mut().for_each(|example| set(&mut example.kind, *value));
        examples
    };
    values.iter().flat_map(with).collect()
}

/// A number outside that is in none of the lists, and not ours: one of those that are kept for fiction.
fn stranger(site: &Site, reads: &Reads) -> Option<E164> {
    let numbers =
        (0..10_000).filter_map(|n: u32| E164::from_digits(&format!("1202555{:04}", (142 + n) % 10_000)));
    let mut numbers = numbers.filter(|number| site.number(*number).is_none());
    numbers.find(|number| reads.lists.iter().all(|list| !site[*list].contains(*number)))
}

/// A phone that may call there, if it can be somebody else's.
fn phone(site: &Site, entry: Entry) -> Option<PhoneId> {
    let dialled = match entry {
        Entry::Person(person) => site[person].ext.as_deref().unwrap_or(&site[person].name),
        Entry::Phone(phone) | Entry::CallBack(phone) => {
            site[phone].ext.as_deref().unwrap_or(&site[phone].name)
        }
        Entry::Group(group) => &site[group].name,
        Entry::Number(_) | Entry::Mailbox(_) | Entry::Plan(_) => return None,
    };
    let phones = || (0..site.phones.len()).map(PhoneId::from).take(PHONES_MAX);
    let calls = |phone: &PhoneId| resolve::resolve(site, *phone, dialled) == Resolution::Inside(entry);
    let is_other = |phone: &PhoneId| match entry {
        Entry::Person(person) => site[*phone].person != Some(person),
        Entry::Phone(called) | Entry::CallBack(called) => *phone != called,
        Entry::Group(group) => site[*phone].person.is_none_or(|it| !site[group].members.contains(&it)),
        Entry::Number(_) | Entry::Mailbox(_) | Entry::Plan(_) => true,
    };
    phones().filter(is_other).find(calls).or_else(|| phones().find(calls))
}
