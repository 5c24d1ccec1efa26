//! Decisions in words.

use std::time::Duration;

use super::time;
use crate::{
    Act, Atom, CompanyPhone, Duty, EventId, Fact, Hours, InLine, LanguageId, Layer, Notice, NumberKind,
    Order, PersonId, Prompt, QueueId, Refusal, Ring, RotaId, Screening, Sentence, SetBy, Shipped, Site, Who,
    hours,
    order::Merit,
    parse::show,
    queue::Exit,
    step::{
        Answer, DIGIT_WAIT, End, Fault, Named, NotRung, Outcome, ReasonKind, Target, TargetId, TimerId, Typed,
    },
};

/// What a node does, in a word, and with what.
pub(super) fn act(site: &Site, act: &Act) -> (&'static str, String) {
    match act {
        Act::Ring(Ring { who: Who::Agent(agent), total, .. }) => {
            ("agent", format!("{} at {} for {}", site[*agent].name, site[*agent].target, time(*total)))
        }
        Act::Ring(ring) => ("ring", self::ring(site, ring) + screened(ring.screening)),
        Act::Forward(forward) => {
            let screened = screened(forward.screening);
            ("forward", format!("{} for {}{screened}", forward.to, time(forward.total)))
        }
        Act::Play(Prompt::Hours(hours)) => ("say_hours", site[*hours].name.to_string()),
        Act::Play(prompt) => ("play", self::prompt(site, *prompt)),
        Act::Ask(ask) => ("ask", format!("key {} within {}", ask.key, time(ask.within))),
        Act::Directory { .. } => ("directory", "a name, spelled by keys".to_owned()),
        Act::Language(language) => ("language", site[*language].name.to_string()),
        Act::Menu(menu) => {
            let or = if site[*menu].dial_extension { ", or an extension" } else { "" };
            ("menu", format!("{}{or}", site[*menu].name))
        }
        Act::Queue(queue) => ("queue", site[*queue].name.to_string()),
        Act::Voicemail(mailbox) => ("voicemail", format!("mailbox {}", site[*mailbox].name)),
        Act::Reject(refusal) => ("reject", format!("{} ({})", refused(*refusal), refusal.status())),
        Act::Hangup => ("hang up", String::new()),
        Act::Goto(node) => ("goto", format!("plan:{}", site[site[*node].plan].name)),
    }
}

const fn screened(screening: Screening) -> &'static str {
    match screening {
        Screening::Unsaid => "",
        Screening::Off => ", not screened",
        Screening::On(_) => ", screened",
    }
}

