//! Every kind of NAT, with the phone behind it called and calling (RELIABILITY M1).

use std::{
    net::{SocketAddr, UdpSocket},
    thread,
    time::Duration,
};

use sip::Message;

use crate::house::{
    Site,
    party::{Party, Place},
    wire::Datagrams,
};

/// Where the phone believes to be, where its router is, and where he sits whom nobody called.
const INSIDE: &str = "127.0.9.20";
const ROUTER: &str = "127.0.0.12:0";
const ELSEWHERE: &str = "127.0.0.66:0";

/// Packets that each says, one each 10 ms, and how many of them have to arrive: the first may come before the other's way is
/// known.
const SAID: u16 = 40;
const HEARD: usize = 30;

/// What is said by the phone behind the router, by the one that is not, and by him.
const SOUNDS: [u8; 3] = [0xaf, 0xb5, 0x80];

/// What a router does with a port (RFC 3489 §5).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// It is one port outside too, and whoever sends there is let in.
    FullCone,
    /// Of those who send there, whose address was sent to.
    Restricted,
    /// Whose address and port were sent to.
    PortRestricted,
    /// It is another port outside for each whom it sends to.
    Symmetric,
}

/// A port of a phone behind a router.
struct Port {
    kind: Kind,
    holes: Vec<Hole>,
}

/// Where it is seen outside.
struct Hole {
    socket: UdpSocket,
    sent_to: Vec<SocketAddr>,
}

impl Port {
    fn sends(&mut self, bytes: &[u8], to: SocketAddr) {
        let is_new = |hole: &Hole| self.kind == Kind::Symmetric && !hole.sent_to.contains(&to);
        if self.holes.iter().all(is_new) {
            let socket = UdpSocket::bind(ROUTER).expect("all of 127/8 is ours");
            socket.set_nonblocking(true).expect("a socket");
            self.holes.push(Hole { socket, sent_to: Vec::new() });
        }
        let hole =
            self.holes.iter().rposition(|hole| hole.sent_to.contains(&to)).unwrap_or(self.holes.len() - 1);
        let hole = &mut self.holes[hole];
        if !hole.sent_to.contains(&to) {
            hole.sent_to.push(to);
        }
        hole.socket.send_to(bytes, to).expect("it is taken");
    }

    /// What came and was let in.
    fn hears(&self) -> Vec<Vec<u8>> {
        let let_in = |hole: &Hole, from: SocketAddr| match self.kind {
            Kind::FullCone => true,
            Kind::Restricted => hole.sent_to.iter().any(|to| to.ip() == from.ip()),
            Kind::PortRestricted | Kind::Symmetric => hole.sent_to.contains(&from),
        };
        let of = |hole: &Hole| {
            received(&hole.socket).into_iter().filter(|(from, _)| let_in(hole, *from)).collect::<Vec<_>>()
        };
        self.holes.iter().flat_map(of).map(|(_, packet)| packet).collect()
    }
}

/// All that waits at a socket.
fn received(socket: &UdpSocket) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut room = [0; 2_048];
    let next = || socket.recv_from(&mut room).ok().map(|(length, from)| (from, room[..length].to_vec()));
    std::iter::from_fn(next).collect()
}

/// RTP of G.711 whose sound is one sample (RFC 3550 §5.1).
fn packet(sequence: u16, sound: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([0, 0, 0, sound]);
    packet.extend([sound; 160]);
    packet
}

/// How many packets of each sound these are.
fn counted(packets: &[Vec<u8>]) -> [usize; 3] {
    SOUNDS.map(|sound| {
        packets.iter().filter(|packet| packet.len() == 172 && packet[12..] == [sound; 160]).count()
    })
}

/// Where a message wants sound.
fn media_of(message: &Message) -> SocketAddr {
    let body = String::from_utf8_lossy(&message.body()).into_owned();
    let value = |name: &str| {
        let line = body.lines().find_map(|line| line.strip_prefix(name)).expect("it has one");
        line.split(' ').next().expect("a word").to_owned()
    };
    format!("{}:{}", value("c=IN IP4 "), value("m=audio ")).parse().expect("an address")
}

