//! What a captured call adds to `[[tests]]`: who was busy, what chance was drawn from, when a line said what.

use std::time::Duration;

use super::{
    proof::Prover,
    table::{Entry, Table, Value},
    value,
};
use crate::{
    explain::{Given, Press, Question},
    finding::Code,
    model::{Keys, ListId},
    queue::{Exit, StopWhy},
    step::{Caller, Word},
};

/// Why somebody of a queue rings no longer, and why a caller leaves it.
pub(crate) const STOPS: [(&str, StopWhy); 4] = [
    ("in time", StopWhy::Timeout),
    ("answered elsewhere", StopWhy::AnsweredElsewhere),
    ("caller left", StopWhy::CallerLeft),
    ("signed out", StopWhy::SignedOut),
];
pub(crate) const EXITS: [(&str, Exit); 4] = [
    ("full", Exit::Full),
    ("waited", Exit::Waited),
    ("unstaffed", Exit::Unstaffed),
    ("closed", Exit::Closed),
];

impl<'a> Prover<'_, 'a> {
    /// Reads what only a call of before has to say.
    pub(super) fn past(&mut self, table: &mut Table<'a>, question: &mut Question) {
        for entry in self.entries(table, "calls", "{ ana = 1 }") {
            let person = self.names.person(entry.key, entry.place, self.found);
            question.calls.extend(person.zip(value::integer(entry.value, 0..=1_000, self.found)));
        }
        for entry in self.entries(table, "did", "{ ana = [\"idle 5m\"] }") {
            self.did(entry, question);
        }
        let listed = table.take("listed").and_then(|it| it.list("a list of lists: [\"vip\"]", self.found));
        for item in listed.unwrap_or_default() {
            let list = item.text("the name of a list", self.found).and_then(|name| self.list(name, item));
            if let (Some(list), Caller::Number(number)) = (list, question.caller) {
                question.listed.push((list, number));
            }
        }
        if let Some(item) = table.take("chance") {
            match item.text("a number in quotes: \"1766656800000000\"", self.found).map(str::parse) {
                Some(Ok(chance)) => question.chance = chance,
                Some(Err(_)) => {
                    let mend = "write the number that `ringplan capture` wrote, in quotes";
                    self.found.report(Code::BadPast, item.place, "this is no number of a call", mend);
                }
                None => {}
            }
        }
        let words = table.take("line").and_then(|it| it.list("what a line says: [\"0s waits\"]", self.found));
        for item in words.unwrap_or_default() {
            let Some(text) = item.text("what a line says: \"3s rings ana\"", self.found) else { continue };
            match Word::read(text, |name| self.site.person(name)) {
                Some(word) => question.line.push(word),
                None => {
                    let message = format!("\"{text}\" is nothing that a line says");
                    let mend = "write a time and waits, rings ana, stops ana: in time, joins ana, leaves: waited, \
                                says 2, says 2: 1m, offers 1 or sends home";
                    self.found.report(Code::BadPast, item.place, message, mend);
                }
            }
        }
    }

    fn did(&mut self, entry: Entry<'a>, question: &mut Question) {
        let person = self.names.person(entry.key, entry.place, self.found);
        for item in entry.value.list("what they did: [\"idle 5m\"]", self.found).unwrap_or_default() {
            let Some(text) = item.text("what they did: \"idle 5m\"", self.found) else { continue };
            let Some(person) = person else { continue };
            if !question.assume_tally(person, text) {
                let message = format!("\"{text}\" is nothing that a person did of late");
                let mend = "write \"idle 5m\", \"answered 3\" or \"talked 20m\"";
                self.found.report(Code::BadPast, item.place, message, mend);
            }
        }
    }

    fn list(&mut self, name: &str, item: Value<'_>) -> Option<ListId> {
        let list = self.site.lists.iter().position(|list| *list.name == *name).map(ListId::from);
        if list.is_none() {
            let mend = "name one of [lists]";
            self.found.report(Code::BadPast, item.place, format!("there is no list \"{name}\""), mend);
        }
        list
    }

    /// How somebody behaves, from some time on: several where they did not always do the same.
    pub(super) fn givens(&mut self, entry: Entry<'a>, question: &mut Question) -> Vec<Given> {
        let party = self.party(entry.key, entry.place);
        let several = entry.value.as_list();
        let items = if several.is_empty() { vec![entry.value] } else { several };
        let read = items.into_iter().filter_map(|item| {
            // Where somebody sends calls on to is read by whoever reads it on the command line.
            let sent_on = item.as_text().map(|text| format!("{}={text}", entry.key));
            if sent_on.is_some_and(|text| question.assume_sent_on(self.site, &text).is_some()) {
                return None;
            }
            let (behaviour, since) = self.behaviour(item)?;
            Some(Given { since, ..Given::new(party?, behaviour) })
        });
        read.collect()
    }

    /// A key with the time at which it is pressed: `2 at 12300ms`.
    pub(super) fn press_at(text: &str) -> Option<Press> {
        let (key, at) = text.split_once(" at ")?;
        let mut letters = key.chars();
        let key = letters.next().filter(|key| Keys::ORDER.contains(key) && letters.next().is_none())?;
        Some(Press::At(value::length(at)?, key))
    }
}

