//! Sound both ways on every call: one socket a side, each packet with its stream and the time it was sent.
//!
//! A thread beside sleeps in short naps and notes each from which it woke late: what the whole machine stood still for
//! is no gap of the switch.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::ends::Legs;

/// Between two packets of a stream.
const PACE: Duration = Duration::from_millis(40);
/// Streams are spread over so many beats of the pace.
const BEATS: usize = 20;
/// RTP header and sound for the pace, G.711.
const PACKET: usize = 12 + 320;
/// A nap, and how late one may wake from it.
const NAP: Duration = Duration::from_millis(2);
const LATE: Duration = Duration::from_millis(8);

/// Both sides' sockets.
pub(crate) struct Sound {
    caller: UdpSocket,
    called: UdpSocket,
}

/// What was heard.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) sent: u64,
    pub(crate) packets: u64,
    /// Streams of which something was heard.
    pub(crate) streams: usize,
    /// The longest time without a packet, beyond what its sender took and the machine stood still.
    pub(crate) gap_max: Duration,
    /// The longest that the machine stood still.
    #[expect(dead_code, reason = "for who has to find out why a gap came")]
    pub(crate) stall_max: Duration,
}

/// Streams that run.
pub(crate) struct Streams {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    speakers: Vec<JoinHandle<()>>,
    listeners: Vec<JoinHandle<Vec<Arrivals>>>,
    watch: JoinHandle<Vec<(Duration, Duration)>>,
}

/// Arrivals of one stream: when, and how long after the packet before it this one was sent.
type Arrivals = Vec<(Duration, Duration)>;

impl Sound {
    pub(crate) fn bind(caller: Ipv4Addr, called: Ipv4Addr) -> Self {
        let socket = |host| UdpSocket::bind((host, 0)).expect("it is ours");
        Self { caller: socket(caller), called: socket(called) }
    }

    pub(crate) fn of_caller(&self) -> SocketAddr {
        self.caller.local_addr().expect("bound")
    }

    pub(crate) fn of_called(&self) -> SocketAddr {
        self.called.local_addr().expect("bound")
    }

    /// Both sides of every call speak from now on.
    pub(crate) fn start(self, legs: &[Legs]) -> Streams {
        let (over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let clock = Instant::now();
        let (of_caller, of_called): (Vec<_>, Vec<_>) =
            legs.iter().map(|legs| (legs.of_caller, legs.of_called)).unzip();
        let (mut speakers, mut listeners) = (Vec::new(), Vec::new());
        for (socket, to) in [(self.caller, of_caller), (self.called, of_called)] {
            let ear = socket.try_clone().expect("a socket");
            ear.set_read_timeout(Some(NAP)).expect("a time above zero");
            let (is_over, streams) = (Arc::clone(&over), to.len());
            listeners.push(thread::spawn(move || listen(&ear, streams, clock, &is_over)));
            let (is_over, sent) = (Arc::clone(&over), Arc::clone(&sent));
            speakers.push(thread::spawn(move || speak(&socket, &to, clock, &is_over, &sent)));
        }
        let is_over = Arc::clone(&over);
        let watch = thread::spawn(move || stalls(clock, &is_over));
        Streams { over, sent, speakers, listeners, watch }
    }
}

impl Streams {
    /// Ends them; what was heard.
    pub(crate) fn stop(self) -> Heard {
        self.over.store(true, Ordering::Relaxed);
        self.speakers.into_iter().for_each(|speaker| speaker.join().expect("it does not panic"));
        let streams: Vec<Arrivals> =
            self.listeners.into_iter().flat_map(|it| it.join().expect("it does not panic")).collect();
        let stalls = self.watch.join().expect("it does not panic");
        let gaps = streams.iter().flat_map(|stream| stream.windows(2)).map(|pair| {
            let ((before, _), (at, since)) = (pair[0], pair[1]);
            // Naps end one after the other: those that end within the gap, and the one that lasts over it.
            let overlap =
                |(from, until): &(Duration, Duration)| until.min(&at).saturating_sub(*from.max(&before));
            let stood: Duration = stalls.iter().map(overlap).sum();
            (at - before).saturating_sub(since).saturating_sub(stood)
        });
        Heard {
            sent: self.sent.load(Ordering::Relaxed),
            packets: streams.iter().map(|stream| stream.len() as u64).sum(),
            streams: streams.iter().filter(|stream| !stream.is_empty()).count(),
            gap_max: gaps.max().unwrap_or_default(),
            stall_max: stalls.iter().map(|(from, until)| *until - *from).max().unwrap_or_default(),
        }
    }
}

/// A packet on every stream once a pace, a beat's share at a time.
fn speak(socket: &UdpSocket, to: &[SocketAddr], clock: Instant, over: &AtomicBool, sent: &AtomicU64) {
    let mut before = vec![Duration::ZERO; to.len()];
    let begun = clock.elapsed();
    for turn in 0_u32.. {
        for beat in 0..BEATS {
            let due = begun + PACE * turn + PACE / BEATS as u32 * beat as u32;
            thread::sleep(due.saturating_sub(clock.elapsed()));
            for index in (beat..to.len()).step_by(BEATS) {
                let now = clock.elapsed();
                let since = if turn == 0 { Duration::ZERO } else { now - before[index] };
                before[index] = now;
                let packet = packet(index, turn, since);
                sent.fetch_add(u64::from(socket.send_to(&packet, to[index]).is_ok()), Ordering::Relaxed);
            }
        }
        if over.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// A packet of a stream, with how long ago the one before it was sent in front of its sound.
fn packet(index: usize, turn: u32, since: Duration) -> [u8; PACKET] {
    let mut packet = [0xff; PACKET];
    let bytes = |number: usize| u32::try_from(number).expect("it fits").to_be_bytes();
    packet[..2].copy_from_slice(&[0x80, 0]);
    packet[2..4].copy_from_slice(&turn.to_be_bytes()[2..]);
    packet[4..8].copy_from_slice(&turn.wrapping_mul(320).to_be_bytes());
    packet[8..12].copy_from_slice(&bytes(index + 1));
    packet[12..16].copy_from_slice(&bytes(index));
    packet[16..20].copy_from_slice(&bytes(since.as_micros() as usize));
    packet
}

/// Notes what arrives, stream by stream.
fn listen(socket: &UdpSocket, streams: usize, clock: Instant, over: &AtomicBool) -> Vec<Arrivals> {
    let mut arrivals = vec![Arrivals::new(); streams];
    let mut packet = [0_u8; 2048];
    loop {
        match socket.recv(&mut packet) {
            Ok(PACKET) => {
                let number =
                    |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().expect("four bytes"));
                let since = Duration::from_micros(number(16).into());
                arrivals[number(12) as usize].push((clock.elapsed(), since));
            }
            // Reports of the switch have other lengths.
            Ok(_) => {}
            Err(_) if over.load(Ordering::Relaxed) => return arrivals,
            Err(_) => {}
        }
    }
}

/// From when to when naps lasted too long.
fn stalls(clock: Instant, over: &AtomicBool) -> Vec<(Duration, Duration)> {
    let mut stalls = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let lay_down = clock.elapsed();
        thread::sleep(NAP);
        let woke = clock.elapsed();
        if woke - lay_down > LATE {
            stalls.push((lay_down + NAP, woke));
        }
    }
    stalls
}

/// Each call needs ports in the switch; the soft limit is often 1,024.
pub(crate) fn raise_open_files() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Where it can't be raised, the first socket too many says so.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
