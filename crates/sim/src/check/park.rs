//! Callers in slots: one in each, given to whoever comes for them, and back with whoever parked them in time.
//!
//! A caller waits from the 202 to the REFER on. When that ended the record of the call tells, so what others were told
//! meanwhile is judged then. Of an attended park the slot is known by the call that asked after it; where somebody may
//! have been in that slot, that call may have been a talk, and the two have become one.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use callplan::{Feature, Site, number::Digits};
use clock::Instant;
use sip::{Message, Method, Name, Status, header::NameAddr};
use store::Record;

use super::{
    Check, SLACK,
    duty::Duty,
    seen::{Leg, Seen},
};

/// Slots, and who waits there.
#[derive(Debug, Default)]
pub(super) struct Parks {
    site: Option<Arc<Site>>,
    parked: Vec<Parked>,
    /// REFERs that park, by Call-ID and branch.
    wishes: BTreeMap<(Arc<str>, Arc<str>), Wish>,
    /// Calls to slots, by Call-ID.
    comings: BTreeMap<Arc<str>, Coming>,
    /// How callers are named on phones, by Call-ID.
    shown: BTreeMap<Arc<str>, String>,
}

/// Which slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    At(u32),
    /// The lowest that is free, of which a message tells.
    Any,
}

#[derive(Clone, Copy, Debug)]
struct Wish {
    spot: Spot,
    /// No talk with somebody who came from that slot is meant.
    is_sure: bool,
}

/// A caller who was parked.
#[derive(Clone, Debug)]
struct Parked {
    slot: Option<u32>,
    at: Instant,
    /// The parker: its leg and its side, and whether it is certainly to be reached.
    by: Arc<str>,
    side: usize,
    is_reached: bool,
    is_sure: bool,
    left: Option<Instant>,
}

/// A call to a slot.
#[derive(Clone, Debug)]
struct Coming {
    spot: Spot,
    branch: Arc<str>,
    came: Instant,
    /// Nobody was in the slot then, beyond doubt, and whoever called had nobody to park.
    is_for_nobody: bool,
    was_free: bool,
}

impl Parks {
    pub(super) fn of(site: &Arc<Site>) -> Self {
        Self { site: Some(site.clone()), ..Self::default() }
    }

    fn return_after(&self) -> Duration {
        self.site.as_ref().map(|site| site.park.return_after).unwrap_or_default()
    }

    /// What slot a number names.
    fn spot(&self, dialled: &str) -> Option<Spot> {
        let site = self.site.as_ref()?;
        let code = Digits::read(dialled).ok().and_then(|digits| site.codes.read(&digits));
        let is_any = matches!(code, Some((Feature::Park, _)));
        site.park.slot(dialled).map(Spot::At).or_else(|| is_any.then_some(Spot::Any))
    }

    /// Whether somebody may be in a slot.
    fn may_be_taken(&self, now: Instant, spot: Spot) -> bool {
        self.parked.iter().any(|it| {
            let is_there = it.slot.is_none_or(|slot| spot == Spot::At(slot));
            is_there && it.left.is_none_or(|left| now <= left + SLACK)
        })
    }

    /// What a REFER wants, if that is a slot.
    fn wish(&self, seen: Seen<'_>) -> Option<Wish> {
        let to = seen.message.header(Name::ReferTo)?;
        let Some((_, named)) = to.split_once("Replaces=") else {
            let spot = self.spot(NameAddr::parse(to).ok()?.uri.user()?)?;
            return Some(Wish { spot, is_sure: true });
        };
        let coming = self.comings.get(named.split("%3B").next()?)?;
        Some(Wish { spot: coming.spot, is_sure: coming.was_free })
    }
}

impl Check {
    /// A process begins: nobody is in any slot.
    pub(super) fn slots_are_free(&mut self) {
        self.parks = Parks { site: self.parks.site.take(), ..Parks::default() };
    }

    /// A phone calls a slot.
    pub(super) fn slot_called(&mut self, seen: Seen<'_>) {
        let dialled = seen.message.request_uri().and_then(|uri| uri.user().map(str::to_owned));
        let Some(spot) = dialled.and_then(|dialled| self.parks.spot(&dialled)) else { return };
        let call_id = seen.call_id();
        let others = self.legs.iter().filter(|(other, leg)| **other != call_id && leg.side == seen.side);
        let is_alone = others.filter(|(_, leg)| leg.may_hold(seen.now)).count() == 0;
        // Nobody waits under a code.
        let was_free = spot == Spot::Any || !self.parks.may_be_taken(seen.now, spot);
        let is_for_nobody = is_alone && was_free;
        let coming = Coming { spot, branch: seen.branch(), came: seen.now, is_for_nobody, was_free };
        self.parks.comings.insert(call_id, coming);
    }

