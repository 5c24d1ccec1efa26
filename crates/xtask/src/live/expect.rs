//! What the switch must have recorded of a scene.

use std::{
    fs,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use store::{
    Voicemail,
    sqlite::{CallRow, Filter, Reader},
};

use xtask::{daemon::Daemon, shell::Command};

use super::scene::Scene;

/// Records are written behind.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for the records and messages that the scene names.
pub(super) fn check(daemon: &Daemon, scene: &Scene) -> Result<(), String> {
    let database =
        find(&daemon.data(), |path| path.extension().is_some_and(|it| it == "db" || it == "sqlite"));
    let database = database.ok_or_else(|| format!("no database in {}", daemon.data().display()))?;
    let reader = Reader::open(&database).map_err(|error| error.to_string())?;
    for (outcome, times) in &scene.records {
        eventually(|| recorded(&reader, daemon, outcome, *times))?;
    }
    if !scene.rung.is_empty() {
        eventually(|| rung(&reader, daemon, &scene.rung))?;
    }
    for phone in &scene.quiet {
        quiet(&reader, daemon, phone)?;
    }
    if let Some((cause, who)) = &scene.ended {
        eventually(|| ended(&reader, daemon, cause, who))?;
    }
    if let Some(who) = &scene.shown {
        eventually(|| shown(&reader, daemon, who))?;
    }
    for mailbox in &scene.messages {
        eventually(|| message(&reader, daemon, mailbox))?;
    }
    Ok(())
}

fn eventually(check: impl Fn() -> Result<(), String>) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    loop {
        match check() {
            Err(_) if Instant::now() < until => sleep(Duration::from_millis(50)),
            result => return result,
        }
    }
}

/// The calls of the scene, in the order of their arrival.
fn calls(reader: &Reader, daemon: &Daemon) -> Result<Vec<CallRow>, String> {
    let filter = Filter { from: daemon.begun, limit: u32::MAX, ..Filter::default() };
    let mut calls = reader.records(&filter).map_err(|error| error.to_string())?;
    calls.sort_by_key(|call| call.began.at);
    Ok(calls)
}

fn rung(reader: &Reader, daemon: &Daemon, wanted: &[String]) -> Result<(), String> {
    let calls = calls(reader, daemon)?;
    let legs = calls.iter().flat_map(|call| &call.legs);
    // Those of this scene call from outside: whoever is a phone was rung.
    let rung: Vec<&str> = legs.filter_map(|leg| leg.party.strip_prefix("phone:")).collect();
    if rung == wanted {
        return Ok(());
    }
    Err(format!("the phones were rung in the order {}, not {}", rung.join(", "), wanted.join(", ")))
}

/// Looked at once all records are there: whoever is quiet is so for good.
fn quiet(reader: &Reader, daemon: &Daemon, phone: &str) -> Result<(), String> {
    let party = format!("phone:{phone}");
    let calls = calls(reader, daemon)?;
    // The first leg is the caller's.
    let rings = |call: &&CallRow| call.legs.iter().skip(1).any(|leg| *leg.party == *party);
    match calls.iter().find(rings) {
        Some(call) => Err(format!("{phone} was rung by a call from {}", call.began.from)),
        None => Ok(()),
    }
}

/// Waits until the switch says that there is no call.
pub(super) fn is_over(binary: &Path, daemon: &Daemon) -> Result<(), String> {
    let (config, data) = (daemon.folder.join("config"), daemon.data());
    eventually(|| {
        let words = [Path::new("--config"), &config, Path::new("--data"), &data, Path::new("calls")];
        let said = Command::new(binary).args(&words).say()?;
        if said.text.contains("no calls") { Ok(()) } else { Err(format!("calls are left:\n{}", said.text)) }
    })
}

fn ended(reader: &Reader, daemon: &Daemon, cause: &str, who: &str) -> Result<(), String> {
    let calls = calls(reader, daemon)?;
    match calls.iter().find(|call| (&*call.cause, &*call.ended_by) != (cause, who)) {
        Some(call) => {
            Err(format!("a call ended of {} by {}, not {cause} by {who}", call.cause, call.ended_by))
        }
        None if calls.is_empty() => Err("no call is recorded".to_owned()),
        None => Ok(()),
    }
}

fn shown(reader: &Reader, daemon: &Daemon, who: &str) -> Result<(), String> {
    let calls = calls(reader, daemon)?;
    match calls.iter().find(|call| &*call.began.from != who) {
        Some(call) => Err(format!("a call is recorded from {}, not {who}", call.began.from)),
        None => Ok(()),
    }
}

fn recorded(reader: &Reader, daemon: &Daemon, outcome: &str, times: u32) -> Result<(), String> {
    let calls = calls(reader, daemon)?;
    let count = calls.iter().filter(|call| &*call.outcome == outcome).count();
    if u32::try_from(count) == Ok(times) {
        return Ok(());
    }
    let said: Vec<String> = calls
        .iter()
        .take(20)
        .map(|call| format!("{} ({}, by {})", call.outcome, call.cause, call.ended_by))
        .collect();
    Err(format!(
        "{count} of {} calls are recorded as {outcome}, not {times}: {}",
        calls.len(),
        said.join(", ")
    ))
}

fn message(reader: &Reader, daemon: &Daemon, mailbox: &str) -> Result<(), String> {
    let rows = reader.voicemails(Some(mailbox)).map_err(|error| error.to_string())?;
    match rows.as_slice() {
        [Voicemail { lasted_ms: 500.., file, .. }] => {
            let wav = find(&daemon.data(), |path| path.ends_with(&**file));
            let length = wav.and_then(|path| path.metadata().ok()).map_or(0, |metadata| metadata.len());
            // Half a second of 16-bit samples.
            if length > 8000 { Ok(()) } else { Err(format!("{file} holds {length} bytes")) }
        }
        rows => Err(format!("{mailbox} should hold one message of half a second or more: {rows:?}")),
    }
}

/// The first file below `folder` that is `wanted`.
fn find(folder: &Path, wanted: impl Fn(&Path) -> bool + Copy) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).find_map(|path| {
        if path.is_dir() { find(&path, wanted) } else { Some(path).filter(|path| wanted(path)) }
    })
}
