//! What `when` and `unless` ask, and the lists they ask about.

use std::sync::Arc;

use super::{
    Attest, CampaignId, Country, E164, Fact, FactSet, GroupId, HoursId, ListId, NumberKind, PersonId, TagId,
};

/// Stands before a step: the step is taken only if it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Taken when the condition is true.
    When(Condition),
    /// Taken when the condition is false. Unknown takes neither, so this is no mere negation.
    Unless(Condition),
}

impl Guard {
    /// The condition, whichever way it is asked.
    pub const fn condition(&self) -> &Condition {
        match self {
            Self::When(condition) | Self::Unless(condition) => condition,
        }
    }
}

/// A condition over what is known of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// True if all are.
    All(Vec<Self>),
    /// True if one is.
    Any(Vec<Self>),
    /// True if it is not.
    Not(Box<Self>),
    /// One question.
    Atom(Atom),
}

/// One question of a condition, with the fact it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom {
    /// `hours:x`: the schedule is open; reads the wall clock.
    Open(HoursId),
    /// `caller in list:x`; reads the caller's number. A withheld caller is in no list.
    CallerIn(ListId),
    /// `caller withheld`; reads the caller's number.
    CallerWithheld,
    /// `caller.country = "GB"`; reads the caller's number. A phone of ours is where the site is.
    CallerFrom(Country),
    /// `number.type = "toll-free"`; reads the number that was called, by the numbering plan's data. `None` is a
    /// line, or whatever its country does not tell apart from one; what is called inside is of no type.
    NumberIs(Option<NumberKind>),
    /// `contact.known`; reads an outside fact. A phone of ours and a withheld caller are no contacts.
    ContactKnown,
    /// `contact.known(group:x)`; reads `contact.group`: they are in conversation with this group.
    ContactKnownTo(GroupId),
    /// `contact.tag("vip")`; reads `contact.tags`.
    ContactTag(TagId),
    /// `contact.owner = "ana"`, or without a name: they have an owner; reads `contact.owner`.
    ContactOwner(Option<PersonId>),
    /// `contact.campaign = "spring"`, or without a name: they are part of one; reads `contact.campaign`.
    ContactCampaign(Option<CampaignId>),
    /// `caller.attest >= "B"`; reads an outside fact. A phone of ours proved itself, which is A; a withheld number
    /// is nobody's to vouch for.
    AttestAtLeast(Attest),
    /// `caller.attest = "bad"`.
    AttestIs(Attest),
}

impl Condition {
    /// The outside facts that it reads.
    pub(crate) fn facts(&self, facts: &mut FactSet) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.facts(facts)),
            Self::Not(part) => part.facts(facts),
            Self::Atom(atom) => atom.fact().into_iter().for_each(|fact| facts.insert(fact)),
        }
    }
}

impl Atom {
    /// The outside fact that it reads, if it reads one.
    pub const fn fact(self) -> Option<Fact> {
        match self {
            Self::ContactKnown => Some(Fact::ContactKnown),
            Self::ContactKnownTo(_) => Some(Fact::ContactGroup),
            Self::ContactTag(_) => Some(Fact::ContactTags),
            Self::ContactOwner(_) => Some(Fact::ContactOwner),
            Self::ContactCampaign(_) => Some(Fact::ContactCampaign),
            Self::AttestAtLeast(_) | Self::AttestIs(_) => Some(Fact::CallerAttest),
            Self::Open(_)
            | Self::CallerIn(_)
            | Self::CallerWithheld
            | Self::CallerFrom(_)
            | Self::NumberIs(_) => None,
        }
    }
}

/// A list of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name in the config.
    pub name: Arc<str>,
    /// The numbers, sorted.
    pub numbers: Box<[E164]>,
}

impl List {
    /// Whether `number` is in the list.
    pub fn contains(&self, number: E164) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
}
