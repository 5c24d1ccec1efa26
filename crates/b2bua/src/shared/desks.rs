//! Who has signed in at a phone that is not theirs, kept over restarts: each person at one phone, each phone lent to one
//! person.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use callplan::Site;

use super::Row;

/// Begins the names of the values that the store keeps for people.
const PREFIX: &str = "desk:";

/// The phones that are lent: people and where they have signed in, by name.
#[derive(Debug, Default)]
pub struct Desks(BTreeMap<Arc<str>, Arc<str>>);

impl Desks {
    /// Takes up what the store held.
    pub fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            if let (Some(person), Ok(phone)) = (name.strip_prefix(PREFIX), str::from_utf8(value)) {
                self.note(&person.into(), Some(phone.into()).filter(|phone: &Arc<str>| !phone.is_empty()));
            }
        }
    }

    /// Where a person has signed in.
    pub(crate) fn of(&self, person: &str) -> Option<&Arc<str>> {
        self.0.get(person)
    }

    /// A person has signed in there, or nowhere; gives what the store has to keep.
    pub(crate) fn set(&mut self, person: &Arc<str>, phone: Option<Arc<str>>) -> Row {
        let text = phone.as_deref().unwrap_or_default().as_bytes().into();
        self.note(person, phone);
        (format!("{PREFIX}{person}").into(), text)
    }

    fn note(&mut self, person: &Arc<str>, phone: Option<Arc<str>>) {
        match phone {
            Some(phone) => self.0.insert(person.clone(), phone),
            None => self.0.remove(person),
        };
    }

    /// Those who are signed in at what this site can't lend them: their phone or they are gone, it is their own by now,
    /// or somebody else has it.
    pub(crate) fn adrift(&self, site: &Site) -> Vec<Arc<str>> {
        let mut taken = BTreeSet::new();
        let mut can_be = |person: &str, phone: &str| {
            let (Some(person), Some(phone)) = (site.person(person), site.phone(phone)) else { return false };
            site[phone].owner != Some(person) && taken.insert(phone)
        };
        self.0
            .iter()
            .filter(|(person, phone)| !can_be(person, phone))
            .map(|(person, _)| person.clone())
            .collect()
    }

    /// The site while they are there; whom it does not know is nowhere.
    #[must_use]
    pub fn lend(&self, site: &Arc<Site>) -> Arc<Site> {
        let adrift = self.adrift(site);
        let there = self.0.iter().filter(|(person, _)| !adrift.contains(person));
        let there: Vec<_> =
            there.filter_map(|(person, phone)| Some((site.phone(phone)?, site.person(person)?))).collect();
        if there.is_empty() { site.clone() } else { Arc::new(site.lent(&there)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_is_nowhere_else_and_it_outlives_the_process() {
        let [desk, lobby]: [Arc<str>; 2] = ["desk".into(), "lobby".into()];
        let [ana, ben]: [Arc<str>; 2] = ["ana".into(), "ben".into()];
        let mut before = Desks::default();
        let said = [(&ana, Some(&desk)), (&ben, Some(&lobby)), (&ana, Some(&lobby)), (&ben, None)];
        let mut kept: Vec<_> = said.map(|(person, phone)| before.set(person, phone.cloned())).into();
        kept.push(("blocked:cho".into(), b"x".as_slice().into()));
        let mut after = Desks::default();
        // Rows of one name replace one another; the last is what a start reads.
        after.restore(&kept);
        assert_eq!((after.of("ana"), after.of("ben"), after.of("cho")), (Some(&lobby), None, None));
        assert_eq!((before.of("ana"), before.of("ben")), (Some(&lobby), None));
    }
}
