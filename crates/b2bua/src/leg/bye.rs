//! The end of an established leg (RFC 3261 §15).

use std::{mem, time::Duration};

use sip::{
    Message, Method, Name, Status,
    transaction::{Branch, ClientKey, ServerKey},
};

use super::{Leg, News, Party, Referral, Timer, Usage, cancel::with_reason};
use crate::{
    cause::Release,
    core::{Core, Credentials, User},
    dialog::MAX_FORWARDS,
    trunk::{Answered, Challenged, Stage},
};

/// A BYE of ours that waits for its final response (RFC 5407: Mortal).
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) key: ClientKey,
    release: Release,
    answered: Answered,
    /// How long a way is waited for, should this one be none.
    pause: Duration,
}

/// The first pause before a way is looked for again, and the longest: a phone whose connection broke registers anew.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(16);

impl Leg {
    /// The party hangs up.
    pub(super) fn bye(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        core.refuse(key, request, Status::OK);
        match &self.usage {
            // RFC 3261 §15 lets a caller BYE before it sent the ACK; its early BYE ends the INVITE with 487.
            Usage::EarlyIn(_) => self.cancelled(core),
            Usage::Moratorium(_) | Usage::Established | Usage::EarlyOut(_) => {
                self.tell(News::HungUp(Release::Normal), core);
                self.die(core);
            }
            // Nobody is left to be told.
            Usage::Mortal(_) if self.alarm.table.is_armed(Timer::ByeAgain) => self.die(core),
            // Both hung up at once: our BYE's response is still to come.
            Usage::Mortal(_) | Usage::Preparative(_) | Usage::Morgue => {}
        }
    }

    /// Sends BYE and waits for its response.
    pub(super) fn leave(&mut self, release: Release, core: &mut Core) {
        self.alarm.table.clear_all();
        self.referral = Referral::None;
        self.end_change(core);
        self.talk.close(core);
        match self.send_bye(release, Credentials::new(), User::Leg(self.id), core) {
            Some(key) => {
                let answered = Answered::default();
                self.usage = Usage::Mortal(Leaving { key, release, answered, pause: Duration::ZERO });
            }
            None => self.die(core),
        }
    }

    /// Nothing answers our BYE. If the flow failed that it went down there may be another by now, or in a while, and a
    /// party that never hears it goes on, and bills.
    pub(super) fn leaves_unheard(&mut self, leaving: Leaving, status: Status, core: &mut Core) {
        let pause = leaving.pause;
        if pause > PAUSE_MAX || status != Status::SERVICE_UNAVAILABLE {
            return self.die(core);
        }
        self.usage = Usage::Mortal(Leaving { pause: (pause * 2).max(PAUSE), ..leaving });
        if pause.is_zero() {
            return self.leave_again(core);
        }
        // A connection comes back; of a datagram that nobody takes, nobody is there.
        if !self.flow.transport.is_reliable() {
            return self.die(core);
        }
        self.alarm.table.arm(Timer::ByeAgain, core.now.mono + pause);
    }

    /// Says BYE once more.
    pub(super) fn leave_again(&mut self, core: &mut Core) {
        match mem::replace(&mut self.usage, Usage::Established) {
            Usage::Mortal(leaving) => {
                match self.send_bye(leaving.release, Credentials::new(), User::Leg(self.id), core) {
                    Some(key) => self.usage = Usage::Mortal(Leaving { key, ..leaving }),
                    None => self.die(core),
                }
            }
            usage @ (Usage::Preparative(_)
            | Usage::EarlyOut(_)
            | Usage::EarlyIn(_)
            | Usage::Moratorium(_)
            | Usage::Established
            | Usage::Morgue) => self.usage = usage,
        }
    }

    /// The party sends nothing any more, though it should: it is parted with. Before both sides know that
    /// they talk this means nothing; it is told again.
    pub(crate) fn fell_silent(&mut self, core: &mut Core) {
        if matches!(self.usage, Usage::Established) {
            core.counters.vanished += 1;
            self.tell(News::HungUp(Release::Vanished), core);
            self.leave(Release::Vanished, core);
        }
        self.watch(core);
    }

    pub(super) fn send_bye(
        &mut self,
        release: Release,
        credentials: Credentials,
        user: User,
        core: &mut Core,
    ) -> Option<ClientKey> {
        let way = self.way(core);
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(way, branch);
        let mut buffer = core.buffer();
        let writer = self.dialog.request(&mut buffer, &Method::Bye, &via);
        let mut writer = with_reason(writer.header(Name::MaxForwards, MAX_FORWARDS), release);
        for credential in credentials {
            writer = writer.header(credential.name, credential.value);
        }
        let bytes = writer.end();
        core.keep(buffer);
        core.start(user, way, Method::Bye, branch, bytes, None)
    }

    /// A response to our BYE: any final one ends the leg, but for a trunk's challenge, which is met once.
    pub(super) fn leaving(
        &mut self,
        mut leaving: Leaving,
        status: Status,
        response: &Message,
        is_from_party: bool,
        core: &mut Core,
    ) {
        if status.is_provisional() {
            self.usage = Usage::Mortal(leaving);
            return;
        }
        let challenged = matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        let answer = match &self.party {
            Party::Trunk(trunk) if challenged => {
                let request = Challenged {
                    method: &Method::Bye,
                    uri: self.dialog.request_uri(),
                    body: b"",
                    stage: Stage::Dialog,
                };
                core.answer_challenge(trunk, &mut leaving.answered, request, response, is_from_party)
            }
            Party::Trunk(_) | Party::Phone(_) => None,
        };
        self.usage = Usage::Established;
        let again = answer
            .and_then(|credentials| self.send_bye(leaving.release, credentials, User::Leg(self.id), core));
        match again {
            Some(key) => self.usage = Usage::Mortal(Leaving { key, ..leaving }),
            None => self.die(core),
        }
    }
}
