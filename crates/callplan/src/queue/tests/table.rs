//! Every state against every event.

use std::fmt::Write as _;

use super::sample::{ANA, BEN, CHO, ONE, QUIN, Scene, TWO, joins, rules};
use crate::{
    Order,
    queue::{CallerId, Event, Refusal, Rules, Timer},
};

const NOBODY: CallerId = CallerId(99);

fn events() -> Vec<Event> {
    use Event::{
        Answered, Changed, Closes, Ended, Fired, IsHome, Key, Leaves, Opens, Refused, SignsIn, SignsOut,
    };
    let mut events = vec![
        joins(ONE),
        joins(CallerId(7)),
        Leaves(ONE),
        Leaves(NOBODY),
        IsHome(ONE),
        IsHome(NOBODY),
        Key(ONE, '1'),
        Key(ONE, '2'),
        Answered(ONE, ANA),
        Answered(ONE, BEN),
        Answered(NOBODY, ANA),
    ];
    let whys = [Refusal::Declined, Refusal::Busy, Refusal::Unreachable];
    events.extend(whys.map(|why| Refused(ONE, ANA, why)));
    events.extend([Refused(NOBODY, ANA, Refusal::Declined), Ended(ANA), Ended(BEN)]);
    events.extend([SignsIn(ANA), SignsIn(QUIN), SignsOut(ANA), SignsOut(QUIN), Changed, Opens, Closes]);
    let timers = [
        Timer::Ring(ANA),
        Timer::Alone(ANA),
        Timer::Widen(ONE),
        Timer::Wait(ONE),
        Timer::Announce(ONE),
        Timer::Offer(ONE),
    ];
    events.extend(timers.map(Fired));
    events
}

/// Goal: no pair of state and event is without meaning, and review sees what each means.
#[test]
fn every_event_in_every_state() {
    use Event::{Answered, Closes, Ended, Fired, IsHome, Key, Refused, SignsOut};
    let alone = || Rules { members: vec![ANA], weights: vec![1], ..rules() };
    let together = || Rules { order: Order::All, ..rules() };
    let all_out = [SignsOut(ANA), SignsOut(BEN), SignsOut(CHO)];
    let home = [joins(ONE), Fired(Timer::Offer(ONE)), Key(ONE, '1'), IsHome(ONE)];
    let states: Vec<(&str, Rules, Vec<Event>)> = vec![
        ("nobody waits", rules(), vec![]),
        ("nobody waits, the agent is out", alone(), vec![SignsOut(ANA)]),
        ("nobody waits, all are out", rules(), all_out.to_vec()),
        ("closed", rules(), vec![Closes]),
        ("one waits, the agent rings", alone(), vec![joins(ONE)]),
        ("one waits, all ring", together(), vec![joins(ONE)]),
        ("one waits and may go home, the agent rings", alone(), home[..2].to_vec()),
        ("one was sent home", alone(), home[..3].to_vec()),
        ("one is at home, the agent rings", alone(), home.to_vec()),
        ("one is at home, closed", alone(), [&home[..], &[Closes]].concat()),
        ("one waits, the agent rests", alone(), vec![joins(ONE), Refused(ONE, ANA, Refusal::Declined)]),
        ("the agent talks", alone(), vec![joins(ONE), Answered(ONE, ANA)]),
        ("the agent talks, another waits", alone(), vec![joins(TWO), Answered(TWO, ANA), joins(ONE)]),
        ("the agent talks and is out", alone(), vec![joins(ONE), Answered(ONE, ANA), SignsOut(ANA)]),
        ("the agent wraps up", alone(), vec![joins(ONE), Answered(ONE, ANA), Ended(ANA)]),
        ("full", rules(), vec![joins(ONE), joins(TWO), joins(CallerId(3))]),
    ];
    let mut table = String::new();
    for (name, rules, before) in states {
        let _ = writeln!(table, "{name}");
        for event in events() {
            let mut scene = Scene::new(rules.clone());
            scene.after(&before);
            let shown = scene.on(event);
            let shown = if shown.is_empty() { "-".to_owned() } else { shown };
            let _ = writeln!(table, "  {:40} {shown}", format!("{event:?}"));
        }
    }
    insta::assert_snapshot!(table);
}
