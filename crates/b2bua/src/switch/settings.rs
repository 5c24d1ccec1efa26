//! What a switch is built with.

use std::{collections::HashMap, net::IpAddr, path::Path, sync::Arc};

use callplan::Site;
use clock::{Chance, Now, Slots};

use super::{Draining, Switch, faults::Faults, flood::Flood, hosts::Hosts};
use crate::{
    auth::{self, Authenticator},
    core::Core,
    identity::{Listener, Network},
    shared::recent::Recent,
    subscription::Notifier,
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
    /// Prompts that were recorded by phone lie here.
    pub prompts_folder: Arc<Path>,
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
    /// "You have a call. To take it, press one. To decline it, press two."
    pub take_call: Arc<[u8]>,
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

/// What is drawn from the seed, and kept of the nonce key, before anything happens. Replays hang on the order of the draws.
pub(crate) struct Secrets {
    /// Tags, branches, Call-IDs and jitter.
    pub(crate) chance: Chance,
    /// Names transactions.
    pub(crate) transactions: [u8; 16],
    /// Spreads what phones are told of when to come back.
    pub(crate) registrar: Chance,
    /// Spreads what trunks are asked.
    pub(crate) trunks: Chance,
    /// Names strangers in tables, so that nobody makes them collide.
    pub(crate) strangers: [u8; 16],
}

impl Secrets {
    fn draw(settings: &Settings) -> Self {
        let mut chance = Chance::from_seed(settings.seed);
        let mut transactions = [0; 16];
        chance.fill(&mut transactions);
        let (registrar, trunks) = (fork(&mut chance), fork(&mut chance));
        let (_, strangers) = settings.nonce_key.split_last_chunk().expect("32 bytes hold 16");
        Self { chance, transactions, registrar, trunks, strangers: *strangers }
    }
}

/// A stream of its own, so that how much one machine draws changes nothing for another.
fn fork(chance: &mut Chance) -> Chance {
    let mut seed = [0; 32];
    chance.fill(&mut seed);
    Chance::from_seed(seed)
}

pub(super) fn build(settings: Settings, site: Arc<Site>, now: Now) -> Switch {
    let secrets = Secrets::draw(&settings);
    let (bounds, strangers) = (settings.bounds, secrets.strangers);
    Switch {
        legs: Slots::new(bounds.legs),
        calls: Slots::new(bounds.calls),
        authenticator: Authenticator::new(&settings.nonce_key, auth::Limits::default()),
        flood: Flood::new(&strangers),
        ended: Recent::new(ENDED_KEPT, &strangers),
        notifier: Notifier::new(now.mono, &strangers),
        hosts: Hosts::default(),
        touched: Vec::new(),
        draining: Draining::No,
        home: site.clone(),
        reminders_at: None,
        running: None,
        faults: Faults::default(),
        core: Core::new(settings, secrets, site, now),
    }
}
