//! Where a call goes that its callee sends on: 300, 301 and 302 (RFC 3261 §8.1.3.4, §16.5).
//!
//! | who sends it on | and it goes to |
//! |---|---|
//! | a phone | what that phone may dial under its person's permissions: a person, a phone, a group, a mailbox, a number of ours, a number outside |
//! | a carrier with `redirects = "follow"` | a number of ours, one that the caller may dial, or of the class that was dialled |
//! | any other carrier | nobody |
//!
//! Who sends a call on pays for it: a phone's person, or whoever paid for the number that a carrier sends on.
//!
//! Neither a place that was tried before nor the caller's own phone is tried, so that no loop begins, and no more
//! than [`ONWARD_MAX`] in a call. The best contact is tried at once, beside other devices of the phone that ring on;
//! the next when nothing of the target is left.
//!
//! A group, a mailbox and a number of ours are no parties of the target: what is rung there, in which order and what
//! comes after is for the plan engine, which hears of them when nothing of the target is left and says whether the
//! call goes there. What a contact behind them names is tried no more. A call that a phone of ours dialled has no plan
//! yet, and begins that of the number.

use std::sync::Arc;

use callplan::{
    E164, PhoneId, Redirects, Site, TrunkId,
    number::{Digits, Numbering},
    resolve::{self, Resolution},
    step::{self, Cursor, Entry, Event, NotFollowed, SENT_ON_MAX, TargetId},
};
use clock::Key;
use sip::uri::Uri;
use smallvec::SmallVec;

use super::{Branch, Dial, Fork, Outside, Who};
use crate::{
    call::{Call, Course, Hands, Phase, log::Kind},
    dialled::{dialled, is_of_ours},
    leg::{Leg, Party},
    switch::Log,
};

/// Places that one call is sent on to.
const ONWARD_MAX: usize = SENT_ON_MAX;

/// What still may be tried for a target, the best first.
#[derive(Debug, Default)]
pub(super) struct Onward {
    places: SmallVec<[(TargetId, Place); 1]>,
    tried: usize,
    /// Branches made before the call went on to a number of ours.
    before: usize,
}

/// What is at one contact.
#[derive(Debug)]
enum Place {
    /// All phones of a person, or one of them, or a number outside.
    Parties(Vec<Who>),
    /// A group, a mailbox or a number of ours.
    Ours(Entry),
}

impl Onward {
    /// The target is no longer wanted.
    pub(super) fn forget(&mut self, target: TargetId) {
        self.places.retain(|(of, _)| *of != target);
    }

    /// The next place of a target, of which something is left or not.
    fn next(&mut self, target: TargetId, is_left: bool) -> Option<Place> {
        let index = self.places.iter().position(|(of, _)| *of == target)?;
        let may_wait = matches!(self.places[index].1, Place::Ours(_));
        (!may_wait || !is_left).then(|| self.places.remove(index).1)
    }
}

impl Fork {
    /// Branches made for what the call is for now.
    pub(super) fn since_sent_on(&self) -> &[Branch] {
        &self.branches[self.onward.before..]
    }

    fn has_tried(&self, who: &Who) -> bool {
        self.branches.iter().any(|branch| match (&branch.who, who) {
            (Who::Phone(tried), Who::Phone(phone)) => tried == phone,
            (Who::Number(tried), Who::Number(outside)) => tried.to() == outside.to(),
            (Who::Phone(_) | Who::Number(_) | Who::Caller(_), _) => false,
        })
    }
}

impl Call {
    /// The party of a branch sends the call on; false if nobody is there who may be tried.
    pub(super) fn sent_on(&mut self, index: usize, leg: Key<Leg>, hands: &mut Hands<'_>) -> bool {
        let contacts = hands.legs.get_mut(leg).map(Leg::elsewhere).unwrap_or_default();
        // Whoever asks for a call is its caller: nobody else is to have their place, on their account.
        let is_sought = !matches!(self.phase, Phase::Routing(Course::Originated(_)));
        if contacts.is_empty() || !matches!(self.phase, Phase::Routing(_)) || !is_sought {
            return false;
        }
        let target = self.fork.branches[index].target;
        self.hide_with(index);
        for contact in contacts {
            match Uri::parse(&contact).ok().and_then(|uri| self.place(index, &uri, hands)) {
                Some(place) => self.fork.onward.places.push((target, place)),
                None => {
                    let party = &self.fork.branches[index].record.party;
                    let line =
                        format!("{party} sends a call on to {contact}: not for it to dial, not followed");
                    hands.core.log(Log::Info(line));
                }
            }
        }
        self.go_on(target, hands)
    }

