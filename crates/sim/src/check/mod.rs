//! What must always be true, judged by what passes over the wire and into the store.
//!
//! Nothing here looks into the switch: a leg is a Call-ID, a transaction is a branch. What the switch owes is
//! a `duty` with a moment by which it has to be done.

mod again;
mod apart;
mod blocked;
mod carrier;
mod click;
mod desk;
mod duty;
mod end;
mod identity;
mod limit;
mod masked;
mod message;
mod money;
mod park;
mod redirect;
mod refer;
mod reminder;
mod request;
mod response;
mod seen;
mod session;
mod standing;
mod streams;
mod told;
mod twin;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use clock::Instant;
use sip::{Message, flow::Flow};
use store::{CallId, Direction, Request};

pub(crate) use self::reminder::REMINDERS;
use self::{
    apart::Apart,
    blocked::Blocks,
    carrier::Carriers,
    click::Clicks,
    desk::Desks,
    duty::Duty,
    identity::Manners,
    limit::Limits,
    masked::Masked,
    money::Purses,
    park::Parks,
    reminder::Reminded,
    seen::Seen,
    streams::Streams,
    told::Unnamed,
    twin::Twins,
    watch::{Refusals, Watches},
};
pub use self::{end::Ends, seen::Leg};

/// What happened on the way, for the run's report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// INVITEs of parties that came.
    pub invites: u64,
    /// Calls that began.
    pub calls: u64,
    /// Answers that crossed a CANCEL of the switch.
    pub answers_crossing_cancel: u64,
    /// CANCELs that came after the switch's 2xx.
    pub cancels_crossing_answer: u64,
    /// BYEs that crossed a BYE.
    pub byes_crossing: u64,
    /// 491s, either way.
    pub glares: u64,
    /// Branches started together with another.
    pub forks: u64,
    /// INVITEs of the switch that two answered.
    pub twins: u64,
    /// Two that met, or one of whom changed, and did not speak alike.
    pub askings: u64,
    /// Calls that somebody took who was not rung.
    pub pickups: u64,
    /// Re-INVITEs that came.
    pub changes: u64,
    /// Reliable provisionals that came.
    pub pracks: u64,
    /// Reliable provisionals that left.
    pub reliable: u64,
    /// Sessions that were the switch's to refresh, and were.
    pub refreshes: u64,
    /// 422s that came.
    pub intervals_refused: u64,
    /// NOTIFYs that left, copies aside.
    pub notifies: u64,
    /// REFERs that were taken.
    pub transfers: u64,
    /// Those whose target answered.
    pub transfers_done: u64,
    /// Those that came to nothing.
    pub transfers_failed: u64,
    /// Those that join two calls.
    pub joins: u64,
    /// 302s that were followed, where they led to one party.
    pub redirects: u64,
    /// Callers that were parked.
    pub parks: u64,
    /// Those that somebody came for.
    pub fetched: u64,
    /// Those that went back to whoever parked them.
    pub parks_returned: u64,
    /// Calls that were asked for by a click, and placed.
    pub clicks: u64,
    /// Those that were not placed.
    pub clicks_refused: u64,
    /// Numbers that somebody blocked.
    pub blocks: u64,
    /// Times that somebody signed in at a phone.
    pub sign_ins: u64,
    /// Reminders that rang.
    pub reminders: u64,
    /// Ways outside that led on to the next.
    pub led_on: u64,
    /// Calls that passed over a carrier that was out.
    pub passed_over: u64,
    /// Rests that carriers asked for.
    pub rests: u64,
    /// Carriers that no longer answered OPTIONS.
    pub outages: u64,
    /// Those that did again.
    pub returns: u64,
    /// Questions for names that nobody answered.
    pub names_untold: u64,
    /// Names that lay elsewhere when they were asked for again.
    pub names_moved: u64,
    /// Records whose plans were decided again from their journals.
    pub replays: u64,
}

