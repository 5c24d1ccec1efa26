//! Early dialogs of an INVITE of ours: a fork downstream makes several, and each counts its reliable provisionals
//! for itself (RFC 3261 §13.2.2.4, RFC 3262 §4).
//!
//! The next RSeq of a dialog is acknowledged, a copy and a gap are not. A carrier that challenges the PRACK gets
//! it again with credentials.

use std::mem;

use bytes::Bytes;
use callplan::Reliable as Rule;
use sip::{
    Message, Method, Name, Status,
    transaction::{Branch, ClientKey},
};

use super::{Leg, Party};
use crate::{
    core::{Core, Credentials, User},
    dialog::{Dialog, MAX_FORWARDS},
    extension::{RELIABLE, lists},
    trunk::{Answered, Challenged, Stage},
};

/// Early dialogs of one INVITE that are told apart; a path that forks wider is heard on the first ones.
const FORKS_MAX: usize = 8;

/// One dialog that a response before the answer began.
#[derive(Debug)]
pub(super) struct Fork {
    tag: Box<str>,
    /// The last RSeq taken.
    rseq: Option<u32>,
    /// The PRACK for it, until it has its answer.
    pracking: Option<Box<Pracking>>,
    /// What it said about media.
    pub(super) answer: Option<Bytes>,
    /// It said so reliably: nothing in a later response to the INVITE counts any more (RFC 3261 §13.2.1).
    pub(super) is_settled: bool,
}

/// A PRACK of ours that is out.
#[derive(Debug)]
struct Pracking {
    key: ClientKey,
    dialog: Dialog,
    rack: Rack,
    answered: Answered,
}

/// What a PRACK acknowledges (RFC 3262 §7.2).
#[derive(Clone, Copy, Debug)]
struct Rack {
    rseq: u32,
    invite: u32,
}

/// The dialogs that a fork downstream began with one INVITE of ours.
#[derive(Debug, Default)]
pub(super) struct Forks(Vec<Fork>);

impl Forks {
    /// The one that a response belongs to; `None` beyond the limit.
    pub(super) fn of(&mut self, response: &Message) -> Option<&mut Fork> {
        let tag = response.to_tag().unwrap_or_default();
        let known = self.0.iter().position(|fork| *fork.tag == *tag);
        match known {
            Some(index) => self.0.get_mut(index),
            None if self.0.len() < FORKS_MAX => {
                self.0.push(Fork::new(tag));
                self.0.last_mut()
            }
            None => None,
        }
    }

    /// Whether this transaction carries a PRACK of theirs.
    pub(super) fn are_pracking(&self, key: ClientKey) -> bool {
        self.0.iter().filter_map(|fork| fork.pracking.as_ref()).any(|pracking| pracking.key == key)
    }

    /// The dialog whose PRACK this is.
    fn pracked(&mut self, key: ClientKey) -> Option<&mut Option<Box<Pracking>>> {
        let is_it = |fork: &&mut Fork| fork.pracking.as_ref().is_some_and(|pracking| pracking.key == key);
        self.0.iter_mut().find(is_it).map(|fork| &mut fork.pracking)
    }
}

impl Fork {
    fn new(tag: &str) -> Self {
        Self { tag: tag.into(), rseq: None, pracking: None, answer: None, is_settled: false }
    }

    /// Whether a reliable provisional is the next of its dialog (RFC 3262 §4).
    fn takes(&mut self, rseq: u32) -> bool {
        let is_next = self.rseq.is_none_or(|last| rseq == last.wrapping_add(1));
        if is_next {
            self.rseq = Some(rseq);
        }
        is_next
    }

    /// Takes the answer that a provisional of this dialog brought.
    pub(super) fn takes_answer(&mut self, answer: Bytes, response: &Message) {
        self.is_settled = self.rseq.is_some() && lists(response, Name::Require, RELIABLE);
        self.answer = Some(answer);
    }
}

impl Leg {
    /// Acknowledges a provisional of a callee that wants it; whether it says anything new (RFC 3262 §4).
    pub(super) fn acknowledge_provisional(
        &mut self,
        forks: &mut Forks,
        invite: u32,
        response: &Message,
        core: &mut Core,
    ) -> bool {
        let is_reliable =
            lists(response, Name::Require, RELIABLE) && self.session.rules().reliable != Rule::Off;
        let rseq = response.header(Name::RSeq).and_then(|rseq| rseq.trim().parse().ok());
        let Some(rseq) = rseq.filter(|_| is_reliable) else { return true };
        // A copy is dropped since PRACK repeats itself; after a gap the one that is missing comes again.
        let Some(fork) = forks.of(response) else { return false };
        if !fork.takes(rseq) {
            return false;
        }
        let (dialog, rack) = (self.dialog.forked(response), Rack { rseq, invite });
        fork.pracking = self.send_prack(dialog, rack, (Answered::default(), Credentials::new()), core);
        true
    }

    /// Sends PRACK on an early dialog, which need not be the one that is listened to. Whoever gets none ends the
    /// INVITE; without a slot for its transaction nothing else follows from it here.
    fn send_prack(
        &mut self,
        mut dialog: Dialog,
        rack: Rack,
        (answered, credentials): (Answered, Credentials),
        core: &mut Core,
    ) -> Option<Box<Pracking>> {
        dialog.count_with(&self.dialog);
        let known = mem::replace(&mut self.dialog, dialog);
        let way = self.way(core);
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(way, branch);
        let mut buffer = core.buffer();
        let mut writer = self
            .dialog
            .request(&mut buffer, &Method::Prack, &via)
            .header(Name::MaxForwards, MAX_FORWARDS)
            .header(Name::RAck, format_args!("{} {} INVITE", rack.rseq, rack.invite));
        for credential in &credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        let bytes = writer.end();
        core.keep(buffer);
        let dialog = mem::replace(&mut self.dialog, known);
        self.dialog.count_with(&dialog);
        let key = core.start(User::Leg(self.id), way, Method::Prack, branch, bytes, None)?;
        Some(Box::new(Pracking { key, dialog, rack, answered }))
    }

    /// A PRACK of ours has its answer. A carrier may challenge it like any request.
    pub(super) fn prack_answered(
        &mut self,
        forks: &mut Forks,
        key: ClientKey,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        let status = response.status().filter(|status| status.is_final());
        let Some((status, place)) = status.zip(forks.pracked(key)) else { return };
        let Some(pracking) = place.take() else { return };
        let Pracking { dialog, rack, mut answered, .. } = *pracking;
        let is_challenge = matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        let credentials = match &self.party {
            Party::Trunk(trunk) if is_challenge => {
                let request = Challenged {
                    method: &Method::Prack,
                    uri: dialog.request_uri(),
                    body: b"",
                    stage: Stage::Dialog,
                };
                core.answer_challenge(trunk, &mut answered, request, response, is_from_party)
            }
            Party::Trunk(_) | Party::Phone(_) => None,
        };
        if let Some(credentials) = credentials {
            *place = self.send_prack(dialog, rack, (answered, credentials), core);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_early_dialog_takes_its_numbers_in_order() {
        let mut fork = Fork::new("a");
        let taken: Vec<bool> = [70, 70, 72, 71, 71, 72].into_iter().map(|rseq| fork.takes(rseq)).collect();
        assert_eq!(taken, [true, false, false, true, false, true]);
    }
}
