//! What reaches the signalling thread from the other threads, each kind in a lane of its own, so that a
//! flood on one never keeps out another.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    time::Duration,
};

use b2bua::switch::{Control, Figures, HeldVersion, Input, NotPlaced, Originate};
use callplan::Site;
use sip::flow::Flow;
use store::CallId;
use tokio::{sync::oneshot, time::sleep};

use super::crowd::Crowd;
use crate::{
    net::streams::Pen,
    queue::{Full, Queue, Wake},
};

/// Messages from streams and answers from DNS that may wait.
const ARRIVALS_MAX: usize = 4_096;

/// Answers from store and media that may wait: each answers something the switch asked for, and the
/// switch asks for a bounded number of things at a time.
const REPLIES_MAX: usize = 1 << 18;

/// Orders of the operator that may wait.
const ORDERS_MAX: usize = 64;

/// Taken from streams and DNS before datagrams get their turn: whoever fills the lane keeps nobody else waiting.
const ARRIVALS_A_ROUND: usize = 64;

/// How long a stream waits before it offers again what had no room; its socket fills up meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the thread is waited for by those who ask it something.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something from the runtime.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// For the switch.
    Input(Input),
    /// A connection came up; here is how to write on it.
    Joined(Flow, Pen),
    /// A connection went down.
    Left(Flow),
}

/// An order of the operator.
#[derive(Debug)]
pub(crate) enum Order {
    /// For the switch.
    Control(Control),
    /// A call is to be placed; how that went is told.
    Originate(Originate, oneshot::Sender<Result<CallId, NotPlaced>>),
    /// A site is to come into force, if there is room for one version more; whether there was is told.
    Apply(Arc<Site>, SyncSender<Result<(), Crowd>>),
    /// Which versions calls hold is to be told.
    Held(SyncSender<Vec<HeldVersion>>),
    /// How the switch does is to be told, and what it would lose by this site.
    Measure(Option<Arc<Site>>, SyncSender<Figures>),
    /// Publish a fresh copy of what the command line shows.
    Publish,
    /// End the thread.
    Stop,
}

/// The way in from the runtime. Clones are the same lane.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals(Queue<Arrival>);

impl Arrivals {
    /// Hands in `input`, waiting while the lane is full.
    pub(crate) async fn input(&self, input: Input) {
        self.push(Arrival::Input(input)).await;
    }

    /// Announces a connection; its messages follow.
    pub(crate) async fn joined(&self, flow: Flow, pen: Pen) {
        self.push(Arrival::Joined(flow, pen)).await;
    }

    /// Takes leave of a connection.
    pub(crate) async fn left(&self, flow: Flow) {
        self.push(Arrival::Left(flow)).await;
    }

    async fn push(&self, mut arrival: Arrival) {
        while let Err(Full(back)) = self.0.push(arrival) {
            arrival = back;
            sleep(PAUSE).await;
        }
    }
}

/// All ways in. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    wake: Arc<Wake>,
    arrivals: Arrivals,
    replies: Queue<Input>,
    orders: Queue<Order>,
}

impl Inbox {
    /// Empty lanes.
    pub(crate) fn new() -> nix::Result<Self> {
        let wake = Wake::new()?;
        Ok(Self {
            arrivals: Arrivals(Queue::new(ARRIVALS_MAX, Arc::clone(&wake))),
            replies: Queue::new(REPLIES_MAX, Arc::clone(&wake)),
            orders: Queue::new(ORDERS_MAX, Arc::clone(&wake)),
            wake,
        })
    }

    /// The lane of the runtime.
    pub(crate) fn arrivals(&self) -> Arrivals {
        self.arrivals.clone()
    }

    /// Hands in an answer of the store or of a media thread. False if it was dropped.
    pub(crate) fn reply(&self, reply: Input) -> bool {
        self.replies.push(reply).is_ok()
    }

