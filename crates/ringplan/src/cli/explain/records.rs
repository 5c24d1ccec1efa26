//! What the switch keeps of callers and people, as far as the way of a call depends on it.

use std::{sync::Arc, time::Duration};

use b2bua::{
    call::tellings,
    shared::{
        blocked,
        desks::Desks,
        lists,
        recorded::{self, Recorded},
        tally,
    },
};
use callplan::{E164, ListId, PersonId, Prompt, PromptFile, PromptId, Site, Tally, Telling, step::Caller};
use clock::Wall;
use store::sqlite::{Reader, StoreError};

use crate::config::Place;

/// What the switch keeps, as far as the way of a call depends on it.
#[derive(Default)]
pub(super) struct Records {
    reader: Option<Reader>,
    pub(super) values: Vec<(Arc<str>, Arc<[u8]>)>,
}

impl Records {
    /// Nothing where no switch has run; what can't be read is left out, and that is said.
    pub(super) fn read(place: &Place) -> Self {
        let path = place.database();
        if path.try_exists().is_ok_and(|is_there| !is_there) {
            return Self::default();
        }
        let read = || {
            let reader = Reader::open(&path)?;
            let values = reader.values()?;
            Ok::<_, StoreError>(Self { reader: Some(reader), values })
        };
        read().unwrap_or_else(|error| {
            eprintln!(
                "ringplan: {error}: what the switch knows of the caller, who has blocked them, and who has signed in \
                 elsewhere is left out\n  = mend: ask as the user of the service"
            );
            Self::default()
        })
    }

    /// The site while people are where they have signed in.
    pub(super) fn lend(&self, site: Site) -> Arc<Site> {
        let mut desks = Desks::default();
        desks.restore(&self.values);
        desks.lend(&Arc::new(site))
    }

    /// What contacts and the calls of before say of the caller.
    pub(super) fn known(&self, site: &Site, caller: Caller) -> Vec<Telling> {
        let (Caller::Number(number), Some(reader)) = (caller, &self.reader) else { return Vec::new() };
        let known = reader.known(&number.to_string());
        known.map_or_else(|_| Vec::new(), |known| tellings(site, &known).into())
    }

    /// What people did of late, as it counts on the day that is asked about.
    pub(super) fn tallies(&self, site: &Site, at: Wall) -> Vec<(PersonId, Tally)> {
        let today = site.day(at);
        let read = self.values.iter().filter_map(|(name, value)| tally::read(name, value, today));
        read.filter_map(|(person, tally)| Some((site.person(person)?, tally))).collect()
    }

    /// Who was added to lists.
    pub(super) fn listed(&self, site: &Site) -> Vec<(ListId, E164)> {
        let read = self.values.iter().filter_map(|(name, value)| lists::read(name, value));
        let of = |name: &str| site.lists.iter().position(|list| *list.name == *name).map(ListId::from);
        read.filter_map(|(name, number)| Some((of(name)?, number))).collect()
    }

    /// How long prompts last that were recorded by phone.
    pub(super) fn lengths(&self, site: &Site) -> Vec<(Prompt, Duration)> {
        let read = self.values.iter().filter_map(|(name, value)| recorded::read(name, value));
        let of = |name: &str| {
            let is_it = |prompt: &PromptFile| *prompt.name == *name && prompt.recorded.is_some();
            site.prompts.iter().position(is_it).map(|index| Prompt::File(PromptId::from(index)))
        };
        let lasts = |recorded: &Recorded| Duration::from_millis(recorded.lasted_ms.into());
        read.filter_map(|(name, recorded)| Some((of(name)?, lasts(&recorded)))).collect()
    }

    /// Who wants no calls of the caller.
    pub(super) fn blocked(&self, site: &Site, caller: Caller) -> Vec<(PersonId, E164)> {
        let Caller::Number(number) = caller else { return Vec::new() };
        let said = self.values.iter().filter_map(|(name, value)| blocked::read(name, value));
        let by = said.filter(|(_, numbers)| numbers.contains(&number));
        by.filter_map(|(person, _)| Some((site.person(person)?, number))).collect()
    }
}