/// The judge.
#[derive(Debug, Default)]
pub struct Check {
    legs: BTreeMap<Arc<str>, Leg>,
    /// Call-IDs of the processes before.
    before: BTreeSet<Arc<str>>,
    duties: BTreeMap<(Instant, u64), Duty>,
    turn: u64,
    begun: BTreeSet<CallId>,
    /// Calls that are recorded, with the Call-IDs of their legs.
    recorded: BTreeMap<CallId, Vec<Arc<str>>>,
    /// Call-IDs of the legs that records name.
    filed: BTreeSet<Arc<str>>,
    /// Calls that the process before did not live to record.
    lost: BTreeSet<CallId>,
    violations: Vec<(Instant, String)>,
    happened: Happened,
    /// The input under way is a 2xx to an INVITE.
    is_answer: bool,
    /// Numbers that the input under way, a 302, names.
    elsewhere: Vec<String>,
    /// The input under way begins a leg.
    arriving: Option<(Arc<str>, usize, Message)>,
    blocked: Blocks,
    desks: Desks,
    reminded: Reminded,
    limits: Limits,
    manners: Manners,
    /// The input under way let a call for help leave.
    helped: bool,
    masked: Masked,
    apart: Apart,
    unnamed: Unnamed,
    purses: Purses,
    /// Lengths of recordings that are to be listed, in milliseconds.
    unlisted: Vec<u32>,
    /// Lengths of recordings that are not listed and may be of a rehearsal.
    rehearsed: Vec<u32>,
    /// Calls that rehearse.
    rehearsing: BTreeSet<CallId>,
    /// Calls that left a message.
    messages: BTreeSet<CallId>,
    /// Connections that broke.
    broken: BTreeSet<u32>,
    last_invite: Option<Instant>,
    carriers: Carriers,
    parks: Parks,
    clicks: Clicks,
    streams: Streams,
    /// When two calls may have become one last.
    joined: Option<Instant>,
    watches: Watches,
    twins: Twins,
    refusals: Refusals,
}

/// Room for what is exact on the switch's clock.
const SLACK: Duration = Duration::from_millis(20);

impl Check {
    /// What was broken, and when.
    pub fn violations(&self) -> &[(Instant, String)] {
        &self.violations
    }

    /// What happened on the way.
    pub const fn happened(&self) -> Happened {
        self.happened
    }

    /// How many calls have an end that is known on both sides: one record, and no party of theirs holds on to them.
    pub(crate) fn known(&self, holds_on: impl Fn(&str) -> bool) -> u64 {
        self.recorded.values().filter(|legs| !legs.iter().any(|leg| holds_on(leg))).count() as u64
    }

    /// The leg of this Call-ID.
    pub fn leg(&self, call_id: &str) -> Option<&Leg> {
        self.legs.get(call_id)
    }

    /// Time passes: whatever was owed by now has to be done.
    pub fn pass(&mut self, now: Instant) {
        while let Some(first) = self.duties.first_entry().filter(|first| first.key().0 < now) {
            let at = first.key().0;
            let duty = first.remove();
            self.judge(at, duty);
        }
    }

    /// The switch gets a message.
    pub fn received(&mut self, now: Instant, side: usize, flow: Flow, message: &Message) {
        let seen = Seen { now, side, flow, message };
        (self.is_answer, self.helped) = (false, false);
        self.elsewhere.clear();
        self.names_itself(seen);
        if self.twin_came(seen) {
            return;
        }
        if message.is_request() {
            self.request_came(seen);
        } else {
            self.callee_answered(seen);
            self.response_came(seen);
        }
    }

    /// The switch is done with an input.
    pub fn handled(&mut self, now: Instant) {
        self.is_answer = false;
        self.elsewhere.clear();
        self.judge_arrival(now);
    }

    /// A connection broke: what was on its way over it may be lost. An INVITE of which nothing was heard ends with it, and
    /// whoever answers it by another is parted with.
    pub(crate) fn broke(&mut self, connection: u32) {
        self.broken.insert(connection);
        let ends =
            |asked: &seen::Asked| asked.is_first && asked.connection == connection && asked.heard.is_none();
        for leg in self.legs.values_mut().filter(|leg| leg.asked.values().any(ends)) {
            leg.is_parting = true;
        }
    }

