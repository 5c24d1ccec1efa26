//! Click-to-call: the operator, or a program, has a call placed for somebody (RFC 3725, with one party rung after
//! the other).
//!
//! Whoever it is for is rung first, and then gets what they would get by dialling it on their phone: the same order
//! of `callplan::resolve`, permissions, limits and plan.

use std::sync::Arc;

use callplan::{
    PersonId, PhoneId, Site,
    resolve::{self, Resolution},
    step::Entry,
};
use clock::Key;
use smallvec::{SmallVec, smallvec};
use store::CallId;

use super::{Draining, Output, Switch, admit::Origin, wanted::Wanted};
use crate::{
    call::{Birth, Call, Course, Originated},
    dialog::MAX_FORWARDS,
    identity::heard::shown,
};

/// A call that is to be placed for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originate {
    /// A person or a phone, by name or extension.
    pub from: Arc<str>,
    /// What they would dial.
    pub dialled: Arc<str>,
}

/// Why no call was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPlaced {
    /// Nobody has that name.
    #[error("there is no such person or phone")]
    NoSuchCaller,
    /// They have no phone, or none that can be reached.
    #[error("no phone of theirs is registered")]
    NoPhone,
    /// They could not dial that on their phone either.
    #[error("{0}")]
    Refused(#[from] resolve::Refused),
    /// It is nobody whom one talks with, or help that has to know where its caller is.
    #[error("codes, slots and emergency numbers are dialled on a phone")]
    NotACall,
    /// A limit is reached.
    #[error("they, or the switch, have as many calls as they may have")]
    Limit,
    /// The switch comes to its end.
    #[error("the switch drains and takes no new calls")]
    Draining,
}

impl Switch {
    /// Places a call for somebody; told by [`Output::Originated`].
    pub(super) fn originate(&mut self, asked: &Originate) {
        let placed = self.place_call(asked).map(|(_, number)| number);
        self.core.outputs.push_back(Output::Originated(placed));
    }

    /// Places it; gives the call, and its number in records.
    pub(super) fn place_call(&mut self, asked: &Originate) -> Result<(Key<Call>, CallId), NotPlaced> {
        if self.draining != Draining::No {
            return Err(NotPlaced::Draining);
        }
        let site = self.core.site.clone();
        let mut phones = phones_of(&site, &asked.from).ok_or(NotPlaced::NoSuchCaller)?;
        phones.retain(|phone| self.core.registrar.live(&site[*phone].name, self.core.now.mono) > 0);
        let phone = *phones.first().ok_or(NotPlaced::NoPhone)?;
        let shown = match resolve::resolve(&site, phone, &asked.dialled) {
            Resolution::Inside(entry) => {
                // A phone that is called can't call itself.
                phones.retain(|own| Entry::Phone(*own) != entry);
                (None, label(&site, entry))
            }
            // Who is called for a masked person is not told to them either: they see which number of ours calls.
            Resolution::Outside { present, .. } | Resolution::Short { present, .. }
                if is_masked(&site, phone) =>
            {
                let number = present.map_or_else(String::new, |present| present.to_string());
                (Some(number.into()), Arc::from(""))
            }
            Resolution::Outside { .. } | Resolution::Short { .. } => (None, Arc::from("")),
            Resolution::Refused(refused) => return Err(refused.into()),
            Resolution::Emergency(_)
            | Resolution::Feature(..)
            | Resolution::Slot(_)
            | Resolution::Toggle(_) => return Err(NotPlaced::NotACall),
        };
        let wanted =
            Wanted::by_dialling(&site, phone, &asked.dialled, &[]).map_err(|_| NotPlaced::NotACall)?;
        if phones.is_empty() {
            return Err(NotPlaced::NoPhone);
        }
        let call = self.calls.vacancy().ok_or(NotPlaced::Limit)?;
        self.reserve(&wanted, Origin::Phone(phone)).map_err(|_| NotPlaced::Limit)?;
        self.core.counters.calls += 1;
        let number = self.core.next_call();
        let then = Box::new(wanted.course);
        let shown = (shown.0.unwrap_or_else(|| wanted.dialled.clone()), shown.1);
        let birth = Birth {
            id: call,
            number,
            site,
            caller: wanted.caller,
            dialled: wanted.dialled,
            direction: wanted.direction,
            course: Course::Originated(Originated { phones, then, shown }),
            hops: MAX_FORWARDS - 1,
            thread: self.core.ports.quietest(),
            a: Call::NOBODY,
            sip_call_id: "".into(),
            holdings: wanted.holdings,
        };
        let begun = Call::new(birth, &mut self.core);
        let inserted = self.calls.try_insert(begun);
        debug_assert!(inserted.is_ok_and(|key| key == call));
        self.with_call(call, |call, hands| call.enter(hands));
        Ok((call, number))
    }
}

/// The phones of a person, or the one of that name or extension.
fn phones_of(site: &Site, from: &str) -> Option<SmallVec<[PhoneId; 2]>> {
    let of_person = |person: PersonId| site[person].phones.iter().copied().collect();
    if let Some(person) = site.person(from) {
        return Some(of_person(person));
    }
    if let Some(phone) = site.phone(from) {
        return Some(smallvec![phone]);
    }
    match site.extension(from)?.into() {
        Entry::Person(person) => Some(of_person(person)),
        Entry::Phone(phone) | Entry::CallBack(phone) => Some(smallvec![phone]),
        Entry::Number(_) | Entry::Group(_) | Entry::Queue(_) | Entry::Mailbox(_) | Entry::Plan(_) => None,
    }
}

/// Whether neither side of this phone's calls learns of the other.
fn is_masked(site: &Site, phone: PhoneId) -> bool {
    site[phone].person.is_some_and(|person| site[person].mask)
}

/// What is shown of somebody inside.
fn label(site: &Site, entry: Entry) -> Arc<str> {
    match entry {
        Entry::Person(person) => shown(&site[person].label),
        Entry::Phone(phone) | Entry::CallBack(phone) => site[phone].name.clone(),
        Entry::Group(group) => site[group].name.clone(),
        Entry::Queue(queue) => site[queue].name.clone(),
        Entry::Number(number) => shown(&site[number].label),
        Entry::Mailbox(mailbox) => site[mailbox].name.clone(),
        Entry::Plan(plan) => site[plan].name.clone(),
    }
}
