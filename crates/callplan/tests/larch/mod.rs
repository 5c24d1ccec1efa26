//! A small business, loaded from `site.toml` beside this file.

use std::sync::Arc;

use callplan::{Assets, Memory, Saying, Site, Source, Spoken, Unread, load};

/// The site.
pub(crate) fn larch() -> Site {
    larch_with("")
}

/// The site with one more text.
pub(crate) fn larch_with(more: &str) -> Site {
    larch_rated(more, "")
}

/// The site with one more text and the rate deck that it may name.
pub(crate) fn larch_rated(more: &str, deck: &str) -> Site {
    larch_of(include_str!("site.toml"), more, deck)
}

/// A site of these texts, with the files that Larch & Co has.
pub(crate) fn larch_of(text: &str, more: &str, deck: &str) -> Site {
    let sources = [Source::new("site.toml", text), Source::new("more.toml", more)];
    let prompts = Memory::default().with("welcome.wav", &wav(8000)).with("closed.wav", &wav(4500));
    let assets = prompts.with("phones", b"").with("roots.pem", b"").with("rates.csv", deck.as_bytes());
    load(&sources, &Speaking(assets)).unwrap_or_else(|findings| panic!("{}", findings[0])).0
}

/// Files beside whoever says every text, in a second.
struct Speaking(Memory);

impl Assets for Speaking {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        self.0.read(path)
    }

    fn spoken(&self, _: Saying<'_>) -> Result<Spoken, Unread> {
        Ok(Spoken { wave: wav(1_000).into(), mute: None })
    }
}

/// The header of a prompt of 8 kHz, 16 bit, mono, and as much silence.
pub(crate) fn wav(milliseconds: u32) -> Vec<u8> {
    let data = milliseconds * 16;
    let mut wav = b"RIFF".to_vec();
    wav.extend_from_slice(&(36 + data).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wav.extend_from_slice(&data.to_le_bytes());
    wav.resize(wav.len() + data as usize, 0);
    wav
}
