//! How a choice is assumed of a step that waits: what whoever is rung does, and what is pressed.

use std::time::Duration;

use super::{
    Answerer, Choice,
    choice::{begins, sent_by},
    rung::{meant, named},
};
use crate::{
    Act, CompanyPhone, E164, NodeId, PhoneId, Ring, Site, When, Who,
    explain::{Behaviour, Given, Party, Press, Question},
    step::{Outcome, Target},
};

/// How long somebody takes to pick up or to refuse, if it rings for so long.
const A_WHILE: Duration = Duration::from_secs(5);

/// How long somebody takes to be busy or away where it matters that time goes by.
const A_MOMENT: Duration = Duration::from_secs(1);

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
                Who::Person(_)
                | Who::Phone(_)
                | Who::Rota(_)
                | Who::OnCall(_)
                | Who::First(_)
                | Who::Agent(_) => 1,
            };
            let turn = ring.total / u32::try_from(turns).unwrap_or(u32::MAX);
            let behaviour = behaves(outcome, ring.each.min(turn), is_slow);
            assume(ring.who, behaviour);
            for ring in meant(site, ring, question) {
                site.mobiles(&ring).into_iter().for_each(|(_, it)| number(question, it, behaviour, since));
                let sent = site.sends_on(&ring).into_iter();
                sent.for_each(|(_, own)| number(question, own.to, behaviour, since));
            }
        }
        (Choice::Answers(answerer), Act::Ring(ring)) => {
            // The others are done with at once, so that everybody's turn comes.
            match ring.who {
                Who::Group(_) | Who::Rota(_) => assume(ring.who, Behaviour::BUSY),
                // A layer that rings is the last; only one that is not there gives way to the next.
                Who::First(_) => assume(ring.who, Behaviour::ABSENT),
                Who::Person(_) | Who::Phone(_) | Who::OnCall(_) | Who::Agent(_) => {}
            }
            let answers = behaves(Outcome::Answered, ring.each.min(ring.total), is_slow);
            match answerer {
                Answerer::Person(person) => assume(Who::Person(person), answers),
                Answerer::Phone(phone) => assume(Who::Phone(phone), answers),
                Answerer::Agent(agent) => assume(Who::Agent(agent), answers),
                Answerer::Number(to) => {
                    for ring in meant(site, ring, question) {
                        make_way(question, site, &ring, to, since);
                    }
                    number(question, to, answers, since);
                }
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
        (Choice::Key(key), Act::Ask(_) | Act::Queue(_)) => question.press.push(Press::Asked(key)),
        (Choice::Key(key), Act::Menu(menu)) => {
            let waits = begins(site, &site[*menu], key).then_some(Press::Nothing);
            question.press.extend([Press::Asked(key)].into_iter().chain(waits));
        }
        (Choice::Finds(person), Act::Directory { .. }) => {
            let spelling = site.directory.as_ref().and_then(|directory| directory.spelling(person));
            if let Some((keys, place)) = spelling {
                question.press.extend(keys.chars().chain(['#']).map(Press::Asked));
                question.press.extend(std::iter::repeat_n(Press::Nothing, place));
                question.press.push(Press::Asked('1'));
            }
        }
        (Choice::Dials(owner), Act::Menu(_)) => {
            let digits = site.by_extension.iter().find(|(_, own)| *own == owner).map_or("", |(ext, _)| ext);
            let waits = site.extends(digits).then_some(Press::Nothing);
            question.press.extend(digits.chars().map(Press::Asked).chain(waits));
        }
        (Choice::Wrong(key), Act::Menu(menu)) => {
            let menu = &site[*menu];
            let wrong = [Press::Asked(key), Press::Asked('*')];
            let wrong = if begins(site, menu, key) { &wrong[..] } else { &wrong[..1] };
            (0..=menu.invalid.repeat).for_each(|_| question.press.extend_from_slice(wrong));
        }
        // Silence is what there is where nothing is pressed.
        (_, _) => {}
    }
}

/// Lets those whom a step rings do what leaves a number outside of theirs to ring: phones that are done with at once
/// leave the mobile, and whatever sends the call on is.
fn make_way(question: &mut Question, site: &Site, ring: &Ring, to: E164, since: Duration) {
    let own = site.sends_on(ring).into_iter().find(|(_, own)| own.to == to);
    let mobiles = site.mobiles(ring);
    if own.is_none() && mobiles.iter().all(|(_, mobile)| *mobile != to) {
        return;
    }
    let meanwhile = match own.map(|(_, own)| own.when) {
        Some(when) if when.has(When::NoAnswer) => Behaviour::NO_ANSWER,
        Some(when) if when.has(When::Unreachable) => Behaviour::ABSENT,
        Some(_) | None => Behaviour::BUSY,
    };
    let leads_on = |outcome: Outcome| match own {
        Some((_, own)) => sent_by(outcome).is_some_and(|when| own.when.has(when)),
        None => matches!(outcome, Outcome::Busy | Outcome::Unreachable),
    };
    // Who is so already stays so: what led here may hang on it, and no time may have gone by since.
    let mut so_far = site
        .phones_of(ring.who)
        .into_iter()
        .map(|phone| question.behaviour(site, Target::Phone(phone), since).comes_to(None));
    if !matches!(ring.who, Who::Group(_)) && !so_far.all(leads_on) {
        people(question, site, ring.who, meanwhile, since);
    }
    let others = mobiles.into_iter().filter(|(_, mobile)| *mobile != to);
    others.for_each(|(_, mobile)| number(question, mobile, meanwhile, since));
}

/// What somebody does who rings for no longer than `turn`.
fn behaves(outcome: Outcome, turn: Duration, is_slow: bool) -> Behaviour {
    let within = |usual: Duration| if turn > usual { usual } else { turn / 2 };
    match outcome {
        Outcome::Busy | Outcome::Unreachable if is_slow => {
            Behaviour { says: Some((within(A_MOMENT), outcome)), ..Behaviour::BUSY }
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
        Who::Agent(agent) => {
            if question.behaviour(site, Target::Agent(agent), since) != behaviour {
                push(question, Party::Agent(agent));
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
        // No phone of theirs rings; their numbers are told beside them.
        Who::OnCall(_) => {}
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
                Party::Group(_) | Party::Queue(_) | Party::Number(_) | Party::Agent(_) => false,
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
