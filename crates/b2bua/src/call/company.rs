//! Who talks with whom, as the two are told once it is not what their own INVITEs said (RFC 3325 §9.1): after the answer,
//! a transfer, a join, in a slot.
//!
//! Only phones of ours are told, and of nobody more than their INVITE would say. Who is reached outside is told as what
//! was dialled for it: a mobile that somebody's calls go to is nobody's business.

use callplan::{PhoneId, step::Entry};
use clock::Key;

use super::{Call, Caller, Course, Hands, Phase};
use crate::{
    identity::told::ToPhone,
    leg::{Leg, Party},
};

impl Call {
    /// The caller is told whom it talks with from here on, by its answer if that is still to come.
    pub(super) fn meets_callee(&self, b: Key<Leg>, hands: &mut Hands<'_>) {
        let Some(phone) = self.phone_at(self.a, hands) else { return };
        let Some((callee, is_outside)) = self.reached_on(b, hands) else { return };
        let is_transferred = self.transfer.is_some();
        let other = match &self.phase {
            Phase::Routing(Course::Plan(plan)) if is_outside => {
                is_transferred.then(|| self.as_called(plan.1.entry))
            }
            // They dialled it themselves.
            Phase::Routing(_) if is_outside && !is_transferred => None,
            Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_) => Some(self.as_seen_by(phone, &callee)),
        };
        self.meets(other, hands);
    }

    /// A service of ours has the caller, who was transferred to it.
    pub(super) fn meets_service(&self, hands: &mut Hands<'_>) {
        if let (Phase::Routing(Course::Plan(plan)), Some(_)) = (&self.phase, &self.transfer) {
            self.meets(Some(self.as_called(plan.1.entry)), hands);
        }
    }

    /// The caller waits in a slot.
    pub(super) fn meets_slot(&self, slot: u32, hands: &mut Hands<'_>) {
        let number = slot.to_string();
        self.meets(Some(self.written(&number, "")), hands);
        self.introduce(self.a, hands);
    }

    fn meets(&self, other: Option<Box<str>>, hands: &mut Hands<'_>) {
        if let (Some(other), Some(a)) = (other, hands.legs.get_mut(self.a)) {
            a.meets(other);
        }
    }

    /// The callee on this leg is told who has the caller's place.
    pub(super) fn meets_caller(&self, b: Key<Leg>, hands: &mut Hands<'_>) {
        let Some(phone) = self.phone_at(b, hands) else { return };
        let other = self.as_seen_by(phone, &self.caller);
        if let Some(b) = hands.legs.get_mut(b) {
            b.meets(other);
        }
    }

    /// Says to the party of a leg whom it met, if nothing else did.
    pub(super) fn introduce(&self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        if let Some(leg) = hands.legs.get_mut(leg) {
            leg.introduce(hands.core);
        }
    }

    /// The phone on a leg.
    fn phone_at(&self, leg: Key<Leg>, hands: &Hands<'_>) -> Option<PhoneId> {
        match hands.legs.get(leg)?.party() {
            Party::Phone(name) => self.site.phone(name),
            Party::Trunk(_) => None,
        }
    }

    /// A party as this phone may know it.
    fn as_seen_by(&self, phone: PhoneId, other: &Caller) -> Box<str> {
        let is_outside = matches!(other.leg, Party::Trunk(_));
        let hides = self.site[phone].person.is_some_and(|person| self.site[person].mask);
        let is_masked = is_outside && (other.is_masked || self.caller.is_masked || hides);
        let called = other.called.filter(|_| is_masked).map(|called| &*self.site[called].label);
        let name = called.unwrap_or_else(|| other.name_shown(is_masked));
        self.written(&other.number_shown(is_masked), name)
    }

    /// What was called, for who was sent there by somebody else.
    fn as_called(&self, entry: Entry) -> Box<str> {
        let site = &self.site;
        match entry {
            Entry::Person(person) => {
                let person = &site[person];
                self.written(person.ext.as_ref().unwrap_or(&person.name), &person.label)
            }
            Entry::Phone(phone) | Entry::CallBack(phone) => {
                self.written(site[phone].ext.as_ref().unwrap_or(&site[phone].name), "")
            }
            Entry::Group(group) => {
                let group = &site[group];
                self.written(group.ext.as_ref().unwrap_or(&group.name), &group.name)
            }
            Entry::Queue(queue) => {
                let queue = &site[queue];
                self.written(queue.ext.as_ref().unwrap_or(&queue.name), &queue.name)
            }
            Entry::Number(number) => self.written(&site[number].e164.to_string(), &site[number].label),
            Entry::Mailbox(mailbox) => {
                let mailbox = &site[mailbox];
                self.written(mailbox.ext.as_ref().unwrap_or(&mailbox.name), "")
            }
            Entry::Plan(plan) => self.written(&site[plan].name, ""),
        }
    }

    fn written(&self, number: &str, name: &str) -> Box<str> {
        let domain = &self.site.domain;
        ToPhone { number, name, label: None, alert: None, luggage: None, domain }.told().from
    }
}
