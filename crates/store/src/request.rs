//! What the switch asks the store to keep, and what the store answers.
//!
//! A request with a [`Ticket`] is answered once, after its group commit; one without is not answered.

use std::sync::Arc;

use clock::Wall;
use smallvec::SmallVec;

/// Names a request whose commit somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names who asked a question; of no meaning to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker(pub u64);

/// Names a call for ever: unique over restarts, ordered by time of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Asked of the store, in order.
#[derive(Clone, Debug)]
pub enum Request {
    /// Read everything a switch starts from. Answered with [`Reply::Loaded`].
    Load,
    /// What is known of whoever has this number, E.164 with `+`. Answered with [`Reply::Caller`], or not at
    /// all when the store has trouble.
    AskCaller(Asker, Arc<str>),
    /// Add or replace a binding, keyed by phone and `instance`.
    PutBinding(Option<Ticket>, Box<Binding>),
    /// Remove a binding.
    DropBinding(Option<Ticket>, BindingKey),
    /// Add or replace a subscription, keyed by our tag of its dialog.
    PutSubscription(Option<Ticket>, Box<Subscription>),
    /// Remove the subscription of this tag.
    DropSubscription(Arc<str>),
    /// A call came in. Should the process die before its record, the next start closes it as lost.
    Began(CallId, Box<Began>),
    /// A call ended: its one record.
    Record(Box<Record>),
    /// A voicemail's file is safe on disk.
    Voicemail(Box<Voicemail>),
    /// Somebody heard a voicemail: its mailbox and file name. One that is gone stays gone.
    HeardVoicemail(Arc<str>, Arc<str>),
    /// A voicemail's file is gone: its mailbox and file name.
    DropVoicemail(Arc<str>, Arc<str>),
    /// Round-robin pointer of a group.
    Pointer(Arc<str>, u32),
    /// A named value of the switch: a secret, a number, what a person said of themselves.
    Put(Option<Ticket>, Arc<str>, Arc<[u8]>),
    /// Contacts of an import. Nobody is told of them before it is whole.
    PutContacts(ImportId, Box<[Contact]>),
    /// An import is whole: what it says of a number counts from now on, instead of what was said before.
    FinishContacts(ImportId, Wall),
    /// Forget who has this number, on all of their numbers, and that one of us talked with them.
    EraseContact(Arc<str>, Box<Erased>),
}

/// Said by the store.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The answer to [`Request::Load`].
    Loaded(Box<State>),
    /// The rows are committed.
    Committed(Ticket),
    /// They could not be; the reason, for the operator.
    Failed(Ticket, Arc<str>),
    /// The answer to [`Request::AskCaller`].
    Caller(Asker, Box<Known>),
}

/// Names an import of contacts; of two the later has the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImportId(pub u64);

/// What is known of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// One of us talked with the number before.
    pub talked: bool,
    /// The person who talked with them last; by a contact's word if no call says.
    pub last_agent: Option<Last>,
    /// The person who texted them last.
    pub last_texter: Option<Last>,
    /// Whose it is.
    pub contact: Option<Contact>,
}

/// Who did something last, and when; of an import, when that was whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The person's name in the config.
    pub person: Arc<str>,
    /// When.
    pub at: Wall,
}

/// Somebody outside, as an import told of them. Names are those of the config, and may have left it since; an
/// empty one is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Their numbers, E.164 with `+`, without blanks; at least one.
    pub numbers: Box<[Arc<str>]>,
    /// What they are called.
    pub name: Arc<str>,
    /// The person whose contact it is.
    pub owner: Arc<str>,
    /// The campaign that they are part of.
    pub campaign: Arc<str>,
    /// Their tags, without line breaks.
    pub tags: Box<[Arc<str>]>,
    /// The person who talked with them last.
    pub last_agent: Arc<str>,
    /// The person who texted them last.
    pub last_texter: Arc<str>,
    /// The group that they are in conversation with.
    pub group: Arc<str>,
    /// What they are spoken to in: `es`, `de-AT`.
    pub language: Arc<str>,
}

/// That somebody was forgotten, for whoever has to show it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// When.
    pub at: Wall,
    /// In words that don't name them.
    pub line: Arc<str>,
}

/// Everything a start reads.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Bindings not yet expired by more than half an interval.
    pub bindings: Vec<Binding>,
    /// Round-robin pointers by group.
    pub pointers: Vec<(Arc<str>, u32)>,
    /// Named values.
    pub values: Vec<(Arc<str>, Arc<[u8]>)>,
    /// Calls that had begun and have no record; the store has closed them as lost.
    pub lost: Vec<CallId>,
    /// Highest call id ever used.
    pub last_call: Option<CallId>,
    /// Subscriptions, those that expired meanwhile too: whoever reads them drops these.
    pub subscriptions: Vec<Subscription>,
    /// Every voicemail, the oldest first.
    pub messages: Vec<Voicemail>,
}

/// Where one contact of a phone is reached (RFC 3261 §10.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose and which.
    pub key: BindingKey,
    /// Contact URI as registered, without angle brackets.
    pub contact: Arc<str>,
    /// Path headers (RFC 3327), joined by commas; empty if none.
    pub path: Arc<str>,
    /// Flow of the REGISTER, `udp 192.0.2.1:5060 198.51.100.7:5060 0` (transport, local, remote, connection).
    pub flow: Arc<str>,
    /// Whether the phone sits behind NAT, so that its contact address is not to be believed.
    pub behind_nat: bool,
    /// Call-ID of the registration, for the ordering rule of RFC 3261 §10.3 step 7.
    pub call_id: Arc<str>,
    /// Its last CSeq.
    pub cseq: u32,
    /// `q` in thousandths, 0 to 1000.
    pub q: u16,
    /// User-Agent of the phone; empty if it named none.
    pub agent: Arc<str>,
    /// When it ends.
    pub expires: Wall,
    /// The interval granted, in seconds.
    pub interval_s: u32,
}

