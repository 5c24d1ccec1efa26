//! Whose realm a challenge names: the carrier's, or that of somebody behind it (RELIABILITY A8).
//!
//! A proxy passes on the challenge of whoever it called, from its own address and down its own connection (RFC 3261 §16.7);
//! an answer to that would be a hash of the carrier's secret in a stranger's hands. The realm alone tells them apart. Carriers
//! choose realms as they like, another one for calls than for registrations too, so none can be asked for in the config; but a
//! carrier asks before it dials, and what registers or pings goes to nobody else:
//!
//! | realm | challenge of a call's first INVITE, before any other | a later one, or in a dialog |
//! |---|---|---|
//! | `realm` in the config names it | answered | answered |
//! | `realm` in the config names others | refused | refused |
//! | a REGISTER, an OPTIONS or a call that then rang was asked in it | answered | answered |
//! | never heard of | answered, unless the last call that rang was not asked at all | refused |
//!
//! Calls for help are answered in whatever realm. Who names the carrier's own realm cannot be told from it.

use std::{collections::BTreeMap, sync::Arc};

use callplan::{Site, Trunk};
use sip::{Message, Name, digest};
use smallvec::SmallVec;

use super::{
    Trunks,
    account::{FarEnd, far_ends},
    challenge::Answered,
    watch::PingId,
};

/// Realms that a carrier is known by; the oldest makes room.
const KNOWN_MAX: usize = 8;

/// When a challenge comes, which says whose it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before the carrier lets the request in.
    Door,
    /// In a dialog: the carrier may have asked whoever it called.
    Dialog,
    /// At the door, with a call for help: nothing may stop that.
    Help,
}

/// What is known of the carrier of each trunk that has a secret.
#[derive(Debug, Default)]
pub(super) struct Realms(BTreeMap<Arc<str>, Known>);

/// What is known of one carrier.
#[derive(Debug, Default)]
struct Known {
    far_ends: SmallVec<[FarEnd; 1]>,
    realms: Vec<Box<str>>,
    /// The last call that rang was asked nothing.
    lets_in: bool,
}

impl Trunks {
    /// A server answers a question of whether it is there.
    pub fn hear_ping(&mut self, id: PingId, response: &Message) {
        let Some(asked) = self.watch.asked(id) else { return };
        let are_there = |(_, known): &(_, &mut Known)| known.far_ends.contains(asked);
        self.realms.0.iter_mut().filter(are_there).for_each(|(_, known)| known.hear(response));
    }

    /// A call over the trunk rings, or is answered, after these challenges.
    pub fn rings(&mut self, trunk: &str, answered: &Answered) {
        let Some(known) = self.realms.0.get_mut(trunk) else { return };
        known.lets_in = answered.is_empty();
        answered.realms().for_each(|realm| known.learn(realm));
    }
}

impl Realms {
    /// Keeps what is known of those carriers that are still the same.
    pub(super) fn apply(&mut self, site: &Site) {
        let mut before = std::mem::take(&mut self.0);
        for trunk in site.trunks.iter().filter(|trunk| trunk.secret.is_some()) {
            let far_ends = far_ends(trunk);
            let kept = before.remove(&trunk.name).filter(|known| known.far_ends == far_ends);
            let known = kept.unwrap_or_else(|| Known { far_ends, ..Known::default() });
            self.0.insert(trunk.name.clone(), known);
        }
    }

    /// The registrar of a trunk answers.
    pub(super) fn hear(&mut self, trunk: &str, response: &Message) {
        if let Some(known) = self.0.get_mut(trunk) {
            known.hear(response);
        }
    }

    /// Whether a challenge in this realm is taken for the carrier's own; `is_first` if the request met none before.
    pub(super) fn is_own(&self, trunk: &Trunk, realm: &str, stage: Stage, is_first: bool) -> bool {
        if !trunk.realms.is_empty() && stage != Stage::Help {
            return trunk.realms.iter().any(|own| **own == *realm);
        }
        let known = self.0.get(&trunk.name);
        match stage {
            Stage::Help => true,
            Stage::Door if is_first && known.is_none_or(|known| !known.lets_in) => true,
            Stage::Door | Stage::Dialog => known.is_some_and(|known| known.has(realm)),
        }
    }
}

impl Known {
    /// What answers is the carrier's own: nobody behind it was asked.
    fn hear(&mut self, response: &Message) {
        let lines = [Name::WwwAuthenticate, Name::ProxyAuthenticate].into_iter();
        let lines = lines.flat_map(|name| response.headers(name));
        lines.filter_map(|line| digest::Challenge::parse(line).ok()).for_each(|it| self.learn(it.realm));
    }

    fn has(&self, realm: &str) -> bool {
        self.realms.iter().any(|known| **known == *realm)
    }

