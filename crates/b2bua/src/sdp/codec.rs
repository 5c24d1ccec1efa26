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
        const KNOWN: [(&str, Encoding); 8] = [
            ("PCMU", Encoding::Pcmu),
            ("PCMA", Encoding::Pcma),
            ("G722", Encoding::G722),
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

    /// Whether the relay can hand one on as the other: the same format, or the two laws of G.711, which it changes
    /// into one another.
    pub fn relays_to(&self, other: &Self) -> bool {
        self.same_format(other) || (self.is_g711() && other.is_g711())
    }

    /// Whether it carries sound, not keys or comfort noise.
    pub fn is_sound(&self) -> bool {
        !matches!(self.encoding, Encoding::TelephoneEvent | Encoding::ComfortNoise)
    }

    /// Whether the switch itself can speak and hear it.
    pub fn is_g711(&self) -> bool {
        matches!(self.encoding, Encoding::Pcmu | Encoding::Pcma) && self.rate == 8000 && self.channels == 1
    }

    /// The row of the media thread's payload table.
    pub fn payload(&self) -> Payload {
        let format = match &self.encoding {
            Encoding::Pcmu if self.is_g711() => Format::Pcmu,
            Encoding::Pcma if self.is_g711() => Format::Pcma,
            Encoding::TelephoneEvent => Format::TelephoneEvent(self.rate),
            Encoding::Pcmu
            | Encoding::Pcma
            | Encoding::G722
            | Encoding::G729
            | Encoding::Gsm
            | Encoding::G723
            | Encoding::ComfortNoise
            | Encoding::Other(_) => Format::Other(self.fingerprint()),
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

/// These formats and, behind those for sound, the law of G.711 that is missing beside the other one: who speaks but
/// one of the two is understood by who speaks but the other.
pub(crate) fn with_both_laws(mut codecs: Codecs) -> Codecs {
    let has = |number| codecs.iter().any(|codec: &Codec| codec.number == number);
    let missing = [0, 8].into_iter().find(|law| !has(*law)).and_then(Codec::fixed);
    let behind = codecs.iter().rposition(Codec::is_sound).map_or(0, |last| last + 1);
    if codecs.iter().any(Codec::is_g711)
        && let Some(law) = missing
    {
        codecs.insert(behind, law);
    }
    codecs
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

    #[test]
    fn the_laws_of_g711_relay_to_one_another_and_nothing_else_does() {
        let relays = |from, to| codecs(&[from])[0].relays_to(&codecs(&[to])[0]);
        for (from, to, does) in [
            (0, 0, true),
            (0, 8, true),
            (8, 0, true),
            (9, 9, true),
            (9, 0, false),
            (8, 9, false),
            (18, 3, false),
        ] {
            assert_eq!(relays(from, to), does, "{from} to {to}");
        }
    }

    #[test]
    fn the_missing_law_stands_behind_all_that_was_offered_for_sound() {
        for (from, to) in [
            (&[0, 101][..], &[0, 8, 101][..]),
            (&[9, 8, 18, 101], &[9, 8, 18, 0, 101]),
            (&[8, 0, 101], &[8, 0, 101]),
            (&[9, 101], &[9, 101]),
            (&[101, 0], &[101, 0, 8]),
        ] {
            let numbers: Vec<u8> = with_both_laws(codecs(from)).iter().map(|codec| codec.number).collect();
            assert_eq!(numbers, to);
        }
    }
}
