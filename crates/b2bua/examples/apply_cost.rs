//! Prints what an apply of 10,000 numbers costs the signalling thread: to take the new site up. Reading and checking it,
//! and giving the old one back, are other threads'.
//!
//! `cargo run --release -p b2bua --example apply_cost`
#![expect(clippy::disallowed_methods, reason = "it measures how long the core takes")]

#[path = "../../callplan/examples/large/mod.rs"]
mod large;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use b2bua::{
    identity::Listener,
    switch::{Bounds, Control, Input, Settings, Sounds, Switch},
};
use callplan::{Site, load};
use clock::Now;
use large::large;
use sip::flow::Transport;
use store::Reply;

const APPLIES: u32 = 50;

fn site() -> (Arc<Site>, Duration) {
    let (sources, files) = large(10_000, 2_000);
    let began = Instant::now();
    let (site, _) = load(&sources, &files).unwrap_or_else(|findings| panic!("{}", findings[0]));
    (Arc::new(site), began.elapsed())
}

fn settings() -> Settings {
    let local = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 200), 5060));
    Settings {
        seed: [0; 32],
        nonce_key: [7; 32],
        listeners: vec![Listener { transport: Transport::Udp, local, advertised: local }],
        neighbours: Vec::new(),
        media_addresses: vec![local.ip()],
        media_threads: 1,
        voicemail_folder: Path::new("voicemail").into(),
        prompts_folder: Path::new("prompts").into(),
        sounds: Sounds {
            leave_message: [].into(),
            goodbye: [].into(),
            take_call: [].into(),
            words: HashMap::new(),
        },
        bounds: Bounds::default(),
    }
}

fn main() {
    let now = Now::default();
    let (first, _) = site();
    let mut switch = Switch::new(settings(), first.clone(), now);
    let mut before = first;
    let mut took = Vec::new();
    let mut read = Duration::ZERO;
    let takes = |switch: &mut Switch, input: Input| {
        let began = Instant::now();
        switch.handle(now, input);
        while switch.poll().is_some() {}
        began.elapsed()
    };
    takes(&mut switch, Input::Store(Reply::Loaded(Box::default())));
    for _ in 0..APPLIES {
        let (next, lasted) = site();
        read = read.max(lasted);
        took.push(takes(&mut switch, Input::Control(Control::Apply(next.clone()))));
        // The one before is given back here, as the daemon's attic does.
        before = next;
    }
    drop(before);
    took.sort_unstable();
    println!(
        "{APPLIES} applies of 10,000 numbers and 2,000 people: read and checked in {read:.1?} at most; the signalling \
         thread stands still for {:.2?} in the middle, {:.2?} at most",
        took[took.len() / 2],
        took[took.len() - 1]
    );
}
