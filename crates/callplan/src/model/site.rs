//! The site: every table, and the questions asked of it on the call path.

use std::{
    net::{IpAddr, SocketAddr},
    ops::{Deref, DerefMut, RangeInclusive},
    sync::Arc,
    time::Duration,
};

use clock::Wall;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Agent, AgentId, Campaign, CampaignId, Class, ClassId, Codes, Country, DialId, DialRule, Directory, E164,
    Emergency, Group, GroupId, Hours, HoursId, Language, LanguageId, Lent, List, ListId, Lookup, Mailbox,
    MailboxId, Menu, MenuId, Music, MusicId, Node, NodeId, Number, NumberId, Park, Person, PersonId, Phone,
    PhoneId, Pin, Plan, PlanId, Probe, PromptFile, PromptId, Queue, QueueId, Remote, Rota, RotaId, Speech,
    Stir, TagId, Tls, Transport, Trunk, TrunkId, Who,
};
use crate::{
    money::{Amount, Money},
    proof::{Always, Test},
};

/// A checked and compiled site, while people are where they have signed in: copies share all that this does not change.
///
/// Phones and people are looked up by their ids, `site[phone]`, as they are now; the tables have them as they are written.
#[derive(Clone, Debug)]
pub struct Site {
    tables: Arc<Tables>,
    pub(super) lent: Lent,
}

/// Every table of a site.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Which version runs, counted by whoever applies it; 0 until then.
    pub version: u32,
    /// SHA-256 over every text and every byte that was read for it.
    pub hash: [u8; 32],
    /// Name of the business.
    pub name: Arc<str>,
    /// Its time zone.
    pub timezone: TimeZone,
    /// How dialled and received numbers are read.
    pub country: Country,
    /// SIP domain and digest realm.
    pub domain: Arc<str>,
    /// The address told to those outside.
    pub public: Public,
    /// Where it listens.
    pub listen: Listen,
    /// How it proves itself over TLS.
    pub tls: Tls,
    /// Whose word on callers is believed, and how we give ours.
    pub stir: Stir,
    /// How long a step rings that does not say.
    pub ring: Duration,
    /// Trunks: those of carriers, then those that agents are reached by.
    pub trunks: Vec<Trunk>,
    /// Agents.
    pub agents: Vec<Agent>,
    /// People.
    pub people: Vec<Person>,
    /// Phones.
    pub phones: Vec<Phone>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Schedules.
    pub hours: Vec<Hours>,
    /// Rotas.
    pub rotas: Vec<Rota>,
    /// Calendars that are fetched, in the order of writing.
    pub remotes: Vec<Remote>,
    /// Caller lists.
    pub lists: Vec<List>,
    /// Campaigns.
    pub campaigns: Vec<Campaign>,
    /// Tags that conditions ask about, at most [`TagSet::MAX`](super::TagSet::MAX).
    pub tags: Vec<Arc<str>>,
    /// What turns text into speech.
    pub speech: Speech,
    /// Languages that callers are spoken to in; the first is what is spoken where nothing says otherwise.
    pub languages: Vec<Language>,
    /// Prompts.
    pub prompts: Vec<PromptFile>,
    /// Music.
    pub music: Vec<Music>,
    /// What those hear who are on hold or parked, unless a number, whoever holds them or `[park]` says otherwise.
    pub music_on_hold: Option<MusicId>,
    /// Mailboxes: the named ones, then one for each person.
    pub mailboxes: Vec<Mailbox>,
    /// Who is rung before the mailbox where a number's own did not answer.
    pub company_phone: Option<CompanyPhone>,
    /// Where calls end that name no mailbox of their own.
    pub last_mailbox: Option<MailboxId>,
    /// Who can be found by name, where some step lets callers look.
    pub directory: Option<Directory>,
    /// Menus.
    pub menus: Vec<Menu>,
    /// Plans, written ones first.
    pub plans: Vec<Plan>,
    /// Nodes of all plans; node `n` is the entry of plan `n`.
    pub nodes: Vec<Node>,
    /// Numbers the site owns.
    pub numbers: Vec<Number>,
    /// Dial rules.
    pub dial: Vec<DialRule>,
    /// Classes; the first is `internal`.
    pub classes: Vec<Class>,
    /// Emergency calls.
    pub emergency: Emergency,
    /// What is dialled before a number to show another number of the dialler's: this and which, from 1.
    pub caller_id_code: Option<Arc<str>>,
    /// Numbers that are not ours and that their owners let us show (`ringplan verify-number`), sorted.
    pub verified: Vec<E164>,
    /// The file they stand in, relative to the config directory.
    pub verified_file: Option<Arc<str>>,
    /// Feature codes.
    pub codes: Codes,
    /// Where calls are parked.
    pub park: Park,
    /// Numbers that are tried each night.
    pub probe: Option<Probe>,
    /// Bounds.
    pub limits: Limits,
    /// What calls cost; without it nothing is rated.
    pub money: Option<Money>,
    /// Tests of single calls, in the order of writing.
    pub tests: Vec<Test>,
    /// Rules that hold for every call, in the order of writing.
    pub always: Vec<Always>,
    pub(crate) by_number: Lookup<NumberId>,
    pub(crate) by_extension: Lookup<Owner>,
    pub(crate) phone_names: Lookup<PhoneId>,
    pub(crate) person_names: Lookup<PersonId>,
    pub(crate) group_names: Lookup<GroupId>,
    pub(crate) queue_names: Lookup<QueueId>,
    pub(crate) trunk_names: Lookup<TrunkId>,
    pub(crate) mailbox_names: Lookup<MailboxId>,
    pub(crate) plan_names: Lookup<PlanId>,
    pub(crate) agent_names: Lookup<AgentId>,
}

