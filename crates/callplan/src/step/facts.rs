//! What the engine is told about a call, and what it may look up while deciding.

use clock::{Now, Wall};

use crate::{
    Attest, CampaignId, E164, Fact, FactSet, GroupId, HoursId, LanguageId, ListId, MailboxId, NumberId,
    PersonId, PersonState, PhoneId, PlanId, QueueId, Site, TagSet, Tally, Telling,
};

/// What is known of a call from its first message on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who calls.
    pub caller: Caller,
    /// What was called.
    pub entry: Entry,
    /// Outside facts, as far as they were told.
    pub told: Told,
    /// What is drawn by chance in this call comes from this number, so that it can be drawn again.
    pub chance: u64,
}

impl Facts {
    /// A call that just came in.
    pub fn new(caller: Caller, entry: Entry) -> Self {
        Self { caller, entry, told: Told::default(), chance: 0 }
    }
}

/// Outside facts as far as they were told; the call keeps it and says [`Event::Told`](super::Event::Told)
/// whenever it grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    told: FactSet,
    attest: Option<Attest>,
    is_known: bool,
    tags: TagSet,
    owner: Option<PersonId>,
    campaign: Option<CampaignId>,
    group: Option<GroupId>,
    last_agent: Option<(PersonId, Wall)>,
    last_texter: Option<(PersonId, Wall)>,
    language: Option<LanguageId>,
}

impl Told {
    /// Notes a fact.
    pub fn tell(&mut self, telling: Telling) {
        self.told.insert(telling.fact());
        match telling {
            Telling::Known(is_known) => self.is_known = is_known,
            Telling::Tags(tags) => self.tags = tags,
            Telling::Owner(person) => self.owner = person,
            Telling::Campaign(campaign) => self.campaign = campaign,
            Telling::Group(group) => self.group = group,
            Telling::LastAgent(last) => self.last_agent = last,
            Telling::LastTexter(last) => self.last_texter = last,
            Telling::Language(language) => self.language = language,
        }
    }

    /// Notes how far the caller's number is vouched for.
    pub fn attested(&mut self, attest: Attest) {
        self.told.insert(Fact::CallerAttest);
        self.attest = Some(attest);
    }

    /// How far the caller's number is vouched for; `None` if nobody told yet.
    pub const fn attest(&self) -> Option<Attest> {
        self.attest
    }

    /// Which facts were told, whatever they are.
    pub const fn facts(&self) -> FactSet {
        self.told
    }

    /// Whether one of us talked with the caller before; `None` if nobody told yet.
    pub fn known(&self) -> Option<bool> {
        self.told.contains(Fact::ContactKnown).then_some(self.is_known)
    }

    /// The caller's tags; `None` if nobody told yet.
    pub fn tags(&self) -> Option<TagSet> {
        self.told.contains(Fact::ContactTags).then_some(self.tags)
    }

    /// Whose contact the caller is; `None` if nobody told yet.
    pub fn owner(&self) -> Option<Option<PersonId>> {
        self.told.contains(Fact::ContactOwner).then_some(self.owner)
    }

    /// The campaign that the caller is part of; `None` if nobody told yet.
    pub fn campaign(&self) -> Option<Option<CampaignId>> {
        self.told.contains(Fact::ContactCampaign).then_some(self.campaign)
    }

    /// Who talked with the caller last, and when; `None` if nobody told yet.
    pub fn last_agent(&self) -> Option<Option<(PersonId, Wall)>> {
        self.told.contains(Fact::ContactLastAgent).then_some(self.last_agent)
    }

    /// Who texted the caller last, and when; `None` if nobody told yet.
    pub fn last_texter(&self) -> Option<Option<(PersonId, Wall)>> {
        self.told.contains(Fact::ContactLastTexter).then_some(self.last_texter)
    }

    /// What the caller is to be spoken to in; `None` if nobody told yet.
    pub fn language(&self) -> Option<Option<LanguageId>> {
        self.told.contains(Fact::ContactLanguage).then_some(self.language)
    }

    /// The group that the caller is in conversation with; `None` if nobody told yet.
    pub fn group(&self) -> Option<Option<GroupId>> {
        self.told.contains(Fact::ContactGroup).then_some(self.group)
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A public number.
    Number(E164),
    /// One of our phones. It is never rung by its own call.
    Phone(PhoneId),
    /// Asked not to be shown, or shows nothing that is a number.
    Withheld,
}

/// What was called, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A number of ours.
    Number(NumberId),
    /// A person's extension.
    Person(PersonId),
    /// A phone's own extension.
    Phone(PhoneId),
    /// A phone that called for help, by whoever calls back: nothing that its person said or does keeps it from
    /// ringing (PRODUCT §1.10).
    CallBack(PhoneId),
    /// A group's extension.
    Group(GroupId),
    /// A queue's extension.
    Queue(QueueId),
    /// A mailbox: a message is to be left, and nobody rings.
    Mailbox(MailboxId),
    /// A plan, by name.
    Plan(PlanId),
}

impl Entry {
    /// The plan that a call to it runs through.
    pub fn plan(self, site: &Site) -> PlanId {
        match self {
            Self::Number(number) => site[number].plan,
            Self::Person(person) => site[person].plan,
            Self::Phone(phone) | Self::CallBack(phone) => site[phone].plan,
            Self::Group(group) => site[group].plan,
            Self::Queue(queue) => site[queue].plan,
            Self::Mailbox(mailbox) => site[mailbox].plan,
            Self::Plan(plan) => plan,
        }
    }

    /// As the config calls it: `number:+12025550104`, `group:sales`, `voicemail:ana`.
    pub fn named(self, site: &Site) -> String {
        match self {
            Self::Number(number) => format!("number:{}", site[number].e164),
            Self::Person(person) => format!("person:{}", site[person].name),
            Self::Phone(phone) | Self::CallBack(phone) => format!("phone:{}", site[phone].name),
            Self::Group(group) => format!("group:{}", site[group].name),
            Self::Queue(queue) => format!("queue:{}", site[queue].name),
            Self::Mailbox(mailbox) => format!("voicemail:{}", site[mailbox].name),
            Self::Plan(plan) => format!("plan:{}", site[plan].name),
        }
    }
}

/// A schedule as a hand holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// Open, or closed.
    pub is_open: bool,
    /// Until when, where that is known.
    pub until: Option<Wall>,
}

/// What the engine may look up: the switch as it is at this moment.
pub trait World {
    /// Both clocks; opening hours are asked when a step is reached, not when the call came.
    fn now(&self) -> Now;

    /// Contacts at which the phone is reachable now; 0 is not registered.
    fn contacts(&self, phone: PhoneId) -> u8;

    /// Calls the person takes part in, on any phone, this call aside.
    fn calls_of(&self, person: PersonId) -> u16;

    /// What the person said of themselves.
    fn state_of(&self, person: PersonId) -> PersonState;

    /// Whether the person wants no calls of this number.
    fn has_blocked(&self, person: PersonId, number: E164) -> bool;

    /// Whether the number was added to the list at run time, beside what the config has.
    fn is_listed(&self, list: ListId, number: E164) -> bool;

    /// How the schedule is held by hand; `None` if it is left to itself.
    fn held(&self, hours: HoursId) -> Option<ByHand>;

    /// Whose turn it is in a round-robin group: a position in its members, taken modulo their number.
    fn pointer(&self, group: GroupId) -> u32;

    /// What the person did of late; told only of whom the site counts it.
    fn tally_of(&self, person: PersonId) -> Tally;
}
