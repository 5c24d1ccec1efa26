//! What is declared: every name with its id, before anything is read that refers to it.

use std::collections::BTreeMap;

use super::{
    merge::Sections,
    nearest::{nearest, one_of},
    place::{Findings, Place},
    table::Entry,
};
use crate::{
    finding::Code,
    model::{
        AgentId, CampaignId, E164, GroupId, HoursId, ListId, MailboxId, MenuId, MusicId, NumberId, PersonId,
        PhoneId, PlanId, PromptId, QueueId, RotaId, TrunkId,
    },
};

/// The entries of one table, and their names.
pub(crate) struct Declared<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    ids: BTreeMap<&'a str, usize>,
}

/// Every table whose keys are names.
pub(crate) struct Names<'a> {
    pub(crate) people: Declared<'a>,
    pub(crate) phones: Declared<'a>,
    pub(crate) groups: Declared<'a>,
    pub(crate) queues: Declared<'a>,
    pub(crate) trunks: Declared<'a>,
    pub(crate) agents: Declared<'a>,
    pub(crate) plans: Declared<'a>,
    pub(crate) menus: Declared<'a>,
    pub(crate) mailboxes: Declared<'a>,
    pub(crate) hours: Declared<'a>,
    pub(crate) rotas: Declared<'a>,
    pub(crate) lists: Declared<'a>,
    pub(crate) campaigns: Declared<'a>,
    pub(crate) inboxes: Declared<'a>,
    pub(crate) prompts: Declared<'a>,
    pub(crate) music: Declared<'a>,
    pub(crate) numbers: Declared<'a>,
    pub(crate) dial: Declared<'a>,
}

impl<'a> Declared<'a> {
    fn read(table: &'static str, sections: &mut Sections<'a>) -> Self {
        let entries = sections.take(table).rest();
        let ids = entries.iter().enumerate().map(|(id, entry)| (entry.key, id)).collect();
        Self { entries, ids }
    }

    /// Like `read`, for tables whose keys people choose.
    fn named(table: &'static str, sections: &mut Sections<'a>, found: &mut Findings) -> Self {
        let declared = Self::read(table, sections);
        for entry in declared.entries.iter().filter(|entry| !is_name(entry.key)) {
            let mend = "use 1 to 32 letters, digits, `.`, `_` and `-`";
            found.report(Code::BadName, entry.place, format!("\"{}\" can't be a name", entry.key), mend);
        }
        declared
    }

    /// The id of `name`.
    pub(crate) fn find<I: From<usize>>(&self, name: &str) -> Option<I> {
        self.ids.get(name).map(|id| I::from(*id))
    }

    /// Whether there is such a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.ids.contains_key(name)
    }

    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.entries.iter().map(|entry| entry.key)
    }

    /// The name with this position.
    pub(crate) fn name(&self, index: usize) -> &'a str {
        self.entries[index].key
    }

    /// Where the name with this position is declared.
    pub(crate) fn place(&self, index: usize) -> Place {
        self.entries[index].place
    }

    fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Resolves a name or reports that there is none, with the nearest.
macro_rules! resolve {
    ($($(#[$doc:meta])* $name:ident: $id:ty = $table:ident, $code:ident, $what:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&self, name: &str, place: Place, found: &mut Findings) -> Option<$id> {
            let id = self.$table.find(name);
            if id.is_none() {
                let names = self.$table.names();
                missing(Code::$code, [$what, stringify!($table)], name, names, place, found);
            }
            id
        }
    )*};
}

impl<'a> Names<'a> {
    /// Declares everything in `sections` whose keys are names.
    pub(crate) fn declare(sections: &mut Sections<'a>, found: &mut Findings) -> Self {
        let names = Self {
            people: Declared::named("people", sections, found),
            phones: Declared::named("phones", sections, found),
            groups: Declared::named("groups", sections, found),
            queues: Declared::named("queues", sections, found),
            trunks: Declared::named("trunks", sections, found),
            agents: Declared::named("agents", sections, found),
            plans: Declared::named("plans", sections, found),
            menus: Declared::named("menus", sections, found),
            mailboxes: Declared::named("mailboxes", sections, found),
            hours: Declared::named("hours", sections, found),
            rotas: Declared::named("rota", sections, found),
            lists: Declared::named("lists", sections, found),
            campaigns: Declared::named("campaigns", sections, found),
            inboxes: Declared::named("inboxes", sections, found),
            prompts: Declared::named("prompts", sections, found),
            music: Declared::named("music", sections, found),
            numbers: Declared::read("numbers", sections),
            dial: Declared::named("dial", sections, found),
        };
        for entry in &names.mailboxes.entries {
            if let Some(person) = names.people.find::<PersonId>(entry.key) {
                let first = names.people.place(person.index());
                let message = format!("`{}` is a person, who has a mailbox already", entry.key);
                found.again(Code::NameTaken, entry.place, first, message, "give the mailbox another name");
            }
        }
        names
    }

