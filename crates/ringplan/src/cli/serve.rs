//! `ringplan serve`: the daemon, in the foreground.

use super::{Exit, complain};
use crate::{
    apply::ApplyError,
    config::Place,
    daemon::{Daemon, Ended, StartError},
    log,
};

/// Run the switch.
///
/// It stays in the foreground and logs to standard error. SIGHUP applies the config anew, SIGTERM lets the
/// calls under way end, a second one hurries them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 ended as told, 1 could not start or failed, 2 the config is refused.\n\n\
                        Example:\n  ringplan serve --config ./etc --data ./data"
)]
pub(crate) struct Serve {
    /// What is logged: error, warn, info, debug, trace.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: String,
}

impl Serve {
    pub(super) fn run(&self, place: Place) -> Exit {
        log::begin(&self.log);
        let daemon = match Daemon::start(place) {
            Ok(daemon) => daemon,
            Err(StartError::LocalConfig(refused @ ApplyError::LocalRefused(_))) => {
                refused.findings().iter().for_each(|finding| eprintln!("{finding}\n"));
                return complain(Exit::Broken, refused);
            }
            Err(error @ StartError::LocalConfig(_)) => return complain(Exit::Broken, error),
            Err(error) => return complain(Exit::Failed, error),
        };
        match daemon.run() {
            Ended::Drained | Ended::Hurried => Exit::Done,
            Ended::Died => Exit::Failed,
        }
    }
}
