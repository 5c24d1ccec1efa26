//! Two answers to one INVITE, of two phones beyond a fork: one is the call, the other gets ACK and BYE on a dialog of its
//! own (RFC 3261 §13.2.2.4). Whatever passes on that dialog is no business of the leg's.

use std::{collections::BTreeMap, sync::Arc};

use clock::Instant;
use sip::{Message, Method};

use super::{
    Check, SLACK,
    duty::Duty,
    seen::{Seen, is_success},
};

/// Dialogs by Call-ID and the party's tag.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// The tag of the answer that came first.
    first: BTreeMap<Arc<str>, String>,
    others: BTreeMap<(Arc<str>, String), Parted>,
}

/// What the switch said on such a dialog.
#[derive(Clone, Copy, Debug, Default)]
struct Parted {
    is_acknowledged: bool,
    is_ended: bool,
    connection: u32,
}

impl Check {
    /// Whether what came belongs to the dialog of a second answer.
    pub(super) fn twin_came(&mut self, seen: Seen<'_>) -> bool {
        let is_answer = *seen.message.method() == Method::Invite && is_success(seen.message.status());
        let call_id = seen.call_id();
        let is_asked = self.legs.get(&call_id).is_some_and(|leg| leg.asked.contains_key(&seen.branch()));
        if !is_answer && is_asked {
            // It began before there were two.
            return false;
        }
        if !is_answer || !self.legs.get(&call_id).is_some_and(|leg| leg.is_ours) {
            return self.twins.name(seen.message).is_some();
        }
        let tag = seen.message.to_tag().unwrap_or_default().to_owned();
        if *self.twins.first.entry(call_id.clone()).or_insert_with(|| tag.clone()) == tag {
            return false;
        }
        let (name, connection) = ((call_id.clone(), tag.clone()), seen.flow.connection);
        if self.twins.others.insert(name, Parted { connection, ..Parted::default() }).is_none() {
            self.happened.twins += 1;
            self.owe(seen.now + SLACK, Duty::Part(call_id, tag));
        }
        true
    }

    /// The same of what left.
    pub(super) fn twin_left(&mut self, seen: Seen<'_>) -> bool {
        let is_early =
            seen.message.is_request() && !matches!(seen.message.method(), Method::Ack | Method::Bye);
        let Some(name) = self.twins.name(seen.message).filter(|_| !is_early) else { return false };
        let parted = self.twins.others.get_mut(&name).expect("its name was found there");
        if seen.message.is_request() {
            parted.is_acknowledged |= *seen.message.method() == Method::Ack;
            parted.is_ended |= *seen.message.method() == Method::Bye;
        }
        true
    }

    pub(super) fn judge_parted(&mut self, at: Instant, call_id: Arc<str>, tag: String) {
        let name = (call_id, tag);
        let Some(parted) = self.twins.others.get(&name) else { return };
        let is_done = parted.is_acknowledged && parted.is_ended;
        if !is_done && !self.broken.contains(&parted.connection) {
            self.violate(at, format!("{}: a second answer is not parted with: {parted:?}", name.0));
        }
    }
}

impl Twins {
    /// The second dialog that a message is about.
    fn name(&self, message: &Message) -> Option<(Arc<str>, String)> {
        let tags = [message.to_tag(), message.from_tag()].into_iter().flatten();
        let names = tags.map(|tag| (message.call_id().into(), tag.to_owned()));
        names.into_iter().find(|name| self.others.contains_key(name))
    }
}
