//! A worker with everything around it played by the test.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use clock::Instant;
use media::{
    codec::g711::Law,
    control::{
        Counts, DoneReason, Format, Latch, Payload, RecordUntil, Remote, Reply, Request, Source, StreamId,
        TaskId, Tone,
    },
    latch::Aim,
    port::{PoolSettings, Unbound},
    rtp::{Datagram, Header, Packet},
    worker::{Channel, DiskOrder, Effect, Luggage, Worker, WorkerSettings},
};

pub(crate) const ULAW: &[(u8, Format)] = &[(0, Format::Pcmu), (101, Format::TelephoneEvent(8000))];
pub(crate) const ALAW: &[(u8, Format)] = &[(8, Format::Pcma), (96, Format::TelephoneEvent(8000))];

/// A packet that left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    pub(crate) from: u16,
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Rig {
    pub(crate) now: Instant,
    pub(crate) worker: Worker,
    pub(crate) ready: Vec<u16>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) aims: Vec<(u16, Channel, Aim)>,
    pub(crate) orders: Vec<DiskOrder>,
    pub(crate) luggage: Vec<(u16, Luggage)>,
    pub(crate) bound: Vec<u16>,
    /// Ports of other programs.
    pub(crate) foreign: Vec<u16>,
    /// A thread that comes late to everything by this much.
    pub(crate) lag: Duration,
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with_ports(10_000, 10_099, 4)
    }

    pub(crate) fn with_ports(first: u16, last: u16, ahead: usize) -> Self {
        Self::with(first, last, ahead, &[])
    }

    pub(crate) fn with(first: u16, last: u16, ahead: usize, foreign: &[u16]) -> Self {
        Self::from(PoolSettings { range: first..=last, ahead, most: 1000, rest: ms(2000) }, foreign)
    }

    /// At most so many pairs, of more than enough ports, one of them taken.
    pub(crate) fn holding(most: usize) -> Self {
        Self::from(PoolSettings { range: 10_000..=10_099, ahead: 4, most, rest: ms(2000) }, &[10_000])
    }

    fn from(pool: PoolSettings, foreign: &[u16]) -> Self {
        let now = Instant::from_micros(1_234_567);
        let settings = WorkerSettings { pool, seed: [3; 32] };
        let mut rig = Self {
            now,
            worker: Worker::new(now, settings),
            ready: Vec::new(),
            replies: Vec::new(),
            sent: Vec::new(),
            aims: Vec::new(),
            orders: Vec::new(),
            luggage: Vec::new(),
            bound: Vec::new(),
            foreign: foreign.to_vec(),
            lag: Duration::ZERO,
        };
        rig.drain();
        rig
    }

    pub(crate) fn ask(&mut self, request: Request) {
        self.worker.handle(self.now, request);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.worker.poll_effect() {
            match effect {
                Effect::Reply(Reply::Ready { ports }) => self.ready.extend(ports),
                Effect::Reply(reply) => self.replies.push(reply),
                Effect::Bind { port } if self.foreign.contains(&port) || self.bound.contains(&port) => {
                    self.worker.bound(self.now, port, Err(Unbound::Taken));
                }
                Effect::Bind { port } => {
                    self.bound.push(port);
                    self.worker.bound(self.now, port, Ok(()));
                }
                Effect::Listen { .. } | Effect::Rest { .. } => {}
                Effect::Point { port, channel, aim } => self.aims.push((port, channel, aim)),
                Effect::Detach { port, stream } => {
                    self.bound.retain(|bound| *bound != port);
                    self.luggage.push((port, stream));
                }
                Effect::Disk(order) => self.orders.push(order),
            }
        }
    }

    /// Takes in a stream that was detached somewhere.
    pub(crate) fn attach(&mut self, (port, luggage): (u16, Luggage)) {
        self.bound.push(port);
        self.worker.attach(port, luggage);
        self.drain();
    }

    /// Lets time pass, doing what is due when it is due, or as late as the lag says.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.worker.timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due + self.lag);
            self.turn();
        }
        self.now = self.now.max(end);
        self.turn();
    }

    fn turn(&mut self) {
        let mut datagram = Datagram::new();
        while let Some((from, channel)) = self.worker.poll_transmit(self.now, &mut datagram) {
            assert_eq!(channel, Channel::Rtp);
            self.note(from, &datagram);
            self.drain();
        }
        self.drain();
        assert!(self.worker.timeout().is_none_or(|at| at > self.now), "a deadline that never passes");
    }

    fn note(&mut self, from: u16, datagram: &Datagram) -> Sent {
        let packet = Packet::parse(datagram.bytes()).unwrap();
        let payload = datagram.bytes()[packet.payload].to_vec();
        let sent = Sent { at: self.now, from, header: packet.header, payload };
        self.sent.push(sent.clone());
        sent
    }

    /// A datagram comes to an RTP port; what is sent on.
    pub(crate) fn rtp(&mut self, port: u16, source: Option<SocketAddr>, bytes: &[u8]) -> Option<Sent> {
        let mut datagram = Datagram::new();
        datagram.fill(bytes);
        let to = self.worker.rtp(self.now, port, source, &mut datagram);
        self.drain();
        let (from, _) = to?;
        Some(self.note(from, &datagram))
    }

    /// A datagram comes to an RTCP port; what is sent on.
    pub(crate) fn rtcp(
        &mut self,
        port: u16,
        source: Option<SocketAddr>,
        bytes: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        let mut datagram = Datagram::new();
        datagram.fill(bytes);
        let to = self.worker.rtcp(self.now, port, source, &mut datagram);
        self.drain();
        to.map(|(from, _)| (from, datagram.bytes().to_vec()))
    }

    /// An open stream without a party.
    pub(crate) fn open(&mut self, id: u64) -> Phone {
        let port = self.ready.remove(0);
        self.ask(Request::Open { stream: StreamId(id), port });
        let address = SocketAddr::new(IpAddr::from([10, 0, 0, id as u8]), 4000);
        Phone {
            id: StreamId(id),
            port,
            address,
            ssrc: 77 * id as u32,
            sequence: 65_530,
            timestamp: 4_294_960_000,
        }
    }

    /// An open stream whose party sits at its own address.
    pub(crate) fn phone(&mut self, id: u64, payloads: &[(u8, Format)]) -> Phone {
        let phone = self.open(id);
        self.aim(&phone, |_| {}, payloads);
        phone
    }

    pub(crate) fn aim(&mut self, phone: &Phone, change: impl FnOnce(&mut Remote), payloads: &[(u8, Format)]) {
        let payload = |(number, format): &(u8, Format)| Payload { number: *number, format: *format };
        let mut remote = Remote {
            rtp: phone.address,
            rtcp: SocketAddr::new(phone.address.ip(), phone.address.port() + 1),
            latch: Latch::Strict,
            payloads: payloads.iter().map(payload).collect(),
            hears: true,
            speaks: true,
            ptime_ms: 20,
            silence_after: Some(ms(60_000)),
        };
        change(&mut remote);
        self.ask(Request::Aim { stream: phone.id, remote: Box::new(remote) });
    }

    pub(crate) fn connect(&mut self, a: &Phone, b: &Phone) {
        self.ask(Request::Connect { a: a.id, b: b.id });
    }

    /// Two phones that talk.
    pub(crate) fn call(&mut self) -> (Phone, Phone) {
        let (a, b) = (self.phone(1, ULAW), self.phone(2, ULAW));
        self.connect(&a, &b);
        (a, b)
    }

    pub(crate) fn play(
        &mut self,
        task: u64,
        phone: &Phone,
        samples: &[i16],
        times: Option<u32>,
        pause: Duration,
    ) {
        let (task, path) = (TaskId(task), Path::new("prompt.wav").into());
        self.ask(Request::Play { task, stream: phone.id, source: Source::File(path), times, pause });
        self.worker.loaded(self.now, task, Ok(samples.into()));
        self.drain();
    }

    /// Music that goes on from `skip`, its files read as these samples.
    pub(crate) fn music(&mut self, task: u64, phone: &Phone, samples: &[i16], skip: Duration) {
        let (task, waves) = (TaskId(task), Arc::new([]) as Arc<[Arc<[u8]>]>);
        let source = Source::Waves { waves, skip };
        let (times, pause) = (None, Duration::ZERO);
        self.ask(Request::Play { task, stream: phone.id, source, times, pause });
        self.worker.loaded(self.now, task, Ok(samples.into()));
        self.drain();
    }

    pub(crate) fn tone(&mut self, task: u64, phone: &Phone, cadence_ms: [u16; 4], times: Option<u32>) {
        let source = Source::Tone(Tone { hz: [425, 0], level_db: -10, cadence_ms });
        self.ask(Request::Play {
            task: TaskId(task),
            stream: phone.id,
            source,
            times,
            pause: Duration::ZERO,
        });
    }

    pub(crate) fn collect(&mut self, task: u64, phone: &Phone) {
        self.ask(Request::Collect { task: TaskId(task), stream: phone.id });
    }

    pub(crate) fn record(&mut self, task: u64, phone: &Phone, max: Duration, silence: Duration) {
        let until = RecordUntil { max, silence, keys: 1 << 11 };
        let path: Arc<Path> = Path::new("message.wav").into();
        self.ask(Request::Record { task: TaskId(task), stream: phone.id, path, until });
    }

    /// The disk has written everything.
    pub(crate) fn save(&mut self, task: u64, result: Result<(), &str>) {
        self.worker.saved(self.now, TaskId(task), result.map_err(Into::into));
        self.drain();
    }

    pub(crate) fn close(&mut self, phone: &Phone) -> Counts {
        self.ask(Request::Close { stream: phone.id });
        let closed = self.take(|reply| match reply {
            Reply::Closed { stream, counts } if *stream == phone.id => Some(*counts),
            _ => None,
        });
        closed[0]
    }

    /// Takes the replies that `wanted` likes.
    pub(crate) fn take<T>(&mut self, wanted: impl Fn(&Reply) -> Option<T>) -> Vec<T> {
        let found = self.replies.iter().filter_map(&wanted).collect();
        self.replies.retain(|reply| wanted(reply).is_none());
        found
    }

    /// Takes the ends of tasks: number, reason, milliseconds.
    pub(crate) fn done(&mut self) -> Vec<(u64, DoneReason, u32)> {
        self.take(|reply| match reply {
            Reply::Done { task, reason, lasted_ms } => Some((task.0, reason.clone(), *lasted_ms)),
            _ => None,
        })
    }

    pub(crate) fn keys(&mut self) -> String {
        let keys = self.take(|reply| match reply {
            Reply::Key { key, .. } => Some(*key),
            _ => None,
        });
        keys.into_iter().collect()
    }

    /// Everything recorded so far.
    pub(crate) fn recorded(&self) -> Vec<i16> {
        let chunks = self.orders.iter().filter_map(|order| match order {
            DiskOrder::Append { samples, .. } => Some(samples.to_vec()),
            _ => None,
        });
        chunks.flatten().collect()
    }

    /// Takes what was sent, and checks that each stream ran on without a jump.
    pub(crate) fn heard(&mut self, phone: &Phone) -> Vec<Sent> {
        let heard: Vec<_> = self.sent.extract_if(.., |sent| sent.from == phone.port).collect();
        for pair in heard.windows(2) {
            assert_eq!(pair[0].header.ssrc, pair[1].header.ssrc);
            assert_eq!(pair[1].header.sequence, pair[0].header.sequence.wrapping_add(1));
        }
        heard
    }
}

