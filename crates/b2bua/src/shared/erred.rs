//! What the operator was told of late about mistakes of peers, and of ours: one line a minute for each peer and each
//! mistake, so that no peer fills the log.

use std::time::Duration;

use clock::Instant;

/// Between two lines about the same.
const PACE: Duration = Duration::from_secs(60);
/// So many mistakes are told in a minute; of those beyond nothing is said.
const TOLD_MAX: usize = 256;

/// What was told, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Erred(Vec<Told>);

#[derive(Debug)]
struct Told {
    who: Box<str>,
    what: Box<str>,
    at: Instant,
    left_out: u32,
}

impl Erred {
    /// Whether it is to be told now that this peer did this, and how often it was left out since it was told last.
    pub(crate) fn tells(&mut self, who: &str, what: &str, now: Instant) -> Option<u32> {
        let known = self.0.iter().position(|it| *it.who == *who && *it.what == *what);
        if let Some(told) = known.map(|at| &mut self.0[at])
            && now.since(told.at) < PACE
        {
            told.left_out += 1;
            return None;
        }
        let left_out = known.map_or(0, |at| self.0.remove(at).left_out);
        if self.0.len() == TOLD_MAX {
            if now.since(self.0[0].at) < PACE {
                return None;
            }
            self.0.remove(0);
        }
        self.0.push(Told { who: who.into(), what: what.into(), at: now, left_out: 0 });
        Some(left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::ZERO;

    #[test]
    fn one_line_a_minute_for_each_peer_and_mistake() {
        let mut erred = Erred::default();
        assert_eq!(erred.tells("a", "x", START), Some(0));
        for seconds in 1..60 {
            assert_eq!(erred.tells("a", "x", START + Duration::from_secs(seconds)), None);
        }
        assert_eq!(erred.tells("a", "y", START), Some(0), "another mistake");
        assert_eq!(erred.tells("b", "x", START), Some(0), "another peer");
        assert_eq!(erred.tells("a", "x", START + PACE), Some(59));
        assert_eq!(erred.tells("a", "x", START + PACE * 2), Some(0));
    }

    #[test]
    fn many_mistakes_make_no_long_log() {
        let mut erred = Erred::default();
        let mut told = |now| (0..1000).filter(|i| erred.tells("a", &i.to_string(), now).is_some()).count();
        assert_eq!(told(START), TOLD_MAX);
        assert_eq!(told(START + PACE / 2), 0);
        assert_eq!(told(START + PACE), TOLD_MAX);
    }
}
