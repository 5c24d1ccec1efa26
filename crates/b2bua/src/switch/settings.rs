//! What a switch is built with.

use std::{collections::HashMap, net::IpAddr, path::Path, sync::Arc};

use bytes::BytesMut;
use callplan::{Site, step::Steps};
use clock::{Chance, Now, Slots, Wheel};
use sip::transaction::{Config, Layer, Timing};

use super::{Draining, Switch, faults::Faults, flood::Flood, hosts::Hosts};
use crate::{
    auth::{self, Authenticator},
    core::{Core, PAGE},
    counters::Counters,
    identity::{Identity, Listener, Network},
    reach::{self, Reach},
    registrar::{self, Registrar},
    shared::{
        blocked::Blocked, desks::Desks, guess::Guesses, keys::Keys, limit::Limits, messages::Messages,
        people::People, port::Ports, promise, recent::Recent, reminders::Reminders, slots::Taken,
        tally::Tallies,
    },
    subscription::{Lights, Notifier},
    trunk::Trunks,
};

/// Dialogs that are remembered while copies of their answers may still come, at a thousand calls a second.
const ENDED_KEPT: usize = 32_768;

/// Everything that is not the site.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Tags, branches, Call-IDs and jitter follow from it: never the same twice outside a simulation.
    pub seed: [u8; 32],
    /// Makes nonces; kept over restarts, so that phones need no new challenge after one.
    pub nonce_key: [u8; 32],
    /// Sockets, as bound and as advertised.
    pub listeners: Vec<Listener>,
    /// Networks whose hosts are told our address there, whatever others are told.
    pub neighbours: Vec<Network>,
    /// The addresses that parties are told to send media to, one a family.
    pub media_addresses: Vec<IpAddr>,
    /// Media threads.
    pub media_threads: u8,
    /// Messages lie below, a folder for each mailbox.
    pub voicemail_folder: Arc<Path>,
    /// Prompts that come with the switch.
    pub sounds: Sounds,
    /// Slots.
    pub bounds: Bounds,
}

/// Prompts that come with the switch, as WAV.
#[derive(Clone, Debug)]
pub struct Sounds {
    /// "Please leave a message after the tone."
    pub leave_message: Arc<[u8]>,
    /// "Goodbye."
    pub goodbye: Arc<[u8]>,
    /// What is said to who listens to messages, by the names of [`Phrase`](super::Phrase); what is missing is not said.
    pub words: HashMap<&'static str, Arc<[u8]>>,
}

/// How many of each there may be; beyond, new calls are refused with 503.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Calls.
    pub calls: usize,
    /// Legs.
    pub legs: usize,
    /// Transactions of either kind.
    pub transactions: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { calls: 50_000, legs: 150_000, transactions: 200_000 }
    }
}

pub(super) fn build(settings: Settings, site: Arc<Site>, now: Now) -> Switch {
    let Settings {
        seed,
        nonce_key,
        listeners,
        neighbours,
        media_addresses,
        media_threads,
        voicemail_folder,
        sounds,
        bounds,
    } = settings;
    let (_, flood_secret) = nonce_key.split_last_chunk().expect("32 bytes hold 16");
    let mut chance = Chance::from_seed(seed);
    let fork = |chance: &mut Chance| {
        let mut seed = [0; 32];
        chance.fill(&mut seed);
        Chance::from_seed(seed)
    };
    let mut hash_key = [0; 16];
    chance.fill(&mut hash_key);
    let config = Config {
        clients_max: bounds.transactions,
        servers_max: bounds.transactions,
        timing: Timing::default(),
        hash_key,
    };
    let sockets = listeners.iter().map(|listener| (listener.transport, listener.local)).collect();
    let (registrar_chance, trunk_chance) = (fork(&mut chance), fork(&mut chance));
    let notifier = Notifier::new(now.mono, flood_secret);
    let home = site.clone();
    let core = Core {
        now,
        chance,
        identity: Identity {
            listeners,
            outside: None,
            neighbours,
            agent: concat!("ringplan/", env!("CARGO_PKG_VERSION")).into(),
        },
        transactions: Layer::new(&config, now.mono),
        wheel: Wheel::new(now.mono),
        effects: Default::default(),
        outputs: Default::default(),
        ports: Ports::new(media_threads),
        limits: Limits::default(),
        ledger: Default::default(),
        registrar: Registrar::new(registrar::Limits::default(), registrar_chance, now.mono),
        reach: Reach::new(reach::Limits::default(), sockets),
        callbacks: Default::default(),
        promises: promise::none(),
        trunks: Trunks::new(trunk_chance),
        counters: Counters::default(),
        site,
        sounds,
        voicemail_folder,
        waiting: HashMap::new(),
        steps: Steps::default(),
        tasks: Slots::new(bounds.calls * 3),
        pointers: HashMap::new(),
        media_addresses,
        last_call: store::CallId(0),
        lights: Lights::default(),
        taken: Taken::default(),
        messages: Messages::default(),
        guesses: Guesses::new(flood_secret),
        people: People::default(),
        tallies: Tallies::default(),
        blocked: Blocked::default(),
        desks: Desks::default(),
        reminders: Reminders::default(),
        keys: Keys::default(),
        erred: Default::default(),
        mail_changed: Vec::new(),
        buffer: BytesMut::with_capacity(PAGE),
    };
    Switch {
        core,
        legs: Slots::new(bounds.legs),
        calls: Slots::new(bounds.calls),
        authenticator: Authenticator::new(&nonce_key, auth::Limits::default()),
        flood: Flood::new(flood_secret),
        ended: Recent::new(ENDED_KEPT, flood_secret),
        notifier,
        hosts: Hosts::default(),
        touched: Vec::new(),
        draining: Draining::No,
        home,
        reminders_at: None,
        running: None,
        faults: Faults::default(),
    }
}
