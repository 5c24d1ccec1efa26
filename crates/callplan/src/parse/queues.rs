//! `[queues.x]`: who serves callers that wait, in which order, and where those go who don't wait any longer.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    later,
    nearest::one_of,
    people::Extensions,
    place::Place,
    reader::{Kind, Reader},
    site::RING,
    steps::Nesting,
    table::{Entry, Table, Value},
    value,
    words::ORDERS,
};
use crate::{
    draft::{Overflow, Ringing},
    finding::Code,
    model::{Group, Keys, LineExits, Owner, Person, PersonId, Queue, QueueId, Ringback, Shown},
    order::Order,
    queue::{CallBack, Rules, Widen},
};

/// How long an agent may be left alone.
const ALONE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3600);
/// How long a caller may wait: at most, or until something becomes of it.
const WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(4 * 3600);
/// How often a caller may be told where they stand: anything more often is all that they hear.
const TOLD: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(3600);
/// Callers that may wait in a line.
const CALLERS: RangeInclusive<i64> = 1..=1_000;
/// How long an agent is left alone who did not take a call, if nothing else is written.
const REST: Duration = Duration::from_secs(30);
/// How long after a call back that nobody answered the next may be.
const AGAIN: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 3600);

impl<'a> Reader<'a> {
    /// Reads `[queues]`: the queues, and where those go who leave their lines; notes of whom it has to be counted
    /// what they do.
    pub(crate) fn queues(
        &mut self,
        groups: &[(Group, Ringing)],
        people: &mut [Person],
        ring: Duration,
        extensions: &mut Extensions,
    ) -> Vec<(Queue, Overflow)> {
        let names = self.names;
        let queues = names.queues.entries.iter().enumerate();
        let queues: Vec<_> = queues
            .map(|(index, entry)| self.queue(QueueId::from(index), *entry, (groups, ring), extensions))
            .collect();
        let tallied =
            queues.iter().map(|(queue, _)| &queue.rules).filter(|rules| rules.order.reads_tallies());
        for person in tallied.flat_map(|rules| rules.people()) {
            people[person.index()].is_tallied = true;
        }
        queues
    }

    fn queue(
        &mut self,
        id: QueueId,
        entry: Entry<'a>,
        (groups, ring): (&[(Group, Ringing)], Duration),
        extensions: &mut Extensions,
    ) -> (Queue, Overflow) {
        let mut rules = Rules {
            members: Vec::new(),
            weights: Vec::new(),
            order: Order::LongestIdle,
            each: ring,
            rest: REST,
            wrap: Duration::ZERO,
            widen: Vec::new(),
            callers_max: None,
            wait_max: None,
            announce_every: None,
            closes: false,
            call_back: None,
        };
        let mut queue = Queue {
            name: entry.key.into(),
            ext: None,
            rules: Arc::new(rules.clone()),
            tells_wait: false,
            music: None,
            ringback: None,
            hours: None,
            exits: LineExits::default(),
            plan: self.names.plan_of_queue(id),
            shown: Shown::default(),
            answered_elsewhere: true,
        };
        let mut overflow = Overflow::default();
        let what = format!("queue `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [queues.support]", self.found) else {
            return (queue, overflow);
        };
        if let Some(value) = table.take("ext") {
            queue.ext = value::extension(value, self.found);
            extensions.give(queue.ext.as_ref(), Owner::Queue(id), value.place, self.found);
        }
        self.staff(&mut table, &mut rules);
        self.patience(&mut table, &mut rules, &mut overflow);
        self.opening(&mut table, &mut queue, &mut overflow);
        overflow.unstaffed = table.take("when_unstaffed").map(|value| self.jump(value, Nesting::OUTERMOST));
        rules.closes = queue.hours.is_some();
        if let Some(value) = table.take("widen") {
            rules.widen = self.widen(value, &rules, groups);
        }
        let music = table.entry("music");
        queue.ringback = self.line_ringback(&mut table, music);
        match music.map(|entry| (entry, self.named_music(entry.value))) {
            // The same as `ringback = "answer+music:calm"`, which counts where both are written.
            Some((_, Some(music))) => {
                queue.ringback = queue.ringback.or(Some(Ringback::Answered(music)));
            }
            Some((entry, None)) => queue.music = self.prompt(entry.value),
            None => {}
        }
        if let Some(value) = table.take("announce") {
            self.announce(value, &mut queue, &mut rules);
        }
        rules.call_back = table.take("callback").and_then(|value| self.call_back(value));
        queue.shown = self.shown(&mut table);
        let elsewhere = table.take("answered_elsewhere").and_then(|value| value.flag(self.found));
        queue.answered_elsewhere = elsewhere.unwrap_or(true);
        self.later(&mut table, later::RECORDING);
        table.finish(self.found);
        queue.rules = Arc::new(rules);
        (queue, overflow)
    }

