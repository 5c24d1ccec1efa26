//! What is known of host names: asked once, believed as long as the answer says, kept when nobody answers.
//!
//! | answer held | due | `look` says | and asks |
//! |---|---|---|---|
//! | none | passed | `Asked` | yes |
//! | none | ahead (there was none just now) | `Nothing` | no |
//! | none, and a name that is kept is asked again | | `Nothing` | no |
//! | serves | passed | the servers | yes |
//! | serves | ahead | the servers | no |
//! | too old | as with none | | |
//!
//! An answer serves for `stale` beyond the time that it is to be believed, unless a name server says that there
//! is none any more (RFC 8767).

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
};

use clock::Instant;

use super::{Answer, Destination, Limits, NO_NAME, NO_NAME_SERVER, Server};
use crate::switch::{Log, Output};

/// What a look at the cache found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// These serve.
    At(Arc<[Server]>),
    /// There was none a moment ago.
    Nothing,
    /// The question is out; [`Names::answered`] brings the answer.
    Asked,
}

/// How the look-ups of a name go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Not answered yet.
    Asked,
    /// An answer serves that is to be believed.
    Known,
    /// Nobody answers; what was known before serves until then.
    Stale(Instant),
    /// There are no servers.
    Nowhere,
    /// Nobody answers, and nothing is known from before.
    Lost,
}

#[derive(Debug)]
struct Found {
    servers: Arc<[Server]>,
    /// Serves until then.
    until: Instant,
}

#[derive(Debug, Default)]
struct Name {
    found: Option<Found>,
    /// From when on the name is worth asking again.
    due: Instant,
    asked: Option<u64>,
    /// Asked again though nobody calls it: a trunk's addresses also tell who may call us.
    kept: bool,
    /// How the last look-up went; `None` before the first.
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Answered,
    Nobody,
    Unknown,
}

/// The cache of names.
#[derive(Debug)]
pub(super) struct Names {
    limits: Limits,
    table: BTreeMap<Destination, Name>,
    /// When a kept name may be due; never later than the earliest.
    refresh: Option<Instant>,
    questions: u64,
    /// The trunks that lead to a name.
    owners: BTreeMap<Destination, Arc<str>>,
}

