//! What the switch asks of a media thread, and what the thread answers.
//!
//! The switch names things (streams, tasks) and the thread never invents a name. Ports travel the other
//! way: a thread binds them ahead of need and announces them, so an SDP can be written without waiting.

use std::{
    any::Any,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use smallvec::SmallVec;

/// A stream: the RTP and RTCP of one leg, on one even port and the odd one above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// A task on a stream; ends with exactly one [`Reply::Done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// A key of a telephone (RFC 4733 §3.2): `0`–`9`, `*`, `#`, `A`–`D`.
pub type Key = char;

/// Asked of a media thread, in order.
#[derive(Clone, Debug)]
pub enum Request {
    /// Begin a stream on `port`, which the thread announced with [`Reply::Ready`].
    Open {
        /// The new stream.
        stream: StreamId,
        /// Even RTP port; RTCP uses the next.
        port: u16,
    },
    /// What an offer/answer exchange settled about the party; may come again at any time.
    Aim {
        /// The stream.
        stream: StreamId,
        /// The party's side.
        remote: Box<Remote>,
    },
    /// Feed each of two streams of this thread from the other. Ends what fed either of them before.
    Connect {
        /// One side.
        a: StreamId,
        /// The other.
        b: StreamId,
    },
    /// Stop feeding the stream from another, if it was; the other side too. Both fall silent.
    Disconnect {
        /// Either side.
        stream: StreamId,
    },
    /// Play into the stream. A later `Play` or `Connect` ends it with [`DoneReason::Replaced`]. Into a
    /// connected stream it is heard instead of the peer, who is heard again when it is done.
    Play {
        /// The task.
        task: TaskId,
        /// The stream.
        stream: StreamId,
        /// What is heard.
        source: Source,
        /// How often; `None` goes on until stopped.
        times: Option<u32>,
        /// Silence between two rounds.
        pause: Duration,
    },
    /// Report keys of the party as [`Reply::Key`] until stopped. A later one takes its place.
    Collect {
        /// The task.
        task: TaskId,
        /// The stream.
        stream: StreamId,
    },
    /// Record what the party says in G.711. A later one takes its place. `Done` comes when the
    /// file is safe on the disk.
    Record {
        /// The task.
        task: TaskId,
        /// The stream.
        stream: StreamId,
        /// Where the WAV goes (8 kHz, 16 bit, mono); missing folders are made.
        path: Arc<Path>,
        /// When to end by itself.
        until: RecordUntil,
    },
    /// End a task early; it still answers with `Done`, reason [`DoneReason::Stopped`].
    Stop {
        /// The task.
        task: TaskId,
    },
    /// End a stream; its tasks end with [`DoneReason::Closed`], its port is announced again after a rest.
    Close {
        /// The stream.
        stream: StreamId,
    },
    /// Take a stream out of this thread, sockets, tasks and all, to be handed to another. It falls silent
    /// if it was connected. Answered with [`Reply::Detached`].
    Detach {
        /// The stream.
        stream: StreamId,
    },
    /// Take in a stream that another thread let go. Answered with [`Reply::Attached`].
    Attach {
        /// What [`Reply::Detached`] brought; the first to attach it has it.
        parcel: Parcel,
    },
}

/// A stream on its way from one media thread to another. Dropped unopened, it closes the stream's ports.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Which stream.
    pub stream: StreamId,
    /// What it holds is the business of media threads.
    pub(crate) cargo: Arc<dyn Any + Send + Sync>,
}

/// The party's side of a stream, from its SDP and from where its signalling came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Where it wants RTP.
    pub rtp: SocketAddr,
    /// Where it wants RTCP (RFC 3605), the port above `rtp` unless told otherwise.
    pub rtcp: SocketAddr,
    /// Which source addresses are believed.
    pub latch: Latch,
    /// Payload types settled, the preferred one first.
    pub payloads: SmallVec<[Payload; 4]>,
    /// Whether it wants to hear us (`sendrecv` and `recvonly` in its own words).
    pub hears: bool,
    /// Whether it sends to us (`sendrecv` and `sendonly` in its own words).
    pub speaks: bool,
    /// Milliseconds a packet we generate holds, 10 to 60.
    pub ptime_ms: u8,
    /// How long it may be silent before [`Reply::Quiet`]; `None` for a party that need not speak, as one on
    /// hold. At least a second; one that was never heard has [`UNHEARD_FACTOR`] times as long.
    pub silence_after: Option<Duration>,
}

/// How much longer a party may be silent that never sent anything: muted from the start, or a load test
/// without media, and no sign that it vanished.
pub const UNHEARD_FACTOR: u32 = 60;

