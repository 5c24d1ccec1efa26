//! `ringplan drain`: a graceful end.

use std::{thread::sleep, time::Duration};

use super::{Exit, check::plural, complain};
use crate::{
    config::Place,
    control::client::{self, ClientError},
};

/// Between two looks at what is left.
const PAUSE: Duration = Duration::from_millis(200);

/// A daemon that no longer drains is ending, and has so many looks for it; else it is another one.
const LOOKS: u32 = 25;

/// Take no new calls, and end when the last one has ended.
///
/// Phones stay registered and emergency calls are served until then. Nothing is cut off, however long it takes:
/// SIGTERM is for that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan drain\n  \
                        ringplan drain --wait && systemctl start ringplan   # a restart that cuts nobody off")]
pub(crate) struct Drain {
    /// Wait until the last call has ended, and say how many are left.
    #[arg(long)]
    wait: bool,
}

impl Drain {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let drained = client::post(&place.control(), "/v1/drain");
        match drained.and_then(|_| if self.wait { wait(place) } else { Ok(()) }) {
            Ok(()) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}

/// Returns once the daemon that was told has ended.
#[expect(clippy::disallowed_methods, reason = "a command that waits for another process")]
fn wait(place: &Place) -> Result<(), ClientError> {
    let (mut told, mut looks) = (None, 0);
    while looks < LOOKS {
        match client::get(&place.control(), "/v1/status") {
            Ok(status) if status["draining"] != true => looks += 1,
            Ok(status) => {
                let calls = status["calls"].as_u64().filter(|calls| told.replace(*calls) != Some(*calls));
                if let Some(calls) = calls {
                    eprintln!("{} left", plural(usize::try_from(calls).unwrap_or(usize::MAX), "call"));
                }
            }
            Err(ClientError::LocalAbsent(_)) => return Ok(()),
            // It may be on its way out: whether it is gone is seen next time.
            Err(ClientError::PeerSilent(_)) => {}
            Err(error @ (ClientError::LocalForbidden(_) | ClientError::PeerRefused(_))) => return Err(error),
        }
        sleep(PAUSE);
    }
    Ok(())
}
