//! What carriers differ in, as data: the values of `profile`. A preset says what a trunk does where its table
//! is silent; whatever the table says itself comes first.

use crate::model::{CalledFrom, Format, Session, Transport};

/// Whether a trunk registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registers {
    /// It can't do without.
    Always,
    /// Both sides know the other's address.
    Never,
    /// If it is given a user.
    WithUser,
}

/// What a trunk of this carrier does unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preset {
    pub(super) registers: Registers,
    /// Whether it asks who calls, where it was given a user.
    pub(super) challenges: bool,
    pub(super) host: Option<&'static str>,
    pub(super) transport: Option<Transport>,
    /// Networks that its calls come from.
    pub(super) from: &'static [&'static str],
    pub(super) called: CalledFrom,
    pub(super) format: Format,
    pub(super) session: Session,
}

/// As RFC 3261 has it.
const GENERIC: Preset = Preset {
    registers: Registers::Never,
    challenges: false,
    host: None,
    transport: None,
    from: &[],
    called: CalledFrom::RequestUri,
    format: Format::E164,
    session: Session::USUAL,
};

/// Every preset, by the word of the config.
pub(super) const PRESETS: [(&str, Preset); 5] = [
    ("generic-register", Preset { registers: Registers::Always, ..GENERIC }),
    ("generic-address", GENERIC),
    ("generic-tls", Preset { registers: Registers::WithUser, transport: Some(Transport::Tls), ..GENERIC }),
    ("twilio", TWILIO),
    ("telnyx", TELNYX),
];

/// Elastic SIP Trunking: no registration, `user` and `secret` answer its challenges; the host is the termination
/// URI of the trunk, calls come from the signalling addresses of all its regions.
const TWILIO: Preset = Preset {
    challenges: true,
    transport: Some(Transport::Tls),
    from: &[
        "54.172.60.0/30",
        "54.244.51.0/30",
        "54.171.127.192/30",
        "35.156.191.128/30",
        "54.65.63.192/30",
        "54.169.127.128/30",
        "54.252.254.64/30",
        "177.71.206.192/30",
    ],
    ..GENERIC
};

/// A connection by credentials registers; one by address has no user. The number that was called stands in To
/// where the request-URI holds the contact that was registered.
const TELNYX: Preset = Preset {
    registers: Registers::WithUser,
    host: Some("sip.telnyx.com"),
    transport: Some(Transport::Tls),
    from: &["192.76.120.10", "64.16.250.10"],
    ..GENERIC
};

/// The words for all of them.
pub(crate) fn presets() -> impl Iterator<Item = &'static str> {
    PRESETS.into_iter().map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Net;

    #[test]
    fn the_networks_of_every_preset_are_networks() {
        for (word, preset) in PRESETS {
            assert!(preset.from.iter().all(|net| Net::parse(net).is_some()), "{word}");
        }
    }
}
