//! What parties are told of each other: chosen headers of the INVITEs, UPDATEs and REGISTERs that the switch sends, and
//! of its answers. Of NOTIFYs `Remote` is who talks with whoever is watched; `Transport` is what a request says it came by.

use std::fmt::Write;

use clock::Instant;
use sip::{Message, Method, Name, Status, message::Start};

use crate::{
    wire::{Entry, Way},
    world::World,
};

/// Each of these headers wherever the switch says it, a line each; of From and To without tags, which are chance.
pub(crate) fn headers(world: &World, from: Instant, names: &[String]) -> String {
    let mut text = String::new();
    for entry in world.entries() {
        let Entry::Sent { at, side, way: Way::Out, message, .. } = entry else { continue };
        if !is_telling(message) {
            continue;
        }
        let name = &world.agents()[*side].persona().name;
        let seconds = at.since(from).as_micros() as f64 / 1e6;
        if *message.method() == Method::Notify {
            for other in names.iter().filter(|name| *name == REMOTE).flat_map(|_| remotes(message)) {
                let _ = writeln!(text, "{seconds:8.3}  {name} is told {REMOTE}: {other}");
            }
            continue;
        }
        for (header, value) in names.iter().flat_map(|header| said(message, header)) {
            let _ = writeln!(text, "{seconds:8.3}  {name} is told {header}: {value}");
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// What the operator reads.
pub(crate) fn warnings(world: &World, from: Instant) -> String {
    let mut text = String::new();
    for (at, warning) in world.warned().iter().filter(|(at, _)| *at >= from) {
        let _ =
            writeln!(text, "{:8.3}  the operator reads: {warning}", at.since(from).as_micros() as f64 / 1e6);
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Each of these headers in everything that the switch sends.
pub(crate) fn everywhere(world: &World, from: Instant, names: &[String]) -> String {
    let mut text = String::new();
    for entry in world.entries() {
        let Entry::Sent { at, side, way: Way::Out, message, .. } = entry else { continue };
        let name = &world.agents()[*side].persona().name;
        let seconds = at.since(from).as_micros() as f64 / 1e6;
        let what = || match message.status() {
            Some(status) => format!("{status} {}", message.method()),
            None => message.method().to_string(),
        };
        for (header, value) in names.iter().flat_map(|header| said(message, header)) {
            let _ = writeln!(text, "{seconds:8.3}  {name} is told {header} in {}: {value}", what());
        }
        let is_text = message.header(Name::ContentType).is_some_and(|it| it.starts_with("text/plain"));
        if is_text && names.iter().any(|name| name == TEXT) {
            let body = message.body();
            let body = String::from_utf8_lossy(&body);
            let _ = writeln!(text, "{seconds:8.3}  {name} is told in {}: {body}", what());
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// What a message is about that is for people to read.
const TEXT: &str = "Text";

/// Whom the party of a dialog talks with (RFC 4235 §4.1.6.1).
const REMOTE: &str = "Remote";

fn remotes(notify: &Message) -> Vec<String> {
    let body = notify.body();
    let text = String::from_utf8_lossy(&body).into_owned();
    let identities = text.split("<identity").skip(1).filter_map(|rest| rest.split("</identity>").next());
    identities.map(|identity| identity.trim_start_matches('>').trim().replace('>', " ")).collect()
}

/// A first INVITE, the 2xx to one, an UPDATE that says who is there, a NOTIFY, a REGISTER with a carrier.
fn is_telling(message: &Message) -> bool {
    let is_first = message.is_request() && message.to_tag().is_none();
    let is_answer = message.status().is_some_and(Status::is_success);
    let is = |method| *message.method() == method;
    let names_somebody = || message.header(Name::PAssertedIdentity).is_some();
    is(Method::Invite) && (is_first || is_answer)
        || is(Method::Update) && names_somebody()
        || (is(Method::Notify) || is(Method::Register)) && message.is_request()
}

fn said<'m>(message: &'m Message, header: &'m str) -> Vec<(&'m str, &'m str)> {
    match (message.start(), header) {
        (Start::Request { uri, .. }, "Request-URI") => return vec![(header, uri)],
        (Start::Request { .. }, "Transport") => return vec![(header, message.top_via().transport)],
        _ => {}
    }
    let values = message.headers_named(header);
    values.map(|value| (header, value.split_once(";tag=").map_or(value, |(party, _)| party))).collect()
}
