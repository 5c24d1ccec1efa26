//! What the SQLite store does when the process, the disk or a lock fails it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use clock::Wall;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use store::{
    Began, Binding, BindingKey, CallId, Direction, End, Record, Reply, Request, Ticket,
    sqlite::{self, Handle, Reader, StoreError},
};

const ROLE: &str = "STORE_FAULTS_ROLE";

fn fresh(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("ringplan.db")
}

fn open(path: &Path) -> (Handle, mpsc::Receiver<Vec<Reply>>) {
    let (answer, replies) = mpsc::channel();
    (sqlite::spawn(path, move |group| drop(answer.send(group))).unwrap(), replies)
}

fn put(n: u64, agent: &str) -> Request {
    let binding = Binding {
        key: BindingKey { phone: "rosa-desk".into(), instance: n.to_string().into() },
        contact: "sip:rosa@198.51.100.7".into(),
        path: "".into(),
        flow: "udp 192.0.2.1:5060 198.51.100.7:5060 0".into(),
        behind_nat: false,
        call_id: "c".into(),
        cseq: 1,
        q: 1000,
        agent: agent.into(),
        expires: Wall::from_unix_micros(i64::MAX),
        interval_s: 600,
    };
    Request::PutBinding(Some(Ticket(n)), Box::new(binding))
}

fn began() -> Began {
    Began {
        at: Wall::from_unix_micros(1),
        from: "101".into(),
        to: "102".into(),
        direction: Direction::Internal,
        version: 1,
        sip_call_id: "a".into(),
    }
}

fn record(call: u64) -> Request {
    Request::Record(Box::new(Record {
        call: CallId(call),
        began: began(),
        person: "rosa".into(),
        answered: None,
        end: Some(End { at: Wall::from_unix_micros(2), lasted_ms: 1 }),
        outcome: "missed",
        cause: "no-answer",
        ended_by: "caller",
        agent: "".into(),
        legs: [].as_slice().into(),
        events: [].into(),
        journal: [].into(),
        path: "".into(),
    }))
}

