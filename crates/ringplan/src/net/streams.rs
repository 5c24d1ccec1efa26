//! SIP over TCP and TLS (RFC 3261 §18, RFC 5626 §3.5.1): connections accepted and opened, one task each on
//! the runtime.
//!
//! A peer we have only challenged or refused so far is a *stranger*: strangers get little time and few connections
//! (RELIABILITY P6), from the moment the kernel accepts them, before a word of TLS is spoken.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use b2bua::{
    reach::Fault,
    switch::{FlowEvent, Input, OpenId},
};
use bytes::Bytes;
use rustls::CertificateError;
use sip::flow::{Flow, Transport};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_rustls::server::TlsStream;
use tracing::debug;

use super::{
    connection::{Connection, Peer, Stream},
    strangers::Strangers,
    tls::Tls,
};
use crate::signalling::Arrivals;

/// How often the kernel asks a silent peer whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// Bounds of the streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections of strangers in all; the oldest makes room.
    pub(super) strangers: usize,
    /// Connections of strangers from one source (an IPv4 address or an IPv6 /64).
    pub(super) strangers_per_source: u32,
    /// Connections of strangers from one network (an IPv4 /24 or an IPv6 /48).
    pub(super) strangers_per_network: u32,
    /// Until the TLS of a stranger stands, the wait for its turn included.
    pub(super) handshake: Duration,
    /// Until a stranger's first whole message.
    pub(super) first_message: Duration,
    /// Between two bytes inside a message.
    pub(super) inside_message: Duration,
    /// Between two messages of a stranger.
    pub(super) stranger_idle: Duration,
    /// To connect, and to get rid of what we have to say.
    pub(super) patience: Duration,
    /// To connect for a request that could also go as a datagram.
    pub(super) detour: Duration,
    /// After a message that can't be framed: for what was asked before it to be answered, and then for the
    /// peer to read that.
    pub(super) parting: Duration,
    /// Messages waiting to be written; a peer that reads slower is given up.
    pub(super) unwritten: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            strangers: 1_000,
            strangers_per_source: 20,
            strangers_per_network: 200,
            handshake: Duration::from_secs(5),
            first_message: Duration::from_secs(10),
            inside_message: Duration::from_secs(30),
            stranger_idle: Duration::from_secs(32),
            patience: Duration::from_secs(4),
            detour: Duration::from_secs(1),
            parting: Duration::from_secs(1),
            unwritten: 256,
        }
    }
}

