//! The language of ladders: what parties do, a line each, in words.
//!
//! ```text
//! A phone calls a phone.                     first paragraph: what is shown
//!
//! registered: ana ben                        before time zero
//! ana can: timer 1800 uac, update            what a party speaks besides RFC 3261
//! without: [emergency]                       tables of the usual site that this one does not have
//! | [people]                                 more config, after the bar
//! later| [people]                            what stands in its place once `the later config` is applied
//! 9s     the later config is applied         and `the first config` again
//! 1s     ana calls 102                       when, who, what
//! 1.5s   lose ACK from ana                   something for the network
//! 9s     the switch restarts
//! 9.5s   the name server falls silent
//! 0s     the contacts have +12025550142 owner=ana tags=vip,late campaign=spring group=sales
//! 0s     the list spam takes +12025550142     or `loses`
//! 0s     the hours shop are held closed for 8s stocktake; `are left` to themselves
//! 0s     the person ana rehearses 2026-12-25T10:00 for 60s, or `no longer`; `the phone ana`, `as +12025550142`
//! 0s     the number +12025550105 is tried over north as +12025550100
//! 10s    tc breaks                           its connections end; `is deaf`: they swallow all, and nobody is told
//! 10s    cho adds a flow                     it registers on one connection more (RFC 5626); `loses a flow`
//! 10s    tc dies                             the same, and it takes none until it `starts`
//! shows: From P-Asserted-Identity            what parties are told of each other is listed at the end
//! shows everywhere: Route Text               the same of all that the switch sends
//! named: carrier.example 10 60 tb 20 0 tc    who serves a name, and with which priority and weight if that is said
//! 0s     north attests A for +12025550102     and vouch for the caller: `stale`, `changed`, `by a stranger`
//! 0s     north says Privacy: id              its INVITEs say so from here on
//! 0s     ben marks Privacy: id              whatever it sends says so
//! with media                                 what parties hear of the switch is told at the end
//! with warnings                              what the operator reads is
//! until 12s                                  the drawing ends, the run goes on until all is idle
//! ```

mod act;

use std::{str::SplitWhitespace, sync::Arc, time::Duration};

use b2bua::shared::{probes::Asked, rehearsal::Who};
use callplan::{E164, Site, Source};
use store::{Contact, memory::Mode};

use crate::{
    agent::Skill,
    site,
    wire::{Rule, Way, Weather},
    world::{Cast, NameServer, Named, Order, Proxying, World},
};

/// A script that was read.
#[derive(Debug)]
pub struct Script {
    /// Parties that are registered before it begins.
    pub registered: Vec<String>,
    /// Parties, as far as they are special.
    pub cast: Cast,
    /// Config besides the usual.
    pub config: String,
    /// And what comes in its place, if anything is applied.
    pub later: String,
    /// Tables that the usual config does without: `[emergency]`.
    pub without: Vec<String>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// When the drawing ends.
    pub until: Duration,
    /// Whether it tells what parties hear of the switch.
    pub tells_media: bool,
    /// Whether it tells what the operator is warned of.
    pub tells_warnings: bool,
    /// Headers of which it tells what parties are told in INVITEs and their answers.
    pub shows: Vec<String>,
    /// Headers that it tells of all that the switch sends.
    pub shows_everywhere: Vec<String>,
}

/// One line.
#[derive(Debug)]
pub struct Step {
    /// When, from time zero.
    pub at: Duration,
    /// As written, without the time.
    pub text: String,
}

/// How long a message is on its way in a ladder.
pub const ON_THE_WAY: Duration = Duration::from_millis(10);

/// Everything before time zero happens in this time.
pub const BEFORE: Duration = Duration::from_secs(40);

