//! In which order the members of a team are asked: one vocabulary, for whoever has people to choose from.
//!
//! Pure: what people did of late is handed in, and so is chance, so the same call asks the same people again. Must
//! never know who is busy or registered: whoever cannot be rung is passed over by whoever rings.

use std::{cmp::Reverse, time::Duration};

use clock::{Chance, Wall};

/// The order in which members ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// `all`: together.
    All,
    /// `in-order`: one after another, from the first.
    InOrder,
    /// `round-robin`: one after another, from the one after whom the last call rang first.
    RoundRobin,
    /// `longest-idle`: one after another, from the one who has talked with nobody for longest.
    LongestIdle,
    /// `fewest-calls`: one after another, from the one who answered the fewest calls today.
    FewestCalls,
    /// `least-talk`: one after another, from the one who talked least today in calls they answered.
    LeastTalk,
    /// `random`: one after another, drawn anew for each call.
    Random,
    /// `weighted`: the same, where twice the weight comes first twice as often.
    Weighted,
    /// `skill`, of queues alone: one after another, from the one who is best at what the caller needs, and of equals
    /// the one who has talked with nobody for longest.
    Skill,
}

impl Order {
    /// Every order of a queue with its word.
    pub const OF_QUEUES: [(&str, Self); 9] = [
        ("all", Self::All),
        ("in-order", Self::InOrder),
        ("round-robin", Self::RoundRobin),
        ("longest-idle", Self::LongestIdle),
        ("fewest-calls", Self::FewestCalls),
        ("least-talk", Self::LeastTalk),
        ("random", Self::Random),
        ("weighted", Self::Weighted),
        ("skill", Self::Skill),
    ];

    /// Every order of a group with its word: whoever calls a group needs nothing in particular.
    pub const OF_GROUPS: [(&str, Self); 8] = {
        let [rest @ .., _] = Self::OF_QUEUES;
        rest
    };

    /// How members ring, for whoever reads of it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::All => "all together",
            Self::InOrder => "in order",
            Self::RoundRobin => "round-robin",
            Self::LongestIdle => "longest idle first",
            Self::FewestCalls => "fewest calls first",
            Self::LeastTalk => "least talk first",
            Self::Random => "in random order",
            Self::Weighted => "in random order by weight",
            Self::Skill => "best at it first",
        }
    }

    /// Whether it is drawn by chance.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::Random | Self::Weighted)
    }

    /// Whether members ring one after another.
    pub const fn is_in_turn(self) -> bool {
        !matches!(self, Self::All)
    }

    /// Whether it hangs on what members did before, which then has to be counted.
    pub const fn reads_tallies(self) -> bool {
        match self {
            Self::LongestIdle | Self::FewestCalls | Self::LeastTalk | Self::Skill => true,
            Self::All | Self::InOrder | Self::RoundRobin | Self::Random | Self::Weighted => false,
        }
    }

    /// What speaks for somebody whose turn it is, where it is not their place among the members.
    pub fn merit(self, tally: Tally, now: Wall) -> Option<Merit> {
        match self {
            Self::All | Self::InOrder | Self::RoundRobin => None,
            Self::LongestIdle => Some(Merit::Idle(tally.ended.map(|ended| since(ended, now)))),
            Self::FewestCalls => Some(Merit::Calls(tally.calls)),
            Self::LeastTalk => Some(Merit::Talk(tally.talk)),
            Self::Random | Self::Weighted => Some(Merit::Chance),
            Self::Skill => None,
        }
    }

    /// Puts candidates, who come in order of declaration, into the order in which they are asked. Where two are
    /// equal, the one declared before is asked before. `first` is the place at which a round begins.
    pub fn line_up(self, candidates: &mut [Candidate], first: u32, chance: &mut Chance) {
        match self {
            Self::All | Self::InOrder => {}
            Self::RoundRobin => {
                let from = candidates.partition_point(|candidate| candidate.place < first);
                candidates.rotate_left(from);
            }
            // Whoever never talked is before everybody who did.
            Self::LongestIdle => candidates.sort_by_key(|candidate| candidate.tally.ended),
            Self::FewestCalls => candidates.sort_by_key(|candidate| candidate.tally.calls),
            Self::LeastTalk => candidates.sort_by_key(|candidate| candidate.tally.talk),
            Self::Random => draw_all(candidates, |_| 1, chance),
            Self::Weighted => draw_all(candidates, |candidate| u32::from(candidate.weight), chance),
            Self::Skill => {
                candidates.sort_by_key(|candidate| (Reverse(candidate.level), candidate.tally.ended))
            }
        }
    }
}

