//! What a party says, as one unbroken run of samples (RFC 3550 §6.4.1 for the clock of a speaker).
//!
//! Packets are laid down where their timestamp says; what is lost, or was never sent because nothing was
//! said (RFC 3389), is silence. The clock of the switch sees to it that a recording is as long as it lasted.

use std::time::Duration;

use clock::Instant;

use crate::{
    codec::resample::RATE,
    control::{Key, RecordUntil, TaskId},
    rtp::Header,
    stage::dtmf,
};

/// Samples handed to the disk at once: with what waits for latecomers, under half a second is lost with
/// the process.
pub const CHUNK: usize = RATE as usize / 4;

/// How long a packet may be overtaken by later ones, in samples.
const LATECOMERS: usize = RATE as usize / 10;

/// How far a speaker's clock may be ahead of ours, in samples, before its timestamps are believed no more.
const AHEAD_MAX: u64 = RATE as u64;

/// How long the network may hold back a packet before silence takes its place, in samples.
const HELD_BACK: u64 = RATE as u64 * 2 / 5;

/// Samples judged together where there are no packets.
const FRAME: usize = RATE as usize / 50;

/// Mean magnitude of a frame that counts as something said: about -43 dBm0.
const QUIET: u32 = 100;

/// So much sound, in any number of pieces, is something said; a click or the handset being put down is not.
pub const SAID: Duration = Duration::from_millis(300);

/// How often to look after a recording that nothing comes for.
pub const TICK: Duration = Duration::from_millis(100);

/// A recording under way.
#[derive(Clone, Debug)]
pub struct Recorder {
    task: TaskId,
    until: RecordUntil,
    started: Instant,
    /// Samples handed out.
    written: u64,
    /// Samples from `written` on.
    pending: Vec<i16>,
    /// The speaker and timestamp that belong to a position.
    anchor: Option<Anchor>,
    /// Where something was said last.
    spoke: u64,
    /// Samples of sound so far.
    sound: u64,
    /// When to look after it next.
    pub(crate) tick: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    position: u64,
}

/// Why a recording ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Its longest time.
    TooLong,
    /// Nothing was said for long.
    Silence,
}

impl Recorder {
    /// A recording that begins now.
    pub fn new(task: TaskId, until: RecordUntil, now: Instant) -> Self {
        Self {
            task,
            until,
            started: now,
            written: 0,
            pending: Vec::with_capacity(2 * CHUNK),
            anchor: None,
            spoke: 0,
            sound: 0,
            tick: now + TICK,
        }
    }

    /// The task it does.
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// Whether this key ends it.
    pub fn ends_with(&self, key: Key) -> bool {
        dtmf::number_of(key).is_some_and(|number| self.until.keys >> number & 1 == 1)
    }

    /// Milliseconds recorded.
    pub fn lasted_ms(&self) -> u32 {
        let samples = self.written + self.pending.len() as u64;
        u32::try_from(samples * 1000 / u64::from(RATE)).unwrap_or(u32::MAX)
    }

    /// Lays down the sound of one packet, at 8 kHz, of a speaker whose timestamps count so many units a millisecond. A
    /// `late` one was overtaken by others. True once: when with this packet something has been said.
    pub fn take(&mut self, now: Instant, header: &Header, late: bool, khz: u32, sound: &[i16]) -> bool {
        let Some(position) = self.place(now, header, late, khz) else { return false };
        // What lies before the first sample not handed out is on the disk already.
        let gone = usize::try_from(self.written.saturating_sub(position)).unwrap_or(usize::MAX);
        let Some(sound) = sound.get(gone..).filter(|sound| !sound.is_empty()) else { return false };
        let start = (position + gone as u64 - self.written) as usize;
        let end = start + sound.len();
        if self.pending.len() < end {
            self.pending.resize(end, 0);
        }
        self.pending[start..end].copy_from_slice(sound);
        if !is_loud(&self.pending[start..end]) {
            return false;
        }
        self.spoke = self.spoke.max(self.written + end as u64);
        let before = self.sound;
        self.sound += sound.len() as u64;
        before < samples(SAID) && self.sound >= samples(SAID)
    }

    /// Keeps up with the clock where nothing came, and says whether it is over.
    pub fn tick(&mut self, now: Instant) -> Option<Full> {
        self.tick = now + TICK;
        let clock = self.clock(now);
        self.reach(clock.saturating_sub(HELD_BACK));
        if now.since(self.started) >= self.until.max {
            return Some(Full::TooLong);
        }
        let silent = Duration::from_millis(clock.saturating_sub(self.spoke) * 1000 / u64::from(RATE));
        (self.until.silence > Duration::ZERO && silent >= self.until.silence).then_some(Full::Silence)
    }

    /// The next samples for the disk, if there are enough.
    pub fn chunk(&mut self) -> Option<Box<[i16]>> {
        (self.pending.len() >= CHUNK + LATECOMERS).then(|| self.hand_out(CHUNK))
    }

    /// The rest: all that was said until now.
    pub fn finish(&mut self, now: Instant) -> Box<[i16]> {
        let longest = samples(self.until.max);
        self.reach(self.clock(now).min(longest));
        let rest = longest.saturating_sub(self.written).min(self.pending.len() as u64);
        self.pending.truncate(rest as usize);
        self.hand_out(rest as usize)
    }

    /// Where a packet belongs; `None` if it comes too late. A new speaker, and one whose clock does not fit
    /// ours any more, is laid down at the time it came: a word in the wrong place is better than none.
    fn place(&mut self, now: Instant, header: &Header, late: bool, khz: u32) -> Option<u64> {
        let clock = self.clock(now);
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.ssrc == header.ssrc) {
            let ahead = i64::from(header.timestamp.wrapping_sub(anchor.timestamp).cast_signed());
            let ahead = ahead * i64::from(RATE / 1000) / i64::from(khz);
            let position = anchor.position.saturating_add_signed(ahead);
            let earliest = self.written.saturating_sub(LATECOMERS as u64);
            if (earliest..=clock + AHEAD_MAX).contains(&position) {
                return Some(position);
            }
        }
        if late {
            return None;
        }
        let position = clock.max(self.written + self.pending.len() as u64);
        self.anchor = Some(Anchor { ssrc: header.ssrc, timestamp: header.timestamp, position });
        Some(position)
    }

    /// Extends the recording with silence up to a position.
    fn reach(&mut self, position: u64) {
        let wanted = position.saturating_sub(self.written) as usize;
        if self.pending.len() < wanted {
            self.pending.resize(wanted, 0);
        }
    }

    fn hand_out(&mut self, count: usize) -> Box<[i16]> {
        self.written += count as u64;
        self.pending.drain(..count).collect()
    }

    fn clock(&self, now: Instant) -> u64 {
        samples(now.since(self.started))
    }
}

/// Whether a recording at 8 kHz holds something said, for one whose recorder is gone.
pub fn is_said(recording: &[i16]) -> bool {
    let loud = recording.chunks(FRAME).filter(|frame| is_loud(frame)).map(<[i16]>::len).sum::<usize>();
    loud as u64 >= samples(SAID)
}

fn is_loud(frame: &[i16]) -> bool {
    let magnitude: u32 = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
    magnitude > QUIET * frame.len() as u32
}

fn samples(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros() * u128::from(RATE) / 1_000_000).unwrap_or(u64::MAX)
}
