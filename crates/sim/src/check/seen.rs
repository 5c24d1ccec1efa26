//! What is known of a leg from its messages.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use clock::Instant;
use sip::{Message, Method, Status, flow::Flow};

use super::{refer::Referral, session::Session};

/// One message as the judge sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) now: Instant,
    pub(super) side: usize,
    pub(super) flow: Flow,
    pub(super) message: &'a Message,
}

impl Seen<'_> {
    pub(super) fn branch(&self) -> Arc<str> {
        self.message.branch().unwrap_or_default().into()
    }

    pub(super) fn call_id(&self) -> Arc<str> {
        self.message.call_id().into()
    }
}

/// One leg, by its Call-ID.
#[derive(Debug)]
pub struct Leg {
    pub(super) side: usize,
    pub(super) is_ours: bool,
    /// CSeq of the switch's last request, ACK and CANCEL left out.
    pub(super) cseq: Option<u32>,
    pub(super) bye_left: Option<Instant>,
    pub(super) bye_came: Option<Instant>,
    pub(super) bye_answered: bool,
    /// By branch.
    pub(super) asked: BTreeMap<Arc<str>, Asked>,
    pub(super) answering: BTreeMap<(Arc<str>, bool), Answering>,
    /// The switch took its first INVITE.
    pub(super) is_accepted: bool,
    /// When the first INVITE was refused, from either side.
    pub(super) refused: bool,
    /// The answer came after so long a silence that nobody may remember the INVITE.
    pub(super) is_parting: bool,
    pub(super) session: Session,
    /// The tag of the switch's side, where it is the callee.
    pub(super) tag: Option<String>,
    /// The party's REFER that was taken last.
    pub(super) referral: Option<Referral>,
}

/// A request of the switch.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) at: Instant,
    pub(super) last: Instant,
    pub(super) copies: u32,
    pub(super) provisional: bool,
    /// When the first response came.
    pub(super) heard: Option<Instant>,
    pub(super) last_status: Option<Status>,
    /// When the final response came.
    pub(super) settled: Option<Instant>,
    pub(super) connection: u32,
    /// The INVITE of a new leg.
    pub(super) is_first: bool,
    pub(super) cancelled: Option<Instant>,
    pub(super) is_given_up: bool,
}

/// A request of a party.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) provisional: bool,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    pub(super) connection: u32,
    pub(super) last_status: Option<Status>,
    pub(super) acknowledged: bool,
    pub(super) interval: Duration,
    pub(super) referral: Option<Referral>,
}

impl Asked {
    /// Whether who was asked named somebody else.
    pub(super) fn is_redirected(&self) -> bool {
        self.last_status.is_some_and(|status| (300..400).contains(&status.code()))
    }
}

impl Leg {
    pub(super) fn new(side: usize, is_ours: bool) -> Self {
        Self {
            side,
            is_ours,
            cseq: None,
            bye_left: None,
            bye_came: None,
            bye_answered: false,
            asked: BTreeMap::new(),
            answering: BTreeMap::new(),
            is_accepted: false,
            refused: false,
            is_parting: false,
            session: Session::default(),
            tag: None,
            referral: None,
        }
    }

    /// Whether its session is over for sure, or never was.
    pub(super) fn is_over(&self) -> bool {
        let ended = self.bye_left.is_some() || self.bye_came.is_some() || self.refused;
        ended || (self.is_ours && !self.is_answered())
    }

    /// Whether an INVITE was answered, from either side.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.values().any(|it| is_invite(&it.method) && is_success(it.last_status))
            || self.answering.values().any(|it| is_invite(&it.method) && is_success(it.last_status))
    }
}

pub(super) fn is_invite(method: &Method) -> bool {
    *method == Method::Invite
}

pub(super) fn is_success(status: Option<Status>) -> bool {
    status.is_some_and(Status::is_success)
}