/// One who may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Their place among the members, in order of declaration.
    pub place: u32,
    /// How much likelier they are than one who weighs 1; at least 1.
    pub weight: u16,
    /// How good they are at what is needed; 0 where nothing is.
    pub level: u8,
    /// What they did of late.
    pub tally: Tally,
}

/// What a person did of late, as far as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// When they last stopped talking with somebody, whoever had called; never since it is counted, if none.
    pub ended: Option<Wall>,
    /// Calls they answered on this day of the site's calendar.
    pub calls: u32,
    /// How long they talked in calls they had answered, of those that ended on this day.
    pub talk: Duration,
}

/// What speaks for somebody whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merit {
    /// They have talked with nobody for so long; never since it is counted, if none.
    Idle(Option<Duration>),
    /// They answered so many calls today.
    Calls(u32),
    /// They talked for so long today.
    Talk(Duration),
    /// They were drawn.
    Chance,
}

/// The stream that a call draws from at its `step`-th step: the same numbers draw the same people.
pub fn lots(chance: u64, step: u16) -> Chance {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&chance.to_le_bytes());
    seed[8..10].copy_from_slice(&step.to_le_bytes());
    Chance::from_seed(seed)
}

/// Draws one after another; who has been drawn stands in front.
fn draw_all(candidates: &mut [Candidate], weight: impl Fn(&Candidate) -> u32, chance: &mut Chance) {
    let mut left: u32 = candidates.iter().map(&weight).sum();
    for at in 0..candidates.len() {
        let mut drawn = chance.below(left);
        let is_over = |candidate: &Candidate| {
            let weight = weight(candidate);
            let is_it = drawn < weight;
            drawn = drawn.wrapping_sub(weight);
            is_it
        };
        let which = candidates[at..].iter().position(is_over).map_or(at, |which| at + which);
        left -= weight(&candidates[which]);
        candidates.swap(at, which);
    }
}

