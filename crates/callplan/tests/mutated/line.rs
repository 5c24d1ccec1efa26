//! What can be changed in one line of a config.

use std::collections::BTreeMap;

use callplan::Source;

/// The kinds of change, beside exchanging two lines.
pub(crate) const KINDS: [&str; 12] = [
    "delete", "swap", "negate", "target", "minute", "for", "count", "order", "refusal", "member", "date",
    "day",
];

/// Keys that take a bare name, and of what table.
const BARE: [(&str, &str); 9] = [
    ("goto", "plans"),
    ("plan", "plans"),
    ("menu", "menus"),
    ("group", "groups"),
    ("person", "people"),
    ("voicemail", "mailboxes"),
    ("mailbox", "mailboxes"),
    ("play", "prompts"),
    ("greeting", "prompts"),
];
/// Words that name a kind before a colon, and of what table.
const KINDED: [(&str, &str); 8] = [
    ("person:", "people"),
    ("group:", "groups"),
    ("menu:", "menus"),
    ("plan:", "plans"),
    ("voicemail:", "mailboxes"),
    ("rota:", "rota"),
    ("list:", "lists"),
    ("hours:", "hours"),
];
/// Words of which one may be taken for another.
const WORDS: [(&str, &[&str]); 2] = [
    ("order", &["\"all\"", "\"in-order\"", "\"round-robin\"", "\"longest-idle\""]),
    ("refusal", &["\"busy\"", "\"decline\"", "\"unallocated\""]),
];
/// Parts of a step or a number that may be forgotten.
const PARTS: [&str; 7] = ["busy", "declined", "else", "for", "forward", "mailbox", "when"];

/// Every name, by table.
pub(crate) struct Names(BTreeMap<String, Vec<String>>);

impl Names {
    /// Those of a site.
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for source in sources {
            let text: toml::Table = source.text.parse().expect("it is TOML");
            for (table, value) in &text {
                let keys = value.as_table().into_iter().flat_map(toml::Table::keys).cloned();
                names.entry(table.clone()).or_default().extend(keys);
            }
        }
        Self(names)
    }

    /// Another of the same table, if there is one.
    fn other(&self, table: &str, name: &str) -> Option<&str> {
        let names = self.0.get(table)?;
        let at = names.iter().position(|known| known == name)?;
        Some(names[(at + 1) % names.len()].as_str()).filter(|other| *other != name)
    }
}

/// A step of a plan on a line of its own.
pub(crate) fn is_step(line: &str) -> bool {
    line.starts_with("  { ") && !line.contains("date = ")
}

/// Every change of a line; `None` is the line left out.
pub(crate) fn changed(line: &str, names: &Names) -> Vec<(&'static str, Option<String>)> {
    let code = line.split(" #").next().unwrap_or_default();
    let mut changes: Vec<(&'static str, Option<String>)> = Vec::new();
    let key = code.split(" = ").next().unwrap_or_default().trim();
    let is_list = code.ends_with('[') || code.contains("members = ") || code.contains("weeks = ");
    let is_value = code.contains(" = ") && !code.starts_with(' ');
    if is_step(code) || code.contains("date = ") || (is_value && !is_list) {
        changes.push(("delete", None));
    }
    let mut put = |kind, text: String| changes.push((kind, Some(text)));
    for part in PARTS {
        for (from, to) in fragments(code, part) {
            put("delete", format!("{}{}", &code[..from], &code[to..]));
        }
    }
    for (one, other) in [("when = ", "unless = "), ("unless = ", "when = ")] {
        replaced(code, one, other).for_each(|text| put("negate", text));
    }
    targets(code, names).into_iter().for_each(|text| put("target", text));
    times(code).into_iter().for_each(|text| put("minute", text));
    durations(code).into_iter().for_each(|text| put("for", text));
    counts(code).into_iter().for_each(|text| put("count", text));
    for (kind, words) in WORDS {
        for (at, word) in words.iter().enumerate() {
            replaced(code, word, words[(at + 1) % words.len()]).for_each(|text| put(kind, text));
        }
    }
    members(code).into_iter().for_each(|text| put("member", text));
    for (at, date) in code.match_indices("date = \"") {
        let day = at + date.len() + "2026-12-".len();
        let moved = code[day..day + 2].parse::<u32>().map(|day| if day > 27 { day - 1 } else { day + 1 });
        put("date", format!("{}{:02}{}", &code[..day], moved.expect("a day"), &code[day + 2..]));
    }
    for (days, other) in
        [("mon-fri", "mon-thu"), ("mon-fri", "tue-fri"), ("mon-thu", "mon-fri"), ("sat", "sun")]
    {
        if key == days {
            put("day", code.replacen(days, other, 1));
        }
    }
    changes
}

/// Every place of a word, replaced by another.
fn replaced<'t>(text: &'t str, word: &'t str, other: &'t str) -> impl Iterator<Item = String> + 't {
    text.match_indices(word).map(move |(at, _)| format!("{}{other}{}", &text[..at], &text[at + word.len()..]))
}

