//! Starting branches: the contacts of a phone together, the trunks to a number one after another.

use std::{sync::Arc, time::Duration};

use callplan::{
    E164, MediaMode, PhoneId, Profile, TrunkId,
    number::{Digits, Numbering},
    step::TargetId,
};
use sip::{Status, flow::Flow, header::Values};
use smallvec::SmallVec;

use super::{Branch, Dial, End, State, TrunkOrContact, Who, leg_record};
use crate::{
    call::{Call, Hands, log::Kind, plan::service_codecs},
    core::Waiter,
    dialog::{Beginning, Origin},
    identity::{self, location::Located, told::Told},
    leg::{Draft, Leg, Outline, Party, Side},
    offer_answer::Talk,
    reach::{Destination, Reached, Terms, Unreachable, WaitId},
    registrar::{Binding, Towards},
    sdp::{Codec, Codecs, with_ours},
    trunk::FarEnd,
};

/// How long a flow may be silent after an INVITE before the next of its device is tried.
const FLOW_PATIENCE: Duration = Duration::from_secs(4);

/// How long a trunk may be silent after an INVITE before the next one is tried (RELIABILITY F7).
const TRUNK_PATIENCE: Duration = Duration::from_secs(4);

impl Call {
    /// Starts the branches of a target; false if there is none to start.
    pub(in crate::call) fn start(&mut self, target: TargetId, who: Who, hands: &mut Hands<'_>) -> bool {
        match who {
            Who::Phone(phone) => {
                let name = self.site[phone].name.clone();
                let now = hands.core.now.mono;
                let devices = hands.core.registrar.devices(&name, now).into_iter();
                let devices: SmallVec<[Vec<Binding>; 2]> =
                    devices.map(|flows| flows.into_iter().cloned().collect()).collect();
                let mut any = false;
                for flows in devices {
                    any |= self.start_device(target, phone, flows, hands);
                }
                any
            }
            Who::Number(outside) if self.is_rehearsal() && !outside.is_urgent() => {
                self.would_ring(target, outside.to(), hands);
                true
            }
            Who::Number(outside) => {
                self.may_begin(&outside, hands) && self.start_outside(target, outside, hands)
            }
            Who::Caller(_) => unreachable!("who called is not rung"),
        }
    }

    pub(super) fn may_start(&self) -> bool {
        self.fork.live() < usize::from(self.site.limits.legs_max)
    }

    /// The next flow of the device that this branch was for, where the last one led nowhere: after any other answer
    /// of the device itself it MUST NOT be tried (RFC 5626 §7).
    pub(super) fn tries_next_flow(
        &mut self,
        index: usize,
        (status, end): (Status, End),
        hands: &mut Hands<'_>,
    ) -> bool {
        let branch = &mut self.fork.branches[index];
        let flows = std::mem::take(&mut branch.flows);
        let is_lost = matches!(status, Status::FLOW_FAILED | Status::REQUEST_TIMEOUT);
        let leads_nowhere = branch.record.rang_ms.is_none() && (is_lost || end == End::Unanswered);
        let (target, Who::Phone(phone)) = (branch.target, &branch.who) else { return false };
        let phone = *phone;
        leads_nowhere && self.start_device(target, phone, flows, hands)
    }

    /// Calls a device on the first of its flows.
    fn start_device(
        &mut self,
        target: TargetId,
        phone: PhoneId,
        mut flows: Vec<Binding>,
        hands: &mut Hands<'_>,
    ) -> bool {
        if flows.is_empty() || !self.may_start() {
            return false;
        }
        let binding = flows.remove(0);
        let index = self.add_branch(
            target,
            Who::Phone(phone),
            format!("phone:{}", self.site[phone].name).into(),
            hands,
        );
        self.fork.branches[index].flows = flows;
        match binding.towards() {
            Towards::Flow(flow) => self.call_contact(index, &binding, flow, hands),
            Towards::Contact(destination) => {
                let waiting = TrunkOrContact::Contact(Box::new(binding));
                self.reach_for(index, &destination, Terms::default(), waiting, hands);
            }
        }
        !self.fork.branches[index].state.is_over()
    }