impl Word {
    /// Reads `3s rings ana`, as [`written`](Self::written) has it.
    pub(crate) fn read(
        text: &str,
        person: impl Fn(&str) -> Option<crate::PersonId>,
    ) -> Option<(Duration, Self)> {
        let (at, word) = text.split_once(' ')?;
        let (what, rest) = word.split_once(' ').unwrap_or((word, ""));
        let (what, rest) = what.strip_suffix(':').map_or((what, rest), |what| (what, rest));
        let named = |all: &[(&str, Exit)]| all.iter().find(|(own, _)| *own == rest).map(|(_, exit)| *exit);
        let word = match what {
            "waits" => Self::Waits,
            "rings" => Self::Ring(person(rest)?),
            "stops" => {
                let (name, why) = rest.split_once(": ")?;
                let why = STOPS.into_iter().find(|(own, _)| *own == why)?.1;
                Self::Stop(person(name)?, why)
            }
            "joins" => Self::Join(person(rest)?),
            "leaves" => Self::Leave(named(&EXITS)?),
            "says" => {
                let (position, wait) =
                    rest.split_once(": ").map_or((rest, None), |(it, wait)| (it, Some(wait)));
                let wait = wait.map(|wait| value::length(wait).ok_or(())).transpose().ok()?;
                Self::Say { position: position.parse().ok()?, wait }
            }
            "offers" => Self::Offer(rest.chars().next()?),
            "sends" if rest == "home" => Self::Home,
            _ => return None,
        };
        Some((value::length(at)?, word))
    }

    /// As a test has it.
    pub(crate) fn written(self, at: Duration, name: impl Fn(crate::PersonId) -> String) -> String {
        let at = value::show(at);
        match self {
            Self::Waits => format!("{at} waits"),
            Self::Ring(person) => format!("{at} rings {}", name(person)),
            Self::Stop(person, why) => {
                let why = STOPS.into_iter().find(|(_, own)| *own == why).map_or("", |(word, _)| word);
                format!("{at} stops {}: {why}", name(person))
            }
            Self::Join(person) => format!("{at} joins {}", name(person)),
            Self::Leave(exit) => {
                let why = EXITS.into_iter().find(|(_, own)| *own == exit).map_or("", |(word, _)| word);
                format!("{at} leaves: {why}")
            }
            Self::Say { position, wait: None } => format!("{at} says {position}"),
            Self::Say { position, wait: Some(wait) } => {
                format!("{at} says {position}: {}", value::show(wait))
            }
            Self::Offer(key) => format!("{at} offers {key}"),
            Self::Home => format!("{at} sends home"),
        }
    }
}
