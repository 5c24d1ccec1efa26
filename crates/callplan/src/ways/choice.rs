//! What decides where a call goes from a step that waits.

use std::time::Duration;

use clock::Wall;

use super::rung::{answerers, meant, numbers};
use crate::{
    Act, AgentId, DialId, E164, Keys, Layer, Menu, NodeId, Owner, PersonId, PhoneId, Ring, Screen, Site,
    When, Who,
    explain::{Explanation, Given, Question},
    step::{Caller, Outcome, ROUNDS, Target, may_go_home},
};

/// How a step that waits comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    /// Somebody answers, and nobody else does.
    Answers(Answerer),
    /// Everybody is busy, declines, does not answer, or is not there.
    All(Outcome),
    /// A key of the menu is pressed.
    Key(char),
    /// The extension of somebody is dialled at the menu.
    Dials(Owner),
    /// Somebody is found in the directory.
    Finds(PersonId),
    /// Only keys that the menu does not have are pressed; or, where each is one or begins an extension, this one and
    /// `*`, which is none.
    Wrong(char),
    /// No key is pressed.
    Silence,
    /// As many wait in the line as may.
    Full,
    /// Nobody who serves the queue is signed in.
    Unstaffed,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answerer {
    /// A person, on all phones.
    Person(PersonId),
    /// A phone.
    Phone(PhoneId),
    /// A number outside.
    Number(E164),
    /// An agent.
    Agent(AgentId),
}

/// What may decide at a node; nothing where the call does not wait for anybody.
pub(crate) fn at(site: &Site, node: NodeId, question: &Question) -> Vec<Choice> {
    let rung = |answerers: Vec<Answerer>| {
        let outcomes = [Outcome::NoAnswer, Outcome::Busy, Outcome::Declined, Outcome::Unreachable];
        let answers = answerers.into_iter().map(Choice::Answers);
        answers.chain(outcomes.into_iter().map(Choice::All)).collect()
    };
    match &site[node].act {
        Act::Ring(ring) => rung(answerers(site, ring, question)),
        Act::Forward(forward) => rung(vec![Answerer::Number(forward.to)]),
        Act::Menu(menu) => {
            let menu = &site[*menu];
            let keys = menu.keys.iter().map(|(key, _)| Choice::Key(key));
            let dialled = site.by_extension.iter().filter(|_| menu.dial_extension);
            let dialled = dialled.map(|(_, owner)| Choice::Dials(owner));
            let all = || Keys::ORDER.into_iter().rev();
            let wrong = all().find(|key| menu.keys.find(*key).is_none() && !begins(site, menu, *key));
            let wrong = wrong.or_else(|| all().find(|key| begins(site, menu, *key)));
            keys.chain(dialled).chain([Choice::Silence]).chain(wrong.map(Choice::Wrong)).collect()
        }
        Act::Ask(ask) => vec![Choice::Key(ask.key), Choice::Silence],
        Act::Directory { .. } => {
            let listed = site.directory.iter().flat_map(|directory| &directory.entries);
            listed.map(|listed| Choice::Finds(listed.person)).chain([Choice::Silence]).collect()
        }
        Act::Queue(queue) => {
            let rules = &site[*queue].rules;
            let mut people: Vec<_> = rules.people().collect();
            people.sort_unstable();
            people.dedup();
            let answers = people.into_iter().map(|person| Choice::Answers(Answerer::Person(person)));
            let full = rules.callers_max.map(|_| Choice::Full);
            let home = rules.call_back.filter(|_| may_go_home(site, *queue, question.caller));
            let home = home.map(|offer| Choice::Key(offer.key));
            let others = [Choice::All(Outcome::NoAnswer), Choice::Unstaffed];
            answers.chain(others).chain(full).chain(home).collect()
        }
        Act::Play(_) | Act::Voicemail(_) | Act::Reject(_) | Act::Hangup | Act::Goto(_) | Act::Language(_) => {
            Vec::new()
        }
    }
}

/// Whether it can come to that at `wall`: of a rota only who is on is rung.
pub(crate) fn is_possible(choice: Choice, site: &Site, node: NodeId, wall: Wall) -> bool {
    match (choice, &site[node].act) {
        (Choice::Answers(Answerer::Person(person)), Act::Ring(Ring { who: Who::Rota(rota), .. })) => {
            site[*rota].on(wall).0.contains(&person)
        }
        (Choice::Answers(Answerer::Number(to)), Act::Ring(Ring { who: Who::OnCall(rota), .. })) => {
            site[*rota].on(wall).0.iter().any(|person| site.on_call_number(*person) == Some(to))
        }
        (_, _) => true,
    }
}

