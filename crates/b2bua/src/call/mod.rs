//! A call: a set of legs, a bridge between two of them at most, and the plan that says what comes next.
//!
//! The call is the only judge. Legs bring [`News`], media threads bring ends of tasks, timers run out; each
//! becomes at most one event of the plan, and the plan's actions become orders to legs and media.
//!
//! ```text
//!   Routing ── Bridge ──> Talking ── somebody hangs up ──> Over ── legs and streams gone ──> (freed)
//!      └────── End, caller left ─────────────────────────────┘
//! ```
//!
//! Rooms: `plan` drives the engine, `fork` the B legs, `bridge` joins, `hold` entertains, `transfer` brings in others, `originate`
//! rings the caller first, `screen` asks who picks up outside, `release` ends and records, `log` keeps what happened, `decided` what of it plans decided, `identity` says who is told what
//! about whom, `line` waits in a queue, `company` who is there by now, `contact` who calls, `money` what it costs, `rehearsal` what is only tried, `probe` test calls, `blocked` whom callers may no longer ring.

mod attend;
mod blocked;
mod bridge;
mod caller;
mod company;
mod confirm;
mod contact;
pub mod decided;
mod desk;
mod dialled;
mod fork;
pub(crate) mod formats;
mod hold;
mod identity;
mod line;
mod listen;
pub mod log;
mod mailbox;
mod money;
mod originate;
mod outlook;
mod plan;
mod probe;
mod rehearsal;
mod release;
mod screen;
mod take;
mod transfer;
mod unheard;
pub mod why_not;

use std::sync::Arc;

use callplan::{Ringback, Site, journal::Journal, step::TimerId};
use clock::{Key, Now, Slots};
use sip::flow::Flow;
use smallvec::SmallVec;
use store::CallId;

pub use self::contact::tellings;
pub(crate) use self::{
    caller::Caller,
    confirm::Remembered,
    dialled::Dialled,
    line::Asked,
    originate::Originated,
    plan::{Course, Parked, Probing, Said},
    take::Taking,
    transfer::{Newcomer, Place, Target},
};
use self::{
    fork::Fork,
    formats::Agreement,
    hold::OnHold,
    log::Log,
    rehearsal::{Rehearsed, rehearsed},
    release::Ending,
    screen::Screens,
    transfer::{First, Transfer},
};
use crate::{
    cause::Cause,
    core::{Alarm, Core, Due},
    leg::{Leg, News},
    reach::{Unreachable, WaitId},
    service::voice::Voice,
    shared::limit::Holding,
};

/// One call.
#[derive(Debug)]
pub struct Call {
    id: Key<Self>,
    number: CallId,
    /// The version it began with.
    site: Arc<Site>,
    began: Now,
    caller: Caller,
    /// What was dialled, as it is recorded.
    dialled: Arc<str>,
    /// Hops that its B legs may still take.
    hops: u8,
    /// The media thread of all its legs.
    thread: u8,
    a: Key<Leg>,
    a_record: store::LegRecord,
    fork: Fork,
    phase: Phase,
    voice: Voice,
    on_hold: OnHold,
    screens: Screens,
    alarm: Alarm<Timer>,
    log: Log,
    /// What its plans were told.
    journal: Journal,
    /// The branch whose media the caller hears before the answer.
    early: Option<Key<Leg>>,
    /// What the caller hears while somebody rings.
    ringback: Ringback,
    /// The caller hears us before the answer, and rings by itself no more.
    hears_us: bool,
    /// Caller and a callee were joined, once at least.
    has_talked: bool,
    /// Why the caller is no longer there, once it is not.
    left: Option<Cause>,
    /// What it holds of the limits, and for which leg.
    holdings: SmallVec<[(Key<Leg>, Holding); 2]>,
    /// How it began, once others go on with it.
    first: Option<Box<First>>,
    transfer: Option<Box<Transfer>>,
    /// The slot that its caller comes back from, while somebody is sought.
    comes_from: Option<u32>,
    /// Which course it is on, counted.
    courses: u16,
    agreement: Agreement,
    /// Its caller was rung first.
    is_originated: bool,
    /// The plan answered, to say something or to hear it.
    was_served: bool,
    /// A message was left.
    has_left: bool,
    /// The caller was in a line.
    has_waited: bool,
    /// It only tries what would happen at another time.
    rehearsal: Option<Box<Rehearsed>>,
}

