//! What may go wrong for those who watch.

use sip::{Message, Method};

use super::Fault;

/// What a fault makes of a NOTIFY; `None` if it leaves it alone. Empty is lost.
#[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
pub(super) fn spoils(fault: Fault, message: &Message, text: &str, is_copy: bool) -> Option<Vec<String>> {
    if *message.method() != Method::Notify || message.status().is_some() {
        return None;
    }
    match fault {
        Fault::VersionStuck => stuck(text).map(|text| vec![text]),
        Fault::LampStale => text.contains("<state>terminated</state>").then(Vec::new),
        Fault::NotifyTwice if !is_copy => {
            Some(vec![text.to_owned(), text.replacen("z9hG4bK", "z9hG4bKx", 1)])
        }
        _ => None,
    }
}

/// The document with version 0, where its own is as short.
fn stuck(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("dialog-info\" version=\"")?;
    let (version, rest) = rest.split_once('"')?;
    (version.len() == 1).then(|| format!("{before}dialog-info\" version=\"0\"{rest}"))
}
