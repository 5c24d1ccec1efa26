//! `[numbers]`: a plan, or shorthand that compiles to one.

use super::{
    later,
    place::Place,
    reader::Reader,
    site::RING,
    table::{Entry, Table},
    value,
};
use crate::{
    draft::{Shorthand, Use},
    finding::Code,
    model::{E164, Layer, Number, NumberId, Shown},
};

impl<'a> Reader<'a> {
    /// Reads `[numbers]`: each number, and what it does.
    pub(crate) fn numbers(&mut self) -> Vec<(Number, Use)> {
        let names = self.names;
        let numbers = names.numbers.entries.iter().enumerate();
        numbers.map(|(index, entry)| self.number(NumberId::from(index), *entry)).collect()
    }

    fn number(&mut self, id: NumberId, entry: Entry<'a>) -> (Number, Use) {
        let e164 = value::number_text(entry.key, entry.place, self.found);
        let plan = self.names.plan_of_number(id);
        let mut number = Number {
            e164: e164.unwrap_or(E164::NOBODY),
            label: entry.key.into(),
            trunk: None,
            plan,
            person: None,
            forward: None,
            shown: Shown::default(),
            music: None,
        };
        let what = format!("number {}", entry.key);
        let wanted = "a table: { label = \"Main\", plan = \"main\" }";
        let Some(mut table) = entry.value.table(&what, wanted, self.found) else {
            return (number, Use::Broken);
        };
        if let Some(label) = table.take("label").and_then(|value| value::words(value, self.found)) {
            number.label = label.into();
        }
        number.trunk = table.take("trunk").and_then(|value| {
            let name = value.text("the name of a trunk", self.found)?;
            self.names.trunk(name, value.inside(), self.found)
        });
        number.shown = self.shown(&mut table);
        number.music = table.take("music").and_then(|value| self.music_name(value));
        let use_ = self.use_of(&mut table, &mut number);
        self.later(&mut table, later::NUMBER);
        table.finish(self.found);
        match &use_ {
            Use::Plan(plan) => number.plan = *plan,
            Use::Shorthand(short) => {
                number.person = short.person.map(|(person, _)| person);
                number.forward = short.forward.map(|(forward, _)| forward);
            }
            Use::Broken => {}
        }
        (number, use_)
    }

    fn use_of(&mut self, table: &mut Table<'a>, number: &mut Number) -> Use {
        let before = self.found.count();
        let plan = table.entry("plan");
        let keys =
            ["menu", "group", "queue", "person", "forward", "mailbox", "ring"].map(|key| table.entry(key));
        let Some(plan) = plan else {
            let shorthand = self.shorthand(keys);
            // A part that can't be read would only look like one that is missing.
            return if self.found.count() > before { Use::Broken } else { Use::Shorthand(shorthand) };
        };
        let [_, _, _, person, forward, ..] = keys;
        let is_asked = |layer: Layer| self.layered.contains(&layer);
        let (has_person, has_forward) = (is_asked(Layer::NumberPerson), is_asked(Layer::NumberForward));
        // What the layers of a plan ask a number for is no shorthand beside it.
        if let Some(person) = person.filter(|_| has_person) {
            let name = person.value.text("the short name of a person", self.found);
            number.person = name.and_then(|name| self.names.person(name, person.value.inside(), self.found));
        }
        if let Some(forward) = forward.filter(|_| has_forward) {
            number.forward = value::number(forward.value, self.found);
        }
        let is_layer = |key: &str| (key == "person" && has_person) || (key == "forward" && has_forward);
        if let Some(other) = keys.iter().flatten().find(|entry| !is_layer(entry.key)) {
            let message = format!("a number has a plan or `{}`, not both", other.key);
            let mend = format!("leave `{}` out, or make it a step of the plan", other.key);
            self.found.again(Code::PlanAndShorthand, other.place, plan.place, message, &mend);
        }
        let name = plan.value.text("the name of a plan", self.found);
        let plan = name.and_then(|name| self.names.plan(name, plan.value.inside(), self.found));
        plan.map_or(Use::Broken, Use::Plan)
    }

    fn shorthand(&mut self, keys: [Option<Entry<'a>>; 7]) -> Shorthand {
        let [menu, group, queue, person, forward, mailbox, ring] = keys;
        let (names, found) = (self.names, &mut *self.found);
        let mut named = |entry: Option<Entry<'a>>, what: &str| {
            entry.and_then(|entry| Some((entry.value.text(what, found)?, entry.value.inside(), entry.place)))
        };
        let menu = named(menu, "the name of a menu");
        let group = named(group, "the name of a group");
        let queue = named(queue, "the name of a queue");
        let person = named(person, "the short name of a person");
        let mailbox = named(mailbox, "the name of a mailbox or person");
        let with = |place: Place| move |id| (id, place);
        Shorthand {
            menu: menu.and_then(|(name, at, key)| names.menu(name, at, self.found).map(|id| (id, key))),
            group: group.and_then(|(name, at, key)| names.group(name, at, self.found).map(|id| (id, key))),
            queue: queue.and_then(|(name, at, key)| names.queue(name, at, self.found).map(|id| (id, key))),
            person: person.and_then(|(name, at, key)| names.person(name, at, self.found).map(|id| (id, key))),
            forward: forward.and_then(|entry| value::number(entry.value, self.found).map(with(entry.place))),
            mailbox: mailbox
                .and_then(|(name, at, key)| names.mailbox(name, at, self.found).map(|id| (id, key))),
            ring: ring.and_then(|entry| value::duration(entry.value, RING, self.found)),
        }
    }
}
