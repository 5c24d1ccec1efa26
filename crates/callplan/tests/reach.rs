//! What leads somewhere, against calls that try everything.

mod dialling;
mod larch;
mod random;

use std::{collections::BTreeSet, time::Duration};

use callplan::{
    Site,
    explain::{Behaviour, Explanation, Finish, Given, Party, Press, Question, Seen, explain, read_time},
    proof::Point,
    reach::{Reach, reach},
    step::{Caller, End, Entry, Fault, Target},
    ways::{Horizon, entries},
};
use clock::Wall;
use dialling::{HOUR, walk};
use larch::larch;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use random::{loaded, text};

const MINUTE: i64 = 60_000_000;

fn year(site: &Site) -> Horizon {
    let at = |text| read_time(&site.timezone, text).expect("a time");
    Horizon { from: at("2026-01-01 00:00"), until: at("2027-01-01 00:00") }
}

fn leads(site: &Site, target: &str, horizon: Horizon) -> Reach {
    let target = Point::read(site, target).unwrap_or_else(|| panic!("{target} is there"));
    reach(site, target, horizon)
}

#[test]
fn everything_that_leads_somewhere_is_told_with_its_keys_and_times() {
    let site = larch();
    let told = |target: &str| -> Vec<String> {
        let found = leads(&site, target, year(&site));
        assert!(found.is_whole, "{target}");
        found.routes.iter().map(|route| route.sentence(&site.timezone, year(&site))).collect()
    };
    let open = "Mon-Fri 08:30-12:30, 13:30-18:00 but 2026-12-25; Sat 09:00-12:00";
    assert_eq!(
        told("person:ana"),
        [
            &format!("+12025550100, {open}, callers in none of the lists: key 1"),
            "+12025550101, +12025550104, 111: at once"
        ]
    );
    let support = told("voicemail:support");
    assert_eq!(support.len(), 2, "{support:#?}");
    assert!(support[0].contains("key 2, then group:support does not take it"), "{support:#?}");
    assert_eq!(support[1], "+12025550102: group:support does not take it");
    assert_eq!(told("number:+12025550152"), ["+12025550104: person:ana does not take it"]);
    assert_eq!(told("person:cho")[1..], ["+12025550102, 121: at once"]);
    assert_eq!(told("after-hours#1").len(), 1);
    assert_eq!(Point::read(&site, "person:nobody"), None);
    assert_eq!(Point::read(&site, "main#9"), None);
}

/// Whether a call comes by a target, by what its parties see.
fn comes_by(site: &Site, course: &Explanation, target: &str) -> bool {
    let (kind, name) = target.split_once(':').expect("it has a kind");
    course.timeline.iter().any(|event| match (kind, event.what) {
        ("person", Seen::RangStart(Target::Phone(phone))) => {
            site[phone].person.is_some_and(|person| *site[person].name == *name)
        }
        ("number", Seen::RangStart(Target::Number { to, .. })) => to.to_string() == name,
        ("voicemail", Seen::Recording(mailbox)) => *site[mailbox].name == *name,
        _ => false,
    })
}

fn is_told(found: &Reach, called: &str, caller: Caller, at: Wall) -> bool {
    found.routes.iter().any(|route| {
        let callers = |words: &String| match caller {
            Caller::Withheld => words.contains("withhold") || words.starts_with("callers in none"),
            Caller::Number(number) if number.to_string() == "+12025550170" => {
                words.contains("list:vip") || words.contains("who show their")
            }
            Caller::Number(number) if number.to_string() == "+12025550199" => words.contains("list:spam"),
            Caller::Number(_) | Caller::Phone(_) => {
                words.contains("none of the lists") || words.contains("who show their")
            }
        };
        route.called.iter().any(|it| it == called)
            && route.times.contains(at)
            && (route.callers.is_empty() || route.callers.iter().any(callers))
    })
}

