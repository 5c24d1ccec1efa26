//! A copy of what the operator may see, made on request and published outside the core.

use std::{sync::Arc, time::Duration};

use callplan::{E164, PersonId, PhoneId, money::Amount};
use clock::Wall;
use smallvec::SmallVec;

use super::{Draining, Switch, lines::QueueView};
use crate::{
    counters::Counters,
    leg::{Leg, Side},
    shared::{
        keys::Held,
        probes,
        rehearsal::{Rehearsal, Who},
    },
    switch::TrunkView,
};

/// The switch at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// When.
    pub at: Wall,
    /// Plan version that new calls run on.
    pub version: u32,
    /// Calls that are not over, oldest slot first.
    pub calls: Vec<CallView>,
    /// Every phone of the site, registered or not, in the order of the config.
    pub phones: Vec<PhoneView>,
    /// Every trunk of the site.
    pub trunks: Vec<TrunkView>,
    /// Every person of the site, in the order of the config.
    pub people: Vec<PersonView>,
    /// Every queue of the site, in the order of the config.
    pub queues: Vec<QueueView>,
    /// Whose turn it is in each group of the site, by their place in it, in the order of the config.
    pub turns: Vec<(Arc<str>, u32)>,
    /// Every schedule of the site, in the order of the config.
    pub hours: Vec<HoursView>,
    /// All who rehearse.
    pub rehearsals: Vec<RehearsalView>,
    /// What the last test call of each number came to, since the start.
    pub probes: Vec<probes::Told>,
    /// Test calls that are still to come, with the one that runs.
    pub probes_left: usize,
    /// Counts since the start.
    pub counters: Counters,
    /// No new calls are taken.
    pub is_draining: bool,
    /// RTP ports in use and waiting.
    pub ports: (usize, usize),
}

/// One call.
#[derive(Clone, Debug)]
pub struct CallView {
    /// Its number in records.
    pub number: store::CallId,
    /// When it came.
    pub began: Wall,
    /// Who calls; empty if withheld.
    pub from: Arc<str>,
    /// What was dialled.
    pub to: Arc<str>,
    /// `routing`, `talking` or `ending`.
    pub phase: &'static str,
    /// The plan version it runs on.
    pub version: u32,
    /// Plan nodes passed so far, as in its record.
    pub path: Arc<str>,
    /// What it has cost so far; none if none of its legs has a price.
    pub cost: Option<Amount>,
    /// Its legs, the A leg first.
    pub legs: SmallVec<[LegView; 2]>,
}

/// One leg.
#[derive(Clone, Debug)]
pub struct LegView {
    /// `phone:rosa-desk`, `trunk:carrier-a`.
    pub party: String,
    /// Whether it is the caller's.
    pub is_caller: bool,
    /// Whether it is answered.
    pub is_up: bool,
}

/// One phone.
#[derive(Clone, Debug)]
pub struct PhoneView {
    /// Its name in the config.
    pub name: Arc<str>,
    /// Whose it is by the config.
    pub person: Option<Arc<str>>,
    /// Who else has signed in at it.
    pub signed_in: Option<Arc<str>>,
    /// The extension that reaches it.
    pub ext: Option<Arc<str>>,
    /// Where it is registered.
    pub bindings: Vec<BindingView>,
}

/// One binding.
#[derive(Clone, Debug)]
pub struct BindingView {
    /// Contact URI.
    pub contact: Arc<str>,
    /// The flow of its REGISTER.
    pub flow: String,
    /// User-Agent.
    pub agent: Arc<str>,
    /// Seconds left.
    pub expires_s: u64,
    /// Whether its address is not believed.
    pub behind_nat: bool,
    /// Its connection is gone.
    pub is_dormant: bool,
}

/// One person.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// Short name in the config.
    pub name: Arc<str>,
    /// What they said of themselves.
    pub state: callplan::PersonState,
    /// Numbers of which they want no calls, the oldest first.
    pub blocked: Vec<E164>,
    /// When they are reminded next.
    pub reminders: Vec<Wall>,
    /// Calls they take part in.
    pub calls: u16,
    /// What they spent today, with what is reserved; none where nothing is rated.
    pub spent: Option<Amount>,
}

/// One schedule.
#[derive(Clone, Debug)]
pub struct HoursView {
    /// Its name in the config.
    pub name: Arc<str>,
    /// How it is held by hand; `None` if it is left to itself.
    pub held: Option<Held>,
}

