//! Other numbers for those of people outside.

use crate::{
    Country, E164, Site,
    explain::{Explanation, Party, Question, explain},
    number::{Numbering, example},
    step::{Caller, ReasonKind},
};

/// Numbers that are tried for one: where the config asks about areas, some are like it and others are not.
const TRIED_MAX: usize = 100;

/// The same call between numbers that nobody has, and whether no number of somebody is left.
pub(super) fn redacted(site: &Site, question: Question) -> (Question, bool) {
    let mut redacted = question;
    let mut is_whole = true;
    let numbers = outsiders(site, &redacted);
    let mut taken = numbers.clone();
    for own in numbers {
        let was = explain(site, &redacted);
        let goes_the_same = |other: &E164| {
            let with = replaced(&redacted, own, *other);
            is_alike(&was, &explain(site, &with))
        };
        let country = Numbering::of_number(own).and_then(|row| Country::parse(row.iso));
        let others =
            country.into_iter().flat_map(|it| example::numbers(Some(it))).chain(example::numbers(None));
        let free = others.filter(|other| !taken.contains(other) && site.number(*other).is_none());
        match free.take(TRIED_MAX).find(goes_the_same) {
            Some(other) => {
                redacted = replaced(&redacted, own, other);
                taken.push(other);
            }
            None => is_whole = false,
        }
    }
    (redacted, is_whole)
}

/// Numbers that only the call knows: who called, and where people send their calls. Those of ours are in the config.
fn outsiders(site: &Site, question: &Question) -> Vec<E164> {
    let caller = if let Caller::Number(number) = question.caller { Some(number) } else { None };
    let sent_on = question.states.iter().filter_map(|(_, state)| state.forward);
    let is_outside = |number: &E164| site.number(*number).is_none();
    let mut outside: Vec<_> = caller.into_iter().chain(sent_on).filter(is_outside).collect();
    outside.sort_unstable();
    outside.dedup();
    outside
}

fn replaced(question: &Question, own: E164, other: E164) -> Question {
    let mut question = question.clone();
    let swap = |number: &mut E164| {
        if *number == own {
            *number = other;
        }
    };
    if let Caller::Number(number) = &mut question.caller {
        swap(number);
    }
    question.states.iter_mut().filter_map(|(_, state)| state.forward.as_mut()).for_each(swap);
    question.blocked.iter_mut().for_each(|(_, number)| swap(number));
    question.listed.iter_mut().for_each(|(_, number)| swap(number));
    for given in &mut question.given {
        if let Party::Number(number) = &mut given.party {
            swap(number);
        }
    }
    question
}

/// Whether two calls come to the same, the numbers aside.
fn is_alike(one: &Explanation, other: &Explanation) -> bool {
    let kinds = |course: &Explanation| -> Vec<_> {
        let reasons = course.decisions.iter();
        reasons
            .map(|reason| (reason.node, std::mem::discriminant(&reason.kind), answer(&reason.kind)))
            .collect()
    };
    let visits = one.visited == other.visited && one.lasts == other.lasts;
    visits && kinds(one) == kinds(other)
}

/// What a condition said, which is what a number changes.
fn answer(kind: &ReasonKind) -> Option<bool> {
    if let ReasonKind::Asked { answer, .. } = kind { Some(answer.is_yes()) } else { None }
}