/// The time from one to the other; none if the clock was set back meanwhile.
fn since(then: Wall, now: Wall) -> Duration {
    let micros = now.unix_micros().saturating_sub(then.unix_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Wall {
        Wall::from_unix_micros(second * 1_000_000)
    }

    fn team(tallies: &[Tally]) -> Vec<Candidate> {
        let candidate =
            |(place, tally): (u32, &Tally)| Candidate { place, weight: 1, level: 0, tally: *tally };
        (0..).zip(tallies).map(candidate).collect()
    }

    fn places(order: Order, mut team: Vec<Candidate>, first: u32, chance: u64) -> Vec<u32> {
        order.line_up(&mut team, first, &mut lots(chance, 1));
        team.iter().map(|candidate| candidate.place).collect()
    }

    fn four() -> Vec<Candidate> {
        let tally = |ended: Option<i64>, calls, talk| Tally {
            ended: ended.map(at),
            calls,
            talk: Duration::from_secs(talk),
        };
        team(&[tally(Some(50), 2, 10), tally(Some(20), 3, 10), tally(None, 0, 0), tally(Some(50), 2, 5)])
    }

    #[test]
    fn each_order_asks_by_its_rule_and_equals_by_declaration() {
        let table: [(Order, &[u32]); 6] = [
            (Order::All, &[0, 1, 2, 3]),
            (Order::InOrder, &[0, 1, 2, 3]),
            (Order::RoundRobin, &[3, 0, 1, 2]),
            (Order::LongestIdle, &[2, 1, 0, 3]),
            (Order::FewestCalls, &[2, 0, 3, 1]),
            (Order::LeastTalk, &[2, 3, 0, 1]),
        ];
        for (order, expected) in table {
            assert_eq!(places(order, four(), 3, 0), expected, "{order:?}");
        }
    }

    #[test]
    fn the_best_is_asked_first_and_of_equals_who_is_idle_for_longest() {
        let mut able = four();
        for (candidate, level) in able.iter_mut().zip([5, 5, 1, 9]) {
            candidate.level = level;
        }
        assert_eq!(places(Order::Skill, able, 0, 0), [3, 1, 0, 2]);
        assert_eq!(places(Order::Skill, four(), 0, 0), places(Order::LongestIdle, four(), 0, 0));
    }

    #[test]
    fn a_round_goes_on_behind_whoever_is_not_among_the_candidates() {
        let mut free = four();
        free.remove(1);
        assert_eq!(places(Order::RoundRobin, free.clone(), 1, 0), [2, 3, 0]);
        assert_eq!(places(Order::RoundRobin, free, 4, 0), [0, 2, 3], "behind the last is the first");
    }

    #[test]
    fn the_same_chance_draws_the_same_people_and_another_step_others() {
        let twenty = team(&[Tally::default(); 20]);
        let drawn = |chance, step| {
            let mut team = twenty.clone();
            Order::Random.line_up(&mut team, 0, &mut lots(chance, step));
            team
        };
        assert_eq!(drawn(7, 1), drawn(7, 1));
        assert_ne!(drawn(7, 1), drawn(8, 1));
        assert_ne!(drawn(7, 1), drawn(7, 2));
    }

    /// Goal: shares of first rings follow the weights. Method: 40,000 draws, each share within 1.5 in a hundred of
    /// its own, which is six standard deviations.
    #[test]
    fn who_weighs_more_comes_first_so_much_more_often() {
        let mut heavy = team(&[Tally::default(); 3]);
        for (candidate, weight) in heavy.iter_mut().zip([1, 3, 6]) {
            candidate.weight = weight;
        }
        for (order, shares) in [(Order::Weighted, [10, 30, 60]), (Order::Random, [33, 33, 33])] {
            let mut firsts = [0_i64; 3];
            for chance in 0..40_000 {
                firsts[places(order, heavy.clone(), 0, chance)[0] as usize] += 1;
            }
            for (first, share) in firsts.into_iter().zip(shares) {
                assert!((first - share * 400).abs() < 600, "{order:?}: {firsts:?}");
            }
        }
    }

    #[test]
    fn whoever_is_drawn_is_drawn_once() {
        for order in [Order::Random, Order::Weighted] {
            for chance in 0..1_000 {
                let mut drawn = places(order, four(), 0, chance);
                drawn.sort_unstable();
                assert_eq!(drawn, [0, 1, 2, 3]);
            }
        }
    }

    #[test]
    fn what_speaks_for_somebody_is_what_the_order_goes_by() {
        let tally = Tally { ended: Some(at(40)), calls: 3, talk: Duration::from_secs(9) };
        let merit = |order: Order, tally, now| order.merit(tally, at(now));
        assert_eq!(merit(Order::InOrder, tally, 100), None);
        assert_eq!(merit(Order::LongestIdle, tally, 100), Some(Merit::Idle(Some(Duration::from_secs(60)))));
        assert_eq!(merit(Order::LongestIdle, Tally::default(), 100), Some(Merit::Idle(None)));
        assert_eq!(
            merit(Order::LongestIdle, tally, 30),
            Some(Merit::Idle(Some(Duration::ZERO))),
            "the clock was set back"
        );
        assert_eq!(merit(Order::FewestCalls, tally, 100), Some(Merit::Calls(3)));
        assert_eq!(merit(Order::LeastTalk, tally, 100), Some(Merit::Talk(Duration::from_secs(9))));
        assert_eq!(merit(Order::Weighted, tally, 100), Some(Merit::Chance));
    }
}
