//! Every stream of one media thread, as one machine without sockets.
//!
//! Packets go in by [`Worker::rtp`] and [`Worker::rtcp`] and are rewritten in place; requests by
//! [`Worker::handle`]; the disk's answers by [`Worker::loaded`] and [`Worker::saved`]. What is due by the
//! clock comes out of [`Worker::poll_transmit`], everything else of [`Worker::poll_effect`]. A stream is
//! known by its even port: sockets are bound to it, so no other name is needed on the way of a packet.
//!
//! Order of business for one packet: source, form, payload type, sequence, keys, recording, relay. Where it has to be
//! opened, for a recording or for a peer of another codec, it is opened once.

mod effect;
mod pace;
mod packet;
mod request;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use clock::{Chance, Instant, Wheel};

pub use self::effect::{Channel, DiskOrder, Effect, Luggage, Sound};
use crate::{
    codec::coder::SOUND_MAX,
    control::{Counts, DoneReason, Reply, StreamId, TaskId},
    latch::Aim,
    port::{Bound, Pool, PoolSettings, Unbound},
    stage::play::Player,
    stream::{Playing, Stream},
};

/// What a worker is told once.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Port pairs.
    pub pool: PoolSettings,
    /// Source of SSRCs and first numbers.
    pub seed: [u8; 32],
}

/// See the module.
#[derive(Debug)]
pub struct Worker {
    chance: Chance,
    /// By half the even port.
    streams: Vec<Option<Box<Stream>>>,
    ports: HashMap<StreamId, u16>,
    tasks: HashMap<TaskId, u16>,
    /// Recordings that ended and are not on the disk yet.
    endings: HashMap<TaskId, Ending>,
    pool: Pool,
    wheel: Wheel<Timer>,
    effects: VecDeque<Effect>,
    scratch: Box<Scratch>,
}

/// Room for the sound of the packet at hand.
#[derive(Debug)]
struct Scratch {
    /// As its codec has it.
    sound: [i16; SOUND_MAX],
    /// At 8 kHz.
    narrow: [i16; SOUND_MAX],
}

/// A look at a stream that is due; a hint, checked against the stream.
#[derive(Clone, Copy, Debug)]
enum Timer {
    Pace(u16),
    Watch(u16),
    Record(u16),
}

#[derive(Debug)]
struct Ending {
    reason: DoneReason,
    lasted_ms: u32,
    /// Its stream closed and waits to say so.
    closed: Option<(StreamId, Counts)>,
}

impl Worker {
    /// A worker without streams; it asks for its first ports at once.
    pub fn new(now: Instant, settings: WorkerSettings) -> Self {
        let mut worker = Self {
            chance: Chance::from_seed(settings.seed),
            streams: (0..=usize::from(u16::MAX) / 2).map(|_| None).collect(),
            ports: HashMap::new(),
            tasks: HashMap::new(),
            endings: HashMap::new(),
            pool: Pool::new(settings.pool),
            wheel: Wheel::new(now),
            effects: VecDeque::new(),
            scratch: Box::new(Scratch { sound: [0; SOUND_MAX], narrow: [0; SOUND_MAX] }),
        };
        worker.top_up(now);
        worker
    }

    /// When [`poll_transmit`](Self::poll_transmit) has something to do.
    pub fn timeout(&self) -> Option<Instant> {
        self.wheel.next().into_iter().chain(self.pool.timeout()).min()
    }

    /// The next thing to be done outside, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Streams open here.
    pub fn len(&self) -> usize {
        self.ports.len()
    }

    /// Whether no stream is open here.
    pub fn is_empty(&self) -> bool {
        self.ports.is_empty()
    }

    /// Whether recordings ended that are not safe on the disk yet.
    pub fn is_saving(&self) -> bool {
        !self.endings.is_empty()
    }

    /// How binding a pair went.
    pub fn bound(&mut self, now: Instant, port: u16, result: Result<(), Unbound>) {
        match self.pool.bound(now, port, result) {
            Bound::Ready => self.announce(port),
            Bound::Taken => self.say(Reply::PortTaken { port }),
            Bound::Later => {}
        }
        self.top_up(now);
    }

    /// The disk's answer to [`DiskOrder::Load`].
    pub fn loaded(&mut self, now: Instant, task: TaskId, sound: Result<Arc<[i16]>, Arc<str>>) {
        let Some(port) = self.tasks.get(&task).copied() else { return };
        let Some(stream) = self.stream(port) else { return };
        let Playing::Loading { task: waiting, times, pause, skip, .. } = stream.playing else { return };
        if waiting != task {
            return;
        }
        match sound {
            Ok(samples) => {
                stream.playing =
                    Playing::Sound(Box::new(Player::prompt(task, samples, times, pause).from(skip)));
                self.refeed(now, port);
            }
            Err(why) => self.end_playing(now, port, DoneReason::Failed(why)),
        }
    }

    /// The disk's last word on a recording: it is safe, or it failed, perhaps in the middle.
    pub fn saved(&mut self, now: Instant, task: TaskId, result: Result<(), Arc<str>>) {
        if let Some(ending) = self.endings.remove(&task) {
            let reason = result.map_or_else(DoneReason::Failed, |()| ending.reason);
            self.say(Reply::Done { task, reason, lasted_ms: ending.lasted_ms });
            if let Some((stream, counts)) = ending.closed {
                self.say(Reply::Closed { stream, counts });
            }
            return;
        }
        let Some(port) = self.tasks.get(&task).copied() else { return };
        let Some(stream) = self.stream(port) else { return };
        let Some(recorder) = stream.recorder.take_if(|recorder| recorder.task() == task) else { return };
        self.tasks.remove(&task);
        let why = result.err().unwrap_or_else(|| "the disk ended the recording".into());
        self.say(Reply::Done { task, reason: DoneReason::Failed(why), lasted_ms: recorder.lasted_ms() });
        self.refeed(now, port);
    }

    fn stream(&mut self, port: u16) -> Option<&mut Stream> {
        self.streams[usize::from(port / 2)].as_deref_mut()
    }

    fn say(&mut self, reply: Reply) {
        self.effects.push_back(Effect::Reply(reply));
    }

    fn point(&mut self, port: u16, channel: Channel, aim: Option<Aim>) {
        if let Some(aim) = aim {
            self.effects.push_back(Effect::Point { port, channel, aim });
        }
    }

    /// Adds to the announcement not yet fetched, or begins one.
    fn announce(&mut self, port: u16) {
        if let Some(Effect::Reply(Reply::Ready { ports })) = self.effects.back_mut() {
            ports.push(port);
        } else {
            self.say(Reply::Ready { ports: vec![port] });
        }
    }

    fn top_up(&mut self, now: Instant) {
        while let Some(port) = self.pool.wanted(now) {
            self.effects.push_back(Effect::Bind { port });
        }
    }
}
