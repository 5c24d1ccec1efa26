//! Kinds of callers: every combination of what plans ask of them, with somebody who is one.

use clock::Wall;

use super::reads::Reads;
use crate::{
    Attest, CampaignId, Country, E164, ListId, Pattern, PersonId, PhoneId, Site, TagSet, Telling,
    number::example,
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
    /// Countries asked about that the number is one of.
    from: Vec<Country>,
    /// What is told of the contact: all that is asked, or nothing.
    pub(super) told: Vec<Telling>,
    pub(super) attest: Option<Attest>,
}

/// Phones that are looked at for one that may call.
const PHONES_MAX: usize = 1000;

/// The kinds of callers that `reads` tells apart. From inside a number is called as from outside: all that is
/// asked of a phone some number answers alike.
pub(super) fn kinds(site: &Site, entry: Entry, reads: &Reads) -> Vec<Example> {
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
    let of_countries =
        reads.countries.iter().filter_map(|country| foreigner(&[(site, reads)], Some(*country)));
    let of_others = (!reads.countries.is_empty()).then(|| foreigner(&[(site, reads)], None)).flatten();
    for number in stranger(&[(site, reads)]).into_iter().chain(numbers).chain(of_countries).chain(of_others) {
        let listed = listed(number);
        let from = of(reads, number);
        let is_new = |example: &Example| (&example.kind.listed, &example.kind.from) != (&listed, &from);
        if examples.iter().all(is_new) {
            let kind = Kind { listed, from, ..Kind::default() };
            examples.push(Example { caller: Caller::Number(number), kind });
        }
    }
    let tellings = tellings(site, reads);
    if tellings.len() > 1 {
        examples = each(examples, &tellings, |kind, told| kind.told.clone_from(told));
    }
    if reads.attest {
        let all = [Attest::None, Attest::A, Attest::B, Attest::C, Attest::Bad];
        examples = each(examples, &all, |kind, attest| kind.attest = Some(*attest));
    }
    if reads.withheld {
        let kind = Kind { withheld: true, ..Kind::default() };
        examples.push(Example { caller: Caller::Withheld, kind });
    }
    examples
}

fn each<T>(examples: Vec<Example>, values: &[T], set: impl Fn(&mut Kind, &T)) -> Vec<Example> {
    let with = |value: &T| {
        let mut examples = examples.clone();
        examples.iter_mut().for_each(|example| set(&mut example.kind, value));
        examples
    };
    values.iter().flat_map(with).collect()
}

/// Everything that could be told of a contact, and at last nothing.
pub(crate) fn tellings(site: &Site, reads: &Reads) -> Vec<Vec<Telling>> {
    let mut tellings = vec![Vec::new()];
    let mut also = |values: Vec<Telling>| {
        if !values.is_empty() {
            let with = |value: &Telling| {
                tellings.iter().map(|told: &Vec<_>| [&told[..], &[*value]].concat()).collect::<Vec<_>>()
            };
            tellings = values.iter().flat_map(with).collect();
        }
    };
    // One stands for all who may have been it last.
    let somebody = (!site.people.is_empty()).then_some((PersonId(0), Wall::default()));
    if reads.last_agent {
        also(vec![Telling::LastAgent(None), Telling::LastAgent(somebody)]);
    }
    if reads.last_texter {
        also(vec![Telling::LastTexter(None), Telling::LastTexter(somebody)]);
    }
    if reads.known {
        also(vec![Telling::Known(false), Telling::Known(true)]);
    }
    // With none of the tags, with each alone, with all.
    let (each, all) = (reads.tags.iter().map(|tag| TagSet::from_iter([*tag])), reads.tags.iter().copied());
    let is_asked = (!reads.tags.is_empty()).then_some([TagSet::default(), all.collect()]);
    let mut tags: Vec<_> = each.chain(is_asked.into_iter().flatten()).collect();
    tags.sort_unstable();
    tags.dedup();
    also(tags.into_iter().map(Telling::Tags).collect());
    let people = (0..site.people.len()).map(PersonId::from);
    also(named(&reads.owners, people).into_iter().map(Telling::Owner).collect());
    let campaigns = (0..site.campaigns.len()).map(CampaignId::from);
    also(named(&reads.campaigns, campaigns).into_iter().map(Telling::Campaign).collect());
    let groups: Vec<_> = reads.groups.iter().copied().map(Some).collect();
    also(named(&groups, std::iter::empty()).into_iter().map(Telling::Group).collect());
    if tellings.iter().all(|told| !told.is_empty()) {
        tellings.push(Vec::new());
    }
    tellings
}

