//! Random calls through random graphs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::select};

use super::sample::{
    ALL, ANA, BEN, Call, DAN, GREETING, IN_ORDER, LOBBY, LONGEST_IDLE, MAILBOX, MENU, OFFICE, ROUND_ROBIN,
    SUPPORT, WEIGHTED,
};
use super::sample::{forward, node, ring, secs, site};
use crate::{
    Act, Ask, Atom, Condition, Guard, Mobile, Node, NodeId, Refusal, Screen, Screening, SendOn, When, Who,
    queue::{Exit, StopWhy},
    step::{Action, Entry, Event, Target, TargetId, TimerId, Word},
};

/// Nodes of a random graph; jumps may lead anywhere, also in circles.
pub(super) const NODES: u32 = 12;

/// Events of a walk; after them the caller hangs up.
pub(super) const EVENTS_MAX: usize = 60;

fn anywhere() -> impl Strategy<Value = NodeId> {
    (0..NODES).prop_map(NodeId)
}

fn ringing() -> impl Strategy<Value = Act> {
    let who = prop_oneof![
        select(vec![ANA, BEN, DAN]).prop_map(Who::Person),
        select(vec![ALL, IN_ORDER, ROUND_ROBIN, LONGEST_IDLE, WEIGHTED]).prop_map(Who::Group),
        Just(Who::Phone(LOBBY)),
    ];
    let exit = || proptest::option::of(anywhere());
    (who, exit(), exit(), exit()).prop_map(|(who, busy, declined, unanswered)| {
        let Act::Ring(step) = ring(who).act else { unreachable!() };
        Act::Ring(crate::Ring { busy, declined, unanswered, ..step })
    })
}

fn screening() -> impl Strategy<Value = Screening> {
    select(vec![Screening::Unsaid, Screening::Off, Screening::On(Screen::USUAL)])
}

fn forwarding() -> impl Strategy<Value = Act> {
    Just(forward("+12025550160").act)
}

pub(super) fn random_node() -> impl Strategy<Value = Node> {
    let act = prop_oneof![
        6 => ringing(),
        2 => (screening(), forwarding()).prop_map(|(screening, act)| match act {
            Act::Forward(step) => Act::Forward(crate::Forward { screening, ..step }),
            act => act,
        }),
        1 => Just(forward("+442079460000").act),
        2 => Just(Act::Play(GREETING)),
        1 => (select(vec!['1', '9']), anywhere()).prop_map(|(key, to)| {
            Act::Ask(Ask { prompt: GREETING, key, within: secs(5), to })
        }),
        2 => Just(Act::Menu(MENU)),
        2 => proptest::option::of(anywhere()).prop_map(|nobody| Act::Directory { nobody }),
        2 => Just(Act::Queue(SUPPORT)),
        1 => Just(Act::Voicemail(MAILBOX)),
        1 => Just(Act::Reject(Refusal::Decline)),
        1 => Just(Act::Hangup),
        1 => Just(Act::Language(crate::LanguageId(0))),
        2 => anywhere().prop_map(Act::Goto),
    ];
    let guard = proptest::option::of(any::<bool>().prop_map(|when| {
        let open = Condition::Atom(Atom::Open(OFFICE));
        if when { Guard::When(open) } else { Guard::Unless(open) }
    }));
    (act, guard, 0..NODES).prop_map(|(act, guard, next)| Node { guard, ..node(act, Some(next)) })
}

fn anywhere_of_ours() -> impl Strategy<Value = Entry> {
    let groups = [ALL, IN_ORDER, ROUND_ROBIN, WEIGHTED].map(Entry::Group);
    let others = [Entry::Mailbox(MAILBOX), Entry::Phone(LOBBY), Entry::Person(DAN)];
    select([&groups[..], &others].concat())
}

