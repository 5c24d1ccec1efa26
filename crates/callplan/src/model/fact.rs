//! Outside facts: what a condition reads that the switch has to ask for first.

/// One outside fact about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// `contact.known`: an earlier call between us and the caller's number was answered by a person.
    ContactKnown,
    /// `caller.attest`: how far the caller's number is vouched for.
    CallerAttest,
    /// `contact.tags`: what the operator's contacts call them besides their name.
    ContactTags,
    /// `contact.owner`: the person whose contact it is.
    ContactOwner,
    /// `contact.campaign`: the campaign that they are part of.
    ContactCampaign,
    /// `contact.group`: the group that they are in conversation with.
    ContactGroup,
    /// `contact.last_agent`: the person who talked with them last.
    ContactLastAgent,
    /// `contact.last_texter`: the person who texted them last.
    ContactLastTexter,
    /// `contact.language`: what they are spoken to in.
    ContactLanguage,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 9] = [
        Self::ContactKnown,
        Self::CallerAttest,
        Self::ContactTags,
        Self::ContactOwner,
        Self::ContactCampaign,
        Self::ContactGroup,
        Self::ContactLastAgent,
        Self::ContactLastTexter,
        Self::ContactLanguage,
    ];

    /// Its name in conditions and in `explain --fact`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContactKnown => "contact.known",
            Self::CallerAttest => "caller.attest",
            Self::ContactTags => "contact.tags",
            Self::ContactOwner => "contact.owner",
            Self::ContactCampaign => "contact.campaign",
            Self::ContactGroup => "contact.group",
            Self::ContactLastAgent => "contact.last_agent",
            Self::ContactLastTexter => "contact.last_texter",
            Self::ContactLanguage => "contact.language",
        }
    }

    /// Whether whoever keeps contacts tells it. All of these come with one answer.
    pub const fn is_of_contact(self) -> bool {
        !matches!(self, Self::CallerAttest)
    }
}

/// A set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FactSet(u16);

impl FactSet {
    /// Adds a fact.
    pub const fn insert(&mut self, fact: Fact) {
        self.0 |= 1 << fact as u16;
    }

    /// These and those.
    pub const fn with(self, those: Self) -> Self {
        Self(self.0 | those.0)
    }

    /// These but not those.
    pub const fn without(self, those: Self) -> Self {
        Self(self.0 & !those.0)
    }

    /// Whether `fact` is among them.
    pub const fn contains(self, fact: Fact) -> bool {
        self.0 & (1 << fact as u16) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These facts, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Fact> {
        Fact::ALL.into_iter().filter(move |fact| self.contains(*fact))
    }
}
