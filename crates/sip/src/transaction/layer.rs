//! The one entrance to all transactions (RFC 3261 §17): finds the machine that a message belongs to.

use bytes::Bytes;
use clock::{Full, Instant};

use super::{ClientKey, Outgoing, ServerKey, Timing, client::Clients, fingerprint::Secret, server::Servers};
use crate::{Message, Method, Status, flow::Flow};

/// What the operator decides about transactions.
#[derive(Clone, Debug)]
pub struct Config {
    /// At most so many requests of ours under way; more are not sent.
    pub clients_max: usize,
    /// At most so many requests to be answered; more are refused with 503.
    pub servers_max: usize,
    /// T1, T2, T4.
    pub timing: Timing,
    /// Makes tables unpredictable to the network; random and secret.
    pub hash_key: [u8; 16],
}

/// What the transaction user is told; `U` is its own word for a transaction.
///
/// Of every client transaction it hears one end: a final [`Response`](Self::Response), or
/// [`TimedOut`](Self::TimedOut), or [`Unreachable`](Self::Unreachable). Only a 2xx to INVITE may be
/// followed by more of them.
#[derive(Clone, Debug)]
pub enum Up<U> {
    /// A new request, to be answered.
    Request {
        /// Answer under this name.
        key: ServerKey,
        /// The flow it came by.
        flow: Flow,
        /// The request.
        message: Message,
    },
    /// A CANCEL that names an INVITE of ours (RFC 3261 §9.2). To be answered 200; the INVITE 487 if it has
    /// no final response.
    Cancelled {
        /// The INVITE.
        invite: ServerKey,
        /// Whose INVITE.
        user: Option<U>,
        /// Answer the CANCEL under this name.
        cancel: ServerKey,
        /// The flow it came by.
        flow: Flow,
        /// The CANCEL.
        message: Message,
    },
    /// An ACK of a 2xx, or of nothing.
    Ack {
        /// The flow it came by.
        flow: Flow,
        /// The ACK.
        message: Message,
    },
    /// The ACK of a refusal of ours.
    AckFor {
        /// The INVITE.
        invite: ServerKey,
        /// Whose INVITE.
        user: Option<U>,
    },
    /// A response; copies are left out, but for a 2xx to INVITE (RFC 6026 §7.2).
    Response {
        /// The request it answers.
        key: ClientKey,
        /// Whose request.
        user: U,
        /// The flow it came by.
        flow: Flow,
        /// The response.
        message: Message,
    },
    /// A 2xx to an INVITE that is over or was none of ours.
    StrayResponse {
        /// The flow it came by.
        flow: Flow,
        /// The response.
        message: Message,
    },
    /// Timer B or F, or 64 T1 after a CANCEL: nobody answers.
    TimedOut {
        /// The request; its transaction is gone.
        key: ClientKey,
        /// Whose request.
        user: U,
        /// The flow it went down.
        flow: Flow,
        /// When.
        since: Instant,
    },
    /// The flow failed before the final response.
    Unreachable {
        /// The request; its transaction is gone.
        key: ClientKey,
        /// Whose request.
        user: U,
    },
    /// The connection failed that an INVITE went down which has a provisional response. That is no end: its final
    /// response may come by another (RFC 3261 §18.2.2). Who waits no longer says so by [`Layer::forsake`].
    FlowFailed {
        /// The request.
        key: ClientKey,
        /// Whose request.
        user: U,
    },
    /// A refusal was never acknowledged (timer H), or a request never answered while its sender cared.
    ServerEnded {
        /// The request; its transaction is gone.
        key: ServerKey,
        /// Whose request.
        user: Option<U>,
    },
    /// The flow failed that responses go to. The transaction stays (RFC 6026 §7.1): a new flow of the peer
    /// may still bring its ACK or CANCEL.
    ServerUnreachable {
        /// The request.
        key: ServerKey,
        /// Whose request.
        user: Option<U>,
    },
}

/// Takes what the layer has to say, in order.
pub trait Out<U> {
    /// To the transaction user.
    fn up(&mut self, up: Up<U>);

    /// To the network.
    fn transmit(&mut self, flow: Flow, bytes: Bytes);
}

/// All transactions of a switch.
#[derive(Debug)]
pub struct Layer<U: Copy> {
    clients: Clients<U>,
    servers: Servers<U>,
}

