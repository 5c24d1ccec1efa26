//! The loop of a media thread.

use std::{
    collections::VecDeque,
    io, mem,
    net::IpAddr,
    os::fd::AsFd,
    panic::{self, AssertUnwindSafe},
    process,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clock::Instant;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::{
    Mail,
    disk::{Answer, Orders},
    now,
    queue::{Receiver, Sender},
    socket::Pair,
};
use crate::{
    control::{Parcel, Reply, Request},
    rtp::Datagram,
    worker::{Channel, Effect, Luggage, Worker, WorkerSettings},
};

/// Sockets told of by one wake-up.
const EVENTS_MAX: usize = 256;

/// Marks the bell among the ports.
const BELL: u64 = u64::MAX;

/// Datagrams read at once from a socket just connected: about what its buffer holds, so that a flood at one
/// socket does not starve the others.
const SETTLING_MAX: usize = 64;

/// How soon to try again what a full queue did not take.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// How long a stopping thread waits for its recordings to be safe.
const SAVING_MAX: Duration = Duration::from_secs(5);

/// Everything one media thread owns.
pub(super) struct Thread {
    address: IpAddr,
    epoll: Epoll,
    worker: Worker,
    /// By half the even port.
    pairs: Vec<Option<Box<Pair>>>,
    datagram: Datagram,
    inbox: Receiver<Mail>,
    outbox: Sender<Reply>,
    /// Replies for which the switch had no room.
    unsaid: VecDeque<Reply>,
    /// Whether there are replies of which the switch has not heard.
    has_said: bool,
    disk: Orders,
    panics: Panics,
}

/// What a [`Parcel`] holds, until somebody opens it.
type Cargo = Mutex<Option<(u16, Box<Pair>, Luggage)>>;

impl Thread {
    pub(super) fn new(
        address: IpAddr,
        settings: WorkerSettings,
        inbox: Receiver<Mail>,
        outbox: Sender<Reply>,
        disk: Orders,
    ) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&inbox, EpollEvent::new(EpollFlags::EPOLLIN, BELL))?;
        Ok(Self {
            address,
            epoll,
            worker: Worker::new(now(), settings),
            pairs: (0..=usize::from(u16::MAX) / 2).map(|_| None).collect(),
            datagram: Datagram::new(),
            inbox,
            outbox,
            unsaid: VecDeque::new(),
            has_said: false,
            disk,
            panics: Panics::default(),
        })
    }

    pub(super) fn run(mut self) {
        let mut events = [EpollEvent::empty(); EVENTS_MAX];
        let mut until = None;
        self.due(now());
        self.ring();
        while !self.is_over(until) {
            let woken = self.epoll.wait(&mut events, self.timeout(now())).unwrap_or(0);
            let now = now();
            let mut rung = false;
            for event in &events[..woken] {
                match event.data() {
                    BELL => rung = true,
                    port => {
                        let port = port as u16;
                        self.guarded(now, Some(port & !1), |thread| thread.readable(now, port));
                    }
                }
            }
            // After the packets: what was received for a stream is passed on before it is closed.
            if rung {
                until = self.mail(now).or(until);
            }
            self.guarded(now, None, |thread| thread.due(now));
            self.ring();
        }
    }

    /// Lets the switch hear what was said in this round.
    fn ring(&mut self) {
        if mem::take(&mut self.has_said) {
            self.outbox.ring();
        }
    }

    /// Does one piece of work. A panic in it costs the stream it was about, not the others.
    fn guarded(&mut self, now: Instant, about: Option<u16>, work: impl FnOnce(&mut Self)) {
        if panic::catch_unwind(AssertUnwindSafe(|| work(self))).is_ok() {
            return;
        }
        if self.panics.add(now) {
            // Whatever is broken stays broken: systemd starts a sound process sooner than we mend this one.
            process::abort();
        }
        if let Some(port) = about {
            self.worker.close(now, port);
        }
    }

    /// Whether it was told to stop, and the recordings it ended are safe or had time enough.
    fn is_over(&self, until: Option<Instant>) -> bool {
        until.is_some_and(|until| now() >= until || !self.worker.is_saving())
    }

    /// Until when to sleep, in whole milliseconds: late by less than one, never early.
    fn timeout(&self, now: Instant) -> EpollTimeout {
        let retry = (!self.unsaid.is_empty() || self.disk.is_stuck() || self.worker.is_saving())
            .then(|| now + RETRY_AFTER);
        let Some(at) = self.worker.timeout().into_iter().chain(retry).min() else {
            return EpollTimeout::NONE;
        };
        let ms = at.since(now).as_micros().div_ceil(1000);
        EpollTimeout::try_from(u32::try_from(ms).unwrap_or(u32::MAX).min(60_000)).expect("a minute fits")
    }

    /// Reads one datagram, or while it is not certain who sent them, all that lie there.
    fn readable(&mut self, now: Instant, port: u16) {
        let (even, channel) = (port & !1, if port.is_multiple_of(2) { Channel::Rtp } else { Channel::Rtcp });
        for _ in 0..SETTLING_MAX {
            let Some(pair) = &mut self.pairs[usize::from(port / 2)] else { return };
            let socket = pair.socket(channel);
            let source = match socket.receive(&mut self.datagram) {
                Ok(source) => source,
                // Nothing there, or the ICMP error of an earlier packet.
                Err(_) => return,
            };
            let settling = socket.is_settling();
            let to = match channel {
                Channel::Rtp => self.worker.rtp(now, even, source, &mut self.datagram),
                Channel::Rtcp => self.worker.rtcp(now, even, source, &mut self.datagram),
            };
            self.send(to);
            self.carry_out(now);
            if !settling {
                return;
            }
        }
    }

    /// Sends what lies in the buffer.
    fn send(&mut self, to: Option<(u16, Channel)>) {
        let Some((port, channel)) = to else { return };
        if let Some(pair) = &mut self.pairs[usize::from(port / 2)] {
            pair.socket(channel).send(self.datagram.bytes());
        }
    }

    /// What the clock demands.
    fn due(&mut self, now: Instant) {
        self.disk.retry();
        while let Some(reply) = self.unsaid.pop_front() {
            if let Err(reply) = self.outbox.put(reply) {
                self.unsaid.push_front(reply);
                break;
            }
            self.has_said = true;
        }
        self.carry_out(now);
        while let Some(to) = self.worker.poll_transmit(now, &mut self.datagram) {
            self.send(Some(to));
            self.carry_out(now);
        }
        self.carry_out(now);
    }

    /// Opens the mail; if it says to stop, until when to wait for the disk.
    fn mail(&mut self, now: Instant) -> Option<Instant> {
        let mut until = None;
        let mail: Vec<_> = self.inbox.drain().collect();
        for mail in mail {
            match mail {
                Mail::Request(Request::Attach { parcel }) => self.attach(&parcel),
                Mail::Request(request) => {
                    self.guarded(now, None, |thread| thread.worker.handle(now, request));
                }
                Mail::Disk(Answer::Loaded { task, sound }) => self.worker.loaded(now, task, sound),
                Mail::Disk(Answer::Saved { task, result }) => self.worker.saved(now, task, result),
                Mail::Stop => {
                    self.worker.close_all(now);
                    until = Some(now + SAVING_MAX);
                }
            }
            self.carry_out(now);
        }
        until
    }

    fn carry_out(&mut self, now: Instant) {
        while let Some(effect) = self.worker.poll_effect() {
            match effect {
                Effect::Reply(reply) => self.say(reply),
                Effect::Bind { port } => self.bind(now, port),
                Effect::Listen { port } => self.listen(port),
                Effect::Point { port, channel, aim } => {
                    if let Some(pair) = &mut self.pairs[usize::from(port / 2)] {
                        pair.socket(channel).point(aim);
                    }
                }
                Effect::Rest { port } => self.rest(port),
                Effect::Detach { port, stream } => self.detach(port, stream),
                Effect::Disk(order) => {
                    if let Err((task, why)) = self.disk.give(order) {
                        self.worker.saved(now, task, Err(why));
                    }
                }
            }
        }
    }

    fn say(&mut self, reply: Reply) {
        if !self.unsaid.is_empty() {
            self.unsaid.push_back(reply);
        } else if let Err(reply) = self.outbox.put(reply) {
            self.unsaid.push_back(reply);
        } else {
            self.has_said = true;
        }
    }

    fn bind(&mut self, now: Instant, port: u16) {
        let bound = Pair::bind(self.address, port).map(|pair| {
            self.pairs[usize::from(port / 2)] = Some(Box::new(pair));
        });
        self.worker.bound(now, port, bound);
    }

    fn listen(&mut self, port: u16) {
        let Some(pair) = &mut self.pairs[usize::from(port / 2)] else { return };
        for (socket, number) in pair.both().into_iter().zip([port, port + 1]) {
            socket.empty(&mut self.datagram);
            watch(&self.epoll, socket, number);
        }
    }

    fn rest(&mut self, port: u16) {
        let Some(pair) = &mut self.pairs[usize::from(port / 2)] else { return };
        for socket in pair.both() {
            unwatch(&self.epoll, &*socket);
            socket.forget();
        }
    }

    fn detach(&mut self, port: u16, stream: Luggage) {
        let Some(mut pair) = self.pairs[usize::from(port / 2)].take() else { return };
        for socket in pair.both() {
            unwatch(&self.epoll, socket);
        }
        let id = stream.stream();
        let cargo: Cargo = Mutex::new(Some((port, pair, stream)));
        self.say(Reply::Detached { stream: id, parcel: Parcel { stream: id, cargo: Arc::new(cargo) } });
    }

    fn attach(&mut self, parcel: &Parcel) {
        let Some(cargo) = parcel.cargo.downcast_ref::<Cargo>() else { return };
        let taken = cargo.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((port, mut pair, stream)) = taken else { return };
        for (socket, number) in pair.both().into_iter().zip([port, port + 1]) {
            watch(&self.epoll, socket, number);
        }
        self.pairs[usize::from(port / 2)] = Some(pair);
        self.worker.attach(port, stream);
    }
}

/// A socket that can't be watched leaves its party unheard, which `Reply::Quiet` tells.
fn watch(epoll: &Epoll, socket: impl AsFd, number: u16) {
    let _ = epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, number.into()));
}

fn unwatch(epoll: &Epoll, socket: impl AsFd) {
    let _ = epoll.delete(socket);
}

/// When the thread panicked: each time is our bug, three within a minute are more than bad luck.
#[derive(Debug, Default)]
struct Panics {
    last: [Option<Instant>; 2],
}

impl Panics {
    /// Adds one; `true` if it is the third within a minute.
    fn add(&mut self, now: Instant) -> bool {
        let [before, last] = self.last;
        self.last = [last, Some(now)];
        before.is_some_and(|before| now.since(before) < Duration::from_secs(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_panics_within_a_minute_are_too_many() {
        let mut panics = Panics::default();
        let times = [0, 10, 61, 80, 110, 130];
        let fatal = times.map(|seconds| panics.add(Instant::from_micros(seconds * 1_000_000)));
        assert_eq!(fatal, [false, false, false, false, true, true]);
    }
}
