//! Putting a world together.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use b2bua::{
    identity::Listener,
    switch::{Bounds, Settings, Sounds},
};
use callplan::Site;
use clock::{Chance, Instant, Now, Wall};
use sip::flow::{Flow, Transport};
use store::memory::Memory;

use super::{Arrival, NameServer, Named, SWITCH, World, streams::Streams};
use crate::{
    agent::{Agent, InDialog, Persona, Proxy, Role, Skill},
    authority::Authority,
    check::Check,
    site,
    studio::Studio,
    wire::{Network, Weather},
};

/// How a site's phones and carriers behave, where that is not the usual.
#[derive(Clone, Debug)]
pub struct Cast {
    /// When the run begins.
    pub wall: Wall,
    /// Phones on TCP.
    pub on_tcp: Vec<String>,
    /// Phones behind NAT.
    pub behind_nat: Vec<String>,
    /// Phones whose account is used by a second device, on UDP; it comes after phones and carriers, and its
    /// name ends in `-2`.
    pub doubled: Vec<String>,
    /// Carriers that challenge.
    pub challenging: Vec<String>,
    /// Parties whose Contact is another port than they speak from.
    pub on_other_port: Vec<String>,
    /// Carriers behind a proxy that stays in the route, and what kind.
    pub proxied: Vec<(String, Proxying)>,
    /// What parties can beyond the usual, by name.
    pub skills: Vec<(String, Skill)>,
    /// Names that lead to parties, besides those of the config.
    pub zone: Vec<Named>,
    /// How the name server does at the start.
    pub name_server: NameServer,
    /// RTP ports.
    pub ports: u16,
}

/// What a proxy writes into Record-Route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxying {
    /// An address, `lr`.
    Loose,
    /// An address without `lr`, as before RFC 3261.
    Strict,
    /// A name, `lr`.
    Named,
}

impl Default for Cast {
    /// Tuesday, 24 November 2026, 15:00 UTC.
    fn default() -> Self {
        Self {
            wall: Wall::from_unix_micros(1_795_532_400_000_000),
            on_tcp: Vec::new(),
            behind_nat: Vec::new(),
            doubled: Vec::new(),
            challenging: Vec::new(),
            on_other_port: Vec::new(),
            proxied: Vec::new(),
            skills: Vec::new(),
            zone: Vec::new(),
            name_server: NameServer::Up,
            ports: 400,
        }
    }
}

pub(super) fn build(site: Arc<Site>, cast: &Cast, seed: u64, weather: Weather) -> World {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut chance = Chance::from_seed(bytes);
    let now = Now { mono: Instant::ZERO, wall: cast.wall };
    let agents = agents(&site, cast, &mut chance, now);
    let mut seed = [0; 32];
    chance.fill(&mut seed);
    let check = Check::of(&site, cast.wall);
    let mut world = World {
        now,
        site,
        later: None,
        applied: 0,
        settings: settings(),
        switch: None,
        store: Memory::new(),
        studio: Studio::default(),
        ports: cast.ports,
        network: Network::new(Chance::from_seed(seed), weather),
        name_server: cast.name_server,
        zone: cast.zone.clone(),
        agents,
        queue: BTreeMap::new(),
        turn: 0,
        at_once: 0,
        streams: Streams::default(),
        starts: 0,
        is_loading: false,
        chance,
        entries: Vec::new(),
        faults: Vec::new(),
        warned: Vec::new(),
        is_drained: false,
        check,
        authority: Authority::new(),
        recordings: 0,
        plant: None,
    };
    for agent in 0..world.agents.len() {
        if world.agents[agent].persona().flow.transport != Transport::Udp {
            world.connect(agent);
        }
    }
    world.enqueue(Instant::ZERO, Arrival::Start);
    world
}

fn settings() -> Settings {
    let listener = |transport| Listener { transport, local: SWITCH, advertised: SWITCH };
    Settings {
        seed: [0; 32],
        nonce_key: [7; 32],
        listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
        neighbours: Vec::new(),
        media_addresses: vec![SWITCH.ip()],
        media_threads: 1,
        voicemail_folder: std::path::Path::new("voicemail").into(),
        prompts_folder: std::path::Path::new("prompts").into(),
        sounds: Sounds {
            leave_message: site::prompt(2_500),
            goodbye: site::prompt(1_500),
            take_call: site::prompt(4_500),
            words: site::words(),
        },
        bounds: Bounds { calls: 1_000, legs: 3_000, transactions: 10_000 },
    }
}

