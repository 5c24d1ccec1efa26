//! Whatever is written into a config, loading it ends: in findings that stand in the text, or in a site whose
//! graph has no loose end.

use std::{fs, path::Path, sync::Arc};

use callplan::{Act, Assets, Memory, Node, Site, Source, effective, load};
use proptest::{collection::vec, prelude::*, sample::Index};

/// One change of a text. Places are drawn before the text is known.
#[derive(Clone, Debug)]
enum Change {
    /// Cut a stretch out.
    Cut(Index, Index),
    /// Write a stretch again somewhere else.
    Copy(Index, Index, Index),
    /// Write a word somewhere.
    Insert(Index, &'static str),
    /// Exchange two words.
    Swap(Index, Index),
    /// Write any character somewhere.
    Character(Index, char),
}

/// What configs are made of, and what breaks them.
const WORDS: [&str; 40] = [
    "\"",
    "'",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    "#",
    "\n",
    ".",
    "\\u0000",
    "\"\"\"",
    "-",
    "+",
    "0",
    "-1",
    "99999999999999999999",
    "1e400",
    "nan",
    "true",
    "2026-12-25",
    "\"+1\"",
    "\"person:rosa\"",
    "\"plan:main\"",
    "\"menu:main\"",
    "\"group:sales\"",
    "\"hangup\"",
    "goto = \"main\",",
    "when = \"not (((\",",
    "ring = \"person:tom\",",
    "else = { ring = \"person:tom\", else = ",
    "[site]\n",
    "[people]\n",
    "\"30s\"",
    "\"-5h\"",
    "é",
    "\u{202e}",
];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Cut(from, to)),
        (any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(from, to, at)| Change::Copy(from, to, at)),
        (any::<Index>(), prop::sample::select(WORDS.as_slice()))
            .prop_map(|(at, word)| Change::Insert(at, word)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
        (any::<Index>(), any::<char>()).prop_map(|(at, c)| Change::Character(at, c)),
    ]
}

impl Change {
    fn apply(&self, text: &mut String) {
        let boundary = |text: &str, at: Index| {
            let at = at.index(text.len() + 1);
            (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
        };
        // A stretch is a few words, so that most of the text stays what it was.
        let stretch = |text: &str, from: Index, to: Index| {
            let from = boundary(text, from);
            let to = (from + to.index(60)).min(text.len());
            from..(from..=to).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(from)
        };
        match self {
            Self::Cut(from, to) => text.replace_range(stretch(text, *from, *to), ""),
            Self::Copy(from, to, at) => {
                let copy = text[stretch(text, *from, *to)].to_owned();
                text.insert_str(boundary(text, *at), &copy);
            }
            Self::Insert(at, word) => text.insert_str(boundary(text, *at), word),
            Self::Swap(one, other) => {
                let mut words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
                if words.is_empty() {
                    return;
                }
                let (one, other) = (one.index(words.len()), other.index(words.len()));
                words.swap(one, other);
                *text = words.concat();
            }
            Self::Character(at, c) => text.insert(boundary(text, *at), *c),
        }
    }
}

fn etc(name: &str) -> Vec<u8> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc")).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The starter site as one text, and the samples.
fn good() -> [String; 4] {
    let starter = ["site.toml", "people.toml", "calls.toml", "carrier.toml", "tests.toml"].map(etc).concat();
    let sample = |name: &str| etc(&format!("samples/{name}.toml.sample"));
    let texts = [starter, sample("smallest"), sample("registering"), sample("shop")];
    texts.map(|text| String::from_utf8(text).expect("texts are UTF-8"))
}

/// The files that they name.
fn files() -> Memory {
    let files = ["secrets/phones", "prompts/welcome.wav", "prompts/closed.wav"];
    let files = files.into_iter().fold(Memory::default(), |files, name| files.with(name, &etc(name)));
    files.with("secrets/carrier", b"a password\n")
}

/// Loads a text and holds what comes of it to its promise.
fn hold(text: &str, files: &dyn Assets) {
    let sources = [Source::new("site.toml", Arc::<str>::from(text))];
    let findings = match load(&sources, files) {
        Ok((site, warnings)) => {
            sound(&site);
            in_force(&sources, site, files);
            warnings
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            findings
        }
    };
    for finding in findings {
        assert!(finding.line >= 1 && finding.column >= 1 && finding.width >= 1);
        assert!(finding.caret as usize <= finding.text.chars().count(), "{finding}");
        assert!(!finding.mend.is_empty(), "{finding}");
        let shown = finding.to_string();
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
}

/// What is printed as the config in force is the same site.
fn in_force(sources: &[Source], mut site: Site, files: &dyn Assets) {
    let text = effective(sources, &site).to_string();
    let again = load(&[Source::new("effective.toml", &*text)], files);
    let (mut again, _) = again.unwrap_or_else(|findings| panic!("{}\n{text}", findings[0]));
    // They stand elsewhere now.
    for (test, other) in again.tests.iter_mut().zip(&site.tests) {
        test.spot = other.spot.clone();
    }
    for (rule, other) in again.always.iter_mut().zip(&site.always) {
        rule.spot = other.spot.clone();
    }
    site.hash = again.hash;
    assert_eq!(format!("{again:#?}"), format!("{site:#?}"), "{text}");
}

/// No node falls into nothing, and every id leads somewhere.
fn sound(site: &Site) {
    for Node { plan, guard, act, next, .. } in &site.nodes {
        let (falls, exits) = match act {
            Act::Ring(ring) => (ring.unanswered.is_none(), vec![ring.busy, ring.declined, ring.unanswered]),
            Act::Forward(forward) => {
                (forward.unanswered.is_none(), vec![forward.busy, forward.declined, forward.unanswered])
            }
            Act::Play(_) | Act::Language(_) => (true, Vec::new()),
            Act::Ask(ask) => (true, vec![Some(ask.to)]),
            Act::Directory { nobody } => (nobody.is_none(), vec![*nobody]),
            Act::Menu(menu) => {
                let menu = &site[*menu];
                let keys = menu.keys.iter().map(|(_, node)| Some(node));
                (false, keys.chain([Some(menu.silence.retry.then), Some(menu.invalid.then)]).collect())
            }
            Act::Queue(queue) => (false, site[*queue].exits.iter().map(Some).collect()),
            Act::Goto(to) => (false, vec![Some(*to)]),
            Act::Voicemail(_) | Act::Reject(_) | Act::Hangup => (false, Vec::new()),
        };
        assert!(next.is_some() || !(falls || guard.is_some()), "{} has a loose end", site[*plan].name);
        assert!(exits.into_iter().chain([*next]).flatten().all(|node| node.index() < site.nodes.len()));
    }
}

#[test]
fn what_ships_is_sound() {
    for text in good() {
        hold(&text, &files());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutilated_site_ends_in_findings_or_a_sound_site(which in 0..4_usize, changes in vec(change(), 1..8)) {
        let mut text = good()[which].clone();
        for change in &changes {
            change.apply(&mut text);
        }
        hold(&text, &files());
    }

    #[test]
    fn any_text_at_all_ends_in_findings(text in "\\PC{0,200}") {
        hold(&text, &Memory::default());
    }
}
