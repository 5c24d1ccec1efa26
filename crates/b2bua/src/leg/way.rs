//! Where requests on a dialog go (RFC 3261 §12.2.1.1, RFC 3263 §4, RFC 5626 §5.3).
//!
//! | party | requests to it go |
//! |---|---|
//! | phone, registered later than it last spoke here, or there on UDP without NAT | the way of its binding |
//! | phone, else | down the flow that it last spoke on |
//! | carrier | to its top Route, else to its remote target |
//! | carrier, and that leads nowhere | down the flow that it last spoke on |
//! | carrier, and that flow was a connection that broke | a new one: to what it names, else to where the config has it |
//!
//! A phone is never looked for at an address that it merely names, so none can aim our requests at others. What
//! a carrier names leads nowhere if it is a private address although it speaks from a public one (it sits
//! behind NAT and does not know it), an address of ours, or a name or connection that is not there yet: it
//! is asked for, and the next request finds it. Where a connection broke nothing waits: what is sent goes with the
//! connection that is being opened, lest a carrier never hears that a call is over.

use std::net::SocketAddr;

use bytes::BytesMut;
use clock::Instant;
use sip::{
    Method, Name,
    flow::{Flow, Transport},
    message::Writer,
    transaction::Branch,
};

use super::{Leg, Party};
use crate::{
    core::Core,
    dialog::{Dialog, MAX_FORWARDS},
    identity::Identity,
    reach::{Destination, Place, is_private},
    registrar::{Binding, Towards},
    trunk,
};

impl Leg {
    /// Where the next request on the dialog goes.
    pub(super) fn way(&self, core: &mut Core) -> Flow {
        match &self.party {
            Party::Phone(phone) => self.way_to_phone(phone, core),
            Party::Trunk(trunk) => hop(&self.dialog, self.flow, trunk, core),
        }
    }

    /// Begins a request on the dialog that says where we are to be found (RFC 3261 §12.2.1.1): where it goes, its
    /// branch, and what is written so far.
    pub(super) fn begin<'b>(
        &mut self,
        method: &Method,
        buffer: &'b mut BytesMut,
        core: &mut Core,
    ) -> (Flow, Branch, Writer<'b>) {
        let way = self.way(core);
        let (branch, request) = self.begin_by(way, way, method, buffer, core);
        (way, branch, request)
    }

    /// The same by another `flow` than the way that the party is to answer to.
    pub(super) fn begin_by<'b>(
        &mut self,
        flow: Flow,
        way: Flow,
        method: &Method,
        buffer: &'b mut BytesMut,
        core: &mut Core,
    ) -> (Branch, Writer<'b>) {
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(flow, branch);
        let contact = core.identity.contact(way, self.dialog.local_tag(), self.dialog.is_sips()).to_string();
        let request = self.dialog.request(buffer, method, &via);
        (branch, request.header(Name::MaxForwards, MAX_FORWARDS).header(Name::Contact, contact))
    }

    /// Asks for what the way lacks ahead of the first request: a name, a connection.
    pub(super) fn look_ahead(&self, core: &mut Core) {
        self.way(core);
    }

    fn way_to_phone(&self, phone: &str, core: &mut Core) -> Flow {
        let binding = core.registrar.device(phone, self.device.as_deref(), core.now.mono);
        let is_up = core.reach.is_up(self.flow);
        match binding.filter(|it| !is_up || it.leads_to(self.flow, self.spoke)).map(Binding::towards) {
            Some(Towards::Flow(flow)) => flow,
            Some(Towards::Contact(destination)) => core.reach_at_once(&destination).unwrap_or(self.flow),
            None => self.flow,
        }
    }

    /// Where its INVITE went; if that was a connection that broke, a new one to the same place, or the newest of the
    /// phone.
    pub(super) fn way_of_invite(&self, core: &mut Core) -> Flow {
        if core.reach.is_up(self.flow) {
            return self.flow;
        }
        match &self.party {
            Party::Phone(phone) => self.way_to_phone(phone, core),
            Party::Trunk(trunk) => back(self.flow, self.flow.remote, trunk, core).unwrap_or(self.flow),
        }
    }

    /// Whether the party is at the other end of a flow, by whichever of its servers: those of the config, not those that
    /// a route names.
    pub(super) fn is_of_party(&self, flow: Flow, core: &Core) -> bool {
        let ip = flow.remote.ip();
        ip == self.flow.remote.ip()
            || matches!(&self.party, Party::Trunk(trunk) if core.trunks.is_at(&core.site, &core.reach, ip, trunk))
    }

    /// The party spoke from here, and is known to be itself.
    pub(crate) fn speaks_from(&mut self, flow: Flow, now: Instant) {
        let is_elsewhere = flow.remote.ip() != self.flow.remote.ip();
        // A carrier may speak from any of its hosts; only where the first of them is may change.
        if !self.is_up() || is_elsewhere && matches!(self.party, Party::Trunk(_)) {
            return;
        }
        self.flow = flow;
        self.spoke = now;
        self.talk.hears_from(flow.remote.ip());
    }
}

