//! The tests of the starter site against mutants of its plans: what somebody may write by mistake falls.
//!
//! A mutant is one change of `calls.toml` or of a group: a step deleted, two exchanged, a condition turned around, a
//! target exchanged for another, a time moved by a minute, a duration changed, a key led elsewhere. Mutants that no
//! call can tell from the original are found by asking every way of every call of both, and left out.

use std::{collections::BTreeSet, fmt::Write as _, fs, ops::ControlFlow, path::Path, sync::Arc};

use callplan::{
    Assets, Site, Source, Unread,
    explain::{Explanation, explain, read_time},
    load,
    proof::failures,
    ways::{Horizon, Walk, entries},
};

struct Etc;

impl Assets for Etc {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        fs::read(etc().join(path)).map(Into::into).map_err(|error| error.to_string().into())
    }
}

fn etc() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc"))
}

const FILES: [&str; 5] = ["site.toml", "people.toml", "calls.toml", "carrier.toml", "tests.toml"];

/// A site whose `calls.toml` and `people.toml` read so.
fn site(calls: &str, people: &str) -> Option<Site> {
    let text = |name: &str| match name {
        "calls.toml" => calls.to_owned(),
        "people.toml" => people.to_owned(),
        name => read(name),
    };
    let sources = FILES.map(|name| Source::new(name, text(name)));
    load(&sources, &Etc).ok().map(|(site, _)| site)
}

