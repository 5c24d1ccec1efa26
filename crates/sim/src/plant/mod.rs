//! Faults put between the switch and the world on purpose: whoever judges has to find each of them.

mod apart;
mod carrier;
mod click;
mod fault;
mod money;
mod park;
mod plans;
mod refer;
mod text;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use b2bua::{reach::Answer, switch::Output};
use bytes::Bytes;
use media::control::{Payload, Request as Media, StreamId};
use sip::{Message, Method, Name, Status, flow::Flow};
use smallvec::SmallVec;
use store::Request;

use self::text::{
    NOBODY, cancel_of, from_another, from_nobody, renumbered, with_least_interval, without_reason,
};
pub use self::{
    fault::{FAULTS, Fault},
    plans::OF_PLANS,
};
use crate::agent::TWIN;

/// A fault at work.
#[derive(Debug)]
pub struct Planted {
    fault: Fault,
    /// Branches of INVITEs sent, and Call-IDs of CANCELs.
    branches: BTreeSet<Arc<str>>,
    cancelled: BTreeSet<Arc<str>>,
    /// Call-IDs of those who were told that their transfer worked.
    transferred: BTreeSet<Arc<str>>,
    /// Where numbers were called, and branches of those called elsewhere then.
    called: BTreeMap<String, SocketAddr>,
    led_on: BTreeSet<Arc<str>>,
    /// A click is under way; Call-IDs of those who are rung because of one; one of them has just answered.
    is_click: bool,
    askers: BTreeSet<Arc<str>>,
    is_asker_there: bool,
    left_out: BTreeSet<Arc<str>>,
    /// What media threads were told first of a stream.
    aimed: BTreeMap<StreamId, SmallVec<[Payload; 4]>>,
    /// What was said first of names.
    names: BTreeMap<Arc<str>, Answer>,
    /// Bytes sent before.
    sent: BTreeSet<Bytes>,
    /// Flows that INVITEs went down.
    flows: Vec<Flow>,
    /// With whom calls are under way, by Call-ID.
    under_way: BTreeMap<Arc<str>, SocketAddr>,
    caller: apart::Caller,
}

