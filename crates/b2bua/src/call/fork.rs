//! The B legs of a call: started, heard, stopped (DESIGN §4: two branches answer, losers are cancelled).
//!
//! A *target* is what the plan rings: one phone, or one number outside. A *branch* is one try to reach it:
//! a contact of the phone, or a trunk. Branches of a phone are tried together, trunks one after another.
//! A target's outcome is told to the plan once, when the last of its branches is over.

use std::{sync::Arc, time::Duration};

use callplan::{
    E164, MediaMode, PhoneId, Profile, TrunkId,
    number::{Digits, Numbering},
    step::{Event, TargetId},
};
use clock::{Key, Slots};
use sip::{Status, flow::Flow};
use smallvec::SmallVec;
use store::{Direction, LegRecord};

use super::{Call, Hands, Phase, log::Kind, plan::Dialled};
use crate::{
    cause::{Cause, Release},
    core::Waiter,
    dialog::{Beginning, Origin},
    identity,
    leg::{Draft, Leg, News, Outline, Party, Side},
    offer_answer::Talk,
    reach::{Destination, Reached, Unreachable, WaitId},
    registrar::{Binding, Towards},
    sdp::{Codec, Codecs},
    shared::limit::Holding,
    trunk,
};

/// How long a trunk may be silent after an INVITE before the next one is tried (RELIABILITY F7).
const TRUNK_PATIENCE: Duration = Duration::from_secs(4);

/// The B legs of one call.
#[derive(Debug)]
pub(super) struct Fork {
    branches: SmallVec<[Branch; 2]>,
    direction: Direction,
}

/// One try to reach a target.
#[derive(Debug)]
pub(super) struct Branch {
    target: TargetId,
    state: State,
    who: Who,
    holding: Option<Holding>,
    record: LegRecord,
}

/// Whom a branch is to reach.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// A phone of ours.
    Phone(PhoneId),
    /// A number outside, over the first of these trunks that takes it.
    Number { to: Dial, trunks: SmallVec<[TrunkId; 4]>, at_any_limit: bool },
}

/// What a trunk is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dial {
    /// A public number.
    Public(E164),
    /// A short one that has a meaning only here: 112, 911.
    Short(Digits),
}

impl From<E164> for Dial {
    fn from(number: E164) -> Self {
        Self::Public(number)
    }
}

#[derive(Debug)]
enum State {
    /// A name is looked up or a connection opened.
    Reaching(WaitId, TrunkOrContact),
    /// The INVITE is out.
    Calling(Key<Leg>),
    /// 18x came.
    Ringing(Key<Leg>),
    /// 2xx came.
    Up(Key<Leg>),
    /// Stopped by us or ended; the leg may still be on its way out.
    Over(Option<Key<Leg>>, Status),
}

/// What is waited for.
#[derive(Clone, Debug)]
enum TrunkOrContact {
    Trunk(TrunkId),
    Contact(Box<Binding>),
}

impl State {
    const fn leg(&self) -> Option<Key<Leg>> {
        match self {
            Self::Reaching(..) => None,
            Self::Calling(leg) | Self::Ringing(leg) | Self::Up(leg) => Some(*leg),
            Self::Over(leg, _) => *leg,
        }
    }

    const fn is_over(&self) -> bool {
        matches!(self, Self::Over(..))
    }
}

impl Who {
    pub(super) fn dialled(dialled: &Dialled) -> Self {
        Self::Number {
            to: dialled.e164.map_or(Dial::Short(dialled.to), Dial::Public),
            trunks: dialled.trunks.clone(),
            at_any_limit: dialled.is_emergency,
        }
    }
}

impl Fork {
    pub(super) fn new(direction: Direction) -> Self {
        Self { branches: SmallVec::new(), direction }
    }

    pub(super) const fn direction(&self) -> Direction {
        self.direction
    }

    fn position(&self, leg: Key<Leg>) -> Option<usize> {
        self.branches.iter().position(|branch| branch.state.leg() == Some(leg))
    }

    fn of_target(&self, target: TargetId) -> impl Iterator<Item = &Branch> {
        self.branches.iter().filter(move |branch| branch.target == target)
    }

