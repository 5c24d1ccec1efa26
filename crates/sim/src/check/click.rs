//! Calls that are asked for by a click (RFC 3725): one for each, and one with whoever asked first.
//!
//! | whoever asked | what is owed |
//! |---|---|
//! | has a call less than they may have | they are rung |
//! | answers | whom they want is called at once, or they hear what is played, or the call ends |
//! | does not | nobody else is called |

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use b2bua::switch::NotPlaced;
use callplan::PhoneId;
use clock::Instant;
use store::{CallId, LegRecord, Record};

use super::{
    Check, SLACK,
    carrier::address_of,
    duty::Duty,
    limit::PATIENCE,
    seen::{Asked, Leg},
};

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    /// Clicks that nothing came of yet: when, and the phones of whoever asked.
    open: VecDeque<(Instant, Vec<PhoneId>)>,
    placed: BTreeMap<CallId, Instant>,
    /// Call-IDs of those who are rung because they asked.
    askers: BTreeSet<Arc<str>>,
    /// A click is under way; the phones of whoever asked, once it is placed.
    is_under_way: bool,
    rings: Vec<PhoneId>,
    is_rung: bool,
}

impl Check {
    /// A call is asked for from these phones.
    pub(crate) fn clicked(&mut self, now: Instant, phones: Vec<PhoneId>) {
        self.limits.originates(now, phones.iter().copied());
        self.clicks.open.push_back((now, phones));
        self.clicks.is_under_way = true;
    }

    /// All that a click does at once is done; these phones can be rung.
    pub(crate) fn click_heard(&mut self, now: Instant, reached: &BTreeSet<Arc<str>>) {
        self.clicks.is_under_way = false;
        let rings = std::mem::take(&mut self.clicks.rings);
        let is_reached = rings.iter().any(|phone| self.reminded.is_reached(phone.index(), reached));
        if is_reached && !std::mem::take(&mut self.clicks.is_rung) {
            self.violate(now, "whoever asked for a call is not rung".to_owned());
        }
    }

    /// A leg begins: is it whoever asked?
    pub(super) fn asker_rung(&mut self, call_id: &Arc<str>) {
        if self.clicks.is_under_way {
            self.clicks.askers.insert(call_id.clone());
            self.clicks.is_rung = true;
        }
    }

    /// Whoever was rung answered, in time: if they asked for a call, it goes on from there.
    pub(super) fn asker_answered(&mut self, now: Instant, call_id: &Arc<str>) {
        if self.clicks.askers.remove(call_id) {
            self.owe(now + PATIENCE + SLACK, Duty::GoOn(call_id.clone(), now));
        }
    }

    /// By now somebody is called, something is played, or the call is over.
    pub(super) fn judge_going_on(&mut self, at: Instant, call_id: &Arc<str>, since: Instant) {
        let Some(leg) = self.legs.get(call_id).filter(|leg| !leg.is_over()) else { return };
        let is_called = |it: &Leg| it.is_ours && it.side != leg.side && it.begun() >= Some(since);
        let is_called = self.legs.values().any(is_called);
        if !is_called && !self.streams.plays_to(call_id) {
            self.violate(at, format!("{call_id}: whoever asked for a call is there, and nobody is called"));
        }
    }

    /// It is placed, or not; if so, whoever asked is rung by now.
    pub(crate) fn placed(&mut self, now: Instant, placed: &Result<CallId, NotPlaced>) {
        let Some((at, phones)) = self.clicks.open.pop_front() else {
            return self.violate(now, "a call is placed that nobody asked for".to_owned());
        };
        match placed {
            Ok(call) => {
                self.happened.clicks += 1;
                self.clicks.placed.insert(*call, at);
                self.clicks.rings.extend(phones);
                if !self.begun.contains(call) {
                    self.violate(now, format!("call {} is placed and never began", call.0));
                }
            }
            Err(NotPlaced::Limit) => {
                self.happened.clicks_refused += 1;
                if phones.first().is_some_and(|phone| self.has_time(now, phone.index())) {
                    self.violate(now, "no call is placed for one who may have one more".to_owned());
                }
            }
            Err(
                NotPlaced::NoSuchCaller
                | NotPlaced::NoPhone
                | NotPlaced::Refused(_)
                | NotPlaced::NotACall
                | NotPlaced::Draining,
            ) => self.happened.clicks_refused += 1,
        }
    }

    /// A call that was asked for is over: who was called when?
    pub(super) fn judge_click(&mut self, now: Instant, record: &Record) {
        let placed = self.clicks.placed.remove(&record.call);
        // Of two calls that became one the legs of either may be older than it was.
        let Some(at) = placed.filter(|at| self.joined < Some(*at)) else { return };
        let legs: Vec<&Leg> = record.legs.iter().filter_map(|leg| self.legs.get(&leg.sip_call_id)).collect();
        // Whoever comes by themselves may take the place of either.
        if !legs.iter().all(|leg| leg.is_ours) {
            return;
        }
        let (askers, others): (Vec<&Leg>, Vec<&Leg>) =
            legs.into_iter().partition(|leg| leg.begun() == Some(at));
        let there = askers.iter().filter_map(|leg| leg.is_there_since()).min();
        let Some(first) = others.iter().filter_map(|leg| leg.begun()).min() else { return };
        let is_looked_up = record.legs.iter().any(|leg| self.is_looked_up(leg));
        let grace = if is_looked_up { PATIENCE + SLACK } else { SLACK };
        // Who is in a line is called somebody when it is their turn.
        let waits = record.path.contains("queue:");
        let what = match there {
            Some(there) if first < there => "called before whoever asked is there",
            Some(there) if first > there + grace && !waits => "called late, and whoever asked waits",
            Some(_) => return,
            None => "called for one who is not there",
        };
        let legs: Vec<&str> = record.legs.iter().map(|leg| &*leg.sip_call_id).collect();
        self.violate(now, format!("{}: {what}", legs.join(" ")));
    }

    fn is_looked_up(&self, leg: &LegRecord) -> bool {
        self.carriers.trunk(leg).is_some_and(|(_, trunk)| address_of(trunk).is_none())
    }
}

impl Leg {
    /// When the switch called.
    pub(super) fn begun(&self) -> Option<Instant> {
        self.asked.values().filter(|it| it.is_first).map(|it| it.at).min()
    }

    /// When whoever was called answered, if that was in time.
    fn is_there_since(&self) -> Option<Instant> {
        let answers = |it: &&Asked| {
            it.is_first && it.cancelled.is_none() && it.last_status.is_some_and(sip::Status::is_success)
        };
        self.asked.values().find(answers).filter(|_| !self.is_parting)?.settled
    }
}
