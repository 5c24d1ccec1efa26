//! No name server answers (RELIABILITY F6).

#![expect(clippy::disallowed_methods, reason = "a real resolver takes real time")]

mod house;

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    time::{Duration, Instant},
};

use house::{
    Site,
    apart::with_name_server,
    wire::{PATIENCE, connect, read, register},
};
use sip::Method;

/// Where questions come to and stay.
const BLACK_HOLE: &str = "127.0.0.53:53";

/// A call outside is with the next carrier, or refused, in five seconds; a busy machine has twice that.
const GOAL: Duration = Duration::from_secs(10);

/// Who needs no name waits for none: neither a phone to be rung nor an OPTIONS to be answered.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Numbers that lead outside over a carrier known by name alone: one has a second carrier, the other none.
fn outside(spare: SocketAddr) -> String {
    format!(
        "[trunks.named]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"sip.carrier.example\"\n\
         [trunks.spare]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"{spare}\"\n\
         [dial.both]\nto = [\"+12025550177\"]\nclass = \"national\"\ntrunks = [\"named\", \"spare\"]\n\
         [dial.alone]\nto = [\"+12025550178\"]\nclass = \"national\"\ntrunks = [\"named\"]\n\
         [plans.both]\nsteps = [{{ forward = \"+12025550177\", for = \"20s\" }}, {{ reject = \"busy\" }}]\n\
         [plans.alone]\nsteps = [{{ forward = \"+12025550178\", for = \"20s\" }}, {{ reject = \"busy\" }}]\n\
         [numbers]\n\"+12025550101\" = {{ trunk = \"carrier\", plan = \"both\" }}\n\
         \"+12025550102\" = {{ trunk = \"carrier\", plan = \"alone\" }}\n"
    )
}

/// A carrier that calls us.
struct Carrier(UdpSocket, SocketAddr);

impl Carrier {
    fn says(&self, method: &str, number: &str, call: &str) {
        let at = self.0.local_addr().expect("bound");
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
        let body = if method == "INVITE" { sdp } else { "" };
        let text = format!(
            "{method} sip:{number}@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{call}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+12025550142@127.0.0.3>;tag=c\r\nTo: <sip:{number}@pbx.test>\r\n\
             Call-ID: {call}\r\nCSeq: 1 {method}\r\nContact: <sip:{at}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.send_to(text.as_bytes(), self.1).expect("it is taken");
    }

    fn hears(&self) -> String {
        let mut room = [0; 4_096];
        let length = self.0.recv(&mut room).expect("the switch answers");
        String::from_utf8_lossy(&room[..length]).into_owned()
    }
}

/// Goal: no name server answers (RELIABILITY F6). Calls to phones never notice, calls outside take the next carrier in time or
/// are refused, and whoever asks meanwhile is answered.
#[test]
fn calls_do_without_name_servers() {
    with_name_server("127.0.0.53", "calls_do_without_name_servers", call_without_name_servers);
}

fn call_without_name_servers() {
    let hole = UdpSocket::bind(BLACK_HOLE).expect("the network is its own");
    hole.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let _silent = TcpListener::bind(BLACK_HOLE).expect("the network is its own");
    let spare = UdpSocket::bind("127.0.0.4:0").expect("loopback has a free port");
    spare.set_read_timeout(Some(Duration::from_millis(20))).expect("a time above zero");
    let site = Site::new("black-hole");
    site.write("out.toml", &outside(spare.local_addr().expect("bound")));
    let _daemon = site.serve();
    let mut ana = connect(&site);
    register(&mut ana, &site.add_phone("ana-desk"), "sip:ana-desk@127.0.0.1:9;transport=tcp", 1);
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let carrier = Carrier(carrier, site.address);

    let begun = Instant::now();
    carrier.says("INVITE", "+12025550101", "both");
    carrier.says("INVITE", "+12025550102", "alone");
    carrier.says("INVITE", "+12025550100", "inside");
    let rung = read(&mut ana);
    assert_eq!(*rung.method(), Method::Invite, "a phone is rung as if nothing were wrong");
    let rung_after = begun.elapsed();
    assert!(rung_after < AT_ONCE, "and as soon: {rung_after:?}");
    let (mut asked, mut refused, mut passed_over) = (0, None, None);
    let mut longest = Duration::ZERO;
    while refused.is_none() || passed_over.is_none() {
        let asked_at = Instant::now();
        carrier.says("OPTIONS", "pbx", &format!("ping{asked}"));
        let mine = format!("Call-ID: ping{asked}\r\n");
        asked += 1;
        loop {
            let heard = carrier.hears();
            if heard.contains(&mine) {
                longest = longest.max(asked_at.elapsed());
                break;
            }
            let is_final = !heard.starts_with("SIP/2.0 1");
            if is_final && heard.contains("Call-ID: alone\r\n") && refused.is_none() {
                refused = Some(begun.elapsed());
            }
        }
        if spare.recv(&mut [0; 4_096]).is_ok() && passed_over.is_none() {
            passed_over = Some(begun.elapsed());
        }
        assert!(begun.elapsed() < GOAL, "{passed_over:?} {refused:?}");
    }
    assert!(asked > 10, "{asked} OPTIONS were answered meanwhile");
    assert!(longest < AT_ONCE, "one of them after {longest:?}");
    assert!(hole.recv(&mut [0; 512]).is_ok(), "the name server was asked");
    println!(
        "figure: ana rung after {rung_after:?}, next carrier after {passed_over:?}, refused after {refused:?}, \
         {asked} OPTIONS answered meanwhile, each within {longest:?}"
    );
}
