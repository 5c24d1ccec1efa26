//! The bodies of answers: what the HTTP API shows of the switch.

use std::{collections::BTreeMap, sync::Arc};

use b2bua::{
    counters::Counters,
    switch::{
        BindingView, CallView, LegView, PersonView, PhoneView, PlaceView, QueueView, TrunkView, View,
        WaitingView,
    },
};
use callplan::{Number, NumberKind, Site};
use clock::Wall;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{CallId, Voicemail};

use crate::{
    apply::{Applied, Running},
    config::{Change, Place},
};

/// The switch as a whole.
pub(crate) fn status(running: &Running, view: &View) -> Value {
    let registered = view.phones.iter().filter(|phone| !phone.bindings.is_empty()).count();
    let (used, ready) = view.ports;
    json!({
        "version": running.site.version,
        "refused": running.refused,
        "rolled_back": running.is_rolled_back,
        "draining": view.is_draining,
        "calls": view.calls.len(),
        "phones": view.phones.len(),
        "registered": registered,
        "ports": { "used": used, "ready": ready },
        "counters": counters(&view.counters),
    })
}

/// What came into force, or would.
pub(crate) fn applied(applied: &Applied, running: &Running) -> Value {
    let change = |change: &Change| {
        json!({
            "file": change.file,
            "added": change.added,
            "removed": change.removed,
            "told": change.told(),
        })
    };
    json!({
        "version": applied.version,
        "before": applied.before,
        "changed": applied.changed.iter().map(change).collect::<Value>(),
        "warnings": applied.warnings,
        "rolled_back": running.is_rolled_back,
    })
}

/// Every call that is not over.
pub(crate) fn calls(view: &View) -> Value {
    let leg = |leg: &LegView| json!({ "party": leg.party, "caller": leg.is_caller, "up": leg.is_up });
    let call = |call: &CallView| {
        json!({
            "id": id(call.number),
            "began": time(call.began),
            "from": &*call.from,
            "to": &*call.to,
            "phase": call.phase,
            "version": call.version,
            "path": call.path.split(' ').collect::<Value>(),
            "step": call.path.rsplit(' ').next(),
            "cost": call.cost.map(|cost| cost.to_string()),
            "legs": call.legs.iter().map(leg).collect::<Value>(),
        })
    };
    view.calls.iter().map(call).collect()
}

/// Every phone of the config and where it is registered.
pub(crate) fn phones(view: &View) -> Value {
    let binding = |binding: &BindingView| {
        json!({
            "contact": &*binding.contact,
            "flow": binding.flow,
            "agent": &*binding.agent,
            "expires_s": binding.expires_s,
            "nat": binding.behind_nat,
            "dormant": binding.is_dormant,
        })
    };
    let phone = |phone: &PhoneView| {
        json!({
            "name": &*phone.name,
            "person": phone.person.as_deref(),
            "signed_in": phone.signed_in.as_deref(),
            "ext": phone.ext.as_deref(),
            "bindings": phone.bindings.iter().map(binding).collect::<Value>(),
        })
    };
    view.phones.iter().map(phone).collect()
}

/// Every person of the config and what they said of themselves.
pub(crate) fn people(view: &View) -> Value {
    let person = |person: &PersonView| {
        json!({
            "name": &*person.name,
            "state": person.state.mood.word(),
            "forward": person.state.forward.map(|number| number.to_string()),
            "reminders": person.reminders.iter().map(|at| time(*at)).collect::<Value>(),
            "blocked": person.blocked.iter().map(|number| number.to_string()).collect::<Value>(),
            "calls": person.calls,
            "spent": person.spent.map(|spent| spent.to_string()),
        })
    };
    view.people.iter().map(person).collect()
}

/// All that the way of a call hangs on, at one moment.
pub(crate) fn now(view: &View) -> Value {
    let turn = |(name, at): &(Arc<str>, u32)| json!({ "name": &**name, "turn": at });
    json!({
        "at": time(view.at),
        "version": view.version,
        "phones": phones(view),
        "people": people(view),
        "queues": queues(view),
        "groups": view.turns.iter().map(turn).collect::<Value>(),
    })
}

/// Every trunk of the config and how it does.
pub(crate) fn trunks(site: &Site, view: &View) -> Value {
    let server = |it: &PlaceView| json!({ "address": it.at.to_string(), "state": it.state });
    let told = |it: &PlaceView| format!("{} {}", it.at, it.state);
    let trunk = |trunk: &TrunkView| {
        let servers: Vec<String> =
            trunk.servers.iter().map(told).chain(trunk.names.iter().cloned()).collect();
        json!({
            "name": &*trunk.name,
            "host": site.trunk(&trunk.name).map(|id| &*site[id].host),
            "health": trunk.health,
            "usable": trunk.is_usable,
            "servers": trunk.servers.iter().map(server).collect::<Value>(),
            "names": trunk.names,
            "told": servers,
            "channels": { "used": trunk.channels, "max": trunk.channels_max },
        })
    };
    view.trunks.iter().map(trunk).collect()
}

