//! Proving who we are to a carrier, and to nobody else (RELIABILITY A8).

use sip::Message;

use super::{Core, Credentials};
use crate::{
    switch::Log,
    trunk::{Answered, Challenged, Unanswered, asked_in},
};

/// Of a realm that is refused the operator reads so many characters.
const REALM_TOLD_MAX: usize = 64;

impl Core {
    /// The header that answers a trunk's challenge, with the newest credentials; `None` if it is not to be
    /// answered.
    pub(crate) fn answer_challenge(
        &mut self,
        trunk: &str,
        answered: &mut Answered,
        request: Challenged<'_>,
        response: &Message,
        from_trunk: bool,
    ) -> Option<Credentials> {
        let trunk = &self.site[self.site.trunk(trunk)?];
        match self.trunks.answer(trunk, answered, request, response, from_trunk, &mut self.chance) {
            Ok(credentials) => Some(credentials),
            Err(why) => {
                let realm = asked_in(response).filter(|_| why == Unanswered::PeerRealm);
                let realm = realm.map(|realm| realm.escape_debug().take(REALM_TOLD_MAX).collect::<String>());
                let whose = realm.map(|realm| format!(" in the realm \"{realm}\"")).unwrap_or_default();
                let what = format!("trunk {}: {} not authorized{whose}: {why}", trunk.name, request.method);
                self.log(Log::Warn(why.blame().told(what)));
                None
            }
        }
    }
}
