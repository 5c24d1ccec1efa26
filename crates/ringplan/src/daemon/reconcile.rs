//! A start makes rows and files of voicemail match: a message that was being left when the process died is
//! listed as interrupted, and goes if nothing was said on it.

use std::{
    collections::BTreeMap,
    fs::{self, DirEntry},
    io,
    path::Path,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use b2bua::shared::recorded::read;
use clock::Wall;
use media::stage::record::is_said;
use store::{
    CallId, Request, Voicemail,
    files::{Found, reconcile},
    sqlite::{Reader, StoreError},
};

use crate::config::Place;

/// The rows that are to be written.
///
/// # Errors
/// The database can't be read.
pub(super) fn rows(place: &Place) -> Result<Vec<Request>, StoreError> {
    let reader = Reader::open(&place.database())?;
    let listed = reader.voicemails(None)?;
    let began = |call| reader.call(call).ok().flatten().map(|row| row.began);
    Ok(reconcile(&listed, &files(&place.voicemail(), &listed), began))
}

/// Takes of prompts, compared with the rows that name them.
pub(super) enum Takes {
    /// The rows to write for those whose file is gone: what the config has is heard again.
    Gone(Vec<Request>),
    /// Their folder can't be looked at. Nothing is known to be gone: a disk may be missing that comes back.
    Unread(io::Error),
}

/// Deletes takes of prompts that nobody kept or that were replaced, and finds those whose file is gone. What is not named
/// as a take of ours is somebody else's and stays.
///
/// # Errors
/// The database can't be read.
pub(super) fn takes(place: &Place) -> Result<Takes, StoreError> {
    let values = Reader::open(&place.database())?.values()?;
    let kept: BTreeMap<_, _> =
        values.iter().filter_map(|(name, value)| Some((read(name, value)?.1.file, name))).collect();
    let folder = place.recorded();
    let there = match fs::read_dir(&folder) {
        Ok(there) => there,
        Err(error) if kept.is_empty() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Takes::Gone(Vec::new()));
        }
        Err(error) => return Ok(Takes::Unread(error)),
    };
    for file in there.flatten() {
        let name = file.file_name();
        if name.to_str().is_some_and(|name| is_take(name) && !kept.contains_key(name)) {
            // One that stays is found by the next start.
            let _ = fs::remove_file(file.path());
        }
    }
    let gone = kept.iter().filter(|(file, _)| !folder.join(&***file).exists());
    Ok(Takes::Gone(gone.map(|(_, name)| Request::Put(None, Arc::clone(name), Arc::default())).collect()))
}

/// Whether a take is named so: the call in which it was recorded, and which one of it.
fn is_take(name: &str) -> bool {
    let parts = name.strip_suffix(".wav").and_then(|name| name.split_once('-'));
    parts.is_some_and(|(call, take)| {
        let is_call = call.len() == 16 && call.bytes().all(|it| it.is_ascii_hexdigit());
        is_call && !take.is_empty() && take.bytes().all(|it| it.is_ascii_digit())
    })
}

/// Every message below `folder`, one folder a mailbox. What is listed is not read again.
fn files(folder: &Path, listed: &[Voicemail]) -> Vec<Found> {
    let listed: BTreeMap<_, _> = listed.iter().map(|row| ((&*row.mailbox, &*row.file), row)).collect();
    let mut found = Vec::new();
    for mailbox in entries(folder) {
        let name: Arc<str> = mailbox.file_name().to_string_lossy().into();
        found.extend(entries(&mailbox.path()).filter_map(|file| {
            let own_name = file.file_name();
            let row = listed.get(&(&*name, own_name.to_str()?));
            row.map_or_else(|| interrupted(&name, &file), |row| Some(known(row)))
        }));
    }
    found
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn known(row: &Voicemail) -> Found {
    let (mailbox, file) = (Arc::clone(&row.mailbox), Arc::clone(&row.file));
    Found { mailbox, file, call: Some(row.call), at: row.at, lasted_ms: row.lasted_ms }
}

/// What a message nobody has listed holds; one without a word is deleted.
fn interrupted(mailbox: &Arc<str>, file: &DirEntry) -> Option<Found> {
    let path = file.path();
    let name = path.file_name()?.to_str()?;
    let call = name.strip_suffix(".wav")?;
    let samples = media::wav::read(&fs::read(&path).ok()?).ok()?;
    if !is_said(&samples) {
        // One that stays is found by the next start.
        let _ = fs::remove_file(&path);
        return None;
    }
    let lasted = Duration::from_millis(samples.len() as u64 / 8);
    let written = file.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at = written.saturating_sub(lasted);
    Some(Found {
        mailbox: Arc::clone(mailbox),
        file: name.into(),
        call: u64::from_str_radix(call, 16).ok().map(CallId),
        at: Wall::from_unix_micros(at.as_micros() as i64),
        lasted_ms: lasted.as_millis() as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::is_take;

    #[test]
    fn only_what_the_switch_names_is_a_take() {
        let table = [
            ("00000000000000ff-1.wav", true),
            ("0123456789abcdef-12.wav", true),
            ("welcome.wav", false),
            ("00000000000000ff.wav", false),
            ("00000000000000ff-.wav", false),
            ("0ff-1.wav", false),
            ("00000000000000ff-1.mp3", false),
            ("00000000000000ff-one.wav", false),
        ];
        for (name, is) in table {
            assert_eq!(is_take(name), is, "{name}");
        }
    }
}
