//! The rules of ringing, menus and voicemail, by name.

use super::sample::{
    ALL, ANA, ANA_DESK, BEN, BEN_DESK, CHO, Call, DAN, GREETING, IN_ORDER, LOBBY, MAILBOX, MENU, OFFICE,
    ROUND_ROBIN, forward, node, number, ring, secs, site, site_with,
};
use crate::{
    Act, Ask, Atom, CampaignId, Condition, Country, Fact, Follow, GroupId, Guard, ListId, Mobile, Mood,
    NodeId, NumberKind, Owner, PersonState, PlanId, Screen, Screening, SendOn, TagId, Telling, When, Who,
    step::{
        Action, Caller, End, Entry, Event, Facts, Fault, HOPS_MAX, NODES_PER_CALL_MAX, NotRung, ReasonKind,
        StopWhy, TargetId, TimerId,
    },
};
use Event::{Answered, Busy, Declined, Enter, Key, PlayDone, RecordDone, Ringing, TimerFired, Unreachable};

const T0: TargetId = TargetId(0);
const T1: TargetId = TargetId(1);
const T2: TargetId = TargetId(2);
const T3: TargetId = TargetId(3);

const BUSY: &str = "end Rejected(Busy)";
const DECLINED: &str = "end Rejected(Decline)";
const UNANSWERED: &str = "end Rejected(NoAnswer)";

fn ringing(who: Who) -> Call {
    Call::new(site_with(ring(who)))
}

/// The last action, which tells the exit taken.
fn exit(actions: &str) -> &str {
    actions.rsplit(", ").next().unwrap()
}

/// Every ringing step kind against every outcome of all its phones: the exit is the step's own.
#[test]
fn each_outcome_leaves_by_its_own_exit() {
    let kinds: [(Call, u32); 6] = [
        (ringing(Who::Phone(LOBBY)), 1),
        (ringing(Who::Person(ANA)), 2),
        (ringing(Who::Group(ALL)), 4),
        (ringing(Who::Group(IN_ORDER)), 4),
        (ringing(Who::Group(ROUND_ROBIN)), 4),
        (Call::new(site_with(forward("+12025550160"))), 1),
    ];
    type Report = fn(TargetId) -> Event;
    let outcomes: [(Report, &str); 3] = [(Busy, BUSY), (Declined, DECLINED), (Unreachable, UNANSWERED)];
    for (call, targets) in kinds {
        for (outcome, expected) in outcomes {
            let mut call = Call::new(call.site.clone());
            call.on(Enter);
            let mut last = String::new();
            for target in (0..targets).map(TargetId) {
                if !call.cursor.is_over() {
                    last = call.on(outcome(target));
                }
            }
            assert_eq!(exit(&last), expected, "{:?}", call.site[NodeId(0)].act);
        }
        let mut call = Call::new(call.site.clone());
        call.after(&[Enter, Ringing(T0)]);
        let last = call.on(TimerFired(TimerId::Step));
        assert_eq!(exit(&last), UNANSWERED);
        assert!(last.starts_with("stop 0 Timeout"), "{last}");
    }
}

#[test]
fn the_first_to_answer_takes_it_and_the_others_stop() {
    let mut call = ringing(Who::Group(ALL));
    assert_eq!(
        call.on(Enter),
        "start 0 ana-desk, start 1 ana-soft, start 2 ben-desk, start 3 cho-desk, timer Step 40s"
    );
    call.after(&[Ringing(T0), Ringing(T2), Busy(T3)]);
    assert_eq!(
        call.on(Answered(T2)),
        "stop 0 AnsweredElsewhere, stop 1 AnsweredElsewhere, clear Step, bridge 2"
    );
    assert!(call.cursor.is_over());
    assert_eq!(call.on(Answered(T0)), "");
}

/// Members of a group that says so miss the call; other phones of who answered don't.
#[test]
fn a_group_may_have_its_members_see_a_missed_call() {
    for (group, expected) in [(ALL, "stop 2 Missed, stop 3 Missed"), (IN_ORDER, "")] {
        let mut site = site_with(ring(Who::Group(group)));
        site.groups[group.index()].answered_elsewhere = false;
        let mut call = Call::new(site);
        call.after(&[Enter, Ringing(T0)]);
        let stops = call.on(Answered(T0));
        let stops = stops.split_once(", clear").unwrap().0;
        let own = "stop 1 AnsweredElsewhere";
        let all = if expected.is_empty() { own.to_owned() } else { format!("{own}, {expected}") };
        assert_eq!(stops, all);
    }
}

#[test]
fn a_decline_on_one_phone_declines_for_the_person() {
    let mut call = ringing(Who::Person(ANA));
    call.on(Enter);
    assert_eq!(call.on(Declined(T0)), format!("stop 1 DeclinedElsewhere, clear Step, {DECLINED}"));
}

#[test]
fn a_decline_stops_no_other_member() {
    let mut call = ringing(Who::Group(ALL));
    call.on(Enter);
    assert_eq!(call.on(Declined(T0)), "stop 1 DeclinedElsewhere");
    assert_eq!(call.on(Answered(T3)), "stop 2 AnsweredElsewhere, clear Step, bridge 3");
}

#[test]
fn a_person_with_one_phone_busy_rings_on() {
    let mut call = ringing(Who::Person(ANA));
    assert_eq!(call.after(&[Enter, Busy(T0)]), "");
    assert_eq!(exit(&call.on(Unreachable(T1))), BUSY);
}

#[test]
fn busy_members_are_skipped_and_all_busy_is_busy() {
    let mut call = ringing(Who::Group(ALL));
    call.switch.calls = [1, 1, 0, 0];
    assert_eq!(call.on(Enter), "start 0 cho-desk, timer Step 40s");
    let mut call = ringing(Who::Group(ALL));
    call.switch.calls = [1, 1, 1, 0];
    assert_eq!(call.on(Enter), BUSY);
    let mut call = ringing(Who::Group(IN_ORDER));
    call.switch.calls = [1, 1, 1, 0];
    assert_eq!(call.on(Enter), BUSY);
}

