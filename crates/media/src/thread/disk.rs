//! The threads that wait for the disk, so that no packet does.
//!
//! One reads prompts, which may be long; the other writes recordings, a quarter of a second at a time, and
//! keeps each header true, so that a killed process leaves WAVs that say what they hold. What hound writes
//! is what it can do well: PCM; reading prompts is [`wav`](crate::wav)'s.

use std::{
    collections::{HashMap, VecDeque},
    fs::{self, File},
    io::{self, BufWriter, Seek, Write},
    path::Path,
    sync::{
        Arc,
        mpsc::{self, SyncSender, TrySendError},
    },
    time::SystemTime,
};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{Mail, queue::Sender};
use crate::{
    codec::resample::RATE,
    control::TaskId,
    wav,
    worker::{DiskOrder, Sound},
};

/// Orders waiting for each of the two threads at most; a recording that finds no room has failed.
const ORDERS_MAX: usize = 1024;

/// Largest file taken for a prompt.
const FILE_LEN_MAX: u64 = 256 << 20;

/// Samples kept of prompts that were played, 128 MB.
const CACHE_SAMPLES_MAX: usize = 64 << 20;

/// What the disk says to a media thread.
#[derive(Debug)]
pub(super) enum Answer {
    Loaded { task: TaskId, sound: Result<Arc<[i16]>, Arc<str>> },
    Saved { task: TaskId, result: Result<(), Arc<str>> },
}

/// The two threads. They end when nobody can give them orders any more, after the last one.
#[derive(Clone, Debug)]
pub struct Disk {
    reader: SyncSender<Job>,
    writer: SyncSender<Job>,
}

/// An order, and whom to answer.
#[derive(Debug)]
struct Job {
    order: DiskOrder,
    to: Sender<Mail>,
}

impl Disk {
    /// Starts the threads.
    ///
    /// # Errors
    /// The machine has no more threads.
    pub fn spawn() -> io::Result<Self> {
        let reader = start("media-prompts", |jobs| {
            let mut prompts = Prompts::default();
            jobs.into_iter().for_each(|job| prompts.carry_out(job));
        })?;
        let writer = start("media-record", |jobs| {
            let mut recordings = Recordings::default();
            jobs.into_iter().for_each(|job| recordings.carry_out(job));
        })?;
        Ok(Self { reader, writer })
    }

    /// The same disk, answering to a media thread.
    pub(super) fn clone_for(self, to: Sender<Mail>) -> Orders {
        Orders { disk: self, to, waiting: VecDeque::new() }
    }
}

fn start(name: &str, work: impl FnOnce(mpsc::Receiver<Job>) + Send + 'static) -> io::Result<SyncSender<Job>> {
    let (jobs, waiting) = mpsc::sync_channel(ORDERS_MAX);
    std::thread::Builder::new().name(name.into()).spawn(move || work(waiting))?;
    Ok(jobs)
}

/// A media thread's way to the disk; it never waits.
#[derive(Debug)]
pub(super) struct Orders {
    disk: Disk,
    to: Sender<Mail>,
    /// Orders for which there was no room: at most one `Finish` a recording and what little else begins
    /// while the disk hangs.
    waiting: VecDeque<DiskOrder>,
}

impl Orders {
    /// Gives an order. A recording that the disk can't keep up with fails here.
    pub(super) fn give(&mut self, order: DiskOrder) -> Result<(), (TaskId, Arc<str>)> {
        if self.waiting.is_empty() {
            match self.try_give(order) {
                Ok(()) => return Ok(()),
                Err(order) => return self.keep(order),
            }
        }
        self.keep(order)
    }

    /// Gives again what found no room.
    pub(super) fn retry(&mut self) {
        while let Some(order) = self.waiting.pop_front() {
            if let Err(order) = self.try_give(order) {
                self.waiting.push_front(order);
                return;
            }
        }
    }

    /// Whether orders wait for room.
    pub(super) fn is_stuck(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn keep(&mut self, order: DiskOrder) -> Result<(), (TaskId, Arc<str>)> {
        let DiskOrder::Append { task, .. } = order else {
            self.waiting.push_back(order);
            return Ok(());
        };
        self.waiting.push_back(DiskOrder::Finish { task });
        Err((task, "the disk is too slow for the recording".into()))
    }

    fn try_give(&self, order: DiskOrder) -> Result<(), DiskOrder> {
        let thread = match order {
            DiskOrder::Load { .. } => &self.disk.reader,
            DiskOrder::Begin { .. }
            | DiskOrder::Append { .. }
            | DiskOrder::Finish { .. }
            | DiskOrder::Adopt { .. } => &self.disk.writer,
        };
        match thread.try_send(Job { order, to: self.to.clone() }) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
            Err(TrySendError::Full(job)) => Err(job.order),
        }
    }
}

/// Prompts read before, the one used last at the end.
#[derive(Default)]
struct Prompts {
    kept: Vec<Prompt>,
}

struct Prompt {
    sound: Sound,
    /// When the file last changed.
    changed: Option<SystemTime>,
    samples: Arc<[i16]>,
}

impl Prompts {
    fn carry_out(&mut self, job: Job) {
        let DiskOrder::Load { task, sound } = job.order else { return };
        let sound = match sound {
            Sound::File(path) => self.file(&path).map_err(|why| format!("{}: {why}", path.display()).into()),
            Sound::Wave(bytes) => self.wave(&bytes).map_err(Into::into),
            Sound::Waves(waves) => self.waves(&waves).map_err(Into::into),
        };
        job.to.wait(Mail::Disk(Answer::Loaded { task, sound }));
    }

