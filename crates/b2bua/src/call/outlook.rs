//! The switch as the plan of a call may look at it.

use std::cell::OnceCell;

use callplan::{
    E164, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally,
    money::Day,
    step::{ByHand, World},
};
use clock::Now;

use super::{Call, Hands, log::Kind};

/// The switch as the plan may look at it.
pub(super) struct Outlook<'a, 'h> {
    site: &'a Site,
    /// The person who placed this call: it counts as one of theirs, but not to itself.
    holder: &'a str,
    /// The time that the call sees.
    now: Now,
    hands: &'a Hands<'h>,
    /// The day of the site's calendar, once somebody has asked.
    today: OnceCell<Day>,
}

impl<'a, 'h> Outlook<'a, 'h> {
    /// The switch as it is now, for a call that this person placed and that sees this time.
    pub(super) const fn new(site: &'a Site, holder: &'a str, now: Now, hands: &'a Hands<'h>) -> Self {
        Self { site, holder, now, hands, today: OnceCell::new() }
    }
}

impl Call {
    /// A schedule was asked: if it is held by hand, the record says so.
    pub(super) fn note_held(&mut self, hours: HoursId, hands: &Hands<'_>) {
        let name = &self.site[hours].name;
        let Some(held) = hands.core.keys.held(name, self.clock(hands.core).wall) else { return };
        let since = held.since.and_then(|since| u64::try_from(since.unix_micros()).ok());
        self.note(hands.core, Kind::Held, held.is_open.into(), hours.0, since.unwrap_or(0));
    }
}

impl World for Outlook<'_, '_> {
    fn now(&self) -> Now {
        self.now
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        self.hands.core.registrar.live(&self.site[phone].name, self.hands.core.now.mono)
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        let name = &self.site[person].name;
        let own = u16::from(**name == *self.holder);
        self.hands.core.limits.calls_of(name).saturating_sub(own)
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        self.hands.core.people.of(&self.site[person].name)
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        self.hands.core.blocked.has(&self.site[person].name, number)
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        self.hands.core.lists.has(&self.site[list].name, number)
    }

    fn held(&self, hours: HoursId) -> Option<ByHand> {
        let held = self.hands.core.keys.held(&self.site[hours].name, self.now.wall)?;
        Some(ByHand { is_open: held.is_open, until: held.until })
    }

    fn pointer(&self, group: GroupId) -> u32 {
        self.hands.core.pointer(&self.site[group].name)
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        let today = self.today.get_or_init(|| self.hands.core.today());
        self.hands.core.tallies.of(&self.site[person].name, *today)
    }
}
