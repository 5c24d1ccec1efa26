//! Keys (RFC 4733, RELIABILITY M3).

use media::{control::Request, stage::dtmf::Sending};

use crate::rig::{Phone, Rig, ULAW, addr, ms};

fn press(rig: &mut Rig, phone: &mut Phone, key: char) -> usize {
    let mut relayed = 0;
    for (event, _) in Sending::new(key, 80).unwrap() {
        let packet = phone.packet(101, &event.write());
        relayed += usize::from(rig.rtp(phone.port, Some(phone.address), &packet).is_some());
        rig.pass(ms(20));
    }
    phone.timestamp = phone.timestamp.wrapping_add(1600);
    relayed
}

#[test]
fn keys_are_told_only_while_somebody_collects() {
    let mut rig = Rig::new();
    let mut a = rig.phone(1, ULAW);
    press(&mut rig, &mut a, '1');
    rig.collect(1, &a);
    for key in "0239*#AD".chars() {
        press(&mut rig, &mut a, key);
    }
    assert_eq!(rig.keys(), "0239*#AD");
    rig.ask(Request::Stop { task: media::control::TaskId(1) });
    press(&mut rig, &mut a, '4');
    assert_eq!(rig.keys(), "");
}

#[test]
fn a_key_held_down_when_the_next_question_begins_does_not_answer_it() {
    let mut rig = Rig::new();
    let mut a = rig.phone(1, ULAW);
    rig.collect(1, &a);
    for (index, (event, _)) in Sending::new('1', 400).unwrap().enumerate() {
        if index == 5 {
            assert_eq!(rig.keys(), "1");
            rig.collect(2, &a);
        }
        let packet = a.packet(101, &event.write());
        rig.rtp(a.port, Some(a.address), &packet);
    }
    assert_eq!(rig.keys(), "");
}

#[test]
fn keys_pass_to_the_peer_with_one_timestamp_and_are_told_as_well() {
    let mut rig = Rig::new();
    let (mut a, b) = rig.call();
    a.says(&mut rig, 1);
    rig.collect(1, &a);
    assert_eq!(press(&mut rig, &mut a, '7'), 7);
    let heard = rig.heard(&b);
    assert!(heard[1..].iter().all(|sent| sent.header.timestamp == heard[1].header.timestamp));
    assert_eq!(rig.keys(), "7");
}

/// Goal: RELIABILITY M3: digits read are exactly the ones pressed.
#[test]
fn forged_events_are_no_keys() {
    let mut rig = Rig::new();
    let mut a = rig.phone(1, ULAW);
    rig.collect(1, &a);
    a.says(&mut rig, 1);
    let mut forger = a.clone();
    for source in [Some(addr("10.0.0.66:4000")), Some(addr("10.0.0.1:4002"))] {
        let forged = forger.packet(101, &[5, 0x80, 0xff, 0xff]);
        rig.rtp(a.port, source, &forged);
    }
    // Of the right source, but of another payload type, another speaker, too short, or no key.
    forger.ssrc = 99;
    let strange = [a.packet(102, &[5, 0, 0, 9]), forger.packet(101, &[5, 0, 0, 9])];
    let rubbish = [a.packet(101, &[5, 0]), a.packet(101, &[200, 0, 0, 9])];
    for packet in strange.iter().chain(&rubbish) {
        rig.rtp(a.port, Some(a.address), packet);
        a.says(&mut rig, 1);
    }
    let longest = a.packet(101, &[9, 0x80, 0xff, 0xff]);
    for _ in 0..3 {
        rig.rtp(a.port, Some(a.address), &longest);
    }
    assert_eq!(rig.keys(), "9");
}
