//! The most that a stolen password could cost within an hour: by what its person may dial, how many calls they may have
//! and begin, and what those cost.
//!
//! A call costs a part for being begun and a part for how long it lasts. An hour has so many begins (`calls_per_minute`)
//! and so many minutes of talk (`calls_max`), so nothing costs more than all begins at the dearest begin and all minutes at
//! the dearest minute. What a person may spend on a day bounds it as well; an hour over midnight has two days.
//!
//! Prices and permissions are the same for all numbers that lie within the same prefixes of deck, rules and numbering
//! plans, so one number stands for each.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::{
    E164, Pattern, Person, PersonId, Site,
    money::{Amount, Money, Rate, Row, Way},
    number::prefixes,
    resolve::route,
};

const HOUR_S: u64 = 3600;

/// What one person could cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Who: whoever has the password of one of their phones.
    pub person: PersonId,
    /// Within any hour of a day.
    pub per_hour: Amount,
    /// Within an hour that has midnight in it, when what may be spent on a day begins anew.
    pub over_midnight: Amount,
    /// What it would be without `per_day`.
    pub unbounded: Amount,
    /// Calls they may have at once.
    pub calls: u16,
    /// Calls that they may begin within the hour.
    pub begins: u64,
    /// A number of which a begun call costs most, if anything costs something.
    pub begin: Option<Dearest>,
    /// A number of which a minute costs most.
    pub minute: Option<Dearest>,
    /// A number that they may call and that has no price, so that nobody knows what it costs. There is none where
    /// spending is limited: such calls are refused.
    pub unpriced: Option<E164>,
}

/// A number that costs most, and the row that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dearest {
    /// One of the numbers.
    pub number: E164,
    /// The row of the deck.
    pub row: Row,
}

/// What the numbers of one class cost at most.
#[derive(Clone, Copy, Debug, Default)]
struct Worst {
    begin: Option<Dearest>,
    minute: Option<Dearest>,
    unpriced: Option<E164>,
}

/// What each person could cost from a day on, in the order of the config; `None` where nothing is rated.
pub fn exposures(site: &Site, on: Date) -> Option<Vec<Exposure>> {
    let worst = by_class(site, site.money.as_ref()?, on);
    let people = site.people.iter().enumerate();
    Some(people.map(|(at, person)| of(site, PersonId::from(at), person, &worst)).collect())
}

fn of(site: &Site, id: PersonId, person: &Person, classes: &[Worst]) -> Exposure {
    let mut worst = Worst::default();
    person.allow.iter().for_each(|class| worst.add(classes[class.index()]));
    let calls = u64::from(person.calls_max);
    // Those that were begun before the hour go on in it.
    let begins = u64::from(site.limits.calls_per_minute) * 60 + calls;
    let begin = worst.begin.map_or(Amount::ZERO, |dearest| begun(&dearest.row.rate));
    let minute = worst.minute.map_or(Amount::ZERO, |dearest| dearest.row.rate.per_minute);
    let unbounded = begin.times(begins).plus(minute.of_seconds(calls * HOUR_S));
    let within = |days: u64| person.per_day.map_or(unbounded, |per_day| unbounded.min(per_day.times(days)));
    Exposure {
        person: id,
        per_hour: within(1),
        over_midnight: within(2),
        unbounded,
        calls: person.calls_max,
        begins,
        begin: worst.begin,
        minute: worst.minute,
        unpriced: worst.unpriced.filter(|_| person.per_day.is_none()),
    }
}

/// What a call costs for being begun, beside its seconds: its fee, and the increment that is charged and not talked.
fn begun(rate: &Rate) -> Amount {
    rate.connect_fee.plus(rate.per_minute.of_seconds(rate.first.max(rate.next).into()))
}

