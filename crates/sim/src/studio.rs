//! A media thread without media: it has ports, plays prompts as long as they last, takes recordings and
//! hears keys, all in virtual time. RTP itself is the business of `media`'s own tests.
//!
//! It keeps the promises of [`media::control`] and holds the switch to its half of them: what breaks them
//! stands in [`Studio::faults`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};

use clock::Instant;
use media::control::{Counts, DoneReason, Format, RecordUntil, Reply, Request, Source, StreamId, TaskId};

/// Ports it has, the even ones from here on.
const FIRST_PORT: u16 = 16_384;

/// How long a port rests after its stream.
const REST: Duration = Duration::from_secs(2);

/// How long the thread takes for whatever it is asked.
const BREATH: Duration = Duration::from_micros(200);

/// What a party's ear or a mailbox noticed, for those who compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A prompt or tone began.
    Played(Source),
    /// Music, which has no end of its own, is heard no more.
    MusicOver,
    /// A recording began.
    Recording,
    /// It ended, having lasted so long.
    Recorded(Duration),
    /// The recording of a prompt ended.
    Took,
}

#[derive(Debug)]
struct Stream {
    port: u16,
    party: Option<IpAddr>,
    /// It speaks G.711, which alone is made and recorded.
    is_heard: bool,
    /// How long the party may be silent.
    silence_after: Option<Duration>,
    /// When its silence is to be told.
    quiet: Option<Instant>,
    playing: Option<TaskId>,
    /// What plays is music.
    is_music: bool,
    collecting: Option<TaskId>,
    recording: Option<(TaskId, Instant, Arc<Path>)>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Studio {
    streams: BTreeMap<StreamId, Stream>,
    ready: BTreeSet<u16>,
    /// Ends that come by themselves.
    ends: BTreeMap<(Instant, u64), (StreamId, TaskId, DoneReason, Duration)>,
    said: VecDeque<(Instant, Reply)>,
    rests: VecDeque<(Instant, u16)>,
    /// Parties that send nothing any more.
    silent: BTreeSet<IpAddr>,
    turn: u64,
    /// How long whoever is recorded speaks before falling silent; for ever if not said.
    pub speech: Option<Duration>,
    /// Whatever it is asked takes it no time.
    pub is_instant: bool,
    /// How long the recordings last that were made.
    files: BTreeMap<Arc<Path>, Duration>,
    heard: Vec<(Instant, Option<IpAddr>, Heard)>,
    faults: Vec<String>,
}

impl Stream {
    /// Who hears what is played into it, and is heard.
    fn hearer(&self) -> Option<IpAddr> {
        self.party.filter(|_| self.is_heard)
    }
}

impl Studio {
    /// A thread with this many ports, which it announces at once.
    pub fn new(ports: u16, now: Instant) -> Self {
        let ports: Vec<u16> = (0..ports).map(|index| FIRST_PORT + 2 * index).collect();
        let mut studio = Self { ready: ports.iter().copied().collect(), ..Self::default() };
        studio.say(now, Reply::Ready { ports });
        studio
    }

    /// The thread of the next process, whose callers have the same habits.
    pub fn anew(&self, ports: u16, now: Instant) -> Self {
        let (speech, is_instant, files) = (self.speech, self.is_instant, self.files.clone());
        Self { speech, is_instant, files, ..Self::new(ports, now) }
    }

    /// What was heard so far: when, by which party, what.
    pub fn heard(&self) -> &[(Instant, Option<IpAddr>, Heard)] {
        &self.heard
    }

    /// Promises that the switch broke.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Streams that are open.
    pub fn open(&self) -> usize {
        self.streams.len()
    }

    /// A recording is deleted.
    pub fn forget(&mut self, file: &Path) {
        self.files.remove(file);
    }

    /// Takes a request.
    pub fn handle(&mut self, now: Instant, request: Request) {
        match request {
            Request::Open { stream, port } => self.begin(stream, port),
            Request::Aim { stream, remote } => {
                let party = remote.rtp.ip();
                let is_silent = self.silent.contains(&party);
                if let Some(stream) = self.stream(stream, "aim") {
                    stream.party = Some(party);
                    let formats = || remote.payloads.iter().map(|payload| payload.format);
                    stream.is_heard = formats().any(|it| matches!(it, Format::Pcmu | Format::Pcma));
                    stream.silence_after = remote.silence_after;
                    stream.quiet = remote.silence_after.filter(|_| is_silent).map(|after| now + after);
                }
            }
            Request::Connect { a, b } => {
                for stream in [a, b] {
                    if self.stream(stream, "connect").is_some() {
                        self.end_playing(now, stream, DoneReason::Replaced);
                    }
                }
            }
            Request::Disconnect { stream } => drop(self.stream(stream, "disconnect")),
            Request::Play { task, stream, source, times, .. } => self.play(now, task, stream, source, times),
            Request::Collect { task, stream } => {
                if let Some(stream) = self.stream(stream, "collect") {
                    stream.collecting = Some(task);
                }
            }
            Request::Record { task, stream, path, until } => self.record(now, task, stream, (path, until)),
            Request::Stop { task } => self.stop(now, task),
            Request::Close { stream } => self.close(now, stream),
            Request::Detach { .. } | Request::Attach { .. } => {
                self.faults.push("there is but one media thread".to_owned());
            }
        }
    }

