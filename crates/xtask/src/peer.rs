//! A server of others that runs beside ours: what is called through it, or measured beside it.

use std::{
    net::Ipv4Addr,
    path::Path,
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{daemon::tail, net::is_bound, shell::Command};

/// How long it may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Peer {
    process: Child,
}

impl Peer {
    /// Starts it; there once it listens on UDP at this address.
    ///
    /// # Errors
    /// It is not there, ends at once or does not listen; its log says why.
    pub fn start(command: Command, log: &Path, (address, port): (Ipv4Addr, u16)) -> Result<Self, String> {
        let mut peer = Self { process: command.spawn(log)? };
        let end = Instant::now() + PATIENCE;
        while !is_bound(address, port) {
            if let Ok(Some(status)) = peer.process.try_wait() {
                return Err(format!("it ended with {status}: {}", tail(log)));
            }
            if Instant::now() > end {
                return Err(format!("it does not listen at {address}:{port}: {}", tail(log)));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(peer)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it, and with it its workers.
    ///
    /// # Errors
    /// Nobody knows how it ended.
    pub fn stop(mut self) -> Result<(), String> {
        self.end();
        self.process.wait().map(drop).map_err(|error| error.to_string())
    }

    fn end(&self) {
        let id = i32::try_from(self.id()).expect("process ids are positive");
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.end();
            let _ = self.process.wait();
        }
    }
}
