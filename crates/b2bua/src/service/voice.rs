//! Tasks of the media thread on the A leg: at most one that plays, one that collects keys, one that records.

use std::{path::Path, sync::Arc, time::Duration};

use callplan::{MESSAGE_MIN, MusicId, Prompt, Sentence, Shipped, Site};
use clock::{Key, Wall};
use media::control::{DoneReason, RecordUntil, Request, Source, TaskId, Tone};
use store::{CallId, Voicemail};

use super::tone;
use crate::{
    call::{Call, Hands},
    core::{Core, Purpose},
    leg::Leg,
    offer_answer::Stream,
    switch::Output,
};

/// How long an announcement rests before it is said again.
const SAID_AGAIN: Duration = Duration::from_secs(2);

/// The tasks of one call.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    playing: Option<(u8, TaskId)>,
    collecting: Option<(u8, TaskId)>,
    recording: Option<Recording>,
    /// A prompt that is recorded.
    taking: Option<Recording>,
    /// What is said after what plays, the next last.
    ahead: Vec<Source>,
    /// The music that plays, if that does.
    music: Option<MusicId>,
}

/// A message, or a prompt, under way.
#[derive(Debug)]
struct Recording {
    thread: u8,
    task: TaskId,
    /// Whose message it is; of a prompt nobody's.
    mailbox: Arc<str>,
    file: Arc<str>,
    path: Arc<Path>,
    began: Wall,
    spoke: bool,
}

/// A prompt that was recorded, and is safe on the disk.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its name below the folder of prompts.
    pub(crate) file: Arc<str>,
    /// Where it lies.
    pub(crate) path: Arc<Path>,
    /// How long it lasts.
    pub(crate) lasted_ms: u32,
    /// When it began.
    pub(crate) began: Wall,
}

impl Voice {
    /// Plays a prompt in place of what plays; false if it can't be.
    pub(crate) fn play(
        &mut self,
        call: Key<Call>,
        prompt: Prompt,
        site: &Site,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        source_of(prompt, site, hands.core).is_some_and(|source| self.say(call, source, a, hands))
    }

    /// Plays this in place of what plays; false if nobody can hear it.
    pub(crate) fn say(
        &mut self,
        call: Key<Call>,
        source: Source,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let stream = stream_of(a, hands);
        if let Some(stream) = stream {
            self.begin_play(call, Purpose::Prompt, source, (Some(1), Duration::ZERO), stream, hands.core);
        }
        stream.is_some()
    }

    /// Says these one after another in place of what plays, as one; false if nobody can hear it.
    pub(crate) fn say_all(
        &mut self,
        call: Key<Call>,
        sources: impl DoubleEndedIterator<Item = Source>,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let mut ahead: Vec<_> = sources.rev().collect();
        let said = ahead.pop().is_some_and(|first| self.say(call, first, a, hands));
        self.ahead = if said { ahead } else { Vec::new() };
        said
    }

    /// Says a sentence in place of what plays; false if nothing of it can be said, or nobody can hear it.
    pub(crate) fn say_sentence(
        &mut self,
        call: Key<Call>,
        sentence: &Sentence,
        site: &Site,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let waves = sentence.phrases().iter().filter_map(|phrase| site[*phrase].bytes.clone());
        let waves: Arc<[_]> = waves.collect();
        let source = Source::Waves { waves, skip: Duration::ZERO };
        !matches!(&source, Source::Waves { waves, .. } if waves.is_empty())
            && self.say(call, source, a, hands)
    }

    /// Says what is left to be said, if anything is.
    pub(crate) fn say_on(&mut self, call: Key<Call>, a: Key<Leg>, hands: &mut Hands<'_>) -> bool {
        let ahead = std::mem::take(&mut self.ahead);
        self.say_all(call, ahead.into_iter().rev(), a, hands)
    }

    /// Plays a prompt over and over in place of what plays, with a pause between two rounds; false if it can't be. Its
    /// end is told to nobody.
    pub(crate) fn repeat(
        &mut self,
        call: Key<Call>,
        (prompt, pause): (Prompt, Duration),
        site: &Site,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let (Some(source), Some(stream)) = (source_of(prompt, site, hands.core), stream_of(a, hands)) else {
            return false;
        };
        self.begin_play(call, Purpose::Ringback, source, (None, pause), stream, hands.core);
        true
    }

