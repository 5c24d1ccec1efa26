//! Phones that send the call on to a group, a mailbox or a number of ours.

use super::sample::{
    ALL, ANA, Call, IN_ORDER, LOBBY, MAILBOX, ROUND_ROBIN, forward, node, ring, secs, site_with,
};
use crate::{
    Act, Atom, Condition, Fact, FactSet, Guard, MailboxId, NodeId, Plan, PlanId, PlanKind, Refusal, Site,
    Telling, Who,
    step::{Entry, Event, NotFollowed, NotRung, ReasonKind, SENT_ON_MAX, TargetId, TimerId},
};
use Event::{Answered, Busy, Declined, Enter, Ringing, TimerFired, Told, Unreachable};

const T0: TargetId = TargetId(0);
const T1: TargetId = TargetId(1);
const T2: TargetId = TargetId(2);
/// The plan that is added to a site first.
const OTHER: PlanId = PlanId(4);
const MENU_PLAN: Entry = Entry::Plan(OTHER);

fn sends(target: TargetId, to: Entry) -> Event {
    Event::SentOn { target, to }
}

/// A site whose plan 0 rings somebody and whose other plan refuses.
fn with_another(who: Who) -> Site {
    let mut site = site_with(ring(who));
    add_plan(&mut site, Act::Reject(Refusal::Unallocated));
    site
}

/// Adds a plan of one node. The entry of a plan has its number among the nodes.
fn add_plan(site: &mut Site, act: Act) {
    site.nodes.push(node(act, None));
    while site.plans.len() < site.nodes.len() {
        let nodes = vec![NodeId::from(site.plans.len())];
        let (name, kind) = ("other".into(), PlanKind::Written);
        site.plans.push(Plan { name, kind, nodes, facts: FactSet::default(), mask: false });
    }
}

/// Why the last event led nowhere.
fn not_followed(call: &Call) -> Option<NotFollowed> {
    call.steps.reasons.iter().find_map(|reason| match reason.kind {
        ReasonKind::NotSentOn { why, .. } => Some(why),
        _ => None,
    })
}

#[test]
fn a_group_rings_together_in_place_of_the_target_for_what_is_left_of_the_step() {
    let mut call = Call::new(site_with(ring(Who::Phone(LOBBY))));
    assert_eq!(call.on(Enter), "start 0 lobby, timer Step 40s");
    assert_eq!(
        call.on(sends(T0, Entry::Group(ALL))),
        "start 1 ana-desk, start 2 ana-soft, start 3 ben-desk, start 4 cho-desk"
    );
    assert_eq!(call.cursor.instead(), Some(ALL));
    assert_eq!(
        call.on(TimerFired(TimerId::Step)),
        "stop 1 Timeout, stop 2 Timeout, stop 3 Timeout, stop 4 Timeout, end Rejected(NoAnswer)",
        "the exits are the step's"
    );
}

#[test]
fn a_group_in_order_takes_turns_as_in_its_own_plan() {
    let mut site = site_with(ring(Who::Phone(LOBBY)));
    add_plan(&mut site, Act::Ring(crate::Ring { each: secs(9), ..ring_of(Who::Group(IN_ORDER)) }));
    site.groups[IN_ORDER.index()].plan = OTHER;
    let mut call = Call::new(site);
    call.on(Enter);
    let first = call.on(sends(T0, Entry::Group(IN_ORDER)));
    assert_eq!(first, "start 1 ana-desk, start 2 ana-soft, timer Turn 9s");
    call.on(Ringing(T1));
    assert_eq!(
        call.on(TimerFired(TimerId::Turn)),
        "stop 1 Timeout, stop 2 Timeout, start 3 ben-desk, timer Turn 9s"
    );
    // Nine seconds are no more left of the step's forty.
    call.switch.now = call.switch.now.after(secs(35));
    assert_eq!(call.on(Busy(TargetId(3))), "clear Turn, start 4 cho-desk");
    assert_eq!(call.on(Answered(TargetId(4))), "clear Step, bridge 4");
}

