//! The one thread that owns every call.
//!
//! A round: sleep until a socket, a lane or a timer has something, read both clocks once, give the switch
//! one input after another and carry out what it asks after each. Nothing in a round blocks: what could
//! (disk, DNS, connecting) is a request to another thread, and its answer an input.

mod arrivals;
mod attic;
mod crowd;
mod lull;
mod outside;

use std::{
    mem,
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use b2bua::switch::{Control, FlowEvent, Input, Switch, View};
use bytes::Bytes;
use callplan::Site;
use clock::Now;
use media::control::Reply;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
};
use tokio::{sync::watch, time::timeout};

use self::{
    arrivals::{Arrival, Batch},
    outside::Carried,
};
pub(crate) use self::{
    arrivals::{Arrivals, Inbox, Order},
    attic::Attic,
    crowd::{Crowd, room},
    outside::{MediaLink, Outside},
};
use crate::{
    net::batch::{Incoming, Look, RECEIVED_AT_ONCE},
    time::Clocks,
};

/// Looks at one socket before the others get their turn.
const LOOKS_A_ROUND: usize = 64 / RECEIVED_AT_ONCE;

/// Timers are worked off when a multiple of this is reached. A call has two dozen, most of them about what was answered
/// long ago; a thread that wakes for each costs as much as a fifth of the call.
const GRAIN: Duration = Duration::from_millis(4);

/// How long a fresh copy is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How soon to offer again what a media thread had no room for.
const RETRY: Duration = Duration::from_millis(1);

/// What the rest of the process sees of the thread.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The copy last published of what the command line shows.
    pub(crate) view: watch::Receiver<Arc<View>>,
    /// True once draining is over.
    pub(crate) drained: watch::Receiver<bool>,
    /// Rounds made so far; it stands still when the thread does.
    pub(crate) pulse: Arc<AtomicU64>,
}

impl Window {
    /// A fresh copy of what the command line shows, or the last one if the thread is too busy to make one.
    pub(crate) async fn fresh(&self, inbox: &Inbox) -> Arc<View> {
        let mut view = self.view.clone();
        view.mark_unchanged();
        inbox.order(Order::Publish);
        let _ = timeout(PATIENCE, view.changed()).await;
        Arc::clone(&view.borrow_and_update())
    }
}

/// The thread's own.
pub(crate) struct Signalling {
    clocks: Clocks,
    switch: Switch,
    inbox: Inbox,
    outside: Outside,
    attic: Attic<Site>,
    epoll: Epoll,
    /// Kept for its room.
    replies: Vec<Reply>,
    view: watch::Sender<Arc<View>>,
    drained: watch::Sender<bool>,
    pulse: Arc<AtomicU64>,
}

/// What epoll calls a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The lanes of the other threads; looked at in every round, whether they rang or not.
    Inbox,
    /// A UDP socket, by index.
    Socket(usize),
    /// A media thread, by number.
    Media(u8),
}

/// Whether the thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    Another,
    Last,
}

