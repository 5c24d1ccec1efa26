//! Which steps came to which outcomes: a run shows something only if all of them occurred.

mod beside;
mod crossings;
mod kinds;

use std::collections::BTreeMap;

use callplan::{
    Act, NodeId, Site,
    explain::Explanation,
    step::{End, ReasonKind},
};

pub(super) use self::crossings::count_crossings;

/// A kind of step and what it came to.
pub type Pair = (&'static str, &'static str);

/// Every pair that can occur.
pub const ALL: [Pair; 177] = [
    ("ring person", "answered"),
    ("ring person", "no answer"),
    ("ring person", "busy"),
    ("ring person", "declined"),
    ("ring person", "unreachable"),
    ("ring person", "caller left"),
    ("ring phone", "answered"),
    ("ring phone", "no answer"),
    ("ring phone", "busy"),
    ("ring phone", "declined"),
    ("ring phone", "unreachable"),
    ("ring phone", "caller left"),
    ("ring all", "answered"),
    ("ring all", "no answer"),
    ("ring all", "busy"),
    ("ring all", "declined"),
    ("ring all", "unreachable"),
    ("ring all", "caller left"),
    ("ring in order", "answered"),
    ("ring in order", "no answer"),
    ("ring in order", "busy"),
    ("ring in order", "declined"),
    ("ring in order", "unreachable"),
    ("ring in order", "caller left"),
    ("ring round-robin", "answered"),
    ("ring round-robin", "no answer"),
    ("ring round-robin", "busy"),
    ("ring round-robin", "declined"),
    ("ring round-robin", "unreachable"),
    ("ring round-robin", "caller left"),
    ("ring by merit", "answered"),
    ("ring by merit", "no answer"),
    ("ring by merit", "busy"),
    ("ring by merit", "declined"),
    ("ring by merit", "unreachable"),
    ("ring by merit", "caller left"),
    ("ring by chance", "answered"),
    ("ring by chance", "no answer"),
    ("ring by chance", "busy"),
    ("ring by chance", "declined"),
    ("ring by chance", "unreachable"),
    ("ring by chance", "caller left"),
    ("turn", "idle"),
    ("turn", "calls"),
    ("turn", "talk"),
    ("turn", "nothing done yet"),
    ("turn", "chance"),
    ("ring rota", "answered"),
    ("ring rota", "no answer"),
    ("ring rota", "busy"),
    ("ring rota", "declined"),
    ("ring rota", "unreachable"),
    ("ring rota", "caller left"),
    ("ring first", "answered"),
    ("ring first", "no answer"),
    ("ring first", "busy"),
    ("ring first", "declined"),
    ("ring first", "unreachable"),
    ("ring first", "caller left"),
    ("sticky", "answered"),
    ("sticky", "no answer"),
    ("sticky", "busy"),
    ("sticky", "declined"),
    ("sticky", "unreachable"),
    ("sticky", "caller left"),
    ("layer", "somebody"),
    ("layer", "nobody"),
    ("layer", "too long ago"),
    ("layer", "untold"),
    ("turn", "time up"),
    ("turn", "moved"),
    ("forward", "answered"),
    ("forward", "no answer"),
    ("forward", "busy"),
    ("forward", "declined"),
    ("forward", "unreachable"),
    ("forward", "caller left"),
    ("mobile", "rung"),
    ("mobile", "answered"),
    ("mobile", "no answer"),
    ("mobile", "busy"),
    ("mobile", "declined"),
    ("mobile", "unreachable"),
    ("person forwards", "at once"),
    ("person forwards", "after ringing"),
    ("person forwards", "answered"),
    ("person away", "elsewhere"),
    ("screen", "asked"),
    ("screen", "accepted"),
    ("screen", "declined"),
    ("screen", "no key"),
    ("screen", "others took it"),
    ("screen", "caller left"),
    ("play", "heard"),
    ("play", "caller left"),
    ("ask", "key"),
    ("ask", "wrong key"),
    ("ask", "silence"),
    ("ask", "caller left"),
    ("menu", "key"),
    ("menu", "wrong key"),
    ("menu", "silence"),
    ("menu", "extension"),
    ("menu", "no extension"),
    ("menu", "no other digit"),
    ("menu", "caller left"),
    ("queue together", "taken"),
    ("queue together", "waited"),
    ("queue together", "caller left"),
    ("queue in order", "taken"),
    ("queue in order", "waited"),
    ("queue in order", "caller left"),
    ("queue round-robin", "taken"),
    ("queue round-robin", "waited"),
    ("queue round-robin", "caller left"),
    ("queue by merit", "taken"),
    ("queue by merit", "waited"),
    ("queue by merit", "caller left"),
    ("queue by chance", "taken"),
    ("queue by chance", "waited"),
    ("queue by chance", "caller left"),
    ("queue", "others before"),
    ("queue", "full"),
    ("queue", "unstaffed"),
    ("queue", "closed"),
    ("queue", "told the place"),
    ("queue", "told the wait"),
    ("queue", "offered"),
    ("queue", "went home"),
    ("agent", "answered"),
    ("agent", "no answer"),
    ("agent", "busy"),
    ("agent", "declined"),
    ("agent", "unreachable"),
    ("voicemail", "greeting skipped"),
    ("voicemail", "message"),
    ("voicemail", "no message"),
    ("voicemail", "caller left"),
    ("reject", "busy"),
    ("reject", "declined"),
    ("reject", "unallocated"),
    ("reject", "no answer"),
    ("reject", "hung up on"),
    ("hang up", "refused"),
    ("hang up", "hung up on"),
    ("goto", "taken"),
    ("when", "taken"),
    ("when", "passed"),
    ("unless", "taken"),
    ("unless", "passed"),
    ("hours", "open"),
    ("hours", "closed now"),
    ("hours", "closed that day"),
    ("hours", "holiday"),
    ("hours", "event closes"),
    ("hours", "event opens"),
    ("list", "in"),
    ("list", "not in"),
    ("withheld", "yes"),
    ("withheld", "no"),
    ("contact", "known"),
    ("contact", "unknown"),
    ("fact", "untold"),
    ("not rung", "busy"),
    ("not rung", "not registered"),
    ("not rung", "the caller"),
    ("not rung", "away"),
    ("not rung", "do not disturb"),
    ("not rung", "sends calls on"),
    ("crossing", "two answers"),
    ("crossing", "CANCEL and answer"),
    ("carriers", "failed over"),
    ("carriers", "silent before, so last"),
    ("second device", "rings"),
    ("second device", "picks up"),
    ("second device", "refuses"),
    ("second device", "silenced"),
];

