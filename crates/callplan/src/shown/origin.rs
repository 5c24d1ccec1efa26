//! Where a plan comes from, which for most of them is not where one would look first.

use std::fmt;

use crate::model::{PlanId, PlanKind, Site};

/// Where a plan comes from, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'s> {
    site: &'s Site,
    plan: PlanId,
}

impl Site {
    /// Where `plan` comes from, in words.
    pub const fn origin(&self, plan: PlanId) -> Origin<'_> {
        Origin { site: self, plan }
    }
}

impl PlanKind {
    /// The kind in a word, for a script.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Number(_) => "number",
            Self::Menu(_) => "menu",
            Self::Group(_) => "group",
            Self::Queue(_) => "queue",
            Self::Person(_) => "person",
            Self::Phone(_) => "phone",
            Self::Mailbox(_) => "mailbox",
            Self::Agent(_) => "agent",
        }
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = self.site;
        match site[self.plan].kind {
            PlanKind::Written => write!(f, "written, [plans.{}]", site[self.plan].name),
            PlanKind::Number(number) => {
                let number = &site[number];
                if let Some(line) = &number.line {
                    write!(f, "built in, a line for texts: {}", line.words(site))
                } else if number.plan == self.plan {
                    write!(
                        f,
                        "from the shorthand of [numbers.\"{}\"], in the order of `default`",
                        number.e164
                    )
                } else {
                    let plan = &site[number.plan].name;
                    write!(f, "[numbers.\"{}\"] names a plan, and runs {plan}", number.e164)
                }
            }
            PlanKind::Menu(menu) => write!(f, "built in: the menu and its keys, [menus.{}]", site[menu].name),
            PlanKind::Group(group) => {
                let name = &site[group].name;
                write!(f, "built in: [groups.{name}], its `busy` and `else`, then the site's mailbox")
            }
            PlanKind::Queue(queue) => {
                write!(f, "built in: the line and where those go who leave it, [queues.{}]", site[queue].name)
            }
            PlanKind::Person(person) => {
                let name = &site[person].name;
                write!(f, "built in: person {name}, then their own mailbox")
            }
            PlanKind::Phone(phone) => {
                let phone = &site[phone];
                let then = if phone.owner.is_some() { "its person's mailbox" } else { "a refusal" };
                write!(f, "built in: phone {} alone, then {then}", phone.name)
            }
            PlanKind::Mailbox(mailbox) => {
                write!(f, "built in: a message for mailbox {} at once", site[mailbox].name)
            }
            PlanKind::Agent(agent) => {
                write!(f, "built in: [agents.{}], its `else`, or the site's mailbox", site[agent].name)
            }
        }
    }
}
