//! A switch with one media thread, and telephones: one socket each.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use media::{
    control::{DoneReason, Format, Latch, Payload, Remote, Reply, Request, StreamId, TaskId},
    rtp::{Header, Packet},
    stage::dtmf::Sending,
    thread::{Disk, Handle, Settings, spawn},
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub(crate) const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A switch that talks to one media thread.
pub(crate) struct Switch {
    pub(crate) handle: Handle,
    pub(crate) ready: Vec<u16>,
    pub(crate) heard: Vec<Reply>,
}

impl Switch {
    pub(crate) fn start(ports: RangeInclusive<u16>, disk: &Disk) -> Self {
        Self::at(LOCALHOST, ports, disk)
    }

    pub(crate) fn at(address: IpAddr, ports: RangeInclusive<u16>, disk: &Disk) -> Self {
        Self::with(Self::settings(address, ports, disk))
    }

    pub(crate) fn settings(address: IpAddr, ports: RangeInclusive<u16>, disk: &Disk) -> Settings {
        let mut settings = Settings::new(0, address, ports, [7; 32], disk.clone());
        settings.ahead = 4;
        settings.rest = Duration::from_millis(100);
        settings
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self { handle: spawn(settings).unwrap(), ready: Vec::new(), heard: Vec::new() }
    }

    pub(crate) fn ask(&self, request: Request) {
        self.handle.send(request).unwrap();
    }

    /// Takes in what is said, waiting if nothing is.
    pub(crate) fn listen(&mut self) {
        let readable = &mut [PollFd::new(self.handle.replies().as_fd(), PollFlags::POLLIN)];
        let told = poll(readable, PollTimeout::try_from(PATIENCE).unwrap()).unwrap();
        assert_eq!(told, 1, "no reply; so far {:?}", self.heard);
        for reply in self.handle.replies().drain() {
            match reply {
                Reply::Ready { ports } => self.ready.extend(ports),
                other => self.heard.push(other),
            }
        }
    }

    /// The first reply that `wanted` likes; others are kept for later.
    pub(crate) fn wait<T>(&mut self, wanted: impl Fn(&Reply) -> Option<T>) -> T {
        loop {
            if let Some(index) = self.heard.iter().position(|reply| wanted(reply).is_some()) {
                return wanted(&self.heard.remove(index)).unwrap();
            }
            self.listen();
        }
    }

    pub(crate) fn port(&mut self) -> u16 {
        while self.ready.is_empty() {
            self.listen();
        }
        self.ready.remove(0)
    }

    pub(crate) fn done(&mut self, task: TaskId) -> (DoneReason, u32) {
        self.wait(|reply| match reply {
            Reply::Done { task: done, reason, lasted_ms } if *done == task => {
                Some((reason.clone(), *lasted_ms))
            }
            _ => None,
        })
    }

    /// Waits until everything asked so far is in force.
    pub(crate) fn settle(&mut self, stream: StreamId) {
        let task = TaskId(u64::MAX);
        self.ask(Request::Collect { task, stream });
        self.ask(Request::Stop { task });
        assert_eq!(self.done(task).0, DoneReason::Stopped);
    }

    /// A stream with a party at its end.
    pub(crate) fn party(&mut self, id: u64, payloads: &[(u8, Format)]) -> Party {
        let stream = StreamId(id);
        let port = self.port();
        let party = Party::new(stream, port);
        self.ask(Request::Open { stream, port });
        self.ask(Request::Aim { stream, remote: Box::new(party.remote(payloads)) });
        party
    }
}

/// A telephone: one socket and its numbers.
pub(crate) struct Party {
    pub(crate) stream: StreamId,
    pub(crate) udp: UdpSocket,
    pub(crate) switch: SocketAddr,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
}

impl Party {
    pub(crate) fn new(stream: StreamId, port: u16) -> Self {
        let udp = UdpSocket::bind((LOCALHOST, 0)).unwrap();
        udp.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, udp, switch: SocketAddr::new(LOCALHOST, port), sequence: 65_530, timestamp: 1000 }
    }

    pub(crate) fn remote(&self, payloads: &[(u8, Format)]) -> Remote {
        let rtp = self.udp.local_addr().unwrap();
        let payload = |(number, format): &(u8, Format)| Payload { number: *number, format: *format };
        Remote {
            rtp,
            rtcp: SocketAddr::new(rtp.ip(), rtp.port() ^ 1),
            latch: Latch::Strict,
            payloads: payloads.iter().map(payload).collect(),
            hears: true,
            speaks: true,
            ptime_ms: 20,
            silence_after: None,
        }
    }

    pub(crate) fn send(&mut self, payload_type: u8, payload: &[u8]) {
        let header = Header {
            marker: false,
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.stream.0 as u32,
        };
        let mut bytes = [0; 12];
        header.write(&mut bytes);
        self.udp.send_to(&[&bytes, payload].concat(), self.switch).unwrap();
        self.sequence = self.sequence.wrapping_add(1);
    }

    pub(crate) fn speak(&mut self, payload_type: u8, payload: &[u8]) {
        self.send(payload_type, payload);
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
    }

    pub(crate) fn press(&mut self, payload_type: u8, key: char) {
        for (event, _) in Sending::new(key, 60).unwrap() {
            self.send(payload_type, &event.write());
        }
        self.timestamp = self.timestamp.wrapping_add(1600);
    }

    pub(crate) fn hear(&self) -> (Header, Vec<u8>) {
        let mut bytes = [0; 2048];
        let (len, _) = self.udp.recv_from(&mut bytes).expect("a packet");
        let packet = Packet::parse(&bytes[..len]).unwrap();
        (packet.header, bytes[packet.payload].to_vec())
    }
}

/// Ports to try: many, because other programs may hold some, and each test's from another place on.
pub(crate) fn ports() -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = NEXT.fetch_add(64, Ordering::Relaxed) + std::process::id() as u16 % 128 * 64;
    let first = 17_000 + offset;
    first..=first + 2000
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()))
}

pub(crate) const ULAW: &[(u8, Format)] = &[(0, Format::Pcmu), (101, Format::TelephoneEvent(8000))];
pub(crate) const ALAW: &[(u8, Format)] = &[(8, Format::Pcma), (96, Format::TelephoneEvent(8000))];
