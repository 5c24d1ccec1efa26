//! The directory: who is in it, and what is said of it, said when the config is loaded.

use std::sync::Arc;

use super::{reader::Reader, table::Value};
use crate::{
    finding::Code,
    model::{Directory, Listed, Person, PersonId, keys_of},
    wording,
};

/// People in the directory.
const LISTED_MAX: usize = 1_000;

impl<'a> Reader<'a> {
    /// The directory, if callers are let look somebody up.
    pub(crate) fn directory(&mut self, people: &[Person]) -> Option<Directory> {
        let at = self.listed_at?;
        let listed = self.listed(people, at);
        if listed.is_empty() {
            let message = "there is nobody to be found by name";
            let mend = "give people names, ana = { name = \"Ana Lopes\" }, or leave the directory out";
            self.found.report(Code::NobodyListed, at.place, message, mend);
            return None;
        }
        let tongue = self.tongue("a directory", at)?;
        let [ask, nobody, nobody_else, more] = [0, 1, 2, 3]
            .map(|which| self.phrase(tongue, at, |tongue| wording::looking_up(tongue)[which].to_owned()));
        let (ask, nobody, nobody_else, more) = (ask?, nobody?, nobody_else?, more?);
        let offers = listed.into_iter().map(|(person, words)| {
            let name = &people[person.index()].label;
            let offer = self.phrase(tongue, at, |tongue| wording::offer(name, tongue))?;
            Some(Listed { person, words, offer })
        });
        let entries = offers.collect::<Option<_>>()?;
        Some(Directory { ask, nobody, nobody_else, more, entries })
    }

    /// Who is to be found, and by which keys.
    fn listed(&mut self, people: &[Person], at: Value<'a>) -> Vec<(PersonId, Vec<Arc<str>>)> {
        let mut listed = Vec::new();
        for (index, person) in people.iter().enumerate().filter(|(_, person)| person.listed) {
            let words = keys_of(&person.label);
            if words.is_empty() {
                let place = self.names.people.place(index);
                let message = format!("nobody can spell \"{}\" by the keys of a telephone", person.label);
                let mend =
                    "write the name in Latin letters, name = \"...\", or leave them out, listed = false";
                self.found.report(Code::NotSpelled, place, message, mend);
            } else {
                listed.push((PersonId::from(index), words));
            }
        }
        if listed.len() > LISTED_MAX {
            let message = format!("more than {LISTED_MAX} people are to be found by name");
            self.found.report(Code::TooLarge, at.place, message, "leave some out: listed = false");
            listed.truncate(LISTED_MAX);
        }
        listed
    }
}
