//! What is said: `[hooks.speech]`, and `{ say = "..." }` wherever a prompt may stand.
//!
//! It is said when the config is loaded, never on a call's path, by whoever lends the [`Assets`](crate::Assets).

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use wave::Wave;

use super::{
    language::{Varied, language},
    later,
    merge::Sections,
    reader::Reader,
    table::{Entry, Value},
    value,
};
use crate::{
    finding::Code,
    model::PromptFile,
    source::{Saying, Spoken, Unread},
};

/// How long a program may take to say one text.
const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(120);

/// The longest text, in letters: a minute or more.
const TEXT_MAX: usize = 1000;

/// What mends that nothing speaks, where nobody knows better.
const INSTALL: &str =
    "install espeak-ng (apt-get install espeak-ng), or record it and write { file = \"prompts/....wav\" }";

impl<'a> Reader<'a> {
    /// Reads `[hooks]`.
    pub(crate) fn hooks(&mut self, sections: &mut Sections<'a>) {
        let mut hooks = sections.take("hooks");
        let wanted = "a table: [hooks.speech]";
        let speech = hooks.take("speech").and_then(|value| value.table("[hooks.speech]", wanted, self.found));
        self.later(&mut hooks, later::HOOKS);
        hooks.finish(self.found);
        let Some(mut speech) = speech else { return };
        let mend = "write command = [\"espeak-ng\", \"-v\", \"{language}\", \"--stdin\", \"-w\", \"{file}\"]";
        if let Some(value) = speech.need("command", mend, self.found) {
            self.speech.command = self.command(value).unwrap_or_default();
        }
        if let Some(value) = speech.take("timeout") {
            let timeout = value::duration(value, TIMEOUT, self.found);
            self.speech.timeout = timeout.unwrap_or(self.speech.timeout);
        }
        speech.finish(self.found);
    }

    /// A program and its arguments. No shell reads them, so nothing in a text is a command.
    fn command(&mut self, value: Value<'a>) -> Option<Vec<Arc<str>>> {
        let items = value.list("a program and its arguments: [\"espeak-ng\", \"--stdout\"]", self.found)?;
        let mut command = Vec::new();
        for item in items {
            command.push(Arc::from(item.text("a word of the command", self.found)?));
        }
        if command.first().is_none_or(|program: &Arc<str>| program.is_empty()) {
            let message = "this command has no program";
            self.found.report(Code::Empty, value.place, message, "begin with the program: [\"espeak-ng\"]");
            return None;
        }
        Some(command)
    }

    /// A text that is said, with the WAV that comes of it; the text is its name if it has no other. One that can't be said
    /// is a finding.
    pub(crate) fn said_text(
        &mut self,
        name: &str,
        say: Value<'a>,
        spoken_in: Option<&str>,
    ) -> Option<PromptFile> {
        let spoken_in = spoken_in.map_or_else(|| Arc::clone(&self.speech.language), Arc::from);
        let text = value::words(say, self.found)?;
        let letters = text.chars().count();
        let bytes = if letters > TEXT_MAX {
            let message = format!("this text has {letters} letters, and nobody listens to so many");
            let mend = format!("say it in {TEXT_MAX} letters at most, or make several prompts of it");
            self.found.report(Code::LongText, say.place, message, mend);
            None
        } else {
            self.speak(say, text, &spoken_in)
        };
        let name = if name.is_empty() { text } else { name };
        Some(PromptFile {
            name: name.into(),
            file: "".into(),
            says: Some(text.into()),
            bytes,
            recorded: None,
            variants: Vec::new(),
        })
    }

    /// The same, which may be written for each language; `spoken_in` is for one that is not.
    pub(super) fn said_texts(
        &mut self,
        name: &str,
        say: Value<'a>,
        spoken_in: Option<Entry<'a>>,
    ) -> Option<Varied> {
        let own = spoken_in.and_then(|entry| language(entry.value, self.found));
        if let (Some(entry), Some(_)) = (spoken_in, say.as_table("")) {
            let message = "what is said stands for each language here";
            self.found.report(Code::KeyDoesNotApply, entry.place, message, "leave `language` out");
        }
        self.varied(name, say, |reader, name, say, key| reader.said_text(name, say, key.or(own)))
    }

    /// What comes of a text, if it can be played.
    pub(super) fn rendered(&self, text: &str, language: &str) -> Result<Spoken, Unread> {
        let spoken = self.assets.spoken(Saying { text, language, by: &self.speech })?;
        match Wave::open(&spoken.wave) {
            Ok(_) => Ok(spoken),
            Err(error) => Err(Unread::from(format!("what came of it can't be played: {error}"))),
        }
    }

    pub(super) fn speak(&mut self, say: Value<'a>, text: &str, language: &str) -> Option<Arc<[u8]>> {
        match self.rendered(text, language) {
            Ok(Spoken { wave, mute }) => {
                if let Some(mute) = mute.filter(|_| !std::mem::replace(&mut self.is_mute, true)) {
                    let message =
                        format!("what was said before is used, for it can't be said now: {}", mute.why);
                    self.found.report(Code::Mute, say.place, message, mended(mute.mend));
                }
                Some(wave)
            }
            Err(Unread { why, mend }) => {
                let message = format!("this can't be said: {why}");
                self.found.report(Code::Unspoken, say.place, message, mended(mend));
                None
            }
        }
    }
}

pub(super) fn mended(mend: String) -> String {
    if mend.is_empty() { INSTALL.to_owned() } else { mend }
}
