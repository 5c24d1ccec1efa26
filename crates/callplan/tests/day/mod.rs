//! Calls of all kinds to a small business, as a seed chooses them, with the journals that a switch would keep.

use std::time::Duration;

use callplan::{
    GroupId, HoursId, Mood, PersonState, PhoneId, Site,
    explain::{Behaviour, Explanation, Given, Party, Press, Question, read_time, rehearse},
    journal::{Recorded, read},
    step::Outcome,
};
use clock::{Chance, Wall};

/// A call on paper: what came of it, and what its journal says.
pub(crate) struct Call {
    pub(crate) course: Explanation,
    pub(crate) recorded: Recorded,
}

/// The call of a question.
pub(crate) fn call(site: &Site, question: Question) -> Call {
    let (course, journal) = rehearse(site, &question);
    let recorded = read(site, journal.bytes()).expect("what was just written");
    Call { course, recorded }
}

/// So many calls.
pub(crate) fn calls(site: &Site, seed: u8, count: usize) -> Vec<Call> {
    let mut chance = Chance::from_seed([seed; 32]);
    (0..count).map(|_| call(site, question(site, &mut chance))).collect()
}

fn micros(chance: &mut Chance, most: u32) -> Duration {
    Duration::from_micros(u64::from(chance.below(most * 1_000)) + 1)
}

fn question(site: &Site, chance: &mut Chance) -> Question {
    let outside = ["+12025550142", "+12025550199", "+442079460123", "withheld"];
    let inside = ["lobby", "cho-desk", "rosa-soft"];
    let numbers = ["+12025550100", "+12025550101", "+12025550102", "+12025550104"];
    let (from, to) = if chance.below(4) > 0 {
        (outside[pick(chance, 4)], numbers[pick(chance, 4)])
    } else {
        (inside[pick(chance, 3)], ["101", "111", "112", "190"][pick(chance, 4)])
    };
    let from_time = read_time(&site.timezone, "2026-11-23 00:00").expect("a time").unix_micros();
    let minute = i64::from(chance.below(7 * 24 * 60)) * 60_000_000 + i64::from(chance.below(60_000_000));
    let at = Wall::from_unix_micros(from_time + minute);
    let mut question = Question::read(site, from, to, at).expect("a call");
    for phone in 0..site.phones.len() {
        let behaviour = behaviour(chance);
        question.given.push(Given::new(Party::Phone(PhoneId::from(phone)), behaviour));
    }
    for number in ["+12025550152", "+12025550177"] {
        let party = Party::Number(number.parse().expect("a number"));
        question.given.push(Given::new(party, behaviour(chance)));
    }
    surroundings(site, &mut question, chance);
    let most = if chance.below(2) == 0 { 30_000 } else { 9_000 };
    for _ in 0..chance.below(4) {
        let at = micros(chance, most);
        question.press.push(Press::At(at, ['1', '2', '0', '7'][pick(chance, 4)]));
    }
    question.leaves = (chance.below(3) == 0).then(|| micros(chance, 60_000));
    question.speaks = micros(chance, 9_000);
    question
}

/// What people said and do, and whose turn it is.
fn surroundings(site: &Site, question: &mut Question, chance: &mut Chance) {
    for person in (0..site.people.len()).map(callplan::PersonId::from) {
        let mood = [Mood::Available, Mood::Away, Mood::DoNotDisturb][pick(chance, 3)];
        let forward = (chance.below(4) == 0).then(|| "+12025550177".parse().expect("a number"));
        if chance.below(5) == 0 {
            question.states.push((person, PersonState { mood, forward, ..PersonState::default() }));
        }
        if chance.below(6) == 0 {
            question.calls.push((person, 1 + u16::from(chance.below(2) == 0)));
        }
    }
    if chance.below(8) == 0 {
        question.held.push((HoursId(0), chance.below(2) == 0));
    }
    let sales = site.group("sales").map_or(GroupId(0), |group| group);
    question.pointers.push((sales, chance.below(2)));
}

fn behaviour(chance: &mut Chance) -> Behaviour {
    let after = micros(chance, 16_000);
    let ringing = Behaviour { rings: Some(micros(chance, 300)), ..Behaviour::answers(after) };
    let says = |outcome| Behaviour { says: Some((after, outcome)), ..ringing };
    match chance.below(8) {
        0 => Behaviour::ABSENT,
        1 => Behaviour { rings: None, ..says(Outcome::Busy) },
        2 => says(Outcome::Declined),
        3 => says(Outcome::Unreachable),
        4 => Behaviour { rings: ringing.rings, ..Behaviour::NO_ANSWER },
        5 => Behaviour { rings: None, ..Behaviour::NO_ANSWER },
        6 => Behaviour { contacts: 2, ..ringing },
        _ => ringing,
    }
}

fn pick(chance: &mut Chance, count: u32) -> usize {
    chance.below(count) as usize
}
