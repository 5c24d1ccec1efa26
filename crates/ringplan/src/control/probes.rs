//! Test calls to numbers of ours over real trunks.

use b2bua::{
    shared::probes::{Asked, Told, Verdict},
    switch::Control,
};
use callplan::{E164, NumberId, Site};
use serde_json::{Value, json};

use super::{protocol::Response, routes::Desk, shape};

impl Desk {
    /// What the last test call of each number came to, and how many are still to come.
    pub(super) async fn probes(&self) -> Response {
        let view = self.view().await;
        let told: Value = view.probes.iter().map(of).collect();
        Response::ok(json!({ "probes": told, "left": view.probes_left }))
    }

    /// Numbers are tried: the one that is named, or all that a trunk serves.
    pub(super) fn probe(&self, said: &Value) -> Response {
        let site = self.running().site;
        match asked(&site, said) {
            Ok(all) if all.is_empty() => Response::error(409, "no number has a trunk that places calls"),
            Ok(all) => self.order(Control::Probe(all)),
            Err(why) => Response::error(422, why),
        }
    }
}

fn asked(site: &Site, said: &Value) -> Result<Vec<Asked>, String> {
    let number = |text: &str| {
        let number = E164::parse(text).and_then(|number| site.number(number));
        number.ok_or_else(|| format!("{text} is no number of ours: `ringplan numbers`"))
    };
    let named = said["number"].as_str().map(number).transpose()?;
    let from = said["from"].as_str().map(number).transpose()?;
    let trunk = |name: &str| site.trunk(name).ok_or_else(|| format!("there is no trunk {name}"));
    let trunk = said["trunk"].as_str().map(trunk).transpose()?;
    let all = (0..site.numbers.len()).map(NumberId::from);
    let all = all.filter(|number| named.is_none_or(|named| named == *number));
    let from = from.map(|from| site[from].e164);
    let all: Vec<_> = all.filter_map(|number| Asked::of(site, number, from, trunk)).collect();
    match named {
        Some(number) if all.is_empty() => {
            Err(format!("{} has no trunk: name one with --trunk", site[number].e164))
        }
        _ => Ok(all),
    }
}

fn of(told: &Told) -> Value {
    let (word, why) = match &told.verdict {
        Verdict::AsExplained => ("as explained", None),
        Verdict::Otherwise(wanted) => ("otherwise", Some(format!("explain says {wanted}"))),
        Verdict::NotBack(status) => ("not back", Some(format!("the trunk said {status}"))),
        Verdict::NotPlaced(why) => ("not placed", Some((*why).to_owned())),
    };
    json!({
        "number": told.asked.number.to_string(),
        "from": told.asked.from.to_string(),
        "trunk": &*told.asked.trunk,
        "at": shape::time(told.at),
        "well": told.verdict.is_well(),
        "went": word,
        "why": why,
        "path": &*told.path,
    })
}
