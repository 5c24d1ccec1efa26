//! Our own generator of RTP: many streams of packets, evenly spread, counted and timed on arrival.

use std::{
    io,
    net::UdpSocket,
    os::fd::AsFd as _,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::sys::{
    epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
    resource::{Resource, getrlimit, setrlimit},
};

/// Streams are spread over so many beats of a round.
const BEATS: u32 = 20;
/// RTP header and 20 ms of G.711.
const PACKET: usize = 12 + 160;
/// Delays are counted by the microsecond up to here.
const DELAY_US_MAX: usize = 50_000;
/// The last packets of a pass are on their way for so long.
const TAIL: Duration = Duration::from_millis(100);

/// The two ends of a call's media, each connected to the switch's side of its leg.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) a: UdpSocket,
    pub(crate) b: UdpSocket,
}

/// Streams both ways on every pair; they run on from pass to pass.
#[derive(Debug)]
pub(crate) struct Streams {
    pairs: Vec<Pair>,
    clock: Instant,
    /// Rounds made so far.
    turn: u32,
}

/// What came of a pass.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Packets sent.
    pub(crate) sent: u64,
    /// How long those that came out took.
    pub(crate) delays: Delays,
}

/// Delays of packets, counted by the microsecond.
#[derive(Debug)]
pub(crate) struct Delays(Vec<u32>);

impl Streams {
    pub(crate) fn new(pairs: Vec<Pair>) -> Self {
        Self { pairs, clock: Instant::now(), turn: 0 }
    }

    /// Sends a packet each way on every pair once a `round`, for `lasts`.
    pub(crate) fn pass(&mut self, round: Duration, lasts: Duration) -> Result<Passed, String> {
        let sockets: Vec<&UdpSocket> = self.pairs.iter().flat_map(|pair| [&pair.a, &pair.b]).collect();
        let over = AtomicBool::new(false);
        let (clock, turn) = (self.clock, self.turn);
        let rounds = u32::try_from(lasts.as_micros() / round.as_micros()).unwrap_or(u32::MAX);
        let passed = thread::scope(|scope| {
            let listener = scope.spawn(|| listen(&sockets, clock, &over));
            let sent = (0..rounds).map(|number| speak(&sockets, clock, round, turn + number)).sum();
            thread::sleep(TAIL);
            over.store(true, Ordering::Relaxed);
            let delays = listener.join().expect("the listener does not panic");
            Ok(Passed { sent, delays: delays.map_err(|error| error.to_string())? })
        });
        self.turn += rounds;
        passed
    }
}

impl Passed {
    /// Packets that came out at the other end.
    pub(crate) fn received(&self) -> u64 {
        self.delays.count()
    }

    /// Whether next to nothing was lost.
    pub(crate) fn is_whole(&self) -> bool {
        self.received() * 100 >= self.sent * 99
    }
}

impl Delays {
    fn new() -> Self {
        Self(vec![0; DELAY_US_MAX + 1])
    }

    fn add(&mut self, microseconds: u64) {
        self.0[usize::try_from(microseconds).unwrap_or(DELAY_US_MAX).min(DELAY_US_MAX)] += 1;
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|&count| u64::from(count)).sum()
    }

    /// The microseconds that `share` of the packets did not exceed.
    pub(crate) fn within(&self, share: f64) -> usize {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let counted = self.0.iter().scan(0_u64, |sum, &count| {
            *sum += u64::from(count);
            Some(*sum)
        });
        counted.take_while(|&sum| sum < wanted).count()
    }
}

/// One round: a packet on every socket, a beat's share at a time. Returns how many the kernel took.
fn speak(sockets: &[&UdpSocket], clock: Instant, round: Duration, turn: u32) -> u64 {
    let begun = clock.elapsed();
    let mut sent = 0;
    for beat in 0..BEATS {
        let due = begun + round / BEATS * beat;
        thread::sleep(due.saturating_sub(clock.elapsed()));
        for (index, socket) in sockets.iter().enumerate().skip(beat as usize).step_by(BEATS as usize) {
            sent += u64::from(socket.send(&packet(index as u32, turn, clock.elapsed())).is_ok());
        }
    }
    thread::sleep((begun + round).saturating_sub(clock.elapsed()));
    sent
}

/// A packet of stream `index`, with the time it was sent in front of its sound.
fn packet(index: u32, turn: u32, sent: Duration) -> [u8; PACKET] {
    let mut packet = [0; PACKET];
    packet[0] = 0x80;
    packet[2..4].copy_from_slice(&(turn as u16).to_be_bytes());
    packet[4..8].copy_from_slice(&turn.wrapping_mul(160).to_be_bytes());
    packet[8..12].copy_from_slice(&(index + 1).to_be_bytes());
    packet[12..20].copy_from_slice(&(sent.as_micros() as u64).to_be_bytes());
    packet
}

/// When a packet that came out was sent; none if it is none of ours.
fn sent_at(packet: &[u8]) -> Option<u64> {
    (packet.len() == PACKET).then(|| u64::from_be_bytes(packet[12..20].try_into().expect("eight bytes")))
}

/// Counts what arrives, and how long it took.
fn listen(sockets: &[&UdpSocket], clock: Instant, over: &AtomicBool) -> io::Result<Delays> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (index, socket) in sockets.iter().enumerate() {
        socket.set_nonblocking(true)?;
        epoll.add(socket.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, index as u64))?;
    }
    let mut delays = Delays::new();
    let mut events = [EpollEvent::empty(); 512];
    let mut packet = [0_u8; 2048];
    while !over.load(Ordering::Relaxed) {
        let ready = epoll.wait(&mut events, EpollTimeout::from(50_u8))?;
        for event in &events[..ready] {
            let index = usize::try_from(event.data()).expect("an index");
            let length = sockets[index].recv(&mut packet).unwrap_or(0);
            if let Some(sent) = sent_at(&packet[..length]) {
                delays.add((clock.elapsed().as_micros() as u64).saturating_sub(sent));
            }
        }
    }
    Ok(delays)
}

/// Each call needs two sockets here; the soft limit is often 1,024.
pub(crate) fn raise_open_files() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Where it cannot be raised, the first socket too many says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_rtp_and_carries_the_time_it_was_sent() {
        let packet = packet(4, 65_537, Duration::from_micros(77));
        assert_eq!(packet[..12], [0x80, 0, 0, 1, 0, 160, 0, 160, 0, 0, 0, 5]);
        assert_eq!(sent_at(&packet), Some(77));
        assert_eq!(sent_at(&packet[..100]), None);
    }

    #[test]
    fn delays_are_shared_out_by_rank() {
        let mut delays = Delays::new();
        (1..=100).for_each(|delay| delays.add(delay));
        delays.add(10_000_000);
        assert_eq!((delays.within(0.5), delays.within(0.99), delays.within(1.0)), (51, 100, DELAY_US_MAX));
        assert_eq!(delays.count(), 101);
    }

    #[test]
    fn one_packet_in_a_hundred_may_be_lost() {
        let passed = |received: u64| {
            let mut delays = Delays::new();
            (0..received).for_each(|_| delays.add(9));
            Passed { sent: 1000, delays }
        };
        assert!(passed(990).is_whole());
        assert!(!passed(989).is_whole());
    }
}
