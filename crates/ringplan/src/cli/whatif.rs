//! `ringplan whatif`: what the calls of before would have come to with another config.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use callplan::{
    Site, journal,
    money::Currency,
    whatif::{Differs, Fared, How, Span, Spent, Sum, Talk, Verdict, compare},
};
use clock::Wall;
use serde_json::{Value, json};
use store::{
    Direction,
    sqlite::{CallRow, Reader},
};

use super::{Exit, complain, coverage, record};
use crate::{
    config::{Loaded, Place, Tree, Versions},
    control::shape,
    plain,
    time::Clocks,
};

/// Say what the calls of the last days would have come to with another config.
///
/// Each call is decided again from what its record says that its plan was told. As long as nobody would have seen a
/// difference it went as it did; from there on its parties do what they are known to have done. What nobody can know,
/// whether somebody would have picked up who was never rung, is gone through both ways: it makes a range of the sums,
/// never a guess. Callers are taken to give up when they did, and what nobody had asked for, such as a list or whether hours
/// were held, is taken as usual and named. What legs cost is reckoned by the rate decks of both.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 every call goes as it did, 1 some do not, 2 a config is refused or the records can't be read.\n\n\
                        Examples:\n  ringplan whatif --since 7d --with new/\n  ringplan whatif --since 24h --with new/ --json"
)]
pub(crate) struct WhatIf {
    /// The calls of so long, up to now: 7d, 12h.
    #[arg(long, value_name = "TIME", value_parser = coverage::span, default_value = "7d")]
    since: Duration,
    /// The config to try: a directory or a file like --config [default: the config on disk].
    #[arg(long, value_name = "DIR")]
    with: Option<PathBuf>,
    /// Only the sums, not each call.
    #[arg(long)]
    brief: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The versions that calls ran on, as far as they are kept.
struct Kept<'p> {
    place: &'p Place,
    sites: BTreeMap<u32, Option<Site>>,
    /// The longest talk in any of the calls.
    longest: Duration,
}

/// In what calls cost then, and now; `None` where nothing is rated.
type Currencies = [Option<Currency>; 2];

impl WhatIf {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let with = self.with.as_ref().unwrap_or(&place.config);
        let new = match Tree::read(with).map(|tree| tree.renewed_in(place).load_exposed()) {
            Ok(Ok(Loaded { site, .. })) => site,
            Ok(Err(refused)) => return complain(Exit::Broken, refused),
            Err(error) => return complain(Exit::Broken, error),
        };
        match self.compare(place, &new) {
            Ok(sum) if sum.calls == sum.same && sum.untold == 0 => Exit::Done,
            Ok(_) => Exit::Failed,
            Err(why) => complain(Exit::Broken, why),
        }
    }

    /// Tells of one call after another, the oldest first: there may be millions, and none is kept. Sums come last.
    fn compare(&self, place: &Place, new: &Site) -> Result<Sum, String> {
        let reader = Reader::open(&place.database()).map_err(|error| error.to_string())?;
        let now = Clocks::start().now().wall.unix_micros();
        let span = i64::try_from(self.since.as_micros()).unwrap_or(i64::MAX);
        let from = Wall::from_unix_micros(now.saturating_sub(span));
        let mut longest = Duration::ZERO;
        let read = reader.each_record(from, |call| {
            longest = longest.max(longest_talk(&call));
            true
        });
        read.map_err(|error| error.to_string())?;
        let mut kept = Kept { place, sites: BTreeMap::new(), longest };
        let (mut sum, mut begins) = (Sum::default(), "{\"calls\":[\n");
        let read = reader.each_record(from, |call| {
            if call.path.is_empty() || call.began.direction == Direction::Rehearsal {
                return true;
            }
            let verdict = kept.compare(&call, new);
            sum.add(&verdict);
            let is_told = !matches!(verdict, Verdict::Same(..));
            if is_told && self.json {
                println!("{begins}{}", plain::json(&call_shape(&call, &verdict)));
                begins = ",";
            } else if is_told && !self.brief {
                print(&call, &verdict);
            }
            true
        });
        read.map_err(|error| error.to_string())?;
        if self.json {
            let begins = if begins == "," { "" } else { begins };
            println!("{begins}],\"sums\":{}}}", plain::json(&sums(&sum, kept.currencies(new))));
        } else {
            print_sums(&sum, kept.currencies(new));
        }
        Ok(sum)
    }
}

impl Kept<'_> {
    fn compare(&mut self, call: &CallRow, new: &Site) -> Verdict {
        if call.journal.is_empty() {
            return Verdict::Untold("it was recorded before inputs of plans were".to_owned());
        }
        let version = call.began.version;
        let site = self.sites.entry(version).or_insert_with(|| {
            let is_kept = Versions::new(self.place.versions()).at(version).is_some();
            is_kept.then(|| record::site_of(self.place, version).ok()).flatten()
        });
        let Some(old) = site else {
            return Verdict::Untold(format!("it ran on version {version}, which is not kept any more"));
        };
        match journal::read(old, &call.journal) {
            Ok(recorded) => {
                let lasted = call.end.map_or(Duration::ZERO, |end| Duration::from_millis(end.lasted_ms));
                compare(old, new, &recorded, Talk { lasted, longest: self.longest })
            }
            Err(broken) => Verdict::Untold(broken.to_string()),
        }
    }

    /// Of the versions that calls ran on the newest counts.
    fn currencies(&self, new: &Site) -> Currencies {
        let of = |site: &Site| site.money.as_ref().map(|money| money.currency);
        [self.sites.values().rev().flatten().find_map(of), of(new)]
    }
}

