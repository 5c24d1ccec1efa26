//! Layers: who a call may be for, of which the first that is set and can be rung is rung.

use std::time::Duration;

use super::{Fact, FactSet};

/// Somebody a call may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// The person of the number that was called.
    NumberPerson,
    /// The person who texted the caller last.
    LastTexter,
    /// The person who talked with the caller last.
    LastAgent,
    /// The person whose contact the caller is.
    ContactOwner,
    /// The owner of the campaign that the caller is part of.
    CampaignOwner,
    /// The number that the number called sends calls on to.
    NumberForward,
    /// The site's company phone.
    CompanyPhone,
}

impl Layer {
    /// Every one, with its word in the config.
    pub const ALL: [(&'static str, Self); 7] = [
        ("number.person", Self::NumberPerson),
        ("contact.last_texter", Self::LastTexter),
        ("contact.last_agent", Self::LastAgent),
        ("contact.owner", Self::ContactOwner),
        ("campaign.owner", Self::CampaignOwner),
        ("number.forward", Self::NumberForward),
        ("site.company_phone", Self::CompanyPhone),
    ];

    /// Its word in the config.
    pub const fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The outside fact that it reads, if it reads one.
    pub const fn fact(self) -> Option<Fact> {
        match self {
            Self::LastTexter => Some(Fact::ContactLastTexter),
            Self::LastAgent => Some(Fact::ContactLastAgent),
            Self::ContactOwner => Some(Fact::ContactOwner),
            Self::CampaignOwner => Some(Fact::ContactCampaign),
            Self::NumberPerson | Self::NumberForward | Self::CompanyPhone => None,
        }
    }
}

/// Several layers in their order, each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layers {
    list: [Layer; Layer::ALL.len()],
    len: u8,
    /// Who talked or texted last counts for so long; for ever if nothing is said.
    pub within: Option<Duration>,
}

impl Layers {
    /// These; of more than there are, and of doubled ones, the first count.
    pub fn new(layers: &[Layer], within: Option<Duration>) -> Self {
        let mut all = Self { list: [Layer::NumberPerson; Layer::ALL.len()], len: 0, within };
        for layer in layers {
            if !all.contains(*layer) {
                all.list[usize::from(all.len)] = *layer;
                all.len += 1;
            }
        }
        all
    }

    /// In their order.
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        self.list.into_iter().take(self.len.into())
    }

    /// Whether it is one of them.
    pub fn contains(self, layer: Layer) -> bool {
        self.iter().any(|own| own == layer)
    }

    /// Whether nothing but who talked or texted last is asked.
    pub fn are_sticky(self) -> bool {
        self.iter().all(|layer| matches!(layer, Layer::LastAgent | Layer::LastTexter))
    }

    /// The outside facts that they read.
    pub fn facts(self) -> FactSet {
        let mut facts = FactSet::default();
        self.iter().filter_map(Layer::fact).for_each(|fact| facts.insert(fact));
        facts
    }
}
