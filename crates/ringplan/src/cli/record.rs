//! Calls of before: their records, and the versions of the config that they ran on.

use callplan::Site;
use store::{
    CallId,
    sqlite::{CallRow, Filter, Reader},
};

use super::{Exit, complain};
use crate::config::{Loaded, Place, Tree, Versions};

/// Calls that are looked through for a SIP Call-ID.
const RECENT: u32 = 10_000;

/// The call of this id, or with this in its SIP Call-ID; without one the last that ended.
pub(super) fn find(place: &Place, id: Option<&str>) -> Result<CallRow, String> {
    let reader = Reader::open(&place.database()).map_err(|error| error.to_string())?;
    let Some(id) = id else {
        let last =
            reader.records(&Filter { limit: 1, ..Filter::default() }).map_err(|error| error.to_string())?;
        return last.into_iter().next().ok_or_else(|| "no call has a record yet".to_owned());
    };
    let by_number = u64::from_str_radix(id, 16).ok().map(|id| reader.call(CallId(id))).transpose();
    if let Some(call) = by_number.map_err(|error| error.to_string())?.flatten() {
        return Ok(call);
    }
    let recent =
        reader.records(&Filter { limit: RECENT, ..Filter::default() }).map_err(|error| error.to_string())?;
    let found = recent.into_iter().find(|call| call.began.sip_call_id.contains(id));
    found.ok_or_else(|| format!("there is no call {id}: `ringplan calls` and the log name calls"))
}

/// The site of a version that is kept; what keeps it from being read is said.
pub(super) fn site_of(place: &Place, version: u32) -> Result<Site, Exit> {
    let Some(path) = Versions::new(place.versions()).at(version) else {
        let why =
            format!("the call ran on version {version}, which is not kept any more: `ringplan history`");
        return Err(complain(Exit::Failed, why));
    };
    match Tree::read(&path).map(|tree| tree.spoken_in(place).load_exposed()) {
        Ok(Ok(Loaded { site, .. })) => Ok(site),
        Ok(Err(refused)) => Err(complain(Exit::Broken, refused)),
        Err(error) => Err(complain(Exit::Broken, error)),
    }
}