#[test]
fn a_person_is_busy_at_calls_max_directly_and_at_one_call_in_a_group() {
    let mut call = ringing(Who::Person(BEN));
    call.switch.calls[1] = 1;
    assert_eq!(call.on(Enter), "start 0 ben-desk, timer Step 40s");
    let mut call = ringing(Who::Person(BEN));
    call.switch.calls[1] = 2;
    assert_eq!(call.on(Enter), BUSY);
    let mut call = ringing(Who::Phone(BEN_DESK));
    call.switch.calls[1] = 2;
    assert_eq!(call.on(Enter), BUSY);
}

#[test]
fn nobody_registered_is_unreachable_at_once_and_the_reason_says_so() {
    for who in [Who::Person(DAN), Who::Person(BEN), Who::Phone(LOBBY), Who::Group(ALL), Who::Group(IN_ORDER)]
    {
        let mut call = ringing(who);
        call.switch.contacts = [0; 5];
        assert_eq!(call.on(Enter), UNANSWERED, "{who:?}");
        let told = |who| ReasonKind::NotRung { who, why: NotRung::NotRegistered };
        let who = if matches!(who, Who::Group(_)) { Who::Person(CHO) } else { who };
        assert!(call.steps.reasons.iter().any(|reason| reason.kind == told(who)), "{who:?}");
    }
}

#[test]
fn members_ring_in_order_for_their_turn_each() {
    let mut call = ringing(Who::Group(IN_ORDER));
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Turn 15s, timer Step 40s");
    call.after(&[Ringing(T0), Ringing(T1)]);
    assert_eq!(
        call.on(TimerFired(TimerId::Turn)),
        "stop 0 Timeout, stop 1 Timeout, start 2 ben-desk, timer Turn 15s"
    );
    assert_eq!(call.on(Busy(T2)), "clear Turn, start 3 cho-desk, timer Turn 15s");
    call.on(Ringing(T3));
    assert_eq!(call.on(TimerFired(TimerId::Turn)), format!("stop 3 Timeout, clear Step, {UNANSWERED}"));
}

#[test]
fn total_ends_a_turn_early() {
    let mut call = ringing(Who::Group(IN_ORDER));
    call.after(&[Enter, TimerFired(TimerId::Turn), Ringing(T2)]);
    assert_eq!(call.on(TimerFired(TimerId::Step)), format!("stop 2 Timeout, clear Turn, {UNANSWERED}"));
}

/// PRODUCT 1.10: the next call starts after the member whom this call rang first.
#[test]
fn round_robin_advances_past_the_member_it_rang_first() {
    let expected = [
        (0, "start 0 ana-desk, start 1 ana-soft, advance 1"),
        (1, "start 0 ben-desk, advance 2"),
        (2, "start 0 cho-desk, advance 0"),
        (7, "start 0 ben-desk, advance 2"),
    ];
    for (pointer, starts) in expected {
        let mut call = ringing(Who::Group(ROUND_ROBIN));
        call.switch.pointer = pointer;
        assert_eq!(call.on(Enter), format!("{starts}, timer Turn 15s, timer Step 40s"));
    }
    let mut call = ringing(Who::Group(ROUND_ROBIN));
    (call.switch.pointer, call.switch.calls[1]) = (1, 1);
    assert_eq!(call.on(Enter), "start 0 cho-desk, advance 0, timer Turn 15s, timer Step 40s");
    assert_eq!(call.on(Busy(T0)), "clear Turn, start 1 ana-desk, start 2 ana-soft, timer Turn 15s");
}

#[test]
fn six_round_robin_calls_begin_with_each_member_twice() {
    let mut first = Vec::new();
    let mut pointer = 0;
    for _ in 0..6 {
        let mut call = ringing(Who::Group(ROUND_ROBIN));
        call.switch.pointer = pointer;
        first.push(call.on(Enter).split(", ").next().unwrap().to_owned());
        let advance = call.steps.actions.iter().find_map(|action| match action {
            Action::Advance { to, .. } => Some(*to),
            _ => None,
        });
        pointer = advance.unwrap();
    }
    let round = ["start 0 ana-desk", "start 0 ben-desk", "start 0 cho-desk"];
    assert_eq!(first, [round, round].concat());
}

#[test]
fn a_caller_is_not_rung_by_the_own_call() {
    let mut call = ringing(Who::Group(ALL));
    call.facts.caller = Caller::Phone(ANA_DESK);
    assert_eq!(call.on(Enter), "start 0 ben-desk, start 1 cho-desk, timer Step 40s");
    let mut call = ringing(Who::Person(ANA));
    call.facts.caller = Caller::Phone(ANA_DESK);
    assert_eq!(call.on(Enter), "start 0 ana-soft, timer Step 40s");
}

/// RELIABILITY P9: legs are counted after people, phones and contacts are expanded, the caller's too.
#[test]
fn legs_alive_stay_within_their_limit() {
    let mut call = ringing(Who::Group(ALL));
    call.site.limits.legs_max = 6;
    call.switch.contacts = [2, 1, 3, 2, 1];
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, start 2 cho-desk, timer Step 40s");
}

#[test]
fn an_outcome_without_exit_of_its_own_leaves_by_else_and_then_falls() {
    let mut first = ring(Who::Person(BEN));
    let Act::Ring(step) = &mut first.act else { unreachable!() };
    (step.busy, step.unanswered) = (None, Some(NodeId(3)));
    let mut call = Call::new(site_with(first.clone()));
    assert_eq!(exit(&call.after(&[Enter, Busy(T0)])), UNANSWERED);
    let Act::Ring(step) = &mut first.act else { unreachable!() };
    (step.unanswered, first.next) = (None, Some(NodeId(2)));
    let mut call = Call::new(site_with(first));
    assert_eq!(exit(&call.after(&[Enter, Busy(T0)])), DECLINED);
}

#[test]
fn a_forward_without_dial_rule_is_unreachable() {
    assert_eq!(Call::new(site_with(forward("+442079460000"))).on(Enter), UNANSWERED);
}

