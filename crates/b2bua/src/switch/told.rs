//! What the world says besides messages: connections and names, the store, media threads, the operator.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use callplan::Site;
use clock::Key;
use media::control::{Reply as MediaReply, StreamId};
use sip::flow::Flow;
use smallvec::SmallVec;

use super::{Control, Draining, FlowEvent, Log, Switch, watch::Watchers};
use crate::{
    call::{Call, Hands},
    core::{Core, Waiter},
    leg::Leg,
    reach::{Answer, Unreachable, WaitId},
    shared::{promise, queue::homes_in},
    trunk,
};

impl Switch {
    pub(super) fn flow(&mut self, event: &FlowEvent) {
        if let FlowEvent::Closed(flow) = event {
            self.core.registrar.flow_closed(*flow);
            self.core.fail_flow(*flow);
        }
        let Core { now, reach, outputs, .. } = &mut self.core;
        let told = reach.flow_event(now.mono, event, outputs);
        self.told(told);
        if let FlowEvent::Closed(flow) = event
            && flow.transport.is_reliable()
            && self.core.trunks.are_on(*flow)
        {
            self.trunk(|trunks, now, out| trunks.flow_closed(now, *flow, out));
        }
    }

    /// The resolver answered.
    pub(super) fn resolved(&mut self, question: u64, answer: Answer) {
        let is_found = matches!(answer, Answer::Servers(..));
        let core = &mut self.core;
        let asked = core.reach.asked(question).filter(|_| is_found).cloned();
        let before: SmallVec<[SocketAddr; 4]> = asked.iter().flat_map(|it| core.reach.known(it)).collect();
        let told = core.reach.resolved(core.now.mono, question, answer, &mut core.chance, &mut core.outputs);
        self.told(told);
        if let Some(destination) = asked {
            let has_moved = self.core.reach.known(&destination).any(|it| !before.contains(&it));
            self.trunk(|trunks, now, out| trunks.found(now, &destination, has_moved, out));
        }
    }

    /// Destinations that were waited for.
    pub(super) fn told(&mut self, told: impl IntoIterator<Item = (WaitId, Result<Flow, Unreachable>)>) {
        for (wait, flow) in told {
            match self.core.waiting.remove(&wait) {
                Some(Waiter::Call(call)) => {
                    self.with_call(call, |call, hands| call.reached(wait, flow, hands))
                }
                Some(Waiter::Trunk(id, draft)) => match flow {
                    Ok(flow) => self.send_register(id, &draft, flow),
                    Err(why) => self.register_failed(id, why.into()),
                },
                Some(Waiter::Ping(id, far_end)) => match flow {
                    Ok(flow) => self.send_ping(id, &far_end, flow),
                    Err(_) => self.ping_ended(id, false),
                },
                None => {}
            }
        }
    }

    pub(super) fn stored(&mut self, reply: store::Reply) {
        let now = self.core.now;
        let answered = match reply {
            store::Reply::Committed(ticket) if Watchers::owns(ticket) => {
                return self.watcher_stored(ticket, true);
            }
            store::Reply::Failed(ticket, _) if Watchers::owns(ticket) => {
                return self.watcher_stored(ticket, false);
            }
            store::Reply::Committed(ticket) | store::Reply::Failed(ticket, _) if promise::owns(ticket) => {
                let is_kept = matches!(reply, store::Reply::Committed(_));
                let promise = self.core.promises.take(ticket);
                return promise.into_iter().for_each(|promise| self.promise_over(promise, is_kept));
            }
            store::Reply::Loaded(state) => return self.loaded(*state),
            store::Reply::Committed(ticket) => self.core.registrar.committed(now, ticket),
            store::Reply::Caller(asker, known) => {
                let told = |call: &mut Call, hands: &mut Hands<'_>| call.told(&known, hands);
                return self.with_call(Key::from_raw(asker.0), told);
            }
            store::Reply::Failed(ticket, why) => {
                self.core.log(Log::Warn(format!("the store could not keep a row: {why}")));
                self.core.registrar.failed(now, ticket)
            }
        };
        if let Some((asker, reply)) = answered {
            self.answer_register(&asker, &reply);
        }
    }

