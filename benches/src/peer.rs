//! The programs that ours is measured beside.

use std::{
    env, fs,
    net::{Ipv4Addr, UdpSocket},
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use xtask::{
    net::{PORT, is_bound},
    shell::{Command, target, top},
};

use crate::cpu::Tree;

/// Workers each peer is tried with.
pub(crate) const WORKERS: [u32; 3] = [1, 2, 4];

/// A peer that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Peer {
    process: Child,
}

impl Peer {
    /// Kamailio with one of our configs and so many workers, at this address.
    pub(crate) fn kamailio(
        config: &str,
        workers: u32,
        address: Ipv4Addr,
        define: &str,
    ) -> Result<Self, String> {
        let folder = folder(&format!("kamailio-{workers}"))?;
        let config = top().join("benches/kamailio").join(config);
        let listen = format!("udp:{address}:{PORT}");
        let process = Command::new(program("kamailio", "kamailio")?)
            .args(&["-DD", "-m", "512", "-M", "32", "-l", &listen, "-n", &workers.to_string()])
            .args(&["-f".as_ref(), config.as_os_str(), "-Y".as_ref(), folder.as_os_str()])
            .args(&["--substdef", define])
            .spawn(&folder.join("log"))?;
        Self { process }.when_it_listens(address, PORT, &folder)
    }

    /// rtpengine in user space with so many threads, at this address.
    pub(crate) fn rtpengine(threads: u32, address: Ipv4Addr) -> Result<Self, String> {
        let folder = folder(&format!("rtpengine-{threads}"))?;
        let words = format!(
            "--config-file=none --foreground --table=-1 --interface={address} --listen-ng={address}:{PORT} \
             --port-min=30000 --port-max=49999 --num-threads={threads} --tos=184 --timeout=600 \
             --silent-timeout=600 --delete-delay=0 --log-level=3 --log-stderr --pidfile={}/pid",
            folder.display()
        );
        let words: Vec<&str> = words.split_whitespace().collect();
        let process = Command::new(program("rtpengine", "rtpengine-daemon")?)
            .args(&words)
            .spawn(&folder.join("log"))?;
        Self { process }.when_it_listens(address, PORT, &folder)
    }

    /// What it uses.
    pub(crate) fn tree(&self) -> Tree {
        Tree::of(self.process.id())
    }

    fn when_it_listens(mut self, address: Ipv4Addr, port: u16, folder: &Path) -> Result<Self, String> {
        let until = Instant::now() + Duration::from_secs(20);
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        while !is_bound(address, port) {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("{} ended with {status}: {}", folder.display(), log()));
            }
            if Instant::now() > until {
                return Err(format!("{} does not listen: {}", folder.display(), log()));
            }
            sleep(Duration::from_millis(50));
        }
        // Its workers may still read their config.
        sleep(Duration::from_secs(1));
        Ok(self)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        // Asked to end, it ends its workers as well.
        let id = i32::try_from(self.process.id()).expect("process ids are positive");
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

/// A fresh folder of the bench.
pub(crate) fn folder(name: &str) -> Result<PathBuf, String> {
    let folder = target().join("bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// A socket at an address of the run's.
pub(crate) fn socket(address: Ipv4Addr, port: u16) -> Result<UdpSocket, String> {
    UdpSocket::bind((address, port)).map_err(|error| format!("{address}:{port}: {error}"))
}

/// Where a program of this package lies. Daemons lie where a user's PATH does not look.
fn program(name: &str, package: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    found.ok_or_else(|| format!("{name} is missing; it comes with Debian's package {package}"))
}