/// Goal: wherever a random call comes by, that is told; and whatever is told, its call comes by.
#[test]
fn no_random_call_comes_by_what_was_not_said_to_be_reached() {
    const TARGETS: [&str; 6] =
        ["person:ana", "person:ben", "person:cho", "voicemail:last", "voicemail:ana", "number:+12025550160"];
    let mut runner = TestRunner::deterministic();
    let week = Horizon { from: Wall::from_unix_micros(0), until: Wall::from_unix_micros(8 * 24 * HOUR) };
    let (mut sites, mut reached, mut examples) = (0, 0, 0);
    while sites < 40 {
        let text = text().new_tree(&mut runner).unwrap().current();
        let Some(site) = loaded(&text) else { continue };
        sites += 1;
        let all = TARGETS.map(|target| leads(&site, target, week));
        for (found, target) in all.iter().zip(TARGETS) {
            for route in &found.routes {
                let course = explain(&site, &route.example);
                assert!(comes_by(&site, &course, target), "{target} {:?}\n{text}\n{course}", route.ways);
                examples += 1;
            }
        }
        for _ in 0..150 {
            let (mut question, minute) = (walk(), 0..60i64).new_tree(&mut runner).unwrap().current();
            question.at = Wall::from_unix_micros(question.at.unix_micros() + minute * MINUTE);
            let course = explain(&site, &question);
            if course.end == Some(Finish::Ended(End::Failed(Fault::TooLong))) {
                continue;
            }
            for (found, target) in all.iter().zip(TARGETS) {
                if comes_by(&site, &course, target) {
                    let is_told = is_told(found, "+12025550100", question.caller, question.at);
                    assert!(is_told, "{target}\n{text}\n{}\n{course}", question.command(&site));
                    reached += 1;
                }
            }
        }
    }
    assert!(reached > 2000 && examples > 100, "{reached} {examples}");
}

/// The keys that are said to lead there, `1`, by what is called and whether it is open.
fn keys_told(found: &Reach, at: Wall) -> BTreeSet<(String, String)> {
    let mut keys = BTreeSet::new();
    for route in found.routes.iter().filter(|route| route.times.contains(at)) {
        if route.callers.iter().all(|words| words.contains("list:spam")) && !route.callers.is_empty() {
            continue;
        }
        for way in &route.ways {
            // There is one menu.
            let menu = way.iter().find(|step| step.contains("key"));
            let alternatives = menu.map_or_else(|| vec!["no key"], |step| step.split(" or ").collect());
            for pressed in alternatives.into_iter().filter(|it| *it != "wrong keys") {
                let pressed = pressed.strip_prefix("key ").unwrap_or("").to_owned();
                keys.extend(route.called.iter().map(|called| (called.clone(), pressed.clone())));
            }
        }
    }
    keys
}

/// Goal: for each person and mailbox, the numbers and keys that are told are those that an exhaustive search finds.
#[test]
fn what_is_told_is_what_trying_everything_finds() {
    let site = larch();
    let does = [Behaviour::NO_ANSWER, Behaviour::BUSY, Behaviour::answers(Duration::from_secs(5))];
    let people: Vec<_> = site.people.iter().map(|person| format!("person:{}", person.name)).collect();
    let boxes = ["voicemail:reception", "voicemail:sales", "voicemail:support"].map(str::to_owned);
    let moments = ["2026-03-13 10:00", "2026-03-14 13:00", "2026-12-25 10:00"];
    let caller = Caller::Number("+12025550142".parse().unwrap());
    for target in people.into_iter().chain(boxes) {
        let found = leads(&site, &target, year(&site));
        for at in moments.map(|text| read_time(&site.timezone, text).unwrap()) {
            let mut tried = BTreeSet::new();
            for entry in entries(&site) {
                let Entry::Number(number) = entry else { continue };
                for press in ["", "0", "1", "2"] {
                    for each in (0..3_usize.pow(5)).map(|n| [n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3, n / 81])
                    {
                        let mut question = Question::new(caller, entry, at);
                        question.press = press.chars().map(Press::Asked).collect();
                        let given = each.iter().enumerate();
                        question.given =
                            given.map(|(at, it)| Given::new(Party::Person(at.into()), does[*it])).collect();
                        let course = explain(&site, &question);
                        if comes_by(&site, &course, &target) {
                            // A key that nobody asked for leads nowhere.
                            let has_menu = &*site[number].label == "Main" && site.hours[0].at(at).is_open();
                            let press = if has_menu { press } else { "" };
                            tried.insert((site[number].e164.to_string(), press.to_owned()));
                        }
                    }
                }
            }
            let mut told = keys_told(&found, at);
            told.retain(|(called, _)| called.starts_with('+'));
            assert_eq!(told, tried, "{target}");
        }
    }
}
