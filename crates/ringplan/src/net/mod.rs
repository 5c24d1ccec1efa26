//! Sockets: everything that touches the network, and nothing that knows SIP beyond its framing.

pub(crate) mod advertise;
pub(crate) mod batch;
mod connection;
pub(crate) mod dns;
mod pace;
mod strangers;
pub(crate) mod streams;
pub(crate) mod taken;
pub(crate) mod tls;
pub(crate) mod udp;
