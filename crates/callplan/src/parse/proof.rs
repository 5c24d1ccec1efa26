//! `[[tests]]` and, with `rule`, `[[always]]`: a call, what is assumed, and what is expected of it.
//!
//! Who calls and what is called is known only of a whole site, so these are read when everything else is.

use std::{collections::BTreeMap, time::Duration};

use clock::Wall;

use super::{
    merge::Sections,
    names::Names,
    nearest::{nearest, one_of},
    place::{Findings, Place},
    table::{Entry, Table, Value},
    value,
};
use crate::{
    explain::{BEHAVIOURS, Behaviour, Given, NotAsked, Party, Press, Question, read_time},
    finding::Code,
    model::{Attest, E164, Fact, GroupId, HoursId, Keys, PersonId, PersonState, Site, TagSet, Telling},
    proof::{Always, Expected, Spot, Test},
};

/// How long a caller may be expected to wait, to speak or to hold on.
const WAITS: std::ops::RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 3600);
const KEY: &str = "keys as texts: [\"2\", \"0\"]; \"-\" lets a round of a menu go by";

/// The tables as they are written.
pub(crate) struct Proofs<'a> {
    tests: Vec<Value<'a>>,
    rules: Vec<Value<'a>>,
}

/// Reads them for a site.
pub(super) struct Prover<'r, 'a> {
    pub(super) site: &'r Site,
    pub(super) names: &'r Names<'a>,
    pub(super) found: &'r mut Findings,
}

impl<'a> Proofs<'a> {
    /// Takes them from the texts.
    pub(crate) fn take(sections: &mut Sections<'a>) -> Self {
        Self { tests: sections.items("tests"), rules: sections.items("always") }
    }

    /// Reads them. A site with errors of its own is asked nothing.
    pub(crate) fn read(
        self,
        site: &Site,
        names: &Names<'a>,
        found: &mut Findings,
    ) -> (Vec<Test>, Vec<Always>) {
        let is_whole = !found.refuses();
        let mut prover = Prover { site, names, found };
        let mut tests: Vec<Test> = Vec::new();
        let mut names: BTreeMap<&str, Place> = BTreeMap::new();
        for value in self.tests {
            let (name, test) = prover.test(value, is_whole);
            match name.and_then(|name| names.get(name)) {
                Some(first) => {
                    let message = format!("there are two tests \"{}\"", name.unwrap_or_default());
                    let mend = "give one another name";
                    prover.found.again(Code::TestTwice, value.place, *first, message, mend);
                }
                None => tests.extend(test),
            }
            if let Some(name) = name {
                names.entry(name).or_insert(value.place);
            }
        }
        let rules = self.rules.into_iter().filter_map(|value| prover.rule(value)).collect();
        (tests, rules)
    }
}

