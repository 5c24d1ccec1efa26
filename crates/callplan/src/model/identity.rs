//! What a trunk is believed and told about who calls: one rule for each direction.
//!
//! From is always there and is the weakest word: what a trunk is believed comes before it, what a trunk is told
//! stands beside it.

use std::sync::Arc;

/// One thing that is said about a party beside From.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Said {
    /// `p-asserted-identity`: who it is, as the network knows (RFC 3325 §9.1).
    PAssertedIdentity,
    /// `p-preferred-identity`: who it would like to be (RFC 3325 §9.2). Never believed of a carrier.
    PPreferredIdentity,
    /// `remote-party-id`: the same in the spelling before RFC 3325.
    RemotePartyId,
    /// `privacy`: that the number is to be shown to nobody (RFC 3323). Always heeded, so only sent by rule.
    Privacy,
    /// `diversion`: who sent the call on (RFC 5806).
    Diversion,
    /// `history-info`: where the call has been (RFC 7044).
    HistoryInfo,
    /// `user-to-user`: what one end has to tell the other (RFC 7433).
    UserToUser,
    /// `identity`: a signed passport (RFC 8224).
    Identity,
    /// `name`: the display name.
    Name,
}

impl Said {
    /// Every one, with its word in the config.
    pub const ALL: [(&'static str, Self); 9] = [
        ("p-asserted-identity", Self::PAssertedIdentity),
        ("p-preferred-identity", Self::PPreferredIdentity),
        ("remote-party-id", Self::RemotePartyId),
        ("privacy", Self::Privacy),
        ("diversion", Self::Diversion),
        ("history-info", Self::HistoryInfo),
        ("user-to-user", Self::UserToUser),
        ("identity", Self::Identity),
        ("name", Self::Name),
    ];
}

/// Several of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaidSet(u16);

impl SaidSet {
    /// These.
    pub const fn of(list: &[Said]) -> Self {
        let mut set = Self(0);
        let mut at = 0;
        while at < list.len() {
            set.0 |= 1 << list[at] as u16;
            at += 1;
        }
        set
    }

    /// Whether `said` is among them.
    pub const fn has(self, said: Said) -> bool {
        self.0 & (1 << said as u16) != 0
    }
}

/// The rules of one trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What is believed of what it says.
    pub believe: SaidSet,
    /// What it is told.
    pub send: SaidSet,
    /// Whom From names.
    pub from: FromUser,
    /// Whose number a call shows that is only sent on.
    pub forwarded: Forwarded,
}

impl Default for Identity {
    /// A carrier vouches for its callers, and is told ours; what a call went through stays with us.
    fn default() -> Self {
        Self {
            believe: SaidSet::of(&[Said::PAssertedIdentity, Said::Name]),
            send: SaidSet::of(&[Said::PAssertedIdentity, Said::Privacy]),
            from: FromUser::default(),
            forwarded: Forwarded::default(),
        }
    }
}

/// Whom From names on a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FromUser {
    /// `number`: who calls.
    #[default]
    Number,
    /// `account`: the trunk's user, for carriers that refuse everybody else; who calls stands beside it.
    Account,
}

/// Whose number a call from outside shows when it leaves again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forwarded {
    /// `own`: the number of ours that was called.
    #[default]
    Own,
    /// `caller`: the caller's, where the carrier lets us show a number that is not ours.
    Caller,
}

/// What phones show of a call that came over a number or rings a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// `mask = "both"`: neither side learns the other's number or name, only ours.
    pub mask: bool,
    /// Whether the number's label, or the group's name, stands before the caller's name.
    pub label_caller: bool,
    /// How phones are to ring: the value of Alert-Info (RFC 3261 §20.4).
    pub alert_info: Option<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_made_of() {
        for (word, said) in Said::ALL {
            let set = SaidSet::of(&[said]);
            assert!(Said::ALL.iter().all(|(_, other)| set.has(*other) == (*other == said)), "{word}");
        }
    }
}
