//! The INVITE once more: with credentials (RFC 3261 §22.2), or with a longer interval (RFC 4028 §7.3).

use bytes::Bytes;
use sip::{Message, Method, Status};

use super::{
    Leg, News, Party,
    ask::INTERVALS_MAX,
    uac::{Draft, Inviting},
};
use crate::{
    core::{Core, Credentials},
    trunk::{Answered, Challenged, Stage},
};

/// One sending of an INVITE: the first, or again with credentials or a longer interval.
pub(super) struct Attempt {
    pub(super) draft: Box<Draft>,
    pub(super) offer: Bytes,
    pub(super) intervals: u8,
    pub(super) answered: Answered,
    pub(super) credentials: Credentials,
}

impl Attempt {
    pub(super) fn first(draft: Draft, offer: Bytes) -> Self {
        let (answered, credentials) = (Answered::default(), Credentials::new());
        Self { draft: Box::new(draft), offer, intervals: 0, answered, credentials }
    }

    pub(super) fn of(inviting: Inviting) -> Self {
        let Inviting { draft, offer, intervals, answered, credentials, .. } = inviting;
        Self { draft, offer, intervals, answered, credentials }
    }
}

impl Leg {
    /// Credentials are given to a trunk for its own challenge only, never to a phone (RELIABILITY A8).
    pub(super) fn challenged(
        &mut self,
        mut inviting: Inviting,
        status: Status,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        let answer = match &self.party {
            Party::Trunk(trunk) if !inviting.cancel.is_wanted() => {
                let uri = &inviting.draft.origin.target;
                let stage = if inviting.draft.is_for_help { Stage::Help } else { Stage::Door };
                let request = Challenged { method: &Method::Invite, uri, body: &inviting.offer, stage };
                core.answer_challenge(trunk, &mut inviting.answered, request, response, is_from_party)
            }
            Party::Trunk(_) | Party::Phone(_) => None,
        };
        let Some(credentials) = answer else {
            let news = match &self.party {
                Party::Trunk(_) => News::NotLetIn,
                Party::Phone(_) => News::Refused(status),
            };
            return self.failed(&inviting, news, core);
        };
        self.invite_again(Attempt { credentials, ..Attempt::of(inviting) }, core);
    }

    pub(super) fn invite_again(&mut self, attempt: Attempt, core: &mut Core) {
        self.dialog.start_over(&attempt.draft.origin);
        if let Err(status) = self.send_invite(attempt, core) {
            self.tell(News::Unanswered(status), core);
            self.die(core);
        }
    }

    /// 422: the same again with a longer interval (RFC 4028 §7.3).
    pub(super) fn interval_refused(&mut self, inviting: Inviting, response: &Message, core: &mut Core) {
        let may_again = !inviting.cancel.is_wanted() && inviting.intervals < INTERVALS_MAX;
        if may_again && self.session.raise(response) {
            let intervals = inviting.intervals + 1;
            self.invite_again(Attempt { intervals, ..Attempt::of(inviting) }, core);
        } else {
            self.failed(&inviting, News::Refused(Status::SESSION_INTERVAL_TOO_SMALL), core);
        }
    }
}
