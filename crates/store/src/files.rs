//! Voicemail files against voicemail rows, compared at a start.
//!
//! A row is written after its file is safe, and a file is removed before its row: so a file without a row
//! was being left when the process died, and a row without a file was being deleted. The comparison is
//! pure; who walks the folders hands in what it found.

use std::{collections::BTreeMap, sync::Arc};

use clock::Wall;

use crate::{Began, CallId, Request, Voicemail};

/// A readable voicemail file found below the data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The mailbox whose folder it lies in.
    pub mailbox: Arc<str>,
    /// Its name in that folder.
    pub file: Arc<str>,
    /// The call that left it, where the name tells.
    pub call: Option<CallId>,
    /// When it began: last write less its length.
    pub at: Wall,
    /// Milliseconds of audio.
    pub lasted_ms: u32,
}

/// The rows to write so that rows and files match one to one: interrupted messages are listed, rows
/// without a file go. `began` tells who called, if the call is known.
pub fn reconcile(
    rows: &[Voicemail],
    files: &[Found],
    began: impl Fn(CallId) -> Option<Began>,
) -> Vec<Request> {
    let listed: BTreeMap<_, _> = rows.iter().map(|row| ((&row.mailbox, &row.file), row)).collect();
    let there: BTreeMap<_, _> = files.iter().map(|found| ((&found.mailbox, &found.file), found)).collect();
    let adopted = there.iter().filter(|(key, _)| !listed.contains_key(*key)).map(|(_, found)| {
        let from = found.call.and_then(&began).map_or_else(|| "".into(), |began| began.from);
        Request::Voicemail(Box::new(Voicemail {
            call: found.call.unwrap_or(CallId(0)),
            mailbox: Arc::clone(&found.mailbox),
            from,
            at: found.at,
            lasted_ms: found.lasted_ms,
            file: Arc::clone(&found.file),
            interrupted: true,
            heard: false,
        }))
    });
    let gone = listed
        .iter()
        .filter(|(key, _)| !there.contains_key(*key))
        .map(|(_, row)| Request::DropVoicemail(Arc::clone(&row.mailbox), Arc::clone(&row.file)));
    adopted.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;

    fn row(file: &str) -> Voicemail {
        Voicemail {
            call: CallId(1),
            mailbox: "reception".into(),
            from: "+12025550142".into(),
            at: Wall::from_unix_micros(5),
            lasted_ms: 4000,
            file: file.into(),
            interrupted: false,
            heard: false,
        }
    }

    fn found(file: &str, call: Option<CallId>) -> Found {
        let at = Wall::from_unix_micros(9);
        Found { mailbox: "reception".into(), file: file.into(), call, at, lasted_ms: 1500 }
    }

    fn began(call: CallId) -> Option<Began> {
        (call == CallId(7)).then(|| Began {
            at: Wall::from_unix_micros(1),
            from: "+12025550199".into(),
            to: "+12025550100".into(),
            direction: Direction::Inbound,
            version: 1,
            sip_call_id: "a@b".into(),
        })
    }

    /// Every file ends with a row and every row with a file.
    #[test]
    fn rows_and_files_match_one_to_one() {
        let rows = [row("both.wav"), row("gone.wav")];
        let files = [found("both.wav", None), found("cut.wav", Some(CallId(7))), found("odd.wav", None)];
        let asked = reconcile(&rows, &files, began);

        let [Request::Voicemail(cut), Request::Voicemail(odd), Request::DropVoicemail(mailbox, gone)] =
            &asked[..]
        else {
            panic!("{asked:?}")
        };
        assert_eq!((&*cut.file, &*cut.from, cut.interrupted), ("cut.wav", "+12025550199", true));
        assert_eq!((&*odd.file, &*odd.from, odd.call), ("odd.wav", "", CallId(0)));
        assert_eq!((&**mailbox, &**gone), ("reception", "gone.wav"));
    }
}