/// Every queue of the config: who waits in its line, and what those do who serve it.
pub(crate) fn queues(view: &View) -> Value {
    let caller = |(at, caller): (usize, &WaitingView)| {
        json!({
            "position": at + 1,
            "from": &*caller.from,
            "waits_s": caller.waits_s,
            "at_home": caller.is_at_home,
            "rung": caller.rung.iter().map(|name| &**name).collect::<Value>(),
        })
    };
    let queue = |queue: &QueueView| {
        let doing = |state: &str| -> Value {
            let agents = queue.agents.iter().filter(|agent| agent.state == state);
            agents.map(|agent| &*agent.name).collect()
        };
        json!({
            "name": &*queue.name,
            "open": queue.is_open,
            "waiting": queue.callers.len(),
            "longest_s": queue.callers.iter().map(|caller| caller.waits_s).max(),
            "callers": queue.callers.iter().enumerate().map(caller).collect::<Value>(),
            "free": doing("free"),
            "rung": doing("rung"),
            "talks": doing("talks"),
            "wraps": doing("wraps"),
            "absent": doing("absent"),
            "out": doing("out"),
            "round": queue.round,
        })
    };
    view.queues.iter().map(queue).collect()
}

/// Every number of the config and what it is.
pub(crate) fn numbers(site: &Site) -> Value {
    let number = |number: &Number| {
        json!({
            "number": number.e164.to_string(),
            "label": &*number.label,
            "type": NumberKind::word_of(number.kind),
            "trunk": number.trunk.map(|trunk| &*site[trunk].name),
            "state": if number.is_porting { "porting" } else { "live" },
            "plan": &*site[number.plan].name,
        })
    };
    site.numbers.iter().map(number).collect()
}

fn counters(counters: &Counters) -> Value {
    json!({
        "messages": counters.messages,
        "malformed": counters.malformed,
        "flooded": counters.flooded,
        "unanswered": counters.unanswered,
        "challenged": counters.challenged,
        "ignored": counters.ignored,
        "notified": counters.notified,
        "calls": counters.calls,
        "answered": counters.answered,
        "in_vain": counters.in_vain,
        "not_set_up": counters.not_set_up,
        "refused_by_limit": counters.refused_by_limit,
        "cut_by_limit": counters.cut_by_limit,
        "loops": counters.loops,
        "answers_too_late": counters.answers_too_late,
        "unacknowledged": counters.unacknowledged,
        "vanished": counters.vanished,
        "glares": counters.glares,
        "faults": counters.faults,
        "effects_cut": counters.effects_cut,
    })
}

/// Every mailbox that has a name or a message.
pub(crate) fn mailboxes(site: Option<&Site>, messages: &[Voicemail]) -> Value {
    let names = site.into_iter().flat_map(|site| &site.mailboxes).map(|mailbox| &*mailbox.name);
    let mut boxes: BTreeMap<&str, Vec<&Voicemail>> = names.map(|name| (name, Vec::new())).collect();
    for message in messages {
        boxes.entry(&message.mailbox).or_default().push(message);
    }
    let shape = |(name, messages): (&str, Vec<&Voicemail>)| {
        json!({
            "name": name,
            "messages": messages.len(),
            "new": messages.iter().filter(|message| !message.heard).count(),
            "seconds": (messages.iter().map(|message| u64::from(message.lasted_ms)).sum::<u64>() + 500) / 1_000,
            "last": messages.last().map(|message| time(message.at)),
        })
    };
    boxes.into_iter().map(shape).collect()
}

/// Messages, with their files.
pub(crate) fn messages<'a>(place: &Place, messages: impl Iterator<Item = &'a Voicemail>) -> Value {
    let shape = |message: &Voicemail| {
        json!({
            "call": id(message.call),
            "mailbox": &*message.mailbox,
            "at": time(message.at),
            "from": &*message.from,
            "seconds": f64::from(message.lasted_ms) / 1_000.0,
            "file": place.voicemail().join(&*message.mailbox).join(&*message.file).display().to_string(),
            "heard": message.heard,
            "note": note(message),
        })
    };
    messages.map(shape).collect()
}

fn note(message: &Voicemail) -> &'static str {
    match (message.interrupted, message.heard) {
        (true, true) => "interrupted, heard",
        (true, false) => "interrupted",
        (false, true) => "heard",
        (false, false) => "",
    }
}

/// A call as its record, its file and the command line name it.
pub(crate) fn id(call: CallId) -> String {
    format!("{:x}", call.0)
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn time(at: Wall) -> String {
    Timestamp::from_second(at.unix_seconds()).map_or_else(|_| "-".to_owned(), |at| at.to_string())
}
