//! The rules by name.

use std::sync::Arc;

use super::sample::{ANA, BEN, CHO, ONE, QUIN, SPANISH, Scene, THREE, TWO, ended, joins, rules, secs};
use crate::{
    Order, Tally,
    queue::{CallerId, Doing, Event, Need, Refusal, Rules, Timer, machine::AT_HOME_MAX},
};
use Event::{
    Answered, Changed, Closes, Ended, Fired, IsHome, Key, Leaves, Opens, Refused, SignsIn, SignsOut,
};

fn by(order: Order) -> Scene {
    Scene::new(Rules { order, ..rules() })
}

#[test]
fn callers_are_served_as_they_came() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [true, false, false, false];
    assert_eq!(scene.rings(joins(ONE)), "ring ana for 1");
    assert_eq!((scene.rings(joins(TWO)), scene.rings(joins(THREE))), (String::new(), String::new()));
    assert!(scene.on(Answered(ONE, ANA)).ends_with("join 1 ana"));
    scene.on(Ended(ANA));
    assert_eq!(scene.rings(Fired(Timer::Alone(ANA))), "ring ana for 2");
    scene.room.can_ring[1] = true;
    assert_eq!(scene.rings(Changed), "ring ben for 3");
}

#[test]
fn whoever_has_priority_is_served_before() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.after(&[joins(ONE), joins(TWO), Event::Joins { caller: THREE, priority: 5, need: None }]);
    assert_eq!(scene.queue.callers().collect::<Vec<_>>(), [THREE, ONE, TWO]);
    scene.room.can_ring[0] = true;
    assert_eq!(scene.rings(Changed), "ring ana for 3");
}

#[test]
fn each_order_chooses_among_those_who_are_free() {
    let firsts = |order, room: &dyn Fn(&mut Scene)| {
        let mut scene = by(order);
        room(&mut scene);
        [joins(ONE), joins(TWO), joins(THREE)].map(|event| scene.rings(event))
    };
    let talked = |scene: &mut Scene| {
        scene.room.tallies = [ended(30), ended(10), ended(20), Tally::default()];
        scene.room.tallies[0].calls = 1;
        (scene.room.tallies[1].calls, scene.room.tallies[2].calls) = (3, 2);
        (scene.room.tallies[0].talk, scene.room.tallies[1].talk) = (secs(9), secs(1));
    };
    let of = |names: [&str; 3]| {
        let mut callers = 1..;
        names.map(|name| format!("ring {name} for {}", callers.next().unwrap()))
    };
    assert_eq!(firsts(Order::InOrder, &|_| ()), of(["ana", "ben", "cho"]));
    assert_eq!(firsts(Order::LongestIdle, &talked), of(["ben", "cho", "ana"]));
    assert_eq!(firsts(Order::FewestCalls, &talked), of(["ana", "cho", "ben"]));
    assert_eq!(firsts(Order::LeastTalk, &talked), of(["cho", "ben", "ana"]));
    let all = firsts(Order::All, &|_| ());
    assert_eq!(all, ["ring ana for 1, ring ben for 1, ring cho for 1", "", ""]);
}

#[test]
fn a_round_goes_on_with_each_caller() {
    let mut scene = by(Order::RoundRobin);
    assert!(scene.on(joins(ONE)).ends_with("ring ana for 1, arm ring-ana 15s, advance 1"));
    scene.on(Leaves(ONE));
    assert_eq!(scene.rings(joins(TWO)), "ring ben for 2");
    // The next is asked for the same caller, and the next caller still begins behind ben.
    let shown = scene.on(Refused(TWO, BEN, Refusal::Declined));
    assert_eq!(shown, "clear ring-ben, arm alone-ben 30s, ring cho for 2, arm ring-cho 15s");
    scene.on(Leaves(TWO));
    assert_eq!(scene.rings(joins(THREE)), "ring cho for 3");
}

/// Pain 17 of the field: a call that is rejected comes straight back.
#[test]
fn whoever_declines_rests_and_the_caller_keeps_the_place() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [true, false, false, false];
    scene.after(&[joins(ONE), joins(TWO)]);
    assert_eq!(scene.on(Refused(ONE, ANA, Refusal::Declined)), "clear ring-ana, arm alone-ana 30s");
    assert_eq!(scene.queue.doing(ANA), Doing::Alone);
    assert_eq!(scene.on(Changed), "", "she is left alone");
    assert_eq!(scene.rings(Fired(Timer::Alone(ANA))), "ring ana for 1");
}

#[test]
fn whoever_does_not_answer_rests_too() {
    let mut scene = by(Order::InOrder);
    scene.on(joins(ONE));
    let shown = scene.on(Fired(Timer::Ring(ANA)));
    assert_eq!(shown, "stop ana for 1 Timeout, arm alone-ana 30s, ring ben for 1, arm ring-ben 15s");
    assert_eq!(scene.on(Answered(ONE, ANA)), "", "she was stopped");
}

