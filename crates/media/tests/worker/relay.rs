//! From one party to the other, whatever happens around it.

use media::{control::Request, rtp::Packet};

use crate::rig::{ALAW, Rig, ULAW, ms};

#[test]
fn types_are_renumbered_and_laws_translated() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, ULAW), rig.phone(2, ALAW));
    rig.connect(&a, &b);
    let audio = a.says(&mut rig, 0xff).unwrap();
    assert_eq!((audio.from, audio.header.payload_type, &audio.payload[..3]), (b.port, 8, &[0xd5; 3][..]));
    let event = a.packet(101, &[1, 10, 0, 160]);
    let event = rig.rtp(a.port, Some(a.address), &event).unwrap();
    assert_eq!((event.header.payload_type, event.payload), (96, vec![1, 10, 0, 160]));
    let unknown = a.packet(97, &[0; 20]);
    assert_eq!(rig.rtp(a.port, Some(a.address), &unknown), None);
}

#[test]
fn a_change_of_types_during_the_call_is_followed() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    a.says(&mut rig, 0xff);
    rig.aim(&b, |_| {}, ALAW);
    let sent = a.says(&mut rig, 0xff).unwrap();
    assert_eq!((sent.header.payload_type, sent.payload), (8, vec![0xd5; 160]));
}

#[test]
fn the_other_party_on_hold_hears_nothing_and_goes_on_without_a_jump() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    a.says(&mut rig, 1);
    rig.aim(&b, |remote| remote.hears = false, ULAW);
    for _ in 0..100 {
        assert_eq!(a.says(&mut rig, 1), None);
    }
    rig.aim(&b, |_| {}, ULAW);
    a.says(&mut rig, 1);
    let heard: Vec<_> = rig.sent.iter().map(|sent| (sent.header.sequence, sent.header.timestamp)).collect();
    // What was not sent shows as a pause of the clock and as packets not counted as lost.
    assert_eq!(heard[1].1.wrapping_sub(heard[0].1), 101 * 160);
}

#[test]
fn who_is_told_not_to_speak_is_not_heard() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    rig.aim(&a, |remote| remote.speaks = false, ULAW);
    assert_eq!(a.says(&mut rig, 1), None);
}

/// A transfer: b gives way to c, and a hears one stream.
#[test]
fn a_new_connection_ends_the_old_one_on_all_sides() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    let mut c = rig.phone(3, ULAW);
    c.ssrc = b.ssrc;
    for _ in 0..5 {
        b.says(&mut rig, 1);
    }
    rig.connect(&a, &c);
    assert_eq!(b.says(&mut rig, 1), None);
    for _ in 0..5 {
        c.says(&mut rig, 2);
    }
    assert_eq!(a.says(&mut rig, 3).unwrap().from, c.port);
    let heard = rig.heard(&a);
    assert_eq!(heard.len(), 10);
    for (index, pair) in heard.windows(2).enumerate() {
        let step = pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp);
        assert_eq!((step, pair[1].header.marker), if index == 4 { (320, true) } else { (160, false) });
    }
    rig.ask(Request::Disconnect { stream: c.id });
    assert_eq!(c.says(&mut rig, 2), None);
    assert_eq!(a.says(&mut rig, 2), None);
}

#[test]
fn connecting_again_changes_nothing() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    a.says(&mut rig, 1);
    rig.connect(&b, &a);
    assert!(!a.says(&mut rig, 1).unwrap().header.marker);
}

#[test]
fn a_forged_speaker_is_not_passed_on() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    let mut forger = a.clone();
    forger.ssrc = 666;
    for _ in 0..50 {
        a.says(&mut rig, 1);
        let forged = forger.frame(9);
        assert_eq!(rig.rtp(a.port, None, &forged), None);
    }
    assert_eq!(rig.heard(&b).len(), 50);
    assert_eq!(rig.close(&a).refused, 50);
}

#[test]
fn what_names_people_stays_behind() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    let frame = a.frame(1);
    let mut named = frame.clone();
    named[0] = 0x92;
    let extension = [&[1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1][..], b"name"].concat();
    named.splice(12..12, extension);
    let sent = rig.rtp(a.port, Some(a.address), &named).unwrap();
    assert_eq!(sent.payload, frame[Packet::parse(&frame).unwrap().payload]);
}

#[test]
fn loss_is_counted_per_party() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    for turn in 0..100 {
        if turn % 10 == 9 {
            a.frame(1);
            rig.pass(ms(20));
        } else {
            a.says(&mut rig, 1);
        }
    }
    a.says(&mut rig, 1);
    assert_eq!(rig.close(&a).lost, 10);
    assert_eq!(rig.close(&b).sent, 91);
}

#[test]
fn a_flood_ends_here_and_a_burst_does_not() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    rig.pass(ms(1000));
    for _ in 0..10_000 {
        let frame = a.frame(1);
        rig.rtp(a.port, None, &frame);
    }
    assert_eq!(rig.heard(&b).len(), 500);
    rig.pass(ms(1000));
    for _ in 0..50 {
        let frame = a.frame(1);
        assert!(rig.rtp(a.port, None, &frame).is_some());
    }
}
