//! Who holds a port that could not be bound, read from `/proc`.

use std::{collections::BTreeSet, fmt, fs, net::SocketAddr, path::Path};

/// The kernel's lists of UDP sockets.
const UDP_TABLES: [&str; 2] = ["/proc/net/udp", "/proc/net/udp6"];

/// The kind of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Datagrams.
    Udp,
    /// Streams.
    Tcp,
}

/// Who holds a port, as well as this process may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A process of this machine.
    Process {
        /// Its id.
        pid: u32,
        /// Its short name.
        name: String,
    },
    /// Somebody whose files only root or the same user may look at.
    Hidden,
    /// Nobody in this network namespace: it was given back meanwhile, or the address is not ours.
    Nobody,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { pid, name } => write!(f, "{name} (pid {pid})"),
            Self::Hidden => f.write_str("a program of another user (root can see which)"),
            Self::Nobody => f.write_str("nobody any more"),
        }
    }
}

/// Every UDP port of this machine that somebody has bound, on whatever address.
pub(crate) fn udp_ports() -> BTreeSet<u16> {
    let tables = UDP_TABLES.iter().filter_map(|table| fs::read_to_string(table).ok());
    tables.flat_map(|table| table.lines().skip(1).filter_map(local_port).collect::<Vec<_>>()).collect()
}

/// Finds who holds `address`, or a wildcard that covers it.
pub(crate) fn holder(kind: Kind, address: SocketAddr) -> Holder {
    let tables: [&str; 2] = match kind {
        Kind::Udp => UDP_TABLES,
        Kind::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
    };
    let inodes: Vec<u64> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| inodes_on(&table, kind, address.port()))
        .collect();
    if inodes.is_empty() { Holder::Nobody } else { process_with(&inodes).unwrap_or(Holder::Hidden) }
}

/// Inodes of the sockets bound to `port`; of TCP only the listening ones.
fn inodes_on(table: &str, kind: Kind, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    let row = |line: &str| {
        let mut columns = line.split_whitespace();
        let state = columns.nth(3)?;
        let inode = columns.nth(5)?.parse().ok()?;
        (local_port(line) == Some(port) && (kind == Kind::Udp || state == LISTEN)).then_some(inode)
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// The port of a line's socket.
fn local_port(line: &str) -> Option<u16> {
    let (_, hex) = line.split_whitespace().nth(1)?.rsplit_once(':')?;
    u16::from_str_radix(hex, 16).ok()
}

/// The first process with one of these sockets among its open files.
fn process_with(inodes: &[u64]) -> Option<Holder> {
    let sockets: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if has_one_of(&entry.path(), &sockets) {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some(Holder::Process { pid, name: name.trim().to_owned() });
        }
    }
    None
}

fn has_one_of(process: &Path, sockets: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  441: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 18211 2 0 0
  442: 0100007F:13C5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 18212 2 0 0
";
    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 900 1 0
   1: 0100007F:13C4 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 901 1 0
";

    #[test]
    fn a_bound_port_is_found_by_its_hexadecimal_number() {
        assert_eq!(inodes_on(UDP, Kind::Udp, 5060), [18211]);
        assert!(inodes_on(UDP, Kind::Udp, 5062).is_empty());
    }

    #[test]
    fn an_established_connection_does_not_hold_a_tcp_port() {
        assert_eq!(inodes_on(TCP, Kind::Tcp, 5060), [900]);
    }
}
