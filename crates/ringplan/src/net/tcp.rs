//! SIP over TCP (RFC 3261 §18, RFC 5626 §3.5.1): one task a connection on the runtime.
//!
//! A task frames what its peer sends and writes what the switch says. A peer we have never answered with
//! a 2xx is a *stranger*: strangers get little time and few connections (RELIABILITY P6), so that silent
//! or dripping clients never crowd out a phone.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use b2bua::switch::{FlowEvent, Input, OpenId};
use bytes::{Bytes, BytesMut};
use sip::{
    flow::{Flow, Transport},
    message::Limits as MessageLimits,
    message::stream::{Frame, Framer},
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::signalling::Arrivals;

/// How often the kernel asks a silent peer whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// Room made before each read.
const READ: usize = 4 << 10;

/// Bounds of the streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections of strangers in all; the oldest makes room.
    strangers: usize,
    /// Connections of strangers from one source (an IPv4 address or an IPv6 /64).
    strangers_per_source: u32,
    /// Until a stranger's first whole message.
    first_message: Duration,
    /// Between two bytes inside a message.
    inside_message: Duration,
    /// Between two messages of a stranger.
    stranger_idle: Duration,
    /// To connect, and to get rid of what we have to say.
    patience: Duration,
    /// After a message that can't be framed: for what was asked before it to be answered, and then for the
    /// peer to read that.
    parting: Duration,
    /// Messages waiting to be written; a peer that reads slower is given up.
    unwritten: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            strangers: 1_000,
            strangers_per_source: 20,
            first_message: Duration::from_secs(10),
            inside_message: Duration::from_secs(30),
            stranger_idle: Duration::from_secs(32),
            patience: Duration::from_secs(4),
            parting: Duration::from_secs(1),
            unwritten: 256,
        }
    }
}

/// All connections of the process. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    limits: Limits,
    arrivals: Arrivals,
    last: Arc<AtomicU32>,
    strangers: Arc<Mutex<Strangers>>,
}

/// The connections of peers that have not shown who they are.
#[derive(Debug, Default)]
struct Strangers {
    by_age: BTreeMap<u32, Stranger>,
    by_source: HashMap<IpAddr, u32>,
}

#[derive(Debug)]
struct Stranger {
    source: IpAddr,
    evict: Arc<Notify>,
}

/// What the signalling thread keeps of a connection: the way to write on it. Dropping it closes the
/// connection after what was sent.
#[derive(Debug)]
pub(crate) struct Pen(mpsc::Sender<Bytes>);

impl Pen {
    /// Writes one message, in order. False when the peer does not read, or is gone.
    pub(crate) fn write(&self, bytes: Bytes) -> bool {
        self.0.try_send(bytes).is_ok()
    }
}

impl Streams {
    /// No connection yet.
    pub(crate) fn new(limits: Limits, arrivals: Arrivals) -> Self {
        Self { limits, arrivals, last: Arc::default(), strangers: Arc::default() }
    }

    /// Accepts connections until the process ends.
    pub(crate) async fn accept(self, listener: TcpListener) {
        let Ok(local) = listener.local_addr() else { return };
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => self.admit(stream, local, remote),
                // Out of file descriptors, mostly: what closes meanwhile gives some back.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn admit(&self, stream: TcpStream, local: SocketAddr, remote: SocketAddr) {
        let Some(connection) = self.next_id() else { return };
        let Some(evict) = self.strangers().admit(connection, source(remote.ip()), &self.limits) else {
            return;
        };
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        let (pen, paper) = mpsc::channel(self.limits.unwritten);
        let task = Connection { stream, flow, paper, streams: self.clone(), stranger: true, owed: 0, evict };
        tokio::spawn(async move {
            task.streams.arrivals.joined(flow, Pen(pen)).await;
            task.run().await;
        });
    }

    /// Connects to `remote` for the switch. We chose this peer, so it is no stranger.
    pub(crate) async fn open(self, id: OpenId, remote: SocketAddr) {
        let outcome = match timeout(self.limits.patience, TcpStream::connect(remote)).await {
            Ok(connected) => connected.and_then(|stream| Ok((stream.local_addr()?, stream))),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let (local, stream) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return self.failed(id, &error).await,
        };
        let Some(connection) = self.next_id() else { return };
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        let (pen, paper) = mpsc::channel(self.limits.unwritten);
        self.arrivals.joined(flow, Pen(pen)).await;
        self.arrivals.input(Input::Flow(FlowEvent::Opened(id, flow))).await;
        let evict = Arc::default();
        Connection { stream, flow, paper, streams: self, stranger: false, owed: 0, evict }.run().await;
    }

    async fn failed(&self, id: OpenId, error: &io::Error) {
        self.arrivals.input(Input::Flow(FlowEvent::Failed(id, error.to_string().into()))).await;
    }

    /// A number no connection of this process ever had; `None` once all four billion are used up.
    fn next_id(&self) -> Option<u32> {
        let next = |last: u32| last.checked_add(1);
        self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok().map(|last| last + 1)
    }

    fn strangers(&self) -> MutexGuard<'_, Strangers> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strangers {
    /// Adds a stranger, at the cost of the oldest one if there are too many; refuses a source with its fill.
    fn admit(&mut self, connection: u32, source: IpAddr, limits: &Limits) -> Option<Arc<Notify>> {
        if self.by_source.get(&source).is_some_and(|count| *count >= limits.strangers_per_source) {
            return None;
        }
        if self.by_age.len() >= limits.strangers
            && let Some((oldest, _)) = self.by_age.first_key_value()
        {
            let oldest = *oldest;
            if let Some(stranger) = self.remove(oldest) {
                stranger.evict.notify_one();
            }
        }
        *self.by_source.entry(source).or_default() += 1;
        let evict = Arc::new(Notify::new());
        self.by_age.insert(connection, Stranger { source, evict: Arc::clone(&evict) });
        Some(evict)
    }

