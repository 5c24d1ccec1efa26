//! Who callers are said to be: a carrier hears of a number of ours, of an account of its own or of nobody, unless
//! its trunk takes others; what nobody is to be told is told to nobody (RFC 3325 §7, RELIABILITY A2).

use std::{collections::BTreeSet, sync::Arc};

use callplan::{Forwarded, Identity, Said, Site, number::Numbering};
use sip::{Method, Name};

use super::{Check, seen::Seen};

/// What each party may be told, by side.
#[derive(Debug, Default)]
pub(super) struct Manners(Vec<Option<Trunk>>);

/// A carrier; a phone has no rules.
#[derive(Debug)]
struct Trunk {
    rules: Identity,
    /// Users that From may name.
    known: BTreeSet<Arc<str>>,
}

impl Manners {
    pub(super) fn of(site: &Site) -> Self {
        let home = Numbering::of(site.country);
        let trunks = site.trunks.iter().map(|trunk| {
            let ours = site.numbers.iter().map(|number| number.e164).chain(site.verified.iter().copied());
            let written = ours.filter_map(|number| Some(trunk.format.write(number, home?)));
            let written = written.map(|digits| Arc::from(digits.as_str()));
            let known = written.chain(trunk.user.clone()).chain([Arc::from("anonymous")]).collect();
            Some(Trunk { rules: trunk.identity, known })
        });
        Self(site.phones.iter().map(|_| None).chain(trunks).collect())
    }
}

impl Check {
    /// The switch sends an INVITE that begins a leg.
    pub(super) fn judge_identity(&mut self, seen: Seen<'_>) {
        let message = seen.message;
        if *message.method() != Method::Invite || message.to_tag().is_some() {
            return;
        }
        let Some(trunk) = self.manners.0.get(seen.side) else { return };
        let from = message.from();
        let user = from.uri.user().unwrap_or_default();
        let may_assert = trunk.as_ref().is_some_and(|trunk| trunk.rules.send.has(Said::PAssertedIdentity));
        let shows_others =
            |trunk: &Trunk| trunk.rules.forwarded == Forwarded::Caller || trunk.known.contains(user);
        let is_foreign = trunk.as_ref().is_some_and(|trunk| !shows_others(trunk));
        let (now, call_id) = (seen.now, seen.call_id());
        if is_foreign {
            let what = format!("{call_id}: a carrier is shown {user}, which is not ours");
            self.violate(now, what);
        }
        if !may_assert && message.header(Name::PAssertedIdentity).is_some() {
            self.violate(now, format!("{call_id}: an assertion for one who is not told any"));
        }
    }
}
