//! The site as the switch runs it: checked, compiled, immutable, swapped whole.
//!
//! Everything is named by a small id that indexes its table here. Names, extensions and numbers are
//! looked up through sorted tables, so two loads of the same text give the same site.

mod agent;
mod attest;
mod code;
mod condition;
mod contact;
mod daytime;
mod desks;
mod dial;
mod directory;
mod e164;
mod fact;
mod follow;
mod graph;
mod id;
mod identity;
mod inbound;
pub(crate) mod language;
mod layer;
mod lookup;
mod people;
mod pin;
mod probe;
mod queue;
pub(crate) mod remote;
mod ringback;
mod rota;
mod screen;
mod sentence;
mod session;
mod site;
mod state;
mod tls;
mod trunk;
mod voice;
mod ways;
mod week;

pub use agent::Agent;
pub use attest::{Attest, Stir};
pub use code::{Codes, Feature, Park, Takes};
pub use condition::{Atom, Condition, Guard, List};
pub(crate) use contact::ago;
pub use contact::{Campaign, TagSet, Telling};
pub use daytime::{DayTime, next_moment};
use desks::Lent;
pub(crate) use dial::LOCAL;
pub use dial::{Class, DialRule, Emergency, Number, NumberKind, Pattern};
pub(crate) use directory::keys_of;
pub use directory::{Directory, KEYS_MAX, Listed, OFFERS_MAX};
pub use e164::{Country, E164};
pub use fact::{Fact, FactSet};
pub use follow::{Follow, Mobile, SendOn, When, WhenSet};
pub use graph::{Act, Ask, Branch, Forward, Node, Plan, PlanKind, Refusal, Ring, StepName, Who};
pub use id::{
    AgentId, CampaignId, ClassId, DialId, GroupId, HoursId, LanguageId, ListId, MailboxId, MenuId, MusicId,
    NodeId, NumberId, PersonId, PhoneId, PlanId, PromptId, QueueId, RotaId, TagId, TrunkId,
};
pub use identity::{Forwarded, FromUser, Identity, Said, SaidSet, Shown};
pub use inbound::{TextLine, Won};
pub use language::{LANGUAGES_MAX, Language, SetBy};
pub use layer::{Layer, Layers};
pub use lookup::Lookup;
pub use people::{Group, Ha1, Mailbox, Person, Phone};
pub use pin::{PIN_LEN, Pin};
pub use probe::Probe;
pub use queue::{LineExits, Notice, Queue};
pub use remote::{Remote, copy_name, shown_url};
pub use ringback::{InLine, Ringback};
pub use rota::{Duty, Rota, Shifts, Weeks};
pub use screen::{Screen, Screening};
pub use sentence::Sentence;
pub use session::{Refresher, Reliable, Session, SessionTimer};
pub use site::{CompanyPhone, Limits, Listen, Owner, Public, Site, Tables};
pub use state::{Mood, PersonState};
pub use tls::{PemFile, Tls, TlsClients, TlsIdentity};
pub use trunk::{
    CalledFrom, FailOver, Format, Host, MediaMode, Net, Profile, Redirects, Secret, Transfers, Transport,
    Trunk,
};
pub use voice::{
    Keys, MESSAGE_MIN, Menu, Music, PROMPT_NUMBER_LEN, Prompt, PromptFile, Retry, Shipped, Silence, Speech,
};
pub use week::{Holiday, Hours, Span};
