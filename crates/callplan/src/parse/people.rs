//! `[people]`, `[people_defaults]`, `[phones]` and `[groups]`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    follow::Away,
    later,
    merge::Sections,
    place::{Findings, Place},
    reader::{Kind, Named, Reader},
    secrets::PhoneSecrets,
    session::session,
    site::RING,
    steps::Nesting,
    table::{Entry, Value},
    value,
    words::{ORDERS, TRANSPORTS},
};
use crate::{
    draft::{Outcomes, Ringing},
    finding::Code,
    model::{
        ClassId, E164, Follow, Group, GroupId, Ha1, Limits, Owner, Person, PersonId, Phone, PhoneId, Session,
        Shown, Who,
    },
    money::Amount,
    order::Order,
};

/// What `[people_defaults]` says.
struct Defaults {
    allow: Vec<ClassId>,
    calls_max: u16,
    call_waiting: bool,
    records_prompts: bool,
    present: Vec<E164>,
    mask: bool,
    per_day: Option<Amount>,
    follow: Follow,
    rings_for: Option<Duration>,
    away: Option<Away>,
}

/// Extensions given so far.
#[derive(Default)]
pub(crate) struct Extensions(pub(crate) BTreeMap<Arc<str>, (Owner, Place)>);

impl Extensions {
    pub(super) fn give(&mut self, ext: Option<&Arc<str>>, owner: Owner, place: Place, found: &mut Findings) {
        let Some(ext) = ext else { return };
        match self.0.get(ext) {
            Some((_, first)) => {
                let message = format!("extension {ext} is given twice");
                found.again(Code::DuplicateExtension, place, *first, message, "give one of them another");
            }
            None => {
                self.0.insert(Arc::clone(ext), (owner, place));
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads `[people]` over `[people_defaults]`.
    pub(crate) fn people(
        &mut self,
        sections: &mut Sections<'a>,
        limits: &Limits,
        extensions: &mut Extensions,
    ) -> Vec<Person> {
        let defaults = self.people_defaults(sections, limits);
        let names = self.names;
        let people = names.people.entries.iter().enumerate();
        people
            .map(|(index, entry)| self.person(PersonId::from(index), *entry, &defaults, extensions))
            .collect()
    }

    fn people_defaults(&mut self, sections: &mut Sections<'a>, limits: &Limits) -> Defaults {
        let mut table = sections.take("people_defaults");
        let allow = table.take("allow").and_then(|value| self.allow(value));
        let calls_max = table.take("calls_max").and_then(|value| value::integer(value, 1..=100, self.found));
        let call_waiting = table.take("call_waiting").and_then(|value| value.flag(self.found));
        let records_prompts = table.take("allow_prompts").and_then(|value| value.flag(self.found));
        let present = table.take("present").map_or_else(Vec::new, |value| self.presents(value));
        let mask = self.mask(&mut table).unwrap_or_default();
        let per_day = self.per_day(&mut table).unwrap_or(limits.per_day);
        let follow = table.take("ring").and_then(|value| self.follow(value)).unwrap_or_default();
        let rings_for = table.take("for").and_then(|value| value::duration(value, RING, self.found));
        let away = table.take("away").and_then(|value| self.away(value));
        table.finish(self.found);
        Defaults {
            // Out of the building only who was allowed to.
            allow: allow.unwrap_or_else(|| vec![ClassId(0)]),
            calls_max: calls_max.unwrap_or(limits.calls_per_person),
            call_waiting: call_waiting.unwrap_or(false),
            records_prompts: records_prompts.unwrap_or(false),
            present,
            mask,
            per_day,
            follow,
            rings_for,
            away,
        }
    }

    fn person(
        &mut self,
        id: PersonId,
        entry: Entry<'a>,
        defaults: &Defaults,
        extensions: &mut Extensions,
    ) -> Person {
        let mut person = Person {
            name: entry.key.into(),
            label: entry.key.into(),
            ext: None,
            mobile: None,
            follow: defaults.follow,
            forward: None,
            away: None,
            rings_for: defaults.rings_for,
            allow: defaults.allow.clone(),
            present: defaults.present.clone(),
            calls_max: defaults.calls_max,
            call_waiting: defaults.call_waiting,
            records_prompts: defaults.records_prompts,
            phones: Vec::new(),
            mailbox: self.names.mailbox_of(id),
            plan: self.names.plan_of_person(id),
            mask: defaults.mask,
            is_tallied: false,
            per_day: defaults.per_day,
            pin: None,
            music: None,
            listed: true,
            ringback: None,
        };
        let what = format!("person `{}`", entry.key);
        let wanted = "a table: { ext = 101, name = \"Rosa Diaz\" }";
        let Some(mut table) = entry.value.table(&what, wanted, self.found) else { return person };
        if let Some(value) = table.take("ext") {
            person.ext = value::extension(value, self.found);
            extensions.give(person.ext.as_ref(), Owner::Person(id), value.place, self.found);
        }
        if let Some(name) = table.take("name").and_then(|value| value::words(value, self.found)) {
            person.label = name.into();
        }
        person.mobile = table.take("mobile").and_then(|value| value::number(value, self.found));
        if let Some(allow) = table.take("allow").and_then(|value| self.allow(value)) {
            person.allow = allow;
        }
        if let Some(value) = table.take("present") {
            person.present = self.presents(value);
        }
        if let Some(value) = table.take("calls_max") {
            person.calls_max = value::integer(value, 1..=100, self.found).unwrap_or(person.calls_max);
        }
        if let Some(waits) = table.take("call_waiting").and_then(|value| value.flag(self.found)) {
            person.call_waiting = waits;
        }
        if let Some(may) = table.take("allow_prompts").and_then(|value| value.flag(self.found)) {
            person.records_prompts = may;
        }
        person.mask = self.mask(&mut table).unwrap_or(person.mask);
        person.per_day = self.per_day(&mut table).unwrap_or(person.per_day);
        if let Some(entry) = table.entry("ring") {
            person.follow = self.follow(entry.value).unwrap_or(person.follow);
            if person.follow.mobile.is_some() && person.mobile.is_none() {
                let message = format!("{what} has no mobile that could ring");
                let mend = "write its number: mobile = \"+...\"";
                self.found.report(Code::MobileNotRung, entry.value.place, message, mend);
            }
        }
        person.forward = table.take("forward").and_then(|value| self.sends_on(value));
        let away = table.take("away").and_then(|value| self.away(value)).or(defaults.away);
        person.away = away.map(|away| match away {
            Away::OwnMailbox => self.names.plan_of_mailbox(person.mailbox),
            Away::Plan(plan) => plan,
        });
        if let Some(value) = table.take("for") {
            person.rings_for = value::duration(value, RING, self.found).or(person.rings_for);
        }
        person.pin = table.take("pin_file").and_then(|value| self.pin(value));
        person.music = table.take("music").and_then(|value| self.music_name(value));
        let listed = table.take("listed").and_then(|value| value.flag(self.found));
        // Nobody learns the name of whoever is masked.
        person.listed = listed.unwrap_or(!person.mask);
        person.ringback = table.take("ringback").and_then(|value| self.ringback(value));
        self.later(&mut table, later::PERSON);
        table.finish(self.found);
        person
    }

    fn allow(&mut self, value: Value<'a>) -> Option<Vec<ClassId>> {
        let classes: Vec<_> = self.classes.iter().map(|class| Arc::clone(&class.name)).collect();
        let mut allow =
            value::list(value, "classes: [\"internal\", \"national\"]", self.found, |item, found| {
                let word = item.text("the class of a dial rule, or \"internal\"", found)?;
                let class = classes.iter().position(|class| **class == *word);
                if class.is_none() {
                    let near = super::nearest::nearest(word, classes.iter().map(|class| &**class));
                    let known = || super::nearest::one_of(classes.iter().map(|class| &**class));
                    let mend = near.map_or_else(
                        || format!("the classes are {}", known()),
                        |near| format!("write \"{near}\""),
                    );
                    found.report(
                        Code::NoSuchClass,
                        item.place,
                        format!("no dial rule has the class \"{word}\""),
                        mend,
                    );
                }
                class.map(ClassId::from)
            })?;
        allow.sort_unstable();
        Some(allow)
    }

    /// Reads `[phones]` and gives each person theirs.
    pub(crate) fn phones(
        &mut self,
        secrets: &PhoneSecrets,
        people: &mut [Person],
        extensions: &mut Extensions,
    ) -> Vec<Phone> {
        let names = self.names;
        let phones = names.phones.entries.iter().enumerate();
        let phones: Vec<_> =
            phones.map(|(index, entry)| self.phone(PhoneId::from(index), *entry, extensions)).collect();
        phones
            .into_iter()
            .enumerate()
            .map(|(index, phone)| {
                let person = phone.person.and_then(|person| people.get_mut(person.index()));
                if let Some(person) = person {
                    person.phones.push(PhoneId::from(index));
                }
                Phone { ha1: secrets.of(PhoneId::from(index)), ..phone }
            })
            .collect()
    }

    fn phone(&mut self, id: PhoneId, entry: Entry<'a>, extensions: &mut Extensions) -> Phone {
        let mut phone = Phone {
            name: entry.key.into(),
            person: None,
            owner: None,
            ext: None,
            transport: None,
            ha1: Ha1::default(),
            session: Session::default(),
            location: None,
            plan: self.names.plan_of_phone(id),
        };
        let what = format!("phone `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: { person = \"rosa\" }", self.found) else {
            return phone;
        };
        let (person, ext) = (table.take("person"), table.take("ext"));
        if let Some(value) = ext {
            phone.ext = value::extension(value, self.found);
            extensions.give(phone.ext.as_ref(), Owner::Phone(id), value.place, self.found);
        }
        phone.owner = person.and_then(|value| self.person_name(value));
        phone.person = phone.owner;
        phone.session = session(&mut table, Session::USUAL, self.found);
        phone.location = table.take("location").and_then(|value| self.location(value));
        let transport = table.take("transport");
        phone.transport = transport.and_then(|value| value::word(value, &TRANSPORTS, self.found));
        if person.is_none() && ext.is_none() {
            let mend = "write whose it is, person = \"rosa\", or give it an extension, ext = 190";
            self.found.report(Code::IdlePhone, entry.place, format!("nothing can ring {what}"), mend);
        }
        self.later(&mut table, later::PHONE);
        table.finish(self.found);
        phone
    }

    fn person_name(&mut self, value: Value<'a>) -> Option<PersonId> {
        let name = value.text("the short name of a person", self.found)?;
        self.names.person(name, value.inside(), self.found)
    }

    /// A list of people.
    pub(crate) fn people_named(&mut self, value: Value<'a>) -> Vec<PersonId> {
        let names = self.names;
        let people =
            value::list(value, "short names of people: [\"rosa\", \"tom\"]", self.found, |item, found| {
                let name = item.text("the short name of a person", found)?;
                names.person(name, item.inside(), found)
            });
        people.unwrap_or_default()
    }

    /// Reads `[groups]`: the groups, and how each rings; notes of whom it has to be counted what they do.
    pub(crate) fn groups(
        &mut self,
        people: &mut [Person],
        extensions: &mut Extensions,
    ) -> Vec<(Group, Ringing)> {
        let names = self.names;
        let groups = names.groups.entries.iter().enumerate();
        let groups: Vec<_> =
            groups.map(|(index, entry)| self.group(GroupId::from(index), *entry, extensions)).collect();
        let tallied = groups.iter().filter(|(group, _)| group.order.reads_tallies());
        for member in tallied.flat_map(|(group, _)| &group.members) {
            people[member.index()].is_tallied = true;
        }
        groups
    }

    fn group(&mut self, id: GroupId, entry: Entry<'a>, extensions: &mut Extensions) -> (Group, Ringing) {
        let plan = self.names.plan_of_group(id);
        let mut group = Group {
            name: entry.key.into(),
            ext: None,
            members: Vec::new(),
            weights: Vec::new(),
            order: Order::All,
            plan,
            ringback: None,
            shown: Shown::default(),
            answered_elsewhere: true,
            follow: false,
        };
        let mut ringing = Ringing { each: None, total: None, outcomes: Outcomes::default() };
        let what = format!("group `{}`", entry.key);
        let wanted = "a table: { members = [\"rosa\", \"tom\"], ring = \"all\" }";
        let Some(mut table) = entry.value.table(&what, wanted, self.found) else { return (group, ringing) };
        if let Some(value) = table.take("ext") {
            group.ext = value::extension(value, self.found);
            extensions.give(group.ext.as_ref(), Owner::Group(id), value.place, self.found);
        }
        let members = table.need("members", "write who rings: members = [\"rosa\", \"tom\"]", self.found);
        let ring = table.take("ring");
        let order = ring.and_then(|value| value::word(value, &ORDERS, self.found));
        group.order = order.unwrap_or(Order::All);
        let members = members.map(|value| self.members(value)).unwrap_or_default();
        // What could not be read may have been meant to be drawn by weight.
        if ring.is_none() || order.is_some() {
            self.weighed(&members, ring.filter(|_| order == Some(Order::Weighted)));
        }
        (group.members, group.weights) = members
            .iter()
            .map(|member| (member.person, member.weight.map_or(1, |(weight, _)| weight)))
            .unzip();
        group.ringback = table.take("ringback").and_then(|value| self.ringback(value));
        group.shown = self.shown(&mut table);
        let elsewhere = table.take("answered_elsewhere").and_then(|value| value.flag(self.found));
        group.answered_elsewhere = elsewhere.unwrap_or(true);
        let follow = table.take("follow").and_then(|value| value.flag(self.found));
        group.follow = follow.unwrap_or(false);
        ringing.each = table.take("each").and_then(|value| value::duration(value, RING, self.found));
        ringing.total = table.take("total").and_then(|value| value::duration(value, RING, self.found));
        ringing.outcomes.busy = table.take("busy").map(|value| self.jump(value, Nesting::OUTERMOST));
        if let Some(entry) = table.entry("inbound") {
            self.group_inbound(id, entry);
        }
        ringing.outcomes.otherwise = table.take("else").map(|value| self.jump(value, Nesting::OUTERMOST));
        self.later(&mut table, later::RECORDING);
        table.finish(self.found);
        (group, ringing)
    }

    /// The person, group or phone of a `kind:name`; another kind is the caller's fault and gives `None`.
    pub(crate) fn who(&mut self, named: Named<'a>) -> Option<Who> {
        match named.kind {
            Kind::Person => self.names.person(named.name, named.place, self.found).map(Who::Person),
            Kind::Group => self.names.group(named.name, named.place, self.found).map(Who::Group),
            Kind::Phone => self.names.phone(named.name, named.place, self.found).map(Who::Phone),
            Kind::Rota => self.names.rota(named.name, named.place, self.found).map(Who::Rota),
            Kind::Queue
            | Kind::Menu
            | Kind::Plan
            | Kind::Voicemail
            | Kind::Number
            | Kind::Play
            | Kind::Agent => None,
        }
    }
}