#[test]
fn targets_are_never_numbered_twice_in_a_call() {
    let mut call = Call::new(site(vec![
        node(ring(Who::Person(ANA)).act, Some(1)),
        node(forward("+12025550160").act, Some(2)),
        node(ring(Who::Person(BEN)).act, Some(3)),
        node(Act::Hangup, None),
    ]));
    for at in 0..3 {
        match &mut call.site.nodes[at].act {
            Act::Ring(ring) => (ring.busy, ring.declined, ring.unanswered) = (None, None, None),
            Act::Forward(forward) => forward.unanswered = None,
            _ => {}
        }
    }
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Step 40s");
    let next = call.on(TimerFired(TimerId::Step));
    assert!(next.ends_with("start 2 +12025550160, timer Step 25s"), "{next}");
    let next = call.on(TimerFired(TimerId::Step));
    assert!(next.ends_with("start 3 ben-desk, timer Step 40s"), "{next}");
}

#[test]
fn the_caller_is_answered_once_for_several_prompts() {
    let mut call = Call::new(site(vec![
        node(Act::Play(GREETING), Some(1)),
        node(Act::Play(GREETING), Some(2)),
        node(Act::Voicemail(MAILBOX), None),
    ]));
    assert_eq!(call.on(Enter), "Answer, play welcome");
    assert_eq!(call.on(PlayDone), "play welcome");
    assert_eq!(call.on(PlayDone), "collect true, play LeaveMessage");
}

#[test]
fn a_key_during_the_greeting_ends_it() {
    let mut call = Call::new(site_with(node(Act::Menu(MENU), None)));
    assert_eq!(call.on(Enter), "Answer, collect true, play welcome");
    assert_eq!(call.on(Key('1')), format!("StopPlay, collect false, {BUSY}"));
}

/// A forward step that asks whoever picks up.
fn screened() -> Call {
    let mut first = forward("+12025550160");
    if let Act::Forward(forward) = &mut first.act {
        forward.screening = Screening::On(Screen::USUAL);
    }
    Call::new(site_with(first))
}

/// Goal: whoever picks up outside has taken the call only once they say so; nothing else is an answer (pain 16).
#[test]
fn whoever_is_asked_takes_the_call_by_its_key() {
    let pressed = |key| Event::KeyOf { target: T0, key };
    let mut call = screened();
    assert_eq!(call.on(Enter), "start 0 +12025550160 screened, timer Step 25s");
    assert_eq!(call.after(&[Ringing(T0), Answered(T0)]), "screen 0, timer Target 10s");
    let branch = |events: &[Event]| {
        let mut call = Call { cursor: call.cursor.clone(), ..screened() };
        call.after(events)
    };
    assert_eq!(branch(&[pressed('1')]), "clear Step, clear Target, bridge 0");
    assert_eq!(branch(&[pressed('2')]), format!("stop 0 NotTaken, clear Step, clear Target, {DECLINED}"));
    assert_eq!(branch(&[pressed('7')]), "");
    assert_eq!(branch(&[pressed('7'), pressed('1')]), "clear Step, clear Target, bridge 0");
    let silent = branch(&[TimerFired(TimerId::Target)]);
    assert_eq!(silent, format!("stop 0 NotTaken, clear Step, {UNANSWERED}"));
    // Hung up.
    assert_eq!(branch(&[Unreachable(T0)]), format!("clear Step, clear Target, {UNANSWERED}"));
    assert_eq!(branch(&[Event::CallerLeft]), "stop 0 CallerLeft, clear Step, clear Target, end Left");
    assert_eq!(branch(&[Answered(T0)]), "", "it answers once");
    // The time of the step is for ringing.
    assert_eq!(branch(&[TimerFired(TimerId::Step)]), "");
    assert_eq!(branch(&[TimerFired(TimerId::Step), pressed('1')]), "clear Target, bridge 0");
    let late = branch(&[TimerFired(TimerId::Step), TimerFired(TimerId::Target)]);
    assert_eq!(late, format!("stop 0 NotTaken, {UNANSWERED}"));
    // Who refuses before picking up has refused.
    let mut refused = screened();
    assert_eq!(refused.after(&[Enter, Declined(T0)]), format!("clear Step, {DECLINED}"));
    assert_eq!(refused.on(pressed('1')), "");
}

/// A person who sends calls to their mobile is asked there if the step says so, and else is trusted.
#[test]
fn whoever_sends_calls_outside_is_asked_there() {
    for (screening, answered) in [
        (Screening::Unsaid, "clear Step, bridge 0"),
        (Screening::Off, "clear Step, bridge 0"),
        (Screening::On(Screen::USUAL), "screen 0, timer Target 10s"),
    ] {
        let mut first = ring(Who::Person(ANA));
        if let Act::Ring(ring) = &mut first.act {
            ring.screening = screening;
        }
        let mut call = Call::new(site_with(first));
        call.site.people[ANA.index()].allow = vec![crate::ClassId(0)];
        call.switch.states[ANA.index()].forward = Some(number("+12025550160"));
        call.on(Enter);
        assert_eq!(call.on(Answered(T0)), answered, "{screening:?}");
    }
}

/// Ana's phones ring, and her mobile after 12 s; Ben has one too.
fn followed(who: Who) -> Call {
    let mut site = site_with(ring(who));
    let mobiles = [(ANA, "+12025550151"), (BEN, "+12025550152")];
    for (person, mobile) in mobiles {
        let person = &mut site.people[person.index()];
        person.allow = vec![crate::ClassId(0)];
        person.mobile = Some(number(mobile));
        person.follow.mobile = Some(Mobile { after: secs(12), screening: Screening::Unsaid });
    }
    Call::new(site)
}

const ACCEPT: [Event; 2] = [Event::KeyOf { target: T2, key: '1' }, Event::KeyOf { target: T1, key: '1' }];

