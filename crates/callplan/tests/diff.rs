//! What two versions of a site do differently, against asking both at every minute.

mod dialling;
mod larch;
mod random;

use std::{fmt::Write as _, time::Duration};

use callplan::{
    Memory, Site, Source,
    diff::{Diff, diff},
    explain::{Behaviour, Explanation, Finish, Given, Party, Press, Question, Seen, explain, read_time},
    load,
    step::{Caller, End, Entry, Fault, Target},
    ways::Horizon,
};
use clock::Wall;
use dialling::{HOUR, walk};
use larch::{larch, larch_of, wav};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use random::{MENUS, PLANS, SITE, loaded, text};

const MINUTE: i64 = 60_000_000;

fn year(site: &Site) -> Horizon {
    let at = |text| read_time(&site.timezone, text).expect("a time");
    Horizon { from: at("2026-01-01 00:00"), until: at("2027-01-01 00:00") }
}

fn sentences(old: &Site, new: &Site) -> Vec<String> {
    let horizon = year(new);
    let found = diff(old, new, horizon);
    assert!(found.is_whole);
    found.differences.iter().map(|it| it.sentence(&new.timezone, horizon)).collect()
}

/// The site of Larch & Co with these words of its config changed.
fn changed(changes: &[(&str, &str)]) -> Site {
    let mut text = include_str!("larch/site.toml").to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    larch_of(&text, "", "")
}

#[test]
fn formatting_and_names_of_plans_are_no_difference() {
    let same = changed(&[
        ("# A small business: the site that the tests of resolution and explanation are about.", ""),
        ("rosa = { ext = 101, name = \"Rosa Diaz\" }\n", "\n\nrosa   = { name = \"Rosa Diaz\", ext=101 }\n"),
        ("plan = \"main\" }", "plan = \"front\" }"),
        ("[plans.main]", "[plans.front]"),
    ]);
    assert_eq!(sentences(&larch(), &same), [""; 0]);
    assert_eq!(sentences(&same, &larch()), [""; 0]);
}

#[test]
fn what_changes_is_told_with_its_times_its_callers_and_what_people_do() {
    type Changes = &'static [(&'static str, &'static str)];
    let table: [(Changes, &[&str]); 8] = [
        (
            &[("sat = [\"09:00-12:00\"]", "sat = [\"09:00-13:00\"]")],
            &[
                "+12025550100, Sat 12:00-13:00, callers in none of the lists: was \"closed\", then person:rosa 15s, then \
               voicemail:reception, now menu:main, then group:reception 20s, then voicemail:reception",
            ],
        ),
        (
            &[("spam = [\"+12025550199\"]", "spam = [\"+12025550199\", \"+12025550198\"]")],
            &["callers like +12025550198, once in no list and now in list:spam: was menu:main"],
        ),
        (
            &[("1 = \"group:sales\"", "1 = \"group:support\"")],
            &[", if key 1: was group:sales 30s, then voicemail:reception, now group:support 36s"],
        ),
        (
            &[("busy = \"voicemail:support\"", "busy = \"voicemail:sales\"")],
            &["+12025550102, if group:support busy: was voicemail:support, now voicemail:sales"],
        ),
        (
            &[("for = \"15s\"", "for = \"20s\"")],
            &["was person:rosa 15s, then voicemail:reception, now person:rosa 20s"],
        ),
        (
            &[("[\"cho\", \"ben\", \"tom\"]", "[\"ben\", \"cho\", \"tom\"]")],
            &["was cho (cho-desk) rings after 0 s, now ben (ben-desk) rings after 0 s"],
        ),
        (
            &[("\"+12025550104\" = {", "\"+12025550105\" = {")],
            &[
                "+12025550104: was plan:number:+12025550104, now nobody's",
                "+12025550105: was nobody's, now plan:",
            ],
        ),
        (&[("{ date = \"2026-12-25\"", "{ date = \"2026-12-24\"")], &["2026-12-24 08:30-12:30, 13:30-18:00"]),
    ];
    for (changes, expected) in table {
        let told = sentences(&larch(), &changed(changes));
        for words in expected {
            assert!(told.iter().any(|sentence| sentence.contains(words)), "{words}\n{told:#?}");
        }
    }
}

/// Goal: another file under an old name is heard.
#[test]
fn another_sound_of_a_prompt_is_a_difference() {
    let texts = [Source::new("site.toml", include_str!("larch/site.toml"))];
    let site = |byte: u8| {
        let (mut welcome, closed) = (wav(8000), wav(4500));
        *welcome.last_mut().expect("it has samples") = byte;
        let assets = Memory::default().with("welcome.wav", &welcome).with("closed.wav", &closed);
        load(&texts, &assets.with("phones", b"").with("roots.pem", b"").with("rates.csv", b""))
            .expect("it loads")
            .0
    };
    assert_eq!(sentences(&site(0), &site(0)), [""; 0]);
    let told = sentences(&site(0), &site(1));
    assert!(told.len() == 1 && told[0].contains("the caller hears welcome"), "{told:?}");
}

