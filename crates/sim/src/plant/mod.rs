//! Faults put between the switch and the world on purpose: whoever judges has to find each of them.

mod plans;
mod text;
mod watch;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use b2bua::switch::Output;
use bytes::Bytes;
use media::control::Request as Media;
use sip::{Message, Method, Name, Status, flow::Flow};
use store::Request;

pub use self::plans::OF_PLANS;
use self::text::{cancel_of, from_another, renumbered, with_least_interval, without_reason};

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers that cross a CANCEL get no ACK.
    AckOfLoserLost,
    /// No answer gets an ACK.
    AckOfAnswerLost,
    /// No refusal gets an ACK.
    AckOfRefusalLost,
    /// CANCEL follows the INVITE at once.
    CancelTooEarly,
    /// A CANCEL has another CSeq than its INVITE.
    CancelOfAnotherInvite,
    /// Streams are not closed.
    PortLeak,
    /// Calls are recorded twice.
    RecordTwice,
    /// Calls are not recorded.
    RecordLost,
    /// Timers fire a second late.
    TimersLate,
    /// BYE has the CSeq of another request.
    CSeqWrong,
    /// CANCEL does not say that somebody else answered.
    ReasonMissing,
    /// A 2xx is sent once only.
    AnswerOnce,
    /// A refusal is sent once only.
    RefusalOnce,
    /// An INVITE is sent once only.
    InviteOnce,
    /// A BYE is sent once only.
    ByeOnce,
    /// BYE goes to another party.
    ByeToAnother,
    /// No BYE is sent.
    ByeLost,
    /// A request follows the BYE.
    RequestAfterBye,
    /// The answer has another tag than the ringing.
    TagChanged,
    /// A second final response follows the first.
    FinalTwice,
    /// A cancelled INVITE is not answered.
    TerminatedLost,
    /// CANCEL is not answered.
    CancelUnanswered,
    /// BYE is not answered.
    ByeUnanswered,
    /// Hops are not counted down.
    HopsNotCounted,
    /// A response names another transaction.
    BranchChanged,
    /// A ringing response follows the answer.
    RingingAfterAnswer,
    /// Bindings are not taken up again at a start.
    BindingsLost,
    /// A PRACK is sent once only.
    PrackOnce,
    /// No PRACK is sent.
    PrackLost,
    /// A PRACK names another provisional.
    PrackOfAnother,
    /// A reliable provisional is sent once only.
    ProvisionalOnce,
    /// Sessions are never refreshed.
    RefreshLost,
    /// What a 422 asks for is not heard.
    IntervalUnheard,
    /// A message is cut short.
    MessageCut,
    /// Trunks carry as many calls as there are.
    ChannelsIgnored,
    /// People have as many calls as there are.
    CallsIgnored,
    /// Steps and turns ring a second longer than they should.
    RingsTooLong,
    /// Messages are not listed.
    MessageLost,
    /// The record of a message says something else.
    OutcomeWrong,
    /// Whoever is rung no longer hears of it a second late.
    StoppedLate,
    /// Whoever is to ring hears of it a tenth of a second late.
    StartedLate,
    /// Steps ring a second less than they should.
    StepCutShort,
    /// Members whose turn it is ring a second longer than they should.
    TurnTooLong,
    /// Groups that ring in order begin with the last.
    TurnOrder,
    /// The turn of a round-robin group moves by two.
    PointerWrong,
    /// The turn of a round-robin group does not outlive the process.
    PointerLost,
    /// The last member of a group is never rung.
    MemberForgotten,
    /// Busy leads where a decline should, and the other way round.
    BusyAsDeclined,
    /// A menu waits a second longer than it should.
    KeyAwaitedTooLong,
    /// Steps are taken whatever their conditions say.
    GuardIgnored,
    /// Carriers are shown a number that is nobody's of ours.
    NumberNotOurs,
    /// Callers are asserted to those who are told no assertion.
    AssertedToAnybody,
    /// Documents of watchers all have version 0.
    VersionStuck,
    /// Watchers are never told that calls are over.
    LampStale,
    /// Watchers are told everything twice at once.
    NotifyTwice,
    /// A caller who is refused is told 480, whatever the plan says.
    StatusChanged,
}

