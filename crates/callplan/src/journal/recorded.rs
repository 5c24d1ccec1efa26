//! What a journal says.

use std::collections::BTreeMap;

use clock::Now;

use crate::{
    E164, Fact, GroupId, HoursId, ListId, PersonId, PersonState, PhoneId, Site, Tally, Telling,
    step::{ByHand, Event, Facts, Told},
};

/// What a call was told, course by course.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// Its courses: one for each time that a plan took it.
    pub courses: Vec<Course>,
    /// Phones that were lent, as far as they had to do with it, and who had signed in there.
    pub desks: BTreeMap<PhoneId, PersonId>,
    /// There was more than is kept.
    pub is_cut: bool,
}

/// One way of a call through plans.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// What was known when it began.
    pub facts: Facts,
    /// What happened, in order.
    pub moments: Vec<Moment>,
}

/// One event, and what the engine looked up while it dealt with that.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When. The monotonic clock counts from the call's arrival.
    pub now: Now,
    /// What happened.
    pub event: Event,
    /// The outside facts that were known by then.
    pub told: Told,
    /// What was looked up, in order.
    pub heard: Vec<Heard>,
}

/// One answer to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// At how many contacts a phone is reachable.
    Contacts(PhoneId, u8),
    /// How many calls a person has.
    Calls(PersonId, u16),
    /// What a person said of themselves.
    State(PersonId, PersonState),
    /// Whether a person wants no calls of a number.
    Blocked(PersonId, E164, bool),
    /// Whether a number was added to a list.
    Listed(ListId, E164, bool),
    /// How hours are held by hand.
    Held(HoursId, Option<ByHand>),
    /// Whose turn it is in a group.
    Pointer(GroupId, u32),
    /// What a person did of late.
    Tally(PersonId, Tally),
}

impl Recorded {
    /// The site as it was then: its phones with those who had signed in.
    #[must_use]
    pub fn site(&self, site: &Site) -> Site {
        let desks: Vec<_> = self.desks.iter().map(|(phone, person)| (*phone, *person)).collect();
        site.lent(&desks)
    }
}

/// The outside facts that were told, who vouches for the caller aside.
pub fn tellings(told: &Told) -> Vec<Telling> {
    let tellings = Fact::ALL.into_iter().filter_map(|fact| match fact {
        Fact::CallerAttest => None,
        Fact::ContactKnown => told.known().map(Telling::Known),
        Fact::ContactTags => told.tags().map(Telling::Tags),
        Fact::ContactOwner => told.owner().map(Telling::Owner),
        Fact::ContactCampaign => told.campaign().map(Telling::Campaign),
        Fact::ContactGroup => told.group().map(Telling::Group),
        Fact::ContactLastAgent => told.last_agent().map(Telling::LastAgent),
        Fact::ContactLastTexter => told.last_texter().map(Telling::LastTexter),
        Fact::ContactLanguage => told.language().map(Telling::Language),
    });
    tellings.collect()
}
