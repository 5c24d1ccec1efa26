//! Ports: announced ahead, rested between calls, skipped when taken.

use media::control::{Reply, Request, StreamId};

use crate::rig::{Rig, ULAW, ms};

#[test]
fn a_port_rests_before_it_is_announced_again() {
    let mut rig = Rig::with_ports(10_000, 10_003, 8);
    assert_eq!(rig.ready, [10_000, 10_002]);
    let a = rig.phone(1, ULAW);
    rig.close(&a);
    rig.pass(ms(1999));
    assert_eq!(rig.ready, [10_002]);
    rig.pass(ms(101));
    assert_eq!(rig.ready, [10_002, 10_000]);
}

#[test]
fn ports_that_were_closed_at_about_the_same_time_are_announced_together() {
    let mut rig = Rig::with_ports(10_000, 10_099, 4);
    let phones: Vec<_> = (1..=4).map(|id| rig.phone(id, ULAW)).collect();
    for phone in &phones {
        rig.close(phone);
        rig.pass(ms(10));
    }
    let stock = rig.ready.len();
    let due = rig.worker.timeout().unwrap();
    rig.pass(due.since(rig.now));
    assert_eq!((rig.now, rig.ready.len()), (due, stock + 4));
}

#[test]
fn the_pool_is_kept_filled_and_pairs_stay_bound() {
    let mut rig = Rig::with_ports(10_000, 10_099, 4);
    assert_eq!(rig.ready.len(), 4);
    let phones: Vec<_> = (1..=4).map(|id| rig.phone(id, ULAW)).collect();
    assert_eq!((rig.ready.len(), rig.bound.len()), (4, 8));
    for phone in &phones {
        rig.close(phone);
    }
    rig.pass(ms(3000));
    let phones: Vec<_> = (1..=4).map(|id| rig.phone(id, ULAW)).collect();
    assert_eq!(rig.bound.len(), 8, "nothing was bound anew");
    drop(phones);
}

/// Goal: calls never come faster than ports are announced. Method: ever more a second; the stock is what the busier
/// of the last two seconds took.
#[test]
fn the_stock_follows_the_demand_and_never_beyond_what_may_be_held() {
    let mut rig = Rig::with_ports(10_000, 11_999, 4);
    let mut id = 0;
    let mut second = |rig: &mut Rig, calls: u64| {
        let phones: Vec<_> = (id..id + calls).map(|id| rig.phone(id, ULAW)).collect();
        id += calls;
        let stock = rig.ready.len();
        for phone in &phones {
            rig.close(phone);
        }
        rig.pass(ms(1000));
        stock
    };
    assert_eq!([3, 50, 80].map(|calls| second(&mut rig, calls)), [4, 50, 80]);
    for _ in 0..10 {
        second(&mut rig, 80);
    }
    assert!(rig.bound.len() <= 80 * 5, "{} for 80 a second that rest for two", rig.bound.len());
    let mut rig = Rig::holding(20);
    let phones: Vec<_> = (0..15).map(|id| rig.phone(id, ULAW)).collect();
    assert_eq!((rig.bound.len(), rig.ready.len()), (20, 5));
    drop(phones);
}

#[test]
fn an_odd_or_unknown_port_opens_nothing() {
    let mut rig = Rig::with_ports(10_001, 10_008, 8);
    assert_eq!(rig.ready, [10_002, 10_004, 10_006]);
    for port in [10_003, 10_008, 2000] {
        rig.ask(Request::Open { stream: StreamId(u64::from(port)), port });
    }
    assert!(rig.worker.is_empty());
}

#[test]
fn a_port_of_somebody_else_is_told_once_skipped_and_tried_again() {
    let mut rig = Rig::with(10_000, 10_005, 8, &[10_002]);
    let taken = |rig: &mut Rig| {
        rig.take(|reply| match reply {
            Reply::PortTaken { port } => Some(*port),
            _ => None,
        })
    };
    assert_eq!(taken(&mut rig), [10_002]);
    assert_eq!(rig.ready, [10_000, 10_004]);
    rig.pass(ms(100_000));
    assert!(taken(&mut rig).is_empty());
    rig.foreign.clear();
    rig.pass(ms(40_000));
    assert_eq!(rig.ready, [10_000, 10_004, 10_002]);
}

/// Goal: 5,000 calls leave nothing behind.
#[test]
fn every_port_comes_home() {
    let mut rig = Rig::with_ports(10_000, 10_199, 16);
    for round in 0..500 {
        let phones: Vec<_> = (0..10).map(|id| rig.phone(round * 10 + id, ULAW)).collect();
        rig.connect(&phones[0], &phones[1]);
        rig.tone(round, &phones[2], [0; 4], None);
        rig.pass(ms(500));
        for phone in &phones {
            rig.close(phone);
        }
        assert!(rig.worker.is_empty());
    }
    rig.pass(ms(3000));
    assert_eq!(rig.ready.len(), rig.bound.len());
    rig.ready.sort_unstable();
    rig.ready.dedup();
    assert_eq!(rig.ready.len(), rig.bound.len());
}

#[test]
fn no_more_pairs_are_held_than_descriptors_allow() {
    let mut rig = Rig::with_ports(10_000, 10_099, 4);
    let phones: Vec<_> = (1..=4).map(|id| rig.phone(id, ULAW)).collect();
    assert_eq!(rig.bound.len(), 8);
    drop(phones);
    let mut rig = Rig::holding(6);
    let phones: Vec<_> = (1..=6).map(|id| rig.phone(id, ULAW)).collect();
    assert_eq!((rig.bound.len(), rig.ready.len()), (6, 0));
    rig.pass(ms(100_000));
    assert_eq!(rig.bound.len(), 6);
    rig.close(&phones[0]);
    rig.pass(ms(2100));
    assert_eq!(rig.ready.len(), 1);
}