/// All connections of the process. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    pub(super) limits: Limits,
    pub(super) arrivals: Arrivals,
    tls: Tls,
    last: Arc<AtomicU32>,
    strangers: Arc<Mutex<Strangers>>,
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
    pub(crate) fn new(limits: Limits, arrivals: Arrivals, tls: Tls) -> Self {
        let strangers = Arc::new(Mutex::new(Strangers::new()));
        Self { limits, arrivals, tls, last: Arc::default(), strangers }
    }

    /// How many messages a second are heard of strangers from now on.
    pub(crate) fn hear(&self, limits: &callplan::Limits) {
        self.strangers().hear(limits.stranger_rate, limits.stranger_network_rate);
    }

    /// Accepts connections on which `transport` is spoken until the process ends.
    pub(crate) async fn accept(self, listener: TcpListener, transport: Transport) {
        let Ok(local) = listener.local_addr() else { return };
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => self.admit(stream, transport, local, remote),
                // Out of file descriptors, mostly: what closes meanwhile gives some back.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn admit(&self, stream: TcpStream, transport: Transport, local: SocketAddr, remote: SocketAddr) {
        let Some(connection) = self.next_id() else { return };
        let Some(evict) = self.strangers().admit(connection, remote.ip(), &self.limits) else { return };
        let flow = Flow { transport, local, remote, connection };
        let streams = self.clone();
        tokio::spawn(async move {
            streams.welcome(stream, flow, evict).await;
            streams.strangers().remove(connection);
        });
    }

    async fn welcome(&self, stream: TcpStream, flow: Flow, evict: Arc<Notify>) {
        prepare(&stream);
        if flow.transport != Transport::Tls {
            return self.converse(stream, flow, Peer::Stranger(evict), None).await;
        }
        let stream = tokio::select! {
            stream = timeout(self.limits.handshake, self.shake_hands(stream, flow)) => stream,
            () = evict.notified() => return,
        };
        match stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => self.converse(stream, flow, Peer::Stranger(evict), None).await,
            Err(error) => debug!("no TLS with {}: {error}", flow.remote),
        }
    }

    /// TLS in its turn. Who says nothing takes none.
    async fn shake_hands(&self, stream: TcpStream, flow: Flow) -> io::Result<TlsStream<TcpStream>> {
        stream.readable().await?;
        let turn = self.strangers().handshake_turn(flow.remote.ip(), Instant::now());
        sleep_until(turn).await;
        self.tls.accept(stream).await
    }

    /// Connects to `remote` for the switch; over TLS it has to prove that it is `host`. We chose this peer, so
    /// it is no stranger.
    pub(crate) async fn open(self, id: OpenId, transport: Transport, remote: SocketAddr, host: Arc<str>) {
        let Some(connection) = self.next_id() else { return };
        let outcome = timeout(self.limits.patience, connect(remote, connection, transport)).await;
        let (flow, stream) = match outcome.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(outcome) => outcome,
            Err(error) => return self.failed(id, unreached(&error)).await,
        };
        if transport != Transport::Tls {
            return self.converse(stream, flow, Peer::Chosen, Some(id)).await;
        }
        let stream = timeout(self.limits.patience, self.tls.connect(stream, &host)).await;
        match stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => self.converse(stream, flow, Peer::Chosen, Some(id)).await,
            Err(error) => {
                debug!("no TLS with {host} ({remote}): {error}");
                self.failed(id, unproved(&error)).await;
            }
        }
    }

    /// What is written with and what it is written on, before there is a connection.
    pub(crate) fn paper(&self) -> (Pen, mpsc::Receiver<Bytes>) {
        let (pen, paper) = mpsc::channel(self.limits.unwritten);
        (Pen(pen), paper)
    }

    /// Connects for what is on `paper` already; over TLS the peer has to prove that it is `host`. What could also go as
    /// a datagram, a detour, soon does.
    pub(crate) async fn open_ahead(
        self,
        flow: Flow,
        host: Option<Arc<str>>,
        is_detour: bool,
        paper: mpsc::Receiver<Bytes>,
    ) {
        let patience = if is_detour { self.limits.detour } else { self.limits.patience };
        let connected = timeout(patience, connect(flow.remote, flow.connection, flow.transport)).await;
        if let Ok(Ok((_, stream))) = connected {
            match host {
                None => Connection::new(stream, flow, paper, &self, Peer::Chosen).run().await,
                Some(host) => match timeout(patience, self.tls.connect(stream, &host)).await {
                    Ok(Ok(stream)) => Connection::new(stream, flow, paper, &self, Peer::Chosen).run().await,
                    Ok(Err(error)) => debug!("no TLS with {host} ({}): {error}", flow.remote),
                    Err(_) => {}
                },
            }
        }
        self.arrivals.left(flow).await;
    }

    /// Announces a connection, carries it, takes leave of it. `asked` is under what name the switch asked for it.
    async fn converse(&self, stream: impl Stream, flow: Flow, peer: Peer, asked: Option<OpenId>) {
        let (pen, paper) = self.paper();
        self.arrivals.joined(flow, pen).await;
        if let Some(id) = asked {
            self.arrivals.input(Input::Flow(FlowEvent::Opened(id, flow))).await;
        }
        Connection::new(stream, flow, paper, self, peer).run().await;
        self.arrivals.left(flow).await;
    }

    async fn failed(&self, id: OpenId, fault: Fault) {
        self.arrivals.input(Input::Flow(FlowEvent::Failed(id, fault))).await;
    }

    /// A number no connection of this process ever had; `None` once all two billion are used up.
    fn next_id(&self) -> Option<u32> {
        // Those with the highest bit are the switch's own to give.
        let next = |last: u32| last.checked_add(1).filter(|next| *next < 1 << 31);
        self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok().map(|last| last + 1)
    }

    pub(super) fn strangers(&self) -> MutexGuard<'_, Strangers> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(remote: SocketAddr, connection: u32, transport: Transport) -> io::Result<(Flow, TcpStream)> {
    let stream = TcpStream::connect(remote).await?;
    prepare(&stream);
    Ok((Flow { transport, local: stream.local_addr()?, remote, connection }, stream))
}

/// What stood in the way of a connection: whatever no peer can cause is ours.
fn unreached(error: &io::Error) -> Fault {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, TimedOut,
    };
    let kind = error.kind();
    if kind == TimedOut {
        Fault::Silent
    } else if matches!(kind, ConnectionRefused | ConnectionReset | ConnectionAborted) {
        Fault::Refused
    } else if matches!(kind, HostUnreachable | NetworkUnreachable) {
        Fault::NoRoute
    } else {
        Fault::System
    }
}

/// What stood in the way of TLS on a connection. Who has none hangs up on the first words of it.
fn unproved(error: &io::Error) -> Fault {
    let tls = error.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>());
    match (tls, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(why)), _) => of_certificate(why),
        (None, io::ErrorKind::TimedOut) => Fault::Silent,
        (Some(_) | None, _) => Fault::NoTls,
    }
}

fn of_certificate(why: &CertificateError) -> Fault {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    if matches!(why, NotValidForName | NotValidForNameContext { .. }) {
        Fault::OtherName
    } else if matches!(why, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }) {
        Fault::Expired
    } else if matches!(why, UnknownIssuer | BadSignature) {
        Fault::UnknownAuthority
    } else {
        Fault::NoTls
    }
}

/// Best effort: without these it is slower to send and to notice a peer that vanished.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is_goes_by_what_the_system_says() {
        use nix::errno::Errno::{
            EACCES, EADDRNOTAVAIL, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EMFILE, ENETUNREACH, ENFILE,
            EPERM, ETIMEDOUT,
        };
        for (errors, fault) in [
            (&[ECONNREFUSED, ECONNRESET][..], Fault::Refused),
            (&[EHOSTUNREACH, ENETUNREACH], Fault::NoRoute),
            (&[ETIMEDOUT], Fault::Silent),
            (&[EMFILE, ENFILE, EADDRNOTAVAIL, EPERM, EACCES], Fault::System),
        ] {
            for error in errors {
                assert_eq!(unreached(&io::Error::from_raw_os_error(*error as i32)), fault, "{error}");
            }
        }
        assert_eq!(unproved(&io::Error::from_raw_os_error(ECONNRESET as i32)), Fault::NoTls);
        assert_eq!(unproved(&io::ErrorKind::TimedOut.into()), Fault::Silent);
        let other = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        assert_eq!(unproved(&io::Error::other(other)), Fault::OtherName);
    }
}
