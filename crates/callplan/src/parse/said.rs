//! What is said of schedules: every phrase that can come up, said when the config is loaded, in each language that is
//! spoken; and what comes with the switch, in those that it does not come in.

use std::sync::Arc;

use super::{place::Place, reader::Reader, speech::mended, table::Value};
use crate::{
    finding::Code,
    model::{Hours, Prompt, PromptFile, PromptId},
    source::Unread,
    wording::{NAMES_MAX, Phrase, Tongue, Vocabulary, names, needed, shipped, text},
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
        let said = phrases
            .map(|phrase| Some((phrase, self.phrase(tongue, at, |tongue| text(phrase, &names, tongue))?)));
        // Where one can't be said nothing can, and that is told once.
        let said: Option<Vec<(Phrase, PromptId)>> = said.collect();
        Some(Vocabulary::new(said?, names))
    }

    /// A prompt that says this in the site's tongue and in each other that is spoken, the same for whoever says the
    /// same.
    pub(super) fn phrase(
        &mut self,
        tongue: Tongue,
        at: Value<'a>,
        text: impl Fn(Tongue) -> String,
    ) -> Option<PromptId> {
        let others: Vec<_> = self.tongues().map(|(id, name, tongue)| (id, name, text(tongue))).collect();
        let said = text(tongue);
        // What sounds alike in one tongue may not in another.
        let known = others.iter().fold(said.clone(), |all, (_, _, text)| all + "\n" + text);
        if let Some(known) = self.phrases.get(&known) {
            return Some(*known);
        }
        let language = self.speech.language.clone();
        let file = PromptFile { bytes: Some(self.speak(at, &said, &language)?), ..saying(said) };
        let id = PromptId::from(self.prompts.len());
        self.prompts.push(file);
        let others = others.into_iter().map(|(id, language, said)| {
            Some((id, PromptFile { bytes: Some(self.speak(at, &said, &language)?), ..saying(said) }))
        });
        let others = others.collect::<Option<Vec<_>>>()?;
        self.add_variants(id, others, None);
        self.phrases.insert(known, id);
        Some(id)
    }

    /// In what the site speaks, if this can be put into words there. Whoever speaks what it can't be put into hears it in
    /// the site's words.
    pub(super) fn tongue(&mut self, what: &str, at: Value<'a>) -> Option<Tongue> {
        let language = self.speech.language.clone();
        let tongue = Tongue::of(&language);
        if tongue.is_none() {
            let message = format!("{what} can't be put into words in \"{language}\" yet");
            let mend = "record what callers are to hear and write play = \"...\", or let the site speak \"en\", \"es\", \"de\" or \"fr\"";
            self.found.report(Code::NoWords, at.place, message, mend);
        }
        for other in self.wordless() {
            let message =
                format!("{what} can't be put into words in \"{other}\" yet, and is said in \"{language}\"");
            let mend =
                format!("record what they are to hear and write play = {{ file = {{ {other} = \"...\" }} }}");
            self.found.report(Code::NoWordsThere, at.place, message, mend);
        }
        tongue
    }

    /// Says what comes with the switch in each language that it does not come in. Where that can't be, callers hear it
    /// as it comes.
    pub(crate) fn shipped(&mut self, site: Place) {
        for index in 0..self.languages.len() {
            let (language, place) = (self.languages[index].name.clone(), self.languages[index].place);
            let place = place.unwrap_or(site);
            let Some(tongue) = Tongue::of(&language) else {
                let message = format!("what comes with the switch has no words in \"{language}\" yet");
                let mend = "callers hear it in English; give mailboxes a `greeting` of their own";
                self.found.report(Code::ShippedUnsaid, place, message, mend);
                continue;
            };
            let Some(texts) = shipped(tongue) else { continue };
            let said = texts.map(|text| {
                self.rendered(text, &language).map(|spoken| {
                    let bytes = Some(spoken.wave);
                    self.prompts.push(PromptFile { bytes, ..saying(text.to_owned()) });
                    PromptId::from(self.prompts.len() - 1)
                })
            });
            match said {
                [Ok(first), Ok(second), Ok(third)] => {
                    self.languages[index].shipped = Some([first, second, third]);
                }
                [Err(unread), ..] | [_, Err(unread), _] | [_, _, Err(unread)] => {
                    let Unread { why, mend } = unread;
                    let message = format!(
                        "what comes with the switch can't be said in \"{language}\", and is heard in English: {why}"
                    );
                    self.found.report(Code::ShippedUnsaid, place, message, mended(mend));
                }
            }
        }
    }
}

/// A prompt that says this.
fn saying(text: String) -> PromptFile {
    let says: Arc<str> = text.into();
    PromptFile {
        name: Arc::clone(&says),
        file: "".into(),
        says: Some(says),
        bytes: None,
        recorded: None,
        variants: Vec::new(),
    }
}
