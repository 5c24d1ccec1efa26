//! What is done to the world from outside: by a script, or by a seed.

use std::{sync::Arc, time::Duration};

use b2bua::{
    shared::{keys::Hold, probes, rehearsal},
    switch::{Control, Input, Originate, Saying, Switch},
};
use callplan::{E164, Site, explain::read_time};
use clock::Chance;
use store::{Contact, ImportId, Request, memory::Mode};

use super::{Arrival, NameServer, SWITCH, World};
use crate::{
    agent::{Act, Agent, Course, Manner},
    authority::Vouch,
    plant::Planted,
    wire::{Rule, Way, Weather},
};

/// One thing to be done.
#[derive(Clone, Debug)]
pub enum Order {
    /// A party does something.
    Act(usize, Act),
    /// A party decides what to do with its next call.
    Plan(usize, Manner),
    /// A party decides what to do with its calls from now on.
    Behave(usize, Manner),
    /// A party renews nothing any more, and tries nothing again.
    RepeatNothing(usize),
    /// A party watches nothing any more.
    StopWatching(usize),
    /// A party calls in the place of what another one has on its newest line; if it says so, only while that
    /// rings.
    TakeOver(usize, usize, bool),
    /// A party calls the Contact that another was registered with; with nobody's, one like it.
    Borrow(usize, Option<usize>),
    /// A carrier vouches for its caller in its next calls.
    Attest(usize, Vouch),
    /// A party presses a key.
    Press(usize, char),
    /// A party is cut off, or is back.
    Cut(usize, bool),
    /// A party sends no media any more, or does again.
    Silence(usize, bool),
    /// A party's connections break; it connects anew, and registers if it is a phone.
    Break(usize),
    /// A party connects once more, and registers that as another way to it.
    AddFlow(usize),
    /// The newest connection of a party breaks; it goes on with the one before.
    LoseFlow(usize),
    /// A party forgets its connections without a word.
    Deafen(usize),
    /// A party's process is killed: its connections break, its calls are forgotten, and no connection is taken.
    Die(usize),
    /// It was started again.
    Revive(usize),
    /// The NAT before a party gives it another port; it notices and registers.
    Move(usize),
    /// The process dies and is back after this.
    Restart(Duration),
    /// The operator deletes the first message of all.
    DeleteMessage,
    /// The operator imports a contact.
    Import(Box<Contact>),
    /// The operator adds a number to a caller list, or takes it out.
    List(String, E164, bool),
    /// The operator applies the later config, or the first again.
    Apply {
        /// Which.
        is_later: bool,
    },
    /// The operator holds a schedule open or closed for a while and for a reason, or no longer.
    Hold(String, Option<(bool, Duration, String)>),
    /// Somebody rehearses this time, for so long and as this caller, or no longer.
    Rehearse(rehearsal::Who, Option<(String, Duration, Option<E164>)>),
    /// A number is tried by a call over a trunk.
    Probe(probes::Asked),
    /// The operator has a call placed for somebody.
    Originate(String, String),
    /// No new calls.
    Drain,
    /// The operator has nobody reminded any more.
    RemindNoMore,
    /// All calls end.
    HangUpAll,
    /// The network changes.
    Weather(Way, Weather),
    /// Something is to happen to one message.
    Rule(Rule),
    /// The disk changes.
    Disk(Mode),
    /// The name server changes.
    Names(NameServer),
    /// The operator has carriers asked no more whether they are there.
    StopAsking,
    /// A name leads to these parties.
    Rename(String, Vec<String>),
}

