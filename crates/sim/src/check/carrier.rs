//! Carriers that are silent, rest, answer no OPTIONS or move: what the switch owes to whoever calls over them
//! (RFC 3263 §4.3, RFC 3261 §20.33, RELIABILITY F6 and F7).
//!
//! | what a carrier, or a name server, said | what is owed |
//! |---|---|
//! | nothing for four seconds, or a status that leads on | the next way at once, or the caller is told |
//! | busy, declined | no other way |
//! | that it does not let us in | no other way to the same carrier |
//! | Retry-After | no call before that is over, but for help |
//! | whatever it says to OPTIONS | another OPTIONS in time |
//! | nothing to two OPTIONS, or to a call | others first: see `standing` |
//! | that a name lies elsewhere now | no call to where it lay; the name is asked again when its time is over |

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use b2bua::reach::Answer;
use callplan::{
    Site, Trunk, TrunkId,
    resolve::{self, Resolution},
};
use clock::Instant;
use sip::{Name, Status};
use store::{Direction, LegRecord, Record};

use super::{
    Check, SLACK,
    duty::Duty,
    limit::PATIENCE,
    response::is_challenge,
    seen::{Leg, Seen, is_invite, is_success},
    standing::Standings,
};

/// A leg may hold its channel so long after the last that was heard of it: 64*T1, and its transaction's rest.
const HOLDS_MAX: Duration = Duration::from_secs(40);

/// What is known of carriers and names.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    pub(super) site: Option<Arc<Site>>,
    /// Addresses that are written in the config, of trunks that numbers are dialled over.
    written: BTreeSet<IpAddr>,
    /// Until when each asked to be left alone.
    pub(super) rests: BTreeMap<SocketAddr, Instant>,
    pub(super) names: BTreeMap<Arc<str>, Named>,
    pub(super) standings: Standings,
}

/// What name servers said of a name.
#[derive(Debug, Default)]
pub(super) struct Named {
    asked: Option<Instant>,
    /// When it was told first.
    pub(super) since: Option<Instant>,
    pub(super) at: BTreeSet<IpAddr>,
}

/// One way that a call tried.
struct Try {
    begun: Instant,
    /// What it came to, and when.
    over: Instant,
    status: Status,
    /// Nothing was heard of it.
    is_silent: bool,
}

impl Carriers {
    pub(super) fn of(site: &Arc<Site>) -> Self {
        let helps = &site.emergency.trunks;
        let of_rules = site.dial.iter().flat_map(|rule| &rule.trunks).chain(helps).map(|id| &site[*id]);
        let of_help = site.carriers().filter(|_| helps.is_empty());
        let of_agents = site.agents.iter().map(|agent| &site[agent.trunk]);
        let hosts = |trunk: &Trunk| {
            let more = trunk.others.iter().chain(&trunk.outbound_proxy).map(|host| host.name.clone());
            more.chain([trunk.host.clone()]).filter_map(|host| host.parse().ok()).collect::<Vec<IpAddr>>()
        };
        let written = of_rules.chain(of_help).chain(of_agents).flat_map(hosts).collect();
        Self { site: Some(site.clone()), written, ..Self::default() }
    }

    pub(super) fn trunk(&self, leg: &LegRecord) -> Option<(TrunkId, &Trunk)> {
        let site = self.site.as_ref()?;
        let id = site.trunk(leg.party.strip_prefix("trunk:")?)?;
        Some((id, &site[id]))
    }

    /// The trunks in turn that lead to what a phone dialled, and whether that is help.
    pub(super) fn trunks_for(&self, record: &Record, first: &LegRecord) -> Option<(&[TrunkId], bool)> {
        let site = self.site.as_ref()?;
        let phone = site.phone(first.party.strip_prefix("phone:")?)?;
        match resolve::resolve(site, phone, &record.began.to) {
            Resolution::Outside { rule, .. } | Resolution::Short { rule, .. } => {
                Some((&site[rule].trunks, false))
            }
            Resolution::Emergency(_) => Some((&site.emergency.trunks, true)),
            Resolution::Inside(_)
            | Resolution::Feature(..)
            | Resolution::Slot(_)
            | Resolution::Toggle(_)
            | Resolution::Refused(_) => None,
        }
    }

    /// Whether whoever is there asked to be left alone until after then.
    pub(super) fn rests_at(&self, since: Instant, address: IpAddr) -> bool {
        self.rests.iter().any(|(at, until)| at.ip() == address && since < *until)
    }
}

/// Its address, where the config has no name for it.
pub(super) fn address_of(trunk: &Trunk) -> Option<IpAddr> {
    trunk.host.parse().ok()
}

/// A challenge that is not met says no more of the callee than that the carrier is out of order.
fn leads_on(trunk: &Trunk, status: Status) -> bool {
    let rule = &trunk.fail_over;
    let status = if is_challenge(status) { Status::SERVICE_UNAVAILABLE } else { status };
    (status == Status::REQUEST_TIMEOUT && rule.timeout) || rule.statuses.contains(&status.code())
}

