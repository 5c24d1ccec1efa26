//! Asking the servers of trunks whether they are there, by OPTIONS, each at its own pace.
//!
//! Holds when each is asked next and the pulse of every address it has. It knows no flow: who is due is told,
//! the switch asks at each address, and every question ends in [`Watch::ended`].

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use callplan::Site;
use clock::{Chance, Instant};
use sip::{Method, Name, message::Writer};

use super::{
    account::{FarEnd, far_ends},
    draft::{Line, random_word},
    pulse::{Pulse, Turned},
};

/// Addresses of one server that are asked.
const ADDRESSES_MAX: usize = 8;
/// The first question comes soon after the start, but not for all at once.
const FIRST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(4));

/// Names an OPTIONS under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PingId(u32);

/// All servers that are asked.
#[derive(Debug, Default)]
pub(super) struct Watch {
    servers: Vec<Watched>,
    under_way: BTreeMap<PingId, SocketAddr>,
    last: u32,
}

#[derive(Debug)]
struct Watched {
    trunk: Arc<str>,
    far_end: FarEnd,
    every: Duration,
    next: Instant,
    pulses: Vec<(SocketAddr, Pulse)>,
}

/// An address that fell silent or is back, and the trunk it is of.
pub(super) struct News {
    pub(super) trunk: Arc<str>,
    pub(super) address: SocketAddr,
    pub(super) turned: Turned,
}

impl Watch {
    /// Watches the servers of this site; those watched already go on as they are.
    pub(super) fn apply(&mut self, now: Instant, site: &Site, chance: &mut Chance) {
        let mut before = std::mem::take(&mut self.servers);
        for trunk in &site.trunks {
            let Some(every) = trunk.ping else { continue };
            for far_end in far_ends(trunk) {
                if self.servers.iter().any(|it| it.far_end == far_end) {
                    continue;
                }
                let kept = before.iter().position(|it| it.far_end == far_end && it.every == every);
                let (next, pulses) = match kept.map(|index| before.remove(index)) {
                    Some(kept) => (kept.next, kept.pulses),
                    None => (now + chance.between(FIRST.0, FIRST.1), Vec::new()),
                };
                self.servers.push(Watched { trunk: trunk.name.clone(), far_end, every, next, pulses });
            }
        }
    }

    /// Watches nobody any more.
    pub(super) fn end(&mut self) {
        self.servers.clear();
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.servers.iter().map(|it| it.next).min()
    }

    /// The servers that are to be asked now. The next time is a tenth sooner or later, so that a thousand
    /// switches started by one power cut do not ask in one voice.
    pub(super) fn due(&mut self, now: Instant, chance: &mut Chance) -> Vec<FarEnd> {
        let mut due = Vec::new();
        for server in self.servers.iter_mut().filter(|it| it.next <= now) {
            server.next = now + chance.between(server.every * 9 / 10, server.every * 11 / 10);
            due.push(server.far_end.clone());
        }
        due
    }

    /// The server has these addresses; what is known of others is forgotten. Gives an id for each to be asked.
    pub(super) fn begin(&mut self, far_end: &FarEnd, addresses: &[SocketAddr]) -> Vec<(PingId, SocketAddr)> {
        let Some(server) = self.servers.iter_mut().find(|it| it.far_end == *far_end) else {
            return Vec::new();
        };
        server.pulses.retain(|(address, _)| addresses.contains(address));
        let mut asked = Vec::new();
        for address in addresses.iter().take(ADDRESSES_MAX) {
            if !server.pulses.iter().any(|(known, _)| known == address) {
                server.pulses.push((*address, Pulse::Unheard));
            }
            self.last = self.last.wrapping_add(1);
            self.under_way.insert(PingId(self.last), *address);
            asked.push((PingId(self.last), *address));
        }
        asked
    }

    /// Who is asked by this question.
    pub(super) fn asked(&self, id: PingId) -> Option<&FarEnd> {
        let address = self.under_way.get(&id)?;
        let is_of = |it: &&Watched| it.pulses.iter().any(|(at, _)| at == address);
        self.servers.iter().find(is_of).map(|it| &it.far_end)
    }

    /// A question ended. Where one address serves several trunks, its first pulse stands for all.
    pub(super) fn ended(&mut self, id: PingId, is_answered: bool) -> Option<News> {
        let address = self.under_way.remove(&id)?;
        let server = self.servers.iter_mut().find(|it| it.pulses.iter().any(|(at, _)| *at == address))?;
        let (_, pulse) = server.pulses.iter_mut().find(|(at, _)| *at == address)?;
        let turned = pulse.beat(is_answered)?;
        Some(News { trunk: server.trunk.clone(), address, turned })
    }

    /// Whether `address` answers.
    pub(super) fn is_heard(&self, address: SocketAddr) -> bool {
        let mut pulses = self.servers.iter().flat_map(|it| &it.pulses);
        pulses.any(|(at, pulse)| *at == address && matches!(pulse, Pulse::Up { .. }))
    }

    /// The addresses that are down.
    pub(super) fn down(&self) -> impl Iterator<Item = SocketAddr> {
        let pulses = self.servers.iter().flat_map(|it| &it.pulses);
        pulses.filter(|(_, pulse)| pulse.is_down()).map(|(address, _)| *address)
    }
}

/// Writes the OPTIONS (RFC 3261 §11.1).
pub fn write_ping(far_end: &FarEnd, line: Line, chance: &mut Chance, out: &mut BytesMut) -> Bytes {
    let Line { transport, sent_by, branch } = line;
    let uri = format!("sip:{}", far_end.authority());
    let mut writer = Writer::request(out, &Method::Options, &uri)
        .header(Name::Via, format_args!("SIP/2.0/{transport} {sent_by};rport;branch={branch}"))
        .header(Name::MaxForwards, 70)
        .header(Name::From, format_args!("<sip:{sent_by}>;tag={}", random_word(chance)))
        .header(Name::To, format_args!("<{uri}>"))
        .header(Name::CallId, random_word(chance))
        .header(Name::CSeq, format_args!("1 {}", Method::Options))
        .header(Name::Contact, format_args!("<sip:{sent_by}>"))
        .header(Name::Accept, "application/sdp");
    if let Some(route) = &far_end.route {
        writer = writer.header(Name::Route, route);
    }
    writer.end()
}
