//! The bodies of answers: what the HTTP API shows of the switch.

use std::collections::BTreeMap;

use callplan::Site;
use clock::Wall;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::Voicemail;

use crate::config::Place;

/// Every mailbox that has a name or a message.
pub(crate) fn mailboxes(site: Option<&Site>, messages: &[Voicemail]) -> Value {
    let names = site.into_iter().flat_map(|site| &site.mailboxes).map(|mailbox| &*mailbox.name);
    let mut boxes: BTreeMap<&str, Vec<&Voicemail>> = names.map(|name| (name, Vec::new())).collect();
    for message in messages {
        boxes.entry(&message.mailbox).or_default().push(message);
    }
    let shape = |(name, messages): (&str, Vec<&Voicemail>)| {
        json!({
            "name": name,
            "messages": messages.len(),
            "seconds": messages.iter().map(|message| u64::from(message.lasted_ms)).sum::<u64>() / 1_000,
            "last": messages.last().map(|message| time(message.at)),
        })
    };
    boxes.into_iter().map(shape).collect()
}

/// Messages, with their files.
pub(crate) fn messages<'a>(place: &Place, messages: impl Iterator<Item = &'a Voicemail>) -> Value {
    let shape = |message: &Voicemail| {
        json!({
            "call": format!("{:x}", message.call.0),
            "mailbox": &*message.mailbox,
            "at": time(message.at),
            "from": &*message.from,
            "seconds": f64::from(message.lasted_ms) / 1_000.0,
            "file": place.voicemail().join(&*message.mailbox).join(&*message.file).display().to_string(),
            "note": if message.interrupted { "interrupted" } else { "" },
        })
    };
    messages.map(shape).collect()
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn time(at: Wall) -> String {
    Timestamp::from_second(at.unix_seconds()).map_or_else(|_| "-".to_owned(), |at| at.to_string())
}