/// From where to where `key = "..."` stands, with the comma that goes with it.
fn fragments(text: &str, key: &str) -> Vec<(usize, usize)> {
    let begins = |before: &str| before.ends_with(", ") || before.ends_with("{ ");
    let key = format!("{key} = \"");
    let found = text.match_indices(&key).filter(|(at, _)| begins(&text[..*at]));
    let ends = |(at, begin): (usize, &str)| {
        let value = at + begin.len();
        let end = value + text[value..].find('"')? + 1;
        let is_first = text[..at].ends_with("{ ");
        Some(if is_first {
            (at, end + text[end..].find(|it| it != ',' && it != ' ')?)
        } else {
            (at - 2, end)
        })
    };
    found.filter_map(ends).collect()
}

/// Other names where a name stands, and another number where a number does.
fn targets(text: &str, names: &Names) -> Vec<String> {
    let mut texts = Vec::new();
    let mut put = |from: usize, table: &str| {
        let end = text[from..].find(|it: char| !(it.is_ascii_alphanumeric() || it == '-' || it == '_'));
        let name = &text[from..end.map_or(text.len(), |end| from + end)];
        if let Some(other) = names.other(table, name) {
            texts.push(format!("{}{other}{}", &text[..from], &text[from + name.len()..]));
        }
    };
    for (key, table) in BARE {
        let key = format!("{key} = \"");
        let at = text.match_indices(&key).filter(|(at, _)| *at == 0 || text[..*at].ends_with(' '));
        at.for_each(|(at, _)| put(at + key.len(), table));
    }
    for (kind, table) in KINDED {
        text.match_indices(kind).for_each(|(at, _)| put(at + kind.len(), table));
    }
    for (at, plus) in text.match_indices('+').filter(|(at, _)| *at > 1) {
        let end = at + plus.len() + text[at + 1..].find(|it: char| !it.is_ascii_digit()).unwrap_or(0);
        let last: u32 = text[end - 1..end].parse().expect("a digit");
        texts.push(format!("{}{}{}", &text[..end - 1], (last + 1) % 10, &text[end..]));
    }
    texts
}

/// Every `HH:MM` a minute later and a minute earlier.
fn times(text: &str) -> Vec<String> {
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

/// Every `"15s"` five seconds longer and shorter.
fn durations(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for (at, _) in text.match_indices("s\"") {
        let begins = text[..at].rfind('"').map_or(0, |quote| quote + 1);
        let Ok(seconds) = text[begins..at].parse::<u32>() else { continue };
        for other in [seconds + 5, seconds.saturating_sub(5)].into_iter().filter(|other| *other > 0) {
            texts.push(format!("{}{other}{}", &text[..begins], &text[at..]));
        }
    }
    texts
}

/// Every `repeat = 1` once more and once less.
fn counts(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for (at, key) in text.match_indices("repeat = ") {
        let at = at + key.len();
        let Ok(times) = text[at..=at].parse::<u32>() else { continue };
        for other in [Some(times + 1), times.checked_sub(1)].into_iter().flatten() {
            texts.push(format!("{}{other}{}", &text[..at], &text[at + 1..]));
        }
    }
    texts
}

/// Members left out, and exchanged with the next.
fn members(text: &str) -> Vec<String> {
    let list = ["members = [", "weeks = ["].iter().find_map(|key| Some(text.find(key)? + key.len()));
    let Some((from, to)) = list.and_then(|from| Some((from, from + text[from..].find(']')?))) else {
        return Vec::new();
    };
    let all: Vec<&str> = text[from..to].split(", ").collect();
    let with = |list: Vec<&str>| format!("{}{}{}", &text[..from], list.join(", "), &text[to..]);
    let mut texts = Vec::new();
    for at in 0..all.len() {
        let mut fewer = all.clone();
        fewer.remove(at);
        texts.push(with(fewer));
        if at + 1 < all.len() {
            let mut swapped = all.clone();
            swapped.swap(at, at + 1);
            texts.push(with(swapped));
        }
    }
    texts
}
