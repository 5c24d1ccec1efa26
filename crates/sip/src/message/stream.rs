//! Messages on a stream: cut by Content-Length (RFC 3261 §18.3), with keep-alives between them (RFC 5626 §4.4.1).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use super::{Limits, ParseError, scan::Head};
use crate::Fault;

/// What a stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The bytes of one whole message.
    Message(Bytes),
    /// CRLF CRLF: the peer wants a CRLF back (RFC 5626 §3.5.1).
    KeepAlive,
}

/// What an idle connection may keep, in bytes; most of many connections are idle.
const IDLE_MAX: usize = 4096;

/// Cuts the bytes of one connection into frames, however they arrive.
#[derive(Debug)]
pub struct Framer {
    limits: Limits,
    buffer: BytesMut,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waiting for the end of a head; so many bytes hold none.
    Head { searched: usize },
    /// The head is there; waiting for so many bytes in all.
    Body { length: usize },
    /// Framing is lost for good.
    Lost,
}

impl Framer {
    /// For a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: BytesMut::new(), state: State::Head { searched: 0 } }
    }

    /// Takes bytes as they came. Drain [`next`](Self::next) after each; what a failed framer gets is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state != State::Lost {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether it is between two messages: nothing of the next one has come but line ends, of which a pong
    /// is one (RFC 5626 §3.5.1).
    pub fn is_between(&self) -> bool {
        self.buffer.len() < 4 && self.buffer.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// Takes out a single line end before the next message: for who sent a ping, its pong (RFC 5626 §3.5.1). Two
    /// are a ping of the peer's and stay.
    pub fn take_line_end(&mut self) -> bool {
        let is_single = self.state == State::Head { searched: 0 }
            && self.buffer.starts_with(b"\r\n")
            && !self.buffer[2..].starts_with(b"\r");
        if is_single {
            self.buffer.advance(2);
        }
        is_single
    }

    /// The next frame, if a whole one is there.
    ///
    /// # Errors
    /// The peer's fault: Content-Length is missing or bad, lines are malformed, or a limit is passed. Where the next
    /// message starts is then unknown: answer if the error says so, and close the connection.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends would be wrong: more bytes may come"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, ParseError> {
        loop {
            match self.state {
                State::Lost => return Ok(None),
                State::Body { length } if self.buffer.len() < length => return Ok(None),
                State::Body { length } => return Ok(Some(Frame::Message(self.cut(length)))),
                State::Head { searched } => match self.head(searched)? {
                    Step::Again => {}
                    Step::Wait => return Ok(None),
                    Step::KeepAlive => return Ok(Some(Frame::KeepAlive)),
                },
            }
        }
    }

    /// Takes a message out. It gets bytes of its own: one that is kept must not hold what came with it.
    fn cut(&mut self, length: usize) -> Bytes {
        self.state = State::Head { searched: 0 };
        let message = Bytes::copy_from_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        if self.buffer.is_empty() && self.buffer.capacity() > IDLE_MAX {
            self.buffer = BytesMut::new();
        }
        message
    }

    fn head(&mut self, searched: usize) -> Result<Step, ParseError> {
        if searched == 0 {
            match *self.buffer {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.buffer.advance(4);
                    return Ok(Step::KeepAlive);
                }
                [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Ok(Step::Wait),
                // A pong, or a line end between messages (RFC 3261 §7.5).
                [b'\r', b'\n', ..] => {
                    self.buffer.advance(2);
                    return Ok(Step::Again);
                }
                _ => {}
            }
        }
        // The end may straddle what was searched before.
        let from = searched.saturating_sub(3);
        let Some(at) = memmem::find(&self.buffer[from..], b"\r\n\r\n") else {
            self.state = State::Head { searched: self.buffer.len() };
            return if self.buffer.len() > usize::from(self.limits.message) {
                Err(self.lose())
            } else {
                Ok(Step::Wait)
            };
        };
        self.length(from + at + 4)
    }

    /// Reads how long the message is whose head has `end` bytes.
    fn length(&mut self, end: usize) -> Result<Step, ParseError> {
        let raw = Bytes::copy_from_slice(&self.buffer[..end]);
        let (head, fault) = Head::scan(raw, &self.limits);
        let length = match (fault, head.content_length()) {
            (Some(fault), _) | (None, Err(fault)) => Err(fault),
            (None, Ok(None)) => Err(Fault::PeerContentLength),
            (None, Ok(Some(length))) => {
                let whole = end.saturating_add(length as usize);
                if whole > usize::from(self.limits.message) { Err(Fault::LimitMessage) } else { Ok(whole) }
            }
        };
        match length {
            Ok(length) => {
                self.state = State::Body { length };
                Ok(Step::Again)
            }
            Err(fault) => {
                self.state = State::Lost;
                self.buffer = BytesMut::new();
                Err(ParseError::new(head, fault))
            }
        }
    }

    /// Gives up on a head that doesn't end.
    fn lose(&mut self) -> ParseError {
        self.state = State::Lost;
        let raw = std::mem::take(&mut self.buffer).freeze();
        ParseError::new(Head::scan(raw, &self.limits).0, Fault::LimitMessage)
    }
}

enum Step {
    Again,
    Wait,
    KeepAlive,
}
