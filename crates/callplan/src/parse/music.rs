//! `[music.x]`: what those hear who wait.

use std::{sync::Arc, time::Duration};

use wave::Wave;

use super::{
    reader::Reader,
    table::{Entry, Value},
    value,
};
use crate::{
    finding::Code,
    model::{Music, MusicId},
};

/// How long the files of one music may last together: it is held in memory whole.
const MUSIC_MAX: Duration = Duration::from_secs(3600);

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
}
