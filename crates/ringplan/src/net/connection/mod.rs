//! One connection, whatever carries its bytes: cuts what the peer sends into messages, writes what the
//! switch says, keeps the time of both (RFC 3261 §18.3, RFC 5626 §4.4.1, RELIABILITY P2 and P6).
//!
//! A stranger's messages are taken at a stranger's rate: what comes faster stays in the kernel, whose window closes.

mod keepalive;

use std::{convert::Infallible, future::poll_fn, io, pin::Pin, sync::Arc, task::ready};

use b2bua::switch::Input;
use bytes::{Bytes, BytesMut};
use sip::{
    flow::Flow,
    message::stream::{Frame, Framer},
    message::{Limits as MessageLimits, ParseError},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::{Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};

use self::keepalive::{KeepAlive, Next};
use super::streams::Streams;

/// Read at a time.
const READ: usize = 4 << 10;

/// What carries bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Who is at the other end.
#[derive(Debug)]
pub(super) enum Peer {
    /// Somebody who came and has not shown who it is; to be told when it has to make room.
    Stranger(Arc<Notify>),
    /// Somebody who came and was taken in.
    Known,
    /// Somebody to whom we connected.
    Chosen,
}

/// One connection, in its task.
#[derive(Debug)]
pub(super) struct Connection<'s, S> {
    stream: S,
    flow: Flow,
    paper: mpsc::Receiver<Bytes>,
    streams: &'s Streams,
    framer: Framer,
    peer: Peer,
    /// Requests that have no final response yet.
    owed: u32,
    keep_alive: KeepAlive,
    /// What a stranger sent ahead of its turn, and when that is. Until then nothing is read, so it has to wait.
    early: Option<(Instant, Frame)>,
}

/// The connection is over: closed by either side, too slow, or out of step.
#[derive(Clone, Copy, Debug)]
struct Ended;

/// What a connection waits for.
enum Event {
    /// So many bytes came.
    Read(io::Result<usize>),
    /// The switch has something to say, or nothing ever again.
    Write(Option<Bytes>),
    /// The peer's time is up.
    TooLate,
    /// A ping is due, or its answer.
    Ping,
    /// What came early has its turn.
    Turn,
    /// An older stranger has to go.
    Evicted,
}

impl<'s, S: Stream> Connection<'s, S> {
    pub(super) fn new(
        stream: S,
        flow: Flow,
        paper: mpsc::Receiver<Bytes>,
        streams: &'s Streams,
        peer: Peer,
    ) -> Self {
        Self {
            stream,
            flow,
            paper,
            streams,
            framer: Framer::new(MessageLimits::default()),
            peer,
            owed: 0,
            keep_alive: KeepAlive::new(flow.connection, Instant::now()),
            early: None,
        }
    }

    /// Carries the connection to its end.
    pub(super) async fn run(mut self) {
        let Err(Ended) = self.converse().await;
        self.streams.strangers().remove(self.flow.connection);
        let _ = timeout(self.streams.limits.patience, self.stream.shutdown()).await;
    }

    async fn converse(&mut self) -> Result<Infallible, Ended> {
        let first = self.streams.limits.first_message;
        let mut deadline = self.is_stranger().then(|| Instant::now() + first);
        loop {
            match self.event(deadline).await {
                Event::Read(Ok(1..)) => {
                    if self.frames().await? || !self.is_stranger() {
                        deadline = self.next_deadline();
                    }
                }
                Event::Turn => {
                    self.take_early().await?;
                    self.frames().await?;
                    deadline = self.next_deadline();
                }
                Event::Write(Some(bytes)) => {
                    let was_stranger = self.is_stranger();
                    self.write(&bytes).await?;
                    if was_stranger && !self.is_stranger() {
                        deadline = self.next_deadline();
                    }
                }
                Event::Ping => self.ping().await?,
                Event::Read(Ok(0) | Err(_)) | Event::Write(None) | Event::TooLate | Event::Evicted => {
                    return Err(Ended);
                }
            }
        }
    }

    async fn event(&mut self, deadline: Option<Instant>) -> Event {
        if let Some((turn, _)) = self.early {
            return tokio::select! {
                bytes = self.paper.recv() => Event::Write(bytes),
                () = sleep_until(turn) => Event::Turn,
                () = evicted(&self.peer) => Event::Evicted,
            };
        }
        let (is_chosen, ping) = (matches!(self.peer, Peer::Chosen), self.keep_alive.at());
        tokio::select! {
            read = read(&mut self.stream, &mut self.framer) => Event::Read(read),
            bytes = self.paper.recv() => Event::Write(bytes),
            () = passed(deadline) => Event::TooLate,
            () = passed(is_chosen.then_some(ping)) => Event::Ping,
            () = evicted(&self.peer) => Event::Evicted,
        }
    }

    async fn ping(&mut self) -> Result<(), Ended> {
        match self.keep_alive.next(Instant::now()) {
            Next::Ping => {
                // A line end from before answers nothing.
                self.framer.take_line_end();
                self.write(b"\r\n\r\n").await
            }
            Next::Wait => Ok(()),
            Next::Close => Err(Ended),
        }
    }

