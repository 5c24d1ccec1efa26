//! What the caller hears, and for how long.

use std::time::Duration;

use super::Drive;
use crate::{
    Prompt, Ringback, Sentence,
    explain::{Seen, length, words},
    step::Event,
};

impl Drive<'_> {
    pub(super) fn play(&mut self, prompt: Prompt) {
        self.see(Seen::Played(prompt));
        let length = self.length(prompt);
        self.say(words::heard(self.site, prompt, length));
        self.sounds_for(length.unwrap_or_default());
    }

    /// A sentence, phrase by phrase.
    pub(super) fn say_all(&mut self, sentence: Sentence) {
        self.see(Seen::Said(sentence));
        let lengths = sentence.phrases().iter().filter_map(|phrase| self.length(Prompt::File(*phrase)));
        let length = lengths.sum();
        self.say(words::told_so(self.site, sentence, length));
        self.sounds_for(length);
    }

    /// What is heard from now on while somebody rings; that it rings goes without saying.
    pub(super) fn ringback(&mut self, ringback: Ringback) {
        if let Some(music) = ringback.music() {
            self.see(Seen::Ringback(ringback));
            let is_answered = matches!(ringback, Ringback::Answered(_));
            let how = if is_answered { ", answered as soon as somebody rings" } else { "" };
            self.say(format!("hears music:{} while it rings{how}", self.site[music].name));
        }
    }

    fn length(&self, prompt: Prompt) -> Option<Duration> {
        let given = self.question.lengths.iter().rfind(|(which, _)| *which == prompt);
        given.map(|(_, length)| *length).or_else(|| length::of(self.site, prompt))
    }

    fn sounds_for(&mut self, length: Duration) {
        self.due.forget(|event| event == Event::PlayDone);
        self.due.plan(self.now + length, Event::PlayDone);
    }
}