impl Check {
    /// A process begins: it asks carriers whether they are there.
    pub(crate) fn began(&mut self, now: Instant) {
        (self.carriers.rests, self.carriers.names) = (BTreeMap::new(), BTreeMap::new());
        self.carriers.standings = Standings::default();
        self.slots_are_free();
        let Some(site) = self.carriers.site.clone() else { return };
        for trunk in &site.trunks {
            if let (Some(address), Some(every)) = (address_of(trunk), trunk.ping) {
                self.carriers.standings.asks(address, now);
                self.owe(now + every * 2, Duty::Ask(address, now));
            }
        }
    }

    /// Carriers are asked no more.
    pub(crate) fn asks_no_more(&mut self) {
        self.carriers.standings = Standings::default();
    }

    /// The switch asks where a name is.
    pub(crate) fn asked_name(&mut self, now: Instant, host: &Arc<str>) {
        self.carriers.names.entry(host.clone()).or_default().asked = Some(now);
    }

    /// A name server tells, or nobody does.
    pub(crate) fn told_name(&mut self, now: Instant, host: &Arc<str>, answer: &Answer) {
        let Answer::Servers(servers, lasts) = answer else {
            self.happened.names_untold += 1;
            return;
        };
        let named = self.carriers.names.entry(host.clone()).or_default();
        let at = servers.iter().flat_map(|server| server.addresses.iter().map(SocketAddr::ip)).collect();
        named.since.get_or_insert(now);
        let before = std::mem::replace(&mut named.at, at);
        before.difference(&named.at).for_each(|gone| self.carriers.standings.forget(*gone));
        self.happened.names_moved += u64::from(!before.is_empty() && before != named.at);
        let site = self.carriers.site.as_ref();
        if site.is_some_and(|site| site.trunks.iter().any(|trunk| trunk.host == *host)) {
            self.owe(now + *lasts + SLACK, Duty::Resolve(host.clone(), now));
        }
    }

    pub(super) fn judge_name(&mut self, at: Instant, host: &Arc<str>, told: Instant) {
        if self.carriers.names.get(host).is_some_and(|named| named.asked < Some(told)) {
            self.violate(at, format!("{host} is not asked for again"));
        }
    }

    /// A carrier refuses a call, and may ask for a rest.
    pub(super) fn carrier_refused(&mut self, seen: Seen<'_>, status: Status) {
        let asked = seen.message.header(Name::RetryAfter).and_then(|value| value.parse().ok());
        if let Some(seconds) = asked.filter(|_| status == Status::SERVICE_UNAVAILABLE) {
            self.happened.rests += 1;
            self.carriers.rests.insert(seen.flow.remote, seen.now + Duration::from_secs(seconds));
        }
    }

    /// A call goes out to a carrier.
    pub(super) fn judge_carrier(&mut self, seen: Seen<'_>) {
        let (remote, call_id) = (seen.flow.remote, seen.call_id());
        if !self.limits.is_carrier(seen.side) {
            return;
        }
        let rests = self.carriers.rests.get(&remote).is_some_and(|until| seen.now < *until);
        if rests && !self.limits.is_help(seen.message, Name::To) {
            self.violate(seen.now, format!("{call_id}: {remote} is called, which asked for a rest"));
        }
        let is_named = || self.carriers.names.values().any(|named| named.at.contains(&remote.ip()));
        if !self.carriers.written.contains(&remote.ip()) && !is_named() {
            self.violate(seen.now, format!("{call_id}: {remote} is called, where nobody is any more"));
        }
        self.note_choice(seen);
    }

    /// A call that a phone placed to a number outside is over: did each way lead on as it should?
    pub(super) fn judge_ways(&mut self, now: Instant, record: &Record) {
        let [first, ways @ ..] = record.legs.as_slice() else { return };
        let is_plain = |leg: &LegRecord| {
            self.carriers.trunk(leg).is_some()
                && self.legs.get(&leg.sip_call_id).is_none_or(|leg| leg.referral.is_none())
        };
        let was_referred = self.legs.get(&first.sip_call_id).is_none_or(|leg| leg.referral.is_some());
        let is_outbound = record.began.direction == Direction::Outbound;
        if !is_outbound || was_referred || !ways.iter().all(is_plain) {
            return;
        }
        let mut wrong = Vec::new();
        let is_help = self.calls_for_help(record);
        for pair in ways.windows(2).filter(|pair| pair[0].number == pair[1].number) {
            let (one, other) = (self.way(&pair[0]), self.way(&pair[1]));
            let (Some(one), Some(other)) = (one, other) else { continue };
            let trunk = self.carriers.trunk(&pair[0]);
            let leads = is_help && !is_success(Some(one.status))
                || trunk.is_some_and(|(_, trunk)| leads_on(trunk, one.status));
            let other_trunk = self.carriers.trunk(&pair[1]);
            let is_same = trunk.map(|(id, _)| id) == other_trunk.map(|(id, _)| id);
            let is_named = other_trunk.is_some_and(|(_, it)| address_of(it).is_none());
            let grace = if is_named { PATIENCE + SLACK } else { SLACK };
            self.happened.led_on += u64::from(leads);
            if leads && one.is_silent {
                self.carriers.standings.is_silent(&pair[0].sip_call_id, one.over);
            }
            if is_challenge(one.status) && is_same {
                wrong.push(format!("{}: asked again after {}", pair[1].sip_call_id, one.status));
            } else if !leads && !is_success(Some(one.status)) {
                wrong.push(format!("{}: another way after {}", pair[1].sip_call_id, one.status));
            } else if leads && other.begun > one.over + grace {
                wrong.push(format!("{}: the next way is tried late", pair[1].sip_call_id));
            }
        }
        wrong.extend(ways.last().and_then(|last| self.judge_last_way(record, first, last)));
        wrong.extend(self.judge_choices(record, first, ways));
        wrong.into_iter().for_each(|what| self.violate(now, what));
    }