impl<U: Copy> Layer<U> {
    /// A layer without transactions.
    pub fn new(config: &Config, now: Instant) -> Self {
        let secret = Secret::new(&config.hash_key);
        Self {
            clients: Clients::new(config.clients_max, config.timing, secret.clone(), now),
            servers: Servers::new(config.servers_max, config.timing, secret, now),
        }
    }

    /// Takes a message from the network.
    pub fn receive(&mut self, now: Instant, flow: Flow, message: Message, out: &mut impl Out<U>) {
        if message.is_request() {
            self.servers.receive(now, flow, message, out);
        } else {
            self.clients.receive(now, flow, message, out);
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Ours: too many requests are under way. Nothing was sent.
    pub fn request(
        &mut self,
        now: Instant,
        outgoing: Outgoing<U>,
        out: &mut impl Out<U>,
    ) -> Result<ClientKey, Full> {
        assert!(outgoing.method != Method::Ack, "an ACK of a 2xx is sent without transaction");
        self.clients.request(now, outgoing, out)
    }

    /// Nobody waits for the final response to this INVITE any more. For 64 T1 what still comes is acknowledged and told,
    /// then its transaction ends.
    pub fn forsake(&mut self, now: Instant, key: ClientKey, out: &mut impl Out<U>) {
        self.clients.forsake(now, key, out);
    }

    /// Answers a request; `bytes` is the whole response. After the final response only further 2xx to an
    /// INVITE are sent, all else is dropped; so is what answers a transaction that is over.
    pub fn respond(
        &mut self,
        now: Instant,
        key: ServerKey,
        status: Status,
        bytes: Bytes,
        out: &mut impl Out<U>,
    ) {
        self.servers.respond(now, key, status, bytes, out);
    }

    /// Answers a request and forgets it at once (RFC 3261 §8.2.7): a copy of it will come up as a new
    /// request, its ACK as [`Up::Ack`]. For challenges, so that a flood from strangers takes no memory.
    pub fn respond_stateless(&mut self, key: ServerKey, bytes: Bytes, out: &mut impl Out<U>) {
        self.servers.respond_stateless(key, bytes, out);
    }

    /// Forgets a request without an answer: it is not worth one.
    pub fn forget(&mut self, key: ServerKey) {
        self.servers.forget_unanswered(key);
    }

    /// What comes with everything about this request from now on.
    pub fn set_user(&mut self, key: ServerKey, user: U) {
        self.servers.set_user(key, user);
    }

    /// The request under this name, until its final response was given.
    pub fn request_of(&self, key: ServerKey) -> Option<&Message> {
        self.servers.request_of(key)
    }

    /// The flow that the request came by, while its transaction lives.
    pub fn flow_of(&self, key: ServerKey) -> Option<Flow> {
        self.servers.flow_of(key)
    }

    /// Responses to the request go down `flow` from now on (RFC 3261 §18.2.2): the connection that it came by is gone.
    pub fn moves(&mut self, key: ServerKey, flow: Flow) {
        self.servers.moves(key, flow);
    }

    /// Whether a request that came up is a copy of one that came another way and is still known: to be
    /// answered 482 (RFC 3261 §8.2.2.2).
    pub fn merged(&self, request: &Message) -> bool {
        self.servers.merged(request)
    }

    /// Takes the news that a connection ended, or that nobody listens at an address. The latter is hearsay that
    /// anybody can forge (RFC 5927 §2), so it ends only requests that nobody has answered at all.
    pub fn flow_failed(&mut self, now: Instant, flow: Flow, out: &mut impl Out<U>) {
        self.clients.flow_failed(now, flow, out);
        self.servers.flow_failed(now, flow, out);
    }

    /// When to call [`tick`](Self::tick) next; it may find nothing to do then.
    pub fn timeout(&self) -> Option<Instant> {
        [self.clients.timeout(), self.servers.timeout()].into_iter().flatten().min()
    }

    /// Fires the timers that are due.
    pub fn tick(&mut self, now: Instant, out: &mut impl Out<U>) {
        self.clients.tick(now, out);
        self.servers.tick(now, out);
    }

    /// How many requests of ours are under way, and how many of others are known.
    pub fn live(&self) -> (usize, usize) {
        (self.clients.len(), self.servers.len())
    }

    /// How many requests were refused with 503 because `servers_max` was reached.
    pub const fn refused(&self) -> u64 {
        self.servers.refused()
    }

    /// Whether nothing is kept of any transaction.
    pub fn is_idle(&self) -> bool {
        self.clients.is_idle() && self.servers.is_idle()
    }
}
