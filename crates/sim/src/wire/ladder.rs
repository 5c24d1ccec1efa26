//! What was sent, drawn as a ladder: a column for each party, the switch behind the first of them.

use std::fmt::Write;

use clock::Instant;
use sip::{Message, Method, Name, header::NameAddr, message::Start};
use smallvec::SmallVec;

use super::Way;
use crate::agent::fragment;

/// What became of a message.
pub type Fate = SmallVec<[Instant; 2]>;

/// Which column, counted from 0; not the switch's.
pub type Side = usize;

/// One row.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A message between a party and the switch.
    Sent {
        /// When.
        at: Instant,
        /// Whose.
        side: Side,
        /// Which way.
        way: Way,
        /// What.
        message: Message,
        /// When its copies arrive.
        fate: Fate,
    },
    /// Something that happened beside the messages.
    Said {
        /// When.
        at: Instant,
        /// What.
        text: String,
    },
}

/// Columns to be drawn, and how.
#[derive(Clone, Debug)]
pub struct Ladder<'a> {
    /// Names of the parties, by side.
    pub names: Vec<&'a str>,
    /// Time zero of the drawing.
    pub from: Instant,
    /// How long a message takes if nothing is said about it.
    pub usual: std::time::Duration,
}

/// From one lifeline to the next.
const GAP: usize = 35;
/// Where the first lifeline stands.
const LEFT: usize = 12;

impl Ladder<'_> {
    /// Draws the rows; parties have their columns in the order they come in, and none without a message.
    pub fn draw(&self, entries: &[Entry]) -> String {
        let used = by_appearance(entries);
        let columns = used.len() + 1;
        let mut text = String::new();
        let mut heads = vec![' '; LEFT + GAP * (columns - 1)];
        for (column, name) in self.heads(&used) {
            centre(&mut heads, LEFT + GAP * column, name);
        }
        push_line(&mut text, &heads);
        for entry in entries {
            match entry {
                Entry::Sent { at, side, way, message, fate } => {
                    let place = used.iter().position(|used| used == side).expect("a side that sent is used");
                    let row = self.row(columns, place, *way, &label(message), fate.is_empty());
                    let mut row: String = row.into_iter().collect();
                    row.replace_range(..8, &self.time(*at));
                    let late = fate.iter().filter(|arrives| **arrives != *at + self.usual);
                    for arrives in late {
                        let _ = write!(row, "  arrives {}", self.time(*arrives).trim());
                    }
                    text.push_str(row.trim_end());
                    text.push('\n');
                }
                Entry::Said { at, text: said } => {
                    let _ = writeln!(text, "{}  * {said}", self.time(*at));
                }
            }
        }
        text
    }

    fn heads<'s>(&'s self, used: &'s [Side]) -> impl Iterator<Item = (usize, &'s str)> {
        let parties = used.iter().enumerate().map(|(place, side)| (column_of(place), self.names[*side]));
        parties.chain([(SWITCH, "switch")])
    }

    fn time(&self, at: Instant) -> String {
        let micros = at.since(self.from).as_micros();
        format!("{:8.3}", micros as f64 / 1e6)
    }

    fn row(&self, columns: usize, place: usize, way: Way, label: &str, is_lost: bool) -> Vec<char> {
        let mut row = vec![' '; LEFT + GAP * (columns - 1) + 1];
        for column in 0..columns {
            row[LEFT + GAP * column] = '|';
        }
        let (party, switch) = (LEFT + GAP * column_of(place), LEFT + GAP * SWITCH);
        let (from, to) = if way == Way::In { (party, switch) } else { (switch, party) };
        let (least, most) = (from.min(to), from.max(to));
        row[least + 1..most].fill('-');
        let (head, at) = if to > from { ('>', most - 1) } else { ('<', least + 1) };
        row[at] = if is_lost { 'x' } else { head };
        // The words stand at the party's own end of a long arrow.
        let middle = if party < switch { party + GAP / 2 + 1 } else { party - GAP / 2 };
        centre(&mut row, middle, &format!(" {label} "));
        row
    }
}

/// The switch stands behind the first party.
const SWITCH: usize = 1;

const fn column_of(place: usize) -> usize {
    if place == 0 { 0 } else { place + 1 }
}

fn by_appearance(entries: &[Entry]) -> Vec<Side> {
    let mut used = Vec::new();
    for entry in entries {
        if let Entry::Sent { side, .. } = entry
            && !used.contains(side)
        {
            used.push(*side);
        }
    }
    used
}

fn centre(row: &mut Vec<char>, middle: usize, text: &str) {
    let length = text.chars().count();
    let start = middle.saturating_sub(length / 2);
    if row.len() < start + length {
        row.resize(start + length, ' ');
    }
    for (offset, char) in text.chars().enumerate() {
        row[start + offset] = char;
    }
}

fn push_line(text: &mut String, row: &[char]) {
    let line: String = row.iter().collect();
    text.push_str(line.trim_end());
    text.push('\n');
}

