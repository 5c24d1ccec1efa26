//! Every state against every event.

use std::fmt::Write as _;

use super::sample::{
    ALL, ANA, Call, GREETING, IN_ORDER, MAILBOX, MENU, ROUND_ROBIN, SUPPORT, forward, node, ring, secs,
    site_with,
};
use crate::{
    Act, Ask, Atom, Condition, Fact, Guard, Node, NodeId, Prompt, Screen, Screening, Shipped, Who,
    queue::{Exit, StopWhy},
    step::{Entry, Event, ReasonKind, TargetId, TimerId, Word},
};

const EVENTS: [Event; 31] = [
    Event::Enter,
    Event::Ringing(TargetId(0)),
    Event::Answered(TargetId(0)),
    Event::Busy(TargetId(0)),
    Event::Declined(TargetId(0)),
    Event::Unreachable(TargetId(0)),
    Event::SentOn { target: TargetId(0), to: Entry::Group(ROUND_ROBIN) },
    Event::SentOn { target: TargetId(0), to: Entry::Mailbox(MAILBOX) },
    Event::Answered(TargetId(99)),
    Event::Key('1'),
    Event::Key('7'),
    Event::Key('#'),
    Event::PlayDone,
    Event::RecordDone { left: true },
    Event::TimerFired(TimerId::Step),
    Event::TimerFired(TimerId::Turn),
    Event::TimerFired(TimerId::Key),
    Event::TimerFired(TimerId::Message),
    Event::TimerFired(TimerId::Fact),
    Event::TimerFired(TimerId::Digit),
    Event::TimerFired(TimerId::Target),
    Event::KeyOf { target: TargetId(0), key: '1' },
    Event::KeyOf { target: TargetId(0), key: '2' },
    Event::KeyOf { target: TargetId(0), key: '3' },
    Event::Told(Fact::ContactKnown),
    Event::Line(Word::Waits),
    Event::Line(Word::Ring(ANA)),
    Event::Line(Word::Stop(ANA, StopWhy::AnsweredElsewhere)),
    Event::Line(Word::Join(ANA)),
    Event::Line(Word::Leave(Exit::Waited)),
    Event::CallerLeft,
];

/// Goal: no pair of state and event is without meaning, and review sees what each means.
#[test]
fn every_event_in_every_state() {
    use Event::{CallerLeft, Enter, PlayDone, RecordDone};
    let voicemail = || node(Act::Voicemail(MAILBOX), None);
    const WAITS: Event = Event::Line(Word::Waits);
    const RINGS: Event = Event::Line(Word::Ring(ANA));
    const LETTER: Event = Event::Key('2');
    let menu = || node(Act::Menu(MENU), None);
    let directory = || node(Act::Directory { nobody: Some(NodeId(1)) }, Some(2));
    let line = || node(Act::Queue(SUPPORT), None);
    let screened = || {
        let mut node = forward("+12025550160");
        if let Act::Forward(step) = &mut node.act {
            step.screening = Screening::On(Screen::USUAL);
        }
        node
    };
    let ask = || {
        let ask = Ask { prompt: GREETING, key: '1', within: secs(5), to: NodeId(2) };
        node(Act::Ask(ask), Some(1))
    };
    let play = || node(Act::Play(Prompt::Shipped(Shipped::Goodbye)), Some(1));
    let known = || Guard::When(Condition::Atom(Atom::ContactKnown));
    let wondering = || Node { guard: Some(known()), ..play() };
    let states: Vec<(&str, Node, Vec<Event>)> = vec![
        ("new", play(), vec![]),
        ("waiting for a fact", wondering(), vec![Enter]),
        ("ringing a person with two phones", ring(Who::Person(ANA)), vec![Enter]),
        ("ringing a group together", ring(Who::Group(ALL)), vec![Enter]),
        ("ringing a group in order", ring(Who::Group(IN_ORDER)), vec![Enter]),
        ("forwarding", forward("+12025550160"), vec![Enter]),
        ("asking a callee", screened(), vec![Enter, Event::Answered(TargetId(0))]),
        ("playing", play(), vec![Enter]),
        ("ask, prompt", ask(), vec![Enter]),
        ("ask, waiting", ask(), vec![Enter, PlayDone]),
        ("directory, asked", directory(), vec![Enter]),
        ("directory, waiting", directory(), vec![Enter, PlayDone]),
        ("directory, spelling", directory(), vec![Enter, LETTER]),
        ("directory, offered", directory(), vec![Enter, LETTER, Event::Key('#')]),
        ("directory, choosing", directory(), vec![Enter, LETTER, Event::Key('#'), PlayDone]),
        ("directory, nobody", directory(), vec![Enter, Event::Key('7'), Event::Key('#')]),
        ("menu, greeting", menu(), vec![Enter]),
        ("menu, waiting", menu(), vec![Enter, PlayDone]),
        ("at a line", line(), vec![Enter]),
        ("in a line", line(), vec![Enter, WAITS]),
        ("in a line, rung for", line(), vec![Enter, WAITS, RINGS]),
        ("in a line, answered", line(), vec![Enter, WAITS, RINGS, Event::Answered(TargetId(0))]),
        ("in a line, sent home", line(), vec![Enter, WAITS, Event::Line(Word::Home)]),
        ("voicemail, greeting", voicemail(), vec![Enter]),
        ("voicemail, beep", voicemail(), vec![Enter, PlayDone]),
        ("voicemail, recording", voicemail(), vec![Enter, PlayDone, PlayDone]),
        ("voicemail, closing", voicemail(), vec![Enter, PlayDone, PlayDone, CallerLeft]),
        ("voicemail, goodbye", voicemail(), vec![Enter, PlayDone, PlayDone, RecordDone { left: true }]),
        ("over", node(Act::Hangup, None), vec![Enter]),
    ];
    let mut table = String::new();
    for (name, first, before) in states {
        let entered = Call::new(site_with(first.clone())).after(&before);
        writeln!(table, "{name}: {entered}").unwrap();
        for event in EVENTS {
            let mut call = Call::new(site_with(first.clone()));
            call.after(&before);
            let actions = call.on(event);
            let ignored = call.steps.reasons.iter().find_map(|reason| match reason.kind {
                ReasonKind::Ignored(stray) => Some(format!("ignored: {stray:?}")),
                _ => None,
            });
            assert!(call.cursor.is_over() || call.cursor.is_waiting() || name == "new", "{name} {event:?}");
            writeln!(table, "    {event:?}: {}", ignored.unwrap_or(actions)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
