//! The end of a run: nothing is left, and nothing is missing.

use std::sync::Arc;

use clock::Instant;

use super::{Check, Leg, seen::is_invite};
use crate::world::World;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Everything that was wrong, with the time in seconds.
    pub wrong: Vec<String>,
}

impl World {
    /// Judges a run that had its time to come to rest.
    pub fn ends(&mut self) -> Ends {
        let now = self.now().mono;
        self.check_mut().close(now);
        let phones = self.switch().map(|switch| switch.view().phones).unwrap_or_default();
        let seats = phones.iter().map(|phone| (&*phone.name, phone.signed_in.as_deref()));
        self.check_mut().judge_seats(now, seats);
        let mut wrong: Vec<String> = self.faults().map(str::to_owned).collect();
        let said = |(at, what): &(Instant, String)| format!("{:.3} s: {what}", at.as_micros() as f64 / 1e6);
        wrong.extend(self.check().violations().iter().map(said));
        match self.switch() {
            Some(switch) => {
                let counters = switch.counters();
                let known = switch.view().phones;
                let bound =
                    |name: &str| known.iter().any(|phone| *phone.name == *name && !phone.bindings.is_empty());
                let at = now.as_micros() / 1_000_000;
                for row in self.store().bindings().filter(|row| !bound(&row.key.phone)) {
                    wrong.push(format!("{at} s: {} is bound on the disk, not in the switch", row.key.phone));
                }
                if !switch.is_idle() {
                    let (ours, theirs) = switch.transactions_len();
                    let calls = switch.calls_len();
                    let left = format!("{calls} calls, {ours} requests of ours, {theirs} of others");
                    wrong.push(format!("the switch is not idle: {left}"));
                }
                if counters.faults > 0 || counters.effects_cut > 0 {
                    wrong.push(format!("the switch had faults: {counters:?}"));
                }
            }
            None => wrong.push("the switch is down".to_owned()),
        }
        if self.studio().open() > 0 {
            wrong.push(format!("{} streams are open", self.studio().open()));
        }
        if self.store().waiting() > 0 {
            wrong.push(format!("{} rows wait for the disk", self.store().waiting()));
        }
        for agent in self.agents() {
            let live = agent.lines().iter().filter(|line| !line.is_over());
            let name = &agent.persona().name;
            wrong.extend(live.map(|line| format!("{}: {name} is still in this call", line.call_id())));
        }
        let open = self.store().open_calls().count();
        if open > 0 {
            wrong.push(format!("{open} calls on the disk never ended"));
        }
        Ends { wrong }
    }
}

impl Check {
    fn close(&mut self, now: Instant) {
        self.pass(now);
        let missing: Vec<_> = self
            .begun
            .iter()
            .filter(|call| !self.recorded.contains_key(call) && !self.lost.contains(call))
            .collect();
        let missing = missing.len();
        if missing > 0 {
            self.violate(now, format!("{missing} calls have no record"));
        }
        for lasted_ms in std::mem::take(&mut self.rehearsed) {
            self.violate(now, format!("a message of {lasted_ms} ms is not listed, and nobody rehearsed it"));
        }
        let is_unfiled =
            |(call_id, leg): &(&Arc<str>, &Leg)| leg.is_answered() && !self.filed.contains(*call_id);
        let unfiled: Vec<String> = self
            .legs
            .iter()
            .filter(is_unfiled)
            .map(|(call_id, _)| format!("{call_id}: no record names this leg"))
            .collect();
        unfiled.into_iter().for_each(|what| self.violate(now, what));
        let unanswered: Vec<String> = self
            .legs
            .iter()
            .flat_map(|(call_id, leg)| leg.answering.values().map(move |it| (call_id, it)))
            .filter(|(_, it)| is_invite(&it.method) && it.last_status.is_none())
            .map(|(call_id, it)| format!("{call_id}: INVITE #{} has no final response", it.cseq))
            .collect();
        unanswered.into_iter().for_each(|what| self.violate(now, what));
    }
}
