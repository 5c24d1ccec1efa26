//! What is said of schedules: every phrase that can come up, said when the config is loaded.

use super::{reader::Reader, table::Value};
use crate::{
    finding::Code,
    model::{Hours, Prompt, PromptFile, PromptId},
    wording::{NAMES_MAX, Phrase, Vocabulary, names, needed, text},
};

impl<'a> Reader<'a> {
    /// The bare name of a schedule that callers are told.
    pub(super) fn said_hours(&mut self, value: Value<'a>) -> Option<Prompt> {
        let name = value.text("the name of a schedule", self.found)?;
        let hours = self.names.schedule(name, value.inside(), self.found)?;
        self.told_hours.entry(hours).or_insert(value);
        Some(Prompt::Hours(hours))
    }

    /// Says what schedules need of which callers are told.
    pub(crate) fn vocabularies(&mut self, all: &mut [Hours]) {
        for (hours, at) in std::mem::take(&mut self.told_hours) {
            let hours = &mut all[hours.index()];
            hours.said = self.vocabulary(hours, at);
        }
    }

    fn vocabulary(&mut self, hours: &Hours, at: Value<'a>) -> Option<Vocabulary> {
        let tongue = self.tongue("a schedule", at)?;
        let (names, has_more) = names(hours);
        if has_more {
            let message =
                format!("schedule `{}` has more than {NAMES_MAX} names for its closed days", hours.name);
            let mend = "callers hear of those beyond that it is closed; take days out that are long over";
            self.found.report(Code::NamesUnsaid, at.place, message, mend);
        }
        let phrases = needed(hours, names.len()).into_iter();
        let said = phrases.map(|phrase| Some((phrase, self.phrase(text(phrase, &names, tongue), at)?)));
        // Where one can't be said nothing can, and that is told once.
        let said: Option<Vec<(Phrase, PromptId)>> = said.collect();
        Some(Vocabulary::new(said?, names))
    }

    /// A prompt that says this, the same for whoever says the same.
    pub(super) fn phrase(&mut self, text: String, at: Value<'a>) -> Option<PromptId> {
        if let Some(known) = self.phrases.get(&text) {
            return Some(*known);
        }
        let language = self.speech.language.clone();
        let bytes = Some(self.speak(at, &text, &language)?);
        let id = PromptId::from(self.prompts.len());
        let says: std::sync::Arc<str> = text.as_str().into();
        self.prompts.push(PromptFile {
            name: says.clone(),
            file: "".into(),
            says: Some(says),
            bytes,
            recorded: None,
            variants: Vec::new(),
        });
        self.phrases.insert(text, id);
        Some(id)
    }
}
