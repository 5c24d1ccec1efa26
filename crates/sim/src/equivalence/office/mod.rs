//! A site that a seed chooses, with plans of every kind of step, and the hour at which it is called.

mod staff;
mod writer;

use std::sync::Arc;

use callplan::{Site, explain};
use clock::{Chance, Wall};

use self::writer::{KINDS, Writer};
use crate::{site, world::Cast};

/// A site, its cast and the network's delay.
pub(super) struct Office {
    pub(super) text: String,
    pub(super) site: Arc<Site>,
    pub(super) cast: Cast,
    /// Devices of phones that never register.
    pub(super) absent: Vec<String>,
    /// Devices and carriers that no message reaches.
    pub(super) deaf: Vec<String>,
    /// The kind of step that calls come to again and again, so that what one left behind is seen by the next.
    favourite: u64,
}

impl Office {
    /// The devices that use a phone's account, by agent.
    pub(super) fn devices(&self, phone: usize) -> impl Iterator<Item = usize> {
        let name = &self.site.phones[phone].name;
        let second = self.cast.doubled.iter().position(|doubled| **doubled == **name);
        let before = self.site.phones.len() + self.site.trunks.len();
        [Some(phone), second.map(|second| before + second)].into_iter().flatten()
    }
}

/// The number that carriers' calls come from.
pub(super) const CALLER: &str = "+12025550142";
/// The number of those who wait in lines before.
pub(super) const OTHER: &str = "+12025550148";
/// The carrier by which they come, and nobody else.
pub(super) const EAST: &str = "east";
/// How long the music is that callers hear in lines, in milliseconds.
pub(super) const MUSIC_MS: u128 = 2_600;

const BASE: &str = r#"
[listen]
udp = ["10.0.0.1:5060"]
tcp = ["10.0.0.1:5060"]
rtp = "16384-17383"
[people_defaults]
present = "+12025550100"
allow = ["internal", "national"]
[prompts]
welcome = { file = "prompts/1900.wav" }
closed = { file = "prompts/1100.wav" }
notice = { file = "prompts/700.wav" }
hum = { file = "prompts/2600.wav" }
take = { file = "prompts/3100.wav" }
[hours.office]
mon-fri = ["08:30-12:30", "13:30-18:00"]
sat = ["09:00-12:00"]
holidays = ["calendars/office.ics", { date = "2026-11-26", name = "Thanksgiving" }, "2026-12-25"]
[rota.oncall]
weeks = ["p0", "p1, p2", "p2"]
begins = "2026-02-02"
hands_over = "mon 08:30"
fallback = "p1"
[campaigns.spring]
owner = "p1"
[campaigns.autumn]
[dial.national]
to = ["country:US"]
class = "national"
trunks = ["north", "south"]
"#;

impl Office {
    pub(super) fn choose(chance: &mut Chance) -> Self {
        let Writer { text, mut cast, phones, .. } = Writer::write(chance);
        let names: Vec<&str> = phones.iter().map(String::as_str).collect();
        let site = site::read(&text, "pbx.example", &names)
            .unwrap_or_else(|why| panic!("a sound site: {why}\n{text}"));
        cast.wall = hour(&site, chance);
        cast.doubled = phones.iter().filter(|_| chance.below(5) == 0).cloned().collect();
        let seconds: Vec<String> = cast.doubled.iter().map(|name| format!("{name}-2")).collect();
        // A connection is how the others come back after a restart, and nothing on it is lost.
        let datagrams = phones.iter().chain(&seconds).filter(|name| !cast.on_tcp.contains(name));
        let datagrams: Vec<&String> = datagrams.collect();
        let mut some_of = |of| -> Vec<String> {
            datagrams.iter().filter(|_| chance.below(of) == 0).map(|name| (*name).clone()).collect()
        };
        let (absent, mut deaf) = (some_of(12), some_of(24));
        if chance.below(2) == 0 {
            // West places no calls, so nobody would miss it.
            deaf.push("west".to_owned());
        }
        let favourite = kind(chance);
        Self { text, site, cast, absent, deaf, favourite }
    }

    /// The kind of step that a call comes to.
    pub(super) fn kind(&self, chance: &mut Chance) -> u64 {
        if chance.below(3) > 0 { self.favourite } else { kind(chance) }
    }
}

/// Kinds of steps of which more is to be seen than of others.
const OFTEN: [u64; 11] = [1, 2, 3, 5, 6, 6, 8, 9, 10, 12, 13];

/// One kind of step, the rarer ones more often.
fn kind(chance: &mut Chance) -> u64 {
    let drawn = chance.below(KINDS + u32::try_from(OFTEN.len()).expect("a few"));
    drawn.checked_sub(KINDS).map_or(drawn.into(), |at| OFTEN[at as usize])
}

/// A day of two years, often a moment before or after the hours change.
fn hour(site: &Site, chance: &mut Chance) -> Wall {
    let day = format!("2026-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28));
    let time = match chance.below(4) {
        0 => ["08:30", "12:30", "13:30", "18:00", "09:00"][chance.below(5) as usize].to_owned(),
        _ => format!("{:02}:{:02}", chance.below(24), chance.below(60)),
    };
    // Holidays, days off, a meeting in opening hours, and hours that a calendar opens.
    let moments = [
        "2026-11-26 10:00",
        "2026-12-25 09:00",
        "2026-03-11 10:00",
        "2026-03-15 11:00",
        "2026-03-12 15:30",
        "2026-03-12 17:29",
        "2026-03-10 12:45",
        "2026-05-09 12:50",
    ];
    let moment = match chance.below(3) {
        0 => moments[chance.below(8) as usize].to_owned(),
        _ => format!("{day} {time}"),
    };
    let at = explain::read_time(&site.timezone, &moment).expect("a time of that day");
    let around = i64::from(chance.u32() % 60_000_000) - 45_000_000;
    Wall::from_unix_micros(at.unix_micros() + around)
}
