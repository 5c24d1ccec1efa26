//! A call arrives: what it asks for, whether it may, and its A leg.

use std::sync::Arc;

use callplan::{
    MediaMode, PhoneId, Profile, Site, TrunkId,
    step::{Caller as Known, Cursor, Entry},
};
use clock::Key;
use sip::{Message, Name, Status, flow::Flow, transaction::ServerKey};
use smallvec::{SmallVec, smallvec};
use store::Direction;

use super::{
    Draining, Switch,
    admit::Origin,
    understand::misunderstood,
    wanted::{Refused, Wanted},
};
use crate::{
    call::{Birth, Call, Caller, Course, Said},
    cause::Cause,
    core::User,
    dialled::dialled,
    dialog::MAX_FORWARDS,
    identity::{self, heard},
    leg::{INTERVAL_MIN, Leg, Outline, Party, Side, is_too_short},
    offer_answer::Talk,
    registrar::is_behind_nat,
    shared::{limit::Holding, promise::Statement},
};

impl Switch {
    /// An INVITE that begins a call.
    pub(super) fn arrive(&mut self, key: ServerKey, flow: Flow, request: &Message, origin: Origin) {
        self.core.counters.calls += 1;
        if let Err((status, header)) = self.take_call(key, flow, request, origin) {
            self.core.counters.turned_away(status);
            let headers: SmallVec<[(Name, &str); 1]> =
                header.iter().map(|(name, value)| (*name, &**value)).collect();
            self.core.refuse_with(key, request, status, &headers);
            self.tell_refused(&self.core.party_of(origin), flow, request, status);
        }
    }

    fn take_call(
        &mut self,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        origin: Origin,
    ) -> Result<(), Refused> {
        let rules = self.session_rules(origin);
        self.check(request, rules)?;
        if let Some((call, place)) = self.place_wanted(origin, request).map_err(|status| (status, None))? {
            return self.take_place(key, flow, request, origin, (call, place));
        }
        let wanted = match origin {
            Origin::Trunk(trunk) => self.wanted_by_trunk(trunk, request)?,
            Origin::Phone(phone) => self.wanted_by_phone(phone, request)?,
        };
        if self.draining != Draining::No && !wanted.is_emergency {
            return Err(self.come_back_later());
        }
        let statement = self.statement(origin, &wanted.course).map_err(|status| (status, None))?;
        if !wanted.is_emergency {
            self.reserve(&wanted, origin)?;
        } else {
            wanted.holdings.iter().for_each(|holding| self.core.limits.take(holding));
        }
        let (holdings, help) = (wanted.holdings.clone(), wanted.help);
        let begun = self.begin(key, flow, request, origin, wanted);
        if begun.is_err() {
            holdings.iter().for_each(|holding| self.core.limits.give_back(holding));
        }
        let call = begun?;
        if let Some(help) = help {
            self.help_was_called(&help);
        }
        if let Some(statement) = statement {
            self.say_for(call, statement);
        }
        Ok(())
    }

    /// What a call says of its person, or of a schedule.
    fn statement(&mut self, origin: Origin, course: &Course) -> Result<Option<Statement>, Status> {
        match (course, origin) {
            (Course::Said(Said::Feature(feature, rest)), Origin::Phone(phone)) => {
                self.said_by_code(phone, *feature, *rest).map(Some)
            }
            (Course::Listening(listener), Origin::Phone(phone)) if listener.parts() => {
                Ok(self.signs_out(phone))
            }
            (Course::Said(Said::Toggle(hours)), _) => Ok(Some(self.turned(*hours))),
            (
                Course::Said(..)
                | Course::Listening(_)
                | Course::Taking(_)
                | Course::Plan(_)
                | Course::Dialled(_)
                | Course::Parked(_)
                | Course::Asking
                | Course::Originated(_)
                | Course::Reminder(_)
                | Course::Probing(_),
                _,
            ) => Ok(None),
        }
    }

    /// What RFC 3261 §8.2 and §16.3 ask of every INVITE, in their order.
    fn check(&mut self, request: &Message, rules: callplan::Session) -> Result<(), Refused> {
        match request.addresses(Name::Contact).next() {
            Some(Ok(_)) => {}
            // It was no duty in RFC 2543, whose peers ought to be heard still (RFC 4475 §3.4.1).
            None if request.unique_branch().is_none() => {}
            Some(Err(_)) | None => return Err((Status::BAD_REQUEST, None)),
        }
        if self.core.transactions.merged(request) {
            return Err((Status::LOOP_DETECTED, None));
        }
        if let Some((status, header)) = misunderstood(request, rules) {
            return Err((status, header));
        }
        if is_too_short(request, rules) {
            let least = (Name::MinSe, INTERVAL_MIN.to_string());
            return Err((Status::SESSION_INTERVAL_TOO_SMALL, Some(least)));
        }
        if request.max_forwards() == Some(0) {
            return Err((Status::TOO_MANY_HOPS, None));
        }
        if self.is_loop(request) {
            self.core.counters.loops += 1;
            return Err((Status::LOOP_DETECTED, None));
        }
        Ok(())
    }

