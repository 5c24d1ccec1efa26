//! Which RTP ports are bound and free, thread by thread.
//!
//! Media threads bind ahead of need and announce what is ready, so an SDP is written without waiting for
//! them. Both legs of a call are on one thread.

use std::collections::VecDeque;

/// The ports of all media threads.
#[derive(Debug)]
pub struct Ports {
    threads: Vec<Thread>,
}

#[derive(Debug, Default)]
struct Thread {
    ready: VecDeque<u16>,
    used: usize,
}

impl Ports {
    /// No port yet on `threads` threads.
    pub fn new(threads: u8) -> Self {
        Self { threads: (0..threads).map(|_| Thread::default()).collect() }
    }

    /// A thread announced ports.
    pub fn announce(&mut self, thread: u8, ports: impl IntoIterator<Item = u16>) {
        if let Some(thread) = self.threads.get_mut(usize::from(thread)) {
            thread.ready.extend(ports);
        }
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

    /// Streams open now.
    pub fn used(&self) -> usize {
        self.threads.iter().map(|thread| thread.used).sum()
    }

    /// Ports that wait for a stream.
    pub fn ready(&self) -> usize {
        self.threads.iter().map(|thread| thread.ready.len()).sum()
    }
}
