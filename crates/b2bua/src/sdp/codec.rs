//! Payload formats and when two of them are the same.

use std::fmt;

use media::control::{Format, Payload};

use super::Codecs;

/// One format of an audio line: payload type, encoding and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    /// Payload type number, 0 to 127.
    pub number: u8,
    /// What it is.
    pub encoding: Encoding,
    /// Clock rate in Hz.
    pub rate: u32,
    /// Channels, 1 unless said.
    pub channels: u8,
    /// The `fmtp` parameters, verbatim.
    pub fmtp: Option<Box<str>>,
}

/// Encodings by name (RFC 3551 §6, case-insensitive there).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722, whose clock is written as 8000 by an old mistake (RFC 3551 §4.5.2).
    G722,
    /// Opus, always written as 48 kHz and two channels (RFC 7587 §7).
    Opus,
    /// G.729 and its relatives.
    G729,
    /// GSM full rate.
    Gsm,
    /// G.723.1.
    G723,
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Keys (RFC 4733).
    TelephoneEvent,
    /// Anything else, as written.
    Other(Box<str>),
}

impl Encoding {
    /// The encoding called `name`.
    pub fn named(name: &str) -> Self {
        const KNOWN: [(&str, Encoding); 9] = [
            ("PCMU", Encoding::Pcmu),
            ("PCMA", Encoding::Pcma),
            ("G722", Encoding::G722),
            ("opus", Encoding::Opus),
            ("G729", Encoding::G729),
            ("GSM", Encoding::Gsm),
            ("G723", Encoding::G723),
            ("CN", Encoding::ComfortNoise),
            ("telephone-event", Encoding::TelephoneEvent),
        ];
        KNOWN
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or_else(|| Self::Other(name.into()), |(_, encoding)| encoding)
    }

    /// Its name as written in an `rtpmap`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
            Self::G729 => "G729",
            Self::Gsm => "GSM",
            Self::G723 => "G723",
            Self::ComfortNoise => "CN",
            Self::TelephoneEvent => "telephone-event",
            Self::Other(name) => name,
        }
    }
}

impl Codec {
    /// The format that a payload number means without an `rtpmap` (RFC 3551 §6).
    pub fn fixed(number: u8) -> Option<Self> {
        let encoding = match number {
            0 => Encoding::Pcmu,
            3 => Encoding::Gsm,
            4 => Encoding::G723,
            8 => Encoding::Pcma,
            9 => Encoding::G722,
            13 => Encoding::ComfortNoise,
            18 => Encoding::G729,
            _ => return None,
        };
        Some(Self { number, encoding, rate: 8000, channels: 1, fmtp: None })
    }

    /// Keys at 8 kHz, on the number nearly everybody uses.
    pub fn telephone_event() -> Self {
        Self {
            number: 101,
            encoding: Encoding::TelephoneEvent,
            rate: 8000,
            channels: 1,
            fmtp: Some("0-16".into()),
        }
    }

    /// Whether both carry the same thing, whatever their numbers and parameters.
    pub fn same_format(&self, other: &Self) -> bool {
        self.rate == other.rate
            && self.channels == other.channels
            && match (&self.encoding, &other.encoding) {
                (Encoding::Other(a), Encoding::Other(b)) => a.eq_ignore_ascii_case(b),
                (a, b) => a == b,
            }
    }

    /// Whether the relay can hand one on as the other: the same format, keys by another clock, or two that we speak,
    /// which it changes into one another.
    pub fn relays_to(&self, other: &Self) -> bool {
        let are_keys = [self, other].iter().all(|codec| codec.encoding == Encoding::TelephoneEvent);
        self.same_format(other) || are_keys || (self.is_ours() && other.is_ours())
    }

    /// Whether it carries sound, not keys or comfort noise.
    pub fn is_sound(&self) -> bool {
        !matches!(self.encoding, Encoding::TelephoneEvent | Encoding::ComfortNoise)
    }

    /// Whether the switch itself can speak and hear it.
    pub fn is_ours(&self) -> bool {
        !matches!(self.payload().format, Format::TelephoneEvent(_) | Format::Other(_))
    }

    /// What it costs to change it into another that we speak, by rank: the laws of G.711 next to nothing, Opus ten
    /// times as much as G.722.
    pub(crate) fn effort(&self) -> u8 {
        match self.payload().format {
            Format::Pcmu | Format::Pcma => 0,
            Format::G722 => 1,
            Format::Opus => 2,
            Format::TelephoneEvent(_) | Format::Other(_) => u8::MAX,
        }
    }

