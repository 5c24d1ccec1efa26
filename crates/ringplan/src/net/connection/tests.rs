//! Connections in virtual time.

use std::time::Duration;

use sip::flow::Transport;
use tokio::{
    io::{AsyncReadExt, DuplexStream, duplex},
    task::JoinHandle,
    time::sleep,
};

use super::{keepalive::PONG, *};
use crate::{
    net::{streams::Limits, tls::Tls},
    signalling::Inbox,
};

/// A connection in virtual time: its far end, the switch's way to write on it, and its task.
struct Carried {
    far: DuplexStream,
    pen: mpsc::Sender<Bytes>,
    task: JoinHandle<()>,
    begun: Instant,
    inbox: Inbox,
}

fn carry(peer: Peer) -> Carried {
    let (near, far) = duplex(1 << 16);
    let (pen, paper) = mpsc::channel(16);
    let address = "192.0.2.1:5060".parse().unwrap();
    let flow = Flow { transport: Transport::Tcp, local: address, remote: address, connection: 1 };
    let tls = Tls::new(&callplan::Tls::default()).unwrap();
    let inbox = Inbox::new().unwrap();
    let streams = Streams::new(Limits::default(), inbox.arrivals(), tls);
    streams.strangers().hear(200, 2_000);
    let task = tokio::spawn(async move { Connection::new(near, flow, paper, &streams, peer).run().await });
    Carried { far, pen, task, begun: Instant::now(), inbox }
}

fn stranger() -> Peer {
    Peer::Stranger(Arc::default())
}

impl Carried {
    /// In whole seconds, how long it was; it has to end some time.
    async fn lasted(self) -> u64 {
        let Self { far, pen, task, begun, .. } = self;
        timeout(Duration::from_secs(3_600), task).await.expect("it is no longer there").unwrap();
        drop((far, pen));
        begun.elapsed().as_secs()
    }

    /// How many messages reached the switch by `second`.
    async fn arrived_by(&self, second: u64) -> usize {
        sleep_until(self.begun + Duration::from_secs(second) + Duration::from_millis(1)).await;
        self.inbox.arrived()
    }

