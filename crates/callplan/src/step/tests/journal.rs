//! What a journal is worth: from it alone every decision is made again.

use std::time::Duration;

use clock::Now;
use proptest::prelude::*;

use super::{
    sample::{ALL, ANA, BEN, BEN_DESK, CHO, Call, LOBBY, Switch, number, ring, secs, site, site_with},
    walks::{EVENTS_MAX, NODES, random_event, random_node},
};
use crate::{
    Mood, PersonState, Telling, Who,
    journal::{BYTES_MAX, Broken, Heard, Journal, Recorded, read, replay},
    step::{ByHand, Cursor, Event, Facts, Steps, TargetId},
};

/// An event, and how the switch changes before it.
#[derive(Clone, Debug)]
struct Turn {
    event: Event,
    later: Duration,
    /// The civil clock is set, by so many seconds.
    set: i64,
    contacts: [u8; 5],
    calls: [u16; 4],
    mood: u8,
    held: Option<bool>,
    pointer: u32,
    listed: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let world = (proptest::array::uniform5(0u8..9), proptest::array::uniform4(0u16..9), 0u8..6);
    let hand = (proptest::option::of(any::<bool>()), any::<u32>(), any::<bool>());
    (random_event(), 0u64..40_000_000, prop_oneof![9 => Just(0), 1 => -90_000i64..90_000], world, hand)
        .prop_map(|(event, micros, set, (contacts, calls, mood), (held, pointer, listed))| {
            let later = Duration::from_micros(micros);
            Turn { event, later, set, contacts, calls, mood, held, pointer, listed }
        })
}

