//! The faults of a run; a quarter of all runs has none.

use std::time::Duration;

use clock::{Chance, Instant};
use store::memory::Mode;

use crate::{
    wire::{Way, Weather},
    world::{Order, World},
};

/// Chosen faults, as shares of the run's time where they have one.
#[derive(Debug)]
pub(super) struct Faults {
    weather: Option<[Weather; 2]>,
    /// When the process dies, and for how long.
    deaths: Vec<(u32, Duration)>,
    /// Who is cut off when, and for how long.
    cuts: Vec<(u32, u32, Duration)>,
    /// Whose connection breaks when.
    breaks: Vec<(u32, u32)>,
    /// When the disk turns bad, how, and for how long.
    disk: Option<(u32, Mode, Duration)>,
}

impl Faults {
    pub(super) fn choose(seed: u64, chance: &mut Chance) -> Self {
        let mut faults =
            Self { weather: None, deaths: Vec::new(), cuts: Vec::new(), breaks: Vec::new(), disk: None };
        if seed.is_multiple_of(4) {
            return faults;
        }
        faults.weather = Some([weather(chance), weather(chance)]);
        if chance.below(3) == 0 {
            faults.deaths.push((chance.below(1000), chance.between(millis(100), millis(3_000))));
        }
        for _ in 0..chance.below(3) {
            faults.cuts.push((chance.u32(), chance.below(1000), chance.between(millis(500), millis(40_000))));
        }
        for _ in 0..chance.below(3) {
            faults.breaks.push((chance.u32(), chance.below(1000)));
        }
        let mode = match chance.below(6) {
            0 => Some(Mode::Slow(chance.between(millis(20), millis(2_000)))),
            1 => Some(Mode::Failing("disk full".into())),
            _ => None,
        };
        faults.disk =
            mode.map(|mode| (chance.below(1000), mode, chance.between(millis(1_000), millis(20_000))));
        faults
    }

    /// So many of a thousand datagrams are lost each way, and nothing else goes wrong.
    pub(super) const fn of_loss(of_thousand: u32) -> Self {
        let lossy = Weather { lost: of_thousand, twice: 0, late: 0, delay: (millis(5), millis(40)) };
        let weather = Some([lossy, lossy]);
        Self { weather, deaths: Vec::new(), cuts: Vec::new(), breaks: Vec::new(), disk: None }
    }

    pub(super) fn restarts(&self) -> u32 {
        u32::try_from(self.deaths.len()).expect("a few")
    }

    pub(super) fn plan(&self, world: &mut World, from: Instant, until: Instant) {
        let lasts = until.since(from);
        let share = |of_thousand: u32| from + lasts * of_thousand / 1000;
        let parties = world.agents().len();
        let party = |number: u32| usize::try_from(number).expect("32 bits or more") % parties;
        if let Some([into, out]) = self.weather {
            world.at(from, Order::Weather(Way::In, into));
            world.at(from, Order::Weather(Way::Out, out));
            let fair = Weather::fair(millis(5));
            world.at(until, Order::Weather(Way::In, fair));
            world.at(until, Order::Weather(Way::Out, fair));
        }
        for (at, down) in &self.deaths {
            world.at(share(*at), Order::Restart(*down));
        }
        for (who, at, lasts) in &self.cuts {
            world.at(share(*at), Order::Cut(party(*who), true));
            world.at((share(*at) + *lasts).min(until), Order::Cut(party(*who), false));
        }
        for (who, at) in &self.breaks {
            world.at(share(*at), Order::Break(party(*who)));
        }
        if let Some((at, mode, lasts)) = &self.disk {
            world.at(share(*at), Order::Disk(mode.clone()));
            world.at((share(*at) + *lasts).min(until), Order::Disk(Mode::Steady));
        }
    }
}

/// Up to 30 % lost; some runs lose nothing and only delay.
fn weather(chance: &mut Chance) -> Weather {
    let lost = if chance.below(4) == 0 { 0 } else { chance.below(301) };
    let least = chance.between(millis(1), millis(40));
    Weather {
        lost,
        twice: chance.below(80),
        late: chance.below(80),
        delay: (least, least + chance.between(millis(0), millis(120))),
    }
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