fn ring(site: &Site, ring: &Ring) -> String {
    let (each, total) = (time(ring.each), time(ring.total));
    match ring.who {
        Who::Person(_) | Who::Phone(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => {
            format!("{} for {total}", who(site, ring.who))
        }
        Who::Group(group) => match site[group].order {
            Order::All => format!("{} all together for {total}", who(site, ring.who)),
            order @ (Order::InOrder
            | Order::RoundRobin
            | Order::LongestIdle
            | Order::FewestCalls
            | Order::LeastTalk
            | Order::Random
            | Order::Weighted
            | Order::Skill) => {
                format!("{} {}, {each} each, {total} in all", who(site, ring.who), order.in_words())
            }
        },
    }
}

/// From what is drawn by chance, if anything is: it could have been another number.
pub(super) fn drawn(site: &Site, act: &Act, chance: u64) -> Option<String> {
    let Who::Group(group) = act.ring()?.who else { return None };
    let is_drawn = site[group].order.is_drawn();
    is_drawn.then(|| format!("drawn from chance {chance}; another number draws others"))
}

/// What a condition said.
pub(super) fn asked(site: &Site, atom: Atom, answer: Answer) -> String {
    match (atom, answer) {
        (Atom::Open(hours), Answer::Hours(state)) => {
            let name = &site[hours].name;
            match state {
                hours::State::Open => format!("hours:{name} open"),
                hours::State::ClosedNow => format!("hours:{name} closed at this time"),
                hours::State::ClosedDay => format!("hours:{name} closed on this day of the week"),
                hours::State::Closed(event) => {
                    format!("hours:{name} closed{}", by_event(&site[hours], event))
                }
                hours::State::Opened(event) => {
                    format!("hours:{name} open{}", by_event(&site[hours], event))
                }
                hours::State::Holiday(which) => {
                    let holiday = site[hours].holiday(which);
                    match holiday.map(|holiday| (holiday.date, holiday.name.as_deref())) {
                        Some((_, Some(holiday))) => format!("hours:{name} closed: \"{holiday}\""),
                        Some((date, None)) => format!("hours:{name} closed: holiday {date}"),
                        None => format!("hours:{name} closed: holiday"),
                    }
                }
            }
        }
        (Atom::Open(hours), answer) => {
            let held = if answer.is_yes() { "open" } else { "closed" };
            format!("hours:{} held {held} by hand", site[hours].name)
        }
        (Atom::CallerIn(list), answer) => {
            let not = if answer.is_yes() { "" } else { "not " };
            format!("caller {not}in list:{}", site[list].name)
        }
        (Atom::CallerWithheld, answer) => {
            let not = if answer.is_yes() { "" } else { "not " };
            format!("caller {not}withheld")
        }
        (atom, Answer::Unknown) => {
            format!("{} was not told in time", atom.fact().map_or("what it asks", Fact::name))
        }
        (Atom::AttestAtLeast(least), answer) => {
            format!("caller.attest {} {least}", if answer.is_yes() { ">=" } else { "below" })
        }
        (Atom::AttestIs(attest), answer) => {
            format!("caller.attest {} {attest}", if answer.is_yes() { "=" } else { "is not" })
        }
        (Atom::ContactKnown, answer) => {
            format!("contact {}", if answer.is_yes() { "known" } else { "not known" })
        }
        (Atom::ContactKnownTo(group), answer) => {
            let not = if answer.is_yes() { "" } else { "not " };
            format!("contact {not}known to group:{}", site[group].name)
        }
        (Atom::ContactTag(tag), answer) => {
            let not = if answer.is_yes() { "" } else { "not " };
            format!("contact {not}tagged \"{}\"", site.tags[tag.index()])
        }
        (Atom::ContactOwner(None), answer) => {
            format!("contact has {}", if answer.is_yes() { "an owner" } else { "no owner" })
        }
        (Atom::ContactOwner(Some(person)), answer) => {
            format!("contact.owner {} {}", if answer.is_yes() { "=" } else { "is not" }, site[person].name)
        }
        (Atom::ContactCampaign(None), answer) => {
            format!("contact is part of {}", if answer.is_yes() { "a campaign" } else { "no campaign" })
        }
        (Atom::ContactCampaign(Some(campaign)), answer) => {
            let is = if answer.is_yes() { "=" } else { "is not" };
            format!("contact.campaign {is} {}", site[campaign].name)
        }
        (Atom::CallerFrom(country), answer) => {
            format!("caller.country {} {country}", if answer.is_yes() { "=" } else { "is not" })
        }
        (Atom::NumberIs(kind), answer) => {
            let is = if answer.is_yes() { "=" } else { "is not" };
            format!("number.type {is} {}", NumberKind::word_of(kind))
        }
    }
}

/// `: "Christmas Day" (calendars/us.ics line 88)`.
fn by_event(hours: &Hours, event: EventId) -> String {
    let Some((file, event)) = hours.event(event) else { return String::new() };
    format!(": \"{}\" ({} line {})", event.summary, file.name, event.line)
}

/// A decision other than a condition or the beginning of a node; `None` for what goes without saying.
pub(super) fn told(site: &Site, kind: ReasonKind, name: impl Fn(TargetId) -> String) -> Option<String> {
    Some(match kind {
        ReasonKind::Turn { person, merit } => format!("{}'s turn: {}", site[person].name, self::merit(merit)),
        ReasonKind::Rang { who, .. } => format!("{} rings", target(site, who)),
        ReasonKind::NotRung { who, why } => {
            format!("{} is not rung: {}", self::who(site, who), not_rung(site, who, why))
        }
        ReasonKind::Layer { layer, named } => self::layer(site, layer, named),
        ReasonKind::OnDuty { rota, duty } => on_duty(site, rota, duty),
        ReasonKind::NoRoute => "no dial rule leads there that may be used".to_owned(),
        ReasonKind::Screened { target, screen } => format!(
            "{} picks up and is asked: {} takes the call, {} declines it, within {}",
            name(target),
            screen.accept,
            screen.decline,
            time(screen.within)
        ),
        ReasonKind::Heard { target, outcome } => match outcome {
            Outcome::Answered => format!("{} answers", name(target)),
            Outcome::NoAnswer => format!("{} does not answer", name(target)),
            Outcome::Busy => format!("{} is busy", name(target)),
            Outcome::Declined => format!("{} declines", name(target)),
            Outcome::Unreachable => format!("{} is not reached", name(target)),
        },
        ReasonKind::SentOn { target, to } => {
            format!("{} sends the call on to {}", name(target), to.named(site))
        }
        ReasonKind::NotSentOn { target, to, why } => {
            format!("{} sends the call on to {}, where it does not go: {why}", name(target), to.named(site))
        }
        ReasonKind::TimeUp(TimerId::Key) => "no key is pressed".to_owned(),
        ReasonKind::TimeUp(TimerId::Message) => "the recording is given up".to_owned(),
        ReasonKind::Over(outcome) => format!("over: {}", self::outcome(outcome)),
        ReasonKind::Pressed { key, leads: Some(node) } => {
            format!("key {key} leads to {}", site.node_name(node))
        }
        ReasonKind::Pressed { key, leads: None } => format!("key {key} leads nowhere"),
        ReasonKind::Spelled(typed) => spelled(site, typed),
        ReasonKind::Dials(typed) => {
            format!("{typed} may become an extension: {} for another digit", time(DIGIT_WAIT))
        }
        ReasonKind::Dialled { typed, leads: Some(node) } => {
            format!("extension {typed} leads to {}", site.node_name(node))
        }
        ReasonKind::Dialled { typed, leads: None } => format!("{typed} is no extension"),
        ReasonKind::TimeUp(TimerId::Digit) => "no other digit is dialled".to_owned(),
        ReasonKind::SkippedGreeting => "# skips the greeting".to_owned(),
        ReasonKind::Recorded { left: true } => "a message is left".to_owned(),
        ReasonKind::Recorded { left: false } => "no message is left".to_owned(),
        ReasonKind::Told(notice) => format!("hears {}", self::notice(notice)),
        ReasonKind::Speaks { language, by } => speaks(site, language, by),
        ReasonKind::Taken { agent, .. } => format!("{} takes the call", site[agent].name),
        ReasonKind::LeftLine { queue, exit } => left_line(site, queue, exit),
        ReasonKind::TimeUp(TimerId::Step | TimerId::Turn | TimerId::Fact | TimerId::Target)
        | ReasonKind::Asked { .. }
        | ReasonKind::Passed
        | ReasonKind::Began
        | ReasonKind::Waits(_)
        | ReasonKind::Rings(_)
        | ReasonKind::Ignored(_)
        | ReasonKind::Ended(_) => return None,
    })
}

/// What the caller is spoken to in, and who says so.
fn speaks(site: &Site, language: LanguageId, by: SetBy) -> String {
    let why = match by {
        SetBy::Step => "a step says so",
        SetBy::Contact => "the contact says so",
        SetBy::Number => "the number says so",
        SetBy::Site => "as the site does",
    };
    format!("is spoken to in {}: {why}", site[language].name)
}

/// Whose names begin with what was spelled.
fn spelled(site: &Site, typed: Typed) -> String {
    let found = site.directory.as_ref().map(|directory| directory.matches(typed.kept()));
    let names: Vec<_> = found.into_iter().flatten().map(|listed| &*site[listed.person].label).collect();
    let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    format!("spells {typed}: {names}")
}

/// Who is on, and why.
fn on_duty(site: &Site, rota: RotaId, duty: Duty) -> String {
    let rota = &site[rota];
    let names = |people: &[PersonId]| {
        let names: Vec<_> = people.iter().map(|person| &*site[*person].name).collect();
        format!("{} {} on", names.join(" and "), if names.len() > 1 { "are" } else { "is" })
    };
    let why = match duty {
        Duty::Week(since) => {
            let on = rota.turn(since).map(names).unwrap_or_default();
            format!("{on} since {since}")
        }
        Duty::Event(event) => {
            let on = rota.named(event).map(names).unwrap_or_default();
            match rota.event(event) {
                Some((file, title, line)) => format!("{on}: \"{title}\" ({file} line {line})"),
                None => on,
            }
        }
        Duty::Fallback => {
            let stands_in = rota.fallback.map_or("", |person| &*site[person].name);
            format!("nobody is on, so {stands_in} stands in")
        }
        Duty::Nobody => "nobody is on, and nobody stands in".to_owned(),
    };
    format!("rota:{} {why}", rota.name)
}

/// What speaks for somebody whose turn it is.
pub(super) fn merit(merit: Merit) -> String {
    match merit {
        Merit::Idle(None) => "has talked with nobody yet".to_owned(),
        Merit::Idle(Some(idle)) => format!("idle for {}", time(idle)),
        Merit::Calls(1) => "answered 1 call today".to_owned(),
        Merit::Calls(calls) => format!("answered {calls} calls today"),
        Merit::Talk(talk) => format!("talked for {} today", time(talk)),
        Merit::Chance => "drawn by chance".to_owned(),
    }
}

/// What a caller is told who waits.
fn notice(notice: Notice) -> String {
    match notice {
        Notice::Place { position, wait: None } => format!("that they are number {position} in the line"),
        Notice::Place { position, wait: Some(wait) } => {
            format!("that they are number {position} in the line, for about {}", time(wait))
        }
        Notice::Offer(key) => format!("that key {key} has them called back"),
        Notice::KeptPlace => "that they keep their place and are called back".to_owned(),
    }
}

/// Why somebody is not in the line.
fn left_line(site: &Site, queue: QueueId, exit: Exit) -> String {
    let rules = &site[queue].rules;
    match exit {
        Exit::Full => format!("not let in: {} wait already", rules.callers_max.unwrap_or(0)),
        Exit::Waited => {
            format!("waited for {}, as long as anybody does", time(rules.wait_max.unwrap_or_default()))
        }
        Exit::Unstaffed => "nobody is signed in".to_owned(),
        Exit::Closed => "the line is closed".to_owned(),
    }
}

/// What somebody hears who waits and is told nothing.
pub(super) fn music(site: &Site, heard: InLine) -> String {
    match heard {
        InLine::Prompt(prompt) => format!("hears {}, over and over", self::prompt(site, prompt)),
        InLine::Music(music) => format!("hears music:{}", site[music].name),
        InLine::Tone => "hears that it rings".to_owned(),
    }
}

/// What the caller hears.
pub(super) fn heard(site: &Site, prompt: Prompt, length: Option<Duration>) -> String {
    let prompt = self::prompt(site, prompt);
    match length {
        Some(length) => format!("hears {prompt}, {}", time(length)),
        None => format!("hears nothing: {prompt} can't be played"),
    }
}

/// What the caller is told in a sentence.
pub(super) fn told_so(site: &Site, sentence: Sentence, length: Duration) -> String {
    match &*sentence.text(site) {
        "" => "hears nothing: there is nothing to say".to_owned(),
        text => format!("hears \"{text}\", {}", time(length)),
    }
}

/// A phone, and who has signed in at it, or a number.
pub(super) fn target(site: &Site, target: Target) -> String {
    match target {
        Target::Phone(phone) => match site[phone].person.filter(|_| site[phone].is_lent()) {
            Some(person) => format!("{} (lent to {})", site[phone].name, site[person].name),
            None => site[phone].name.to_string(),
        },
        Target::Number { to, .. } => to.to_string(),
        Target::Agent(agent) => format!("agent:{}", site[agent].name),
    }
}

/// How a call ends.
pub(super) fn end(site: &Site, end: End) -> String {
    match end {
        End::Left => "the caller hangs up".to_owned(),
        End::Voicemail { mailbox, left: true } => format!("voicemail:{}, a message left", site[mailbox].name),
        End::Voicemail { mailbox, left: false } => format!("voicemail:{}, no message", site[mailbox].name),
        End::Rejected(refusal) => format!("rejected: {} ({})", refused(refusal), refusal.status()),
        End::HungUp => "the plan hangs up".to_owned(),
        End::WentHome(queue) => {
            format!("the caller keeps the place in queue:{} and is called back", site[queue].name)
        }
        End::Failed(Fault::Loop) => "failed: the plan goes in a circle".to_owned(),
        End::Failed(Fault::TooLong) => "failed: the call went through too many steps".to_owned(),
        End::Failed(Fault::DeadEnd) => "failed: the plan leads nowhere".to_owned(),
        End::Failed(Fault::Version) => "failed: the plan was replaced".to_owned(),
    }
}

/// A length of time: `4.8 s`, `30 s`, `1 min 12 s`.
pub(super) fn time(length: Duration) -> String {
    let tenths = (length.as_millis() + 50) / 100;
    let (minutes, seconds, tenths) = (tenths / 600, tenths / 10 % 60, tenths % 10);
    match (minutes, seconds, tenths) {
        (0, seconds, 0) => format!("{seconds} s"),
        (0, seconds, tenths) => format!("{seconds}.{tenths} s"),
        (minutes, 0, _) => format!("{minutes} min"),
        (minutes, seconds, _) => format!("{minutes} min {seconds} s"),
    }
}

/// The name of a weekday, its first three letters.
pub(super) fn weekday(day: jiff::civil::Weekday) -> &'static str {
    &time::weekday(day)[..3]
}