    /// An INVITE of ours that came back through a proxy unchanged: the tag of its From is the token of a leg
    /// of ours that lives (RFC 3261 §16.3 step 4, for a B2BUA).
    fn is_loop(&self, request: &Message) -> bool {
        let leg = request.from_tag().and_then(identity::leg_of_token).and_then(|leg| self.legs.get(leg));
        leg.is_some_and(|leg| leg.dialog().call_id() == request.call_id())
    }

    fn come_back_later(&mut self) -> Refused {
        let seconds = 5 + self.core.chance.below(26);
        (Status::SERVICE_UNAVAILABLE, Some((Name::RetryAfter, seconds.to_string())))
    }

    /// Reserves what the A leg holds: the person's call, the trunk's channel, a call of the site; and one of those
    /// that a person may begin outside within a minute.
    pub(super) fn reserve(&mut self, wanted: &Wanted, origin: Origin) -> Result<(), Refused> {
        let (site, holdings) = (self.core.site.clone(), &*wanted.holdings);
        if self.calls.len() >= site.limits.calls_max as usize {
            self.core.counters.refused_by_limit += 1;
            return Err(self.come_back_later());
        }
        for (index, holding) in holdings.iter().enumerate() {
            let max = match (holding, origin) {
                (Holding::Trunk(_), Origin::Trunk(trunk)) => site[trunk].channels,
                (Holding::Person(_), Origin::Phone(phone)) => {
                    site[phone].person.map_or(u16::MAX, |person| site[person].calls_max)
                }
                (Holding::Trunk(_), Origin::Phone(_))
                | (Holding::Person(_), Origin::Trunk(_))
                | (Holding::Account(_) | Holding::Outside(_), _) => u16::MAX,
            };
            if !self.core.limits.reserve(holding, max) {
                holdings[..index].iter().for_each(|held| self.core.limits.give_back(held));
                self.core.counters.refused_by_limit += 1;
                return Err((Cause::Limit.status(), None));
            }
        }
        if let (Origin::Phone(phone), Direction::Outbound) = (origin, wanted.direction)
            && !self.may_begin(&site, phone)
        {
            holdings.iter().for_each(|held| self.core.limits.give_back(held));
            return Err((Cause::Limit.status(), None));
        }
        Ok(())
    }

    /// Whether the person of a phone may begin one call outside more this minute (RELIABILITY A9); if so, it counts.
    pub(super) fn may_begin(&mut self, site: &Site, phone: PhoneId) -> bool {
        let Some(person) = site[phone].person else { return true };
        let (person, max, now) = (&site[person].name, site.limits.calls_per_minute, self.core.now.mono);
        let may = self.core.limits.begin(person, max, now);
        self.core.counters.refused_by_limit += u64::from(!may);
        may
    }

    /// A carrier's call to one of our numbers.
    fn wanted_by_trunk(&self, trunk: TrunkId, request: &Message) -> Result<Wanted, Refused> {
        let site = &self.core.site;
        let entry = &site[trunk];
        let number = self.core.trunks.number_called(site, trunk, request);
        let number = number.ok_or((Status::NOT_FOUND, None))?;
        let heard = heard::by_trunk(site, entry, request);
        let called_back = self.core.callbacks.phone(site[number].e164, self.core.now.wall);
        let called_back = called_back.and_then(|phone| site.phone(phone));
        let entry_of_call = called_back.map_or(Entry::Number(number), Entry::CallBack);
        let known = heard.number.filter(|_| !heard.is_private);
        let caller = Caller {
            number: known.map_or_else(|| "".into(), |number| number.to_string().into()),
            name: known.map_or_else(|| "".into(), |_| heard.name),
            party: format!("trunk:{}", entry.name).into(),
            person: "".into(),
            facts: known.map_or(Known::Withheld, Known::Number),
            present: Some(site[number].e164),
            asserted: heard.number,
            // Whoever helps is shown as it is, whatever the number masks.
            called: Some(number).filter(|_| called_back.is_none()),
            came_for: Some(site[number].e164),
            is_private: heard.is_private,
            is_masked: false,
            luggage: heard.luggage,
            attest: None,
            leg: Party::Trunk(entry.name.clone()),
        };
        let facts = caller.facts(entry_of_call);
        Ok(Wanted {
            caller,
            dialled: site[number].e164.to_string().into(),
            direction: Direction::Inbound,
            course: Course::Plan(Box::new((Cursor::new(), facts))),
            holdings: smallvec![Holding::Trunk(entry.name.clone())],
            is_emergency: called_back.is_some(),
            help: None,
        })
    }

