//! Numbers as a provider lists them: a CSV table with a header, or whatever JSON its API answers.
//!
//! Every provider names its columns in its own way. Those that hold a number, what it is called and whether it still
//! moves are known by their names; all others are passed over.

use std::{collections::BTreeMap, fmt};

use callplan::{
    E164, Site,
    number::{Digits, is_short},
    resolve::home,
};
use serde_json::Value;

/// Names of columns, letters and digits alone, the first that is there counts.
const NUMBER: [&str; 12] = [
    "phonenumber",
    "e164",
    "msisdn",
    "number",
    "didnumber",
    "did",
    "telephonenumber",
    "telephone",
    "phone",
    "tn",
    "numbers",
    "phonenumbers",
];
const LABEL: [&str; 8] =
    ["label", "friendlyname", "nickname", "alias", "name", "description", "customerreference", "reference"];
const STATE: [&str; 5] = ["portingstatus", "portstatus", "portinstatus", "status", "state"];

/// Lists in lists are looked through so deep.
const DEPTH_MAX: usize = 4;

/// The longest label that is taken over, in characters.
const LABEL_MAX: usize = 100;

/// A number of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) number: E164,
    /// What it is called there, if that says more than the number.
    pub(super) label: Option<String>,
    /// Whether it is on its way.
    pub(super) is_porting: bool,
}

/// What is wrong with an entry, or worth to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    /// The entry as a spreadsheet counts rows, or as a list does its items: from 1.
    at: String,
    message: String,
    mend: &'static str,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  = mend: {}", self.at, self.message, self.mend)
    }
}

/// A list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// Its numbers in their order, each once.
    pub(super) numbers: Vec<Listed>,
    /// Entries that are no numbers.
    pub(super) faults: Vec<Remark>,
    /// Short numbers, which carry texts and no calls.
    pub(super) shorts: Vec<String>,
}

/// Why a file is no list at all.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::enum_variant_names, reason = "all of them are the operator's")]
pub(super) enum NotAList {
    #[error("it is not UTF-8: save it as that")]
    LocalText,
    #[error("it is no JSON: {0}")]
    LocalJson(serde_json::Error),
    #[error("it is no CSV table: {0}")]
    LocalTable(csv::Error),
    #[error(
        "there is no list of numbers in it: an entry has a `phone_number`, `number`, `msisdn`, `did` or `e164`"
    )]
    LocalEmpty,
    #[error("no column holds numbers: its header is {0}; name one of them `number`")]
    LocalHeader(String),
}

/// An entry, by the names of its columns without all but letters and digits.
type Fields = BTreeMap<String, String>;

/// Reads a list for a site, in whose country numbers without a plus are.
///
/// # Errors
/// It is no list; what is wrong with single entries is part of the list.
pub(super) fn read(site: &Site, bytes: &[u8]) -> Result<List, NotAList> {
    let text = str::from_utf8(bytes).map_err(|_| NotAList::LocalText)?.trim_start_matches('\u{feff}');
    let entries = match text.trim_start().starts_with(['{', '[']) {
        true => of_json(text)?,
        false => of_table(text)?,
    };
    let mut list = List::default();
    for (at, fields) in entries {
        list.take(site, at, &fields);
    }
    Ok(list)
}

impl List {
    fn take(&mut self, site: &Site, at: String, fields: &Fields) {
        let text = first(fields, &NUMBER).unwrap_or_default();
        let digits = Digits::read(text).ok();
        if let Some(short) = digits.as_ref().filter(|digits| is_code(site, digits)) {
            self.shorts.push(short.to_string());
            return;
        }
        let Some(number) = digits.and_then(|digits| number(site, &digits)) else {
            let message = format!("{text:?} is no telephone number");
            let mend = "write it as in +12025550142, or leave the entry out";
            return self.faults.push(Remark { at, message, mend });
        };
        if self.numbers.iter().any(|listed| listed.number == number) {
            return;
        }
        let says_more = |label: &&str| {
            let read = Digits::read(label).ok().and_then(|digits| self::number(site, &digits));
            !label.is_empty() && read != Some(number)
        };
        let label = first(fields, &LABEL).filter(says_more).map(shortened);
        let is_porting = STATE.iter().filter_map(|name| fields.get(*name)).any(|state| is_moving(state));
        self.numbers.push(Listed { number, label, is_porting });
    }
}

