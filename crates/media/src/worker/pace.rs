//! What is due by the clock: frames we make, silence noticed, recordings kept up, ports rested.

use std::time::Duration;

use clock::Instant;

use super::{Channel, DiskOrder, Effect, Timer, Worker};
use crate::{
    codec::resample::RATE,
    control::{DoneReason, Reply},
    rtp::{Datagram, HEADER_LEN},
    stage::record::Full,
    stream::{Pace, Party, Playing, Stream},
};

/// Streams beat on a common grid, so that many of them share a wake-up.
const GRID: Duration = Duration::from_millis(5);

/// The grid of what nobody waits for, a look at a party and the end of a port's rest. Most such looks are at streams that
/// are closed by then, and a wake-up costs more than all that is done in it: without a grid, four of seven a call.
pub(super) const WIDE_GRID: Duration = Duration::from_millis(100);

/// A thread held up for longer than this does not send what was due meanwhile.
const LATE_MAX: Duration = Duration::from_millis(200);

/// A latched source silent for this long may be replaced by another of its address (RELIABILITY M1).
const LOOSE_AFTER: Duration = Duration::from_secs(5);

/// Samples in the longest frame, 60 ms.
const FRAME_MAX: usize = 480;

impl Worker {
    /// Does what is due, up to the next packet to be sent; call until `None`. The datagram then is what to
    /// send, and the answer says from which socket.
    pub fn poll_transmit(&mut self, now: Instant, datagram: &mut Datagram) -> Option<(u16, Channel)> {
        while let Some(port) = self.pool.rested(now) {
            self.announce(port);
        }
        self.top_up(now);
        while let Some((_, timer)) = self.wheel.pop(now) {
            match timer {
                Timer::Pace(port) => {
                    if self.beat(now, port, datagram) {
                        return Some((port, Channel::Rtp));
                    }
                }
                Timer::Watch(port) => self.watched(now, port),
                Timer::Record(port) => self.keep_up(now, port),
            }
        }
        None
    }

    /// Decides anew what feeds a stream: what is played, then the peer, then silence where somebody listens.
    pub(super) fn refeed(&mut self, now: Instant, port: u16) {
        let Some(stream) = self.stream(port) else { return };
        let sounding = matches!(stream.playing, Playing::Sound(_));
        let makes = sounding || stream.peer.is_none() && stream.attends();
        match (&mut stream.pace, makes) {
            (Some(pace), true) => pace.marker |= sounding,
            (None, true) => {
                let next = now.rounded_up(GRID);
                stream.pace = Some(Pace { next, fresh: true, marker: true });
                self.wheel.insert(next, Timer::Pace(port));
            }
            (Some(_), false) => stream.pace = None,
            (None, false) => {}
        }
    }

    /// Makes one frame; `true` if it is to be sent.
    fn beat(&mut self, now: Instant, port: u16, datagram: &mut Datagram) -> bool {
        let Some((pace, next)) = self.stream(port).and_then(|stream| stream.next_beat(now)) else {
            return false;
        };
        self.wheel.insert(next, Timer::Pace(port));
        let Some(stream) = self.stream(port) else { return false };
        let mut frame = [0; FRAME_MAX];
        let frame = &mut frame[..stream.frame_len()];
        let over = match &mut stream.playing {
            Playing::Sound(player) => !player.fill(frame),
            Playing::Nothing | Playing::Loading { .. } => false,
        };
        if over {
            self.end_playing(now, port, DoneReason::Finished);
        }
        let Some(stream) = self.stream(port) else { return false };
        if stream.pace.is_none() {
            return false;
        }
        let is_made = stream.make(now, pace, frame, datagram);
        if is_made {
            let aim = stream.party.as_mut().and_then(|party| party.rtp.sent());
            self.point(port, Channel::Rtp, aim);
        }
        is_made
    }

