//! Whom a step rings in one call: of layers everybody whom they name there.

use super::choice::Answerer;
use crate::{
    CompanyPhone, E164, Layers, PersonId, Ring, Site, Who,
    explain::Question,
    step::{self, Named},
};

/// Everybody whom layers name in this call.
pub(super) fn named(site: &Site, layers: Layers, question: &Question) -> Vec<CompanyPhone> {
    let facts = question.facts();
    let named = layers.iter().map(|layer| step::named(site, &facts, layer, layers, question.at));
    named.filter_map(|it| if let Named::Is(it) = it { Some(it) } else { None }).collect()
}

/// Everybody whom a step may ring in this call: of layers those that each of them names.
fn named_by(site: &Site, ring: &Ring, question: &Question) -> Vec<CompanyPhone> {
    if let Who::First(layers) = ring.who {
        named(site, layers, question)
    } else {
        vec![CompanyPhone::Inside(ring.who)]
    }
}

/// What a step rings inside in this call: of layers each that names somebody, as if it were the step's own.
pub(super) fn meant(site: &Site, ring: &Ring, question: &Question) -> Vec<Ring> {
    let inside = |named| if let CompanyPhone::Inside(who) = named { Some(who) } else { None };
    let inside = named_by(site, ring, question).into_iter().filter_map(inside);
    inside.map(|who| Ring { who, ..ring.clone() }).collect()
}

/// The numbers outside that layers of a step name in this call.
pub(super) fn numbers(site: &Site, ring: &Ring, question: &Question) -> impl Iterator<Item = E164> {
    let outside = |named| if let CompanyPhone::Outside(to) = named { Some(to) } else { None };
    named_by(site, ring, question).into_iter().filter_map(outside)
}

/// Whoever of them may answer, in the order of the layers.
pub(super) fn answerers(site: &Site, ring: &Ring, question: &Question) -> Vec<Answerer> {
    let mut all = Vec::new();
    for named in named_by(site, ring, question) {
        let ring = match named {
            CompanyPhone::Outside(to) => {
                all.push(Answerer::Number(to));
                continue;
            }
            CompanyPhone::Inside(who) => Ring { who, ..ring.clone() },
        };
        all.extend(inside(site, ring.who));
        all.extend(site.mobiles(&ring).into_iter().map(|(_, mobile)| Answerer::Number(mobile)));
        all.extend(site.sends_on(&ring).into_iter().map(|(_, own)| Answerer::Number(own.to)));
    }
    all
}

fn inside(site: &Site, who: Who) -> Vec<Answerer> {
    let people = |people: &[PersonId]| people.iter().copied().map(Answerer::Person).collect();
    match who {
        Who::Person(person) => vec![Answerer::Person(person)],
        Who::Phone(phone) => vec![Answerer::Phone(phone)],
        Who::Group(group) => people(&site[group].members),
        Who::Rota(rota) => people(&site[rota].people),
        Who::Agent(agent) => vec![Answerer::Agent(agent)],
        // Their numbers are told beside them.
        Who::OnCall(_) | Who::First(_) => Vec::new(),
    }
}
