//! Texts as speech: said by a program of the operator's once, and kept.
//!
//! What was said lies in the data directory by the hash of text, language and command, and in each version of the
//! config that needs it, so that a version can run where nothing speaks. The program gets the text on its standard
//! input, or where it has `{text}` among its arguments, and writes a WAV to `{file}`, or to its standard output. No
//! shell is asked, nothing is inherited but PATH, and it has so much time and no more.

use std::{
    cell::RefCell,
    env,
    fs::{self, File},
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio, id},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use callplan::{Saying, Speech as Usual, Spoken, Unread};
use media::wav::WavError;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tracing::info;

use super::{ContentError, Readers, content, replace};

/// Where a version keeps what its texts were said as; the dot keeps it out of what is read and compared.
pub(super) const FOLDER: &str = ".spoken";

/// The largest WAV that is taken of a program.
const WAVE_MAX: u64 = 64 << 20;

/// How much of what a program complains of is read, in bytes.
const COMPLAINT_MAX: u64 = 200;

/// How often it is looked whether a program has ended that says nothing more.
const LOOK: Duration = Duration::from_millis(10);

/// Folders of programs that are at work, counted.
static WORKING: AtomicU32 = AtomicU32::new(0);

/// Says texts and keeps what was said.
#[derive(Debug)]
pub(crate) struct Speech {
    kept: PathBuf,
    /// That a program hangs, once one did: each text would wait for the same.
    hangs: RefCell<Option<Unread>>,
}

impl Speech {
    /// Keeps what is said in this folder.
    pub(super) const fn new(kept: PathBuf) -> Self {
        Self { kept, hangs: RefCell::new(None) }
    }

    /// A text as speech: as it was said before, else as it is said now.
    pub(super) fn say(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let path = self.kept.join(saying.name()).with_extension("wav");
        if let Ok(wave) = content(&path, WAVE_MAX) {
            let mute = program(&saying).err();
            return Ok(Spoken { wave: wave.into(), mute });
        }
        if let Some(hangs) = &*self.hangs.borrow() {
            return Err(hangs.clone());
        }
        let program = program(&saying)?;
        let wave = spoken(&program, &saying).map_err(|failed| {
            let unread = failed.told(&program, &saying);
            if matches!(failed, Failed::Hangs) {
                *self.hangs.borrow_mut() = Some(unread.clone());
            }
            unread
        })?;
        info!("said and kept: \"{}\"", saying.text);
        // Whoever has no data, or may not write there, says it anew each time.
        if self.kept.parent().is_some_and(Path::is_dir) {
            let _ = replace(&path, &wave, Readers::Folder);
        }
        Ok(Spoken { wave: wave.into(), mute: None })
    }
}

/// The file below a version's folder that holds a text as it was said for it.
pub(super) fn file_of(saying: Saying<'_>) -> String {
    format!("{FOLDER}/{}.wav", saying.name())
}

/// A program that is installed, and its words.
struct Program {
    path: PathBuf,
    words: Vec<Arc<str>>,
}

impl Program {
    /// Whether one of its words stands for this.
    fn has(&self, wanted: &str) -> bool {
        self.words.iter().any(|word| word.contains(wanted))
    }
}

/// What is to speak, if it is installed.
fn program(saying: &Saying<'_>) -> Result<Program, Unread> {
    if let Some((name, words)) = saying.by.command.split_first() {
        let path = find(name).ok_or_else(|| Unread {
            why: format!("{name} is not installed"),
            mend: format!("install {name}, or record it and write {{ file = \"prompts/....wav\" }}"),
        })?;
        return Ok(Program { path, words: words.to_vec() });
    }
    let path = Usual::USUAL.into_iter().find_map(find).ok_or("espeak-ng is not installed")?;
    Ok(Program { path, words: Usual::USUAL_WORDS.map(Arc::from).into() })
}

fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Why a program said nothing that can be played.
enum Failed {
    /// It did not come to an end in its time.
    Hangs,
    /// It says why, or the system does.
    Says(String),
    /// What it wrote is no sound.
    Wave(WavError),
}

