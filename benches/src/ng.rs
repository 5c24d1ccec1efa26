//! rtpengine's control protocol, as far as an offer and its answer: bencoded dictionaries over UDP.

use std::{net::UdpSocket, time::Duration};

use xtask::net::{Net, PORT};

use crate::{
    bencode::Value,
    peer::socket,
    rtp::Pair,
    ua::{connect, description},
};

/// The largest answer.
const ANSWER_MAX: usize = 4096;

/// Who asks rtpengine.
#[derive(Debug)]
pub(crate) struct Control {
    net: Net,
    socket: UdpSocket,
    calls: u32,
}

impl Control {
    /// Asks the rtpengine at this host of the run's network.
    pub(crate) fn new(host: u8) -> Result<Self, String> {
        let net = Net::of_this_run();
        let socket = socket(net.address(4), 0)?;
        socket.connect((net.address(host), PORT)).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(Duration::from_secs(3))).map_err(|error| error.to_string())?;
        Ok(Self { net, socket, calls: 0 })
    }

    /// Sets up a call and returns the sockets of its two ends, each connected to rtpengine's side.
    pub(crate) fn call(&mut self) -> Result<Pair, String> {
        self.calls += 1;
        let pair = Pair { a: socket(self.net.address(4), 0)?, b: socket(self.net.address(5), 0)? };
        let told = self.ask("offer", &pair.a, None)?;
        connect(&pair.b, &told)?;
        let told = self.ask("answer", &pair.b, Some("b"))?;
        connect(&pair.a, &told)?;
        Ok(pair)
    }

    /// Asks, and returns the description in the answer.
    fn ask(&self, command: &str, end: &UdpSocket, to_tag: Option<&str>) -> Result<String, String> {
        let call = format!("bench{}", self.calls);
        // The cookie in front tells questions apart: one asked twice is answered from memory.
        let cookie = format!("{call}{command} ");
        let question = [
            ("command", Value::text(command)),
            ("call-id", Value::text(call)),
            ("from-tag", Value::text("a")),
            ("ICE", Value::text("remove")),
            ("replace", Value::list(["origin", "session-connection"])),
            ("sdp", Value::text(description(end)?)),
        ];
        let to_tag = to_tag.map(|tag| ("to-tag", Value::text(tag)));
        let question = Value::dictionary(question.into_iter().chain(to_tag));
        let question = cookie.clone() + &question.write();
        self.socket.send(question.as_bytes()).map_err(|error| error.to_string())?;
        let mut bytes = [0; ANSWER_MAX];
        let length = self.socket.recv(&mut bytes).map_err(|error| format!("rtpengine is silent: {error}"))?;
        let said = String::from_utf8_lossy(&bytes[..length]);
        let answer = said.strip_prefix(&cookie).and_then(Value::read);
        let sdp = answer.as_ref().and_then(|answer| answer.text_of("sdp"));
        sdp.map(str::to_owned).ok_or_else(|| format!("rtpengine refuses: {said}"))
    }
}
