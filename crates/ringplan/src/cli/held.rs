//! Schedules that are held by hand, as the database has them: commands that ask no daemon look here.

use std::sync::Arc;

use b2bua::shared::keys::{Held, read};
use callplan::{HoursId, Site, hold::Hold};
use store::sqlite::Reader;

use crate::config::Place;

/// Every hold that values of the database tell of, over as it may be.
pub(super) fn of_values(site: &Site, values: &[(Arc<str>, Arc<[u8]>)]) -> Vec<Hold> {
    let read = values.iter().filter_map(|(name, value)| read(name, value));
    let hold = |(name, held): (&str, Held)| {
        let hours = site.hours.iter().position(|hours| *hours.name == *name)?;
        let Held { is_open, since, until, reason } = held;
        Some(Hold { hours: HoursId::from(hours), is_open, since, until, reason })
    };
    read.filter_map(hold).collect()
}

/// The same, of the database itself; none where no switch has run. What can't be read is left out, and that is said.
pub(super) fn of_place(site: &Site, place: &Place) -> Vec<Hold> {
    let path = place.database();
    if path.try_exists().is_ok_and(|is_there| !is_there) {
        return Vec::new();
    }
    match Reader::open(&path).and_then(|reader| reader.values()) {
        Ok(values) => of_values(site, &values),
        Err(error) => {
            eprintln!(
                "ringplan: {error}: what is held by hand is left out\n  = mend: ask as the user of the service"
            );
            Vec::new()
        }
    }
}