    /// A call to a slot is answered.
    pub(super) fn slot_answered(&mut self, seen: Seen<'_>) {
        let Some(coming) = self.parks.comings.get(seen.message.call_id()).cloned() else { return };
        if coming.branch != seen.branch() {
            return;
        }
        if coming.is_for_nobody {
            let what = format!("{}: nobody waits in the slot, and whoever comes is answered", seen.call_id());
            return self.violate(seen.now, what);
        }
        // One of those who may be there.
        let is_there = |it: &&mut Parked| it.slot.map(Spot::At) == Some(coming.spot) && it.left.is_none();
        for parked in self.parks.parked.iter_mut().filter(is_there) {
            parked.left = Some(seen.now);
            self.happened.fetched += 1;
        }
    }

    /// A REFER came.
    pub(super) fn referral_came(&mut self, seen: Seen<'_>) {
        if *seen.message.method() == Method::Refer
            && let Some(mut wish) = self.parks.wish(seen)
        {
            wish.is_sure &= self.still_asks(seen.message);
            self.parks.wishes.insert((seen.call_id(), seen.branch()), wish);
        }
    }

    /// Whether the call that a REFER names, if it does, is still there.
    fn still_asks(&self, refer: &Message) -> bool {
        let to = refer.header(Name::ReferTo).unwrap_or_default();
        let Some((_, named)) = to.split_once("Replaces=") else { return true };
        let asks = named.split("%3B").next().and_then(|call_id| self.legs.get(call_id));
        asks.is_some_and(|leg| leg.is_answered() && !leg.is_over())
    }

    /// A REFER was taken: who is parked waits from now on.
    pub(super) fn parks(&mut self, seen: Seen<'_>) {
        let by = seen.call_id();
        let Some(wish) = self.parks.wishes.remove(&(by.clone(), seen.branch())) else { return };
        let Wish { spot, is_sure } = wish;
        let slot = if let Spot::At(slot) = spot { Some(slot) } else { None };
        let is_reached = !seen.flow.transport.is_reliable();
        if slot.is_none() && is_sure && is_reached {
            self.owe(seen.now + SLACK, Duty::TellSlot(by.clone(), seen.now));
        }
        let parked = Parked { slot, at: seen.now, by, side: seen.side, is_reached, is_sure, left: None };
        self.parks.parked.push(parked);
        self.happened.parks += 1;
    }

    /// A MESSAGE leaves: it may say where somebody is.
    pub(super) fn slot_told(&mut self, seen: Seen<'_>) {
        let body = seen.message.body();
        let said = std::str::from_utf8(&body).ok().and_then(|text| text.strip_prefix("Parked at "));
        let Some(slot) = said.and_then(|rest| rest.trim_end_matches('.').parse().ok()) else { return };
        let is_meant = |it: &&mut Parked| it.side == seen.side && it.at == seen.now && it.slot.is_none();
        if let Some(parked) = self.parks.parked.iter_mut().rev().find(is_meant) {
            parked.slot = Some(slot);
        }
    }

    pub(super) fn judge_slot_told(&mut self, at: Instant, by: &Arc<str>, since: Instant) {
        if self.parks.parked.iter().any(|it| it.by == *by && it.at == since && it.slot.is_none()) {
            self.violate(at, format!("{by}: whoever parked is not told where"));
        }
    }

    /// A call leaves: how is its caller named?
    pub(super) fn named(&mut self, seen: Seen<'_>) {
        let from = seen.message.header(Name::From).unwrap_or_default();
        self.parks.shown.insert(seen.call_id(), from.to_owned());
    }