/// Goal: a mobile rings at its time beside the phones, and its voicemail takes the call from nobody (row 16 of pains).
#[test]
fn a_mobile_rings_after_a_while() {
    let due = TimerFired(TimerId::Target);
    let mut call = followed(Who::Person(ANA));
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Step 40s, timer Target 12s");
    assert_eq!(call.on(due), "start 2 +12025550151 screened");
    assert_eq!(call.on(Answered(T2)), "screen 2, timer Target 10s");
    let mut taken = followed(Who::Person(ANA));
    taken.cursor = call.cursor.clone();
    let stops = "stop 0 AnsweredElsewhere, stop 1 AnsweredElsewhere";
    assert_eq!(taken.on(ACCEPT[0]), format!("{stops}, clear Step, clear Target, bridge 2"));
    // Its voicemail gives up, and the phones ring on.
    assert_eq!(call.on(due), "stop 2 NotTaken");
    assert_eq!(call.on(Answered(T0)), "stop 1 AnsweredElsewhere, clear Step, bridge 0");
}

/// Goal: nobody waits for a mobile while nothing rings, and who declines has declined for all they have.
#[test]
fn a_mobile_rings_at_once_where_no_phone_does() {
    let mut call = followed(Who::Person(ANA));
    call.on(Enter);
    assert_eq!(call.on(Unreachable(T0)), "");
    assert_eq!(call.on(Busy(T1)), "start 2 +12025550151 screened, clear Target");
    let mut call = followed(Who::Person(ANA));
    call.on(Enter);
    let declined = "stop 1 DeclinedElsewhere, clear Step, clear Target";
    assert_eq!(call.on(Declined(T0)), format!("{declined}, {DECLINED}"));
    let mut call = followed(Who::Person(ANA));
    call.switch.contacts = [0; 5];
    assert_eq!(call.on(Enter), "start 0 +12025550151 screened, timer Step 40s");
    // The time of the step is over before its own has come.
    let mut call = followed(Who::Person(ANA));
    call.after(&[Enter, Ringing(T0), Ringing(T1)]);
    assert_eq!(exit(&call.on(TimerFired(TimerId::Step))), UNANSWERED);
}

#[test]
fn a_mobile_rings_for_whom_it_may() {
    // Who calls from it is not rung on it, and nobody where they may not call.
    let mut call = followed(Who::Person(ANA));
    call.facts.caller = Caller::Number(number("+12025550151"));
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Step 40s");
    let mut call = followed(Who::Person(ANA));
    call.site.people[ANA.index()].allow.clear();
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Step 40s");
    // Phones may come after the mobile, which by itself asks nobody.
    let mut call = followed(Who::Person(ANA));
    let follow = &mut call.site.people[ANA.index()].follow;
    *follow =
        Follow { phones: Some(secs(5)), mobile: Some(Mobile { after: secs(0), screening: Screening::Off }) };
    assert_eq!(call.on(Enter), "start 2 +12025550151, timer Step 40s, timer Target 5s");
    assert_eq!(call.on(TimerFired(TimerId::Target)), "start 0 ana-desk, timer Target 5s");
    assert_eq!(call.on(TimerFired(TimerId::Target)), "start 1 ana-soft");
    let mut call = followed(Who::Person(ANA));
    call.site.people[ANA.index()].follow.phones = None;
    assert_eq!(call.on(Enter), "start 0 +12025550151, timer Step 40s");
}

/// Goal: a group rings phones, unless it follows its members; of several who are asked the first to accept has the call.
#[test]
fn a_group_may_follow_its_members() {
    let phones = "start 0 ana-desk, start 1 ana-soft, start 2 ben-desk, start 3 cho-desk, timer Step 40s";
    assert_eq!(followed(Who::Group(ALL)).on(Enter), phones);
    let mut call = followed(Who::Group(ALL));
    call.site.groups[ALL.index()].follow = true;
    call.switch.contacts = [0; 5];
    let mobiles = "start 0 +12025550151 screened, start 1 +12025550152 screened, timer Step 40s";
    assert_eq!(call.on(Enter), mobiles);
    assert_eq!(call.on(Answered(T0)), "screen 0, timer Target 10s");
    assert_eq!(call.on(Answered(T1)), "screen 1");
    assert_eq!(call.on(ACCEPT[1]), "stop 0 AnsweredElsewhere, clear Step, clear Target, bridge 1");
    // In turn, each has what is left of their turn, and of whom is asked the turn lasts.
    let mut call = followed(Who::Group(IN_ORDER));
    call.site.groups[IN_ORDER.index()].follow = true;
    assert_eq!(
        call.on(Enter),
        "start 0 ana-desk, start 1 ana-soft, timer Turn 15s, timer Step 40s, timer Target 12s"
    );
    call.after(&[TimerFired(TimerId::Target), Answered(T2)]);
    assert_eq!(call.on(TimerFired(TimerId::Turn)), "stop 0 Timeout, stop 1 Timeout");
    let next = call.on(TimerFired(TimerId::Target));
    assert_eq!(next, "stop 2 NotTaken, start 3 ben-desk, timer Turn 15s, timer Target 12s");
}

/// Ana sends calls on, and what they come to in the meantime.
fn sends_on(when: &[When]) -> Call {
    let mut site = site_with(ring(Who::Person(ANA)));
    let ana = &mut site.people[ANA.index()];
    ana.allow = vec![crate::ClassId(0)];
    ana.forward = Some(SendOn { to: number("+12025550155"), when: when.iter().copied().collect() });
    Call::new(site)
}

