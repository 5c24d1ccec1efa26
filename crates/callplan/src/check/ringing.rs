//! Who rings: more legs than a call may have, and people without a phone.

use super::Whole;
use crate::{
    finding::Code,
    model::{Act, GroupId, Layer, Layers, PersonId, PlanKind, Shifts, Who},
    parse::Findings,
};

impl Whole<'_, '_> {
    /// Reports people and groups that ring more phones at once than a call may have legs.
    pub(super) fn legs(&self, found: &mut Findings) {
        let site = self.site;
        // The caller's own leg counts.
        let most = usize::from(site.limits.legs_max) - 1;
        let mut report = |what: &str, name: &str, legs: usize, place| {
            if legs > most {
                let message =
                    format!("{what} `{name}` rings {legs} phones at once, and a call may ring {most}");
                found.report(Code::TooManyLegs, place, message, "let fewer ring, or let them ring in turn");
            }
        };
        for (index, person) in site.people.iter().enumerate() {
            report("person", &person.name, person.phones.len(), self.names.people.place(index));
        }
        for (index, group) in site.groups.iter().enumerate() {
            let phones = group.members.iter().map(|member| site[*member].phones.len());
            let legs = if group.order.is_in_turn() { phones.max().unwrap_or(0) } else { phones.sum() };
            report("group", &group.name, legs, self.names.groups.place(index));
        }
        for (index, queue) in site.queues.iter().enumerate() {
            let phones = queue.rules.people().map(|person| site[person].phones.len());
            let legs = if queue.rules.order.is_in_turn() { phones.max().unwrap_or(0) } else { phones.sum() };
            report("queue", &queue.name, legs, self.names.queues.place(index));
        }
        for (index, rota) in site.rotas.iter().enumerate() {
            let phones =
                |people: &Vec<PersonId>| people.iter().map(|it| site[*it].phones.len()).sum::<usize>();
            let turns = match &rota.shifts {
                Shifts::Weeks(weeks) => &weeks.turns,
                Shifts::Calendar { named, .. } => named,
            };
            let legs = turns.iter().map(phones).max().unwrap_or(0);
            report("rota", &rota.name, legs, self.names.rotas.place(index));
        }
    }

    /// Reports layers that name somebody without a phone: they would be passed over for ever.
    pub(super) fn layers(&self, found: &mut Findings) {
        let site = self.site;
        let asked = site.nodes.iter().filter_map(|node| node.act.ring()).filter_map(|ring| match ring.who {
            Who::First(layers) => Some(layers),
            Who::Person(_) | Who::Phone(_) | Who::Group(_) | Who::Rota(_) => None,
        });
        let asked: Vec<Layers> = asked.collect();
        let mut judge = |layer: Layer, whose: &str, person: Option<PersonId>, place| {
            let person = person.map(|person| &site[person]).filter(|person| person.phones.is_empty());
            if let (Some(person), true) = (person, asked.iter().any(|layers| layers.contains(layer))) {
                let message =
                    format!("the layer `{}` rings {whose} `{}`, who has no phone", layer.word(), person.name);
                let mend = format!("write [phones.{0}-desk] with person = \"{0}\"", person.name);
                found.report(Code::LayerWithoutPhone, place, message, mend);
            }
        };
        for (index, number) in site.numbers.iter().enumerate() {
            let place = self.names.numbers.place(index);
            judge(Layer::NumberPerson, "the person", number.person, place);
        }
        for (index, campaign) in site.campaigns.iter().enumerate() {
            let place = self.names.campaigns.place(index);
            judge(Layer::CampaignOwner, "the owner", campaign.owner, place);
        }
    }

    /// Reports people without a phone whom a plan, a number or a group rings.
    pub(super) fn silent(&self, found: &mut Findings) {
        let site = self.site;
        let mut rung: Vec<Option<String>> = vec![None; site.people.len()];
        let mut by = |person: PersonId, by: &dyn Fn() -> String| {
            rung[person.index()].get_or_insert_with(by);
        };
        for (index, node) in site.nodes.iter().enumerate() {
            let is_built_in = matches!(site[node.plan].kind, PlanKind::Person(_) | PlanKind::Phone(_));
            if let (Act::Ring(ring), false) = (&node.act, is_built_in) {
                match ring.who {
                    Who::Person(person) => by(person, &|| site.node_name(index.into())),
                    Who::Rota(rota) => {
                        let people = &site[rota].people;
                        people
                            .iter()
                            .for_each(|person| by(*person, &|| format!("rota `{}`", site[rota].name)));
                    }
                    Who::Group(_) | Who::Phone(_) | Who::First(_) => {}
                }
            }
        }
        for (index, group) in site.groups.iter().enumerate() {
            for member in &group.members {
                by(*member, &|| format!("group `{}`", site[GroupId::from(index)].name));
            }
        }
        for queue in &site.queues {
            queue.rules.people().for_each(|person| by(person, &|| format!("queue `{}`", queue.name)));
        }
        for (index, by) in rung.into_iter().enumerate() {
            let person = &site.people[index];
            if let (Some(by), true) = (by, person.phones.is_empty()) {
                let message = format!("{by} rings `{}`, who has no phone", person.name);
                let mend = format!("write [phones.{0}-desk] with person = \"{0}\"", person.name);
                found.report(Code::NobodyRings, self.names.people.place(index), message, mend);
            }
        }
    }
}