impl Script {
    /// Reads a script up to its ladder.
    ///
    /// # Errors
    /// A line that says nothing.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut script = Self {
            registered: Vec::new(),
            cast: Cast::default(),
            config: String::new(),
            later: String::new(),
            without: Vec::new(),
            steps: Vec::new(),
            until: Duration::ZERO,
            tells_media: false,
            tells_warnings: false,
            shows: Vec::new(),
            shows_everywhere: Vec::new(),
        };
        let body = text.split_once("\n\n").map_or("", |(_, body)| body);
        for line in body.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            script.line(line).ok_or_else(|| format!("this says nothing: {line}"))?;
        }
        if script.until.is_zero() {
            script.until =
                script.steps.last().map_or(Duration::ZERO, |step| step.at) + Duration::from_secs(1);
        }
        Ok(script)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        for (prefix, config) in [("|", &mut self.config), ("later|", &mut self.later)] {
            if let Some(line) = line.strip_prefix(prefix) {
                config.push_str(line.trim_start());
                config.push('\n');
                return Some(());
            }
        }
        let names = |list: &str| list.split_whitespace().map(str::to_owned).collect();
        let is_step = |key: &str| key.contains(" says ") || key.contains(" marks ");
        if let Some((key, list)) = line.split_once(": ").filter(|(key, _)| !is_step(key)) {
            match key {
                "shows" => self.shows = names(list),
                "shows everywhere" => self.shows_everywhere = names(list),
                "without" => self.without = names(list),
                "registered" => self.registered = names(list),
                "on tcp" => self.cast.on_tcp = names(list),
                "behind nat" => self.cast.behind_nat = names(list),
                "challenging" => self.cast.challenging = names(list),
                "contact on another port" => self.cast.on_other_port = names(list),
                "proxied" => self.proxied(names(list), Proxying::Loose),
                "proxied strictly" => self.proxied(names(list), Proxying::Strict),
                "proxied by name" => self.proxied(names(list), Proxying::Named),
                _ if key.ends_with(" can") => {
                    let name = key.trim_end_matches(" can").to_owned();
                    self.cast.skills.push((name, Skill::read(list)?));
                }
                "named" => {
                    let (host, parties) = list.split_once(' ')?;
                    self.cast.zone.extend(Named::read(host, parties)?);
                }
                "name server" if list == "silent" => self.cast.name_server = NameServer::Down,
                "ports" => self.cast.ports = list.trim().parse().ok()?,
                _ => return None,
            }
            return Some(());
        }
        if line == "with media" {
            self.tells_media = true;
            return Some(());
        }
        if line == "with warnings" {
            self.tells_warnings = true;
            return Some(());
        }
        if let Some(until) = line.strip_prefix("until ") {
            self.until = time(until)?;
            return Some(());
        }
        let (at, text) = line.trim_start().split_once(' ')?;
        self.steps.push(Step { at: time(at)?, text: text.trim().to_owned() });
        Some(())
    }

    fn proxied(&mut self, carriers: Vec<String>, how: Proxying) {
        self.cast.proxied.extend(carriers.into_iter().map(|name| (name, how)));
    }

    /// The world it plays in.
    ///
    /// # Errors
    /// The config's findings.
    pub fn world(&self) -> Result<World, String> {
        let mut world = World::new(self.site(&self.config)?, &self.cast, 1, Weather::fair(ON_THE_WAY));
        if !self.later.is_empty() {
            world.has_later(self.site(&self.later)?);
        }
        Ok(world)
    }

    /// The usual site with more config.
    fn site(&self, config: &str) -> Result<Arc<Site>, String> {
        let usual = site::without(&self.without, site::LADDERS);
        let sources = [Source::new("ladders.toml", &*usual), Source::new("more.toml", config)];
        let phones = phones_of(&[&usual, config]);
        let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
        site::read_all(&sources, "pbx.example", &phones)
    }
}

impl Step {
    /// What it asks of this world.
    ///
    /// # Errors
    /// Nobody of that name, or nothing they could do.
    pub fn order(&self, world: &World) -> Result<Order, String> {
        self.parse(world).ok_or_else(|| format!("nobody can do this: {}", self.text))
    }

    fn parse(&self, world: &World) -> Option<Order> {
        let mut words = self.text.split_whitespace();
        match words.next()? {
            "lose" => rule(world, words, false),
            "delay" => rule(world, words, true),
            "the" => the_switch(words),
            name => {
                let agent = world.agent(name)?;
                borrows(world, agent, words.clone())
                    .or_else(|| takes_over(world, agent, words.clone()))
                    .or_else(|| act::of_party(agent, words))
            }
        }
    }
}

/// `calls for reg` from now on; `calls for nobody` if it guesses what reg was told.
fn borrows(world: &World, agent: usize, mut words: SplitWhitespace<'_>) -> Option<Order> {
    match (words.next()?, words.next()?, words.next()?) {
        ("calls", "for", "nobody") => Some(Order::Borrow(agent, None)),
        ("calls", "for", of) => Some(Order::Borrow(agent, Some(world.agent(of)?))),
        _ => None,
    }
}

/// `takes over ben`, `takes over ben while it rings`.
fn takes_over(world: &World, agent: usize, mut words: SplitWhitespace<'_>) -> Option<Order> {
    match (words.next()?, words.next()?, words.next()?) {
        ("takes", "over", of) => Some(Order::TakeOver(agent, world.agent(of)?, words.next().is_some())),
        _ => None,
    }
}

/// `ACK from ana`, `2 INVITE to ben`, `200 from ben by 3s`.
fn rule(world: &World, words: SplitWhitespace<'_>, is_delay: bool) -> Option<Order> {
    let mut words: Vec<&str> = words.collect();
    let times = match words.first()?.parse() {
        Ok(times) if words.len() != 3 && words.len() != 5 => {
            words.remove(0);
            times
        }
        _ => 1,
    };
    let [what, way, name, rest @ ..] = words.as_slice() else { return None };
    let way = match *way {
        "from" => Way::In,
        "to" => Way::Out,
        _ => return None,
    };
    let delay = match rest {
        [] if !is_delay => None,
        ["by", delay] if is_delay => Some(time(delay)?),
        _ => return None,
    };
    let party = world.agents()[world.agent(name)?].persona().flow.local;
    Some(Order::Rule(Rule { way, party, what: (*what).to_owned(), delay, times }))
}