/// Goal: what a person's config says of their calls holds for calls that are for them alone, each word for its own case.
#[test]
fn calls_are_sent_on_when_the_config_says_so() {
    const SENT: &str = "start 2 +12025550155, timer Step 40s";
    assert_eq!(sends_on(&[When::Always]).on(Enter), "start 0 +12025550155, timer Step 40s");
    let mut call = sends_on(&[When::NoAnswer]);
    call.after(&[Enter, Ringing(T0), Ringing(T1)]);
    assert_eq!(call.on(TimerFired(TimerId::Step)), format!("stop 0 Timeout, stop 1 Timeout, {SENT}"));
    // What becomes of it there is what becomes of the step.
    assert_eq!(exit(&call.on(Busy(T2))), BUSY);
    let mut call = sends_on(&[When::Busy, When::Unreachable]);
    call.after(&[Enter, Busy(T0)]);
    assert_eq!(call.on(Unreachable(T1)), SENT);
    assert_eq!(call.on(Answered(T2)), "clear Step, bridge 2");
    for (when, leaves) in [(When::Busy, UNANSWERED), (When::Unreachable, "timer Step 40s")] {
        let mut call = sends_on(&[when]);
        call.switch.contacts = [0; 5];
        assert_eq!(exit(&call.on(Enter)), leaves, "{when:?}");
    }
    let mut call = sends_on(&[When::Busy]);
    call.switch.calls = [2; 4];
    assert_eq!(call.on(Enter), "start 0 +12025550155, timer Step 40s");
    // Whoever declines wants the caller nowhere, nor does who calls from there, nor whom they blocked.
    let all = [When::NoAnswer, When::Busy, When::Unreachable];
    let mut call = sends_on(&all);
    call.on(Enter);
    assert_eq!(exit(&call.on(Declined(T0))), DECLINED);
    let mut call = sends_on(&[When::Always]);
    call.facts.caller = Caller::Number(number("+12025550155"));
    assert_eq!(call.on(Enter), "start 0 ana-desk, start 1 ana-soft, timer Step 40s");
    let mut call = sends_on(&all);
    call.switch.contacts = [0; 5];
    call.switch.blocked = vec![(ANA, number("+12025550142"))];
    assert_eq!(call.on(Enter), DECLINED);
}

/// Goal: away goes where they say, and do not disturb only ever to the next step.
#[test]
fn who_is_away_sends_calls_elsewhere() {
    let said = |mood, when: &[When], away: Option<u32>| {
        let mut call = sends_on(when);
        call.site.people[ANA.index()].away = away.map(PlanId);
        call.switch.states[ANA.index()].mood = mood;
        call.on(Enter)
    };
    assert_eq!(said(Mood::Away, &[When::Away], Some(2)), "start 0 +12025550155, timer Step 40s");
    assert_eq!(said(Mood::Away, &[When::Busy, When::Unreachable], Some(2)), DECLINED);
    assert_eq!(said(Mood::Away, &[When::Unreachable], None), UNANSWERED);
    let phones = "start 0 ana-desk, start 1 ana-soft, timer Step 40s";
    assert_eq!(said(Mood::Available, &[When::Away], Some(2)), phones);
    let all = [When::Always, When::Away, When::Unreachable];
    assert_eq!(said(Mood::DoNotDisturb, &all, Some(2)), UNANSWERED);
    let mut call = ringing(Who::Group(ALL));
    call.site.people[ANA.index()].forward = sends_on(&[When::Always]).site.people[ANA.index()].forward;
    assert_eq!(call.on(Enter), "start 0 ben-desk, start 1 cho-desk, timer Step 40s");
}

/// Goal: one key leads away, at any time; whatever else is pressed, the call goes on as if nothing was.
#[test]
fn an_ask_step_knows_one_key() {
    let ask = Ask { prompt: GREETING, key: '9', within: secs(5), to: NodeId(1) };
    let mut call = Call::new(site_with(node(Act::Ask(ask), Some(2))));
    assert_eq!(call.on(Enter), "Answer, collect true, play welcome");
    let mut early = Call::new(call.site.clone());
    early.cursor = call.cursor.clone();
    assert_eq!(early.on(Key('9')), format!("StopPlay, collect false, {BUSY}"));
    assert_eq!(call.on(Key('1')), "");
    assert_eq!(call.on(PlayDone), "timer Key 5s");
    assert_eq!(call.on(Key('#')), "");
    let mut late = Call::new(call.site.clone());
    late.cursor = call.cursor.clone();
    assert_eq!(late.on(Key('9')), format!("collect false, clear Key, {BUSY}"));
    assert_eq!(call.on(TimerFired(TimerId::Key)), format!("collect false, {DECLINED}"));
}

/// A menu whose key 1 is that of the sample, at which 101, 1012 and 102 may be dialled, and 22.
fn dialling() -> Call {
    let mut site = site_with(node(Act::Menu(MENU), None));
    // Each leads to a node of its own, from the fourth on.
    let extensions = [("101", 0), ("1012", 1), ("102", 2), ("22", 3)];
    for (_, at) in extensions {
        site.nodes.push(node(Act::Hangup, None));
        site.groups[at].plan = PlanId::from(at + 4);
    }
    let owner = |at: usize| Owner::Group(GroupId::from(at));
    site.by_extension = extensions.into_iter().map(|(ext, at)| (ext.into(), owner(at))).collect();
    site.menus[0].dial_extension = true;
    Call::new(site)
}

/// Goal: an extension is dialled without a pause where it can be no other, and no key waits for longer than a digit.
#[test]
fn an_extension_is_dialled_at_a_menu() {
    let digit = TimerFired(TimerId::Digit);
    let wait = "timer Digit 2s";
    let hung_up = "end HungUp";
    type Case<'c> = (&'c [Event], &'c str, u32);
    let cases: [Case<'_>; 9] = [
        // None is longer.
        (&[Key('1'), Key('0'), Key('2')], hung_up, 6),
        (&[Key('2'), Key('2')], hung_up, 7),
        // One is.
        (&[Key('1'), Key('0'), Key('1'), digit], hung_up, 4),
        (&[Key('1'), Key('0'), Key('1'), Key('#')], hung_up, 4),
        (&[Key('1'), Key('0'), Key('1'), Key('2')], hung_up, 5),
        // A key that none begins with, and one that some do.
        (&[Key('1'), digit], BUSY, 1),
        (&[Key('1'), Key('#')], BUSY, 1),
        // Two wrong ones.
        (&[Key('1'), Key('9'), digit, Key('7')], UNANSWERED, 3),
        (
            &[
                Key('2'),
                Key('3'),
                Key('1'),
                Key('0'),
                Key('1'),
                Key('1'),
                Key('2'),
                digit,
                Key('1'),
                Key('*'),
            ],
            UNANSWERED,
            3,
        ),
    ];
    for (events, end, node) in cases {
        for before in [&[Enter][..], &[Enter, PlayDone]] {
            let mut call = dialling();
            call.after(before);
            assert_eq!(exit(&call.after(events)), end, "{events:?}");
            assert_eq!(call.cursor.node(), NodeId(node), "{events:?}");
        }
    }
    let mut call = dialling();
    call.on(Enter);
    assert_eq!(call.on(Key('1')), format!("StopPlay, {wait}"));
    assert_eq!(call.on(Key('9')), wait, "the rest is no key of the next round");
    assert_eq!(call.on(Key('1')), wait);
    assert_eq!(call.on(digit), "play welcome");
    // Silence is told from a key that is not followed by another.
    assert_eq!(call.on(PlayDone), "timer Key 6s");
    assert_eq!(call.on(Key('1')), format!("clear Key, {wait}"));
}