impl<'a> Prover<'_, 'a> {
    /// Its name, which counts whatever else is wrong with it, and the test.
    fn test(&mut self, value: Value<'a>, is_whole: bool) -> (Option<&'a str>, Option<Test>) {
        let Some(mut table) = value.table("a test", "a table: [[tests]]", self.found) else {
            return (None, None);
        };
        let name = table.need("name", "say what it shows: name = \"Christmas is closed\"", self.found);
        let name = name.and_then(|value| value::words(value, self.found));
        if let Some(name) = name {
            table.what = format!("test \"{name}\"");
        }
        let question = self.question(&mut table, is_whole);
        let is_silent = ["passes", "rings", "hears", "ends", "within"].iter().all(|key| !table.has(key));
        let expected = self.expected(&mut table);
        if is_silent {
            let message = format!("{} expects nothing", table.what);
            let mend = "write what has to come of the call: ends = \"voicemail:reception\", passes, rings, hears or within";
            self.found.report(Code::ExpectsNothing, table.place, message, mend);
        }
        table.finish(self.found);
        let (file, line) = self.found.spot(value.place);
        let whole = name.zip(question);
        let spot = Spot { file, line };
        (name, whole.map(|(name, question)| Test { name: name.into(), spot, question, expected }))
    }

    /// The call, and what is assumed.
    fn question(&mut self, table: &mut Table<'a>, is_whole: bool) -> Option<Question> {
        const MEND: &str =
            "write call = { from = \"+12025550142\", to = \"+12025550100\", at = \"2026-12-25 10:00\" }";
        let call = table.need("call", MEND, self.found).and_then(|value| {
            let mut call =
                value.table("the call", "a table: { from = ..., to = ..., at = ... }", self.found)?;
            let [from, to, at] = ["from", "to", "at"].map(|key| call.need(key, MEND, self.found));
            call.finish(self.found);
            Some((from?, to?, at?))
        });
        let question = call.and_then(|(from, to, at)| {
            let (from, to, at) = (self.party_text(from), self.party_text(to), self.moment(at));
            let (from, to, at) = (from?, to?, at?);
            if !is_whole {
                return None;
            }
            let asked = Question::read(self.site, from.0, to.0, at);
            asked.map_err(|why| self.not_asked(&why, from.1, to.1)).ok()
        });
        // What is assumed is read all the same, for its own faults.
        let mut question = question;
        let mut unasked = Question::nobody(Wall::from_unix_micros(0));
        self.assumed(table, question.as_mut().unwrap_or(&mut unasked));
        question
    }

    fn not_asked(&mut self, why: &NotAsked, from: Place, to: Place) {
        let (place, mend) = match why {
            NotAsked::From(_) => (
                from,
                "write a number such as \"+12025550142\", a phone, a person, an extension or \"withheld\"",
            ),
            NotAsked::To(_) => (to, "write one of [numbers], or what a phone of ours may dial"),
            NotAsked::NoPlan(_) => (to, "let it call what has a plan: a number of ours, an extension"),
            NotAsked::Given(_) | NotAsked::Fact(_) | NotAsked::At(_) | NotAsked::Weekday { .. } => (from, ""),
        };
        self.found.report(Code::NoSuchCall, place, why.to_string(), mend);
    }

    /// A number, a name or an extension, which may be written as a whole number.
    fn party_text(&mut self, value: Value<'a>) -> Option<(&'a str, Place)> {
        value.text("a text: \"+12025550142\"", self.found).map(|text| (text, value.place))
    }

    /// A date and a time, in quotes or without.
    fn moment(&mut self, value: Value<'a>) -> Option<Wall> {
        let text = match (value.as_text(), value.as_date()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(date)) => date,
            (None, None) => return value.wrong("a date and time: \"2026-12-25 10:00\"", self.found),
        };
        let mend = "write it as in \"2026-12-25 10:00\" or \"Fri 2026-12-25 10:00\", in the site's time zone";
        read_time(&self.site.timezone, &text)
            .map_err(|why| match why {
                NotAsked::Weekday { .. } => {
                    self.found.report(Code::BadMoment, value.place, why.to_string(), mend)
                }
                NotAsked::From(_)
                | NotAsked::To(_)
                | NotAsked::NoPlan(_)
                | NotAsked::Given(_)
                | NotAsked::Fact(_)
                | NotAsked::At(_) => {
                    let message = format!("\"{text}\" is no date with a time");
                    self.found.report(Code::BadMoment, value.place, message, mend)
                }
            })
            .ok()
    }

    fn assumed(&mut self, table: &mut Table<'a>, question: &mut Question) {
        if let Some(value) = table.take("press") {
            question.press = self.press(value);
        }
        for entry in self.entries(table, "given", "{ ana = \"busy\", \"group:sales\" = \"no-answer\" }") {
            let (party, behaviour) = (self.party(entry.key, entry.place), self.behaviour(entry.value));
            question
                .given
                .extend(party.zip(behaviour).map(|(party, behaviour)| Given::new(party, behaviour)));
        }
        for entry in self.entries(table, "state", "{ ana = \"dnd\" }") {
            let person = self.names.person(entry.key, entry.place, self.found);
            question.states.extend(person.zip(self.state(entry.value)));
        }
        for entry in self.entries(table, "held", "{ office = \"closed\" }") {
            let hours: Option<HoursId> = self.names.schedule(entry.key, entry.place, self.found);
            let is_open = value::word(entry.value, &[("open", true), ("closed", false)], self.found);
            question.held.extend(hours.zip(is_open));
        }
        for entry in self.entries(table, "facts", "{ \"contact.known\" = true }") {
            self.fact(entry, question);
        }
        for entry in self.entries(table, "turn", "{ sales = \"ana\" }") {
            question.pointers.extend(self.turn(entry));
        }
        for entry in self.entries(table, "waiting", "{ support = 3 }") {
            let queue = self.names.queue(entry.key, entry.place, self.found);
            question.waiting.extend(queue.zip(value::integer(entry.value, 0..=1_000, self.found)));
        }
        for entry in self.entries(table, "signed_out", "{ support = [\"ana\"] }") {
            let queue = self.names.queue(entry.key, entry.place, self.found);
            let people = entry.value.list("a list of people: [\"ana\"]", self.found).unwrap_or_default();
            let people: Vec<_> = people.into_iter().filter_map(|it| self.person(it)).collect();
            question.signed_out.extend(people.into_iter().zip(std::iter::repeat(queue)));
        }
        if let (Some(value), Some(number)) = (table.take("blocked_by"), caller(question)) {
            let people = value.list("a list of people: [\"ana\"]", self.found).unwrap_or_default();
            let people: Vec<_> = people.into_iter().filter_map(|it| self.person(it)).collect();
            question.blocked.extend(people.into_iter().map(|person| (person, number)));
        }
        if let Some(value) = table.take("speaks") {
            question.speaks = value::duration(value, WAITS, self.found).unwrap_or(question.speaks);
        }
        question.leaves = table.take("leaves").and_then(|value| value::duration(value, WAITS, self.found));
    }

    fn entries(&mut self, table: &mut Table<'a>, key: &'static str, wanted: &str) -> Vec<Entry<'a>> {
        let value = table.take(key);
        let inner = value.and_then(|value| value.table(key, &format!("a table: {wanted}"), self.found));
        inner.map_or_else(Vec::new, |mut inner| inner.rest())
    }

    fn press(&mut self, value: Value<'a>) -> Vec<Press> {
        let mut keys = Vec::new();
        for item in value.list(KEY, self.found).unwrap_or_default() {
            let Some(text) = item.text(KEY, self.found) else { continue };
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some('-'), None) => keys.push(Press::Nothing),
                (Some(key), None) if Keys::ORDER.contains(&key) => keys.push(Press::Asked(key)),
                _ => {
                    let message = format!("\"{text}\" is no key of a telephone");
                    let mend =
                        "write one key a text, 0 to 9, * or #, in the order of the menus: [\"2\", \"0\"]";
                    self.found.report(Code::BadKey, item.place, message, mend);
                }
            }
        }
        keys
    }

    fn behaviour(&mut self, value: Value<'a>) -> Option<Behaviour> {
        let text = value.text("what they do: \"busy\"", self.found)?;
        let read = Behaviour::read(text);
        if read.is_none() {
            let words = BEHAVIOURS.map(|(word, _)| word);
            let first = text.split(' ').next().unwrap_or(text);
            let mend = match nearest(first, words) {
                Some(near) if near != first => format!("write \"{near}\""),
                Some(_) | None => format!("write {}, or \"answers after 8s\"", one_of(words)),
            };
            self.found.report(
                Code::UnknownWord,
                value.place,
                format!("\"{text}\" is nothing that one does when rung"),
                mend,
            );
        }
        read
    }

    fn state(&mut self, value: Value<'a>) -> Option<PersonState> {
        let text = value.text("what they said: \"dnd\"", self.found)?;
        let state = PersonState::read(text);
        if state.is_none() {
            let words = ["available", "away", "dnd"];
            let mend = nearest(text, words).map_or_else(
                || {
                    "write \"dnd\", \"away\", or \"available +12025550177\" where calls are sent on"
                        .to_owned()
                },
                |near| format!("write \"{near}\""),
            );
            self.found.report(Code::UnknownWord, value.place, format!("\"{text}\" is no state"), mend);
        }
        state
    }

    fn fact(&mut self, entry: Entry<'a>, question: &mut Question) {
        if entry.key == Fact::CallerAttest.name() {
            let attest = value::word(entry.value, &Attest::ALL, self.found);
            question.attest = attest.unwrap_or(question.attest);
        } else if let Some(fact) = Fact::ALL.into_iter().find(|fact| fact.name() == entry.key) {
            question.told.extend(self.telling(fact, entry.value, question.at));
        } else {
            let names = Fact::ALL.map(Fact::name);
            let mend = nearest(entry.key, names)
                .map_or_else(|| format!("facts are {}", one_of(names)), |near| format!("write \"{near}\""));
            self.found.report(
                Code::NoSuchFact,
                entry.place,
                format!("there is no fact \"{}\"", entry.key),
                mend,
            );
        }
    }

    /// A fact's value: true or false of what is known, else a name, or `none`.
    fn telling(&mut self, fact: Fact, value: Value<'a>, at: Wall) -> Option<Telling> {
        if fact == Fact::ContactKnown {
            return value.flag(self.found).map(Telling::Known);
        }
        let text = value.text("a name, or \"none\"", self.found)?;
        let (place, is_none) = (value.inside(), text == "none");
        Some(match fact {
            Fact::ContactOwner if is_none => Telling::Owner(None),
            Fact::ContactOwner => Telling::Owner(Some(self.names.person(text, place, self.found)?)),
            Fact::ContactCampaign if is_none => Telling::Campaign(None),
            Fact::ContactCampaign => Telling::Campaign(Some(self.names.campaign(text, place, self.found)?)),
            Fact::ContactGroup if is_none => Telling::Group(None),
            Fact::ContactGroup => Telling::Group(Some(self.names.group(text, place, self.found)?)),
            Fact::ContactLastAgent | Fact::ContactLastTexter => {
                let person = if is_none { None } else { Some(self.names.person(text, place, self.found)?) };
                let last = person.map(|person| (person, at));
                if fact == Fact::ContactLastAgent {
                    Telling::LastAgent(last)
                } else {
                    Telling::LastTexter(last)
                }
            }
            Fact::ContactTags if is_none => Telling::Tags(TagSet::default()),
            Fact::ContactTags => Telling::Tags(self.tags(text, place)?),
            Fact::ContactKnown | Fact::CallerAttest => return None,
        })
    }

    /// Tags with commas between them; one that no condition asks about is a slip of the pen.
    fn tags(&mut self, text: &str, place: Place) -> Option<TagSet> {
        let mut tags = TagSet::default();
        for name in text.split(',').map(str::trim) {
            let Some(tag) = self.site.tag(name) else {
                let asked = self.site.tags.iter().map(|tag| &**tag);
                let mend = nearest(name, asked.clone()).map_or_else(
                    || format!("tags that are asked about: {}", one_of(asked)),
                    |near| format!("write \"{near}\""),
                );
                let message = format!("no condition asks about the tag \"{name}\"");
                self.found.report(Code::UnknownWord, place, message, mend);
                return None;
            };
            tags.insert(tag);
        }
        Some(tags)
    }

    fn turn(&mut self, entry: Entry<'a>) -> Option<(GroupId, u32)> {
        let group: Option<GroupId> = self.names.group(entry.key, entry.place, self.found);
        let person = self.person(entry.value);
        let (group, person) = (group?, person?);
        let at = self.site[group].members.iter().position(|member| *member == person);
        if at.is_none() {
            let message = format!("{} is not in group:{}", self.site[person].name, entry.key);
            self.found.report(Code::NobodySuch, entry.value.place, message, "name one of its members");
        }
        Some((group, u32::try_from(at?).ok()?))
    }

    fn person(&mut self, value: Value<'a>) -> Option<PersonId> {
        let name = value.text("the name of a person", self.found)?;
        self.names.person(name, value.inside(), self.found)
    }

    /// `ana`, `ana-desk`, `group:sales`, `+12025550160`.
    fn party(&mut self, text: &str, place: Place) -> Option<Party> {
        let party = Party::named(self.site, text);
        if party.is_none() {
            let (names, bare) = (self.names, text.split_once(':').map_or(text, |(_, bare)| bare));
            let people = names.people.names().map(|name| (name, ""));
            let phones = names.phones.names().map(|name| (name, ""));
            let groups = names.groups.names().map(|name| (name, "group:"));
            let queues = names.queues.names().map(|name| (name, "queue:"));
            let all: Vec<_> = people.chain(phones).chain(groups).chain(queues).collect();
            let near = nearest(bare, all.iter().map(|(name, _)| *name));
            let mend = match all.iter().find(|(name, _)| Some(*name) == near) {
                Some((name, kind)) => format!("write \"{kind}{name}\""),
                None => "write a person, a phone, \"group:NAME\" or a number".to_owned(),
            };
            self.found.report(Code::NobodySuch, place, format!("\"{text}\" is nobody who could ring"), mend);
        }
        party
    }

    fn expected(&mut self, table: &mut Table<'a>) -> Expected {
        let is_told = table.has("rings");
        let rings = self.items(table, "rings", "who rings: [\"ana\", \"ben\"]", |prover, item| {
            let text = item.text("who rings", prover.found)?;
            prover.ringer(text, item.place)
        });
        Expected {
            passes: self.items(table, "passes", "where it comes by: [\"menu:main\"]", Self::point),
            rings: is_told.then_some(rings),
            hears: self.items(table, "hears", "prompts: [\"welcome\"]", |prover, item| {
                let name = item.text("the name of a prompt", prover.found)?;
                prover.names.prompt(name, item.inside(), prover.found)
            }),
            ends: table.take("ends").and_then(|value| self.goal(value)),
            within: table.take("within").and_then(|value| value::duration(value, WAITS, self.found)),
        }
    }

    /// Somebody who rings: of a group each member does.
    fn ringer(&mut self, text: &str, place: Place) -> Option<Party> {
        let party = self.party(text, place)?;
        let members = match party {
            Party::Group(group) => Some(("group", &self.site[group].members)),
            Party::Queue(queue) => Some(("queue", &self.site[queue].rules.members)),
            Party::Person(_) | Party::Phone(_) | Party::Number(_) => None,
        };
        if let Some((what, members)) = members {
            let members = members.iter().map(|member| &*self.site[*member].name);
            let mend = format!("write who of it rings, in order: {}", one_of(members).replace(" or ", ", "));
            let message = format!("a {what} rings by its members");
            self.found.report(Code::NobodySuch, place, message, mend);
            return None;
        }
        Some(party)
    }

    pub(super) fn items<T>(
        &mut self,
        table: &mut Table<'a>,
        key: &'static str,
        wanted: &str,
        mut read: impl FnMut(&mut Self, Value<'a>) -> Option<T>,
    ) -> Vec<T> {
        let items = table.take(key).and_then(|value| value.list(wanted, self.found)).unwrap_or_default();
        items.into_iter().filter_map(|item| read(self, item)).collect()
    }
}

fn caller(question: &Question) -> Option<E164> {
    match question.caller {
        crate::step::Caller::Number(number) => Some(number),
        crate::step::Caller::Phone(_) | crate::step::Caller::Withheld => None,
    }
}