/// A party: where it is, and the numbers of what it sends.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    pub(crate) id: StreamId,
    pub(crate) port: u16,
    pub(crate) address: SocketAddr,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
}

impl Phone {
    /// The next packet, of a payload that takes no time of its own.
    pub(crate) fn packet(&mut self, payload_type: u8, payload: &[u8]) -> Vec<u8> {
        let Self { sequence, timestamp, ssrc, .. } = *self;
        let header = Header { marker: false, payload_type, sequence, timestamp, ssrc };
        self.sequence = sequence.wrapping_add(1);
        let mut bytes = [0; 12];
        header.write(&mut bytes);
        [&bytes, payload].concat()
    }

    /// The next 20 ms of µ-law.
    pub(crate) fn frame(&mut self, byte: u8) -> Vec<u8> {
        let packet = self.packet(0, &[byte; 160]);
        self.timestamp = self.timestamp.wrapping_add(160);
        packet
    }

    /// Sends the next 20 ms of µ-law from its own address, then lets them pass.
    pub(crate) fn says(&mut self, rig: &mut Rig, byte: u8) -> Option<Sent> {
        let frame = self.frame(byte);
        let sent = rig.rtp(self.port, Some(self.address), &frame);
        rig.pass(ms(20));
        sent
    }
}

pub(crate) fn decode(sent: &[Sent]) -> Vec<i16> {
    sent.iter().flat_map(|sent| &sent.payload).map(|byte| Law::Mu.decode(*byte)).collect()
}
