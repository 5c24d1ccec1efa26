//! A daemon of its own for each scene: site copied and moved, data fresh, log kept.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, Instant, SystemTime},
};

use clock::Wall;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    net::Net,
    shell::{Command, target},
};

/// Builds the daemon as it ships and says where it lies.
///
/// # Errors
/// It does not build; what cargo says.
pub fn build() -> Result<PathBuf, String> {
    let said = Command::cargo(&["build", "--quiet", "--release", "--package", "ringplan"]).say()?;
    if said.content { Ok(target().join("release/ringplan")) } else { Err(said.text) }
}

/// How long a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    /// Where it and its parties live.
    pub net: Net,
    /// Everything of this run: `config/`, `data/`, logs.
    pub folder: PathBuf,
    /// When it was started.
    pub begun: Wall,
    binary: PathBuf,
    process: Child,
}

impl Daemon {
    /// Starts `binary` on a copy of `sites`, the later ones laid over the earlier, in a fresh folder of this
    /// name.
    ///
    /// # Errors
    /// It does not start; what it said.
    pub fn start(binary: &Path, sites: &[PathBuf], name: &str) -> Result<Self, String> {
        Self::start_in(Net::of_this_run(), binary, sites, name)
    }

    /// The same, in a network of its own: several may run at the same time.
    ///
    /// # Errors
    /// It does not start; what it said.
    pub fn start_in(net: Net, binary: &Path, sites: &[PathBuf], name: &str) -> Result<Self, String> {
        let folder = target().join("live").join(name);
        let _ = fs::remove_dir_all(&folder);
        for site in sites {
            copy(site, &folder.join("config"), net)?;
        }
        let data = folder.join("data");
        fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
        let begun = wall();
        let ready = Ready::new(name)?;
        let process = Command::new(binary)
            .args(&["serve", "--config"])
            .args(&[folder.join("config")])
            .args(&["--data"])
            .args(&[&data])
            .env("NOTIFY_SOCKET", &ready.path)
            .spawn(&folder.join("daemon.log"))?;
        let mut daemon = Self { net, folder, begun, binary: binary.to_owned(), process };
        daemon.wait_until(&ready)?;
        Ok(daemon)
    }

    /// Where it keeps its database and messages.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Asks it something, as its operator does from the command line.
    ///
    /// # Errors
    /// It does not do that; what was said.
    pub fn ask(&self, words: &[String]) -> Result<(), String> {
        let (config, data) = (self.folder.join("config"), self.data());
        let place = [Path::new("--config"), &config, Path::new("--data"), &data];
        let said = Command::new(&self.binary).args(&place).args(words).say()?;
        if said.content { Ok(()) } else { Err(format!("ringplan {}: {}", words.join(" "), said.text)) }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a service manager would. It has to go by itself, and in peace.
    ///
    /// # Errors
    /// It stays, ends with an error or has panicked.
    pub fn stop(mut self) -> Result<(), String> {
        let id = Pid::from_raw(i32::try_from(self.process.id()).map_err(|error| error.to_string())?);
        kill(id, Signal::SIGTERM).map_err(|error| format!("SIGTERM to the daemon: {error}"))?;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return self.look_for_panics(),
                Ok(Some(status)) => return Err(format!("the daemon ended with {status}\n{}", self.log())),
                Ok(None) => sleep(Duration::from_millis(20)),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("the daemon did not end on SIGTERM\n{}", self.log()))
    }

    fn wait_until(&mut self, ready: &Ready) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if ready.is_said() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the daemon ended at its start with {status}\n{}", self.log()));
            }
        }
        Err(format!("the daemon does not say that it is ready\n{}", self.log()))
    }

    fn look_for_panics(&self) -> Result<(), String> {
        let log = fs::read_to_string(self.folder.join("daemon.log")).unwrap_or_default();
        match log.lines().find(|line| line.contains("panicked at")) {
            Some(line) => Err(format!("the daemon panicked: {line}")),
            None => Ok(()),
        }
    }

    fn log(&self) -> String {
        tail(&self.folder.join("daemon.log"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the daemon says that it is ready, as to a service manager (`sd_notify`).
struct Ready {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Ready {
    fn new(name: &str) -> Result<Self, String> {
        // Below the target directory the path might be too long for a socket.
        let path = std::env::temp_dir().join(format!("ringplan-{}-{name}.ready", std::process::id()));
        let _ = fs::remove_file(&path);
        let fault = |error: std::io::Error| format!("{}: {error}", path.display());
        let socket = UnixDatagram::bind(&path).map_err(fault)?;
        socket.set_read_timeout(Some(Duration::from_millis(20))).map_err(fault)?;
        Ok(Self { socket, path })
    }

    /// Waits a moment for the word.
    fn is_said(&self) -> bool {
        let mut said = [0; 512];
        let length = self.socket.recv(&mut said).unwrap_or(0);
        said[..length].split(|&byte| byte == b'\n').any(|line| line == b"READY=1")
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // A file left in the temporary folder harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

/// The last lines of a log.
pub fn tail(path: &Path) -> String {
    const LINES: usize = 25;
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
    format!("{}:\n{last}", path.display())
}

/// Copies the site, with its addresses moved into `net`.
fn copy(from: &Path, to: &Path, net: Net) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(fault)?;
    for entry in fs::read_dir(from).map_err(fault)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).map_err(fault)?;
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target, net)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).map_err(fault)?;
            fs::write(target, net.moved(&text)).map_err(fault)?;
        } else {
            fs::copy(&path, target).map_err(fault)?;
        }
    }
    Ok(())
}

fn wall() -> Wall {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Wall::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
