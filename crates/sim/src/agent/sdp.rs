//! What a party says about media: one audio line, G.711 and keys (RFC 4566, RFC 3264).

use std::net::IpAddr;

/// A party's side of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Description {
    address: IpAddr,
    port: u16,
    version: u32,
    on_hold: bool,
}

impl Description {
    pub(super) const fn new(address: IpAddr, port: u16) -> Self {
        Self { address, port, version: 1, on_hold: false }
    }

    /// The next version: on hold if it was not, back if it was.
    pub(super) const fn turn(&mut self) {
        self.version += 1;
        self.on_hold = !self.on_hold;
    }

    /// What was last said stands, though it was refused.
    pub(super) const fn take_back(&mut self) {
        self.on_hold = !self.on_hold;
    }

    pub(super) fn text(&self) -> String {
        let Self { address, port, version, on_hold } = self;
        let way = if *on_hold { "sendonly" } else { "sendrecv" };
        format!(
            "v=0\r\no=- 1 {version} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
             a={way}\r\n"
        )
    }
}
