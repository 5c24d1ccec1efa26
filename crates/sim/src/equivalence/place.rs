//! Everybody is told what to do, and the call goes on.

use std::time::Duration;

use callplan::explain::Reply;
use clock::Instant;
use store::memory::Mode;

use super::{Run, call::Call, outside::Course};
use crate::{
    agent::{self, Act},
    studio::Heard,
    world::Order,
};

/// Nothing but the call itself happens so close to its arrival.
const BLINK: Duration = Duration::from_micros(10);

impl Run {
    /// Lets everybody know what to do.
    pub(super) fn place(&mut self, call: &Call, zero: Instant, until: Instant, leaves: Option<Duration>) {
        for agent in 0..self.world.agents().len() {
            self.world.agent_mut(agent).behaves(call.manner(agent));
        }
        let (now, east) = (self.world.now().mono, self.east());
        for _ in 0..call.before {
            let calls = Act::Calls("+12025550150".to_owned(), agent::Course::default());
            self.world.at(before(zero, self.way), Order::Act(east, calls));
        }
        let course = agent::Course { is_withheld: call.is_withheld, ..agent::Course::default() };
        self.world.at(now, Order::Act(call.agent, Act::Calls(call.dialled.clone(), course)));
        if let Some(leaves) = leaves.filter(|leaves| zero + *leaves <= until) {
            self.world.at(zero + (leaves - self.way), Order::Act(call.agent, Act::Leaves));
        }
    }

    /// Keys of the caller and of those who are asked, and a store in trouble.
    pub(super) fn place_beside(&mut self, call: &Call, course: &Course, (zero, until): (Instant, Instant)) {
        // A carrier may be both, and has one keypad here.
        let is_heard = |at: Duration| {
            !course.asked().any(|it| it.agent == call.agent && (it.from..=it.until).contains(&at))
        };
        for (at, key) in call.keys.iter().filter(|(at, _)| zero + *at <= until && is_heard(*at)) {
            self.world.at(zero + *at, Order::Press(call.agent, *key));
        }
        for asked in course.asked() {
            let Some((after, reply)) = call.habits[asked.agent].presses else { continue };
            let key = match reply {
                Reply::Accept => asked.screen.accept,
                Reply::Decline => asked.screen.decline,
                Reply::Other => '9',
            };
            if asked.from + after <= asked.until {
                self.world.at(zero + asked.from + after, Order::Press(asked.agent, key));
            }
        }
        if call.is_untold {
            let trouble = Mode::Failing("the disk is in trouble".into());
            self.world.at(before(zero, BLINK), Order::Disk(trouble));
            self.world.at(zero + BLINK, Order::Disk(Mode::Steady));
        }
    }

    /// Lets the call go on. A caller who hears the beep hangs up a while later, unless about to press `#`.
    pub(super) fn attend(&mut self, call: &Call, zero: Instant, until: Instant) {
        let ear = Some(self.world.agents()[call.agent].persona().contact.ip());
        let mut heard = self.world.studio().heard().len();
        let mut hangs_up: Option<Instant> = None;
        loop {
            let next = self.world.next().filter(|next| *next <= until);
            if let Some(at) = hangs_up.filter(|at| next.is_none_or(|next| next > *at)) {
                hangs_up = None;
                let ends_it = |(pressed, key): &(Duration, char)| {
                    *key == '#' && (at..=at + self.way).contains(&(zero + *pressed))
                };
                if !call.keys.iter().any(ends_it) {
                    self.world.at(at, Order::Act(call.agent, Act::Leaves));
                }
                continue;
            }
            if next.is_none() || !self.world.step() {
                break;
            }
            for (at, whose, what) in self.world.studio().heard().iter().skip(heard) {
                match what {
                    Heard::Recording if *whose == ear => hangs_up = Some(*at + (call.speaks - self.way)),
                    Heard::Recorded(_) if *whose == ear => hangs_up = None,
                    Heard::Recording
                    | Heard::Recorded(_)
                    | Heard::Took
                    | Heard::Played(_)
                    | Heard::MusicOver => {}
                }
            }
            heard = self.world.studio().heard().len();
        }
        self.world.run_until(until);
    }
}

fn before(at: Instant, by: Duration) -> Instant {
    Instant::ZERO + at.since(Instant::ZERO).saturating_sub(by)
}
