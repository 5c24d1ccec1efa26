//! `[music.x]`: what those hear who wait.

use std::{sync::Arc, time::Duration};

use wave::Wave;

use super::{
    place::Place,
    reader::Reader,
    table::{Entry, Table, Value},
    value,
};
use crate::{
    finding::Code,
    model::{Music, MusicId, Ringback},
};

/// How long the files of one music may last together: it is held in memory whole.
const MUSIC_MAX: Duration = Duration::from_secs(3600);

/// What may be heard while somebody rings.
const RINGBACKS: &str = "\"tone\", \"music:calm\" or \"answer+music:calm\"";

impl<'a> Reader<'a> {
    /// Reads `[music]`.
    pub(crate) fn all_music(&mut self) -> Vec<Music> {
        let names = self.names;
        names.music.entries.iter().map(|entry| self.music(*entry)).collect()
    }

    fn music(&mut self, entry: Entry<'a>) -> Music {
        Music { name: entry.key.into(), waves: self.waves(entry).unwrap_or_default().into() }
    }

    /// The files that can be played; the others were findings.
    fn waves(&mut self, entry: Entry<'a>) -> Option<Vec<Arc<[u8]>>> {
        let what = format!("music `{}`", entry.key);
        let wanted = "a table: { files = [\"music/calm.wav\"] }";
        let mut table = entry.value.table(&what, wanted, self.found)?;
        let files = table.need("files", "write files = [\"music/calm.wav\"]", self.found);
        table.finish(self.found);
        let files = files?;
        let items = files.list("a list of files: [\"music/calm.wav\"]", self.found)?;
        let waves: Vec<_> = items.into_iter().filter_map(|item| self.track(item)).collect();
        if waves.is_empty() {
            let message = format!("nothing of {what} can be played, and who waits hears nothing");
            self.found.report(Code::SilentMusic, files.place, message, "name a WAV that can be played");
        }
        let lasts: Duration =
            waves.iter().filter_map(|bytes| Wave::open(bytes).ok()).map(|wave| wave.lasts()).sum();
        if lasts > MUSIC_MAX {
            let message = format!("{what} lasts {} in all", value::show(lasts));
            let mend = format!("leave files out, until it is {} at most", value::show(MUSIC_MAX));
            self.found.report(Code::LongMusic, files.place, message, mend);
        }
        Some(waves)
    }

    fn track(&mut self, file: Value<'a>) -> Option<Arc<[u8]>> {
        let path = value::path(file, self.found)?;
        self.wave(file, path)
    }

    /// A bare name of some music.
    pub(crate) fn music_name(&mut self, value: Value<'a>) -> Option<MusicId> {
        let name = value.text("the name of some music", self.found)?;
        self.names.music(name, value.inside(), self.found)
    }

    /// Some music, if it is named so; a prompt may be meant as well.
    pub(super) fn named_music(&self, value: Value<'a>) -> Option<MusicId> {
        value.as_text().and_then(|name| self.names.music.find(name))
    }

    /// `"tone"`, `"music:calm"` or `"answer+music:calm"`.
    pub(super) fn ringback(&mut self, value: Value<'a>) -> Option<Ringback> {
        let text = value.text(RINGBACKS, self.found)?;
        if text == "tone" {
            return Some(Ringback::Tone);
        }
        let (made, name): (fn(MusicId) -> Ringback, _) = match text.strip_prefix("answer+") {
            Some(rest) => (Ringback::Answered, rest),
            None => (Ringback::Early, text),
        };
        let Some(name) = name.strip_prefix("music:") else {
            let message = format!("\"{text}\" is nothing to be heard while somebody rings");
            let mend = format!("write {RINGBACKS}");
            self.found.report(Code::UnknownWord, value.place, message, mend);
            return None;
        };
        let begins = text.len() - name.len();
        let inside = value.inside();
        let place = Place { start: inside.start + u32::try_from(begins).unwrap_or(0), ..inside };
        self.names.music(name, place, self.found).map(made)
    }

    /// `ringback` of a queue, which has answered by then and has it instead of `music`.
    pub(super) fn line_ringback(
        &mut self,
        table: &mut Table<'a>,
        music: Option<Entry<'a>>,
    ) -> Option<Ringback> {
        let entry = table.entry("ringback")?;
        let ringback = self.ringback(entry.value)?;
        if let Ringback::Early(music) = ringback {
            let name = self.names.music.entries[music.index()].key;
            let message = "a queue answers its callers, so that nothing is heard before";
            let mend = format!("write \"answer+music:{name}\"");
            self.found.report(Code::QueueAnswers, entry.value.place, message, mend);
        }
        if let Some(music) = music {
            let message = "callers hear `ringback` or `music`, and this queue has both";
            self.found.again(Code::KeyDoesNotApply, entry.place, music.place, message, "leave one out");
        }
        Some(ringback)
    }
}
