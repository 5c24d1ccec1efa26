//! REFER on a dialog (RFC 3515), and the subscription that comes with it and tells how the transfer goes
//! (RFC 6665, `message/sipfrag` of RFC 3420).
//!
//! ```text
//!   phone             leg
//!     │── REFER ──────>│  the switch decides what is meant, and whether it may be
//!     │<────────── 202 │
//!     │<─ NOTIFY 100 ──│  active
//!     │<─ NOTIFY 180 ──│  active
//!     │<─ NOTIFY 200 ──│  terminated;reason=noresource
//!     │<────────── BYE │  once the last NOTIFY has its answer, unless the phone's own came first
//! ```
//!
//! One NOTIFY is out at a time, so that none overtakes another; of what happens meanwhile the latest is told.

use std::mem;

use sip::{
    Message, Method, Name, Status,
    header::{NameAddr, Replaces},
    message::respond_to,
    transaction::{ClientKey, ServerKey},
    uri::Scheme,
};

use super::{Leg, Usage};
use crate::{
    cause::Release,
    core::{Core, User},
};

/// How long a subscriber may take the subscription to last; it ends with the transfer, at most timer C.
const EXPIRES: u32 = 190;

/// What a party's REFER has come to.
#[derive(Debug)]
pub(super) enum Referral {
    /// None is under way.
    None,
    /// Everything is told so far.
    Open(Subscription),
    /// A NOTIFY waits for its answer.
    Telling {
        subscription: Subscription,
        key: ClientKey,
        /// What it says, and what happened since.
        said: Status,
        next: Option<Status>,
        /// The leg is to end after the last one.
        then: Option<Release>,
    },
}

/// The subscription of one REFER.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscription {
    /// CSeq of the REFER, told from the second on a dialog (RFC 3515 §2.4.6).
    id: Option<u32>,
    /// The party wants to be told (RFC 4488).
    is_wanted: bool,
}

impl Referral {
    /// Whether this is the transaction of the NOTIFY that is out.
    pub(super) fn is_told_by(&self, of: ClientKey) -> bool {
        matches!(self, Self::Telling { key, .. } if *key == of)
    }
}

/// What a REFER asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referred {
    /// Who is to be called, a URI.
    pub(crate) target: Box<str>,
    /// The dialog whose place is to be taken.
    pub(crate) replaced: Option<Replaced>,
}

impl Referred {
    /// Reads a REFER.
    ///
    /// # Errors
    /// What the party is told: it names no one target, or one that is not to be called.
    pub(crate) fn of(request: &Message) -> Result<Self, Status> {
        let mut targets = request.headers(Name::ReferTo);
        let (Some(target), None) = (targets.next(), targets.next()) else { return Err(Status::BAD_REQUEST) };
        let target = NameAddr::parse(target).map_err(|_| Status::BAD_REQUEST)?.uri;
        if target.param("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            return Err(Status::NOT_IMPLEMENTED);
        }
        match (target.scheme(), target.user()) {
            (Scheme::Tel, _) | (Scheme::Sip | Scheme::Sips, Some(_)) => {}
            (Scheme::Sip | Scheme::Sips, None) => return Err(Status::ADDRESS_INCOMPLETE),
            (Scheme::Other, _) => return Err(Status::UNSUPPORTED_URI_SCHEME),
        }
        let replaces = target.headers().split('&').find_map(|field| {
            let (name, value) = field.split_once('=')?;
            name.eq_ignore_ascii_case("Replaces").then_some(value)
        });
        let read = |text| unescaped(text).and_then(|text| Replaced::read(&text)).ok_or(Status::BAD_REQUEST);
        Ok(Self { target: target.as_str().into(), replaced: replaces.map(read).transpose()? })
    }
}

/// A dialog that a `Replaces` names (RFC 3891 §6.1), as its other end knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaced {
    call_id: String,
    /// The tag of whoever is asked: ours.
    pub(crate) to_tag: String,
    from_tag: String,
    /// Only while it rings.
    pub(crate) early_only: bool,
}

