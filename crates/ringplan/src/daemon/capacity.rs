//! How many calls the ports and file descriptors of this process carry.

use std::{fmt, ops::RangeInclusive};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors that are no media: sockets, database, connections of phones.
const OTHER_FILES: u64 = 256;

/// Media streams of a call: one towards the caller, one towards whoever answered.
const STREAMS_A_CALL: u64 = 2;

/// Descriptors of a stream: RTP and RTCP.
const FILES_A_STREAM: u64 = 2;

/// What limits the number of relayed calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    streams: u64,
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
        let ports = u64::from(rtp.end().saturating_sub(*rtp.start())) + 1;
        Self { streams: ports / 2, files }
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
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scarcer_of_ports_and_files_decides() {
        assert_eq!(Capacity { streams: 8_192, files: 20_000 }.calls(), 4_096);
        assert_eq!(Capacity { streams: 8_192, files: 1_024 }.calls(), 192);
        assert_eq!(Capacity { streams: 8_192, files: 100 }.calls(), 0);
    }
}