/// Where the call stands.
#[derive(Debug)]
enum Phase {
    /// The plan, or the dialled number, decides.
    Routing(Course),
    /// Caller and this B leg talk; the plan is over.
    Talking(Key<Leg>),
    /// Ended for its parties; legs and streams may still have to finish.
    Over(Ending),
}

/// Timers of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    /// One of the plan's.
    Plan(TimerId),
    /// A dialled number rang for as long as anybody waits (RFC 3261 §16.6 step 11, timer C), or whoever asked for
    /// a call did.
    Dialled,
    /// Legs or streams of an ended call never came to their end.
    Overdue,
    /// Nobody came for a caller in a slot.
    Parked,
    /// Two who met still do not speak alike.
    Agree,
}

/// What a call may use besides itself.
pub(crate) struct Hands<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) legs: &'a mut Slots<Leg>,
}

/// What a call is born with.
pub(crate) struct Birth {
    pub(crate) id: Key<Call>,
    pub(crate) number: CallId,
    pub(crate) site: Arc<Site>,
    pub(crate) caller: Caller,
    pub(crate) dialled: Arc<str>,
    pub(crate) direction: store::Direction,
    pub(crate) course: Course,
    pub(crate) hops: u8,
    pub(crate) thread: u8,
    pub(crate) a: Key<Leg>,
    pub(crate) sip_call_id: Arc<str>,
    pub(crate) holdings: SmallVec<[Holding; 2]>,
}

impl Call {
    /// A call that just came in; [`enter`](Self::enter) sets it going.
    pub(crate) fn new(mut birth: Birth, core: &mut Core) -> Self {
        let rehearsal = rehearsed(&mut birth, core);
        let Birth {
            id,
            number,
            site,
            caller,
            dialled,
            direction,
            course,
            hops,
            thread,
            a,
            sip_call_id,
            holdings,
        } = birth;
        let began = store::Began {
            at: core.now.wall,
            from: caller.number.clone(),
            to: dialled.clone(),
            direction,
            version: site.version,
            sip_call_id: sip_call_id.clone(),
        };
        core.store(store::Request::Began(number, Box::new(began)));
        let holdings = holdings.into_iter().map(|holding| (a, holding)).collect();
        let is_originated = matches!(course, Course::Originated(_) | Course::Probing(_));
        let a_record = fork::leg_record(caller.party.clone(), caller.number.clone(), 0, sip_call_id);
        Self {
            id,
            number,
            site,
            began: core.now,
            caller,
            dialled,
            hops,
            thread,
            a,
            a_record,
            fork: Fork::new(direction),
            phase: Phase::Routing(course),
            voice: Voice::default(),
            on_hold: OnHold::default(),
            screens: Screens::default(),
            alarm: Alarm::new(),
            log: Log::new(core.now.mono),
            journal: Journal::new(core.now),
            early: None,
            has_talked: false,
            left: None,
            holdings,
            first: None,
            transfer: None,
            comes_from: None,
            courses: 0,
            agreement: Agreement::default(),
            is_originated,
            was_served: false,
            ringback: Ringback::Tone,
            hears_us: false,
            has_left: false,
            has_waited: false,
            rehearsal,
        }
    }

    /// Its number in records.
    pub const fn number(&self) -> CallId {
        self.number
    }

    /// Its legs, those that are gone too.
    pub(crate) fn legs(&self) -> impl Iterator<Item = Key<Leg>> {
        std::iter::once(self.a).chain(self.fork.legs())
    }

    /// The media thread of all its legs.
    pub(crate) const fn thread(&self) -> u8 {
        self.thread
    }

    /// The A leg.
    pub const fn a(&self) -> Key<Leg> {
        self.a
    }

