//! `[dial.x]`, `[emergency]` and `[lists]`.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    merge::Sections,
    nearest::{nearest, one_of},
    place::{Findings, Place},
    reader::Reader,
    table::{Entry, Table, Value},
    value,
};
use crate::{
    finding::Code,
    model::{Class, ClassId, Country, DialRule, E164, Emergency, List, NumberKind, Pattern, TrunkId},
    number::{Numbering, short},
};

/// How long who helps may call back past everything, and how long if nothing is said.
const CALLBACK: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);
const TWO_HOURS: Duration = Duration::from_secs(7_200);
const PATTERNS: &str = "write \"any\", \"country:US\", \"type:toll-free\", \"type:short\", digits after a plus: \"+1202\", or a short number: \"988\"";
/// The word for short numbers.
const SHORT: &str = "short";

impl<'a> Reader<'a> {
    /// Reads `[dial]`, and the classes its rules name; the first class is `internal`.
    pub(crate) fn dial(&mut self, country: Country) -> Vec<DialRule> {
        self.classes = vec![Class { name: "internal".into() }];
        let names = self.names;
        let rules: Vec<_> = names.dial.entries.iter().map(|entry| self.dial_rule(*entry, country)).collect();
        self.apart(&rules);
        rules
    }

    fn dial_rule(&mut self, entry: Entry<'a>, country: Country) -> DialRule {
        let mut rule = DialRule {
            name: entry.key.into(),
            to: Vec::new(),
            except: Vec::new(),
            class: ClassId(0),
            trunks: Vec::new(),
        };
        let what = format!("dial rule `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [dial.national]", self.found) else {
            return rule;
        };
        let to = table.need("to", "write what it is for: to = [\"country:US\"]", self.found);
        rule.to = to.map_or_else(Vec::new, |value| self.patterns(value, country));
        rule.except = table.take("not").map_or_else(Vec::new, |value| self.patterns(value, country));
        let class = table.need("class", "write the word that `allow` uses: class = \"national\"", self.found);
        rule.class = class.map_or(ClassId(0), |value| self.class(value));
        let trunks = table.need("trunks", "write where it goes out: trunks = [\"carrier\"]", self.found);
        rule.trunks = trunks.map_or_else(Vec::new, |value| self.trunk_names(value));
        table.finish(self.found);
        rule
    }

    fn class(&mut self, value: Value<'a>) -> ClassId {
        let Some(name) = value::words(value, self.found) else { return ClassId(0) };
        if name == "internal" {
            let mend = "take another word; `internal` is what people's own extensions are";
            self.found.report(
                Code::ReservedClass,
                value.place,
                "no call out of the building is internal",
                mend,
            );
        }
        let known = self.classes.iter().position(|class| &*class.name == name);
        known.map_or_else(
            || {
                self.classes.push(Class { name: name.into() });
                ClassId::from(self.classes.len() - 1)
            },
            ClassId::from,
        )
    }

    fn trunk_names(&mut self, value: Value<'a>) -> Vec<TrunkId> {
        let names = self.names;
        let trunks = value::list(value, "names of trunks: [\"carrier\"]", self.found, |item, found| {
            let name = item.text("the name of a trunk", found)?;
            names.trunk(name, item.inside(), found)
        });
        trunks.unwrap_or_default()
    }

    fn patterns(&mut self, value: Value<'a>, country: Country) -> Vec<Pattern> {
        let Some(items) = value.list("patterns: [\"country:US\"]", self.found) else { return Vec::new() };
        if items.is_empty() {
            self.found.report(Code::Empty, value.place, "this list is empty", PATTERNS);
        }
        items.into_iter().filter_map(|item| self.pattern(item, country)).collect()
    }

    fn pattern(&mut self, value: Value<'a>, country: Country) -> Option<Pattern> {
        let text = value.text("a pattern: \"country:US\"", self.found)?;
        let kind =
            |word: &str| NumberKind::ALL.into_iter().find(|kind| kind.word() == word).map(Pattern::Kind);
        let pattern = if text == "any" {
            Some(Pattern::Any)
        } else if let Some(letters) = text.strip_prefix("country:") {
            let place = value.inside().part("country:".len()..text.len());
            return self.country_text(letters, place).map(Pattern::Country);
        } else if let Some(digits) = text.strip_prefix('+') {
            prefix(digits).map(Pattern::Prefix)
        } else if text.strip_prefix("type:").unwrap_or(text) == SHORT {
            Some(Pattern::Shorts)
        } else if let Some(begin) = short::beginning(country, text) {
            Some(Pattern::Short(begin))
        } else {
            kind(text.strip_prefix("type:").unwrap_or(text))
        };
        if pattern.is_none() {
            let word = text.strip_prefix("type:").unwrap_or(text);
            let mend = nearest(word, NumberKind::ALL.map(NumberKind::word).into_iter().chain(["any", SHORT]))
                .map_or_else(|| PATTERNS.to_owned(), |near| format!("perhaps \"{near}\"; {PATTERNS}"));
            self.found.report(Code::BadPattern, value.place, format!("\"{text}\" is no pattern"), mend);
        }
        pattern
    }