/// The address told to those outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Public {
    /// Learned from trunks' `received` and `rport`, else the interface.
    #[default]
    Auto,
    /// This one.
    Fixed(IpAddr),
}

/// Who is rung when nobody else answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyPhone {
    /// Somebody inside.
    Inside(Who),
    /// A number outside.
    Outside(E164),
}

/// Where the switch listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// UDP sockets; of all kinds together at least one.
    pub udp: Vec<SocketAddr>,
    /// TCP sockets.
    pub tcp: Vec<SocketAddr>,
    /// TCP sockets on which TLS is spoken.
    pub tls: Vec<SocketAddr>,
    /// Ports of media: even first, odd last.
    pub rtp: RangeInclusive<u16>,
}

impl Listen {
    /// Where it listens for one transport.
    pub fn on(&self, transport: Transport) -> &[SocketAddr] {
        match transport {
            Transport::Udp => &self.udp,
            Transport::Tcp => &self.tcp,
            Transport::Tls => &self.tls,
        }
    }
}

/// Bounds the operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls of the whole site at once.
    pub calls_max: u32,
    /// Calls one person takes part in at once.
    pub calls_per_person: u16,
    /// Calls outside that one person begins within any minute, by dialling, transferring or sending calls on; those
    /// for help are not counted (RELIABILITY A9).
    pub calls_per_minute: u16,
    /// Legs of one call alive at once, after people and phones are expanded.
    pub legs_max: u16,
    /// Datagrams a second that are read of an address where nobody proved himself (RELIABILITY P8).
    pub stranger_rate: u32,
    /// The same of all addresses of one network, an IPv4 /24 or an IPv6 /48.
    pub stranger_network_rate: u32,
    /// How long a party that talks may send no media before it is taken for gone (RELIABILITY M8).
    pub silence_max: Duration,
    /// How long after its arrival a call may wait for outside facts; what is not told by then is unknown.
    pub facts_budget: Duration,
    /// What one person may spend on a day of the site's calendar; without it as much as they like.
    pub per_day: Option<Amount>,
    /// What nobody is to be able to spend within an hour; looked at by `check` alone.
    pub max_exposure_per_hour: Option<Amount>,
}

/// What an extension belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A person.
    Person(PersonId),
    /// A phone.
    Phone(PhoneId),
    /// A group.
    Group(GroupId),
    /// A queue.
    Queue(QueueId),
    /// A mailbox that is nobody's own.
    Mailbox(MailboxId),
}

impl From<Tables> for Site {
    fn from(tables: Tables) -> Self {
        Self { tables: Arc::new(tables), lent: Lent::default() }
    }
}

impl Deref for Site {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl DerefMut for Site {
    fn deref_mut(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }
}

impl Site {
    /// The number of ours that is `number`.
    pub fn number(&self, number: E164) -> Option<NumberId> {
        self.by_number.find(&number.to_string())
    }

    /// Who has this extension.
    pub fn extension(&self, digits: &str) -> Option<Owner> {
        self.by_extension.find(digits)
    }

    /// Whether an extension is longer than these digits and begins with them.
    pub fn extends(&self, digits: &str) -> bool {
        self.by_extension.extends(digits)
    }

