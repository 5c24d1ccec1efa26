//! The media thread with its real sockets, parties on loopback. Each wait is a read with a timeout, never a
//! sleep; what is asserted is what a party, or the switch, is told.

#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]

mod moving;
mod rig;

use std::{
    net::{SocketAddr, UdpSocket},
    path::Path,
    sync::Arc,
    time::Duration,
};

use media::{
    control::{DoneReason, Latch, RecordUntil, Reply, Request, Source, StreamId, TaskId, Tone},
    rtp::Header,
    stage::tone::{level_of, loudest},
    thread::{Disk, Settings, spawn},
    wav,
};

use self::rig::{ALAW, LOCALHOST, Switch, ULAW, ports, scratch};

#[test]
fn two_parties_hear_each_other_and_nobody_else() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let mut ana = switch.party(1, ULAW);
    let mut ben = switch.party(2, ALAW);
    switch.ask(Request::Connect { a: ana.stream, b: ben.stream });
    switch.settle(ana.stream);

    let mut before = None;
    for turn in 0..50 {
        ana.speak(0, &[0xff; 160]);
        if turn == 10 {
            let stranger = UdpSocket::bind((LOCALHOST, 0)).unwrap();
            stranger.send_to(&[0x80; 172], ana.switch).unwrap();
        }
        let (header, payload) = ben.hear();
        assert_eq!((header.payload_type, payload), (8, vec![0xd5; 160]));
        if let Some(before) = before.replace(header.sequence) {
            assert_eq!(header.sequence, u16::wrapping_add(before, 1));
        }
        ben.speak(8, &[0xd5; 160]);
        assert_eq!(ana.hear().0.payload_type, 0);
    }
    switch.ask(Request::Close { stream: ana.stream });
    let counts = switch.wait(|reply| match reply {
        Reply::Closed { counts, .. } => Some(*counts),
        _ => None,
    });
    assert_eq!((counts.received, counts.sent, counts.lost), (50, 50, 0));
}

/// The whole of a voicemail: greeting, beep, what is said, `#`.
#[test]
fn a_caller_leaves_a_voicemail() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let mut caller = switch.party(1, ULAW);
    let stream = caller.stream;
    caller.speak(0, &[0xff; 160]);

    let beep = Tone { hz: [1000, 0], level_db: -10, cadence_ms: [200, 0, 0, 0] };
    let (greet, record) = (TaskId(1), TaskId(2));
    switch.ask(Request::Play {
        task: greet,
        stream,
        source: Source::Tone(beep),
        times: Some(1),
        pause: Duration::ZERO,
    });
    let heard: Vec<i16> =
        (0..10).flat_map(|_| caller.hear().1).map(|byte| media::codec::g711::Law::Mu.decode(byte)).collect();
    assert_eq!(loudest(&heard, &[425.0, 1000.0]), Some(1000.0));
    assert_eq!(switch.done(greet), (DoneReason::Finished, 200));

    let path: Arc<Path> = scratch("voicemail/message.wav").into();
    let until = RecordUntil { max: Duration::from_secs(60), silence: Duration::from_secs(30), keys: 1 << 11 };
    switch.ask(Request::Record { task: record, stream, path: Arc::clone(&path), until });
    switch.settle(stream);
    let speech = media::stage::tone::sine(8000, 440.0, 8000.0, 8000);
    for frame in speech.chunks(160) {
        let payload: Vec<u8> =
            frame.iter().map(|sample| media::codec::g711::Law::Mu.encode(*sample)).collect();
        caller.speak(0, &payload);
    }
    caller.press(101, '#');
    let (reason, lasted_ms) = switch.done(record);
    assert_eq!(reason, DoneReason::Key('#'));
    let sound = wav::read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(sound.len() / 8, lasted_ms as usize);
    assert!(level_of(&sound[..7800], 440.0) > -15.0);
    switch.handle.stop();
}

