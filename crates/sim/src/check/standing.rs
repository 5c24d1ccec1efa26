//! Which addresses of carriers are out, by what they say to OPTIONS and to calls: others are tried first
//! (RFC 3263 §4.3, RELIABILITY F7).
//!
//! An address is out here only beyond doubt, and another one better only beyond doubt: names move, channels fill up, an
//! answer may be late.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use callplan::{Site, TrunkId};
use clock::Instant;
use sip::Name;
use store::{LegRecord, Record};

use super::{
    Check, SLACK,
    carrier::{Carriers, address_of},
    duty::Duty,
    limit::PATIENCE,
    seen::Seen,
};

/// OPTIONS that an address misses, or answers, in a row, before it is out, or back.
const TURNS_AFTER: u32 = 2;

/// For so long an address is tried after others when it did not answer a call.
const AVOIDED: Duration = Duration::from_secs(60);

/// How addresses did of late.
#[derive(Debug, Default)]
pub(super) struct Standings {
    pulses: BTreeMap<IpAddr, Pulse>,
    /// Until when those are avoided that did not answer a call.
    avoided: BTreeMap<IpAddr, Instant>,
    /// Calls to carriers, by Call-ID.
    calls: BTreeMap<Arc<str>, Choice>,
}

/// How an address answers OPTIONS.
#[derive(Debug, Default)]
struct Pulse {
    last: Option<Instant>,
    is_open: bool,
    /// Whoever never answered has not fallen silent.
    is_heard: bool,
    misses: u32,
    answers: u32,
    is_out: bool,
    back: Option<Instant>,
}

/// What a carrier's address was preferred to, beyond doubt.
#[derive(Debug)]
struct Choice {
    at: IpAddr,
    left: Instant,
    is_out: bool,
    /// Trunks that had a better address then, and the address.
    better: Vec<(TrunkId, IpAddr)>,
    /// Trunks all of whose addresses were out.
    out: Vec<TrunkId>,
}

/// What an OPTIONS changed.
enum Turned {
    Out,
    Back,
}

impl Pulse {
    fn beat(&mut self, now: Instant, is_answered: bool) -> Option<Turned> {
        if is_answered {
            (self.is_heard, self.misses, self.answers) = (true, 0, self.answers + 1);
        } else {
            (self.misses, self.answers) = (self.misses + 1, 0);
        }
        if self.is_out && self.answers == TURNS_AFTER {
            (self.is_out, self.back) = (false, Some(now));
            return Some(Turned::Back);
        }
        let falls = self.is_heard && !self.is_out && self.misses >= TURNS_AFTER;
        self.is_out |= falls;
        falls.then_some(Turned::Out)
    }
}

impl Standings {
    /// An OPTIONS leaves, or is due from then on.
    pub(super) fn asks(&mut self, address: IpAddr, now: Instant) {
        self.pulses.entry(address).or_default().last = Some(now);
    }

    /// A name leads there no more: what is known of the address is worth nothing.
    pub(super) fn forget(&mut self, address: IpAddr) {
        self.pulses.remove(&address);
    }

    /// A call was led on from an address that did not answer it.
    pub(super) fn is_silent(&mut self, call_id: &str, since: Instant) {
        let Some(at) = self.calls.get(call_id).map(|choice| choice.at) else { return };
        if self.pulses.get(&at).is_none_or(|pulse| pulse.back < Some(since)) {
            self.avoided.insert(at, since + AVOIDED);
        }
    }

    fn is_out(&self, now: Instant, at: IpAddr) -> bool {
        self.pulses.get(&at).is_some_and(|pulse| pulse.is_out)
            || self.avoided.get(&at).is_some_and(|until| now < *until)
    }

    fn answers_options(&self, at: IpAddr) -> bool {
        self.pulses.get(&at).is_none_or(|pulse| !pulse.is_out && pulse.misses == 0)
    }
}

impl Carriers {
    /// Where a trunk is, as far as that has been known for a while.
    fn addresses(&self, now: Instant, site: &Site, trunk: TrunkId) -> Vec<IpAddr> {
        let trunk = &site[trunk];
        if let Some(address) = address_of(trunk) {
            return vec![address];
        }
        let is_known = |since: Instant| now.since(since) > PATIENCE + SLACK;
        let named = self.names.get(&trunk.host).filter(|named| named.since.is_some_and(is_known));
        named.map(|named| named.at.iter().copied().collect()).unwrap_or_default()
    }
}

impl Check {
    /// An OPTIONS outside of dialogs left.
    pub(super) fn options_left(&mut self, seen: Seen<'_>) {
        let (address, now) = (seen.flow.remote.ip(), seen.now);
        let pulse = self.carriers.standings.pulses.entry(address).or_default();
        let missed = std::mem::replace(&mut pulse.is_open, true);
        let turned = if missed { pulse.beat(now, false) } else { None };
        pulse.last = Some(now);
        self.turned(address, turned);
        let every = self.carriers.site.as_ref().and_then(|site| {
            site.trunks.iter().find(|trunk| address_of(trunk) == Some(address)).and_then(|trunk| trunk.ping)
        });
        if let Some(every) = every {
            self.owe(now + every * 2, Duty::Ask(address, now));
        }
    }

