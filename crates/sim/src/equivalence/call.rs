//! One call that a seed chooses: who calls what, and how everybody behaves while it lasts.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use callplan::{
    TrunkId,
    explain::{Behaviour, Given, Party, Press, Question, Reply},
    resolve::{self, Resolution},
    step::{Caller, Entry, Outcome},
};
use clock::{Chance, Wall};
use sip::Status;

use super::office::{EAST, Office};
use crate::{
    agent::{Deed, Manner, Role},
    world::World,
};

/// A call and the habits of its parties.
pub(super) struct Call {
    /// Whose column it is that calls.
    pub(super) agent: usize,
    pub(super) caller: Caller,
    /// The carrier it comes in by, one of whose channels it holds.
    pub(super) trunk: Option<TrunkId>,
    pub(super) dialled: String,
    pub(super) entry: Entry,
    pub(super) is_withheld: bool,
    /// Keys and when they are heard, counted from the call's arrival.
    pub(super) keys: Vec<(Duration, char)>,
    /// How long after the beep the caller hangs up.
    pub(super) speaks: Duration,
    /// When the switch hears that the caller gives up.
    pub(super) leaves: Option<Duration>,
    /// Gives up when it is answered: so many thousandths of both ways later the switch hears of it.
    pub(super) gives_up_late: Option<u32>,
    /// How long whoever picks up talks.
    pub(super) talks: Duration,
    /// Others who come to the line just before, if the call begins in one.
    pub(super) before: u16,
    /// The store is in trouble as the call arrives, so nobody tells what is known of the caller.
    pub(super) is_untold: bool,
    /// By agent.
    pub(super) habits: Vec<Habit>,
}

/// How a phone or carrier behaves when it is called.
#[derive(Clone, Debug)]
pub(super) struct Habit {
    pub(super) name: Arc<str>,
    pub(super) is_absent: bool,
    pub(super) is_deaf: bool,
    pub(super) rings: Option<Duration>,
    pub(super) early: bool,
    pub(super) then: Option<(Duration, Deed)>,
    /// How long after it picked up it presses which key, if it is asked.
    pub(super) presses: Option<(Duration, Reply)>,
}

/// The number that leads to the queue in which others may wait before.
const IN_LINE: u64 = 12_025_550_130;

/// The first of those that lead to one kind of step each.
const FIRST_KIND: u64 = 12_025_551_100;

/// And of these the one that leads to a menu, and those that lead to whoever is asked whether they take the call.
const MENU: u64 = 12;
const SCREENED: [u64; 2] = [9, 10];

/// How long it takes to tell a caller that the place is kept: one word of the simulator's. Nothing else that is said
/// in a line has an end that anybody sees.
const NOTICE: Duration = Duration::from_millis(500);

/// When an INVITE that nobody hears is given up: 64*T1 (RFC 3261 §17.1.1.2, timer B).
const TIMER_B: Duration = Duration::from_secs(32);

impl Call {
    pub(super) fn choose(
        office: &Office,
        world: &World,
        taken: &BTreeSet<usize>,
        chance: &mut Chance,
    ) -> Self {
        let (agent, trunk, dialled, entry, caller) = loop {
            if let Some(chosen) = choose_caller(office, world, taken, chance) {
                break chosen;
            }
        };
        let is_withheld = trunk.is_some() && chance.below(8) == 0;
        let caller = if is_withheld { Caller::Withheld } else { caller };
        let is_to = |digits: u64| dialled.ends_with(&digits.to_string());
        let is_hasty = chance.below(if is_to(IN_LINE) { 4 } else { 2 }) == 0;
        let most = if chance.below(3) == 0 { 30_000 } else { 5_000 };
        let leaves = is_hasty.then(|| some(chance, 700, most));
        let gives_up_late = (is_hasty && chance.below(4) == 0).then(|| 1 + chance.below(999));
        let speaks = match chance.below(4) {
            0 => some(chance, 100, 900),
            1 => Duration::from_secs(60),
            _ => Duration::from_secs(u64::from(1 + chance.below(8))) + some(chance, 200, 800),
        };
        // Whoever is to be left by the caller talks until then.
        let before = if is_to(IN_LINE) { [0, 1, 1, 1, 2, 3][chance.below(6) as usize] } else { 0 };
        let is_asked = SCREENED.iter().any(|kind| is_to(FIRST_KIND + kind));
        let keys = keys(is_to(FIRST_KIND + MENU), chance);
        let habits = habits(office, world, (before > 0 || is_asked, is_hasty), chance);
        let talks = match (is_hasty, before) {
            (true, _) => Duration::from_secs(300),
            (false, 0) => some(chance, 1_000, 9_000),
            (false, _) => some(chance, 1_000, 3_000),
        };
        Self {
            agent,
            caller,
            trunk,
            dialled,
            entry,
            is_withheld,
            keys,
            speaks,
            leaves,
            gives_up_late,
            talks,
            before,
            is_untold: chance.below(4) == 0,
            habits,
        }
    }

    /// What a party does with its calls.
    pub(super) fn manner(&self, agent: usize) -> Manner {
        let Habit { rings, early, then, .. } = self.habits[agent];
        Manner { rings, early, then, talks: Some(self.talks), changes: None }
    }

