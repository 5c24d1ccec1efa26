//! `ringplan calendars`: how calendars do that lie elsewhere.

use super::{Exit, complain, live};
use crate::{config::Place, control::client};

/// List the calendars that are fetched, how old their copies are, and why one can't be fetched.
///
/// `holidays` of [hours.NAME] and `calendar` of [rota.NAME] take an address in place of a path: https, or http on this
/// machine. It is fetched every `refresh` (6h where nothing is said). What comes is read first: a calendar that can't be
/// fetched or read keeps its last good copy, `check` says since when, and it is tried again within 15 minutes. One that is
/// another than before comes into force by itself, as a version of its own, unless a test or rule of the config fails with it.
///
/// A config whose calendar was never fetched is not applied. A daemon that starts with one goes on without it, so that its
/// days are as every other day, says so, and takes it in as soon as it can be fetched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan calendars\n  ringplan calendars --refresh")]
pub(crate) struct Calendars {
    /// Fetch all of them now.
    #[arg(long)]
    refresh: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Calendars {
    pub(super) fn run(&self, place: &Place) -> Exit {
        if self.refresh
            && let Err(error) = client::post(&place.control(), "/v1/calendars/refresh")
        {
            return complain(Exit::Failed, error);
        }
        let columns = [
            ("CALENDAR", "url"),
            ("STATE", "state"),
            ("GOOD AT", "checked"),
            ("CHANGED", "came"),
            ("REFRESH S", "refresh_s"),
            ("FAILS SINCE", "fails_since"),
            ("WHY", "why"),
        ];
        live(place, "/v1/calendars", self.json, &columns, "no calendar of the config lies elsewhere")
    }
}