    /// What outlived the last process.
    fn loaded(&mut self, state: store::State) {
        self.core.registrar.restore(self.core.now, &state.bindings);
        self.core.trunks.restore(&state.values);
        self.hosts.restore(&state.values);
        self.core.callbacks.restore(&state.values);
        self.core.pointers.extend(state.pointers);
        self.core.messages.restore(&state.messages);
        self.core.people.restore(&state.values);
        self.core.tallies.restore(&state.values);
        self.core.lines.restore(&state.values);
        self.core.blocked.restore(&state.values);
        self.core.lists.restore(&state.values);
        self.core.desks.restore(&state.values);
        self.core.reminders.restore(&state.values);
        self.core.keys.restore(&state.values);
        self.core.prompts.restore(&state.values);
        self.core.agains.restore(&state.values);
        self.core.ledger.restore(&state.values);
        self.core.last_call = state.last_call.unwrap_or(store::CallId(0));
        if !state.lost.is_empty() {
            let line = format!(
                "{} calls were cut by the last end of the process; recorded as lost",
                state.lost.len()
            );
            self.core.log(Log::Warn(line));
        }
        let now = self.core.now;
        for (phone, bindings) in self.core.registrar.phones() {
            bindings.iter().for_each(|it| self.authenticator.trust(now, phone, it.flow.remote.ip()));
        }
        self.restore_watchers(&state.subscriptions);
        self.adopt(self.home.clone());
        self.homes_return(homes_in(&state.values));
        self.await_agains();
        self.forget_missed();
    }

    /// Lets everything that knows the site know this one.
    fn adopt(&mut self, site: Arc<Site>) {
        self.home = site;
        self.clear_desks();
        let site = self.core.desks.lend(&self.home);
        let before = std::mem::replace(&mut self.core.site, site.clone());
        self.lines_adopt(&before);
        let mut rows = Vec::new();
        self.core.registrar.apply(&site, &mut rows);
        rows.into_iter().for_each(|row| self.core.store(row));
        let owned = |it: &callplan::Trunk| {
            let name = it.name.clone();
            trunk::destinations(it).into_iter().map(move |destination| (destination, name.clone()))
        };
        let owners: Vec<_> = site.trunks.iter().flat_map(owned).collect();
        let carriers: Vec<_> = owners.iter().map(|(destination, _)| destination.clone()).collect();
        self.core.reach.keep(&carriers);
        self.core.reach.name(owners);
        self.trunk(|trunks, now, out| trunks.apply(now, &site, out));
        self.apply_to_watchers();
        self.watch_hours();
        self.probes_adopt();
    }

    pub(super) fn media(&mut self, thread: u8, reply: MediaReply) {
        match reply {
            MediaReply::Ready { ports } => self.core.ports.announce(thread, ports),
            MediaReply::Key { stream, key } => {
                if let Some(call) = self.call_of(stream) {
                    self.with_call(call, |call, hands| call.key(Key::from_raw(stream.0), key, hands));
                }
            }
            MediaReply::Spoke { task } => {
                if let Some(call) = self.core.call_of_task(task) {
                    self.with_call(call, |call, _| call.spoke(task));
                }
            }
            MediaReply::Done { task, reason, lasted_ms } => {
                let lasted = Duration::from_millis(lasted_ms.into());
                if let Some(ended) = self.core.end_task(task) {
                    self.with_call(ended.call, |call, hands| {
                        call.task_done(task, ended.purpose, &reason, lasted, hands)
                    });
                }
            }
            MediaReply::Closed { stream, counts } => {
                self.with_leg(Key::from_raw(stream.0), |leg, core| leg.stream_closed(counts, core));
            }
            MediaReply::PortTaken { port } => {
                self.core.ports.is_taken(self.core.now.mono, port);
            }
            MediaReply::Quiet { stream } => self.with_leg(Key::from_raw(stream.0), Leg::fell_silent),
            MediaReply::Detached { stream, parcel } => {
                self.with_leg(Key::from_raw(stream.0), |leg, core| leg.detached(parcel, core));
            }
            MediaReply::Latched { .. } | MediaReply::Attached { .. } => {}
        }
    }

    fn call_of(&self, stream: StreamId) -> Option<Key<Call>> {
        self.legs.get(Key::from_raw(stream.0)).map(Leg::call)
    }

    pub(super) fn control(&mut self, control: Control) {
        match control {
            Control::Apply(site) => self.adopt(site),
            Control::Say(person, saying) => self.say_of(&person, saying),
            Control::DeleteMessage(mailbox, file) => self.core.delete_message(&mailbox, &file),
            Control::ForgetPrompt(prompt) => self.is_recorded(&prompt, None, None),
            Control::Hold(hours, hold) => self.hold_by_hand(&hours, hold),
            Control::Probe(all) => self.probe(all),
            Control::Rehearse(who, asked) => self.rehearse(who, asked),
            Control::List(list, number, is_in) => self.list(&list, number, is_in),
            Control::Originate(asked) => self.originate(&asked),
            Control::Drain => {
                self.draining = Draining::Calls;
                self.core.log(Log::Info(format!("draining: {} calls to go", self.calls.len())));
            }
            Control::HangUpAll => {
                for call in self.calls.keys().collect::<Vec<_>>() {
                    self.with_call(call, |call, hands| call.shut_down(hands));
                }
            }
        }
    }
}
