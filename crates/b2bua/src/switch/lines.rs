//! What the operator may see of queues: who waits, for how long, and what those do who serve them.

use std::sync::Arc;

use callplan::{PersonId, QueueId, queue::Doing};

use super::Switch;
use crate::shared::queue::{At, Line, Waits, pointer_of};

/// One queue.
#[derive(Clone, Debug)]
pub struct QueueView {
    /// Its name in the config.
    pub name: Arc<str>,
    /// Whether it is open, by its hours and their key.
    pub is_open: bool,
    /// Who waits, the first to be served first.
    pub callers: Vec<WaitingView>,
    /// Its members in the order of the config, and whoever else is rung for it or talks.
    pub agents: Vec<AgentView>,
    /// At which place among its members the next round begins.
    pub round: u32,
}

/// One who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingView {
    /// Their number, or the person whose phone calls; empty if withheld.
    pub from: Arc<str>,
    /// For how many seconds they have waited.
    pub waits_s: u64,
    /// Whether they went home and are called back.
    pub is_at_home: bool,
    /// Who is rung for them.
    pub rung: Vec<Arc<str>>,
}

/// One who serves a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// Short name in the config.
    pub name: Arc<str>,
    /// `free`, `rung`, `talks`, `wraps` (left alone for a while), `absent` (signed in, and can't be rung now) or `out`
    /// (signed out).
    pub state: &'static str,
}

impl Switch {
    pub(super) fn queue_views(&self) -> Vec<QueueView> {
        (0..self.core.site.queues.len()).map(|at| self.queue_view(at.into())).collect()
    }

    fn queue_view(&self, id: QueueId) -> QueueView {
        let (site, core) = (&self.core.site, &self.core);
        let queue = &site[id];
        let line = core.lines.get(&queue.name);
        let waiting = line.into_iter().flat_map(Line::in_order);
        let members = &queue.rules.members;
        let others = queue.rules.people().filter(|person| !members.contains(person));
        let busy = others.filter(|person| line.is_some_and(|line| line.doing(*person) != Doing::Nothing));
        let mut agents: Vec<AgentView> = Vec::new();
        for person in members.iter().copied().chain(busy) {
            let name = site[person].name.clone();
            // Whoever is added by two steps is one.
            if agents.iter().all(|agent| agent.name != name) {
                let is_out = members.contains(&person) && core.lines.out_of(&name).contains(&queue.name);
                agents.push(AgentView { name, state: self.agent_state(line, person, is_out) });
            }
        }
        QueueView {
            name: queue.name.clone(),
            is_open: core.is_queue_open(site, id, core.now.wall),
            callers: waiting.map(|(waits, rung)| self.waiting_view(waits, rung)).collect(),
            agents,
            round: core.pointer(&pointer_of(&queue.name)),
        }
    }

    fn waiting_view(&self, waits: &Waits, rung: &[PersonId]) -> WaitingView {
        let number = || waits.number.map(|number| number.to_string().into());
        WaitingView {
            from: waits.person.clone().or_else(number).unwrap_or_default(),
            waits_s: (self.core.now.wall.unix_seconds() - waits.since.unix_seconds()).try_into().unwrap_or(0),
            is_at_home: matches!(waits.at, At::Home(_)),
            rung: rung.iter().map(|person| self.core.site[*person].name.clone()).collect(),
        }
    }

    fn agent_state(&self, line: Option<&Line>, person: PersonId, is_out: bool) -> &'static str {
        match (line.map_or(Doing::Nothing, |line| line.doing(person)), is_out) {
            (Doing::Talks, _) => "talks",
            (Doing::Rung(_) | Doing::Alone | Doing::Nothing, true) => "out",
            (Doing::Rung(_), false) => "rung",
            (Doing::Alone, false) => "wraps",
            (Doing::Nothing, false) if self.core.can_serve(&self.core.site, person) => "free",
            (Doing::Nothing, false) => "absent",
        }
    }
}