impl Planted {
    /// Puts a fault to work.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            branches: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            transferred: BTreeSet::new(),
            called: BTreeMap::new(),
            led_on: BTreeSet::new(),
            is_click: false,
            askers: BTreeSet::new(),
            is_asker_there: false,
            left_out: BTreeSet::new(),
            aimed: BTreeMap::new(),
            names: BTreeMap::new(),
            sent: BTreeSet::new(),
            flows: Vec::new(),
            under_way: BTreeMap::new(),
            caller: apart::Caller::default(),
        }
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
            | Output::OpenAhead { .. }
            | Output::Close(_)
            | Output::Store(_)
            | Output::Media { .. }
            | Output::Resolve { .. }
            | Output::Verify(_)
            | Output::Discard { .. }
            | Output::Originated(_)
            | Output::Drained
            | Output::Log(_) => Duration::ZERO,
        }
    }

    /// Spoils what a start reads.
    pub fn loads(&self, state: &mut store::State) {
        if self.fault == Fault::BindingsLost {
            state.bindings.clear();
        }
        if self.fault == Fault::BlocksLost {
            state.values.retain(|(name, _)| !name.starts_with("blocked:"));
        }
        if self.fault == Fault::DesksLost {
            state.values.retain(|(name, _)| !name.starts_with("desk:"));
        }
        if self.fault == Fault::RemindersForgotten {
            state.values.retain(|(name, _)| !name.starts_with("reminders:"));
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
            Output::Media { thread, request: Media::Aim { stream, mut remote } }
                if self.fault == Fault::FormatKept =>
            {
                let first = self.aimed.entry(stream).or_insert_with(|| remote.payloads.clone());
                remote.payloads.clone_from(first);
                vec![Output::Media { thread, request: Media::Aim { stream, remote } }]
            }
            Output::Store(Request::Record(_)) if self.fault == Fault::RecordLost => Vec::new(),
            Output::Store(Request::Voicemail(_)) if self.fault == Fault::MessageLost => Vec::new(),
            Output::Store(Request::HeardVoicemail(..)) if self.fault == Fault::HearingLost => Vec::new(),
            Output::Discard { .. } if self.fault == Fault::DeletionLost => Vec::new(),
            Output::Store(Request::Record(mut record)) if self.fault == Fault::OutcomeWrong => {
                if record.outcome == "voicemail" {
                    record.outcome = "missed";
                }
                vec![Output::Store(Request::Record(record))]
            }
            Output::Store(row) if money::OF_MONEY.contains(&self.fault) => {
                vec![Output::Store(money::spoils(self.fault, row))]
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
            | Output::OpenAhead { .. }
            | Output::Close(_)
            | Output::Store(_)
            | Output::Media { .. }
            | Output::Resolve { .. }
            | Output::Verify(_)
            | Output::Discard { .. }
            | Output::Originated(_)
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
        let spoilt = refer::spoils(self.fault, message, &text);
        let spoilt = spoilt.or_else(|| park::spoils(self.fault, message, &text));
        if let Some(spoilt) = spoilt.or_else(|| watch::spoils(self.fault, message, &text, is_copy)) {
            return spoilt.into_iter().map(|text| send(flow, text.into())).collect();
        }
        let is_left_out = sight.is_first_invite && self.leaves_out(message);
        let is_lost = is_left_out || self.loses(flow, message, &sight, is_copy);
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
            Fault::CallerForgotten if sight.is_first_invite => instead(from_nobody(&text)),
            Fault::UnknownTold if sight.is_first_invite => {
                instead(text.replacen(NOBODY, "<sip:100@pbx.example>", 1))
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
            fault if sight.is_first_invite => self.caller.spoils(fault, &text).map_or(as_it_is, instead),
            _ => as_it_is,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each fault spoils one thing and leaves the rest")]
    fn loses(&self, flow: Flow, message: &Message, sight: &Sight<'_>, is_copy: bool) -> bool {
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
            Fault::ReminderLost => sight.is_first_invite && message.from().uri.user() == Some("reminder"),
            Fault::InviteOnce => is_copy && sight.is(Method::Invite),
            Fault::ByeOnce => is_copy && sight.is(Method::Bye),
            Fault::TransferorKept => sight.is(Method::Bye) && self.transferred.contains(message.call_id()),
            Fault::TwinKept => {
                sight.is(Method::Bye) && message.to_tag().is_some_and(|tag| tag.ends_with(TWIN))
            }
            Fault::ByeLost => sight.is(Method::Bye),
            Fault::OptionsLost => sight.is(Method::Options),
            Fault::PrackOnce => is_copy && sight.is(Method::Prack),
            Fault::PrackLost => sight.is(Method::Prack),
            Fault::ProvisionalOnce => is_copy && message.header(Name::RSeq).is_some(),
            Fault::RefreshLost => {
                let is_session = sight.is(Method::Invite) || sight.is(Method::Update);
                is_session && !sight.is_first_invite && message.header(Name::SessionExpires).is_some()
            }
            Fault::TerminatedLost => sight.status == Some(Status::REQUEST_TERMINATED),
            Fault::HelpLimited if sight.is_first_invite && calls_for_help(message) => {
                self.under_way.iter().any(|(call, at)| *at == flow.remote && **call != *message.call_id())
            }
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
        if sight.is_first_invite {
            self.note_way(flow, message);
        }
        self.note_asker(message);
        if refer::tells_success(message) {
            self.transferred.insert(message.call_id().into());
        }
        if sight.is(Method::Cancel) {
            self.cancelled.insert(message.call_id().into());
        }
        let is_refused =
            sight.is(Method::Ack) && self.branches.contains(message.branch().unwrap_or_default());
        if sight.is_first_invite || sight.answers_invite {
            self.under_way.insert(message.call_id().into(), flow.remote);
        } else if is_refused || matches!(message.method(), Method::Bye | Method::Cancel) {
            self.under_way.remove(message.call_id());
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

/// Whether a request goes to the number that the sites of runs and ladders know for help.
fn calls_for_help(request: &Message) -> bool {
    request.request_uri().is_some_and(|uri| uri.user() == Some("911"))
}