/// What the numbers of each class cost at most, on `on` or any day behind it.
fn by_class(site: &Site, money: &Money, on: Date) -> Vec<Worst> {
    let mut classes = vec![Worst::default(); site.classes.len()];
    let rows = money.deck.rows(Way::Out);
    let mut days: BTreeSet<Date> =
        rows.iter().filter_map(|row| row.valid_from).filter(|day| *day > on).collect();
    days.insert(on);
    for number in samples(site, rows) {
        let Some(class) = route(site, number).map(|rule| site[rule].class) else { continue };
        let worst = &mut classes[class.index()];
        for day in &days {
            match money.deck.price(Way::Out, number, *day) {
                Some(price) => worst.priced(Dearest { number, row: price.row }),
                None => worst.unpriced = worst.unpriced.or(Some(number)),
            }
        }
    }
    classes
}

impl Worst {
    fn priced(&mut self, dearest: Dearest) {
        let begin = |it: &Dearest| begun(&it.row.rate);
        let minute = |it: &Dearest| it.row.rate.per_minute;
        if self.begin.as_ref().map_or(Amount::ZERO, begin) < begin(&dearest) {
            self.begin = Some(dearest);
        }
        if self.minute.as_ref().map_or(Amount::ZERO, minute) < minute(&dearest) {
            self.minute = Some(dearest);
        }
    }

    fn add(&mut self, other: Self) {
        [other.begin, other.minute].into_iter().flatten().for_each(|dearest| self.priced(dearest));
        self.unpriced = self.unpriced.or(other.unpriced);
    }
}

/// A number for each prefix that deck, rules or numbering plans name, of those that no longer one of them holds.
fn samples(site: &Site, rows: &[Row]) -> Vec<E164> {
    let mut begins: BTreeSet<String> = prefixes();
    begins.extend(rows.iter().map(|row| row.prefix).filter(|prefix| *prefix > 0).map(|it| it.to_string()));
    for pattern in site.dial.iter().flat_map(|rule| rule.to.iter().chain(&rule.except)) {
        if let Pattern::Prefix(prefix) = pattern {
            begins.insert(prefix.to_string());
        }
    }
    // What no prefix says anything of.
    let others = (1..=9).map(|digit: u8| digit.to_string());
    let all: BTreeSet<String> = begins.iter().cloned().chain(others).collect();
    all.iter().filter_map(|begin| sample(begin, &begins)).collect()
}

/// A number that begins so, and with nothing longer that is named.
fn sample(begin: &str, named: &BTreeSet<String>) -> Option<E164> {
    const LENGTH: usize = 12;
    let longer = || {
        named.range(begin.to_owned()..).skip_while(|it| *it == begin).take_while(|it| it.starts_with(begin))
    };
    let is_free = |digits: &str| !longer().any(|it| digits.starts_with(&**it) || it.starts_with(digits));
    // The next one or two digits that are nobody's; if all are, each of the longer ones stands for itself.
    let nexts = (0..10).map(|digit| digit.to_string()).chain((0..1000).map(|digits| format!("{digits:03}")));
    let free = nexts.map(|next| format!("{begin}{next}")).find(|digits| is_free(digits));
    let digits = free.or_else(|| longer().next().is_none().then(|| begin.to_owned()))?;
    E164::from_digits(&format!("{digits:2<LENGTH$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_lies_in_its_prefix_and_in_none_that_is_longer() {
        let named: BTreeSet<String> = ["44", "442", "4420", "1"].map(str::to_owned).into();
        for begin in &named {
            let number = sample(begin, &named).unwrap().digits().to_string();
            assert!(number.starts_with(begin.as_str()), "{number}");
            let longest = named.iter().filter(|it| number.starts_with(it.as_str())).max_by_key(|it| it.len());
            assert_eq!(longest, Some(begin));
        }
        let whole: BTreeSet<String> =
            (0..10).map(|digit| format!("7{digit}")).chain(["7".to_owned()]).collect();
        assert_eq!(sample("7", &whole), None);
    }
}