    /// What a phone of ours dialled, in the one order of `resolve`.
    fn wanted_by_phone(&self, phone: PhoneId, request: &Message) -> Result<Wanted, Refused> {
        let uri = request.request_uri().ok_or((Status::BAD_REQUEST, None))?;
        let site = &self.core.site;
        let dialled = &*dialled(site, &uri).ok_or((Status::ADDRESS_INCOMPLETE, None))?;
        let heard = heard::by_phone(request);
        let wanted = match self.asks_after_slot(phone, dialled).map_err(|status| (status, None))? {
            true => Wanted::asking(site, phone, dialled),
            false => Wanted::by_dialling(site, phone, dialled, &heard::preferred(site, request))?,
        };
        let caller = Caller { is_private: heard.is_private, luggage: heard.luggage, ..wanted.caller };
        Ok(Wanted { caller, ..wanted })
    }

    /// Makes the A leg and the call, and sets it going.
    fn begin(
        &mut self,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        origin: Origin,
        wanted: Wanted,
    ) -> Result<Key<Call>, Refused> {
        let Wanted { caller, dialled, direction, course, holdings, .. } = wanted;
        let talk = self.talk_with(flow, request, origin);
        let thread = self.core.ports.quietest();
        let number = self.core.next_call();
        let full = (Status::SERVICE_UNAVAILABLE, None);
        // The call's slot is reserved first, since the leg has to know it.
        let a_key = self.legs.vacancy().ok_or_else(|| full.clone())?;
        let call_key = self.calls.vacancy().ok_or(full)?;
        let birth = Birth {
            id: call_key,
            number,
            site: self.core.site.clone(),
            caller,
            dialled,
            direction,
            course,
            hops: request.max_forwards().unwrap_or(MAX_FORWARDS).min(MAX_FORWARDS) - 1,
            thread,
            a: a_key,
            sip_call_id: request.call_id().into(),
            holdings,
        };
        let (party, rules) = (birth.caller.leg.clone(), self.session_rules(origin));
        let device = self.device(&party, flow, request);
        let outline = Outline { call: call_key, side: Side::A, party, flow, device, thread, rules };
        let leg = Leg::inbound(a_key, outline, key, request, talk, &mut self.core)
            .map_err(|refusal| (refusal.status(), None))?;
        self.core.transactions.set_user(key, User::Leg(a_key));
        let call = Call::new(birth, &mut self.core);
        let inserted = (self.legs.try_insert(leg), self.calls.try_insert(call));
        debug_assert!(
            inserted.0.is_ok_and(|leg| leg == a_key) && inserted.1.is_ok_and(|call| call == call_key)
        );
        self.with_call(call_key, |call, hands| call.enter(hands));
        Ok(call_key)
    }

    /// Which device of a phone calls.
    pub(super) fn device(&self, party: &Party, flow: Flow, request: &Message) -> Option<Arc<str>> {
        let Party::Phone(phone) = party else { return None };
        self.core.registrar.device_on(phone, flow, request, self.core.now.mono)
    }

    pub(super) fn talk_with(&self, flow: Flow, request: &Message, origin: Origin) -> Talk {
        let behind_nat = matches!(origin, Origin::Phone(_)) && says_nat(request, flow);
        let talk = Talk::new(flow.remote.ip(), behind_nat);
        match origin {
            Origin::Trunk(trunk) if self.may_pass(trunk) => talk.that_may_pass(),
            Origin::Trunk(_) | Origin::Phone(_) => talk,
        }
    }

    pub(super) fn session_rules(&self, origin: Origin) -> callplan::Session {
        match origin {
            Origin::Phone(phone) => self.core.site[phone].session,
            Origin::Trunk(trunk) => self.core.site[trunk].session,
        }
    }

    fn may_pass(&self, trunk: TrunkId) -> bool {
        let trunk = &self.core.site[trunk];
        trunk.media == MediaMode::Direct && trunk.profile == Profile::Address
    }
}

/// Whether what an INVITE says of its sender is not where it came from.
fn says_nat(request: &Message, flow: Flow) -> bool {
    let contact = request.addresses(Name::Contact).flatten().next();
    contact.is_some_and(|contact| is_behind_nat(flow, request.way_back(), &contact.uri))
}