    /// An OPTIONS was answered.
    pub(super) fn options_heard(&mut self, seen: Seen<'_>) {
        let address = seen.flow.remote.ip();
        let Some(pulse) = self.carriers.standings.pulses.get_mut(&address) else { return };
        if std::mem::take(&mut pulse.is_open) {
            let is_in_time = pulse.last.is_some_and(|last| seen.now.since(last) < PATIENCE);
            let turned = pulse.beat(seen.now, is_in_time);
            self.turned(address, turned);
        }
    }

    fn turned(&mut self, address: IpAddr, turned: Option<Turned>) {
        match turned {
            Some(Turned::Out) => self.happened.outages += 1,
            Some(Turned::Back) => {
                self.happened.returns += 1;
                self.carriers.standings.avoided.remove(&address);
            }
            None => {}
        }
    }

    pub(super) fn judge_options(&mut self, at: Instant, address: IpAddr, since: Instant) {
        if self.carriers.standings.pulses.get(&address).is_some_and(|pulse| pulse.last == Some(since)) {
            self.violate(at, format!("{address} is not asked whether it is there"));
        }
    }

    /// A call goes out to a carrier: who else might have had it?
    pub(super) fn note_choice(&mut self, seen: Seen<'_>) {
        let (now, at) = (seen.now, seen.flow.remote.ip());
        let Some(site) = self.carriers.site.clone().filter(|_| !self.limits.is_help(seen.message, Name::To))
        else {
            return;
        };
        let standings = &self.carriers.standings;
        let (mut better, mut out) = (Vec::new(), Vec::new());
        for id in (0..site.trunks.len()).map(TrunkId::from) {
            let addresses = self.carriers.addresses(now, &site, id);
            if !addresses.is_empty() && addresses.iter().all(|it| standings.is_out(now, *it)) {
                out.push(id);
            }
            let good = addresses.into_iter().find(|it| self.is_good(now, *it));
            better.extend(good.filter(|_| self.has_room(now, &site, id)).map(|it| (id, it)));
        }
        let choice = Choice { at, left: now, is_out: standings.is_out(now, at), better, out };
        self.carriers.standings.calls.insert(seen.call_id(), choice);
    }

    /// Whether nothing can be held against an address.
    fn is_good(&self, now: Instant, at: IpAddr) -> bool {
        let standings = &self.carriers.standings;
        let is_doubtful = |(call_id, choice): (&Arc<str>, &Choice)| {
            let leg = self.legs.get(call_id);
            let was_unheard = || {
                leg.into_iter()
                    .flat_map(|leg| leg.asked.values())
                    .filter(|it| it.is_first)
                    .any(|it| it.heard.is_none_or(|heard| heard.since(it.at) >= PATIENCE) && now > it.at)
            };
            choice.at == at && now.since(choice.left) < AVOIDED + PATIENCE * 2 && was_unheard()
        };
        standings.answers_options(at)
            && !self.carriers.rests_at(now, at)
            && !standings.calls.iter().any(is_doubtful)
    }

    /// Whoever was out when a call went there comes after those that were not (of one trunk or another).
    pub(super) fn judge_choices(
        &mut self,
        record: &Record,
        first: &LegRecord,
        ways: &[LegRecord],
    ) -> Vec<String> {
        let Some((trunks, false)) = self.carriers.trunks_for(record, first) else { return Vec::new() };
        let of = |leg: &LegRecord| self.carriers.trunk(leg).map(|(id, _)| id);
        let mut wrong = Vec::new();
        let mut passed_over = 0;
        // A call that a carrier sends elsewhere follows another rule.
        let number = ways.first().map(|way| &way.number);
        for (index, leg) in ways.iter().enumerate().take_while(|(_, leg)| Some(&leg.number) == number) {
            let Some(choice) = self.carriers.standings.calls.get(&leg.sip_call_id) else { continue };
            let is_untried = |id: &TrunkId| !ways[..index].iter().any(|way| of(way) == Some(*id));
            let is_open = |id: &TrunkId| trunks.contains(id) && is_untried(id);
            let better = choice.better.iter().find(|(id, at)| is_open(id) && *at != choice.at);
            let turn = trunks.iter().position(|id| of(leg) == Some(*id)).unwrap_or(0);
            passed_over +=
                u64::from(trunks[..turn].iter().any(|id| is_untried(id) && choice.out.contains(id)));
            if let Some((_, at)) = better.filter(|_| choice.is_out) {
                wrong.push(format!("{}: {} is out, and tried before {at}", leg.sip_call_id, choice.at));
            }
        }
        self.happened.passed_over += passed_over;
        wrong
    }
}
