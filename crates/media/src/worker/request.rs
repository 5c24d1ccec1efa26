//! What the switch asks, carried out.

use std::time::Duration;

use clock::Instant;

use super::{Channel, DiskOrder, Effect, Ending, Luggage, Sound, Timer, Worker, pace::WIDE_GRID};
use crate::{
    control::{DoneReason, Remote, Reply, Request, Source, StreamId, TaskId},
    convert::ClockMap,
    outgoing::Outgoing,
    relay,
    stage::{play::Player, record::Recorder},
    stream::{Collect, Party, Playing, Stream},
};

impl Worker {
    /// Carries out a request. What is asked of a stream that is not here crossed its `Closed`.
    pub fn handle(&mut self, now: Instant, request: Request) {
        match request {
            Request::Open { stream, port } => self.open(now, stream, port),
            Request::Aim { stream, remote } => self.aim(now, stream, *remote),
            Request::Connect { a, b } => self.connect(now, a, b),
            Request::Disconnect { stream } => self.with(stream, |worker, port| worker.part(now, port)),
            Request::Play { task, stream, source, times, pause } => {
                self.play(now, task, stream, source, times, pause);
            }
            Request::Collect { task, stream } => self.collect(now, task, stream),
            Request::Record { task, stream, path, until } => {
                if let Some(port) = self.begin(task, stream) {
                    self.record(now, port, Recorder::new(task, until, now), DiskOrder::Begin { task, path });
                }
            }
            Request::Stop { task } => self.stop(now, task),
            Request::Close { stream } => self.with(stream, |worker, port| worker.close(now, port)),
            Request::Detach { stream } => self.with(stream, |worker, port| worker.detach(now, port)),
            // The sockets are in the parcel: the thread opens it and calls `attach`.
            Request::Attach { .. } => {}
        }
    }

    /// Takes in a stream that came with its pair of sockets, which read already and are pointed as before.
    pub fn attach(&mut self, port: u16, luggage: Luggage) {
        let stream = luggage.0;
        let id = stream.id;
        self.pool.join(port);
        self.ports.insert(id, port);
        self.tasks.extend(stream.tasks().map(|task| (task, port)));
        if let Some(recorder) = &stream.recorder {
            let task = recorder.task();
            self.wheel.insert(recorder.tick, Timer::Record(port));
            self.effects.push_back(Effect::Disk(DiskOrder::Adopt { task }));
        }
        if let Playing::Loading { task, sound, .. } = &stream.playing {
            // The answer went to where it was asked for.
            let (task, sound) = (*task, sound.clone());
            self.effects.push_back(Effect::Disk(DiskOrder::Load { task, sound }));
        }
        self.wheel.insert(stream.watch, Timer::Watch(port));
        if let Some(pace) = &stream.pace {
            self.wheel.insert(pace.next, Timer::Pace(port));
        }
        self.streams[usize::from(port / 2)] = Some(stream);
        self.say(Reply::Attached { stream: id });
    }

    /// Ends every stream, in the order of their ports.
    pub fn close_all(&mut self, now: Instant) {
        for even in (0..=u16::MAX).step_by(2) {
            self.close(now, even);
        }
    }

    /// Ends the stream on a port, if there is one.
    pub fn close(&mut self, now: Instant, port: u16) {
        self.part(now, port);
        self.end_playing(now, port, DoneReason::Closed);
        self.end_collect(now, port, DoneReason::Closed);
        let recording = self.stream(port).and_then(|stream| Some(stream.recorder.as_ref()?.task()));
        self.end_recording(now, port, DoneReason::Closed);
        let Some(stream) = self.streams[usize::from(port / 2)].take() else { return };
        self.ports.remove(&stream.id);
        self.effects.push_back(Effect::Rest { port });
        self.pool.close(now.rounded_up(WIDE_GRID), port);
        let mut counts = stream.counts;
        counts.lost = stream.incoming.lost();
        match recording.and_then(|task| self.endings.get_mut(&task)) {
            Some(ending) => ending.closed = Some((stream.id, counts)),
            None => self.say(Reply::Closed { stream: stream.id, counts }),
        }
    }

