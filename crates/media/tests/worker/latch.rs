//! Who is believed, and where packets go (RELIABILITY M1, M2).

use media::{
    control::{Latch, Reply},
    latch::Aim,
    worker::Channel,
};

use crate::rig::{ALAW, Phone, Rig, ULAW, addr, ms};

fn latched(rig: &mut Rig) -> Vec<String> {
    rig.take(|reply| match reply {
        Reply::Latched { source, .. } => Some(source.to_string()),
        _ => None,
    })
}

/// A call whose first phone sits behind NAT, at 192.0.2.7.
fn behind_nat(rig: &mut Rig) -> (Phone, Phone) {
    let (a, b) = rig.call();
    rig.aim(&a, |remote| remote.latch = Latch::Behind(addr("192.0.2.7:0").ip()), ULAW);
    rig.aims.clear();
    (a, b)
}

#[test]
fn a_strange_source_is_dropped_and_counted_before_and_after_latching() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    let stranger = Some(addr("10.0.0.66:4000"));
    for _ in 0..3 {
        let frame = a.clone().frame(1);
        assert_eq!(rig.rtp(a.port, stranger, &frame), None);
        assert!(a.says(&mut rig, 2).is_some());
    }
    assert_eq!(latched(&mut rig), ["10.0.0.1:4000"]);
    let aim = Aim { to: a.address, only: true };
    assert_eq!(rig.aims.iter().filter(|at| **at == (a.port, Channel::Rtp, aim)).count(), 1);
    let counts = rig.close(&a);
    assert_eq!((counts.received, counts.refused), (3, 3));
}

#[test]
fn only_a_sound_packet_latches() {
    let mut rig = Rig::new();
    let (mut a, _) = behind_nat(&mut rig);
    let nat = Some(addr("192.0.2.7:61000"));
    let unknown_type = a.packet(34, &[0; 160]);
    for rubbish in [&b"hello"[..], &[0x80; 11], &unknown_type] {
        assert_eq!(rig.rtp(a.port, nat, rubbish), None);
    }
    assert!(latched(&mut rig).is_empty());
    let frame = a.frame(1);
    assert!(rig.rtp(a.port, nat, &frame).is_some());
    assert_eq!(latched(&mut rig), ["192.0.2.7:61000"]);
}

#[test]
fn behind_nat_another_port_takes_over_only_after_silence() {
    let mut rig = Rig::new();
    let (mut a, _) = behind_nat(&mut rig);
    let (first, second) = (Some(addr("192.0.2.7:61000")), Some(addr("192.0.2.7:62000")));
    let frame = a.frame(1);
    rig.rtp(a.port, first, &frame);
    rig.pass(ms(4000));
    let frame = a.frame(1);
    assert_eq!(rig.rtp(a.port, second, &frame), None, "the first was heard 4 s ago");
    rig.pass(ms(6000));
    let frame = a.frame(1);
    assert_eq!(rig.rtp(a.port, Some(addr("192.0.2.8:62000")), &frame), None, "of another address");
    assert!(rig.rtp(a.port, second, &frame).is_some());
    assert_eq!(latched(&mut rig), ["192.0.2.7:61000", "192.0.2.7:62000"]);
}

#[test]
fn a_new_sdp_latches_anew_and_the_same_sdp_does_not() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    a.says(&mut rig, 1);
    rig.aims.clear();
    rig.aim(&a, |_| {}, ALAW);
    assert!(rig.aims.is_empty());

    let before = a.address;
    a.address = addr("10.0.0.9:5000");
    rig.aim(&a, |_| {}, ULAW);
    let frame = a.frame(1);
    assert_eq!(rig.rtp(a.port, Some(before), &frame), None);
    assert!(rig.rtp(a.port, Some(a.address), &frame).is_some());
    assert_eq!(latched(&mut rig), ["10.0.0.1:4000", "10.0.0.9:5000"]);
}

#[test]
fn blind_packets_move_from_the_sdp_to_the_signalling_address_after_five() {
    let mut rig = Rig::new();
    let (_, mut b) = behind_nat(&mut rig);
    for _ in 0..20 {
        b.says(&mut rig, 1);
    }
    let aim = Aim { to: addr("192.0.2.7:4000"), only: false };
    assert_eq!(rig.aims.iter().filter(|at| at.2.to.ip() == aim.to.ip()).count(), 1);
    assert!(rig.aims.iter().any(|at| at.2 == aim), "{:?}", rig.aims);
}

/// The streams whose silence was told.
fn quiet(rig: &mut Rig) -> Vec<u64> {
    rig.take(|reply| match reply {
        Reply::Quiet { stream } => Some(stream.0),
        _ => None,
    })
}

#[test]
fn silence_of_a_party_that_should_speak_is_told_each_minute() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    rig.aim(&b, |remote| remote.silence_after = None, ULAW);
    a.says(&mut rig, 1);
    b.says(&mut rig, 1);
    rig.pass(ms(59_900));
    assert!(quiet(&mut rig).is_empty());
    rig.pass(ms(100));
    assert_eq!(quiet(&mut rig), [1], "and not that of the one on hold");
    rig.pass(ms(60_000));
    assert_eq!(quiet(&mut rig), [1], "again, should the first time have been no time to act on it");
    a.says(&mut rig, 1);
    rig.pass(ms(59_900));
    assert!(quiet(&mut rig).is_empty());
}

#[test]
fn a_party_that_only_reports_is_still_there() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    a.says(&mut rig, 1);
    let receiver_report = [0x80, 0xc9, 0, 1, 0, 0, 0, 77];
    for _ in 0..4 {
        rig.pass(ms(30_000));
        rig.rtcp(a.port, Some(addr("10.0.0.1:4001")), &receiver_report);
    }
    assert!(quiet(&mut rig).is_empty());
    rig.pass(ms(60_000));
    assert_eq!(quiet(&mut rig), [1]);
}

#[test]
fn who_never_spoke_has_an_hour() {
    let mut rig = Rig::new();
    let (_, mut b) = rig.call();
    for _ in 0..71 {
        rig.pass(ms(50_000));
        b.says(&mut rig, 1);
    }
    assert!(quiet(&mut rig).is_empty());
    rig.pass(ms(50_000));
    assert_eq!(quiet(&mut rig), [1]);
}

/// Goal: RELIABILITY M7. Method: a live stream is fed with mutated packets of both kinds.
#[test]
fn no_bytes_end_a_call() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    let mut chance = clock::Chance::from_seed([9; 32]);
    for _ in 0..10_000 {
        let mut bytes = a.clone().packet([0, 101][chance.below(2) as usize], &[7; 40]);
        for _ in 0..chance.below(6) {
            let at = chance.below(bytes.len() as u32) as usize;
            bytes[at] = chance.u32() as u8;
        }
        bytes.truncate(chance.below(60) as usize);
        rig.rtp(a.port, Some(a.address), &bytes);
        rig.rtcp(a.port, Some(addr("10.0.0.1:4001")), &bytes);
        rig.pass(ms(2));
    }
    a.ssrc = 4711;
    let heard: Vec<_> = (0..50).map(|_| a.says(&mut rig, 0x33)).collect();
    assert!(heard[2..].iter().all(|sent| sent.as_ref().is_some_and(|sent| sent.payload == [0x33; 160])));
}
