//! What reaches the signalling thread from the other threads, each kind in a lane of its own, so that a
//! flood on one never keeps out another.

use std::{sync::Arc, time::Duration};

use b2bua::switch::{Control, Input};
use sip::flow::Flow;
use tokio::time::sleep;

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

/// How long a stream waits before it offers again what had no room; its socket fills up meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

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

    /// Makes the thread go round once, so that its pulse shows it lives.
    pub(crate) fn nudge(&self) {
        self.wake.wake();
    }

    /// What the thread sleeps on.
    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Takes what waits in each lane, orders first.
    pub(super) fn take(&self, batch: &mut Batch) {
        self.orders.take(&mut batch.orders);
        self.replies.take(&mut batch.replies);
        self.arrivals.0.take(&mut batch.arrivals);
    }
}

/// What waited when the thread looked.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) orders: Vec<Order>,
    pub(super) replies: Vec<Input>,
    pub(super) arrivals: Vec<Arrival>,
}