    /// The question to `explain`: what the switch will hear, and when. What numbers outside do, `outside` adds.
    pub(super) fn question(&self, office: &Office, at: Wall, way: Duration) -> Question {
        let site = &office.site;
        let mut question = Question::new(self.caller, self.entry, at);
        question.press = self.keys.iter().map(|(at, key)| Press::At(*at, *key)).collect();
        question.speaks = self.speaks;
        question.leaves = self.leaves;
        question.talks = self.talks;
        question.notice = NOTICE;
        for (index, _) in site.phones.iter().enumerate() {
            let behaviour = self.phone(office, index, way);
            question.given.push(Given::new(Party::Phone(index.into()), behaviour));
        }
        question
    }

    /// What the devices of a phone come to together: the first to pick up takes the call, the first to decline
    /// declines for all; else busy outweighs the rest, once all have said something.
    fn phone(&self, office: &Office, phone: usize, way: Duration) -> Behaviour {
        let habits = office.devices(phone).map(|device| &self.habits[device]);
        let devices: Vec<_> =
            habits.filter(|habit| !habit.is_absent).map(|habit| habit.behaviour(way)).collect();
        let rings = |own: &Behaviour| own.rings.filter(|rings| own.says.is_none_or(|(at, _)| *rings < at));
        let mut said: Vec<_> = devices.iter().filter_map(|own| own.says).collect();
        said.sort_by_key(|(at, _)| *at);
        let is_last_word = |outcome: Outcome| matches!(outcome, Outcome::Answered | Outcome::Declined);
        let decided = said.iter().copied().find(|(_, outcome)| is_last_word(*outcome));
        let is_busy = said.iter().any(|(_, outcome)| *outcome == Outcome::Busy);
        let all = said.last().filter(|_| said.len() == devices.len());
        let together = all.map(|(at, _)| (*at, if is_busy { Outcome::Busy } else { Outcome::Unreachable }));
        let contacts = u8::try_from(devices.len()).expect("one or two");
        let (rings, says) = (devices.iter().filter_map(rings).min(), decided.or(together));
        Behaviour { contacts, rings, says, ..Behaviour::NO_ANSWER }
    }
}

impl Habit {
    /// What the switch hears of it, one way there and one back later.
    pub(super) fn behaviour(&self, way: Duration) -> Behaviour {
        if self.is_absent {
            return Behaviour::ABSENT;
        }
        if self.is_deaf {
            return Behaviour { says: Some((TIMER_B, Outcome::Unreachable)), ..Behaviour::BUSY };
        }
        let says = self.then.map(|(after, deed)| (after + 2 * way, outcome(deed)));
        let rings = self.rings.map(|after| after + 2 * way);
        Behaviour { contacts: 1, rings, says, presses: self.presses }
    }
}

/// What a deed means to a plan.
fn outcome(deed: Deed) -> Outcome {
    match deed {
        Deed::Answer => Outcome::Answered,
        Deed::Refuse(Status::BUSY_HERE) => Outcome::Busy,
        Deed::Refuse(Status::DECLINE) => Outcome::Declined,
        Deed::Refuse(_) => Outcome::Unreachable,
    }
}

type Chosen = (usize, Option<TrunkId>, String, Entry, Caller);

fn choose_caller(
    office: &Office,
    world: &World,
    taken: &BTreeSet<usize>,
    chance: &mut Chance,
) -> Option<Chosen> {
    let site = &office.site;
    let pick = |chance: &mut Chance, of: usize| chance.below(u32::try_from(of).expect("a few")) as usize;
    if chance.below(10) > 0 {
        // Of queues there is more to see than of anything else.
        let digits = match chance.below(40) {
            0..10 => Some(IN_LINE),
            10..39 => Some(FIRST_KIND + office.kind(chance)),
            _ => None,
        };
        let number = match digits {
            Some(digits) => site.numbers.iter().position(|number| number.e164.digits() == digits)?,
            None => pick(chance, site.numbers.len()),
        };
        let trunk = site.numbers[number].trunk.expect("each number here has one");
        if *site[trunk].name == *EAST {
            return None;
        }
        let agent = site.phones.len() + trunk.index();
        let caller = Caller::Number("+12025550142".parse().expect("a number"));
        let dialled = site.numbers[number].e164.to_string();
        return Some((agent, Some(trunk), dialled, Entry::Number(number.into()), caller));
    }
    let agent = pick(chance, site.phones.len());
    let name = world.agents()[agent].persona().name.to_string();
    let is_elsewhere = office.cast.behind_nat.contains(&name) || office.deaf.contains(&name);
    let phone: callplan::PhoneId = agent.into();
    let person = |agent: usize| site.phones[agent].person;
    let is_busy = taken.iter().any(|other| *other == agent || person(*other) == person(agent));
    let has_talked_enough = site[phone].person.is_some_and(|person| site[person].calls_max == 1);
    if is_elsewhere
        || office.absent.contains(&name)
        || (is_busy && has_talked_enough)
        || taken.contains(&agent)
    {
        return None;
    }
    let people = site.people.iter().filter_map(|person| person.ext.as_deref());
    let phones = site.phones.iter().filter_map(|phone| phone.ext.as_deref());
    let groups = site.groups.iter().filter_map(|group| group.ext.as_deref());
    let queues = site.queues.iter().filter_map(|queue| queue.ext.as_deref());
    let dialled: Vec<String> = people.chain(phones).chain(groups).chain(queues).map(str::to_owned).collect();
    let numbers = site.numbers.iter().map(|number| number.e164.digits().to_string());
    let dialled: Vec<String> = dialled.into_iter().chain(numbers).collect();
    let lobby = (chance.below(6) == 0).then(|| "190".to_owned());
    let kind = (chance.below(2) == 0).then(|| (FIRST_KIND + office.kind(chance)).to_string());
    let dialled = lobby.or(kind).unwrap_or_else(|| dialled[pick(chance, dialled.len())].clone());
    match resolve::resolve(site, phone, &dialled) {
        Resolution::Inside(entry) => Some((agent, None, dialled, entry, Caller::Phone(phone))),
        Resolution::Emergency(_)
        | Resolution::Feature(..)
        | Resolution::Slot(_)
        | Resolution::Toggle(_)
        | Resolution::Outside { .. }
        | Resolution::Short { .. }
        | Resolution::Refused(_) => None,
    }
}