fn read(name: &str) -> String {
    fs::read_to_string(etc().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn horizon(site: &Site) -> Horizon {
    Horizon::after(read_time(&site.timezone, "2026-03-01 00:00").expect("a time"))
}

/// Every place of a word, replaced by another.
fn replaced(text: &str, word: &str, other: &str) -> Vec<String> {
    text.match_indices(word)
        .map(|(at, _)| format!("{}{other}{}", &text[..at], &text[at + word.len()..]))
        .collect()
}

/// Texts with one line less, and with two neighbours exchanged, of the lines between `[` and `]` of plans.
fn shuffled(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let is_step = |at: usize| {
        lines.get(at).is_some_and(|line: &&str| line.starts_with("  { ") && !line.contains("date"))
    };
    let joined = |lines: &[&str]| lines.join("\n");
    let mut texts = Vec::new();
    for at in (0..lines.len()).filter(|at| is_step(*at)) {
        let mut fewer = lines.clone();
        fewer.remove(at);
        texts.push(joined(&fewer));
        if is_step(at + 1) {
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            texts.push(joined(&swapped));
        }
    }
    // A key of the menu, a holiday, a time of the week that is not written at all.
    for at in 0..lines.len() {
        let line = lines[at];
        let is_key = line.split(" = ").next().is_some_and(|key| key.len() == 1);
        if is_key || line.contains("{ date") || line.starts_with("sat = ") {
            let mut fewer = lines.clone();
            fewer.remove(at);
            texts.push(joined(&fewer));
        }
    }
    texts
}

/// Every `HH:MM` a minute later and a minute earlier.
fn moved(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for (at, _) in text.match_indices(':') {
        let time = at.checked_sub(2).and_then(|from| text.get(from..at + 3));
        let read = time.and_then(|time| {
            let (hours, minutes) = time.split_once(':')?;
            Some(hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?)
        });
        let Some(minutes) = read else { continue };
        for other in [minutes - 1, minutes + 1] {
            texts.push(format!("{}{:02}:{:02}{}", &text[..at - 2], other / 60, other % 60, &text[at + 3..]));
        }
    }
    texts
}

/// Every mutant of the calls, then every one of the groups, with what was done.
fn mutants(calls: &str, people: &str) -> Vec<(String, String)> {
    let mut of_calls = [shuffled(calls), moved(calls)].concat();
    let exchanged = [
        ("unless = \"hours", "when = \"hours"),
        ("when = \"caller", "unless = \"caller"),
        ("reject = \"unallocated\"", "reject = \"busy\""),
        ("goto = \"after-hours\"", "menu = \"main\""),
        ("menu = \"main\" }", "goto = \"after-hours\" }"),
        ("person:rosa", "person:tom"),
        ("\"15s\"", "\"10s\""),
        ("\"15s\"", "\"30s\""),
        ("voicemail = \"reception\"", "voicemail = \"sales\""),
        ("voicemail:reception", "voicemail:support"),
        ("group:reception", "group:sales"),
        ("group:sales", "group:support"),
        ("group:support", "group:reception"),
        ("play = \"closed\"", "play = \"welcome\""),
        ("greeting = \"welcome\"", "greeting = \"closed\""),
        ("repeat = 1", "repeat = 0"),
        ("repeat = 1", "repeat = 2"),
        ("repeat = 2", "repeat = 1"),
        ("repeat = 2", "repeat = 3"),
        ("plan = \"main\"", "plan = \"after-hours\""),
        ("group = \"sales\"", "group = \"support\""),
        ("group = \"support\"", "group = \"sales\""),
        ("mailbox = \"sales\"", "mailbox = \"reception\""),
        ("person = \"ana\"", "person = \"ben\""),
        (", forward = \"+12025550152\"", ""),
        ("+12025550152", "+12025550151"),
        ("mon-fri", "mon-thu"),
        ("mon-fri", "tue-fri"),
        ("sat = ", "sun = "),
        ("2026-11-26", "2026-11-27"),
        ("2026-12-25", "2026-12-24"),
        ("2027-01-01", "2027-01-02"),
        ("+12025550199", "+12025550198"),
    ];
    of_calls.extend(exchanged.iter().flat_map(|(word, other)| replaced(calls, word, other)));
    let groups = [
        ("\"rosa\", \"tom\"", "\"rosa\""),
        ("\"ana\", \"ben\"", "\"ana\""),
        ("\"cho\", \"ben\", \"tom\"", "\"ben\", \"cho\", \"tom\""),
        ("\"cho\", \"ben\", \"tom\"", "\"cho\", \"ben\""),
        ("\"all\"", "\"in-order\""),
        ("\"round-robin\"", "\"in-order\""),
        ("\"round-robin\"", "\"all\""),
        ("\"in-order\" ", "\"all\" "),
        ("total = \"20s\"", "total = \"15s\""),
        ("total = \"30s\"", "total = \"15s\""),
        ("each = \"15s\"", "each = \"10s\""),
        ("each = \"15s\"", "each = \"20s\""),
        ("each = \"12s\"", "each = \"8s\""),
        ("each = \"12s\"", "each = \"20s\""),
        ("busy = \"voicemail:support\"", ""),
        ("else = \"voicemail:support\"", ""),
        ("busy = \"voicemail:support\"", "busy = \"voicemail:sales\""),
        ("else = \"voicemail:support\"", "else = \"voicemail:sales\""),
    ];
    let of_groups: Vec<String> =
        groups.iter().flat_map(|(word, other)| replaced(people, word, other)).collect();
    let of_calls = of_calls.into_iter().map(|calls| (calls, people.to_owned()));
    of_calls.chain(of_groups.into_iter().map(|people| (calls.to_owned(), people))).collect()
}

/// What the caller and everybody called see.
fn seen(course: &Explanation) -> String {
    format!("{:?}", course.timeline)
}

/// Whether every way of every call of either goes the same in both.
fn is_equal(one: &Site, other: &Site) -> bool {
    let same_ids = one.phones.len() == other.phones.len() && one.prompts.len() == other.prompts.len();
    assert!(same_ids, "what rings and what is heard is counted alike");
    [one, other].into_iter().all(|site| {
        let mut is_equal = true;
        let _ = Walk::of(site, &entries(site), horizon(site)).run(|way| {
            is_equal = seen(&explain(one, way.question)) == seen(&explain(other, way.question));
            if is_equal { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        is_equal
    })
}

/// The lines that differ.
fn change(before: &str, after: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail =
        old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(old, new)| old == new).count();
    let part = |lines: &[&str]| lines[same..lines.len() - tail].join(" | ");
    format!("{}  =>  {}", part(&old), part(&new))
}

/// Goal: of the mistakes that can be made in the plans of the starter site its tests find nine of ten.
#[test]
fn the_tests_of_the_starter_site_kill_its_mutants() {
    let (calls, people) = (read("calls.toml"), read("people.toml"));
    let original = site(&calls, &people).expect("it loads");
    assert_eq!(failures(&original, horizon(&original)), []);
    let mut seen = BTreeSet::new();
    let (mut killed, mut refused, mut equal, mut alive) = (0, 0, Vec::new(), Vec::new());
    for (mutant_calls, mutant_people) in mutants(&calls, &people) {
        let what = if mutant_calls == calls {
            change(&people, &mutant_people)
        } else {
            change(&calls, &mutant_calls)
        };
        if (mutant_calls == calls && mutant_people == people)
            || !seen.insert((mutant_calls.clone(), mutant_people.clone()))
        {
            continue;
        }
        let Some(mutant) = site(&mutant_calls, &mutant_people) else {
            refused += 1;
            continue;
        };
        if !failures(&mutant, horizon(&mutant)).is_empty() {
            killed += 1;
        } else if is_equal(&original, &mutant) {
            equal.push(what);
        } else {
            alive.push(what);
        }
    }
    let all = killed + alive.len();
    let mut page = format!("{killed} of {all} killed; {refused} refused by the checker\n");
    for (title, mutants) in [("alive", &alive), ("equal for every call", &equal)] {
        let _ = writeln!(page, "\n{title}:");
        mutants.iter().for_each(|what| page.push_str(&format!("  {what}\n")));
    }
    assert!(all >= 60 && killed * 100 >= all * 90, "{page}");
    insta::assert_snapshot!(page);
}