    /// Who serves it, who of them is rung, and when they are left alone.
    fn staff(&mut self, table: &mut Table<'a>, rules: &mut Rules) {
        let members = table.need("members", "write who serves it: members = [\"rosa\", \"tom\"]", self.found);
        let ring = table.take("ring");
        let order = ring.and_then(|value| value::word(value, &ORDERS, self.found));
        rules.order = order.unwrap_or(rules.order);
        let members = members.map(|value| self.members(value)).unwrap_or_default();
        // What could not be read may have been meant to be drawn by weight.
        if ring.is_none() || order.is_some() {
            self.weighed(&members, ring.filter(|_| order == Some(Order::Weighted)));
        }
        (rules.members, rules.weights) = members
            .iter()
            .map(|member| (member.person, member.weight.map_or(1, |(weight, _)| weight)))
            .unzip();
        let mut duration = |key, range| {
            let value = table.take(key);
            value.and_then(|value| value::duration(value, range, self.found))
        };
        rules.each = duration("each", RING).unwrap_or(rules.each);
        rules.wrap = duration("wrap", ALONE).unwrap_or(rules.wrap);
        rules.rest = duration("rest", ALONE).unwrap_or(rules.rest);
    }

    /// How many wait, for how long, and where the others go.
    fn patience(&mut self, table: &mut Table<'a>, rules: &mut Rules, overflow: &mut Overflow) {
        let place = table.place;
        let (most, full) = (table.entry("max_callers"), table.entry("when_full"));
        match (most, full) {
            (Some(most), None) => {
                let message = format!("{} does not say what happens when it is full", table.what);
                let mend = "write where one more caller goes: when_full = \"voicemail:support\"";
                self.found.report(Code::FullUnsaid, most.place, message, mend);
            }
            (None, Some(full)) => self.idle(full, "unless so many callers wait at most", "max_callers = 12"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        rules.callers_max = most.and_then(|entry| value::integer(entry.value, CALLERS, self.found));
        overflow.full = full.map(|entry| self.jump(entry.value, Nesting::OUTERMOST));
        let (longest, waited) = (table.entry("max_wait"), table.entry("when_waited"));
        match (longest, waited) {
            (Some(longest), None) => {
                let message = format!("{} does not say where callers go who waited so long", table.what);
                let mend = "write it: when_waited = \"voicemail:support\"";
                self.found.report(Code::WaitUnsaid, longest.place, message, mend);
            }
            (None, Some(waited)) => {
                self.idle(waited, "unless callers wait so long at most", "max_wait = \"8m\"")
            }
            (None, None) => {
                let message = format!("callers of {} may wait without an end", table.what);
                let mend = "write max_wait = \"8m\" and when_waited = \"voicemail:support\"";
                self.found.report(Code::EndlessWait, place, message, mend);
            }
            (Some(_), Some(_)) => {}
        }
        rules.wait_max = longest.and_then(|entry| value::duration(entry.value, WAIT, self.found));
        overflow.waited = waited.map(|entry| self.jump(entry.value, Nesting::OUTERMOST));
    }

    /// The hours of the line, and where those go who come or wait outside them.
    fn opening(&mut self, table: &mut Table<'a>, queue: &mut Queue, overflow: &mut Overflow) {
        let (hours, closed) = (table.entry("hours"), table.entry("when_closed"));
        match (hours, closed) {
            (Some(hours), None) => {
                let message = format!("{} does not say where callers go when it closes", table.what);
                let mend =
                    "write when_closed = \"voicemail:support\"; without `hours` they are served all the same";
                self.found.report(Code::ClosedUnsaid, hours.place, message, mend);
            }
            (None, Some(closed)) => {
                self.idle(closed, "without the hours in which it is open", "hours = \"office\"")
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        queue.hours = hours.and_then(|entry| {
            let name = entry.value.text("the name of a schedule", self.found)?;
            self.names.schedule(name, entry.value.inside(), self.found)
        });
        overflow.closed = closed.map(|entry| self.jump(entry.value, Nesting::OUTERMOST));
    }

    /// A key that means nothing without another one.
    fn idle(&mut self, entry: Entry<'a>, without: &str, other: &str) {
        let message = format!("`{}` has no meaning {without}", entry.key);
        let mend = format!("write {other}, or leave `{}` out", entry.key);
        self.found.report(Code::KeyDoesNotApply, entry.place, message, mend);
    }

    /// `[{ after = "90s", with = "person:quin" }]`.
    fn widen(&mut self, value: Value<'a>, rules: &Rules, groups: &[(Group, Ringing)]) -> Vec<Widen> {
        let wanted = "a list: [{ after = \"90s\", with = \"person:quin\" }]";
        let mut stages: Vec<Widen> = Vec::new();
        for item in value.list(wanted, self.found).unwrap_or_default() {
            let wanted = "a table: { after = \"90s\", with = \"person:quin\" }";
            let Some(mut table) = item.table("a stage of `widen`", wanted, self.found) else { continue };
            let after = table.need("after", "write when: after = \"90s\"", self.found);
            let with = table.need("with", "write who is rung as well: with = \"person:quin\"", self.found);
            table.finish(self.found);
            let place = after.map(|value| value.place);
            let after = after.and_then(|value| value::duration(value, WAIT, self.found));
            let with = with.map(|value| self.besides(value, rules, groups));
            let (Some(after), Some(place), Some(with)) = (after, place, with) else { continue };
            self.in_time(after, place, rules, stages.last());
            stages.push(Widen { after, with });
        }
        stages
    }

    /// Reports a stage that comes before the one above it, or when callers have left.
    fn in_time(&mut self, after: Duration, place: Place, rules: &Rules, before: Option<&Widen>) {
        if before.is_some_and(|before| before.after >= after) {
            let mend = "write the stages in the order in which they come";
            self.found.report(Code::WidensTooLate, place, "the stage above comes later, or at once", mend);
        }
        if rules.wait_max.is_some_and(|longest| longest <= after) {
            let message = "callers have left the line by then";
            self.found.report(Code::WidensTooLate, place, message, "let it come before `max_wait`");
        }
    }

    /// Who is rung besides the members.
    fn besides(&mut self, value: Value<'a>, rules: &Rules, groups: &[(Group, Ringing)]) -> Vec<PersonId> {
        let Some(named) = self.named(value, &[Kind::Person, Kind::Group]) else { return Vec::new() };
        let (names, found) = (self.names, &mut *self.found);
        let people = match named.kind {
            Kind::Group => names
                .group(named.name, named.place, found)
                .map(|group| groups[group.index()].0.members.clone())
                .unwrap_or_default(),
            Kind::Person
            | Kind::Queue
            | Kind::Phone
            | Kind::Menu
            | Kind::Plan
            | Kind::Voicemail
            | Kind::Number
            | Kind::Play
            | Kind::Rota
            | Kind::Agent => names.person(named.name, named.place, found).into_iter().collect(),
        };
        if !people.is_empty() && people.iter().all(|person| rules.members.contains(person)) {
            let message = format!("\"{}:{}\" serves this queue already", word(named.kind), named.name);
            found.report(Code::WidensToNobody, value.place, message, "name somebody who is no member");
        }
        people
    }

    /// `{ position = "45s", wait = true }`.
    fn announce(&mut self, value: Value<'a>, queue: &mut Queue, rules: &mut Rules) {
        let wanted = "a table: { position = \"45s\", wait = true }";
        let Some(mut table) = value.table("`announce`", wanted, self.found) else { return };
        let mend = "write how often callers are told where they stand: position = \"45s\"";
        let position = table.need("position", mend, self.found);
        rules.announce_every = position.and_then(|value| value::duration(value, TOLD, self.found));
        let wait = table.take("wait").and_then(|value| value.flag(self.found));
        queue.tells_wait = wait.unwrap_or(false);
        table.finish(self.found);
    }

    /// `{ offer_after = "60s", key = "1" }`, and `tries = 3, again = "5m"`.
    fn call_back(&mut self, value: Value<'a>) -> Option<CallBack> {
        let wanted = "a table: { offer_after = \"60s\", key = \"1\" }";
        let mut table = value.table("`callback`", wanted, self.found)?;
        let after = table.need("offer_after", "write when it is offered: offer_after = \"60s\"", self.found);
        let key = table.need("key", "write which key takes it: key = \"1\"", self.found);
        let tries = table.take("tries").and_then(|value| value::integer(value, 1..=10, self.found));
        let again = table.take("again").and_then(|value| value::duration(value, AGAIN, self.found));
        table.finish(self.found);
        let after = after.and_then(|value| value::duration(value, WAIT, self.found));
        let key = key.and_then(|value| {
            let text = value.text("a key: \"1\"", self.found)?;
            let mut letters = text.chars();
            let key = letters.next().filter(|key| Keys::ORDER.contains(key) && letters.next().is_none());
            if key.is_none() {
                let mend = format!("write one of {}", one_of(["0 to 9", "\"*\"", "\"#\""]));
                self.found.report(
                    Code::BadKey,
                    value.place,
                    format!("no telephone has a key `{text}`"),
                    mend,
                );
            }
            key
        });
        let (tries, again) = (tries.unwrap_or(3), again.unwrap_or(Duration::from_secs(300)));
        Some(CallBack { offer_after: after?, key: key?, tries, again })
    }

    /// A bare name of a queue.
    pub(crate) fn queue_name(&mut self, value: Value<'a>) -> Option<QueueId> {
        let name = value.text("the name of a queue", self.found)?;
        self.names.queue(name, value.inside(), self.found)
    }
}

const fn word(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Group) { "group" } else { "person" }
}
