//! What callers are spoken to in: `language` of the site, of numbers and of steps, and prompts that have a variant for
//! each language.
//!
//! Languages are known by what is written anywhere; for each of them every prompt with variants gets the nearest.

use std::sync::Arc;

use super::{
    place::{Findings, Place},
    reader::Reader,
    table::Value,
};
use crate::{
    finding::Code,
    model::{LANGUAGES_MAX, Language, LanguageId, PromptFile, PromptId, language::nearest},
    wording::Tongue,
};

/// A language that is spoken, and where it is first written.
pub(crate) struct Spoken {
    pub(super) name: Arc<str>,
    pub(super) place: Option<Place>,
    /// What is said in place of what comes with the switch.
    pub(super) shipped: Option<[PromptId; 3]>,
}

impl Spoken {
    /// What is spoken where the config says nothing.
    pub(super) fn usual() -> Self {
        Self { name: "en".into(), place: None, shipped: None }
    }

    fn at(name: &str, place: Place) -> Self {
        Self { name: name.into(), place: Some(place), shipped: None }
    }
}

/// A prompt as it is read: what is heard in the site's language, and what is in others.
pub(super) struct Varied {
    pub(super) file: PromptFile,
    pub(super) others: Vec<(LanguageId, PromptFile)>,
    /// The language that the first of them is written for, if any is, and where they stand.
    pub(super) written: Option<(Arc<str>, Place)>,
}

impl From<PromptFile> for Varied {
    fn from(file: PromptFile) -> Self {
        Self { file, others: Vec::new(), written: None }
    }
}

/// Where the variants of a prompt are written, and the language of what is heard without one.
pub(crate) struct Written {
    prompt: PromptId,
    language: Arc<str>,
    place: Place,
}

impl<'a> Reader<'a> {
    /// Reads `language` of `[site]`, which holds for every text that does not say otherwise.
    pub(crate) fn site_language(&mut self, value: Option<Value<'a>>) {
        let Some(value) = value else { return };
        if let Some(name) = language(value, self.found) {
            self.speech.language = name.into();
            self.languages = vec![Spoken::at(name, value.place)];
        }
    }

    /// A language that callers are to be spoken to in.
    pub(super) fn speaks(&mut self, value: Value<'a>) -> Option<LanguageId> {
        let name = language(value, self.found)?;
        self.counted(name, value.place)
    }

    /// A language as it is written, from now on one of those that are spoken.
    fn counted(&mut self, name: &str, place: Place) -> Option<LanguageId> {
        if let Some(known) = self.languages.iter().position(|language| *language.name == *name) {
            return Some(LanguageId::from(known));
        }
        if self.languages.len() == LANGUAGES_MAX {
            let message = format!("more than {LANGUAGES_MAX} languages are spoken");
            self.found.report(Code::TooManyLanguages, place, message, "leave some out");
            return None;
        }
        self.languages.push(Spoken::at(name, place));
        Some(LanguageId::from(self.languages.len() - 1))
    }

