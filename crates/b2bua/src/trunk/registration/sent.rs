//! What a registration sends: each REGISTER anew, with what proves us where that was asked for.

use std::time::Duration;

use sip::{Message, Method};

use super::{
    super::{
        challenge::{Answered, Challenged, Credentials, Signer, Unanswered, sign},
        draft::Draft,
        realms::Stage,
    },
    Registration, Timer, Turn,
};

/// The transaction says how a request ended; should that get lost, this ends it.
const ANSWER_MAX: Duration = Duration::from_secs(40);

impl Registration {
    pub(super) fn sign(
        &self,
        response: &Message,
        answered: &mut Answered,
        turn: &mut Turn<'_>,
    ) -> Result<Credentials, Unanswered> {
        let signer = Signer { user: &self.account.user, password: self.account.secret.reveal() };
        let uri = self.account.registrar();
        let request = Challenged { method: &Method::Register, uri: &uri, body: b"", stage: Stage::Door };
        let realms = &self.account.realms;
        let is_own = |realm: &str| realms.is_empty() || realms.iter().any(|own| **own == *realm);
        sign(signer, answered, request, response, is_own, turn.chance)
    }

    pub(super) fn send(&mut self, expires: u32, credentials: Credentials, turn: &mut Turn<'_>) {
        self.cseq += 1;
        self.timers.clear_all();
        self.timers.arm(Timer::Lost, turn.now + ANSWER_MAX);
        turn.send = Some(Draft {
            account: self.account.clone(),
            call_id: self.call_id.clone(),
            tag: self.tag.clone(),
            cseq: self.cseq,
            word: self.word.clone(),
            expires,
            credentials,
        });
    }
}
