//! Who tries what happens at another time.

use std::{sync::Arc, time::Duration};

use b2bua::{
    shared::rehearsal::{Asked, LASTS, LASTS_USUALLY, Who},
    switch::{Control, RehearsalView},
};
use callplan::{
    E164, Owner, Site,
    explain::{moment, read_time},
    number::Digits,
    resolve,
};
use serde_json::{Value, json};

use super::{protocol::Response, routes::Desk};

impl Desk {
    /// All who rehearse.
    pub(super) async fn rehearsals(&self) -> Response {
        let (view, site) = (self.view().await, self.running().site);
        Response::ok(view.rehearsals.iter().map(|rehearsal| of(&site, rehearsal)).collect())
    }

    /// Somebody rehearses from now on.
    pub(super) async fn rehearse(&self, who: &str, said: &Value) -> Response {
        let site = self.running().site;
        let Some(who) = named(&site, who) else { return nobody(who) };
        match asked(&site, said) {
            Ok(asked) => self.ordered(who, Some(asked)).await,
            Err(why) => Response::error(422, why),
        }
    }

    /// Somebody rehearses no longer.
    pub(super) async fn rehearse_no_more(&self, who: &str) -> Response {
        let Some(who) = named(&self.running().site, who) else { return nobody(who) };
        if self.view().await.rehearsals.iter().all(|rehearsal| rehearsal.who != who) {
            return Response::error(409, format!("{} does not rehearse", name_of(&who)));
        }
        self.ordered(who, None).await
    }

    async fn ordered(&self, who: Who, asked: Option<Asked>) -> Response {
        let ordered = self.order(Control::Rehearse(who.clone(), asked));
        if !ordered.is_ok() {
            return ordered;
        }
        let (view, site) = (self.view().await, self.running().site);
        let now = view.rehearsals.iter().find(|rehearsal| rehearsal.who == who);
        Response::ok(now.map_or_else(|| json!({ "who": name_of(&who) }), |now| of(&site, now)))
    }
}

fn nobody(who: &str) -> Response {
    Response::error(404, format!("there is no person or phone {who}"))
}

/// A person or a phone, by name, extension, or `person:ana` and `phone:ana-desk`.
fn named(site: &Site, text: &str) -> Option<Who> {
    let person = |name: &str| site.person(name).map(|person| Who::Person(Arc::clone(&site[person].name)));
    let phone = |name: &str| site.phone(name).map(|phone| Who::Phone(Arc::clone(&site[phone].name)));
    match text.split_once(':') {
        Some(("person", name)) => return person(name),
        Some(("phone", name)) => return phone(name),
        Some(_) | None => {}
    }
    let by_extension = || match site.extension(text)? {
        Owner::Person(id) => person(&site[id].name),
        Owner::Phone(id) => phone(&site[id].name),
        Owner::Group(_) | Owner::Queue(_) | Owner::Mailbox(_) => None,
    };
    person(text).or_else(|| phone(text)).or_else(by_extension)
}

fn asked(site: &Site, said: &Value) -> Result<Asked, String> {
    let at = said["at"].as_str().ok_or("say which time with --at 2026-12-25T10:00")?;
    let at = read_time(&site.timezone, at).map_err(|why| why.to_string())?;
    let lasts = said["seconds"].as_u64().map_or(LASTS_USUALLY, Duration::from_secs);
    if !LASTS.contains(&lasts) {
        return Err("somebody rehearses for a minute to a day".to_owned());
    }
    let from = said["from"].as_str().map(|text| number(site, text)).transpose()?;
    Ok(Asked { at, lasts, from })
}

/// A number, as it is dialled at home.
fn number(site: &Site, text: &str) -> Result<E164, String> {
    let digits = Digits::read(text).ok();
    let number = digits.and_then(|digits| resolve::home(site).read(&digits));
    number.ok_or_else(|| format!("{text} is no number: write it as +12025550142"))
}

/// `person:ana`, `phone:ana-desk`.
fn name_of(who: &Who) -> String {
    match who {
        Who::Person(name) => format!("person:{name}"),
        Who::Phone(name) => format!("phone:{name}"),
    }
}

fn of(site: &Site, rehearsal: &RehearsalView) -> Value {
    json!({
        "who": name_of(&rehearsal.who),
        "sees": moment(site, rehearsal.sees),
        "from": rehearsal.from.map(|from| from.to_string()),
        "left_s": rehearsal.left.as_secs(),
    })
}