    fn with(&mut self, stream: StreamId, act: impl FnOnce(&mut Self, u16)) {
        if let Some(port) = self.ports.get(&stream).copied() {
            act(self, port);
        }
    }

    /// Where a task is to be done. Of a stream that closed while it was asked, the task ends with it.
    fn begin(&mut self, task: TaskId, stream: StreamId) -> Option<u16> {
        let port = self.ports.get(&stream).copied();
        if port.is_none() {
            self.say(Reply::Done { task, reason: DoneReason::Closed, lasted_ms: 0 });
        }
        port
    }

    fn open(&mut self, now: Instant, id: StreamId, port: u16) {
        if !self.pool.open(now, port) {
            return;
        }
        let stream = Stream::new(id, Outgoing::new(&mut self.chance), now);
        self.streams[usize::from(port / 2)] = Some(Box::new(stream));
        self.ports.insert(id, port);
        self.effects.push_back(Effect::Listen { port });
        self.top_up(now);
    }

    fn aim(&mut self, now: Instant, id: StreamId, remote: Remote) {
        let Some(port) = self.ports.get(&id).copied() else { return };
        let Some(stream) = self.stream(port) else { return };
        let before = stream.party.take();
        let aimed = before.as_ref().map(|party| (party.rtp.aim(), party.rtcp.aim()));
        let party = Party::new(remote, before);
        let (rtp, rtcp) = (party.rtp.aim(), party.rtcp.aim());
        stream.party = Some(party);
        // Whoever was on hold has not been silent by fault.
        stream.heard = now;
        let peer = stream.peer;
        self.point(port, Channel::Rtp, Some(rtp).filter(|rtp| aimed.is_none_or(|aimed| aimed.0 != *rtp)));
        self.point(port, Channel::Rtcp, Some(rtcp).filter(|rtcp| aimed.is_none_or(|aimed| aimed.1 != *rtcp)));
        if aimed.is_none() {
            self.watch(now, port);
        }
        if let Some(peer) = peer {
            self.route(port, peer);
        }
    }

    fn connect(&mut self, now: Instant, a: StreamId, b: StreamId) {
        let (Some(a), Some(b)) = (self.ports.get(&a).copied(), self.ports.get(&b).copied()) else { return };
        if a == b {
            return;
        }
        self.end_playing(now, a, DoneReason::Replaced);
        self.end_playing(now, b, DoneReason::Replaced);
        if self.stream(a).is_some_and(|stream| stream.peer == Some(b)) {
            return;
        }
        self.part(now, a);
        self.part(now, b);
        for (port, other) in [(a, b), (b, a)] {
            if let Some(stream) = self.stream(port) {
                stream.peer = Some(other);
                stream.outgoing.cut();
            }
            self.refeed(now, port);
        }
        self.route(a, b);
    }

    /// Ends a connection, on both sides.
    fn part(&mut self, now: Instant, port: u16) {
        let Some(peer) = self.stream(port).and_then(|stream| stream.peer.take()) else { return };
        if let Some(other) = self.stream(peer) {
            other.peer = None;
        }
        self.refeed(now, port);
        self.refeed(now, peer);
    }

    /// Both ways of the forwarding table.
    fn route(&mut self, a: u16, b: u16) {
        for (from, to) in [(a, b), (b, a)] {
            let theirs = self.stream(to).map(|stream| stream.payloads().to_vec()).unwrap_or_default();
            if let Some(stream) = self.stream(from) {
                stream.routes = relay::routes(stream.payloads(), &theirs);
                stream.clock = ClockMap::default();
            }
        }
    }

    fn play(
        &mut self,
        now: Instant,
        task: TaskId,
        id: StreamId,
        source: Source,
        times: Option<u32>,
        pause: Duration,
    ) {
        let Some(port) = self.begin(task, id) else { return };
        self.end_playing(now, port, DoneReason::Replaced);
        self.tasks.insert(task, port);
        let Some(stream) = self.stream(port) else { return };
        let (sound, skip) = match source {
            Source::Tone(tone) => {
                stream.playing = Playing::Sound(Box::new(Player::tone(task, tone, times, pause)));
                return self.refeed(now, port);
            }
            Source::File(path) => (Sound::File(path), Duration::ZERO),
            Source::Wave(bytes) => (Sound::Wave(bytes), Duration::ZERO),
            Source::Waves { waves, skip } => (Sound::Waves(waves), skip),
        };
        stream.playing = Playing::Loading { task, sound: sound.clone(), times, pause, skip };
        self.effects.push_back(Effect::Disk(DiskOrder::Load { task, sound }));
    }