    /// The party presses a key.
    pub fn press(&mut self, now: Instant, party: IpAddr, key: char) -> bool {
        let of_party = |stream: &Stream| stream.party == Some(party);
        let collecting =
            self.streams.iter().find(|(_, it)| of_party(it) && it.collecting.is_some()).map(|(id, _)| *id);
        let recording = self.streams.iter().find(|(_, it)| of_party(it) && it.recording.is_some());
        if key == '#'
            && let Some(id) = recording.map(|(id, _)| *id)
        {
            self.end_recording(now, id, DoneReason::Key(key));
            return true;
        }
        if let Some(stream) = collecting {
            self.say(now, Reply::Key { stream, key });
        }
        collecting.is_some()
    }

    /// The party sends no media any more, or does again.
    pub fn silence(&mut self, now: Instant, party: IpAddr, is_silent: bool) {
        if is_silent {
            self.silent.insert(party);
        } else {
            self.silent.remove(&party);
        }
        for stream in self.streams.values_mut().filter(|stream| stream.party == Some(party)) {
            stream.quiet = stream.silence_after.filter(|_| is_silent).map(|after| now + after);
        }
    }

    /// When [`poll`](Self::poll) is wanted.
    pub fn timeout(&self) -> Option<Instant> {
        let said = self.said.front().map(|(at, _)| *at);
        let end = self.ends.first_key_value().map(|((at, _), _)| *at);
        let rest = self.rests.front().map(|(at, _)| *at);
        let quiet = self.streams.values().filter_map(|stream| stream.quiet).min();
        [said, end, rest, quiet].into_iter().flatten().min()
    }

    /// The next thing it says by `now`.
    pub fn poll(&mut self, now: Instant) -> Option<Reply> {
        while let Some(first) = self.ends.first_entry().filter(|first| first.key().0 <= now) {
            let at = first.key().0;
            let (stream, task, reason, lasted) = first.remove();
            self.come_to_end(at, stream, task, reason, lasted);
        }
        let is_due = |stream: &Stream| stream.quiet.is_some_and(|at| at <= now);
        if let Some((id, stream)) = self.streams.iter_mut().find(|(_, stream)| is_due(stream)) {
            let id = *id;
            stream.quiet = stream.silence_after.map(|after| now + after);
            self.say(now, Reply::Quiet { stream: id });
        }
        if self.rests.front().is_some_and(|(at, _)| *at <= now)
            && let Some((_, port)) = self.rests.pop_front()
        {
            self.ready.insert(port);
            self.say(now, Reply::Ready { ports: vec![port] });
        }
        let is_due = self.said.front().is_some_and(|(at, _)| *at <= now);
        if is_due { self.said.pop_front().map(|(_, reply)| reply) } else { None }
    }

    fn say(&mut self, now: Instant, reply: Reply) {
        let breath = if self.is_instant { Duration::ZERO } else { BREATH };
        self.said.push_back((now + breath, reply));
    }

    fn stream(&mut self, id: StreamId, what: &str) -> Option<&mut Stream> {
        if !self.streams.contains_key(&id) {
            self.faults.push(format!("{what} on a stream that is not open"));
        }
        self.streams.get_mut(&id)
    }

    fn begin(&mut self, id: StreamId, port: u16) {
        if !self.ready.remove(&port) {
            self.faults.push(format!("port {port} is not free"));
        }
        let stream = Stream {
            port,
            party: None,
            is_heard: false,
            silence_after: None,
            quiet: None,
            playing: None,
            is_music: false,
            collecting: None,
            recording: None,
        };
        if self.streams.insert(id, stream).is_some() {
            self.faults.push("a stream is opened twice".to_owned());
        }
    }

    fn play(&mut self, now: Instant, task: TaskId, id: StreamId, source: Source, times: Option<u32>) {
        if self.stream(id, "play").is_none() {
            return;
        }
        self.end_playing(now, id, DoneReason::Replaced);
        let stream = self.streams.get_mut(&id).expect("looked up above");
        stream.playing = Some(task);
        stream.is_music = times.is_none() && matches!(source, Source::Waves { .. });
        self.heard.push((now, stream.hearer(), Heard::Played(source.clone())));
        let file = if let Source::File(path) = &source { Some(self.files.get(path).copied()) } else { None };
        if file == Some(None) {
            return self.end_playing(now, id, DoneReason::Failed("no such file".into()));
        }
        if let (Some(times), Some(length)) = (times, file.flatten().or_else(|| length(&source))) {
            let lasts = length * times;
            self.turn += 1;
            self.ends.insert((now + lasts, self.turn), (id, task, DoneReason::Finished, lasts));
        }
    }

