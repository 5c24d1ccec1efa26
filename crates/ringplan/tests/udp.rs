//! The UDP socket on real loopback.

#[path = "../src/net/batch.rs"]
mod batch;
#[path = "../src/net/udp.rs"]
mod udp;

use std::{net::Ipv4Addr, os::fd::AsFd};

use batch::{Incoming, Look, Outgoing, RECEIVED_AT_ONCE};
use bytes::Bytes;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use udp::{DATAGRAM_MAX, Found, Udp};

fn socket() -> Udp {
    Udp::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has a free port")
}

fn wait(udp: &Udp) {
    poll(&mut [PollFd::new(udp.as_fd(), PollFlags::POLLIN)], PollTimeout::from(5_000u16))
        .expect("poll waits");
}

#[test]
fn a_datagram_arrives_with_its_source() {
    let (a, b) = (socket(), socket());
    let mut buffer = vec![0; DATAGRAM_MAX];
    a.send(b"hello", b.local()).unwrap();
    wait(&b);
    assert_eq!(b.receive(&mut buffer), Found::Datagram(5, a.local()));
    assert_eq!(b.receive(&mut buffer), Found::Nothing);
    assert_eq!(b.flow(a.local()).remote, a.local());
}

#[test]
fn a_peer_that_is_gone_is_reported_by_address_and_harms_no_other() {
    let (a, b, gone) = (socket(), socket(), socket().local());
    let mut buffer = vec![0; DATAGRAM_MAX];
    a.send(b"hello", gone).unwrap();
    wait(&a);
    a.send(b"next", b.local()).unwrap();
    wait(&b);
    assert_eq!(b.receive(&mut buffer), Found::Datagram(4, a.local()));
    assert_eq!(a.refused(), Some(gone));
    assert_eq!(a.refused(), None);
    assert_eq!(a.receive(&mut buffer), Found::Nothing);
}

/// Goal: a burst larger than any batch leaves whole and in order, and so it is taken; one who can't be reached is in the
/// midst of it.
#[test]
fn a_burst_arrives_whole_and_in_order() {
    let (mut a, b, gone) = (Outgoing::by(socket()), socket(), socket().local());
    for number in 0..100u8 {
        a.push(Bytes::copy_from_slice(&[number]), b.local());
        if number % 40 == 0 {
            a.push(Bytes::from_static(b"nobody"), gone);
        }
    }
    a.send(|peer| panic!("{peer} was not refused before anything was sent"));
    let (mut room, mut heard) = (Incoming::new(), Vec::new());
    while heard.len() < 100 {
        wait(&b);
        let Look::Datagrams(count) = room.look(&b) else { panic!("something waits") };
        assert!(count <= RECEIVED_AT_ONCE);
        for datagram in 0..count {
            let (bytes, from) = room.datagram(datagram);
            assert_eq!(from, a.socket().local());
            heard.extend_from_slice(bytes);
        }
    }
    assert_eq!(heard, (0..100).collect::<Vec<u8>>());
    assert_eq!(room.look(&b), Look::Nothing);
}

#[test]
fn a_look_tells_who_refused() {
    let (mut a, gone) = (Outgoing::by(socket()), socket().local());
    a.push(Bytes::from_static(b"hello"), gone);
    a.send(|peer| panic!("{peer} was not refused before anything was sent"));
    wait(a.socket());
    let mut room = Incoming::new();
    assert_eq!(room.look(a.socket()), Look::Refused(gone));
    assert_eq!(room.look(a.socket()), Look::Nothing);
}
