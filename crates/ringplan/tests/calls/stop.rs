//! The daemon is told to end while people talk.

use std::{net::UdpSocket, time::Duration};

use nix::sys::signal::Signal;

use crate::{
    house::Site,
    phones::{PATIENCE, request, talk, talking, until},
    ua::News,
};

#[test]
fn a_call_under_way_outlives_the_order_to_stop_and_new_ones_are_refused() {
    let site = Site::new("drain");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    let refused = site.run(&["dial", "--to", "102", "--from", "ana-desk", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&refused.out).expect("it is JSON");
    assert_eq!((refused.code, json["status"].as_u64()), (1, Some(503)), "{json}");
    // A carrier is told when to come back (RELIABILITY F10); it is known by its address.
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let here = carrier.local_addr().expect("bound");
    let invite = request("INVITE", here, "drain", "", "");
    carrier.send_to(invite.as_bytes(), site.address).expect("loopback takes it");
    let mut answer = [0; 1_500];
    let len = carrier.recv(&mut answer).expect("it is answered");
    let answer = String::from_utf8_lossy(&answer[..len]);
    assert!(answer.starts_with("SIP/2.0 503 ") && answer.contains("\r\nRetry-After: "), "{answer}");
    // The call under way goes on: both are still heard.
    let before = ana.heard().len();
    talk(&mut ana, Duration::from_millis(600));
    assert!(ana.heard().len() > before + 8 * 300, "{before}, {}", ana.heard().len());
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(300));
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn a_second_order_to_stop_hangs_up() {
    let site = Site::new("hurry");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    daemon.signal(Signal::SIGTERM);
    until(&mut ana, |news| *news == News::HungUp);
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
}