    fn remove(&mut self, connection: u32) -> Option<Stranger> {
        let stranger = self.by_age.remove(&connection)?;
        if let Some(count) = self.by_source.get_mut(&stranger.source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&stranger.source);
            }
        }
        Some(stranger)
    }
}

/// What counts as one source: an IPv4 address, or the /64 an IPv6 host may roam in.
fn source(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// One connection, in its task.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    flow: Flow,
    paper: mpsc::Receiver<Bytes>,
    streams: Streams,
    stranger: bool,
    /// Requests that have no final response yet.
    owed: u32,
    evict: Arc<Notify>,
}

/// The connection is over: closed by either side, too slow, or out of step.
#[derive(Clone, Copy, Debug)]
struct Ended;

impl Connection {
    async fn run(mut self) {
        // Best effort: without them it is slower to send and to notice a peer that vanished.
        let _ = self.stream.set_nodelay(true);
        let _ = SockRef::from(&self.stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        let Err(Ended) = self.converse().await;
        self.streams.strangers().remove(self.flow.connection);
        let _ = timeout(self.streams.limits.patience, self.stream.shutdown()).await;
        self.streams.arrivals.left(self.flow).await;
    }

    async fn converse(&mut self) -> Result<Infallible, Ended> {
        let mut framer = Framer::new(MessageLimits::default());
        let mut bytes = BytesMut::new();
        let mut deadline = self.stranger.then(|| Instant::now() + self.streams.limits.first_message);
        loop {
            bytes.reserve(READ);
            tokio::select! {
                read = self.stream.read_buf(&mut bytes) => {
                    if !matches!(read, Ok(1..)) {
                        return Err(Ended);
                    }
                    framer.push(&bytes);
                    bytes.clear();
                    if self.frames(&mut framer).await? || !self.stranger {
                        deadline = self.next_deadline(&framer);
                    }
                }
                written = self.paper.recv() => self.write(&written.ok_or(Ended)?).await?,
                () = passed(deadline) => return Err(Ended),
                () = self.evict.notified() => return Err(Ended),
            }
        }
    }

    /// Hands on every whole message; true if there was one.
    async fn frames(&mut self, framer: &mut Framer) -> Result<bool, Ended> {
        let mut any = false;
        loop {
            match framer.next() {
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
                () = self.evict.notified() => return Err(Ended),
            }
        }
        Ok(())
    }

    /// Lets the peer read the last words: a socket closed on bytes nobody read is reset, and they with it.
    async fn part(&mut self) {
        let unread = async {
            self.stream.shutdown().await?;
            let mut bytes = BytesMut::with_capacity(READ);
            while self.stream.read_buf(&mut bytes).await? > 0 {
                bytes.clear();
            }
            io::Result::Ok(())
        };
        let _ = timeout(self.streams.limits.parting, unread).await;
    }

    fn next_deadline(&self, framer: &Framer) -> Option<Instant> {
        let limits = &self.streams.limits;
        let idle = self.stranger.then_some(limits.stranger_idle);
        let time = if framer.is_empty() { idle } else { Some(limits.inside_message) };
        time.map(|time| Instant::now() + time)
    }

    /// Writes one message. Who got a 2xx from us has shown who it is: it is no stranger any more.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if self.stranger && bytes.starts_with(b"SIP/2.0 2") {
            self.stranger = false;
            self.streams.strangers().remove(self.flow.connection);
        }
        if bytes.starts_with(b"SIP/2.0 ") && !bytes.starts_with(b"SIP/2.0 1") {
            self.owed = self.owed.saturating_sub(1);
        }
        match timeout(self.streams.limits.patience, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }
}

/// Whether a message wants a response.
fn asks(message: &[u8]) -> bool {
    !message.starts_with(b"SIP/2.0 ") && !message.starts_with(b"ACK ")
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
    use super::*;

    const LIMITS: Limits = Limits {
        strangers: 3,
        strangers_per_source: 2,
        first_message: Duration::ZERO,
        inside_message: Duration::ZERO,
        stranger_idle: Duration::ZERO,
        patience: Duration::ZERO,
        parting: Duration::ZERO,
        unwritten: 1,
    };

    fn from(host: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, host])
    }

    #[test]
    fn a_source_with_its_fill_of_strangers_is_refused() {
        let mut strangers = Strangers::default();
        assert!(strangers.admit(1, from(1), &LIMITS).is_some());
        assert!(strangers.admit(2, from(1), &LIMITS).is_some());
        assert!(strangers.admit(3, from(1), &LIMITS).is_none());
        strangers.remove(1);
        assert!(strangers.admit(4, from(1), &LIMITS).is_some());
    }

    #[test]
    fn the_oldest_stranger_makes_room_for_a_new_one() {
        let mut strangers = Strangers::default();
        for connection in 1..=4 {
            assert!(strangers.admit(connection, from(u8::try_from(connection).unwrap()), &LIMITS).is_some());
        }
        assert_eq!(strangers.by_age.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(strangers.by_source.len(), 3);
    }

    #[test]
    fn an_ipv6_source_is_its_64() {
        let one = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        let other = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert_eq!(source(one), source(other));
        assert_ne!(source(one), source("2001:db8:1:3::1".parse().unwrap()));
    }
}
