//! What a running daemon says of now, as assumptions.

use callplan::{
    E164, PersonState, Site,
    explain::{Fact, Present},
    step::Caller,
};
use serde_json::{Value, json};

use crate::{
    config::Place,
    control::client::{self, ClientError},
    plain,
};

/// How the switch stands.
pub(super) struct Live(Value);

impl Live {
    /// Asks the daemon.
    ///
    /// # Errors
    /// None runs, or it does not answer.
    pub(super) fn ask(place: &Place) -> Result<Self, ClientError> {
        client::get(&place.control(), "/v1/now").map(Self)
    }

    /// The version that new calls run on.
    pub(super) fn version(&self) -> u32 {
        self.0["version"].as_u64().and_then(|version| u32::try_from(version).ok()).unwrap_or_default()
    }

    /// The same by the ids of a site.
    pub(super) fn present(&self, site: &Site, caller: Caller) -> Present {
        let rows = |table: &str| self.0[table].as_array().map_or(&[][..], Vec::as_slice).iter();
        let count = |value: &Value| value.as_u64().and_then(|count| u16::try_from(count).ok());
        let turn = |value: &Value| value.as_u64().and_then(|at| u32::try_from(at).ok());
        let person = |row: &Value| site.person(row["name"].as_str()?);
        let queue = |row: &Value| site.queue(row["name"].as_str()?);
        let contacts = |row: &Value| {
            let awake = row["bindings"].as_array()?.iter().filter(|it| it["dormant"] != true).count();
            Some((site.phone(row["name"].as_str()?)?, u8::try_from(awake).unwrap_or(u8::MAX)))
        };
        let state = |row: &Value| {
            let mood = PersonState::read(row["state"].as_str()?)?;
            let forward = row["forward"].as_str().and_then(E164::parse);
            Some((person(row)?, PersonState { forward, ..mood }))
        };
        let blocks = |row: &Value| {
            let Caller::Number(number) = caller else { return None };
            let own = number.to_string();
            row["blocked"].as_array()?.iter().find(|it| **it == own.as_str())?;
            Some((person(row)?, number))
        };
        let out = |row: &Value| {
            let (queue, names) = (queue(row)?, row["out"].as_array()?);
            let people = names.iter().filter_map(|name| site.person(name.as_str()?));
            Some(people.map(|person| (person, queue)).collect::<Vec<_>>())
        };
        Present {
            contacts: rows("phones").filter_map(contacts).collect(),
            states: rows("people").filter_map(state).collect(),
            calls: rows("people").filter_map(|row| Some((person(row)?, count(&row["calls"])?))).collect(),
            blocked: rows("people").filter_map(blocks).collect(),
            waiting: rows("queues").filter_map(|row| Some((queue(row)?, count(&row["waiting"])?))).collect(),
            signed_out: rows("queues").filter_map(out).flatten().collect(),
            pointers: rows("groups")
                .filter_map(|row| Some((site.group(row["name"].as_str()?)?, turn(&row["turn"])?)))
                .collect(),
            rounds: rows("queues").filter_map(|row| Some((queue(row)?, turn(&row["round"])?))).collect(),
        }
    }

    /// What the way of the call hung on, a line each.
    pub(super) fn print(&self, facts: &[Fact]) {
        let at = self.0["at"].as_str().unwrap_or_default();
        println!("{}", plain::line(&format!("live  version {} at {at}", self.version())));
        for Fact { of, is } in facts {
            println!("{}", plain::line(&format!("live  {of} {is}")));
        }
    }

    /// The same as JSON.
    pub(super) fn shape(&self, facts: &[Fact]) -> Value {
        let fact = |Fact { of, is }: &Fact| json!({ "of": of, "is": is, "from": "live" });
        json!({
            "at": self.0["at"],
            "version": self.version(),
            "assumed": facts.iter().map(fact).collect::<Value>(),
        })
    }
}
