//! What people said of themselves: kept over restarts, and told to whoever watches them.

use std::{collections::HashMap, sync::Arc};

use callplan::PersonState;

use super::Row;

/// Begins the names of the values that the store keeps for people.
const PREFIX: &str = "person:";

/// The states of the people who are not simply available.
#[derive(Debug, Default)]
pub(crate) struct People(HashMap<Arc<str>, PersonState>);

impl People {
    /// Takes up what the store held.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            let state = str::from_utf8(value).ok().and_then(PersonState::read);
            if let (Some(person), Some(state)) = (name.strip_prefix(PREFIX), state) {
                self.note(&person.into(), state);
            }
        }
    }

    /// What a person said.
    pub(crate) fn of(&self, person: &str) -> PersonState {
        self.0.get(person).copied().unwrap_or_default()
    }

    /// Notes what a person says; gives what the store has to keep.
    pub(crate) fn say(&mut self, person: &Arc<str>, state: PersonState) -> Row {
        self.note(person, state);
        (format!("{PREFIX}{person}").into(), state.to_string().as_bytes().into())
    }

    fn note(&mut self, person: &Arc<str>, state: PersonState) {
        if state == PersonState::default() {
            self.0.remove(person);
        } else {
            self.0.insert(person.clone(), state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_outlives_the_process() {
        let (ana, ben): (Arc<str>, Arc<str>) = ("ana".into(), "ben".into());
        let away = PersonState::read("away +12025550177").unwrap();
        let mut before = People::default();
        let mut kept = Vec::new();
        for (person, state) in [(&ana, away), (&ben, away), (&ben, PersonState::default())] {
            kept.push(before.say(person, state));
        }
        kept.push(("nonce-key".into(), [7; 32].into()));
        let mut after = People::default();
        after.restore(&kept);
        // Rows of one name replace one another; the last is what a start reads.
        assert_eq!((after.of("ana"), after.of("ben")), (away, PersonState::default()));
    }
}