/// What the parties of a call see, by name.
fn seen(site: &Site, course: &Explanation) -> String {
    let phone = |phone: callplan::PhoneId| {
        let person = site[phone].person.map(|it| site[it].name.to_string());
        format!("{} {person:?}", site[phone].name)
    };
    let target = |who: Target| match who {
        Target::Phone(it) => phone(it),
        Target::Number { to, rule, by } => format!("{to} {:?} {by:?}", site[rule].trunks),
    };
    let mut all = String::new();
    for event in &course.timeline {
        let what = match event.what {
            Seen::RangStart(who) => format!("rings {}", target(who)),
            Seen::RangStop(who, end) => format!("stops {} {end:?}", target(who)),
            Seen::Screened(who) => format!("asks {}", target(who)),
            Seen::Bridged(who) => format!("talks {}", target(who)),
            Seen::Recording(mailbox) => format!("records {}", site[mailbox].name),
            Seen::Recorded { mailbox, left } => format!("recorded {} {left}", site[mailbox].name),
            Seen::Ended(End::Voicemail { mailbox, left }) => {
                format!("voicemail {} {left}", site[mailbox].name)
            }
            what @ (Seen::Answered | Seen::Played(_) | Seen::Ended(_)) => format!("{what:?}"),
        };
        writeln!(all, "{:?} {what}", event.at).expect("a text takes it");
    }
    course
        .turns
        .iter()
        .for_each(|(group, to)| writeln!(all, "{} {to}", site[*group].name).expect("a text takes it"));
    all
}

fn is_endless(course: &Explanation) -> bool {
    course.end == Some(Finish::Ended(End::Failed(Fault::TooLong)))
}

/// Whether some difference is about calls at this minute, by this caller.
fn tells(found: &Diff, called: &str, caller: Caller, at: Wall) -> bool {
    let mut about = found.differences.iter().filter(|it| it.called.iter().any(|it| it == called));
    about.any(|it| {
        let callers = |words: &String| match caller {
            Caller::Withheld => words.contains("withhold") || words.starts_with("callers in none"),
            Caller::Number(number) if number.to_string() == "+12025550170" => {
                words.contains("list:vip") || words.contains("who show their")
            }
            Caller::Number(_) | Caller::Phone(_) => {
                words.contains("none of the lists") || words.contains("who show their")
            }
        };
        it.times.contains(at) && (it.callers.is_empty() || it.callers.iter().any(callers))
    })
}

/// The text `old` with the plans and menus of `other` where `kept` says no, in their order.
fn mixed(old: &str, other: &str, kept: &[bool]) -> String {
    let tables = |text: &str| -> Vec<String> {
        text[SITE.len()..].split_inclusive("\n[").map(str::to_owned).collect()
    };
    let tables = tables(old).into_iter().zip(tables(other)).zip(kept);
    let tables = tables.map(|((old, other), kept)| if *kept { old } else { other });
    format!("{SITE}{}", tables.collect::<String>())
}

/// Goal: whatever a random call does differently in two sites is told for its caller and minute, and each difference
/// that is told is one: its example goes otherwise.
#[test]
fn a_random_call_differs_only_where_that_is_told() {
    let mut runner = TestRunner::deterministic();
    let week = Horizon { from: Wall::from_unix_micros(0), until: Wall::from_unix_micros(8 * 24 * HOUR) };
    let (mut pairs, mut differing, mut alike, mut examples) = (0, 0, 0, 0);
    while pairs < 50 {
        // Two sites that differ in one plan or more.
        let [old, other] = [0, 1].map(|_| text().new_tree(&mut runner).unwrap().current());
        let kept = (0..PLANS + MENUS).map(|_| any::<f64>().new_tree(&mut runner).unwrap().current());
        let new = mixed(&old, &other, &kept.map(|it| it.to_bits() % 3 > 0).collect::<Vec<_>>());
        let (Some(was), Some(now)) = (loaded(&old), loaded(&new)) else { continue };
        pairs += 1;
        let found = diff(&was, &now, week);
        assert!(found.is_whole, "{old}\n{new}");
        for [before, after] in found.differences.iter().filter_map(|it| it.example.as_deref()) {
            let (before, after) = (seen(&was, &explain(&was, before)), seen(&now, &explain(&now, after)));
            assert_ne!(before, after, "{old}\n{new}");
            examples += 1;
        }
        for _ in 0..300 {
            let (mut question, minute) = (walk(), 0..60i64).new_tree(&mut runner).unwrap().current();
            question.at = Wall::from_unix_micros(question.at.unix_micros() + minute * MINUTE);
            question.chance = 0;
            let courses = [explain(&was, &question), explain(&now, &question)];
            if courses.iter().any(is_endless) {
                continue;
            }
            let is_other = seen(&was, &courses[0]) != seen(&now, &courses[1]);
            let is_told = tells(&found, "+12025550100", question.caller, question.at);
            assert!(
                is_told || !is_other,
                "{old}\n{new}\n{}\n{}{}",
                question.command(&was),
                courses[0],
                courses[1]
            );
            if is_other { differing += 1 } else { alike += 1 }
        }
    }
    assert!(differing > 2000 && alike > 2000 && examples > 50, "{differing} {alike} {examples}");
}

