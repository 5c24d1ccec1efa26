//! The plan of a number that names none: one order for all of them, filled in by what each number has.

use std::fmt;

use crate::{
    model::{CompanyPhone, PlanId, PlanKind, Site, Who},
    parse::show,
};

/// The order in which a number's shorthand counts, on this site, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Precedence<'s> {
    site: &'s Site,
}

/// What a number comes to that names no plan.
pub const fn default(site: &Site) -> Precedence<'_> {
    Precedence { site }
}

impl Precedence<'_> {
    /// The layers in their order: what a number writes, and what it comes to.
    pub fn layers(&self) -> [(&'static str, String); 8] {
        let site = self.site;
        let ring = show(site.ring);
        let company = match site.company_phone {
            Some(CompanyPhone::Inside(who)) => format!("ring {}, {ring}", named(site, who)),
            Some(CompanyPhone::Outside(to)) => format!("forward {to}, {ring}"),
            None => "nobody: [site] has no `company_phone`".to_owned(),
        };
        let mailbox = match site.last_mailbox {
            Some(mailbox) => format!("its own, else its person's, else voicemail {}", site[mailbox].name),
            None => "its own, else its person's: [site] has no `mailbox`".to_owned(),
        };
        [
            ("menu", "the menu, and nothing below it".to_owned()),
            (
                "group",
                "ring the group, as it says; `queue`, `agent` and `person` then never count".to_owned(),
            ),
            ("queue", "wait in the queue, and nothing below it".to_owned()),
            ("agent", "call the agent, as long as it may take; `person` then never counts".to_owned()),
            ("person", format!("ring the person, {ring} or the number's own `ring`")),
            ("forward", "forward to that number, as long".to_owned()),
            ("company phone", company),
            ("mailbox", mailbox),
        ]
    }

    /// Numbers that run in this order.
    pub fn numbers(&self) -> impl Iterator<Item = String> {
        let is_short = |plan: PlanId| matches!(self.site[plan].kind, PlanKind::Number(_));
        let numbers = self.site.numbers.iter().filter(move |number| is_short(number.plan));
        numbers.map(|number| number.e164.to_string())
    }
}

impl fmt::Display for Precedence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "built in: what a number comes to that names no plan, each if it has it, in this order")?;
        for (step, (what, comes_to)) in self.layers().iter().enumerate() {
            writeln!(f, "default#{}  {what:13}  {comes_to}", step + 1)?;
        }
        writeln!(
            f,
            "A group's or an agent's own `else` ends it, unless the number has `forward` or `mailbox`."
        )?;
        let numbers: Vec<_> = self.numbers().collect();
        if numbers.is_empty() { Ok(()) } else { writeln!(f, "In this order: {}", numbers.join(", ")) }
    }
}

fn named(site: &Site, who: Who) -> String {
    match who {
        Who::Person(person) => format!("person:{}", site[person].name),
        Who::Group(group) => format!("group:{}", site[group].name),
        Who::Phone(phone) => format!("phone:{}", site[phone].name),
        Who::Rota(rota) => format!("rota:{}", site[rota].name),
        Who::OnCall(rota) => format!("rota:{} outside", site[rota].name),
        Who::First(_) => "layers".to_owned(),
        Who::Agent(agent) => format!("agent:{}", site[agent].name),
    }
}
