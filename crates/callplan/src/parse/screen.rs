//! `screen` of a step: whether and how whoever picks up outside is asked.

use std::{ops::RangeInclusive, time::Duration};

use super::{reader::Reader, table::Value, value};
use crate::{
    finding::Code,
    model::{Screen, Screening},
};

/// How long a key may be waited for.
const WITHIN: RangeInclusive<Duration> = Duration::from_secs(3)..=Duration::from_secs(60);

impl<'a> Reader<'a> {
    /// `true`, `false` or `{ say, accept, decline, within }`.
    pub(super) fn screening(&mut self, value: Value<'a>) -> Screening {
        let Some(mut table) = value.as_table("`screen`") else {
            let wanted = "true, false or a table: { accept = \"1\", decline = \"2\", within = \"10s\" }";
            return match value.as_flag() {
                Some(true) => Screening::On(Screen::USUAL),
                Some(false) => Screening::Off,
                None => value.wrong(wanted, self.found).unwrap_or_default(),
            };
        };
        let usual = Screen::USUAL;
        let [say, accept, decline, within] =
            ["say", "accept", "decline", "within"].map(|key| table.entry(key));
        table.finish(self.found);
        let prompt = say.and_then(|entry| self.prompt(entry.value));
        let [take, refuse] =
            [accept, decline].map(|entry| entry.and_then(|it| value::key(it.value, self.found)));
        let screen = Screen {
            say: prompt.unwrap_or(usual.say),
            accept: take.unwrap_or(usual.accept),
            decline: refuse.unwrap_or(usual.decline),
            within: within
                .and_then(|entry| value::duration(entry.value, WITHIN, self.found))
                .unwrap_or(usual.within),
        };
        let place = accept.or(decline).map_or(value.place, |entry| entry.value.place);
        if screen.accept == screen.decline {
            let message = format!("key {} takes the call and declines it", screen.accept);
            let mend = "write another key for one of them: accept = \"1\", decline = \"2\"";
            self.found.report(Code::ScreenKeysAlike, place, message, mend);
        } else if say.is_none() && (screen.accept, screen.decline) != (usual.accept, usual.decline) {
            let message = "what is said to whoever picks up names keys 1 and 2, and these are others";
            let mend =
                "write a prompt that names these: say = \"NAME\", one of [prompts]; or leave the keys out";
            self.found.report(Code::ScreenUnsaid, place, message, mend);
        }
        Screening::On(screen)
    }
}