    /// The leg of a target that answered.
    pub(super) fn answered(&self, target: TargetId) -> Option<Key<Leg>> {
        self.of_target(target).find_map(|branch| match branch.state {
            State::Up(leg) => Some(leg),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Over(..) => None,
        })
    }

    /// Branches that are not over.
    pub(super) fn live(&self) -> usize {
        self.branches.iter().filter(|branch| !branch.state.is_over()).count()
    }

    /// Every leg that was ever made.
    pub(super) fn legs(&self) -> impl Iterator<Item = Key<Leg>> {
        self.branches.iter().filter_map(|branch| branch.state.leg())
    }

    /// The status of the last branch that ended; 480 if none did.
    pub(super) fn last_status(&self) -> Status {
        let statuses = self.branches.iter().rev().filter_map(|branch| match branch.state {
            State::Over(_, status) => Some(status),
            State::Reaching(..) | State::Calling(_) | State::Ringing(_) | State::Up(_) => None,
        });
        statuses.into_iter().next().unwrap_or(Status::TEMPORARILY_UNAVAILABLE)
    }

    /// What its branches hold of the limits.
    pub(super) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.branches.iter().filter_map(|branch| branch.holding.as_ref())
    }

    /// Notes what passed over each leg that is still there.
    pub(super) fn count_packets(&mut self, legs: &Slots<Leg>) {
        for branch in &mut self.branches {
            if let Some(leg) = branch.state.leg() {
                branch.record.packets = packets(leg, legs);
            }
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = LegRecord> {
        self.branches.iter().map(|branch| branch.record.clone())
    }

    /// What a target came to when all its branches are over: a decline outweighs busy, busy the rest.
    fn outcome(&self, target: TargetId) -> Option<Event> {
        let mut worst = None;
        for branch in self.of_target(target) {
            let State::Over(_, status) = branch.state else { return None };
            worst = worst.max(Some(Verdict::of(status)));
        }
        Some(match worst? {
            Verdict::Unreachable => Event::Unreachable(target),
            Verdict::Busy => Event::Busy(target),
            Verdict::Declined => Event::Declined(target),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Unreachable,
    Busy,
    Declined,
}

impl Verdict {
    const fn of(status: Status) -> Self {
        match Cause::of_status(status) {
            Cause::Busy => Self::Busy,
            Cause::Declined => Self::Declined,
            Cause::HangUp
            | Cause::Cancelled
            | Cause::PlanEnded
            | Cause::NoAnswer
            | Cause::Unreachable
            | Cause::Unallocated
            | Cause::Forbidden
            | Cause::NoMedia
            | Cause::NoAck
            | Cause::Limit
            | Cause::Loop
            | Cause::Shutdown
            | Cause::Fault => Self::Unreachable,
        }
    }
}

impl Call {
    /// Starts the branches of a target; false if there is none to start.
    pub(super) fn start(&mut self, target: TargetId, who: Who, hands: &mut Hands<'_>) -> bool {
        match who {
            Who::Phone(phone) => {
                let name = self.site[phone].name.clone();
                let now = hands.core.now.mono;
                let bindings: SmallVec<[Binding; 2]> =
                    hands.registrar.bindings(&name, now).cloned().collect();
                let mut any = false;
                for binding in bindings {
                    any |= self.start_contact(target, phone, binding, hands);
                }
                any
            }
            Who::Number { to, trunks, at_any_limit } => {
                self.start_trunk(target, to, trunks, at_any_limit, hands)
            }
        }
    }

    fn may_start(&self) -> bool {
        self.fork.live() < usize::from(self.site.limits.legs_max)
    }

    fn start_contact(
        &mut self,
        target: TargetId,
        phone: PhoneId,
        binding: Binding,
        hands: &mut Hands<'_>,
    ) -> bool {
        if !self.may_start() {
            return false;
        }
        let index = self.add_branch(
            target,
            Who::Phone(phone),
            format!("phone:{}", self.site[phone].name).into(),
            hands,
        );
        match binding.towards() {
            Towards::Flow(flow) => self.call_contact(index, &binding, flow, hands),
            Towards::Contact(destination) => {
                let waiting = TrunkOrContact::Contact(Box::new(binding));
                self.reach_for(index, &destination, waiting, hands);
            }
        }
        !self.fork.branches[index].state.is_over()
    }

    /// Tries the trunks in order; false if none takes the call at all.
    fn start_trunk(
        &mut self,
        target: TargetId,
        to: Dial,
        mut trunks: SmallVec<[TrunkId; 4]>,
        at_any_limit: bool,
        hands: &mut Hands<'_>,
    ) -> bool {
        while !trunks.is_empty() && self.may_start() {
            let trunk = trunks.remove(0);
            let channel = Holding::Trunk(self.site[trunk].name.clone());
            if at_any_limit {
                hands.core.limits.take(&channel);
            } else if !hands.core.limits.reserve(&channel, self.site[trunk].channels) {
                hands.core.counters.refused_by_limit += 1;
                continue;
            }
            let who = Who::Number { to, trunks: trunks.clone(), at_any_limit };
            let index =
                self.add_branch(target, who, format!("trunk:{}", self.site[trunk].name).into(), hands);
            self.fork.branches[index].holding = Some(channel);
            self.fork.branches[index].record.number = self.trunk_user(trunk, to).as_str().into();
            let destination = trunk::destination(&self.site[trunk]);
            self.reach_for(index, &destination, TrunkOrContact::Trunk(trunk), hands);
            if !self.fork.branches[index].state.is_over() {
                return true;
            }
        }
        false
    }

    fn add_branch(&mut self, target: TargetId, who: Who, party: Arc<str>, hands: &mut Hands<'_>) -> usize {
        let detail = u8::from(matches!(who, Who::Number { .. }));
        self.note(hands.core, Kind::Started, detail, target.0, 0);
        let started_ms = self.log.at_ms(hands.core.now.mono);
        let record = leg_record(party, Arc::from(""), started_ms, Arc::from(""));
        let state = State::Over(None, Status::SERVICE_UNAVAILABLE);
        self.fork.branches.push(Branch { target, state, who, holding: None, record });
        self.fork.branches.len() - 1
    }

    fn reach_for(&mut self, index: usize, to: &Destination, what: TrunkOrContact, hands: &mut Hands<'_>) {
        match hands.reach.reach(hands.core.now.mono, to, &mut hands.core.outputs) {
            Reached::Ready(flow) => self.call_reached(index, what, flow, hands),
            Reached::Waiting(wait) => {
                hands.core.waiting.insert(wait, Waiter::Call(self.id));
                self.fork.branches[index].state = State::Reaching(wait, what);
            }
            Reached::Failed(_) => self.branch_over(index, Status::SERVICE_UNAVAILABLE, hands),
        }
    }

    fn call_reached(&mut self, index: usize, what: TrunkOrContact, flow: Flow, hands: &mut Hands<'_>) {
        match what {
            TrunkOrContact::Trunk(trunk) => self.call_trunk(index, trunk, flow, hands),
            TrunkOrContact::Contact(binding) => self.call_contact(index, &binding, flow, hands),
        }
    }

    /// What a branch waited for is there, or will not be.
    pub(super) fn branch_reached(
        &mut self,
        wait: WaitId,
        flow: Result<Flow, Unreachable>,
        hands: &mut Hands<'_>,
    ) {
        let waits = |branch: &Branch| matches!(branch.state, State::Reaching(of, _) if of == wait);
        let Some(index) = self.fork.branches.iter().position(waits) else { return };
        let over = State::Over(None, Status::SERVICE_UNAVAILABLE);
        let State::Reaching(_, what) = std::mem::replace(&mut self.fork.branches[index].state, over) else {
            return;
        };
        match flow {
            Ok(flow) => self.call_reached(index, what, flow, hands),
            Err(_) => self.branch_over(index, Status::SERVICE_UNAVAILABLE, hands),
        }
        self.after_branch(index, hands);
    }

    fn call_contact(&mut self, index: usize, binding: &Binding, flow: Flow, hands: &mut Hands<'_>) {
        let Who::Phone(phone) = self.fork.branches[index].who else { return };
        let phone_entry = &self.site[phone];
        let person_ext = phone_entry.person.and_then(|person| self.site[person].ext.clone());
        let user = phone_entry.ext.clone().or(person_ext).unwrap_or_else(|| phone_entry.name.clone());
        let domain = &self.site.domain;
        self.fork.branches[index].record.number = user.clone();
        let draft = Draft {
            origin: Origin { target: (*binding.contact).into(), routes: routes_of(&binding.path) },
            max_forwards: self.hops,
            asserted: None,
            timeout: None,
        };
        let from = self.caller.as_from(domain);
        let to = format!("<sip:{user}@{domain}>").into();
        let talk = Talk::new(flow.remote.ip(), binding.behind_nat);
        let party = Party::Phone(self.site[phone].name.clone());
        self.originate(index, party, flow, (from, to), draft, talk, hands);
    }

    fn call_trunk(&mut self, index: usize, trunk: TrunkId, flow: Flow, hands: &mut Hands<'_>) {
        let Who::Number { to, .. } = self.fork.branches[index].who else { return };
        let entry = &self.site[trunk];
        let host = host_port(entry);
        let user = self.trunk_user(trunk, to);
        let shown = self.caller.present.map(|number| self.trunk_user(trunk, Dial::Public(number)));
        let from: Box<str> = match &shown {
            Some(number) => format!("<sip:{number}@{}>", self.site.domain).into(),
            None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".into(),
        };
        let target: Box<str> = format!("sip:{user}@{host}").into();
        let draft = Draft {
            origin: Origin { target: target.clone(), routes: Vec::new() },
            max_forwards: self.hops,
            asserted: shown.map(|number| format!("<sip:{number}@{}>", self.site.domain).into()),
            timeout: Some(TRUNK_PATIENCE),
        };
        let may_pass = entry.media == MediaMode::Direct && entry.profile == Profile::Address;
        let talk = Talk::new(flow.remote.ip(), false);
        let talk = if may_pass { talk.that_may_pass() } else { talk };
        let party = Party::Trunk(self.site[trunk].name.clone());
        self.originate(index, party, flow, (from, format!("<{target}>").into()), draft, talk, hands);
    }

    /// The user part under which a trunk knows a number.
    fn trunk_user(&self, trunk: TrunkId, to: Dial) -> Digits {
        let home = Numbering::of(self.site.country);
        match (to, home) {
            (Dial::Public(number), Some(home)) => self.site[trunk].format.write(number, home),
            (Dial::Public(number), None) => number.into(),
            (Dial::Short(digits), _) => digits,
        }
    }

    fn originate(
        &mut self,
        index: usize,
        party: Party,
        flow: Flow,
        (from, to): (Box<str>, Box<str>),
        draft: Draft,
        talk: Talk,
        hands: &mut Hands<'_>,
    ) {
        let target = self.fork.branches[index].target;
        let outline = Outline { call: self.id, side: Side::B(target), party, flow, thread: self.thread };
        let call_id = identity::call_id(&mut hands.core.chance);
        self.fork.branches[index].record.sip_call_id = (*call_id).into();
        let passable = talk.passable().is_some().then(|| self.passable_offer(hands)).flatten();
        let offer = self.offered_codecs(hands);
        let chance = &mut hands.core.chance;
        let origin = draft.origin.clone();
        let made = hands.legs.try_insert_with(|key| {
            let local_tag = identity::leg_token(key, chance);
            Leg::outbound(key, outline, Beginning { call_id, local_tag, from, to, origin }, talk)
        });
        let Ok(key) = made else { return self.branch_over(index, Status::SERVICE_UNAVAILABLE, hands) };
        let leg = hands.legs.get_mut(key).expect("inserted above");
        let sent = match passable {
            Some(offer) => leg.invite_passing(offer, draft, hands.core),
            None => leg.invite(offer, draft, hands.core),
        };
        match sent {
            Ok(()) => self.fork.branches[index].state = State::Calling(key),
            Err(status) => {
                self.fork.branches[index].state = State::Calling(key);
                leg.give_up(hands.core);
                self.branch_over(index, status, hands);
            }
        }
    }

    /// What B legs are offered: what the caller speaks, settled or offered; all that we speak if it said
    /// nothing yet.
    fn offered_codecs(&self, hands: &Hands<'_>) -> Codecs {
        let talk = hands.legs.get(self.a).map(Leg::talk);
        let settled = talk.and_then(Talk::local).map(|local| local.codecs.clone());
        let offered = || talk.and_then(Talk::remote).map(|remote| remote.codecs.clone());
        let codecs = settled.or_else(offered).unwrap_or_else(super::plan::service_codecs);
        if codecs.iter().any(Codec::is_sound) { codecs } else { super::plan::service_codecs() }
    }

    /// News of a B leg.
    pub(super) fn news_of_branch(&mut self, leg: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        let Some(index) = self.fork.position(leg) else { return };
        let target = self.fork.branches[index].target;
        match news {
            News::Ringing => self.branch_rings(index, false, hands),
            News::EarlyMedia => self.branch_rings(index, true, hands),
            News::Answered => self.branch_answered(index, leg, hands),
            News::AnsweredTooLate => self.note(hands.core, Kind::AnswerTooLate, 0, target.0, 0),
            News::Refused(status) => {
                self.note(hands.core, Kind::Refused, 0, target.0, status.code().into());
                self.branch_over(index, status, hands);
                self.after_branch(index, hands);
            }
            News::HungUp(release) => self.branch_hung_up(index, leg, release, hands),
            News::ChangeAsked | News::ChangeTaken | News::ChangeRefused(_) => self.change(leg, news, hands),
            News::Gone => self.branch_gone(index, hands),
            News::Cancelled | News::Acknowledged | News::Changed | News::StreamClosed => {}
        }
    }

    fn branch_rings(&mut self, index: usize, with_media: bool, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if let State::Calling(leg) = branch.state {
            branch.state = State::Ringing(leg);
            branch.record.rang_ms = Some(at_ms);
            self.note(hands.core, Kind::Rang, u8::from(with_media), target.0, 0);
            self.advance(Event::Ringing(target), hands);
        }
        self.tell_ringing(index_leg(&self.fork, index), with_media, hands);
    }

    fn branch_answered(&mut self, index: usize, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if branch.state.is_over() || !matches!(self.phase, Phase::Routing(_)) {
            // The call decided otherwise while the answer was on its way up.
            return stop_leg(leg, Release::AnsweredElsewhere, hands);
        }
        branch.state = State::Up(leg);
        branch.record.answered_ms = Some(at_ms);
        branch.record.status = Status::OK.code();
        self.note(hands.core, Kind::Answered, 0, target.0, 0);
        self.stop_others(target, leg, hands);
        self.advance(Event::Answered(target), hands);
    }

    /// Other contacts of the phone that answered.
    fn stop_others(&mut self, target: TargetId, winner: Key<Leg>, hands: &mut Hands<'_>) {
        for index in 0..self.fork.branches.len() {
            let branch = &self.fork.branches[index];
            if branch.target == target && branch.state.leg() != Some(winner) {
                self.stop_branch(index, Release::AnsweredElsewhere, hands);
            }
        }
    }

    fn branch_hung_up(&mut self, index: usize, leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
        let talking = matches!(self.phase, Phase::Talking(b) if b == leg);
        self.branch_over(index, Status::OK, hands);
        if talking {
            self.callee_hung_up(release, hands);
        } else {
            self.after_branch(index, hands);
        }
    }

    fn branch_gone(&mut self, index: usize, hands: &mut Hands<'_>) {
        if !self.fork.branches[index].state.is_over() {
            self.branch_over(index, Status::REQUEST_TIMEOUT, hands);
            self.after_branch(index, hands);
        }
        if let State::Over(leg, _) = &mut self.fork.branches[index].state {
            *leg = None;
        }
    }

    /// A branch ended: the next trunk is tried, or the plan hears what its target came to.
    fn after_branch(&mut self, index: usize, hands: &mut Hands<'_>) {
        if !matches!(self.phase, Phase::Routing(_)) {
            return;
        }
        let branch = &self.fork.branches[index];
        let (State::Over(_, status), target) = (&branch.state, branch.target) else { return };
        let status = *status;
        if Verdict::of(status) == Verdict::Declined {
            self.stop_target(target, Release::Refused(status), hands);
        } else if let Who::Number { to, trunks, at_any_limit } = self.fork.branches[index].who.clone()
            && self.fails_over(index, status)
            && self.start_trunk(target, to, trunks, at_any_limit, hands)
        {
            return;
        }
        if let Some(event) = self.fork.outcome(target) {
            self.advance(event, hands);
        }
    }

    /// Whether this status of this trunk lets the next one be tried.
    fn fails_over(&self, index: usize, status: Status) -> bool {
        let party = &self.fork.branches[index].record.party;
        let trunk = party.strip_prefix("trunk:").and_then(|name| self.site.trunk(name));
        trunk.is_some_and(|trunk| {
            let rule = &self.site[trunk].fail_over;
            (status == Status::REQUEST_TIMEOUT && rule.timeout) || rule.statuses.contains(&status.code())
        })
    }

    /// Marks a branch as over and gives back what it held.
    fn branch_over(&mut self, index: usize, status: Status, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        if !branch.state.is_over() || branch.record.ended_ms == 0 {
            branch.record.ended_ms = at_ms;
            if branch.record.status == 0 {
                branch.record.status = status.code();
            }
        }
        branch.state = State::Over(branch.state.leg(), status);
        if let Some(holding) = branch.holding.take() {
            hands.core.limits.give_back(&holding);
        }
    }

    /// The plan stops a target.
    pub(super) fn stop_target(&mut self, target: TargetId, release: Release, hands: &mut Hands<'_>) {
        for index in 0..self.fork.branches.len() {
            if self.fork.branches[index].target == target {
                self.stop_branch(index, release, hands);
            }
        }
    }

    /// Stops whatever still rings or talks.
    pub(super) fn stop_branches(&mut self, release: Release, hands: &mut Hands<'_>) {
        for index in 0..self.fork.branches.len() {
            self.stop_branch(index, release, hands);
        }
    }

    fn stop_branch(&mut self, index: usize, release: Release, hands: &mut Hands<'_>) {
        let branch = &self.fork.branches[index];
        if branch.state.is_over() {
            return;
        }
        let (leg, target) = (branch.state.leg(), branch.target);
        self.note(hands.core, Kind::Stopped, 0, target.0, 0);
        self.branch_over(index, Status::REQUEST_TERMINATED, hands);
        if let Some(leg) = leg {
            stop_leg(leg, release, hands);
        }
    }

    /// Whether the branch is the only one of its call that is not over, so that its early media may be heard.
    pub(super) fn is_only_branch(&self, leg: Key<Leg>) -> bool {
        let mut live = self.fork.branches.iter().filter(|branch| !branch.state.is_over());
        live.next().is_some_and(|branch| branch.state.leg() == Some(leg)) && live.next().is_none()
    }

    /// Person behind a leg of a phone.
    pub(super) fn person_of(&self, party: &Party) -> Option<Arc<str>> {
        match party {
            Party::Phone(phone) => {
                let person = self.site[self.site.phone(phone)?].person?;
                Some(self.site[person].name.clone())
            }
            Party::Trunk(_) => None,
        }
    }
}

/// Orders a leg of this call to end.
pub(super) fn stop_leg(leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
    if let Some(leg) = hands.legs.get_mut(leg) {
        leg.stop(release, hands.core);
    }
}

/// What passed over a leg, from and to its party.
pub(super) fn packets(leg: Key<Leg>, legs: &Slots<Leg>) -> (u64, u64) {
    let counts = legs.get(leg).map(Leg::counts).unwrap_or_default();
    (counts.received, counts.sent)
}

/// A leg's record at its start.
pub(super) fn leg_record(
    party: Arc<str>,
    number: Arc<str>,
    started_ms: u32,
    sip_call_id: Arc<str>,
) -> LegRecord {
    LegRecord {
        party,
        number,
        started_ms,
        rang_ms: None,
        answered_ms: None,
        ended_ms: 0,
        status: 0,
        sip_call_id,
        packets: (0, 0),
    }
}

fn index_leg(fork: &Fork, index: usize) -> Option<Key<Leg>> {
    fork.branches[index].state.leg()
}

fn routes_of(path: &str) -> Vec<Box<str>> {
    path.split(',').map(str::trim).filter(|route| !route.is_empty()).map(Into::into).collect()
}

fn host_port(trunk: &callplan::Trunk) -> String {
    let host = if trunk.host.contains(':') { format!("[{}]", trunk.host) } else { trunk.host.to_string() };
    match trunk.port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}