    fn file(&mut self, path: &Arc<Path>) -> Result<Arc<[i16]>, String> {
        let about = fs::metadata(path).map_err(|error| error.to_string())?;
        let changed = about.modified().ok();
        let is_same = |prompt: &Prompt| matches!(&prompt.sound, Sound::File(known) if known == path);
        if let Some(prompt) = self.take(is_same)
            && prompt.changed == changed
        {
            return Ok(self.keep(prompt));
        }
        if about.len() > FILE_LEN_MAX {
            return Err(format!("the file is larger than {} MB", FILE_LEN_MAX >> 20));
        }
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let samples = wav::read(&bytes).map_err(|error| error.to_string())?;
        Ok(self.keep(Prompt { sound: Sound::File(Arc::clone(path)), changed, samples }))
    }

    /// A version of the config holds the bytes of its prompts once, so the same bytes are the same place.
    fn wave(&mut self, bytes: &Arc<[u8]>) -> Result<Arc<[i16]>, String> {
        let is_same =
            |prompt: &Prompt| matches!(&prompt.sound, Sound::Wave(known) if Arc::ptr_eq(known, bytes));
        if let Some(prompt) = self.take(is_same) {
            return Ok(self.keep(prompt));
        }
        let samples = wav::read(bytes).map_err(|error| error.to_string())?;
        Ok(self.keep(Prompt { sound: Sound::Wave(Arc::clone(bytes)), changed: None, samples }))
    }

    /// One after another as one, kept whole: whoever hears the same shares it.
    fn waves(&mut self, waves: &Arc<[Arc<[u8]>]>) -> Result<Arc<[i16]>, String> {
        let are_alike = |known: &Arc<[Arc<[u8]>]>| {
            known.len() == waves.len()
                && known.iter().zip(&**waves).all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let is_same = |prompt: &Prompt| matches!(&prompt.sound, Sound::Waves(known) if are_alike(known));
        if let Some(prompt) = self.take(is_same) {
            return Ok(self.keep(prompt));
        }
        let mut samples = Vec::new();
        for bytes in &**waves {
            samples.extend_from_slice(&wav::read(bytes).map_err(|error| error.to_string())?);
            if samples.len() > CACHE_SAMPLES_MAX {
                return Err(format!(
                    "together they last longer than {} s",
                    CACHE_SAMPLES_MAX / RATE as usize
                ));
            }
        }
        if samples.is_empty() {
            return Err("there is nothing to be played".to_owned());
        }
        Ok(self.keep(Prompt {
            sound: Sound::Waves(Arc::clone(waves)),
            changed: None,
            samples: samples.into(),
        }))
    }

    fn take(&mut self, is_it: impl Fn(&Prompt) -> bool) -> Option<Prompt> {
        self.kept.iter().position(is_it).map(|index| self.kept.remove(index))
    }

    /// Keeps a prompt as the one used last.
    fn keep(&mut self, prompt: Prompt) -> Arc<[i16]> {
        let samples = Arc::clone(&prompt.samples);
        self.kept.push(prompt);
        let mut total: usize = self.kept.iter().map(|prompt| prompt.samples.len()).sum();
        while total > CACHE_SAMPLES_MAX && self.kept.len() > 1 {
            total -= self.kept.remove(0).samples.len();
        }
        samples
    }
}

/// Recordings under way.
#[derive(Default)]
struct Recordings {
    open: HashMap<TaskId, Recording>,
}

struct Recording {
    wav: WavWriter<BufWriter<File>>,
    /// The same file, to be made safe in the end.
    file: File,
    to: Sender<Mail>,
}

impl Recordings {
    fn carry_out(&mut self, Job { order, to }: Job) {
        match order {
            DiskOrder::Load { .. } => {}
            DiskOrder::Begin { task, path } => match create(&path) {
                Ok((wav, file)) => drop(self.open.insert(task, Recording { wav, file, to })),
                Err(why) => answer(&to, task, Err(format!("{}: {why}", path.display()))),
            },
            DiskOrder::Append { task, samples } => {
                let Some(recording) = self.open.get_mut(&task) else { return };
                if let Err(why) = append(&mut recording.wav, &samples) {
                    self.fail(task, &why);
                }
            }
            DiskOrder::Finish { task } => {
                let Some(recording) = self.open.remove(&task) else { return };
                let Recording { wav, file, to } = recording;
                answer(&to, task, finish(wav, &file).map_err(|error| error.to_string()));
            }
            DiskOrder::Adopt { task } => {
                if let Some(recording) = self.open.get_mut(&task) {
                    recording.to = to;
                }
            }
        }
    }

    fn fail(&mut self, task: TaskId, why: &hound::Error) {
        if let Some(recording) = self.open.remove(&task) {
            answer(&recording.to, task, Err(why.to_string()));
        }
    }
}

fn answer(to: &Sender<Mail>, task: TaskId, result: Result<(), String>) {
    to.wait(Mail::Disk(Answer::Saved { task, result: result.map_err(Into::into) }));
}

fn create(path: &Path) -> Result<(WavWriter<BufWriter<File>>, File), hound::Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let spec =
        WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let file = File::create(path)?;
    let mut wav = WavWriter::new(BufWriter::new(file.try_clone()?), spec)?;
    wav.flush()?;
    Ok((wav, file))
}

/// The header is made true at once: what is killed now can be read.
fn append<W: Write + Seek>(wav: &mut WavWriter<W>, samples: &[i16]) -> Result<(), hound::Error> {
    let mut writer = wav.get_i16_writer(samples.len() as u32);
    for sample in samples {
        writer.write_sample(*sample);
    }
    writer.flush()?;
    wav.flush()
}

/// What is said to be done survives a power cut.
fn finish(wav: WavWriter<BufWriter<File>>, file: &File) -> Result<(), hound::Error> {
    wav.finalize()?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests;