/// The longest that anybody talked who was called: the first leg is the caller's.
fn longest_talk(call: &CallRow) -> Duration {
    let talked = call.legs.iter().skip(1).filter_map(|leg| leg.ended_ms.checked_sub(leg.answered_ms?));
    Duration::from_millis(talked.max().unwrap_or_default().into())
}

fn print(call: &CallRow, verdict: &Verdict) {
    let began = &call.began;
    let from = if began.from.is_empty() { "withheld" } else { &began.from };
    let head = format!("call {:x}   {}   {from} -> {}", call.call.0, shape::time(began.at), began.to);
    println!("{}", plain::line(&head));
    match verdict {
        Verdict::Same(..) => {}
        Verdict::Untold(why) => println!("    not known: {}", plain::line(why)),
        Verdict::Differs(Differs { first, was, now, unknown }) => {
            println!("    {}", plain::line(&first.to_string()));
            let now: Vec<String> = now.iter().map(fared).collect();
            println!("    was {}", plain::line(&fared(was)));
            println!("    now {}", plain::line(&now.join(", or ")));
            unknown.iter().for_each(|question| println!("    {}", plain::line(question)));
        }
    }
}

fn fared(fared: &Fared) -> String {
    let waited = fared.waited.as_secs_f64();
    let spent = fared.spent;
    let is_free = spent == Spent::default();
    let cost = if is_free { String::new() } else { format!(", cost {}", money(spent)) };
    format!("{} at {} after {waited:.1} s{cost}", word(fared.how), fared.ends)
}

const fn word(how: How) -> &'static str {
    match how {
        How::Answered => "answered",
        How::Voicemail => "voicemail",
        How::Missed => "missed",
        How::TurnedAway => "turned away",
        How::Unknown => "unknown",
    }
}

/// `0.01 to 0.02 and more`.
fn money(Spent { least, most, is_open }: Spent) -> String {
    format!("{}{}", range(least, most), if is_open { " and more" } else { "" })
}

fn print_sums(sum: &Sum, currencies: Currencies) {
    let Sum { calls, same, untold, .. } = sum;
    println!("{calls} calls compared, {same} go as they did; of {untold} more too little is known");
    for (what, (was, now)) in
        [("answered", sum.answered), ("voicemail", sum.voicemail), ("missed", sum.missed)]
    {
        println!("{what:<10} was {was:>6}   now {:>6}", range(now.least, now.most));
    }
    let (was, Span { least, most }) = sum.waited;
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let now = range(seconds(least), seconds(most));
    println!("{:<10} was {:>6}   now {now:>6} s, of all callers together", "waited", seconds(was));
    if currencies != [None; 2] {
        let [was, now] = currencies.map(|it| it.map_or_else(|| "not rated".to_owned(), |it| it.to_string()));
        let unit = if was == now { String::new() } else { format!(" {was}") };
        let (before, then) = (money(sum.spent.0), money(sum.spent.1));
        println!("{:<10} was {before:>6}{unit}   now {then:>6} {now}, of all legs together", "cost");
    }
}

fn range<T: PartialEq + std::fmt::Display>(least: T, most: T) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

fn sums(sum: &Sum, currencies: Currencies) -> Value {
    let count = |(was, now): (u64, Span<u64>)| json!({ "was": was, "least": now.least, "most": now.most });
    let (was, now) = sum.waited;
    let [before, then] = currencies.map(|it| it.map(|it| it.to_string()));
    json!({
        "calls": sum.calls,
        "same": sum.same,
        "untold": sum.untold,
        "answered": count(sum.answered),
        "voicemail": count(sum.voicemail),
        "missed": count(sum.missed),
        "waited_ms": { "was": ms(was), "least": ms(now.least), "most": ms(now.most) },
        "cost": {
            "was": spent(sum.spent.0),
            "now": spent(sum.spent.1),
            "currency_was": before,
            "currency_now": then,
        },
    })
}

fn spent(spent: Spent) -> Value {
    json!({
        "least": spent.least.to_string(),
        "most": spent.most.to_string(),
        "is_whole": !spent.is_open,
    })
}

fn call_shape(call: &CallRow, verdict: &Verdict) -> Value {
    let of = |fared: &Fared| {
        json!({
            "how": word(fared.how),
            "ends": fared.ends,
            "waited_ms": ms(fared.waited),
            "cost": spent(fared.spent),
        })
    };
    let id = shape::id(call.call);
    match verdict {
        Verdict::Same(was, _) => json!({ "id": id, "was": of(was) }),
        Verdict::Untold(why) => json!({ "id": id, "untold": why }),
        Verdict::Differs(Differs { first, was, now, unknown }) => json!({
            "id": id,
            "first": { "at_ms": ms(first.at), "was": first.was, "now": first.now },
            "was": of(was),
            "now": now.iter().map(of).collect::<Value>(),
            "unknown": unknown,
        }),
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
