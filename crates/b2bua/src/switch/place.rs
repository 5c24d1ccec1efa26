//! An INVITE that begins no call: its phone takes a place in one that there is, named by its dialog (RFC 3891)
//! or by where it rings (pickup) or waits (a slot).
//!
//! A phone may take the place of another of the same person; of one that rings also where both are of one
//! group. Whoever may not is told 403, whatever the call does.

use callplan::{Feature, Owner, PersonId, PhoneId, Site, number::Digits, resolve, resolve::Joining};
use clock::Key;
use sip::{Message, Name, Status, flow::Flow, transaction::ServerKey};

use super::{Switch, admit::Origin, join::is_of_one, wanted::Refused};
use crate::{
    call::{Call, Caller, Newcomer, Place},
    cause::Cause,
    core::User,
    dialled::dialled,
    leg::{Leg, Outline, Party, Replaced, Side},
};

/// A place, and in which call.
type Found = (Key<Call>, Place);

impl Switch {
    /// Whose place an INVITE wants; nobody's, for most.
    ///
    /// # Errors
    /// What is told: there is no such place, or it is not to be had.
    pub(super) fn place_wanted(&self, origin: Origin, request: &Message) -> Result<Option<Found>, Status> {
        let mut named = request.headers(Name::Replaces);
        match (named.next(), named.next(), origin) {
            (Some(_), Some(_), _) => Err(Status::BAD_REQUEST),
            (Some(named), None, _) => self.place_named(origin, named).map(Some),
            (None, _, Origin::Phone(phone)) => self.place_dialled(phone, request),
            (None, _, Origin::Trunk(_)) => Ok(None),
        }
    }

    /// The place of the dialog that a `Replaces` names (RFC 3891 §3).
    fn place_named(&self, origin: Origin, named: &str) -> Result<Found, Status> {
        let named = Replaced::read(named).ok_or(Status::BAD_REQUEST)?;
        let key = self.replaced(&named)?;
        let gone = Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let call = self.legs.get(key).map(Leg::call).ok_or(gone)?;
        let place = self.calls.get(call).and_then(|call| call.place_held(key)).ok_or(gone)?;
        let (Origin::Phone(phone), Some(other)) = (origin, self.phone_of(key)) else {
            return Err(Status::FORBIDDEN);
        };
        let site = &self.core.site;
        let is_permitted = match place {
            Place::Talking(_) => is_of_one(site, phone, other),
            Place::Ringing(_) => is_of_one(site, phone, other) || share_group(site, phone, other),
            // No dialog has this place.
            Place::Waiting => false,
        };
        match place {
            _ if !is_permitted => Err(Status::FORBIDDEN),
            // Whoever wanted a call that rings does not want to break into one that talks.
            Place::Talking(_) if named.early_only => Err(Status::BUSY_HERE),
            Place::Talking(_) | Place::Ringing(_) | Place::Waiting => Ok((call, place)),
        }
    }

    /// The place that a phone asks for by a code.
    fn place_dialled(&self, phone: PhoneId, request: &Message) -> Result<Option<Found>, Status> {
        let site = &self.core.site;
        let Some(uri) = request.request_uri() else { return Ok(None) };
        let is_code = |dialled: &str| dialled.starts_with(['*', '#']) || site.park.slot(dialled).is_some();
        let Some(dialled) = dialled(site, &uri).filter(|dialled| is_code(dialled)) else { return Ok(None) };
        let phones = match resolve::resolve(site, phone, &dialled).joining() {
            Some(Joining::Slot(slot)) => {
                return Ok(self.waits_in(slot).map(|call| (call, Place::Waiting)));
            }
            Some(Joining::Code(Feature::Pickup, Some(ext))) => picked(site, phone, &ext)?,
            Some(Joining::Code(Feature::GroupPickup, None)) => of_groups(site, phone)?,
            Some(Joining::Code(..)) | None => return Ok(None),
        };
        self.rings_longest(&phones).map(Some).ok_or(Status::TEMPORARILY_UNAVAILABLE)
    }

    /// The call that has rung longest on one of these phones.
    fn rings_longest(&self, phones: &[PhoneId]) -> Option<Found> {
        let rings = self.calls.iter().filter_map(|(key, call)| {
            let (since, place) = call.rings_at(phones)?;
            Some(((since, call.number()), (key, place)))
        });
        rings.min_by_key(|(since, _)| *since).map(|(_, found)| found)
    }