/// What a caller and whoever is rung may do in the main plan of Larch & Co, one thing at each step.
fn outcomes() -> Vec<(Vec<Press>, Behaviour)> {
    let does = [Behaviour::NO_ANSWER, Behaviour::BUSY, Behaviour::answers(Duration::from_secs(5))];
    let press = |keys: &str| {
        keys.chars()
            .map(|key| if key == '-' { Press::Nothing } else { Press::Asked(key) })
            .collect::<Vec<_>>()
    };
    ["", "1", "2", "-9"].into_iter().flat_map(|keys| does.map(|does| (press(keys), does))).collect()
}

/// Rings for longer than a minute, and asks the hours again.
const LONG: &str =
    "{ ring = \"person:ana\", for = \"90s\" },\n  { when = \"hours:office\", menu = \"main\" },\n";
const MENU: &str = "{ menu = \"main\" },\n]";

/// Two sites each, as changes of Larch & Co: other hours, another end of calls that meet the closing time, and a key in
/// another time zone.
fn pairs() -> [[Site; 2]; 3] {
    let long = |end: &str| changed(&[(MENU, &format!("{LONG}  {{ {end} }},\n]"))]);
    let hours = [("sat = [\"09:00-12:00\"]", "sat = [\"09:00-12:10\"]"), ("2026-12-25", "2026-12-24")];
    let keys = [
        ("1 = \"group:sales\"", "1 = \"group:support\""),
        ("[hours.office]", "[hours.office]\ntimezone = \"America/Chicago\""),
    ];
    [
        [larch(), changed(&hours)],
        [long("hangup = true"), long("voicemail = \"reception\"")],
        [larch(), changed(&keys)],
    ]
}

/// Asks both sites at every one of `minutes` of a year, and wants them to differ just where that is told.
fn is_told_at(minutes: impl Fn(i64) -> bool) -> usize {
    let (outcomes, called) = (outcomes(), "+12025550100");
    let mut asked = 0;
    for (pair, [old, new]) in pairs().into_iter().enumerate() {
        let Horizon { from, until } = year(&new);
        let found = diff(&old, &new, year(&new));
        let number = Entry::Number(old.number(called.parse().expect("a number")).expect("it is ours"));
        let caller = Caller::Number("+12025550142".parse().expect("a number"));
        let differs = |at: i64| {
            outcomes.iter().any(|(press, does)| {
                let [was, now] = [&old, &new].map(|site| {
                    let mut question = Question::new(caller, number, Wall::from_unix_micros(at));
                    (question.press, question.chance) = (press.clone(), 0);
                    let people = (0..site.people.len()).map(|it| Given::new(Party::Person(it.into()), *does));
                    question.given = people.collect();
                    seen(site, &explain(site, &question))
                });
                was != now
            })
        };
        let all = (from.unix_micros()..until.unix_micros()).step_by(MINUTE as usize);
        for (_, at) in (0..).zip(all).filter(|(minute, _)| minutes(*minute)) {
            let at_minute = Wall::from_unix_micros(at);
            assert_eq!(tells(&found, called, caller, at_minute), differs(at), "{at_minute:?} of pair {pair}");
            asked += 1;
        }
    }
    asked
}

/// Goal: the minutes that are told to differ are those at which some call does: two days with a change of clocks and two
/// with a holiday minute by minute, and a minute in some hours of all others.
#[test]
fn minutes_differ_where_that_is_told() {
    let is_day = |minute: i64| [66, 357].contains(&(minute / 1440)) || minute % 149 == 0;
    assert!(is_told_at(is_day) > 18_000);
}

/// The same at each minute of the year.
#[test]
#[ignore = "it lasts minutes: each minute of a year is asked 24 times"]
fn every_minute_of_a_year_differs_where_that_is_told() {
    assert!(is_told_at(|_| true) > 3 * 525_000);
}