    /// Says these one after another, over and over, in place of what plays. Its end is told to nobody.
    pub(crate) fn announce(
        &mut self,
        call: Key<Call>,
        waves: Arc<[Arc<[u8]>]>,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) {
        let Some(stream) = stream_of(a, hands).filter(|_| !waves.is_empty()) else { return };
        let source = Source::Waves { waves, skip: Duration::ZERO };
        self.begin_play(call, Purpose::Ringback, source, (None, SAID_AGAIN), stream, hands.core);
    }

    /// Plays music over and over in place of what plays, unless it plays already; false if it can't be.
    pub(crate) fn music(
        &mut self,
        call: Key<Call>,
        music: MusicId,
        site: &Site,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let waves = &site[music].waves;
        if self.music == Some(music) || waves.is_empty() {
            return !waves.is_empty();
        }
        let Some(stream) = stream_of(a, hands) else { return false };
        let source = Source::Waves { waves: Arc::clone(waves), skip: Duration::ZERO };
        self.begin_play(call, Purpose::Ringback, source, (None, Duration::ZERO), stream, hands.core);
        self.music = self.playing.map(|_| music);
        true
    }

    /// Lets a caller who has a stream hear that somebody rings, in place of music and unless a tone or prompt plays
    /// already.
    pub(crate) fn ringback(&mut self, call: Key<Call>, tone: Tone, a: Key<Leg>, hands: &mut Hands<'_>) {
        if (self.playing.is_none() || self.music.is_some())
            && let Some(stream) = stream_of(a, hands)
        {
            let for_ever = (None, Duration::ZERO);
            self.begin_play(call, Purpose::Ringback, Source::Tone(tone), for_ever, stream, hands.core);
        }
    }

    fn begin_play(
        &mut self,
        call: Key<Call>,
        purpose: Purpose,
        source: Source,
        (times, pause): (Option<u32>, Duration),
        stream: Stream,
        core: &mut Core,
    ) {
        self.stop_play(core);
        let Some(task) = core.begin_task(call, purpose) else { return };
        self.playing = Some((stream.thread, task));
        core.media(stream.thread, Request::Play { task, stream: stream.id, source, times, pause });
    }

    /// Ends what plays; its end is told to nobody.
    pub(crate) fn stop_play(&mut self, core: &mut Core) {
        self.ahead.clear();
        self.music = None;
        if let Some((thread, task)) = self.playing.take() {
            core.end_task(task);
            core.media(thread, Request::Stop { task });
        }
    }

