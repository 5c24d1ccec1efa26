//! Configs to run on: small sites written here, with secrets for all their phones.

use std::{collections::HashMap, sync::Arc};

use b2bua::switch::Phrase;
use callplan::{Assets, Finding, Saying, Site, Source, Spoken, Unread, load};
use sip::digest::{Algorithm, ha1};

/// The site that ladders run on, unless they add to it: a few people, two carriers, a number for each thing
/// a plan can do.
pub const LADDERS: &str = include_str!("site/ladders.toml");

/// What calls cost in runs and ladders that rate them.
const RATES: &str = include_str!("site/rates.csv");

/// The password of a phone.
pub fn password(phone: &str) -> Arc<str> {
    format!("secret of {phone}").into()
}

/// Bytes before the sound of a prompt.
const HEAD: usize = 44;

/// A prompt that lasts so many milliseconds: silence, 8 kHz, 16 bit, mono (RIFF WAVE).
pub fn prompt(lasts_ms: u32) -> Arc<[u8]> {
    let bytes = lasts_ms * 16;
    let mut wave = Vec::with_capacity(HEAD + bytes as usize);
    wave.extend_from_slice(b"RIFF");
    wave.extend_from_slice(&(36 + bytes).to_le_bytes());
    wave.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wave.extend_from_slice(&bytes.to_le_bytes());
    wave.resize(HEAD + bytes as usize, 0);
    wave.into()
}

/// Words that say their own name: half a second each.
pub fn words() -> HashMap<&'static str, Arc<[u8]>> {
    Phrase::all().map(|phrase| (phrase.name(), saying(phrase.name(), 500))).collect()
}

/// A prompt of this length that says something.
fn saying(text: &str, lasts_ms: u32) -> Arc<[u8]> {
    let mut wave = prompt(lasts_ms).to_vec();
    wave[HEAD..HEAD + text.len()].copy_from_slice(text.as_bytes());
    wave.into()
}

/// What a prompt says, if it says anything.
pub fn said(wave: &[u8]) -> &str {
    let sound = wave.get(HEAD..).unwrap_or_default();
    let end = sound.iter().position(|byte| *byte == 0).unwrap_or(sound.len());
    std::str::from_utf8(&sound[..end]).unwrap_or_default()
}

/// What every calendar holds: a day and some hours of each week that are closed, and hours that are open.
const EVENTS: &str = "BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART:20260108T150000
DTEND:20260108T173000
RRULE:FREQ=WEEKLY
SUMMARY:Team meeting
END:VEVENT
BEGIN:VEVENT
DTSTART:20260106T123000
DTEND:20260106T133000
RRULE:FREQ=WEEKLY;BYDAY=TU,SA
SUMMARY:Open at noon
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260107
RRULE:FREQ=WEEKLY
SUMMARY:Wednesdays off
END:VEVENT
END:VCALENDAR
";

/// The files a generated config names.
struct Files {
    secrets: String,
}

impl Assets for Files {
    /// `secrets/phones` holds all; `stir/carrier.key` signs; `prompts/3500.wav` lasts 3.5 seconds; a
    /// location names itself; `secrets/4711.pin` holds 4711; any other secret is its own name.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        if path == "secrets/phones" {
            return Ok(self.secrets.as_bytes().into());
        }
        if path == "stir/carrier.key" {
            return Ok(crate::authority::KEY.as_bytes().into());
        }
        if let Some(pin) = path.strip_prefix("secrets/").and_then(|name| name.strip_suffix(".pin")) {
            return Ok(pin.as_bytes().into());
        }
        if path.ends_with(".ics") {
            return Ok(EVENTS.as_bytes().into());
        }
        if path.ends_with(".csv") {
            return Ok(RATES.as_bytes().into());
        }
        if path.ends_with(".xml") {
            let place =
                format!("<presence xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" entity=\"{path}\"/>");
            return Ok(place.as_bytes().into());
        }
        let length = path.strip_prefix("prompts/").and_then(|name| name.strip_suffix(".wav"));
        match length.and_then(|length| length.parse().ok()) {
            Some(lasts_ms) => Ok(prompt(lasts_ms)),
            None => Ok(path.as_bytes().into()),
        }
    }

    /// A text says itself, in a tenth of a second a letter.
    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let lasts_ms = 100 * u32::try_from(saying.text.len()).map_err(|error| error.to_string())?;
        Ok(Spoken { wave: self::saying(saying.text, lasts_ms), mute: None })
    }
}

/// Reads a config whose phones are these, of this domain.
///
/// # Errors
/// The findings, as an operator would read them.
pub fn read(text: &str, domain: &str, phones: &[&str]) -> Result<Arc<Site>, String> {
    read_all(&[Source::new("site.toml", text)], domain, phones)
}

/// The same from several texts.
///
/// # Errors
/// The findings, as an operator would read them.
pub fn read_all(sources: &[Source], domain: &str, phones: &[&str]) -> Result<Arc<Site>, String> {
    let files = Files { secrets: phones.iter().map(|phone| secret_lines(phone, domain)).collect() };
    let show = |findings: &[Finding]| findings.iter().map(|it| format!("{it}\n")).collect::<String>();
    match load(sources, &files) {
        Ok((site, _)) => Ok(Arc::new(site)),
        Err(findings) => Err(show(&findings)),
    }
}

/// A config but for these tables.
pub(crate) fn without(tables: &[String], config: &str) -> String {
    let mut is_out = false;
    let mut left = String::new();
    for line in config.lines() {
        if line.starts_with('[') {
            is_out = tables.iter().any(|table| table == line);
        }
        if !is_out {
            left.extend([line, "\n"]);
        }
    }
    left
}

fn secret_lines(phone: &str, domain: &str) -> String {
    let hash = |algorithm| ha1(algorithm, phone, domain, &password(phone));
    format!(
        "{phone} SHA-256 {}\n{phone} MD5 {}\n",
        hash(Algorithm::Sha256).as_str(),
        hash(Algorithm::Md5).as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_lasts_as_long_as_its_name_says() {
        let source = media::control::Source::Wave(prompt(3_500));
        assert_eq!(crate::studio::length(&source), Some(std::time::Duration::from_millis(3_500)));
    }
}
