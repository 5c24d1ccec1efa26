//! How fast calls may come until one finds no port announced: `cargo run --release -p media --example stock`.
//!
//! One media thread, calls of two streams that end at once, each rate for five seconds from nothing. The switch looks
//! every 100 ms, as late as a busy machine may make it.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement, not the product")]

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr},
    thread::sleep,
    time::{Duration, Instant},
};

use media::{
    control::{Reply, Request, StreamId},
    thread::{Disk, Settings, spawn},
};

const LASTS: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

fn main() {
    for rate in [250, 500, 1_000, 1_500] {
        let disk = Disk::spawn().unwrap();
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let settings = Settings::new(0, local, 20_000..=65_535, [7; 32], disk);
        let handle = spawn(settings).unwrap();
        let (mut ready, mut calls, mut refused, mut least) = (VecDeque::new(), 0u64, 0u64, usize::MAX);
        let begun = Instant::now();
        while begun.elapsed() < LASTS {
            sleep(LOOK);
            for reply in handle.replies().drain() {
                if let Reply::Ready { ports } = reply {
                    ready.extend(ports);
                }
            }
            let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as u64;
            while calls < due {
                calls += 1;
                if ready.len() < 2 {
                    refused += 1;
                    continue;
                }
                for stream in [2 * calls, 2 * calls + 1].map(StreamId) {
                    let port = ready.pop_front().unwrap();
                    handle.send(Request::Open { stream, port }).unwrap();
                    handle.send(Request::Close { stream }).unwrap();
                }
            }
            least = least.min(ready.len());
        }
        println!("{rate:>5} calls/s: {calls:>5} calls, {refused:>5} without ports, least stock {least}");
        handle.stop();
    }
}