/// A party for each phone and each trunk of the site, in the order of the config.
fn agents(site: &Site, cast: &Cast, chance: &mut Chance, now: Now) -> Vec<Agent> {
    let mut seed = || {
        let mut seed = [0; 32];
        chance.fill(&mut seed);
        seed
    };
    let mut agents = Vec::new();
    for (index, phone) in site.phones.iter().enumerate() {
        let last = u8::try_from(10 + index).expect("a small site");
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), 5060);
        let on_tcp = cast.on_tcp.iter().any(|name| **name == *phone.name);
        let behind_nat = cast.behind_nat.iter().any(|name| **name == *phone.name);
        let inside = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 168, 1, last)), 5062);
        let transport = if on_tcp { Transport::Tcp } else { Transport::Udp };
        let (contact, in_dialog) = in_dialog(cast, &phone.name, address);
        let persona = Persona {
            name: phone.name.clone(),
            role: Role::Phone { password: site::password(&phone.name) },
            user: phone.name.clone(),
            domain: site.domain.clone(),
            contact: if behind_nat { inside } else { contact },
            is_listening: false,
            in_dialog,
            flow: Flow { transport, local: address, remote: SWITCH, connection: 0 },
            seed: seed(),
        };
        agents.push(Agent::new(persona, now.mono));
    }
    for (index, trunk) in site.trunks.iter().enumerate() {
        let last = u8::try_from(1 + index).expect("a small site");
        let ip = trunk.host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::new(10, 0, 2, last)));
        let usual = if trunk.transport == Some(callplan::Transport::Tls) { 5061 } else { 5060 };
        let address = SocketAddr::new(ip, trunk.port.unwrap_or(usual));
        let transport = match trunk.transport.unwrap_or_default() {
            callplan::Transport::Udp => Transport::Udp,
            callplan::Transport::Tcp => Transport::Tcp,
            callplan::Transport::Tls => Transport::Tls,
        };
        let (contact, in_dialog) = in_dialog(cast, &trunk.name, address);
        let persona = Persona {
            name: trunk.name.strip_prefix("agent:").map_or_else(|| trunk.name.clone(), Into::into),
            role: Role::Carrier { challenges: cast.challenging.iter().any(|name| **name == *trunk.name) },
            user: "+12025550142".into(),
            domain: trunk.host.clone(),
            contact,
            is_listening: true,
            in_dialog,
            flow: Flow { transport, local: address, remote: SWITCH, connection: 0 },
            seed: seed(),
        };
        agents.push(Agent::new(persona, now.mono));
    }
    let seconds = cast.doubled.iter().enumerate();
    agents.extend(seconds.map(|(index, phone)| second_device(site, phone, index, seed(), now)));
    for agent in &mut agents {
        let own = cast.skills.iter().find(|(name, _)| **name == *agent.persona().name);
        if let Some((_, skill)) = own {
            agent.learns(*skill);
        }
    }
    agents
}

/// Another device that uses a phone's account.
fn second_device(site: &Site, phone: &str, index: usize, seed: [u8; 32], now: Now) -> Agent {
    let last = u8::try_from(10 + index).expect("a small site");
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 3, last)), 5060);
    let persona = Persona {
        name: format!("{phone}-2").into(),
        role: Role::Phone { password: site::password(phone) },
        user: phone.into(),
        domain: site.domain.clone(),
        contact: address,
        is_listening: false,
        in_dialog: None,
        flow: Flow { transport: Transport::Udp, local: address, remote: SWITCH, connection: 0 },
        seed,
    };
    Agent::new(persona, now.mono)
}

/// The Contact of a party that speaks from `address`, and where it takes requests on a dialog.
fn in_dialog(cast: &Cast, name: &str, address: SocketAddr) -> (SocketAddr, Option<InDialog>) {
    let contact = SocketAddr::new(address.ip(), address.port() + 30);
    if cast.on_other_port.iter().any(|it| it == name) {
        return (contact, Some(InDialog { at: contact, proxy: None }));
    }
    let Some((_, proxying)) = cast.proxied.iter().find(|(it, _)| it == name) else { return (address, None) };
    let at = SocketAddr::new(address.ip(), address.port() + 10);
    let host = format!("edge.{name}.example");
    let proxy = match proxying {
        Proxying::Loose => Proxy { uri: format!("sip:{at};lr"), host: None },
        Proxying::Strict => Proxy { uri: format!("sip:{at}"), host: None },
        Proxying::Named => {
            Proxy { uri: format!("sip:{host}:{};lr", at.port()), host: Some(host.as_str().into()) }
        }
    };
    (contact, Some(InDialog { at, proxy: Some(proxy) }))
}
