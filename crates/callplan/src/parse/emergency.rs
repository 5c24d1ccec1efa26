//! Where those are who call for help and who is told of it, and the numbers that people may show.

use std::sync::Arc;

use super::{
    reader::{Kind, Reader},
    table::Value,
    value,
};
use crate::{
    finding::Code,
    model::{E164, PersonId},
};

/// A location is part of an INVITE: beyond this it would not be one message.
const LOCATION_MAX: usize = 16 << 10;

impl<'a> Reader<'a> {
    /// Reads `location = { file = "..." }`, a PIDF-LO (RFC 4119).
    pub(super) fn location(&mut self, value: Value<'a>) -> Option<Arc<[u8]>> {
        let file = self.named_file(value, "a location", "{ file = \"locations/hq.xml\" }")?;
        let bytes = self.file(file, "write a PIDF-LO there; the carrier says of what kind")?;
        let text = str::from_utf8(&bytes).unwrap_or_default();
        let is_one =
            text.contains("<presence") && text.contains("geopriv") && !text.contains("--ringplan-part");
        if is_one && bytes.len() <= LOCATION_MAX {
            return Some(bytes);
        }
        let message = "this file is no PIDF-LO of at most 16 KiB";
        let mend = "write a <presence> document with a <geopriv> element (RFC 4119)";
        self.found.report(Code::BadLocation, file.place, message, mend);
        None
    }

    /// Reads `notify`: people whose phones are told.
    pub(super) fn notified(&mut self, value: Value<'a>) -> Vec<PersonId> {
        let Some(items) = value.list("people: [\"person:rosa\"]", self.found) else { return Vec::new() };
        let mut people = Vec::new();
        for item in items {
            if item.as_text().is_some_and(|text| text.starts_with("mail:")) {
                let message = "no mail is sent yet: nobody is told of an emergency by this";
                let mend = "name a person beside it, whose phones are told by a message";
                self.found.report(Code::NoMail, item.place, message, mend);
                continue;
            }
            let Some(named) = self.named(item, &[Kind::Person]) else { continue };
            people.extend(self.names.person(named.name, named.place, self.found));
        }
        people
    }

    /// Reads `caller_id` of `[codes]`: what is dialled before a number to show another one.
    pub(super) fn read_caller_id_code(&mut self, value: Option<Value<'a>>) -> Option<Arc<str>> {
        let Some(value) = value else { return Some("*51".into()) };
        let text = value.text("a code: \"*51\"", self.found)?;
        let keys = text.strip_prefix('*').unwrap_or_default();
        if (1..=5).contains(&keys.len()) && keys.bytes().all(|key| key.is_ascii_digit() || key == b'*') {
            return Some(text.into());
        }
        if text != "off" {
            let mend = "write `*` and one to five keys more, as in \"*51\", or \"off\"";
            self.found.report(
                Code::BadFeatureCode,
                value.place,
                format!("\"{text}\" is no feature code"),
                mend,
            );
        }
        None
    }

    /// Reads `verified`: numbers that are not ours and that we may show, one a line.
    pub(super) fn read_verified(&mut self, value: Option<Value<'a>>) -> Vec<E164> {
        let file =
            value.and_then(|value| self.named_file(value, "a list of numbers", "{ file = \"verified\" }"));
        self.verified_file = file.and_then(Value::as_text).map(Into::into);
        // Nobody was verified yet: `ringplan verify-number` makes the file.
        let is_there = |file: &Value<'a>| file.as_text().is_some_and(|path| self.assets.read(path).is_ok());
        let mut numbers = file.filter(is_there).map_or_else(Vec::new, |file| self.list_file(file));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Reads `present`: one number or several, each of ours or verified.
    pub(super) fn presents(&mut self, value: Value<'a>) -> Vec<E164> {
        let wanted = "a number of ours, or several: [\"+12025550100\"]";
        let items = match value.as_text() {
            Some(_) => vec![value],
            None => value.list(wanted, self.found).unwrap_or_default(),
        };
        let mut numbers = Vec::new();
        for item in items {
            let Some(number) = value::number(item, self.found) else { continue };
            let is_verified = self.verified.binary_search(&number).is_ok();
            if is_verified || self.names.number(number, item.inside(), self.found).is_some() {
                numbers.push(number);
            }
        }
        numbers
    }

    /// The file in `{ file = "..." }`.
    fn named_file(&mut self, value: Value<'a>, what: &str, wanted: &str) -> Option<Value<'a>> {
        let mut table = value.table(what, wanted, self.found)?;
        let file = table.need("file", &format!("write {wanted}"), self.found);
        table.finish(self.found);
        file
    }
}
