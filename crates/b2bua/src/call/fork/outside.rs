//! Over which trunk, which of its servers and which of their addresses a number is tried, and what sends a call
//! on to the next (RFC 3263 §4.3, RELIABILITY F7).
//!
//! | what a try came to | next |
//! |---|---|
//! | silence, 408, 503, transport error, if the trunk declares it | the server's next address, then the next server |
//! | another status that the trunk declares, or it does not let us in and declares 503 | the next trunk (P11) |
//! | busy, declined, anything else | nothing: the callee was judged, not the carrier |
//! | any of these, on a call for help | the next trunk: nobody who helps is busy for good, or declines |
//!
//! Whoever did not answer of late comes after those that did; whoever asked for a rest gets it, but for
//! emergency calls.

use std::{net::SocketAddr, sync::Arc};

use callplan::{Site, TrunkId, step::TargetId};
use sip::Status;
use smallvec::SmallVec;

use super::{Dial, End, TrunkOrContact, Who};
use crate::{
    call::{Call, Hands},
    cause::Cause,
    core::{Core, Unpaid},
    leg::Party,
    reach::Terms,
    shared::{ledger::Tab, limit::Holding},
    switch::Log,
    trunk::{FarEnd, far_ends},
};

/// Addresses of one server that a call tries: each may take four seconds of a caller's patience.
const ADDRESSES_MAX: usize = 3;

/// A number outside, and the ways left to try.
#[derive(Clone, Debug)]
pub(in crate::call) struct Outside {
    to: Dial,
    /// The one being tried is the first.
    ways: SmallVec<[Way; 4]>,
    /// Addresses of the first that were tried already.
    past: SmallVec<[SocketAddr; 2]>,
    at_any_limit: bool,
    /// The person on whose account it is called; nobody where the site sends a call there.
    payer: Option<Arc<str>>,
    /// The payer sends the call there and has no part in it: nobody asked whether they may begin it.
    is_sent_on: bool,
    /// Whoever picks up is asked first, so they have to hear the switch.
    is_screened: bool,
}

/// A trunk by one of its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    trunk: TrunkId,
    server: usize,
}

impl Outside {
    /// A number over these trunks in turn.
    pub(in crate::call) fn over(site: &Site, to: Dial, trunks: &[TrunkId], at_any_limit: bool) -> Self {
        let servers = |trunk: TrunkId| 0..=site[trunk].others.len();
        let ways = trunks.iter().flat_map(|&trunk| servers(trunk).map(move |server| Way { trunk, server }));
        Self {
            to,
            ways: ways.collect(),
            past: SmallVec::new(),
            at_any_limit,
            payer: None,
            is_sent_on: false,
            is_screened: false,
        }
    }

    /// The same on a person's account.
    pub(in crate::call) fn paid_by(self, payer: Option<Arc<str>>) -> Self {
        Self { payer, ..self }
    }

    /// The same for a call that a person sends there.
    pub(in crate::call) fn sent_on_by(self, payer: Option<Arc<str>>) -> Self {
        Self { is_sent_on: payer.is_some(), ..self.paid_by(payer) }
    }

    /// The same if whoever picks up is asked first.
    pub(in crate::call) fn screened(self, is_screened: bool) -> Self {
        Self { is_screened, ..self }
    }

    /// Whether whoever picks up is asked first.
    pub(super) const fn is_screened(&self) -> bool {
        self.is_screened
    }

    /// On whose account it is.
    pub(super) const fn payer(&self) -> Option<&Arc<str>> {
        self.payer.as_ref()
    }

    pub(super) const fn to(&self) -> Dial {
        self.to
    }

    /// Whether somebody calls for help.
    pub(super) const fn is_urgent(&self) -> bool {
        self.at_any_limit
    }

    /// What is left after a try at `remote`, if it came that far, that ended so.
    pub(super) fn after(mut self, (status, end): (Status, End), remote: Option<SocketAddr>) -> Self {
        let is_of_server =
            matches!(status, Status::REQUEST_TIMEOUT | Status::SERVICE_UNAVAILABLE) && end != End::NotLetIn;
        match remote.filter(|_| is_of_server && self.past.len() + 1 < ADDRESSES_MAX) {
            Some(remote) => self.past.push(remote),
            None if is_of_server => self.pass_first(),
            None => self.pass_trunk(),
        }
        self
    }

    fn pass_first(&mut self) {
        self.ways.remove(0);
        self.past.clear();
    }

    fn pass_trunk(&mut self) {
        let trunk = self.ways[0].trunk;
        self.ways.retain(|way| way.trunk != trunk);
        self.past.clear();
    }