/// A message in a few words: what it is, its CSeq, whether it describes media, why it says it comes.
pub fn label(message: &Message) -> String {
    let number = message.cseq().number;
    let (method, is_invite) = (message.method(), *message.method() == Method::Invite);
    let mut text = match message.start() {
        Start::Request { uri, .. } if is_invite && message.to_tag().is_none() => {
            format!("INVITE {} #{number}", user_of(uri, message))
        }
        Start::Request { .. } if is_invite => format!("reINVITE #{number}"),
        Start::Request { .. } => format!("{method} #{number}"),
        Start::Response { status, .. } if is_invite => format!("{status} #{number}"),
        Start::Response { status, .. } => format!("{status} {method} #{number}"),
    };
    if matches!(method, Method::Subscribe | Method::Notify) {
        push_watched(&mut text, message);
    } else {
        text.push_str(described(&message.body()));
        push_formats(&mut text, &message.body());
    }
    let takes_place = message.header(Name::Replaces).is_some();
    if takes_place || message.header(Name::ReferTo).is_some_and(|to| to.contains("Replaces=")) {
        text.push_str(" replaces");
    }
    if message.header(Name::RSeq).is_some() {
        text.push_str(" 100rel");
    }
    if let Some(expires) = message.header(Name::SessionExpires) {
        let _ = write!(text, " {}", expires.replace(";refresher=", "s "));
    }
    if let Some(least) = message.header(Name::MinSe).filter(|_| message.status().is_some()) {
        let _ = write!(text, " least {least}s");
    }
    if is_invite && message.max_forwards() == Some(0) {
        text.push_str(" last hop");
    }
    if let Some(reason) = message.header(Name::Reason) {
        let cause = reason.split("cause=").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or("?");
        let _ = write!(text, " ({cause})");
    }
    text
}

/// What a SUBSCRIBE wants, for how long, and what a NOTIFY says of it.
fn push_watched(text: &mut String, message: &Message) {
    if message.status().is_none() {
        let event = message.header(Name::Event).unwrap_or_default();
        let _ = write!(text, " {event}");
    }
    if message.status().is_none() && message.to_tag().is_none() {
        let of = message.request_uri().and_then(|uri| uri.user()).unwrap_or_default();
        let _ = write!(text, " of {of}");
    }
    if let Some(status) = fragment(message) {
        let _ = write!(text, " {}", status.code());
    }
    if let Some(expires) = message.header(Name::Expires) {
        let _ = write!(text, " {expires}s");
    }
    if let Some(least) = message.header(Name::MinExpires) {
        let _ = write!(text, " least {least}s");
    }
    let body = String::from_utf8_lossy(&message.body()).into_owned();
    for state in between(&body, "<state>", "<") {
        let _ = write!(text, " {state}");
    }
    for basic in between(&body, "<basic>", "<").chain(between(&body, "<rpid:", "/>")) {
        let _ = write!(text, " {basic}");
    }
    for count in between(&body, "Voice-Message: ", " ") {
        let _ = write!(text, " {count}");
    }
    let standing = message.header(Name::SubscriptionState).unwrap_or_default();
    if let Some(reason) = standing.strip_prefix("terminated;reason=") {
        let _ = write!(text, " ({reason})");
    }
}

/// Every text between two marks that has no mark in it.
fn between<'t>(text: &'t str, before: &'static str, after: &'static str) -> impl Iterator<Item = &'t str> {
    let rest = text.split(before).skip(1);
    rest.filter_map(move |rest| rest.split(after).next()).filter(|word| !word.contains(['<', '>']))
}

/// Whom a new INVITE calls, by To: the switch's contacts are addresses.
fn user_of<'m>(uri: &'m str, message: &'m Message) -> &'m str {
    let to = message.header(Name::To).and_then(|to| NameAddr::parse(to).ok()).and_then(|to| to.uri.user());
    to.unwrap_or(uri)
}

/// What a body says about media, where it is more than the usual.
fn described(body: &[u8]) -> &'static str {
    let has = |line: &str| body.windows(line.len()).any(|window| window == line.as_bytes());
    match () {
        () if body.is_empty() => "",
        () if !has("v=0") => " text",
        () if has("a=sendonly") => " sdp sendonly",
        () if has("a=recvonly") => " sdp recvonly",
        () if has("a=inactive") => " sdp inactive",
        () if has("c=IN IP4 0.0.0.0") => " sdp 0.0.0.0",
        () => " sdp",
    }
}

/// The formats for sound of a description, where they are not those of everybody, with or without G.722 behind them.
fn push_formats(text: &mut String, body: &[u8]) {
    let body = String::from_utf8_lossy(body);
    let line = body.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap_or_default();
    let formats = || line.split_whitespace().skip(2).filter(|number| *number != "101");
    let is_usual = |(at, number)| match number {
        "0" | "8" => true,
        "9" => at > 0 && at + 1 == formats().count(),
        _ => false,
    };
    if !formats().enumerate().all(is_usual) {
        formats().for_each(|number| {
            let _ = write!(text, " {number}");
        });
    }
}
