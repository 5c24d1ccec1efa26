//! Streams that move from one thread to another, with what they were doing.

use media::{
    control::{DoneReason, Reply, Request, Source, TaskId},
    worker::DiskOrder,
};

use crate::rig::{Phone, Rig, ULAW, ms};

/// Moves a stream, and says how it was received.
fn hand_over(from: &mut Rig, to: &mut Rig, phone: &Phone) -> Vec<u64> {
    from.ask(Request::Detach { stream: phone.id });
    to.now = from.now;
    to.attach(from.luggage.pop().unwrap());
    to.take(|reply| match reply {
        Reply::Attached { stream } => Some(stream.0),
        _ => None,
    })
}

#[test]
fn a_stream_goes_on_where_it_comes_to() {
    let (mut here, mut there) = (Rig::with_ports(10_000, 10_099, 2), Rig::with_ports(20_000, 20_099, 2));
    let (mut a, mut b) = here.call();
    there.now = here.now;
    let mut c = there.phone(3, ULAW);
    b.says(&mut here, 1);
    b.says(&mut here, 1);
    let before = here.heard(&a);
    assert_eq!(hand_over(&mut here, &mut there, &a), [1]);
    assert_eq!(b.says(&mut here, 1), None);
    there.connect(&a, &c);
    c.says(&mut there, 2);
    assert_eq!(a.says(&mut there, 3).unwrap().from, c.port);
    let after = there.heard(&a);
    assert_eq!(after[0].header.ssrc, before[1].header.ssrc);
    assert_eq!(after[0].header.sequence, before[1].header.sequence.wrapping_add(1));

    there.close(&a);
    there.pass(ms(2100));
    assert!(there.ready.contains(&a.port), "the pair stays with the thread that has its sockets");
}

#[test]
fn tasks_travel_with_their_stream() {
    let (mut here, mut there) = (Rig::with_ports(10_000, 10_099, 2), Rig::with_ports(20_000, 20_099, 2));
    let mut a = here.phone(1, ULAW);
    here.tone(1, &a, [500, 0, 0, 0], Some(1));
    here.collect(2, &a);
    here.record(3, &a, ms(1000), ms(0));
    for _ in 0..10 {
        a.says(&mut here, 0x90);
    }
    hand_over(&mut here, &mut there, &a);
    assert!(there.orders.iter().any(|order| matches!(order, DiskOrder::Adopt { .. })));
    for _ in 0..50 {
        a.says(&mut there, 0x90);
    }
    let press = a.packet(101, &[5, 0, 0, 160]);
    there.rtp(a.port, None, &press);
    assert_eq!(there.keys(), "5");
    there.save(3, Ok(()));
    let done = there.done();
    assert_eq!(done, [(1, DoneReason::Finished, 500), (3, DoneReason::TooLong, 1000)]);
    assert_eq!(here.recorded().len() + there.recorded().len(), 8000);
    assert_eq!((here.done(), here.heard(&a).len() + there.heard(&a).len() >= 59), (vec![], true));
}

#[test]
fn a_pair_that_left_is_not_reported_as_taken() {
    let (mut here, mut there) = (Rig::with_ports(10_000, 10_003, 4), Rig::with_ports(20_000, 20_099, 2));
    let a = here.phone(1, ULAW);
    hand_over(&mut here, &mut there, &a);
    here.foreign = vec![a.port];
    here.pass(ms(120_000));
    assert!(here.replies.iter().all(|reply| !matches!(reply, Reply::PortTaken { .. })));
    here.foreign.clear();
    here.pass(ms(60_000));
    assert!(here.ready.contains(&a.port), "free again, it comes home");
}

#[test]
fn a_prompt_still_being_read_is_asked_for_again() {
    let (mut here, mut there) = (Rig::with_ports(10_000, 10_099, 2), Rig::with_ports(20_000, 20_099, 2));
    let a = here.phone(1, ULAW);
    let source = Source::File(std::path::Path::new("prompt.wav").into());
    here.ask(Request::Play { task: TaskId(1), stream: a.id, source, times: Some(1), pause: ms(0) });
    hand_over(&mut here, &mut there, &a);
    here.worker.loaded(here.now, TaskId(1), Ok([1; 160].into()));
    assert!(matches!(there.orders[..], [DiskOrder::Load { task: TaskId(1), .. }]));
    there.worker.loaded(there.now, TaskId(1), Ok([1; 160].into()));
    there.pass(ms(100));
    assert_eq!((here.done(), there.done()), (vec![], vec![(1, DoneReason::Finished, 20)]));
}

#[test]
fn a_stream_that_comes_back_is_at_home() {
    let (mut here, mut there) = (Rig::with_ports(10_000, 10_003, 4), Rig::with_ports(20_000, 20_099, 2));
    let a = here.phone(1, ULAW);
    hand_over(&mut here, &mut there, &a);
    hand_over(&mut there, &mut here, &a);
    here.pass(ms(120_000));
    here.close(&a);
    here.pass(ms(120_000));
    assert_eq!((here.ready.len(), here.bound.len()), (2, 2));
}
