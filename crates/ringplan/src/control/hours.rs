//! Schedules: how they stand, and what is said of them by hand; answered once the database has it.

use std::sync::Arc;

use b2bua::{
    shared::keys::{Held, Hold, read},
    switch::{Control, HoursView, View},
};
use callplan::{Hours, Site, hold};
use clock::Wall;
use serde_json::{Value, json};

use super::{protocol::Response, routes::Desk, shape};

impl Desk {
    /// Every schedule, and how it is held.
    pub(super) async fn hours(&self) -> Response {
        let (view, site) = (self.view().await, self.running().site);
        Response::ok(site.hours.iter().map(|hours| of(hours, &view)).collect())
    }

    /// Holds a schedule open or closed, or leaves it to itself. Gives how it stood before, and how it stands.
    pub(super) async fn hold(&self, name: &str, word: &str, said: &Value) -> Response {
        let site = self.running().site;
        let Some(hours) = site.hours.iter().find(|hours| *hours.name == *name) else {
            return Response::error(404, format!("there are no hours {name}"));
        };
        let is_open = match word {
            "open" => Some(true),
            "closed" => Some(false),
            "auto" => None,
            _ => return Response::error(422, format!("{word} is none of open, closed and auto")),
        };
        let before = self.view().await;
        let hold = match is_open.map(|is_open| asked(&site, hours, is_open, said, before.at)).transpose() {
            Ok(hold) => hold,
            Err(why) => return Response::error(422, why),
        };
        let ordered = self.order(Control::Hold(Arc::clone(&hours.name), hold.clone()));
        if !ordered.is_ok() {
            return ordered;
        }
        let name = Arc::clone(&hours.name);
        let kept = self.until(move |reader| {
            let values = reader.values()?;
            let mut read = values.iter().filter_map(|(name, value)| read(name, value));
            let held = read.find(|(own, _)| **own == *name).map(|(_, held)| held);
            Ok(is_so(hold.as_ref(), held.as_ref()))
        });
        let kept = kept.await;
        if !kept.is_ok() {
            return kept;
        }
        let after = self.view().await;
        Response::ok(json!({ "before": of(hours, &before), "now": of(hours, &after) }))
    }
}

/// What is asked of a schedule, if it can be.
fn asked(site: &Site, hours: &Hours, is_open: bool, said: &Value, now: Wall) -> Result<Hold, hold::NotHeld> {
    let until = said["until"].as_str().map(|text| hold::until(hours, text, now)).transpose()?;
    let reason = said["reason"].as_str().map(|text| hold::reason(site, text)).transpose()?;
    Ok(Hold { until, reason: reason.unwrap_or_default(), ..Hold::by_key(is_open) })
}

/// Whether what is kept is what was asked for.
fn is_so(hold: Option<&Hold>, held: Option<&Held>) -> bool {
    match (hold, held) {
        (None, None) => true,
        (Some(hold), Some(held)) => {
            (hold.is_open, &hold.reason) == (held.is_open, &held.reason)
                && (hold.until.is_none() || hold.until == held.until)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn of(hours: &Hours, view: &View) -> Value {
    let held =
        view.hours.iter().find(|it: &&HoursView| it.name == hours.name).and_then(|it| it.held.as_ref());
    let is_open = held.map_or_else(|| hours.at(view.at).is_open(), |held| held.is_open);
    let changes = held.map_or_else(|| hours.next_change(view.at), |held| held.until);
    json!({
        "name": &*hours.name,
        "is": word(is_open),
        "until": changes.map(|at| hold::told(hours, at)),
        "held": held.map(|held| word(held.is_open)),
        "reason": held.map(|held| &*held.reason),
        "since": held.and_then(|held| held.since).map(shape::time),
        "ends": held.and_then(|held| held.until).map(shape::time),
    })
}

const fn word(is_open: bool) -> &'static str {
    if is_open { "open" } else { "closed" }
}
