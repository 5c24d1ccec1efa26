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
    io,
    path::{Path, PathBuf},
};

use self::site::Stage;
use crate::{
    cli::{Exit, Transport, complain},
    config::{ConfigError, Paths},
    daemon::{BindError, Daemon, Ended, StartError},
    lock::{DataError, DataLock},
    log,
};

/// Where the demo works unless told otherwise.
const FOLDER: &str = "data/demo";

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
        // The story is told on standard output; of the log only what went wrong.
        log::begin("warn");
        match self.play(paths.data()) {
            Ok(exit) => exit,
            Err(error) => complain(Exit::Failed, error),
        }
    }

    fn play(&self, wanted: Option<&Path>) -> Result<Exit, DemoError> {
        let (folder, _lock) = match wanted {
            Some(folder) => (folder.to_owned(), DataLock::take(folder)?),
            None => free_folder()?,
        };
        println!("ringplan demo: the starter site of etc/ on loopback, its files in {}\n", folder.display());
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
        match DataLock::take(&folder) {
            Ok(lock) => return Ok((folder, lock)),
            Err(taken @ DataError::LocalInUse { .. }) => {
                folder = format!("{FOLDER}-{next}").into();
                println!("{taken}; using {} instead", folder.display());
            }
            Err(unusable) => return Err(unusable.into()),
        }
    }
    let lock = DataLock::take(&folder)?;
    Ok((folder, lock))
}
