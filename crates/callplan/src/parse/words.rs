//! Words of the config and what they mean, where a key knows a few: for who reads them and for who prints them.

use crate::{
    model::{
        CalledFrom, Format, Forwarded, FromUser, MediaMode, Redirects, Refresher, Reliable, Transfers,
        Transport,
    },
    order::Order,
};

/// How SIP may be carried.
pub(crate) const TRANSPORTS: [(&str, Transport); 3] =
    [("udp", Transport::Udp), ("tcp", Transport::Tcp), ("tls", Transport::Tls)];

/// `format` of a trunk.
pub(crate) const FORMATS: [(&str, Format); 3] =
    [("e164", Format::E164), ("national", Format::National), ("00", Format::DoubleZero)];

/// `media` of a trunk.
pub(crate) const MEDIA: [(&str, MediaMode); 2] = [("relay", MediaMode::Relay), ("direct", MediaMode::Direct)];

/// `redirects` of a trunk.
pub(crate) const REDIRECTS: [(&str, Redirects); 2] =
    [("refuse", Redirects::Refuse), ("follow", Redirects::Follow)];

/// `transfers` of a trunk.
pub(crate) const TRANSFERS: [(&str, Transfers); 2] =
    [("refuse", Transfers::Refuse), ("follow", Transfers::Follow)];

/// `called` of a trunk.
pub(crate) const CALLED: [(&str, CalledFrom); 4] = [
    ("request-uri", CalledFrom::RequestUri),
    ("to", CalledFrom::To),
    ("p-called-party-id", CalledFrom::PCalledPartyId),
    ("diversion", CalledFrom::Diversion),
];

/// `refresher` of a trunk or phone.
pub(crate) const REFRESHERS: [(&str, Refresher); 3] =
    [("either", Refresher::Either), ("us", Refresher::Us), ("them", Refresher::Them)];

/// `100rel` of a trunk or phone.
pub(crate) const RELIABLE: [(&str, Reliable); 3] =
    [("off", Reliable::Off), ("if-asked", Reliable::IfAsked), ("always", Reliable::Always)];

/// `from` of a trunk's identity.
pub(crate) const FROM: [(&str, FromUser); 2] = [("number", FromUser::Number), ("account", FromUser::Account)];

/// `forwarded` of a trunk's identity.
pub(crate) const FORWARDED: [(&str, Forwarded); 2] = [("own", Forwarded::Own), ("caller", Forwarded::Caller)];

/// `mask` of a person, number, group or plan.
pub(crate) const MASK: [(&str, bool); 2] = [("none", false), ("both", true)];

/// `state` of a number: whether it is on its way from one carrier to another.
pub(crate) const STATES: [(&str, bool); 2] = [("live", false), ("porting", true)];

/// `ring` of a group.
pub(crate) const ORDERS: [(&str, Order); 8] = Order::OF_GROUPS;

/// The word for a meaning.
pub(crate) fn of<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| *word)
}
