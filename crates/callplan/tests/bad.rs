//! Bad configs, as data: every fault is found, at its place, and none beside.
//!
//! The cases stand in `bad/*.txt`. A line `=== ...` begins one and says what is wrong with it. The text
//! below is loaded beside `base.toml`, or by itself after a line `alone`. Behind `#!` stand the codes of the
//! findings that a line has, and they are not part of the text. A line `file PATH` begins a file that the
//! text names, marked the same way. The findings themselves, with columns and mends, are a snapshot.

#[path = "bad/shelf.rs"]
mod shelf;

use std::{collections::BTreeSet, fmt::Write, sync::Arc};

use callplan::{Code, Finding, Memory, Severity, Source, load, proof::failures};
use shelf::{Files, HORIZON, silence};

/// Texts of cases, and where their findings are kept.
const TOPICS: [(&str, &str); 17] = [
    ("values", include_str!("bad/values.txt")),
    ("names", include_str!("bad/names.txt")),
    ("money", include_str!("bad/money.txt")),
    ("plans", include_str!("bad/plans.txt")),
    ("lines", include_str!("bad/lines.txt")),
    ("identity", include_str!("bad/identity.txt")),
    ("typing", include_str!("bad/typing.txt")),
    ("proof", include_str!("bad/proof.txt")),
    ("rotas", include_str!("bad/rotas.txt")),
    ("calendars", include_str!("bad/calendars.txt")),
    ("contacts", include_str!("bad/contacts.txt")),
    ("voice", include_str!("bad/voice.txt")),
    ("queues", include_str!("bad/queues.txt")),
    ("later", include_str!("bad/later.txt")),
    ("agents", include_str!("bad/agents.txt")),
    ("inbound", include_str!("bad/inbound.txt")),
    ("probe", include_str!("bad/probe.txt")),
];

