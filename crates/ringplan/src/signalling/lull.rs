//! The lull: for a moment after a burst of datagrams the thread looks at nothing, so that the answers come together.

use std::{thread::sleep, time::Duration};

/// Datagrams that leave with the timers and bring as many answers, each a moment after the one before: a change that
/// many watch. Who wakes for each of them pays more for waking than for the answer.
const BURST: usize = 16;
const LULL: Duration = Duration::from_millis(1);

/// Whether answers are worth waiting for after a round in which timers sent so many datagrams. A busy thread, which found
/// more at a socket than one look takes or has work left, finds them gathered anyhow and has no time to give away.
pub(super) const fn is_wanted(sent_by_timers: usize, is_busy: bool) -> bool {
    sent_by_timers >= BURST && !is_busy
}

/// Lets answers gather.
#[expect(clippy::disallowed_methods, reason = "the thread that sleeps until something comes")]
pub(super) fn keep() {
    sleep(LULL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_burst_of_timers_on_a_thread_at_leisure_is_waited_for() {
        for (sent_by_timers, is_busy, wanted) in [
            (BURST, false, true),
            (1_000, false, true),
            (BURST - 1, false, false),
            (0, false, false),
            (BURST, true, false),
            (1_000, true, false),
        ] {
            assert_eq!(is_wanted(sent_by_timers, is_busy), wanted, "{sent_by_timers} sent, busy: {is_busy}");
        }
    }
}
