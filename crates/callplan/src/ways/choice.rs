//! What decides where a call goes from a step that waits, and how to assume it.

use std::time::Duration;

use clock::Wall;

use crate::{
    Act, CompanyPhone, DialId, E164, Keys, Layer, Layers, Menu, NodeId, PersonId, PhoneId, Ring, Site, Who,
    explain::{Behaviour, Explanation, Given, Party, Press, Question},
    step::{self, Named, Outcome, Target},
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
    /// Only keys that the menu does not have are pressed.
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
}

/// How long somebody takes to pick up or to refuse, if it rings for so long.
const A_WHILE: Duration = Duration::from_secs(5);
/// How long somebody takes to be busy or away where it matters that time goes by.
const A_MOMENT: Duration = Duration::from_secs(1);

/// What may decide at a node; nothing where the call does not wait for anybody.
pub(crate) fn at(site: &Site, node: NodeId, question: &Question) -> Vec<Choice> {
    let rung = |answerers: Vec<Answerer>| {
        let outcomes = [Outcome::NoAnswer, Outcome::Busy, Outcome::Declined, Outcome::Unreachable];
        let answers = answerers.into_iter().map(Choice::Answers);
        answers.chain(outcomes.into_iter().map(Choice::All)).collect()
    };
    match &site[node].act {
        Act::Ring(ring) => rung(match ring.who {
            Who::Person(person) => vec![Answerer::Person(person)],
            Who::Phone(phone) => vec![Answerer::Phone(phone)],
            Who::Group(group) => site[group].members.iter().copied().map(Answerer::Person).collect(),
            Who::Rota(rota) => site[rota].people.iter().copied().map(Answerer::Person).collect(),
            Who::First(layers) => {
                let named = named(site, layers, question).into_iter();
                named.flat_map(|it| answerers(site, it)).collect()
            }
        }),
        Act::Forward(forward) => rung(vec![Answerer::Number(forward.to)]),
        Act::Menu(menu) => {
            let menu = &site[*menu];
            let keys = menu.keys.iter().map(|(key, _)| Choice::Key(key));
            let wrong = Keys::ORDER.into_iter().rev().find(|key| menu.keys.find(*key).is_none());
            keys.chain([Choice::Silence]).chain(wrong.map(Choice::Wrong)).collect()
        }
        Act::Queue(queue) => {
            let rules = &site[*queue].rules;
            let mut people: Vec<_> = rules.people().collect();
            people.sort_unstable();
            people.dedup();
            let answers = people.into_iter().map(|person| Choice::Answers(Answerer::Person(person)));
            let full = rules.callers_max.map(|_| Choice::Full);
            let home = rules.call_back.map(|offer| Choice::Key(offer.key));
            let others = [Choice::All(Outcome::NoAnswer), Choice::Unstaffed];
            answers.chain(others).chain(full).chain(home).collect()
        }
        Act::Play(_) | Act::Voicemail(_) | Act::Reject(_) | Act::Hangup | Act::Goto(_) => Vec::new(),
    }
}

/// Whether it can come to that at `wall`: of a rota only who is on is rung.
pub(crate) fn is_possible(choice: Choice, site: &Site, node: NodeId, wall: Wall) -> bool {
    match (choice, &site[node].act) {
        (Choice::Answers(Answerer::Person(person)), Act::Ring(Ring { who: Who::Rota(rota), .. })) => {
            site[*rota].on(wall).0.contains(&person)
        }
        (_, _) => true,
    }
}

