//! What one party is told names nothing of another: no address, no Call-ID, no tag, no branch, no name of a device or
//! of a session (RFC 5853 §3.1.1, topology hiding).
//!
//! Numbers and people's names are for the rules of identity. A phone is told the other bindings of its account as
//! it registers, and what a party of a trunk with `media = "direct"` describes passes as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use callplan::{MediaMode, Site};
use sip::{Message, Method, Name};

use super::{Check, seen::Seen};

/// What each party named itself by.
#[derive(Debug, Default)]
pub(super) struct Apart {
    words: BTreeMap<Arc<str>, usize>,
    addresses: BTreeMap<IpAddr, BTreeSet<usize>>,
    /// Parties whose descriptions pass as they are.
    direct: BTreeSet<usize>,
}

/// Shorter words may be said by anybody.
const WORD_MIN: usize = 10;

impl Apart {
    pub(super) fn of(site: &Site) -> Self {
        let trunks = site.trunks.iter().enumerate();
        let direct = trunks.filter(|(_, trunk)| trunk.media == MediaMode::Direct);
        Self { direct: direct.map(|(at, _)| site.phones.len() + at).collect(), ..Self::default() }
    }

    /// Whose it is, if it is another's alone.
    fn owner(&self, word: &str, side: usize) -> Option<usize> {
        if let Ok(address) = word.parse::<IpAddr>() {
            let owners = self.addresses.get(&address)?;
            return if owners.contains(&side) { None } else { owners.first().copied() };
        }
        self.words.get(word).copied().filter(|owner| *owner != side)
    }
}

impl Check {
    /// A party sends a message.
    pub(super) fn names_itself(&mut self, seen: Seen<'_>) {
        let (message, side) = (seen.message, seen.side);
        let contact = message.header(Name::Contact).filter(|_| *message.method() != Method::Register);
        let said = contact.into_iter().flat_map(words).filter_map(|word| word.parse().ok());
        for ip in said.chain([seen.flow.remote.ip()]).filter(|ip| *ip != seen.flow.local.ip()) {
            self.apart.addresses.entry(ip).or_default().insert(side);
        }
        let is_new = message.is_request() && message.to_tag().is_none();
        let own_tag = if message.is_request() { message.from_tag() } else { message.to_tag() };
        let call_id = is_new.then(|| message.call_id());
        let branch = message.branch().filter(|_| message.is_request());
        let device = message.header(Name::UserAgent).or_else(|| message.header(Name::Server));
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        let session = body.lines().find_map(|line| line.strip_prefix("o="));
        let session = session.into_iter().flat_map(|line| line.split(' ').take(2));
        let own = own_tag.into_iter().chain(call_id).chain(branch).chain(device).chain(session);
        for word in own.flat_map(words).filter(|word| word.len() >= WORD_MIN) {
            self.apart.words.entry(word.into()).or_insert(side);
        }
    }

    /// The switch sends a message.
    pub(super) fn judge_apart(&mut self, seen: Seen<'_>) {
        if *seen.message.method() == Method::Register {
            return;
        }
        let text = String::from_utf8_lossy(seen.message.raw()).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let body = if self.apart.direct.contains(&seen.side) { "" } else { body };
        let told = words(head).chain(words(body)).find_map(|word| {
            let owner = self.apart.owner(word, seen.side)?;
            Some(format!("{}: {} tells of {owner}: {word}", seen.message.call_id(), what(seen.message)))
        });
        if let Some(told) = told {
            self.violate(seen.now, told);
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '.' | '-' | '_'))
        .map(|word| word.trim_matches('.'))
}

fn what(message: &Message) -> String {
    match message.status() {
        Some(status) => format!("{status} to {}", message.method()),
        None => message.method().to_string(),
    }
}