/// Goal: whoever does not say that extensions may be dialled has keys that act at once.
#[test]
fn a_menu_that_does_not_say_so_takes_no_extension() {
    let mut call = dialling();
    call.site.menus[0].dial_extension = false;
    call.on(Enter);
    assert_eq!(exit(&call.on(Key('1'))), BUSY);
}

#[test]
fn silence_and_wrong_keys_are_counted_apart() {
    let mut call = Call::new(site_with(node(Act::Menu(MENU), None)));
    assert_eq!(call.after(&[Enter, PlayDone]), "timer Key 6s");
    assert_eq!(call.on(TimerFired(TimerId::Key)), "play welcome");
    assert_eq!(call.on(Key('7')), "StopPlay, play welcome");
    assert_eq!(call.on(PlayDone), "timer Key 6s");
    let mut wrong = Call::new(site_with(node(Act::Menu(MENU), None)));
    wrong.cursor = call.cursor.clone();
    assert_eq!(call.on(TimerFired(TimerId::Key)), format!("collect false, {DECLINED}"));
    assert_eq!(wrong.on(Key('7')), format!("clear Key, collect false, {UNANSWERED}"));
}

#[test]
fn voicemail_greets_beeps_records_and_takes_leave() {
    let mut call = Call::new(site_with(node(Act::Voicemail(MAILBOX), None)));
    assert_eq!(call.on(Enter), "Answer, collect true, play LeaveMessage");
    assert_eq!(call.on(Key('1')), "");
    assert_eq!(call.on(Key('#')), "StopPlay, collect false, play Beep");
    assert_eq!(call.on(PlayDone), "record 120s 4s");
    assert_eq!(call.on(RecordDone { left: true }), "play Goodbye");
    let end = Action::End(End::Voicemail { mailbox: MAILBOX, left: true });
    call.on(PlayDone);
    assert_eq!(call.steps.actions, [end]);
}

#[test]
fn a_caller_who_hangs_up_while_speaking_has_left_a_message() {
    let mut call = Call::new(site_with(node(Act::Voicemail(MAILBOX), None)));
    call.after(&[Enter, PlayDone, PlayDone]);
    assert_eq!(call.on(Event::CallerLeft), "StopRecord, timer Message 5s");
    call.on(RecordDone { left: true });
    let end = Action::End(End::Voicemail { mailbox: MAILBOX, left: true });
    assert_eq!(call.steps.actions, [Action::ClearTimer(TimerId::Message), end]);
}

#[test]
fn a_caller_who_hangs_up_stops_whatever_rings() {
    let mut call = ringing(Who::Group(ALL));
    call.after(&[Enter, Busy(T2)]);
    let stop = |target| Action::Stop { target, why: StopWhy::CallerLeft };
    call.on(Event::CallerLeft);
    let clear = Action::ClearTimer(TimerId::Step);
    assert_eq!(call.steps.actions, [stop(T0), stop(T1), stop(T3), clear, Action::End(End::Left)]);
}

#[test]
fn guards_decide_by_clock_and_caller() {
    let vip = Caller::Number(number("+12025550170"));
    let other = Caller::Number(number("+12025550171"));
    let open = || Condition::Atom(Atom::Open(OFFICE));
    let listed = || Condition::Atom(Atom::CallerIn(ListId(0)));
    let withheld = || Condition::Atom(Atom::CallerWithheld);
    let not = |condition| Condition::Not(Box::new(condition));
    let table = [
        (Guard::When(open()), other, 0, true),
        (Guard::When(open()), other, 12, false),
        (Guard::Unless(open()), other, 12, true),
        (Guard::When(listed()), vip, 0, true),
        (Guard::When(listed()), other, 0, false),
        (Guard::When(listed()), Caller::Withheld, 0, false),
        (Guard::When(withheld()), Caller::Withheld, 0, true),
        (Guard::When(withheld()), Caller::Phone(LOBBY), 0, false),
        (Guard::When(Condition::All(vec![open(), listed()])), vip, 12, false),
        (Guard::When(Condition::Any(vec![open(), listed()])), vip, 12, true),
        (Guard::When(Condition::All(vec![open(), not(listed())])), other, 0, true),
    ];
    for (guard, caller, hour, taken) in table {
        let mut first = node(Act::Reject(crate::Refusal::Busy), Some(2));
        first.guard = Some(guard.clone());
        let mut call = Call::new(site_with(first));
        call.facts.caller = caller;
        call.switch.now = call.switch.now.after(secs(hour * 3600));
        assert_eq!(call.on(Enter), if taken { BUSY } else { DECLINED }, "{guard:?} {caller:?} {hour}");
    }
}

/// Goal: whoever was added at run time is in the list as whoever the config has, and in no other.
#[test]
fn a_list_has_whoever_was_added_to_it() {
    let other = number("+12025550171");
    for (listed, taken) in
        [(vec![(ListId(0), other)], true), (vec![(ListId(1), other)], false), (vec![], false)]
    {
        let mut call = hangs_on(Guard::When(Condition::Atom(Atom::CallerIn(ListId(0)))));
        call.facts.caller = Caller::Number(other);
        call.switch.listed.clone_from(&listed);
        assert_eq!(call.on(Enter), if taken { BUSY } else { DECLINED }, "{listed:?}");
    }
}