fn habits(
    office: &Office,
    world: &World,
    (is_awaited, is_hasty): (bool, bool),
    chance: &mut Chance,
) -> Vec<Habit> {
    // On some calls everybody inclines to the same.
    let mood = match chance.below(4) {
        // Who waits long enough sees whom a line rings after others, and nobody is asked who does not pick up.
        0 | 1 if is_awaited => 4,
        // Who leaves leaves those who ring, or whoever picked up.
        0 | 1 if is_hasty => 3,
        2 if is_hasty => 4,
        _ => [0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5][chance.below(15) as usize],
    };
    // On some two pick up at once, or nearly.
    let together = (chance.below(4) == 0).then(|| some(chance, 300, 6_000));
    let habit = |agent: &crate::agent::Agent| {
        let name = agent.persona().name.clone();
        let is_carrier = matches!(agent.persona().role, Role::Carrier { .. });
        let named = |names: &[String]| names.iter().any(|it| **it == *name);
        let (is_absent, is_deaf) = (named(&office.absent), named(&office.deaf));
        let together = together.map(|at| at + some(chance, 0, 60));
        let then = deed(mood, is_carrier, chance).map(|deed| match (together, deed) {
            (Some(at), Deed::Answer) => (at, deed),
            _ => (some(chance, 20, if mood < 5 { 2_500 } else { 15_000 }), deed),
        });
        let rings = (chance.below(8) > 0).then(|| some(chance, 0, 900));
        let replies = [Reply::Accept, Reply::Accept, Reply::Decline, Reply::Decline, Reply::Other];
        let presses =
            replies.get(chance.below(6) as usize).copied().map(|reply| (some(chance, 200, 6_500), reply));
        Habit { name, is_absent, is_deaf, rings, early: chance.below(6) == 0, then, presses }
    };
    world.agents().iter().map(habit).collect()
}

fn deed(mood: u32, is_carrier: bool, chance: &mut Chance) -> Option<Deed> {
    let carriers = if is_carrier && chance.below(3) > 0 { 503 } else { 480 };
    let refuse = |code| Some(Deed::Refuse(Status::new(code).expect("a status")));
    let own = match mood {
        0 => 12,
        1 => 14,
        2 => 17,
        3 => 18,
        4 => 0,
        _ => chance.below(20),
    };
    match own {
        0..10 => Some(Deed::Answer),
        10..13 => refuse(486),
        13..15 => refuse(603),
        15..18 => refuse(carriers),
        _ => None,
    }
}

fn keys(is_at_menu: bool, chance: &mut Chance) -> Vec<(Duration, char)> {
    let mut keys = Vec::new();
    let mut at = Duration::ZERO;
    for _ in 0..chance.below(8) {
        at += some(chance, 300, 5_000);
        if chance.below(if is_at_menu { 2 } else { 3 }) == 0 {
            // An extension, and now and then one that nobody has, or only the beginning of one.
            let first = ["10", "15", "20", "19", "19"][chance.below(5) as usize];
            let last = char::from(b'0' + u8::try_from(chance.below(3)).expect("below three"));
            let digits = if is_at_menu && chance.below(4) == 0 { 2 } else { 3 };
            for key in first.chars().chain([last]).take(digits) {
                keys.push((at, key));
                at += some(chance, 200, 1_500);
            }
            if is_at_menu {
                continue;
            }
        }
        keys.push((at, ['1', '1', '2', '3', '4', '4', '4', '7', '9', '#', '#'][chance.below(11) as usize]));
    }
    keys
}

/// Some milliseconds, to the microsecond, so that no two things happen together by accident.
pub(super) fn some(chance: &mut Chance, least: u64, most: u64) -> Duration {
    chance.between(Duration::from_millis(least), Duration::from_millis(most))
}