    /// The built-in plan of whoever has an extension.
    pub fn plan_of(&self, owner: Owner) -> PlanId {
        match owner {
            Owner::Person(person) => self[person].plan,
            Owner::Phone(phone) => self[phone].plan,
            Owner::Group(group) => self[group].plan,
            Owner::Queue(queue) => self[queue].plan,
            Owner::Mailbox(mailbox) => self[mailbox].plan,
        }
    }

    /// The phone of this name, which is also its user name.
    pub fn phone(&self, name: &str) -> Option<PhoneId> {
        self.phone_names.find(name)
    }

    /// The person of this short name.
    pub fn person(&self, name: &str) -> Option<PersonId> {
        self.person_names.find(name)
    }

    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.group_names.find(name)
    }

    /// The queue of this name.
    pub fn queue(&self, name: &str) -> Option<QueueId> {
        self.queue_names.find(name)
    }

    /// The agent of this name.
    pub fn agent(&self, name: &str) -> Option<AgentId> {
        self.agent_names.find(name)
    }

    /// The trunks of carriers.
    pub fn carriers(&self) -> impl Iterator<Item = &Trunk> {
        self.trunks.iter().filter(|trunk| trunk.agent.is_none())
    }

    /// The trunk of this name.
    pub fn trunk(&self, name: &str) -> Option<TrunkId> {
        self.trunk_names.find(name)
    }

    /// What opens a mailbox by telephone.
    pub fn pin(&self, mailbox: MailboxId) -> Option<Pin> {
        let mailbox = &self[mailbox];
        mailbox.owner.map_or(mailbox.pin, |person| self[person].pin)
    }

    /// The mailbox of this name; a person's name is their own mailbox.
    pub fn mailbox(&self, name: &str) -> Option<MailboxId> {
        self.mailbox_names.find(name)
    }

    /// The plan of this name, written (`main`) or built in (`person:ana`).
    pub fn plan(&self, name: &str) -> Option<PlanId> {
        self.plan_names.find(name)
    }

    /// The day of its calendar at a moment.
    pub fn day(&self, at: Wall) -> Date {
        let at = Timestamp::from_microsecond(at.unix_micros()).unwrap_or(Timestamp::MAX);
        self.timezone.to_datetime(at).date()
    }

    /// The campaign of this name.
    pub fn campaign(&self, name: &str) -> Option<CampaignId> {
        self.campaigns.iter().position(|campaign| &*campaign.name == name).map(CampaignId::from)
    }

    /// The tag of this name, if some condition asks about it.
    pub fn tag(&self, name: &str) -> Option<TagId> {
        self.tags.iter().position(|tag| &**tag == name).map(TagId::from)
    }

    /// The class of this name.
    pub fn class(&self, name: &str) -> Option<ClassId> {
        self.classes.iter().position(|class| &*class.name == name).map(ClassId::from)
    }

    /// Where a plan begins.
    pub const fn entry(&self, plan: PlanId) -> NodeId {
        NodeId(plan.0)
    }

    /// The name of a node as `explain` and `story` say it: `sales#2`.
    pub fn node_name(&self, node: NodeId) -> String {
        let node = &self[node];
        format!("{}#{}", self[node.plan].name, node.name)
    }
}

macro_rules! index {
    ($($id:ident => $table:ident: $entry:ty;)*) => {$(
        impl std::ops::Index<$id> for Site {
            type Output = $entry;

            fn index(&self, id: $id) -> &$entry {
                &self.$table[id.index()]
            }
        }
    )*};
}

impl std::ops::Index<PersonId> for Site {
    type Output = Person;

    fn index(&self, id: PersonId) -> &Person {
        self.lent.person(id).unwrap_or(&self.tables.people[id.index()])
    }
}

impl std::ops::Index<PhoneId> for Site {
    type Output = Phone;

    fn index(&self, id: PhoneId) -> &Phone {
        self.lent.phone(id).unwrap_or(&self.tables.phones[id.index()])
    }
}

index! {
    GroupId => groups: Group;
    QueueId => queues: Queue;
    TrunkId => trunks: Trunk;
    MailboxId => mailboxes: Mailbox;
    MenuId => menus: Menu;
    HoursId => hours: Hours;
    RotaId => rotas: Rota;
    ListId => lists: List;
    CampaignId => campaigns: Campaign;
    PromptId => prompts: PromptFile;
    LanguageId => languages: Language;
    MusicId => music: Music;
    PlanId => plans: Plan;
    NodeId => nodes: Node;
    NumberId => numbers: Number;
    DialId => dial: DialRule;
    ClassId => classes: Class;
    AgentId => agents: Agent;
}
