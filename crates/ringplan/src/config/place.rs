//! Where config and data lie.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Config of an installed switch.
const CONFIG: &str = "/etc/ringplan";

/// Data of an installed switch.
const DATA: &str = "/var/lib/ringplan";

/// Says where the files are; every command that needs them takes these.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Paths {
    /// The config directory [default: /etc/ringplan if it exists, else ./etc]
    #[arg(long, value_name = "DIR", global = true)]
    config: Option<PathBuf>,
    /// The data directory [default: /var/lib/ringplan beside /etc/ringplan, else ./data]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

/// Both directories, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Written by the operator, only ever read by the daemon.
    pub(crate) config: PathBuf,
    /// Written by the daemon.
    pub(crate) data: PathBuf,
}

impl Paths {
    /// What was given of both.
    pub(crate) const fn of(config: Option<PathBuf>, data: Option<PathBuf>) -> Self {
        Self { config, data }
    }

    /// The config directory, if one was given.
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The data directory, if one was given.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// The directories meant. systemd's `StateDirectory=` counts as said.
    pub(crate) fn place(&self) -> Place {
        let installed = PathBuf::from(CONFIG);
        let config = match &self.config {
            Some(config) => config.clone(),
            None if installed.is_dir() => installed.clone(),
            None => PathBuf::from("etc"),
        };
        let told = self.data.clone().or_else(|| env::var_os("STATE_DIRECTORY").map(PathBuf::from));
        let usual = if config == installed { DATA } else { "data" };
        Place { config, data: told.unwrap_or_else(|| PathBuf::from(usual)) }
    }
}

impl Place {
    /// The folder of versions applied.
    pub(crate) fn versions(&self) -> PathBuf {
        self.data.join("versions")
    }

    /// The control socket of a running daemon.
    pub(crate) fn control(&self) -> PathBuf {
        self.data.join("control.sock")
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("ringplan.db")
    }

    /// The folder of texts that were said.
    pub(crate) fn spoken(&self) -> PathBuf {
        self.data.join("spoken")
    }

    /// The folder of calendars that were fetched.
    pub(crate) fn calendars(&self) -> PathBuf {
        self.data.join("calendars")
    }

    /// The folder of prompts that were recorded by phone. Config and data may be one directory, so it is not named as
    /// the operator's own folder of prompts usually is.
    pub(crate) fn recorded(&self) -> PathBuf {
        self.data.join("recorded")
    }

    /// The folder of voicemails, one folder a mailbox.
    pub(crate) fn voicemail(&self) -> PathBuf {
        self.data.join("voicemail")
    }
}
