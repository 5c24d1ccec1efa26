//! What is said as one and made of several prompts.

use super::{PromptId, Site};

/// Prompts that are said one after another without a pause: phrases of a sentence that hangs on the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sentence {
    phrases: [PromptId; Self::MAX],
    count: u8,
}

impl Sentence {
    /// As many phrases as there can be; those beyond are not said.
    pub const MAX: usize = 8;

    /// A sentence of these phrases, in their order.
    pub fn new(phrases: impl IntoIterator<Item = PromptId>) -> Self {
        let mut sentence = Self { phrases: [PromptId(0); Self::MAX], count: 0 };
        for (place, phrase) in sentence.phrases.iter_mut().zip(phrases) {
            *place = phrase;
            sentence.count += 1;
        }
        sentence
    }

    /// Its phrases, in their order; none if there is nothing to say.
    pub fn phrases(&self) -> &[PromptId] {
        &self.phrases[..usize::from(self.count)]
    }

    /// As it is heard.
    pub fn text(&self, site: &Site) -> String {
        let says = |phrase: &PromptId| site[*phrase].says.as_deref();
        self.phrases().iter().filter_map(says).collect::<Vec<_>>().join(" ")
    }
}