/// With a plus, as it is dialled in the site's country, or the digits of E.164 alone.
fn number(site: &Site, digits: &Digits) -> Option<E164> {
    let whole = || Digits::read(&format!("+{digits}")).ok();
    home(site).read(digits).or_else(|| home(site).read(&whole()?))
}

/// Whether it is too short for a telephone number and as long as codes for texts are.
fn is_code(site: &Site, digits: &Digits) -> bool {
    is_short(site.country, digits) || (3..=6).contains(&digits.len()) && !digits.starts_with('+')
}

/// Whether a state says that a number is still on its way; the name of a country's state does not.
fn is_moving(state: &str) -> bool {
    let state = plain(state);
    let is_done = ["ported", "complete", "fail", "cancel", "export"].iter().any(|word| state.contains(word));
    state.contains("port") && !is_done
}

fn first<'f>(fields: &'f Fields, names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| fields.get(*name)).map(String::as_str)
}

/// A name of a column without what one provider puts between words and another does not.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn shortened(label: &str) -> String {
    label.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LABEL_MAX).collect()
}

fn of_table(text: &str) -> Result<Vec<(String, Fields)>, NotAList> {
    let separator =
        text.lines().next().filter(|line| line.contains(';') && !line.contains(',')).map_or(b',', |_| b';');
    let mut builder = csv::ReaderBuilder::new();
    builder.flexible(true).trim(csv::Trim::All).delimiter(separator);
    let mut table = builder.from_reader(text.as_bytes());
    let header = table.headers().map_err(NotAList::LocalTable)?.clone();
    let names: Vec<_> = header.iter().map(plain).collect();
    if !names.iter().any(|name| NUMBER.contains(&&**name)) {
        let shown: Vec<_> = header.iter().map(|name| format!("`{name}`")).collect();
        return Err(NotAList::LocalHeader(shown.join(", ")));
    }
    let mut entries = Vec::new();
    for row in table.records() {
        let row = row.map_err(NotAList::LocalTable)?;
        if row.iter().all(str::is_empty) {
            continue;
        }
        let cells = names.iter().cloned().zip(row.iter().map(str::to_owned));
        let line = row.position().map_or(0, csv::Position::line);
        entries.push((format!("row {line}"), cells.collect()));
    }
    Ok(entries)
}

fn of_json(text: &str) -> Result<Vec<(String, Fields)>, NotAList> {
    let value: Value = serde_json::from_str(text).map_err(NotAList::LocalJson)?;
    let items = items(&value, 0).ok_or(NotAList::LocalEmpty)?;
    Ok(items.iter().enumerate().map(|(at, item)| (format!("item {}", at + 1), fields(item))).collect())
}

