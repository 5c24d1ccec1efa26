//! What every machine of the switch may use while one input runs: time, chance, transactions, queues.
//!
//! `Core` owns neither legs nor calls. Machines push [`Effect`]s for one another; `switch::dispatch` pops
//! them until none is left.

mod answer;
mod birth;
mod mail;
mod money;
mod proof;
mod stream;
mod tally;

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use callplan::{HoursId, Site, step::Steps};
use clock::{Chance, Instant, Key, Now, Slots, Table, Wheel};
use media::control::{Request as MediaRequest, TaskId};
use sip::{
    Message, Method, Status,
    flow::Flow,
    transaction::{Branch, ClientKey, Layer, Outgoing, ServerKey, Up},
};

use smallvec::SmallVec;

pub(crate) use self::{
    answer::{extensions, is_proportionate},
    money::Unpaid,
};
use crate::{
    call::{Asked, Call},
    counters::Counters,
    identity::Identity,
    leg::{Leg, News},
    reach::{Destination, Reach, Reached, Terms, WaitId},
    registrar::Registrar,
    shared::{
        again::Agains,
        blocked::Blocked,
        callback::Callbacks,
        desks::Desks,
        erred::Erred,
        guess::Guesses,
        keys::Keys,
        ledger::Ledger,
        limit::Limits,
        lists::Lists,
        messages::Messages,
        pending::Pending,
        people::People,
        port::Ports,
        probes::Probes,
        promise::{Promise, Statement},
        queue::Lines,
        recorded::Prompts,
        rehearsal::Rehearsals,
        reminders::Reminders,
        slots::Taken,
        tally::Tallies,
    },
    subscription::{Lights, Subscription},
    switch::{Asker, Log, Output, Sounds},
    trunk::{Credential, Draft, FarEnd, PingId, RegistrationId, Trunks},
};

/// Whose request a client transaction carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// A leg's INVITE or BYE.
    Leg(Key<Leg>),
    /// A trunk's REGISTER.
    Trunk(RegistrationId),
    /// An OPTIONS to a trunk's server.
    Ping(PingId),
    /// A NOTIFY to a watcher.
    Watcher(Key<Subscription>),
    /// Nobody waits for the response: a CANCEL.
    Nobody,
}

/// What one layer asks of another, within one input.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The transaction layer has news.
    Transaction(Up<User>),
    /// A leg has news for its call.
    Leg { leg: Key<Leg>, call: Key<Call>, news: News },
    /// A call says something for good, and waits to confirm it.
    Say(Key<Call>, Statement),
    /// A call asks something of the line of a queue.
    Line(Key<Call>, Arc<str>, Asked),
    /// Whoever a call was placed for picked up, or did not.
    Picked(Key<Call>),
    /// Whoever took a call out of a line talks no longer on this leg.
    Served(Key<Leg>),
    /// A caller at home has picked up, whom somebody called by this leg.
    Reached(Key<Leg>),
}

/// What a hint on the wheel stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A leg's table.
    Leg(Key<Leg>),
    /// A call's table.
    Call(Key<Call>),
    /// What was paid for a leg outside is about to be used up.
    Paid(Key<Leg>),
    /// A reminder rings, or the clock may have been set.
    Reminders,
    /// Lines of queues are looked at.
    Lines,
    /// A schedule of this version of the site, which has a key, opens or closes.
    Hours(HoursId, u32),
    /// A schedule is held no longer, or the clock may have been set.
    Holds,
    /// Somebody who did not answer is called back again, or the clock may have been set.
    Agains,
    /// A call of a probe is over.
    Probe,
    /// Numbers are tried by themselves, or the clock may have been set.
    Probes,
}

/// A timer table and the earliest hint that stands on the wheel for it.
#[derive(Debug)]
pub(crate) struct Alarm<T: Copy + Eq> {
    pub(crate) table: Table<T>,
    hint: Option<Instant>,
}

impl<T: Copy + Eq> Alarm<T> {
    pub(crate) fn new() -> Self {
        Self { table: Table::new(), hint: None }
    }

    /// When a hint has to be put on the wheel, if none stands there that is early enough.
    pub(crate) fn watch(&mut self) -> Option<Instant> {
        let next = self.table.next()?;
        if self.hint.is_some_and(|hint| hint <= next) {
            return None;
        }
        self.hint = Some(next);
        Some(next)
    }

    /// A hint came off the wheel.
    pub(crate) fn rang(&mut self) {
        self.hint = None;
    }
}

