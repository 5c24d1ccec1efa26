//! The starter site, carried in the binary and set up for one machine.

use std::{
    collections::BTreeMap,
    fs, io, iter,
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::Path,
};

use callplan::{Listen, Site};

use super::{DemoError, say};
use crate::{
    cli::Transport,
    config::{Place, Readers, SecretsFile, Tree, replace},
    daemon, entropy,
    net::tls,
    ua::Over,
};

/// Every file of `etc/`, by its path below it.
static ETC: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/etc.rs"));

/// The phone left for whoever watches.
pub(super) const GUEST: &str = "rosa-soft";

/// How many ports a demo has for sound; a call takes four.
const MEDIA_PORTS: u16 = 500;

/// How many times they fit between 16,384 and the end of the ports, and how far the next ones are that are looked at:
/// by steps of this, which shares no divisor with their number, all are.
const BLOCKS: u16 = 95;
const STEP: u16 = 32;

/// What its phones register to.
const DOMAIN: &str = "pbx.larch.example";

/// The demo's switch before it starts.
#[derive(Debug)]
pub(super) struct Stage {
    /// Its files.
    pub(super) place: Place,
    /// Where it will listen.
    pub(super) server: SocketAddr,
    /// Where its phones reach it, and how.
    pub(super) door: (SocketAddr, Over),
    /// Who has the port it would have liked.
    pub(super) complaint: Option<String>,
    /// Who has the ports for sound it would have liked, and which it took.
    pub(super) media_complaint: Option<String>,
    /// The password of each phone.
    pub(super) passwords: BTreeMap<String, String>,
}

impl Stage {
    /// Says who has the port it would have liked.
    pub(super) fn tell_of_port(&self) {
        self.media_complaint.iter().for_each(say);
        let Some(taken) = &self.complaint else { return };
        say(format_args!("{taken}; using port {} instead\n", self.server.port()));
    }
}

/// Writes the starter site below `folder`, on a free port and with a secret for each phone.
///
/// # Errors
/// The folder can't be written, or no port is free.
pub(super) fn set_up(folder: &Path, transport: Transport) -> Result<Stage, DemoError> {
    let place = Place { config: folder.join("etc"), data: folder.join("data") };
    let (server, complaint) = free_port()?;
    let (media, media_complaint) = media_ports(server);
    // A demo begins anew. The folder is known to be a demo's.
    clear(&place.config)?;
    clear(&place.data)?;
    for (name, bytes) in ETC {
        let path = place.config.join(name);
        let text = str::from_utf8(bytes).ok().filter(|_| name.ends_with(".toml"));
        let moved = text.map(|text| moved(text, server, &media));
        write(&path, moved.as_deref().map_or(bytes, str::as_bytes))?;
    }
    if transport == Transport::Tls {
        write_tls(&place.config, secure(server))?;
    }
    let site = load(&place)?;
    let over = transport.over(&site.tls).map_err(DemoError::LocalStory)?;
    let door = (if transport == Transport::Tls { secure(server) } else { server }, over);
    let secrets = SecretsFile::new(place.config.join("secrets/phones"));
    let mut passwords = BTreeMap::new();
    for phone in &site.phones {
        let password = entropy::password();
        let set = secrets.set(&phone.name, &site.domain, &password);
        set.map_err(|error| DemoError::LocalFile(place.config.clone(), error))?;
        passwords.insert(phone.name.to_string(), password);
    }
    Ok(Stage { place, server, door, complaint, media_complaint, passwords })
}

/// The first free port of 5060, 5070 and so on, and who has 5060.
fn free_port() -> Result<(SocketAddr, Option<String>), DemoError> {
    let mut complaint = None;
    for port in iter::once(5060).chain((5070..6000).step_by(10)) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listen =
            Listen { udp: vec![address], tcp: vec![address], tls: vec![secure(address)], rtp: 0..=1 };
        match daemon::try_bind(&listen) {
            Ok(()) => return Ok((address, complaint.map(|taken: daemon::BindError| taken.to_string()))),
            Err(taken) => drop(complaint.get_or_insert(taken)),
        }
    }
    Err(DemoError::LocalPorts(complaint.expect("every port was tried")))
}

/// Free ports for sound, and who has those it would have liked. Which are looked at hangs on the port that the
/// switch may listen on, in steps: demos that begin at the same time don't meet.
fn media_ports(server: SocketAddr) -> (RangeInclusive<u16>, Option<String>) {
    let block = |at: u16| {
        let first = 16_384 + at % BLOCKS * MEDIA_PORTS;
        first..=first + MEDIA_PORTS - 1
    };
    let own = (server.port() - 5060) / 10;
    let mut complaint = None;
    for step in 0..BLOCKS {
        let ports = block(own + step * STEP);
        let udp = ports.clone().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).collect();
        match daemon::try_bind(&Listen { udp, tcp: Vec::new(), tls: Vec::new(), rtp: 0..=1 }) {
            Ok(()) => {
                let told =
                    |taken| format!("{taken}; using ports {} to {} for sound", ports.start(), ports.end());
                return (ports.clone(), complaint.map(told));
            }
            Err(taken) => drop(complaint.get_or_insert(taken)),
        }
    }
    // Single ports of it may be free all the same.
    (block(own), None)
}

/// Where TLS is spoken: one port up, as 5061 is.
const fn secure(mut address: SocketAddr) -> SocketAddr {
    address.set_port(address.port() + 1);
    address
}

/// Lets the site listen for TLS with a certificate made now.
fn write_tls(config: &Path, address: SocketAddr) -> Result<(), DemoError> {
    let made = tls::make(DOMAIN).map_err(|error| DemoError::LocalStory(error.to_string()))?;
    write(&config.join("tls/cert.pem"), made.0.as_bytes())?;
    let key = config.join("tls/key.pem");
    replace(&key, made.1.as_bytes(), Readers::Few).map_err(|error| DemoError::LocalFile(key, error))?;
    let text = format!(
        "[listen]\ntls = [\"{address}\"]\n[tls]\ncert = {{ file = \"tls/cert.pem\" }}\n\
         key = {{ file = \"tls/key.pem\" }}\n"
    );
    write(&config.join("tls.toml"), text.as_bytes())
}

/// The same text, listening elsewhere.
fn moved(text: &str, server: SocketAddr, media: &RangeInclusive<u16>) -> String {
    let line = |line: &str| match line.split_once('=').map(|(key, _)| key.trim()) {
        Some(key @ ("udp" | "tcp")) => format!("{key} = [\"{server}\"]\n"),
        Some("rtp") => format!("rtp = \"{}-{}\"\n", media.start(), media.end()),
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn load(place: &Place) -> Result<Site, DemoError> {
    let refused = |_| DemoError::LocalStory("the starter site does not check".to_owned());
    Ok(Tree::of(place)?.load().map_err(refused)?.site)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes));
    written.map_err(|error| DemoError::LocalFile(path.to_owned(), error))
}

fn clear(folder: &Path) -> Result<(), DemoError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DemoError::LocalFile(folder.to_owned(), error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    /// A switch that runs already has the ports that would be next.
    #[test]
    fn a_demo_finds_ports_for_sound_beside_a_switch_that_has_its_own() {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, 5940));
        let (liked, _) = media_ports(server);
        let _held = UdpSocket::bind((Ipv4Addr::LOCALHOST, *liked.end())).expect("it was free");
        let (found, complaint) = media_ports(server);
        assert!(!found.contains(liked.start()) && found.clone().count() == liked.count(), "{found:?}");
        assert!(complaint.is_some_and(|told| told.contains(&found.start().to_string())));
    }
}
