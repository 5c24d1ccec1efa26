//! The programs that ours is measured beside.

use std::{
    env, fs,
    net::{Ipv4Addr, UdpSocket},
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use nix::sys::socket::{setsockopt, sockopt};
use xtask::{
    net::PORT,
    peer::Peer,
    shell::{Command, target, top},
};

/// Room for a burst of messages: what waits here must not have to come again.
const SOCKET_ROOM: usize = 4 << 20;

/// Workers each peer is tried with.
pub(crate) const WORKERS: [u32; 3] = [1, 2, 4];

/// Kamailio with one of our configs and so many workers, at this address.
pub(crate) fn kamailio(config: &str, workers: u32, address: Ipv4Addr, define: &str) -> Result<Peer, String> {
    let folder = folder(&format!("kamailio-{workers}"))?;
    let config = top().join("benches/kamailio").join(config);
    let listen = format!("udp:{address}:{PORT}");
    let command = Command::new(program("kamailio", "kamailio")?)
        .args(&["-DD", "-m", "512", "-M", "32", "-l", &listen, "-n", &workers.to_string()])
        .args(&["-f".as_ref(), config.as_os_str(), "-Y".as_ref(), folder.as_os_str()])
        .args(&["--substdef", define]);
    settled(command, &folder, address)
}

/// rtpengine in user space with so many threads, at this address.
pub(crate) fn rtpengine(threads: u32, address: Ipv4Addr) -> Result<Peer, String> {
    let folder = folder(&format!("rtpengine-{threads}"))?;
    let words = format!(
        "--config-file=none --foreground --table=-1 --interface={address} --listen-ng={address}:{PORT} \
         --port-min=30000 --port-max=49999 --num-threads={threads} --tos=184 --timeout=600 \
         --silent-timeout=600 --delete-delay=0 --log-level=3 --log-stderr --pidfile={}/pid",
        folder.display()
    );
    let words: Vec<&str> = words.split_whitespace().collect();
    settled(Command::new(program("rtpengine", "rtpengine-daemon")?).args(&words), &folder, address)
}

/// A peer that listens, and whose workers had a second to read their config.
fn settled(command: Command, folder: &Path, address: Ipv4Addr) -> Result<Peer, String> {
    let peer = Peer::start(command, &folder.join("log"), (address, PORT))?;
    sleep(Duration::from_secs(1));
    Ok(peer)
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
    let socket = UdpSocket::bind((address, port)).map_err(|error| format!("{address}:{port}: {error}"))?;
    let roomy = setsockopt(&socket, sockopt::RcvBufForce, &SOCKET_ROOM)
        .or_else(|_| setsockopt(&socket, sockopt::RcvBuf, &SOCKET_ROOM));
    roomy.map_err(|error| format!("{address}:{port}: {error}"))?;
    Ok(socket)
}

/// Where a program of this package lies. Daemons lie where a user's PATH does not look.
fn program(name: &str, package: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    found.ok_or_else(|| format!("{name} is missing; it comes with Debian's package {package}"))
}