fn the_switch(mut words: SplitWhitespace<'_>) -> Option<Order> {
    match (words.next()?, words.next()?) {
        ("name", host) if host != "server" => {
            let mut parties = words.skip_while(|word| matches!(*word, "leads" | "to"));
            Some(Order::Rename(host.to_owned(), parties.by_ref().map(str::to_owned).collect()))
        }
        ("list", name) => {
            let is_in = match words.next()? {
                "takes" => true,
                "loses" => false,
                _ => return None,
            };
            Some(Order::List(name.to_owned(), E164::parse(words.next()?)?, is_in))
        }
        ("hours", name) => {
            let name = name.to_owned();
            match (words.next()?, words.next()?, words.next()) {
                ("are", "left", None) => Some(Order::Hold(name, None)),
                ("are", "held", Some(word @ ("open" | "closed"))) => {
                    let lasts =
                        words.next().filter(|word| *word == "for").and_then(|_| time(words.next()?))?;
                    let reason = words.collect::<Vec<_>>().join(" ");
                    Some(Order::Hold(name, Some((word == "open", lasts, reason))))
                }
                _ => None,
            }
        }
        ("number", number) if words.next() == Some("is") => {
            let mut asked = words.skip_while(|word| *word != "over");
            let trunk = asked.nth(1)?.into();
            let from = asked.next().filter(|word| *word == "as").and_then(|_| E164::parse(asked.next()?))?;
            Some(Order::Probe(Asked { number: E164::parse(number)?, from, trunk }))
        }
        (which @ ("person" | "phone"), name) if words.next() == Some("rehearses") => {
            let who = if which == "person" { Who::Person(name.into()) } else { Who::Phone(name.into()) };
            let at = words.next()?.to_owned();
            if at == "no" {
                return Some(Order::Rehearse(who, None));
            }
            let lasts = words.next().filter(|word| *word == "for").and_then(|_| time(words.next()?))?;
            let from = words.next().filter(|word| *word == "as").and_then(|_| E164::parse(words.next()?));
            Some(Order::Rehearse(who, Some((at, lasts, from))))
        }
        ("contacts", "have") => Some(Order::Import(Box::new(contact(words)?))),
        (which @ ("first" | "later"), "config") => Some(Order::Apply { is_later: which == "later" }),
        ("first", "message") => Some(Order::DeleteMessage),
        ("switch", "restarts") => Some(Order::Restart(Duration::from_millis(500))),
        ("disk", "slows") => Some(Order::Disk(Mode::Slow(time(words.next()?)?))),
        ("disk", "recovers") => Some(Order::Disk(Mode::Steady)),
        ("operator", "connects") => {
            let from = words.next()?.to_owned();
            let dialled = words.next().filter(|word| *word == "with").and_then(|_| words.next())?;
            Some(Order::Originate(from, dialled.to_owned()))
        }
        ("switch", "drains") => Some(Order::Drain),
        ("switch", "hangs") => Some(Order::HangUpAll),
        ("name", "server") => Some(Order::Names(match words.next()? {
            "falls" => NameServer::Down,
            "slows" => NameServer::Slow(time(words.next()?)?),
            "recovers" => NameServer::Up,
            _ => return None,
        })),
        _ => None,
    }
}

/// `+12025550142 owner=ana tags=vip,late campaign=spring group=sales`.
fn contact(mut words: SplitWhitespace<'_>) -> Option<Contact> {
    let numbers = words.next()?.split(',').map(Arc::from).collect();
    let mut contact = Contact { numbers, ..Contact::default() };
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "owner" => contact.owner = value.into(),
            "campaign" => contact.campaign = value.into(),
            "group" => contact.group = value.into(),
            "language" => contact.language = value.into(),
            "tags" => contact.tags = value.split(',').map(Arc::from).collect(),
            _ => return None,
        }
    }
    Some(contact)
}

/// `1.5s`.
fn time(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The names under `[phones]`, which need secrets before the config is read.
fn phones_of(texts: &[&str]) -> Vec<String> {
    let mut phones = Vec::new();
    for text in texts {
        let mut is_phones = false;
        for line in text.lines() {
            if line.starts_with('[') {
                is_phones = line == "[phones]";
                phones
                    .extend(line.strip_prefix("[phones.").map(|rest| rest.trim_end_matches(']').to_owned()));
            } else if is_phones && let Some((name, _)) = line.split_once('=') {
                phones.push(name.trim().to_owned());
            }
        }
    }
    phones
}