/// Names a binding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingKey {
    /// The phone's name in the config.
    pub phone: Arc<str>,
    /// `+sip.instance` with `reg-id` (RFC 5626), else the contact's normal form.
    pub instance: Arc<str>,
}

/// A phone that wants to be told how something stands (RFC 6665).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Our tag of its dialog.
    pub tag: Arc<str>,
    /// The phone's name in the config.
    pub phone: Arc<str>,
    /// Which device of the phone, as its binding is keyed; empty if it had none.
    pub device: Arc<str>,
    /// Flow of the last SUBSCRIBE, written as for a [`Binding`].
    pub flow: Arc<str>,
    /// Value of Event: `dialog`, `presence;id=7`.
    pub event: Arc<str>,
    /// What is watched: `person:ana`.
    pub watched: Arc<str>,
    /// The URI that it is known by to the phone.
    pub entity: Arc<str>,
    /// Call-ID.
    pub call_id: Arc<str>,
    /// The phone's tag.
    pub remote_tag: Arc<str>,
    /// The To of its SUBSCRIBE without the tag.
    pub local_party: Arc<str>,
    /// The From of it without the tag.
    pub remote_party: Arc<str>,
    /// CSeq of its last SUBSCRIBE.
    pub cseq: u32,
    /// The phone's Contact.
    pub target: Arc<str>,
    /// Route set, joined by commas; empty if none.
    pub routes: Arc<str>,
    /// When it began.
    pub began: Wall,
    /// When it ends.
    pub expires: Wall,
}

/// What is known when a call arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Began {
    /// When.
    pub at: Wall,
    /// E.164 number, extension or URI user of the caller; empty if withheld.
    pub from: Arc<str>,
    /// What was dialled, in normal form.
    pub to: Arc<str>,
    /// Which way it went.
    pub direction: Direction,
    /// Plan version, 0 for none.
    pub version: u32,
    /// SIP Call-ID of the A leg.
    pub sip_call_id: Arc<str>,
}

/// Which way a call goes, seen from the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a trunk to one of our numbers.
    Inbound,
    /// From a phone to a trunk.
    Outbound,
    /// From a phone to a phone, a plan or a service.
    Internal,
    /// From a phone that rehearses, wherever it went: nobody outside was called, and it counts nowhere.
    Rehearsal,
}

/// One call, whole: written once, when it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub call: CallId,
    /// What was known on arrival.
    pub began: Began,
    /// Person or phone that placed it; empty for trunks.
    pub person: Arc<str>,
    /// When a party or a service answered.
    pub answered: Option<Wall>,
    /// Its end; `None` if the process died before it, as nobody knows when that was.
    pub end: Option<End>,
    /// How the caller fared: `answered`, `voicemail`, `missed`, `busy`, `declined`, `failed`, `rejected`, `lost`.
    pub outcome: &'static str,
    /// Why it ended, of a closed set (`b2bua::Cause`).
    pub cause: &'static str,
    /// Who ended it: `caller`, `callee`, `switch`.
    pub ended_by: &'static str,
    /// The B legs, in order of their start, and the A leg first.
    pub legs: SmallVec<[LegRecord; 3]>,
    /// The person of ours who talked last with whoever is outside; empty if none did.
    pub agent: Arc<str>,
    /// Event log, 16 bytes an event; `b2bua` writes and reads it.
    pub events: Arc<[u8]>,
    /// What its plans were told (`callplan::journal`); empty if it ran through none.
    pub journal: Arc<[u8]>,
    /// Plan nodes passed, `main#2` and so on, joined by blanks.
    pub path: Arc<str>,
}

/// When a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The moment.
    pub at: Wall,
    /// Milliseconds from arrival to end, by the monotonic clock.
    pub lasted_ms: u64,
}

/// One leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegRecord {
    /// `phone:rosa-desk`, `trunk:carrier-a` and the like.
    pub party: Arc<str>,
    /// Number or URI dialled on it; the caller's for the A leg.
    pub number: Arc<str>,
    /// Milliseconds after arrival: when it was started.
    pub started_ms: u32,
    /// When it first rang.
    pub rang_ms: Option<u32>,
    /// When it answered.
    pub answered_ms: Option<u32>,
    /// When it ended.
    pub ended_ms: u32,
    /// Final status, 0 if it never got one.
    pub status: u16,
    /// SIP Call-ID.
    pub sip_call_id: Arc<str>,
    /// RTP packets from and to the party.
    pub packets: (u64, u64),
    /// What it cost, if it had a price.
    pub charge: Option<Charge>,
}

/// What a leg cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// In billionths of the site's currency, at most `i64::MAX`.
    pub billionths: u64,
    /// The person who paid it; empty where nobody of ours did.
    pub payer: Arc<str>,
}

/// A voicemail whose file is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicemail {
    /// The call that left it.
    pub call: CallId,
    /// The box.
    pub mailbox: Arc<str>,
    /// Who left it; empty if withheld.
    pub from: Arc<str>,
    /// When it began.
    pub at: Wall,
    /// Milliseconds of audio.
    pub lasted_ms: u32,
    /// File name below the mailbox's folder; generated, never from the caller.
    pub file: Arc<str>,
    /// The process died while it was being left.
    pub interrupted: bool,
    /// Somebody heard it, or said that it is to be kept.
    pub heard: bool,
}
