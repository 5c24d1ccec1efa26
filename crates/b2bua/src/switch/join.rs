//! Calls that become one: an attended transfer, made by REFER with Replaces (RFC 3515, RFC 3891).

use std::cmp::Reverse;

use callplan::{PhoneId, Site};
use clock::Key;
use sip::{Message, Status, transaction::ServerKey};

use super::{Switch, admit::Origin};
use crate::{
    call::Call,
    identity,
    leg::{Leg, Party, Replaced},
};

/// The leg that leaves and its call, which is the newer one; the leg whose place is taken, and its call.
type Pair = [(Key<Leg>, Key<Call>); 2];

impl Switch {
    /// The party of `leg` wants its two calls joined. That the other one is not to be had is told by NOTIFY: a 481
    /// to the REFER itself would say that this very dialog is none.
    pub(super) fn transfer_attended(
        &mut self,
        leg: Key<Leg>,
        by: Origin,
        asked: ServerKey,
        request: &Message,
        replaced: &Replaced,
    ) -> Result<(), Status> {
        let other = self.replaced(replaced);
        let is_own = |other: Key<Leg>| self.belong_together(leg, other);
        if other.is_ok_and(|other| !is_own(other)) {
            return Err(Status::FORBIDDEN);
        }
        let accept = |switch: &mut Self| {
            switch.with_leg(leg, |leg, core| leg.accept_refer(asked, request, core));
        };
        if let Some((other, dialled)) = other.ok().and_then(|other| Some((other, self.still_rings(other)?))) {
            return self.transfer_instead((leg, by), other, &dialled, accept);
        }
        let is_outside =
            |other: Key<Leg>| matches!(by, Origin::Trunk(_)) && !self.leaves_a_phone([leg, other]);
        if other.is_ok_and(is_outside) {
            return Err(Status::FORBIDDEN);
        }
        accept(self);
        let pair = other.and_then(|other| self.pair(leg, other));
        let status = pair.as_ref().map_or_else(|status| *status, |_| Status::OK);
        self.with_leg(leg, |leg, core| leg.tell_referral(status, core));
        if let Ok(pair) = pair {
            self.join(pair);
        }
        Ok(())
    }

    /// The leg of the dialog that a Replaces names (RFC 3891 §3).
    pub(super) fn replaced(&self, named: &Replaced) -> Result<Key<Leg>, Status> {
        let key = identity::leg_of_token(&named.to_tag);
        let leg = key.and_then(|key| self.legs.get(key).filter(|leg| leg.is_replaced(named)));
        match (key, leg) {
            (Some(_), Some(leg)) if leg.is_ending() => Err(Status::DECLINE),
            (Some(key), Some(_)) => Ok(key),
            (Some(_) | None, _) => Err(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST),
        }
    }

    /// Whether two legs are of one phone, of phones of one person, or of one carrier.
    fn belong_together(&self, one: Key<Leg>, other: Key<Leg>) -> bool {
        let trunk =
            |leg: Key<Leg>| self.legs.get(leg).map(Leg::party).filter(|it| matches!(it, Party::Trunk(_)));
        if let (Some(one), Some(other)) = (trunk(one), trunk(other)) {
            return one == other;
        }
        let (Some(one), Some(other)) = (self.phone_of(one), self.phone_of(other)) else { return false };
        is_of_one(&self.core.site, one, other)
    }

    /// Whether a phone of ours is among those who talk with these: two who are outside would go on at the cost of
    /// nobody who is in the call.
    fn leaves_a_phone(&self, legs: [Key<Leg>; 2]) -> bool {
        let opposite = |leg: Key<Leg>| self.calls.get(self.legs.get(leg)?.call())?.opposite(leg);
        legs.into_iter().filter_map(opposite).any(|leg| self.phone_of(leg).is_some())
    }

    /// The phone at the other end of a leg, as far as there still is such a phone.
    pub(super) fn phone_of(&self, leg: Key<Leg>) -> Option<PhoneId> {
        match self.legs.get(leg)?.party() {
            Party::Phone(name) => self.core.site.phone(name),
            Party::Trunk(_) => None,
        }
    }

    /// What the caller on this leg dialled, while nobody has answered: the transfer is a blind one then.
    fn still_rings(&self, leg: Key<Leg>) -> Option<String> {
        let call = self.calls.get(self.legs.get(leg)?.call())?;
        call.is_waiting(leg).then(|| call.dialled().to_owned())
    }

    /// The other party gets what was called on `other`, which is given up first, so that whom it rings is free.
    fn transfer_instead(
        &mut self,
        (leg, by): (Key<Leg>, Origin),
        other: Key<Leg>,
        dialled: &str,
        accept: impl FnOnce(&mut Self),
    ) -> Result<(), Status> {
        let consulting = self.legs.get(other).map(Leg::call);
        self.transfer_blind(leg, by, dialled, |switch| {
            accept(switch);
            if let Some(call) = consulting {
                switch.with_call(call, Call::given_up);
            }
        })
    }

    /// What is to be joined.
    ///
    /// # Errors
    /// What the one who wants it is told: one of the calls is not in a state for that.
    fn pair(&self, one: Key<Leg>, other: Key<Leg>) -> Result<Pair, Status> {
        let gone = Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let call_of = |leg: Key<Leg>| Some((leg, self.legs.get(leg)?.call()));
        let mut both = [call_of(one).ok_or(gone)?, call_of(other).ok_or(gone)?];
        let talks = |(leg, call): &(Key<Leg>, _)| self.calls.get(*call).is_some_and(|call| call.talks(*leg));
        if both[0].1 == both[1].1 || !both.iter().all(talks) {
            return Err(gone);
        }
        both.sort_by_key(|(_, call)| Reverse(self.calls.get(*call).map(Call::number)));
        Ok(both)
    }

    fn join(&mut self, [(leaves, from), (stays, to)]: Pair) {
        let Some(into) = self.calls.get(to).map(Call::number) else { return };
        let mut handed = None;
        self.with_call(from, |call, hands| handed = call.hand_over(leaves, into, hands));
        if let Some(handed) = handed {
            self.with_call(to, |call, hands| call.take_in(stays, handed, hands));
        }
    }
}

/// Whether two phones are one, or of one person.
pub(super) fn is_of_one(site: &Site, one: PhoneId, other: PhoneId) -> bool {
    one == other || site[one].person.is_some_and(|person| site[other].person == Some(person))
}
