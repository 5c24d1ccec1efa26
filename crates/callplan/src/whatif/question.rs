//! A call of before as a question to the new site, with what is known of its parties.

use std::time::Duration;

use super::{same::Parts, translate::Dictionary, usual::Answered};
use crate::{
    explain::{Given, Party, Press, Question, Remembered, remembered},
    journal::{self, Course, Recorded},
    step::{Action, Target, TargetId},
};

/// What is known of a call.
pub(super) struct Asked {
    pub(super) question: Question,
    /// How long parties rang at most without having said anything by then.
    pub(super) rang: Vec<(Party, Duration)>,
    /// How long the caller is known to stay, if it was not they who went.
    pub(super) patience: Option<Duration>,
    /// Keys that the caller is known to have pressed once the sites had parted.
    pub(super) keys: usize,
    /// What was asked then.
    pub(super) answered: Answered,
}

/// The first course of a call; `None` if nothing happened in it.
pub(super) fn of(dictionary: Dictionary<'_>, recorded: &Recorded, parts: &Parts) -> Option<Asked> {
    let Remembered { question, .. } = remembered(dictionary.old, recorded, 0)?;
    let parted = parts.first.at;
    let mut question = translated(dictionary, question)?;
    let late: Vec<_> = question.press.iter().filter_map(|press| asked_later(*press, parted)).collect();
    let keys = late.len();
    question.press.retain(|press| matches!(press, Press::At(at, _) if *at < parted));
    question.press.extend(late);
    // Lines are served as the new site has it, and nobody knows how.
    question.line.clear();
    let course = recorded.courses.first()?;
    let last = course.moments.last()?.now.mono.since(course.moments.first()?.now.mono);
    let patience = question.leaves.is_none().then_some(last);
    let (rang, answered) = (rang(dictionary, recorded), Answered::of(dictionary, recorded));
    Some(Asked { question, rang, patience, keys, answered })
}

/// Behind the point where the sites part a key is pressed when it is asked for; what ended a message is no such key.
const fn asked_later(press: Press, parted: Duration) -> Option<Press> {
    match press {
        Press::At(at, key) if at.as_micros() >= parted.as_micros() && key != '#' => Some(Press::Asked(key)),
        Press::At(..) | Press::Asked(_) | Press::Nothing => None,
    }
}

fn translated(dictionary: Dictionary<'_>, question: Question) -> Option<Question> {
    let (person, hours, list) =
        (|it| dictionary.person(it), |it| dictionary.hours(it), |it| dictionary.list(it));
    let facts = dictionary.course(&Course { facts: question.facts(), moments: Vec::new() });
    let facts = facts.ok()?.facts;
    let told = journal::tellings(&facts.told);
    let given = question.given.iter().filter_map(|given| {
        let party = party(dictionary, given.party)?;
        Some(Given { party, ..*given })
    });
    let sends = question
        .sends
        .iter()
        .filter_map(|(who, after, to)| Some((party(dictionary, *who)?, *after, dictionary.entry(*to).ok()?)));
    let pointers = question.pointers.iter().filter_map(|(group, at)| dictionary.pointer(*group, *at));
    Some(Question {
        caller: facts.caller,
        entry: facts.entry,
        told,
        given: given.collect(),
        sends: sends.collect(),
        pointers: pointers.collect(),
        states: question.states.iter().filter_map(|(who, it)| Some((person(*who)?, *it))).collect(),
        blocked: question.blocked.iter().filter_map(|(who, it)| Some((person(*who)?, *it))).collect(),
        calls: question.calls.iter().filter_map(|(who, it)| Some((person(*who)?, *it))).collect(),
        tallies: question.tallies.iter().filter_map(|(who, it)| Some((person(*who)?, *it))).collect(),
        listed: question.listed.iter().filter_map(|(which, it)| Some((list(*which)?, *it))).collect(),
        held: question.held.iter().filter_map(|(which, it)| Some((hours(*which)?, *it))).collect(),
        ends: question.ends.iter().filter_map(|(which, it)| Some((hours(*which)?, *it))).collect(),
        lengths: Vec::new(),
        ..question
    })
}

fn party(dictionary: Dictionary<'_>, party: Party) -> Option<Party> {
    match party {
        Party::Phone(phone) => dictionary.phone(phone).map(Party::Phone),
        Party::Person(person) => dictionary.person(person).map(Party::Person),
        Party::Number(number) => Some(Party::Number(number)),
        Party::Agent(agent) => dictionary.agent(agent).map(Party::Agent),
        // Nothing of before is known of a whole group.
        Party::Group(_) | Party::Queue(_) => None,
    }
}

/// How long each rang until it was stopped.
fn rang(dictionary: Dictionary<'_>, recorded: &Recorded) -> Vec<(Party, Duration)> {
    let mut since: Vec<(TargetId, Target, clock::Instant)> = Vec::new();
    let mut rang: Vec<(Party, Duration)> = Vec::new();
    let replayed = journal::replay(dictionary.old, recorded);
    let replayed: Vec<_> = replayed.iter().filter(|it| it.course == 0).collect();
    let over = replayed.last().map_or(clock::Instant::ZERO, |last| last.now.mono);
    let mut stops = Vec::new();
    for moment in &replayed {
        for action in &moment.steps.actions {
            if let Action::Start { target, who, .. } = *action {
                since.push((target, who, moment.now.mono));
            } else if let Action::Stop { target, .. } = *action {
                stops.push((target, moment.now.mono));
            }
        }
    }
    for (target, who, from) in since {
        let until = stops.iter().find(|(own, _)| *own == target).map_or(over, |(_, at)| *at);
        let who = match who {
            Target::Phone(phone) => Party::Phone(phone),
            Target::Number { to, .. } => Party::Number(to),
            Target::Agent(agent) => Party::Agent(agent),
        };
        if let Some(who) = party(dictionary, who) {
            rang.push((who, until.since(from)));
        }
    }
    rang
}
