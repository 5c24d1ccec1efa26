//! One binding: a contact of a phone, how it is told from others, and which way requests reach it.

use std::{fmt::Write, sync::Arc, time::Duration};

use clock::Instant;
use sip::{
    decimal,
    flow::{Flow, Transport},
    header::NameAddr,
    uri::{Scheme, Uri},
};

use crate::reach::Destination;

/// Where one contact of a phone is reached (RFC 3261 §10.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Contact URI as registered, without angle brackets: the request-URI of what is sent to it.
    pub contact: Arc<str>,
    /// Path (RFC 3327), joined by commas: the Route of what is sent to it; empty if none.
    pub path: Arc<str>,
    /// The flow of the last REGISTER.
    pub flow: Flow,
    /// Whether the contact's address is not to be believed (RELIABILITY M1).
    pub behind_nat: bool,
    /// `q` in thousandths, 0 to 1000.
    pub q: u16,
    /// User-Agent of the phone; empty if it named none.
    pub agent: Arc<str>,
    /// When it ends.
    pub expires: Instant,
    /// The interval granted last.
    pub interval: Duration,
    /// When it was last registered.
    pub refreshed: Instant,
    /// Its connection is gone, so nothing reaches it until the phone registers again.
    pub dormant: bool,
    pub(super) listens: Listens,
    pub(super) identity: Identity,
    pub(super) call_id: Arc<str>,
    pub(super) cseq: u32,
    /// Until when its row would be honoured after a restart; none while no row is known to be safe.
    pub(super) safe_until: Option<Instant>,
}

/// Which way a request to a binding goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Towards {
    /// Down this flow.
    Flow(Flow),
    /// To the address in its contact, over a transport other than that of the REGISTER.
    Contact(Destination),
}

impl Binding {
    /// A row says when a binding ended at the time of writing. It is honoured half an interval longer,
    /// because refreshes that fall into that time are not written.
    pub(super) fn honoured_until(expires: Instant, interval: Duration) -> Instant {
        expires + interval / 2
    }

    /// What the device behind it is known by, as long as it registers as the same instance or contact.
    pub fn device(&self) -> &Arc<str> {
        &self.identity.0
    }

    /// The device behind it, whichever of its flows this is.
    pub(super) fn instance(&self) -> &str {
        instance_of(&self.identity.0)
    }

    /// Whether it is one of several flows that its device may have.
    pub(super) fn has_flows(&self) -> bool {
        self.identity.has_reg_id()
    }

    /// Whether a request would reach it now.
    pub fn is_live(&self, now: Instant) -> bool {
        !self.dormant && now < self.expires
    }

    /// Whether its way leads to the device that last spoke on `flow` at `spoke`, rather than that flow itself:
    /// it registered later, or by the same flow; and on UDP without NAT it listens where its contact says,
    /// whatever port it speaks from.
    pub fn leads_to(&self, flow: Flow, spoke: Instant) -> bool {
        let is_datagram = !self.flow.transport.is_reliable() && !flow.transport.is_reliable();
        let listens_there = is_datagram && !self.behind_nat && self.flow.remote.ip() == flow.remote.ip();
        self.refreshed > spoke || self.flow == flow || listens_there
    }

    /// Which way requests go.
    pub fn towards(&self) -> Towards {
        match self.listens {
            Listens::Behind => Towards::Flow(self.flow),
            Listens::At(port) => {
                let mut flow = self.flow;
                flow.remote.set_port(port);
                Towards::Flow(flow)
            }
            Listens::OverTcp(port) => Towards::Contact(Destination {
                host: self.flow.remote.ip().to_string().into(),
                port,
                transport: Transport::Tcp,
                is_open: false,
            }),
        }
    }
}

/// Where a contact takes requests: read when it registers, for each of a hundred NOTIFYs a call asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listens {
    /// Behind the flow of its REGISTER.
    Behind,
    /// At this port of the address that its REGISTER came from.
    At(u16),
    /// The same over TCP, at the usual port if that is zero.
    OverTcp(u16),
}

