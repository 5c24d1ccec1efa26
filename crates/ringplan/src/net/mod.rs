//! Sockets: everything that touches the network, and nothing that knows SIP beyond its framing.

pub(crate) mod advertise;