impl World {
    pub(super) fn carry_out(&mut self, order: Order) {
        match order {
            Order::Act(agent, act) => {
                self.agents[agent].act(self.now.mono, &act);
                self.collect(agent);
            }
            Order::Plan(agent, manner) => self.agents[agent].plans(manner),
            Order::Behave(agent, manner) => self.agents[agent].behaves(manner),
            Order::RepeatNothing(agent) => self.agents[agent].repeats_nothing(),
            Order::StopWatching(agent) => {
                self.agents[agent].stops_watching(self.now.mono);
                self.collect(agent);
            }
            Order::TakeOver(agent, of, is_early_only) => {
                let Some((number, mut named)) = self.agents[of].names_its_dialog() else { return };
                named.push_str(if is_early_only { ";early-only" } else { "" });
                self.agents[agent].act(self.now.mono, &Act::Says("Replaces".to_owned(), named));
                self.agents[agent].act(self.now.mono, &Act::Calls(number, Course::default()));
                self.collect(agent);
            }
            Order::Borrow(agent, of) => {
                let contact = of.and_then(|of| self.agents[of].granted().map(str::to_owned));
                self.agents[agent].borrows(contact.unwrap_or_else(|| format!("sip:guessed-word@{SWITCH}")));
            }
            Order::Attest(agent, vouch) => {
                let orig = self.agents[agent].persona().user.clone();
                let identity = vouch.identity(&orig, self.now.wall);
                self.agents[agent].act(self.now.mono, &Act::Says("Identity".to_owned(), identity));
            }
            Order::Press(agent, key) => {
                let party = self.agents[agent].persona().contact.ip();
                self.studio.press(self.now.mono, party, key);
                self.judge_recordings();
            }
            Order::Cut(agent, is_cut) => {
                let address = self.agents[agent].persona().flow.local;
                self.network.cut(address, is_cut);
            }
            Order::Silence(agent, is_silent) => {
                let party = self.agents[agent].persona().contact.ip();
                self.studio.silence(self.now.mono, party, is_silent);
            }
            Order::Break(agent) => self.reconnect(agent),
            Order::AddFlow(agent) => self.add_flow(agent),
            Order::LoseFlow(agent) => self.lose_flow(agent),
            Order::Deafen(agent) => self.deafen(agent),
            Order::Die(agent) => self.kill(agent),
            Order::Revive(agent) => self.revive(agent),
            Order::Move(agent) => self.rebind(agent),
            Order::Restart(down) => self.crash(down),
            Order::DeleteMessage => {
                let first = self.store.voicemails().next().map(|row| (row.mailbox.clone(), row.file.clone()));
                if let Some((mailbox, file)) = first {
                    self.feed(Input::Control(Control::DeleteMessage(mailbox, file)));
                }
            }
            Order::List(list, number, is_in) => {
                self.feed(Input::Control(Control::List(list.into(), number, is_in)));
            }
            Order::Hold(hours, hold) => {
                let now = self.now.wall;
                let hold = hold.map(|(is_open, lasts, reason)| Hold {
                    is_open,
                    until: Some(now + lasts),
                    reason: reason.into(),
                });
                self.feed(Input::Control(Control::Hold(hours.into(), hold)));
            }
            Order::Probe(asked) => self.feed(Input::Control(Control::Probe(vec![asked]))),
            Order::Rehearse(who, asked) => {
                let asked = asked.map(|(at, lasts, from)| {
                    let at = read_time(&self.site.timezone, &at).expect("a script names a time");
                    rehearsal::Asked { at, lasts, from }
                });
                self.feed(Input::Control(Control::Rehearse(who, asked)));
            }
            Order::Import(contact) => self.import(*contact),
            Order::Apply { is_later } => self.apply(is_later),
            Order::Originate(from, dialled) => {
                self.click(&Originate { from: from.into(), dialled: dialled.into() });
            }
            Order::Drain => self.feed(Input::Control(Control::Drain)),
            Order::RemindNoMore => self.remind_no_more(),
            Order::HangUpAll => self.feed(Input::Control(Control::HangUpAll)),
            Order::Weather(way, weather) => self.network.set_weather(way, weather),
            Order::Rule(rule) => self.network.add_rule(rule),
            Order::Disk(mode) => self.store.set_mode(mode),
            Order::Names(server) => self.name_server = server,
            Order::StopAsking => self.stop_asking(),
            Order::Rename(host, parties) => self.rename(&host, parties),
        }
    }

    /// Imports a contact by itself, beside what the switch itself has the store keep.
    fn import(&mut self, contact: Contact) {
        let (at, rows) = (self.now.wall, Box::new([contact]));
        let import = ImportId(u64::try_from(at.unix_micros()).unwrap_or(0));
        self.store.handle(self.now, Request::PutContacts(import, rows));
        self.store.handle(self.now, Request::FinishContacts(import, at));
    }

