//! What dialling a number outside comes to, decision by decision.

use std::fmt;

use clock::Wall;

use super::{Caller, Quote, price, question};
use crate::{
    DialId, E164, Feature, Pattern, PhoneId, Site, TrunkId,
    number::{Numbering, kind_of},
    resolve::{self, Resolution},
};

/// What keys do for who listens to messages.
const KEYS: &str =
    "keys: 1 again, 2 or 9 keep, 3 or 7 delete or take that back, 4 before, 6 or # next, 0 help, * end";

/// What a phone dialled, and why it goes where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The decisions in order, a line each.
    pub lines: Vec<String>,
    /// Trunks that are tried, in order; none if the call goes nowhere.
    pub trunks: Vec<TrunkId>,
    /// What is shown, if anything.
    pub shows: Option<E164>,
    /// What a number outside costs, where anything is rated.
    pub quote: Option<Quote>,
}

/// Explains what somebody of ours, written as for [`Question::read`](super::Question::read), gets by dialling;
/// `None` for those outside, and where a plan decides.
pub fn dialled(site: &Site, from: &str, to: &str, at: Wall) -> Option<Outbound> {
    match question::caller(site, from)? {
        Caller::Phone(phone) => outbound(site, phone, to, at),
        Caller::Number(_) | Caller::Withheld => None,
    }
}

/// Explains what `phone` gets by dialling `dialled`; `None` if the call stays inside, where a plan decides.
pub fn outbound(site: &Site, phone: PhoneId, dialled: &str, at: Wall) -> Option<Outbound> {
    let mut out = Outbound { lines: Vec::new(), trunks: Vec::new(), shows: None, quote: None };
    let numbers = site.emergency.numbers.join(", ");
    match resolve::resolve(site, phone, dialled) {
        Resolution::Emergency(digits) => {
            out.say(format!("emergency: {digits} is one of {numbers}; no rule is asked, no limit holds"));
            out.trunks.clone_from(&site.emergency.trunks);
            out.shows = resolve::shown_for_help(site, phone);
            let located = site[phone].location.is_some() || site.emergency.location.is_some();
            let place = if located { "the location goes with it" } else { "no location is configured" };
            out.say(format!("location: {place}"));
        }
        Resolution::Outside { to, rule, present } => {
            out.say(format!("no emergency number ({numbers}), no extension, no number of ours"));
            out.say(reads(site, dialled, to));
            let quote = price::quote(site, to, site.day(at));
            let bound = site[phone].person.and_then(|person| site[person].per_day);
            if let (Some(Quote { price: None, .. }), Some(_)) = (&quote, bound) {
                out.say(format!(
                    "refused with 403: {to} has no price, and what the dialler may spend is limited"
                ));
                return Some(out);
            }
            out.quote = quote;
            out.choose(site, rule, |pattern| pattern.holds(to));
            out.shows = present;
        }
        Resolution::Short { to, rule, present } => {
            out.say(format!("no emergency number ({numbers}), no extension"));
            let country = site.country.as_str();
            out.say(format!("{to} is a short number in {country}: it goes out as dialled, and has no price"));
            out.choose(site, rule, |pattern| pattern.holds_short(&to));
            out.shows = present;
        }
        Resolution::Refused(refused) => {
            out.say(format!("refused with {}: {refused}", refused.status()));
            return Some(out);
        }
        Resolution::Feature(feature, _) => {
            out.lines = asked_by_code(site, phone, feature)?;
            return Some(out);
        }
        Resolution::Inside(_) | Resolution::Slot(_) | Resolution::Toggle(_) => return None,
    }
    out.say(match out.shows {
        Some(number) => format!("shows {number}: {}", owned(site, number)),
        None => "shows nobody: the dialler has no number to show".to_owned(),
    });
    for (at, trunk) in out.trunks.clone().into_iter().enumerate() {
        let rules = &site[trunk].fail_over;
        let statuses: Vec<_> = rules.statuses.iter().map(u16::to_string).collect();
        let silence = if rules.timeout { "silence, " } else { "" };
        let next = if at + 1 < out.trunks.len() {
            format!("; goes on to the next after {silence}{}, never after busy", statuses.join(", "))
        } else {
            String::new()
        };
        out.say(format!("trunk {}{next}", site[trunk].name));
    }
    out.lines.extend(out.quote.as_ref().map(Quote::line));
    Some(out)
}

/// What a phone gets that asks for something by a code and is asked or told more; `None` where it only says something.
fn asked_by_code(site: &Site, phone: PhoneId, feature: Feature) -> Option<Vec<String>> {
    let person = site[phone].person.map(|person| &site[person]);
    match (feature, person) {
        (Feature::Messages, Some(person)) => {
            let mailbox = &site[person.mailbox].name;
            let line = format!(
                "code messages: the messages of mailbox {mailbox}; the phone proved whose it is, so no PIN"
            );
            Some(vec![line, KEYS.to_owned()])
        }
        (Feature::Messages, None) => {
            Some(vec!["refused with 403: this phone is nobody's, so it has no messages".to_owned()])
        }
        (Feature::Mailbox, _) => {
            let line = "code mailbox: asks for the extension of a mailbox and for its PIN";
            Some(vec![line.to_owned(), KEYS.to_owned()])
        }
        (Feature::HotDesk, Some(person)) if site[phone].is_lent() => {
            Some(vec![format!("code hot_desk: signs {} out of this phone", person.name)])
        }
        (Feature::HotDesk, _) => {
            let line =
                "code hot_desk: asks for extension and PIN; whoever knows both has signed in at this phone";
            Some(vec![line.to_owned()])
        }
        (Feature::RecordPrompt, Some(person)) if person.records_prompts => Some(vec![
            "code record_prompt: asks to speak after the tone, up to pound, and plays it; 1 keeps it, 2 records again, \
             and who hangs up keeps nothing"
                .to_owned(),
        ]),
        (Feature::RecordPrompt, _) => {
            Some(vec!["refused with 403: whose phone this is may not record prompts (allow_prompts)".to_owned()])
        }
        (
            Feature::Pickup
            | Feature::GroupPickup
            | Feature::Park
            | Feature::DoNotDisturb
            | Feature::Away
            | Feature::Available
            | Feature::Forward
            | Feature::ForwardOff
            | Feature::LeaveMessage
            | Feature::Block
            | Feature::Queue
            | Feature::Reminder
            | Feature::Rehearse,
            _,
        ) => None,
    }
}

impl Outbound {
    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn choose(&mut self, site: &Site, rule: DialId, holds: impl Fn(&Pattern) -> bool) {
        let entry = &site[rule];
        let passed = site.dial.iter().filter(|other| other.name != entry.name);
        let passed: Vec<_> = passed
            .filter(|other| other.except.iter().any(&holds))
            .map(|other| format!("{} leaves it out", other.name))
            .collect();
        let passed = if passed.is_empty() { String::new() } else { format!(" ({})", passed.join(", ")) };
        self.say(format!("rule dial.{} says most of it{passed}", entry.name));
        self.say(format!("class {}: the dialler may", site[entry.class].name));
        self.trunks.clone_from(&entry.trunks);
    }
}

impl fmt::Display for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn reads(site: &Site, dialled: &str, to: E164) -> String {
    let kind = kind_of(to).map_or_else(String::new, |kind| format!(", {}", kind.word()));
    let country = Numbering::of_number(to).map_or("no country known here", |row| row.iso);
    format!("{dialled} read as dialled in {} is {to}: {country}{kind}", site.country.as_str())
}

fn owned(site: &Site, number: E164) -> &'static str {
    if site.number(number).is_some() { "ours" } else { "verified" }
}