impl Signalling {
    /// A thread about to run, and the window into it.
    ///
    /// # Errors
    /// The kernel has no epoll instance to spare.
    pub(crate) fn new(
        clocks: Clocks,
        switch: Switch,
        inbox: Inbox,
        outside: Outside,
        attic: Attic<Site>,
    ) -> nix::Result<(Self, Window)> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let event = |source: Source| EpollEvent::new(EpollFlags::EPOLLIN, source.name());
        epoll.add(inbox.wake().as_fd(), event(Source::Inbox))?;
        for (index, socket) in outside.sockets().enumerate() {
            epoll.add(socket.as_fd(), event(Source::Socket(index)))?;
        }
        for (thread, replies) in (0..).zip(outside.media()) {
            epoll.add(replies.as_fd(), event(Source::Media(thread)))?;
        }
        let (view, view_out) = watch::channel(Arc::new(switch.view()));
        let (drained, drained_out) = watch::channel(false);
        let pulse = Arc::default();
        let window = Window { view: view_out, drained: drained_out, pulse: Arc::clone(&pulse) };
        let replies = Vec::new();
        Ok((Self { clocks, switch, inbox, outside, attic, epoll, replies, view, drained, pulse }, window))
    }

    /// Begins with what the store has kept, runs until [`Order::Stop`], then ends media and database.
    pub(crate) fn run(mut self, kept: store::State) {
        self.handle(self.clocks.now(), Input::Store(store::Reply::Loaded(Box::new(kept))));
        self.hear_media();
        self.outside.send_all();
        let mut rooms: Vec<_> = self.outside.sockets().map(|_| Incoming::new()).collect();
        let mut ready = [EpollEvent::empty(); 8];
        let mut batch = Batch::default();
        let (mut sent_by_timers, mut is_crowded) = (0, false);
        loop {
            if lull::is_wanted(sent_by_timers, is_crowded || batch.is_left()) {
                lull::keep();
            }
            let count = self.sleep(&mut ready, batch.is_left());
            let now = self.clocks.now();
            self.pulse.fetch_add(1, Ordering::Relaxed);
            (sent_by_timers, is_crowded) = (0, false);
            if self.switch.timeout().is_some_and(|at| at <= now.mono) {
                self.handle(now, Input::Time);
                sent_by_timers = self.outside.send_all();
            }
            for event in &ready[..count] {
                match Source::named(event.data()) {
                    Source::Inbox => self.inbox.wake().clear(),
                    Source::Socket(index) => {
                        is_crowded |= self.socket(index, event.events(), now, &mut rooms[index]);
                    }
                    Source::Media(thread) => self.media(thread, now),
                }
                self.outside.send_all();
            }
            self.inbox.take(&mut batch);
            let round = self.lanes(&mut batch, now);
            self.outside.send_all();
            if round == Round::Last {
                return self.outside.close();
            }
        }
    }

    /// Takes the first words of each media thread, its ports: the first call must find some. Calls that come
    /// before wait in the sockets.
    fn hear_media(&mut self) {
        let wait = PollTimeout::try_from(PATIENCE).expect("a second");
        for thread in (0..).take(self.outside.media().count()) {
            let replies = self.outside.media_thread(thread).as_fd();
            // A thread that stays silent has no port to give, and calls are told so.
            let _ = poll(&mut [PollFd::new(replies, PollFlags::POLLIN)], wait);
            self.media(thread, self.clocks.now());
        }
    }

    /// Waits for the first thing to do; does not if there `is_work`.
    fn sleep(&mut self, ready: &mut [EpollEvent], is_work: bool) -> usize {
        let retry = self.outside.retry().then_some(RETRY);
        let now = self.clocks.mono();
        let timer = self.switch.timeout().map(|at| at.rounded_up(GRAIN).since(now));
        let timeout = [retry, timer, is_work.then_some(Duration::ZERO)]
            .into_iter()
            .flatten()
            .min()
            .map_or(EpollTimeout::NONE, wait);
        match self.epoll.wait(ready, timeout) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(error) => unreachable!("epoll on descriptors that live as long as we: {error}"),
        }
    }

    /// Takes what waits on one socket; whether it was more than one look takes.
    fn socket(&mut self, index: usize, events: EpollFlags, now: Now, room: &mut Incoming) -> bool {
        if events.contains(EpollFlags::EPOLLERR) {
            while let Some(peer) = self.outside.socket(index).refused() {
                let flow = self.outside.socket(index).flow(peer);
                self.handle(now, Input::Flow(FlowEvent::Closed(flow)));
            }
        }
        for look in 0..LOOKS_A_ROUND {
            let socket = self.outside.socket(index);
            let count = match room.look(socket) {
                Look::Datagrams(count) => count,
                Look::Refused(peer) => {
                    let flow = socket.flow(peer);
                    self.handle(now, Input::Flow(FlowEvent::Closed(flow)));
                    continue;
                }
                Look::Nothing => return look > 0,
            };
            for datagram in 0..count {
                let (bytes, from) = room.datagram(datagram);
                let flow = self.outside.socket(index).flow(from);
                self.handle(now, Input::Datagram { flow, bytes: Bytes::copy_from_slice(bytes) });
            }
            if count < RECEIVED_AT_ONCE {
                return look > 0;
            }
            self.outside.send_all();
        }
        true
    }

    fn media(&mut self, thread: u8, now: Now) {
        let mut replies = mem::take(&mut self.replies);
        replies.extend(self.outside.media_thread(thread).drain());
        for reply in replies.drain(..) {
            self.handle(now, Input::Media { thread, reply });
        }
        self.replies = replies;
    }

    fn lanes(&mut self, batch: &mut Batch, now: Now) -> Round {
        for order in batch.orders.drain(..) {
            match order {
                Order::Stop => return Round::Last,
                Order::Control(control) => self.control(control, now),
                Order::Apply(site, teller) => {
                    let room = room(self.switch.held_versions(), Some(site.version));
                    if room.is_ok() {
                        self.control(Control::Apply(site), now);
                    }
                    // Who asked may have gone.
                    let _ = teller.send(room);
                }
                Order::Measure(next, teller) => {
                    let figures = self.switch.figures(next.as_deref());
                    // Whoever asked may have it for themselves again.
                    drop(next);
                    let _ = teller.send(figures);
                }
                Order::Held(teller) => drop(teller.send(self.switch.held_versions())),
                Order::Originate(asked, teller) => {
                    self.outside.waits(teller);
                    self.handle(now, Input::Control(Control::Originate(asked)));
                }
                Order::Publish => drop(self.view.send_replace(Arc::new(self.switch.view()))),
            }
        }
        for reply in batch.replies.drain(..) {
            self.handle(now, reply);
        }
        for arrival in batch.arrivals() {
            match arrival {
                Arrival::Input(input) => self.handle(now, input),
                Arrival::Joined(flow, pen) => self.outside.joined(flow, pen),
                Arrival::Left(flow) => {
                    self.outside.left(flow);
                    self.handle(now, Input::Flow(FlowEvent::Closed(flow)));
                }
            }
        }
        Round::Another
    }

    fn control(&mut self, control: Control, now: Now) {
        self.outside.heed(&control);
        if let Control::Apply(site) = &control {
            self.attic.keep(site);
        }
        self.handle(now, Input::Control(control));
    }

    /// One input in, all its outputs out.
    fn handle(&mut self, now: Now, input: Input) {
        self.switch.handle(now, input);
        while let Some(output) = self.switch.poll() {
            match self.outside.carry_out(output) {
                Carried::Out => {}
                Carried::Drained => drop(self.drained.send_replace(true)),
            }
        }
    }
}

impl Source {
    const MEDIA: u64 = 1 << 32;

    const fn name(self) -> u64 {
        match self {
            Self::Inbox => u64::MAX,
            Self::Socket(index) => index as u64,
            Self::Media(thread) => Self::MEDIA | thread as u64,
        }
    }

    const fn named(name: u64) -> Self {
        match name {
            u64::MAX => Self::Inbox,
            Self::MEDIA.. => Self::Media(name as u8),
            _ => Self::Socket(name as usize),
        }
    }
}

/// Epoll counts in milliseconds; a timer may be that much late, never early.
fn wait(time: Duration) -> EpollTimeout {
    EpollTimeout::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(EpollTimeout::MAX)
}
