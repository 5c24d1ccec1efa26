//! Phones that are lent: somebody has signed in at one that is not theirs (hot-desking).

use std::sync::Arc;

use super::{PersonId, Phone, PhoneId, Site};

impl Site {
    /// The same site while people are signed in at these phones. Such a phone is one of theirs in all that it does and
    /// rings for, and none of its owner's; its name, its extension and where it stands, and so what it says when it
    /// calls for help, stay its own.
    #[must_use]
    pub fn lent(&self, desks: &[(PhoneId, PersonId)]) -> Self {
        let mut site = self.clone();
        for (phone, person) in desks {
            if let Some(before) = site.phones[phone.index()].person.replace(*person) {
                site.people[before.index()].phones.retain(|own| own != phone);
            }
            site.people[person.index()].phones.push(*phone);
        }
        site
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
