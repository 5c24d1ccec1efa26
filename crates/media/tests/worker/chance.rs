//! Whatever the switch asks in whatever order: what always holds. The seed replays a failure.

use std::collections::{BTreeMap, BTreeSet};

use clock::Chance;
use media::{
    control::{DoneReason, Reply, Request, TaskId},
    worker::DiskOrder,
};

use crate::rig::{ALAW, Phone, Rig, Sent, ULAW, ms};

const SEEDS: u64 = 250;
const STEPS: usize = 150;

/// One run: the worker, and what the test knows to be true of it.
struct Run {
    chance: Chance,
    rig: Rig,
    phones: Vec<Phone>,
    streams: u64,
    tasks: u64,
    /// How each task ended.
    done: BTreeMap<u64, DoneReason>,
    sent: BTreeMap<u64, Vec<Sent>>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            chance: Chance::from_seed(bytes),
            rig: Rig::with_ports(10_000, 10_019, 4),
            phones: Vec::new(),
            streams: 0,
            tasks: 0,
            done: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.chance.below(n as u32) as usize
    }

    fn anyone(&mut self) -> Option<usize> {
        (!self.phones.is_empty()).then(|| self.below(self.phones.len()))
    }

    fn task(&mut self) -> u64 {
        self.tasks += 1;
        self.tasks
    }

    fn step(&mut self) {
        let Some(one) = self.anyone() else { return self.arrive() };
        let two = self.below(self.phones.len());
        let (a, b) = (self.phones[one].clone(), self.phones[two].clone());
        match self.below(16) {
            0 | 1 => self.arrive(),
            2 | 3 => self.rig.connect(&a, &b),
            4 => self.rig.ask(Request::Disconnect { stream: a.id }),
            5 => {
                let (task, times) = (self.task(), [None, Some(1), Some(3)][self.below(3)]);
                self.rig.play(task, &a, &[500; 1000], times, ms(30));
            }
            6 => {
                let task = self.task();
                self.rig.tone(task, &a, [100, 50, 0, 0], Some(2));
            }
            7 => {
                let task = self.task();
                self.rig.collect(task, &a);
            }
            8 => {
                let task = self.task();
                self.rig.record(task, &a, ms(2000), ms(900));
            }
            9 => {
                let task = TaskId(self.below(self.tasks as usize + 1) as u64);
                self.rig.ask(Request::Stop { task });
            }
            10 => {
                self.rig.ask(Request::Close { stream: a.id });
                self.phones.remove(one);
            }
            11 => {
                let hears = self.below(2) == 0;
                self.rig.aim(&a, |remote| remote.hears = hears, ULAW);
            }
            12 => {
                self.rig.ask(Request::Detach { stream: a.id });
                let luggage = self.rig.luggage.pop().unwrap();
                self.rig.attach(luggage);
            }
            13 => {
                let silence = self.below(1500);
                self.rig.pass(ms(silence as u64));
            }
            _ => self.talk(),
        }
        self.disk();
        self.note();
    }

    fn arrive(&mut self) {
        if self.rig.ready.is_empty() {
            return;
        }
        self.streams += 1;
        let payloads = [ULAW, ALAW][self.below(2)];
        self.phones.push(self.rig.phone(self.streams, payloads));
    }

    /// Everybody speaks for a while, each by a clock of its own, and one in ten packets is lost.
    fn talk(&mut self) {
        for _ in 0..self.below(20) {
            for index in 0..self.phones.len() {
                let phone = &mut self.phones[index];
                phone.timestamp = phone.ssrc.wrapping_add(self.rig.now.as_micros() as u32 / 125);
                let payload_type = [0, 8, 101][self.chance.below(3) as usize];
                let payload = if payload_type == 101 { vec![5, 0, 0, 160] } else { vec![0x90; 160] };
                let packet = phone.packet(payload_type, &payload);
                let (port, address) = (phone.port, phone.address);
                if self.below(10) > 0 {
                    self.rig.rtp(port, Some(address), &packet);
                }
            }
            self.rig.pass(ms(20));
        }
    }

    /// The disk ends recordings, mostly well.
    fn disk(&mut self) {
        for order in std::mem::take(&mut self.rig.orders) {
            if let DiskOrder::Finish { task } = order {
                let result = if self.below(8) == 0 { Err("full") } else { Ok(()) };
                self.rig.save(task.0, result);
            }
        }
    }

    fn note(&mut self) {
        for (task, reason, _) in self.rig.done() {
            let again = self.done.insert(task, reason);
            assert_eq!(again, None, "task {task} ended twice");
        }
        for sent in std::mem::take(&mut self.rig.sent) {
            // A port is one stream's until it was closed, and the numbers tell streams apart.
            self.sent.entry(u64::from(sent.header.ssrc)).or_default().push(sent);
        }
    }

    fn end(mut self) -> (BTreeMap<u64, DoneReason>, usize) {
        for phone in std::mem::take(&mut self.phones) {
            self.rig.ask(Request::Close { stream: phone.id });
        }
        self.disk();
        self.note();
        assert!((1..=self.tasks).all(|task| self.done.contains_key(&task)), "a task never ended");
        let closed = self.rig.take(|reply| match reply {
            Reply::Closed { stream, .. } => Some(stream.0),
            _ => None,
        });
        let closed: BTreeSet<u64> = closed.into_iter().collect();
        assert_eq!(closed.len() as u64, self.streams);
        self.rig.pass(ms(40_000));
        assert!(self.rig.worker.is_empty() && !self.rig.worker.is_saving());
        assert_eq!(self.rig.ready.len(), self.rig.bound.len());
        let sent = self.sent.values().map(Vec::len).sum();
        self.sent.values().for_each(|stream| runs_on(stream));
        (self.done, sent)
    }
}

/// One stream, whatever fed it: one port, numbers that rise, time that passes as it does on the clock.
fn runs_on(stream: &[Sent]) {
    for pair in stream.windows(2) {
        let [before, after] = pair else { unreachable!("windows of two") };
        assert_eq!(before.from, after.from);
        let step = after.header.sequence.wrapping_sub(before.header.sequence);
        assert!((1..200).contains(&step), "sequence leapt by {step}");
        let units = after.header.timestamp.wrapping_sub(before.header.timestamp).cast_signed();
        let passed = after.at.since(before.at).as_millis() as i32 * 8;
        assert!(units >= 0 && units <= passed + 1600, "{units} units while {passed} passed");
    }
}

#[test]
fn every_task_ends_once_every_port_comes_home_and_every_stream_runs_on() {
    let mut reasons = BTreeSet::new();
    let mut sent = 0;
    for seed in 0..SEEDS {
        let run = std::panic::catch_unwind(|| {
            let mut run = Run::new(seed);
            (0..STEPS).for_each(|_| run.step());
            run.end()
        });
        let Ok((done, count)) = run else { panic!("seed {seed}") };
        sent += count;
        reasons.extend(done.into_values().map(|reason| format!("{reason:?}")));
    }
    assert!(sent > 100_000, "{sent} packets prove little");
    let seen: Vec<_> = reasons.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        ["Closed", "Failed(\"full\")", "Finished", "Replaced", "Silence", "Stopped", "TooLong"],
        "each way to end was taken"
    );
}
