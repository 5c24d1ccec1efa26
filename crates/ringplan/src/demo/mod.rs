//! `ringplan demo`: the newcomer's minute.
//!
//! A whole switch with the starter site on loopback, a house of built-in phones that register to it over
//! real sockets, and a carrier's caller who rings the main number. What is printed is what happens: rings
//! are told by the phones that hear them, steps by the switch as it takes them, reasons by the engine that
//! decides. Nothing here knows the switch from inside but for what the command line may ask too.

mod caller;
mod house;
mod site;
mod story;
mod tune;

use std::{
    ffi::OsStr,
    fmt::Display,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use self::site::Stage;
use crate::{
    cli::{Exit, Transport, complain},
    config::{ConfigError, Paths},
    daemon::{BindError, Daemon, Ended, StartError},
    lock::{DataError, DataLock, LOCK},
    log,
};

/// Where the demo works unless told otherwise.
const FOLDER: &str = "data/demo";

/// What tells a folder of ours from somebody else's.
const MARK: &str = "made-by-demo";

/// As a shell tells it of other commands: SIGPIPE.
const READER_GONE: i32 = 128 + 13;

/// As many demos can run side by side.
const FOLDERS: u32 = 9;

/// Start the starter site with built-in phones, place a call and tell its story.
///
/// Afterwards it stays up, so that you can register a phone of your own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan demo\n  ringplan demo --once        # ends after the call; exit status 0 if all of it worked"
)]
pub(crate) struct Demo {
    /// End after the call.
    #[arg(long)]
    once: bool,
    /// How the built-in phones reach the switch: udp, tcp or tls.
    #[arg(long, value_name = "TRANSPORT", value_enum, default_value_t)]
    transport: Transport,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(super) enum DemoError {
    /// The switch did not start.
    #[error(transparent)]
    LocalStart(#[from] StartError),
    /// Its folder can't be used.
    #[error(transparent)]
    LocalFolder(#[from] DataError),
    /// No port is free.
    #[error("no port from 5060 to 5990 is free: {0}")]
    LocalPorts(BindError),
    /// What lies there is not a demo's to clear.
    #[error("{} holds files that no demo made: give --data an empty folder, or leave it out for {FOLDER}", .0.display())]
    LocalForeign(PathBuf),
    /// Files can't be written or read.
    #[error("{0}: {1}")]
    LocalFile(PathBuf, io::Error),
    /// The starter site can't be read back.
    #[error(transparent)]
    LocalSite(#[from] ConfigError),
    /// The system gives no socket or thread.
    #[error("a phone could not be had: {0}")]
    LimitPhone(#[from] io::Error),
    /// What should have happened did not.
    #[error("the call did not go as it should: {0}")]
    LocalStory(String),
}

impl Demo {
    pub(crate) fn run(&self, paths: &Paths) -> Exit {
        if let Some(config) = paths.config() {
            let config = config.display();
            let why = format!(
                "a demo brings a site of its own: leave --config out, or start yours with \
                 `ringplan serve --config {config}`"
            );
            return complain(Exit::Broken, why);
        }
        // The story is told on standard output; of the log only what went wrong.
        log::begin("warn");
        match self.play(paths.data()) {
            Ok(exit) => exit,
            Err(error) => complain(Exit::Failed, error),
        }
    }

    fn play(&self, wanted: Option<&Path>) -> Result<Exit, DemoError> {
        let (folder, _lock) = match wanted {
            Some(folder) => (folder.to_owned(), claim(folder)?),
            None => free_folder()?,
        };
        say(format_args!(
            "ringplan demo: the starter site of etc/ on loopback, its files in {}\n",
            folder.display()
        ));
        let (stage, daemon) = self.start(&folder)?;
        let house = house::open(&stage, &daemon.site())?;
        let told = story::tell(&stage, &daemon, &house);
        if self.once || told.is_err() {
            daemon.stop();
            return told.map(|()| Exit::Done);
        }
        house.answers_from_now();
        story::invite(&stage);
        Ok(match daemon.run() {
            Ended::Drained | Ended::Hurried => Exit::Done,
            Ended::Died => Exit::Failed,
        })
    }

    /// Starts the switch. Whoever takes the chosen port at the last moment makes it choose again.
    fn start(&self, folder: &Path) -> Result<(Stage, Daemon), DemoError> {
        let mut others = FOLDERS;
        loop {
            let stage = site::set_up(folder, self.transport)?;
            others -= 1;
            match Daemon::start(stage.place.clone()) {
                Err(StartError::LocalBind(_)) if others > 0 => {}
                started => {
                    stage.tell_of_port();
                    return Ok((stage, started?));
                }
            }
        }
    }
}

/// The first folder that no other demo works in; the lock is held as long as this one does.
fn free_folder() -> Result<(PathBuf, DataLock), DemoError> {
    let mut folder = PathBuf::from(FOLDER);
    for next in 2..=FOLDERS {
        match claim(&folder) {
            Ok(lock) => return Ok((folder, lock)),
            Err(DemoError::LocalFolder(taken @ DataError::LocalInUse { .. })) => {
                folder = format!("{FOLDER}-{next}").into();
                say(format_args!("{taken}; using {} instead", folder.display()));
            }
            Err(unusable) => return Err(unusable),
        }
    }
    let lock = claim(&folder)?;
    Ok((folder, lock))
}

/// Takes a folder for a demo, which clears what an earlier one left there, and nothing else.
fn claim(folder: &Path) -> Result<DataLock, DemoError> {
    let mark = folder.join(MARK);
    let of_others = |name: &OsStr| name != LOCK && name != MARK;
    let holds_others = fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|it| of_others(&it.file_name()))));
    if holds_others && !mark.exists() {
        return Err(DemoError::LocalForeign(folder.to_owned()));
    }
    let lock = DataLock::take(folder)?;
    fs::write(&mark, "made by ringplan demo, which clears this folder when it begins\n")
        .map_err(|error| DemoError::LocalFile(mark, error))?;
    Ok(lock)
}

/// Prints one line of the story. When nobody reads on, as with `ringplan demo | head`, that is the end.
fn say(line: impl Display) {
    if writeln!(io::stdout(), "{line}").is_err() {
        process::exit(READER_GONE);
    }
}