    /// A prompt that is written once, or for each language: `{ en = "Welcome.", es = "Bienvenido." }`. One is read by
    /// `read`, from what is written, in what it is to be said, and with the name that it has in that language.
    pub(super) fn varied(
        &mut self,
        name: &str,
        value: Value<'a>,
        mut read: impl FnMut(&mut Self, &str, Value<'a>, Option<&str>) -> Option<PromptFile>,
    ) -> Option<Varied> {
        let Some(mut table) = value.as_table("this prompt") else {
            return read(self, name, value, None).map(Varied::from);
        };
        let mut written = Vec::new();
        let entries = table.rest();
        let is_empty = entries.is_empty();
        for entry in entries {
            written.extend(language_text(entry.key, entry.place, self.found).map(|key| (key, entry)));
        }
        // Keys that are none were told of.
        if written.is_empty() && !is_empty {
            return None;
        }
        let Some(first) = nearest(&self.speech.language, written.iter().map(|(key, _)| *key)) else {
            let language = Arc::clone(&self.speech.language);
            let message = format!("this is not written in \"{language}\", which the site speaks");
            let mend = format!("add what callers hear whose language it has not: {language} = \"...\"");
            self.found.report(Code::NoSiteVariant, value.place, message, mend);
            return None;
        };
        let (key, entry) = written.remove(first);
        let file = read(self, name, entry.value, Some(key))?;
        let mut others = Vec::new();
        for (key, entry) in written {
            let Some(language) = self.counted(key, entry.place) else { continue };
            let own = if name.is_empty() { String::new() } else { format!("{name}:{key}") };
            others.extend(read(self, &own, entry.value, Some(key)).map(|file| (language, file)));
        }
        Some(Varied { file, others, written: Some((key.into(), value.place)) })
    }

    /// Adds what is heard of a prompt in other languages.
    pub(super) fn add_variants(
        &mut self,
        prompt: PromptId,
        others: Vec<(LanguageId, PromptFile)>,
        written: Option<(Arc<str>, Place)>,
    ) {
        for (language, file) in others {
            let id = PromptId::from(self.prompts.len());
            self.prompts.push(file);
            self.prompts[prompt.index()].variants.push((language, id));
        }
        self.variants.extend(written.map(|(language, place)| Written { prompt, language, place }));
    }

    /// Gives each prompt with variants the nearest for every language that is spoken.
    pub(crate) fn settle_variants(&mut self) {
        for Written { prompt, language, place } in std::mem::take(&mut self.variants) {
            let own = self.prompts[prompt.index()].variants.clone();
            let names: Vec<_> =
                own.iter().map(|(id, _)| Arc::clone(&self.languages[id.index()].name)).collect();
            let names = || std::iter::once(&*language).chain(names.iter().map(|name| &**name));
            let mut lacks = Vec::new();
            for (index, spoken) in self.languages.iter().enumerate().skip(1) {
                let id = LanguageId::from(index);
                match nearest(&spoken.name, names()) {
                    Some(0) => {}
                    Some(at) if own[at - 1].0 == id => {}
                    Some(at) => self.prompts[prompt.index()].variants.push((id, own[at - 1].1)),
                    None => lacks.push(format!("\"{}\"", spoken.name)),
                }
            }
            if let [first, ..] = &lacks[..] {
                let (lacks, first) = (lacks.join(" and "), first.trim_matches('"'));
                let message = format!("this is not written in {lacks}, and is heard in \"{language}\" there");
                self.found.report(Code::NoVariant, place, message, format!("add {first} = \"...\""));
            }
        }
    }

    /// What is spoken besides the site's language, and can be put into words.
    pub(super) fn tongues(&self) -> impl Iterator<Item = (LanguageId, Arc<str>, Tongue)> {
        let others = self.languages.iter().enumerate().skip(1);
        others.filter_map(|(index, spoken)| {
            Some((LanguageId::from(index), Arc::clone(&spoken.name), Tongue::of(&spoken.name)?))
        })
    }

    /// What is spoken besides the site's language, and can't.
    pub(super) fn wordless(&self) -> Vec<Arc<str>> {
        let others = self.languages.iter().skip(1).filter(|spoken| Tongue::of(&spoken.name).is_none());
        others.map(|spoken| Arc::clone(&spoken.name)).collect()
    }

    /// The languages that callers are spoken to in.
    pub(crate) fn spoken_languages(&self) -> Vec<Language> {
        let spoken = |spoken: &Spoken| Language { name: Arc::clone(&spoken.name), shipped: spoken.shipped };
        self.languages.iter().map(spoken).collect()
    }
}

/// A language as programs for speech know it: `en`, `de-AT`, `en-gb-scotland`.
pub(super) fn language<'a>(value: Value<'a>, found: &mut Findings) -> Option<&'a str> {
    let text = value.text("a language: \"en\"", found)?;
    language_text(text, value.place, found)
}

/// The same of a key.
fn language_text<'a>(text: &'a str, place: Place, found: &mut Findings) -> Option<&'a str> {
    let mut parts = text.split('-');
    let is_first =
        |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_more =
        |part: &str| (1..=16).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if parts.next().is_some_and(is_first) && parts.clone().count() <= 3 && parts.all(is_more) {
        return Some(text);
    }
    let message = format!("\"{text}\" is no language");
    let mend = "write it in two or three letters: \"en\", \"de-AT\"";
    found.report(Code::BadLanguage, place, message, mend);
    None
}
