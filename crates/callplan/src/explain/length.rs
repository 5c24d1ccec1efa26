//! How long a prompt lasts.

use std::time::Duration;

use crate::{Prompt, Site};

/// How long `prompt` lasts by its WAV header; nothing if that cannot be read, since then nothing is heard.
pub(super) fn of(site: &Site, prompt: Prompt) -> Duration {
    match prompt {
        Prompt::File(file) => site[file].bytes.as_deref().and_then(of_wav).unwrap_or_default(),
        Prompt::Shipped(shipped) => shipped.lasts(),
    }
}

/// The length of a RIFF WAVE: bytes of its data chunk by bytes a second of its format chunk.
fn of_wav(bytes: &[u8]) -> Option<Duration> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut per_second) = (12, None);
    while let Some(name) = bytes.get(at..at + 4) {
        let size = number(at + 4)?;
        match name {
            b"fmt " => per_second = number(at + 16),
            b"data" => {
                let seconds = f64::from(size) / f64::from(per_second.filter(|rate| *rate > 0)?);
                return Some(Duration::from_millis((seconds * 1000.0).round() as u64));
            }
            _ => {}
        }
        // Chunks begin at even places (RIFF).
        at = at.checked_add(8)?.checked_add(usize::try_from(size).ok()?)?.next_multiple_of(2);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(before: &[u8], rate: u32, data: u32) -> Vec<u8> {
        let mut wav = b"RIFF\0\0\0\0WAVE".to_vec();
        wav.extend_from_slice(before);
        wav.extend_from_slice(b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0");
        wav.extend_from_slice(&rate.to_le_bytes());
        wav.extend_from_slice(&[2, 0, 16, 0]);
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&data.to_le_bytes());
        wav
    }

    #[test]
    fn the_header_tells_the_length() {
        assert_eq!(of_wav(&wav(b"", 16_000, 76_800)), Some(Duration::from_millis(4_800)));
        assert_eq!(of_wav(&wav(b"LIST\x03\0\0\0abc\0", 16_000, 16_000)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn broken_headers_tell_nothing() {
        let good = wav(b"", 16_000, 76_800);
        assert_eq!(of_wav(&wav(b"", 0, 76_800)), None);
        assert_eq!(of_wav(b"RIFF....WAVEdata\xff\xff\xff\xff"), None);
        assert_eq!(of_wav(&wav(b"LIST\xff\xff\xff\xff", 1, 1)), None);
        for cut in 0..good.len() {
            assert_eq!(of_wav(&good[..cut]), None, "{cut}");
        }
    }
}