/// Those that break what always has to be true.
pub const FAULTS: [Fault; 44] = [
    Fault::AckOfLoserLost,
    Fault::AckOfAnswerLost,
    Fault::AckOfRefusalLost,
    Fault::CancelTooEarly,
    Fault::CancelOfAnotherInvite,
    Fault::PortLeak,
    Fault::RecordTwice,
    Fault::RecordLost,
    Fault::TimersLate,
    Fault::CSeqWrong,
    Fault::ReasonMissing,
    Fault::AnswerOnce,
    Fault::RefusalOnce,
    Fault::InviteOnce,
    Fault::ByeOnce,
    Fault::ByeToAnother,
    Fault::ByeLost,
    Fault::RequestAfterBye,
    Fault::TagChanged,
    Fault::FinalTwice,
    Fault::TerminatedLost,
    Fault::CancelUnanswered,
    Fault::ByeUnanswered,
    Fault::HopsNotCounted,
    Fault::BranchChanged,
    Fault::RingingAfterAnswer,
    Fault::BindingsLost,
    Fault::PrackOnce,
    Fault::PrackLost,
    Fault::PrackOfAnother,
    Fault::ProvisionalOnce,
    Fault::RefreshLost,
    Fault::IntervalUnheard,
    Fault::MessageCut,
    Fault::ChannelsIgnored,
    Fault::CallsIgnored,
    Fault::RingsTooLong,
    Fault::MessageLost,
    Fault::OutcomeWrong,
    Fault::NumberNotOurs,
    Fault::AssertedToAnybody,
    Fault::VersionStuck,
    Fault::LampStale,
    Fault::NotifyTwice,
];

/// A fault at work.
#[derive(Debug)]
pub struct Planted {
    fault: Fault,
    /// Branches of INVITEs sent, and Call-IDs of CANCELs.
    branches: BTreeSet<Arc<str>>,
    cancelled: BTreeSet<Arc<str>>,
    /// Bytes sent before.
    sent: BTreeSet<Bytes>,
    /// Flows that INVITEs went down.
    flows: Vec<Flow>,
}

impl Planted {
    /// Puts a fault to work.
    pub fn new(fault: Fault) -> Self {
        let (branches, cancelled) = (BTreeSet::new(), BTreeSet::new());
        Self { fault, branches, cancelled, sent: BTreeSet::new(), flows: Vec::new() }
    }

    /// By how much timers are late.
    pub fn withholds_time(&self) -> Duration {
        Duration::from_secs(u64::from(self.fault == Fault::TimersLate))
    }

    /// For how long an output is held back.
    pub fn holds(&self, output: &Output) -> Duration {
        match output {
            Output::Transmit { bytes, .. } => {
                Message::parse(bytes.clone()).map_or(Duration::ZERO, |message| self.holds_message(&message))
            }
            Output::Open { .. }
            | Output::OpenAhead(_)
            | Output::Close(_)
            | Output::Store(_)
            | Output::Media { .. }
            | Output::Resolve { .. }
            | Output::Verify(_)
            | Output::Discard(_)
            | Output::Drained
            | Output::Log(_) => Duration::ZERO,
        }
    }

    /// Spoils what a start reads.
    pub fn loads(&self, state: &mut store::State) {
        if self.fault == Fault::BindingsLost {
            state.bindings.clear();
        }
    }