/// Goal: RELIABILITY M1 for a party behind NAT. The whole of 127/8 is ours on loopback.
#[test]
fn a_sprayer_never_hears_a_call() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let mut ana = switch.party(1, ULAW);
    let mut ben = switch.party(2, ULAW);
    let mut remote = ana.remote(ULAW);
    remote.rtp = SocketAddr::from((LOCALHOST, 9));
    remote.latch = Latch::Behind(LOCALHOST);
    switch.ask(Request::Aim { stream: ana.stream, remote: Box::new(remote) });
    switch.ask(Request::Connect { a: ana.stream, b: ben.stream });
    switch.settle(ana.stream);

    let sprayer = UdpSocket::bind(("127.0.0.66", 0)).unwrap();
    let targets = [ana.switch, ben.switch];
    let spray = |payload: u8| {
        let mut bytes = [payload; 172];
        let header = Header { marker: false, payload_type: 0, sequence: 1, timestamp: 1, ssrc: 1 };
        header.write(bytes.first_chunk_mut().unwrap());
        for port in targets {
            sprayer.send_to(&bytes, port).unwrap();
        }
    };
    let mut heard = Vec::new();
    for turn in 0..50u8 {
        spray(turn);
        ana.speak(0, &[0xee; 160]);
        heard.push(ben.hear().1[0]);
        ben.speak(0, &[0xdd; 160]);
        heard.push(ana.hear().1[0]);
    }
    assert_eq!(heard, [0xee, 0xdd].repeat(50));
    sprayer.set_nonblocking(true).unwrap();
    assert!(sprayer.recv(&mut [0; 200]).is_err(), "the sprayer heard something");
}

/// Goal: nothing of one call is heard in the next on the same port.
#[test]
fn late_packets_find_nobody() {
    let disk = Disk::spawn().unwrap();
    let mut settings = Switch::settings(LOCALHOST, ports(), &disk);
    settings.most = 2;
    let mut switch = Switch::with(settings);
    let mut first = switch.party(1, ULAW);
    let peer = switch.party(2, ULAW);
    switch.ask(Request::Connect { a: first.stream, b: peer.stream });
    switch.settle(first.stream);
    first.speak(0, &[1; 160]);
    peer.hear();
    for stream in [first.stream, peer.stream] {
        switch.ask(Request::Close { stream });
        switch.wait(|reply| {
            matches!(reply, Reply::Closed { stream: closed, .. } if *closed == stream).then_some(())
        });
    }
    for _ in 0..20 {
        first.speak(0, &[1; 160]);
    }
    // The same phone calls again, and is given the same port.
    let (stream, port) = (StreamId(3), switch.port());
    assert_eq!(port, first.switch.port());
    switch.ask(Request::Open { stream, port });
    switch.ask(Request::Aim { stream, remote: Box::new(first.remote(ULAW)) });
    let other = switch.party(4, ULAW);
    switch.ask(Request::Connect { a: stream, b: other.stream });
    switch.settle(stream);
    first.speak(0, &[2; 160]);
    assert_eq!(other.hear().1, [2; 160]);
}

#[test]
fn a_stream_moves_to_another_thread_with_its_sockets() {
    let disk = Disk::spawn().unwrap();
    let mut here = Switch::start(ports(), &disk);
    let mut there = Switch::start(ports(), &disk);
    let mut ana = here.party(1, ULAW);
    let mut ben = there.party(2, ULAW);
    let path: Arc<Path> = scratch("moved.wav").into();
    let until = RecordUntil { max: Duration::from_secs(60), silence: Duration::ZERO, keys: 1 };
    here.ask(Request::Record { task: TaskId(9), stream: ana.stream, path: Arc::clone(&path), until });
    here.settle(ana.stream);
    ana.speak(0, &[0x90; 160]);
    let (before, _) = ana.hear();

    here.ask(Request::Detach { stream: ana.stream });
    let parcel = here.wait(|reply| match reply {
        Reply::Detached { parcel, .. } => Some(parcel.clone()),
        _ => None,
    });
    // Spoken while nobody listens: it waits in the socket.
    ana.speak(0, &[0x91; 160]);
    there.ask(Request::Attach { parcel: parcel.clone() });
    there.ask(Request::Connect { a: ana.stream, b: ben.stream });
    there.settle(ben.stream);
    ben.speak(0, &[2; 160]);
    let after = std::iter::repeat_with(|| ana.hear()).find(|(_, payload)| *payload == [2; 160]).unwrap().0;
    assert_eq!(after.ssrc, before.ssrc);

    // A parcel is opened once.
    here.ask(Request::Attach { parcel });
    ana.press(101, '0');
    assert_eq!(there.done(TaskId(9)).0, DoneReason::Key('0'));
    let sound = wav::read(&std::fs::read(&path).unwrap()).unwrap();
    let law = media::codec::g711::Law::Mu;
    let spoken = sound.iter().position(|sample| *sample != 0).unwrap();
    assert_eq!((sound[spoken], sound[spoken + 160]), (law.decode(0x90), law.decode(0x91)));
}