    /// The next four bytes have to be a ping.
    async fn is_pinged(&mut self) {
        let mut ping = [0; 4];
        self.far.read_exact(&mut ping).await.unwrap();
        assert_eq!(&ping, b"\r\n\r\n");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stranger_has_ten_seconds() {
    assert_eq!(carry(stranger()).lasted().await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_dripping_stranger_has_no_more() {
    let mut carried = carry(stranger());
    for _ in 0..9 {
        carried.far.write_all(b"I").await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(carried.lasted().await, 10);
}

/// Only those we admit hear 1xx and 2xx; a call that rings for minutes is no idle stranger.
#[tokio::test(start_paused = true)]
async fn who_was_taken_in_may_be_silent() {
    for line in ["SIP/2.0 180 Ringing\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n"] {
        let carried = carry(stranger());
        carried.pen.send(line.into()).await.unwrap();
        sleep(Duration::from_secs(11)).await;
        // A deadline that was set before runs out once more at most, so look much later too.
        sleep(Duration::from_secs(3_600)).await;
        assert!(!carried.task.is_finished(), "{line}");
    }
    let refused = carry(stranger());
    refused.pen.send("SIP/2.0 401 Unauthorized\r\n\r\n".into()).await.unwrap();
    assert_eq!(refused.lasted().await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_message_once_begun_has_to_go_on() {
    let mut carried = carry(Peer::Known);
    sleep(Duration::from_secs(100)).await;
    carried.far.write_all(b"OPTIONS sip:").await.unwrap();
    sleep(Duration::from_secs(29)).await;
    carried.far.write_all(b"x").await.unwrap();
    assert_eq!(carried.lasted().await, 100 + 29 + 30);
}

/// RFC 5626 §4.4.1. A peer that does not know pings, and RFC 3261 §7.5 lets it ignore them, is kept.
#[tokio::test(start_paused = true)]
async fn who_stops_to_answer_pings_is_gone() {
    let mut knows = carry(Peer::Chosen);
    knows.is_pinged().await;
    knows.far.write_all(b"\r\n").await.unwrap();
    knows.is_pinged().await;
    let silent = knows.begun.elapsed().as_secs();
    assert_eq!(knows.lasted().await, silent + PONG.as_secs());

    let mut ignores = carry(Peer::Chosen);
    for _ in 0..3 {
        ignores.is_pinged().await;
    }
    sleep(PONG * 2).await;
    assert!(!ignores.task.is_finished());
}

#[tokio::test(start_paused = true)]
async fn who_came_pings_and_is_not_pinged() {
    let mut phone = carry(Peer::Known);
    phone.far.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 3];
    assert_eq!(phone.far.read(&mut pong).await.unwrap(), 2);
    let more = timeout(Duration::from_secs(3_600), phone.far.read(&mut pong)).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn the_stranger_that_has_to_make_room_goes_at_once() {
    let evict = Arc::new(Notify::new());
    let carried = carry(Peer::Stranger(Arc::clone(&evict)));
    evict.notify_one();
    assert_eq!(carried.lasted().await, 0);
}

/// A thousand requests in one breath.
fn pipelined() -> String {
    "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n".repeat(1_000)
}

/// Goal: RELIABILITY P8 on streams. Who talks faster than strangers may is read no faster, hears its answers
/// all the while, and is not taken for silent.
#[tokio::test(start_paused = true)]
async fn a_stranger_is_heard_at_its_rate_however_fast_it_talks() {
    let mut carried = carry(stranger());
    carried.far.write_all(pipelined().as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    for second in 0..4 {
        heard.push(carried.arrived_by(second).await);
        carried.pen.send("SIP/2.0 401 Unauthorized\r\n\r\n".into()).await.unwrap();
        let mut answer = [0; 28];
        carried.far.read_exact(&mut answer).await.unwrap();
    }
    assert_eq!(heard, [201, 200, 200, 200]);
    assert!(!carried.task.is_finished());
}

#[tokio::test(start_paused = true)]
async fn who_was_taken_in_is_heard_as_fast_as_it_talks() {
    for (peer, word) in [(Peer::Known, ""), (stranger(), "SIP/2.0 200 OK\r\n\r\n")] {
        let mut carried = carry(peer);
        if !word.is_empty() {
            carried.pen.send(word.into()).await.unwrap();
        }
        assert_eq!(carried.arrived_by(0).await, 0);
        carried.far.write_all(pipelined().as_bytes()).await.unwrap();
        assert_eq!(carried.arrived_by(1).await, 1_000);
    }
}

/// A stranger that fills the line still has to make room.
#[tokio::test(start_paused = true)]
async fn a_talkative_stranger_can_be_evicted() {
    let evict = Arc::new(Notify::new());
    let mut carried = carry(Peer::Stranger(Arc::clone(&evict)));
    carried.far.write_all(pipelined().as_bytes()).await.unwrap();
    assert_eq!(carried.arrived_by(0).await, 201);
    evict.notify_one();
    assert_eq!(carried.lasted().await, 0);
}

/// Goal: RFC 5626 §3.5.1, a pong answers a ping. Method: line ends that answer none, then a ping without one.
#[tokio::test(start_paused = true)]
async fn a_line_end_that_answers_no_ping_is_no_pong() {
    let message = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let mut peer = carry(Peer::Chosen);
    peer.far.write_all(b"\r\n").await.unwrap();
    sleep(Duration::from_secs(1)).await;
    for _ in 0..3 {
        peer.is_pinged().await;
        peer.far.write_all(message.as_bytes()).await.unwrap();
        sleep(PONG * 2).await;
        assert!(!peer.task.is_finished(), "it knows no pings, as far as was ever seen");
    }
}

/// The pong stands behind what was being sent when the ping came.
#[tokio::test(start_paused = true)]
async fn a_pong_behind_a_message_is_one_and_words_alone_are_none() {
    let message = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let mut peer = carry(Peer::Chosen);
    peer.is_pinged().await;
    let asked = peer.begun.elapsed();
    for byte in message.bytes() {
        sleep(Duration::from_secs(1)).await;
        peer.far.write_all(&[byte]).await.unwrap();
    }
    peer.far.write_all(b"\r\n").await.unwrap();
    peer.is_pinged().await;
    assert!(peer.begun.elapsed() > asked + Duration::from_secs(95 + 40), "the first was answered");
    sleep(Duration::from_secs(1)).await;
    peer.far.write_all(message.as_bytes()).await.unwrap();
    let silent = peer.begun.elapsed().as_secs();
    assert_eq!(peer.lasted().await, silent + PONG.as_secs() - 1);
}

/// Both at once: the peer's ping is answered, ours is too.
#[tokio::test(start_paused = true)]
async fn pings_that_cross_are_both_answered() {
    let mut peer = carry(Peer::Chosen);
    peer.is_pinged().await;
    peer.far.write_all(b"\r\n\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    peer.far.read_exact(&mut pong).await.unwrap();
    peer.is_pinged().await;
    let silent = peer.begun.elapsed().as_secs();
    assert_eq!(peer.lasted().await, silent + PONG.as_secs(), "it was seen to know pings");
}
