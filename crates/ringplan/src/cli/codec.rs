//! Codecs by name.

use clap::ValueEnum;
use media::codec::{coder, g711::Law};

/// What a test call speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Codec {
    /// G.711 as in North America.
    Pcmu,
    /// G.711 as elsewhere.
    Pcma,
    /// G.722, wideband.
    G722,
    /// Opus, wideband.
    Opus,
}

impl Codec {
    /// As media knows it.
    pub(super) const fn model(self) -> coder::Codec {
        match self {
            Self::Pcmu => coder::Codec::Law(Law::Mu),
            Self::Pcma => coder::Codec::Law(Law::A),
            Self::G722 => coder::Codec::G722,
            Self::Opus => coder::Codec::Opus,
        }
    }
}
