//! `[[tests]]` and, with `rule`, `[[always]]`: a call, what is assumed, and what is expected of it.
//!
//! Who calls and what is called is known only of a whole site, so these are read when everything else is.

use std::{collections::BTreeMap, time::Duration};

use clock::Wall;

use super::{
    merge::Sections,
    names::Names,
    nearest::one_of,
    place::{Findings, Place},
    table::{Entry, Table, Value},
    value,
};
use crate::{
    explain::{NotAsked, Party, Question, read_time},
    finding::Code,
    model::Site,
    proof::{Always, Expected, Spot, Test},
};

/// How long a caller may be expected to wait, to speak or to hold on.
pub(super) const WAITS: std::ops::RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 3600);

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

    pub(super) fn entries(
        &mut self,
        table: &mut Table<'a>,
        key: &'static str,
        wanted: &str,
    ) -> Vec<Entry<'a>> {
        let value = table.take(key);
        let inner = value.and_then(|value| value.table(key, &format!("a table: {wanted}"), self.found));
        inner.map_or_else(Vec::new, |mut inner| inner.rest())
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
            Party::Person(_) | Party::Phone(_) | Party::Number(_) | Party::Agent(_) => None,
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