    /// Brings the way with the best prospects to the front; `None` if there is none.
    fn turn(&mut self, site: &Site, core: &Core) -> Option<(TrunkId, FarEnd)> {
        let prospect = |(index, way): (usize, &Way)| {
            let far_end = far_ends(&site[way.trunk]).into_iter().nth(way.server)?;
            let past = if index == 0 { &self.past[..] } else { &[] };
            let standing = core.reach.prospect(core.now.mono, &far_end.at, self.terms(past))?;
            Some((standing, index, far_end))
        };
        let all = self.ways.iter().enumerate().filter_map(prospect);
        let (_, index, far_end) = all.min_by_key(|(standing, index, _)| (*standing, *index))?;
        if index > 0 {
            let way = self.ways.remove(index);
            if !self.past.is_empty() {
                self.pass_first();
            }
            self.ways.insert(0, way);
        }
        Some((self.ways[0].trunk, far_end))
    }

    /// What counts with whoever pays; help is never counted.
    fn counted(&self) -> Option<Holding> {
        self.payer.clone().filter(|_| !self.at_any_limit).map(Holding::Outside)
    }

    /// What it is to cost. Help costs nobody anything, and no deck has a price for a short number or an agent.
    fn tab(&self, core: &mut Core) -> Result<Option<Tab>, Unpaid> {
        match self.to {
            Dial::Public(to) if !self.at_any_limit => core.open_tab(self.payer.as_ref(), to),
            Dial::Public(_) | Dial::Help(_) | Dial::Short(_) | Dial::Agent(_) => Ok(None),
        }
    }

    fn terms<'a>(&self, past: &'a [SocketAddr]) -> Terms<'a> {
        Terms { past, is_urgent: self.at_any_limit, prefer: None }
    }
}

impl Call {
    /// Whether whoever sends the call there may begin one more this minute (RELIABILITY A9). Who dials was asked before.
    pub(super) fn may_begin(&self, outside: &Outside, hands: &mut Hands<'_>) -> bool {
        let Some(person) = outside.payer.as_ref().filter(|_| outside.is_sent_on) else { return true };
        let max = self.site.limits.calls_per_minute;
        let may = hands.core.limits.begin(person, max, hands.core.now.mono);
        hands.core.counters.refused_by_limit += u64::from(!may);
        may
    }

    /// Tries one way after another until one takes the call; false if none does.
    pub(super) fn start_outside(
        &mut self,
        target: TargetId,
        mut outside: Outside,
        hands: &mut Hands<'_>,
    ) -> bool {
        self.fork.unpaid = None;
        while self.may_start() {
            let Some((trunk, far_end)) = outside.turn(&self.site, hands.core) else { return false };
            let entry = &self.site[trunk];
            let channel = Holding::Trunk(entry.name.clone());
            if outside.at_any_limit {
                hands.core.limits.take(&channel);
            } else if !hands.core.limits.reserve(&channel, entry.channels) {
                hands.core.counters.refused_by_limit += 1;
                outside.pass_trunk();
                continue;
            }
            let tab = match self.pays(&outside, hands) {
                Ok(tab) => tab,
                Err(unpaid) => {
                    hands.core.limits.give_back(&channel);
                    self.not_paid(&outside, &unpaid, hands);
                    return false;
                }
            };
            let (party, past) = (Party::Trunk(entry.name.clone()).in_record(), outside.past.clone());
            let index = self.add_branch(target, Who::Number(outside.clone()), party, hands);
            self.fork.branches[index].holdings = outside.counted().into_iter().chain([channel]).collect();
            self.fork.branches[index].tab = tab;
            self.fork.branches[index].record.number = self.user_at(trunk, outside.to);
            let (at, terms) = (far_end.at.clone(), outside.terms(&past));
            self.reach_for(index, &at, terms, TrunkOrContact::Trunk(trunk, far_end), hands);
            if !self.fork.branches[index].state.is_over() {
                return true;
            }
            outside.pass_first();
        }
        false
    }

    /// Counts a leg outside with whoever pays it, and reserves what it costs at least.
    ///
    /// A person pays as many at once as they may have calls, whether they dialled them, handed a call on or sent it
    /// there (RELIABILITY A9).
    fn pays(&self, outside: &Outside, hands: &mut Hands<'_>) -> Result<Option<Tab>, Unpaid> {
        let counted = outside.counted();
        if let Some(holding @ Holding::Outside(payer)) = &counted {
            let max = self.site.person(payer).map_or(u16::MAX, |person| self.site[person].calls_max);
            if !hands.core.limits.reserve(holding, max) {
                return Err(Unpaid::TooMany(payer.clone(), max));
            }
        }
        let tab = outside.tab(hands.core);
        if let (Err(_), Some(holding)) = (&tab, &counted) {
            hands.core.limits.give_back(holding);
        }
        tab
    }

    /// A number is not called, since nobody can pay for it.
    fn not_paid(&mut self, outside: &Outside, unpaid: &Unpaid, hands: &mut Hands<'_>) {
        hands.core.counters.refused_by_limit += 1;
        self.fork.unpaid = Some(match unpaid {
            Unpaid::NoPrice(_) => Cause::Forbidden,
            Unpaid::Spent(..) | Unpaid::TooMany(..) => Cause::Limit,
        });
        if let Dial::Public(to) = outside.to {
            hands.core.log(Log::Info(format!("{to} is not called: {unpaid}")));
        }
    }
}