/// A guard on an outside fact, then busy behind it and declined past it; asked for on arrival.
fn hangs_on(guard: Guard) -> Call {
    let mut first = node(Act::Reject(crate::Refusal::Busy), Some(2));
    first.guard = Some(guard);
    let mut site = site_with(first);
    site.note_facts();
    Call::new(site)
}

fn known() -> Condition {
    Condition::Atom(Atom::ContactKnown)
}

#[test]
fn a_call_waits_at_the_node_that_reads_an_untold_fact() {
    for (is_known, then) in [(true, BUSY), (false, DECLINED)] {
        let mut call = hangs_on(Guard::When(known()));
        assert_eq!(call.on(Enter), "ask contact.known, timer Fact 0s");
        assert!(call.cursor.is_waiting());
        call.facts.told.tell(Telling::Known(is_known));
        assert_eq!(call.on(Event::Told(Fact::ContactKnown)), format!("clear Fact, {then}"));
    }
}

#[test]
fn what_is_not_told_in_time_takes_neither_when_nor_unless() {
    let guards =
        [Guard::When(known()), Guard::Unless(known()), Guard::When(Condition::Not(Box::new(known())))];
    for guard in guards {
        let mut call = hangs_on(guard);
        call.on(Enter);
        call.switch.now = call.switch.now.after(std::time::Duration::from_millis(400));
        assert_eq!(call.on(TimerFired(TimerId::Fact)), DECLINED);
    }
}

/// Each row: what is asked, what is told of the caller, whether the step is taken.
#[test]
fn conditions_read_what_is_told_of_a_contact() {
    let tags = |tags: &[TagId]| Telling::Tags(tags.iter().copied().collect());
    let (spring, autumn) = (CampaignId(0), CampaignId(1));
    let table = [
        (Atom::ContactTag(TagId(0)), tags(&[TagId(0)]), true),
        (Atom::ContactTag(TagId(63)), tags(&[TagId(0), TagId(63)]), true),
        (Atom::ContactTag(TagId(1)), tags(&[TagId(0)]), false),
        (Atom::ContactTag(TagId(0)), tags(&[]), false),
        (Atom::ContactOwner(None), Telling::Owner(Some(BEN)), true),
        (Atom::ContactOwner(None), Telling::Owner(None), false),
        (Atom::ContactOwner(Some(BEN)), Telling::Owner(Some(BEN)), true),
        (Atom::ContactOwner(Some(BEN)), Telling::Owner(Some(ANA)), false),
        (Atom::ContactOwner(Some(BEN)), Telling::Owner(None), false),
        (Atom::ContactCampaign(None), Telling::Campaign(Some(spring)), true),
        (Atom::ContactCampaign(Some(spring)), Telling::Campaign(Some(spring)), true),
        (Atom::ContactCampaign(Some(spring)), Telling::Campaign(Some(autumn)), false),
        (Atom::ContactKnownTo(ALL), Telling::Group(Some(ALL)), true),
        (Atom::ContactKnownTo(ALL), Telling::Group(Some(IN_ORDER)), false),
        (Atom::ContactKnownTo(ALL), Telling::Group(None), false),
    ];
    for (atom, telling, holds) in table {
        let asks = format!("ask {}, timer Fact 0s", telling.fact().name());
        for (guard, taken) in
            [(Guard::When(Condition::Atom(atom)), holds), (Guard::Unless(Condition::Atom(atom)), !holds)]
        {
            let mut call = hangs_on(guard.clone());
            assert_eq!(call.on(Enter), asks, "{guard:?}");
            call.facts.told.tell(telling);
            let then = if taken { BUSY } else { DECLINED };
            assert_eq!(
                call.on(Event::Told(telling.fact())),
                format!("clear Fact, {then}"),
                "{guard:?} {telling:?}"
            );
            // Told nothing, it is taken neither way.
            let mut call = hangs_on(guard.clone());
            call.on(Enter);
            call.switch.now = call.switch.now.after(std::time::Duration::from_millis(400));
            assert_eq!(call.on(TimerFired(TimerId::Fact)), DECLINED, "{guard:?}");
        }
    }
}

/// Where a number is from, and what was called, is known without being asked.
#[test]
fn conditions_read_numbers_by_their_country_and_type() {
    let country = |text: &str| Atom::CallerFrom(Country::parse(text).expect("two letters"));
    let of = |text: &str| Caller::Number(number(text));
    let table = [
        (country("GB"), of("+442079460000"), true),
        (country("GB"), of("+12025550142"), false),
        (country("CA"), of("+14165550142"), true),
        (country("US"), of("+14165550142"), false),
        (country("US"), Caller::Phone(LOBBY), true),
        (country("GB"), Caller::Phone(LOBBY), false),
        (country("US"), Caller::Withheld, false),
        // What is called inside has no type, not even that of a line.
        (Atom::NumberIs(None), of("+12025550142"), false),
        (Atom::NumberIs(Some(NumberKind::TollFree)), of("+18005550142"), false),
    ];
    for (atom, caller, holds) in table {
        let mut call = hangs_on(Guard::When(Condition::Atom(atom)));
        call.facts.caller = caller;
        assert_eq!(call.on(Enter), if holds { BUSY } else { DECLINED }, "{atom:?} {caller:?}");
    }
}

#[test]
fn a_fact_that_cannot_change_the_answer_is_not_waited_for() {
    let closed = || Condition::Not(Box::new(Condition::Atom(Atom::Open(OFFICE))));
    let table = [
        (Condition::All(vec![known(), closed()]), DECLINED),
        (Condition::Any(vec![known(), Condition::Atom(Atom::Open(OFFICE))]), BUSY),
    ];
    for (condition, then) in table {
        assert_eq!(hangs_on(Guard::When(condition)).on(Enter), format!("ask contact.known, {then}"));
    }
}

#[test]
fn nobody_is_asked_about_a_caller_without_a_number() {
    for caller in [Caller::Withheld, Caller::Phone(LOBBY)] {
        let mut call = hangs_on(Guard::When(known()));
        call.facts.caller = caller;
        assert_eq!(call.on(Enter), DECLINED);
    }
}

