//! Starts the database writer, the media threads and the signalling thread, and ties them together.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZero,
    ops::RangeInclusive,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use b2bua::{
    identity::Listener,
    shared::recorded,
    switch::{Bounds, Input, Settings, Switch},
};
use callplan::Site;
use media::thread::Disk;
use sip::flow::Transport;
use store::{
    Reply, Request, State,
    sqlite::{Handle as Store, Sender},
};
use tokio::{net::TcpListener, runtime::Handle};
use tracing::warn;

use super::{
    StartError,
    capacity::Capacity,
    reconcile::{self, Takes},
    sockets::Sockets,
};
use crate::{
    config::Place,
    entropy,
    net::{
        advertise,
        batch::Outgoing,
        dns::Resolver,
        streams::{Limits, Streams},
        tls::Tls,
    },
    signalling::{Attic, Inbox, MediaLink, Outside, Signalling, Window},
    sounds,
    time::Clocks,
    vouch::{Fetcher, Judge},
};

/// The database answers its first question within this, or something is wrong with it.
const LOAD: Duration = Duration::from_secs(60);

/// Where the store keeps what nonces are made with.
const NONCE_KEY: &str = "nonce-key";

/// Media threads at most; eight relay more than one thread signals.
const MEDIA_MAX: usize = 8;

/// What was started.
pub(super) struct Threads {
    pub(super) signalling: JoinHandle<()>,
    pub(super) window: Window,
    pub(super) keeper: Sender,
}

/// Starts them all; the caller is inside the runtime.
///
/// # Errors
/// The database can't be used, or the system refuses a thread.
pub(super) fn start(
    place: &Place,
    site: Arc<Site>,
    sockets: Sockets,
    tls: Tls,
    inbox: &Inbox,
    runtime: &Handle,
) -> Result<Threads, StartError> {
    let clocks = Clocks::start();
    let (store, state) = open_store(place, inbox)?;
    let media = start_media(&site, media_address(&sockets))?;
    let settings = settings(&site, &sockets, &media, place, nonce_key(&store, &state));
    let judge = Judge::new(Fetcher::new(tls.clone()), inbox.arrivals());
    let streams = Streams::new(Limits::default(), inbox.arrivals(), tls);
    streams.hear(&site.limits);
    for (transport, listeners) in [(Transport::Tcp, sockets.tcp), (Transport::Tls, sockets.tls)] {
        for listener in listeners {
            runtime.spawn(streams.clone().accept(TcpListener::from_std(listener)?, transport));
        }
    }
    let keeper = store.sender();
    let outside = Outside {
        sockets: sockets.udp.into_iter().map(Outgoing::by).collect(),
        streams,
        resolver: Resolver::new(inbox.arrivals()),
        judge,
        runtime: runtime.clone(),
        store,
        media,
        inbox: inbox.clone(),
        pens: HashMap::new(),
        asker: None,
    };
    let attic = Attic::open()?;
    attic.keep(&site);
    let (ready, window) = mpsc::sync_channel(1);
    let inbox = inbox.clone();
    let signalling = thread::Builder::new().name("signalling".to_owned()).spawn(move || {
        let switch = Switch::new(settings, site, clocks.now());
        match Signalling::new(clocks, switch, inbox, outside, attic) {
            Ok((signalling, window)) => {
                let _ = ready.send(Ok(window));
                signalling.run(state);
            }
            Err(error) => drop(ready.send(Err(error))),
        }
    })?;
    let window = window.recv().map_err(io::Error::other)?.map_err(io::Error::from)?;
    Ok(Threads { signalling, window, keeper })
}

/// Everything a switch is built with besides its site.
fn settings(
    site: &Site,
    sockets: &Sockets,
    media: &[MediaLink],
    place: &Place,
    nonce_key: [u8; 32],
) -> Settings {
    let advertised = |local| advertise::address(local, site.public);
    let listener = |(transport, local)| Listener { transport, local, advertised: advertised(local) };
    let bound: Vec<_> = sockets.locals().map(|(_, local)| local.ip()).collect();
    Settings {
        seed: entropy::bytes(),
        nonce_key,
        listeners: sockets.locals().map(listener).collect(),
        neighbours: advertise::neighbours(&bound, site.public).unwrap_or_else(|error| {
            warn!(
                "what networks this machine is in can't be told ({error}), so phones beside it are told the public \
                 address too: let the unit have AF_NETLINK among its RestrictAddressFamilies"
            );
            Vec::new()
        }),
        media_addresses: families(sockets).map(|ip| advertised(SocketAddr::new(ip, 0)).ip()).collect(),
        media_threads: u8::try_from(media.len()).expect("at most MEDIA_MAX"),
        voicemail_folder: place.voicemail().into(),
        prompts_folder: place.recorded().into(),
        sounds: sounds::shipped(),
        bounds: Bounds::default(),
    }
}