/// What was heard in a call: by the phone behind the router, by the other one, and by him.
fn talk(
    ana: &mut Port,
    to_ana: SocketAddr,
    (ben, to_ben): (&UdpSocket, SocketAddr),
    site: &Site,
) -> [[usize; 3]; 3] {
    let stranger = UdpSocket::bind(ELSEWHERE).expect("all of 127/8 is ours");
    stranger.set_nonblocking(true).expect("a socket");
    let mut heard = [Vec::new(), Vec::new(), Vec::new()];
    for sequence in 0..SAID {
        for port in site.rtp..site.rtp + MEDIA {
            // Where nobody listens the system says so the next time.
            let _ = stranger.send_to(&packet(sequence, SOUNDS[2]), (site.address.ip(), port));
        }
        ben.send_to(&packet(sequence, SOUNDS[1]), to_ben).expect("it is taken");
        ana.sends(&packet(sequence, SOUNDS[0]), to_ana);
        thread::park_timeout(Duration::from_millis(10));
        heard[0].extend(ana.hears());
        heard[1].extend(received(ben).into_iter().map(|(_, packet)| packet));
        heard[2].extend(received(&stranger).into_iter().map(|(_, packet)| packet));
    }
    heard.map(|packets| counted(&packets))
}

/// Ports for media: sixteen calls of two streams each, one after the other.
const MEDIA: u16 = 80;

/// Goal: a phone behind each kind of router, whose Via, Contact and SDP name an address that leads nowhere, is called and
/// calls. Both hear each other; he who sprays every port first, from an address that is neither's, hears nothing and is not
/// heard.
#[test]
fn behind_each_kind_of_nat_both_hear_each_other_and_a_sprayer_nothing() {
    let site = Site::new("nats");
    site.make_room(MEDIA / 2);
    let daemon = site.serve();
    let passwords = ["ana-desk", "ben-desk"].map(|phone| site.add_phone(phone));
    let inside = |port: u16| -> SocketAddr { format!("{INSIDE}:{port}").parse().expect("an address") };
    let place = |name, password: &String, at, media| Place {
        name,
        password: password.clone(),
        over: "UDP",
        at,
        media,
    };

    // Of signalling all kinds are alike: there is one whom it goes to.
    let way = Datagrams::connect(ROUTER, site.address);
    let mut ana = Party::new(way, place("ana-desk", &passwords[0], inside(5_060), inside(4_000)));
    ana.registers(300);
    let (way, sound) = (
        Datagrams::connect("127.0.0.13:0", site.address),
        UdpSocket::bind("127.0.0.13:0").expect("it is ours"),
    );
    sound.set_nonblocking(true).expect("a socket");
    let (at, media) = (way.address(), sound.local_addr().expect("bound"));
    let mut ben = Party::new(way, place("ben-desk", &passwords[1], at, media));
    ben.registers(300);

    for kind in [Kind::FullCone, Kind::Restricted, Kind::PortRestricted, Kind::Symmetric] {
        for is_caller in [false, true] {
            let mut port = Port { kind, holes: Vec::new() };
            let (caller, callee, extension) =
                if is_caller { (&mut ana, &mut ben, "102") } else { (&mut ben, &mut ana, "101") };
            caller.calls(extension, &format!("{kind:?}-{is_caller}"));
            let invite = callee.is_called();
            callee.answers(&invite);
            let answer = caller.is_answered();
            let (to_caller, to_callee) = (media_of(&answer), media_of(&invite));
            let (to_ana, to_ben) = if is_caller { (to_caller, to_callee) } else { (to_callee, to_caller) };
            let heard = talk(&mut port, to_ana, (&sound, to_ben), &site);
            let [[own, by_ana, noise], [by_ben, echo, noise_too], at_his] = heard;
            let what = format!("{kind:?}, ana is {}: {heard:?}", if is_caller { "caller" } else { "callee" });
            assert!(by_ana >= HEARD && by_ben >= HEARD, "{what}");
            assert_eq!((own, echo, noise, noise_too, at_his), (0, 0, 0, 0, [0; 3]), "{what}");
            println!("{what}");
            caller.hangs_up(&answer);
            callee.is_hung_up_on();
        }
    }
    daemon.stop();
}