    /// A call is over in which somebody was parked.
    pub(super) fn judge_parks(&mut self, now: Instant, record: &Record) {
        let is_here = |it: &Parked| record.legs.iter().any(|leg| leg.sip_call_id == it.by);
        for index in 0..self.parks.parked.len() {
            let parked = self.parks.parked[index].clone();
            if !is_here(&parked) {
                continue;
            }
            let back = self.comes_back(record, &parked);
            let fetched = parked.left;
            let ends = [fetched, back.as_ref().map(|(at, _)| *at), self.ends_at(record, &parked)];
            let stays = ends.into_iter().flatten().min().unwrap_or(now);
            let left = stays.min(parked.at + self.parks.return_after());
            self.parks.parked[index].left = Some(left);
            // Of two calls that became one the legs of either may be older than it was.
            if !parked.is_sure || self.joined >= Some(parked.at) {
                continue;
            }
            let back = back.filter(|(at, _)| *at == stays && fetched.is_none_or(|fetched| stays < fetched));
            let mut wrong = self.judge_return(&parked, stays, back);
            wrong.extend(self.judge_slot(index, left));
            wrong.into_iter().for_each(|what| self.violate(now, format!("{}: {what}", parked.by)));
        }
    }

    /// When somebody is rung for a caller in a slot, and by which call.
    fn comes_back(&self, record: &Record, parked: &Parked) -> Option<(Instant, Arc<str>)> {
        let rung =
            |call_id: &Arc<str>| self.legs.get(call_id).and_then(Leg::begun).zip(Some(call_id.clone()));
        let legs = record.legs.iter().filter_map(|leg| rung(&leg.sip_call_id));
        legs.filter(|(at, _)| *at > parked.at).min()
    }

    /// When the first of those who were left hung up.
    fn ends_at(&self, record: &Record, parked: &Parked) -> Option<Instant> {
        let legs = record.legs.iter().map(|leg| &leg.sip_call_id).filter(|call_id| **call_id != parked.by);
        let ended = |leg: &Leg| [leg.bye_came, leg.bye_left].into_iter().flatten().min();
        let ends = legs.filter_map(|call_id| self.legs.get(call_id).and_then(ended));
        ends.filter(|at| *at >= parked.at).min()
    }

    fn judge_return(
        &mut self,
        parked: &Parked,
        stays: Instant,
        back: Option<(Instant, Arc<str>)>,
    ) -> Vec<String> {
        let due = parked.at + self.parks.return_after();
        let Some((at, call_id)) = back else {
            // A phone on a connection may be out of reach.
            let is_owed = stays > due + SLACK && parked.is_reached && self.has_time(due, parked.side);
            return is_owed
                .then(|| "nobody comes for the caller, and it stays".to_owned())
                .into_iter()
                .collect();
        };
        self.happened.parks_returned += 1;
        let mut wrong = Vec::new();
        if at + SLACK < due || at > due + SLACK {
            let (after, due) = (at.since(parked.at), self.parks.return_after());
            wrong.push(format!("the caller is back after {after:?}, which was due after {due:?}"));
        }
        let shown = self.parks.shown.get(&call_id).map_or("", String::as_str);
        let after = |slot: u32| shown.trim_start_matches('"').strip_prefix(&slot.to_string());
        let is_named = |slot: u32| after(slot).is_some_and(|rest| rest.starts_with(['"', ':', ' ']));
        if parked.slot.is_some_and(|slot| !is_named(slot)) {
            wrong.push(format!("the caller is back, and {shown} does not say from where"));
        }
        if self.legs.get(&call_id).is_some_and(|leg| !self.limits.is_one(leg.side, parked.side)) {
            wrong.push("the caller is back with somebody else".to_owned());
        }
        wrong
    }

    /// What others were told of this slot meanwhile.
    fn judge_slot(&self, index: usize, left: Instant) -> Vec<String> {
        let Parked { slot: Some(slot), at, .. } = self.parks.parked[index] else { return Vec::new() };
        let is_meanwhile = |then: Instant| then > at + SLACK && then + SLACK < left;
        let others = self.parks.parked.iter().filter(|it| it.is_sure && it.slot == Some(slot));
        let mut wrong: Vec<String> = others
            .filter(|it| is_meanwhile(it.at))
            .map(|it| format!("somebody else is in slot {slot} too: see {}", it.by))
            .collect();
        let comings = self.parks.comings.iter().filter(|(_, it)| it.spot == Spot::At(slot));
        for (call_id, coming) in comings.filter(|(_, it)| is_meanwhile(it.came)) {
            let answering = |leg: &Leg| leg.answering.get(&(coming.branch.clone(), true))?.last_status;
            if self.legs.get(call_id).and_then(answering) == Some(Status::NOT_FOUND) {
                wrong.push(format!("somebody came for the caller in slot {slot} in vain: see {call_id}"));
            }
        }
        wrong
    }
}
