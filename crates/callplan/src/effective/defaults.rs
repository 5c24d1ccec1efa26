//! What holds where nobody wrote anything, in the words of the config.

use super::UNWRITTEN;
use crate::{
    model::{
        AgentId, Feature, Group, GroupId, HoursId, Mailbox, MailboxId, Number, NumberId, NumberKind, Person,
        PersonId, PhoneId, Public, Queue, QueueId, RotaId, Said, SaidSet, Session, SessionTimer, Site,
        Speech, Trunk, TrunkId,
    },
    money::Amount,
    parse::{show, words},
};

/// A key and its value.
type Row = (&'static str, String);

/// The rows of a table whose keys are fixed; `is_written` says whether the config has the table at all.
pub(super) fn of_table(site: &Site, table: &str, is_written: bool) -> Vec<Row> {
    match table {
        "site" => of_site(site),
        "listen" => of_listen(site),
        "limits" => of_limits(site),
        "codes" => of_codes(site),
        "emergency" => of_emergency(site),
        "park" if is_written => of_park(site),
        _ => Vec::new(),
    }
}

/// The rows of the thing at `index` of a table whose keys are names.
pub(super) fn of_named(site: &Site, table: &str, index: usize) -> Vec<Row> {
    match table {
        "trunks" => of_trunk(&site[TrunkId::from(index)]),
        "agents" => of_agent(site, AgentId::from(index)),
        "people" => of_person(site, &site[PersonId::from(index)]),
        "phones" => of_session(site[PhoneId::from(index)].session),
        "groups" => of_group(&site[GroupId::from(index)]),
        "queues" => of_queue(&site[QueueId::from(index)]),
        "hours" => of_zone(&site[HoursId::from(index)].timezone),
        "rota" => of_zone(&site[RotaId::from(index)].timezone),
        "mailboxes" => of_mailbox(&site[MailboxId::from(index)]),
        "numbers" => of_number(&site[NumberId::from(index)]),
        _ => Vec::new(),
    }
}

fn of_agent(site: &Site, id: AgentId) -> Vec<Row> {
    let agent = &site[id];
    vec![("answer_within", text(show(agent.within))), ("channels", site[agent.trunk].channels.to_string())]
}

fn of_site(site: &Site) -> Vec<Row> {
    let public = match site.public {
        Public::Auto => text("auto"),
        Public::Fixed(address) => text(address),
    };
    vec![("public", public), ("ring", text(show(site.ring))), ("language", text(&site.speech.language))]
}

fn of_listen(site: &Site) -> Vec<Row> {
    let listen = &site.listen;
    let sockets = [("udp", &listen.udp), ("tcp", &listen.tcp), ("tls", &listen.tls)];
    let heard = sockets.into_iter().filter(|(_, sockets)| !sockets.is_empty());
    let mut rows: Vec<_> = heard.map(|(key, sockets)| (key, texts(sockets))).collect();
    rows.push(("rtp", text(format_args!("{}-{}", listen.rtp.start(), listen.rtp.end()))));
    rows
}

fn of_limits(site: &Site) -> Vec<Row> {
    let limits = &site.limits;
    let mut rows = vec![
        ("calls_max", limits.calls_max.to_string()),
        ("calls_per_person", limits.calls_per_person.to_string()),
        ("calls_per_minute", limits.calls_per_minute.to_string()),
        ("legs_max", limits.legs_max.to_string()),
        ("stranger_rate", limits.stranger_rate.to_string()),
        ("stranger_network_rate", limits.stranger_network_rate.to_string()),
        ("silence_max", text(show(limits.silence_max))),
        ("facts_budget", text(show(limits.facts_budget))),
    ];
    if site.money.is_some() {
        rows.push(("per_day", bound(limits.per_day)));
    }
    rows
}

fn of_codes(site: &Site) -> Vec<Row> {
    let code = |(key, feature, ..): &(&'static str, Feature, _, _)| {
        (*key, text(site.codes.of(*feature).unwrap_or("off")))
    };
    let mut rows: Vec<_> = Feature::ALL.iter().map(code).collect();
    rows.push(("caller_id", text(site.caller_id_code.as_deref().unwrap_or("off"))));
    rows
}

fn of_park(site: &Site) -> Vec<Row> {
    let slots = site.park.slots.as_ref();
    let slots = slots.map(|slots| ("slots", text(format_args!("{}-{}", slots.start(), slots.end()))));
    slots.into_iter().chain([("return_after", text(show(site.park.return_after)))]).collect()
}

fn of_emergency(site: &Site) -> Vec<Row> {
    let emergency = &site.emergency;
    let mut rows = Vec::new();
    // A country whose numbers are not known has none, and an empty list is refused.
    if !emergency.numbers.is_empty() {
        rows.push(("numbers", texts(&emergency.numbers)));
    }
    if !emergency.trunks.is_empty() {
        rows.push(("trunks", texts(emergency.trunks.iter().map(|trunk| &site[*trunk].name))));
    }
    rows.push(("callback_for", text(show(emergency.callback_for))));
    rows
}

fn of_trunk(trunk: &Trunk) -> Vec<Row> {
    let mut rows = vec![("host", text(&trunk.host))];
    rows.extend(trunk.transport.map(|transport| ("transport", text(transport.key()))));
    if !trunk.from.is_empty() {
        rows.push(("from", texts(trunk.from.iter().map(|net| format!("{}/{}", net.address, net.bits)))));
    }
    let fail_over = trunk.fail_over.timeout.then(|| "timeout".to_owned());
    let fail_over = fail_over.into_iter().chain(trunk.fail_over.statuses.iter().map(u16::to_string));
    rows.extend([
        ("ping", text(trunk.ping.map_or_else(|| "off".to_owned(), show))),
        ("channels", trunk.channels.to_string()),
        ("called", text(words::of(&words::CALLED, trunk.called))),
        ("format", text(words::of(&words::FORMATS, trunk.format))),
        ("fail_over_on", texts(fail_over)),
        ("media", text(words::of(&words::MEDIA, trunk.media))),
        ("redirects", text(words::of(&words::REDIRECTS, trunk.redirects))),
        ("transfers", text(words::of(&words::TRANSFERS, trunk.transfers))),
    ]);
    rows.extend(of_session(trunk.session));
    let identity = &trunk.identity;
    let from = words::of(&words::FROM, identity.from);
    let forwarded = words::of(&words::FORWARDED, identity.forwarded);
    let (believe, send) = (said(identity.believe), said(identity.send));
    let rules =
        format!("{{ believe = {believe}, send = {send}, from = \"{from}\", forwarded = \"{forwarded}\" }}");
    rows.push(("identity", rules));
    rows
}

fn said(set: SaidSet) -> String {
    texts(Said::ALL.into_iter().filter(|(_, said)| set.has(*said)).map(|(word, _)| word))
}

fn of_session(session: Session) -> Vec<Row> {
    let timer = match session.timer {
        SessionTimer::Off => "off".to_owned(),
        SessionTimer::IfAsked => "if-asked".to_owned(),
        SessionTimer::Asked(interval) => show(interval),
    };
    vec![
        ("session_timer", text(timer)),
        ("refresher", text(words::of(&words::REFRESHERS, session.refresher))),
        ("100rel", text(words::of(&words::RELIABLE, session.reliable))),
    ]
}

fn of_person(site: &Site, person: &Person) -> Vec<Row> {
    let mut rows = vec![("name", text(&person.label))];
    rows.push(("allow", texts(person.allow.iter().map(|class| &site[*class].name))));
    if !person.present.is_empty() {
        rows.push(("present", texts(&person.present)));
    }
    rows.push(("calls_max", person.calls_max.to_string()));
    rows.push(("call_waiting", person.call_waiting.to_string()));
    rows.push(("allow_prompts", person.records_prompts.to_string()));
    rows.push(("mask", mask(person.mask)));
    if site.money.is_some() {
        rows.push(("per_day", bound(person.per_day)));
    }
    rows
}

fn bound(amount: Option<Amount>) -> String {
    text(amount.map_or_else(|| "off".to_owned(), |amount| amount.to_string()))
}

fn of_group(group: &Group) -> Vec<Row> {
    vec![
        ("ring", text(words::of(&words::ORDERS, group.order))),
        ("mask", mask(group.shown.mask)),
        ("answered_elsewhere", group.answered_elsewhere.to_string()),
    ]
}

fn of_queue(queue: &Queue) -> Vec<Row> {
    let rules = &queue.rules;
    vec![
        ("ring", text(words::of(&words::ORDERS, rules.order))),
        ("each", text(show(rules.each))),
        ("wrap", text(show(rules.wrap))),
        ("rest", text(show(rules.rest))),
        ("mask", mask(queue.shown.mask)),
        ("answered_elsewhere", queue.answered_elsewhere.to_string()),
    ]
}

fn of_zone(zone: &jiff::tz::TimeZone) -> Vec<Row> {
    zone.iana_name().map(|name| ("timezone", text(name))).into_iter().collect()
}

fn of_mailbox(mailbox: &Mailbox) -> Vec<Row> {
    vec![("max", text(show(mailbox.max))), ("silence", text(show(mailbox.silence)))]
}

fn of_number(number: &Number) -> Vec<Row> {
    let state = words::of(&words::STATES, number.is_porting);
    vec![
        ("label", text(&number.label)),
        ("type", text(NumberKind::word_of(number.kind))),
        ("state", text(state)),
        ("mask", mask(number.shown.mask)),
    ]
}

fn mask(is_on: bool) -> String {
    text(words::of(&words::MASK, is_on))
}

/// What speaks where nobody wrote it, and for how long it may: whichever is installed, so it is no line of the config.
pub(super) fn speech(speech: &Speech) -> String {
    let [first, second] = Speech::USUAL;
    let command = texts([first].into_iter().chain(Speech::USUAL_WORDS));
    let timeout = text(show(speech.timeout));
    format!(
        "# [hooks.speech]  {UNWRITTEN}\n# command = {command}  # or {second}, where only that is installed\n# timeout = {timeout}\n"
    )
}

/// A text of TOML. What stands in the model holds no control character.
fn text(value: impl ToString) -> String {
    format!("\"{}\"", value.to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<_> = values.into_iter().map(text).collect();
    format!("[{}]", values.join(", "))
}
