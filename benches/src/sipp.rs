//! SIPp as the generator of signalling load.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use xtask::{
    net::{PORT, is_bound},
    shell::{Command, top},
};

/// The scenario that calls, holds for a second and hangs up.
pub(crate) const CALLS: &str = "scenarios/sipp/parts/load-calls.xml";
/// The scenario that answers.
const TAKES: &str = "scenarios/sipp/parts/load-takes.xml";

/// One generator's orders.
#[derive(Clone, Debug)]
pub(crate) struct Load<'a> {
    /// A scenario, from the top of the workspace.
    pub(crate) part: &'a str,
    /// Where it runs.
    pub(crate) from: Ipv4Addr,
    /// Whom it talks to.
    pub(crate) switch: Ipv4Addr,
    /// Whom it calls.
    pub(crate) to: &'a str,
    /// A file of accounts.
    pub(crate) accounts: Option<&'a Path>,
    /// Where its screen and errors go.
    pub(crate) folder: &'a Path,
}

/// A generator at work, for a bounded number of calls or until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    process: Child,
    screen: PathBuf,
}

impl Load<'_> {
    /// Makes `calls` at `rate` a second and waits for their end. Returns how many failed.
    pub(crate) fn run(&self, calls: u32, rate: u32) -> Result<u32, String> {
        self.begin(calls, rate)?.end()
    }

    /// Makes `calls` at `rate` a second.
    pub(crate) fn begin(&self, calls: u32, rate: u32) -> Result<Running, String> {
        let (calls, rate) = (calls.to_string(), rate.to_string());
        self.start(&["-m", &calls, "-r", &rate, "-l", "5000", "-timeout", "200s"])
    }

    fn start(&self, more: &[&str]) -> Result<Running, String> {
        let (from, switch) = (self.from, self.switch);
        let words = format!(
            "{switch}:{PORT} -sf {} -i {from} -mi {from} -p {PORT} -s {} -key caller +12025550142 -nostdin",
            top().join(self.part).display(),
            self.to,
        );
        let words: Vec<&str> = words.split(' ').collect();
        let mut command = Command::new("sipp").args(&words).args(more).folder(self.folder);
        if let Some(accounts) = self.accounts {
            command = command.args(&["-inf".as_ref(), accounts.as_os_str()]);
        }
        let part = Path::new(self.part).file_stem().unwrap_or_default().to_string_lossy();
        let screen = self.folder.join(format!("{part}.screen"));
        Ok(Running { process: command.spawn(&screen)?, screen })
    }
}

/// Answers calls there until it is dropped.
pub(crate) fn answer(from: Ipv4Addr, switch: Ipv4Addr, folder: &Path) -> Result<Running, String> {
    let load = Load { part: TAKES, from, switch, to: "anybody", accounts: None, folder };
    let running = load.start(&["-l", "10000"])?;
    let until = Instant::now() + Duration::from_secs(5);
    while !is_bound(from, PORT) {
        if Instant::now() > until {
            return Err(format!("SIPp does not listen: {}", running.said()));
        }
        sleep(Duration::from_millis(10));
    }
    Ok(running)
}

impl Running {
    /// Waits for the last call. Returns how many failed.
    pub(crate) fn end(mut self) -> Result<u32, String> {
        self.process.wait().map_err(|error| error.to_string())?;
        let screen = self.said();
        match (total(&screen, "Successful call"), total(&screen, "Failed call")) {
            (Some(1..), Some(failed)) => Ok(failed),
            (Some(0) | None, _) | (_, None) => Err(format!("SIPp: nothing succeeded: {screen}")),
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.screen).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that answers does so until it is ended; one that called may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The cumulative count of a line in SIPp's last screen.
fn total(screen: &str, what: &str) -> Option<u32> {
    let line = screen.lines().rfind(|line| line.trim_start().starts_with(what))?;
    line.split('|').nth(2)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_screen_counts_and_its_cumulative_column() {
        let screen = "  Successful call        |        3                  |        5\n\
                      ----\n  Successful call        |        0                  |       42\n";
        assert_eq!(total(screen, "Successful call"), Some(42));
        assert_eq!(total(screen, "Failed call"), None);
    }
}