#[test]
fn a_phone_that_is_always_busy_is_not_rung_without_an_end() {
    let mut scene = Scene::new(Rules { rest: secs(0), members: vec![ANA], weights: vec![1], ..rules() });
    scene.on(joins(ONE));
    assert_eq!(scene.on(Refused(ONE, ANA, Refusal::Busy)), "clear ring-ana, arm alone-ana 1s");
}

#[test]
fn of_those_who_ring_together_the_first_to_answer_has_the_caller() {
    let mut scene = by(Order::All);
    scene.room.can_ring[2] = false;
    assert_eq!(scene.rings(joins(ONE)), "ring ana for 1, ring ben for 1");
    scene.room.can_ring[2] = true;
    assert_eq!(scene.rings(Changed), "ring cho for 1", "whoever becomes free rings as well");
    let shown = scene.on(Answered(ONE, BEN));
    assert!(shown.contains("stop ana for 1 AnsweredElsewhere") && shown.ends_with("join 1 ben"), "{shown}");
    assert_eq!(scene.on(Answered(ONE, CHO)), "", "she came too late");
    assert_eq!(scene.rings(joins(TWO)), "ring ana for 2, ring cho for 2");
}

#[test]
fn an_agent_is_left_alone_after_a_call() {
    let mut scene = Scene::new(Rules { members: vec![ANA], weights: vec![1], ..rules() });
    scene.after(&[joins(ONE), Answered(ONE, ANA), joins(TWO)]);
    assert_eq!(scene.on(Ended(ANA)), "arm alone-ana 10s");
    assert_eq!(scene.rings(Fired(Timer::Alone(ANA))), "ring ana for 2");
    let mut none = Scene::new(Rules { members: vec![ANA], weights: vec![1], wrap: secs(0), ..rules() });
    none.after(&[joins(ONE), Answered(ONE, ANA), joins(TWO)]);
    assert_eq!(none.rings(Ended(ANA)), "ring ana for 2");
}

#[test]
fn more_people_may_be_rung_for_who_has_waited_long() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false, false, false, true];
    scene.after(&[joins(ONE), joins(TWO)]);
    assert_eq!(scene.rings(Changed), "");
    assert_eq!(
        scene.rings(Fired(Timer::Widen(TWO))),
        "ring quin for 2",
        "who came first has no claim on her yet"
    );
    let mut stages = rules();
    stages.widen.push(crate::queue::Widen { after: secs(120), with: vec![ANA] });
    let mut scene = Scene::new(stages);
    scene.on(joins(ONE));
    assert_eq!(scene.on(Fired(Timer::Widen(ONE))), "arm widen-1 30s");
    assert_eq!(scene.on(Fired(Timer::Widen(ONE))), "");
}

#[test]
fn a_caller_who_needs_somebody_else_lets_those_behind_pass() {
    let mut scene = by(Order::Skill);
    scene.room.can_ring = [true, false, true, false];
    scene.room.spanish = [0, 9, 5, 0];
    let need = |least| Some(Need { skill: SPANISH, least });
    let asks = |caller, least| Event::Joins { caller, priority: 0, need: need(least) };
    assert_eq!(scene.rings(asks(ONE, 8)), "");
    assert_eq!(scene.rings(asks(TWO, 1)), "ring cho for 2");
    assert_eq!(scene.rings(joins(THREE)), "ring ana for 3");
    scene.room.can_ring[1] = true;
    assert_eq!(scene.rings(Changed), "ring ben for 1");
}

#[test]
fn the_best_is_rung_first_by_skill() {
    let mut scene = by(Order::Skill);
    scene.room.spanish = [3, 9, 5, 0];
    let asks = |caller| Event::Joins { caller, priority: 0, need: Some(Need { skill: SPANISH, least: 1 }) };
    assert_eq!(
        [ONE, TWO, THREE].map(|id| scene.rings(asks(id))),
        ["ring ben for 1", "ring cho for 2", "ring ana for 3"]
    );
}

#[test]
fn a_queue_that_is_full_unstaffed_or_closed_takes_nobody() {
    let mut full = by(Order::InOrder);
    full.room.can_ring = [false; 4];
    full.after(&[joins(ONE), joins(TWO), joins(THREE)]);
    assert_eq!(full.on(joins(CallerId(4))), "leave 4 Full");
    let mut unstaffed = by(Order::InOrder);
    unstaffed.after(&[SignsOut(ANA), SignsOut(BEN), SignsOut(CHO)]);
    assert_eq!(unstaffed.on(joins(ONE)), "leave 1 Unstaffed");
    unstaffed.on(SignsIn(BEN));
    assert_eq!(unstaffed.rings(joins(ONE)), "ring ben for 1");
    let mut closed = by(Order::InOrder);
    closed.on(Closes);
    assert_eq!(closed.on(joins(ONE)), "leave 1 Closed");
    closed.on(Opens);
    assert_eq!(closed.rings(joins(ONE)), "ring ana for 1");
    let mut lenient = Scene::new(Rules { closes: false, ..rules() });
    lenient.on(Closes);
    assert_eq!(lenient.rings(joins(ONE)), "ring ana for 1", "served until the longest wait");
}