/// Somebody who rehearses.
#[derive(Clone, Debug)]
pub struct RehearsalView {
    /// Who.
    pub who: Who,
    /// The time that their calls see at this moment.
    pub sees: Wall,
    /// Who calls numbers of ours, as their plans see it; whom the phone shows outside if none.
    pub from: Option<E164>,
    /// For how long still.
    pub left: Duration,
}

impl Switch {
    /// A copy of what the operator may see.
    pub fn view(&self) -> View {
        View {
            at: self.core.now.wall,
            version: self.core.site.version,
            calls: self.call_views(),
            phones: self.phone_views(),
            trunks: self.trunk_views(),
            people: self.person_views(),
            queues: self.queue_views(),
            turns: self.turns(),
            hours: self.hours_views(),
            rehearsals: self.rehearsal_views(),
            probes: self.core.probes.all().cloned().collect(),
            probes_left: self.core.probes.left(),
            counters: self.core.counters,
            is_draining: self.draining != Draining::No,
            ports: (self.core.ports.used(), self.core.ports.ready()),
        }
    }

    fn call_views(&self) -> Vec<CallView> {
        let mut legs: Vec<_> = self.legs.iter().map(|(_, leg)| (leg.call(), leg)).collect();
        legs.sort_by_key(|(call, leg)| (*call, leg.side() != Side::A));
        let of_call = |key| {
            let first = legs.partition_point(|(call, _)| *call < key);
            legs[first..]
                .iter()
                .take_while(move |(call, _)| *call == key)
                .map(|(_, leg)| leg_view(leg))
                .collect()
        };
        let view = |(key, call): (_, &crate::call::Call)| CallView {
            number: call.number(),
            began: call.began().wall,
            from: call.from().into(),
            to: call.dialled().into(),
            phase: call.phase(),
            version: call.site().version,
            path: call.path(),
            cost: call.cost(&self.core),
            legs: of_call(key),
        };
        self.calls.iter().map(view).collect()
    }

    fn phone_views(&self) -> Vec<PhoneView> {
        let site = &self.core.site;
        let now = self.core.now.mono;
        let view = |id: usize| {
            let phone = &site[PhoneId::from(id)];
            let name = |person: Option<PersonId>| person.map(|person| site[person].name.clone());
            let bindings = self.core.registrar.bindings(&phone.name, now).map(|binding| BindingView {
                contact: binding.contact.clone(),
                flow: binding.flow.to_string(),
                agent: binding.agent.clone(),
                expires_s: binding.expires.since(now).as_secs(),
                behind_nat: binding.behind_nat,
                is_dormant: binding.dormant,
            });
            PhoneView {
                name: phone.name.clone(),
                person: name(phone.owner),
                signed_in: name(phone.person.filter(|_| phone.is_lent())),
                ext: site.ext_of(id.into()).cloned(),
                bindings: bindings.collect(),
            }
        };
        (0..site.phones.len()).map(view).collect()
    }

    fn person_views(&self) -> Vec<PersonView> {
        let today = self.core.site.money.is_some().then(|| self.core.today());
        let view = |person: &callplan::Person| PersonView {
            name: person.name.clone(),
            state: self.core.people.of(&person.name),
            blocked: self.core.blocked.of(&person.name).to_vec(),
            reminders: self.core.reminders.of(&person.name).iter().map(|it| it.at).collect(),
            calls: self.core.limits.calls_of(&person.name),
            spent: today.map(|today| self.core.ledger.used(&person.name, today)),
        };
        self.core.site.people.iter().map(view).collect()
    }

    fn turns(&self) -> Vec<(Arc<str>, u32)> {
        let groups = self.core.site.groups.iter();
        groups.map(|group| (group.name.clone(), self.core.pointer(&group.name))).collect()
    }

    fn hours_views(&self) -> Vec<HoursView> {
        let view = |hours: &callplan::Hours| HoursView {
            name: hours.name.clone(),
            held: self.core.keys.held(&hours.name, self.core.now.wall).cloned(),
        };
        self.core.site.hours.iter().map(view).collect()
    }

    fn rehearsal_views(&self) -> Vec<RehearsalView> {
        let now = self.core.now;
        let view = |(who, rehearsal): (&Who, Rehearsal)| RehearsalView {
            who: who.clone(),
            sees: rehearsal.ahead.of(now.wall),
            from: rehearsal.from,
            left: rehearsal.ends.since(now.mono),
        };
        self.core.rehearsals.all(now.mono).map(view).collect()
    }
}

fn leg_view(leg: &Leg) -> LegView {
    LegView {
        party: leg.party().in_record().to_string(),
        is_caller: leg.side() == Side::A,
        is_up: leg.is_up(),
    }
}
