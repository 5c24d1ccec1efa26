//! Mutants of a site: each is one mistake that somebody may make in its numbers, hours, groups, plans and menus.
//!
//! A line is deleted or exchanged with the next, a condition is turned around, a target is exchanged for another, a
//! time is moved by a minute, a duration or a count changed, a member left out. Mutants that no call can tell from the
//! original are found by asking every way of every call of both, at every kind of time and wherever their times differ,
//! and left out.

mod line;

use std::{collections::BTreeSet, ops::ControlFlow};

use callplan::{
    Assets, Site, Source,
    explain::{Explanation, Question, explain, read_time},
    load,
    proof::failures,
    step::Caller,
    ways::{Horizon, Walk, entries},
};
use clock::Wall;
pub(crate) use line::{KINDS, Names};

/// Tables whose lines are changed. The others say who works here, and how calls come and go.
const TABLES: [&str; 7] = ["numbers", "hours", "lists", "groups", "plans", "menus", "rota"];

/// One mistake.
pub(crate) struct Mutant {
    /// What kind of mistake it is.
    pub(crate) kind: &'static str,
    /// The lines before and after.
    pub(crate) what: String,
    sources: Vec<Source>,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// The checker refuses it.
    Refused,
    /// A test or a rule falls.
    Killed,
    /// Nothing falls, and some call goes otherwise.
    Alive,
    /// No call goes otherwise.
    Equal,
}

/// Every mutant of a site, none twice.
pub(crate) fn mutants(sources: &[Source]) -> Vec<Mutant> {
    let names = Names::of(sources);
    let mut mutants = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, source) in sources.iter().enumerate() {
        let lines: Vec<&str> = source.text.lines().collect();
        let mut table = "";
        for (number, line) in lines.iter().enumerate() {
            if line.starts_with('[') {
                table = line.trim_start_matches('[').split(['.', ']']).next().unwrap_or_default();
                continue;
            }
            if !TABLES.contains(&table) {
                continue;
            }
            let mut add = |kind, upto: usize, after: Vec<String>| {
                let mut text = lines.clone();
                text.splice(number..upto, after.iter().map(String::as_str));
                let text = text.join("\n") + "\n";
                if !seen.insert((at, text.clone())) {
                    return;
                }
                let what = format!("{} => {}", trimmed(&lines[number..upto]), trimmed(&after));
                let mut sources = sources.to_vec();
                sources[at] = Source::new(&*source.name, text);
                mutants.push(Mutant { kind, what, sources });
            };
            for (kind, after) in line::changed(line, &names) {
                add(kind, number + 1, after.into_iter().collect());
            }
            if let [this, next] = lines[number..lines.len().min(number + 2)]
                && line::is_step(this)
                && line::is_step(next)
            {
                add("swap", number + 2, vec![(*next).to_owned(), (*this).to_owned()]);
            }
        }
    }
    mutants
}

fn trimmed(lines: &[impl AsRef<str>]) -> String {
    lines.iter().map(|line| line.as_ref().trim()).collect::<Vec<_>>().join(" | ")
}

/// The time at which rules are looked at.
pub(crate) fn horizon(site: &Site) -> Horizon {
    Horizon::after(read_time(&site.timezone, "2026-03-01 00:00").expect("a time"))
}

impl Mutant {
    /// What the tests and rules of the site make of it.
    pub(crate) fn fate(&self, original: &Site, files: &dyn Assets) -> Fate {
        let Ok((mutant, _)) = load(&self.sources, files) else { return Fate::Refused };
        // Rules ask every call, and are asked last.
        let falls = mutant.tests.iter().any(|test| !test.run(&mutant).is_passed());
        if falls || !failures(&mutant, horizon(&mutant)).is_empty() {
            Fate::Killed
        } else if is_equal(original, &mutant) {
            Fate::Equal
        } else {
            Fate::Alive
        }
    }
}

/// What the caller and everybody called see.
fn seen(course: &Explanation) -> String {
    format!("{:?}", course.timeline)
}

/// Whether every way of every call of either goes the same in both, and every call at a time at which they differ.
fn is_equal(one: &Site, other: &Site) -> bool {
    let same_ids = one.phones.len() == other.phones.len() && one.prompts.len() == other.prompts.len();
    assert!(same_ids, "what rings and what is heard is counted alike");
    let same = |question: &Question| seen(&explain(one, question)) == seen(&explain(other, question));
    let at_times = apart(one, other).into_iter().all(|at| at_time(one, at).iter().all(same));
    at_times
        && [one, other].into_iter().all(|site| {
            let mut is_equal = true;
            let _ = Walk::of(site, &entries(site), horizon(site)).run(|way| {
                // A way knows of nobody whose turn it is: one by one from the first, and from the second.
                for turn in [0, 1] {
                    let mut question = way.question.clone();
                    question.pointers = (0..site.groups.len()).map(|group| (group.into(), turn)).collect();
                    is_equal &= same(&question);
                }
                if is_equal { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            is_equal
        })
}

/// Times at which a schedule or a rota of the one says otherwise than that of the other: the ways take one time for
/// all of a kind, and would miss a minute or a holiday.
fn apart(one: &Site, other: &Site) -> Vec<Wall> {
    let Horizon { from, until } = horizon(one);
    let hours = one.hours.iter().zip(&other.hours).filter_map(|(one, other)| {
        let mut at = from;
        loop {
            let next = one.next_change(at).into_iter().chain(other.next_change(at)).min();
            at = next.filter(|next| *next < until)?;
            if one.at(at).is_open() != other.at(at).is_open() {
                return Some(at);
            }
        }
    });
    // Eight weeks, minute by minute.
    let minutes = |minute| Wall::from_unix_micros(from.unix_micros() + minute * 60_000_000);
    let rotas = one.rotas.iter().zip(&other.rotas).filter_map(|(one, other)| {
        (0..8 * 7 * 24 * 60_i64).map(minutes).find(|at| one.on(*at).0 != other.on(*at).0)
    });
    hours.chain(rotas).collect()
}

/// Calls to everything at this time, of two callers, with each schedule as it is, held open and held closed.
fn at_time(site: &Site, at: Wall) -> Vec<Question> {
    let stranger = Caller::Number("+12025550142".parse().expect("a number"));
    let mut questions = Vec::new();
    for entry in entries(site) {
        for caller in [stranger, Caller::Withheld] {
            questions.push(Question::new(caller, entry, at));
            let schedules = (0..site.hours.len()).flat_map(|hours| [(hours, true), (hours, false)]);
            questions.extend(schedules.map(|(hours, is_open)| {
                let mut question = Question::new(caller, entry, at);
                question.held.push((hours.into(), is_open));
                question
            }));
        }
    }
    questions
}
