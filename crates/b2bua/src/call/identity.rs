//! What each leg of a call is told about who calls, as it begins.

use std::borrow::Cow;

use callplan::{
    CompanyPhone, E164, GroupId, PersonId, PhoneId, Said, TrunkId, Who,
    step::{Named, named},
};
use smallvec::SmallVec;
use stir::{Claim, Level};

use super::{Call, Hands, Phase, fork::Dial, plan::Course};
use crate::{
    identity::{
        location::Located,
        told::{self, ToPhone, ToTrunk, Told, Trail},
    },
    leg::Party,
};

/// Where in its plan a call is when it rings somebody.
#[derive(Clone, Copy, Default)]
struct Stage {
    group: Option<GroupId>,
    is_masked: bool,
}

impl Call {
    /// What a phone that is rung is told.
    pub(super) fn told_phone(&mut self, phone: PhoneId) -> Told {
        if let Phase::Routing(Course::Originated(asked)) = &self.phase {
            return asked.told(&self.site.domain);
        }
        let stage = self.stage();
        let site = &self.site;
        let (caller, called) = (&self.caller, self.caller.called.map(|number| &site[number]));
        let is_outside = matches!(caller.leg, Party::Trunk(_));
        let callee_masks = site[phone].person.is_some_and(|person| site[person].mask);
        let is_masked = is_outside && (stage.is_masked || callee_masks);
        let group = stage.group.map(|group| &site[group]);
        let by_group = group.and_then(|group| told::label(&group.shown, &group.name));
        let by_number = called.and_then(|number| told::label(&number.shown, &number.label));
        let alert = group.and_then(|group| group.shown.alert_info.as_ref());
        let alert = alert.or_else(|| called.and_then(|number| number.shown.alert_info.as_ref()));
        // A masked call is known by what was called.
        let label = by_group.or(by_number).or_else(|| called.filter(|_| is_masked).map(|it| &*it.label));
        let label = match (self.comes_from, label) {
            (None, label) => label.map(Cow::from),
            (Some(slot), None) => Some(slot.to_string().into()),
            (Some(slot), Some(label)) => Some(format!("{slot} {label}").into()),
        };
        ToPhone {
            number: &caller.number_shown(is_masked),
            name: caller.name_shown(is_masked),
            label: label.as_deref(),
            alert: alert.map(|alert| &**alert),
            luggage: caller.luggage.as_deref().filter(|_| !is_masked),
            domain: &site.domain,
        }
        .told()
    }

    /// What a trunk is told that is asked for `to`.
    pub(super) fn told_trunk(&mut self, trunk: TrunkId, to: Dial, hands: &mut Hands<'_>) -> Told {
        let is_masked = self.is_masked_outside();
        let (site, caller) = (&self.site, &self.caller);
        let entry = &site[trunk];
        let is_forwarded = matches!(caller.leg, Party::Trunk(_));
        let is_emergency = matches!(to, Dial::Help(_));
        let is_agent = entry.agent.is_some();
        let shows = if is_forwarded {
            // An agent takes what it is shown for the caller, so ours stands in for nobody there.
            let own = caller.present.filter(|_| !is_agent);
            told::forwarded(entry.identity, caller.asserted, own, is_masked)
        } else {
            caller.present
        };
        let is_own = shows == caller.present;
        // Our own number hides nobody who called it; those who help have to see it (RFC 5012).
        let is_private = caller.is_private && !is_emergency && !(is_forwarded && is_own);
        // Where the call was before it came to us is no agent's business.
        let luggage = caller.luggage.as_deref().filter(|_| !is_masked && !is_agent);
        let brought = luggage.map_or(&[][..], |luggage| &luggage.passports);
        let passports = match (shows, to) {
            _ if !entry.identity.send.has(Said::Identity) || is_private => SmallVec::new(),
            // What the caller's own carrier signed is worth more than our word.
            (Some(_), Dial::Public(_)) if !is_own && !brought.is_empty() => brought.into(),
            (Some(shown), Dial::Public(to)) => {
                self.signed(shown, to, self.level_of(shown, is_own), hands).into_iter().collect()
            }
            (Some(_) | None, Dial::Help(_) | Dial::Short(_) | Dial::Agent(_)) | (None, Dial::Public(_)) => {
                SmallVec::new()
            }
        };
        let number = shows.map(|number| self.number_on(trunk, number));
        let to = self.user_at(trunk, to);
        let called = caller.called.filter(|_| is_forwarded && (is_agent || !is_masked));
        ToTrunk {
            rules: entry.identity,
            shown: number.as_deref(),
            label: shows.and_then(|number| site.number(number)).map_or("", |number| &site[number].label),
            is_own,
            is_private,
            account: entry.user.as_deref().map(|user| (user, &*entry.host)),
            trail: called.map(|called| Trail {
                called: site[called].e164,
                why: self.fork.why_sent_on(),
                to: &to,
                luggage,
            }),
            user_to_user: luggage.and_then(|luggage| luggage.user_to_user.as_deref()),
            passports,
            domain: &site.domain,
        }
        .told()
    }

