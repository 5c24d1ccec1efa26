//! The table of what is promised: each row with what shows it, and how it is turned off.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::edit::Edit;

/// Where the rows stand, one file a chapter of the promises.
const FILES: [(&str, &str); 5] = [
    ("signalling.toml", include_str!("../../rows/signalling.toml")),
    ("accounts.toml", include_str!("../../rows/accounts.toml")),
    ("media.toml", include_str!("../../rows/media.toml")),
    ("faults.toml", include_str!("../../rows/faults.toml")),
    ("catalogue.toml", include_str!("../../rows/catalogue.toml")),
];

/// A promise, and what shows that it is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// As RELIABILITY names it; a row of PRODUCT's catalogue is `C` and its number.
    pub(crate) id: String,
    /// In a few words.
    pub(crate) promise: String,
    /// What shows it beside the tests that its negations name: real programs, long forms.
    #[serde(default)]
    pub(crate) also: Vec<Task>,
    /// How it is turned off, part by part.
    pub(crate) off: Vec<Negation>,
}

/// A part of a row turned off: the tests that have to notice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Negation {
    /// What then is no longer so.
    pub(crate) what: String,
    /// Changes of the source that do it.
    pub(crate) edits: Vec<Edit>,
    /// Each of these has to fail then.
    pub(crate) red: Vec<Test>,
}

/// A test or a ladder, as nextest spells it: `package::target name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Test {
    pub(crate) runner: Runner,
    pub(crate) name: String,
}

/// Who runs a test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Runner {
    /// A package's library, with its unit tests.
    Library(String),
    /// A package's program of the same name, with its unit tests.
    Program(String),
    /// A package, and a file or folder below its `tests`.
    Tests(String, String),
    /// The simulator's golden ladders.
    Ladders,
}

/// Another task of xtask that shows a row with real programs and the daemon built for release.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Task {
    /// A SIPp scene.
    Scenes(String),
    /// A story of real phones.
    Phones(String),
    Scanners,
    Kamailio,
}

impl TryFrom<String> for Test {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (runner, name) = text.split_once(' ').ok_or_else(|| format!("\"{text}\" names no test"))?;
        let runner = match runner.split_once("::") {
            None if runner == "ladders" => Runner::Ladders,
            None => Runner::Library(runner.to_owned()),
            Some((package, target)) if target == format!("bin/{package}") => {
                Runner::Program(package.to_owned())
            }
            Some((package, target)) => Runner::Tests(package.to_owned(), target.to_owned()),
        };
        Ok(Self { runner, name: name.to_owned() })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.runner, self.name)
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(package) => f.write_str(package),
            Self::Program(package) => write!(f, "{package}::bin/{package}"),
            Self::Tests(package, target) => write!(f, "{package}::{target}"),
            Self::Ladders => f.write_str("ladders"),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenes(name) => write!(f, "cargo xtask scenes {name}"),
            Self::Phones(name) => write!(f, "cargo xtask phones, {name}"),
            Self::Scanners => f.write_str("cargo xtask scenes scanners"),
            Self::Kamailio => f.write_str("cargo xtask kamailio"),
        }
    }
}

impl Row {
    /// The tests that show it, each once.
    pub(crate) fn tests(&self) -> BTreeSet<&Test> {
        self.off.iter().flat_map(|off| &off.red).collect()
    }

    /// What it names and the tree that begins here does not have, or has otherwise.
    pub(crate) fn faults(&self, top: &Path) -> Vec<String> {
        let voids = self.off.iter().filter_map(|off| {
            let why = off.fits(top).err()?;
            Some(format!("\"{}\" turns nothing off: {why}", off.what))
        });
        let tests = self.tests().into_iter().filter(|test| !test.stands(top)).map(Test::to_string);
        let tasks = self.also.iter().filter(|task| !task.stands(top)).map(Task::to_string);
        let absent = tests.chain(tasks).map(|absent| format!("there is no {absent}"));
        voids.chain(absent).map(|fault| format!("{}: {fault}", self.id)).collect()
    }
}

impl Negation {
    /// Whether its changes can be made in the tree that begins here, one after the other.
    fn fits(&self, top: &Path) -> Result<(), String> {
        let mut changed: BTreeMap<&Path, String> = BTreeMap::new();
        for edit in &self.edits {
            let before = changed.remove(&*edit.file);
            let text = before.or_else(|| fs::read_to_string(top.join(&edit.file)).ok()).unwrap_or_default();
            changed.insert(&edit.file, edit.apply(&text)?);
        }
        Ok(())
    }
}

/// Every row, in the order of the files.
///
/// # Errors
/// A file is no table of rows.
pub(crate) fn read() -> Result<Vec<Row>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        row: Vec<Row>,
    }
    let mut rows = Vec::new();
    for (name, text) in FILES {
        let file: File = toml::from_str(text).map_err(|error| format!("rows/{name}: {error}"))?;
        rows.extend(file.row);
    }
    Ok(rows)
}