#[test]
fn a_port_of_another_program_is_told_and_skipped() {
    let other = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    let taken = other.local_addr().unwrap().port() & !1;
    let range = taken..=taken + 63;
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(range, &disk);
    let told = switch.wait(|reply| match reply {
        Reply::PortTaken { port } => Some(*port),
        _ => None,
    });
    assert_eq!(told, taken);
    let port = switch.port();
    assert!(!switch.ready.contains(&told) && port != told);
}

/// Goal: RELIABILITY F1. Method: the file is read while the recording goes on, as a kill would leave it.
#[test]
fn a_recording_can_be_read_at_any_moment() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let mut caller = switch.party(1, ULAW);
    let path: Arc<Path> = scratch("underway.wav").into();
    let until = RecordUntil { max: Duration::from_secs(60), silence: Duration::ZERO, keys: 0 };
    switch.ask(Request::Record { task: TaskId(1), stream: caller.stream, path: Arc::clone(&path), until });
    // The silence we send meanwhile is the clock of this test.
    for frame in 1..=75 {
        caller.hear();
        caller.speak(0, &[0x90; 160]);
        if frame > 50 {
            let held = wav::read(&std::fs::read(&path).unwrap()).unwrap().len();
            assert!(held >= frame * 160 - 8000, "{held} samples after {frame} frames");
        }
    }
}

#[test]
fn a_disk_that_takes_nothing_is_told_in_words() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let caller = switch.party(1, ULAW);
    let until = RecordUntil { max: Duration::from_secs(60), silence: Duration::ZERO, keys: 0 };
    let stream = caller.stream;
    for (task, path, words) in
        [(1, "/dev/full", "No space left"), (2, "/proc/ringplan/a.wav", "No such file")]
    {
        let (task, path) = (TaskId(task), Path::new(path).into());
        switch.ask(Request::Record { task, stream, path, until });
        let (reason, _) = switch.done(task);
        assert!(matches!(&reason, DoneReason::Failed(why) if why.contains(words)), "{reason:?}");
    }
    let source = Source::File(Path::new("missing.wav").into());
    let play = Request::Play { task: TaskId(3), stream, source, times: Some(1), pause: Duration::ZERO };
    switch.ask(play);
    let (reason, _) = switch.done(TaskId(3));
    assert!(matches!(&reason, DoneReason::Failed(why) if why.contains("missing.wav: No such")), "{reason:?}");
}

#[test]
fn both_families_are_served_by_one_socket() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::at("::".parse().unwrap(), ports(), &disk);
    let mut ana = switch.party(1, ULAW);
    let ben = switch.party(2, ULAW);
    switch.ask(Request::Connect { a: ana.stream, b: ben.stream });
    switch.settle(ana.stream);
    for byte in [1, 2, 3] {
        ana.speak(0, &[byte; 160]);
        assert_eq!(ben.hear().1, [byte; 160]);
    }
    let source = switch.wait(|reply| match reply {
        Reply::Latched { source, .. } => Some(*source),
        _ => None,
    });
    assert_eq!(source, ana.udp.local_addr().unwrap());
}

#[test]
fn an_address_of_nobody_is_refused_at_once() {
    let disk = Disk::spawn().unwrap();
    let settings = Settings::new(0, "192.0.2.1".parse().unwrap(), ports(), [0; 32], disk);
    assert_eq!(spawn(settings).map(|_| ()).unwrap_err().kind(), std::io::ErrorKind::AddrNotAvailable);
}

#[test]
fn stopping_saves_what_is_being_recorded() {
    let disk = Disk::spawn().unwrap();
    let mut switch = Switch::start(ports(), &disk);
    let mut caller = switch.party(1, ULAW);
    let path: Arc<Path> = scratch("stopped.wav").into();
    let until = RecordUntil { max: Duration::from_secs(60), silence: Duration::ZERO, keys: 0 };
    let stream = caller.stream;
    switch.ask(Request::Record { task: TaskId(1), stream, path: Arc::clone(&path), until });
    switch.settle(stream);
    caller.speak(0, &[0x90; 160]);
    switch.wait(|reply| matches!(reply, Reply::Latched { .. }).then_some(()));
    switch.handle.stop();
    assert!(wav::read(&std::fs::read(&path).unwrap()).unwrap().len() >= 160);
}