/// What was left of the sender's turn is nothing to those who ring together.
#[test]
fn the_turn_of_who_sends_on_is_over() {
    let mut call = Call::new(site_with(ring(Who::Group(IN_ORDER))));
    call.after(&[Enter, Unreachable(T0), Unreachable(T1)]);
    assert_eq!(call.on(Busy(T2)), "clear Turn, start 3 cho-desk, timer Turn 15s");
    let together = "clear Turn, start 4 ana-desk, start 5 ana-soft, start 6 ben-desk";
    assert_eq!(call.on(sends(TargetId(3), Entry::Group(ALL))), together);
}

fn ring_of(who: Who) -> crate::Ring {
    ring(who).act.ring().expect("it rings").clone()
}

/// The pointer of a group that takes turns moves as if the group had been called.
#[test]
fn a_group_that_rings_instead_moves_on() {
    let mut call = Call::new(site_with(ring(Who::Phone(LOBBY))));
    call.switch.pointer = 1;
    call.on(Enter);
    let actions = call.on(sends(T0, Entry::Group(ROUND_ROBIN)));
    assert_eq!(actions, "start 1 ben-desk, advance 2, timer Turn 15s");
}

/// Whoever sends the call to a team of theirs does not get it back with it.
#[test]
fn who_sends_to_their_own_group_is_passed_over() {
    let mut call = Call::new(site_with(ring(Who::Person(ANA))));
    call.after(&[Enter, Unreachable(T0)]);
    assert_eq!(call.on(sends(T1, Entry::Group(ALL))), "start 2 ben-desk, start 3 cho-desk");
    let is_passed_over = |kind| kind == ReasonKind::NotRung { who: Who::Person(ANA), why: NotRung::Sender };
    assert!(call.steps.reasons.iter().any(|reason| is_passed_over(reason.kind)));
}

#[test]
fn a_plan_takes_the_place_of_the_step() {
    let mut call = Call::new(with_another(Who::Phone(LOBBY)));
    call.after(&[Enter, Ringing(T0)]);
    assert_eq!(call.on(sends(T0, MENU_PLAN)), "clear Step, end Rejected(Unallocated)");
    let mut call = Call::new(with_another(Who::Phone(LOBBY)));
    call.site.mailboxes[MAILBOX.index()].plan = OTHER;
    call.on(Enter);
    let actions = call.on(sends(T0, Entry::Mailbox(MailboxId(0))));
    assert_eq!(actions, "clear Step, end Rejected(Unallocated)");
}

/// Goal: nobody takes a call away from others, whom it is for as well.
#[test]
fn who_is_not_alone_is_busy_and_the_others_ring_on() {
    for to in [MENU_PLAN, Entry::Group(IN_ORDER)] {
        let mut together = Call::new(with_another(Who::Group(ALL)));
        together.after(&[Enter, Ringing(T0), Ringing(T2)]);
        assert_eq!(together.on(sends(T2, to)), "", "{to:?}");
        assert_eq!(not_followed(&together), Some(NotFollowed::NotAlone));
        assert!(together.cursor.targets().eq([T0, T1, TargetId(3)]));
        // The last of a group is alone.
        together.after(&[Declined(T0), sends(TargetId(3), to)]);
        assert_eq!(not_followed(&together), None);
    }
    let mut in_turn = Call::new(with_another(Who::Group(IN_ORDER)));
    in_turn.after(&[Enter, Unreachable(T1)]);
    assert_eq!(in_turn.on(sends(T0, MENU_PLAN)), "clear Turn, start 2 ben-desk, timer Turn 15s");
    assert_eq!(not_followed(&in_turn), Some(NotFollowed::NotAlone), "others have yet to have their turn");
    in_turn.on(Busy(T2));
    assert_eq!(
        in_turn.on(sends(TargetId(3), MENU_PLAN)),
        "clear Step, clear Turn, end Rejected(Unallocated)"
    );
}

/// A decline of the last one is one of all; a refusal to follow is busy, and leaves by that exit.
#[test]
fn who_may_not_send_on_leaves_as_if_busy_or_out_of_reach() {
    let mut both = Call::new(with_another(Who::Person(ANA)));
    both.on(Enter);
    both.on(sends(T0, MENU_PLAN));
    assert_eq!(both.on(Unreachable(T1)), "clear Step, end Rejected(Busy)");
    let mut circle = Call::new(with_another(Who::Phone(LOBBY)));
    circle.facts.entry = MENU_PLAN;
    circle.site.nodes[OTHER.index()].act = Act::Goto(NodeId(0));
    circle.on(Enter);
    assert_eq!(circle.on(sends(T0, MENU_PLAN)), "clear Step, end Rejected(NoAnswer)");
    assert_eq!(not_followed(&circle), Some(NotFollowed::Before));
}

