//! Phones behind one socket, with one password: what they ask, and how they prove who they are.

use std::{net::UdpSocket, time::Duration};

use sip::{
    Message, Method, Name,
    digest::{Challenge, Request, Secret, answer},
};
use xtask::net::{Net, PORT};

use super::DOMAIN;
use crate::{
    peer::socket,
    ua::{header, hear, is_final, send},
};

/// The phones of one side.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) socket: UdpSocket,
    pub(super) me: String,
}

/// A request of a phone, before it is numbered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks<'a> {
    pub(super) method: &'a Method,
    pub(super) user: &'a str,
    pub(super) to: &'a str,
    pub(super) id: &'a str,
    /// Further lines.
    pub(super) more: &'a str,
}

impl Side {
    pub(super) fn new(host: u8) -> Result<Self, String> {
        let net = Net::of_this_run();
        let socket = socket(net.address(host), PORT)?;
        socket.connect((net.address(1), PORT)).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(Duration::from_secs(5))).map_err(|error| error.to_string())?;
        Ok(Self { socket, me: format!("{}:{PORT}", net.address(host)) })
    }

    /// Sends a request without credentials.
    pub(super) fn ask(&self, asks: Asks<'_>) -> Result<(), String> {
        send(&self.socket, &bare(&self.request(asks, 1, "")))
    }

    /// The same request once more, with an answer to the challenge.
    pub(super) fn proved(&self, asks: Asks<'_>, challenged: &str) -> Result<String, String> {
        let message = Message::parse(challenged.to_owned().into()).map_err(|error| format!("{error:?}"))?;
        let (name, line) = if *asks.method == Method::Register {
            (Name::WwwAuthenticate, "Authorization")
        } else {
            (Name::ProxyAuthenticate, "Proxy-Authorization")
        };
        let challenge = Challenge::choose(message.headers(name)).ok_or(challenged)?;
        let (method, uri) = (asks.method, uri(asks));
        let asked = Request { method, uri: &uri, body: &[] };
        let proof = answer(&challenge, asks.user, Secret::Password("secret"), &asked, "cnonce", 1);
        let proof = proof.ok_or("the challenge can't be answered")?;
        Ok(self.request(asks, 2, &format!("{line}: {proof}\r\n")))
    }

    /// Has phones registered: the first alone, so that the others come from where somebody is known.
    pub(super) fn register(&self, users: &[String]) -> Result<(), String> {
        let (first, others) = users.split_at(1);
        self.register_at_once(first)?;
        self.register_at_once(others)
    }

    fn register_at_once(&self, users: &[String]) -> Result<(), String> {
        users.iter().try_for_each(|user| self.ask(registers(user)))?;
        let mut registered = 0;
        while registered < users.len() {
            let answered = hear(&self.socket, is_final)?;
            if answered.starts_with("SIP/2.0 401") {
                let user = header(&answered, "Call-ID");
                send(&self.socket, &bare(&self.proved(registers(user), &answered)?))?;
            } else if answered.starts_with("SIP/2.0 200") {
                registered += 1;
            } else {
                return Err(answered);
            }
        }
        Ok(())
    }

    /// The next final response of this Call-ID.
    pub(super) fn answer(&self, id: &str) -> Result<String, String> {
        hear(&self.socket, |text| is_final(text) && header(text, "Call-ID") == id)
    }

    fn request(&self, asks: Asks<'_>, cseq: u32, proof: &str) -> String {
        let (me, uri) = (&self.me, uri(asks));
        let Asks { method, user, to, id, more } = asks;
        let method = method.as_str();
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{method}{id}x{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{DOMAIN}>;tag=bench\r\nTo: <sip:{to}@{DOMAIN}>\r\n\
             Call-ID: {id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{user}@{me}>\r\n{proof}{more}"
        )
    }
}

/// The REGISTER of a phone, whose Call-ID is its name.
const fn registers(user: &str) -> Asks<'_> {
    Asks { method: &Method::Register, user, to: user, id: user, more: "Expires: 3600\r\n" }
}

fn uri(asks: Asks<'_>) -> String {
    if *asks.method == Method::Register {
        format!("sip:{DOMAIN}")
    } else {
        format!("sip:{}@{DOMAIN}", asks.to)
    }
}

/// A whole message without a body.
pub(super) fn bare(head: &str) -> String {
    format!("{head}Content-Length: 0\r\n\r\n")
}