fn who(site: &Site, who: Who) -> String {
    match who {
        Who::Person(person) => site[person].name.to_string(),
        Who::Phone(phone) => site[phone].name.to_string(),
        Who::Group(group) => format!("group:{}", site[group].name),
        Who::Rota(rota) => format!("rota:{}", site[rota].name),
        Who::OnCall(rota) => format!("rota:{} outside", site[rota].name),
        Who::Agent(agent) => format!("agent:{}", site[agent].name),
        Who::First(layers) => {
            let words: Vec<_> = layers.iter().map(Layer::word).collect();
            let within = layers.within.map(|within| format!(", within {}", show(within)));
            format!("the first of {}{}", words.join(", "), within.unwrap_or_default())
        }
    }
}

/// Whom a layer names.
fn layer(site: &Site, layer: Layer, named: Named) -> String {
    let word = layer.word();
    match named {
        Named::Is(CompanyPhone::Inside(is)) => format!("{word} is {}", who(site, is)),
        Named::Is(CompanyPhone::Outside(number)) => format!("{word} is {number}"),
        Named::Nobody if layer.fact().is_some() => format!("{word} is nobody of ours"),
        Named::Nobody => format!("{word} is not set"),
        Named::TooLongAgo => format!("{word} was too long ago"),
        Named::Untold => format!("{word} was not told in time"),
    }
}

