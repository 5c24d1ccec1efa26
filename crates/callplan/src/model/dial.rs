//! Numbers of our own, and what may be dialled out of the building.

use std::{sync::Arc, time::Duration};

use super::{
    ClassId, Country, E164, LanguageId, MusicId, PersonId, PlanId, Ringback, Shown, TextLine, TrunkId,
};
use crate::number::Digits;

/// A number the site owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub e164: E164,
    /// What kind of number it is, as the config says or by its digits; `None` is an ordinary one.
    pub kind: Option<NumberKind>,
    /// What people call it; the number itself if no label was given.
    pub label: Arc<str>,
    /// The trunk its calls come from; `None` takes them from any.
    pub trunk: Option<TrunkId>,
    /// Whether it is on its way to that trunk: until it has come there, calls are taken from any.
    pub is_porting: bool,
    /// What its calls run through: the plan it names, or the one its shorthand compiled to.
    pub plan: PlanId,
    /// Whose it is, where the layers of a plan ask.
    pub person: Option<PersonId>,
    /// Where it sends calls on to, where the layers of a plan ask.
    pub forward: Option<E164>,
    /// Who says what becomes of its calls, if it is for texts.
    pub line: Option<TextLine>,
    /// What phones show of its calls.
    pub shown: Shown,
    /// What its callers hear while they are on hold, whoever holds them.
    pub music: Option<MusicId>,
    /// What its callers hear while somebody rings who says nothing of it.
    pub ringback: Option<Ringback>,
    /// What its callers are spoken to in, if not in the site's language.
    pub language: Option<LanguageId>,
    /// Where it lies, if its digits tell.
    pub country: Option<Country>,
}

impl Number {
    /// Whether a call for it may come over a trunk.
    pub fn comes_over(&self, trunk: TrunkId) -> bool {
        self.is_porting || self.trunk.is_none_or(|its| its == trunk)
    }
}

/// The word used in `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The word.
    pub name: Arc<str>,
}

/// Which outside numbers a class holds and over which trunks they are reached.
///
/// Of several rules that match a number the most specific pattern wins: the longest prefix, then a
/// kind, then a country, then `any`. Numbers that cost more than a call are taken only by a rule that names them, and so
/// are short ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialRule {
    /// Its name in the config.
    pub name: Arc<str>,
    /// Numbers it is for.
    pub to: Vec<Pattern>,
    /// Numbers it is not for, whatever `to` says.
    pub except: Vec<Pattern>,
    /// The permission a dialler needs.
    pub class: ClassId,
    /// Trunks, tried in order; at least one.
    pub trunks: Vec<TrunkId>,
}

/// A set of outside numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// `any`.
    Any,
    /// `country:US`: numbers of one country by the numbering plan's data, but for those that are dear.
    Country(Country),
    /// `type:toll-free` (in `not` also the bare word).
    Kind(NumberKind),
    /// `+1202`: numbers that begin with these digits.
    Prefix(u64),
    /// `type:short`: the country's short numbers, which are dialled as they are.
    Shorts,
    /// `118`: short numbers that begin with these digits.
    Short(Digits),
}

/// The word for a number of no kind: one that rings a line like any other.
pub(crate) const LOCAL: &str = "local";

/// What kind of number it is, by the numbering plan's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// Free for the caller.
    TollFree,
    /// Charged above the ordinary.
    Premium,
    /// Charged above the ordinary, and shared between both sides.
    SharedCost,
    /// Satellite networks.
    Satellite,
    /// Mobile networks, where a country tells them by their first digits.
    Mobile,
}

impl NumberKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Mobile, Self::TollFree, Self::Premium, Self::SharedCost, Self::Satellite];

    /// The kind of this word; `None` within for an ordinary number.
    pub(crate) fn of_word(word: &str) -> Option<Option<Self>> {
        let kind = Self::ALL.into_iter().find(|kind| kind.word() == word);
        (kind.is_some() || word == LOCAL).then_some(kind)
    }

    /// The word of a kind, or of an ordinary number.
    pub fn word_of(kind: Option<Self>) -> &'static str {
        kind.map_or(LOCAL, Self::word)
    }

    /// The word of the config: `toll-free`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TollFree => "toll-free",
            Self::Premium => "premium",
            Self::SharedCost => "shared-cost",
            Self::Satellite => "satellite",
            Self::Mobile => "mobile",
        }
    }

    /// Whether a call costs more than its country says, so that a rule has to name such numbers to take them
    /// (RELIABILITY A9).
    pub const fn is_dear(self) -> bool {
        match self {
            Self::Premium | Self::SharedCost | Self::Satellite => true,
            Self::TollFree | Self::Mobile => false,
        }
    }
}

/// Emergency calls, resolved before every plan and rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Emergency {
    /// What is dialled: those of `[emergency]`, else the country's. Sorted.
    pub numbers: Vec<Arc<str>>,
    /// Trunks, tried in order; every trunk in order of declaration if none are named.
    pub trunks: Vec<TrunkId>,
    /// The number presented, and called back.
    pub present: Option<E164>,
    /// Where the building is: a PIDF-LO (RFC 6442), unless the phone has one of its own.
    pub location: Option<Arc<[u8]>>,
    /// How long whoever helps reaches the phone that asked, past plan, hours and limits.
    pub callback_for: Duration,
    /// Whose phones are told by a message.
    pub notify: Vec<PersonId>,
}
