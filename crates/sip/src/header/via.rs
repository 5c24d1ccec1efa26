//! Via: where a request came through and where its responses go (RFC 3261 §20.42, §18.2; RFC 3581).

use std::net::{IpAddr, SocketAddr};

use super::Params;
use crate::{
    Fault,
    flow::Transport,
    grammar,
    uri::{self, Host},
};

/// What the branch of every RFC 3261 transaction begins with (§8.1.1.7).
pub(crate) const COOKIE: &str = "z9hG4bK";

/// One Via value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `UDP`, `TCP` and so on, as written; unknown ones are legal.
    pub transport: &'a str,
    /// `host[:port]` as written, which with the branch names a transaction (RFC 3261 §17.2.3).
    pub sent_by: &'a str,
    /// The host of sent-by.
    pub host: Host<'a>,
    /// The port of sent-by, if written.
    pub port: Option<u16>,
    /// All parameters.
    pub params: Params<'a>,
    branch: Option<&'a str>,
}

impl<'a> Via<'a> {
    /// Reads one value of a Via line.
    ///
    /// # Errors
    /// The peer's fault: no `SIP/2.0/`, a bad host or port, a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let Sent { version, transport, sent_by, host, port, params } =
            Sent::split(text).ok_or(Fault::PeerValue)?;
        if version != "2.0" {
            return Err(Fault::PeerValue);
        }
        let (params, branch) = Params::parse_for(params, "branch")?;
        Ok(Self { transport, sent_by, host, port, params, branch })
    }

    /// Whether an answer can be addressed by it, be its version and parameters as they may.
    pub(crate) fn is_usable(text: &str) -> bool {
        Sent::split(text).is_some()
    }

    /// The branch; an empty one is none.
    pub const fn branch(&self) -> Option<&'a str> {
        self.branch
    }

    /// The address that the next hop saw, with or without brackets (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.value("received")?;
        text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text).parse().ok()
    }

    /// The `rport` parameter: asked for (`Some(None)`) or filled (`Some(Some(port))`), RFC 3581 §3 and §4.
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.value("rport").map(|port| port.parse().ok())
    }

    /// Whether responses have to go back to where the request came from (RFC 3581 §4, and reliable transports).
    pub fn wants_rport(&self) -> bool {
        self.params.has("rport") || !self.transport.eq_ignore_ascii_case(Transport::Udp.as_str())
    }

    /// What it says of where responses go.
    pub fn way_back(&self) -> WayBack {
        WayBack { address: self.host.address(), port: self.port, wants_rport: self.wants_rport() }
    }
}

/// Where the sender of a request says that responses reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// The address in sent-by; `None` for a name.
    pub address: Option<IpAddr>,
    port: Option<u16>,
    wants_rport: bool,
}

impl WayBack {
    /// The port to connect to with a response whose connection is gone; `None` for that of the transport
    /// (RFC 3261 §18.2.2).
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Where a response to a request goes that came from `source` (RFC 3261 §18.2.2, RFC 3581 §4).
    pub fn response_target(&self, source: SocketAddr) -> SocketAddr {
        if self.wants_rport { source } else { SocketAddr::new(source.ip(), self.port.unwrap_or(5060)) }
    }
}

/// A Via, its parameters still unread.
struct Sent<'a> {
    version: &'a str,
    transport: &'a str,
    sent_by: &'a str,
    host: Host<'a>,
    port: Option<u16>,
    params: &'a str,
}

impl<'a> Sent<'a> {
    /// Splits `SIP/version/transport host:port;params`; blanks around the slashes and the colon are allowed.
    fn split(text: &'a str) -> Option<Self> {
        let (version, rest) = match text.strip_prefix("SIP/2.0/") {
            Some(rest) => ("2.0", rest),
            None => {
                let (protocol, rest) = text.split_once('/')?;
                let (version, rest) = rest.split_once('/')?;
                let is_sip = grammar::trim(protocol).eq_ignore_ascii_case("SIP");
                (is_sip.then_some(grammar::trim(version))?, grammar::trim_start(rest))
            }
        };
        let (transport, from_host) = grammar::word(rest)?;
        let (host, rest) = Host::first(from_host)?;
        let after_host = grammar::trim_start(rest);
        let (port, rest) = match after_host.strip_prefix(':') {
            Some(rest) => {
                let (port, rest) = uri::port(grammar::trim_start(rest))?;
                (Some(port), rest)
            }
            None => (None, rest),
        };
        let sent_by = &from_host[..from_host.len() - rest.len()];
        let params = grammar::trim_start(rest);
        let is_whole = params.is_empty() || params.starts_with(';');
        let sent = Self { version, transport, sent_by, host, port, params };
        (is_whole && grammar::is_token(transport)).then_some(sent)
    }
}
