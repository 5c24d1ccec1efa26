//! Everything that can happen to a switch.

use std::sync::Arc;

use bytes::Bytes;
use sip::flow::Flow;

use crate::{
    reach::{Answer, Fault},
    shared::{keys::Hold, probes, rehearsal},
};

/// One thing that happened; the switch takes one, runs it to completion and is drained.
#[derive(Debug)]
pub enum Input {
    /// One whole SIP message: a datagram, or what the framer cut from a stream.
    Datagram {
        /// Where it came from.
        flow: Flow,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A connection came or went.
    Flow(FlowEvent),
    /// The store answered.
    Store(store::Reply),
    /// A media thread spoke.
    Media {
        /// Which thread.
        thread: u8,
        /// What it said.
        reply: media::control::Reply,
    },
    /// A destination was looked up.
    Resolved {
        /// The question.
        question: u64,
        /// Where its servers are.
        answer: Answer,
    },
    /// The passports of a call were judged.
    Attested {
        /// The question.
        asker: u64,
        /// How far the caller's number is vouched for.
        attest: callplan::Attest,
    },
    /// The operator asks.
    Control(Control),
    /// Nothing but time passed: the deadline of [`timeout`](super::Switch::timeout) came.
    Time,
}

/// Names a connection that the switch asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenId(pub u64);

/// A connection came or went.
#[derive(Clone, Debug)]
pub enum FlowEvent {
    /// The connection asked for is there.
    Opened(OpenId, Flow),
    /// It could not be had; why, for the operator.
    Failed(OpenId, Fault),
    /// A connection ended. For UDP: the kernel reported the peer unreachable (ICMP), which anybody can have it do.
    Closed(Flow),
}

/// What the operator asks of a running switch.
#[derive(Debug)]
pub enum Control {
    /// A new checked site takes effect; calls under way keep theirs.
    Apply(Arc<callplan::Site>),
    /// A message is deleted: its mailbox and its file, as the store lists them.
    DeleteMessage(Arc<str>, Arc<str>),
    /// A schedule is held open or closed until a time, or left to itself again.
    Hold(Arc<str>, Option<Hold>),
    /// Somebody rehearses from now on, or no longer.
    Rehearse(rehearsal::Who, Option<rehearsal::Asked>),
    /// Numbers are tried by calls over real trunks.
    Probe(Vec<probes::Asked>),
    /// A prompt that was recorded by phone is again what the config has.
    ForgetPrompt(Arc<str>),
    /// A number is in a caller list from now on, or no longer.
    List(Arc<str>, callplan::E164, bool),
    /// A person says this of themselves.
    Say(Arc<str>, Saying),
    /// A call is placed for somebody; [`Output::Originated`](super::Output::Originated) follows at once.
    Originate(super::Originate),
    /// Take no new calls; `Output::Drained` follows when none is left.
    Drain,
    /// End what is left: BYE to all.
    HangUpAll,
}

/// What is said of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// How they want to be treated.
    Mood(callplan::Mood),
    /// Where their calls go instead, or that they no longer do.
    Forward(Option<callplan::E164>),
    /// They want to be reminded no more.
    RemindNoMore,
    /// They want no calls of this number, or want them again.
    Block(callplan::E164, bool),
}
