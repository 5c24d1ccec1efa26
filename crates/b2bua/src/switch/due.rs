//! What time brings: timers of every machine, and the end of a switch that is to end.

use std::time::Duration;

use clock::Key;

use super::{Draining, Log, Output, Switch};
use crate::{call::Call, core::Due, leg::Leg};

/// How long unregistering trunks may hold up the end.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

impl Switch {
    /// Whatever is due.
    pub(super) fn time(&mut self) {
        let now = self.core.now;
        self.core.tick_transactions();
        while let Some((_, due)) = self.core.wheel.pop(now.mono) {
            match due {
                Due::Leg(leg) => self.with_leg(leg, Leg::tick),
                Due::Call(call) => self.with_call(call, Call::tick),
                Due::Paid(leg) => self.pay_on(leg),
                Due::Reminders => self.remind(),
                Due::Lines => self.look_at_lines(),
                Due::Hours(hours, version) if version == self.core.site.version => self.hours_change(hours),
                Due::Hours(..) => {}
                Due::Holds => self.holds_end(),
                Due::Agains => self.call_again(),
                Due::Probe => self.probe_moves(),
                Due::Probes => self.probe_by_night(),
            }
        }
        if self.notifier.timeout().is_some_and(|at| at <= now.mono) {
            self.watchers_due();
        }
        if self.core.registrar.timeout().is_some_and(|at| at <= now.mono) {
            let mut rows = Vec::new();
            let answered = self.core.registrar.tick(now, &mut rows);
            rows.into_iter().for_each(|row| self.core.store(row));
            for (asker, reply) in answered {
                self.answer_register(&asker, &reply);
            }
        }
        while let Some(promise) = self.core.promises.late(now.mono) {
            self.promise_over(promise, false);
        }
        if self.core.trunks.timeout().is_some_and(|at| at <= now.mono) {
            self.trunk(|trunks, now, out| trunks.tick(now, out));
        }
        if self.core.reach.timeout().is_some_and(|at| at <= now.mono) {
            let told = self.core.reach.tick(now.mono, &mut self.core.outputs);
            self.told(told);
        }
        if let Some(line) = self.core.ports.told(now.mono) {
            self.core.log(Log::Warn(line));
        }
    }

    /// A leg outside is paid for a while longer, or its call is cut.
    fn pay_on(&mut self, leg: Key<Leg>) {
        let call = self.legs.get(leg).map(Leg::call);
        if let Some(call) = call.filter(|_| !self.core.pay_on(leg)) {
            self.with_call(call, |call, hands| call.spent(leg, hands));
        }
    }

    /// When the last call is over the trunks are unregistered, so that carriers stop sending calls here; a
    /// carrier that does not answer keeps nobody waiting.
    pub(super) fn drain(&mut self) {
        let now = self.core.now.mono;
        if self.draining == Draining::Calls && self.calls.is_empty() {
            self.trunk(|trunks, now, out| trunks.leave(now, out));
            self.draining = Draining::Trunks { since: now };
        }
        if let Draining::Trunks { since } = self.draining
            && (self.core.trunks.is_quiet() || now.since(since) >= FAREWELL)
        {
            self.core.outputs.push_back(Output::Drained);
            self.draining = Draining::Done;
        }
    }
}
