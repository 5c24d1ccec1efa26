//! How a daemon ends (RELIABILITY F10): calls are let end, then hung up, then left behind.
//!
//! Pure: it is told what happened and what time it is, and knows neither signals nor the switch.
//!
//! ```text
//! Running ── stop ──> Draining ── stop, 60 s ──> HangingUp ── drained, stop, 5 s ──> Over(Hurried)
//!    └──── drained ──────┴─────────────────────────────────────────────────────────> Over(Drained)
//! ```

use std::time::Duration;

use clock::Instant;

/// Calls are let end for so long after SIGTERM.
pub(crate) const DRAIN: Duration = Duration::from_secs(60);

/// What is left then has so long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Why the daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Asked to, and drained.
    Drained,
    /// Asked to; calls were cut off.
    Hurried,
    /// The signalling thread died.
    Died,
}

/// What brings the end closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// SIGTERM or Ctrl-C.
    Stop,
    /// No call is left: after [`Turn::Stop`], or because the command line asked.
    Drained,
    /// The signalling thread is gone.
    Died,
    /// The time of this phase is up.
    TimeUp,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// No new calls; those under way go on until then.
    Draining(Instant),
    /// BYE is said to the rest; whoever does not answer until then is left behind.
    HangingUp(Instant),
    Over(Ended),
}

impl Phase {
    /// When time alone ends it.
    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Self::Running | Self::Over(_) => None,
            Self::Draining(until) | Self::HangingUp(until) => Some(until),
        }
    }

    /// What follows.
    pub(super) fn next(self, turn: Turn, now: Instant) -> Self {
        match (self, turn) {
            (Self::Over(_), _) | (Self::Running, Turn::TimeUp) => self,
            (_, Turn::Died) => Self::Over(Ended::Died),
            (Self::Running, Turn::Stop) => Self::Draining(now + DRAIN),
            (Self::Running | Self::Draining(_), Turn::Drained) => Self::Over(Ended::Drained),
            (Self::Draining(_), Turn::Stop | Turn::TimeUp) => Self::HangingUp(now + GOODBYE),
            (Self::HangingUp(_), Turn::Stop | Turn::TimeUp | Turn::Drained) => Self::Over(Ended::Hurried),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A daemon that hears each of these at its time; a turn that its time brings comes between them.
    fn hears(turns: &[(u64, Turn)], until: u64) -> Vec<(u64, Phase)> {
        let mut phase = Phase::Running;
        let mut told = Vec::new();
        for second in 0..=until {
            let now = Instant::ZERO + Duration::from_secs(second);
            let due = phase.until().is_some_and(|at| at <= now).then_some(Turn::TimeUp);
            let heard = turns.iter().filter(|(at, _)| *at == second).map(|(_, turn)| *turn);
            for turn in due.into_iter().chain(heard) {
                let next = phase.next(turn, now);
                if next != phase {
                    told.push((second, next));
                }
                phase = next;
            }
        }
        told
    }

    fn at(second: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(second)
    }

    #[test]
    fn calls_are_let_end_for_a_minute_and_then_hung_up() {
        assert_eq!(
            hears(&[(10, Turn::Stop), (71, Turn::Drained)], 600),
            [
                (10, Phase::Draining(at(70))),
                (70, Phase::HangingUp(at(75))),
                (71, Phase::Over(Ended::Hurried)),
            ]
        );
    }

    #[test]
    fn the_end_comes_with_that_of_the_last_call() {
        let told = hears(&[(10, Turn::Stop), (69, Turn::Drained)], 600);
        assert_eq!(told, [(10, Phase::Draining(at(70))), (69, Phase::Over(Ended::Drained))]);
        // Asked for by the command line, it has no limit.
        assert_eq!(hears(&[(500, Turn::Drained)], 600), [(500, Phase::Over(Ended::Drained))]);
    }

    #[test]
    fn a_second_stop_hangs_up_and_a_third_leaves() {
        let stops = [(10, Turn::Stop), (12, Turn::Stop), (13, Turn::Stop)];
        let told = hears(&stops, 600);
        let hurried = [Phase::Draining(at(70)), Phase::HangingUp(at(17)), Phase::Over(Ended::Hurried)];
        assert_eq!(told, [(10, hurried[0]), (12, hurried[1]), (13, hurried[2])]);
    }

    #[test]
    fn whoever_does_not_answer_a_goodbye_is_left_behind() {
        let told = hears(&[(10, Turn::Stop)], 600);
        assert_eq!(told[2..], [(75, Phase::Over(Ended::Hurried))]);
    }

    #[test]
    fn a_daemon_without_its_switch_ends_at_once() {
        for before in [vec![], vec![(1, Turn::Stop)], vec![(1, Turn::Stop), (2, Turn::Stop)]] {
            let told = hears(&[before, vec![(3, Turn::Died)]].concat(), 600);
            assert_eq!(told.last(), Some(&(3, Phase::Over(Ended::Died))));
        }
    }
}