fn word() -> impl Strategy<Value = Word> {
    let agent = || select(vec![ANA, BEN, DAN]);
    prop_oneof![
        3 => Just(Word::Waits),
        5 => agent().prop_map(Word::Ring),
        2 => agent().prop_map(|agent| Word::Stop(agent, StopWhy::Timeout)),
        3 => agent().prop_map(Word::Join),
        2 => select(vec![Exit::Full, Exit::Waited, Exit::Unstaffed, Exit::Closed]).prop_map(Word::Leave),
        1 => Just(Word::Say { position: 2, wait: None }),
        1 => Just(Word::Offer('1')),
        1 => Just(Word::Home),
    ]
}

pub(super) fn random_event() -> impl Strategy<Value = Event> {
    let target = || (0u32..40).prop_map(TargetId);
    let timer = select(TimerId::ALL.to_vec());
    prop_oneof![
        3 => target().prop_map(Event::Ringing),
        1 => target().prop_map(Event::Answered),
        4 => target().prop_map(Event::Busy),
        3 => target().prop_map(Event::Declined),
        4 => target().prop_map(Event::Unreachable),
        4 => (target(), anywhere_of_ours()).prop_map(|(target, to)| Event::SentOn { target, to }),
        4 => select(vec!['1', '2', '#', 'A']).prop_map(Event::Key),
        3 => (target(), select(vec!['1', '2', '3'])).prop_map(|(target, key)| Event::KeyOf { target, key }),
        6 => Just(Event::PlayDone),
        3 => any::<bool>().prop_map(|left| Event::RecordDone { left }),
        9 => timer.prop_map(Event::TimerFired),
        9 => word().prop_map(Event::Line),
        1 => Just(Event::Enter),
    ]
}

/// What an honest world knows of a call: what it was asked to do and has not undone.
#[derive(Default)]
struct World {
    ringing: BTreeMap<TargetId, Target>,
    started: BTreeSet<TargetId>,
    screened: BTreeSet<TargetId>,
    timers: BTreeSet<TimerId>,
    answered: bool,
    over: bool,
}

impl World {
    /// Carries the actions out and checks each against what went before.
    fn carry_out(&mut self, actions: &[Action]) {
        for action in actions {
            assert!(!self.over, "{action:?} after the plan was over");
            match *action {
                Action::Start { target, who, is_screened } => {
                    if is_screened {
                        self.screened.insert(target);
                    }
                    assert!(self.started.insert(target), "{target:?} is started twice");
                    assert!(!self.ringing.values().any(|other| *other == who), "{who:?} rings twice");
                    self.ringing.insert(target, who);
                }
                Action::Screen { target, .. } => {
                    assert!(self.ringing.contains_key(&target), "{target:?} does not ring");
                    assert!(self.screened.contains(&target), "{target:?} was not to be screened");
                }
                Action::Stop { target, .. } => {
                    assert!(self.ringing.remove(&target).is_some(), "{target:?} did not ring");
                }
                Action::Timer { timer, .. } => {
                    self.timers.insert(timer);
                }
                Action::ClearTimer(timer) => assert!(self.timers.remove(&timer), "{timer:?} did not run"),
                Action::Answer => assert!(!std::mem::replace(&mut self.answered, true), "answered twice"),
                Action::Play { .. }
                | Action::Tell(_)
                | Action::Music(_)
                | Action::Say(_)
                | Action::Collect { .. }
                | Action::Record { .. } => {
                    assert!(self.answered, "{action:?} to a caller not answered");
                }
                Action::Bridge { target } => {
                    assert!(self.ringing.remove(&target).is_some(), "{target:?} did not ring");
                    self.over = true;
                }
                Action::End(_) => self.over = true,
                Action::Ask(_)
                | Action::Ringback(_)
                | Action::Line { .. }
                | Action::StopPlay
                | Action::StopRecord
                | Action::Advance { .. } => {}
            }
        }
        assert!(!self.over || (self.ringing.is_empty() && self.timers.is_empty()), "something is left over");
    }