    /// Tries the next place of a target; false if none is left, or it has to wait.
    pub(super) fn go_on(&mut self, target: TargetId, hands: &mut Hands<'_>) -> bool {
        let is_left = self.fork.of_target(target).any(|branch| !branch.state.is_over());
        while let Some(place) = self.fork.onward.next(target, is_left) {
            let who = match place {
                Place::Parties(who) => who,
                Place::Ours(_) if self.fork.onward.tried >= ONWARD_MAX => continue,
                Place::Ours(to) => {
                    self.fork.onward.tried += 1;
                    self.fork.onward.forget(target);
                    self.advance(Event::SentOn { target, to }, hands);
                    return true;
                }
            };
            let mut any = false;
            for who in who {
                let is_new = self.fork.onward.tried < ONWARD_MAX && !self.fork.has_tried(&who);
                if is_new && self.is_free(&who, hands) {
                    self.fork.onward.tried += 1;
                    any |= self.start(target, who, hands);
                }
            }
            if any {
                return true;
            }
        }
        false
    }

    /// The plan follows a target to a place of ours, whose number leads the call from here on: its mask, label, way of
    /// ringing and account hold, and whoever it goes on to outside is told of both.
    pub(in crate::call) fn goes_on(&mut self, target: TargetId, to: Entry, hands: &Hands<'_>) {
        let node = self.site.entry(to.plan(&self.site));
        self.note(hands.core, Kind::SentOn, 0, target.0, node.0.into());
        let Entry::Number(number) = to else { return };
        if matches!(self.caller.leg, Party::Trunk(_)) {
            if let Some(before) = self.caller.called {
                let reason = self.fork.why_sent_on();
                let luggage = self.caller.luggage.take().unwrap_or_default();
                self.caller.luggage = Some(Arc::new(luggage.sent_on_by(self.site[before].e164, reason)));
            }
            self.caller.present = Some(self.site[number].e164);
        }
        self.caller.called = Some(number);
        self.fork.onward.before = self.fork.branches.len();
    }

    /// A carrier sends what a phone of ours dialled on to a number of ours: its plan takes the call from here.
    pub(in crate::call) fn dialled_goes_on(&mut self, target: TargetId, to: Entry, hands: &mut Hands<'_>) {
        self.goes_on(target, to, hands);
        let facts = self.caller.facts(to);
        self.follow(Course::Plan(Box::new((Cursor::new(), facts))), hands);
    }

    /// It does not: the operator reads why.
    pub(in crate::call) fn stays(
        &mut self,
        (target, to): (TargetId, Entry),
        why: NotFollowed,
        hands: &mut Hands<'_>,
    ) {
        let node = self.site.entry(to.plan(&self.site));
        self.note(hands.core, Kind::SentOn, 1, target.0, node.0.into());
        let party = self.fork.of_target(target).last().map_or("a party", |branch| &branch.record.party);
        let (call, place) = (self.number.0, to.named(&self.site));
        let line = format!("call {call:x}: {party} sends it on to {place}, where it does not go: {why}");
        hands.core.log(Log::Info(line));
    }

    /// Who is at a contact that the party of this branch names.
    fn place(&self, index: usize, uri: &Uri<'_>, hands: &Hands<'_>) -> Option<Place> {
        let branch = &self.fork.branches[index];
        match &branch.who {
            Who::Phone(phone) if is_of_ours(&self.site, &hands.core.identity, uri) => {
                let dialled = dialled(&self.site, uri)?;
                let payer = self.site[*phone].person.map(|person| self.site[person].name.clone());
                self.place_of(resolve::resolve(&self.site, *phone, &dialled), |it| it.sent_on_by(payer))
            }
            Who::Phone(_) | Who::Caller(_) => None,
            Who::Number(outside) => {
                // Whoever calls for help, or a short number, is sent nowhere else.
                let Dial::Public(to) = outside.to() else { return None };
                let trunk = self.site.trunk(branch.record.party.strip_prefix("trunk:")?)?;
                let number = named_by_carrier(&self.site, trunk, uri)?;
                // A carrier goes on with the call that was begun: its payer begins no other.
                let (payer, is_screened) = (outside.payer().cloned(), outside.is_screened());
                let resolution = self.as_caller(to, number)?;
                self.place_of(resolution, |it| it.paid_by(payer).screened(is_screened))
            }
        }
    }

