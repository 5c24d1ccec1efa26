//! REFER: a party of a call wants somebody else in its place (RFC 3515).
//!
//! It is never passed on. What it names is dialled for the phone that sent it, in the one order of
//! `callplan::resolve` and with that phone's permissions, so a transfer leads nowhere that the phone could not
//! have called itself (RELIABILITY A9). A carrier would call at our cost:
//!
//! | who sends it | and the other party gets |
//! |---|---|
//! | a phone | what that phone may dial |
//! | a carrier with `transfers = "follow"` | a number of ours; a phone also what it could have dialled itself |
//! | an agent | somebody inside, a number of ours |
//! | any other carrier | nobody: 603 |

use std::sync::Arc;

use callplan::{
    E164, PhoneId, Site, Transfers, TrunkId,
    number::Digits,
    resolve,
    step::{Caller as Known, Cursor, Entry, Facts},
};
use clock::Key;
use sip::{Message, Status, flow::Flow, transaction::ServerKey, uri::Uri};

use super::{Switch, admit::Origin, wanted::Wanted};
use crate::{
    call::{Course, Parked, Target},
    cause::Cause,
    dialled::{dialled, is_of_ours},
    dialog::Order,
    leg::{Leg, Party, Referred},
};

impl Switch {
    /// Takes a REFER on a dialog, or refuses it.
    pub(super) fn refer(&mut self, leg: Key<Leg>, key: ServerKey, flow: Flow, request: &Message) {
        let now = self.core.now.mono;
        let order = self.legs.get_mut(leg).map(|leg| {
            leg.speaks_from(flow, now);
            leg.note(request.cseq())
        });
        // RFC 3261 §12.2.2: out of order.
        let taken = match order {
            Some(Order::Next) => self.take_refer(leg, key, request),
            Some(Order::Late) | None => Err(Status::SERVER_INTERNAL_ERROR),
        };
        if let Err(status) = taken {
            self.core.refuse(key, request, status);
        }
    }

    fn take_refer(&mut self, key: Key<Leg>, asked: ServerKey, request: &Message) -> Result<(), Status> {
        let leg = self.legs.get(key).ok_or(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST)?;
        let by = self.referrer(leg)?;
        leg.may_refer()?;
        let referred = Referred::of(request)?;
        self.calls.get(leg.call()).ok_or(Status::DECLINE)?.may_transfer()?;
        if let Some(replaced) = &referred.replaced {
            return self.transfer_attended(key, by, asked, request, replaced);
        }
        let target = Uri::parse(&referred.target).map_err(|_| Status::BAD_REQUEST)?;
        if matches!(by, Origin::Phone(_)) && !self.answers_for(&target, request) {
            return Err(Status::NOT_FOUND);
        }
        let site = self.core.site.clone();
        let dialled = dialled(&site, &target).ok_or(Status::ADDRESS_INCOMPLETE)?;
        self.transfer_blind(key, by, &dialled, |switch| {
            switch.with_leg(key, |leg, core| leg.accept_refer(asked, request, core));
        })
    }

    /// Whether what a phone names is ours to dial: nobody elsewhere is called by an extension of ours.
    fn answers_for(&self, target: &Uri<'_>, request: &Message) -> bool {
        let is_here = |host| request.from().uri.host() == Some(host) || self.hosts.may_be(host);
        target.host().is_some_and(is_here) || is_of_ours(&self.core.site, &self.core.identity, target)
    }

    /// Who sends a REFER on this leg.
    ///
    /// # Errors
    /// What it is told: it may transfer nobody.
    fn referrer(&self, leg: &Leg) -> Result<Origin, Status> {
        let site = &self.core.site;
        match leg.party() {
            Party::Phone(name) => site.phone(name).map(Origin::Phone).ok_or(Status::FORBIDDEN),
            Party::Trunk(name) => {
                let trunk = site.trunk(name).filter(|trunk| site[*trunk].transfers == Transfers::Follow);
                trunk.map(Origin::Trunk).ok_or(Status::DECLINE)
            }
        }
    }

    /// The other party of `leg` is to talk to what is dialled for the one who transfers; `accept` says so before
    /// anything is told.
    pub(super) fn transfer_blind(
        &mut self,
        leg: Key<Leg>,
        by: Origin,
        dialled: &str,
        accept: impl FnOnce(&mut Self),
    ) -> Result<(), Status> {
        match by {
            Origin::Phone(phone) => self.transfer_by_phone(leg, phone, dialled, accept),
            Origin::Trunk(trunk) => self.transfer_by_trunk(leg, trunk, dialled, accept),
        }
    }