    /// Reports keys, or no longer.
    pub(crate) fn collect(&mut self, call: Key<Call>, on: bool, a: Key<Leg>, hands: &mut Hands<'_>) {
        match (on, self.collecting) {
            (true, None) => {
                let Some(stream) = stream_of(a, hands) else { return };
                let Some(task) = hands.core.begin_task(call, Purpose::Keys) else { return };
                self.collecting = Some((stream.thread, task));
                hands.core.media(stream.thread, Request::Collect { task, stream: stream.id });
            }
            (false, Some((thread, task))) => {
                self.collecting = None;
                hands.core.end_task(task);
                hands.core.media(thread, Request::Stop { task });
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// Whether keys are wanted.
    pub(crate) const fn is_collecting(&self) -> bool {
        self.collecting.is_some()
    }

    /// Records a message; false if it can't be.
    pub(crate) fn record(
        &mut self,
        call: Key<Call>,
        number: CallId,
        mailbox: &Arc<str>,
        until: RecordUntil,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let Some(stream) = stream_of(a, hands) else { return false };
        let Some(task) = hands.core.begin_task(call, Purpose::Message) else { return false };
        // The name is the call's, never the caller's (RELIABILITY I5).
        let file: Arc<str> = format!("{:016x}.wav", number.0).into();
        let path = hands.core.message_path(mailbox, &file);
        let request = Request::Record { task, stream: stream.id, path: path.clone(), until };
        hands.core.media(stream.thread, request);
        let began = hands.core.now.wall;
        self.recording = Some(Recording {
            thread: stream.thread,
            task,
            mailbox: mailbox.clone(),
            file,
            path,
            began,
            spoke: false,
        });
        true
    }

    /// Records a prompt; false if it can't be.
    pub(crate) fn record_take(
        &mut self,
        call: Key<Call>,
        file: Arc<str>,
        until: RecordUntil,
        a: Key<Leg>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let Some(stream) = stream_of(a, hands) else { return false };
        let Some(task) = hands.core.begin_task(call, Purpose::Take) else { return false };
        let path = hands.core.prompt_path(&file);
        let request = Request::Record { task, stream: stream.id, path: path.clone(), until };
        hands.core.media(stream.thread, request);
        let (thread, began) = (stream.thread, hands.core.now.wall);
        let mailbox = Arc::default();
        self.taking = Some(Recording { thread, task, mailbox, file, path, began, spoke: false });
        true
    }

    /// The recording of a prompt came to its end. One without a word, or that failed, goes.
    pub(crate) fn take_done(
        &mut self,
        reason: &DoneReason,
        lasted: Duration,
        core: &mut Core,
    ) -> Option<Made> {
        let Recording { file, path, began, spoke, .. } = self.taking.take()?;
        if lasted < MESSAGE_MIN || !spoke || matches!(reason, DoneReason::Failed(_)) {
            core.outputs.push_back(Output::Discard { path, then: None });
            return None;
        }
        Some(Made { file, path, lasted_ms: u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX), began })
    }

    /// Ends the recording; its end is still to come.
    pub(crate) fn stop_record(&self, core: &mut Core) {
        for recording in self.recording.iter().chain(&self.taking) {
            core.media(recording.thread, Request::Stop { task: recording.task });
        }
    }

    /// Something was said on the recording.
    pub(crate) fn spoke(&mut self, task: TaskId) {
        let mut all = self.recording.iter_mut().chain(&mut self.taking);
        if let Some(recording) = all.find(|recording| recording.task == task) {
            recording.spoke = true;
        }
    }

    /// A message is being left.
    pub(crate) const fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// The prompt came to its end.
    pub(crate) fn play_done(&mut self, task: TaskId) -> bool {
        let is_ours = matches!(self.playing, Some((_, playing)) if playing == task);
        if is_ours {
            self.playing = None;
        }
        is_ours
    }

    /// The recording came to its end: the row is written now that the file is safe. Says whether there is
    /// a message. One that is from nobody was only rehearsed and goes.
    pub(crate) fn record_done(
        &mut self,
        reason: &DoneReason,
        lasted: Duration,
        number: CallId,
        from: Option<&Arc<str>>,
        core: &mut Core,
    ) -> bool {
        let Some(recording) = self.recording.take() else { return false };
        let is_left = lasted >= MESSAGE_MIN && recording.spoke;
        let Some(from) = from.filter(|_| is_left) else {
            core.outputs.push_back(Output::Discard { path: recording.path, then: None });
            return is_left;
        };
        let Recording { mailbox, file, began, .. } = recording;
        let voicemail = Voicemail {
            call: number,
            mailbox,
            from: from.clone(),
            at: began,
            lasted_ms: u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX),
            file,
            interrupted: matches!(reason, DoneReason::Failed(_)),
            heard: false,
        };
        core.message_left(voicemail);
        true
    }

    /// Ends everything.
    pub(crate) fn stop_all(&mut self, core: &mut Core) {
        self.stop_play(core);
        if let Some((thread, task)) = self.collecting.take() {
            core.end_task(task);
            core.media(thread, Request::Stop { task });
        }
        self.stop_record(core);
    }

    /// Gives up waiting for a recording whose end never comes.
    pub(crate) fn forget(&mut self, core: &mut Core) {
        for recording in self.recording.take().into_iter().chain(self.taking.take()) {
            core.end_task(recording.task);
        }
    }

    /// Nothing is waited for.
    pub(crate) const fn is_idle(&self) -> bool {
        self.recording.is_none() && self.taking.is_none()
    }
}

/// What a prompt sounds like, if it can be played.
fn source_of(prompt: Prompt, site: &Site, core: &Core) -> Option<Source> {
    match prompt {
        Prompt::File(id) => {
            let file = &site[id];
            let recorded = file.recorded.as_ref().and_then(|_| core.prompts.of(&file.name));
            let path = recorded.map(|recorded| Source::File(core.prompt_path(&recorded.file)));
            path.or_else(|| file.bytes.clone().map(Source::Wave))
        }
        // The plan says it as a sentence.
        Prompt::Hours(_) => None,
        Prompt::Shipped(Shipped::Beep) => Some(Source::Tone(tone::BEEP)),
        Prompt::Shipped(Shipped::LeaveMessage) => Some(Source::Wave(core.sounds.leave_message.clone())),
        Prompt::Shipped(Shipped::Goodbye) => Some(Source::Wave(core.sounds.goodbye.clone())),
        Prompt::Shipped(Shipped::TakeCall) => Some(Source::Wave(core.sounds.take_call.clone())),
    }
}

fn stream_of(leg: Key<Leg>, hands: &Hands<'_>) -> Option<Stream> {
    hands.legs.get(leg)?.talk().stream()
}