    /// Makes the leg of whoever takes a place.
    pub(super) fn take_place(
        &mut self,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        origin: Origin,
        (call, place): Found,
    ) -> Result<(), Refused> {
        let Origin::Phone(phone) = origin else { return Err((Status::FORBIDDEN, None)) };
        self.has_time_for(phone, place).map_err(|status| (status, None))?;
        let full = (Status::SERVICE_UNAVAILABLE, None);
        let (thread, version) = self
            .calls
            .get(call)
            .map(|call| (call.thread(), call.site().clone()))
            .ok_or_else(|| full.clone())?;
        let site = self.core.site.clone();
        let known = version.phone(&site[phone].name).ok_or((Status::FORBIDDEN, None))?;
        let party = Party::Phone(site[phone].name.clone());
        let device = self.device(&party, flow, request);
        let rules = self.session_rules(origin);
        let target = if let Place::Ringing(target) = place { target } else { Call::JOINED };
        let outline = Outline { call, side: Side::B(target), party, flow, device, thread, rules };
        let talk = self.talk_with(flow, request, origin);
        let leg = self.legs.vacancy().ok_or(full)?;
        let mut made = Leg::inbound(leg, outline, key, request, talk, &mut self.core)
            .map_err(|refusal| (refusal.status(), None))?;
        made.hear_privacy(request);
        self.core.transactions.set_user(key, User::Leg(leg));
        let inserted = self.legs.try_insert(made);
        debug_assert!(inserted.is_ok_and(|inserted| inserted == leg));
        let number = Caller::of_phone(&site, phone).number;
        let newcomer = Newcomer { leg, phone: known, number, sip_call_id: request.call_id().into() };
        let mut refused = None;
        self.with_call(call, |call, hands| refused = call.give_place(place, newcomer, hands).err());
        if let Some(status) = refused {
            self.with_leg(leg, |leg, core| leg.refuse(status, core));
        }
        Ok(())
    }

    /// Whether the person of a phone may have one call more; whoever changes phones has none more.
    fn has_time_for(&mut self, phone: PhoneId, place: Place) -> Result<(), Status> {
        let site = &self.core.site;
        let person = site[phone].person.map(|person| &site[person]);
        let is_full = person.is_some_and(|it| self.core.limits.calls_of(&it.name) >= it.calls_max);
        match place {
            Place::Ringing(_) | Place::Waiting if is_full => {
                self.core.counters.refused_by_limit += 1;
                Err(Cause::Limit.status())
            }
            Place::Ringing(_) | Place::Waiting | Place::Talking(_) => Ok(()),
        }
    }
}

/// The phones behind an extension, as far as this phone may take their calls.
fn picked(site: &Site, phone: PhoneId, ext: &Digits) -> Result<Vec<PhoneId>, Status> {
    let owner = site.extension(ext).ok_or(Status::NOT_FOUND)?;
    let mut phones = match owner {
        Owner::Phone(phone) => vec![phone],
        Owner::Person(person) => site[person].phones.to_vec(),
        Owner::Group(group) => phones_of(site, &site[group].members),
        Owner::Queue(queue) => phones_of(site, &site[queue].rules.members),
        Owner::Mailbox(_) => return Err(Status::NOT_FOUND),
    };
    phones.retain(|other| share_group(site, phone, *other) || is_of_one(site, phone, *other));
    if phones.is_empty() { Err(Status::FORBIDDEN) } else { Ok(phones) }
}

/// The phones of everybody who is in a group with the person of this one.
fn of_groups(site: &Site, phone: PhoneId) -> Result<Vec<PhoneId>, Status> {
    let person = site[phone].person.ok_or(Status::FORBIDDEN)?;
    let groups = site.groups.iter().filter(|group| group.members.contains(&person));
    let phones: Vec<_> = groups.flat_map(|group| phones_of(site, &group.members)).collect();
    if phones.is_empty() { Err(Status::FORBIDDEN) } else { Ok(phones) }
}

fn phones_of(site: &Site, people: &[PersonId]) -> Vec<PhoneId> {
    people.iter().flat_map(|person| site[*person].phones.iter().copied()).collect()
}

/// Whether the people of two phones are in one group.
fn share_group(site: &Site, one: PhoneId, other: PhoneId) -> bool {
    let (Some(one), Some(other)) = (site[one].person, site[other].person) else { return false };
    site.groups.iter().any(|group| group.members.contains(&one) && group.members.contains(&other))
}