/// Everything but legs and calls.
pub(crate) struct Core {
    pub(crate) now: Now,
    pub(crate) chance: Chance,
    pub(crate) identity: Identity,
    pub(crate) transactions: Layer<User>,
    pub(crate) wheel: Wheel<Due>,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) ports: Ports,
    pub(crate) limits: Limits,
    /// What legs outside cost, and whom.
    pub(crate) ledger: Ledger,
    pub(crate) registrar: Registrar<Asker>,
    pub(crate) reach: Reach,
    pub(crate) trunks: Trunks,
    /// Phones that whoever helps may call back.
    pub(crate) callbacks: Callbacks,
    pub(crate) promises: Pending<Promise>,
    pub(crate) counters: Counters,
    pub(crate) erred: Erred,
    /// The newest version, for what is never pinned: credentials, permissions, limits.
    pub(crate) site: Arc<Site>,
    pub(crate) sounds: Sounds,
    /// Messages lie below, a folder for each mailbox.
    pub(crate) voicemail_folder: Arc<Path>,
    pub(crate) prompts_folder: Arc<Path>,
    pub(crate) prompts: Prompts,
    pub(crate) agains: Agains,
    /// Who waits for a destination.
    pub(crate) waiting: HashMap<WaitId, Waiter>,
    /// What the engine last said; kept for its memory.
    pub(crate) steps: Steps,
    pub(crate) tasks: Slots<Task>,
    pub(crate) pointers: HashMap<Arc<str>, u32>,
    /// The addresses that parties are told to send media to: one a family at most, one at least.
    pub(crate) media_addresses: Vec<IpAddr>,
    pub(crate) last_call: store::CallId,
    /// What lamps show of phones, and of mailboxes.
    pub(crate) lights: Lights,
    /// Where calls are parked.
    pub(crate) taken: Taken,
    /// Lines of queues.
    pub(crate) lines: Lines,
    /// When they are looked at next.
    pub(crate) lines_at: Option<Instant>,
    pub(crate) messages: Messages,
    /// Who guesses PINs, and whose.
    pub(crate) guesses: Guesses,
    /// What people said of themselves.
    pub(crate) people: People,
    /// Whom people want no calls of.
    pub(crate) blocked: Blocked,
    /// Entries of caller lists besides those of the config.
    pub(crate) lists: Lists,
    /// What people did of late.
    pub(crate) tallies: Tallies,
    /// Where people have signed in.
    pub(crate) desks: Desks,
    /// When people want to be reminded.
    pub(crate) reminders: Reminders,
    /// Schedules held by their day/night keys.
    pub(crate) keys: Keys,
    /// Who tries what happens at another time.
    pub(crate) rehearsals: Rehearsals,
    /// Test calls.
    pub(crate) probes: Probes,
    /// Mailboxes whose messages changed within this input.
    pub(crate) mail_changed: Vec<Arc<str>>,
    pub(crate) buffer: BytesMut,
}

/// Header lines that answer a challenge, one for each realm.
pub(crate) type Credentials = SmallVec<[Credential; 1]>;

/// Who waits for a destination to be reached.
#[derive(Debug)]
pub(crate) enum Waiter {
    /// A branch of this call.
    Call(Key<Call>),
    /// A trunk's REGISTER.
    Trunk(RegistrationId, Box<Draft>),
    /// An OPTIONS to a trunk's server.
    Ping(PingId, Box<FarEnd>),
}

/// A task of a media thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    /// Whose.
    pub(crate) call: Key<Call>,
    /// What for.
    pub(crate) purpose: Purpose,
}

/// What a task of a media thread is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The plan plays a prompt.
    Prompt,
    /// A caller who has a stream hears that somebody rings.
    Ringback,
    /// Who is on hold hears music.
    Music,
    /// The caller's keys are wanted.
    Keys,
    /// A message is being left.
    Message,
    /// A prompt is being recorded.
    Take,
}

/// A page of messages: as large as a burst of NOTIFYs makes good use of, and no loss if one of them keeps it.
pub(crate) const PAGE: usize = 16 << 10;

impl Core {
    /// A buffer to write one message into; to be given back with [`keep`](Self::keep).
    ///
    /// Those that live for a moment are cut off it, so a page serves several of them with one allocation.
    pub(crate) fn buffer(&mut self) -> BytesMut {
        std::mem::take(&mut self.buffer)
    }

    /// Keeps the rest of the buffer for the next message.
    pub(crate) fn keep(&mut self, buffer: BytesMut) {
        self.buffer = buffer;
    }