/// RFC 3261 §8.1.3.4: places that send a call to one another don't keep it.
#[test]
fn no_place_is_gone_to_twice_and_no_more_than_five() {
    let mut site = site_with(ring(Who::Phone(LOBBY)));
    (0..=SENT_ON_MAX).for_each(|_| add_plan(&mut site, Act::Goto(NodeId(0))));
    let place = |which: u32| Entry::Plan(PlanId(OTHER.0 + which - 1));
    let mut call = Call::new(site);
    call.on(Enter);
    for which in 1..=5 {
        let target = TargetId(which - 1);
        assert_eq!(
            call.on(sends(target, place(which))),
            format!("clear Step, start {which} lobby, timer Step 40s")
        );
    }
    let mut again = Call { cursor: call.cursor.clone(), ..Call::new(call.site.clone()) };
    again.on(sends(TargetId(5), place(3)));
    assert_eq!(not_followed(&again), Some(NotFollowed::Before));
    call.on(sends(TargetId(5), place(6)));
    assert_eq!(not_followed(&call), Some(NotFollowed::TooOften));
    assert!(call.cursor.is_over());
}

/// A step that rings a group sends nobody back to it.
#[test]
fn a_group_is_not_sent_on_to_itself() {
    let mut call = Call::new(site_with(ring(Who::Group(ALL))));
    call.after(&[Enter, Unreachable(T0), Unreachable(T1), Unreachable(T2)]);
    call.on(sends(TargetId(3), Entry::Group(ALL)));
    assert_eq!(not_followed(&call), Some(NotFollowed::Before));
}

/// PRODUCT §1.10: whoever helps and calls back rings the phone, and no plan.
#[test]
fn whoever_helps_and_calls_back_is_sent_to_no_plan() {
    let mut call = Call::new(with_another(Who::Phone(LOBBY)));
    call.site.phones[LOBBY.index()].plan = PlanId(0);
    call.facts.entry = Entry::CallBack(LOBBY);
    call.on(Enter);
    assert_eq!(call.on(sends(T0, MENU_PLAN)), "clear Step, end Rejected(NoAnswer)");
    assert_eq!(not_followed(&call), Some(NotFollowed::CallBack));
}

/// Facts that only the other plan reads are asked for as it is entered, and have their time from then on.
#[test]
fn what_the_other_plan_reads_is_asked_for_as_it_is_entered() {
    let mut site = with_another(Who::Phone(LOBBY));
    site.nodes[4].guard = Some(Guard::When(Condition::Atom(Atom::ContactKnown)));
    site.nodes[4].next = Some(NodeId(1));
    site.plans[OTHER.index()].facts.insert(Fact::ContactKnown);
    let mut call = Call::new(site);
    call.on(Enter);
    call.switch.now = call.switch.now.after(secs(7));
    assert_eq!(call.on(sends(T0, MENU_PLAN)), "ask contact.known, clear Step, timer Fact 0s");
    call.facts.told.tell(Telling::Known(true));
    assert_eq!(call.on(Told(Fact::ContactKnown)), "clear Fact, end Rejected(Unallocated)");
}

/// A number outside is alone wherever it rings.
#[test]
fn a_number_outside_may_be_sent_on_to_a_plan() {
    let mut site = site_with(forward("+12025550160"));
    add_plan(&mut site, Act::Reject(Refusal::Unallocated));
    let mut call = Call::new(site);
    call.on(Enter);
    assert_eq!(call.on(sends(T0, MENU_PLAN)), "clear Step, end Rejected(Unallocated)");
    let mut call = Call::new(call.site.clone());
    call.facts.entry = Entry::Plan(PlanId(0));
    call.on(Enter);
    assert_eq!(call.on(sends(T0, Entry::Plan(PlanId(0)))), "clear Step, end Rejected(NoAnswer)");
}
