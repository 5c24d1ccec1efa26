//! Other programs, run from the top of the workspace.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{self, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A program to run; its output is shown only when it fails.
#[derive(Debug)]
pub struct Command(process::Command);

/// What a program said, both streams together, and whether it was content.
#[derive(Debug)]
pub struct Said {
    /// Exit status zero.
    pub content: bool,
    /// Standard output, then standard error.
    pub text: String,
}

impl Command {
    /// The program of this name, with no input.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = process::Command::new(program);
        command.current_dir(top()).stdin(Stdio::null());
        Self(command)
    }

    /// The cargo that runs this.
    pub fn cargo(words: &[&str]) -> Self {
        Self::new(own_cargo()).args(words)
    }

    /// The same, behind whatever else has to be done.
    pub fn kind_cargo(words: &[&str]) -> Self {
        Self::new("nice").args(&["-n", "19"]).args(&[own_cargo()]).args(words)
    }

    /// More arguments.
    pub fn args(mut self, words: &[impl AsRef<OsStr>]) -> Self {
        self.0.args(words);
        self
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Where it runs.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it to its end with the terminal as its own.
    ///
    /// # Errors
    /// There is no such program.
    pub fn status(mut self) -> Result<bool, String> {
        self.0.status().map(|status| status.success()).map_err(|error| self.absent(&error))
    }

    /// Runs it to its end and keeps what it says.
    ///
    /// # Errors
    /// There is no such program.
    pub fn say(mut self) -> Result<Said, String> {
        let output = self.0.output().map_err(|error| self.absent(&error))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Said { content: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() })
    }

    /// Runs it for so long at most, then ends it with all that it began, and keeps what it says, by way of files
    /// beside `log`.
    ///
    /// # Errors
    /// There is no such program, or the files cannot be written.
    pub fn within(mut self, limit: Duration, log: &Path) -> Result<Said, String> {
        let logs = ["out", "err"].map(|end| log.with_extension(end));
        let create =
            |path: &PathBuf| fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()));
        self.0.stdout(create(&logs[0])?).stderr(create(&logs[1])?);
        let mut child = self.0.spawn().map_err(|error| self.absent(&error))?;
        let end = Instant::now() + limit;
        let content = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.success(),
                Ok(None) if Instant::now() < end => sleep(Duration::from_millis(20)),
                Ok(None) | Err(_) => {
                    with_all_it_began(child.id()).into_iter().for_each(end_process);
                    let _ = child.wait();
                    break false;
                }
            }
        };
        let text = logs.map(|path| fs::read(path).unwrap_or_default()).concat();
        Ok(Said { content, text: String::from_utf8_lossy(&text).into_owned() })
    }

    /// Runs it beside us, its output into `log`.
    ///
    /// # Errors
    /// There is no such program, or `log` cannot be written.
    pub fn spawn(mut self, log: &Path) -> Result<process::Child, String> {
        let file = fs::File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let again = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
        self.0.stdout(file).stderr(again).spawn().map_err(|error| self.absent(&error))
    }

    fn absent(&self, error: &std::io::Error) -> String {
        format!("{}: {error}", self.0.get_program().to_string_lossy())
    }
}

fn own_cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A process and all that came of it, as far as their parents live.
fn with_all_it_began(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> =
        lists.flat_map(|list| list.split(' ').filter_map(|it| it.parse().ok()).collect::<Vec<_>>()).collect();
    [process].into_iter().chain(children.into_iter().flat_map(with_all_it_began)).collect()
}

fn end_process(process: u32) {
    if let Ok(process) = i32::try_from(process) {
        // Gone already is as good.
        let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
    }
}

/// The top of the workspace.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/xtask lies two below the top")
}

/// Where cargo builds: this program was built there itself.
pub fn target() -> PathBuf {
    let me = std::env::current_exe().expect("a running program has a path");
    me.ancestors().nth(2).expect("built below target/PROFILE").to_owned()
}