#[test]
fn when_the_last_agent_signs_out_or_the_queue_closes_all_leave() {
    let both = |shown: &str, exit: &str| {
        assert!(
            shown.contains(&format!("leave 1 {exit}")) && shown.contains(&format!("leave 2 {exit}")),
            "{shown}"
        );
    };
    let mut scene = by(Order::InOrder);
    scene.after(&[joins(ONE), joins(TWO), SignsOut(CHO), SignsOut(BEN)]);
    both(&scene.on(SignsOut(ANA)), "Unstaffed");
    let mut scene = by(Order::InOrder);
    scene.after(&[joins(ONE), joins(TWO)]);
    both(&scene.on(Closes), "Closed");
    assert!(scene.queue.is_idle());
}

#[test]
fn whoever_signs_out_while_rung_gives_the_caller_to_the_next() {
    let mut scene = by(Order::InOrder);
    scene.on(joins(ONE));
    let shown = scene.on(SignsOut(ANA));
    assert_eq!(shown, "clear ring-ana, stop ana for 1 SignedOut, ring ben for 1, arm ring-ben 15s");
}

/// Pain 17 of the field: agents are not rung during announcements.
#[test]
fn agents_ring_on_while_callers_are_told_where_they_stand() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.after(&[joins(ONE), joins(TWO)]);
    assert_eq!(scene.on(Fired(Timer::Announce(TWO))), "say 2 at 2, arm announce-2 45s");
    scene.room.can_ring[0] = true;
    scene.on(Changed);
    assert_eq!(scene.on(Fired(Timer::Announce(ONE))), "say 1 at 1, arm announce-1 45s");
    assert_eq!(scene.queue.rung_for(ONE), [ANA]);
}

#[test]
fn the_wait_is_told_once_somebody_was_served() {
    let mut scene = Scene::new(Rules { members: vec![ANA], weights: vec![1], ..rules() });
    scene.after(&[joins(ONE), Answered(ONE, ANA), joins(TWO), joins(THREE)]);
    scene.now += secs(50);
    scene.on(Ended(ANA));
    assert_eq!(scene.on(Fired(Timer::Announce(THREE))), "say 3 at 2 in 120s, arm announce-3 45s");
}

#[test]
fn who_has_waited_too_long_leaves_and_nobody_rings_for_them() {
    let mut scene = by(Order::InOrder);
    scene.on(joins(ONE));
    let shown = scene.on(Fired(Timer::Wait(ONE)));
    assert!(shown.contains("stop ana for 1 CallerLeft") && shown.ends_with("leave 1 Waited"), "{shown}");
    assert!(scene.queue.is_idle());
}

#[test]
fn who_asks_to_be_called_back_keeps_the_place() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.after(&[joins(ONE), joins(TWO)]);
    assert_eq!(scene.on(Key(ONE, '1')), "", "it was not offered yet");
    assert_eq!(scene.on(Fired(Timer::Offer(ONE))), "offer 1 1");
    assert_eq!(scene.on(Key(ONE, '2')), "");
    assert_eq!(scene.on(Key(ONE, '1')), "clear wait-1, clear announce-1, send home 1");
    assert_eq!(scene.on(Key(ONE, '1')), "");
    scene.room.can_ring[2] = true;
    assert_eq!(scene.rings(Changed), "ring cho for 2", "who was sent home has not hung up yet");
    scene.room.can_ring[1] = true;
    assert_eq!(scene.rings(IsHome(ONE)), "ring ben for 1");
    assert!(scene.on(Answered(ONE, BEN)).ends_with("join 1 ben"));
    // Who is at home takes no place on the line, and stays when the others have to go.
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.after(&[joins(ONE), Fired(Timer::Offer(ONE)), Key(ONE, '1'), joins(TWO), joins(THREE)]);
    assert!(scene.on(joins(CallerId(4))).starts_with("wait 4"));
    scene.on(Closes);
    assert_eq!(scene.queue.callers().collect::<Vec<_>>(), [ONE]);
}

/// A caller who goes home, and has hung up.
fn goes_home(scene: &mut Scene, caller: CallerId) {
    scene.after(&[joins(caller), Fired(Timer::Offer(caller)), Key(caller, '1'), IsHome(caller)]);
}

