//! A start makes rows and files of voicemail match: a message that was being left when the process died is
//! listed as interrupted.

use std::{
    fs::{self, DirEntry},
    path::Path,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use clock::Wall;
use store::{
    CallId, Request,
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
    Ok(reconcile(&listed, &files(&place.voicemail()), began))
}

/// Every readable message below `folder`, one folder a mailbox.
fn files(folder: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    for mailbox in entries(folder) {
        let name: Arc<str> = mailbox.file_name().to_string_lossy().into();
        found.extend(entries(&mailbox.path()).filter_map(|file| message(&name, &file)));
    }
    found
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn message(mailbox: &Arc<str>, file: &DirEntry) -> Option<Found> {
    let path = file.path();
    let name = path.file_name()?.to_str()?;
    let call = name.strip_suffix(".wav")?;
    let samples = media::wav::read(&fs::read(&path).ok()?).ok()?.len();
    let lasted = Duration::from_millis(samples as u64 / 8);
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