#[test]
fn a_loop_that_never_waits_ends_the_call() {
    let looped = site(vec![node(Act::Goto(NodeId(1)), None), node(Act::Goto(NodeId(0)), None)]);
    let mut call = Call::new(looped);
    call.on(Enter);
    assert_eq!(call.steps.actions, [Action::End(End::Failed(Fault::Loop))]);
    assert!(call.steps.reasons.len() <= usize::from(HOPS_MAX) + 1);
}

#[test]
fn a_call_that_goes_round_for_ever_is_ended() {
    let play = |next| node(Act::Play(GREETING), Some(next));
    let mut call = Call::new(site(vec![play(1), play(0)]));
    call.on(Enter);
    for _ in 0..NODES_PER_CALL_MAX {
        call.on(PlayDone);
    }
    assert!(call.cursor.is_over());
}

#[test]
fn another_version_of_the_site_ends_the_call_and_stops_what_rings() {
    let mut call = ringing(Who::Person(ANA));
    call.on(Enter);
    call.site.version = 2;
    assert_eq!(call.on(Ringing(T0)), "stop 0 Fault, stop 1 Fault, clear Step, end Failed(Version)");
}

/// Away and do not disturb skip a person, rung alone or in a group, whatever their phones could do.
#[test]
fn who_is_not_there_or_not_to_be_disturbed_is_not_rung() {
    for (mood, why) in [(Mood::Away, NotRung::Away), (Mood::DoNotDisturb, NotRung::DoNotDisturb)] {
        let mut call = ringing(Who::Person(ANA));
        call.switch.states[ANA.index()].mood = mood;
        assert_eq!(exit(&call.on(Enter)), UNANSWERED, "{mood:?}");
        let told = ReasonKind::NotRung { who: Who::Person(ANA), why };
        assert!(call.steps.reasons.iter().any(|reason| reason.kind == told), "{mood:?}");

        let mut call = ringing(Who::Group(IN_ORDER));
        call.switch.states[ANA.index()].mood = mood;
        let first = call.on(Enter);
        assert!(!first.contains("ana-desk") && first.contains("ben-desk"), "{first}");
    }
}

/// Whom a person has blocked they decline when called alone, wherever their calls are sent; in a group they are left
/// out as if they were not there. Neither their colleagues nor other callers hear anything of it.
#[test]
fn whom_a_person_has_blocked_does_not_ring_them() {
    let caller = number("+12025550142");
    let blocks = |mut call: Call| {
        call.switch.blocked = vec![(ANA, caller)];
        call
    };
    let mut site = site_with(ring(Who::Person(ANA)));
    site.people[ANA.index()].allow = vec![site.dial[0].class];
    let mut forwarding = blocks(Call::new(site.clone()));
    forwarding.switch.states[ANA.index()].forward = Some(number("+12025550160"));
    let mut not_to_be_disturbed = blocks(Call::new(site.clone()));
    not_to_be_disturbed.switch.states[ANA.index()].mood = Mood::DoNotDisturb;
    let alone = [
        (Who::Person(ANA), blocks(Call::new(site))),
        (Who::Phone(ANA_DESK), blocks(ringing(Who::Phone(ANA_DESK)))),
        (Who::Person(ANA), forwarding),
        (Who::Person(ANA), not_to_be_disturbed),
    ];
    for (who, mut call) in alone {
        assert_eq!(call.on(Enter), DECLINED, "{who:?}");
        let told = ReasonKind::NotRung { who, why: NotRung::Blocked(caller) };
        assert!(call.steps.reasons.iter().any(|reason| reason.kind == told), "{who:?}");
    }
    let first = blocks(ringing(Who::Group(IN_ORDER))).on(Enter);
    assert!(!first.contains("ana-desk") && first.contains("ben-desk"), "{first}");
    let mut group = blocks(ringing(Who::Group(ALL)));
    group.switch.calls = [0, 2, 2, 0];
    assert_eq!(exit(&group.on(Enter)), BUSY, "as if she were not there: the others are busy");

    for (entry, caller) in [
        (Entry::CallBack(ANA_DESK), Caller::Number(caller)),
        (Entry::Phone(ANA_DESK), Caller::Number(number("+12025550143"))),
        (Entry::Phone(ANA_DESK), Caller::Withheld),
        (Entry::Phone(ANA_DESK), Caller::Phone(BEN_DESK)),
    ] {
        let mut call = blocks(ringing(Who::Phone(ANA_DESK)));
        call.facts = Facts::new(caller, entry);
        let first = call.on(Enter);
        assert!(first.contains("ana-desk"), "{entry:?} by {caller:?}: {first}");
    }
}

/// A person's calls follow to the number they named, by a rule they may use themselves; a group's do not.
#[test]
fn calls_for_a_person_follow_where_they_are_sent() {
    let to = number("+12025550160");
    let forwards = PersonState { forward: Some(to), ..PersonState::default() };
    let mut site = site_with(ring(Who::Person(ANA)));
    let mut call = Call::new(site.clone());
    call.switch.states[ANA.index()] = forwards;
    let first = call.on(Enter);
    assert!(!first.contains("+12025550160"), "a number that she may not call herself: {first}");

    let class = site.dial[0].class;
    site.people[ANA.index()].allow = vec![class];
    for mood in [Mood::Available, Mood::Away] {
        let mut call = Call::new(site.clone());
        call.switch.states[ANA.index()] = PersonState { mood, ..forwards };
        let first = call.on(Enter);
        assert!(first.contains("+12025550160") && !first.contains("ana-desk"), "{first}");
        assert_eq!(exit(&call.on(Busy(T0))), BUSY, "the step's own exits");
    }
    let mut call = Call::new(site.clone());
    call.switch.states[ANA.index()] = PersonState { mood: Mood::DoNotDisturb, ..forwards };
    assert_eq!(exit(&call.on(Enter)), UNANSWERED);

    let mut call = ringing(Who::Group(IN_ORDER));
    call.switch.states[ANA.index()] = forwards;
    let first = call.on(Enter);
    assert!(first.contains("ben-desk"), "{first}");
}
