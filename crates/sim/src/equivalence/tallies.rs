//! What people did in the calls of a run before this one, counted from what was expected of those and not by the
//! switch.

use std::{collections::BTreeMap, time::Duration};

use callplan::{
    Person, PersonId, Site, Tally,
    explain::Finish,
    money::Day,
    step::{Caller, Target},
};
use clock::{Chance, Now, Wall};
use store::Request;

use super::{
    call::{Call, some},
    outside::Course,
};
use crate::world::World;

const A_DAY: Duration = Duration::from_secs(86_400);

/// By person, and the day that they are of.
#[derive(Default)]
pub(super) struct Tallies(BTreeMap<u32, (Day, Tally)>);

impl Tallies {
    /// What people did before the run, most of them today; the switch finds it when it starts once more.
    pub(super) fn choose(site: &Site, world: &mut World, chance: &mut Chance) -> Self {
        let (now, mut tallies) = (world.now(), BTreeMap::new());
        for (person, Person { name, .. }) in (0..).zip(&site.people) {
            if chance.below(4) > 0 {
                let ended = earlier(now.wall, some(chance, 1_000, 5_400_000));
                let tally = Tally {
                    ended: Some(ended),
                    calls: 1 + chance.below(3),
                    talk: some(chance, 1_000, 900_000),
                };
                let is_of_today = chance.below(6) > 0;
                let day = site.day(if is_of_today { now.wall } else { earlier(now.wall, A_DAY) });
                tallies.insert(person, (day, tally));
                let text =
                    format!("{day} {} {} {}", ended.unix_micros(), tally.calls, tally.talk.as_micros());
                let row = Request::Put(None, format!("tally:{name}").into(), text.as_bytes().into());
                world.store_mut().handle(now, row);
            }
        }
        Self(tallies)
    }

    /// As they count on this day.
    pub(super) fn on(&self, today: Day) -> Vec<(PersonId, Tally)> {
        self.0.iter().map(|(person, counted)| (PersonId(*person), of_day(*counted, today))).collect()
    }

    /// Adds a call, if anybody talked in it.
    pub(super) fn add(&mut self, site: &Site, call: &Call, course: &Course, arrived: Now) {
        let explanation = &course.explanation;
        let Some(Finish::Bridged(who)) = explanation.end else { return };
        let began = explanation.lasts;
        let ended = call.leaves.unwrap_or(course.picked_up(who).unwrap_or(began) + call.talks);
        let (first, last) = (arrived.after(began).wall, arrived.after(ended).wall);
        let callee = if let Target::Phone(phone) = who { site[phone].person } else { None };
        let caller = if let Caller::Phone(phone) = call.caller { site[phone].person } else { None };
        for (person, has_answered) in [(caller, false), (callee, true)] {
            let Some(PersonId(person)) = person else { continue };
            let fresh = (site.day(first), Tally::default());
            let counted = self.0.entry(person).or_insert(fresh);
            let mut tally = of_day(*counted, site.day(first));
            tally.calls += u32::from(has_answered);
            tally = of_day((site.day(first), tally), site.day(last));
            tally.ended = Some(last);
            if has_answered {
                tally.talk += ended - began;
            }
            *counted = (site.day(last), tally);
        }
    }
}

fn earlier(at: Wall, time: Duration) -> Wall {
    let micros = i64::try_from(time.as_micros()).expect("a day at most");
    Wall::from_unix_micros(at.unix_micros() - micros)
}

fn of_day((day, tally): (Day, Tally), today: Day) -> Tally {
    if day == today { tally } else { Tally { ended: tally.ended, ..Tally::default() } }
}
