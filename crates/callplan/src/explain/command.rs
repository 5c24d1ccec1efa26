//! A question as the command that asks it.

use std::{fmt::Write as _, time::Duration};

use clock::Wall;
use jiff::Timestamp;

use super::{Caller, Entry, Press, Question};
use crate::{Attest, Fact, Site, parse::show};

impl Question {
    /// The `ringplan explain` that asks this, to be pasted into a shell. What the command line has no word for is
    /// left out: whose turn it is, how long the caller speaks, when they give up.
    pub fn command(&self, site: &Site) -> String {
        let mut words = format!(
            "ringplan explain --from {} --to {} --at {}",
            quoted(&from(site, self.caller)),
            quoted(&to(site, self.entry)),
            moment(site, self.at)
        );
        let keys: String = self.press.iter().filter_map(|press| key(*press)).collect();
        if !keys.is_empty() {
            // One that begins with `-` would be taken for an option.
            let _ = write!(words, " --press={}", quoted(&keys));
        }
        for given in &self.given {
            let since = if given.since > Duration::ZERO {
                format!(" from {}", show(given.since))
            } else {
                String::new()
            };
            let text = format!("{}={}{since}", given.party.words(site), given.behaviour.words());
            let _ = write!(words, " --if {}", quoted(&text));
        }
        for (party, after, entry) in &self.sends {
            let text =
                format!("{}=sends on to {} after {}", party.words(site), to(site, *entry), show(*after));
            let _ = write!(words, " --if {}", quoted(&text));
        }
        for (person, state) in &self.states {
            let _ = write!(words, " --if {}", quoted(&format!("{}={state}", site[*person].name)));
        }
        for (person, _) in &self.blocked {
            let _ = write!(words, " --if {}=blocks", site[*person].name);
        }
        for (queue, count) in &self.waiting {
            let _ = write!(words, " --if 'queue:{}={count} waiting'", site[*queue].name);
        }
        for (person, queue) in &self.signed_out {
            let of = queue.map_or_else(String::new, |queue| format!(" of {}", site[queue].name));
            let _ = write!(words, " --if {}", quoted(&format!("{}=out{of}", site[*person].name)));
        }
        for (hours, is_open) in &self.held {
            let word = if *is_open { "open" } else { "closed" };
            let _ = write!(words, " --if hours:{}={word}", site[*hours].name);
        }
        for telling in &self.told {
            let _ = write!(words, " --fact {}", quoted(&telling.words(site)));
        }
        if self.attest != Attest::None {
            let _ = write!(words, " --fact {}={}", Fact::CallerAttest.name(), self.attest);
        }
        words
    }
}

fn key(press: Press) -> Option<char> {
    match press {
        Press::Asked(key) => Some(key),
        Press::Nothing => Some('-'),
        Press::At(..) => None,
    }
}

/// Who calls, as it is written.
pub(crate) fn from(site: &Site, caller: Caller) -> String {
    match caller {
        Caller::Number(number) => number.to_string(),
        Caller::Phone(phone) => site[phone].name.to_string(),
        Caller::Withheld => "withheld".to_owned(),
    }
}

/// What this caller has to call to come to an entry: its number or extension, or else its plan by name.
pub(crate) fn dialled_by(site: &Site, caller: Caller, entry: Entry) -> String {
    let ext = match entry {
        Entry::Number(number) => Some(site[number].e164.to_string()),
        Entry::Person(person) => site[person].ext.as_ref().map(ToString::to_string),
        Entry::Phone(phone) | Entry::CallBack(phone) => site[phone].ext.as_ref().map(ToString::to_string),
        Entry::Group(group) => site[group].ext.as_ref().map(ToString::to_string),
        Entry::Queue(queue) => site[queue].ext.as_ref().map(ToString::to_string),
        Entry::Mailbox(_) | Entry::Plan(_) => None,
    };
    let comes_there = |text: &String| {
        let asked = Question::read(site, &from(site, caller), text, Wall::from_unix_micros(0));
        asked.is_ok_and(|asked| asked.entry == entry)
    };
    ext.filter(comes_there).unwrap_or_else(|| format!("plan:{}", site[entry.plan(site)].name))
}

fn to(site: &Site, entry: Entry) -> String {
    match entry {
        Entry::Number(number) => site[number].e164.to_string(),
        Entry::Person(person) => site[person].ext.as_ref().unwrap_or(&site[person].name).to_string(),
        Entry::Phone(phone) | Entry::CallBack(phone) => {
            site[phone].ext.as_ref().unwrap_or(&site[phone].name).to_string()
        }
        Entry::Group(group) => site[group].name.to_string(),
        Entry::Queue(queue) => site[queue].name.to_string(),
        Entry::Mailbox(_) => format!("plan:{}", site[entry.plan(site)].name),
        Entry::Plan(plan) => format!("plan:{}", site[plan].name),
    }
}

/// A civil time in the site's zone, as [`read_time`](super::read_time) reads it.
pub fn moment(site: &Site, at: Wall) -> String {
    let at = Timestamp::from_microsecond(at.unix_micros()).unwrap_or(Timestamp::MAX);
    let at = site.timezone.to_datetime(at).to_string();
    at.strip_suffix(":00").map_or_else(|| at.clone(), str::to_owned)
}

/// For a shell: in quotes where it would read something into it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-_.:=/".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
