//! The room where inputs come in and outputs go out.
//!
//! ```text
//!   handle(now, Input) ──> transactions ──> admit ──> arrive / Leg ──> Call ──> callplan::step
//!                                │                        │             │
//!   poll() <── outputs <─────────┴── effects, popped until none is left (dispatch)
//! ```
//!
//! One input runs to completion and is drained before the next. `now` is the only clock, the seed the only
//! chance: the same inputs give the same outputs.

mod admit;
mod again;
mod arrive;
mod block;
mod carriers;
mod desk;
mod dispatch;
mod due;
mod emergency;
mod erred;
mod faults;
mod figures;
mod flood;
mod held;
mod hosts;
mod hours;
mod input;
mod join;
mod lamps;
mod lines;
mod notify;
mod originate;
mod output;
mod park;
mod ping;
mod place;
mod probe;
mod queue;
mod refer;
mod rehearse;
mod remind;
mod settings;
mod state;
mod told;
mod trunks;
mod understand;
mod view;
mod wanted;
mod watch;

use std::sync::Arc;

use callplan::{Session, Site};
use clock::{Instant, Key, Now, Slots};
use sip::{Message, flow::Flow, transaction::ServerKey};

pub(crate) use self::settings::Secrets;
use self::watch::Watchers;
pub use self::{
    figures::Figures,
    held::{HeldVersion, Oldest},
    input::{Control, FlowEvent, Input, OpenId, Saying},
    lines::{AgentView, QueueView, WaitingView},
    originate::{NotPlaced, Originate},
    output::{Log, Output, Verify},
    settings::{Bounds, Settings, Sounds},
    trunks::{PlaceView, TrunkView},
    view::{BindingView, CallView, HoursView, LegView, PersonView, PhoneView, RehearsalView, View},
};
pub use crate::service::phrase::Phrase;
use crate::{
    auth::Authenticator,
    call::{Asked, Call, Hands},
    core::{Core, Effect},
    counters::Counters,
    leg::Leg,
    shared::recent::Recent,
};

/// A whole switch.
pub struct Switch {
    core: Core,
    legs: Slots<Leg>,
    calls: Slots<Call>,
    authenticator: Authenticator,
    flood: flood::Flood,
    /// Dialogs that are over, by Call-ID and the party's tag: as many as may end while their INVITEs are remembered.
    ended: Recent<()>,
    notifier: Watchers,
    hosts: hosts::Hosts,
    /// Calls that ran within this input.
    touched: Vec<Key<Call>>,
    draining: Draining,
    /// The site as it was applied, before any phone of it was lent.
    home: Arc<Site>,
    /// When somebody looks next whether a reminder is due.
    reminders_at: Option<Instant>,
    /// The call that runs, to be dropped should it panic.
    running: Option<Key<Call>>,
    faults: faults::Faults,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Draining {
    /// Nobody asked for it.
    No,
    /// No new calls; those under way end by themselves.
    Calls,
    /// No call is left; trunks are being unregistered.
    Trunks { since: Instant },
    /// The process is about to end.
    Done,
}

/// Who waits for the answer to a REGISTER.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    key: ServerKey,
    flow: Flow,
    request: Message,
    /// What the phone is told that we can.
    rules: Session,
}

impl Asker {
    /// One who is told nothing of what we can.
    fn new(key: ServerKey, flow: Flow, request: &Message) -> Self {
        Self { key, flow, request: request.clone(), rules: Session::default() }
    }
}

impl Switch {
    /// A switch of this site. The first input has to be the store's `Loaded`; trunks register then.
    pub fn new(settings: Settings, site: Arc<Site>, now: Now) -> Self {
        settings::build(settings, site, now)
    }

    /// Takes one input and runs it to completion.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.core.now = now;
        self.dispatch(input);
    }

    /// The next thing asked of the world; `None` when all is said.
    pub fn poll(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// When [`Input::Time`] is wanted, if nothing comes before. It may be early, never late.
    pub fn timeout(&self) -> Option<Instant> {
        let timers = [
            self.core.wheel.next(),
            self.core.transactions.timeout(),
            self.core.registrar.timeout(),
            self.core.trunks.timeout(),
            self.core.reach.timeout(),
            self.core.ports.timeout(),
            self.notifier.timeout(),
            self.core.promises.timeout(),
            self.farewell(),
        ];
        timers.into_iter().flatten().min()
    }

    /// When trunks have had their time to be unregistered.
    fn farewell(&self) -> Option<Instant> {
        match self.draining {
            Draining::Trunks { since } => Some(since + due::FAREWELL),
            Draining::No | Draining::Calls | Draining::Done => None,
        }
    }

    /// The version that new calls run on.
    pub const fn site(&self) -> &Arc<Site> {
        &self.core.site
    }

    /// Counts since the start.
    pub const fn counters(&self) -> Counters {
        self.core.counters
    }

    /// Calls that are not over.
    pub const fn calls_len(&self) -> usize {
        self.calls.len()
    }

    /// Requests of ours that are under way, and requests of others that are known.
    pub fn transactions_len(&self) -> (usize, usize) {
        self.core.transactions.live()
    }

    /// Whether every slot, port and limit of calls is free again.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
            && self.legs.is_empty()
            && self.core.tasks.is_empty()
            && self.core.waiting.is_empty()
            && self.core.ports.used() == 0
            && self.core.limits.is_idle()
            && self.core.ledger.is_idle()
            && self.core.tallies.is_idle()
            && self.core.lights.are_out()
            && self.core.taken.is_empty()
            && self.core.lines.is_idle()
            && self.core.transactions.is_idle()
    }

    /// Runs `work` on a call with everything it may use; removes it when that was the end of it.
    fn with_call(&mut self, key: Key<Call>, work: impl FnOnce(&mut Call, &mut Hands<'_>)) {
        self.touches(key);
        let Some(call) = self.calls.get_mut(key) else { return };
        let mut hands = Hands { core: &mut self.core, legs: &mut self.legs };
        let (before, line, asked) = (call.slot(), call.line(), call.is_asking());
        self.running = Some(key);
        work(call, &mut hands);
        self.running = None;
        let (after, is_done) = (call.slot(), call.is_done(&hands));
        if asked && !call.is_asking() && !self.core.lines.is_idle() {
            self.core.effects.push_back(Effect::Picked(key));
        }
        let left = line.filter(|line| call.line().as_ref() != Some(line));
        if before != after {
            self.moves(key, before, after);
        }
        if let Some(line) = left {
            self.core.effects.push_back(Effect::Line(key, line, Asked::Left));
        }
        if is_done {
            self.calls.remove(key);
        }
    }
}