    /// A carrier gives whom it talks with to a number of ours, or a phone to what that could dial.
    fn transfer_by_trunk(
        &mut self,
        leg: Key<Leg>,
        trunk: TrunkId,
        dialled: &str,
        accept: impl FnOnce(&mut Self),
    ) -> Result<(), Status> {
        let key = self.legs.get(leg).map(Leg::call).ok_or(Status::DECLINE)?;
        let call = self.calls.get(key).ok_or(Status::DECLINE)?;
        let site = call.site().clone();
        if self.core.site[trunk].agent.is_some() {
            let entry = resolve::ours(&site, dialled).ok_or(Status::NOT_FOUND)?;
            let called = if let Entry::Number(number) = entry { Some(number) } else { None };
            let course = Course::Plan(Box::new((Cursor::new(), Facts::new(Known::Withheld, entry))));
            accept(self);
            let target = Target { by: None, called, present: None, account: None, course };
            self.with_call(key, |call, hands| call.transfer(leg, target, hands));
            return Ok(());
        }
        let stays = call.opposite(leg).and_then(|leg| self.legs.get(leg)).map(Leg::party);
        let (called, present, course) = match stays.ok_or(Status::DECLINE)? {
            Party::Phone(name) => {
                let number = named_by_trunk(&self.core.site, trunk, dialled).ok_or(Status::NOT_FOUND)?;
                let (_, wanted) = self.permitted(&site, name, &number.to_string())?;
                let is_outside = matches!(wanted.course, Course::Dialled(_));
                (wanted.caller.called, wanted.caller.present.filter(|_| is_outside), wanted.course)
            }
            Party::Trunk(_) => {
                // What leads outside again would be paid by nobody who is in the call.
                let trunk = site.trunk(&self.core.site[trunk].name).ok_or(Status::FORBIDDEN)?;
                let number = resolve::inbound(&site, trunk, dialled).ok_or(Status::FORBIDDEN)?;
                let facts = Facts::new(Known::Withheld, Entry::Number(number));
                (Some(number), None, Course::Plan(Box::new((Cursor::new(), facts))))
            }
        };
        accept(self);
        let target = Target { by: None, called, present, account: None, course };
        self.with_call(key, |call, hands| call.transfer(leg, target, hands));
        Ok(())
    }

    /// The other party of `leg` is to talk to what `phone` could dial.
    fn transfer_by_phone(
        &mut self,
        leg: Key<Leg>,
        phone: PhoneId,
        dialled: &str,
        accept: impl FnOnce(&mut Self),
    ) -> Result<(), Status> {
        let call = self.legs.get(leg).map(Leg::call).ok_or(Status::DECLINE)?;
        let site = self.calls.get(call).map(|call| call.site().clone()).ok_or(Status::DECLINE)?;
        let name = self.core.site[phone].name.clone();
        if let Some(slot) = self.slot_wanted(phone, dialled)? {
            let by = site.phone(&name).ok_or(Status::FORBIDDEN)?;
            let course = Course::Parked(Parked { slot, by });
            accept(self);
            let target = Target { by: Some(by), called: None, present: None, account: None, course };
            self.with_call(call, |call, hands| call.transfer(leg, target, hands));
            if dialled.starts_with('*') {
                self.tell_slot(&name, slot);
            }
            return Ok(());
        }
        let (phone, wanted) = self.permitted(&site, &name, dialled)?;
        let person = site[phone].person.map(|person| site[person].name.clone());
        if matches!(wanted.course, Course::Said(_) | Course::Listening(_) | Course::Taking(_)) {
            // A code is about whoever dials it; there is nobody to talk to.
            return Err(Status::NOT_FOUND);
        }
        let is_outside = matches!(wanted.course, Course::Dialled(_));
        if is_outside && !wanted.is_emergency && !self.may_begin(&site, phone) {
            return Err(Cause::Limit.status());
        }
        let target = Target {
            by: Some(phone),
            called: wanted.caller.called,
            present: wanted.caller.present.filter(|_| is_outside),
            account: person.filter(|_| is_outside),
            course: wanted.course,
        };
        accept(self);
        self.with_call(call, |call, hands| call.transfer(leg, target, hands));
        if let Some(help) = wanted.help {
            self.help_was_called(&help);
        }
        Ok(())
    }

    /// What a phone's dialling leads to in the version that its call runs on, if it may dial that by now.
    fn permitted(&self, site: &Arc<Site>, phone: &str, dialled: &str) -> Result<(PhoneId, Wanted), Status> {
        let by = |site: &Site| {
            let phone = site.phone(phone).ok_or(Status::FORBIDDEN)?;
            Ok((phone, Wanted::by_dialling(site, phone, dialled, &[]).map_err(|(status, _)| status)?))
        };
        let now = by(&self.core.site)?;
        if Arc::ptr_eq(site, &self.core.site) { Ok(now) } else { by(site) }
    }
}

/// The number that a carrier names.
fn named_by_trunk(site: &Site, trunk: TrunkId, dialled: &str) -> Option<E164> {
    let digits = Digits::read(dialled).ok()?;
    site[trunk].format.readings(&digits, resolve::home(site)).next()
}
