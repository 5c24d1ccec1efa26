//! What we let a party hear.

use media::{
    control::{DoneReason, Request, Source, StreamId, TaskId},
    stage::tone::{level_of, sine},
};

use crate::rig::{ALAW, Rig, Sent, ULAW, decode, ms};

const NO_PAUSE: std::time::Duration = std::time::Duration::ZERO;

fn steps(heard: &[Sent]) -> Vec<(u64, u32)> {
    let step = |pair: &[Sent]| {
        let time = pair[1].at.since(pair[0].at).as_millis() as u64;
        (time, pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp))
    };
    heard.windows(2).map(step).collect()
}

#[test]
fn a_prompt_is_heard_whole_at_the_pace_of_the_clock() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    let prompt = sine(8000, 440.0, 8000.0, 8000 + 80);
    rig.play(1, &a, &prompt, Some(1), NO_PAUSE);
    rig.pass(ms(3000));
    let heard = rig.heard(&a);
    assert_eq!(heard.len(), 51);
    assert!(heard[0].header.marker && heard[1..].iter().all(|sent| !sent.header.marker));
    assert!(steps(&heard).iter().all(|step| *step == (20, 160)));
    assert!(level_of(&decode(&heard)[..8000], 440.0) > -10.0);
    assert!(heard[50].payload[80..].iter().all(|byte| *byte == 0xff));
    assert_eq!(rig.done(), [(1, DoneReason::Finished, 1010)]);
}

#[test]
fn ten_minutes_drift_by_nothing_though_the_thread_is_always_late() {
    let mut rig = Rig::new();
    rig.lag = ms(7);
    let a = rig.phone(1, ALAW);
    rig.tone(1, &a, [0; 4], None);
    rig.pass(ms(600_000));
    let heard = rig.heard(&a);
    let (first, last) = (&heard[0], &heard[heard.len() - 1]);
    let samples = last.header.timestamp.wrapping_sub(first.header.timestamp);
    assert_eq!(u128::from(samples), 8 * last.at.since(first.at).as_millis());
    assert!(heard.len() >= 29_998);
}

#[test]
fn a_thread_held_up_for_long_does_not_pour_out_what_was_due() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    rig.tone(1, &a, [0; 4], None);
    rig.pass(ms(100));
    rig.heard(&a);
    rig.lag = ms(1000);
    rig.pass(ms(20));
    rig.lag = NO_PAUSE;
    rig.pass(ms(200));
    let heard = rig.heard(&a);
    assert!(heard.len() <= 12, "{}", heard.len());
    let behind = heard[0].header.timestamp;
    assert!(steps(&heard)[1..].iter().all(|step| *step == (20, 160)), "{behind} {:?}", steps(&heard));
}

#[test]
fn rounds_and_pauses_are_kept() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    rig.play(1, &a, &[8000; 800], Some(3), ms(50));
    rig.pass(ms(1000));
    let sound = decode(&rig.heard(&a));
    let runs: Vec<usize> = sound.chunk_by(|a, b| (*a == 0) == (*b == 0)).map(<[i16]>::len).collect();
    assert_eq!(runs, [800, 400, 800, 400, 800]);
    assert_eq!(rig.done(), [(1, DoneReason::Finished, 400)]);
}

#[test]
fn music_goes_round_from_where_it_was_left() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    let tune = [[8000; 400], [-8000; 400]].concat();
    for skip in [25, 125, 1_025] {
        rig.music(skip, &a, &tune, ms(skip));
        rig.pass(ms(220));
        rig.ask(Request::Stop { task: TaskId(skip) });
        let sound = decode(&rig.heard(&a));
        let runs: Vec<_> = sound.chunk_by(|a, b| (*a > 0) == (*b > 0)).map(<[i16]>::len).collect();
        assert_eq!(runs[..4], [200, 400, 400, 400], "{skip}");
    }
}

/// Goal: who is held hears music in place of who holds, and them again afterwards, in one stream.
#[test]
fn music_stands_in_for_the_peer_until_it_is_stopped() {
    let mut rig = Rig::new();
    let (a, mut b) = rig.call();
    rig.music(1, &a, &[8000; 800], NO_PAUSE);
    (0..10).for_each(|_| assert!(b.says(&mut rig, 0x10).is_none(), "what the peer sends is not heard"));
    let music = decode(&rig.heard(&a));
    assert!(music.len() >= 1_440 && music.iter().all(|sample| (7_000..9_000).contains(sample)), "{music:?}");
    rig.ask(Request::Stop { task: TaskId(1) });
    assert!(b.says(&mut rig, 0x10).is_some(), "and then it is");
    assert_eq!(rig.heard(&a).last().expect("it hears").payload, [0x10; 160]);
}

#[test]
fn a_cadence_counts_as_a_round() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    rig.tone(1, &a, [200, 200, 0, 0], Some(2));
    rig.pass(ms(2000));
    assert_eq!(rig.heard(&a).len(), 40);
    assert_eq!(rig.done(), [(1, DoneReason::Finished, 800)]);
}