    /// The row of the media thread's payload table.
    pub fn payload(&self) -> Payload {
        let format = match (&self.encoding, self.rate, self.channels) {
            (Encoding::Pcmu, 8000, 1) => Format::Pcmu,
            (Encoding::Pcma, 8000, 1) => Format::Pcma,
            (Encoding::G722, 8000, 1) => Format::G722,
            (Encoding::Opus, 48_000, 2) => Format::Opus,
            (Encoding::TelephoneEvent, rate, _) => Format::TelephoneEvent(rate),
            (
                Encoding::Pcmu
                | Encoding::Pcma
                | Encoding::G722
                | Encoding::Opus
                | Encoding::G729
                | Encoding::Gsm
                | Encoding::G723
                | Encoding::ComfortNoise
                | Encoding::Other(_),
                _,
                _,
            ) => Format::Other(self.fingerprint()),
        };
        Payload { number: self.number, format }
    }

    /// FNV-1a over what [`same_format`](Self::same_format) compares: equal formats, equal fingerprints.
    fn fingerprint(&self) -> u32 {
        let name = self.encoding.as_str().bytes().map(|byte| byte.to_ascii_lowercase());
        let rest = self.rate.to_be_bytes().into_iter().chain([self.channels]);
        name.chain(rest).fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// These formats and, behind those for sound, what else we can make of one of them: the laws of G.711 and G.722, and keys
/// by the clock that everybody has. Never Opus, which costs most: it is spoken where somebody offers it.
pub(crate) fn with_ours(mut codecs: Codecs) -> Codecs {
    if !codecs.iter().any(Codec::is_ours) {
        return codecs;
    }
    for number in [0, 8, 9] {
        let behind = codecs.iter().rposition(Codec::is_sound).map_or(0, |last| last + 1);
        if let Some(codec) = Codec::fixed(number).filter(|_| is_free(number, &codecs)) {
            codecs.insert(behind, codec);
        }
    }
    let is_key = |codec: &Codec| codec.encoding == Encoding::TelephoneEvent;
    let usual = Codec::telephone_event();
    if codecs.iter().any(is_key)
        && !codecs.iter().any(|codec| codec.same_format(&usual))
        && let Some(number) = (usual.number..128).find(|number| is_free(*number, &codecs))
    {
        codecs.push(Codec { number, ..usual });
    }
    codecs
}

fn is_free(number: u8, codecs: &Codecs) -> bool {
    !codecs.iter().any(|codec| codec.number == number)
}

impl fmt::Display for Codec {
    /// `PCMU/8000`, as in an `rtpmap`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.encoding.as_str(), self.rate)?;
        if self.channels > 1 {
            write!(f, "/{}", self.channels)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codecs(numbers: &[u8]) -> Codecs {
        let one = |number: &u8| Codec::fixed(*number).unwrap_or_else(Codec::telephone_event);
        numbers.iter().map(one).collect()
    }

    fn opus(number: u8) -> Codec {
        Codec { number, encoding: Encoding::named("OPUS"), rate: 48_000, channels: 2, fmtp: None }
    }

    #[test]
    fn what_we_speak_relays_to_one_another_and_nothing_else_does() {
        let relays = |from, to| codecs(&[from])[0].relays_to(&codecs(&[to])[0]);
        for (from, to, does) in [
            (0, 0, true),
            (0, 8, true),
            (8, 0, true),
            (9, 9, true),
            (9, 0, true),
            (8, 9, true),
            (18, 18, true),
            (18, 3, false),
            (18, 0, false),
            (9, 18, false),
            (0, 101, false),
        ] {
            assert_eq!(relays(from, to), does, "{from} to {to}");
        }
        assert!(opus(111).relays_to(&codecs(&[9])[0]));
        assert!(!Codec { channels: 1, ..opus(111) }.relays_to(&codecs(&[9])[0]));
        let slow = Codec::telephone_event();
        assert!(Codec { rate: 48_000, ..slow.clone() }.relays_to(&slow));
    }

    #[test]
    fn what_we_make_of_it_stands_behind_all_that_was_offered_for_sound() {
        for (from, to) in [
            (&[0, 101][..], &[0, 8, 9, 101][..]),
            (&[9, 8, 18, 101], &[9, 8, 18, 0, 101]),
            (&[8, 0, 101], &[8, 0, 9, 101]),
            (&[9, 101], &[9, 0, 8, 101]),
            (&[101, 0], &[101, 0, 8, 9]),
            (&[18, 101], &[18, 101]),
        ] {
            let numbers: Vec<u8> = with_ours(codecs(from)).iter().map(|codec| codec.number).collect();
            assert_eq!(numbers, to);
        }
    }

    #[test]
    fn who_has_keys_by_the_clock_of_opus_is_offered_on_with_the_usual_ones() {
        let fast = Codec { rate: 48_000, ..Codec::telephone_event() };
        let offered = with_ours([opus(96), fast].into_iter().collect());
        let words: Vec<String> = offered.iter().map(|codec| format!("{} {codec}", codec.number)).collect();
        let usual = ["0 PCMU/8000", "8 PCMA/8000", "9 G722/8000"];
        let keys = ["101 telephone-event/48000", "102 telephone-event/8000"];
        assert_eq!(words, [&["96 opus/48000/2"][..], &usual, &keys].concat());
    }
}