    /// Begins to watch over a party.
    pub(super) fn watch(&mut self, now: Instant, port: u16) {
        let Some(stream) = self.stream(port) else { return };
        let regular = (now + LOOSE_AFTER).rounded_up(WIDE_GRID);
        let at = stream.silence_due().map_or(regular, |due| due.min(regular));
        stream.watch = at;
        self.wheel.insert(at, Timer::Watch(port));
    }

    fn watched(&mut self, now: Instant, port: u16) {
        let Some(stream) = self.stream(port).filter(|stream| stream.watch <= now) else { return };
        let is_quiet = stream.silence_due().is_some_and(|due| due <= now);
        if is_quiet {
            stream.excused = now;
        }
        let (id, is_silent) = (stream.id, now.since(stream.heard) >= LOOSE_AFTER);
        let Some(party) = &mut stream.party else { return };
        let aim = if is_silent { party.rtp.loosen() } else { None };
        let rtcp_aim = aim.and_then(|_| party.rtcp.loosen());
        self.point(port, Channel::Rtp, aim);
        self.point(port, Channel::Rtcp, rtcp_aim);
        if is_quiet {
            self.say(Reply::Quiet { stream: id });
        }
        self.watch(now, port);
    }

    fn keep_up(&mut self, now: Instant, port: u16) {
        let Some(recorder) = self.stream(port).and_then(|stream| stream.recorder.as_deref_mut()) else {
            return;
        };
        if recorder.tick > now {
            return;
        }
        let full = recorder.tick(now);
        let (task, tick) = (recorder.task(), recorder.tick);
        if let Some(samples) = recorder.chunk() {
            self.effects.push_back(Effect::Disk(DiskOrder::Append { task, samples }));
        }
        match full {
            None => self.wheel.insert(tick, Timer::Record(port)),
            Some(Full::TooLong) => self.end_recording(now, port, DoneReason::TooLong),
            Some(Full::Silence) => self.end_recording(now, port, DoneReason::Silence),
        }
    }
}

impl Stream {
    fn frame_len(&self) -> usize {
        RATE as usize / 1000 * usize::from(self.frame_ms())
    }

    fn frame_ms(&self) -> u8 {
        self.party.as_ref().map_or(20, Party::frame_ms)
    }

    /// Takes the beat that is due, if one is, and sets the next: by the clock, never by when we got round
    /// to it, so that nothing drifts.
    fn next_beat(&mut self, now: Instant) -> Option<(Pace, Instant)> {
        let length = Duration::from_millis(self.frame_ms().into());
        let pace = self.pace.as_mut().filter(|pace| pace.next <= now)?;
        let late = now.since(pace.next) > LATE_MAX;
        let this = Pace { fresh: pace.fresh || late, ..*pace };
        let next = if late { now.rounded_up(GRID) } else { pace.next } + length;
        *pace = Pace { next, fresh: false, marker: false };
        Some((this, next))
    }

    /// Makes the packet of a frame, unless nobody would hear it. Whoever speaks nothing that we can make may be about to: what is played goes on meanwhile.
    fn make(&mut self, now: Instant, pace: Pace, frame: &[i16], datagram: &mut Datagram) -> bool {
        let hearer = self.party.as_ref().filter(|party| party.hears);
        let Some((number, codec)) = hearer.and_then(Party::voice) else {
            self.skip();
            return false;
        };
        let ms = (frame.len() / (RATE as usize / 1000)) as u32;
        let mut numbers = self.outgoing.generate(now, ms, codec.clock_khz(), pace.fresh);
        numbers.marker |= pace.marker;
        let header = numbers.header(self.outgoing.ssrc(), number);
        let mouth = self.mouth(codec);
        if pace.fresh {
            mouth.forget();
        }
        let payload = &mut datagram.room()[HEADER_LEN..];
        let Some(len) = mouth.speak(now, frame, RATE, payload) else { return false };
        datagram.compose(&header, len);
        self.counts.sent += 1;
        true
    }

    /// What comes after a frame that nobody heard has to catch up.
    fn skip(&mut self) {
        if let Some(pace) = &mut self.pace {
            *pace = Pace { fresh: true, marker: true, ..*pace };
        }
    }
}