    /// Sends without a transaction: an ACK for a 2xx, a 2xx once more.
    pub(crate) fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }

    /// Starts a client transaction; `None` when there is no slot for it.
    pub(crate) fn start(
        &mut self,
        user: User,
        flow: Flow,
        method: Method,
        branch: Branch,
        bytes: Bytes,
        timeout: Option<Duration>,
    ) -> Option<ClientKey> {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        let outgoing = Outgoing { user, flow, method, branch, bytes, timeout };
        self.transactions.request(self.now.mono, outgoing, &mut out).ok()
    }

    /// Nobody waits for the final response to an INVITE of ours any more.
    pub(crate) fn forsake(&mut self, key: ClientKey) {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.forsake(self.now.mono, key, &mut out);
    }

    /// Sends a response on a server transaction.
    pub(crate) fn respond(&mut self, key: ServerKey, status: Status, bytes: Bytes) {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.respond(self.now.mono, key, status, bytes, &mut out);
    }

    /// Hands a message to the transaction layer.
    pub(crate) fn receive(&mut self, flow: Flow, message: Message) {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.receive(self.now.mono, flow, message, &mut out);
    }

    /// Runs the transaction timers that are due.
    pub(crate) fn tick_transactions(&mut self) {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.tick(self.now.mono, &mut out);
    }

    /// Tells the transactions on `flow` that it is gone.
    pub(crate) fn fail_flow(&mut self, flow: Flow) {
        let mut out = Wires { effects: &mut self.effects, outputs: &mut self.outputs };
        self.transactions.flow_failed(self.now.mono, flow, &mut out);
    }

    /// A flow to `destination`, or the promise of one.
    pub(crate) fn reach(&mut self, destination: &Destination, terms: Terms<'_>) -> Reached {
        self.reach.reach(self.now.mono, destination, terms, &mut self.chance, &mut self.outputs)
    }

    /// The flow to `destination` if it is there by now; if not, it is for whoever comes again.
    pub(crate) fn reach_at_once(&mut self, destination: &Destination) -> Option<Flow> {
        self.reach.at_once(self.now.mono, destination, |_| true, &mut self.outputs)
    }

    /// News of a leg for its call, handled after what runs now.
    pub(crate) fn tell(&mut self, leg: Key<Leg>, call: Key<Call>, news: News) {
        self.effects.push_back(Effect::Leg { leg, call, news });
    }

    /// The next call's number: the time of its arrival in microseconds, moved on where two would be the same,
    /// so that numbers stay unique and in order over restarts and clock jumps.
    pub(crate) fn next_call(&mut self) -> store::CallId {
        let arrived = u64::try_from(self.now.wall.unix_micros()).unwrap_or(0);
        self.last_call = store::CallId(arrived.max(self.last_call.0 + 1));
        self.last_call
    }

    /// A task for a call; `None` when there are too many.
    pub(crate) fn begin_task(&mut self, call: Key<Call>, purpose: Purpose) -> Option<TaskId> {
        self.tasks.try_insert(Task { call, purpose }).ok().map(|key| TaskId(key.raw()))
    }

    /// The call that waits for a task.
    pub(crate) fn call_of_task(&self, task: TaskId) -> Option<Key<Call>> {
        self.tasks.get(Key::from_raw(task.0)).map(|task| task.call)
    }

    /// Whoever asked for the task no longer waits for its end.
    pub(crate) fn end_task(&mut self, task: TaskId) -> Option<Task> {
        self.tasks.remove(Key::from_raw(task.0))
    }

    /// Whose turn it is in a round-robin group.
    pub(crate) fn pointer(&self, group: &str) -> u32 {
        self.pointers.get(group).copied().unwrap_or(0)
    }

    /// Remembers whose turn it is, over restarts too.
    pub(crate) fn advance_pointer(&mut self, group: &Arc<str>, to: u32) {
        self.pointers.insert(group.clone(), to);
        self.store(store::Request::Pointer(group.clone(), to));
    }

    /// Says something to the operator.
    pub(crate) fn log(&mut self, log: Log) {
        self.outputs.push_back(Output::Log(log));
    }

    /// Asks the store.
    pub(crate) fn store(&mut self, request: store::Request) {
        self.outputs.push_back(Output::Store(request));
    }

    /// Asks a media thread.
    pub(crate) fn media(&mut self, thread: u8, request: MediaRequest) {
        self.outputs.push_back(Output::Media { thread, request });
    }
}

/// Where the transaction layer puts what it has to say.
struct Wires<'a> {
    effects: &'a mut VecDeque<Effect>,
    outputs: &'a mut VecDeque<Output>,
}

impl sip::transaction::Out<User> for Wires<'_> {
    fn up(&mut self, up: Up<User>) {
        self.effects.push_back(Effect::Transaction(up));
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Transmit { flow, bytes });
    }
}
