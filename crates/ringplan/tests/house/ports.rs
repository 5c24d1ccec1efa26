//! Ports of loopback that are one site's alone, whatever else is tested on this machine at the same time.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// Where blocks lie: below the ports of demos (16,384 and up), those of the media tests behind them, and those that
/// the kernel gives to whoever asks for any.
const BLOCKS: std::ops::Range<u16> = 10_000..16_000;

/// Ports of a block.
const LEN: u16 = 200;

/// Where in it media begins, and how many ports it may have.
const MEDIA: u16 = 10;
pub(super) const MEDIA_MAX: u16 = 160;

/// A block of ports.
#[derive(Debug)]
pub(super) struct Ports {
    first: u16,
    /// Bound to the last port of the block: nobody else takes the block while it is.
    _claim: UdpSocket,
}

impl Ports {
    /// A block that nobody has, looked for from another place in each process, so that what was just given back rests.
    pub(super) fn claim() -> Self {
        let blocks = BLOCKS.step_by(LEN.into());
        let rested = std::process::id() as usize % blocks.len();
        blocks.cycle().skip(rested).find_map(Self::claim_at).expect("it is looked for until one is free")
    }

    fn claim_at(first: u16) -> Option<Self> {
        let claim = UdpSocket::bind((Ipv4Addr::LOCALHOST, first + LEN - 1)).ok()?;
        let ports = Self { first, _claim: claim };
        // Whoever is no site knows nothing of blocks.
        let is_free = |address| UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok();
        (is_free(ports.sip()) && is_free(ports.tls())).then_some(ports)
    }

    /// For SIP by UDP and TCP.
    pub(super) fn sip(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first).into()
    }

    /// For SIP by TLS.
    pub(super) fn tls(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first + 1).into()
    }

    /// The first for media.
    pub(super) fn media(&self) -> u16 {
        self.first + MEDIA
    }
}
