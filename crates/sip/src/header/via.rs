//! Via: where a request came through and where its responses go (RFC 3261 §20.42, §18.2; RFC 3581).

use std::net::{IpAddr, SocketAddr};

use memchr::memchr;

use super::Params;
use crate::{Fault, flow::Transport, grammar, uri::Host};

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
}

impl<'a> Via<'a> {
    /// Reads one value of a Via line.
    ///
    /// # Errors
    /// The peer's fault: no `SIP/2.0/`, a bad host or port, a bad parameter.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let (sent, params) = Sent::split(text).ok_or(Fault::PeerValue)?;
        let (host, port) = sent.host().filter(|_| sent.version == "2.0").ok_or(Fault::PeerValue)?;
        let Sent { transport, sent_by, .. } = sent;
        Ok(Self { transport, sent_by, host, port, params: Params::parse(params)? })
    }

    /// Whether an answer can be addressed by it, be its version and parameters as they may.
    pub(crate) fn is_usable(text: &str) -> bool {
        Sent::split(text).is_some_and(|(sent, _)| sent.host().is_some())
    }

    /// The branch; an empty one is none.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch").filter(|branch| !branch.is_empty())
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

    /// Where a response to this request goes that came from `source` (RFC 3261 §18.2.2, RFC 3581 §4).
    pub fn response_target(&self, source: SocketAddr) -> SocketAddr {
        if self.wants_rport() { source } else { SocketAddr::new(source.ip(), self.port.unwrap_or(5060)) }
    }
}

/// What stands before the parameters.
struct Sent<'a> {
    version: &'a str,
    transport: &'a str,
    sent_by: &'a str,
}

impl<'a> Sent<'a> {
    /// Splits `SIP/version/transport host:port` and what follows; blanks around the slashes are allowed.
    fn split(text: &'a str) -> Option<(Self, &'a str)> {
        let (protocol, rest) = text.split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        let (transport, rest) = grammar::trim_start(rest).split_once(grammar::BLANKS)?;
        let end = memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at(end);
        let is_sip = grammar::trim(protocol).eq_ignore_ascii_case("SIP") && grammar::is_token(transport);
        let sent = Self { version: grammar::trim(version), transport, sent_by: grammar::trim(sent_by) };
        is_sip.then_some((sent, params))
    }

    fn host(&self) -> Option<(Host<'a>, Option<u16>)> {
        Host::parse_with_port(self.sent_by)
    }
}
