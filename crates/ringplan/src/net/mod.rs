//! Sockets: everything that touches the network, and nothing that knows SIP beyond its framing.

pub(crate) mod advertise;
pub(crate) mod dns;
pub(crate) mod taken;
pub(crate) mod tcp;
pub(crate) mod udp;