impl Failed {
    fn told(&self, program: &Program, saying: &Saying<'_>) -> Unread {
        let by_hand = || format!("see what it says to: {}", by_hand(program, saying));
        let (why, mend) = match self {
            Self::Hangs => (format!("it took longer than {} s", saying.by.timeout.as_secs()), by_hand()),
            Self::Says(why) => (why.clone(), by_hand()),
            Self::Wave(error) => {
                (error.to_string(), "let the command of [hooks.speech] write a WAV of 16 bits".to_owned())
            }
        };
        Unread { why: format!("{}: {why}", program.path.display()), mend }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Says(error.to_string())
    }
}

/// Has a program say a text; what comes of it is a WAV that is played.
fn spoken(program: &Program, saying: &Saying<'_>) -> Result<Vec<u8>, Failed> {
    let folder = Folder::new()?;
    let raw = run(program, saying, &folder.0)?;
    media::wav::conformed(&raw).map_err(Failed::Wave)
}

/// A folder of one program at work, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let name = format!("ringplan-speech-{}-{}", id(), WORKING.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        // One that is there is somebody else's.
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program at work, ended with whatever it began.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.0.id())
            && matches!(self.0.try_wait(), Ok(None))
        {
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}

fn run(program: &Program, saying: &Saying<'_>, folder: &Path) -> Result<Vec<u8>, Failed> {
    let file = folder.join("speech.wav");
    let mut child = Running(start(program, saying, folder, &file)?);
    let (Some(from), Some(says)) = (child.0.stdout.take(), child.0.stderr.take()) else {
        return Err(Failed::Says("it has no pipes".to_owned()));
    };
    let (out, complaint) = (gather(from, WAVE_MAX), gather(says, COMPLAINT_MAX));
    let out = out.recv_timeout(saying.by.timeout).map_err(|_| Failed::Hangs)?;
    let status = ended(&mut child, saying.by.timeout)?;
    if !status.success() {
        let complaint = complaint.recv_timeout(LOOK).unwrap_or_default();
        return Err(Failed::Says(complained(&complaint).unwrap_or_else(|| format!("it failed ({status})"))));
    }
    if !program.has("{file}") {
        return Ok(out);
    }
    content(&file, WAVE_MAX).map_err(|error| match error {
        ContentError::LocalSystem(_) => Failed::Says("it wrote no file".to_owned()),
        odd @ (ContentError::LocalKind(_) | ContentError::LimitSize(_)) => {
            Failed::Says(format!("it wrote {odd}"))
        }
    })
}

fn start(program: &Program, saying: &Saying<'_>, folder: &Path, file: &Path) -> io::Result<Child> {
    let file_name = file.to_string_lossy();
    // One after another, so that a text that holds `{file}` is only said.
    let word = |word: &Arc<str>| {
        let word = word.replace("{language}", saying.language).replace("{file}", &file_name);
        word.replace("{text}", saying.text)
    };
    let mut command = Command::new(&program.path);
    command.args(program.words.iter().map(word)).env_clear().env("LANG", "C.UTF-8");
    command.envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command.current_dir(folder).process_group(0);
    // A file and no pipe: who writes into one that nobody reads may be ended by it.
    let text = folder.join("text");
    fs::write(&text, if program.has("{text}") { "" } else { saying.text })?;
    command.stdin(File::open(text)?).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// A program that says nothing more is about to end.
fn ended(child: &mut Running, within: Duration) -> Result<ExitStatus, Failed> {
    // Nobody tells anything here: it is how to wait a moment.
    let (_teller, never) = channel::<()>();
    for _ in 0..within.as_millis() / LOOK.as_millis() {
        match child.0.try_wait()? {
            Some(status) => return Ok(status),
            None => drop(never.recv_timeout(LOOK)),
        }
    }
    Err(Failed::Hangs)
}

/// The first line of what a program complains of.
fn complained(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(format!("\"{}\"", line.chars().filter(|letter| !letter.is_control()).collect::<String>()))
}

/// Everything that comes of a pipe, up to a bound, once it is closed.
fn gather(pipe: impl Read + Send + 'static, max: u64) -> Receiver<Vec<u8>> {
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.take(max).read_to_end(&mut bytes);
        let _ = tell.send(bytes);
    });
    told
}

/// The same for a shell.
fn by_hand(program: &Program, saying: &Saying<'_>) -> String {
    let words = program.words.iter().map(|word| word.replace("{language}", saying.language));
    let words: Vec<_> = words.map(|word| word.replace("{file}", "/tmp/speech.wav")).collect();
    format!("echo hello | {} {}", program.path.display(), words.join(" "))
}
