//! What parties are told of each other: chosen headers of the INVITEs that the switch sends, and of its answers.

use std::fmt::Write;

use clock::Instant;
use sip::{Message, Method, Status, message::Start};

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
        for (header, value) in names.iter().flat_map(|header| said(message, header)) {
            let seconds = at.since(from).as_micros() as f64 / 1e6;
            let _ = writeln!(text, "{seconds:8.3}  {name} is told {header}: {value}");
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A first INVITE, or the 2xx to one.
fn is_telling(message: &Message) -> bool {
    let is_first = message.is_request() && message.to_tag().is_none();
    let is_answer = message.status().is_some_and(Status::is_success);
    *message.method() == Method::Invite && (is_first || is_answer)
}

fn said<'m>(message: &'m Message, header: &'m str) -> Vec<(&'m str, &'m str)> {
    if let (Start::Request { uri, .. }, "Request-URI") = (message.start(), header) {
        return vec![(header, uri)];
    }
    let values = message.headers_named(header);
    values.map(|value| (header, value.split_once(";tag=").map_or(value, |(party, _)| party))).collect()
}
