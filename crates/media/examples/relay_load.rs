//! What one relayed packet costs: some hundred calls of G.711 through a media thread, on loopback.
//!
//! `cargo run --release -p media --example relay_load -- [calls] [seconds]`
//!
//! Prints the media thread's own processor time, user and system, a packet relayed, and the memory of a
//! call; both parties of every call send 50 packets a second and read what they hear.

use std::{
    env, fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use media::{
    control::{Format, Latch, Payload, Remote, Reply, Request, StreamId},
    rtp::{HEADER_LEN, Header},
    thread::{Disk, Handle, Settings, spawn},
};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const FRAME: Duration = Duration::from_millis(20);

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let calls = arguments.next().unwrap_or(500);
    let seconds = arguments.next().unwrap_or(10);

    let mut settings = Settings::new(0, LOCALHOST, 20_000..=29_999, [0; 32], Disk::spawn()?);
    settings.ahead = 2 * calls;
    let handle = spawn(settings)?;
    let ports = announced(&handle, 2 * calls);
    let mut parties = ports.iter().map(|port| Party::new(*port)).collect::<io::Result<Vec<_>>>()?;
    let memory = resident()?;
    for (index, pair) in parties.chunks(2).enumerate() {
        let streams = [2 * index, 2 * index + 1].map(|id| StreamId(id as u64));
        for (stream, party) in streams.into_iter().zip(pair) {
            send(&handle, Request::Open { stream, port: party.port });
            send(&handle, Request::Aim { stream, remote: Box::new(party.remote()?) });
        }
        send(&handle, Request::Connect { a: streams[0], b: streams[1] });
    }

    talk(&mut parties, 50);
    let (cpu, voluntary) = (cpu_of("media-0")?, switches_of("media-0")?);
    let heard = talk(&mut parties, 50 * seconds);
    let cpu = cpu_of("media-0")? - cpu;
    let wakes = switches_of("media-0")? - voluntary;
    println!(
        "{calls} calls, {heard} packets relayed, {:.1} wake-ups a thousand",
        wakes as f64 * 1e3 / heard as f64
    );
    println!("{:.2} µs of processor a packet", cpu.as_secs_f64() * 1e6 / heard as f64);
    println!("{} bytes a call", (resident()? - memory) / calls);
    handle.stop();
    Ok(())
}

/// Lets every party send `frames` packets, evenly spread over time, and counts what is heard.
fn talk(parties: &mut [Party], frames: usize) -> usize {
    let gap = FRAME / parties.len() as u32;
    let mut due = clock();
    let mut heard = 0;
    for _ in 0..frames {
        for party in &mut *parties {
            // Naps shorter than this cost more than they give back.
            let early = due.saturating_duration_since(clock());
            if early > Duration::from_micros(200) {
                nap(early);
            }
            heard += party.take_turn();
            due += gap;
        }
    }
    heard
}

struct Party {
    port: u16,
    udp: UdpSocket,
    header: Header,
}

impl Party {
    fn new(port: u16) -> io::Result<Self> {
        let udp = UdpSocket::bind((LOCALHOST, 0))?;
        udp.connect((LOCALHOST, port))?;
        udp.set_nonblocking(true)?;
        let ssrc = u32::from(port);
        Ok(Self {
            port,
            udp,
            header: Header { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc },
        })
    }

    fn remote(&self) -> io::Result<Remote> {
        let rtp = self.udp.local_addr()?;
        Ok(Remote {
            rtp,
            rtcp: SocketAddr::new(rtp.ip(), rtp.port() ^ 1),
            latch: Latch::Strict,
            payloads: [Payload { number: 0, format: Format::Pcmu }].into_iter().collect(),
            hears: true,
            speaks: true,
            ptime_ms: 20,
            silence_after: None,
        })
    }

    /// Sends one frame, then reads what came.
    fn take_turn(&mut self) -> usize {
        let mut bytes = [0xff; HEADER_LEN + 160];
        self.header.write(bytes.first_chunk_mut().expect("longer than a header"));
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(160);
        let _ = self.udp.send(&bytes);
        std::iter::from_fn(|| self.udp.recv(&mut bytes).ok()).count()
    }
}

fn announced(handle: &Handle, wanted: usize) -> Vec<u16> {
    let mut ports = Vec::new();
    while ports.len() < wanted {
        for reply in handle.replies().drain() {
            if let Reply::Ready { ports: more } = reply {
                ports.extend(more);
            }
        }
        nap(Duration::from_millis(1));
    }
    ports
}

/// The thread takes requests faster than we make them; a full queue only needs a moment.
fn send(handle: &Handle, request: Request) {
    let mut request = request;
    while let Err(back) = handle.send(request) {
        request = *back;
        nap(Duration::from_millis(1));
    }
}

/// Memory of the process in bytes.
fn resident() -> io::Result<usize> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4096)
}

/// Time on a processor of the thread of this name.
fn cpu_of(name: &str) -> io::Result<Duration> {
    let ns = of_thread(name, "schedstat")?.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Ok(Duration::from_nanos(ns.unwrap_or_default()))
}

/// How often it slept.
fn switches_of(name: &str) -> io::Result<u64> {
    let status = of_thread(name, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    Ok(line.and_then(|count| count.trim().parse().ok()).unwrap_or_default())
}

fn of_thread(name: &str, file: &str) -> io::Result<String> {
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == name {
            return fs::read_to_string(task.join(file));
        }
    }
    Err(io::Error::other("no such thread"))
}

#[expect(clippy::disallowed_methods, reason = "a generator keeps real time")]
fn nap(time: Duration) {
    thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "a generator keeps real time")]
fn clock() -> Instant {
    Instant::now()
}
