//! `ringplan contacts import`: a table, whole or not at all.

use std::{path::PathBuf, time::Duration};

use callplan::Site;
use clock::Instant;
use serde_json::Value;

use super::{Exit, Place, Tree, client, complain, contacts, site};
use crate::{
    contacts::{Fault, Rows, Unreadable},
    plain,
    time::Clocks,
};

/// Import contacts from a table, all of them or none.
///
/// The table is CSV in UTF-8 with a header. Its columns, in any order: numbers (or number; `;` between several),
/// name, owner, campaign, tags (`;` between them), last_agent, last_texter, group, language. A row replaces what was known of
/// its numbers; contacts that the table does not name stay as they are.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 imported, 1 rows are at fault or the daemon could not take them; nothing is \
    changed then, 2 the file or the config can't be read.\n\n\
    Example:\n  ringplan contacts import contacts.csv --dry-run\n  ringplan contacts import contacts.csv"
)]
pub(crate) struct Import {
    /// The table.
    file: PathBuf,
    /// Only say what is wrong with it.
    #[arg(long)]
    dry_run: bool,
}

/// Bytes of contacts handed over at once, some thousands of rows: the daemon commits them together.
const BATCH: usize = 256 << 10;

/// Faults that are printed; whoever has more mends the first and asks again.
const FAULTS_MAX: u64 = 50;

/// How often progress is told.
const PACE: Duration = Duration::from_secs(1);

impl Import {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let (rows, faults) = match self.read(&site) {
            Ok(read) => read,
            Err(unreadable) => return self.refuse(&unreadable),
        };
        if faults > 0 {
            let more = faults.saturating_sub(FAULTS_MAX);
            let more = if more > 0 { format!(", of which {more} are not shown") } else { String::new() };
            let what = if faults == 1 { "1 fault" } else { &format!("{faults} faults") };
            return complain(Exit::Failed, format!("{what} in {rows} rows{more}: nothing is imported"));
        }
        if self.dry_run {
            println!("{rows} rows are good; without --dry-run they are imported");
            return Exit::Done;
        }
        match self.hand_over(place, &site, rows) {
            Ok(()) => {
                println!("{rows} rows imported");
                Exit::Done
            }
            Err(why) => {
                complain(Exit::Failed, format!("{why}\n  nothing is imported: what was known counts on"))
            }
        }
    }

    /// Reads all of it and tells what is wrong; nothing is kept, so it may be as long as it likes.
    fn read(&self, site: &Site) -> Result<(u64, u64), Unreadable> {
        let mut rows = Rows::open(site, &self.file)?;
        let mut faults = 0;
        while let Some(row) = rows.next() {
            for fault in row.err().into_iter().flatten() {
                faults += 1;
                if faults <= FAULTS_MAX {
                    self.tell(&fault);
                }
            }
        }
        Ok((rows.count(), faults))
    }

    fn tell(&self, fault: &Fault) {
        let text = format!("{}: {fault}", self.file.display());
        text.lines().for_each(|line| eprintln!("{}", plain::line(line)));
    }

    fn refuse(&self, unreadable: &Unreadable) -> Exit {
        match unreadable {
            Unreadable::LocalFile(error) => {
                complain(Exit::Broken, format!("{} can't be read: {error}", self.file.display()))
            }
            Unreadable::LocalTable(fault) => {
                self.tell(fault);
                Exit::Failed
            }
        }
    }

    /// Hands the daemon what was read and found good, a second time from the disk.
    fn hand_over(&self, place: &Place, site: &Site, all: u64) -> Result<(), String> {
        let socket = place.control();
        let said = |error: client::ClientError| error.to_string();
        let begun = client::post(&socket, "/v1/contacts/import").map_err(said)?;
        let path = format!("/v1/contacts/import/{}", begun["import"]);
        let mut rows = Rows::open(site, &self.file).map_err(|why| why.to_string())?;
        let clocks = Clocks::start();
        let mut told = Instant::ZERO;
        loop {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while bytes < BATCH
                && let Some(row) = rows.next()
            {
                let row = row.map_err(|_| "the file has changed while it was read".to_owned())?;
                let shape = contacts::to_json(&row);
                bytes += shape.to_string().len();
                batch.push(shape);
            }
            if batch.is_empty() {
                break;
            }
            client::hand_over(&socket, &path, Value::Array(batch)).map_err(said)?;
            if clocks.mono().since(told) >= PACE {
                told = clocks.mono();
                eprintln!("ringplan: {} of {all} rows", rows.count());
            }
        }
        client::post(&socket, &format!("{path}/finish")).map_err(said)?;
        Ok(())
    }
}
