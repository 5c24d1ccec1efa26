//! Bad configs, one a file: every fault is told where it stands, to the column, and none hides another.
//!
//! A config of `bad/*.toml` is loaded beside `bad/base.toml`, or by itself after a line `#! alone`. The first line
//! says what is wrong. Each line `#! LINE:COLUMN CODE` is a finding of the config, `#! FILE LINE:COLUMN CODE` one of a
//! file that it names; those lie in `bad/files`. Beside them stand the texts of `bad/*.txt`, whose messages are kept
//! word by word.

#[path = "bad/shelf.rs"]
mod shelf;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    sync::Arc,
};

use callplan::{Assets, Code, Finding, Source, Unread, load, proof::failures};
use shelf::{Files, HORIZON, silence};

/// One bad config.
struct Case {
    name: String,
    text: String,
    /// The lines `#!` of its head.
    head: Vec<String>,
}

/// `bad/files`, and what is too dull to lie there.
struct Folder;

impl Assets for Folder {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        match path {
            "secrets/phones" => Ok(Arc::from(&b""[..])),
            "prompts/hello.wav" => Ok(silence().into()),
            "calendars/crowded.ics" => Ok(crowded().into_bytes().into()),
            path => {
                fs::read(bad().join("files").join(path)).map(Into::into).map_err(|_| "no such file".into())
            }
        }
    }
}

/// More appointments in a year than anybody keeps.
fn crowded() -> String {
    let once = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY\nEND:VEVENT\n";
    let daily =
        "BEGIN:VEVENT\nDTSTART:20200101T090000Z\nDTEND:20200101T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
    format!("BEGIN:VCALENDAR\n{once}{}END:VCALENDAR\n", daily.repeat(56))
}

fn bad() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad"))
}

/// The files of `bad` with this ending, by name.
fn texts(ending: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(bad()).expect("the folder is there").map(|entry| entry.expect("it is read"));
    let names = entries.map(|entry| entry.file_name().into_string().expect("names are ASCII"));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    let read = |name: String| (fs::read_to_string(bad().join(&name)).expect("a text"), name);
    names.into_iter().map(read).map(|(text, name)| (name, text)).collect()
}

fn cases() -> Vec<Case> {
    let case = |(name, text): (String, String)| {
        let head = text.lines().filter_map(|line| line.strip_prefix("#! ")).map(str::to_owned).collect();
        Case { name, text, head }
    };
    texts(".toml").into_iter().filter(|(name, _)| name != "base.toml").map(case).collect()
}

impl Case {
    fn is_alone(&self) -> bool {
        self.head.iter().any(|line| line == "alone")
    }

    /// What its head promises: `LINE:COLUMN CODE`, with the file before it if it is another.
    fn promised(&self) -> Vec<&str> {
        self.head.iter().map(String::as_str).filter(|line| *line != "alone").collect()
    }

    fn codes(&self) -> Vec<&str> {
        self.promised().iter().filter_map(|line| line.rsplit(' ').next()).collect()
    }

    fn findings(&self) -> Vec<Finding> {
        let base = (!self.is_alone()).then(|| Source::new("base.toml", include_str!("bad/base.toml")));
        let case = Source::new("", self.text.as_str());
        let sources: Vec<_> = base.into_iter().chain([case]).collect();
        match load(&sources, &Files(Folder)) {
            Ok((site, warnings)) => [warnings, failures(&site, HORIZON)].concat(),
            Err(findings) => findings,
        }
    }
}

/// As a head has it.
fn line(finding: &Finding) -> String {
    let Finding { file, line, column, code, .. } = finding;
    format!("{file} {line}:{column} {code}").trim_start().to_owned()
}

#[test]
fn every_fault_is_told_where_it_stands_and_no_other() {
    let mut wrong = String::new();
    for case in cases() {
        let findings = case.findings();
        let mut found: Vec<_> = findings.iter().map(line).collect();
        let mut promised = case.promised();
        found.sort();
        promised.sort_unstable();
        if found != promised {
            let shown: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
            writeln!(wrong, "{}\nfound {found:?}\nnot   {promised:?}\n{shown}", case.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Goal: the files are many, of many kinds, and often have two faults, so that none is found by luck.
#[test]
fn the_files_are_many_and_no_kind_crowds_the_others() {
    let cases = cases();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for code in cases.iter().flat_map(Case::codes) {
        *times.entry(code).or_default() += 1;
    }
    let two = cases.iter().filter(|case| case.codes().len() >= 2).count();
    let crowded: Vec<_> = times.iter().filter(|(_, times)| **times > 10).collect();
    assert!(cases.len() >= 200, "{} files", cases.len());
    assert!(times.len() >= 60, "{} codes", times.len());
    assert!(two * 3 >= cases.len(), "{two} of {} files have two faults", cases.len());
    assert!(crowded.is_empty(), "more than ten times: {crowded:?}");
}

/// A code of a later day may come with a text of `bad/*.txt` alone. Four have neither: 64 MiB of config, an hour of music,
/// a hundred holidays and a site with too many ways are not written out.
#[test]
fn every_code_has_a_case() {
    let cases = cases();
    let texts = texts(".txt");
    let marked =
        texts.iter().flat_map(|(_, text)| text.lines().filter_map(|line| Some(line.split_once("#!")?.1)));
    let codes: BTreeSet<_> =
        cases.iter().flat_map(Case::codes).chain(marked.flat_map(str::split_whitespace)).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !codes.contains(code.id())).collect();
    assert_eq!(missing, [&Code::TooLarge, &Code::RuleUnproven, &Code::LongMusic, &Code::NamesUnsaid]);
}