impl Names {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, table: BTreeMap::new(), refresh: None, questions: 0, owners: BTreeMap::new() }
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
        match name.serving(now) {
            Some(servers) => Look::At(servers.clone()),
            None if name.asked.is_some() && !name.is_hopeless() => Look::Asked,
            None => Look::Nothing,
        }
    }

    /// What an open question is about.
    pub(super) fn asked(&self, question: u64) -> Option<&Destination> {
        self.table.iter().find(|(_, name)| name.asked == Some(question)).map(|(destination, _)| destination)
    }

    /// Takes an answer in; gives whose it is and what serves from now on.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        question: u64,
        answer: Answer,
        out: &mut VecDeque<Output>,
    ) -> Option<(Destination, Arc<[Server]>)> {
        let limits = self.limits;
        let (destination, name) = self.table.iter_mut().find(|(_, name)| name.asked == Some(question))?;
        name.asked = None;
        let before = name.last;
        match answer {
            Answer::Servers(servers, lasts) if !servers.is_empty() => {
                let lasts = lasts.clamp(limits.fresh_min, limits.fresh_max);
                name.due = now + lasts;
                let servers = destination.with_ports(servers);
                name.found = Some(Found { servers, until: name.due + limits.stale });
                name.last = Some(Last::Answered);
            }
            Answer::Servers(..) | Answer::Nobody => {
                name.due = now + limits.negative;
                name.found = None;
                name.last = Some(Last::Nobody);
            }
            Answer::Unknown => {
                name.due = now + limits.negative;
                name.last = Some(Last::Unknown);
            }
        }
        let serves = name.serving(now).cloned().unwrap_or_default();
        if name.kept && name.last != before {
            let trunk = self.owners.get(destination).map_or("", |trunk| &**trunk);
            out.extend(name.news(now, before, trunk, &destination.host).map(Output::Log));
        }
        let destination = destination.clone();
        self.plan_refresh();
        Some((destination, serves))
    }

    /// The addresses last heard, however old.
    pub(super) fn known(&self, destination: &Destination) -> impl Iterator<Item = SocketAddr> + use<'_> {
        let found = self.table.get(destination).and_then(|name| name.found.as_ref());
        let servers = found.into_iter().flat_map(|found| found.servers.iter());
        servers.flat_map(|server| server.addresses.iter().copied())
    }

    /// How the look-ups of a name go; `None` for one that nobody asked for.
    pub(super) fn finding(&self, now: Instant, destination: &Destination) -> Option<Finding> {
        let name = self.table.get(destination)?;
        let serves = name.found.as_ref().filter(|found| now < found.until);
        Some(match (name.last, serves) {
            (None, _) => Finding::Asked,
            (Some(Last::Answered), Some(_)) => Finding::Known,
            (Some(Last::Unknown), Some(found)) => Finding::Stale(found.until),
            (Some(Last::Nobody), _) => Finding::Nowhere,
            (Some(Last::Unknown | Last::Answered), None) => Finding::Lost,
        })
    }

    /// Whose these names are; of several the first.
    pub(super) fn name(&mut self, owners: &[(Destination, Arc<str>)]) {
        self.owners = owners.iter().rev().cloned().collect();
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

impl Name {
    fn serving(&self, now: Instant) -> Option<&Arc<[Server]>> {
        self.found.as_ref().filter(|found| now < found.until).map(|found| &found.servers)
    }

    /// Nobody could say the last time, and it is asked again by itself: no call waits for that once more.
    fn is_hopeless(&self) -> bool {
        self.kept && self.last == Some(Last::Unknown)
    }

    /// What the operator is told when look-ups of a trunk's name begin to fail, and when they end to.
    fn news(&self, now: Instant, before: Option<Last>, trunk: &str, host: &str) -> Option<Log> {
        let minutes = |found: &Found| found.until.since(now).as_secs() / 60;
        match (self.last?, before) {
            (Last::Answered, None) => None,
            (Last::Answered, Some(_)) => {
                Some(Log::Info(format!("trunk {trunk}: {host} can be looked up again")))
            }
            (Last::Nobody, _) => {
                let what = format!("trunk {trunk}: {host}: the name servers know no SIP server there");
                Some(Log::Warn(NO_NAME.told(what)))
            }
            (Last::Unknown, _) => {
                let serves = match &self.found {
                    Some(found) if now < found.until => {
                        format!("; what it said before serves for {} min", minutes(found))
                    }
                    Some(_) | None => String::new(),
                };
                let what =
                    format!("trunk {trunk}: {host} can't be looked up: no name server answers{serves}");
                Some(Log::Warn(NO_NAME_SERVER.told(what)))
            }
        }
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

    /// An answer that is to be believed for five minutes; without a host none that says anything.
    fn answer(hosts: &[&str]) -> Answer {
        match hosts {
            ["nobody"] => Answer::Nobody,
            [] => Answer::Unknown,
            hosts => Answer::Servers(crate::reach::tests::servers(hosts), Duration::from_secs(300)),
        }
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
            names.answered(at(second), names.questions, answer(hosts), out);
        }
        fn keep(names: &mut Names, name: &Destination) {
            names.keep(std::slice::from_ref(name));
        }
        let states: [(&str, Way); 11] = [
            ("unknown", |_, _, _| {}),
            ("kept", |names, name, _| keep(names, name)),
            ("asked", |names, name, out| drop(names.look(at(9_999), name, out))),
            ("found, fresh", |names, name, out| heard(names, name, out, 9_999, &["198.51.100.7"])),
            ("found, aged", |names, name, out| heard(names, name, out, 9_000, &["198.51.100.7"])),
            ("found, too old", |names, name, out| heard(names, name, out, 1_000, &["198.51.100.7"])),
            ("found, then no answer", |names, name, out| {
                keep(names, name);
                heard(names, name, out, 9_000, &["198.51.100.7"]);
                heard(names, name, out, 9_900, &[]);
            }),
            ("nobody, just now", |names, name, out| heard(names, name, out, 9_999, &["nobody"])),
            ("no answer, just now", |names, name, out| heard(names, name, out, 9_999, &[])),
            ("no answer, a while ago", |names, name, out| heard(names, name, out, 9_000, &[])),
            ("kept, no answer, asked again", |names, name, out| {
                keep(names, name);
                heard(names, name, out, 9_000, &[]);
                names.tick(at(9_999), out);
            }),
        ];
        let mut table = String::new();
        for (state, way) in states {
            writeln!(table, "{state}").unwrap();
            for event in ["look", "answered with one", "answered with none", "not answered", "tick"] {
                let name = Destination::named("carrier.example", Transport::Udp);
                let (mut names, mut out) = (Names::new(Limits::default()), VecDeque::new());
                way(&mut names, &name, &mut out);
                out.clear();
                let take = |names: &mut Names, out: &mut VecDeque<Output>, hosts| {
                    let question = names.table.get(&name).and_then(|name| name.asked).unwrap_or(77);
                    match names.answered(at(10_000), question, answer(hosts), out) {
                        Some((_, serves)) => format!("{} serve", hosts_of(&serves)),
                        None => "nobody asked".into(),
                    }
                };
                let said = match event {
                    "look" => match names.look(at(10_000), &name, &mut out) {
                        Look::At(servers) => hosts_of(&servers),
                        other @ (Look::Nothing | Look::Asked) => format!("{other:?}"),
                    },
                    "answered with one" => take(&mut names, &mut out, &["198.51.100.8"]),
                    "answered with none" => take(&mut names, &mut out, &["nobody"]),
                    "not answered" => take(&mut names, &mut out, &[]),
                    _ => {
                        names.tick(at(10_000), &mut out);
                        "-".into()
                    }
                };
                let finding = names.finding(at(10_000), &name);
                let finding = finding.map_or_else(|| "-".into(), |it| format!("{it:?}"));
                let does: Vec<_> = out.iter().map(what).collect();
                let line = format!("  {event:<20} {said:<30} {finding:<30} {}", does.join(", "));
                writeln!(table, "{}", line.trim_end()).unwrap();
            }
        }
        insta::assert_snapshot!("names", table);
    }

    fn hosts_of(servers: &[Server]) -> String {
        let hosts: Vec<_> = servers.iter().flat_map(|it| &it.addresses).map(|it| it.to_string()).collect();
        format!("[{}]", hosts.join(", "))
    }

    fn what(output: &Output) -> &'static str {
        if matches!(output, Output::Resolve { .. }) {
            return "asks";
        }
        assert!(matches!(output, Output::Log(_)), "never asks for {output:?}");
        "tells"
    }
}