    /// What the caller would get by dialling `number` itself. One from outside may get what its plan gave it
    /// already: a number of the same class.
    fn as_caller(&self, first: E164, number: E164) -> Option<Resolution> {
        if let step::Caller::Phone(phone) = self.caller.facts {
            let resolution = resolve::resolve(&self.site, phone, &number.to_string());
            let is_number =
                |it: &_| matches!(it, Resolution::Outside { .. } | Resolution::Inside(Entry::Number(_)));
            return Some(resolution).filter(is_number);
        }
        if let Some(own) = self.site.number(number) {
            return Some(Resolution::Inside(Entry::Number(own)));
        }
        let (before, rule) = (resolve::route(&self.site, first)?, resolve::route(&self.site, number)?);
        let is_alike = self.site[before].class == self.site[rule].class;
        is_alike.then_some(Resolution::Outside { to: number, rule, present: None })
    }

    /// Where what was dialled leads, outside on the account that `paid` says.
    fn place_of(&self, resolution: Resolution, paid: impl FnOnce(Outside) -> Outside) -> Option<Place> {
        match resolution {
            Resolution::Inside(Entry::Phone(phone)) => self.phones_of(&[phone]),
            Resolution::Inside(Entry::Person(person)) => self.phones_of(&self.site[person].phones),
            Resolution::Outside { to, rule, .. } => {
                let trunks = &self.site[rule].trunks;
                let outside = Outside::over(&self.site, to.into(), trunks, false);
                Some(Place::Parties(vec![Who::Number(paid(outside))]))
            }
            Resolution::Short { to, rule, .. } => {
                let outside = Outside::over(&self.site, Dial::Short(to), &self.site[rule].trunks, false);
                Some(Place::Parties(vec![Who::Number(paid(outside))]))
            }
            Resolution::Inside(to @ (Entry::Group(_) | Entry::Number(_) | Entry::Mailbox(_))) => {
                Some(Place::Ours(to))
            }
            Resolution::Inside(Entry::Queue(_) | Entry::Plan(_) | Entry::CallBack(_))
            | Resolution::Emergency(_)
            | Resolution::Feature(..)
            | Resolution::Slot(_)
            | Resolution::Toggle(_)
            | Resolution::Refused(_) => None,
        }
    }

    /// These phones but the caller's.
    fn phones_of(&self, phones: &[PhoneId]) -> Option<Place> {
        let is_other = |phone: &&PhoneId| self.caller.facts != step::Caller::Phone(**phone);
        let phones: Vec<_> = phones.iter().filter(is_other).map(|phone| Who::Phone(*phone)).collect();
        (!phones.is_empty()).then_some(Place::Parties(phones))
    }

    /// Whether whoever is at a place may have one call more, and wants this one; who called for help and is called back is
    /// not asked. It is seen when its turn comes: places named before it may have rung for long.
    fn is_free(&self, who: &Who, hands: &Hands<'_>) -> bool {
        let Who::Phone(phone) = who else { return true };
        let called_back = self.called_back().and_then(|phone| self.site[phone].person);
        let person = self.site[*phone].person.filter(|person| Some(*person) != called_back);
        let wants = |person: &callplan::Person| match self.caller.facts {
            step::Caller::Number(number) => !hands.core.blocked.has(&person.name, number),
            step::Caller::Phone(_) | step::Caller::Withheld => true,
        };
        let is_free = |person: &callplan::Person| {
            hands.core.limits.calls_of(&person.name) < person.calls_max && wants(person)
        };
        person.is_none_or(|person| is_free(&self.site[person]))
    }
}

/// The number in a carrier's contact, where its table lets it send calls on.
fn named_by_carrier(site: &Site, trunk: TrunkId, uri: &Uri<'_>) -> Option<E164> {
    let entry = &site[trunk];
    let digits = Digits::read(&dialled(site, uri)?).ok().filter(|_| entry.redirects == Redirects::Follow)?;
    entry.format.readings(&digits, Numbering::of(site.country)?).next()
}
