//! Recordings: as long as they lasted, whatever the network did.

use media::{
    control::{DoneReason, Reply},
    worker::DiskOrder,
};

use crate::rig::{Phone, Rig, ULAW, ms};

const NEVER: std::time::Duration = std::time::Duration::ZERO;

/// A loud byte of µ-law and what it decodes to.
const LOUD: u8 = 0x90;

fn caller(rig: &mut Rig) -> Phone {
    let mut a = rig.phone(1, ULAW);
    a.says(rig, 0xff);
    a
}

fn loud_runs(sound: &[i16]) -> Vec<(bool, usize)> {
    sound.chunk_by(|a, b| (*a == 0) == (*b == 0)).map(|run| (run[0] != 0, run.len())).collect()
}

#[test]
fn loss_and_swaps_leave_every_sample_in_its_place() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    for turn in 0..100 {
        match turn {
            // Lost.
            40 | 41 => {
                a.frame(LOUD);
                rig.pass(ms(20));
            }
            // Overtaken by the next.
            60 => {
                let late = a.frame(LOUD);
                rig.pass(ms(20));
                a.says(&mut rig, LOUD);
                rig.rtp(a.port, None, &late);
            }
            61 => {}
            _ => drop(a.says(&mut rig, LOUD)),
        }
    }
    rig.close_recording(&a, 1);
    assert_eq!(loud_runs(&rig.recorded()), [(true, 6400), (false, 320), (true, 9280)]);
    assert_eq!(rig.done(), [(1, DoneReason::Closed, 2000)]);
}

#[test]
fn a_caller_who_sends_nothing_while_silent_is_recorded_as_silence() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    for _ in 0..50 {
        a.says(&mut rig, LOUD);
    }
    rig.pass(ms(3000));
    a.timestamp = a.timestamp.wrapping_add(24_000);
    for _ in 0..50 {
        a.says(&mut rig, LOUD);
    }
    rig.pass(ms(1000));
    rig.close_recording(&a, 1);
    assert_eq!(loud_runs(&rig.recorded()), [(true, 8000), (false, 24_000), (true, 8000), (false, 8000)]);
}

#[test]
fn a_speaker_whose_clock_goes_astray_is_laid_down_when_heard() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    for turn in 0..200 {
        if turn % 50 == 49 {
            a.timestamp = a.timestamp.wrapping_add(3_000_000_000);
        }
        a.says(&mut rig, LOUD);
    }
    rig.close_recording(&a, 1);
    assert_eq!(loud_runs(&rig.recorded()), [(true, 32_000)]);
}

#[test]
fn a_packet_that_comes_much_too_late_moves_nothing() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    let mut late = Vec::new();
    for turn in 0..100 {
        if turn == 10 {
            late = a.frame(LOUD);
            rig.pass(ms(20));
        } else {
            a.says(&mut rig, LOUD);
        }
        if turn == 60 {
            rig.rtp(a.port, None, &late);
        }
    }
    rig.close_recording(&a, 1);
    assert_eq!(loud_runs(&rig.recorded()), [(true, 1600), (false, 160), (true, 14_240)]);
}

#[test]
fn it_ends_at_its_limit_to_the_sample() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(1500), NEVER);
    for _ in 0..100 {
        a.says(&mut rig, LOUD);
    }
    rig.save(1, Ok(()));
    assert_eq!(rig.recorded().len(), 12_000);
    assert_eq!(rig.done(), [(1, DoneReason::TooLong, 1500)]);
}

#[test]
fn it_ends_after_silence_spoken_or_unsent() {
    for talks in [true, false] {
        let mut rig = Rig::new();
        let mut a = caller(&mut rig);
        rig.record(1, &a, ms(60_000), ms(3000));
        for _ in 0..100 {
            a.says(&mut rig, LOUD);
        }
        for _ in 0..200 {
            if talks { drop(a.says(&mut rig, 0xfe)) } else { rig.pass(ms(20)) }
        }
        rig.save(1, Ok(()));
        let done = rig.done();
        assert!(matches!(done[..], [(1, DoneReason::Silence, 4900..=5200)]), "{done:?}");
    }
}

