//! A network that loses, delays, repeats and overtakes, as a seed decides or a script asks.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use clock::{Chance, Instant};
use sip::{Message, flow::Flow, message::Start};
use smallvec::{SmallVec, smallvec};

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// From a party to the switch.
    In,
    /// From the switch to a party.
    Out,
}

/// How bad one way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Of a thousand datagrams so many are lost.
    pub lost: u32,
    /// Of a thousand so many come twice.
    pub twice: u32,
    /// Of a thousand so many are overtaken by those behind them.
    pub late: u32,
    /// Least and most time on the way.
    pub delay: (Duration, Duration),
}

impl Weather {
    /// Nothing happens, and everything takes this long.
    pub const fn fair(delay: Duration) -> Self {
        Self { lost: 0, twice: 0, late: 0, delay: (delay, delay) }
    }
}

/// How far behind an overtaken datagram falls at most.
const LATE: Duration = Duration::from_millis(900);

/// Something a script wants done to messages to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which way.
    pub way: Way,
    /// To or from whom.
    pub party: SocketAddr,
    /// `ACK`, `200`, `INVITE`: method or status.
    pub what: String,
    /// Lost, or delayed by so much.
    pub delay: Option<Duration>,
    /// How many such messages.
    pub times: u32,
}

/// What it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages.
    pub sent: u64,
    /// Datagrams that the weather might have lost.
    pub ventured: u64,
    /// Lost, to the weather or as asked.
    pub lost: u64,
    /// Delivered twice.
    pub twice: u64,
    /// Overtaken.
    pub late: u64,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    chance: Chance,
    weather: [Weather; 2],
    rules: Vec<Rule>,
    cut: BTreeSet<SocketAddr>,
    /// When the last bytes of a stream arrive, by connection and way.
    streams: BTreeMap<(u32, Way), Instant>,
    counts: Counts,
}

impl Network {
    /// The same weather both ways.
    pub const fn new(chance: Chance, weather: Weather) -> Self {
        Self {
            chance,
            weather: [weather; 2],
            rules: Vec::new(),
            cut: BTreeSet::new(),
            streams: BTreeMap::new(),
            counts: Counts { sent: 0, ventured: 0, lost: 0, twice: 0, late: 0 },
        }
    }

    /// From now on the weather of one way is this.
    pub const fn set_weather(&mut self, way: Way, weather: Weather) {
        self.weather[way as usize] = weather;
    }

    /// Asks for something to happen to a message to come.
    pub fn add_rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Cuts a party off, or connects it again.
    pub fn cut(&mut self, party: SocketAddr, is_cut: bool) {
        if is_cut {
            self.cut.insert(party);
        } else {
            self.cut.remove(&party);
        }
    }

    /// What it did so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// When each copy of a message arrives; none if it is lost.
    pub fn fate(&mut self, now: Instant, way: Way, flow: Flow, message: &Message) -> SmallVec<[Instant; 2]> {
        self.counts.sent += 1;
        let asked = self.asked(way, flow.remote, message);
        let weather = self.weather[way as usize];
        let mut delay = self.chance.between(weather.delay.0, weather.delay.1);
        if flow.transport.is_reliable() {
            let last = self.streams.entry((flow.connection, way)).or_default();
            *last = (*last).max(now + delay);
            return smallvec![*last];
        }
        let is_lost = match asked {
            Some(Some(more)) => {
                delay += more;
                false
            }
            Some(None) => true,
            None if self.cut.contains(&flow.remote) => true,
            None => {
                self.counts.ventured += u64::from(weather.lost > 0);
                self.happens(weather.lost)
            }
        };
        if is_lost {
            self.counts.lost += 1;
            return SmallVec::new();
        }
        if self.happens(weather.late) {
            self.counts.late += 1;
            delay += self.chance.between(Duration::ZERO, LATE);
        }
        let mut arrivals = smallvec![now + delay];
        if self.happens(weather.twice) {
            self.counts.twice += 1;
            arrivals.push(now + delay + self.chance.between(Duration::ZERO, LATE));
        }
        arrivals
    }

    fn happens(&mut self, of_thousand: u32) -> bool {
        of_thousand > 0 && self.chance.below(1000) < of_thousand
    }

    fn asked(&mut self, way: Way, party: SocketAddr, message: &Message) -> Option<Option<Duration>> {
        let is_meant = |rule: &Rule| rule.way == way && rule.party == party && is_called(message, &rule.what);
        let index = self.rules.iter().position(is_meant)?;
        let rule = &mut self.rules[index];
        rule.times -= 1;
        let delay = rule.delay;
        if rule.times == 0 {
            self.rules.remove(index);
        }
        Some(delay)
    }
}

fn is_called(message: &Message, what: &str) -> bool {
    match message.start() {
        Start::Request { method, .. } if message.to_tag().is_some() && *method == sip::Method::Invite => {
            what == "reINVITE"
        }
        Start::Request { method, .. } => method.as_str() == what,
        Start::Response { status, .. } => {
            let (code, method) = what.split_once('/').unwrap_or((what, message.method().as_str()));
            status.to_string() == code && message.method().as_str() == method
        }
    }
}
