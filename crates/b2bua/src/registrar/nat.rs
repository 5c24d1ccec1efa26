//! Whether a phone is behind NAT: detected, never configured (RELIABILITY M1).

use std::net::IpAddr;

use sip::{flow::Flow, header::WayBack, uri::Uri};

/// A phone whose Via or Contact names another address than its packets come from can't be reached at
/// what it names. A host name can't be compared and counts as another address. Ports are not compared:
/// phones send from one port and listen on another without any NAT.
pub(crate) fn is_behind_nat(flow: Flow, way_back: WayBack, contact: &Uri<'_>) -> bool {
    let source = flow.remote.ip().to_canonical();
    let named = |address: Option<IpAddr>| address.map(|it| it.to_canonical());
    let contact = contact.host().and_then(|host| host.address());
    named(way_back.address) != Some(source) || named(contact) != Some(source)
}