impl Test {
    /// Whether it stands in the tree that begins here, in the room that its name leads to.
    fn stands(&self, top: &Path) -> bool {
        let (folder, root) = match &self.runner {
            Runner::Library(package) => (format!("crates/{package}/src"), "lib.rs".to_owned()),
            Runner::Program(package) => (format!("crates/{package}/src"), "main.rs".to_owned()),
            Runner::Tests(package, target) => {
                let tests = format!("crates/{package}/tests");
                match format!("{target}.rs") {
                    alone if top.join(&tests).join(&alone).is_file() => (tests, alone),
                    _ => (format!("{tests}/{target}"), "main.rs".to_owned()),
                }
            }
            Runner::Ladders => return top.join(format!("scenarios/ladders/{}.txt", self.name)).is_file(),
        };
        let words: Vec<&str> = self.name.split("::").collect();
        let (name, modules) = words.split_last().expect("a split text has a part");
        let file = room(&top.join(folder), &root, modules);
        fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {name}()")))
    }
}

/// The file that holds the last of these modules, be it in another's.
fn room(folder: &Path, root: &str, modules: &[&str]) -> PathBuf {
    let file_of = |modules: &[&str]| {
        let path = modules.iter().fold(folder.to_owned(), |path, module| path.join(module));
        [path.with_extension("rs"), path.join("mod.rs")].into_iter().find(|file| file.is_file())
    };
    (1..=modules.len())
        .rev()
        .find_map(|count| file_of(&modules[..count]))
        .unwrap_or_else(|| folder.join(root))
}

impl Task {
    /// Whether it stands in the tree that begins here.
    fn stands(&self, top: &Path) -> bool {
        match self {
            Self::Scenes(name) => top.join(format!("scenarios/sipp/{name}.scene")).is_file(),
            Self::Phones(name) => top.join(format!("scenarios/phones/{name}.py")).is_file(),
            Self::Scanners | Self::Kamailio => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use xtask::shell::top;

    use super::*;

    #[test]
    fn every_row_stands_once_and_has_tests() {
        let rows = read().unwrap();
        let ids: Vec<&str> = rows.iter().map(|row| &*row.id).collect();
        let (signalling, accounts) =
            ((1..=12).map(|it| format!("P{it}")), (1..=9).map(|it| format!("A{it}")));
        let asked =
            signalling.chain(accounts).chain(["M1", "F6", "F7", "C18", "C46", "C50"].map(String::from));
        assert_eq!(ids, asked.collect::<Vec<_>>());
        let mut negations = rows.iter().flat_map(|row| &row.off);
        assert!(negations.all(|off| !off.edits.is_empty() && !off.red.is_empty()));
        assert!(rows.iter().all(|row| !row.off.is_empty()));
    }

    #[test]
    fn what_rows_name_stands_in_the_tree() {
        let faults: Vec<String> = read().unwrap().iter().flat_map(|row| row.faults(top())).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// Method: each of these names something of this very tree a little wrong.
    #[test]
    fn what_does_not_fit_the_tree_is_told_before_anything_is_built() {
        let faults = |edits: &str, red: &str| {
            let text = format!(
                "id = \"P1\"\npromise = \"\"\n[[off]]\nwhat = \"it\"\nedits = [{edits}]\nred = [\"{red}\"]"
            );
            toml::from_str::<Row>(&text).unwrap().faults(top()).join("\n")
        };
        let edit = |text: &str, becomes: &str| {
            format!(r#"{{ file = "crates/xtask/src/rows/edit.rs", text = "{text}", becomes = "{becomes}" }}"#)
        };
        let here = "xtask::bin/xtask rows::table::tests::tests_are_spelt_as_nextest_does";
        let once = edit("pub(crate) struct Copy", "pub(crate) struct Other");
        assert_eq!(faults(&once, here), "");
        for (edits, why) in [
            (edit("no such text", ""), "holds 0 times"),
            (edit("pub(crate) struct", "struct"), "holds 2 times"),
            (edit("pub(crate) struct Copy", "pub(crate) struct Copy"), "stays as it is"),
            (format!("{once}, {once}"), "holds 0 times"),
            (once.replace("edit.rs", "gone.rs"), "holds 0 times"),
        ] {
            let fault = faults(&edits, here);
            assert!(fault.starts_with("P1: \"it\" turns nothing off: ") && fault.contains(why), "{fault}");
        }
        for absent in [
            "xtask::bin/xtask rows::edit::tests::tests_are_spelt_as_nextest_does",
            "sim::loops nobody_is_rung",
            "sim::no_such_target two_who_send_their_calls_to_each_other_are_rung_once",
            "ladders no-such-ladder",
        ] {
            assert_eq!(faults(&once, absent), format!("P1: there is no {absent}"));
        }
    }

    #[test]
    fn tests_are_spelt_as_nextest_does() {
        for text in [
            "sim::loops two_who_send_their_calls_to_each_other_are_rung_once",
            "b2bua auth::tests::an_algorithm_without_a_secret_is_neither_offered_nor_taken",
            "ringplan::bin/ringplan net::pace::tests::turns",
            "ladders loop",
        ] {
            assert_eq!(Test::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        assert!(Test::try_from("sim::loops".to_owned()).is_err());
    }
}
