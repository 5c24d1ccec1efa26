//! What is known of whoever calls: campaigns of the config, and what the operator's contacts tell.

use std::{sync::Arc, time::Duration};

use clock::Wall;

use super::{CampaignId, Fact, GroupId, LanguageId, PersonId, TagId};

/// A campaign that callers may be part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its name in the config.
    pub name: Arc<str>,
    /// Whose it is.
    pub owner: Option<PersonId>,
}

/// Tags that conditions ask about; those that none asks about are not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagSet(u64);

impl TagSet {
    /// Tags that conditions may ask about.
    pub const MAX: usize = 64;

    /// Adds a tag.
    pub const fn insert(&mut self, tag: TagId) {
        self.0 |= 1 << tag.0;
    }

    /// Whether `tag` is among them.
    pub const fn contains(self, tag: TagId) -> bool {
        self.0 & (1 << tag.0) != 0
    }

    /// One bit for each.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl FromIterator<TagId> for TagSet {
    fn from_iter<I: IntoIterator<Item = TagId>>(tags: I) -> Self {
        let mut set = Self::default();
        tags.into_iter().for_each(|tag| set.insert(tag));
        set
    }
}

/// What is told of a caller: a fact with its value. Whoever has left the config is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Telling {
    /// Whether one of us talked with them before.
    Known(bool),
    /// Their tags.
    Tags(TagSet),
    /// Whose contact it is.
    Owner(Option<PersonId>),
    /// The campaign that they are part of.
    Campaign(Option<CampaignId>),
    /// The group that they are in conversation with.
    Group(Option<GroupId>),
    /// Who talked with them last, and when.
    LastAgent(Option<(PersonId, Wall)>),
    /// Who texted them last, and when.
    LastTexter(Option<(PersonId, Wall)>),
    /// What they are spoken to in.
    Language(Option<LanguageId>),
}

/// How long ago something was; no time where it is still to come.
pub(crate) fn ago(at: Wall, now: Wall) -> Duration {
    let micros = now.unix_micros().saturating_sub(at.unix_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

impl Telling {
    /// The fact whose value it is.
    pub const fn fact(self) -> Fact {
        match self {
            Self::Known(_) => Fact::ContactKnown,
            Self::Tags(_) => Fact::ContactTags,
            Self::Owner(_) => Fact::ContactOwner,
            Self::Campaign(_) => Fact::ContactCampaign,
            Self::Group(_) => Fact::ContactGroup,
            Self::LastAgent(_) => Fact::ContactLastAgent,
            Self::LastTexter(_) => Fact::ContactLastTexter,
            Self::Language(_) => Fact::ContactLanguage,
        }
    }

    /// The same, as if it had happened just now.
    pub(crate) fn just(self, now: Wall) -> Self {
        let just = |last: Option<(PersonId, Wall)>| last.map(|(person, _)| (person, now));
        match self {
            Self::LastAgent(last) => Self::LastAgent(just(last)),
            Self::LastTexter(last) => Self::LastTexter(just(last)),
            Self::Known(_)
            | Self::Tags(_)
            | Self::Owner(_)
            | Self::Campaign(_)
            | Self::Group(_)
            | Self::Language(_) => self,
        }
    }

    /// Its value as the record of a call has it: a truth, a set of tags, or an id and 1, where 0 is nobody.
    pub fn value(self) -> u64 {
        let id = |id: Option<u32>| id.map_or(0, |id| u64::from(id) + 1);
        match self {
            Self::Known(is_known) => is_known.into(),
            Self::Tags(tags) => tags.bits(),
            Self::Owner(person) => id(person.map(|person| person.0)),
            Self::LastAgent(last) | Self::LastTexter(last) => id(last.map(|(person, _)| person.0)),
            Self::Campaign(campaign) => id(campaign.map(|campaign| campaign.0)),
            Self::Group(group) => id(group.map(|group| group.0)),
            Self::Language(language) => id(language.map(|language| language.0)),
        }
    }
}
