//! `ringplan rollback`: takes a change back.

use super::{
    Exit,
    apply::{changed, report},
    completions::versions,
};
use crate::{config::Place, control::client};

/// Let a version run that ran before, without touching a call.
///
/// It runs until the config on disk is applied again: `ringplan history` lists what is kept. A restart keeps it, unless
/// another config lies on disk by then.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it runs, 1 there is no daemon, 2 there is no such version, or it is refused.\n\n\
                        Examples:\n  ringplan rollback\n  ringplan rollback 7"
)]
pub(crate) struct Rollback {
    /// Which version [default: the one before the one that runs].
    #[arg(add = versions())]
    version: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Rollback {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let path = match self.version {
            Some(version) => format!("/v1/rollback/{version}"),
            None => "/v1/rollback".to_owned(),
        };
        report(client::post_whole(&place.control(), &path), self.json, |body| {
            let (version, before) = (&body["version"], &body["before"]);
            let changed = changed(body).map(|changed| format!(": {changed}")).unwrap_or_default();
            let until = if body["rolled_back"] == true {
                "; `ringplan apply` brings the config on disk back"
            } else {
                ""
            };
            format!("version {version} runs, after version {before}{changed}{until}")
        })
    }
}
