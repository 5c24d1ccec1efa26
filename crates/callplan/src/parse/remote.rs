//! Calendars by address: how they are written, and the copies that are read in their place.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use calendar::{Calendar, Flaw};

use super::{
    reader::Reader,
    table::{Entry, Value},
    value,
};
use crate::{
    almanac::CalendarFile,
    finding::Code,
    model::{
        Remote,
        remote::{Unfit, Way, is_url, shown_url, way},
    },
    source::{Misread, Source},
};

/// How often a calendar may be fetched.
const REFRESH: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 24 * 3_600);

/// What was fetched, as a calendar. One that ends in the middle is none: half of it may have been lost on the way.
///
/// # Errors
/// Why it is none, as a clause; whoever serves it is at fault.
pub fn fetched_calendar(bytes: &[u8]) -> Result<Calendar, String> {
    let Source { text, misread, .. } = Source::from_bytes("", bytes);
    if let Some(Misread { is, .. }) = misread {
        return Err(format!("what it answers is not UTF-8 but {is}"));
    }
    let (calendar, flaws) =
        Calendar::read(&text).map_err(|flawed| format!("what it answers can't be read: {}", flawed.flaw))?;
    match flaws.iter().find(|flawed| matches!(flawed.flaw, Flaw::PeerUnended(_))) {
        Some(_) => Err("what it answers ends in the middle".to_owned()),
        None => Ok(calendar),
    }
}

/// A calendar that was read, with the number of its text.
pub(super) type Read = (usize, Arc<CalendarFile>);

impl<'a> Reader<'a> {
    /// Notes which of these calendars are fetched, and how often. One that is named twice is fetched as often as wanted
    /// most.
    pub(super) fn fetched(&mut self, calendars: &[Value<'a>], refresh: Option<Entry<'a>>) {
        let urls: Vec<_> = calendars.iter().filter_map(|it| it.as_text()).filter(|it| is_url(it)).collect();
        if let (Some(refresh), []) = (refresh, &*urls) {
            let mend =
                "leave it out, or write the address of a calendar: \"https://calendar.example/us.ics\"";
            self.found.report(Code::KeyDoesNotApply, refresh.place, "nothing here is fetched", mend);
        }
        let every = refresh.and_then(|entry| value::duration(entry.value, REFRESH, self.found));
        let every = every.unwrap_or(Remote::REFRESH);
        for url in urls.into_iter().filter(|url| way(url).is_ok()) {
            match self.remotes.iter_mut().find(|remote| *remote.url == *url) {
                Some(remote) => remote.refresh = remote.refresh.min(every),
                None => self.remotes.push(Remote { url: url.into(), refresh: every }),
            }
        }
    }

    /// The last copy of the calendar at an address.
    pub(super) fn remote(&mut self, url: &str, value: Value<'a>) -> Option<Read> {
        match way(url) {
            Ok(Way::Secure) => {}
            Ok(Way::Within) => {
                let message = format!("{} is fetched in clear", shown_url(url));
                let mend = "that is well where the same machine serves it; write https:// for any other";
                self.found.report(Code::PlainCalendar, value.place, message, mend);
            }
            Err(unfit) => {
                let (message, mend) = told(unfit, url);
                self.found.report(Code::BadCalendarAddress, value.place, message, mend);
                return None;
            }
        }
        let shown = shown_url(url);
        let fetched = match self.assets.fetched(url) {
            Ok(fetched) => fetched,
            Err(unread) => {
                let message = format!("there is no copy of {shown}: {}", unread.why);
                let mend = if unread.mend.is_empty() {
                    "`ringplan apply` fetches it, and is refused while it can't; a start goes on without, and its days \
                     are as every other day"
                } else {
                    &unread.mend
                };
                self.found.report(Code::NeverFetched, value.place, message, mend);
                return None;
            }
        };
        if let Some(since) = fetched.stale {
            let mend = "its last good copy counts until it can be fetched again: `ringplan calendars` shows how it goes";
            let message = format!("{shown} can't be fetched: {since}");
            self.found.report(Code::StaleCalendar, value.place, message, mend);
        }
        self.count_in(url, &fetched.bytes);
        self.read_bytes(&shown, &fetched.bytes, value.place)
    }
}

fn told(unfit: Unfit, url: &str) -> (String, String) {
    let shown = shown_url(url);
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match unfit {
        Unfit::Scheme => {
            let scheme = url.split(':').next().unwrap_or_default();
            (format!("a calendar is not fetched by {scheme}"), format!("write https://{rest}"))
        }
        Unfit::Webcal => {
            let message = "webcal:// is a word for programs that subscribe";
            (message.to_owned(), format!("write https://{rest}"))
        }
        Unfit::Plain => {
            let message = format!("whoever is on the way to {shown} could read and change it");
            (message, format!("write https://{rest}"))
        }
        Unfit::Login => {
            let message = "a name and a password in an address are for everybody to read".to_owned();
            (message, "take the address by which the calendar is shared".to_owned())
        }
        Unfit::Host => {
            let mend = "write \"https://calendar.example/us.ics\"".to_owned();
            (format!("{shown} has no host that could be asked"), mend)
        }
        Unfit::Letters => {
            let message =
                "this holds a letter that has no place in an address, or is far too long".to_owned();
            (message, "copy the address again; spaces are %20".to_owned())
        }
    }
}