#[test]
fn each_task_ends_once_and_says_why() {
    let mut rig = Rig::new();
    let (a, b) = rig.call();
    rig.tone(1, &a, [0; 4], None);
    rig.pass(ms(100));
    rig.tone(2, &a, [0; 4], None);
    assert_eq!(rig.done(), [(1, DoneReason::Replaced, 100)]);
    rig.ask(Request::Stop { task: TaskId(2) });
    rig.ask(Request::Stop { task: TaskId(2) });
    assert_eq!(rig.done(), [(2, DoneReason::Stopped, 0)]);
    rig.tone(3, &a, [0; 4], None);
    rig.connect(&a, &b);
    assert_eq!(rig.done(), [(3, DoneReason::Replaced, 0)]);
    rig.tone(4, &a, [0; 4], None);
    rig.collect(5, &a);
    rig.collect(6, &a);
    rig.close(&a);
    assert_eq!(
        rig.done(),
        [(5, DoneReason::Replaced, 0), (4, DoneReason::Closed, 0), (6, DoneReason::Closed, 0)]
    );
    rig.tone(7, &a, [0; 4], None);
    assert_eq!(rig.done(), [(7, DoneReason::Closed, 0)], "asked while the stream closed");
}

#[test]
fn a_file_that_cannot_be_read_is_said() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    let source = Source::File(std::path::Path::new("missing.wav").into());
    let play = Request::Play { task: TaskId(1), stream: a.id, source, times: Some(1), pause: NO_PAUSE };
    rig.ask(play.clone());
    rig.worker.loaded(rig.now, TaskId(1), Err("missing.wav: no such file".into()));
    rig.pass(ms(20));
    assert_eq!(rig.done(), [(1, DoneReason::Failed("missing.wav: no such file".into()), 0)]);
    // An answer that comes after the question lost its meaning is dropped.
    rig.ask(play);
    rig.ask(Request::Stop { task: TaskId(1) });
    rig.worker.loaded(rig.now, TaskId(1), Ok([1; 160].into()));
    rig.pass(ms(100));
    assert_eq!(rig.heard(&a), []);
}

#[test]
fn a_prompt_into_a_call_is_heard_instead_of_the_peer_for_as_long_as_it_lasts() {
    let mut rig = Rig::new();
    let (a, mut b) = rig.call();
    b.says(&mut rig, 0x11);
    rig.play(1, &a, &[8000; 1600], Some(1), NO_PAUSE);
    for _ in 0..20 {
        b.says(&mut rig, 0x11);
    }
    assert_eq!(rig.done(), [(1, DoneReason::Finished, 200)]);
    let heard = rig.heard(&a);
    let from_peer: Vec<bool> = heard.iter().map(|sent| sent.payload[0] == 0x11).collect();
    let runs: Vec<usize> = from_peer.chunk_by(|a, b| a == b).map(<[bool]>::len).collect();
    assert_eq!(&runs[..2], &[1, 10]);
    assert!(runs[2] >= 8);
    assert!(heard.iter().filter(|sent| sent.header.marker).count() == 3);
}

#[test]
fn whoever_waits_for_a_party_sends_it_silence() {
    let mut rig = Rig::new();
    let a = rig.phone(1, ULAW);
    rig.pass(ms(200));
    assert_eq!(rig.heard(&a), []);
    rig.collect(1, &a);
    rig.pass(ms(200));
    rig.play(2, &a, &[8000; 160], Some(1), NO_PAUSE);
    rig.pass(ms(200));
    let heard = rig.heard(&a);
    assert!(heard.len() >= 19);
    assert!(steps(&heard).iter().all(|step| *step == (20, 160)));
    assert_eq!(heard.iter().filter(|sent| sent.payload[0] != 0xff).count(), 1);
    rig.ask(Request::Stop { task: TaskId(1) });
    rig.pass(ms(200));
    assert_eq!(rig.heard(&a), []);
}

/// Goal: whoever is asked for G.711 as something begins to play hears it from when it takes that.
#[test]
fn a_party_without_g711_hears_what_plays_once_it_takes_that() {
    let mut rig = Rig::new();
    let a = rig.phone(1, &[(9, media::control::Format::Other(722))]);
    rig.play(1, &a, &sine(8000, 440.0, 8000.0, 8000), Some(1), NO_PAUSE);
    rig.pass(ms(400));
    assert_eq!((rig.heard(&a).len(), rig.done()), (0, vec![]));
    rig.aim(&a, |_| {}, ULAW);
    rig.pass(ms(2000));
    let heard = rig.heard(&a);
    assert_eq!((heard.len(), rig.done()), (30, vec![(1, DoneReason::Finished, 1000)]));
    assert!(heard[0].header.marker);
}

#[test]
fn packets_are_as_long_as_the_party_wants() {
    let mut rig = Rig::new();
    for (id, ptime_ms, samples) in [(1, 10, 80), (2, 30, 240), (3, 200, 480), (4, 0, 80)] {
        let a = rig.open(id);
        rig.aim(&a, |remote| remote.ptime_ms = ptime_ms, ULAW);
        rig.tone(id, &a, [0; 4], None);
        rig.pass(ms(600));
        let heard = rig.heard(&a);
        assert!(heard.iter().all(|sent| sent.payload.len() == samples));
        assert_eq!(decode(&heard).len(), 4800);
        rig.close(&a);
    }
}

#[test]
fn a_request_for_a_stream_that_is_not_there_is_dropped() {
    let mut rig = Rig::new();
    rig.ask(Request::Open { stream: StreamId(1), port: 9 });
    rig.ask(Request::Close { stream: StreamId(1) });
    rig.ask(Request::Connect { a: StreamId(1), b: StreamId(1) });
    rig.ask(Request::Stop { task: TaskId(1) });
    rig.pass(ms(1000));
    assert!(rig.replies.is_empty());
}