/// Runs one test function of this file as a process of its own, under a shell's `limits`.
fn child(role: &str, path: &Path, limits: &str) -> std::process::Child {
    Command::new("sh")
        .args(["-c", &format!("{limits} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", role, "--nocapture", "--test-threads=1"])
        .env(ROLE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Blocks until `wanted` is told; what the others are told in between is returned.
fn until(replies: &mpsc::Receiver<Vec<Reply>>, wanted: impl Fn(&Reply) -> bool) -> Vec<Reply> {
    let mut told = Vec::new();
    loop {
        told.extend(replies.recv_timeout(Duration::from_secs(60)).unwrap());
        if told.iter().any(&wanted) {
            return told;
        }
    }
}

fn committed(n: u64) -> impl Fn(&Reply) -> bool {
    move |reply| matches!(reply, Reply::Committed(Ticket(ticket)) if *ticket == n)
}

/// What was acknowledged before kill -9 is there after it, and the calls under way are closed as lost.
#[test]
fn acknowledged_survives_kill_9() {
    let path = fresh("kill");
    let mut writer = child("writes_until_killed", &path, "");
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<u64> = lines.filter_map(|line| line.parse().ok()).take(200).collect();
    writer.kill().unwrap();
    writer.wait().unwrap();

    let (handle, replies) = open(&path);
    let bindings = Reader::open(&path).unwrap().bindings().unwrap();
    for n in &told {
        assert!(bindings.iter().any(|binding| *binding.key.instance == n.to_string()), "{n} is missing");
    }
    handle.send(Request::Load);
    let told_lost = until(&replies, |reply| matches!(reply, Reply::Loaded(_)));
    let [Reply::Loaded(state)] = &told_lost[..] else { panic!("{told_lost:?}") };
    assert!(state.lost.len() >= told.len());
    assert_eq!(handle.close(Duration::from_secs(5)), 0);
    let recorded = Reader::open(&path).unwrap().recorded().unwrap();
    assert_eq!(recorded, state.lost.len() as u64, "no call stays open");
}

#[test]
fn writes_until_killed() {
    let Ok(path) = std::env::var(ROLE) else { return };
    let (handle, replies) = open(Path::new(&path));
    println!();
    for n in 0.. {
        handle.send(Request::Began(CallId(n), Box::new(began())));
        handle.send(put(n, ""));
        until(&replies, committed(n));
        println!("{n}");
    }
}

/// A full disk fails tickets and keeps rows; with room again everything is written, nothing lost.
#[test]
fn full_disk_delays_records_and_loses_none() {
    let path = fresh("full");
    let limits = "trap '' XFSZ; ulimit -S -f 1024;"; // blocks of 512 bytes
    let out = child("fills_the_disk", &path, limits).wait_with_output().unwrap();
    let out = String::from_utf8(out.stdout).unwrap();
    let sent: u64 = out.lines().find_map(|line| line.parse().ok()).unwrap_or_else(|| panic!("{out}"));
    assert_eq!(Reader::open(&path).unwrap().recorded().unwrap(), sent);
}

#[test]
fn fills_the_disk() {
    let Ok(path) = std::env::var(ROLE) else { return };
    let (handle, replies) = open(Path::new(&path));
    let bulk = "x".repeat(10_000);
    let mut sent = 0;
    let why = loop {
        handle.send(record(sent));
        handle.send(put(sent, &bulk));
        sent += 1;
        match &replies.recv_timeout(Duration::from_secs(60)).unwrap()[..] {
            [Reply::Committed(_)] => {}
            [Reply::Failed(_, why)] => break why.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(sent > 3, "{why}");
    let health = handle.health();
    assert!(health.trouble.is_none_or(|trouble| trouble == why) && health.waiting >= 2, "{why}");

    let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, hard, hard).unwrap();
    handle.send(put(u64::MAX, ""));
    until(&replies, committed(u64::MAX));
    println!("\n{sent}");
    assert_eq!(handle.close(Duration::from_secs(5)), 0);
}

/// RELIABILITY F4: another process holds the database; records wait, tickets are told.
#[test]
fn locked_database_delays_records_and_loses_none() {
    let path = fresh("locked");
    let (handle, replies) = open(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    (0..1000).for_each(|n| handle.send(record(n)));
    handle.send(put(1, ""));
    let told = until(&replies, |reply| matches!(reply, Reply::Failed(Ticket(1), _) | Reply::Committed(_)));
    assert!(matches!(told[..], [Reply::Failed(Ticket(1), _)]), "{told:?}");
    other.execute_batch("COMMIT").unwrap();
    handle.send(put(2, ""));
    until(&replies, committed(2));
    assert_eq!(Reader::open(&path).unwrap().recorded().unwrap(), 1000);
    assert_eq!(Reader::open(&path).unwrap().bindings().unwrap().len(), 2, "told failed, written in the end");
}

/// Beyond its bound the store refuses and says so, at once.
#[test]
fn backlog_is_bounded() {
    let path = fresh("bounded");
    let (handle, replies) = open(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    (0..store::commit::BACKLOG_MAX as u64).for_each(|n| handle.send(record(n)));
    handle.send(put(1, ""));
    until(&replies, |reply| matches!(reply, Reply::Failed(Ticket(1), _)));
    assert_eq!(handle.health().refused, 1);
    assert_eq!(handle.close(Duration::ZERO), store::commit::BACKLOG_MAX);
}

/// A damaged database is refused with its path and left as it is.
#[test]
fn damaged_database_is_refused_and_left_alone() {
    let path = fresh("damaged");
    let (handle, _replies) = open(&path);
    (0..500).for_each(|n| handle.send(record(n)));
    handle.close(Duration::from_secs(5));
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len();
    // Wide enough to meet pages that are in use, wherever the tables lie.
    bytes[len / 4..len * 3 / 4].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();

    let refusal = sqlite::spawn(&path, drop).unwrap_err();
    assert!(matches!(refusal, StoreError::LocalDamaged { .. }), "{refusal}");
    assert!(refusal.to_string().contains(path.to_str().unwrap()), "{refusal}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);

    std::fs::write(&path, "no database at all, but long enough to look like one".repeat(100)).unwrap();
    assert!(matches!(sqlite::spawn(&path, drop).unwrap_err(), StoreError::LocalDamaged { .. }));
}

/// A database of schema 1 holds ends that were made up for calls that died with their process.
#[test]
fn an_older_database_is_brought_up_to_date() {
    let path = fresh("older");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../src/sqlite/schema_1.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x5250_4c4e).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    for (id, outcome) in [(1, "lost"), (2, "answered")] {
        let row = "INSERT INTO calls VALUES (?1, 5, '101', '102', 'internal', 1, 'a', '', NULL, 9, 4, ?2, '', '', '', x'')";
        old.execute(row, rusqlite::params![id, outcome]).unwrap();
    }
    drop(old);
    drop(open(&path));
    let rows = Reader::open(&path).unwrap().records(&sqlite::Filter::default()).unwrap();
    let end = End { at: Wall::from_unix_micros(9), lasted_ms: 4 };
    assert_eq!(rows.iter().map(|row| row.end).collect::<Vec<_>>(), [Some(end), None]);
    assert!(rows.iter().all(|row| row.journal.is_empty()), "nobody kept one then");
}

#[test]
fn foreign_or_newer_database_is_refused() {
    let path = fresh("foreign");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(sqlite::spawn(&path, drop).unwrap_err(), StoreError::LocalForeign { .. }));

    let path = fresh("newer");
    drop(open(&path));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(sqlite::spawn(&path, drop).unwrap_err(), StoreError::LocalNewer { found: 99, .. }));
}
