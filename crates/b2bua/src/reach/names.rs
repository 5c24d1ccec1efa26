//! What is known of host names: asked once, believed for a while, kept when the resolver falls silent.
//!
//! | answer held | due | `look` says | and asks |
//! |---|---|---|---|
//! | none | passed | `Asked` | yes |
//! | none | ahead (the name had no address just now) | `Nothing` | no |
//! | younger than `stale` | passed | the addresses | yes |
//! | younger than `stale` | ahead | the addresses | no |
//! | older | as with none | | |

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use clock::Instant;
use smallvec::SmallVec;

use super::{Destination, Limits};
use crate::switch::Output;

/// Addresses of one destination in the order to try.
pub(super) type Addresses = SmallVec<[SocketAddr; 2]>;

/// What a look at the cache found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// These addresses serve.
    At(Addresses),
    /// There was none a moment ago.
    Nothing,
    /// The question is out; [`Names::answered`] brings the answer.
    Asked,
}

#[derive(Debug, Default)]
struct Name {
    found: Option<(Addresses, Instant)>,
    /// From when on the name is worth asking again.
    due: Instant,
    asked: Option<u64>,
    /// Asked again though nobody calls it: a trunk's addresses also tell who may call us.
    kept: bool,
}

/// The cache of names.
#[derive(Debug)]
pub(super) struct Names {
    limits: Limits,
    table: BTreeMap<Destination, Name>,
    /// When a kept name may be due; never later than the earliest.
    refresh: Option<Instant>,
    questions: u64,
}

