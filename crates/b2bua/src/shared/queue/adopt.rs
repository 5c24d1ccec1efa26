//! Lines whose site was replaced: people pass from one to the other by name.

use std::sync::Arc;

use callplan::{
    PersonId, Site,
    queue::{Action, Doing, Event, Rules, Timer},
};
use clock::Key;

use super::{At, floor::Nobody, queue_of};
use crate::{call::Call, core::Core};

/// What comes of a new site for the lines.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    /// By queue, and by the people of the site before.
    pub(crate) all: Vec<(Arc<str>, Action)>,
    /// Calls that ring people for those at home who are not to be rung any more.
    pub(crate) stops: Vec<Key<Call>>,
}

impl Core {
    /// The site was replaced: lines go on by the new one, and whoever is in it no longer, or serves them no longer,
    /// signs out. Gives what comes of that, by the people of the site before, and calls that ring people for those at
    /// home who are not to be rung any more.
    pub(crate) fn lines_adopt(&mut self, before: &Site, after: &Site) -> Adopted {
        self.lines.turns.clear();
        let now_is = |person: PersonId| after.person(&before[person].name);
        let Adopted { mut all, mut stops } = Adopted::default();
        for name in self.lines.names() {
            let Some(line) = self.lines.lines.get_mut(&name) else { continue };
            // What it goes by: the site before need not have it any more.
            let old = line.machine.rules().clone();
            let new = after.queue(queue_of(&name)).map(|queue| after[queue].rules.clone());
            let stays = |member: PersonId| {
                let id = now_is(member);
                id.is_some_and(|id| new.as_ref().is_some_and(|rules| rules.members.contains(&id)))
            };
            let mut out = Vec::new();
            for member in old.members.iter().filter(|member| !stays(**member)) {
                line.machine.handle(self.now.mono, Event::SignsOut(*member), &Nobody, &mut out);
            }
            let rules = new.unwrap_or_else(|| {
                let members: Vec<_> = old.members.iter().filter_map(|member| now_is(*member)).collect();
                Arc::new(Rules {
                    weights: vec![1; members.len()],
                    members,
                    widen: Vec::new(),
                    ..(*old).clone()
                })
            });
            let members = rules.members.clone();
            line.machine.change(rules, now_is);
            for member in members {
                let is_out =
                    self.lines.out.get(&after[member].name).is_some_and(|out| out.contains(queue_of(&name)));
                let sign = if is_out { Event::SignsOut(member) } else { Event::SignsIn(member) };
                // Nobody is out by now who was not before.
                line.machine.handle(self.now.mono, sign, &Nobody, &mut Vec::new());
            }
            let armed: Vec<_> = line.timers.armed().collect();
            line.timers.clear_all();
            for (timer, at) in armed {
                let timer = match timer {
                    Timer::Ring(agent) => now_is(agent).map(Timer::Ring),
                    Timer::Alone(agent) => now_is(agent).map(Timer::Alone),
                    Timer::Widen(_) | Timer::Wait(_) | Timer::Announce(_) | Timer::Offer(_) => Some(timer),
                };
                timer.into_iter().for_each(|timer| line.timers.arm(timer, at));
            }
            for (caller, waits) in &mut line.callers {
                let At::Home(calls) = &mut waits.at else { continue };
                calls.retain_mut(|(call, agent)| {
                    let rung = now_is(*agent).filter(|now| line.machine.doing(*now) == Doing::Rung(*caller));
                    match rung {
                        Some(now) => *agent = now,
                        None => stops.push(*call),
                    }
                    rung.is_some()
                });
            }
            let talking = std::mem::take(&mut line.talking);
            line.talking = talking.into_iter().filter_map(|(leg, who)| Some((leg, now_is(who)?))).collect();
            all.extend(out.into_iter().map(|action| (name.clone(), action)));
        }
        Adopted { all, stops }
    }
}
