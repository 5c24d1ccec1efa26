//! New copies of calendars come into force: the version that runs, with them, is a version more.

use std::sync::{Arc, PoisonError};

use callplan::{Code, Site, proof::failures, ways::Horizon};
use tracing::{error, info};

use super::{Applier, ApplyError, Running, keep};
use crate::config::{By, Loaded, Refused, Tree, changes};

impl Applier {
    /// Takes the copies of calendars as they are now into what runs, if that makes a difference. Whatever else lies on disk
    /// stays what it is: nobody asked for that.
    pub(crate) fn renew(&self) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match self.renewed() {
            Ok(None) => {}
            Ok(Some(version)) => info!("version {version} is in force: calendars are others"),
            Err(refused) => {
                error!("calendars are others, and what runs stays as it is: {refused}");
                refused.findings().iter().flat_map(|it| it.lines()).for_each(|line| error!("{line}"));
            }
        }
    }

    fn renewed(&self) -> Result<Option<u32>, ApplyError> {
        let running = self.running();
        let before = running.site.version;
        let Some(path) = self.versions.at(before) else { return Ok(None) };
        let disk = Tree::of(&self.place)?;
        let is_of_disk = disk.load().is_ok() && changes(&path, &disk).is_empty();
        let tree = if is_of_disk { disk } else { Tree::read(&path)?.renewed_in(&self.place) };
        let loaded = tree.load().map_err(|Refused(findings)| ApplyError::LocalRefused(findings))?;
        if is_same(&loaded.site, &running.site) {
            return Ok(None);
        }
        self.stands(&loaded)?;
        let known = self.versions.number_of(&loaded.site.hash);
        self.has_room(known)?;
        let site = keep(&self.versions, &tree, loaded);
        if let Err(crowd) = self.inbox.apply(&site).ok_or(ApplyError::LimitOrders)? {
            known.is_none().then(|| self.versions.withdraw(site.version));
            return Err(crowd.into());
        }
        let version = site.version;
        if running.is_rolled_back {
            let disk = super::read(&self.place).ok().map(|(_, loaded)| loaded.site.hash);
            let held = self.versions.hold(version, disk);
            let _ = held
                .map_err(|error| error!("version {version} runs, but the next start won't know: {error}"));
        }
        *self.lock() = Running { site: Arc::clone(&site), ..running };
        self.note(By::Calendar, Vec::new(), Some("calendars are others than before"));
        Ok(Some(version))
    }

    /// What the operator wants to hold has to hold with other calendars, too.
    fn stands(&self, loaded: &Loaded) -> Result<(), ApplyError> {
        let mut failing = failures(&loaded.site, Horizon::after(self.clocks.now().wall));
        failing.retain(|finding| finding.code != Code::RuleUnproven);
        if failing.is_empty() { Ok(()) } else { Err(ApplyError::LocalRefused(failing)) }
    }
}

/// Whether nothing differs that calendars decide.
fn is_same(new: &Site, old: &Site) -> bool {
    new.hours == old.hours && new.rotas == old.rotas
}
