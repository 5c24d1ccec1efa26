//! Where a message came from and where its answer goes: a 5-tuple or a connection (RFC 5626 §2).

use std::{fmt, net::SocketAddr};

/// The transport of a flow, as written in a Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams; unreliable, so timers A, E and G run.
    Udp,
    /// A stream.
    Tcp,
    /// A stream inside TLS.
    Tls,
    /// A WebSocket.
    Ws,
    /// A WebSocket inside TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself repeats what gets lost (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Whether nobody on the way can read along.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// The port where none is said (RFC 3261 §19.1.2, RFC 7118 §8).
    pub const fn port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// The word used in a Via: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// The word used in a `transport=` URI parameter.
    pub const fn as_param(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One direction-less path between this switch and a peer.
///
/// For UDP `connection` is 0 and the two addresses are the flow. For streams `connection` names the
/// very connection and is never used twice while the process lives, so a message can't be sent down a
/// stranger's socket that happens to have the same addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// How bytes travel.
    pub transport: Transport,
    /// Our own socket: the listening address for UDP and for accepted streams.
    pub local: SocketAddr,
    /// The peer, as the kernel reported it.
    pub remote: SocketAddr,
    /// The connection, or 0 for UDP.
    pub connection: u32,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport.as_param(), self.remote)
    }
}
