//! Virtual time and everything that happens in it, one thing after another.
//!
//! ```text
//!   agents ──> network ──> queue ──> Switch ──> outputs ──> network ──> queue ──> agents
//!                                      │  ▲
//!                                      ▼  │
//!                                 store, studio
//! ```
//!
//! Whatever is due first happens first; of things due together: arrivals, the switch's timers, the store, the
//! studio, the agents. So a seed always replays the same run.

mod build;
mod happen;
mod names;
mod order;
mod outputs;
mod streams;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use b2bua::{
    reach::Answer,
    switch::{FlowEvent, Output, Settings, Switch},
};
use bytes::Bytes;
use callplan::Site;
use clock::{Chance, Instant, Now};
use sip::flow::Flow;
use store::memory::Memory;

use self::streams::Streams;
pub use self::{
    build::{Cast, Proxying},
    names::{NameServer, Named},
    order::Order,
};
use crate::{
    agent::Agent,
    authority::Authority,
    check::Check,
    plant::Planted,
    studio::Studio,
    wire::{Entry, Network, Weather},
};

/// Where the switch listens, on UDP and TCP.
pub const SWITCH: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)), 5060);

/// More happenings than this at one moment are a loop.
const AT_ONCE_MAX: u32 = 20_000;

/// Everything.
pub struct World {
    now: Now,
    site: Arc<Site>,
    /// The site that may be applied in its place, and how often either was.
    later: Option<Arc<Site>>,
    applied: u32,
    settings: Settings,
    /// `None` while the process is down.
    switch: Option<Switch>,
    store: Memory,
    studio: Studio,
    /// RTP ports the studio has.
    ports: u16,
    network: Network,
    name_server: NameServer,
    /// Names beyond those that parties are configured by, and who is there.
    zone: Vec<Named>,
    agents: Vec<Agent>,
    queue: BTreeMap<(Instant, u64), Arrival>,
    turn: u64,
    /// How many things happened at this very moment.
    at_once: u32,
    streams: Streams,
    starts: u32,
    /// A process that starts waits for what the store kept, and hears nobody before.
    is_loading: bool,
    chance: Chance,
    entries: Vec<Entry>,
    faults: Vec<String>,
    /// What the operator was warned of.
    warned: Vec<(Instant, String)>,
    is_drained: bool,
    check: Check,
    authority: Authority,
    /// Of what the studio heard so much has been looked through for recordings.
    recordings: usize,
    plant: Option<Planted>,
}

/// Something on its way.
#[derive(Debug)]
enum Arrival {
    AtSwitch {
        flow: Flow,
        bytes: Bytes,
    },
    AtAgent {
        agent: usize,
        flow: Flow,
        bytes: Bytes,
    },
    Event(FlowEvent),
    ClosedAtAgent {
        agent: usize,
        flow: Flow,
    },
    Resolved {
        question: u64,
        host: Arc<str>,
        answer: Answer,
    },
    Attested {
        asker: u64,
        attest: callplan::Attest,
    },
    Order(Order),
    /// What a planted fault made up.
    Forged {
        flow: Flow,
        bytes: Bytes,
    },
    /// What a planted fault held back.
    Held(Output),
    Start,
}

impl World {
    /// A site with its cast in this weather; the switch starts at once.
    pub fn new(site: Arc<Site>, cast: &Cast, seed: u64, weather: Weather) -> Self {
        build::build(site, cast, seed, weather)
    }

    /// This site may be applied later, in place of the first.
    pub fn has_later(&mut self, site: Arc<Site>) {
        self.later = Some(site);
    }

    /// Now.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// The switch, if it runs.
    pub const fn switch(&self) -> Option<&Switch> {
        self.switch.as_ref()
    }

    /// The site it runs on.
    pub const fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// What the disk holds.
    pub const fn store(&self) -> &Memory {
        &self.store
    }

    /// The disk, to make it slow or full.
    pub const fn store_mut(&mut self) -> &mut Memory {
        &mut self.store
    }

    /// The media thread.
    pub const fn studio(&self) -> &Studio {
        &self.studio
    }

    /// The media thread, to say how long people speak.
    pub const fn studio_mut(&mut self) -> &mut Studio {
        &mut self.studio
    }

    /// The network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The network, to change its weather.
    pub const fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// The parties.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// The party of this name.
    pub fn agent(&self, name: &str) -> Option<usize> {
        self.agents.iter().position(|agent| *agent.persona().name == *name)
    }

    /// A party, to tell it its manners.
    pub fn agent_mut(&mut self, index: usize) -> &mut Agent {
        &mut self.agents[index]
    }

    /// What was sent and done so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Forgets what was sent and done so far.
    pub fn forget_entries(&mut self) {
        self.entries.clear();
    }

    /// Adds a remark to what was sent.
    pub fn remark(&mut self, text: String) {
        self.entries.push(Entry::Said { at: self.now.mono, text });
    }

    /// What went wrong in a way that no party could have caused.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().chain(self.studio.faults()).map(String::as_str)
    }

    /// What the operator was warned of, and when.
    pub fn warned(&self) -> &[(Instant, String)] {
        &self.warned
    }

    /// The judge.
    pub const fn check(&self) -> &Check {
        &self.check
    }

    pub(crate) const fn check_mut(&mut self) -> &mut Check {
        &mut self.check
    }

    /// Whether the switch said that it is drained.
    pub const fn is_drained(&self) -> bool {
        self.is_drained
    }

    /// Plans something.
    pub fn at(&mut self, at: Instant, order: Order) {
        self.enqueue(at, Arrival::Order(order));
    }

    /// Lets everything happen up to and including `until`.
    pub fn run_until(&mut self, until: Instant) {
        while self.next().is_some_and(|at| at <= until) && self.step() {}
        self.pass_to(until);
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now.mono + time);
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Instant> {
        let queue = self.queue.first_key_value().map(|((at, _), _)| *at);
        let switch = self.switch_timeout();
        let disk = if self.is_up() { self.store.timeout() } else { None };
        let studio = self.switch.as_ref().and_then(|_| self.studio.timeout());
        let agents = self.agents.iter().filter_map(Agent::timeout).min();
        [queue, switch, disk, studio, agents].into_iter().flatten().min()
    }

    /// Lets the next thing happen; false if there is none or time stands still.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next() else { return false };
        let at = at.max(self.now.mono);
        self.at_once = if at == self.now.mono { self.at_once + 1 } else { 0 };
        if self.at_once > AT_ONCE_MAX {
            self.faults.push("time stands still".to_owned());
            return false;
        }
        self.pass_to(at);
        self.happen();
        true
    }

    /// Plants a fault between the switch and the world, before it runs.
    pub fn plant(&mut self, fault: Planted) {
        self.site = fault.changes(&self.site);
        self.plant = Some(fault);
    }

    /// Whether there is a process.
    const fn is_up(&self) -> bool {
        self.is_loading || self.switch.is_some()
    }

    fn switch_timeout(&self) -> Option<Instant> {
        let at = self.switch.as_ref().and_then(Switch::timeout)?;
        Some(at + self.plant.as_ref().map_or(Duration::ZERO, Planted::withholds_time))
    }

    fn pass_to(&mut self, at: Instant) {
        self.now = self.now.after(at.since(self.now.mono));
        self.check.pass(self.now.mono);
    }
}
