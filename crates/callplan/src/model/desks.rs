//! Phones that are lent: somebody has signed in at one that is not theirs (hot-desking).

use std::{collections::BTreeMap, sync::Arc};

use super::{Person, PersonId, Phone, PhoneId, Site};

/// Phones that are lent and people who have others than their own, as they are meanwhile.
#[derive(Clone, Debug, Default)]
pub(super) struct Lent {
    phones: BTreeMap<PhoneId, Phone>,
    people: BTreeMap<PersonId, Person>,
}

impl Lent {
    pub(super) fn phone(&self, id: PhoneId) -> Option<&Phone> {
        self.phones.get(&id)
    }

    pub(super) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }
}

impl Site {
    /// The same site while people are signed in at these phones. Such a phone is one of theirs in all that it does and
    /// rings for, and none of its owner's; its name, its extension and where it stands, and so what it says when it
    /// calls for help, stay its own.
    #[must_use]
    pub fn lent(&self, desks: &[(PhoneId, PersonId)]) -> Self {
        let mut site = self.clone();
        for (phone, person) in desks {
            let mut entry = site[*phone].clone();
            if let Some(before) = entry.person.replace(*person) {
                site.changes(before, |before| before.phones.retain(|own| own != phone));
            }
            site.changes(*person, |person| person.phones.push(*phone));
            site.lent.phones.insert(*phone, entry);
        }
        site
    }

    /// Phones that are lent, and who has signed in at each.
    pub fn desks(&self) -> impl Iterator<Item = (PhoneId, PersonId)> {
        self.lent.phones.iter().filter_map(|(phone, entry)| Some((*phone, entry.person?)))
    }

    fn changes(&mut self, person: PersonId, how: impl FnOnce(&mut Person)) {
        let mut entry = self[person].clone();
        how(&mut entry);
        self.lent.people.insert(person, entry);
    }

    /// The extension that a phone's calls show and that reaches it: its own, else its person's; while it is lent,
    /// theirs who signed in.
    pub fn ext_of(&self, phone: PhoneId) -> Option<&Arc<str>> {
        let phone = &self[phone];
        let of_person = phone.person.and_then(|person| self[person].ext.as_ref());
        let own = phone.ext.as_ref();
        if phone.is_lent() { of_person.or(own) } else { own.or(of_person) }
    }
}

impl Phone {
    /// Whether somebody has signed in at it who is not its owner.
    pub fn is_lent(&self) -> bool {
        self.person != self.owner
    }
}
