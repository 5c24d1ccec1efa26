//! What one party is told names nothing of another: no address, no Call-ID, no tag, no branch, no name of a device or
//! of a session (RFC 5853 §3.1.1, topology hiding).
//!
//! Numbers and people's names are for the rules of identity. A phone is told the other bindings of its account as
//! it registers, and what a party of a trunk with `media = "direct"` describes passes as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr},
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

    /// What a text says that is another's alone, and whose that is.
    fn betrays(&self, text: &str, side: usize) -> Option<(usize, String)> {
        let address = addresses(text).find_map(|address| {
            let owners = self.addresses.get(&address).filter(|owners| !owners.contains(&side))?;
            Some((*owners.first()?, address.to_string()))
        });
        address.or_else(|| {
            let of_another = |word: &str| self.words.get(word).copied().filter(|owner| *owner != side);
            words(text).find_map(|word| Some((of_another(word)?, word.to_owned())))
        })
    }
}

impl Check {
    /// A party sends a message.
    pub(super) fn names_itself(&mut self, seen: Seen<'_>) {
        let (message, side) = (seen.message, seen.side);
        let contact = message.header(Name::Contact).filter(|_| *message.method() != Method::Register);
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        let listens = body.lines().find(|line| line.starts_with("c="));
        let said = contact.into_iter().chain(listens).flat_map(addresses).filter(|ip| !ip.is_unspecified());
        for ip in said.chain([seen.flow.remote.ip()]).filter(|ip| *ip != seen.flow.local.ip()) {
            self.apart.addresses.entry(ip).or_default().insert(side);
        }
        let is_new = message.is_request() && message.to_tag().is_none();
        let own_tag = if message.is_request() { message.from_tag() } else { message.to_tag() };
        let call_id = is_new.then(|| message.call_id());
        let branch = message.branch().filter(|_| message.is_request());
        let device = message.header(Name::UserAgent).or_else(|| message.header(Name::Server));
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
        let betrays = |text| self.apart.betrays(text, seen.side);
        if let Some((owner, word)) = betrays(head).or_else(|| betrays(body)) {
            let (call_id, what) = (seen.message.call_id(), what(seen.message));
            self.violate(seen.now, format!("{call_id}: {what} tells of {owner}: {word}"));
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '.' | '-' | '_'))
        .map(|word| word.trim_matches('.'))
}

/// The addresses in a text, of either family.
fn addresses(text: &str) -> impl Iterator<Item = IpAddr> {
    let of_v4 = words(text).filter_map(|word| word.parse().ok());
    let groups = text.split(|char: char| !char.is_ascii_hexdigit() && char != ':');
    of_v4.chain(groups.filter_map(|word| word.parse::<Ipv6Addr>().ok().map(Into::into)))
}

fn what(message: &Message) -> String {
    match message.status() {
        Some(status) => format!("{status} to {}", message.method()),
        None => message.method().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_found_wherever_they_stand() {
        for (text, found) in [
            ("c=IN IP4 10.0.0.12", &["10.0.0.12"][..]),
            ("c=IN IP6 2001:db8::7", &["2001:db8::7"]),
            ("Contact: <sip:ben@[2001:db8::7]:5062>", &["2001:db8::7"]),
            ("Via: SIP/2.0/UDP 10.0.0.11:5060;received=192.0.2.1", &["10.0.0.11", "192.0.2.1"]),
            ("Date: Tue, 24 Nov 2026 15:00:00 GMT", &[]),
        ] {
            let all: Vec<String> = addresses(text).map(|address| address.to_string()).collect();
            assert_eq!(all, found, "{text}");
        }
    }
}
