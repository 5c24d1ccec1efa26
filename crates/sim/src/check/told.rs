//! Who calls, as phones are told wherever a call goes: nobody who wants to stay unknown (RFC 3323 §4.2), and somebody
//! where nobody wants that.

use std::{collections::BTreeSet, sync::Arc};

use sip::{Message, Method, Name, header::NameAddr};

use super::{
    Check,
    limit::user_of,
    seen::{Leg, Seen, is_success},
};

/// Call-IDs of the legs whose parties are not to be named.
pub(super) type Unnamed = BTreeSet<Arc<str>>;

impl Check {
    /// A party calls.
    pub(super) fn caller_came(&mut self, seen: Seen<'_>) {
        // Who takes a place has the wish of whoever had it (RFC 3891 §3).
        let replaced = seen.message.header(Name::Replaces).and_then(|named| named.split(';').next());
        let is_private = says_private(seen.message) || is_from_nobody(seen.message);
        if is_private || replaced.is_some_and(|call_id| self.unnamed.contains(call_id)) {
            self.unnamed.insert(seen.call_id());
        }
    }

    /// A party answers.
    pub(super) fn callee_answered(&mut self, seen: Seen<'_>) {
        if is_success(seen.message.status()) && says_private(seen.message) {
            self.unnamed.insert(seen.call_id());
        }
    }

    /// A leg begins: whoever helps has a number that is none outside.
    pub(super) fn callee_called(&mut self, seen: Seen<'_>) {
        if self.limits.is_help(seen.message, Name::To) {
            self.unnamed.insert(seen.call_id());
        }
    }

    /// A phone is told who is there.
    pub(super) fn judge_told(&mut self, seen: Seen<'_>) {
        let message = seen.message;
        let is_first =
            *message.method() == Method::Invite && message.is_request() && message.to_tag().is_none();
        // A copy says what held when the first left.
        let is_copy = is_first && self.legs.contains_key(message.call_id());
        if is_copy || self.limits.is_carrier(seen.side) {
            return;
        }
        let asserted = message.header(Name::PAssertedIdentity).and_then(|value| NameAddr::parse(value).ok());
        let told = if is_first { Some(message.from()) } else { asserted };
        let is_nobody = told.is_some_and(|told| told.uri.user() == Some("anonymous"));
        let call_id = message.call_id();
        if is_nobody && !self.masked.hides(call_id, seen.side) && !self.is_somebody_unnamed() {
            self.violate(
                seen.now,
                format!("{call_id}: a phone is told of nobody, and nobody is to be unknown"),
            );
        }
        if let Some(user) = user_of(message, Name::From).filter(|_| is_first && !is_nobody)
            && self.is_unnamed(seen, &user)
        {
            self.violate(
                seen.now,
                format!("{call_id}: a phone is told of {user}, who wants to stay unknown"),
            );
        }
    }

    /// Whether somebody in any call is not to be named to everybody.
    fn is_somebody_unnamed(&self) -> bool {
        let is_hidden = |id: &str, leg: &Leg| self.unnamed.contains(id) || self.masked.hides(id, leg.side);
        self.legs.iter().any(|(id, leg)| !leg.is_over() && is_hidden(id, leg))
    }

    /// Whether this is somebody who is in calls of their own alone, in all of them unknown.
    fn is_unnamed(&self, seen: Seen<'_>, user: &str) -> bool {
        let is_theirs = |leg: &&Leg| !leg.is_over() && self.limits.is_shown_as(leg.side, user);
        let mut legs = self.legs.iter().filter(|(_, leg)| is_theirs(leg)).peekable();
        // Whoever a call was asked for is told whom it will be to.
        !self.limits.is_asked_for(seen.side, seen.now)
            && legs.peek().is_some()
            && legs.all(|(id, _)| self.unnamed.contains(id))
    }
}

fn says_private(message: &Message) -> bool {
    let mut words = message.values(Name::Privacy).flat_map(|list| list.split(';'));
    words.any(|word| matches!(word.trim(), "id" | "user" | "header"))
}

fn is_from_nobody(message: &Message) -> bool {
    message.from().uri.user() == Some("anonymous")
}
