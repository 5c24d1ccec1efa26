//! Which steps of its plan a call went through, looked up in the database by its SIP Call-ID.

use std::{thread, time::Duration};

use store::sqlite::{Filter, Reader};

use crate::config::Place;

/// The record of a call is committed within this after its end.
const COMMIT: Duration = Duration::from_millis(2_000);

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// What the record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    /// Whether the step asked for is among them.
    pub(super) found: bool,
    /// All steps, in order.
    pub(super) path: String,
}

/// Looks for `step` in the record of the call, waiting for it to be written.
///
/// # Errors
/// The database can't be read, or has no record of the call.
#[expect(clippy::disallowed_methods, reason = "a command that waits for another process")]
pub(super) fn look_for(place: &Place, sip_call_id: &str, step: &str) -> Result<Passed, String> {
    let reader = Reader::open(&place.database()).map_err(|error| error.to_string())?;
    for _ in 0..COMMIT.as_millis() / LOOK.as_millis() {
        let calls = reader.records(&Filter::default()).map_err(|error| error.to_string())?;
        let ended = calls.into_iter().find(|call| &*call.began.sip_call_id == sip_call_id);
        if let Some(call) = ended {
            return Ok(Passed { found: is_among(step, &call.path), path: call.path.to_string() });
        }
        thread::sleep(LOOK);
    }
    Err("the database has no record of this call".to_owned())
}

/// A step is meant as it is written in the path, `main#2`, or any step of its plan or menu, `menu:main`.
fn is_among(step: &str, path: &str) -> bool {
    path.split(' ')
        .any(|passed| passed == step || passed.split_once('#').is_some_and(|(plan, _)| plan == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_stands_for_each_of_its_steps() {
        let path = "main#1 menu:main#1 sales#2";
        for among in ["main#1", "menu:main", "sales", "sales#2"] {
            assert!(is_among(among, path), "{among}");
        }
        for other in ["main#2", "menu", "sale", ""] {
            assert!(!is_among(other, path), "{other}");
        }
    }
}