impl Replaced {
    /// Reads the value of a `Replaces`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Replaces { call_id, to_tag, from_tag, early_only } = Replaces::parse(text).ok()?;
        Some(Self {
            call_id: call_id.to_owned(),
            to_tag: to_tag.to_owned(),
            from_tag: from_tag.to_owned(),
            early_only,
        })
    }
}

impl Leg {
    /// Whether a REFER of the party can be taken now.
    ///
    /// # Errors
    /// What it is told: there is no session to be transferred, or a transfer is under way.
    pub(crate) const fn may_refer(&self) -> Result<(), Status> {
        match (&self.usage, &self.referral) {
            (Usage::Established, Referral::None) => Ok(()),
            (Usage::Mortal(_) | Usage::Morgue, _) => Err(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST),
            (Usage::Established, Referral::Open(_) | Referral::Telling { .. })
            | (Usage::Preparative(_) | Usage::EarlyOut(_) | Usage::EarlyIn(_) | Usage::Moratorium(_), _) => {
                Err(Status::REQUEST_PENDING)
            }
        }
    }

    /// Whether this is the dialog that a `Replaces` names.
    pub(crate) fn is_replaced(&self, by: &Replaced) -> bool {
        self.dialog.is_named(&by.call_id, &by.to_tag, &by.from_tag)
    }

    /// Takes a REFER: 202, and the first NOTIFY (RFC 3515 §2.4.4).
    pub(crate) fn accept_refer(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        let wants_none = request.header(Name::ReferSub).is_some_and(|it| it.eq_ignore_ascii_case("false"));
        let Some(flow) = core.transactions.flow_of(key) else { return };
        let mut buffer = core.buffer();
        let tag = self.dialog.local_tag();
        let is_sips = self.dialog.is_sips();
        let mut writer = respond_to(&mut buffer, request, flow.remote, Status::ACCEPTED, Some(tag))
            .header(Name::Contact, core.identity.contact(flow, tag, is_sips));
        if wants_none {
            writer = writer.header(Name::ReferSub, "false");
        }
        let bytes = writer.header(Name::Server, &core.identity.agent).end();
        core.keep(buffer);
        core.respond(key, Status::ACCEPTED, bytes);
        let id = self.has_referred.then_some(request.cseq().number);
        self.has_referred = true;
        self.referral = Referral::Open(Subscription { id, is_wanted: !wants_none });
        self.tell_referral(Status::TRYING, core);
    }

    /// Tells how the transfer goes; a final status is the last.
    pub(crate) fn tell_referral(&mut self, status: Status, core: &mut Core) {
        match mem::replace(&mut self.referral, Referral::None) {
            Referral::None => {}
            Referral::Open(subscription) => self.notify(subscription, status, None, core),
            Referral::Telling { subscription, key, said, next, then } => {
                let is_over = said.is_final() || next.is_some_and(Status::is_final);
                let next = if is_over { next } else { Some(status) };
                self.referral = Referral::Telling { subscription, key, said, next, then };
            }
        }
        self.watch(core);
    }

    /// Ends the session; a party that transfers is first told how that went.
    pub(super) fn part_with(&mut self, release: Release, core: &mut Core) {
        self.tell_referral(Status::REQUEST_TERMINATED, core);
        match &mut self.referral {
            Referral::Telling { then, .. } => drop(then.get_or_insert(release)),
            Referral::None | Referral::Open(_) => self.leave(release, core),
        }
    }

    fn notify(&mut self, of: Subscription, said: Status, then: Option<Release>, core: &mut Core) {
        let key = if of.is_wanted { self.send_notify(of, said, core) } else { None };
        self.referral = match key {
            Some(key) => Referral::Telling { subscription: of, key, said, next: None, then },
            None if said.is_final() => Referral::None,
            None => Referral::Open(of),
        };
    }