    /// How far we may vouch for a number that a call shows (RFC 8588 §4, ATIS-1000074 §5.2.3).
    ///
    /// | the call | we know | level |
    /// |---|---|---|
    /// | of ours, or sent on by a number of ours that it shows | whose it is, and that the number is theirs | A |
    /// | of ours, with a number that was only verified | whose it is: a code read there once is no assignment, and nobody would tell us that the number went to somebody else | B |
    /// | sent on, with its caller's number | where it came in, no more | C |
    fn level_of(&self, shown: E164, is_own: bool) -> Level {
        match self.site.number(shown) {
            _ if !is_own => Level::C,
            Some(_) => Level::A,
            None => Level::B,
        }
    }

    /// Our word for the number shown (RFC 8588 §4), if the newest site has a key: keys are never pinned.
    fn signed(&self, shown: E164, to: E164, level: Level, hands: &mut Hands<'_>) -> Option<Box<str>> {
        let signer = hands.core.site.stir.signer.as_ref()?;
        let claim = Claim::between(&shown.to_string(), &to.to_string());
        let unix = u64::try_from(hands.core.now.wall.unix_micros()).ok()? / 1_000_000;
        let mut random = [0; 16];
        hands.core.chance.fill(&mut random);
        Some(signer.identity(&claim, level, &uuid(random), unix).into())
    }

    /// Where the caller is: the phone's own place, else the site's.
    pub(super) fn located(&self) -> Option<Located> {
        let phone = match &self.caller.leg {
            Party::Phone(name) => self.site.phone(name).and_then(|phone| self.site[phone].location.as_ref()),
            Party::Trunk(_) => None,
        };
        let document = phone.or(self.site.emergency.location.as_ref())?.clone();
        Some(Located { document, domain: self.site.domain.clone() })
    }

    /// Whether nobody outside may learn who calls. Who rings beside a masked person sees the caller; where the
    /// call goes on to from there may be theirs. Media must not pass us by then: a description tells addresses
    /// and names of who wrote it.
    pub(super) fn is_masked_outside(&mut self) -> bool {
        self.stage().is_masked || self.fork.rang_masked(&self.site)
    }

    /// What the plan says here. Once a call was masked it stays so, wherever the plan leads.
    fn stage(&mut self) -> Stage {
        let site = &self.site;
        let called = self.caller.called.map(|number| &site[number]);
        let mut stage = Stage { group: None, is_masked: self.caller.is_masked };
        stage.is_masked |= called.is_some_and(|number| number.shown.mask || site[number.plan].mask);
        if let Phase::Routing(Course::Plan(plan)) = &self.phase {
            let node = &site[plan.0.node()];
            stage.is_masked |= site[node.plan].mask;
            let person = |person: Option<PersonId>| person.is_some_and(|person| site[person].mask);
            stage.is_masked |= match node.act.ring().map(|ring| ring.who) {
                Some(Who::Group(group)) => {
                    stage.group = Some(group);
                    site[group].shown.mask
                }
                Some(Who::Person(rung)) => person(Some(rung)),
                Some(Who::Phone(phone)) => person(site[phone].person),
                // Of those who may be on it is enough that one wants it.
                Some(Who::Agent(_)) => false,
                Some(Who::Rota(rota) | Who::OnCall(rota)) => {
                    site[rota].people.iter().any(|rung| person(Some(*rung)))
                }
                Some(Who::First(layers)) => {
                    let came = self.began.wall;
                    layers.iter().any(|layer| match named(site, &plan.1, layer, layers, came) {
                        Named::Is(CompanyPhone::Inside(Who::Person(rung))) => person(Some(rung)),
                        Named::Is(CompanyPhone::Inside(Who::Group(group))) => site[group].shown.mask,
                        Named::Is(CompanyPhone::Inside(Who::Phone(phone))) => person(site[phone].person),
                        Named::Is(
                            CompanyPhone::Inside(
                                Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_),
                            )
                            | CompanyPhone::Outside(_),
                        )
                        | Named::Nobody
                        | Named::TooLongAgo
                        | Named::Untold => false,
                    })
                }
                None => false,
            };
            if let Some(group) = plan.0.instead() {
                stage.group = Some(group);
                stage.is_masked |= site[group].shown.mask;
            }
        }
        self.caller.is_masked = stage.is_masked;
        stage
    }
}

/// A random UUID (RFC 9562 §5.4).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