/// Whether it comes true at a node where something was said of somebody beforehand, and that still holds: whoever is
/// said to be busy answers in no way.
pub(super) fn is_true(
    choice: Choice,
    site: &Site,
    node: NodeId,
    question: &Question,
    said: &[Given],
    since: Duration,
) -> bool {
    let outside = |to: E164, by: Option<PersonId>| Target::Number { to, rule: DialId(0), by };
    let targets: Vec<Target> = match &site[node].act {
        Act::Ring(ring) => {
            let mut all: Vec<Target> = numbers(site, ring, question).map(|to| outside(to, None)).collect();
            for ring in meant(site, ring, question) {
                if let Who::Agent(agent) = ring.who {
                    all.push(Target::Agent(agent));
                }
                all.extend(site.phones_of(ring.who).into_iter().map(Target::Phone));
                all.extend(site.mobiles(&ring).into_iter().map(|(by, to)| outside(to, Some(by))));
                all.extend(site.sends_on(&ring).into_iter().map(|(by, own)| outside(own.to, Some(by))));
            }
            all
        }
        Act::Queue(queue) => {
            site[*queue].rules.people().flat_map(|it| site[it].phones.clone()).map(Target::Phone).collect()
        }
        Act::Forward(forward) => vec![outside(forward.to, None)],
        Act::Play(_)
        | Act::Ask(_)
        | Act::Directory { .. }
        | Act::Menu(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_)
        | Act::Language(_) => return true,
    };
    let does = |target: &Target| question.behaviour(site, *target, since);
    let still_holds = |target: &Target| {
        let own = |given: &Given| Question::covers(site, given.party, *target).is_some();
        let said = said.iter().filter(|given| own(given) && given.since <= since);
        said.max_by_key(|given| Question::covers(site, given.party, *target))
            .is_none_or(|given| given.behaviour == does(target))
    };
    let outcome = |target: &Target| does(target).comes_to(screen_of(site, node, *target));
    let is_so = match choice {
        Choice::All(wanted) => {
            targets.iter().any(|it| outcome(it) == wanted)
                && targets.iter().all(|it| outcome(it) != Outcome::Answered)
        }
        Choice::Answers(_) => targets.iter().any(|it| outcome(it) == Outcome::Answered),
        Choice::Key(_)
        | Choice::Dials(_)
        | Choice::Finds(_)
        | Choice::Wrong(_)
        | Choice::Silence
        | Choice::Full
        | Choice::Unstaffed => true,
    };
    is_so && targets.iter().all(still_holds)
}

/// The places of the steps of a course that wait, by those that it visits.
pub(crate) fn steps(site: &Site, question: &Question, course: &Explanation) -> Vec<usize> {
    let taken = course.visited.iter().enumerate().filter(|(_, visit)| visit.taken);
    taken.filter(|(_, visit)| !at(site, visit.node, question).is_empty()).map(|(at, _)| at).collect()
}

/// As often as a key is waited for at a node before somebody silent goes on.
pub(crate) fn rounds_of(site: &Site, node: NodeId, caller: Caller) -> usize {
    match site[node].act {
        Act::Menu(menu) => usize::from(site[menu].silence.retry.repeat) + 1,
        Act::Ask(_) => 1,
        Act::Directory { .. } => usize::from(ROUNDS),
        // Where callers may go home, they are asked once whether they do.
        Act::Queue(queue) => usize::from(may_go_home(site, queue, caller)),
        Act::Ring(_)
        | Act::Forward(_)
        | Act::Play(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_)
        | Act::Language(_) => 0,
    }
}

/// Whom a step rings, as the config calls it.
pub(crate) fn who(site: &Site, who: Who) -> String {
    match who {
        Who::Person(person) => format!("person:{}", site[person].name),
        Who::Group(group) => format!("group:{}", site[group].name),
        Who::Phone(phone) => format!("phone:{}", site[phone].name),
        Who::Rota(rota) => format!("rota:{}", site[rota].name),
        Who::OnCall(rota) => format!("rota:{} outside", site[rota].name),
        Who::Agent(agent) => format!("agent:{}", site[agent].name),
        Who::First(layers) => layers.iter().map(Layer::word).collect::<Vec<_>>().join(" or "),
    }
}

/// Whether a key of the menu may as well be the first digit of an extension.
pub(super) fn begins(site: &Site, menu: &Menu, key: char) -> bool {
    menu.dial_extension && site.extends(key.encode_utf8(&mut [0; 4]))
}

/// What sends a call on that came to this.
pub(super) const fn sent_by(outcome: Outcome) -> Option<When> {
    match outcome {
        Outcome::NoAnswer => Some(When::NoAnswer),
        Outcome::Busy => Some(When::Busy),
        Outcome::Unreachable => Some(When::Unreachable),
        Outcome::Answered | Outcome::Declined => None,
    }
}

/// How whoever picks up is asked at a node.
fn screen_of(site: &Site, node: NodeId, target: Target) -> Option<Screen> {
    let Target::Number { by, to, .. } = target else { return None };
    let by = by.filter(|person| site[*person].forward.is_none_or(|own| own.to != to));
    let act = &site[node].act;
    let Some(ring) = act.ring() else { return act.forward()?.screening.or(None) };
    if let Who::OnCall(_) = ring.who {
        // Nobody rings beside them.
        return ring.screening.or(None);
    }
    let is_of_group = matches!(ring.who, Who::Group(_) | Who::Rota(_));
    ring.screening.or(by.and_then(|person| site[person].follow.screen(is_of_group)))
}

impl Choice {
    /// In words.
    pub fn words(self, site: &Site) -> String {
        match self {
            Self::Answers(Answerer::Person(person)) => format!("{} answers", site[person].name),
            Self::Answers(Answerer::Phone(phone)) => format!("{} answers", site[phone].name),
            Self::Answers(Answerer::Number(number)) => format!("{number} answers"),
            Self::Answers(Answerer::Agent(agent)) => format!("agent:{} answers", site[agent].name),
            Self::All(Outcome::Busy) => "busy".to_owned(),
            Self::All(Outcome::Declined) => "declined".to_owned(),
            Self::All(Outcome::Unreachable) => "out of reach".to_owned(),
            Self::All(Outcome::NoAnswer | Outcome::Answered) => "unanswered".to_owned(),
            Self::Key(key) => format!("key {key}"),
            Self::Dials(owner) => {
                let own = site.by_extension.iter().find(|(_, own)| *own == owner);
                format!("extension {}", own.map_or("", |(digits, _)| digits))
            }
            Self::Finds(person) => format!("{} by the directory", site[person].name),
            Self::Wrong(_) => "wrong keys".to_owned(),
            Self::Silence => "no key".to_owned(),
            Self::Full => "the line is full".to_owned(),
            Self::Unstaffed => "nobody signed in".to_owned(),
        }
    }
}