/// Nobody and everybody who is asked about, and where it is asked for anybody, somebody who is not.
fn named<T: Copy + Ord>(asked: &[Option<T>], mut all: impl Iterator<Item = T>) -> Vec<Option<T>> {
    let anybody = all.find(|it| !asked.contains(&Some(*it)));
    let mut named: Vec<_> = asked.iter().map(|it| it.or(anybody)).collect();
    named.extend((!asked.is_empty()).then_some(None));
    named.sort_unstable();
    named.dedup();
    named
}

/// Countries asked about that a number is one of.
pub(crate) fn of(reads: &Reads, number: E164) -> Vec<Country> {
    let countries = reads.countries.iter().copied();
    countries.filter(|country| Pattern::Country(*country).holds(number)).collect()
}

/// A number of this country, or of none that is asked about, that is in no list.
pub(crate) fn foreigner(sides: &[(&Site, &Reads)], country: Option<Country>) -> Option<E164> {
    let is_of_none = |number: E164| sides.iter().all(|(_, reads)| of(reads, number).is_empty());
    example::numbers(country).find(|it| is_of_none(*it) != country.is_some() && is_nobody(sides, *it))
}

/// A number outside that is in none of the lists, and not ours: one of those that are kept for fiction.
pub(crate) fn stranger(sides: &[(&Site, &Reads)]) -> Option<E164> {
    let numbers =
        (0..10_000).filter_map(|n: u32| E164::from_digits(&format!("1202555{:04}", (142 + n) % 10_000)));
    numbers.into_iter().find(|number| is_nobody(sides, *number))
}

/// Whether a number is in no list, and not ours.
fn is_nobody(sides: &[(&Site, &Reads)], number: E164) -> bool {
    sides.iter().all(|(site, reads)| {
        site.number(number).is_none() && !reads.lists.iter().any(|list| site[*list].contains(number))
    })
}

/// A phone that may call there, if it can be somebody else's.
pub(crate) fn phone(site: &Site, entry: Entry) -> Option<PhoneId> {
    let dialled = match entry {
        Entry::Person(person) => site[person].ext.as_deref().unwrap_or(&site[person].name),
        Entry::Phone(phone) | Entry::CallBack(phone) => {
            site[phone].ext.as_deref().unwrap_or(&site[phone].name)
        }
        Entry::Group(group) => &site[group].name,
        Entry::Queue(queue) => site[queue].ext.as_deref().unwrap_or(&site[queue].name),
        Entry::Number(_) | Entry::Mailbox(_) | Entry::Plan(_) => return None,
    };
    let phones = || (0..site.phones.len()).map(PhoneId::from).take(PHONES_MAX);
    let calls = |phone: &PhoneId| resolve::resolve(site, *phone, dialled) == Resolution::Inside(entry);
    let is_other = |phone: &PhoneId| match entry {
        Entry::Person(person) => site[*phone].person != Some(person),
        Entry::Phone(called) | Entry::CallBack(called) => *phone != called,
        Entry::Group(group) => site[*phone].person.is_none_or(|it| !site[group].members.contains(&it)),
        Entry::Queue(queue) => {
            site[*phone].person.is_none_or(|it| site[queue].rules.people().all(|own| own != it))
        }
        Entry::Number(_) | Entry::Mailbox(_) | Entry::Plan(_) => true,
    };
    phones().filter(is_other).find(calls).or_else(|| phones().find(calls))
}
