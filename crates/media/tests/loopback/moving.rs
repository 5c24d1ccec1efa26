//! Streams handed to and fro between two threads while their parties speak: nothing that is said is lost on the way
//! and nothing is said twice, to the switch or by it.
//!
//! Whoever is listened to hears silence of the switch, a packet each 20 ms: that is the clock here.

use std::thread;

use media::{
    control::{Counts, Parcel, Reply, Request, StreamId, TaskId},
    rtp::Header,
    thread::Disk,
};

use crate::rig::{Party, Switch, ULAW, ports};

/// Packets that a party says for each that it hears: 300 a second, of the 500 that are taken.
const AT_ONCE: usize = 6;

/// Packets that it hears meanwhile.
const HEARD: usize = 50;

/// What nobody says before the end.
const LAST: [u8; 160] = [0x11; 160];

/// Moves of each stream, at least.
const MOVES: usize = 300;

#[test]
fn streams_that_move_while_their_parties_speak_lose_nothing_and_double_nothing() {
    let disk = Disk::spawn().unwrap();
    let mut threads = [Switch::start(ports(), &disk), Switch::start(ports(), &disk)];
    let parties = [threads[0].party(1, ULAW), threads[1].party(2, ULAW)];
    let streams = [parties[0].stream, parties[1].stream];
    for (thread, stream) in threads.iter().zip(streams) {
        thread.ask(Request::Collect { task: TaskId(stream.0), stream });
    }
    let mut moves = 0;
    let [(mut ana, heard_by_ana), (mut ben, heard_by_ben)] = thread::scope(|scope| {
        let speakers = parties.map(|party| scope.spawn(|| speak(party)));
        // At an even number, so that both are at home in the end.
        while moves % 2 == 1 || moves < MOVES || speakers.iter().any(|it| !it.is_finished()) {
            swap(&mut threads, if moves % 2 == 0 { streams } else { [streams[1], streams[0]] });
            moves += 1;
        }
        speakers.map(|speaker| speaker.join().unwrap())
    });
    let [mut here, mut there] = threads;
    there.ask(Request::Detach { stream: ben.stream });
    here.ask(Request::Attach { parcel: parcel(&mut there, ben.stream) });
    here.ask(Request::Connect { a: ana.stream, b: ben.stream });
    here.settle(ana.stream);
    // What is said last comes after everything that was said before.
    ana.speak(0, &LAST);
    ben.speak(0, &LAST);
    for (party, heard) in [(&ana, heard_by_ana), (&ben, heard_by_ben)] {
        let heard = hear_out(party, heard);
        let is_next = |pair: &[Header]| {
            pair[1].ssrc == pair[0].ssrc && pair[1].sequence == pair[0].sequence.wrapping_add(1)
        };
        assert!(heard.windows(2).all(is_next), "lost or doubled: {heard:?}");
        let said = (HEARD * AT_ONCE + 1) as u64;
        let counts = close(&mut here, party.stream);
        assert_eq!((counts.received, counts.sent), (said, heard.len() as u64));
        assert_eq!((counts.lost, counts.refused), (0, 0));
    }
}

/// Speaks, by the clock of what it hears.
fn speak(mut party: Party) -> (Party, Vec<Header>) {
    let mut heard = Vec::new();
    for _ in 0..HEARD {
        heard.push(party.hear().0);
        for _ in 0..AT_ONCE {
            party.speak(0, &[0xff; 160]);
        }
    }
    (party, heard)
}

/// The rest of what a party hears, up to the last.
fn hear_out(party: &Party, mut heard: Vec<Header>) -> Vec<Header> {
    loop {
        let (header, payload) = party.hear();
        heard.push(header);
        if payload == LAST {
            return heard;
        }
    }
}

/// Lets two threads exchange the streams that they have.
fn swap(threads: &mut [Switch; 2], streams: [StreamId; 2]) {
    for (thread, stream) in threads.iter().zip(streams) {
        thread.ask(Request::Detach { stream });
    }
    let [here, there] = threads;
    let parcels = [parcel(here, streams[0]), parcel(there, streams[1])];
    for (thread, parcel) in [there, here].into_iter().zip(parcels) {
        let stream = parcel.stream;
        thread.ask(Request::Attach { parcel });
        thread.wait(|reply| {
            matches!(reply, Reply::Attached { stream: attached } if *attached == stream).then_some(())
        });
    }
}

/// A stream on its way.
fn parcel(from: &mut Switch, stream: StreamId) -> Parcel {
    from.wait(|reply| match reply {
        Reply::Detached { stream: left, parcel } if *left == stream => Some(parcel.clone()),
        _ => None,
    })
}

fn close(thread: &mut Switch, stream: StreamId) -> Counts {
    thread.ask(Request::Close { stream });
    thread.wait(|reply| match reply {
        Reply::Closed { stream: closed, counts } if *closed == stream => Some(*counts),
        _ => None,
    })
}