/// How often each occurred.
#[derive(Clone, Debug, Default)]
pub struct Pairs(BTreeMap<Pair, u64>);

impl Pairs {
    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.0 {
            *self.0.entry(*pair).or_default() += count;
        }
    }

    /// How often each that can occur did, in the order of [`ALL`].
    pub fn counts(&self) -> impl Iterator<Item = (Pair, u64)> {
        ALL.into_iter().map(|pair| (pair, self.0.get(&pair).copied().unwrap_or(0)))
    }

    /// Notes that one occurred so often.
    ///
    /// # Panics
    /// It is none of [`ALL`].
    pub fn note(&mut self, pair: Pair, times: u64) {
        assert!(ALL.contains(&pair), "{pair:?} is among those that can occur");
        *self.0.entry(pair).or_default() += times;
    }

    pub(super) fn count(&mut self, pair: Pair) {
        self.note(pair, 1);
    }

    /// Counts what a call went through.
    pub(super) fn of(&mut self, site: &Site, explanation: &Explanation) {
        let (mut is_answered, mut is_recorded) = (false, false);
        let mut playing: Option<NodeId> = None;
        for reason in &explanation.decisions {
            let act = &site[reason.node].act;
            let left = reason.kind == ReasonKind::Ended(End::Left);
            if let Some(node) = playing.take() {
                self.count(("play", if left && node == reason.node { "caller left" } else { "heard" }));
            }
            if reason.kind == ReasonKind::Began {
                if matches!(act, Act::Play(_)) {
                    playing = Some(reason.node);
                }
                is_answered |= matches!(act, Act::Play(_) | Act::Ask(_) | Act::Menu(_) | Act::Voicemail(_));
            }
            is_answered |= matches!(reason.kind, ReasonKind::Waits(_));
            is_recorded |= matches!(reason.kind, ReasonKind::Recorded { .. });
            if matches!(reason.kind, ReasonKind::Ended(End::Voicemail { .. })) && !is_recorded {
                self.count(("voicemail", "caller left"));
            }
            if let Some(pair) = kinds::pair_of(site, reason.node, reason.kind, is_answered) {
                self.count(pair);
            }
        }
        explanation.turns.iter().for_each(|_| self.count(("turn", "moved")));
        beside::of(site, explanation, self);
    }
}
