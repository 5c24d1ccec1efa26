//! The UDP socket on real loopback.

#[path = "../src/net/udp.rs"]
mod udp;

use std::{net::Ipv4Addr, os::fd::AsFd};

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
