//! What a test assumes: who does what, what is pressed, what is known of the caller.

use std::time::Duration;

use clock::Wall;

use super::{
    nearest::{nearest, one_of},
    place::Place,
    proof::{Prover, WAITS},
    table::{Entry, Table, Value},
    value::{self, length},
};
use crate::{
    explain::{BEHAVIOURS, Behaviour, Party, Press, Question},
    finding::Code,
    model::{Attest, E164, Fact, GroupId, HoursId, Keys, LanguageId, PersonId, PersonState, TagSet, Telling},
};

const KEY: &str = "keys as texts: [\"2\", \"0\"]; \"-\" lets a round of a menu go by";

impl<'a> Prover<'_, 'a> {
    pub(super) fn assumed(&mut self, table: &mut Table<'a>, question: &mut Question) {
        if let Some(value) = table.take("press") {
            question.press = self.press(value);
        }
        for entry in self.entries(table, "given", "{ ana = \"busy\", \"group:sales\" = \"no-answer\" }") {
            let given = self.givens(entry, question);
            question.given.extend(given);
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
        self.past(table, question);
    }

    fn press(&mut self, value: Value<'a>) -> Vec<Press> {
        let mut keys = Vec::new();
        for item in value.list(KEY, self.found).unwrap_or_default() {
            let Some(text) = item.text(KEY, self.found) else { continue };
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some('-'), None) => keys.push(Press::Nothing),
                (Some(key), None) if Keys::ORDER.contains(&key) => keys.push(Press::Asked(key)),
                _ if Self::press_at(text).is_some() => keys.extend(Self::press_at(text)),
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

    /// What somebody does, and from when on.
    pub(super) fn behaviour(&mut self, value: Value<'a>) -> Option<(Behaviour, Duration)> {
        let text = value.text("what they do: \"busy\"", self.found)?;
        let (word, since) = text.rsplit_once(" from ").unwrap_or((text, "0s"));
        let read = Behaviour::read(word).zip(length(since));
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
            Fact::ContactLanguage if is_none => Telling::Language(None),
            Fact::ContactLanguage => Telling::Language(Some(self.spoken(text, place)?)),
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

    /// A language that callers are spoken to in.
    fn spoken(&mut self, text: &str, place: Place) -> Option<LanguageId> {
        let language = self.site.language(text);
        if language.is_none() {
            let known = self.site.languages.iter().map(|language| &*language.name);
            let mend = format!("languages that are spoken: {}", one_of(known));
            let message = format!("nobody is spoken to in \"{text}\"");
            self.found.report(Code::UnknownWord, place, message, mend);
        }
        language
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
    pub(super) fn party(&mut self, text: &str, place: Place) -> Option<Party> {
        let party = Party::named(self.site, text);
        if party.is_none() {
            let (names, bare) = (self.names, text.split_once(':').map_or(text, |(_, bare)| bare));
            let people = names.people.names().map(|name| (name, ""));
            let phones = names.phones.names().map(|name| (name, ""));
            let groups = names.groups.names().map(|name| (name, "group:"));
            let queues = names.queues.names().map(|name| (name, "queue:"));
            let agents = names.agents.names().map(|name| (name, "agent:"));
            let all: Vec<_> = people.chain(phones).chain(groups).chain(queues).chain(agents).collect();
            let near = nearest(bare, all.iter().map(|(name, _)| *name));
            let mend = match all.iter().find(|(name, _)| Some(*name) == near) {
                Some((name, kind)) => format!("write \"{kind}{name}\""),
                None => "write a person, a phone, \"group:NAME\" or a number".to_owned(),
            };
            self.found.report(Code::NobodySuch, place, format!("\"{text}\" is nobody who could ring"), mend);
        }
        party
    }
}

fn caller(question: &Question) -> Option<E164> {
    match question.caller {
        crate::step::Caller::Number(number) => Some(number),
        crate::step::Caller::Phone(_) | crate::step::Caller::Withheld => None,
    }
}
