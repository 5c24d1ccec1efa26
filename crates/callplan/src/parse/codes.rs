//! `[codes]` and `[park]`: what a phone dials to ask for something.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    merge::Sections,
    people::Extensions,
    place::{Findings, Place},
    reader::Reader,
    table::Value,
    value,
};
use crate::{
    finding::Code,
    model::{Codes, Emergency, Feature, Park, Takes},
};

/// How long a parked call may wait for somebody.
const RETURN: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3600);
/// Slots a site may have.
const SLOTS_MAX: u32 = 100;

/// A code and where it is written, if it is.
struct Written {
    code: Arc<str>,
    takes: Takes,
    place: Option<Place>,
}

impl<'a> Reader<'a> {
    /// Reads `[codes]`: each feature has its usual code until another is written, or `"off"`.
    pub(crate) fn codes(&mut self, sections: &mut Sections<'a>) -> Codes {
        let mut table = sections.take("codes");
        let (mut codes, mut written): (Vec<(Arc<str>, Feature)>, Vec<Written>) = Default::default();
        for (key, feature, usual, takes) in Feature::ALL {
            let (code, place) = match table.take(key) {
                None => (Some(*usual), None),
                Some(value) if value.as_text() == Some("off") => (None, None),
                Some(value) => (code(value, self.found), Some(value.place)),
            };
            let Some(code) = code.map(Arc::from) else { continue };
            written.push(Written { code: Arc::clone(&code), takes: *takes, place });
            codes.push((code, *feature));
        }
        let caller_id = table.take("caller_id");
        self.caller_id_code = self.read_caller_id_code(caller_id);
        table.finish(self.found);
        let place = caller_id.map(|value| value.place);
        let caller_id = self.caller_id_code.iter().map(|code| (code, Takes::Choice, place));
        let keys = self.toggles.iter().map(|(code, place)| (code, Takes::Digits(0), Some(*place)));
        let others = caller_id.chain(keys);
        written.extend(others.map(|(code, takes, place)| Written { code: Arc::clone(code), takes, place }));
        apart(&written, self.found);
        Codes::new(codes)
    }

    /// Reads `[park]`; a slot is nobody's extension, and no emergency number.
    pub(crate) fn park(
        &mut self,
        sections: &mut Sections<'a>,
        extensions: &Extensions,
        emergency: &Emergency,
    ) -> Park {
        let mut park = Park::default();
        let Some(mut table) = sections.find("park") else { return park };
        let written = table.take("slots");
        park.slots = match written {
            Some(value) => slots(value, self.found),
            None => Some(701..=710),
        };
        if let Some(value) = table.take("return_after") {
            park.return_after = value::duration(value, RETURN, self.found).unwrap_or(park.return_after);
        }
        park.music = table.take("music").and_then(|value| self.music_name(value));
        let at = written.map_or(table.place, |value| value.place);
        for (ext, (_, place)) in extensions.0.iter().filter(|(ext, _)| park.slot(ext).is_some()) {
            let message = format!("extension {ext} is a slot for parked calls too");
            self.found.again(
                Code::DuplicateExtension,
                *place,
                at,
                message,
                "give it another, or move `slots`",
            );
        }
        for number in emergency.numbers.iter().filter(|number| park.slot(number).is_some()) {
            let message = format!("slot {number} is an emergency number, which is dialled before all else");
            self.found.report(Code::EmergencyShadowed, at, message, "move `slots`");
        }
        table.finish(self.found);
        park
    }
}

/// `*8`: `*` or `#` and up to five keys more.
pub(super) fn code<'a>(value: Value<'a>, found: &mut Findings) -> Option<&'a str> {
    let text = value.text("a code: \"*8\", or \"off\"", found)?;
    let is_key = |key: u8| key.is_ascii_digit() || matches!(key, b'*' | b'#');
    if (2..=6).contains(&text.len()) && text.starts_with(['*', '#']) && text.bytes().all(is_key) {
        return Some(text);
    }
    let mend = "write `*` or `#` and one to five keys more, as in \"*8\", or \"off\"";
    found.report(Code::BadFeatureCode, value.place, format!("\"{text}\" is no feature code"), mend);
    None
}

/// Two codes that begin alike can be told apart only if what stands behind the longer has one length, and the
/// shorter would not take it for its own.
fn apart(codes: &[Written], found: &mut Findings) {
    for (at, one) in codes.iter().enumerate() {
        for other in &codes[at + 1..] {
            let (shorter, longer) =
                if one.code.len() <= other.code.len() { (one, other) } else { (other, one) };
            let Some(rest) = longer.code.strip_prefix(&*shorter.code) else { continue };
            let lengths = longer.takes.lengths().filter(|_| !rest.is_empty());
            let is_its_own = |len: &usize| !shorter.takes.holds(&format!("{rest}{}", "0".repeat(*len)));
            if lengths.is_some_and(|lengths| lengths.iter().all(is_its_own)) {
                continue;
            }
            // Of two that nobody wrote neither is to blame.
            let Some(place) = longer.place.or(shorter.place) else { continue };
            let message = if rest.is_empty() {
                format!("the code {} asks for two things", longer.code)
            } else {
                format!("the code {} begins with another, {}", longer.code, shorter.code)
            };
            found.report(Code::CodesAlike, place, message, "give one of them another");
        }
    }
}

/// `701-710`.
fn slots(value: Value<'_>, found: &mut Findings) -> Option<RangeInclusive<u32>> {
    let text = value.text("a range of slots: \"701-710\"", found)?;
    let read = || {
        let (first, last) = text.split_once('-')?;
        let is_number = |part: &str| (2..=6).contains(&part.len()) && !part.starts_with(['0', '+']);
        let (from, to): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        let fits = is_number(first) && first.len() == last.len() && from <= to && to - from < SLOTS_MAX;
        fits.then_some(from..=to)
    };
    let slots = read();
    if slots.is_none() {
        let mend = format!("write the first and the last, at most {SLOTS_MAX} of one length: \"701-710\"");
        found.report(Code::BadSlots, value.place, format!("\"{text}\" is no range of slots"), mend);
    }
    slots
}