fn prompt(site: &Site, prompt: Prompt) -> String {
    match prompt {
        Prompt::File(file) => site[file].shown(),
        Prompt::Shipped(own) => shipped(own).to_owned(),
        Prompt::Hours(hours) => format!("the hours of {}", site[hours].name),
    }
}

/// What one of the switch's own prompts says.
pub(crate) const fn shipped(shipped: Shipped) -> &'static str {
    match shipped {
        Shipped::LeaveMessage => "\"Please leave a message after the tone.\"",
        Shipped::Beep => "the beep",
        Shipped::Goodbye => "\"Thank you, goodbye.\"",
        Shipped::TakeCall => "\"You have a call. To take it, press one. To decline it, press two.\"",
    }
}

fn not_rung(site: &Site, who: Who, why: NotRung) -> String {
    match why {
        NotRung::Blocked(number) => {
            let person = match who {
                Who::Person(person) => Some(person),
                Who::Phone(phone) => site[phone].person,
                Who::Group(_) | Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => None,
            };
            let name = person.map_or("whoever it is", |person| &*site[person].name);
            format!("{name} has blocked {number}")
        }
        NotRung::Busy(1) => "busy with a call".to_owned(),
        NotRung::Busy(calls) => format!("busy with {calls} calls"),
        NotRung::NotRegistered => "not registered".to_owned(),
        NotRung::Away => "away".to_owned(),
        NotRung::DoNotDisturb => "not to be disturbed".to_owned(),
        NotRung::Forwards => "sends calls elsewhere, and a group's do not follow".to_owned(),
        NotRung::Caller => "it is the caller".to_owned(),
        NotRung::Sender => "sent the call on to the group".to_owned(),
        NotRung::LegsMax => "the call has as many legs as it may have".to_owned(),
    }
}

const fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy => "busy",
        Refusal::Decline => "declined",
        Refusal::Unallocated => "no such number",
        Refusal::NoAnswer => "nobody answered",
    }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::NoAnswer => "unanswered",
        Outcome::Busy => "busy",
        Outcome::Declined => "declined",
        Outcome::Unreachable => "out of reach",
    }
}
