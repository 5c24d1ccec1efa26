//! How many calls the ports and file descriptors of this process carry.

use std::{collections::BTreeSet, fmt, ops::RangeInclusive};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::net::taken::udp_ports;

/// Descriptors that are no media: sockets, database, connections of phones.
const OTHER_FILES: u64 = 256;

/// Media streams of a call: one towards the caller, one towards whoever answered.
const STREAMS_A_CALL: u64 = 2;

/// Descriptors of a stream: RTP and RTCP.
const FILES_A_STREAM: u64 = 2;

/// What limits the number of relayed calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Port pairs of the range that were free.
    streams: u64,
    /// Port pairs of the range that other programs hold.
    taken: u64,
    files: u64,
}

impl Capacity {
    /// Asks for as many descriptors as this process may have, and counts.
    pub(crate) fn measure(rtp: &RangeInclusive<u16>) -> Self {
        let files = match getrlimit(Resource::RLIMIT_NOFILE) {
            Ok((_, hard)) if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() => hard,
            Ok((soft, _)) => soft,
            Err(_) => 1_024,
        };
        Self::count(rtp, &udp_ports(), files)
    }

    /// Ours are counted as taken too, so this comes before the media threads.
    fn count(rtp: &RangeInclusive<u16>, used: &BTreeSet<u16>, files: u64) -> Self {
        let pairs = rtp.clone().filter(|port| port % 2 == 0 && port < rtp.end());
        let (mut streams, mut taken) = (0, 0);
        for port in pairs {
            let is_taken = used.contains(&port) || used.contains(&(port + 1));
            *if is_taken { &mut taken } else { &mut streams } += 1;
        }
        Self { streams, taken, files }
    }

    /// Relayed calls at once.
    pub(crate) const fn calls(self) -> u64 {
        let (ports, files) = (self.by_ports(), self.by_files());
        if ports < files { ports } else { files }
    }

    /// Media streams that descriptors suffice for.
    pub(crate) fn streams(self) -> usize {
        usize::try_from(self.files.saturating_sub(OTHER_FILES) / FILES_A_STREAM).unwrap_or(usize::MAX)
    }

    const fn by_ports(self) -> u64 {
        self.streams / STREAMS_A_CALL
    }

    const fn by_files(self) -> u64 {
        self.files.saturating_sub(OTHER_FILES) / (STREAMS_A_CALL * FILES_A_STREAM)
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ports, files) = (self.by_ports(), self.by_files());
        let limit = if ports < files { "RTP ports" } else { "file descriptors" };
        write!(
            f,
            "room for {} relayed calls (RTP ports {ports}, file descriptors {files}: {limit} decide)",
            self.calls()
        )?;
        match self.taken {
            0 => Ok(()),
            1 => f.write_str("; other programs hold 1 pair of RTP ports"),
            taken => write!(f, "; other programs hold {taken} pairs of RTP ports"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scarcer_of_ports_and_files_decides() {
        let calls = |files| Capacity::count(&(16_384..=32_767), &BTreeSet::new(), files).calls();
        assert_eq!([20_000, 1_024, 100].map(calls), [4_096, 192, 0]);
    }

    #[test]
    fn ports_that_others_hold_carry_no_calls_and_are_told() {
        let count =
            |used: &[u16]| Capacity::count(&(10_000..=10_019), &used.iter().copied().collect(), 20_000);
        assert_eq!((count(&[]).calls(), count(&[9_999, 10_020]).calls()), (5, 5));
        let some = count(&[10_000, 10_001, 10_007, 53]);
        assert_eq!((some.calls(), some.taken), (4, 2));
        assert!(some.to_string().ends_with("; other programs hold 2 pairs of RTP ports"), "{some}");
        let none = count(&(10_000..=10_019).step_by(2).collect::<Vec<_>>());
        assert!(none.to_string().starts_with("room for 0 relayed calls (RTP ports 0,"), "{none}");
    }
}