    /// Spoils an output.
    pub fn spoils(&mut self, output: Output) -> Vec<Output> {
        match output {
            Output::Transmit { flow, bytes } => match Message::parse(bytes.clone()) {
                Ok(message) => self.spoils_message(flow, &message, bytes),
                Err(_) => vec![Output::Transmit { flow, bytes }],
            },
            Output::Media { request: Media::Close { .. }, .. } if self.fault == Fault::PortLeak => Vec::new(),
            Output::Store(Request::Record(_)) if self.fault == Fault::RecordLost => Vec::new(),
            Output::Store(Request::Voicemail(_)) if self.fault == Fault::MessageLost => Vec::new(),
            Output::Store(Request::Record(mut record)) if self.fault == Fault::OutcomeWrong => {
                if record.outcome == "voicemail" {
                    record.outcome = "missed";
                }
                vec![Output::Store(Request::Record(record))]
            }
            Output::Store(Request::Pointer(..)) if self.fault == Fault::PointerLost => Vec::new(),
            Output::Store(Request::Pointer(group, to)) if self.fault == Fault::PointerWrong => {
                vec![Output::Store(Request::Pointer(group, to + 1))]
            }
            Output::Store(Request::Record(record)) if self.fault == Fault::RecordTwice => {
                let twice = Output::Store(Request::Record(record.clone()));
                vec![Output::Store(Request::Record(record)), twice]
            }
            other @ (Output::Open { .. }
            | Output::OpenAhead(_)
            | Output::Close(_)
            | Output::Store(_)
            | Output::Media { .. }
            | Output::Resolve { .. }
            | Output::Verify(_)
            | Output::Discard(_)
            | Output::Drained
            | Output::Log(_)) => vec![other],
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
    fn spoils_message(&mut self, flow: Flow, message: &Message, bytes: Bytes) -> Vec<Output> {
        let is_copy = !self.sent.insert(bytes.clone());
        let send = |flow, bytes| Output::Transmit { flow, bytes };
        let as_it_is = vec![send(flow, bytes.clone())];
        let more = |text: String| vec![send(flow, bytes.clone()), send(flow, text.into())];
        let instead = |text: String| vec![send(flow, text.into())];
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let sight = Sight::of(message);
        if let Some(spoilt) = watch::spoils(self.fault, message, &text, is_copy) {
            return spoilt.into_iter().map(|text| send(flow, text.into())).collect();
        }
        let is_lost = self.loses(message, &sight, is_copy);
        self.remember(flow, message, &sight);
        if is_lost {
            return Vec::new();
        }
        let number = message.cseq().number;
        match self.fault {
            Fault::CancelTooEarly if sight.is_first_invite && !is_copy => more(cancel_of(&text)),
            Fault::CancelOfAnotherInvite if sight.is(Method::Cancel) => {
                instead(renumbered(&text, number, number + 1))
            }
            Fault::CSeqWrong if sight.is(Method::Bye) => instead(renumbered(&text, number, number + 5)),
            Fault::ReasonMissing if sight.is(Method::Cancel) => instead(without_reason(&text)),
            Fault::ByeToAnother if sight.is(Method::Bye) => {
                let other = self.flows.iter().rev().find(|other| other.remote != flow.remote);
                vec![send(other.copied().unwrap_or(flow), bytes)]
            }
            Fault::RequestAfterBye if sight.is(Method::Bye) && !is_copy => {
                let text = renumbered(&text, number, number + 1).replace("BYE", "INFO");
                more(text.replacen("z9hG4bK", "z9hG4bKx", 1))
            }
            Fault::TagChanged if sight.answers_invite => instead(text.replacen(";tag=", ";tag=x", 2)),
            Fault::FinalTwice if sight.answers_invite => more(text.replacen("200 OK", "486 Busy Here", 1)),
            Fault::RingingAfterAnswer if sight.answers_invite => {
                more(text.replacen("200 OK", "180 Ringing", 1))
            }
            Fault::HopsNotCounted if sight.is_first_invite => {
                instead(text.replacen("Max-Forwards: 69", "Max-Forwards: 70", 1))
            }
            Fault::BranchChanged if sight.answers_invite => instead(text.replacen("z9hG4bK", "z9hG4bKx", 1)),
            Fault::StatusChanged
                if sight.of_invite
                    && matches!(sight.status, Some(status) if matches!(status.code(), 404 | 486 | 603)) =>
            {
                instead(text.replacen(
                    &format!("SIP/2.0 {}", sight.status.map_or(0, Status::code)),
                    "SIP/2.0 480",
                    1,
                ))
            }
            Fault::NumberNotOurs if sight.is_first_invite => instead(from_another(&text)),
            Fault::AssertedToAnybody if sight.is_first_invite => instead(text.replacen(
                "\r\nCSeq: ",
                "\r\nP-Asserted-Identity: <sip:+12025550199@pbx.example>\r\nCSeq: ",
                1,
            )),
            Fault::PrackOfAnother if sight.is(Method::Prack) => {
                instead(text.replacen("RAck: ", "RAck: 1", 1))
            }
            Fault::IntervalUnheard if sight.is_first_invite => instead(with_least_interval(&text)),
            Fault::MessageCut if sight.is_first_invite => instead(text[..text.len() - 10].to_owned()),
            _ => as_it_is,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
    fn loses(&self, message: &Message, sight: &Sight<'_>, is_copy: bool) -> bool {
        let branch = message.branch().unwrap_or_default();
        let is_ack = sight.is(Method::Ack);
        let is_response = sight.status.is_some();
        match self.fault {
            Fault::AckOfLoserLost => {
                is_ack && self.cancelled.contains(message.call_id()) && !self.branches.contains(branch)
            }
            Fault::AckOfAnswerLost => is_ack && !self.branches.contains(branch),
            Fault::AckOfRefusalLost => is_ack && self.branches.contains(branch),
            Fault::AnswerOnce => is_copy && sight.answers_invite,
            Fault::RefusalOnce => {
                is_copy && sight.of_invite && sight.status.is_some_and(|status| status.code() >= 300)
            }
            Fault::InviteOnce => is_copy && sight.is(Method::Invite),
            Fault::ByeOnce => is_copy && sight.is(Method::Bye),
            Fault::ByeLost => sight.is(Method::Bye),
            Fault::PrackOnce => is_copy && sight.is(Method::Prack),
            Fault::PrackLost => sight.is(Method::Prack),
            Fault::ProvisionalOnce => is_copy && message.header(Name::RSeq).is_some(),
            Fault::RefreshLost => {
                let is_session = sight.is(Method::Invite) || sight.is(Method::Update);
                is_session && !sight.is_first_invite && message.header(Name::SessionExpires).is_some()
            }
            Fault::TerminatedLost => sight.status == Some(Status::REQUEST_TERMINATED),
            Fault::CancelUnanswered => is_response && *message.method() == Method::Cancel,
            Fault::ByeUnanswered => is_response && *message.method() == Method::Bye,
            _ => false,
        }
    }

    fn remember(&mut self, flow: Flow, message: &Message, sight: &Sight<'_>) {
        if sight.is(Method::Invite) {
            self.branches.insert(message.branch().unwrap_or_default().into());
            self.flows.push(flow);
        }
        if sight.is(Method::Cancel) {
            self.cancelled.insert(message.call_id().into());
        }
    }
}

/// What a message is, at a glance.
struct Sight<'m> {
    message: &'m Message,
    status: Option<Status>,
    of_invite: bool,
    is_first_invite: bool,
    answers_invite: bool,
}

impl<'m> Sight<'m> {
    fn of(message: &'m Message) -> Self {
        let (status, of_invite) = (message.status(), *message.method() == Method::Invite);
        Self {
            message,
            status,
            of_invite,
            is_first_invite: of_invite && status.is_none() && message.to_tag().is_none(),
            answers_invite: of_invite && status == Some(Status::OK),
        }
    }

    /// Whether it is a request of this method.
    fn is(&self, method: Method) -> bool {
        self.status.is_none() && *self.message.method() == method
    }
}
