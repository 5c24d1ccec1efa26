//! What is said of a caller in a question: `contact.owner=ana`.

use clock::Wall;

use crate::{Fact, Site, TagId, TagSet, Telling};

impl Telling {
    /// Reads a fact with its value, `none` where there is nobody.
    pub(crate) fn read(site: &Site, name: &str, value: &str, at: Wall) -> Option<Self> {
        let is_none = value == "none";
        let fact = Fact::ALL.into_iter().find(|fact| fact.name() == name)?;
        Some(match fact {
            Fact::CallerAttest => return None,
            Fact::ContactKnown if value == "yes" => Self::Known(true),
            Fact::ContactKnown if value == "no" => Self::Known(false),
            Fact::ContactKnown => return None,
            Fact::ContactTags if is_none => Self::Tags(TagSet::default()),
            // Whatever no condition asks about changes nothing.
            Fact::ContactTags => {
                Self::Tags(value.split(',').filter_map(|tag| site.tag(tag.trim())).collect())
            }
            Fact::ContactOwner if is_none => Self::Owner(None),
            Fact::ContactOwner => Self::Owner(Some(site.person(value)?)),
            Fact::ContactCampaign if is_none => Self::Campaign(None),
            Fact::ContactCampaign => Self::Campaign(Some(site.campaign(value)?)),
            Fact::ContactGroup if is_none => Self::Group(None),
            Fact::ContactGroup => Self::Group(Some(site.group(value)?)),
            Fact::ContactLanguage if is_none => Self::Language(None),
            Fact::ContactLanguage => Self::Language(Some(site.language(value)?)),
            // Whoever was it last was it just now.
            Fact::ContactLastAgent if is_none => Self::LastAgent(None),
            Fact::ContactLastAgent => Self::LastAgent(Some((site.person(value)?, at))),
            Fact::ContactLastTexter if is_none => Self::LastTexter(None),
            Fact::ContactLastTexter => Self::LastTexter(Some((site.person(value)?, at))),
        })
    }

    /// As [`read`](Self::read) reads it: `contact.owner=ana`.
    pub(crate) fn words(self, site: &Site) -> String {
        let value = match self {
            Self::Known(true) => "yes".to_owned(),
            Self::Known(false) => "no".to_owned(),
            Self::Tags(tags) => {
                let names = (0..site.tags.len()).map(TagId::from).filter(|tag| tags.contains(*tag));
                let names: Vec<_> = names.map(|tag| &*site.tags[tag.index()]).collect();
                if names.is_empty() { "none".to_owned() } else { names.join(",") }
            }
            Self::Owner(person) => person.map_or("none", |person| &site[person].name).to_owned(),
            Self::Campaign(campaign) => campaign.map_or("none", |campaign| &site[campaign].name).to_owned(),
            Self::LastAgent(last) | Self::LastTexter(last) => {
                last.map_or("none", |(person, _)| &site[person].name).to_owned()
            }
            Self::Group(group) => group.map_or("none", |group| &site[group].name).to_owned(),
            Self::Language(language) => language.map_or("none", |language| &site[language].name).to_owned(),
        };
        format!("{}={value}", self.fact().name())
    }
}
