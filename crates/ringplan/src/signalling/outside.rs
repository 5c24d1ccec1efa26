//! Carries out what the switch asks: sends at once, hands the rest to the thread whose work it is.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};

use b2bua::{
    reach::Fault,
    switch::{Control, FlowEvent, Input, Log, NotPlaced, OpenId, Output},
};
use bytes::Bytes;
use media::{
    control::{Reply, Request},
    thread::{Handle as MediaThread, Receiver},
};
use sip::flow::{Flow, Transport};
use store::{CallId, sqlite::Handle as Store};
use tokio::{runtime::Handle as Runtime, sync::oneshot};
use tracing::{info, warn};

use super::Inbox;
use crate::{
    net::{
        batch::Outgoing,
        dns::Resolver,
        streams::{Pen, Streams},
        udp::Udp,
    },
    vouch::Judge,
};

/// What is still to be written at the end has so long.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Everything the signalling thread can reach.
#[derive(Debug)]
pub(crate) struct Outside {
    /// Sockets it reads and writes itself, with what is about to leave by each.
    pub(crate) sockets: Vec<Outgoing>,
    /// Where connections are made.
    pub(crate) streams: Streams,
    /// Where names are looked up.
    pub(crate) resolver: Resolver,
    /// Where it is judged who vouches for callers.
    pub(crate) judge: Judge,
    /// Where both run.
    pub(crate) runtime: Runtime,
    /// The writer of the database.
    pub(crate) store: Store,
    /// Media threads, by number.
    pub(crate) media: Vec<MediaLink>,
    /// Where answers go that need no other thread.
    pub(crate) inbox: Inbox,
    /// How to write on each connection.
    pub(crate) pens: HashMap<u32, Pen>,
    /// Who asked for the call that is being placed.
    pub(crate) asker: Option<oneshot::Sender<Result<CallId, NotPlaced>>>,
}

/// A media thread, and what it was not asked yet or had no room for. That is bounded by what the switch may have open.
#[derive(Debug)]
pub(crate) struct MediaLink {
    thread: MediaThread,
    waiting: VecDeque<Request>,
}

/// Whether the switch has nothing left to drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Out,
    Drained,
}

impl Outside {
    /// Sockets the thread reads itself.
    pub(super) fn sockets(&self) -> impl Iterator<Item = &Udp> {
        self.sockets.iter().map(Outgoing::socket)
    }

    /// One of them.
    pub(super) fn socket(&self, index: usize) -> &Udp {
        self.sockets[index].socket()
    }

    /// Sends what gathered since the last time, and says how many datagrams that were; called once an event was worked
    /// off. Media threads hear first: what is sent may bring packets at once.
    pub(super) fn send_all(&mut self) -> usize {
        self.retry();
        let mut count = 0;
        for outgoing in &mut self.sockets {
            let local = outgoing.socket().local();
            // No route, no such network: the transaction need not wait for its timer (RFC 3261 §18.4).
            count += outgoing.send(|remote| {
                let flow = Flow { transport: Transport::Udp, local, remote, connection: 0 };
                answer(&self.inbox, Input::Flow(FlowEvent::Closed(flow)));
            });
        }
        count
    }

    /// What each media thread says.
    pub(super) fn media(&self) -> impl Iterator<Item = &Receiver<Reply>> {
        self.media.iter().map(|link| link.thread.replies())
    }

    /// What one media thread says.
    pub(super) fn media_thread(&self, thread: u8) -> &Receiver<Reply> {
        self.media[usize::from(thread)].thread.replies()
    }

    /// A connection came up.
    pub(super) fn joined(&mut self, flow: Flow, pen: Pen) {
        self.pens.insert(flow.connection, pen);
    }

    /// A connection went down.
    pub(super) fn left(&mut self, flow: Flow) {
        self.pens.remove(&flow.connection);
    }

    /// Takes from an order what is not the switch's alone: how fast strangers may speak on streams.
    pub(super) fn heed(&self, order: &Control) {
        if let Control::Apply(site) = order {
            self.streams.hear(&site.limits);
        }
    }

    /// Somebody asks for a call, and is told by what the switch says next of one.
    pub(super) fn waits(&mut self, asker: oneshot::Sender<Result<CallId, NotPlaced>>) {
        self.asker = Some(asker);
    }

    /// Asks media threads what waits; whether some still does.
    pub(super) fn retry(&mut self) -> bool {
        let waiting = self.media.iter_mut().filter_map(|link| link.retry().then_some(()));
        waiting.count() > 0
    }