    /// When it came.
    pub const fn began(&self) -> Now {
        self.began
    }

    /// Who calls, as recorded: E.164 number or extension, empty if withheld.
    pub fn from(&self) -> &str {
        self.first.as_ref().map_or(&self.caller.number, |first| &first.caller.number)
    }

    /// What was dialled, as recorded.
    pub fn dialled(&self) -> &str {
        &self.dialled
    }

    /// The version of the site it runs on.
    pub const fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// `routing`, `talking` or `ending`, for the operator.
    pub const fn phase(&self) -> &'static str {
        match self.phase {
            Phase::Routing(_) => "routing",
            Phase::Talking(_) => "talking",
            Phase::Over(_) => "ending",
        }
    }

    /// A leg has news.
    pub(crate) fn news(&mut self, leg: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        if news == News::StreamClosed {
            self.stream_closed(leg, hands);
        }
        if leg == self.a {
            self.news_of_caller(news, hands);
        } else {
            self.news_of_branch(leg, news, hands);
        }
        self.settle(hands);
    }

    fn news_of_caller(&mut self, news: News, hands: &mut Hands<'_>) {
        match news {
            News::Cancelled => self.caller_left(Cause::Cancelled, hands),
            News::HungUp(release) => self.caller_left(Cause::of_leaving(release), hands),
            News::ChangeAsked | News::OfferAsked | News::ChangeTaken | News::ChangeRefused(_) => {
                self.change(self.a, news, hands)
            }
            // The ACK starts nothing that the 2xx had not; a change was answered by the leg; the stream of a
            // leg that is gone is looked at in `settle`.
            News::Key(key) => self.key(self.a, key, hands),
            News::Moved => self.moved(self.a, hands),
            News::Changed => self.agree_anew(hands),
            News::Acknowledged | News::StreamClosed | News::Gone => {}
            // News of a UAC, which the A leg is not.
            News::Ringing
            | News::EarlyMedia
            | News::Answered
            | News::AnsweredTooLate
            | News::Refused(_)
            | News::Unanswered(_)
            | News::NotLetIn => {}
        }
    }

    /// A destination that a branch waited for was reached, or not.
    pub(crate) fn reached(&mut self, wait: WaitId, flow: Result<Flow, Unreachable>, hands: &mut Hands<'_>) {
        self.branch_reached(wait, flow, hands);
        self.settle(hands);
    }

    /// A timer of this call may be due.
    pub(crate) fn tick(&mut self, hands: &mut Hands<'_>) {
        self.alarm.rang();
        while let Some(timer) = self.alarm.table.pop(hands.core.now.mono) {
            match timer {
                Timer::Plan(timer) => {
                    self.note(hands.core, log::Kind::Timer, 0, 0, timer as u64);
                    self.advance(callplan::step::Event::TimerFired(timer), hands);
                }
                Timer::Dialled => self.dialled_too_long(hands),
                Timer::Parked => self.waited_too_long(hands),
                Timer::Overdue => self.overdue(hands),
                Timer::Agree => self.agree(hands),
            }
        }
        self.settle(hands);
    }

    /// Sets the call going.
    pub(crate) fn enter(&mut self, hands: &mut Hands<'_>) {
        self.start_course(hands);
        self.settle(hands);
    }

    /// The operator ends it.
    pub(crate) fn shut_down(&mut self, hands: &mut Hands<'_>) {
        self.end(Ending::by_switch(Cause::Shutdown), hands);
        self.settle(hands);
    }

    /// Writes an event of the log.
    fn note(&mut self, core: &Core, kind: log::Kind, detail: u8, target: u32, value: u64) {
        let target = u16::try_from(target).unwrap_or(u16::MAX);
        self.log.note(core.now.mono, kind, detail, target, value);
    }

    /// Puts a hint for the next timer on the wheel.
    fn watch(&mut self, core: &mut Core) {
        if let Some(at) = self.alarm.watch() {
            core.wheel.insert(at, Due::Call(self.id));
        }
    }
}