/// Assumes it of the node that the call comes to at `since`; `is_slow` lets time go by where none has to.
pub(crate) fn assume(
    question: &mut Question,
    site: &Site,
    node: NodeId,
    choice: Choice,
    since: Duration,
    is_slow: bool,
) {
    let mut assume = |who: Who, behaviour: Behaviour| people(question, site, who, behaviour, since);
    match (choice, &site[node].act) {
        (Choice::All(outcome), Act::Ring(ring)) => {
            let turns = match ring.who {
                Who::Group(group) => site[group].members.len().max(1),
                Who::Person(_) | Who::Phone(_) | Who::Rota(_) | Who::First(_) => 1,
            };
            let turn = ring.total / u32::try_from(turns).unwrap_or(u32::MAX);
            assume(ring.who, behaves(outcome, ring.each.min(turn), is_slow));
        }
        (Choice::Answers(answerer), Act::Ring(ring)) => {
            // The others are done with at once, so that everybody's turn comes.
            match ring.who {
                Who::Group(_) | Who::Rota(_) => assume(ring.who, Behaviour::BUSY),
                // A layer that rings is the last; only one that is not there gives way to the next.
                Who::First(_) => assume(ring.who, Behaviour::ABSENT),
                Who::Person(_) | Who::Phone(_) => {}
            }
            let answers = behaves(Outcome::Answered, ring.each.min(ring.total), is_slow);
            match answerer {
                Answerer::Person(person) => assume(Who::Person(person), answers),
                Answerer::Phone(phone) => assume(Who::Phone(phone), answers),
                Answerer::Number(to) => number(question, to, answers, since),
            }
        }
        (Choice::All(outcome), Act::Forward(forward)) => {
            number(question, forward.to, behaves(outcome, forward.total, is_slow), since);
        }
        (Choice::Answers(_), Act::Forward(forward)) => {
            number(question, forward.to, behaves(Outcome::Answered, forward.total, is_slow), since);
        }
        (Choice::All(outcome), Act::Queue(queue)) => {
            let rules = &site[*queue].rules;
            let does = behaves(outcome, rules.each, is_slow);
            rules.people().for_each(|person| people(question, site, Who::Person(person), does, since));
        }
        (Choice::Answers(Answerer::Person(person)), Act::Queue(queue)) => {
            let rules = &site[*queue].rules;
            let answers = behaves(Outcome::Answered, rules.each, is_slow);
            let others = rules.people().filter(|other| *other != person);
            others.for_each(|it| people(question, site, Who::Person(it), Behaviour::BUSY, since));
            people(question, site, Who::Person(person), answers, since);
        }
        (Choice::Full, Act::Queue(queue)) => {
            question.waiting.push((*queue, site[*queue].rules.callers_max.unwrap_or(0)));
        }
        (Choice::Unstaffed, Act::Queue(queue)) => {
            let out = site[*queue].rules.members.iter().map(|member| (*member, Some(*queue)));
            question.signed_out.extend(out);
        }
        (Choice::Key(key), Act::Menu(_) | Act::Queue(_)) => question.press.push(Press::Asked(key)),
        (Choice::Wrong(key), Act::Menu(menu)) => {
            let times = usize::from(site[*menu].invalid.repeat) + 1;
            question.press.extend(std::iter::repeat_n(Press::Asked(key), times));
        }
        // Silence is what there is where nothing is pressed.
        (_, _) => {}
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
    let phones_of = |who: Who| match who {
        Who::Phone(phone) => vec![phone],
        Who::Person(person) => site[person].phones.clone(),
        Who::Group(group) => site[group].members.iter().flat_map(|it| site[*it].phones.clone()).collect(),
        Who::Rota(rota) => site[rota].people.iter().flat_map(|it| site[*it].phones.clone()).collect(),
        // Each of them is asked by itself.
        Who::First(_) => Vec::new(),
    };
    let outside = |to: E164| Target::Number { to, rule: DialId(0), by: None };
    let of_layer = |named: CompanyPhone| match named {
        CompanyPhone::Inside(who) => phones_of(who).into_iter().map(Target::Phone).collect(),
        CompanyPhone::Outside(to) => vec![outside(to)],
    };
    let targets: Vec<Target> = match &site[node].act {
        Act::Ring(Ring { who: Who::First(layers), .. }) => {
            named(site, *layers, question).into_iter().flat_map(of_layer).collect()
        }
        Act::Ring(ring) => phones_of(ring.who).into_iter().map(Target::Phone).collect(),
        Act::Queue(queue) => {
            let phones = site[*queue].rules.people().flat_map(|it| site[it].phones.clone());
            phones.map(Target::Phone).collect()
        }
        Act::Forward(forward) => vec![outside(forward.to)],
        Act::Play(_) | Act::Menu(_) | Act::Voicemail(_) | Act::Reject(_) | Act::Hangup | Act::Goto(_) => {
            return true;
        }
    };
    let does = |target: &Target| question.behaviour(site, *target, since);
    let still_holds = |target: &Target| {
        let own = |given: &Given| Question::covers(site, given.party, *target).is_some();
        let said = said.iter().filter(|given| own(given) && given.since <= since);
        said.max_by_key(|given| Question::covers(site, given.party, *target))
            .is_none_or(|given| given.behaviour == does(target))
    };
    let outcome = |target: &Target| does(target).says.map_or(Outcome::NoAnswer, |(_, outcome)| outcome);
    let is_so = match choice {
        Choice::All(wanted) => {
            targets.iter().any(|it| outcome(it) == wanted)
                && targets.iter().all(|it| outcome(it) != Outcome::Answered)
        }
        Choice::Answers(_) => targets.iter().any(|it| outcome(it) == Outcome::Answered),
        Choice::Key(_) | Choice::Wrong(_) | Choice::Silence | Choice::Full | Choice::Unstaffed => true,
    };
    is_so && targets.iter().all(still_holds)
}

/// The places of the steps of a course that wait, by those that it visits.
pub(crate) fn steps(site: &Site, question: &Question, course: &Explanation) -> Vec<usize> {
    let taken = course.visited.iter().enumerate().filter(|(_, visit)| visit.taken);
    taken.filter(|(_, visit)| !at(site, visit.node, question).is_empty()).map(|(at, _)| at).collect()
}

/// As often as a node asks for a key before it gives up on somebody silent.
pub(crate) fn rounds_of(site: &Site, node: NodeId) -> usize {
    match site[node].act {
        Act::Menu(menu) => rounds(&site[menu]),
        Act::Ring(_)
        | Act::Forward(_)
        | Act::Play(_)
        | Act::Queue(_)
        | Act::Voicemail(_)
        | Act::Reject(_)
        | Act::Hangup
        | Act::Goto(_) => 0,
    }
}

/// Whom a step rings, as the config calls it.
pub(crate) fn who(site: &Site, who: Who) -> String {
    match who {
        Who::Person(person) => format!("person:{}", site[person].name),
        Who::Group(group) => format!("group:{}", site[group].name),
        Who::Phone(phone) => format!("phone:{}", site[phone].name),
        Who::Rota(rota) => format!("rota:{}", site[rota].name),
        Who::First(layers) => layers.iter().map(Layer::word).collect::<Vec<_>>().join(" or "),
    }
}

/// Everybody whom layers name in this call.
fn named(site: &Site, layers: Layers, question: &Question) -> Vec<CompanyPhone> {
    let facts = question.facts();
    let named = layers.iter().map(|layer| step::named(site, &facts, layer, layers, question.at));
    named.filter_map(|it| if let Named::Is(it) = it { Some(it) } else { None }).collect()
}

fn answerers(site: &Site, named: CompanyPhone) -> Vec<Answerer> {
    match named {
        CompanyPhone::Outside(to) => vec![Answerer::Number(to)],
        CompanyPhone::Inside(Who::Person(person)) => vec![Answerer::Person(person)],
        CompanyPhone::Inside(Who::Phone(phone)) => vec![Answerer::Phone(phone)],
        CompanyPhone::Inside(Who::Group(group)) => {
            site[group].members.iter().copied().map(Answerer::Person).collect()
        }
        CompanyPhone::Inside(Who::Rota(rota)) => {
            site[rota].people.iter().copied().map(Answerer::Person).collect()
        }
        CompanyPhone::Inside(Who::First(_)) => Vec::new(),
    }
}

/// As often as a menu asks before it gives up on somebody silent.
pub(crate) fn rounds(menu: &Menu) -> usize {
    usize::from(menu.silence.retry.repeat) + 1
}

/// What somebody does who rings for no longer than `turn`.
fn behaves(outcome: Outcome, turn: Duration, is_slow: bool) -> Behaviour {
    let within = |usual: Duration| if turn > usual { usual } else { turn / 2 };
    match outcome {
        Outcome::Busy | Outcome::Unreachable if is_slow => {
            Behaviour { contacts: 1, rings: None, says: Some((within(A_MOMENT), outcome)) }
        }
        Outcome::Busy => Behaviour::BUSY,
        Outcome::Unreachable => Behaviour::ABSENT,
        Outcome::Declined => Behaviour::declines(within(A_WHILE)),
        Outcome::Answered => Behaviour::answers(within(A_WHILE)),
        Outcome::NoAnswer => Behaviour::NO_ANSWER,
    }
}

/// Assumes it of everybody a step rings, in as few words as do: nothing where it is so already, and of those whom
/// something narrower was assumed of, one by one.
fn people(question: &mut Question, site: &Site, who: Who, behaviour: Behaviour, since: Duration) {
    let is_so = |question: &Question, phones: &[PhoneId]| {
        phones.iter().all(|phone| question.behaviour(site, Target::Phone(*phone), since) == behaviour)
    };
    let push = |question: &mut Question, party: Party| question.given.push(Given { party, behaviour, since });
    match who {
        Who::Phone(phone) => {
            if !is_so(question, &[phone]) {
                push(question, Party::Phone(phone));
            }
        }
        Who::Person(person) => {
            let phones = site[person].phones.clone();
            if is_so(question, &phones) {
                return;
            }
            let is_split =
                phones.iter().any(|it| question.given.iter().any(|own| own.party == Party::Phone(*it)));
            if is_split {
                phones.into_iter().for_each(|it| people(question, site, Who::Phone(it), behaviour, since));
            } else {
                push(question, Party::Person(person));
            }
        }
        Who::Rota(rota) => {
            let everybody = site[rota].people.iter();
            everybody.for_each(|it| people(question, site, Who::Person(*it), behaviour, since));
        }
        Who::First(layers) => {
            for named in named(site, layers, question) {
                match named {
                    CompanyPhone::Inside(who) => people(question, site, who, behaviour, since),
                    CompanyPhone::Outside(to) => number(question, to, behaviour, since),
                }
            }
        }
        Who::Group(group) => {
            let members = &site[group].members;
            let phones: Vec<_> = members.iter().flat_map(|it| site[*it].phones.clone()).collect();
            if is_so(question, &phones) {
                return;
            }
            let narrower = |given: &Given| match given.party {
                Party::Person(person) => members.contains(&person),
                Party::Phone(phone) => phones.contains(&phone),
                // Of two groups that somebody is in the later counts.
                Party::Group(_) | Party::Queue(_) | Party::Number(_) => false,
            };
            if question.given.iter().any(narrower) {
                members.iter().for_each(|it| people(question, site, Who::Person(*it), behaviour, since));
            } else {
                push(question, Party::Group(group));
            }
        }
    }
}

fn number(question: &mut Question, to: E164, behaviour: Behaviour, since: Duration) {
    let already = question.given.iter().rfind(|given| given.party == Party::Number(to));
    if already.map_or(Behaviour::NO_ANSWER, |given| given.behaviour) != behaviour {
        question.given.push(Given { party: Party::Number(to), behaviour, since });
    }
}

impl Choice {
    /// In words.
    pub fn words(self, site: &Site) -> String {
        match self {
            Self::Answers(Answerer::Person(person)) => format!("{} answers", site[person].name),
            Self::Answers(Answerer::Phone(phone)) => format!("{} answers", site[phone].name),
            Self::Answers(Answerer::Number(number)) => format!("{number} answers"),
            Self::All(Outcome::Busy) => "busy".to_owned(),
            Self::All(Outcome::Declined) => "declined".to_owned(),
            Self::All(Outcome::Unreachable) => "out of reach".to_owned(),
            Self::All(Outcome::NoAnswer | Outcome::Answered) => "unanswered".to_owned(),
            Self::Key(key) => format!("key {key}"),
            Self::Wrong(_) => "wrong keys".to_owned(),
            Self::Silence => "no key".to_owned(),
            Self::Full => "the line is full".to_owned(),
            Self::Unstaffed => "nobody signed in".to_owned(),
        }
    }
}
