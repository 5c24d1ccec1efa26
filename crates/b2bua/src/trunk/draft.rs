//! The REGISTER a trunk is to be sent: all of it but what only the flow can say (RFC 3261 §10.2).

use std::{net::SocketAddr, sync::Arc};

use bytes::{Bytes, BytesMut};
use clock::Chance;
use sip::{Method, Name, flow::Transport, message::Writer, transaction::Branch};

use super::{account::Account, challenge::Credentials};
use crate::reach::Destination;

/// A REGISTER that waits for its flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub(super) account: Arc<Account>,
    pub(super) call_id: Arc<str>,
    pub(super) tag: Arc<str>,
    pub(super) cseq: u32,
    /// User part of the Contact, by which the carrier's calls are known.
    pub(super) word: Arc<str>,
    /// Seconds asked for; 0 unregisters.
    pub(super) expires: u32,
    pub(super) credentials: Credentials,
}

/// What the flow adds to a request of ours.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Transport of the flow.
    pub transport: Transport,
    /// Our address as the carrier is to see it.
    pub sent_by: SocketAddr,
    /// The branch of the client transaction.
    pub branch: Branch,
}

impl Draft {
    /// Where it goes.
    pub fn destination(&self) -> &Destination {
        &self.account.far_end.at
    }

    /// Whether it answers a challenge, and so belongs to the server that challenged.
    pub fn is_signed(&self) -> bool {
        !self.credentials.is_empty()
    }

    /// Writes the request.
    pub fn write(&self, line: Line, out: &mut BytesMut) -> Bytes {
        let Line { transport, sent_by, branch } = line;
        let aor = self.account.aor();
        let over = if transport.is_reliable() {
            format!(";transport={}", transport.as_param())
        } else {
            String::new()
        };
        let mut writer = Writer::request(out, &Method::Register, self.account.registrar())
            .header(Name::Via, format_args!("SIP/2.0/{transport} {sent_by};rport;branch={branch}"))
            .header(Name::MaxForwards, 70)
            .header(Name::From, format_args!("<{aor}>;tag={}", self.tag))
            .header(Name::To, format_args!("<{aor}>"))
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format_args!("{} {}", self.cseq, Method::Register))
            .header(Name::Contact, format_args!("<sip:{}@{sent_by}{over}>", self.word))
            .header(Name::Expires, self.expires);
        if let Some(route) = &self.account.far_end.route {
            writer = writer.header(Name::Route, route);
        }
        for credential in &self.credentials {
            writer = writer.header(credential.name, &credential.value);
        }
        writer.end()
    }
}

/// 100 bits that nobody guesses, as letters and digits.
pub(super) fn random_word(chance: &mut Chance) -> Arc<str> {
    let mut word = [0; 20];
    chance.token(&mut word);
    str::from_utf8(&word).expect("a token is ASCII").into()
}