impl Turn {
    fn on(&self, switch: &mut Switch) {
        switch.now = switch.now.after(self.later);
        let wall = switch.now.wall.unix_micros() + self.set * 1_000_000;
        switch.now.wall = clock::Wall::from_unix_micros(wall);
        (switch.contacts, switch.calls) = (self.contacts, self.calls);
        switch.held =
            self.held.map(|is_open| ByHand { is_open, until: self.listed.then_some(switch.now.wall) });
        switch.pointer = self.pointer;
        let caller = number("+12025550142");
        switch.listed = if self.listed { vec![(crate::ListId(0), caller)] } else { Vec::new() };
        switch.blocked = if self.mood == 5 { vec![(ANA, caller)] } else { Vec::new() };
        let moods = [Mood::Available, Mood::Away, Mood::DoNotDisturb];
        let forward = (self.mood == 4).then_some(number("+12025550166"));
        switch.states[0] =
            PersonState { mood: moods[usize::from(self.mood % 3)], before: Mood::Away, forward };
        switch.tallies[1].ended = self.held.map(|_| switch.now.wall);
        switch.tallies[2].calls = self.pointer % 7;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: whatever the graph, whatever happens and however the switch changes meanwhile, a journal leads to the
    /// very same actions and reasons, and nothing is asked that it does not tell.
    #[test]
    fn every_decision_is_made_again_from_the_journal(
        nodes in proptest::collection::vec(random_node(), NODES as usize),
        turns in proptest::collection::vec(turn(), 0..EVENTS_MAX),
        chance in any::<u64>(),
    ) {
        let mut call = Call::new(site(nodes));
        call.facts.chance = chance;
        call.facts.told.tell(Telling::LastAgent(Some((BEN, call.switch.now.wall))));
        let mut decided = Vec::new();
        call.on(Event::Enter);
        decided.push((call.switch.now, Event::Enter, call.steps.clone()));
        for turn in &turns {
            turn.on(&mut call.switch);
            call.on(turn.event);
            decided.push((call.switch.now, turn.event, call.steps.clone()));
        }
        let recorded = read(&call.site, call.journal.bytes()).unwrap();
        prop_assert_eq!(recorded.courses[0].facts, call.facts);
        let again = replay(&call.site, &recorded);
        prop_assert!(recorded.is_cut || again.len() == decided.len());
        for (again, (now, event, steps)) in again.iter().zip(&decided) {
            prop_assert_eq!((again.now, again.event), (*now, *event));
            prop_assert_eq!(&again.steps, steps);
            prop_assert!(again.unasked.is_empty(), "{:?}", again.unasked);
        }
    }

    /// Goal: whatever bytes a damaged row holds, reading them ends, and no id leads outside the site.
    #[test]
    fn any_bytes_are_read_or_refused(
        nodes in proptest::collection::vec(random_node(), NODES as usize),
        turns in proptest::collection::vec(turn(), 0..20),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut call = Call::new(site(nodes));
        call.on(Event::Enter);
        for turn in &turns {
            turn.on(&mut call.switch);
            call.on(turn.event);
        }
        let mut bytes = call.journal.bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(recorded) = read(&call.site, &bytes) {
            replay(&call.site, &recorded);
        }
    }
}

/// A call to ana, ben and cho together.
fn rings_all() -> Call {
    let mut call = Call::new(site_with(ring(Who::Group(ALL))));
    call.on(Event::Enter);
    call
}

#[test]
fn a_journal_tells_what_was_asked_and_what_was_said() {
    let mut call = Call::new(site_with(ring(Who::Person(ANA))));
    call.switch.calls[0] = 1;
    call.switch.contacts[1] = 0;
    call.on(Event::Enter);
    let recorded = read(&call.site, call.journal.bytes()).unwrap();
    let caller = number("+12025550142");
    let heard = &recorded.courses[0].moments[0].heard;
    assert_eq!(
        heard[..],
        [
            Heard::Blocked(ANA, caller, false),
            Heard::State(ANA, PersonState::default()),
            Heard::Calls(ANA, 1),
            Heard::Contacts(crate::PhoneId(0), 1),
            Heard::Contacts(crate::PhoneId(1), 0),
        ]
    );
    // The clock, who calls what and what chance is drawn from, the event, and two bytes an answer.
    assert_eq!(call.journal.bytes().len(), 2 + 10 + 2 + 5 * 2, "{:?}", call.journal.bytes());
}

#[test]
fn times_are_those_of_the_call() {
    let mut call = rings_all();
    call.switch.now = call.switch.now.after(secs(3));
    call.on(Event::Ringing(TargetId(1)));
    call.switch.now.wall = clock::Wall::from_unix_micros(-7);
    call.on(Event::Answered(TargetId(1)));
    let recorded = read(&call.site, call.journal.bytes()).unwrap();
    let moments = &recorded.courses[0].moments;
    let second = Now::default().after(secs(3));
    let third = Now { wall: clock::Wall::from_unix_micros(-7), ..second };
    assert_eq!(moments.iter().map(|moment| moment.now).collect::<Vec<_>>(), [Now::default(), second, third]);
}

#[test]
fn a_call_that_never_came_to_a_plan_has_an_empty_journal() {
    let call = Call::new(site_with(ring(Who::Person(ANA))));
    assert!(call.journal.bytes().is_empty());
    assert_eq!(read(&call.site, &[]), Ok(Recorded::default()));
}

#[test]
fn a_call_that_goes_on_for_ever_keeps_how_it_began() {
    let mut call = rings_all();
    for _ in 0..BYTES_MAX {
        call.on(Event::Key('1'));
    }
    let bytes = call.journal.bytes();
    assert!((BYTES_MAX..BYTES_MAX + 64).contains(&bytes.len()), "{}", bytes.len());
    let recorded = read(&call.site, bytes).unwrap();
    assert!(recorded.is_cut);
    assert_eq!(replay(&call.site, &recorded).len(), recorded.courses[0].moments.len());
}

#[test]
fn a_second_course_begins_anew() {
    let mut call = rings_all();
    let (mut cursor, mut steps) = (Cursor::new(), Steps::default());
    let facts = Facts { chance: 9, ..call.facts };
    let Call { site, switch, journal, .. } = &mut call;
    journal.step(site, &mut cursor, &facts, switch, Event::Enter, &mut steps);
    let recorded = read(site, journal.bytes()).unwrap();
    assert_eq!(recorded.courses.iter().map(|course| course.facts.chance).collect::<Vec<_>>(), [0, 9]);
    assert_eq!(replay(site, &recorded)[1].steps, steps);
}

#[test]
fn who_had_signed_in_where_is_told_as_far_as_it_matters() {
    let home = site_with(ring(Who::Group(ALL)));
    let mut call = Call::new(home.lent(&[(BEN_DESK, CHO), (LOBBY, ANA)]));
    call.on(Event::Enter);
    let decided = call.steps.clone();
    let recorded = read(&home, call.journal.bytes()).unwrap();
    assert_eq!(recorded.desks.into_iter().collect::<Vec<_>>(), [(BEN_DESK, CHO), (LOBBY, ANA)]);
    let recorded = read(&home, call.journal.bytes()).unwrap();
    assert_eq!(replay(&home, &recorded)[0].steps, decided);

    let home = site_with(ring(Who::Person(CHO)));
    let mut call = Call::new(home.lent(&[(BEN_DESK, CHO), (LOBBY, ANA)]));
    call.on(Event::Enter);
    let recorded = read(&home, call.journal.bytes()).unwrap();
    assert_eq!(recorded.desks.into_iter().collect::<Vec<_>>(), [(BEN_DESK, CHO)]);
}

#[test]
fn a_journal_of_another_version_is_refused() {
    let call = rings_all();
    let mut other = site_with(ring(Who::Person(ANA)));
    other.people.truncate(1);
    assert_eq!(read(&other, call.journal.bytes()), Err(Broken::Version));
    assert_eq!(read(&call.site, &[0xff]), Err(Broken::At(0)));
    let mut new = Journal::new(Now::default());
    let (mut cursor, mut steps) = (Cursor::new(), Steps::default());
    new.step(&call.site, &mut cursor, &call.facts, &call.switch, Event::Enter, &mut steps);
    assert_eq!(new.bytes(), call.journal.bytes());
}
