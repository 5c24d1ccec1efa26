//! 302s that are followed (RFC 3261 §8.1.3.4): whoever they name is called in the same moment.

use sip::{Message, Name};

use super::{
    Check,
    masked::{called, digits},
};

impl Check {
    /// A party says where else it may be reached.
    pub(super) fn sent_elsewhere(&mut self, refusal: &Message) {
        let user = |contact: &str| digits(contact.split(['@', ';', '>']).next().unwrap_or_default());
        self.elsewhere = refusal.values(Name::Contact).map(user).collect();
    }

    /// A call leaves: because of that?
    pub(super) fn goes_elsewhere(&mut self, invite: &Message) {
        let to = called(invite);
        if self.elsewhere.contains(&to) {
            self.elsewhere.clear();
            self.happened.redirects += 1;
        }
    }
}