    /// The switch sends a message.
    pub fn sent(&mut self, now: Instant, side: usize, flow: Flow, message: &Message) {
        let seen = Seen { now, side, flow, message };
        self.judge_apart(seen);
        self.described(seen);
        if self.twin_left(seen) {
            return;
        }
        self.judge_masked(seen);
        self.judge_told(seen);
        self.judge_blocked(seen);
        self.judge_reminder(seen);
        self.judge_desk(seen);
        if message.is_request() {
            self.request_left(seen);
        } else {
            self.response_left(seen);
        }
    }

    /// The switch sends a message down a connection that just closed.
    pub fn sent_in_vain(&mut self, now: Instant, flow: Flow, message: &Message) {
        if let Some(side) = self.legs.get(message.call_id()).map(|leg| leg.side) {
            self.sent(now, side, flow, message);
        }
    }

    /// The switch asks the store.
    pub fn stored(&mut self, now: Instant, request: &Request) {
        match request {
            Request::Began(call, began) => {
                self.happened.calls += 1;
                if began.direction == Direction::Rehearsal {
                    self.rehearsing.insert(*call);
                }
                if !self.begun.insert(*call) {
                    self.violate(now, format!("call {} began twice", call.0));
                }
            }
            Request::Record(record) => {
                if !self.begun.contains(&record.call) {
                    self.violate(now, format!("call {} is recorded and never began", record.call.0));
                }
                let legs = record.legs.iter().map(|leg| leg.sip_call_id.clone()).collect();
                if self.recorded.insert(record.call, legs).is_some() {
                    self.violate(now, format!("call {} has two records", record.call.0));
                }
                self.judge_outcome(now, record);
                self.judge_ways(now, record);
                self.judge_parks(now, record);
                self.judge_click(now, record);
                self.judge_charges(now, record);
                self.filed.extend(record.legs.iter().map(|leg| leg.sip_call_id.clone()));
                // Of two calls that became one the other's record, which names them too, says when legs are over.
                let are_handed = record.cause == "transferred";
                for leg in record.legs.iter().filter(|_| !are_handed) {
                    self.owe(now + duty::OUTLIVES_MAX, Duty::Over(leg.sip_call_id.clone()));
                }
            }
            Request::Voicemail(row) => self.listed(now, row),
            Request::Load
            | Request::AskCaller(..)
            | Request::PutContacts(..)
            | Request::FinishContacts(..)
            | Request::EraseContact(..)
            | Request::PutBinding(..)
            | Request::DropBinding(..)
            | Request::PutSubscription(..)
            | Request::DropSubscription(_)
            | Request::HeardVoicemail(..)
            | Request::DropVoicemail(..)
            | Request::Pointer(..) => {}
            Request::Put(_, name, value) => {
                self.judge_kept(now, name, value);
                self.blocks(name, value);
                self.reminds(now, name, value);
                self.sits(name, value);
            }
        }
    }

    /// The process died: what it owed is forgiven, its calls are lost.
    pub fn died(&mut self, now: Instant) {
        self.duties.clear();
        self.before.extend(std::mem::take(&mut self.legs).into_keys());
        self.lost.extend(self.begun.iter().filter(|call| !self.recorded.contains_key(call)));
        self.unlisted.clear();
        self.rehearsed.clear();
        self.rehearsing.clear();
        (self.arriving, self.clicks, self.twins) = (None, Clicks::default(), Twins::default());
        self.streams = Streams::default();
        self.reminded.died = Some(now);
        self.watches_died(now);
    }

    /// A process begins with what the store has: what it was asked to keep and did not is said no more.
    pub(crate) fn loads(&mut self, now: Instant, values: &[(Arc<str>, Arc<[u8]>)]) {
        self.blocked.loads(values);
        self.reminded.loads(values);
        self.sit_down(values);
        self.reminds_again(now);
    }

    fn violate(&mut self, now: Instant, what: String) {
        if self.violations.len() < 50 {
            self.violations.push((now, what));
        }
    }

    fn owe(&mut self, by: Instant, duty: Duty) {
        self.turn += 1;
        self.duties.insert((by, self.turn), duty);
    }
}
