//! What callers are spoken to in: the languages of a site, and what is heard in each.

use std::sync::Arc;

use super::{LanguageId, Prompt, PromptId, Sentence, Shipped, Site};

/// Languages that one site speaks.
pub const LANGUAGES_MAX: usize = 16;

/// A language that callers are spoken to in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// As it is written: `es`, `de-AT`.
    pub name: Arc<str>,
    /// What is said in place of the words that come with the switch, in the order of [`Shipped::SAID`]; nothing where
    /// those are heard as they come.
    pub shipped: Option<[PromptId; 3]>,
}

/// Who says what a caller is spoken to in; each wins over those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SetBy {
    /// A step of the plan.
    Step,
    /// The contact that the caller is.
    Contact,
    /// The number that was called.
    Number,
    /// The site.
    Site,
}

impl Site {
    /// The language of this name, else the one that it is a kind of, or that is a kind of it.
    pub fn language(&self, name: &str) -> Option<LanguageId> {
        nearest(name, self.languages.iter().map(|language| &*language.name)).map(LanguageId::from)
    }

    /// What is heard of a prompt by whom a language is spoken with.
    pub fn in_language(&self, prompt: Prompt, language: LanguageId) -> Prompt {
        match prompt {
            Prompt::File(id) => Prompt::File(self.variant(id, language)),
            Prompt::Shipped(shipped) => {
                let place = Shipped::SAID.iter().position(|said| *said == shipped);
                let own = self.languages.get(language.index()).and_then(|language| language.shipped);
                own.zip(place).map_or(prompt, |(own, place)| Prompt::File(own[place]))
            }
            Prompt::Hours(_) => prompt,
        }
    }

    /// The same of each phrase of a sentence.
    pub(crate) fn said_in(&self, sentence: Sentence, language: LanguageId) -> Sentence {
        Sentence::new(sentence.phrases().iter().map(|phrase| self.variant(*phrase, language)))
    }

    fn variant(&self, prompt: PromptId, language: LanguageId) -> PromptId {
        let variants = &self[prompt].variants;
        variants.iter().find(|(its, _)| *its == language).map_or(prompt, |(_, variant)| *variant)
    }

    /// Whether what is heard is this prompt, in whatever language.
    pub fn is_heard_of(&self, heard: PromptId, prompt: PromptId) -> bool {
        heard == prompt || self[prompt].variants.iter().any(|(_, variant)| *variant == heard)
    }
}

/// Which of these languages serves whoever wants that: the same, then the same without its region, then any of the same
/// kind.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<usize> {
    let kind = kind(wanted);
    let position = |fits: &dyn Fn(&str) -> bool| names.clone().position(fits);
    let same = position(&|name| name == wanted).or_else(|| position(&|name| name == kind));
    same.or_else(|| position(&|name| self::kind(name) == kind))
}

/// A language without its region: `de` of `de-AT`.
pub(crate) fn kind(language: &str) -> &str {
    language.split('-').next().unwrap_or(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_the_same_then_its_kind_then_another_of_that_kind() {
        let names = ["en-GB", "es", "es-MX", "de-AT"];
        let table = [
            ("es-MX", Some(2)),
            ("es-AR", Some(1)),
            ("es", Some(1)),
            ("en", Some(0)),
            ("en-US", Some(0)),
            ("de", Some(3)),
            ("fr", None),
        ];
        for (wanted, expected) in table {
            assert_eq!(nearest(wanted, names.iter().copied()), expected, "{wanted}");
        }
    }
}