    pub(super) fn add_branch(
        &mut self,
        target: TargetId,
        who: Who,
        party: Arc<str>,
        hands: &mut Hands<'_>,
    ) -> usize {
        let detail = u8::from(matches!(who, Who::Number(_)));
        self.note(hands.core, Kind::Started, detail, target.0, 0);
        let started_ms = self.log.at_ms(hands.core.now.mono);
        let record = leg_record(party, Arc::from(""), started_ms, Arc::from(""));
        let state = State::Over(None, Status::SERVICE_UNAVAILABLE);
        let (flows, holdings) = (Vec::new(), SmallVec::new());
        self.fork.branches.push(Branch { target, state, who, flows, holdings, tab: None, record });
        self.fork.branches.len() - 1
    }

    pub(super) fn reach_for(
        &mut self,
        index: usize,
        to: &Destination,
        terms: Terms<'_>,
        what: TrunkOrContact,
        hands: &mut Hands<'_>,
    ) {
        match hands.core.reach(to, terms) {
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
            TrunkOrContact::Trunk(trunk, far_end) => self.call_trunk(index, (trunk, far_end), flow, hands),
            TrunkOrContact::Contact(binding) => self.call_contact(index, &binding, flow, hands),
        }
    }

    /// What a branch waited for is there, or will not be.
    pub(in crate::call) fn branch_reached(
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
        self.after_branch(index, End::Unanswered, hands);
    }

    fn call_contact(&mut self, index: usize, binding: &Binding, flow: Flow, hands: &mut Hands<'_>) {
        let Who::Phone(phone) = self.fork.branches[index].who else { return };
        let has_another = !self.fork.branches[index].flows.is_empty();
        let phone_entry = &self.site[phone];
        let user = self.site.ext_of(phone).unwrap_or(&phone_entry.name).clone();
        self.fork.branches[index].record.number = user.clone();
        let Told { from, lines } = self.told_phone(phone);
        let domain = &self.site.domain;
        let draft = Draft {
            origin: Origin {
                target: without_headers(&binding.contact).into(),
                routes: routes_of(&binding.path),
            },
            max_forwards: self.hops,
            lines,
            location: None,
            is_for_help: false,
            timeout: has_another.then_some(FLOW_PATIENCE),
        };
        let to = format!("<sip:{user}@{domain}>").into();
        let talk = Talk::new(flow.remote.ip(), binding.behind_nat);
        let party = Party::Phone(self.site[phone].name.clone());
        let device = Some(binding.device().clone());
        self.originate(index, (party, device), flow, (from, to), draft, talk, hands);
    }

    fn call_trunk(
        &mut self,
        index: usize,
        (trunk, far_end): (TrunkId, FarEnd),
        flow: Flow,
        hands: &mut Hands<'_>,
    ) {
        let Who::Number(outside) = &self.fork.branches[index].who else { return };
        let (to, is_screened) = (outside.to(), outside.is_screened());
        let Told { from, mut lines } = self.told_trunk(trunk, to, hands);
        let is_for_help = matches!(to, Dial::Help(_));
        let location = if is_for_help { self.located() } else { None };
        lines.extend(location.iter().flat_map(Located::lines));
        let is_masked = self.is_masked_outside();
        let entry = &self.site[trunk];
        let target: Box<str> = format!("sip:{}@{}", self.user_at(trunk, to), far_end.authority()).into();
        let draft = Draft {
            origin: Origin { target: target.clone(), routes: far_end.route.into_iter().collect() },
            max_forwards: self.hops,
            lines,
            location,
            is_for_help,
            timeout: Some(TRUNK_PATIENCE),
        };
        let is_direct = entry.media == MediaMode::Direct && entry.profile == Profile::Address;
        let may_pass = is_direct && !is_masked && !is_screened;
        let talk = Talk::new(flow.remote.ip(), false);
        let talk = if may_pass { talk.that_may_pass() } else { talk };
        let party = Party::Trunk(self.site[trunk].name.clone());
        self.originate(index, (party, None), flow, (from, format!("<{target}>").into()), draft, talk, hands);
    }