/// One row of the negotiated payload table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Payload type number, 0 to 127.
    pub number: u8,
    /// What it carries.
    pub format: Format,
}

/// A codec, as far as media has to tell codecs apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// G.711 µ-law, 8 kHz.
    Pcmu,
    /// G.711 A-law, 8 kHz.
    Pcma,
    /// G.722, 16 kHz by a clock of 8 (RFC 3551 §4.5.2).
    G722,
    /// Opus, by a clock of 48 kHz (RFC 7587).
    Opus,
    /// Named telephone events (RFC 4733); clock rate in Hz.
    TelephoneEvent(u32),
    /// Anything else: relayed, never opened. The number names encoding, rate and parameters within a site.
    Other(u32),
}

/// Which sources may send to a stream (RELIABILITY M1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Latch {
    /// Only the address and port of the SDP.
    Strict,
    /// The party sits behind NAT: the first source with this IP, its signalling's, wins; then only it.
    Behind(IpAddr),
}

/// What a `Play` lets the party hear.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A WAV: PCM 8 or 16 bit or G.711, at a multiple of 8 kHz that `wave` takes; mixed down to mono 8 kHz.
    File(Arc<Path>),
    /// The bytes of such a WAV, as the plan version holds them.
    Wave(Arc<[u8]>),
    /// Several of them, one after another, as one: music, or words that make a sentence.
    Waves {
        /// Those.
        waves: Arc<[Arc<[u8]>]>,
        /// Where the first round begins; beyond their end it is counted anew from their beginning.
        skip: Duration,
    },
    /// A steady or cadenced tone.
    Tone(Tone),
}

/// A call-progress tone (ITU-T E.180).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// Up to two frequencies in Hz; 0 is none.
    pub hz: [u16; 2],
    /// Level in dBm0, negative.
    pub level_db: i8,
    /// On and off times in ms, repeated; `[ms, 0, 0, 0]` is one burst.
    pub cadence_ms: [u16; 4],
}

/// When a recording ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordUntil {
    /// Longest recording.
    pub max: Duration,
    /// This much silence at the end; zero never.
    pub silence: Duration,
    /// `#` or any other of these keys, as bits of `1 << event` (RFC 4733 event numbers 0–15).
    pub keys: u16,
}

/// Said by a media thread.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These even ports are bound and wait for an `Open`.
    Ready {
        /// Even ports.
        ports: Vec<u16>,
    },
    /// A port of the range is in use by somebody else; it was skipped.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A key went down. One press, one reply, whatever was lost or repeated.
    Key {
        /// The stream.
        stream: StreamId,
        /// The key.
        key: Key,
    },
    /// Something was said on a recording, for the first time: [`SAID`](crate::stage::record::SAID) of
    /// sound in all. One that never tells of this holds silence.
    Spoke {
        /// The task.
        task: TaskId,
    },
    /// The end of a task.
    Done {
        /// The task.
        task: TaskId,
        /// Why.
        reason: DoneReason,
        /// Milliseconds played or recorded.
        lasted_ms: u32,
    },
    /// The party's media came for the first time, or from a new place, from here.
    Latched {
        /// The stream.
        stream: StreamId,
        /// Where it comes from.
        source: SocketAddr,
    },
    /// Neither media nor reports came from the party for [`Remote::silence_after`]; told again each time that
    /// passes.
    Quiet {
        /// The stream.
        stream: StreamId,
    },
    /// The stream left this thread.
    Detached {
        /// The stream.
        stream: StreamId,
        /// To be sent to another thread within [`Request::Attach`].
        parcel: Parcel,
    },
    /// The stream arrived and is to be connected anew.
    Attached {
        /// The stream.
        stream: StreamId,
    },
    /// The stream is gone, and each of its tasks was said to be done. Unasked for: it failed by a fault of
    /// ours, and the call has to do without.
    Closed {
        /// The stream.
        stream: StreamId,
        /// What passed.
        counts: Counts,
    },
}

/// Why a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoneReason {
    /// It played to its end.
    Finished,
    /// A later `Play` or `Connect` took its place.
    Replaced,
    /// Asked to.
    Stopped,
    /// The stream was closed.
    Closed,
    /// A key of [`RecordUntil::keys`] was pressed.
    Key(Key),
    /// The longest time was reached.
    TooLong,
    /// The party fell silent.
    Silence,
    /// A file could not be read or written; the reason for the operator.
    Failed(Arc<str>),
}

/// Packets of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// RTP packets from the party that were believed.
    pub received: u64,
    /// RTP packets sent to the party.
    pub sent: u64,
    /// Packets dropped because their source, payload type or form was wrong.
    pub refused: u64,
    /// Gaps in the party's sequence numbers, in packets.
    pub lost: u64,
}