    /// Ends the threads that only this one uses: media, so that recordings are whole, then the database.
    pub(super) fn close(self) {
        self.media.into_iter().for_each(|link| link.thread.stop());
        let unwritten = self.store.close(LAST_WRITES);
        if unwritten > 0 {
            warn!("{unwritten} rows could not be written to the database");
        }
    }

    /// Does one thing the switch asks for.
    pub(super) fn carry_out(&mut self, output: Output) -> Carried {
        match output {
            Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
            Output::Open { id, transport, remote, host } => self.open(id, transport, remote, host),
            Output::OpenAhead { flow, host, is_detour } => self.open_ahead(flow, host, is_detour),
            Output::Close(flow) => self.left(flow),
            Output::Store(request) => self.store.send(request),
            Output::Media { thread, request } => self.media[usize::from(thread)].ask(request),
            Output::Resolve { question, destination } => {
                self.runtime.spawn(self.resolver.clone().resolve(question, destination));
            }
            Output::Verify(verify) => drop(self.runtime.spawn(self.judge.clone().judge(verify))),
            Output::Discard { path, then } => self.discard(path, then),
            Output::Originated(placed) => {
                // Who asked may have gone.
                self.asker.take().map(|asker| asker.send(placed));
            }
            Output::Drained => return Carried::Drained,
            Output::Log(Log::Info(line)) => info!("{line}"),
            Output::Log(Log::Warn(line)) => warn!("{line}"),
        }
        Carried::Out
    }

    /// Deletes a file, and has its row go once it is gone for good: a file that came back after a loss of power would be
    /// one of nobody's. A disk may take its time, so not on this thread; a file that stays keeps its row.
    fn discard(&self, path: Arc<Path>, then: Option<store::Request>) {
        let store = self.store.sender();
        self.runtime.spawn_blocking(move || match delete(&path) {
            Err(error) => warn!("{} can't be deleted: {error}", path.display()),
            Ok(()) => then.into_iter().for_each(|request| store.send(request)),
        });
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        if flow.transport == Transport::Udp {
            let is_its = |outgoing: &&mut Outgoing| outgoing.socket().local() == flow.local;
            if let Some(outgoing) = self.sockets.iter_mut().find(is_its) {
                outgoing.push(bytes, flow.remote);
            }
            return;
        }
        match self.pens.get(&flow.connection) {
            Some(pen) if pen.write(bytes) => {}
            // It reads too slowly or is gone: without a pen its task ends, and that is reported.
            Some(_) => drop(self.pens.remove(&flow.connection)),
            // It ended a while ago: who sent this need not wait for an answer (RFC 3261 §18.4).
            None => self.answer(Input::Flow(FlowEvent::Closed(flow))),
        }
    }

    fn open(&self, id: OpenId, transport: Transport, remote: SocketAddr, host: Arc<str>) {
        if matches!(transport, Transport::Tcp | Transport::Tls) {
            self.runtime.spawn(self.streams.clone().open(id, transport, remote, host));
        } else {
            // Nothing is opened for datagrams.
            self.answer(Input::Flow(FlowEvent::Failed(id, Fault::NoRoute)));
        }
    }

    fn open_ahead(&mut self, flow: Flow, host: Option<Arc<str>>, is_detour: bool) {
        let (pen, paper) = self.streams.paper();
        self.pens.insert(flow.connection, pen);
        self.runtime.spawn(self.streams.clone().open_ahead(flow, host, is_detour, paper));
    }

    /// Answers the switch in its next round: it takes no input while it is being drained.
    fn answer(&self, input: Input) {
        answer(&self.inbox, input);
    }
}

fn answer(inbox: &Inbox, input: Input) {
    if !inbox.reply(input) {
        warn!("an answer was lost: too many wait");
    }
}

impl MediaLink {
    /// A link to a thread that was just started.
    pub(crate) const fn new(thread: MediaThread) -> Self {
        Self { thread, waiting: VecDeque::new() }
    }

    /// Asks, after what waits. What is asked in one event is asked together, so that the thread wakes once.
    fn ask(&mut self, request: Request) {
        self.waiting.push_back(request);
    }

    /// Offers what waits; whether some still does.
    fn retry(&mut self) -> bool {
        self.thread.send_all(&mut self.waiting);
        !self.waiting.is_empty()
    }
}

/// Deletes a file if it is there, and has the disk know that.
fn delete(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        outcome => outcome?,
    }
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}