    /// Takes every whole frame until one is early; true if there was a message.
    async fn frames(&mut self) -> Result<bool, Ended> {
        let mut any = false;
        loop {
            if self.keep_alive.is_asking() && self.framer.take_line_end() {
                self.keep_alive.answered(Instant::now());
            }
            match self.framer.next() {
                Ok(Some(frame)) => {
                    if let Some(turn) = self.turn() {
                        self.early = Some((turn, frame));
                        return Ok(any);
                    }
                    any |= self.take(frame).await?;
                }
                Ok(None) => {
                    if !self.framer.is_between() {
                        self.keep_alive.speaks(Instant::now());
                    }
                    return Ok(any);
                }
                Err(error) => return Err(self.lost(&error).await?),
            }
        }
    }

    /// When what a stranger sent is to be taken, if that is not now.
    fn turn(&self) -> Option<Instant> {
        let now = Instant::now();
        let turn = || self.streams.strangers().message_turn(self.flow.remote.ip(), now);
        self.is_stranger().then(turn).filter(|turn| *turn > now)
    }

    async fn take_early(&mut self) -> Result<(), Ended> {
        if let Some((_, frame)) = self.early.take() {
            self.take(frame).await?;
        }
        Ok(())
    }

    /// Hands on a message, answers a ping; true for a message.
    async fn take(&mut self, frame: Frame) -> Result<bool, Ended> {
        match frame {
            Frame::Message(bytes) => {
                self.owed = self.owed.saturating_add(u32::from(asks(&bytes)));
                let input = Input::Datagram { flow: self.flow, bytes };
                self.streams.arrivals.input(input).await;
                Ok(true)
            }
            Frame::KeepAlive => self.write(b"\r\n").await.map(|()| false),
        }
    }

    /// Takes leave of a peer whose messages can't be told from each other any more.
    async fn lost(&mut self, error: &ParseError) -> Result<Ended, Ended> {
        self.answer_rest().await?;
        let tag = format!("{:x}", self.flow.connection);
        if let Some(reply) = error.respond(&mut BytesMut::new(), self.flow.remote, &tag) {
            self.write(&reply).await?;
        }
        self.part().await;
        Ok(Ended)
    }

    /// Writes the answers to what was asked before framing was lost; what takes longer is not waited for.
    async fn answer_rest(&mut self) -> Result<(), Ended> {
        let deadline = Instant::now() + self.streams.limits.parting;
        while self.owed > 0 {
            tokio::select! {
                written = self.paper.recv() => self.write(&written.ok_or(Ended)?).await?,
                () = sleep_until(deadline) => return Ok(()),
                () = evicted(&self.peer) => return Err(Ended),
            }
        }
        Ok(())
    }

    /// Lets the peer read the last words: a socket closed on bytes nobody read is reset, and they with it.
    async fn part(&mut self) {
        let mut nowhere = Framer::new(MessageLimits::default());
        let unread = async {
            self.stream.shutdown().await?;
            while read(&mut self.stream, &mut nowhere).await? > 0 {
                nowhere = Framer::new(MessageLimits::default());
            }
            io::Result::Ok(())
        };
        let _ = timeout(self.streams.limits.parting, unread).await;
    }

    fn next_deadline(&self) -> Option<Instant> {
        let limits = &self.streams.limits;
        let idle = self.is_stranger().then_some(limits.stranger_idle);
        let time = if self.framer.is_between() { idle } else { Some(limits.inside_message) };
        time.map(|time| Instant::now() + time)
    }

    const fn is_stranger(&self) -> bool {
        matches!(self.peer, Peer::Stranger(_))
    }

    /// Writes one message.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if self.is_stranger() && is_welcome(bytes) {
            self.peer = Peer::Known;
            self.streams.strangers().welcome(self.flow.connection, Instant::now());
        }
        if bytes.starts_with(b"SIP/2.0 ") && !bytes.starts_with(b"SIP/2.0 1") {
            self.owed = self.owed.saturating_sub(1);
        }
        let written = async {
            self.stream.write_all(bytes).await?;
            // TLS may have taken more than the socket did.
            self.stream.flush().await
        };
        match timeout(self.streams.limits.patience, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }
}

/// Reads what is there into `framer`, over room that no waiting connection keeps.
async fn read(stream: &mut impl Stream, framer: &mut Framer) -> io::Result<usize> {
    poll_fn(|context| {
        let mut room = [0; READ];
        let mut buffer = ReadBuf::new(&mut room);
        ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
        framer.push(buffer.filled());
        std::task::Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}

/// Whether a message wants a response.
fn asks(message: &[u8]) -> bool {
    !message.starts_with(b"SIP/2.0 ") && !message.starts_with(b"ACK ")
}

/// Whether a message of ours shows that its receiver has shown who it is: strangers hear of challenges and
/// refusals alone (RELIABILITY P8). A carrier whose call rings for a minute has no 2xx yet.
fn is_welcome(message: &[u8]) -> bool {
    message.starts_with(b"SIP/2.0 1") || message.starts_with(b"SIP/2.0 2")
}

/// Waits until a stranger has to make room, for ever for anybody else.
async fn evicted(peer: &Peer) {
    match peer {
        Peer::Stranger(evict) => evict.notified().await,
        Peer::Known | Peer::Chosen => std::future::pending().await,
    }
}

/// Waits until `deadline`, for ever if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
