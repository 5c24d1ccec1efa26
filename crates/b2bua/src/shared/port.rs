//! Which RTP ports are bound and free, thread by thread.
//!
//! Media threads bind ahead of need and announce what is ready, so an SDP is written without waiting for
//! them. Both legs of a call are on one thread.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt::Write,
    time::Duration,
};

use clock::Instant;

/// How long ports that others hold are gathered before the operator is told: a line a second at most.
const GATHER: Duration = Duration::from_secs(1);

/// Ports named in that line; the others are counted.
const NAMED_MAX: usize = 5;

/// The ports of all media threads.
#[derive(Debug)]
pub struct Ports {
    threads: Vec<Thread>,
    /// Every port announced so far: once bound it stays so.
    bound: BTreeSet<u16>,
    taken: Vec<u16>,
    /// When the operator is told of `taken`.
    tell: Option<Instant>,
}

#[derive(Debug, Default)]
struct Thread {
    ready: VecDeque<u16>,
    used: usize,
}

impl Ports {
    /// No port yet on `threads` threads.
    pub fn new(threads: u8) -> Self {
        Self {
            threads: (0..threads).map(|_| Thread::default()).collect(),
            bound: BTreeSet::new(),
            taken: Vec::new(),
            tell: None,
        }
    }

    /// A thread announced ports.
    pub fn announce(&mut self, thread: u8, ports: impl IntoIterator<Item = u16>) {
        if let Some(thread) = self.threads.get_mut(usize::from(thread)) {
            let before = thread.ready.len();
            thread.ready.extend(ports);
            self.bound.extend(thread.ready.range(before..));
        }
    }

    /// Whether a port, for RTP or RTCP, is bound by a media thread.
    pub(crate) fn are_bound(&self, port: u16) -> bool {
        self.bound.contains(&(port & !1))
    }

    /// Another program holds a port.
    pub fn is_taken(&mut self, now: Instant, port: u16) {
        self.taken.push(port);
        self.tell.get_or_insert(now + GATHER);
    }

    /// When there is something to be [told](Self::told).
    pub const fn timeout(&self) -> Option<Instant> {
        self.tell
    }

    /// What the operator is to know by now of ports that others hold.
    pub fn told(&mut self, now: Instant) -> Option<String> {
        self.tell.take_if(|at| *at <= now)?;
        let taken = std::mem::take(&mut self.taken);
        let (named, others) = taken.split_at(taken.len().min(NAMED_MAX));
        let named: Vec<_> = named.iter().map(u16::to_string).collect();
        let mut line = format!("RTP ports in use by other programs are skipped: {}", named.join(", "));
        if !others.is_empty() {
            let _ = write!(line, " and {} more", others.len());
        }
        Some(line)
    }

    /// The thread for a new call: the one with the fewest streams, among equals the first.
    pub fn quietest(&self) -> u8 {
        let quietest = self.threads.iter().enumerate().min_by_key(|(_, thread)| thread.used);
        quietest.map_or(0, |(index, _)| index as u8)
    }

    /// Takes the port that rested longest.
    pub(crate) fn take(&mut self, thread: u8) -> Option<u16> {
        let thread = self.threads.get_mut(usize::from(thread))?;
        let port = thread.ready.pop_front()?;
        thread.used += 1;
        Some(port)
    }

    /// A stream ended; its port is announced again by the thread, after a rest.
    pub(crate) fn leave(&mut self, thread: u8) {
        if let Some(thread) = self.threads.get_mut(usize::from(thread)) {
            thread.used = thread.used.saturating_sub(1);
        }
    }

    /// A stream went over from one thread to another, and its port with it.
    pub(crate) fn moves(&mut self, from: u8, to: u8) {
        self.leave(from);
        if let Some(thread) = self.threads.get_mut(usize::from(to)) {
            thread.used += 1;
        }
    }

    /// Streams open now.
    pub fn used(&self) -> usize {
        self.threads.iter().map(|thread| thread.used).sum()
    }

    /// Ports that wait for a stream.
    pub fn ready(&self) -> usize {
        self.threads.iter().map(|thread| thread.ready.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_others_hold_are_told_in_one_line_a_second() {
        let mut ports = Ports::new(1);
        let at = |ms| Instant::ZERO + Duration::from_millis(ms);
        assert_eq!((ports.timeout(), ports.told(at(5_000))), (None, None));
        (0..100).for_each(|port| ports.is_taken(at(port), 16_384 + 2 * port as u16));
        assert_eq!(ports.timeout(), Some(at(1_000)));
        assert_eq!(ports.told(at(999)), None);
        let line =
            "RTP ports in use by other programs are skipped: 16384, 16386, 16388, 16390, 16392 and 95 more";
        assert_eq!(ports.told(at(1_000)).as_deref(), Some(line));
        ports.is_taken(at(1_001), 20_000);
        assert_eq!(ports.told(at(1_500)), None);
        assert!(ports.told(at(2_001)).is_some_and(|line| line.ends_with(": 20000")));
        assert_eq!(ports.timeout(), None);
    }

    #[test]
    fn a_port_is_ours_once_a_thread_has_bound_it_and_so_is_its_neighbour() {
        let mut ports = Ports::new(2);
        ports.announce(1, [16_384, 16_390]);
        let bound =
            |ports: &Ports| (16_383..16_393).filter(|port| ports.are_bound(*port)).collect::<Vec<_>>();
        assert_eq!(bound(&ports), [16_384, 16_385, 16_390, 16_391]);
        ports.take(1);
        assert_eq!(bound(&ports).len(), 4);
    }
}
