//! What the plans behind a node ask of caller and time.

use crate::{
    Act, Atom, CampaignId, Condition, Country, GroupId, HoursId, Layer, Layers, ListId, NodeId, PersonId,
    Prompt, RotaId, Site, TagId, Who,
};

/// What is asked, each sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) hours: Vec<HoursId>,
    /// Whose people are rung: who that is hangs on the time as well.
    pub(crate) rotas: Vec<RotaId>,
    pub(crate) lists: Vec<ListId>,
    pub(crate) withheld: bool,
    pub(crate) known: bool,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) tags: Vec<TagId>,
    /// Owners, or any.
    pub(crate) owners: Vec<Option<PersonId>>,
    /// Campaigns, or any.
    pub(crate) campaigns: Vec<Option<CampaignId>>,
    pub(crate) countries: Vec<Country>,
    pub(crate) attest: bool,
    pub(crate) last_agent: bool,
    pub(crate) last_texter: bool,
}

/// What a call may be asked that comes to `node`, there or wherever it goes on.
pub(crate) fn of(site: &Site, node: NodeId) -> Reads {
    behind(site, vec![node])
}

/// What a call may be asked once it has left `node`.
pub(crate) fn after(site: &Site, node: NodeId) -> Reads {
    behind(site, leads(site, node))
}

fn leads(site: &Site, node: NodeId) -> Vec<NodeId> {
    [site.by_itself(node), site.by_key(node)].concat()
}

fn behind(site: &Site, mut ahead: Vec<NodeId>) -> Reads {
    let mut reads = Reads::default();
    let mut reached = std::collections::BTreeSet::new();
    while let Some(node) = ahead.pop() {
        if reached.insert(node) {
            if let Some(guard) = &site[node].guard {
                reads.add(guard.condition());
            }
            reads.rotas.extend(rota(site, node));
            reads.hours.extend(line_hours(site, node));
            if let Act::Play(Prompt::Hours(hours)) = site[node].act {
                reads.hours.push(hours);
            }
            if let Some(Who::First(layers)) = site[node].act.ring().map(|ring| ring.who) {
                reads.layers(layers);
            }
            ahead.extend(leads(site, node));
        }
    }
    sort(&mut reads.hours);
    sort(&mut reads.rotas);
    sort(&mut reads.lists);
    sort(&mut reads.groups);
    sort(&mut reads.tags);
    sort(&mut reads.owners);
    sort(&mut reads.campaigns);
    sort(&mut reads.countries);
    reads
}

fn sort<T: Ord>(asked: &mut Vec<T>) {
    asked.sort_unstable();
    asked.dedup();
}

impl Reads {
    /// Whom layers ask for, whoever that is.
    fn layers(&mut self, layers: Layers) {
        for layer in layers.iter() {
            match layer {
                Layer::LastAgent => self.last_agent = true,
                Layer::LastTexter => self.last_texter = true,
                Layer::ContactOwner => self.owners.push(None),
                Layer::CampaignOwner => self.campaigns.push(None),
                Layer::NumberPerson | Layer::NumberForward | Layer::CompanyPhone => {}
            }
        }
    }

    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.add(part)),
            Condition::Not(part) => self.add(part),
            Condition::Atom(atom) => match *atom {
                Atom::Open(hours) => self.hours.push(hours),
                Atom::CallerIn(list) => self.lists.push(list),
                Atom::CallerWithheld => self.withheld = true,
                Atom::CallerFrom(country) => self.countries.push(country),
                // What was called is known when a way begins.
                Atom::NumberIs(_) => {}
                Atom::ContactKnown => self.known = true,
                Atom::ContactKnownTo(group) => self.groups.push(group),
                Atom::ContactTag(tag) => self.tags.push(tag),
                Atom::ContactOwner(person) => self.owners.push(person),
                Atom::ContactCampaign(campaign) => self.campaigns.push(campaign),
                Atom::AttestAtLeast(_) | Atom::AttestIs(_) => self.attest = true,
            },
        }
    }
}

/// Whether what becomes of a call at a node hangs on when it comes there.
pub(crate) fn is_dated(site: &Site, node: NodeId) -> bool {
    rota(site, node).is_some() || is_timed(site, node)
}

/// The rota that a node rings.
fn rota(site: &Site, node: NodeId) -> Option<RotaId> {
    match site[node].act.ring()?.who {
        Who::Rota(rota) | Who::OnCall(rota) => Some(rota),
        Who::Person(_) | Who::Group(_) | Who::Phone(_) | Who::First(_) | Who::Agent(_) => None,
    }
}

/// The hours outside which nobody waits in the line that a node leads to.
pub(super) fn line_hours(site: &Site, node: NodeId) -> Option<HoursId> {
    if let Act::Queue(queue) = site[node].act { site[queue].hours } else { None }
}

/// Whether a node asks what time it is.
pub(crate) fn is_timed(site: &Site, node: NodeId) -> bool {
    let mut reads = Reads::default();
    if let Some(guard) = &site[node].guard {
        reads.add(guard.condition());
    }
    !reads.hours.is_empty() || line_hours(site, node).is_some()
}
