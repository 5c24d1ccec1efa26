//! An explanation as a page of text.
//!
//! ```text
//! call  +12025550142 -> Main (+12025550100)   plan main   Fri 2026-12-25 10:00
//!  main#1         reject?        no    caller not in list:spam
//!  main#2         goto?          YES   hours:office closed: "Christmas Day"
//!                          0 s         plan:after-hours
//!  after-hours#1  voicemail            mailbox reception
//!                          0 s         hears "Please leave a message after the tone.", 2.5 s
//! end   voicemail:reception, a message left   after 8 s
//! not asked   main#3, main#4: main#2 left the plan
//! ```

use std::{fmt, time::Duration};

use jiff::Timestamp;

use super::{Explanation, Finish, Question, words};
use crate::{
    NodeId, Site,
    step::{Caller, Entry},
};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.heading)?;
        let width = self.names.iter().map(String::len).max().unwrap_or(0).max(10);
        for (line, name) in self.lines.iter().zip(&self.names) {
            let taken = match line.taken {
                Some(true) => "YES",
                Some(false) => "no",
                None => "",
            };
            let row = match &line.what {
                Some(what) => format!(" {name:width$}  {what:<13} {taken:<4} {}", line.text),
                None => format!(" {:width$}  {:>13}      {}", "", words::time(line.at), line.text),
            };
            writeln!(f, "{}", row.trim_end())?;
        }
        for line in &self.footing {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// Who calls whom, when.
pub(crate) fn heading(site: &Site, question: &Question) -> String {
    let caller = match question.caller {
        Caller::Number(number) => number.to_string(),
        Caller::Phone(phone) => site[phone].name.to_string(),
        Caller::Withheld => "withheld".to_owned(),
    };
    let called = match question.entry {
        Entry::Number(number) => {
            let number = &site[number];
            let plain = number.e164.to_string();
            if *number.label == *plain { plain } else { format!("{} ({plain})", number.label) }
        }
        Entry::Person(person) => site[person].label.to_string(),
        Entry::Phone(phone) | Entry::CallBack(phone) => site[phone].name.to_string(),
        Entry::Group(group) => format!("group:{}", site[group].name),
        Entry::Queue(queue) => format!("queue:{}", site[queue].name),
        Entry::Mailbox(mailbox) => format!("voicemail:{}", site[mailbox].name),
        Entry::Plan(plan) => format!("plan:{}", site[plan].name),
    };
    let plan = &site[question.entry.plan(site)].name;
    let at = Timestamp::from_microsecond(question.at.unix_micros()).unwrap_or(Timestamp::MAX);
    let at = site.timezone.to_datetime(at);
    let (day, date, time) = (words::weekday(at.weekday()), at.date(), at.time());
    let time = format!("{:02}:{:02}", time.hour(), time.minute());
    let version = if site.version == 0 { String::new() } else { format!(" @ v{}", site.version) };
    let line = if let Entry::Number(number) = question.entry { site[number].line.as_ref() } else { None };
    let line = line.map_or_else(String::new, |line| format!("\ninbound   {}", line.words(site)));
    format!("call  {caller} -> {called}   plan {plan}{version}   {day} {date} {time}{line}")
}

/// How it ends.
pub(super) fn ending(site: &Site, end: Option<Finish>) -> String {
    match end {
        Some(Finish::Bridged(target)) => format!("talks to {}", words::target(site, target)),
        Some(Finish::Ended(end)) => words::end(site, end),
        None => "the caller still waits".to_owned(),
    }
}

/// How it ends, and what was never asked.
pub(super) fn footing(
    site: &Site,
    end: Option<Finish>,
    lasts: Duration,
    not_asked: &[NodeId],
    visited: &[NodeId],
) -> Vec<String> {
    let how = ending(site, end);
    let mut footing = vec![format!("end   {how}   after {}", words::time(lasts))];
    let mut rest = not_asked;
    while let Some(first) = rest.first() {
        let plan = site[*first].plan;
        let same = rest.iter().take_while(|node| site[**node].plan == plan).count();
        let names: Vec<_> = rest[..same].iter().map(|node| site.node_name(*node)).collect();
        let last = visited.iter().rfind(|node| site[**node].plan == plan);
        let left = if matches!(end, Some(Finish::Bridged(_))) && last == visited.last() {
            "was answered"
        } else {
            "left the plan"
        };
        let by = last.map_or_else(String::new, |node| format!(": {} {left}", site.node_name(*node)));
        footing.push(format!("not asked   {}{by}", names.join(", ")));
        rest = &rest[same..];
    }
    footing
}