/// One bad config.
struct Case<'c> {
    title: &'c str,
    alone: bool,
    /// Name and text; the first is the config, the others are files it names.
    texts: Vec<(&'c str, String)>,
    /// File, line and code of every finding, sorted.
    expected: Vec<(&'c str, u32, &'c str)>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            let texts = vec![("case.toml", String::new())];
            cases.push(Case { title, alone: false, texts, expected: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a topic begins with a title");
        match line.strip_prefix("file ") {
            Some(path) => case.texts.push((path, String::new())),
            None if line == "alone" => case.alone = true,
            None => case.add(line),
        }
    }
    for case in &mut cases {
        case.expected.sort_unstable();
    }
    cases
}

impl<'c> Case<'c> {
    fn add(&mut self, line: &'c str) {
        let (line, codes) = line.split_once("#!").unwrap_or((line, ""));
        let (name, text) = self.texts.last_mut().expect("a case has a text");
        text.extend([line.trim_end(), "\n"]);
        let number = u32::try_from(text.lines().count()).expect("cases are short");
        self.expected.extend(codes.split_whitespace().map(|code| (*name, number, code)));
    }

    fn findings(&self) -> Vec<Finding> {
        let mut files = Memory::default()
            .with("secrets/phones", b"")
            .with("secrets/empty", b"\n")
            .with("prompts/text.wav", b"This is no sound.")
            .with("prompts/hello.wav", &silence());
        for (path, text) in &self.texts[1..] {
            files = files.with(path, text.as_bytes());
        }
        let base = Source::new("base.toml", include_str!("bad/base.toml"));
        let case = Source::new("case.toml", self.texts[0].1.as_str());
        let sources = if self.alone { vec![case] } else { vec![base, case] };
        match load(&sources, &Files(files)) {
            Ok((site, warnings)) => [warnings, failures(&site, HORIZON)].concat(),
            Err(findings) => findings,
        }
    }
}

#[test]
fn the_base_has_no_finding() {
    let case =
        Case { title: "", alone: false, texts: vec![("case.toml", String::new())], expected: Vec::new() };
    assert_eq!(case.findings(), []);
}

#[test]
fn every_fault_is_found_at_its_line_and_no_other() {
    let mut wrong = String::new();
    for (topic, text) in TOPICS {
        for case in cases(text) {
            let findings = case.findings();
            let mut found: Vec<_> =
                findings.iter().map(|finding| (&*finding.file, finding.line, finding.code.id())).collect();
            found.sort_unstable();
            if found != case.expected {
                let shown: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
                writeln!(
                    wrong,
                    "{topic}: {}\nfound {found:?}\nnot   {:?}\n{shown}",
                    case.title, case.expected
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn findings_read_well() {
    for (topic, text) in TOPICS {
        let mut page = String::new();
        for case in cases(text) {
            writeln!(page, "=== {}", case.title).unwrap();
            for finding in case.findings() {
                writeln!(page, "{finding}").unwrap();
            }
        }
        insta::assert_snapshot!(topic, page);
    }
}

/// Whatever is wrong, somebody is told what to do.
#[test]
fn every_finding_has_a_mend() {
    let all: String = TOPICS.iter().map(|(_, text)| *text).collect();
    for case in cases(&all) {
        for finding in case.findings() {
            assert!(finding.mend.len() > 5, "{}:\n{finding}", case.title);
        }
    }
}

/// 64 MiB of config, an hour of music, a hundred holidays and a site with too many ways are not written out here; text in other encodings
/// and a walk that is cut short have tests of their own.
#[test]
fn every_code_has_a_case() {
    let all: String = TOPICS.iter().map(|(_, text)| *text).collect();
    let shown: BTreeSet<_> =
        cases(&all).iter().flat_map(|case| case.expected.clone()).map(|(_, _, code)| code).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !shown.contains(code.id())).collect();
    assert_eq!(
        missing,
        [&Code::TooLarge, &Code::NotUtf8, &Code::RuleUnproven, &Code::LongMusic, &Code::NamesUnsaid]
    );
    assert!(cases(&all).len() >= 60, "{}", cases(&all).len());
}

/// Goal: what an editor saved in another encoding is refused at the byte that shows it, and what it hides is
/// not missed elsewhere.
#[test]
fn text_that_is_no_utf_8_is_refused_at_its_place() {
    let wide = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let little: Vec<u8> = wide("[site]\n").into_iter().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = wide("\u{feff}[site]\n").into_iter().flat_map(u16::to_be_bytes).collect();
    let latin = b"[site]\n# M\xc3\xbcller\nname = \"Caf\xe9\"\n";
    for (bytes, place, shown, is) in [
        (&latin[..], (3, 12), "name = \"Caf\u{e9}\"", "8-bit"),
        (&little, (1, 1), "[site]", "UTF-16"),
        (&big, (1, 1), "[site]", "UTF-16"),
    ] {
        let source = Source::from_bytes("a.toml", bytes);
        let findings = load(&[source], &Memory::default()).unwrap_err();
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((finding.code, finding.line, finding.column), (Code::NotUtf8, place.0, place.1));
        assert_eq!(finding.text, shown);
        assert!(finding.message.contains(is) && finding.mend.contains("UTF-8"), "{finding}");
    }
    let marked = Source::from_bytes("a.toml", b"\xef\xbb\xbf[site]\n");
    assert_eq!(&*marked.text, "[site]\n");
}

/// Its line is not shown: it may hold a secret.
#[test]
fn a_file_of_secrets_that_is_no_utf_8_is_refused_where_it_is_named() {
    let text = "[site]\nname = \"A\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"a.example\"\n\
                phone_secrets = { file = \"secrets/phones\" }\n[listen]\nudp = [\"127.0.0.1:5060\"]\n";
    let files = Memory::default().with("secrets/phones", b"# ok\nana MD5 \xe9\n");
    let findings = load(&[Source::new("a.toml", text)], &files).unwrap_err();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((finding.code, finding.line), (Code::NotUtf8, 6));
    assert!(finding.message.contains("secrets/phones, line 2"), "{finding}");
}

#[test]
fn keys_nested_too_deep_are_found_where_they_stand() {
    let deep = vec!["k"; 300].join(".");
    for text in [format!("# \n[lists]\n  {deep} = 1\n"), format!("[lists]\n\n  [{deep}] # x\nx = 1\n")] {
        let findings = load(&[Source::new("a.toml", text)], &Memory::default()).unwrap_err();
        let places: Vec<_> = findings.iter().map(|it| (it.code, it.line, it.column)).collect();
        assert_eq!(places, [(Code::Syntax, 3, 3)]);
    }
}

#[test]
fn a_config_without_texts_is_a_finding() {
    let findings = load(&[], &Memory::default()).unwrap_err();
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::MissingSite]);
}

#[test]
fn a_config_larger_than_the_bound_is_refused_unread() {
    let half: Arc<str> = " ".repeat(callplan::CONFIG_BYTES_MAX / 2 + 1).into();
    let sources = [Source::new("a.toml", Arc::clone(&half)), Source::new("b.toml", half)];
    let findings = load(&sources, &Memory::default()).unwrap_err();
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::TooLarge]);
    assert!(!findings[0].mend.is_empty());
}

#[test]
fn warnings_come_with_the_site() {
    let text = "[hours.office]\nmon = []\n";
    let base = Source::new("base.toml", include_str!("bad/base.toml"));
    let files = Memory::default().with("secrets/phones", b"").with("prompts/hello.wav", &silence());
    let (site, warnings) = load(&[base, Source::new("case.toml", text)], &files).unwrap();
    assert_eq!(warnings.iter().map(Finding::severity).collect::<Vec<_>>(), [Severity::Warning]);
    assert_eq!(site.hours.len(), 1);
}
