//! The one room of the binary that reads the clocks.

use clock::{Instant, Now, Wall};

/// Reads both clocks; every copy counts from the same start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    start: std::time::Instant,
}

impl Clocks {
    /// Clocks whose monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "the room that reads clocks")]
    pub(crate) fn start() -> Self {
        Self { start: std::time::Instant::now() }
    }

    /// Both clocks, now. A wall clock set before 1970 reads as 1970.
    #[expect(clippy::disallowed_methods, reason = "the room that reads clocks")]
    pub(crate) fn now(&self) -> Now {
        let wall = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        Now { mono: self.mono(), wall: Wall::from_unix_micros(wall) }
    }

    /// Monotonic time alone, for deadlines.
    pub(crate) fn mono(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}
