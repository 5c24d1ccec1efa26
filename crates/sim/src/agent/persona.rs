//! Who a party is, and how it names itself in its messages.

use std::{net::SocketAddr, sync::Arc};

use sip::{Message, Name, flow::Flow, message::Writer, transaction::Branch};

use super::Agent;

/// Who a party is.
#[derive(Clone, Debug)]
pub struct Persona {
    /// Its column in a ladder.
    pub name: Arc<str>,
    /// Phone or carrier.
    pub role: Role,
    /// User part of its address, and its account.
    pub user: Arc<str>,
    /// Domain of the switch's site.
    pub domain: Arc<str>,
    /// What it says its address is.
    pub contact: SocketAddr,
    /// Whether connections to its contact are taken while it lives.
    pub is_listening: bool,
    /// Where it takes requests on a dialog, if not where all its messages come from.
    pub in_dialog: Option<InDialog>,
    /// Where its messages go and come from.
    pub flow: Flow,
    /// Its tags, branches and Call-IDs follow from it.
    pub seed: [u8; 32],
}

/// Where a party takes requests on a dialog: whatever comes another way is lost.
#[derive(Clone, Debug)]
pub struct InDialog {
    /// They have to come here.
    pub at: SocketAddr,
    /// The proxy there, if it is one; else it is the carrier's own Contact.
    pub proxy: Option<Proxy>,
}

/// A proxy that stays in the route.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The URI in its Record-Route.
    pub uri: String,
    /// The host name in that, if it is none of an address.
    pub host: Option<Arc<str>>,
}

/// What kind of party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Registers, and answers challenges with this password.
    Phone {
        /// The secret behind its HA1.
        password: Arc<str>,
    },
    /// Known by its address, or a registrar of ours.
    Carrier {
        /// Whether it challenges REGISTER and INVITE.
        challenges: bool,
    },
}

impl Persona {
    /// What its device calls itself, as no other does.
    pub(super) fn device(&self) -> String {
        let number = self.seed[4..10].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("device-{number:012x}")
    }
}

impl Agent {
    /// Whether a request on a dialog came as it has to (RFC 3261 §12.2.1.1).
    pub(super) fn is_reached_by(&self, flow: Flow, request: &Message) -> bool {
        let Some(InDialog { at, proxy }) = &self.persona.in_dialog else { return true };
        let contact = self.contact();
        let contact = contact.trim_matches(['<', '>']);
        let uri = request.request_uri().map(|uri| uri.as_str());
        let routes: Vec<&str> = request.routes().flatten().map(|route| route.uri.as_str()).collect();
        let is_routed = match proxy {
            None => uri == Some(contact) && routes.is_empty(),
            Some(Proxy { uri: proxy, .. }) if proxy.ends_with(";lr") => {
                uri == Some(contact) && routes == [proxy]
            }
            Some(Proxy { uri: proxy, .. }) => uri == Some(proxy) && routes == [contact],
        };
        flow.local == *at && is_routed
    }

    /// The Record-Route of the proxy before it.
    pub(super) fn record_route<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        match self.persona.in_dialog.as_ref().and_then(|it| it.proxy.as_ref()) {
            Some(proxy) => writer.header(Name::RecordRoute, format_args!("<{}>", proxy.uri)),
            None => writer,
        }
    }

    /// Its Contact.
    pub(super) fn contact(&self) -> String {
        let transport = self.persona.flow.transport;
        let param = if transport.is_reliable() {
            format!(";transport={}", transport.as_param())
        } else {
            String::new()
        };
        format!("<sip:{}@{}{param}>", self.persona.user, self.persona.contact)
    }

    pub(super) fn via(&self, branch: Branch) -> String {
        let transport = self.persona.flow.transport;
        format!("SIP/2.0/{transport} {};branch={branch};rport", self.persona.contact)
    }
}