impl Listens {
    /// Reads a contact. It is only ever believed where its address is the one that the REGISTER came from, so no
    /// registration can aim our requests at a third party.
    pub(super) fn of(contact: &str, path: &str, flow: Flow, behind_nat: bool) -> Self {
        if behind_nat || flow.transport.is_reliable() || !path.is_empty() {
            return Self::Behind;
        }
        let Ok(uri) = Uri::parse(contact) else { return Self::Behind };
        let port = uri.port().unwrap_or(0);
        match uri.param("transport") {
            Some(it) if it.eq_ignore_ascii_case("tcp") => Self::OverTcp(port),
            Some(it) if !it.eq_ignore_ascii_case("udp") => Self::Behind,
            Some(_) | None if uri.scheme() != Scheme::Sip => Self::Behind,
            Some(_) | None => Self::At(if port == 0 { 5060 } else { port }),
        }
    }
}

/// What makes a contact the same as one registered before.
///
/// Either `;+sip.instance="…"` with `;reg-id=…` as they stand behind the contact (RFC 5626 §6), or the
/// contact's normal form: scheme, user, host, port and transport. Other URI parameters do not count, so
/// that a phone which makes up a new `line` at every start replaces its old binding (stricter than
/// needed by RFC 3261 §19.1.4, and what its user expects).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity(pub(super) Arc<str>);

impl Identity {
    pub(super) fn of(contact: &NameAddr<'_>) -> Self {
        let Some(instance) = contact.params.value("+sip.instance").filter(|it| !it.is_empty()) else {
            return Self(normal_form(&contact.uri).into());
        };
        let mut text = format!(";+sip.instance=\"{instance}\"");
        if let Some(id) = reg_id(contact) {
            let _ = write!(text, ";reg-id={id}");
        }
        Self(text.into())
    }

    /// What is written behind the contact so that the phone knows its own (RFC 5626 §6).
    pub(super) fn params(&self) -> &str {
        if self.is_instance() { &self.0 } else { "" }
    }

    pub(super) fn is_instance(&self) -> bool {
        self.0.starts_with(';')
    }

    /// Whether it names one of several flows of a phone, rather than the phone alone.
    pub(super) fn has_reg_id(&self) -> bool {
        self.is_instance() && self.0.contains(";reg-id=")
    }
}

/// What a device is known by, without the number of its flow.
pub(super) fn instance_of(device: &str) -> &str {
    let flow = device.rsplit_once(";reg-id=").filter(|_| device.starts_with(';'));
    flow.map_or(device, |(instance, _)| instance)
}

/// The flow's number, which means something beside an instance only (RFC 5626 §6).
pub(super) fn reg_id(contact: &NameAddr<'_>) -> Option<u32> {
    contact.params.value("reg-id")?.parse().ok()
}

fn normal_form(uri: &Uri<'_>) -> String {
    let mut text = without_port(uri);
    if let Some(port) = uri.port() {
        text.push(':');
        let _ = decimal::number(&mut text, port);
    }
    if let Some(transport) = uri.param("transport") {
        text.push_str(";transport=");
        text.extend(transport.chars().map(|letter| letter.to_ascii_lowercase()));
    }
    text
}

/// `sip:user@host`: what stays when a phone comes back on another port.
fn without_port(uri: &Uri<'_>) -> String {
    let mut text = String::with_capacity(uri.as_str().len() + "sip:@".len());
    text.push_str(if uri.scheme() == Scheme::Sips { "sips:" } else { "sip:" });
    text.push_str(&uri.user_unescaped().unwrap_or_default());
    text.push('@');
    if let Some(host) = uri.host() {
        host.push_lower(&mut text);
    }
    text
}

/// Whether a contact is one registered before, as far as a [normal form](Identity) goes.
pub(super) fn is_same_contact(registered: &str, asked: &Uri<'_>) -> bool {
    let same = |registered: Uri<'_>| normal_form(&registered) == normal_form(asked);
    registered == asked.as_str() || Uri::parse(registered).is_ok_and(same)
}

/// Whether two contacts differ in their port at most.
pub(super) fn differ_in_port_only(registered: &str, asked: &Uri<'_>) -> bool {
    Uri::parse(registered).is_ok_and(|registered| without_port(&registered) == without_port(asked))
}