    /// Somebody has a call placed.
    fn click(&mut self, asked: &Originate) {
        if self.switch.is_none() {
            return;
        }
        let lent = self.check.lent();
        let site = lent.as_ref().unwrap_or(&self.site);
        let phones = site.person(&asked.from).map(|person| site[person].phones.to_vec());
        self.check.clicked(self.now.mono, phones.unwrap_or_default());
        self.plant.iter_mut().for_each(|plant| plant.clicks(true));
        for _ in 0..self.plant.as_ref().map_or(1, Planted::clicks_heard) {
            self.feed(Input::Control(Control::Originate(asked.clone())));
        }
        let reached = self.reached();
        self.check.click_heard(self.now.mono, &reached);
        self.plant.iter_mut().for_each(|plant| plant.clicks(false));
    }

    fn remind_no_more(&mut self) {
        for person in self.site.people.iter().map(|person| person.name.clone()).collect::<Vec<_>>() {
            self.feed(Input::Control(Control::Say(person, Saying::RemindNoMore)));
        }
    }

    /// Gives a party on UDP another port outside.
    fn rebind(&mut self, agent: usize) {
        let mut flow = self.agents[agent].persona().flow;
        flow.local.set_port(flow.local.port() + 1);
        self.agents[agent].moves_to(flow);
        let soon = self.now.mono + Duration::from_secs(1);
        self.enqueue(soon, Arrival::Order(Order::Act(agent, Act::Registers)));
    }

    /// The switch goes on by another site; a process that begins anew begins with the first.
    fn apply(&mut self, is_later: bool) {
        let site = if is_later { self.later.as_ref() } else { None }.unwrap_or(&self.site);
        self.applied += 1;
        let mut site = Site::clone(site);
        site.version += self.applied;
        self.feed(Input::Control(Control::Apply(Arc::new(site))));
    }

    fn stop_asking(&mut self) {
        let mut site = Site::clone(&self.site);
        site.version += 1;
        site.trunks.iter_mut().for_each(|trunk| trunk.ping = None);
        self.check.asks_no_more();
        self.feed(Input::Control(Control::Apply(Arc::new(site))));
    }

    /// The process dies: what is not on the disk is gone, and so is what is on its way to it.
    fn crash(&mut self, down: Duration) {
        (self.switch, self.is_loading) = (None, false);
        self.check.died(self.now().mono);
        self.store.crash();
        // Whoever asked is gone.
        let is_answer = |it: &Arrival| matches!(it, Arrival::Resolved { .. } | Arrival::Attested { .. });
        self.queue.retain(|_, arrival| !is_answer(arrival));
        let own = |agent: &Agent| agent.persona().flow.connection;
        for connection in self.streams.of(None) {
            let agent = self.agents.iter().position(|agent| own(agent) == connection);
            self.break_off(connection);
            let Some(agent) = agent else { continue };
            self.connect(agent);
            let back = self.now.mono + down + Duration::from_secs(1);
            self.enqueue(back, Arrival::Order(Order::Act(agent, Act::Registers)));
        }
        self.remark("the switch dies".to_owned());
        self.enqueue(self.now.mono + down, Arrival::Start);
    }

    /// A process starts: with what the disk holds, and with ports of its own.
    pub(super) fn start(&mut self) {
        self.starts += 1;
        self.chance.fill(&mut self.settings.seed);
        if self.starts > 1 {
            self.remark("the switch starts".to_owned());
        }
        self.is_loading = true;
        self.store.handle(self.now, Request::Load);
    }

    /// The process has what the disk held: it begins to hear.
    pub(super) fn begin(&mut self) {
        self.is_loading = false;
        self.switch = Some(Switch::new(self.settings.clone(), self.site.clone(), self.now));
        self.studio = self.studio.anew(self.ports, self.now.mono);
        self.recordings = 0;
        self.check.began(self.now.mono);
    }

    /// A source of chance that is this world's alone.
    pub fn fork_chance(&mut self) -> Chance {
        let mut seed = [0; 32];
        self.chance.fill(&mut seed);
        Chance::from_seed(seed)
    }
}