    /// Hands in an order. False if too many wait, which means the thread is stuck.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.orders.push(order).is_ok()
    }

    /// Brings a site into force, if there is room for one version more. `None` if the thread is stuck; whoever asks waits
    /// for it, so nobody does so on the runtime.
    pub(crate) fn apply(&self, site: &Arc<Site>) -> Option<Result<(), Crowd>> {
        self.ask(|teller| Order::Apply(Arc::clone(site), teller))
    }

    /// Which versions calls hold, asked in the same way.
    pub(crate) fn held(&self) -> Option<Vec<HeldVersion>> {
        self.ask(Order::Held)
    }

    /// How the switch does, and what it would lose by this site, asked in the same way.
    pub(crate) fn figures(&self, next: Option<Arc<Site>>) -> Option<Figures> {
        self.ask(|teller| Order::Measure(next, teller))
    }

    fn ask<T>(&self, order: impl FnOnce(SyncSender<T>) -> Order) -> Option<T> {
        let (teller, told) = sync_channel(1);
        if self.order(order(teller)) { told.recv_timeout(PATIENCE).ok() } else { None }
    }

    /// Makes the thread go round once, so that its pulse shows it lives.
    pub(crate) fn nudge(&self) {
        self.wake.wake();
    }

    /// What the thread sleeps on.
    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// How many arrivals came since this was last asked.
    #[cfg(test)]
    pub(crate) fn arrived(&self) -> usize {
        let mut batch = Batch::default();
        self.take(&mut batch);
        batch.arrivals.len()
    }

    /// Takes what waits in each lane. That of arrivals is passed over only where some of before will be left after their turn:
    /// who came there meanwhile has rung, and rings no more.
    pub(super) fn take(&self, batch: &mut Batch) {
        self.orders.take(&mut batch.orders);
        self.replies.take(&mut batch.replies);
        if batch.arrivals.len() <= ARRIVALS_A_ROUND {
            self.arrivals.0.take(&mut batch.taken);
            batch.arrivals.extend(batch.taken.drain(..));
        }
    }
}

/// What waited when the thread looked.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) orders: Vec<Order>,
    pub(super) replies: Vec<Input>,
    arrivals: VecDeque<Arrival>,
    /// Kept for its room.
    taken: Vec<Arrival>,
}

impl Batch {
    /// What of the arrivals has its turn in this round.
    pub(super) fn arrivals(&mut self) -> impl Iterator<Item = Arrival> {
        let most = self.arrivals.len().min(ARRIVALS_A_ROUND);
        self.arrivals.drain(..most)
    }

    /// Whether some wait for the next round.
    pub(super) fn is_left(&self) -> bool {
        !self.arrivals.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(connection: u32) -> Arrival {
        let address = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow { transport: sip::flow::Transport::Tcp, local: address, remote: address, connection };
        Arrival::Left(flow)
    }

    /// Goal: nobody waits in the lane for somebody else to ring. Method: one comes while those of before have their turn.
    #[tokio::test]
    async fn who_comes_while_others_have_their_turn_is_heard_or_looked_for() {
        for before in 1..200 {
            let (inbox, mut batch) = (Inbox::new().unwrap(), Batch::default());
            for connection in 0..before {
                inbox.arrivals.push(named(connection)).await;
            }
            inbox.take(&mut batch);
            let mut heard = batch.arrivals().count();
            inbox.arrivals.push(named(before)).await;
            inbox.take(&mut batch);
            heard += batch.arrivals().count();
            while batch.is_left() {
                inbox.take(&mut batch);
                heard += batch.arrivals().count();
            }
            assert_eq!(heard, before as usize + 1);
        }
    }

    /// Goal: who pipelines on streams starves no datagram.
    #[tokio::test]
    async fn a_full_lane_is_taken_in_turns_and_in_order() {
        let inbox = Inbox::new().unwrap();
        for connection in 0..1_000 {
            inbox.arrivals.push(named(connection)).await;
        }
        let (mut batch, mut rounds) = (Batch::default(), Vec::new());
        loop {
            inbox.take(&mut batch);
            rounds.push(batch.arrivals().collect::<Vec<_>>());
            if !batch.is_left() {
                break;
            }
        }
        assert_eq!((rounds.len(), rounds[0].len(), rounds[15].len()), (16, 64, 40));
        let is_next = |(connection, arrival): (u32, &Arrival)| matches!(arrival, Arrival::Left(flow) if flow.connection == connection);
        assert!((0..).zip(rounds.iter().flatten()).all(is_next));
    }
}
