//! Who rings: more legs than a call may have, and people without a phone.

use super::Whole;
use crate::{
    finding::Code,
    model::{Act, GroupId, Layer, NodeId, PersonId, PlanId, PlanKind, Shifts, Who},
    parse::Findings,
    resolve::route,
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
            let mobile = usize::from(site.mobile_of(index.into()).is_some());
            report("person", &person.name, person.phones.len() + mobile, self.names.people.place(index));
        }
        for (index, group) in site.groups.iter().enumerate() {
            let mobile = |member: PersonId| usize::from(group.follow && site.mobile_of(member).is_some());
            let phones = group.members.iter().map(|member| site[*member].phones.len() + mobile(*member));
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
        let mut judge = |layer: Layer,
                         whose: &str,
                         person: Option<PersonId>,
                         place,
                         is_asked: &dyn Fn() -> bool| {
            let is_silent =
                |person: &PersonId| site[*person].phones.is_empty() && site.mobile_of(*person).is_none();
            let person = person.filter(is_silent).map(|person| &site[person]);
            if let Some(person) = person.filter(|_| is_asked()) {
                let message =
                    format!("the layer `{}` rings {whose} `{}`, who has no phone", layer.word(), person.name);
                let mend = format!("write [phones.{0}-desk] with person = \"{0}\"", person.name);
                found.report(Code::LayerWithoutPhone, place, message, mend);
            }
        };
        for (index, number) in site.numbers.iter().enumerate() {
            let place = self.names.numbers.place(index);
            // Only a plan that its calls come to asks whose it is.
            let is_asked = || self.asks(Some(number.plan), Layer::NumberPerson);
            judge(Layer::NumberPerson, "the person", number.person, place, &is_asked);
        }
        for (index, campaign) in site.campaigns.iter().enumerate() {
            let place = self.names.campaigns.place(index);
            let is_asked = || self.asks(None, Layer::CampaignOwner);
            judge(Layer::CampaignOwner, "the owner", campaign.owner, place, &is_asked);
        }
    }

    /// Whether a step asks for this layer, of those that a plan leads to; of all, where none is named.
    fn asks(&self, plan: Option<PlanId>, layer: Layer) -> bool {
        let site = self.site;
        let is_asking = |node: NodeId| {
            site[node]
                .act
                .ring()
                .is_some_and(|ring| matches!(ring.who, Who::First(layers) if layers.contains(layer)))
        };
        let Some(plan) = plan else { return (0..site.nodes.len()).map(NodeId::from).any(is_asking) };
        let (mut ahead, mut seen) = (vec![site.entry(plan)], vec![false; site.nodes.len()]);
        while let Some(node) = ahead.pop() {
            if is_asking(node) {
                return true;
            }
            if !std::mem::replace(&mut seen[node.index()], true) {
                ahead.extend(site.by_itself(node));
                ahead.extend(site.by_key(node));
            }
        }
        false
    }

    /// Reports mobiles that are to ring, and numbers to which calls are sent on, that their people may not call.
    pub(super) fn mobiles(&self, found: &mut Findings) {
        let site = self.site;
        for (index, person) in site.people.iter().enumerate() {
            let mobile =
                site.mobile_of(index.into()).map(|(number, _)| (Code::MobileNotRung, "mobile", number));
            let sent = person.forward.map(|own| (Code::NotSentOn, "`forward`", own.to));
            for (code, what, number) in mobile.into_iter().chain(sent) {
                if site.number(number).is_some() {
                    let message = format!(
                        "the {what} of {} is {number}, a number of ours: calls would come back here",
                        person.name
                    );
                    let mend = "write a number outside";
                    found.report(code, self.names.people.place(index), message, mend.to_owned());
                    continue;
                }
                let rule = route(site, number);
                if rule.is_some_and(|rule| person.allow.contains(&site[rule].class)) {
                    continue;
                }
                let never = format!("the {what} of {} never rings", person.name);
                let (message, mend) = match rule {
                    Some(rule) => {
                        let class = &site[site[rule].class].name;
                        let mend = format!("let them: allow = [..., \"{class}\"]; or leave it out");
                        (format!("{never}: they may not call {class}"), mend)
                    }
                    None => (
                        format!("{never}: no dial rule takes {number} out"),
                        "write a rule for it, as in [dial.national] to = [\"country:US\"], class and trunks"
                            .to_owned(),
                    ),
                };
                found.report(code, self.names.people.place(index), message, mend);
            }
        }
    }

    /// Reports who may be on duty where a step calls outside, and has no number there or none that they may call.
    pub(super) fn on_call(&self, found: &mut Findings) {
        let site = self.site;
        let mut told: Vec<PersonId> = Vec::new();
        let steps = site.nodes.iter().enumerate().filter_map(|(index, node)| match node.act.ring()?.who {
            Who::OnCall(rota) => Some((NodeId::from(index), rota)),
            Who::Person(_) | Who::Group(_) | Who::Phone(_) | Who::Rota(_) | Who::First(_) | Who::Agent(_) => {
                None
            }
        });
        for (node, rota) in steps {
            for person in site[rota].people.iter().copied() {
                if told.contains(&person) {
                    continue;
                }
                let name = &site[person].name;
                let (why, mend) = match site
                    .on_call_number(person)
                    .map(|number| (number, route(site, number)))
                {
                    None => (
                        "has no number outside".to_owned(),
                        "give them a mobile: mobile = \"+...\"".to_owned(),
                    ),
                    Some((number, None)) => (
                        format!("is at {number}, which no dial rule takes out"),
                        "write a rule for it, as in [dial.national] to = [\"country:US\"], class and trunks"
                            .to_owned(),
                    ),
                    Some((number, Some(rule))) if !site[person].allow.contains(&site[rule].class) => {
                        let class = &site[site[rule].class].name;
                        (
                            format!("is at {number} and may not call {class}"),
                            format!("let them: allow = [..., \"{class}\"]"),
                        )
                    }
                    Some(_) => continue,
                };
                told.push(person);
                let message = format!(
                    "{} calls who is on by rota `{}` outside, and {name} {why}",
                    site.node_name(node),
                    site[rota].name
                );
                found.report(Code::NotOnCall, self.names.people.place(person.index()), message, mend);
            }
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
                    Who::Group(_) | Who::Phone(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => {}
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
            let is_silent = person.phones.is_empty() && site.mobile_of(index.into()).is_none();
            if let (Some(by), true) = (by, is_silent) {
                let message = format!("{by} rings `{}`, who has no phone", person.name);
                let mend = format!("write [phones.{0}-desk] with person = \"{0}\"", person.name);
                found.report(Code::NobodyRings, self.names.people.place(index), message, mend);
            }
        }
    }
}
