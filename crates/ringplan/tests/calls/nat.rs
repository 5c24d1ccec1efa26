//! A phone behind NAT, while somebody else sprays every port of media (RELIABILITY M1).

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, UdpSocket},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use bytes::BytesMut;
use sip::{Message, Method, Name, Status, message::respond_to};
use store::sqlite::{Filter, Reader};

use crate::{
    house::{
        Site,
        wire::{Datagrams, read, register},
    },
    phones::{loudest, registered, talk, tone, until},
    ua::News,
};

/// Where the phone believes to be: nobody outside can reach it there.
const INSIDE: &str = "192.168.1.20";

/// Where what it sends comes from, and where he sits whom nobody called.
const OUTSIDE: &str = "127.0.0.12:0";
const ELSEWHERE: &str = "127.0.0.66:0";

/// How late it begins to speak: whoever sprays has had every port by then.
const LATE: Duration = Duration::from_millis(100);

/// Packets of sound that it says, one each 20 ms, and how many a second of talk is at least.
const SAID: u16 = 60;
const HEARD: usize = 30;

/// Two samples of a square wave in G.711: 4,092 and as much below zero; and the loudest that there are.
const SOUND: [u8; 2] = [0xaf, 0x2f];
const NOISE: [u8; 2] = [0x80, 0x00];

/// A phone whose router changes where its packets come from, and nothing of what they say.
struct Behind {
    signalling: Datagrams,
    sound: UdpSocket,
    server: SocketAddr,
}

impl Behind {
    fn of(site: &Site) -> Self {
        let sound = UdpSocket::bind(OUTSIDE).expect("all of 127/8 is ours");
        sound.set_nonblocking(true).expect("a socket");
        Self { signalling: Datagrams::connect(OUTSIDE, site.address), sound, server: site.address }
    }

    fn says(&mut self, status: Status, to: &Message, sdp: &str) {
        let mut room = BytesMut::new();
        let answer = respond_to(&mut room, to, self.server, status, Some("nat"))
            .header(Name::Contact, format_args!("<sip:ana-desk@{INSIDE}:5060>"));
        let answer = if sdp.is_empty() { answer } else { answer.body("application/sdp", sdp.as_bytes()) };
        self.write_all(&answer.end()).expect("it is taken");
    }

    /// Is called, talks and is hung up on; how much sound came.
    fn called(mut self) -> usize {
        let invite = read(&mut self);
        assert_eq!(*invite.method(), Method::Invite);
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 {INSIDE}\r\ns=-\r\nc=IN IP4 {INSIDE}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        );
        self.says(Status::OK, &invite, &sdp);
        assert_eq!(*read(&mut self).method(), Method::Ack);
        let (media, mut came, mut room) = (media_of(&invite), 0, [0; 2_048]);
        thread::park_timeout(LATE);
        for sequence in 0..SAID {
            self.sound.send_to(&packet(sequence, SOUND), media).expect("it is taken");
            thread::park_timeout(Duration::from_millis(20));
            while let Ok((_, from)) = self.sound.recv_from(&mut room) {
                came += usize::from(from == media);
            }
        }
        let bye = read(&mut self);
        assert_eq!(*bye.method(), Method::Bye);
        self.says(Status::OK, &bye, "");
        came
    }
}

impl Read for Behind {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.signalling.read(room)
    }
}

impl Write for Behind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace("SIP/2.0/TCP 127.0.0.1:9;", &format!("SIP/2.0/UDP {INSIDE}:5060;rport;"));
        self.signalling.write_all(text.as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where an INVITE wants sound.
fn media_of(invite: &Message) -> SocketAddr {
    let body = String::from_utf8_lossy(&invite.body()).into_owned();
    let value = |name: &str| {
        let line = body.lines().find_map(|line| line.strip_prefix(name)).expect("it has one");
        line.split(' ').next().expect("a word").to_owned()
    };
    format!("{}:{}", value("c=IN IP4 "), value("m=audio ")).parse().expect("an address")
}

/// RTP of G.711 (RFC 3550 §5.1).
fn packet(sequence: u16, [high, low]: [u8; 2]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([0, 0, 0, 7]);
    packet.extend((0..160).map(|at| if at % 16 < 8 { high } else { low }));
    packet
}

/// Sends noise to every port of media until it is over; how many packets came back.
fn spray(site: &Site, is_over: &AtomicBool) -> usize {
    let socket = UdpSocket::bind(ELSEWHERE).expect("all of 127/8 is ours");
    socket.set_nonblocking(true).expect("a socket");
    let (mut came, mut room) = (0, [0; 2_048]);
    for sequence in 0.. {
        for port in site.rtp..site.rtp + 20 {
            // Where nobody listens the system says so the next time.
            let _ = socket.send_to(&packet(sequence, NOISE), (site.address.ip(), port));
        }
        while socket.recv_from(&mut room).is_ok() {
            came += 1;
        }
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    came
}

/// Goal: a phone that names a private address in Via, Contact and SDP is called where it registered from and heard where its
/// sound comes from; whoever sprays all ports before, during and after the call hears nothing of it and is not heard, by
/// neither the phone behind NAT nor the one that is not.
#[test]
fn a_phone_behind_nat_is_heard_and_a_sprayer_is_not() {
    let site = Site::new("nat");
    let daemon = site.serve();
    let password = site.add_phone("ana-desk");
    let mut ana = Behind::of(&site);
    register(&mut ana, &password, &format!("sip:ana-desk@{INSIDE}:5060"), 1);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sprayer = scope.spawn(|| spray(&site, &is_over));
        let mut ben = registered(&site, "ben-desk");
        let callee = scope.spawn(move || ana.called());
        ben.call("101", "").expect("loopback has sockets");
        until(&mut ben, |news| *news == News::Answered);
        ben.say(&tone(8_000));
        talk(&mut ben, Duration::from_millis(1_300));
        ben.hang_up();
        let came = callee.join().expect("ana lives");
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(sprayer.join().expect("he lives"), 0, "packets that the sprayer heard");
        assert!(came > HEARD, "{came} packets came to ana");
        assert!((3_000..5_000).contains(&loudest(ben.heard())), "ben heard {}", loudest(ben.heard()));
    });
    daemon.stop();
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    let [call] = &calls[..] else { panic!("{calls:?}") };
    let taken: Vec<_> = call.legs.iter().map(|leg| leg.packets.0).collect();
    assert!(taken.len() == 2 && (HEARD as u64..=SAID.into()).contains(&taken[1]), "{taken:?} were taken");
}
