//! `ringplan calendar`: which days a schedule is open, for a year or a month.

use callplan::{
    Hours,
    days::{ClockChange, Day, Range, Why},
    hold::{self, Hold},
};
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::{Exit, complain, completions::named, held, site};
use crate::{
    config::{Place, Tree},
    plain,
    time::Clocks,
};

/// Show on which days opening hours are open, with holidays and clock changes.
///
/// A year is a line a month and a letter a day, and below it every day that is not as its week has it. A month is a
/// line a day. What is shown is what calls will find; hours that are held by hand say so in their heading.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ringplan calendar --year 2027\n  ringplan calendar --year 2027 --month 12 --hours office"
)]
pub(crate) struct Calendar {
    /// The year [default: this year].
    #[arg(long, value_parser = clap::value_parser!(i16).range(1970..=2200))]
    year: Option<i16>,
    /// A month of it, from 1 to 12, day by day.
    #[arg(long, value_parser = clap::value_parser!(i8).range(1..=12))]
    month: Option<i8>,
    /// One schedule [default: all].
    #[arg(long, value_name = "NAME", add = named(&["hours"]))]
    hours: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Letters of a title that are shown.
const TITLE_MAX: usize = 40;

impl Calendar {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match site(Tree::of(place), Tree::load) {
            Ok(site) => site,
            Err(exit) => return exit,
        };
        let is_wanted = |hours: &&Hours| self.hours.as_ref().is_none_or(|name| **name == *hours.name);
        let wanted: Vec<&Hours> = site.hours.iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            let why = match &self.hours {
                Some(name) => format!("there are no hours {name}"),
                None => "there are no opening hours: write them under [hours.office]".to_owned(),
            };
            return complain(Exit::Broken, why);
        }
        let now = Clocks::start().now().wall;
        let year = self.year.unwrap_or_else(|| site.day(now).year());
        let (first, last) = span(year, self.month);
        let mut holds = held::of_place(&site, place);
        holds.retain(|hold| hold.is_on(now));
        let hold_of = |hours: &Hours| holds.iter().find(|hold| site[hold.hours].name == hours.name);
        let shown: Vec<_> = wanted.into_iter().map(|hours| (hours, hours.days(first, last))).collect();
        if self.json {
            let all: Value = shown.iter().map(|(hours, days)| shape(hours, days, hold_of(hours))).collect();
            println!("{}", plain::json(&all));
            return Exit::Done;
        }
        for (index, (hours, days)) in shown.iter().enumerate() {
            let mut lines = vec![heading(hours, year, self.month)];
            lines.extend(hold_of(hours).map(|hold| {
                format!("now held {}{}", if hold.is_open { "open" } else { "closed" }, hold.words(hours))
            }));
            if self.month.is_some() {
                lines.extend(days.iter().map(|day| line(hours, day)));
            } else {
                lines.extend(grid(days));
                let is_special =
                    |day: &&Day| !day.because.is_empty() || !day.is_usual || day.change.is_some();
                lines.extend(days.iter().filter(is_special).map(|day| line(hours, day)));
            }
            if index > 0 {
                println!();
            }
            lines.iter().for_each(|line| println!("{}", plain::line(line)));
        }
        Exit::Done
    }
}

/// The first and the last day.
fn span(year: i16, month: Option<i8>) -> (Date, Date) {
    let first =
        Date::new(year, month.unwrap_or(1), 1).expect("the command line takes no other month or year");
    (first, if month.is_some() { first.last_of_month() } else { first.last_of_year() })
}

fn heading(hours: &Hours, year: i16, month: Option<i8>) -> String {
    let zone = hours.timezone.iana_name().unwrap_or("an own zone");
    match month {
        Some(month) => format!("{}  {year}-{month:02}  {zone}", hours.name),
        None => format!("{}  {year}  {zone}", hours.name),
    }
}

