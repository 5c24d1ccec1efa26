//! What a leg is told about who calls: From, and the headers beside it.
//!
//! Every line is written here from what we know. Nothing that one side sent reaches the other as it was, but a
//! user-to-user value, so no host, address or header of one side is seen on another (RFC 5853 §3.1, RELIABILITY
//! A3). RFC 3323, RFC 3325, RFC 5806, RFC 7044.

use std::iter;

use callplan::{E164, Forwarded, FromUser, Identity, Said, Shown};
use sip::{Name, header::Quoted, uri::EscapedUser};
use smallvec::SmallVec;

use super::heard::{Diverted, Luggage};

/// Headers, in the order in which they are written.
pub(crate) type Lines = SmallVec<[(Name, Box<str>); 2]>;

/// What one leg is told.
#[derive(Debug)]
pub(crate) struct Told {
    /// From, without its tag.
    pub(crate) from: Box<str>,
    /// Headers beside it.
    pub(crate) lines: Lines,
}

/// Who must not be known (RFC 3323 §4.1.1.3).
const NOBODY: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/// Who calls, towards a phone of ours.
#[derive(Debug)]
pub(crate) struct ToPhone<'a> {
    /// Number or extension; empty if nobody may know.
    pub(crate) number: &'a str,
    /// Name; empty if there is none.
    pub(crate) name: &'a str,
    /// What stands before the name: `Sales`.
    pub(crate) label: Option<&'a str>,
    /// How to ring.
    pub(crate) alert: Option<&'a str>,
    pub(crate) luggage: Option<&'a Luggage>,
    /// Our own domain.
    pub(crate) domain: &'a str,
}

impl ToPhone<'_> {
    /// A phone is one of us: it is shown whatever is known and not masked.
    pub(crate) fn told(&self) -> Told {
        let mut lines = Lines::new();
        if let Some(alert) = self.alert {
            lines.push((Name::AlertInfo, alert.into()));
        }
        for diverted in self.luggage.into_iter().flat_map(|luggage| &luggage.diversions) {
            if diverted.number.is_some() {
                lines.push((Name::Diversion, diversion(diverted, self.domain)));
            }
        }
        if let Some(value) = self.luggage.and_then(|luggage| luggage.user_to_user.as_ref()) {
            lines.push((Name::UserToUser, value.clone()));
        }
        Told { from: self.from(), lines }
    }

    fn from(&self) -> Box<str> {
        let (number, domain) = (EscapedUser(self.number), self.domain);
        let hidden = self.number.is_empty();
        let name = match (self.label, self.name) {
            (None, _) if hidden => return NOBODY.into(),
            (None, name) => name.to_owned(),
            (Some(label), "") => label.to_owned(),
            (Some(label), name) => format!("{label}: {name}"),
        };
        let address = if hidden {
            "sip:anonymous@anonymous.invalid".to_owned()
        } else {
            format!("sip:{number}@{domain}")
        };
        let quoted = Quoted(&name);
        if name.is_empty() { format!("<{address}>").into() } else { format!("{quoted} <{address}>").into() }
    }
}

/// Who calls, towards a trunk.
#[derive(Debug)]
pub(crate) struct ToTrunk<'a> {
    pub(crate) rules: Identity,
    /// The number shown, as the trunk writes it; `None` if there is none to show.
    pub(crate) shown: Option<&'a str>,
    /// What the number shown is called, if it is ours.
    pub(crate) label: &'a str,
    /// It is one that we may show of our own.
    pub(crate) is_own: bool,
    /// The number is told to the network alone.
    pub(crate) is_private: bool,
    /// The trunk's user and host.
    pub(crate) account: Option<(&'a str, &'a str)>,
    /// What the call went through, if it was sent on and that may be told.
    pub(crate) trail: Option<Trail<'a>>,
    pub(crate) user_to_user: Option<&'a str>,
    /// Who vouches for the number shown: the passports it came with, or ours.
    pub(crate) passports: SmallVec<[Box<str>; 1]>,
    /// Our own domain.
    pub(crate) domain: &'a str,
}

/// How a call from outside came to leave again.
#[derive(Debug)]
pub(crate) struct Trail<'a> {
    /// The number of ours that was called.
    pub(crate) called: E164,
    /// Why it was sent on.
    pub(crate) why: Why,
    /// Whom it goes to.
    pub(crate) to: &'a str,
    pub(crate) luggage: Option<&'a Luggage>,
}

/// Why a call goes on to another target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody was rung.
    Unconditional,
    /// Whoever was rung said so by this status.
    Sent(u16),
    /// They are busy.
    Busy(u16),
    /// They did not answer, or could not.
    NoAnswer,
}

impl Why {
    /// In the words of Diversion (RFC 5806 §5).
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Unconditional => "unconditional",
            Self::Sent(_) => "deflection",
            Self::Busy(_) => "user-busy",
            Self::NoAnswer => "no-answer",
        }
    }

    /// The response that History-Info tells; 408 where none came (RFC 7044 §10.2).
    const fn status(self) -> Option<u16> {
        match self {
            Self::Unconditional => None,
            Self::Sent(status) | Self::Busy(status) => Some(status),
            Self::NoAnswer => Some(408),
        }
    }
}