    /// The user part under which a trunk knows whom it is asked for.
    pub(in crate::call) fn user_at(&self, trunk: TrunkId, to: Dial) -> Arc<str> {
        match to {
            Dial::Public(number) => self.number_on(trunk, number).as_str().into(),
            Dial::Help(digits) | Dial::Short(digits) => digits.as_str().into(),
            Dial::Agent(agent) => self.site[agent].user.clone(),
        }
    }

    /// A number as a trunk writes it.
    pub(in crate::call) fn number_on(&self, trunk: TrunkId, number: E164) -> Digits {
        let home = Numbering::of(self.site.country);
        home.map_or_else(|| number.into(), |home| self.site[trunk].format.write(number, home))
    }

    fn originate(
        &mut self,
        index: usize,
        (party, device): (Party, Option<Arc<str>>),
        flow: Flow,
        (from, to): (Box<str>, Box<str>),
        draft: Draft,
        talk: Talk,
        hands: &mut Hands<'_>,
    ) {
        let target = self.fork.branches[index].target;
        let rules = self.session_rules(&party);
        let (call, side, thread) = (self.id, Side::B(target), self.thread);
        let outline = Outline { call, side, party, flow, device, thread, rules };
        let call_id = identity::call_id(&mut hands.core.chance);
        self.fork.branches[index].record.sip_call_id = (*call_id).into();
        let passable =
            talk.passable().is_some().then(|| self.passable_offer(flow.remote.ip(), hands)).flatten();
        let offer = self.offered_codecs(hands);
        let is_screened = matches!(&self.fork.branches[index].who, Who::Number(it) if it.is_screened());
        // Whoever is asked has to hear it: what the switch speaks by itself comes first.
        let offer = if is_screened { with_others(service_codecs(), &offer) } else { offer };
        let (chance, now) = (&mut hands.core.chance, hands.core.now.mono);
        let origin = draft.origin.clone();
        let made = hands.legs.try_insert_with(|key| {
            let local_tag = identity::leg_token(key, chance);
            Leg::outbound(key, outline, Beginning { call_id, local_tag, from, to, origin }, talk, now)
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

    /// How the session with this party is kept.
    fn session_rules(&self, party: &Party) -> callplan::Session {
        let rules = match party {
            Party::Phone(name) => self.site.phone(name).map(|phone| self.site[phone].session),
            Party::Trunk(name) => self.site.trunk(name).map(|trunk| self.site[trunk].session),
        };
        rules.unwrap_or_default()
    }

    /// What B legs are offered: first what the caller speaks, settled or offered, then what the relay makes of that; all
    /// that we speak but Opus if it said nothing yet.
    pub(in crate::call) fn offered_codecs(&self, hands: &Hands<'_>) -> Codecs {
        let talk = hands.legs.get(self.a).map(Leg::talk);
        let settled = talk.and_then(Talk::spoken);
        let said = || talk.and_then(Talk::local).map(|local| local.codecs.clone());
        let offered = || talk.and_then(Talk::remote).map(|remote| remote.codecs.clone());
        // Who settled on what few speak is asked to follow whoever takes another format of its own.
        let settled = settled.map(|settled| match talk.and_then(Talk::remote) {
            Some(said) if !settled.iter().any(Codec::is_ours) => with_others(settled, &said.codecs),
            Some(_) | None => settled,
        });
        let codecs = settled.or_else(said).or_else(offered).unwrap_or_else(service_codecs);
        if codecs.iter().any(Codec::is_sound) { with_ours(codecs) } else { service_codecs() }
    }
}

/// These formats, behind those for sound the others that the party has named.
fn with_others(mut codecs: Codecs, said: &Codecs) -> Codecs {
    for other in said.iter().filter(|other| other.is_sound()) {
        let is_there = |codec: &Codec| codec.number == other.number || codec.same_format(other);
        if !codecs.iter().any(is_there) {
            let behind = codecs.iter().rposition(Codec::is_sound).map_or(0, |last| last + 1);
            codecs.insert(behind, other.clone());
        }
    }
    codecs
}

/// A contact as a Request-URI, which may have no headers (RFC 3261 §19.1.1).
fn without_headers(contact: &str) -> &str {
    contact.split_once('?').map_or(contact, |(uri, _)| uri)
}

fn routes_of(path: &str) -> Vec<Box<str>> {
    Values::new(path).map(Into::into).collect()
}