    /// Two rules with the same pattern: nobody could say which of them wins.
    fn apart(&mut self, rules: &[DialRule]) {
        for (later, rule) in rules.iter().enumerate() {
            let same = |other: &&DialRule| other.to.iter().any(|pattern| rule.to.contains(pattern));
            if let Some(first) = rules[..later].iter().position(|other| same(&other)) {
                let (place, first_place) = (self.names.dial.place(later), self.names.dial.place(first));
                let message = format!(
                    "dial rules `{}` and `{}` are for the same numbers",
                    rules[first].name, rule.name
                );
                self.found.again(
                    Code::DialRulesAlike,
                    place,
                    first_place,
                    message,
                    "keep the pattern in one of them",
                );
            }
        }
    }

    /// Reads `[emergency]`; without numbers of its own a site has its country's.
    pub(crate) fn emergency(&mut self, sections: &mut Sections<'a>, country: Country) -> Emergency {
        let mut table = sections.take("emergency");
        let numbers = table.take("numbers").and_then(|value| {
            value::list(value, "what is dialled: [\"911\"]", self.found, |item, found| {
                emergency_number(item, found)
            })
        });
        let usual = || {
            Numbering::of(country)
                .map_or_else(Vec::new, |plan| plan.emergency.iter().map(|&n| n.into()).collect())
        };
        let mut numbers = numbers.unwrap_or_else(usual);
        numbers.sort();
        let trunks = table.take("trunks").map(|value| self.trunk_names(value));
        let present = table.take("present").and_then(|value| {
            let number = value::number(value, self.found)?;
            self.names.number(number, value.inside(), self.found).map(|_| number)
        });
        self.emergency_trunks(&table, trunks.as_deref(), &numbers);
        let location = table.take("location").and_then(|value| self.location(value));
        let callback = table.take("callback_for");
        let callback_for = callback.and_then(|value| value::duration(value, CALLBACK, self.found));
        let notify = table.take("notify").map_or_else(Vec::new, |value| self.notified(value));
        table.finish(self.found);
        let every = || (0..self.names.trunks.entries.len()).map(TrunkId::from).collect();
        let trunks = trunks.unwrap_or_else(every);
        Emergency {
            numbers,
            trunks,
            present,
            location,
            callback_for: callback_for.unwrap_or(TWO_HOURS),
            notify,
        }
    }

    fn emergency_trunks(&mut self, table: &Table<'a>, named: Option<&[TrunkId]>, numbers: &[Arc<str>]) {
        if named.is_none() && self.names.trunks.entries.is_empty() && !self.names.phones.entries.is_empty() {
            let numbers = one_of(numbers.iter().map(|number| &**number));
            let message = format!("there is no trunk for a call to {numbers}");
            let place = if table.place.end > 0 { table.place } else { self.names.phones.place(0) };
            self.found.report(
                Code::EmergencyWithoutTrunk,
                place,
                message,
                "write a trunk that takes emergency calls",
            );
        }
    }

    /// Reads `[lists]`, inline or from files of one number a line.
    pub(crate) fn lists(&mut self) -> Vec<List> {
        let names = self.names;
        names.lists.entries.iter().map(|entry| self.caller_list(*entry)).collect()
    }

    fn caller_list(&mut self, entry: Entry<'a>) -> List {
        let mut numbers = match entry.value.as_table(&format!("list `{}`", entry.key)) {
            Some(mut table) => {
                let file = table.need("file", "write { file = \"lists/....txt\" }", self.found);
                table.finish(self.found);
                file.map_or_else(Vec::new, |file| self.list_file(file))
            }
            None => {
                let items = entry.value.list("numbers, or a file: { file = \"lists/vip.txt\" }", self.found);
                let items = items.unwrap_or_default();
                items.into_iter().filter_map(|item| value::number(item, self.found)).collect()
            }
        };
        numbers.sort_unstable();
        numbers.dedup();
        List { name: entry.key.into(), numbers: numbers.into() }
    }

    pub(super) fn list_file(&mut self, file: Value<'a>) -> Vec<E164> {
        let Some((text, lines)) = self.text_file(file, "paths are relative to the config directory") else {
            return Vec::new();
        };
        let mut numbers = Vec::new();
        let mut at = 0;
        for line in lines.split_inclusive('\n') {
            let number = line.split('#').next().unwrap_or_default().trim();
            let begins = at + (line.len() - line.trim_start().len());
            at += line.len();
            if !number.is_empty() {
                let place = Place::new(text, begins..begins + number.len());
                numbers.extend(value::number_text(number, place, self.found));
            }
        }
        numbers
    }
}

fn emergency_number(item: Value<'_>, found: &mut Findings) -> Option<Arc<str>> {
    let text = item.text("what is dialled, in quotes: \"911\"", found)?;
    let fits = (2..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        let message = format!("\"{text}\" is no emergency number");
        found.report(Code::BadEmergencyNumber, item.place, message, "write 2 to 6 digits: \"911\"");
    }
    fits.then(|| text.into())
}

/// 1 to 15 digits of which the first is not 0.
pub(super) fn prefix(digits: &str) -> Option<u64> {
    let fits = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits && !digits.starts_with('0') { digits.parse().ok() } else { None }
}