/// The flow to what a carrier's dialog names, else `spoken`, the one it spoke on.
fn hop(dialog: &Dialog, spoken: Flow, trunk: &str, core: &mut Core) -> Flow {
    let named = named(dialog, spoken, &core.identity);
    if !core.reach.is_up(spoken) {
        return anew(named, spoken, trunk, core).unwrap_or(spoken);
    }
    let Some(destination) = named.filter(|it| !is_on(it, spoken)) else { return spoken };
    let Core { now, reach, identity, outputs, .. } = core;
    let may = |address| is_believed(address, spoken, identity);
    reach.at_once(now.mono, &destination, may, outputs).unwrap_or(spoken)
}

/// What a carrier's dialog names, if requests may go there.
fn named(dialog: &Dialog, spoken: Flow, ours: &Identity) -> Option<Destination> {
    let destination = dialog.next_hop().and_then(|uri| Destination::of(&uri))?;
    let is_safe = !is_weaker(destination.transport, spoken.transport);
    let is_good = destination.numeric().is_none_or(|address| is_believed(address, spoken, ours));
    (is_safe && is_good).then_some(destination)
}

/// Whether the connection that a carrier spoke on leads to the host that it names.
fn is_on(named: &Destination, spoken: Flow) -> bool {
    let is_same = |address: SocketAddr| address.ip() == spoken.remote.ip();
    spoken.transport.is_reliable()
        && spoken.transport == named.transport
        && named.numeric().is_some_and(is_same)
}

/// A new connection in the place of `spoken`, which broke: to what the carrier names, else to where the config has
/// it. Over TLS an address alone proves nothing, so it has to be the carrier of the config that answers there.
fn anew(named: Option<Destination>, spoken: Flow, trunk: &str, core: &mut Core) -> Option<Flow> {
    let carrier = carrier(trunk, spoken, core);
    let host = carrier.as_ref().map(|it| it.host.clone());
    let Core { now, reach, identity, outputs, .. } = core;
    let is_safe = |(transport, _): Place| !is_weaker(transport, spoken.transport);
    let may = |place: Place| is_safe(place) && is_believed(place.1, spoken, identity);
    named
        .and_then(|it| reach.again_at(now.mono, &it, host.as_ref(), may, outputs))
        .or_else(|| reach.again_at(now.mono, &carrier?, None, is_safe, outputs))
}

/// A connection to `remote` in the place of `broken`, to a carrier that was there before.
pub(super) fn back(broken: Flow, remote: SocketAddr, trunk: &str, core: &mut Core) -> Option<Flow> {
    let host = carrier(trunk, broken, core).map(|it| it.host);
    let Core { now, reach, outputs, .. } = core;
    reach.again(now.mono, (broken.transport, remote), host.as_ref(), outputs)
}

/// The server of a trunk that speaks from there, else its first.
fn carrier(trunk: &str, spoken: Flow, core: &Core) -> Option<Destination> {
    let mut servers = trunk::destinations(&core.site[core.site.trunk(trunk)?]);
    let speaks = servers.iter().position(|it| core.reach.is_at(it, spoken.remote.ip()));
    Some(servers.swap_remove(speaks.unwrap_or(0)))
}

/// Whether what was said over TLS would be readable there: a Contact without `transport` means UDP, and many
/// carriers write none.
const fn is_weaker(named: Transport, spoken: Transport) -> bool {
    spoken.is_secure() && !named.is_secure()
}

/// Whether requests may go to an address that a carrier named which speaks on `spoken`.
fn is_believed(address: SocketAddr, spoken: Flow, ours: &Identity) -> bool {
    let ip = address.ip().to_canonical();
    let is_somebody = !ip.is_unspecified() && !ip.is_multicast() && !ours.is_ours(address);
    is_somebody && (!is_private(ip) || is_private(spoken.remote.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Listener;

    #[test]
    fn what_began_in_secret_stays_secret() {
        assert!(is_weaker(Transport::Udp, Transport::Tls));
        assert!(is_weaker(Transport::Tcp, Transport::Tls));
        assert!(!is_weaker(Transport::Tls, Transport::Tls));
        assert!(!is_weaker(Transport::Tcp, Transport::Udp));
    }

    #[test]
    fn a_carrier_is_sought_where_it_says_unless_nobody_can_be_there() {
        let local: SocketAddr = "203.0.113.1:5060".parse().unwrap();
        let listener = Listener { transport: Transport::Udp, local, advertised: local };
        let ours =
            Identity { listeners: vec![listener], outside: None, neighbours: Vec::new(), agent: "".into() };
        let is_believed = |named: &str, remote: &str| {
            let remote = remote.parse().unwrap();
            let spoken = Flow { transport: Transport::Udp, local, remote, connection: 0 };
            is_believed(named.parse().unwrap(), spoken, &ours)
        };
        let (public, private) = ("198.51.100.7:5060", "10.1.0.7:5060");
        for good in ["198.51.100.7:5080", "198.51.100.9:5060", "203.0.113.1:5062"] {
            assert!(is_believed(good, public), "{good}");
        }
        assert!(is_believed("10.1.0.9:5060", private), "in a private network they mean something");
        for bad in ["10.1.0.9:5060", "100.64.0.9:5060", "127.0.0.1:5060", "[fd00::1]:5060"] {
            assert!(!is_believed(bad, public), "{bad} is behind a NAT");
        }
        for bad in ["0.0.0.0:5060", "224.0.0.1:5060", "203.0.113.1:5060"] {
            assert!(!is_believed(bad, public), "{bad} is nobody, or ourselves");
        }
    }
}
