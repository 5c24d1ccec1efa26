//! Callers who were called back and did not pick up are called again, a few times, each time in their turn.
//!
//! Time is that of the clock on the wall, and that may be set. So whoever waits looks at least once a minute.

use std::{sync::Arc, time::Duration};

use callplan::queue::{CallBack, CallerId, Event};
use clock::{Key, Wall};

use super::{Draining, Log, Switch};
use crate::{
    call::Call,
    core::Due,
    leg::Leg,
    shared::{
        again::Again,
        queue::{At, Waits},
        rehearsal::Ahead,
    },
};

/// How long nobody looks at the clock at most.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

impl Switch {
    /// Somebody who serves the queue is about to call a caller at home: should they not answer, they are called again.
    pub(super) fn calls_at_home(
        &mut self,
        queue: &Arc<str>,
        caller: CallerId,
        by: Option<(Key<Leg>, Key<Call>)>,
    ) {
        let line = self.core.lines.get(queue);
        let Some((number, tries)) =
            line.and_then(|line| Some((line.number_of(caller)?, line.tries_of(caller))))
        else {
            return;
        };
        let Some(rules) = self.call_back_of(queue) else { return };
        let at = self.core.now.wall + rules.again;
        let again = Again { number, tries: tries.saturating_add(1), at, by };
        if let Some(row) = self.core.agains.begin(queue, caller, again.clone()) {
            self.core.put(None, row);
        }
        // Whoever picked up was gone at once: no leg ends any more that would tell.
        if by.is_none() && !self.gives_up(queue, caller, &again) {
            self.await_agains();
        }
    }

    /// A caller at home has picked up, and talks with whoever called them by this leg.
    pub(super) fn reached_at_home(&mut self, leg: Key<Leg>) {
        if let Some((queue, caller, ..)) = self.core.agains.ended(leg) {
            self.calls_no_more(&queue, caller);
        }
    }

    /// The leg has ended on which somebody called a caller at home.
    pub(super) fn called_at_home(&mut self, leg: Key<Leg>) {
        let Some((queue, caller, again, call)) = self.core.agains.ended(leg) else { return };
        if self.calls.get(call).is_some_and(Call::has_talked) {
            return self.calls_no_more(&queue, caller);
        }
        if self.gives_up(&queue, caller, &again) {
            return;
        }
        let (number, tries) = (again.number, self.tries_of(&queue));
        let line = format!(
            "queue {queue}: {number} did not answer call back {} of {tries}: called again later",
            again.tries
        );
        self.core.log(Log::Info(line));
        self.await_agains();
    }

    /// Whether somebody was called as often as their queue has it: then they are called no more.
    fn gives_up(&mut self, queue: &Arc<str>, caller: CallerId, again: &Again) -> bool {
        let is_enough = again.tries >= self.tries_of(queue);
        if is_enough {
            let Again { number, tries, .. } = again;
            let line = format!("queue {queue}: {number} did not answer {tries} calls back: given up");
            self.core.log(Log::Info(line));
            self.calls_no_more(queue, caller);
        }
        is_enough
    }

    fn tries_of(&self, queue: &str) -> u8 {
        self.call_back_of(queue).map_or(0, |rules| rules.tries)
    }

    /// Looks again when the next is to be called, or the clock may have been set.
    pub(super) fn await_agains(&mut self) {
        let now = self.core.now;
        let Some(next) = self.core.agains.next() else { return };
        let after = u64::try_from(next.unix_micros() - now.wall.unix_micros()).unwrap_or(0);
        let after = Duration::from_micros(after).min(LOOKS_EVERY);
        let at = now.mono + if self.draining == Draining::No { after } else { LOOKS_EVERY };
        if self.core.agains.looked_at.is_none_or(|before| at < before) {
            self.core.agains.looked_at = Some(at);
            self.core.wheel.insert(at, Due::Agains);
        }
    }

    /// Whoever is due is in line again, as they were before.
    pub(super) fn call_again(&mut self) {
        if self.core.agains.looked_at.is_none_or(|at| at > self.core.now.mono) {
            return;
        }
        self.core.agains.looked_at = None;
        while self.draining == Draining::No
            && let Some((queue, caller, again)) = self.core.agains.due(self.core.now.wall)
        {
            let Some(id) = self.core.site.queue(&queue) else {
                self.core
                    .log(Log::Info(format!("queue {queue} is gone: {} is not called again", again.number)));
                self.calls_no_more(&queue, caller);
                continue;
            };
            let Again { number, tries, .. } = again;
            // A caller is named by when their call came.
            let since = Wall::from_unix_micros(caller.0.try_into().unwrap_or(i64::MAX));
            let waits = Waits { at: At::Home(Vec::new()), number: Some(number), person: None, since, tries };
            self.core.joins_line((id, &queue), caller, waits, Ahead::default());
            self.core.lines.returns(&queue, caller);
            let row = self.core.lines.homes(&queue);
            self.core.put(None, row);
            self.calls_no_more(&queue, caller);
            self.line_happens(&queue, Event::Changed);
        }
        self.await_agains();
    }

    fn calls_no_more(&mut self, queue: &Arc<str>, caller: CallerId) {
        let row = self.core.agains.done(queue, caller);
        self.core.put(None, row);
    }

    fn call_back_of(&self, queue: &str) -> Option<CallBack> {
        let site = &self.core.site;
        site[site.queue(queue)?].rules.call_back
    }
}
