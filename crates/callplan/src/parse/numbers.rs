//! `[numbers]`: a plan, or shorthand that compiles to one.

use super::{
    later,
    place::Place,
    reader::Reader,
    site::RING,
    table::{Entry, Table, Value},
    value, words,
};
use crate::{
    draft::{Shorthand, Use},
    finding::Code,
    model::{Country, E164, Layer, Number, NumberId, NumberKind, Shown},
    number::{Numbering, kind_of},
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
            kind: e164.and_then(kind_of),
            label: entry.key.into(),
            trunk: None,
            is_porting: false,
            plan,
            person: None,
            forward: None,
            line: None,
            shown: Shown::default(),
            music: None,
            ringback: None,
            language: None,
            country: e164.and_then(Numbering::of_number).and_then(|row| Country::parse(row.iso)),
        };
        let what = format!("number {}", entry.key);
        let wanted = "a table: { label = \"Main\", plan = \"main\" }";
        let Some(mut table) = entry.value.table(&what, wanted, self.found) else {
            return (number, Use::Broken);
        };
        if let Some(label) = table.take("label").and_then(|value| value::words(value, self.found)) {
            number.label = label.into();
        }
        if let Some(value) = table.take("type") {
            number.kind = self.kind(value, &number);
        }
        let trunk = table.take("trunk");
        number.trunk = trunk.and_then(|value| {
            let name = value.text("the name of a trunk", self.found)?;
            self.names.trunk(name, value.inside(), self.found)
        });
        let state = table.take("state");
        number.is_porting = state.is_some_and(|state| self.is_porting(entry.key, trunk, state));
        number.shown = self.shown(&mut table);
        number.music = table.take("music").and_then(|value| self.music_name(value));
        number.ringback = table.take("ringback").and_then(|value| self.ringback(value));
        number.language = table.take("language").and_then(|value| self.speaks(value));
        let use_ = self.use_of(id, &mut table, &mut number);
        self.later(&mut table, later::NUMBER);
        table.finish(self.found);
        match &use_ {
            Use::Plan(plan) => number.plan = *plan,
            Use::Shorthand(short) => {
                number.person = short.person.map(|(person, _)| person);
                number.forward = short.forward.map(|(forward, _)| forward);
            }
            Use::Inbound(_) | Use::Broken => {}
        }
        (number, use_)
    }

    /// Reads `type`, which is for what the digits do not tell.
    fn kind(&mut self, value: Value<'a>, number: &Number) -> Option<NumberKind> {
        let place = value.inside();
        let said =
            value.text("a type: \"toll-free\"", self.found).and_then(|word| self.number_type(word, place));
        let Some(said) = said else { return number.kind };
        if number.kind.is_some_and(|kind| said != Some(kind)) {
            let (is, word) = (NumberKind::word_of(number.kind), NumberKind::word_of(said));
            let message = format!("the digits of {} say that it is {is}, and this says {word}", number.e164);
            self.found.report(
                Code::NotItsType,
                value.place,
                message,
                "leave `type` out, or look at the number again",
            );
        }
        said
    }

    /// Reads `state`: whether a number is on its way to its trunk, which is told as long as it is.
    fn is_porting(&mut self, number: &str, trunk: Option<Value<'a>>, state: Value<'a>) -> bool {
        let is_porting = value::word(state, &words::STATES, self.found) == Some(true);
        match trunk.map(|trunk| trunk.as_text().unwrap_or_default()) {
            _ if !is_porting => {}
            Some(trunk) => {
                let message = format!(
                    "{number} is on its way to trunk `{trunk}`: until then its calls are taken over any"
                );
                let mend = "once it has come there, write state = \"live\"";
                self.found.report(Code::StillPorting, state.place, message, mend);
            }
            None => {
                let message = "this says not where the number goes; without `trunk` it is taken over any";
                let mend = "name the carrier that it goes to: trunk = \"carrier-b\"; or leave `state` out";
                self.found.report(Code::MissingKey, state.place, message, mend);
            }
        }
        is_porting
    }

    fn use_of(&mut self, id: NumberId, table: &mut Table<'a>, number: &mut Number) -> Use {
        let before = self.found.count();
        let plan = table.entry("plan");
        let keys = ["menu", "group", "queue", "agent", "person", "forward", "mailbox", "ring"]
            .map(|key| table.entry(key));
        let inbound = table.entry("inbound");
        let other = plan.or_else(|| keys.iter().flatten().next().copied());
        if let Some((rules, line)) = self.line(id, inbound, other) {
            number.line = Some(line);
            return Use::Inbound(rules);
        }
        let Some(plan) = plan else {
            let shorthand = self.shorthand(keys);
            // A part that can't be read would only look like one that is missing.
            return if self.found.count() > before { Use::Broken } else { Use::Shorthand(shorthand) };
        };
        let [_, _, _, _, person, forward, ..] = keys;
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

    fn shorthand(&mut self, keys: [Option<Entry<'a>>; 8]) -> Shorthand {
        let [menu, group, queue, agent, person, forward, mailbox, ring] = keys;
        let (names, found) = (self.names, &mut *self.found);
        let mut named = |entry: Option<Entry<'a>>, what: &str| {
            entry.and_then(|entry| Some((entry.value.text(what, found)?, entry.value.inside(), entry.place)))
        };
        let menu = named(menu, "the name of a menu");
        let group = named(group, "the name of a group");
        let queue = named(queue, "the name of a queue");
        let agent = named(agent, "the name of an agent");
        let person = named(person, "the short name of a person");
        let mailbox = named(mailbox, "the name of a mailbox or person");
        let with = |place: Place| move |id| (id, place);
        Shorthand {
            menu: menu.and_then(|(name, at, key)| names.menu(name, at, self.found).map(|id| (id, key))),
            group: group.and_then(|(name, at, key)| names.group(name, at, self.found).map(|id| (id, key))),
            queue: queue.and_then(|(name, at, key)| names.queue(name, at, self.found).map(|id| (id, key))),
            agent: agent.and_then(|(name, at, key)| names.agent(name, at, self.found).map(|id| (id, key))),
            person: person.and_then(|(name, at, key)| names.person(name, at, self.found).map(|id| (id, key))),
            forward: forward.and_then(|entry| value::number(entry.value, self.found).map(with(entry.place))),
            mailbox: mailbox
                .and_then(|(name, at, key)| names.mailbox(name, at, self.found).map(|id| (id, key))),
            ring: ring.and_then(|entry| value::duration(entry.value, RING, self.found)),
        }
    }
}
