//! One connection, whatever carries its bytes: cuts what the peer sends into messages, writes what the
//! switch says, keeps the time of both (RFC 3261 §18.3, RFC 5626 §4.4.1, RELIABILITY P2 and P6).

use std::{convert::Infallible, future::poll_fn, io, pin::Pin, sync::Arc, task::ready, time::Duration};

use b2bua::switch::Input;
use bytes::{Bytes, BytesMut};
use sip::{
    flow::Flow,
    message::Limits as MessageLimits,
    message::stream::{Frame, Framer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::{Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};

use super::streams::Streams;

/// Read at a time.
const READ: usize = 4 << 10;

/// Between two pings of ours (RFC 5626 §4.4.1: 95 to 120 s), by the connection's number so that they spread.
const PING: Duration = Duration::from_secs(95);
const PING_SPREAD: u64 = 25;

/// How soon a peer that answers pings has to answer one (RFC 5626 §4.4.1).
const PONG: Duration = Duration::from_secs(10);

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

/// What is known of the answers to our pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    /// The next is due then.
    Due(Instant),
    /// One is out; a peer that is known to answer has until then.
    Out(Instant),
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
    ping: Ping,
    /// Whether the peer ever answered a ping: one that never does is no worse for it, one that stops is gone.
    answers_pings: bool,
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
            ping: Ping::Due(next_ping(flow)),
            answers_pings: false,
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
                    self.heard();
                    if self.frames().await? || !self.is_stranger() {
                        deadline = self.next_deadline();
                    }
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
        let (is_chosen, ping) = (matches!(self.peer, Peer::Chosen), self.ping.at());
        tokio::select! {
            read = read(&mut self.stream, &mut self.framer) => Event::Read(read),
            bytes = self.paper.recv() => Event::Write(bytes),
            () = passed(deadline) => Event::TooLate,
            () = passed(is_chosen.then_some(ping)) => Event::Ping,
            () = evicted(&self.peer) => Event::Evicted,
        }
    }

    /// Whatever came shows that the peer lives. A lone line end between messages is the answer to a ping.
    fn heard(&mut self) {
        if let Ping::Out(_) = self.ping {
            self.answers_pings |= self.framer.is_between();
            self.ping = Ping::Due(next_ping(self.flow));
        }
    }

    /// Sends the ping that is due; ends with a peer that always answered and does not any more.
    async fn ping(&mut self) -> Result<(), Ended> {
        match self.ping {
            Ping::Due(_) => {
                self.ping = Ping::Out(Instant::now() + PONG);
                self.write(b"\r\n\r\n").await
            }
            Ping::Out(_) if self.answers_pings => Err(Ended),
            Ping::Out(_) => {
                self.ping = Ping::Due(next_ping(self.flow));
                Ok(())
            }
        }
    }

    /// Hands on every whole message; true if there was one.
    async fn frames(&mut self) -> Result<bool, Ended> {
        let mut any = false;
        loop {
            match self.framer.next() {
                Ok(Some(Frame::Message(bytes))) => {
                    self.owed = self.owed.saturating_add(u32::from(asks(&bytes)));
                    let input = Input::Datagram { flow: self.flow, bytes };
                    self.streams.arrivals.input(input).await;
                    any = true;
                }
                Ok(Some(Frame::KeepAlive)) => self.write(b"\r\n").await?,
                Ok(None) => return Ok(any),
                Err(error) => {
                    self.answer_rest().await?;
                    let tag = format!("{:x}", self.flow.connection);
                    if let Some(reply) = error.respond(&mut BytesMut::new(), self.flow.remote, &tag) {
                        self.write(&reply).await?;
                    }
                    self.part().await;
                    return Err(Ended);
                }
            }
        }
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
            self.streams.strangers().remove(self.flow.connection);
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

impl Ping {
    const fn at(self) -> Instant {
        match self {
            Self::Due(at) | Self::Out(at) => at,
        }
    }
}

fn next_ping(flow: Flow) -> Instant {
    Instant::now() + PING + Duration::from_secs(u64::from(flow.connection) % PING_SPREAD)
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
mod tests {
    use sip::flow::Transport;
    use tokio::{
        io::{AsyncReadExt, DuplexStream, duplex},
        task::JoinHandle,
        time::sleep,
    };

    use super::*;
    use crate::{
        net::{streams::Limits, tls::Tls},
        signalling::Inbox,
    };

    /// A connection in virtual time: its far end, the switch's way to write on it, and its task.
    struct Carried {
        far: DuplexStream,
        pen: mpsc::Sender<Bytes>,
        task: JoinHandle<()>,
        begun: Instant,
    }

    fn carry(peer: Peer) -> Carried {
        let (near, far) = duplex(1 << 16);
        let (pen, paper) = mpsc::channel(16);
        let address = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow { transport: Transport::Tcp, local: address, remote: address, connection: 1 };
        let tls = Tls::new(&callplan::Tls::default()).unwrap();
        let streams = Streams::new(Limits::default(), Inbox::new().unwrap().arrivals(), tls);
        let task =
            tokio::spawn(async move { Connection::new(near, flow, paper, &streams, peer).run().await });
        Carried { far, pen, task, begun: Instant::now() }
    }

    fn stranger() -> Peer {
        Peer::Stranger(Arc::default())
    }

    impl Carried {
        /// In whole seconds, how long it was.
        async fn lasted(self) -> u64 {
            let Self { far, pen, task, begun } = self;
            task.await.unwrap();
            drop((far, pen));
            begun.elapsed().as_secs()
        }

        /// The next four bytes have to be a ping.
        async fn is_pinged(&mut self) {
            let mut ping = [0; 4];
            self.far.read_exact(&mut ping).await.unwrap();
            assert_eq!(&ping, b"\r\n\r\n");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_stranger_has_ten_seconds() {
        assert_eq!(carry(stranger()).lasted().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dripping_stranger_has_no_more() {
        let mut carried = carry(stranger());
        for _ in 0..9 {
            carried.far.write_all(b"I").await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(carried.lasted().await, 10);
    }

    /// Only those we admit hear 1xx and 2xx; a call that rings for minutes is no idle stranger.
    #[tokio::test(start_paused = true)]
    async fn who_was_taken_in_may_be_silent() {
        for line in ["SIP/2.0 180 Ringing\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n"] {
            let carried = carry(stranger());
            carried.pen.send(line.into()).await.unwrap();
            sleep(Duration::from_secs(11)).await;
            // A deadline that was set before runs out once more at most, so look much later too.
            sleep(Duration::from_secs(3_600)).await;
            assert!(!carried.task.is_finished(), "{line}");
        }
        let refused = carry(stranger());
        refused.pen.send("SIP/2.0 401 Unauthorized\r\n\r\n".into()).await.unwrap();
        assert_eq!(refused.lasted().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_once_begun_has_to_go_on() {
        let mut carried = carry(Peer::Known);
        sleep(Duration::from_secs(100)).await;
        carried.far.write_all(b"OPTIONS sip:").await.unwrap();
        sleep(Duration::from_secs(29)).await;
        carried.far.write_all(b"x").await.unwrap();
        assert_eq!(carried.lasted().await, 100 + 29 + 30);
    }

    /// RFC 5626 §4.4.1. A peer that does not know pings, and RFC 3261 §7.5 lets it ignore them, is kept.
    #[tokio::test(start_paused = true)]
    async fn who_stops_to_answer_pings_is_gone() {
        let mut knows = carry(Peer::Chosen);
        knows.is_pinged().await;
        knows.far.write_all(b"\r\n").await.unwrap();
        knows.is_pinged().await;
        let silent = knows.begun.elapsed().as_secs();
        assert_eq!(knows.lasted().await, silent + PONG.as_secs());

        let mut ignores = carry(Peer::Chosen);
        for _ in 0..3 {
            ignores.is_pinged().await;
        }
        sleep(PONG * 2).await;
        assert!(!ignores.task.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_pings_and_is_not_pinged() {
        let mut phone = carry(Peer::Known);
        phone.far.write_all(b"\r\n\r\n").await.unwrap();
        let mut pong = [0; 3];
        assert_eq!(phone.far.read(&mut pong).await.unwrap(), 2);
        let more = timeout(Duration::from_secs(3_600), phone.far.read(&mut pong)).await;
        assert!(more.is_err(), "{more:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_stranger_that_has_to_make_room_goes_at_once() {
        let evict = Arc::new(Notify::new());
        let carried = carry(Peer::Stranger(Arc::clone(&evict)));
        evict.notify_one();
        assert_eq!(carried.lasted().await, 0);
    }
}
