//! The room with sockets, files and a clock: it carries out what a [`Worker`] says.
//!
//! A media thread is a plain thread on level-triggered epoll: a datagram is received, rewritten where it
//! lies and sent, with no lock and no allocation on its way. Requests and the disk's answers come through a
//! bounded queue with a bell (an eventfd), replies leave through another. Prompts and recordings are read
//! and written by threads of the [`Disk`].

mod disk;
mod queue;
mod run;
mod socket;

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, UdpSocket},
    ops::RangeInclusive,
    sync::LazyLock,
    thread::JoinHandle,
    time::Duration,
};

use clock::Instant;

pub use self::{disk::Disk, queue::Receiver};
use self::{queue::Sender, run::Thread};
#[cfg(doc)]
use crate::worker::Worker;
use crate::{
    control::{Reply, Request},
    port::PoolSettings,
    worker::WorkerSettings,
};

/// Requests waiting for a thread at most.
const REQUESTS_MAX: usize = 4096;

/// Replies waiting for the switch at most; later ones wait in the thread.
const REPLIES_MAX: usize = 4096;

/// What a media thread is told once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which media thread this is; shown in its name.
    pub index: u8,
    /// Address to bind; `::` takes IPv4 as well.
    pub address: IpAddr,
    /// Ports of this thread alone.
    pub ports: RangeInclusive<u16>,
    /// Port pairs to hold ready, ahead of need; more while calls come faster than so many a second.
    pub ahead: usize,
    /// Port pairs to hold at most: half of the file descriptors this thread may use.
    pub most: usize,
    /// How long ports rest between two calls.
    pub rest: Duration,
    /// Unguessable: SSRCs and first sequence numbers come from it.
    pub seed: [u8; 32],
    /// Reads prompts and writes recordings; may serve several threads.
    pub disk: Disk,
}

impl Settings {
    /// 256 pairs ahead, resting 2 s.
    pub fn new(index: u8, address: IpAddr, ports: RangeInclusive<u16>, seed: [u8; 32], disk: Disk) -> Self {
        Self { index, address, ports, ahead: 256, most: usize::MAX, rest: Duration::from_secs(2), seed, disk }
    }
}

/// What is sent to a media thread.
#[derive(Debug)]
enum Mail {
    Request(Request),
    Disk(disk::Answer),
    /// End all streams, and itself.
    Stop,
}

/// A running media thread. Dropping it stops the thread without waiting for it.
#[derive(Debug)]
pub struct Handle {
    mail: Sender<Mail>,
    replies: Receiver<Reply>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks something of the thread, in order. Never waits.
    ///
    /// # Errors
    /// Gives the request back if 4096 of them wait already.
    pub fn send(&self, request: Request) -> Result<(), Box<Request>> {
        self.mail.send(Mail::Request(request)).map_err(|mail| match mail {
            Mail::Request(request) => Box::new(request),
            Mail::Disk(_) | Mail::Stop => unreachable!("what comes back is what was sent"),
        })
    }

    /// Asks all of this, in order and with one wake-up. What there is no room for stays.
    pub fn send_all(&self, requests: &mut VecDeque<Request>) {
        if requests.is_empty() {
            return;
        }
        while let Some(request) = requests.pop_front() {
            if let Err(Mail::Request(request)) = self.mail.put(Mail::Request(request)) {
                requests.push_front(request);
                break;
            }
        }
        self.mail.ring();
    }

    /// What the thread says; its descriptor is readable while something waits.
    pub fn replies(&self) -> &Receiver<Reply> {
        &self.replies
    }

    /// Closes all streams, hands recordings to the disk and waits for the thread's end.
    pub fn stop(mut self) {
        self.mail.wait(Mail::Stop);
        if let Some(thread) = self.thread.take() {
            // A panicked thread has said so on stderr.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.thread.is_some() {
            let _ = self.mail.send(Mail::Stop);
        }
    }
}

/// Starts a media thread. It announces its ports with [`Reply::Ready`] as soon as they are bound.
///
/// # Errors
/// The address is none of this machine's, or the thread could not be had.
pub fn spawn(settings: Settings) -> io::Result<Handle> {
    UdpSocket::bind((settings.address, 0))?;
    let (mail, inbox) = queue::channel(REQUESTS_MAX)?;
    let (outbox, replies) = queue::channel(REPLIES_MAX)?;
    let pool = PoolSettings {
        range: settings.ports,
        ahead: settings.ahead,
        most: settings.most,
        rest: settings.rest,
    };
    let worker = WorkerSettings { pool, seed: settings.seed };
    let disk = settings.disk.clone_for(mail.clone());
    let thread = Thread::new(settings.address, worker, inbox, outbox, disk)?;
    let thread =
        std::thread::Builder::new().name(format!("media-{}", settings.index)).spawn(move || thread.run())?;
    Ok(Handle { mail, replies, thread: Some(thread) })
}

/// The clock that all media threads share: streams move between them.
fn now() -> Instant {
    static START: LazyLock<std::time::Instant> = LazyLock::new(read_clock);
    let start = *START;
    Instant::from_micros(u64::try_from(read_clock().duration_since(start).as_micros()).unwrap_or(u64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "this is the room that reads the clock")]
fn read_clock() -> std::time::Instant {
    std::time::Instant::now()
}
