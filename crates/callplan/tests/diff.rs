//! What two versions of a site do differently, against asking both at every minute.
//!
//! `CALLPLAN_MINUTES=all` asks at each minute of a year (a month and some of the rest unless told).

mod dialling;
mod larch;
mod random;

use std::{env, fmt::Write as _, time::Duration};

use callplan::{
    Act, Memory, Site, Source,
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
        Target::Agent(agent) => site[agent].name.to_string(),
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
            what
            @ (Seen::Answered | Seen::Played(_) | Seen::Said(_) | Seen::Ringback(_) | Seen::Ended(_)) => {
                format!("{what:?}")
            }
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

/// What whoever is rung may do in the main plan of Larch & Co.
const BEHAVIOURS: [Behaviour; 3] =
    [Behaviour::NO_ANSWER, Behaviour::BUSY, Behaviour::answers(Duration::from_secs(5))];
/// And what the caller presses at its menu, one key at each round.
const KEYS: [&str; 4] = ["", "1", "2", "-9"];

/// Rings for longer than a minute, and asks the hours again.
const LONG: &str =
    "{ ring = \"person:ana\", for = \"90s\" },\n  { when = \"hours:office\", menu = \"main\" },\n";
const MENU: &str = "{ menu = \"main\" },\n]";

/// Two sites, and calls that tell them apart: what is pressed, and what whoever is rung does.
struct Pair {
    sites: [Site; 2],
    calls: &'static [(&'static str, Behaviour)],
}

/// Changes of Larch & Co: other hours, another end of calls that meet the closing time, and a key in another time zone.
fn pairs() -> [Pair; 3] {
    let long = |end: &str| changed(&[(MENU, &format!("{LONG}  {{ {end} }},\n]"))]);
    let hours = [("sat = [\"09:00-12:00\"]", "sat = [\"09:00-12:10\"]"), ("2026-12-25", "2026-12-24")];
    let keys = [
        ("1 = \"group:sales\"", "1 = \"group:support\""),
        ("[hours.office]", "[hours.office]\ntimezone = \"America/Chicago\""),
    ];
    [
        Pair { sites: [larch(), changed(&hours)], calls: &[("", Behaviour::NO_ANSWER)] },
        Pair {
            sites: [long("hangup = true"), long("voicemail = \"reception\"")],
            calls: &[("", Behaviour::NO_ANSWER), ("", Behaviour::BUSY)],
        },
        Pair { sites: [larch(), changed(&keys)], calls: &[("1", Behaviour::NO_ANSWER)] },
    ]
}

/// What the parties of a call see at a moment, and whether its caller is asked for a key.
fn asked(site: &Site, call: (Caller, Entry), at: Wall, keys: &str, does: Behaviour) -> (String, bool) {
    let mut question = Question::new(call.0, call.1, at);
    question.press =
        keys.chars().map(|key| if key == '-' { Press::Nothing } else { Press::Asked(key) }).collect();
    question.chance = 0;
    let people = (0..site.people.len()).map(|it| Given::new(Party::Person(it.into()), does));
    question.given = people.collect();
    let course = explain(site, &question);
    let is_asked = course.visited.iter().any(|visit| matches!(site[visit.node].act, Act::Menu(_)));
    (seen(site, &course), is_asked)
}

/// Whether one of all calls at this moment goes otherwise in two sites.
fn differs([old, new]: [&Site; 2], call: (Caller, Entry), at: Wall) -> bool {
    BEHAVIOURS.iter().any(|does| {
        for keys in KEYS {
            let (was, asks) = asked(old, call, at, keys, *does);
            let (now, asks_too) = asked(new, call, at, keys, *does);
            if was != now {
                return true;
            }
            if !asks && !asks_too {
                // Nobody hears the other keys.
                return false;
            }
        }
        false
    })
}

/// Asks both sites at every one of `minutes` of a year, and wants them to differ just where that is told; how many
/// minutes do, of how many. Asked are all calls, or those by which the sites are told apart.
fn is_told_at(minutes: impl Fn(i64) -> bool, is_all: bool) -> (usize, usize) {
    let called = "+12025550100";
    let (mut differing, mut all) = (0, 0);
    for (number, Pair { sites: [old, new], calls }) in pairs().into_iter().enumerate() {
        let Horizon { from, until } = year(&new);
        let found = diff(&old, &new, year(&new));
        let entry = Entry::Number(old.number(called.parse().expect("a number")).expect("it is ours"));
        let caller = Caller::Number("+12025550142".parse().expect("a number"));
        let goes = |at, keys, does| [&old, &new].map(|site| asked(site, (caller, entry), at, keys, does).0);
        let moments = (from.unix_micros()..until.unix_micros()).step_by(MINUTE as usize);
        for (_, at) in (0..).zip(moments).filter(|(minute, _)| minutes(*minute)) {
            let at = Wall::from_unix_micros(at);
            let is_other = if is_all {
                differs([&old, &new], (caller, entry), at)
            } else {
                calls.iter().map(|(keys, does)| goes(at, keys, *does)).any(|[was, now]| was != now)
            };
            assert_eq!(tells(&found, called, caller, at), is_other, "{at:?} of pair {number}");
            differing += usize::from(is_other);
            all += 1;
        }
    }
    (differing, all)
}

/// Goal: the minutes that are told to differ are those at which some call does: each of a month with a change of clocks
/// and of two days with a holiday, and a minute in some hours of all others. Of the year, if so told, each minute, and
/// every call.
#[test]
fn minutes_differ_where_that_is_told() {
    let is_all = env::var("CALLPLAN_MINUTES").is_ok_and(|minutes| minutes == "all");
    let (march, christmas) = (59..90, 357..359);
    let is_asked = |minute: i64| {
        let day = minute / 1440;
        is_all || march.contains(&day) || christmas.contains(&day) || minute % 149 == 0
    };
    let (differing, all) = is_told_at(is_asked, is_all);
    println!("figure: {all} minutes were asked, of which {differing} differ");
    assert!(
        differing > all / 100 && all > if is_all { 3 * 525_000 } else { 3 * 45_000 },
        "{differing} of {all}"
    );
}
