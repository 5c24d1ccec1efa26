//! Where calls come by, in the words of `passes` and `no_call_reaches`.

use crate::{
    Act, AgentId, ClassId, E164, GroupId, MailboxId, MenuId, NodeId, PersonId, PhoneId, PlanId, QueueId,
    Site, Who,
    explain::{Explanation, Visit, number},
    step::Target,
};

/// Something a call may come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A plan, written or built in.
    Plan(PlanId),
    /// A step that is taken.
    Step(NodeId),
    /// A menu.
    Menu(MenuId),
    /// A step that rings a group.
    Group(GroupId),
    /// A queue.
    Queue(QueueId),
    /// A person, whose phone rings.
    Person(PersonId),
    /// A phone that rings.
    Phone(PhoneId),
    /// A number outside that rings.
    Number(E164),
    /// A number of this class outside that rings.
    Class(ClassId),
    /// A mailbox.
    Voicemail(MailboxId),
    /// An agent.
    Agent(AgentId),
}

impl Point {
    /// Whether a visited node is this point.
    pub(crate) fn is_at(self, site: &Site, visit: Visit) -> bool {
        let node = &site[visit.node];
        if let Self::Plan(plan) = self {
            return node.plan == plan;
        }
        if !visit.taken {
            return false;
        }
        match (self, &node.act) {
            (Self::Step(step), _) => step == visit.node,
            (Self::Menu(menu), Act::Menu(own)) => menu == *own,
            (Self::Queue(queue), Act::Queue(own)) => queue == *own,
            (Self::Group(group), Act::Ring(ring)) => ring.who == Who::Group(group),
            (Self::Agent(agent), Act::Ring(ring)) => ring.who == Who::Agent(agent),
            (Self::Person(person), Act::Ring(ring)) => match ring.who {
                Who::Person(own) => own == person,
                Who::Phone(phone) => site[phone].person == Some(person),
                Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => false,
            },
            (Self::Phone(phone), Act::Ring(ring)) => ring.who == Who::Phone(phone),
            (Self::Number(number), Act::Forward(forward)) => forward.to == number,
            (Self::Voicemail(mailbox), Act::Voicemail(own)) => mailbox == *own,
            _ => false,
        }
    }

    /// Whether a call comes by here at all: its nodes, and everybody it rings.
    pub(crate) fn is_reached(self, site: &Site, course: &Explanation) -> bool {
        course.visited.iter().any(|visit| self.is_at(site, *visit))
            || course.rung.iter().any(|rung| self.is_rung(site, rung.who))
    }

    /// Whether it is somebody, and rings.
    pub(crate) fn is_rung(self, site: &Site, who: Target) -> bool {
        match (self, who) {
            (Self::Person(person), Target::Phone(phone)) => site[phone].person == Some(person),
            (Self::Phone(own), Target::Phone(phone)) => own == phone,
            (Self::Number(number), Target::Number { to, .. }) => number == to,
            (Self::Agent(own), Target::Agent(agent)) => own == agent,
            (Self::Class(class), Target::Number { rule, .. }) => site[rule].class == class,
            _ => false,
        }
    }

    /// Reads what [`words`](Self::words) writes: `person:ana`, `group:sales`, `voicemail:sales`, `number:+12025550160`,
    /// `sales#2`; `None` if there is no such thing.
    pub fn read(site: &Site, text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':').filter(|_| !text.contains('#')) else {
            let nodes = (0..site.nodes.len()).map(NodeId::from);
            return nodes.into_iter().find(|node| site.node_name(*node) == text).map(Self::Step);
        };
        match kind {
            "plan" => site.plan(name).map(Self::Plan),
            "menu" => site.menus.iter().position(|menu| *menu.name == *name).map(|at| Self::Menu(at.into())),
            "group" => site.group(name).map(Self::Group),
            "queue" => site.queue(name).map(Self::Queue),
            "person" => site.person(name).map(Self::Person),
            "phone" => site.phone(name).map(Self::Phone),
            "number" => number(site, name).map(Self::Number),
            "class" => site.class(name).map(Self::Class),
            "voicemail" => site.mailbox(name).map(Self::Voicemail),
            "agent" => site.agent(name).map(Self::Agent),
            _ => None,
        }
    }

    /// As the config writes it.
    pub fn words(self, site: &Site) -> String {
        match self {
            Self::Plan(plan) => {
                let name = &site[plan].name;
                if name.contains(':') { name.to_string() } else { format!("plan:{name}") }
            }
            Self::Step(node) => site.node_name(node),
            Self::Menu(menu) => format!("menu:{}", site[menu].name),
            Self::Group(group) => format!("group:{}", site[group].name),
            Self::Queue(queue) => format!("queue:{}", site[queue].name),
            Self::Person(person) => format!("person:{}", site[person].name),
            Self::Phone(phone) => format!("phone:{}", site[phone].name),
            Self::Number(number) => format!("number:{number}"),
            Self::Class(class) => format!("class:{}", site[class].name),
            Self::Voicemail(mailbox) => format!("voicemail:{}", site[mailbox].name),
            Self::Agent(agent) => format!("agent:{}", site[agent].name),
        }
    }
}