    /// The last way led on, and to nobody: the caller is told at once, and no way was left.
    fn judge_last_way(&self, record: &Record, first: &LegRecord, last: &LegRecord) -> Option<String> {
        let way = self.way(last)?;
        let (_, trunk) = self.carriers.trunk(last)?;
        let answering = self.legs.get(&first.sip_call_id)?.answering.values();
        let told = answering.filter(|it| is_invite(&it.method)).max_by_key(|it| it.cseq)?;
        let is_left = told.last_status.is_none_or(|it| it.is_success() || it == Status::REQUEST_TERMINATED);
        let is_refused = !way.status.is_success();
        let leads = self.calls_for_help(record) && is_refused || leads_on(trunk, way.status);
        if is_left || !leads {
            return None;
        }
        if told.first? > way.over + SLACK {
            return Some(format!("{}: nobody is left to try, and the caller waits", first.sip_call_id));
        }
        let site = self.carriers.site.as_ref()?;
        let (trunks, is_help) = self.carriers.trunks_for(record, first)?;
        let is_tried = |id: TrunkId| {
            record.legs.iter().any(|leg| self.carriers.trunk(leg).is_some_and(|(of, _)| of == id))
        };
        let begun = record.legs.iter().filter_map(|leg| self.way(leg)).map(|way| way.begun).min()?;
        // No limit keeps help away, and no wish for a rest.
        let is_free =
            |id: TrunkId| is_help && address_of(&site[id]).is_some() || self.is_free(begun, site, id);
        let missed = trunks.iter().find(|id| !is_tried(**id) && is_free(**id))?;
        Some(format!("{}: {} is not tried", first.sip_call_id, site[*missed].name))
    }

    /// Whether a call was one for help, which every refusal leads on.
    fn calls_for_help(&self, record: &Record) -> bool {
        let site = self.carriers.site.as_ref();
        site.is_some_and(|site| site.emergency.numbers.contains(&record.began.to))
    }

    /// What a way came to, unless it was left before.
    fn way(&self, leg: &LegRecord) -> Option<Try> {
        let asked = self.legs.get(&leg.sip_call_id)?.asked.values();
        let (begun, last) = (asked.clone().filter(|it| it.is_first), asked.filter(|it| it.is_first));
        let (begun, last) = (begun.map(|it| it.at).min()?, last.max_by_key(|it| it.cseq)?);
        if last.cancelled.is_some() {
            return None;
        }
        let is_silent = last.heard.is_none_or(|at| at.since(last.at) >= PATIENCE);
        if is_silent {
            let over = last.at + PATIENCE;
            return Some(Try { begun, over, status: Status::REQUEST_TIMEOUT, is_silent });
        }
        Some(Try { begun, over: last.settled?, status: last.last_status?, is_silent })
    }

    /// Whether a trunk had a channel left and no wish for a rest from then on, beyond doubt: one that was full when
    /// its turn came is passed over for good.
    fn is_free(&self, since: Instant, site: &Site, trunk: TrunkId) -> bool {
        let Some(address) = address_of(&site[trunk]) else { return false };
        !self.carriers.rests_at(since, address) && self.has_room(since, site, trunk)
    }

    /// Whether a trunk had a channel left from then on.
    pub(super) fn has_room(&self, since: Instant, site: &Site, trunk: TrunkId) -> bool {
        let side = site.phones.len() + trunk.index();
        let held = self.legs.values().filter(|leg| leg.side == side && leg.may_hold(since)).count();
        held < usize::from(site[trunk].channels)
    }
}

impl Leg {
    /// Whether it may have held a channel then, or later.
    pub(super) fn may_hold(&self, since: Instant) -> bool {
        let newest = self.asked.values().filter(|it| it.is_first).max_by_key(|it| it.cseq);
        let came = self.answering.values().filter(|it| is_invite(&it.method)).max_by_key(|it| it.cseq);
        let refused = newest.and_then(|it| it.settled).or_else(|| came.and_then(|it| it.first));
        let unheard = newest.filter(|it| it.heard.is_none()).map(|it| it.at);
        let ends = [self.bye_left, self.bye_came, refused.filter(|_| self.refused), unheard];
        let is_gone = ends.into_iter().flatten().max().is_some_and(|at| since.since(at) >= HOLDS_MAX);
        (newest.is_some() || came.is_some()) && !is_gone
    }
}