#[test]
fn a_key_ends_it_and_others_do_not() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    for event in [1, 11] {
        assert_eq!(rig.done(), []);
        let packet = a.packet(101, &[event, 0, 0, 160]);
        a.timestamp = a.timestamp.wrapping_add(800);
        rig.rtp(a.port, None, &packet);
    }
    rig.save(1, Ok(()));
    assert_eq!(rig.done(), [(1, DoneReason::Key('#'), 0)]);
}

#[test]
fn less_than_a_second_is_ever_off_the_disk() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    for turn in 1..=500 {
        a.says(&mut rig, LOUD);
        let behind = turn * 160 - rig.recorded().len();
        assert!(behind <= 4800, "{behind} samples after {turn} frames");
    }
}

#[test]
fn a_full_disk_ends_it_with_words_and_the_call_goes_on() {
    let mut rig = Rig::new();
    let (mut a, _) = rig.call();
    rig.record(1, &a, ms(60_000), NEVER);
    for _ in 0..50 {
        a.says(&mut rig, LOUD);
    }
    rig.save(1, Err("no space left on device"));
    let done = rig.done();
    assert!(matches!(&done[..], [(1, DoneReason::Failed(why), _)] if why.contains("no space")), "{done:?}");
    rig.orders.clear();
    assert!(a.says(&mut rig, LOUD).is_some());
    rig.close(&a);
    assert!(rig.orders.is_empty());
}

#[test]
fn done_waits_for_the_disk_and_closed_for_done() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    a.says(&mut rig, LOUD);
    rig.replies.clear();
    rig.ask(media::control::Request::Close { stream: a.id });
    assert!(rig.replies.is_empty());
    assert!(matches!(rig.orders.last(), Some(DiskOrder::Finish { .. })));
    rig.save(1, Ok(()));
    assert!(matches!(rig.replies[..], [Reply::Done { .. }, Reply::Closed { .. }]), "{:?}", rig.replies);
}

/// Goal: whoever is asked for G.711 as a recording begins is recorded from when it speaks that.
#[test]
fn what_is_said_in_another_format_than_g711_is_silence() {
    let mut rig = Rig::new();
    let mut a = rig.phone(1, &[(0, media::control::Format::Other(722))]);
    a.says(&mut rig, 0xff);
    rig.record(1, &a, ms(60_000), NEVER);
    for _ in 0..50 {
        a.says(&mut rig, LOUD);
    }
    rig.aim(&a, |_| {}, ULAW);
    for _ in 0..50 {
        a.says(&mut rig, LOUD);
    }
    rig.close_recording(&a, 1);
    assert_eq!(loud_runs(&rig.recorded()), [(false, 8000), (true, 8000)]);
}

#[test]
fn a_second_recording_replaces_the_first() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    a.says(&mut rig, LOUD);
    rig.record(2, &a, ms(60_000), NEVER);
    rig.save(1, Ok(()));
    assert_eq!(rig.done(), [(1, DoneReason::Replaced, 20)]);
}

impl Rig {
    /// Hangs up, and lets the disk finish.
    fn close_recording(&mut self, phone: &Phone, task: u64) {
        self.ask(media::control::Request::Close { stream: phone.id });
        self.save(task, Ok(()));
    }
}

/// Goal: whoever asks whether a recording is worth keeping is told once, and not of clicks.
#[test]
fn what_is_said_is_told_once_and_silence_never() {
    let mut rig = Rig::new();
    let mut a = caller(&mut rig);
    rig.record(1, &a, ms(60_000), NEVER);
    let mut told = Vec::new();
    for (turns, byte) in [(100, 0xff), (14, LOUD), (100, 0xff), (1, LOUD), (100, LOUD)] {
        (0..turns).for_each(|_| drop(a.says(&mut rig, byte)));
        told.push(rig.replies.drain(..).filter(|reply| matches!(reply, Reply::Spoke { .. })).count());
    }
    rig.close_recording(&a, 1);
    assert_eq!(told, [0, 0, 0, 1, 0]);
    assert!(media::stage::record::is_said(&rig.recorded()));
    assert!(!media::stage::record::is_said(&rig.recorded()[..8_000 * 4]));
}
