//! Explanations as JSON.

use std::time::Duration;

use callplan::{
    Site,
    explain::{Cost, CostLeg, Explanation, Finish, Line, Outbound},
    money::Way,
    step::{End, Target},
};
use serde_json::{Value, json};

/// What dialling a number outside comes to.
pub(super) fn outbound(site: &Site, outbound: &Outbound) -> Value {
    let rate = outbound.quote.as_ref().and_then(|quote| Some((quote, quote.price?.row.rate)));
    let cost = rate.map(|(quote, rate)| {
        json!({
            "currency": quote.currency.to_string(),
            "per_minute": rate.per_minute.to_string(),
            "connect_fee": rate.connect_fee.to_string(),
        })
    });
    json!({
        "lines": outbound.lines,
        "trunks": outbound.trunks.iter().map(|trunk| &*site[*trunk].name).collect::<Value>(),
        "shows": outbound.shows.map(|number| number.to_string()),
        "cost": cost,
    })
}

/// Where a call goes.
pub(super) fn course(site: &Site, explanation: &Explanation) -> Value {
    let line = |line: &Line| {
        json!({
            "at_ms": ms(line.at),
            "node": site.node_name(line.node),
            "what": line.what,
            "taken": line.taken,
            "text": line.text,
        })
    };
    json!({
        "lines": explanation.lines.iter().map(line).collect::<Value>(),
        "not_asked": explanation.not_asked.iter().map(|node| site.node_name(*node)).collect::<Value>(),
        "end": explanation.end.map(|finish| end(site, finish)),
        "lasts_ms": ms(explanation.lasts),
        "cost": explanation.cost.as_ref().map(|it| cost(site, it)),
    })
}

/// What a call costs, leg by leg.
fn cost(site: &Site, cost: &Cost) -> Value {
    let leg = |leg: &CostLeg| {
        let trunks =
            leg.rule.map(|rule| site[rule].trunks.iter().map(|trunk| &*site[*trunk].name).collect::<Value>());
        json!({
            "number": leg.number.to_string(),
            "direction": if leg.way == Way::In { "inbound" } else { "outbound" },
            "what": leg.what,
            "trunks": trunks,
            "seconds": leg.lasts.map(|lasts| lasts.as_secs_f64()),
            "taken": leg.is_taken,
            "cost": leg.cost.map(|cost| cost.to_string()),
        })
    };
    json!({
        "currency": cost.currency.to_string(),
        "total": cost.total.to_string(),
        "is_whole": !cost.is_open(),
        "talk_seconds": cost.talk.as_secs_f64(),
        "legs": cost.legs.iter().map(leg).collect::<Value>(),
    })
}

/// How the call ends, in the words of `ends` in a config's tests.
fn end(site: &Site, finish: Finish) -> String {
    match finish {
        Finish::Bridged(Target::Phone(phone)) => format!("phone:{}", site[phone].name),
        Finish::Bridged(Target::Number { to, .. }) => format!("number:{to}"),
        Finish::Bridged(Target::Agent(agent)) => format!("agent:{}", site[agent].name),
        Finish::Ended(End::Voicemail { mailbox, .. }) => format!("voicemail:{}", site[mailbox].name),
        Finish::Ended(End::Rejected(refusal)) => format!("reject:{}", refusal.status()),
        Finish::Ended(End::HungUp) => "hangup".to_owned(),
        Finish::Ended(End::Left) => "caller-left".to_owned(),
        Finish::Ended(End::WentHome(queue)) => format!("queue:{}", site[queue].name),
        Finish::Ended(End::Failed(_)) => "failed".to_owned(),
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