/// Goal: whose phone rang for a caller who goes home is not held for it: they rang in the call that ended.
#[test]
fn whoever_rings_for_one_who_goes_home_is_free_at_once() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [true, false, false, false];
    scene.after(&[joins(ONE), joins(TWO), Fired(Timer::Offer(ONE))]);
    let shown = scene.on(Key(ONE, '1'));
    assert!(shown.starts_with("clear ring-ana, stop ana for 1 CallerLeft"), "{shown}");
    assert!(shown.contains("send home 1, ring ana for 2"), "{shown}");
    assert_eq!(scene.rings(IsHome(ONE)), "", "nobody else can ring");
}

/// Goal: phones do not ring in an empty office all night for who is at home; the day begins with them.
#[test]
fn nobody_is_called_back_while_the_queue_is_closed() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    goes_home(&mut scene, ONE);
    scene.on(Closes);
    scene.room.can_ring[0] = true;
    assert_eq!(scene.on(Changed), "");
    assert_eq!(scene.rings(Opens), "ring ana for 1");
    let mut lenient = Scene::new(Rules { closes: false, ..rules() });
    lenient.room.can_ring = [false; 4];
    goes_home(&mut lenient, ONE);
    lenient.on(Closes);
    lenient.room.can_ring[0] = true;
    assert_eq!(lenient.rings(Changed), "ring ana for 1", "it does not go by its hours");
}

/// Goal: a caller whom nobody may call takes nobody from others: whoever may not is not rung for them, and where none
/// may, nobody is sent home.
#[test]
fn only_who_may_call_them_is_rung_for_those_at_home() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.room.forbidden = vec![(ANA, ONE), (CHO, ONE)];
    goes_home(&mut scene, ONE);
    scene.on(joins(TWO));
    scene.room.can_ring = [true; 4];
    assert_eq!(scene.rings(Changed), "ring ben for 1, ring ana for 2");
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    scene.room.forbidden = [ANA, BEN, CHO, QUIN].map(|person| (person, ONE)).to_vec();
    assert_eq!(scene.after(&[joins(ONE), Fired(Timer::Offer(ONE))]), "");
    assert_eq!(scene.on(Key(ONE, '1')), "", "nothing was offered");
}

#[test]
fn so_many_are_at_home_and_no_more() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    let most = u64::try_from(AT_HOME_MAX).unwrap();
    (0..most).for_each(|caller| goes_home(&mut scene, CallerId(caller)));
    assert_eq!(scene.after(&[joins(CallerId(most)), Fired(Timer::Offer(CallerId(most)))]), "");
    scene.on(Leaves(CallerId(7)));
    scene.on(joins(CallerId(most + 1)));
    assert_eq!(scene.on(Fired(Timer::Offer(CallerId(most + 1)))), format!("offer {} 1", most + 1));
}

#[test]
fn quin_who_is_no_member_does_not_sign_in() {
    let mut scene = by(Order::InOrder);
    assert!(!scene.queue.serves(QUIN) && scene.queue.serves(ANA));
    scene.on(SignsOut(QUIN));
    scene.room.can_ring = [false, false, false, true];
    scene.on(joins(ONE));
    assert_eq!(scene.rings(Fired(Timer::Widen(ONE))), "ring quin for 1");
}

/// A process that begins anew knows who went home, and nobody else.
#[test]
fn whoever_was_at_home_is_there_again_and_called_in_turn() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [false; 4];
    assert_eq!(scene.after(&[Event::Returns(ONE), Event::Returns(TWO), Event::Returns(ONE)]), "");
    assert_eq!(scene.queue.callers().collect::<Vec<_>>(), [ONE, TWO]);
    scene.room.can_ring[0] = true;
    assert_eq!(scene.rings(Changed), "ring ana for 1");
    assert!(scene.on(Answered(ONE, ANA)).ends_with("join 1 ana"));
}

/// The site was replaced: ana is gone, ben is known by ana's id from now on.
#[test]
fn whoever_waits_goes_on_waiting_when_the_site_is_replaced() {
    let mut scene = by(Order::InOrder);
    scene.room.can_ring = [true, true, false, false];
    scene.after(&[joins(ONE), joins(TWO), SignsOut(ANA)]);
    assert_eq!(scene.queue.rung_for(TWO), [BEN]);
    let rules = Rules { members: vec![ANA, CHO], weights: vec![1, 1], widen: Vec::new(), ..rules() };
    scene.queue.change(Arc::new(rules), |person| match person {
        BEN => Some(ANA),
        CHO | QUIN => Some(person),
        _ => None,
    });
    assert_eq!((scene.queue.rung_for(TWO), scene.queue.doing(ANA)), (&[ANA][..], Doing::Rung(TWO)));
    assert!(scene.on(Answered(TWO, ANA)).ends_with("join 2 ana"));
    assert_eq!(scene.queue.callers().collect::<Vec<_>>(), [ONE]);
}
