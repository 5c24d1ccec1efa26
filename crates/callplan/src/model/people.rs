//! People, their phones, groups of them, and mailboxes.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    ClassId, E164, Follow, MailboxId, MusicId, PersonId, PhoneId, Pin, PlanId, Prompt, Ringback, SendOn,
    Session, Shown, Transport,
};
use crate::{money::Amount, order::Order};

/// A person: state is a person's, credentials are a phone's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Short name in the config.
    pub name: Arc<str>,
    /// Full name, shown to called phones; the short name if none was given.
    pub label: Arc<str>,
    /// Extension, 2 to 6 digits.
    pub ext: Option<Arc<str>>,
    /// Mobile number.
    pub mobile: Option<E164>,
    /// What rings for them, and when.
    pub follow: Follow,
    /// Where calls for them alone go, and when.
    pub forward: Option<SendOn>,
    /// Where calls for them alone go while they are away and sent nowhere.
    pub away: Option<PlanId>,
    /// How long they ring where nothing nearer says so.
    pub rings_for: Option<Duration>,
    /// Classes of numbers this person may dial, sorted.
    pub allow: Vec<ClassId>,
    /// The numbers this person may show on outside calls, ours or verified: the first, unless another is chosen
    /// for a call. Without any the caller is nobody.
    pub present: Vec<E164>,
    /// Calls at once before a directly rung person is busy.
    pub calls_max: u16,
    /// Whether so many count inside groups as well, where else one call is busy.
    pub call_waiting: bool,
    /// Whether they may record prompts by phone.
    pub records_prompts: bool,
    /// Phones that ring, in order of declaration.
    pub phones: Vec<PhoneId>,
    /// The person's own mailbox, which every person has.
    pub mailbox: MailboxId,
    /// Built-in plan: ring, then the own mailbox. Runs when the extension is dialled.
    pub plan: PlanId,
    /// What they may spend on a day of the site's calendar, if that is limited.
    pub per_day: Option<Amount>,
    /// Neither this person nor who calls from outside learns the other's number or name.
    pub mask: bool,
    /// Whether a group or queue goes by what they did before, so that it is counted.
    pub is_tallied: bool,
    /// What they prove themselves with by keys; without it they can't.
    pub pin: Option<Pin>,
    /// What those hear whom they hold.
    pub music: Option<MusicId>,
    /// Whether callers find them by name.
    pub listed: bool,
    /// What callers hear while they are rung alone, if they say so.
    pub ringback: Option<Ringback>,
}

/// A phone: what registers. Its name is user name and authentication name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Name in the config.
    pub name: Arc<str>,
    /// Whose it is now: its owner's, or theirs who signed in; a phone without a person stands in a lobby.
    pub person: Option<PersonId>,
    /// Whose it is by the config, whoever has signed in.
    pub owner: Option<PersonId>,
    /// An extension of its own.
    pub ext: Option<Arc<str>>,
    /// The only transport it may come by; any if it does not say.
    pub transport: Option<Transport>,
    /// What a digest is checked against; empty until `ringplan phone add` has made a secret.
    pub ha1: Ha1,
    /// How sessions with it are kept.
    pub session: Session,
    /// Where it stands, if not where the site is: a PIDF-LO (RFC 6442).
    pub location: Option<Arc<[u8]>>,
    /// Built-in plan: ring this phone alone, then its person's mailbox if there is one.
    pub plan: PlanId,
}

/// `H(name ":" realm ":" password)` of RFC 7616 §3.4.2, by algorithm; the password itself is not kept.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Ha1 {
    /// For `algorithm=MD5`.
    pub md5: Option<[u8; 16]>,
    /// For `algorithm=SHA-256`.
    pub sha256: Option<[u8; 32]>,
}

impl fmt::Debug for Ha1 {
    /// Shows which there are, never what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1 {{ md5: {}, sha256: {} }}", self.md5.is_some(), self.sha256.is_some())
    }
}

/// A ring group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name in the config.
    pub name: Arc<str>,
    /// Extension, 2 to 6 digits.
    pub ext: Option<Arc<str>>,
    /// Who rings, each once, in order of declaration; at least one.
    pub members: Vec<PersonId>,
    /// How much likelier each member is to ring first where that is drawn by weight; 1 for who says nothing.
    pub weights: Vec<u16>,
    /// Who rings when.
    pub order: Order,
    /// Built-in plan: ring the group, then its `busy` and `else`, then the site's mailbox. Runs when the
    /// group is where something leads, rather than a step that rings it.
    pub plan: PlanId,
    /// Whether members are rung as they are when called alone, their mobiles too.
    pub follow: bool,
    /// What callers hear while it rings, if it says so.
    pub ringback: Option<Ringback>,
    /// What members' phones show of its calls.
    pub shown: Shown,
    /// Whether members learn that another has answered; else their phones show a missed call.
    pub answered_elsewhere: bool,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Name in the config; a person's own mailbox has the person's name.
    pub name: Arc<str>,
    /// Whose own it is.
    pub owner: Option<PersonId>,
    /// Extension of one that is nobody's own, 2 to 6 digits.
    pub ext: Option<Arc<str>>,
    /// Built-in plan: take a message. Runs when the extension is dialled, and whoever's else behind `*99`.
    pub plan: PlanId,
    /// What is heard before the beep.
    pub greeting: Prompt,
    /// Longest message.
    pub max: Duration,
    /// Silence that ends a message.
    pub silence: Duration,
    /// What opens it by telephone, if it is nobody's own.
    pub pin: Option<Pin>,
    /// People whose message lamps it lights besides its owner's.
    pub lamp: Vec<PersonId>,
}