impl Names {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, table: BTreeMap::new(), refresh: None, questions: 0 }
    }

    /// What serves for `destination` now; asks if it is time to.
    pub(super) fn look(
        &mut self,
        now: Instant,
        destination: &Destination,
        out: &mut VecDeque<Output>,
    ) -> Look {
        if !self.make_room(destination) {
            return Look::Nothing;
        }
        let name = self.table.entry(destination.clone()).or_default();
        if name.asked.is_none() && name.due <= now {
            self.questions += 1;
            name.asked = Some(self.questions);
            out.push_back(destination.question(self.questions));
        }
        match &name.found {
            Some((addresses, at)) if now.since(*at) < self.limits.stale => Look::At(addresses.clone()),
            Some(_) | None if name.asked.is_some() => Look::Asked,
            Some(_) | None => Look::Nothing,
        }
    }

    /// Takes an answer in; gives whose it is and what serves from now on.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        question: u64,
        addresses: &[SocketAddr],
    ) -> Option<(Destination, Addresses)> {
        let (destination, name) = self.table.iter_mut().find(|(_, name)| name.asked == Some(question))?;
        name.asked = None;
        if addresses.is_empty() {
            // A resolver that is down says the same as a name that is gone: what was known serves on.
            name.due = now + self.limits.negative;
            name.found.take_if(|(_, at)| now.since(*at) >= self.limits.stale);
        } else {
            name.due = now + self.limits.fresh;
            let with_port = |it: &SocketAddr| match it.port() {
                0 => SocketAddr::new(it.ip(), destination.port_or_default()),
                _ => *it,
            };
            name.found = Some((addresses.iter().map(with_port).collect(), now));
        }
        let serves = name.found.as_ref().map(|(addresses, _)| addresses.clone()).unwrap_or_default();
        let destination = destination.clone();
        self.plan_refresh();
        Some((destination, serves))
    }

    /// The addresses last heard, however old.
    pub(super) fn known(&self, destination: &Destination) -> &[SocketAddr] {
        self.table.get(destination).and_then(|name| name.found.as_ref()).map_or(&[], |(found, _)| found)
    }

    /// Keeps exactly these names fresh from now on.
    pub(super) fn keep(&mut self, destinations: &[Destination]) {
        self.table.values_mut().for_each(|name| name.kept = false);
        for destination in destinations {
            self.make_room(destination);
            self.table.entry(destination.clone()).or_default().kept = true;
        }
        self.plan_refresh();
    }

    pub(super) const fn timeout(&self) -> Option<Instant> {
        self.refresh
    }

    /// Asks again for the kept names that are due.
    pub(super) fn tick(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        if self.refresh.is_none_or(|at| now < at) {
            return;
        }
        for (destination, name) in &mut self.table {
            if name.kept && name.asked.is_none() && name.due <= now {
                self.questions += 1;
                name.asked = Some(self.questions);
                out.push_back(destination.question(self.questions));
            }
        }
        self.plan_refresh();
    }

    fn plan_refresh(&mut self) {
        let idle = self.table.values().filter(|name| name.kept && name.asked.is_none());
        self.refresh = idle.map(|name| name.due).min();
    }

    /// Forgets the name due longest ago before `coming` would be one too many; one that is being asked or kept
    /// stays. False if there is no room: carriers name hosts in their calls, and must not fill the memory.
    fn make_room(&mut self, coming: &Destination) -> bool {
        if self.table.len() < self.limits.names || self.table.contains_key(coming) {
            return true;
        }
        let idle = self.table.iter().filter(|(_, name)| name.asked.is_none() && !name.kept);
        if let Some(oldest) =
            idle.min_by_key(|(_, name)| name.due).map(|(destination, _)| destination.clone())
        {
            self.table.remove(&oldest);
        }
        self.table.len() < self.limits.names
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, time::Duration};

    use sip::flow::Transport;

    use super::*;

    /// What leads a name that was never heard of to a state.
    type Way = fn(&mut Names, &Destination, &mut VecDeque<Output>);

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn addresses(hosts: &[&str]) -> Vec<SocketAddr> {
        hosts.iter().map(|host| format!("{host}:0").parse().unwrap()).collect()
    }

    /// Every state of a name and everything that can happen to it ten thousand seconds after the start.
    #[test]
    fn every_state_of_a_name_is_decided() {
        fn heard(
            names: &mut Names,
            name: &Destination,
            out: &mut VecDeque<Output>,
            second: u64,
            hosts: &[&str],
        ) {
            names.look(at(second), name, out);
            names.answered(at(second), names.questions, &addresses(hosts));
        }
        let states: [(&str, Way); 8] = [
            ("unknown", |_, _, _| {}),
            ("kept", |names, name, _| names.keep(std::slice::from_ref(name))),
            ("asked", |names, name, out| drop(names.look(at(9_999), name, out))),
            ("found, fresh", |names, name, out| heard(names, name, out, 9_999, &["198.51.100.7"])),
            ("found, aged", |names, name, out| heard(names, name, out, 9_000, &["198.51.100.7"])),
            ("found, too old", |names, name, out| heard(names, name, out, 1_000, &["198.51.100.7"])),
            ("no address, just now", |names, name, out| heard(names, name, out, 9_999, &[])),
            ("no address, a while ago", |names, name, out| heard(names, name, out, 9_000, &[])),
        ];
        let mut table = String::new();
        for (state, way) in states {
            writeln!(table, "{state}").unwrap();
            for event in ["look", "answered with one", "answered with none", "tick"] {
                let name = Destination { host: "carrier.example".into(), port: 0, transport: Transport::Udp };
                let (mut names, mut out) = (Names::new(Limits::default()), VecDeque::new());
                way(&mut names, &name, &mut out);
                out.clear();
                let answer = |names: &mut Names, hosts| {
                    let question = names.table.get(&name).and_then(|name| name.asked).unwrap_or(77);
                    match names.answered(at(10_000), question, &addresses(hosts)) {
                        Some((_, serves)) => format!("{serves:?} serves"),
                        None => "nobody asked".into(),
                    }
                };
                let said = match event {
                    "look" => format!("{:?}", names.look(at(10_000), &name, &mut out)),
                    "answered with one" => answer(&mut names, &["198.51.100.8"]),
                    "answered with none" => answer(&mut names, &[]),
                    _ => {
                        names.tick(at(10_000), &mut out);
                        "-".into()
                    }
                };
                let asks = if out.is_empty() { "" } else { "asks" };
                writeln!(table, "  {event:<20} {said:<34} {asks}").unwrap();
            }
        }
        insta::assert_snapshot!("names", table);
    }
}