/// The first list in a value whose entries are numbers.
fn items(value: &Value, depth: usize) -> Option<&[Value]> {
    match value {
        _ if depth > DEPTH_MAX => None,
        Value::Array(items) if items.iter().any(is_entry) => Some(items),
        Value::Array(items) => items.iter().find_map(|item| self::items(item, depth + 1)),
        Value::Object(fields) => fields.values().find_map(|field| items(field, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn is_entry(item: &Value) -> bool {
    match item {
        Value::String(text) => text.starts_with('+') && Digits::read(text).is_ok(),
        Value::Object(_) => first(&fields(item), &NUMBER).is_some(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

/// What an item says in texts and numbers; one that is a text is a number by itself.
fn fields(item: &Value) -> Fields {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match item {
        Value::Object(fields) => {
            fields.iter().filter_map(|(name, value)| Some((plain(name), text(value)?))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            text(item).map(|text| (NUMBER[0].to_owned(), text)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use callplan::{Memory, Source, load};

    use super::*;

    fn site(country: &str) -> Site {
        let text = format!(
            "[site]\nname = \"A\"\ntimezone = \"UTC\"\ncountry = \"{country}\"\ndomain = \"a.example\"\n"
        );
        load(&[Source::new("a.toml", text)], &Memory::default()).expect("it loads").0
    }

    /// What a list comes to, an entry a line.
    fn told(country: &str, text: &str) -> Vec<String> {
        let list = read(&site(country), text.as_bytes()).expect("it is a list");
        let told = |it: &Listed| {
            let label = it.label.as_deref().map(|label| format!(" {label}")).unwrap_or_default();
            format!("{}{label}{}", it.number, if it.is_porting { " porting" } else { "" })
        };
        let shorts = list.shorts.iter().map(|short| format!("short {short}"));
        let faults = list.faults.iter().map(|fault| format!("fault {}", fault.at));
        list.numbers.iter().map(told).chain(shorts).chain(faults).collect()
    }

    /// Goal: the lists of the large providers are read as they give them, as tables and as answers of their APIs.
    #[test]
    fn lists_of_many_providers_are_read() {
        let table = [
            (
                "US",
                "Phone Number,Friendly Name,Capabilities\n+12025550101,Sales,\"voice, sms\"\n(202) 555-0102,(202) 555-0102,voice\n",
                vec!["+12025550101 Sales", "+12025550102"],
            ),
            (
                "US",
                r#"{"first_page_uri":"/x","incoming_phone_numbers":[{"phone_number":"+12025550101","friendly_name":"Sales","capabilities":{"voice":true}}],"page":0}"#,
                vec!["+12025550101 Sales"],
            ),
            (
                "US",
                r#"{"data":[{"phone_number":"+12025550101","status":"active","customer_reference":"Main"},{"phone_number":"+12025550102","status":"port_pending"}],"meta":{}}"#,
                vec!["+12025550101 Main", "+12025550102 porting"],
            ),
            (
                "GB",
                r#"{"count":2,"numbers":[{"country":"GB","msisdn":"442079460000","type":"landline"},{"country":"GB","msisdn":"447700900123"}]}"#,
                vec!["+442079460000", "+447700900123"],
            ),
            ("US", r#"{"objects":[{"number":"12025550101","alias":"Main"}]}"#, vec!["+12025550101 Main"]),
            ("GB", "did;description;state\n020 7946 0000;Office;London\n", vec!["+442079460000 Office"]),
            ("US", r#"["+12025550101", "+442079460000"]"#, vec!["+12025550101", "+442079460000"]),
            (
                "US",
                "number,label,status\n12025550101,Main,Port-in pending\n2025550102,,ported\n72345,Texts,\n",
                vec!["+12025550101 Main porting", "+12025550102", "short 72345"],
            ),
        ];
        for (country, text, expected) in table {
            assert_eq!(told(country, text), expected, "{text}");
        }
    }

    #[test]
    fn an_entry_that_is_no_number_is_told_with_its_place_and_the_others_are_read() {
        let text = "number,label\n+12025550101,Main\nhello,Sales\n\n+12025550101,Again\n+1202555010x,\n";
        assert_eq!(told("US", text), ["+12025550101 Main", "fault row 3", "fault row 6"]);
        assert_eq!(
            told("US", r#"[{"number":true,"did":"+12025550101"},{"number":"x"}]"#)[1..],
            ["fault item 2"]
        );
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        let refused = |bytes: &[u8]| read(&site("US"), bytes).expect_err("it is no list").to_string();
        assert!(refused(b"Name,Rate\nA,1\n").contains("its header is `Name`, `Rate`"));
        assert!(refused(b"{\"numbers\": 3}").contains("no list of numbers"));
        assert!(refused(b"[1,").contains("it is no JSON"));
        assert!(refused(b"number\n\xff\n").contains("UTF-8"));
    }
}
