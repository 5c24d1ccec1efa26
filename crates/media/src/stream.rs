//! One leg's media: what its party sends, what it hears, and what is done with it.

use std::time::Duration;

use clock::Instant;
use smallvec::SmallVec;

use crate::{
    codec::coder::Codec,
    control::{Counts, Format, Payload, Remote, StreamId, TaskId, UNHEARD_FACTOR},
    convert::{ClockMap, Ear, Mouth},
    incoming::{Allowance, Incoming},
    latch::Gate,
    outgoing::Outgoing,
    relay::Routes,
    stage::{dtmf::Presses, play::Player, record::Recorder},
    worker::Sound,
};

/// Everything about one stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: StreamId,
    /// Not known before the first answer.
    pub(crate) party: Option<Party>,
    pub(crate) allowance: Allowance,
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    /// Port of the stream it is connected with.
    pub(crate) peer: Option<u16>,
    /// The way to the peer.
    pub(crate) routes: Routes,
    /// The party's timestamps, as they go to a peer with another clock.
    pub(crate) clock: ClockMap,
    /// What the party says and hears, where it has to be opened and made.
    pub(crate) ear: Option<Box<Ear>>,
    pub(crate) mouth: Option<Box<Mouth>>,
    pub(crate) playing: Playing,
    /// Set while the party hears what we make.
    pub(crate) pace: Option<Pace>,
    pub(crate) collect: Option<Collect>,
    pub(crate) presses: Presses,
    pub(crate) recorder: Option<Box<Recorder>>,
    /// When the party was heard last.
    pub(crate) heard: Instant,
    /// When it last gave another sign of life, or its silence was told.
    pub(crate) excused: Instant,
    /// When to see again whether it still is there.
    pub(crate) watch: Instant,
    pub(crate) counts: Counts,
}

/// What offer and answer settled.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) rtp: Gate,
    pub(crate) rtcp: Gate,
    /// RTCP comes and goes on the RTP port (RFC 5761).
    pub(crate) shares_port: bool,
    pub(crate) payloads: SmallVec<[Payload; 4]>,
    pub(crate) hears: bool,
    pub(crate) speaks: bool,
    /// Milliseconds in a packet we make.
    pub(crate) ptime_ms: u8,
    pub(crate) silence_after: Option<Duration>,
}

/// A task that feeds the party.
#[derive(Clone, Debug)]
pub(crate) enum Playing {
    Nothing,
    /// The disk was asked for the sound.
    Loading {
        task: TaskId,
        sound: Sound,
        times: Option<u32>,
        pause: Duration,
        /// Where in the sound its first round begins.
        skip: Duration,
    },
    Sound(Box<Player>),
}

/// The beat of what we make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) next: Instant,
    /// The next packet is the first after something else, or after nothing.
    pub(crate) fresh: bool,
    /// The next packet begins something, though it follows seamlessly.
    pub(crate) marker: bool,
}

/// A `Collect` under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collect {
    pub(crate) task: TaskId,
    pub(crate) since: Instant,
}

impl Stream {
    pub(crate) fn new(id: StreamId, outgoing: Outgoing, now: Instant) -> Self {
        Self {
            id,
            party: None,
            allowance: Allowance::default(),
            incoming: Incoming::default(),
            outgoing,
            peer: None,
            routes: Routes::new(),
            clock: ClockMap::default(),
            ear: None,
            mouth: None,
            playing: Playing::Nothing,
            pace: None,
            collect: None,
            presses: Presses::default(),
            recorder: None,
            heard: now,
            excused: now,
            watch: now,
            counts: Counts::default(),
        }
    }

    /// What the party has settled on, nothing before the first answer.
    pub(crate) fn payloads(&self) -> &[Payload] {
        self.party.as_ref().map_or(&[], |party| &party.payloads)
    }

    /// Everything asked of it that has not ended.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskId> {
        let collecting = self.collect.map(|collect| collect.task);
        let recording = self.recorder.as_ref().map(|recorder| recorder.task());
        [self.playing.task(), collecting, recording].into_iter().flatten()
    }

    /// When the party has been silent for longer than it may; `None` if it may be for ever.
    pub(crate) fn silence_due(&self) -> Option<Instant> {
        let after = self.party.as_ref()?.silence_after?;
        let patience = if self.counts.received > 0 { after } else { after * UNHEARD_FACTOR };
        Some(self.heard.max(self.excused) + patience)
    }

    /// What opens what the party says in this codec.
    pub(crate) fn ear(&mut self, codec: Codec) -> &mut Ear {
        if self.ear.as_ref().is_none_or(|ear| ear.codec() != codec) {
            self.ear = None;
        }
        self.ear.get_or_insert_with(|| Box::new(Ear::new(codec)))
    }

    /// What makes what the party hears in this codec.
    pub(crate) fn mouth(&mut self, codec: Codec) -> &mut Mouth {
        if self.mouth.as_ref().is_none_or(|mouth| mouth.codec() != codec) {
            self.mouth = None;
        }
        self.mouth.get_or_insert_with(|| Box::new(Mouth::new(codec)))
    }

    /// Whether somebody waits for the party, who must not take the line for dead.
    pub(crate) fn attends(&self) -> bool {
        self.collect.is_some() || self.recorder.is_some()
    }
}

impl Playing {
    /// The task, if there is one.
    pub(crate) fn task(&self) -> Option<TaskId> {
        match self {
            Self::Nothing => None,
            Self::Loading { task, .. } => Some(*task),
            Self::Sound(player) => Some(player.task()),
        }
    }
}

impl Party {
    /// The party as settled now. A latch stays if the SDP points where it pointed before.
    pub(crate) fn new(remote: Remote, before: Option<Self>) -> Self {
        let Remote { rtp, rtcp, latch, payloads, hears, speaks, ptime_ms, silence_after } = remote;
        let (old_rtp, old_rtcp) = before.map(|party| (party.rtp, party.rtcp)).unzip();
        let keep = |old: Option<Gate>, told| old.filter(|gate| gate.is_for(&latch, told));
        Self {
            rtp: keep(old_rtp, rtp).unwrap_or_else(|| Gate::new(latch.clone(), rtp)),
            rtcp: keep(old_rtcp, rtcp).unwrap_or_else(|| Gate::new(latch.clone(), rtcp)),
            shares_port: rtp == rtcp,
            payloads,
            hears,
            speaks,
            ptime_ms: ptime_ms.clamp(10, 60) / 10 * 10,
            silence_after: silence_after.map(|after| after.max(Duration::from_secs(1))),
        }
    }

    /// What a payload type of the party means.
    pub(crate) fn format(&self, payload_type: u8) -> Option<Format> {
        self.payloads.iter().find(|payload| payload.number == payload_type).map(|payload| payload.format)
    }

    /// How to speak to it: its favourite among what we can make.
    pub(crate) fn voice(&self) -> Option<(u8, Codec)> {
        self.payloads.iter().find_map(|payload| Some((payload.number, Codec::of(payload.format)?)))
    }

    /// Milliseconds in a packet that we make: what it would like, or the next shorter that its codec has.
    pub(crate) fn frame_ms(&self) -> u8 {
        match self.voice() {
            Some((_, codec @ Codec::Opus)) => {
                let per_ms = codec.rate() as usize / 1000;
                (codec.packet_of(usize::from(self.ptime_ms) * per_ms) / per_ms) as u8
            }
            Some((_, Codec::Law(_) | Codec::G722)) | None => self.ptime_ms,
        }
    }
}
