//! Test calls are placed one after another, and what came of each is compared with what `explain` says.

use std::{sync::Arc, time::Duration};

use callplan::{
    HoursId, PersonId,
    explain::{Question, explain},
    journal::tellings,
};
use smallvec::SmallVec;
use store::Direction;

use super::{Draining, Log, Switch};
use crate::{
    call::{Birth, Call, Caller, Course, Probing},
    core::Due,
    dialog::MAX_FORWARDS,
    leg::Party,
    shared::probes::{Asked, Back, Running, Told, Verdict},
};

/// How long nobody looks at the clock at most: it may be set.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

impl Switch {
    /// The site was replaced: numbers are tried when it says so.
    pub(super) fn probes_adopt(&mut self) {
        self.core.probes.due = None;
        self.await_probes();
    }

    /// Numbers are tried if it is time. What was due while nothing ran is not made up for: there is a next night.
    pub(super) fn probe_by_night(&mut self) {
        let now = self.core.now;
        if self.core.probes.looked_at.is_none_or(|at| at > now.mono) {
            return;
        }
        self.core.probes.looked_at = None;
        if self.core.probes.due.is_some_and(|due| due <= now.wall) {
            self.core.probes.due = None;
            let site = self.core.site.clone();
            let all = site.probe.iter().flat_map(|probe| {
                probe.numbers.iter().filter_map(|number| Asked::of(&site, *number, probe.from, probe.trunk))
            });
            self.probe(all.collect());
        }
        self.await_probes();
    }

    fn await_probes(&mut self) {
        let (site, now) = (self.core.site.clone(), self.core.now);
        let Some(probe) = &site.probe else { return };
        let due = self.core.probes.due.or_else(|| probe.at.next(&site.timezone, now.wall));
        let Some(due) = due else { return };
        self.core.probes.due = Some(due);
        let after = u64::try_from(due.unix_micros() - now.wall.unix_micros()).unwrap_or(0);
        let at = now.mono + Duration::from_micros(after).min(LOOKS_EVERY);
        if self.core.probes.looked_at.is_none_or(|before| at < before) {
            self.core.probes.looked_at = Some(at);
            self.core.wheel.insert(at, Due::Probes);
        }
    }

    /// The operator, or the clock, wants these numbers tried.
    pub(super) fn probe(&mut self, all: Vec<Asked>) {
        for asked in all {
            if !self.core.probes.ask(asked.clone()) {
                self.probe_told(asked, Verdict::NotPlaced("too many are to be tried"), "".into());
            }
        }
        self.place_probes();
    }

    /// A call of the one that runs is over.
    pub(super) fn probe_moves(&mut self) {
        if let Some(running) = self.core.probes.done() {
            let verdict = self.verdict(&running);
            let path = running.back.map_or_else(|| "".into(), |back| back.path);
            self.probe_told(running.asked, verdict, path);
        }
        self.place_probes();
    }

    fn place_probes(&mut self) {
        while let Some(asked) = self.core.probes.next(self.core.now.mono) {
            if let Err(why) = self.place_probe(&asked) {
                self.probe_told(asked, Verdict::NotPlaced(why), "".into());
            }
        }
    }

    fn place_probe(&mut self, asked: &Asked) -> Result<(), &'static str> {
        let site = self.core.site.clone();
        if self.draining != Draining::No {
            return Err("the switch drains");
        }
        site.number(asked.number).ok_or("it is no number of ours")?;
        let trunk = site.trunk(&asked.trunk).ok_or("there is no such trunk")?;
        let id = self.calls.vacancy().filter(|_| self.calls.len() < site.limits.calls_max as usize);
        let id = id.ok_or("the switch has as many calls as it may have")?;
        self.core.probes.placed(asked.clone(), self.core.now.mono);
        self.core.counters.calls += 1;
        let number = self.core.next_call();
        let party = Party::Trunk(asked.trunk.clone());
        let birth = Birth {
            id,
            number,
            site,
            caller: Caller::outside(Some(asked.from), party, Some(asked.from)),
            dialled: asked.number.to_string().into(),
            direction: Direction::Rehearsal,
            course: Course::Probing(Probing { number: asked.number, trunk }),
            hops: MAX_FORWARDS - 1,
            thread: self.core.ports.quietest(),
            a: Call::NOBODY,
            sip_call_id: "".into(),
            holdings: SmallVec::new(),
        };
        let begun = Call::new(birth, &mut self.core);
        let inserted = self.calls.try_insert(begun);
        debug_assert!(inserted.is_ok_and(|key| key == id));
        self.with_call(id, |call, hands| call.enter(hands));
        Ok(())
    }

    /// How it went, by what `explain` says of the call that came back. What was cut took the first of its steps.
    fn verdict(&self, running: &Running) -> Verdict {
        let Some(Back { came: Some((facts, at)), path, was_cut, .. }) = &running.back else {
            return Verdict::NotBack(running.status.unwrap_or(0));
        };
        let site = &self.core.site;
        let mut question = Question::new(facts.caller, facts.entry, *at);
        question.told = tellings(&facts.told);
        question.attest = facts.told.attest().unwrap_or(question.attest);
        question.chance = facts.chance;
        let held = |(id, hours): (usize, &callplan::Hours)| {
            self.core.keys.of(&hours.name, *at).map(|is_open| (HoursId::from(id), is_open))
        };
        question.held = site.hours.iter().enumerate().filter_map(held).collect();
        let state = |(id, person): (usize, &callplan::Person)| {
            (PersonId::from(id), self.core.people.of(&person.name))
        };
        question.states = site.people.iter().enumerate().map(state).collect();
        let explained = explain(site, &question);
        let taken = explained.visited.iter().filter(|visit| visit.taken);
        let names: Vec<_> = taken.map(|visit| site.node_name(visit.node)).collect();
        let took: Vec<_> = path.split_whitespace().collect();
        let is_so = names.len() >= took.len() && names.iter().zip(&took).all(|(name, took)| name == took);
        match is_so && (*was_cut || names.len() == took.len()) {
            true => Verdict::AsExplained,
            false => Verdict::Otherwise(names.join(" ").into()),
        }
    }

    fn probe_told(&mut self, asked: Asked, verdict: Verdict, path: Arc<str>) {
        let (number, trunk) = (asked.number, &asked.trunk);
        let line = match &verdict {
            Verdict::AsExplained => Log::Info(format!("probe of {number} over trunk {trunk}: {path}")),
            Verdict::Otherwise(wanted) => Log::Warn(format!(
                "probe of {number} over trunk {trunk} took other steps than explain says: {path}, not {wanted}"
            )),
            Verdict::NotBack(status) => Log::Warn(format!(
                "probe of {number} over trunk {trunk} did not come back: the trunk said {status}; see whether the carrier \
                 sends {number} here and leaves {} as the caller",
                asked.from
            )),
            Verdict::NotPlaced(why) => {
                Log::Warn(format!("probe of {number} over trunk {trunk} was not placed: {why}"))
            }
        };
        self.core.log(line);
        self.core.probes.tell(Told { asked, at: self.core.now.wall, verdict, path });
    }
}