    /// Notes what an event ends before the engine hears of it; an honest world reports a target once.
    fn happens(&mut self, event: Event) {
        match event {
            Event::Busy(target)
            | Event::Declined(target)
            | Event::Unreachable(target)
            | Event::SentOn { target, .. } => {
                self.ringing.remove(&target);
            }
            Event::TimerFired(timer) => {
                self.timers.remove(&timer);
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: whatever the graph and whatever happens, the call waits for something or is over; every
    /// start is stopped, answered or reported; no phone rings twice; no timer outlives its step.
    #[test]
    fn a_call_always_waits_or_is_over(
        nodes in proptest::collection::vec(random_node(), NODES as usize),
        events in proptest::collection::vec(random_event(), 0..EVENTS_MAX),
        contacts in proptest::array::uniform5(0u8..3),
        calls in proptest::array::uniform4(0u16..3),
        pointer in any::<u32>(),
        follows in proptest::array::uniform3((any::<bool>(), 0u64..20, screening())),
        chance in any::<u64>(),
        hour in 0u64..24,
    ) {
        let mut call = Call::new(site(nodes));
        (call.switch.contacts, call.switch.calls, call.switch.pointer) = (contacts, calls, pointer);
        call.switch.now = call.switch.now.after(secs(hour * 3600));
        call.facts.chance = chance;
        for (at, (follow, after, screening)) in follows.into_iter().enumerate() {
            let person = &mut call.site.people[at];
            person.allow = vec![crate::ClassId(0)];
            person.mobile = Some(super::sample::number(&format!("+1202555015{at}")));
            let sends = [When::Always, When::NoAnswer, When::Away, When::Busy, When::Unreachable];
            let to = super::sample::number("+12025550166");
            let when = sends.into_iter().filter(|when| after >> *when as u64 & 1 == 1).collect();
            person.forward = (at == 1).then_some(SendOn { to, when });
            person.follow.mobile = follow.then_some(Mobile { after: secs(after), screening });
            call.site.groups[at].follow = follow;
        }
        let mut world = World::default();
        let leave = [Event::CallerLeft, Event::TimerFired(TimerId::Message)];
        for event in std::iter::once(Event::Enter).chain(events).chain(leave) {
            world.happens(event);
            call.on(event);
            world.carry_out(&call.steps.actions);
            prop_assert_eq!(call.cursor.is_over(), world.over);
            prop_assert!(call.cursor.is_over() || call.cursor.is_waiting(), "{:?}", call.cursor);
            let ringing: Vec<_> = world.ringing.keys().copied().collect();
            prop_assert_eq!(call.cursor.targets().collect::<Vec<_>>(), ringing);
            let timers: Vec<_> = world.timers.iter().copied().collect();
            prop_assert_eq!(call.cursor.timers().collect::<Vec<_>>(), timers);
        }
        prop_assert!(call.cursor.is_over());
    }

    /// Goal: a call with no further help ends by its own timers and prompts, whoever picks up or not.
    #[test]
    fn time_alone_ends_every_call(
        nodes in proptest::collection::vec(random_node(), NODES as usize),
        contacts in proptest::array::uniform5(0u8..2),
    ) {
        let mut call = Call::new(site(nodes));
        call.switch.contacts = contacts;
        call.on(Event::Enter);
        // Each node is left after at most six waits: in three rounds what is asked, and the key.
        for _ in 0..6 * crate::step::NODES_PER_CALL_MAX {
            let timer = call.cursor.timers().min();
            let event = timer.map_or(Event::PlayDone, Event::TimerFired);
            if !call.cursor.is_over() {
                call.on(event);
                call.on(Event::RecordDone { left: false });
                call.on(Event::Line(Word::Leave(Exit::Waited)));
            }
        }
        prop_assert!(call.cursor.is_over(), "{:?}", call.cursor);
    }
}
