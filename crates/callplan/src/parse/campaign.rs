//! `[campaigns.x]`: what callers may be part of, and whose it is.

use super::{reader::Reader, table::Entry};
use crate::model::Campaign;

impl<'a> Reader<'a> {
    /// Reads every campaign.
    pub(crate) fn campaigns(&mut self) -> Vec<Campaign> {
        let names = self.names;
        names.campaigns.entries.iter().map(|entry| self.campaign(*entry)).collect()
    }

    fn campaign(&mut self, entry: Entry<'a>) -> Campaign {
        let mut campaign = Campaign { name: entry.key.into(), owner: None };
        let what = format!("campaign `{}`", entry.key);
        let wanted = "a table: { owner = \"ana\" }";
        let Some(mut table) = entry.value.table(&what, wanted, self.found) else { return campaign };
        campaign.owner = table.take("owner").and_then(|value| {
            let name = value.text("the name of a person", self.found)?;
            self.names.person(name, value.inside(), self.found)
        });
        table.finish(self.found);
        campaign
    }
}