/// A line a month, a letter a day.
fn grid(days: &[Day]) -> Vec<String> {
    let mut lines = vec!["     1   5    10   15   20   25   30".to_owned()];
    for (month, name) in (1..).zip(MONTHS) {
        let mut line = format!("{name}  ");
        let of_month = days.iter().filter(|day| day.date.month() == month);
        for day in of_month {
            // A day that the clocks leave out has no letter.
            let at = 5 + usize::try_from(day.date.day() - 1).expect("days count from 1");
            line.extend(std::iter::repeat_n(' ', at.saturating_sub(line.len())));
            line.push(letter(day));
        }
        lines.push(line);
    }
    lines.push("     o open   . closed   H closed for once   * other hours than usual".to_owned());
    lines
}

fn letter(day: &Day) -> char {
    match (day.open.is_empty(), day.because.is_empty() && day.is_usual) {
        (false, true) => 'o',
        (true, true) => '.',
        (true, false) => 'H',
        (false, false) if day.is_usual => 'o',
        (false, false) => '*',
    }
}

/// A day with its hours, and what is special about it.
fn line(hours: &Hours, day: &Day) -> String {
    let weekday = WEEKDAYS[usize::try_from(day.date.weekday().to_monday_zero_offset()).expect("0 to 6")];
    let open = match day.open.is_empty() {
        true => "closed".to_owned(),
        false => day.open.iter().map(range).collect::<Vec<_>>().join(", "),
    };
    let told = |why: Why<'_>| {
        let short = why.title.map(cut);
        Why { title: short.as_deref(), ..why }.to_string()
    };
    let whys = day.because.iter().filter_map(|state| hours.why(*state));
    let mut notes: Vec<String> = whys.map(told).collect();
    notes.extend(day.change.map(|change| clocks(&change)));
    format!("{weekday} {}  {open:<26}  {}", day.date, notes.join("; ")).trim_end().to_owned()
}

fn cut(title: &str) -> String {
    let mut short: String = title.chars().take(TITLE_MAX).collect();
    if short.len() < title.len() {
        short.push('…');
    }
    short
}

fn range(range: &Range) -> String {
    let to = if range.to == Time::midnight() { "24:00".to_owned() } else { time(range.to) };
    format!("{}-{to}", time(range.from))
}

/// Seconds only where there are some.
fn time(time: Time) -> String {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

fn clocks(change: &ClockChange) -> String {
    let way = if change.from < change.to { "forward" } else { "back" };
    let touches = if change.touches { ", in opening hours" } else { "" };
    format!("clocks go {way} from {} to {}{touches}", time(change.from.time()), time(change.to.time()))
}

fn shape(hours: &Hours, days: &[Day], hold: Option<&Hold>) -> Value {
    let held = hold.map(|hold| {
        json!({
            "is": if hold.is_open { "open" } else { "closed" },
            "until": hold.until.map(|until| hold::told(hours, until)),
            "reason": &*hold.reason,
        })
    });
    let range = |range: &Range| {
        json!({
            "from": time(range.from),
            "to": if range.to == Time::midnight() { "24:00".to_owned() } else { time(range.to) },
            "opens": range.opens.to_string(),
            "closes": range.closes.to_string(),
        })
    };
    let day = |day: &Day| {
        let because = day.because.iter().filter_map(|state| Some((state.is_open(), hours.why(*state)?)));
        let because = because.map(|(is_open, why)| {
            json!({
                "is": if is_open { "open" } else { "closed" },
                "title": why.title,
                "file": why.stands.map(|(file, _)| file),
                "line": why.stands.map(|(_, line)| line),
            })
        });
        let change = day.change.map(|change| {
            json!({
                "at": change.at.to_string(),
                "from": change.from.to_string(),
                "to": change.to.to_string(),
                "touches_hours": change.touches,
            })
        });
        json!({
            "date": day.date.to_string(),
            "open": day.open.iter().map(range).collect::<Value>(),
            "as_usual": day.is_usual,
            "because": because.collect::<Value>(),
            "clock_change": change,
        })
    };
    json!({
        "hours": &*hours.name,
        "timezone": hours.timezone.iana_name(),
        "held": held,
        "days": days.iter().map(day).collect::<Value>(),
    })
}