    resolve! {
        /// A person.
        person: PersonId = people, NoSuchPerson, "person";
        /// A group.
        group: GroupId = groups, NoSuchGroup, "group";
        /// A queue.
        queue: QueueId = queues, NoSuchQueue, "queue";
        /// A phone.
        phone: PhoneId = phones, NoSuchPhone, "phone";
        /// A trunk.
        trunk: TrunkId = trunks, NoSuchTrunk, "trunk";
        /// An agent.
        agent: AgentId = agents, NoSuchAgent, "agent";
        /// A written plan.
        plan: PlanId = plans, NoSuchPlan, "plan";
        /// A menu.
        menu: MenuId = menus, NoSuchMenu, "menu";
        /// A schedule.
        schedule: HoursId = hours, NoSuchHours, "schedule";
        /// A rota.
        rota: RotaId = rotas, NoSuchRota, "rota";
        /// A list.
        list: ListId = lists, NoSuchList, "list";
        /// A campaign.
        campaign: CampaignId = campaigns, NoSuchCampaign, "campaign";
        /// A prompt.
        prompt: PromptId = prompts, NoSuchPrompt, "prompt";
        /// Music.
        music: MusicId = music, NoSuchMusic, "music";
    }

    /// A mailbox, named or a person's own.
    pub(crate) fn mailbox(&self, name: &str, place: Place, found: &mut Findings) -> Option<MailboxId> {
        let own = || self.people.find(name).map(|person| self.mailbox_of(person));
        let id = self.mailboxes.find(name).or_else(own);
        if id.is_none() {
            let names = self.mailboxes.names().chain(self.people.names());
            missing(Code::NoSuchMailbox, ["mailbox", "mailboxes"], name, names, place, found);
        }
        id
    }

    /// A number of ours.
    pub(crate) fn number(&self, number: E164, place: Place, found: &mut Findings) -> Option<NumberId> {
        let id = self.numbers.find(&number.to_string());
        if id.is_none() {
            let (name, names) = (number.to_string(), self.numbers.names());
            missing(Code::NotOurNumber, ["number of ours", "numbers"], &name, names, place, found);
        }
        id
    }

    /// The own mailbox of a person: those of people follow the named ones.
    pub(crate) fn mailbox_of(&self, person: PersonId) -> MailboxId {
        MailboxId::from(self.mailboxes.len() + person.index())
    }

    /// Where a mailbox is declared, or the person whose own it is.
    pub(crate) fn mailbox_place(&self, mailbox: MailboxId) -> Place {
        match mailbox.index().checked_sub(self.mailboxes.len()) {
            None => self.mailboxes.place(mailbox.index()),
            Some(person) => self.people.place(person),
        }
    }

    /// The built-in plan of a number. Plans stand in this order: written ones, then those of numbers, menus,
    /// groups, queues, people, phones, mailboxes and agents.
    pub(crate) fn plan_of_number(&self, number: NumberId) -> PlanId {
        PlanId::from(self.plans.len() + number.index())
    }

    /// The built-in plan of a menu.
    pub(crate) fn plan_of_menu(&self, menu: MenuId) -> PlanId {
        PlanId::from(self.plans.len() + self.numbers.len() + menu.index())
    }

    /// The built-in plan of a group.
    pub(crate) fn plan_of_group(&self, group: GroupId) -> PlanId {
        PlanId::from(self.plan_of_menu(MenuId::from(self.menus.len())).index() + group.index())
    }

    /// The built-in plan of a queue.
    pub(crate) fn plan_of_queue(&self, queue: QueueId) -> PlanId {
        PlanId::from(self.plan_of_group(GroupId::from(self.groups.len())).index() + queue.index())
    }

    /// The built-in plan of a person.
    pub(crate) fn plan_of_person(&self, person: PersonId) -> PlanId {
        PlanId::from(self.plan_of_queue(QueueId::from(self.queues.len())).index() + person.index())
    }

    /// The built-in plan of a phone.
    pub(crate) fn plan_of_phone(&self, phone: PhoneId) -> PlanId {
        PlanId::from(self.plan_of_person(PersonId::from(self.people.len())).index() + phone.index())
    }

    /// The built-in plan of a mailbox.
    pub(crate) fn plan_of_mailbox(&self, mailbox: MailboxId) -> PlanId {
        PlanId::from(self.plan_of_phone(PhoneId::from(self.phones.len())).index() + mailbox.index())
    }

    /// The built-in plan of an agent. Each person has a mailbox besides the named ones.
    pub(crate) fn plan_of_agent(&self, agent: AgentId) -> PlanId {
        let mailboxes = MailboxId::from(self.mailboxes.len() + self.people.len());
        PlanId::from(self.plan_of_mailbox(mailboxes).index() + agent.index())
    }
}

fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// At most this many names are listed where none is near.
const LISTED_MAX: usize = 8;

fn missing<'c>(
    code: Code,
    [what, table]: [&str; 2],
    name: &str,
    names: impl Iterator<Item = &'c str> + Clone,
    place: Place,
    found: &mut Findings,
) {
    // A key that takes one kind takes the bare name, so `menu:main` there means `main`.
    let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
    let mend = if let Some(near) = nearest(bare, names.clone()) {
        format!("write \"{near}\"")
    } else if names.clone().next().is_none() {
        format!("there is no {what} at all yet: write it under [{table}]")
    } else if names.clone().nth(LISTED_MAX).is_none() {
        format!("it could be {}, or write \"{bare}\" under [{table}]", one_of(names))
    } else {
        format!("write one of those under [{table}], or add \"{bare}\" there")
    };
    found.report(code, place, format!("there is no {what} \"{}\"", name), mend);
}
