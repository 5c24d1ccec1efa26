//! Where steps lead: by the name of a thing, by `"hangup"`, or by a step written in its place.

use super::{
    place::Place,
    reader::{Kind, Reader},
    steps::Nesting,
    table::{Table, Value},
    value,
};
use crate::{
    draft::{After, Deed, Jump, Outcomes, To},
    finding::Code,
    model::{MenuId, PlanId, Screening, Who},
};

impl<'a> Reader<'a> {
    /// The bare name of a plan, `plan:x`, `menu:x` or `queue:x`: jumps go to what has a name.
    pub(super) fn goto(&mut self, value: Value<'a>) -> Option<Jump> {
        let text = value.text("the name of a plan", self.found)?;
        let plan = if text.contains(':') {
            let named = self.named(value, &[Kind::Plan, Kind::Menu, Kind::Queue])?;
            self.plan_of(named.kind, named.name, named.place)
        } else {
            self.names.plan(text, value.inside(), self.found)
        };
        plan.map(|plan| Jump { place: value.place, to: To::Plan(plan) })
    }

    /// Where an outcome, a key or a `then` leads: `kind:name`, `"hangup"`, `"directory"`, or a step in a table.
    pub(crate) fn jump(&mut self, value: Value<'a>, nesting: Nesting) -> Jump {
        let place = value.place;
        let to = if let Some(mut table) = value.as_table("this step") {
            let deed = self.nested(&mut table, nesting);
            if let Deed::Ring { who: Who::Agent(agent), outcomes: Outcomes { otherwise: None, .. }, .. } =
                deed
            {
                // What an agent leads to by itself stands in its own plan.
                To::Plan(self.names.plan_of_agent(agent))
            } else {
                To::Deed(Box::new(deed))
            }
        } else if value.as_text() == Some("hangup") {
            To::Deed(Box::new(Deed::Hangup))
        } else if value.as_text() == Some("directory") {
            self.listed_at.get_or_insert(value);
            To::Deed(Box::new(Deed::Directory { nobody: None }))
        } else {
            self.destination(value).unwrap_or_else(|| To::Deed(Box::new(Deed::Broken(After::Nothing))))
        };
        Jump { place, to }
    }

    /// A step written as a destination.
    fn nested(&mut self, table: &mut Table<'a>, nesting: Nesting) -> Deed {
        if nesting > Nesting::MAX {
            let mend = "give it a plan of its own and write \"plan:NAME\"";
            self.found.report(Code::NestedTooDeep, table.place, "destinations are nested too deeply", mend);
            return Deed::Broken(After::Nothing);
        }
        let mut deed = self.deed(table, nesting);
        table.report_unknown(self.found);
        if let Deed::Play { then: then @ None, .. } = &mut deed {
            // Nothing follows a destination, so a message ends the call unless it says otherwise.
            *then = Some(Jump { place: table.place, to: To::Deed(Box::new(Deed::Hangup)) });
        }
        if let Deed::Language { then: None, .. } = deed {
            let mend = "write where the call goes: { language = \"es\", then = \"menu:main\" }";
            self.found.report(Code::LanguageEnds, table.place, "nothing follows here", mend);
        }
        deed
    }

    fn destination(&mut self, value: Value<'a>) -> Option<To> {
        const KINDS: [Kind; 11] = [
            Kind::Person,
            Kind::Group,
            Kind::Queue,
            Kind::Menu,
            Kind::Plan,
            Kind::Voicemail,
            Kind::Number,
            Kind::Play,
            Kind::Phone,
            Kind::Rota,
            Kind::Agent,
        ];
        let named = self.named(value, &KINDS)?;
        let deed = match named.kind {
            Kind::Person
            | Kind::Group
            | Kind::Queue
            | Kind::Phone
            | Kind::Menu
            | Kind::Plan
            | Kind::Agent => {
                return self.plan_of(named.kind, named.name, named.place).map(To::Plan);
            }
            Kind::Voicemail => self.names.mailbox(named.name, named.place, self.found).map(Deed::Voicemail),
            Kind::Rota => self.who(named).map(|who| Deed::Ring {
                who,
                lasts: None,
                screening: Screening::Unsaid,
                outcomes: Outcomes::default(),
            }),
            Kind::Number => value::number_text(named.name, named.place, self.found).map(|to| Deed::Forward {
                to,
                place: named.place,
                lasts: None,
                screening: Screening::Unsaid,
                outcomes: Outcomes::default(),
            }),
            Kind::Play => self.prompt_name(named.name, named.place).map(|prompt| {
                let hangup = Jump { place: value.place, to: To::Deed(Box::new(Deed::Hangup)) };
                Deed::Play { prompt, then: Some(hangup) }
            }),
        };
        deed.map(|deed| To::Deed(Box::new(deed)))
    }

    /// The plan that stands for a thing, for kinds that have one.
    pub(super) fn plan_of(&mut self, kind: Kind, name: &str, place: Place) -> Option<PlanId> {
        let (names, found) = (self.names, &mut *self.found);
        match kind {
            Kind::Person => names.person(name, place, found).map(|id| names.plan_of_person(id)),
            Kind::Group => names.group(name, place, found).map(|id| names.plan_of_group(id)),
            Kind::Queue => names.queue(name, place, found).map(|id| names.plan_of_queue(id)),
            Kind::Phone => names.phone(name, place, found).map(|id| names.plan_of_phone(id)),
            Kind::Menu => names.menu(name, place, found).map(|id: MenuId| names.plan_of_menu(id)),
            Kind::Plan => names.plan(name, place, found),
            Kind::Agent => names.agent(name, place, found).map(|id| names.plan_of_agent(id)),
            Kind::Voicemail | Kind::Number | Kind::Play | Kind::Rota => None,
        }
    }
}
