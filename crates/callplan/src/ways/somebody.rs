//! Kinds of callers that two sites tell apart, with somebody who is one; of one site, that is both of them.

use clock::Wall;

use super::{bands::Side, callers, reads::Reads};
use crate::{
    Attest, Country, E164, ListId, Site, Telling,
    explain::Question,
    step::{Caller, Entry},
};

/// Somebody who calls, and what is asked of them in either site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Somebody {
    callers: [Caller; 2],
    listed: [Vec<ListId>; 2],
    /// Countries asked about that the number is one of.
    from: [Vec<Country>; 2],
    /// What is told of the contact, if that is asked.
    told: Option<[Vec<Telling>; 2]>,
    attest: Option<Attest>,
    /// In words; nothing where all callers are alike.
    pub(crate) words: String,
}

/// Every kind of caller; none if nobody in both sites may call there.
pub(crate) fn of(sides: [Side<'_>; 2], entries: [Entry; 2]) -> Vec<Somebody> {
    let sites = [sides[0].site, sides[1].site];
    let Entry::Number(_) = entries[0] else {
        let phones = phone(sites, entries);
        let somebody = |callers| Somebody::new(callers, [Vec::new(), Vec::new()]);
        return phones
            .map(|[old, new]| somebody([Caller::Phone(old), Caller::Phone(new)]))
            .into_iter()
            .collect();
    };
    let reads = [sides[0].reads, sides[1].reads];
    let mut kinds: Vec<Somebody> = Vec::new();
    let listed = |number: E164| {
        [0, 1].map(|side: usize| {
            let lists = reads[side].lists.iter().copied();
            lists.filter(|list| sites[side][*list].contains(number)).collect::<Vec<_>>()
        })
    };
    let both = [(sites[0], reads[0]), (sites[1], reads[1])];
    let numbers = both.iter().flat_map(|(site, reads)| {
        reads.lists.iter().flat_map(move |list| site[*list].numbers.iter().copied())
    });
    let countries: Vec<_> = reads.iter().flat_map(|reads| reads.countries.iter().copied()).collect();
    let foreigners = countries.iter().filter_map(|country| callers::foreigner(&both, Some(*country)));
    let others = (!countries.is_empty()).then(|| callers::foreigner(&both, None)).flatten();
    for number in callers::stranger(&both).into_iter().chain(numbers).chain(foreigners).chain(others) {
        let listed = listed(number);
        let from = reads.map(|reads| callers::of(reads, number));
        if kinds.iter().all(|kind| kind.listed != listed || kind.from != from) {
            kinds.push(Somebody { from, ..Somebody::new([Caller::Number(number); 2], listed) });
        }
    }
    let tellings = tellings(&both);
    if tellings.len() > 1 {
        kinds = each(&kinds, &tellings, |kind, told| kind.told = Some(told.clone()));
    }
    if reads.iter().any(|reads| reads.attest) {
        let attest = [Attest::None, Attest::A, Attest::B, Attest::C, Attest::Bad];
        kinds = each(&kinds, &attest, |kind, attest| kind.attest = Some(*attest));
    }
    if reads.iter().any(|reads| reads.withheld) {
        kinds.push(Somebody::new([Caller::Withheld; 2], [Vec::new(), Vec::new()]));
    }
    if kinds.len() > 1 {
        let alike = match (reads.iter().any(|it| it.withheld), reads.iter().any(|it| !it.lists.is_empty())) {
            (true, true) => "callers who show a number in none of the lists",
            (true, false) => "callers who show their number",
            (false, _) => "callers in none of the lists",
        };
        kinds.iter_mut().for_each(|kind| kind.words = kind.words(sites, alike));
    }
    kinds
}

impl Somebody {
    const fn new(callers: [Caller; 2], listed: [Vec<ListId>; 2]) -> Self {
        let from = [Vec::new(), Vec::new()];
        Self { callers, listed, from, told: None, attest: None, words: String::new() }
    }

    /// A call of theirs to either site.
    pub(crate) fn calls(&self, entries: [Entry; 2], at: Wall) -> [Question; 2] {
        [0, 1].map(|side: usize| {
            let mut question = Question::new(self.callers[side], entries[side], at);
            // What is drawn by chance is drawn alike at every time.
            question.chance = 0;
            question
                .told
                .extend(self.told.iter().flat_map(|told| told[side].iter().map(|told| told.just(at))));
            question.attest = self.attest.unwrap_or(question.attest);
            question
        })
    }

    fn words(&self, sites: [&Site; 2], alike: &str) -> String {
        let names = |side: usize| {
            let lists = self.listed[side].iter().map(|list| format!("list:{}", sites[side][*list].name));
            lists.collect::<Vec<_>>()
        };
        let who = match (self.callers[0], names(0), names(1)) {
            (Caller::Withheld, ..) => "callers who withhold their number".to_owned(),
            (_, was, now) if was.is_empty() && now.is_empty() => alike.to_owned(),
            (_, was, now) if was == now => format!("callers in {}", was.join(" and ")),
            (Caller::Number(number), was, now) => {
                let or_none = |lists: Vec<String>| {
                    if lists.is_empty() { "no list".to_owned() } else { lists.join(" and ") }
                };
                format!("callers like {number}, once in {} and now in {}", or_none(was), or_none(now))
            }
            (Caller::Phone(_), ..) => String::new(),
        };
        let mut countries: Vec<_> = self.from.iter().flatten().map(|country| country.as_str()).collect();
        countries.dedup();
        let from = (!countries.is_empty()).then(|| format!("from {}", countries.join(" and ")));
        let told = self.told.as_ref().map(|told| match &told[0][..] {
            [] => "with nothing told of the contact".to_owned(),
            all => all.iter().map(|it| it.words(sites[0])).collect::<Vec<_>>().join(", "),
        });
        let attest = self.attest.map(|attest| format!("attested {attest}"));
        [Some(who), from, told, attest].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Everything that could be told of a contact in either site, by name in the other: who is unknown there is nobody.
fn tellings(both: &[(&Site, &Reads); 2]) -> Vec<[Vec<Telling>; 2]> {
    let mut all: Vec<[Vec<Telling>; 2]> = Vec::new();
    for side in [0, 1] {
        let (site, reads) = both[side];
        for told in callers::tellings(site, reads) {
            let there = both[1 - side].0;
            let elsewhere = told.iter().filter_map(|telling| {
                let words = telling.words(site);
                let (name, value) = words.split_once('=')?;
                let read = |value| Telling::read(there, name, value, Wall::default());
                read(value).or_else(|| read("none"))
            });
            let elsewhere = elsewhere.collect();
            let pair = if side == 0 { [told, elsewhere] } else { [elsewhere, told] };
            if !all.contains(&pair) {
                all.push(pair);
            }
        }
    }
    all
}

/// A phone that may call there, in both sites.
fn phone(sites: [&Site; 2], entries: [Entry; 2]) -> Option<[crate::PhoneId; 2]> {
    let from = |side: usize| {
        let own = callers::phone(sites[side], entries[side])?;
        let other = sites[1 - side].phone(&sites[side][own].name)?;
        Some(if side == 0 { [own, other] } else { [other, own] })
    };
    from(0).or_else(|| from(1))
}

fn each<T>(kinds: &[Somebody], values: &[T], set: impl Fn(&mut Somebody, &T)) -> Vec<Somebody> {
    let with = |value: &T| {
        let mut kinds = kinds.to_vec();
        kinds.iter_mut().for_each(|kind| set(kind, value));
        kinds
    };
    values.iter().flat_map(with).collect()
}
