//! Whose fault it is that a carrier is not reached, and what mends it: an operator is told all trouble in one form.

use std::fmt::Display;

use super::{Fault, Unreachable};

/// Who erred, as far as that can be told from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The config, or the machine that we run on.
    Ours,
    /// The carrier.
    Theirs,
    /// The network: nobody knows more.
    Between,
}

/// Who erred, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blame {
    /// Who.
    pub side: Side,
    /// What the operator does.
    pub mend: &'static str,
}

impl Side {
    /// In the operator's words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ours => "our side",
            Self::Theirs => "the carrier's side",
            Self::Between => "the way between",
        }
    }
}

impl Blame {
    /// A fault of ours.
    pub const fn ours(mend: &'static str) -> Self {
        Self { side: Side::Ours, mend }
    }

    /// One of the carrier's.
    pub const fn theirs(mend: &'static str) -> Self {
        Self { side: Side::Theirs, mend }
    }

    /// One of the network's.
    pub const fn between(mend: &'static str) -> Self {
        Self { side: Side::Between, mend }
    }

    /// What went wrong, who erred, what to do.
    pub fn told(self, what: impl Display) -> String {
        format!("{what} ({}: {})", self.side.word(), self.mend)
    }
}

/// No name server says anything.
pub(crate) const NO_NAME_SERVER: Blame = Blame::ours("see whether this machine reaches its name servers");
/// The name servers know no such name.
pub(crate) const NO_NAME: Blame = Blame::ours("write `host` as the carrier gave it");

const FIREWALL: &str = "see whether `host` and `transport` are right and no firewall stands between";

impl Unreachable {
    /// Who erred.
    pub const fn blame(self) -> Blame {
        match self {
            Self::NoAddress => NO_NAME,
            Self::NoNameServer => NO_NAME_SERVER,
            Self::NoSocket => Blame::ours("write a socket of that transport under [listen]"),
            Self::Connection(fault) => fault.blame(),
            Self::Gone => Blame::theirs("see whether `host`, port and `transport` are those it gave you"),
            Self::Late => Blame::between(FIREWALL),
            Self::Full => Blame::ours("there is room again within seconds; if it lasts, tell the makers"),
        }
    }
}

impl Fault {
    /// Who erred.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Refused => Blame::theirs("see whether port and `transport` are those it gave you"),
            Self::Silent => Blame::between(FIREWALL),
            Self::NoRoute => Blame::ours("see the network of this machine"),
            Self::System => {
                Blame::ours("see how many files the process may open, and what the firewall forbids it")
            }
            Self::OtherName => Blame::theirs("write as `host` the name that its certificate has"),
            Self::Expired => {
                Blame::theirs("have it renew the certificate, and see the clock of this machine")
            }
            Self::UnknownAuthority => {
                Blame::ours("write who signs for the carrier under [tls]: ca = { file = ... }")
            }
            Self::NoTls => Blame::theirs("see whether its port is one for TLS"),
        }
    }
}
