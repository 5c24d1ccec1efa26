//! `ringplan mailboxes`: which messages wait where.

use std::path::Path;

use callplan::Site;
use store::{Voicemail, sqlite::Reader};

use super::{Exit, complain, completions::named, table, warn_of_refusal};
use crate::{
    config::{Place, Tree},
    control::{client, shape},
};

/// Show mailboxes and the messages in them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ringplan mailboxes\n  ringplan mailboxes reception --json\n  \
    ringplan mailboxes reception --delete 100000001.wav")]
pub(crate) struct Mailboxes {
    /// Show the messages of one mailbox.
    #[arg(add = named(&["mailboxes", "people"]))]
    name: Option<String>,
    /// Delete one of its messages, by its file.
    #[arg(long, value_name = "FILE", requires = "name")]
    delete: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Mailboxes {
    pub(super) fn run(&self, place: &Place) -> Exit {
        if let (Some(name), Some(path)) = (&self.name, &self.delete) {
            // Scripts are shown its whole path.
            let file = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
            return match client::post(&place.control(), &format!("/v1/mailboxes/{name}/delete/{file}")) {
                Ok(_) => Exit::Done,
                Err(error) => complain(Exit::Failed, error),
            };
        }
        // The database answers whether a daemon runs or not, and so does the config. Before the first start
        // there is none.
        let database = place.database();
        let read = || Reader::open(&database).and_then(|reader| reader.voicemails(None));
        let messages = match if database.exists() { read() } else { Ok(Vec::new()) } {
            Ok(messages) => messages,
            Err(error) => return complain(Exit::Failed, error),
        };
        let site = Tree::of(place).ok().and_then(|tree| tree.load().ok()).map(|loaded| loaded.site);
        match &self.name {
            None => {
                let columns = [
                    ("MAILBOX", "name"),
                    ("MESSAGES", "messages"),
                    ("NEW", "new"),
                    ("SECONDS", "seconds"),
                    ("LAST", "last"),
                ];
                let body = shape::mailboxes(site.as_ref(), &messages);
                table::show(&body, self.json, &columns, "no mailboxes");
            }
            Some(name) if !is_known(name, site.as_ref(), &messages) => {
                let error = format!("there is no mailbox `{name}`; `ringplan mailboxes` lists them");
                return complain(Exit::Failed, error);
            }
            Some(name) => {
                let columns = [
                    ("RECEIVED", "at"),
                    ("FROM", "from"),
                    ("SECONDS", "seconds"),
                    ("FILE", "file"),
                    ("NOTE", "note"),
                ];
                let body =
                    shape::messages(place, messages.iter().filter(|message| *message.mailbox == **name));
                table::show(&body, self.json, &columns, "no messages");
            }
        }
        if let Ok(status) = client::get(&place.control(), "/v1/status") {
            warn_of_refusal(&status);
        }
        Exit::Done
    }
}

/// Whether the config has this mailbox, or somebody left a message in it when it did. Without a config that can be
/// read all may be.
fn is_known(name: &str, site: Option<&Site>, messages: &[Voicemail]) -> bool {
    let is_of_site = site.is_none_or(|site| site.mailboxes.iter().any(|mailbox| *mailbox.name == *name));
    is_of_site || messages.iter().any(|message| *message.mailbox == *name)
}