    fn send_notify(&mut self, of: Subscription, said: Status, core: &mut Core) -> Option<ClientKey> {
        let mut buffer = core.buffer();
        let (way, branch, writer) = self.begin(&Method::Notify, &mut buffer, core);
        let writer = match of.id {
            Some(id) => writer.header(Name::Event, format_args!("refer;id={id}")),
            None => writer.header(Name::Event, "refer"),
        };
        let writer = if said.is_final() {
            writer.header(Name::SubscriptionState, "terminated;reason=noresource")
        } else {
            writer.header(Name::SubscriptionState, format_args!("active;expires={EXPIRES}"))
        };
        let body = format!("SIP/2.0 {} {}\r\n", said.code(), said.reason());
        let bytes = writer.body("message/sipfrag;version=2.0", body.as_bytes()).end();
        core.keep(buffer);
        core.start(User::Leg(self.id), way, Method::Notify, branch, bytes, None)
    }

    /// The NOTIFY has its answer, or will have none: whoever does not want it any more is told nothing more
    /// (RFC 6665 §4.2.2).
    pub(super) fn notified(&mut self, status: Status, core: &mut Core) {
        if status.is_provisional() {
            return;
        }
        let Referral::Telling { subscription, said, next, then, .. } =
            mem::replace(&mut self.referral, Referral::None)
        else {
            return;
        };
        match (next, then) {
            (Some(next), _) if status.is_success() => self.notify(subscription, next, then, core),
            (_, Some(release)) => self.leave(release, core),
            (None, None) if !said.is_final() && status.is_success() => {
                self.referral = Referral::Open(subscription);
            }
            (Some(_) | None, None) => {}
        }
        self.watch(core);
    }
}

/// Percent-escapes of a URI's header as text; nothing that is no text.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referred(lines: &str) -> Result<Referred, Status> {
        let text = format!(
            "REFER sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:c@b>;tag=2\r\nCall-ID: c\r\nCSeq: 3 REFER\r\n\
             Max-Forwards: 70\r\n{lines}\r\n"
        );
        Referred::of(&Message::parse(text.into()).unwrap())
    }

    #[test]
    fn a_refer_names_one_target_to_be_called() {
        let target = |line: &str| referred(line).map(|it| it.target);
        for (line, uri) in [
            ("Refer-To: <sip:102@pbx.example>\r\n", "sip:102@pbx.example"),
            ("r: sip:**102@pbx.example\r\n", "sip:**102@pbx.example"),
            (
                "Refer-To: \"Ben\" <sips:%2B12025550142@pbx.example;method=INVITE>\r\n",
                "sips:%2B12025550142@pbx.example;method=INVITE",
            ),
            ("Refer-To: <tel:+1-202-555-0142>\r\n", "tel:+1-202-555-0142"),
        ] {
            assert_eq!(target(line).as_deref(), Ok(uri), "{line}");
        }
        for (line, status) in [
            ("", Status::BAD_REQUEST),
            ("Refer-To: <sip:1@b>\r\nRefer-To: <sip:2@b>\r\n", Status::BAD_REQUEST),
            ("Refer-To: <sip:1@b\r\n", Status::BAD_REQUEST),
            ("Refer-To: <sip:1@b;method=BYE>\r\n", Status::NOT_IMPLEMENTED),
            ("Refer-To: <http://b/>\r\n", Status::UNSUPPORTED_URI_SCHEME),
            ("Refer-To: <sip:b>\r\n", Status::ADDRESS_INCOMPLETE),
            ("Refer-To: <sip:1@b?Replaces=x>\r\n", Status::BAD_REQUEST),
            ("Refer-To: <sip:1@b?Replaces=x%3bto-tag%3D1%0D%3bfrom-tag%3D2>\r\n", Status::BAD_REQUEST),
        ] {
            assert_eq!(target(line), Err(status), "{line}");
        }
    }

    #[test]
    fn a_replaced_dialog_is_named_by_call_id_and_both_tags() {
        let line = "Refer-To: <sip:102@b?X=1&Replaces=a%40b%3Bfrom-tag%3D2%3Bto-tag%3D1%3Bearly-only>\r\n";
        let replaced = referred(line).unwrap().replaced.unwrap();
        let named = (&*replaced.call_id, &*replaced.to_tag, &*replaced.from_tag, replaced.early_only);
        assert_eq!(named, ("a@b", "1", "2", true));
    }
}
