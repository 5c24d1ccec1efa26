//! A step that rings the first of several layers: whoever is set and can be rung.
//!
//! A layer that names nobody, or somebody who can't be rung now, is passed over with the reason; whoever of the others
//! is rung and does not answer is not followed by the next layer, but by the next step.

use super::{
    Facts, ReasonKind,
    engine::{Engine, Flow},
    ring::Ringing,
};
use crate::{CompanyPhone, Layer, Layers, PersonId, Ring, Site, Who, model::ago, resolve};

/// Whom a layer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Somebody.
    Is(CompanyPhone),
    /// Nobody, or nobody of ours any more.
    Nobody,
    /// Somebody who talked or texted too long ago to count.
    TooLongAgo,
    /// Nobody told in time.
    Untold,
}

/// Whom a layer names in a call.
pub fn named(site: &Site, facts: &Facts, layer: Layer, layers: Layers, wall: clock::Wall) -> Named {
    let number = match facts.entry {
        super::Entry::Number(number) => Some(&site[number]),
        super::Entry::Person(_)
        | super::Entry::Phone(_)
        | super::Entry::CallBack(_)
        | super::Entry::Group(_)
        | super::Entry::Queue(_)
        | super::Entry::Mailbox(_)
        | super::Entry::Plan(_) => None,
    };
    let person = |person: Option<PersonId>| {
        person.map_or(Named::Nobody, |person| Named::Is(CompanyPhone::Inside(Who::Person(person))))
    };
    let told = |told: Option<Option<PersonId>>| told.map_or(Named::Untold, person);
    let last = |told: Option<Option<(PersonId, clock::Wall)>>| match (told, layers.within) {
        (None, _) => Named::Untold,
        (Some(Some((_, at))), Some(within)) if ago(at, wall) > within => Named::TooLongAgo,
        (Some(last), _) => person(last.map(|(person, _)| person)),
    };
    if layer.fact().is_some() && !matches!(facts.caller, super::Caller::Number(_)) {
        // Nothing outside is known of a caller without a number.
        return Named::Nobody;
    }
    match layer {
        Layer::NumberPerson => person(number.and_then(|number| number.person)),
        Layer::NumberForward => {
            let to = number.and_then(|number| number.forward);
            to.map_or(Named::Nobody, |to| Named::Is(CompanyPhone::Outside(to)))
        }
        Layer::CompanyPhone => site.company_phone.map_or(Named::Nobody, Named::Is),
        Layer::LastTexter => last(facts.told.last_texter()),
        Layer::LastAgent => last(facts.told.last_agent()),
        Layer::ContactOwner => told(facts.told.owner()),
        Layer::CampaignOwner => {
            let campaign = facts.told.campaign();
            told(campaign.map(|campaign| campaign.and_then(|campaign| site[campaign].owner)))
        }
    }
}

impl Engine<'_> {
    /// Whether something of the layers may still be told.
    pub(super) fn wonders_about(&self, layers: Layers) -> bool {
        let wall = self.world.now().wall;
        let is_untold = |layer| named(self.site, self.facts, layer, layers, wall) == Named::Untold;
        layers.iter().any(is_untold) && !self.is_too_late()
    }

    /// Rings the first layer that is set and can be rung.
    pub(super) fn ring_first(&mut self, layers: Layers, ring: &Ring, mut ringing: Ringing) -> Flow {
        let wall = self.world.now().wall;
        for layer in layers.iter() {
            let named = named(self.site, self.facts, layer, layers, wall);
            self.because(ReasonKind::Layer { layer, named });
            match named {
                Named::Is(CompanyPhone::Inside(who)) => {
                    if let Some(flow) = self.call(who, ring, &mut ringing) {
                        return flow;
                    }
                }
                Named::Is(CompanyPhone::Outside(to)) => match resolve::route(self.site, to) {
                    Some(rule) => return self.call_number((to, rule), None, ring.total),
                    None => self.because(ReasonKind::NoRoute),
                },
                Named::Nobody | Named::TooLongAgo | Named::Untold => {}
            }
            if ringing.targets().next().is_some() {
                break;
            }
        }
        if ringing.targets().next().is_none() {
            // Whoever is passed over sends the call nowhere.
            ringing.alone = None;
        }
        self.ring_what_was_called(ring, ringing)
    }
}