/// What nonces are made with: kept, so that phones need no new challenge after a restart.
fn nonce_key(store: &Store, state: &State) -> [u8; 32] {
    let kept = state.values.iter().find(|(name, _)| &**name == NONCE_KEY);
    if let Some(key) = kept.and_then(|(_, key)| key.as_ref().try_into().ok()) {
        return key;
    }
    let key = entropy::bytes();
    store.send(Request::Put(None, NONCE_KEY.into(), key.into()));
    key
}

/// Opens the database and reads what a start needs, before anything else can be asked of it.
fn open_store(place: &Place, inbox: &Inbox) -> Result<(Store, State), StartError> {
    let (first, loaded) = mpsc::channel();
    let inbox = inbox.clone();
    let store = store::sqlite::spawn(&place.database(), move |replies| {
        for reply in replies {
            match reply {
                Reply::Loaded(state) => drop(first.send(*state)),
                // A lost one is a reply that never came: who waits has a deadline.
                Reply::Committed(_) | Reply::Failed(..) | Reply::Caller(..) => {
                    let _ = inbox.reply(Input::Store(reply));
                }
            }
        }
    })?;
    let load = || {
        store.send(Request::Load);
        loaded.recv_timeout(LOAD).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))
    };
    let mut state = load()?;
    if !state.lost.is_empty() {
        // Answered after their records are committed, which tell who left a message.
        load()?;
    }
    match reconcile::takes(place)? {
        Takes::Gone(rows) if rows.is_empty() => {}
        Takes::Gone(rows) => {
            warn!("a prompt that was recorded is gone from the disk: what the config has is heard");
            rows.into_iter().for_each(|row| store.send(row));
            state.values = load()?.values;
        }
        Takes::Unread(error) => {
            warn!(
                "{} can't be read: {error}; what the config has is heard in place of prompts that were recorded, until a \
                 start finds them there",
                place.recorded().display()
            );
            state.values.retain(|(name, value)| recorded::read(name, value).is_none());
        }
    }
    let rows = reconcile::rows(place)?;
    if !rows.is_empty() {
        rows.into_iter().for_each(|row| store.send(row));
        // Answered after the rows before it are committed: whoever looks at mailboxes now finds them, and lamps
        // count them.
        state.messages = load()?.messages;
    }
    Ok((store, state))
}

/// One media thread a processor, each with ports of its own.
fn start_media(site: &Site, address: IpAddr) -> io::Result<Vec<MediaLink>> {
    let count = thread::available_parallelism().map_or(1, NonZero::get).min(MEDIA_MAX);
    let disk = Disk::spawn()?;
    let most = Capacity::measure(&site.listen.rtp).streams() / count;
    (0..)
        .zip(shares(&site.listen.rtp, count))
        .map(|(index, ports)| {
            let mut settings =
                media::thread::Settings::new(index, address, ports, entropy::bytes(), disk.clone());
            settings.most = most;
            media::thread::spawn(settings).map(MediaLink::new)
        })
        .collect()
}

/// Cuts a range of ports into equal even shares.
fn shares(range: &RangeInclusive<u16>, count: usize) -> impl Iterator<Item = RangeInclusive<u16>> {
    let (start, pairs) = (usize::from(*range.start()), range.len() / 2);
    let edge = move |share: usize| start + pairs * share / count * 2;
    let port = |port: usize| u16::try_from(port).expect("inside a range of ports");
    (0..count).map(move |share| port(edge(share))..=port(edge(share + 1) - 1))
}

/// Media is bound where SIP is: at one address if SIP keeps to one, else at all of the families that it has.
fn media_address(sockets: &Sockets) -> IpAddr {
    let mut families = families(sockets);
    match (families.next(), families.next()) {
        (Some(only), None) => only,
        (Some(_), Some(_)) => Ipv6Addr::UNSPECIFIED.into(),
        (None, _) => Ipv4Addr::UNSPECIFIED.into(),
    }
}

/// The address of each family that SIP is bound to: the one, or all.
fn families(sockets: &Sockets) -> impl Iterator<Item = IpAddr> {
    let all = [IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)];
    all.into_iter().filter_map(|all| {
        let of_family = |ip: &IpAddr| ip.is_ipv4() == all.is_ipv4();
        let mut locals = sockets.locals().map(|(_, local)| local.ip()).filter(of_family);
        let first = locals.next()?;
        Some(if locals.all(|ip| ip == first) { first } else { all })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_cover_the_range() {
        let all: Vec<_> = shares(&(16_384..=16_399), 3).collect();
        assert_eq!(all, [16_384..=16_387, 16_388..=16_393, 16_394..=16_399]);
        assert_eq!(shares(&(10_000..=10_003), 1).collect::<Vec<_>>(), [10_000..=10_003]);
    }
}