    fn collect(&mut self, now: Instant, task: TaskId, id: StreamId) {
        let Some(port) = self.begin(task, id) else { return };
        self.end_collect(now, port, DoneReason::Replaced);
        self.tasks.insert(task, port);
        if let Some(stream) = self.stream(port) {
            stream.collect = Some(Collect { task, since: now });
        }
        self.refeed(now, port);
    }

    fn record(&mut self, now: Instant, port: u16, recorder: Recorder, begin: DiskOrder) {
        self.end_recording(now, port, DoneReason::Replaced);
        let task = recorder.task();
        let Some(stream) = self.stream(port) else { return };
        let tick = recorder.tick;
        stream.recorder = Some(Box::new(recorder));
        self.tasks.insert(task, port);
        self.wheel.insert(tick, Timer::Record(port));
        self.effects.push_back(Effect::Disk(begin));
        self.refeed(now, port);
    }

    fn stop(&mut self, now: Instant, task: TaskId) {
        let Some(port) = self.tasks.get(&task).copied() else { return };
        let Some(stream) = self.stream(port) else { return };
        let plays = stream.playing.task() == Some(task);
        let collects = stream.collect.is_some_and(|collect| collect.task == task);
        match (plays, collects) {
            (true, _) => self.end_playing(now, port, DoneReason::Stopped),
            (_, true) => self.end_collect(now, port, DoneReason::Stopped),
            (false, false) => self.end_recording(now, port, DoneReason::Stopped),
        }
    }

    fn detach(&mut self, now: Instant, port: u16) {
        self.part(now, port);
        let Some(stream) = self.streams[usize::from(port / 2)].take() else { return };
        self.ports.remove(&stream.id);
        for task in stream.tasks() {
            self.tasks.remove(&task);
        }
        self.pool.leave(now, port);
        self.effects.push_back(Effect::Detach { port, stream: Luggage(stream) });
    }

    /// Ends what is played into a stream, if anything.
    pub(super) fn end_playing(&mut self, now: Instant, port: u16, reason: DoneReason) {
        let Some(stream) = self.stream(port) else { return };
        let (task, lasted_ms) = match std::mem::replace(&mut stream.playing, Playing::Nothing) {
            Playing::Nothing => return,
            Playing::Loading { task, .. } => (task, 0),
            Playing::Sound(player) => (player.task(), player.played_ms()),
        };
        self.tasks.remove(&task);
        self.say(Reply::Done { task, reason, lasted_ms });
        self.refeed(now, port);
    }

    fn end_collect(&mut self, now: Instant, port: u16, reason: DoneReason) {
        let Some(collect) = self.stream(port).and_then(|stream| stream.collect.take()) else { return };
        self.tasks.remove(&collect.task);
        let lasted_ms = u32::try_from(now.since(collect.since).as_millis()).unwrap_or(u32::MAX);
        self.say(Reply::Done { task: collect.task, reason, lasted_ms });
        self.refeed(now, port);
    }

    /// Ends a recording; it is done when the disk says so.
    pub(super) fn end_recording(&mut self, now: Instant, port: u16, reason: DoneReason) {
        let Some(mut recorder) = self.stream(port).and_then(|stream| stream.recorder.take()) else { return };
        let task = recorder.task();
        self.tasks.remove(&task);
        let samples = recorder.finish(now);
        self.effects.push_back(Effect::Disk(DiskOrder::Append { task, samples }));
        self.effects.push_back(Effect::Disk(DiskOrder::Finish { task }));
        let lasted_ms = recorder.lasted_ms();
        self.endings.insert(task, Ending { reason, lasted_ms, closed: None });
        self.refeed(now, port);
    }
}