    fn record(&mut self, now: Instant, task: TaskId, id: StreamId, (path, until): (Arc<Path>, RecordUntil)) {
        let Some(stream) = self.stream(id, "record") else { return };
        stream.recording = Some((task, now, path));
        self.heard.push((now, self.streams[&id].hearer(), Heard::Recording));
        let falls_silent = self.speech.filter(|_| !until.silence.is_zero()).map(|it| it + until.silence);
        let (lasts, reason) = match falls_silent {
            Some(lasts) if lasts < until.max => (lasts, DoneReason::Silence),
            Some(_) | None => (until.max, DoneReason::TooLong),
        };
        self.turn += 1;
        self.ends.insert((now + lasts, self.turn), (id, task, reason, lasts));
        if self.speech != Some(Duration::ZERO) {
            self.say(now, Reply::Spoke { task });
        }
    }

    fn stop(&mut self, now: Instant, task: TaskId) {
        let found = self.streams.iter().find_map(|(id, stream)| {
            let is_recording = matches!(stream.recording, Some((own, ..)) if own == task);
            let is_other = stream.playing == Some(task) || stream.collecting == Some(task);
            (is_recording || is_other).then_some((*id, is_recording))
        });
        match found {
            Some((id, true)) => self.end_recording(now, id, DoneReason::Stopped),
            Some((id, false)) if self.streams[&id].playing == Some(task) => {
                self.end_playing(now, id, DoneReason::Stopped);
            }
            Some((id, false)) => self.end_collecting(now, id, DoneReason::Stopped),
            // It ended by itself at the same moment.
            None => {}
        }
    }

    fn close(&mut self, now: Instant, id: StreamId) {
        if self.stream(id, "close").is_none() {
            return;
        }
        self.end_playing(now, id, DoneReason::Closed);
        self.end_collecting(now, id, DoneReason::Closed);
        self.end_recording(now, id, DoneReason::Closed);
        let stream = self.streams.remove(&id).expect("looked up above");
        self.rests.push_back((now + REST, stream.port));
        // No packets are sent here: whoever has a stream counts as heard.
        let counts = Counts { received: 1, ..Counts::default() };
        self.say(now, Reply::Closed { stream: id, counts });
    }

    fn end_playing(&mut self, now: Instant, id: StreamId, reason: DoneReason) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if let Some(task) = stream.playing.take() {
            if std::mem::take(&mut stream.is_music) {
                let party = stream.hearer();
                self.heard.push((now, party, Heard::MusicOver));
            }
            self.done(now, task, reason, Duration::ZERO);
        }
    }

    fn end_collecting(&mut self, now: Instant, id: StreamId, reason: DoneReason) {
        if let Some(task) = self.streams.get_mut(&id).and_then(|stream| stream.collecting.take()) {
            self.done(now, task, reason, Duration::ZERO);
        }
    }

    fn end_recording(&mut self, now: Instant, id: StreamId, reason: DoneReason) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if let Some((task, began, path)) = stream.recording.take() {
            let (party, lasted) = (stream.hearer(), now.since(began));
            let what = if path.starts_with("prompts") { Heard::Took } else { Heard::Recorded(lasted) };
            self.files.insert(path, lasted);
            self.heard.push((now, party, what));
            self.done(now, task, reason, lasted);
        }
    }

    fn come_to_end(
        &mut self,
        now: Instant,
        id: StreamId,
        task: TaskId,
        reason: DoneReason,
        lasted: Duration,
    ) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if stream.playing == Some(task) {
            stream.playing = None;
            self.done(now, task, reason, lasted);
        } else if matches!(stream.recording, Some((own, ..)) if own == task) {
            self.end_recording(now, id, reason);
        }
    }

    fn done(&mut self, now: Instant, task: TaskId, reason: DoneReason, lasted: Duration) {
        self.ends.retain(|_, (_, of, _, _)| *of != task);
        let lasted_ms = u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX);
        self.say(now, Reply::Done { task, reason, lasted_ms });
    }
}

/// How long a source lasts; `None` for one that goes on until it is stopped.
pub fn length(source: &Source) -> Option<Duration> {
    match source {
        // The simulator's prompts are as long as their bytes say: 16 bytes a millisecond after the header.
        Source::Wave(bytes) => {
            Some(Duration::from_millis(u64::try_from(bytes.len().saturating_sub(44) / 16).unwrap_or(0)))
        }
        Source::Waves { waves, .. } => {
            waves.iter().map(|wave| length(&Source::Wave(wave.clone()))).sum::<Option<Duration>>()
        }
        Source::Tone(tone) if tone.cadence_ms[1..] == [0, 0, 0] => {
            Some(Duration::from_millis(tone.cadence_ms[0].into()))
        }
        Source::File(_) | Source::Tone(_) => None,
    }
}