    fn learn(&mut self, realm: &str) {
        if self.has(realm) {
            return;
        }
        if self.realms.len() == KNOWN_MAX {
            self.realms.remove(0);
        }
        self.realms.push(realm.into());
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use callplan::{Memory, Source, load};
    use clock::Chance;
    use sip::Method;

    use super::{
        super::{Challenged, Unanswered},
        *,
    };

    fn site(host: &str, lines: &str) -> Site {
        let config = format!(
            "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
             phone_secrets = {{ file = \"phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n[trunks.c]\n\
             profile = \"generic-address\"\nhost = \"{host}\"\nuser = \"larch\"\n\
             secret = {{ file = \"c\" }}\n{lines}"
        );
        let files = Memory::default().with("c", b"secret").with("phones", b"");
        load(&[Source::new("site.toml", config)], &files).expect("a good site").0
    }

    fn challenge(realm: &str) -> Message {
        let text = format!(
            "SIP/2.0 407 -\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
             Proxy-Authenticate: Digest realm=\"{realm}\", nonce=\"n{realm}\", qop=\"auth\"\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    /// A carrier, and what it has shown of itself.
    struct Carrier {
        site: Site,
        trunks: Trunks,
    }

    impl Carrier {
        fn new(lines: &str) -> Self {
            let site = site("carrier.example", lines);
            let mut trunks = Trunks::new(Chance::from_seed([1; 32]));
            trunks.realms.apply(&site);
            Self { site, trunks }
        }

        /// Whether these challenges of one request are answered, one after the other.
        fn answers(&self, stage: Stage, realms: &[&str]) -> (Vec<bool>, Answered) {
            let mut answered = Answered::default();
            let request =
                Challenged { method: &Method::Invite, uri: "sip:1@carrier.example", body: b"", stage };
            let mut answer = |realm: &&str| {
                let (trunk, chance) = (&self.site.trunks[0], &mut Chance::from_seed([2; 32]));
                let said = self.trunks.answer(trunk, &mut answered, request, &challenge(realm), true, chance);
                assert!(said.is_ok() || said == Err(Unanswered::PeerRealm), "{said:?}");
                said.is_ok()
            };
            (realms.iter().map(&mut answer).collect(), answered)
        }

        /// A call rings after these challenges.
        fn rings(&mut self, realms: &[&str]) {
            let (_, answered) = self.answers(Stage::Door, realms);
            self.trunks.rings("c", &answered);
        }

        fn table(&self, rows: &[(Stage, &[&str], &[bool])]) {
            for (stage, realms, expected) in rows {
                assert_eq!(self.answers(*stage, realms).0, *expected, "{stage:?} {realms:?}");
            }
        }
    }

    #[test]
    fn nobody_behind_a_carrier_of_which_nothing_is_known_is_answered() {
        Carrier::new("").table(&[
            (Stage::Door, &["any"], &[true]),
            (Stage::Door, &["any", "far"], &[true, false]),
            (Stage::Dialog, &["any"], &[false]),
            (Stage::Help, &["any", "another"], &[true, true]),
        ]);
    }

    #[test]
    fn a_realm_that_a_call_rang_in_or_a_registrar_asked_in_is_the_carriers() {
        let mut carrier = Carrier::new("");
        carrier.trunks.realms.hear("c", &challenge("registrar"));
        carrier.rings(&["edge"]);
        carrier.table(&[
            (Stage::Door, &["registrar", "edge"], &[true, true]),
            (Stage::Door, &["edge", "far"], &[true, false]),
            (Stage::Door, &["edge of another town"], &[true]),
            (Stage::Dialog, &["edge"], &[true]),
            (Stage::Dialog, &["registrar"], &[true]),
            (Stage::Dialog, &["far"], &[false]),
        ]);
    }

    #[test]
    fn a_carrier_that_lets_calls_in_unasked_does_not_ask_in_a_new_realm() {
        let mut carrier = Carrier::new("");
        carrier.trunks.realms.hear("c", &challenge("registrar"));
        carrier.rings(&[]);
        carrier.table(&[
            (Stage::Door, &["far"], &[false]),
            (Stage::Door, &["registrar"], &[true]),
            (Stage::Help, &["far"], &[true]),
        ]);
        carrier.rings(&["registrar"]);
        carrier.table(&[(Stage::Door, &["it asks again"], &[true])]);
    }

    #[test]
    fn what_the_config_names_is_answered_and_nothing_else() {
        let mut carrier = Carrier::new("realm = [\"own\", \"core\"]\n");
        carrier.trunks.realms.hear("c", &challenge("registrar"));
        carrier.table(&[
            (Stage::Door, &["own", "core"], &[true, true]),
            (Stage::Door, &["registrar"], &[false]),
            (Stage::Dialog, &["core"], &[true]),
            (Stage::Dialog, &["far"], &[false]),
            (Stage::Help, &["far"], &[true]),
        ]);
    }

    #[test]
    fn what_is_known_stays_while_the_carrier_does() {
        let mut carrier = Carrier::new("");
        carrier.rings(&["edge"]);
        carrier.trunks.realms.apply(&site("carrier.example", "channels = 3\n"));
        carrier.table(&[(Stage::Dialog, &["edge"], &[true])]);
        carrier.trunks.realms.apply(&site("other.example", ""));
        carrier.table(&[(Stage::Dialog, &["edge"], &[false])]);
    }

    #[test]
    fn a_carrier_is_known_by_so_many_realms() {
        let mut carrier = Carrier::new("");
        (0..20).for_each(|number| carrier.trunks.realms.hear("c", &challenge(&format!("r{number}"))));
        let known = &carrier.trunks.realms.0["c"].realms;
        assert_eq!((known.len(), &*known[0]), (KNOWN_MAX, "r12"));
    }
}
