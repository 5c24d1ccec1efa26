//! How a core begins: with its site, what was drawn for it, and all tables empty until the store has loaded.

use std::{collections::HashMap, sync::Arc};

use bytes::BytesMut;
use callplan::{Site, step::Steps};
use clock::{Now, Slots, Wheel};
use sip::transaction::{Config, Layer, Timing};

use super::{Core, PAGE};
use crate::{
    identity::Identity,
    reach::{self, Reach},
    registrar::{self, Registrar},
    shared::{again::Agains, guess::Guesses, port::Ports, promise, recorded::Prompts},
    switch::{Bounds, Secrets, Settings},
    trunk::Trunks,
};

impl Core {
    /// A core to which nothing has happened.
    pub(crate) fn new(settings: Settings, secrets: Secrets, site: Arc<Site>, now: Now) -> Self {
        let Settings { listeners, neighbours, bounds, .. } = settings;
        let sockets = listeners.iter().map(|listener| (listener.transport, listener.local)).collect();
        let agent = concat!("ringplan/", env!("CARGO_PKG_VERSION")).into();
        Self {
            now,
            chance: secrets.chance,
            identity: Identity { listeners, outside: None, neighbours, agent },
            transactions: Layer::new(&transactions(bounds, secrets.transactions), now.mono),
            wheel: Wheel::new(now.mono),
            effects: Default::default(),
            outputs: Default::default(),
            ports: Ports::new(settings.media_threads),
            limits: Default::default(),
            ledger: Default::default(),
            registrar: Registrar::new(registrar::Limits::default(), secrets.registrar, now.mono),
            reach: Reach::new(reach::Limits::default(), sockets),
            callbacks: Default::default(),
            promises: promise::none(),
            trunks: Trunks::new(secrets.trunks),
            counters: Default::default(),
            site,
            sounds: settings.sounds,
            voicemail_folder: settings.voicemail_folder,
            prompts_folder: settings.prompts_folder,
            prompts: Prompts::default(),
            agains: Agains::default(),
            waiting: HashMap::new(),
            steps: Steps::default(),
            tasks: Slots::new(bounds.calls * 3),
            pointers: HashMap::new(),
            media_addresses: settings.media_addresses,
            last_call: store::CallId(0),
            lights: Default::default(),
            taken: Default::default(),
            lines: Default::default(),
            lines_at: None,
            messages: Default::default(),
            guesses: Guesses::new(&secrets.strangers),
            people: Default::default(),
            tallies: Default::default(),
            rehearsals: Default::default(),
            probes: Default::default(),
            blocked: Default::default(),
            lists: Default::default(),
            desks: Default::default(),
            reminders: Default::default(),
            keys: Default::default(),
            erred: Default::default(),
            mail_changed: Vec::new(),
            buffer: BytesMut::with_capacity(PAGE),
        }
    }
}

/// How many transactions there may be, of either kind, and by which secret they are named.
fn transactions(bounds: Bounds, hash_key: [u8; 16]) -> Config {
    let max = bounds.transactions;
    Config { clients_max: max, servers_max: max, timing: Timing::default(), hash_key }
}