impl ToTrunk<'_> {
    /// What the rules of the trunk let it be told.
    pub(crate) fn told(&self) -> Told {
        let mut lines = Lines::new();
        if let Some(number) = self.shown {
            self.vouch(number, &mut lines);
        }
        if let Some(trail) = &self.trail {
            self.trace(trail, &mut lines);
        }
        if let Some(value) = self.user_to_user.filter(|_| self.sends(Said::UserToUser)) {
            lines.push((Name::UserToUser, value.into()));
        }
        if self.sends(Said::Identity) {
            lines.extend(self.passports.iter().map(|passport| (Name::Identity, passport.clone())));
        }
        Told { from: self.from(), lines }
    }

    const fn sends(&self, said: Said) -> bool {
        self.rules.send.has(said)
    }

    fn from(&self) -> Box<str> {
        match (self.rules.from, self.account, self.shown) {
            // Whoever hides is shown by the account alone, which the carrier knows anyhow.
            (FromUser::Account, Some((user, host)), _) => format!("<sip:{user}@{host}>").into(),
            (_, _, Some(number)) if !self.is_private => match self.label {
                label if !label.is_empty() && self.sends(Said::Name) => {
                    format!("{} <sip:{number}@{}>", Quoted(label), self.domain).into()
                }
                _ => format!("<sip:{number}@{}>", self.domain).into(),
            },
            (FromUser::Account | FromUser::Number, _, _) => NOBODY.into(),
        }
    }

    /// The number beside From. Of who wants to stay unknown it is told to a trunk alone that asserts it, or is to assert
    /// what is ours, and with the wish (RFC 3325 §7, §9.3, §10.1).
    fn vouch(&self, number: &str, lines: &mut Lines) {
        let address = || format!("<sip:{number}@{}>", self.domain);
        let asserts = self.sends(Said::PAssertedIdentity);
        // Both in one request are for two kinds of network, and a proxy must not take one for the other.
        let prefers = !asserts && self.sends(Said::PPreferredIdentity) && (self.is_own || !self.is_private);
        if asserts {
            lines.push((Name::PAssertedIdentity, address().into()));
        } else if prefers {
            lines.push((Name::PPreferredIdentity, address().into()));
        }
        if self.is_private {
            if asserts || prefers || self.sends(Said::Privacy) {
                lines.push((Name::Privacy, "id".into()));
            }
            return;
        }
        if self.sends(Said::RemotePartyId) {
            let value = format!("{};party=calling;screen=yes;privacy=off", address());
            lines.push((Name::RemotePartyId, value.into()));
        }
    }

    fn trace(&self, trail: &Trail<'_>, lines: &mut Lines) {
        let (domain, before) = (self.domain, trail.luggage);
        if self.sends(Said::Diversion) {
            let ours = Diverted { number: Some(trail.called), reason: trail.why.reason().into(), counter: 1 };
            for diverted in iter::once(&ours).chain(before.into_iter().flat_map(|it| &it.diversions)) {
                lines.push((Name::Diversion, diversion(diverted, domain)));
            }
        }
        if self.sends(Said::HistoryInfo) {
            // What came without a history begins one; with one, ours goes on below its last entry, which may be
            // ours already.
            let history = before.map_or(&[][..], |luggage| &luggage.history);
            let (before, ours) = match history.split_last() {
                Some(((Some(number), index), before)) if *number == trail.called => {
                    (before, index.to_string())
                }
                Some(((_, index), _)) => (history, format!("{index}.1")),
                None => (history, "1".to_owned()),
            };
            for (number, index) in before {
                lines.push((Name::HistoryInfo, entry(*number, None, index, domain)));
            }
            lines.push((Name::HistoryInfo, entry(Some(trail.called), trail.why.status(), &ours, domain)));
            let next = format!("<sip:{}@{domain}>;index={ours}.1;mp={ours}", trail.to);
            lines.push((Name::HistoryInfo, next.into()));
        }
    }
}

/// Whose number a forwarded call shows: the caller's only where the trunk takes that, it is known, and nothing
/// masks it.
pub(crate) fn forwarded(
    rules: Identity,
    caller: Option<E164>,
    own: Option<E164>,
    is_masked: bool,
) -> Option<E164> {
    match rules.forwarded {
        Forwarded::Caller if !is_masked => caller.or(own),
        Forwarded::Caller | Forwarded::Own => own,
    }
}

/// The label that stands before a caller's name.
pub(crate) fn label<'a>(shown: &Shown, name: &'a str) -> Option<&'a str> {
    shown.label_caller.then_some(name)
}

/// Who sent the call on. Whoever is not to be told is counted nonetheless: loops are found by that.
fn diversion(diverted: &Diverted, domain: &str) -> Box<str> {
    let Diverted { number, reason, counter } = diverted;
    match number {
        Some(number) => format!("<sip:{number}@{domain}>;reason={reason};counter={counter}").into(),
        None => format!("{NOBODY};reason={reason};privacy=full;counter={counter}").into(),
    }
}

/// A place where the call was, and what it was answered there (RFC 7044 §10.2).
fn entry(number: Option<E164>, status: Option<u16>, index: &str, domain: &str) -> Box<str> {
    match (number, status) {
        (None, _) => format!("{NOBODY};index={index}").into(),
        (Some(number), None) => format!("<sip:{number}@{domain}>;index={index}").into(),
        (Some(number), Some(status)) => {
            format!("<sip:{number}@{domain}?Reason=SIP%3Bcause%3D{status}>;index={index}").into()
        }
    }
}
