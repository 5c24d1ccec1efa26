//! The shorthand of a number, in the brief's precedence.
//!
//! The first of `menu`, `group`, `queue`, `agent` and `person` is the primary step. Then come `forward`, the company phone
//! and a mailbox: the number's own, else its person's, else the site's. Whatever is set and can never be
//! reached is reported.

use crate::{
    draft::{Deed, Inbound, Jump, Outcomes, Ringing, Shorthand},
    finding::Code,
    model::{Agent, Group, Layers, Person, Screening, Who},
    parse::{Basics, Findings, Place, Target},
};

/// What shorthand is expanded against.
pub(crate) struct Around<'d, 'a> {
    pub(crate) site: &'d Basics<'a>,
    pub(crate) people: &'d [Person],
    pub(crate) groups: &'d [(Group, Ringing)],
    pub(crate) agents: &'d [(Agent, Option<Jump>)],
}

/// The steps of a number whose shorthand is written at `number`. A number without an end is a finding.
pub(crate) fn expand(
    short: &Shorthand,
    number: Place,
    around: &Around<'_, '_>,
    found: &mut Findings,
) -> Vec<Deed> {
    if let Some((menu, _)) = short.menu {
        let group = short.group.map(|(_, place)| ("group", place));
        let queue = short.queue.map(|(_, place)| ("queue", place));
        for (key, place) in [group, queue].into_iter().chain(short.below_a_queue()).flatten() {
            shadowed(key, "menu", place, found);
        }
        return vec![Deed::Menu(menu)];
    }
    if let (Some((queue, _)), None) = (short.queue, short.group) {
        for (key, place) in short.below_a_queue().into_iter().flatten() {
            shadowed(key, "queue", place, found);
        }
        return vec![Deed::Queue(queue)];
    }
    let mut deeds = Vec::new();
    let primary = primary(short, found);
    if let Some(who) = primary {
        deeds.push(around.ring(who, short, found));
        if around.is_end(who, short) {
            return deeds;
        }
    }
    if let Some((to, place)) = short.forward {
        deeds.push(Deed::Forward {
            to,
            place,
            lasts: short.ring,
            screening: Screening::Unsaid,
            outcomes: Outcomes::default(),
        });
    }
    match around.site.company_phone {
        Some(Target::Inside(who)) if Some(who) == primary => {}
        Some(Target::Inside(who)) => {
            deeds.push(around.ring(who, short, found));
            if around.is_end(who, short) {
                return deeds;
            }
        }
        Some(Target::Outside(to, place)) => {
            deeds.push(Deed::Forward {
                to,
                place,
                lasts: short.ring,
                screening: Screening::Unsaid,
                outcomes: Outcomes::default(),
            });
        }
        None => {}
    }
    let own = || short.person.map(|(person, _)| around.people[person.index()].mailbox);
    match short.mailbox.map(|(mailbox, _)| mailbox).or_else(own).or(around.site.mailbox) {
        Some(mailbox) => deeds.push(Deed::Voicemail(mailbox)),
        None => {
            let mend = "write a mailbox here, or the site's under [site]: mailbox = \"reception\"";
            found.report(
                Code::LeadsNowhere,
                number,
                "calls to this number that nobody answers lead nowhere",
                mend,
            );
        }
    }
    deeds
}

/// The steps of a line for texts: whom the caller is taken back to, then the number, then a refusal.
pub(crate) fn line(rules: &Inbound) -> Vec<Deed> {
    let Inbound { sticky, lasts, screening, forward, refusal } = *rules;
    let back = sticky.map(|(layer, within)| Deed::Ring {
        who: Who::First(Layers::new(&[layer], within)),
        lasts,
        screening,
        outcomes: Outcomes::default(),
    });
    // A number that is set has the call when it answers, and its own voicemail may.
    let forward = forward.map(|(to, place)| Deed::Forward {
        to,
        place,
        lasts,
        screening: Screening::Unsaid,
        outcomes: Outcomes::default(),
    });
    back.into_iter().chain(forward).chain([Deed::Reject(refusal)]).collect()
}

/// The first of group, agent and person; the others are never rung.
fn primary(short: &Shorthand, found: &mut Findings) -> Option<Who> {
    let queue = short.queue.map(|(_, place)| ("queue", place));
    let agent = short.agent.map(|(_, place)| ("agent", place));
    let person = short.person.map(|(_, place)| ("person", place));
    if let Some((group, _)) = short.group {
        for (key, place) in [queue, agent, person].into_iter().flatten() {
            shadowed(key, "group", place, found);
        }
        return Some(Who::Group(group));
    }
    if let Some((agent, _)) = short.agent {
        if let Some((key, place)) = person {
            shadowed(key, "agent", place, found);
        }
        return Some(Who::Agent(agent));
    }
    short.person.map(|(person, _)| Who::Person(person))
}

fn shadowed(key: &str, by: &str, place: Place, found: &mut Findings) {
    let what = if key == "mailbox" { "reached" } else { "rung" };
    let message = format!("`{key}` is never {what}, because this number has a `{by}`");
    let mend = format!("leave it out, or write a plan that has both the {by} and this");
    found.report(Code::ShadowedShorthand, place, message, mend);
}

impl Around<'_, '_> {
    /// A step that rings `who`. What the number itself sets wins over a group's own `else`.
    fn ring(&self, who: Who, short: &Shorthand, found: &mut Findings) -> Deed {
        let overrides = self.has_overflow(who) && short.says_what_follows();
        if let (true, Some((group, place))) =
            (overrides, short.group.filter(|(group, _)| who == Who::Group(*group)))
        {
            let group = &self.groups[group.index()].0.name;
            let message = format!(
                "the `else` of group `{group}` never applies to this number, which says what follows"
            );
            let mend = "leave out the group's `else`, or the number's `forward` and `mailbox`";
            found.report(Code::ShadowedOverflow, place, message, mend);
        }
        if let (true, Who::Agent(agent), Some((_, place))) = (overrides, who, short.agent) {
            let agent = &self.agents[agent.index()].0.name;
            let message = format!(
                "the `else` of agent `{agent}` never applies to this number, which says what follows"
            );
            let mend = "leave out the agent's `else`, or the number's `forward` and `mailbox`";
            found.report(Code::ShadowedOverflow, place, message, mend);
        }
        Deed::Ring {
            who,
            lasts: short.ring,
            screening: Screening::Unsaid,
            outcomes: Outcomes { overrides, ..Outcomes::default() },
        }
    }

    /// Whether ringing `who` leads elsewhere when nobody answers, so that nothing can follow.
    fn is_end(&self, who: Who, short: &Shorthand) -> bool {
        self.has_overflow(who) && !short.says_what_follows()
    }

    fn has_overflow(&self, who: Who) -> bool {
        match who {
            Who::Group(group) => self.groups[group.index()].1.outcomes.otherwise.is_some(),
            Who::Agent(agent) => self.agents[agent.index()].1.is_some(),
            Who::Person(_) | Who::Phone(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) => false,
        }
    }
}

impl Shorthand {
    /// What never counts below a menu or a queue, if it is written.
    fn below_a_queue(&self) -> [Option<(&'static str, Place)>; 4] {
        [
            self.agent.map(|(_, place)| ("agent", place)),
            self.person.map(|(_, place)| ("person", place)),
            self.forward.map(|(_, place)| ("forward", place)),
            self.mailbox.map(|(_, place)| ("mailbox", place)),
        ]
    }

    /// Whether the number itself says what follows its primary step.
    const fn says_what_follows(&self) -> bool {
        self.forward.is_some() || self.mailbox.is_some()
    }
}
