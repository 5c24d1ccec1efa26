//! Other programs, run from the top of the workspace.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{self, Stdio},
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
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(words)
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

    /// Runs it beside us, its output into `log`.
    ///
    /// # Errors
    /// There is no such program, or `log` cannot be written.
    pub fn spawn(mut self, log: &Path) -> Result<process::Child, String> {
        let file = std::fs::File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let again = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
        self.0.stdout(file).stderr(again).spawn().map_err(|error| self.absent(&error))
    }

    fn absent(&self, error: &std::io::Error) -> String {
        format!("{}: {error}", self.0.get_program().to_string_lossy())
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
