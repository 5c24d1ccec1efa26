//! Files as programs write them, each beside what it is read as: `NAME.ics` and `NAME.txt`, whose first line is the
//! zone of the reader and the days that are looked at.

use std::{fmt::Write as _, fs, path::Path};

use calendar::{Calendar, When};
use jiff::{civil::Date, tz::TimeZone};

/// Every file of the folder is read as written beside it. `BLESS=1` writes it anew, for a reader to look at.
#[test]
fn every_file_is_read_as_its_neighbour_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|kind| kind == "ics"));
    names.sort();
    assert!(names.len() >= 15, "only {} files", names.len());
    for path in names {
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap();
        let head = expected.lines().next().unwrap();
        let told = told(&fs::read_to_string(&path).unwrap(), head);
        if std::env::var_os("BLESS").is_some() {
            fs::write(path.with_extension("txt"), told).unwrap();
        } else {
            assert_eq!(told, expected, "{}", path.display());
        }
    }
}

fn told(text: &str, head: &str) -> String {
    let [zone, first, last] = head.split(' ').collect::<Vec<_>>()[..] else { panic!("{head}") };
    let zone = TimeZone::get(zone).expect("a zone");
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let (calendar, flaws) = Calendar::read(text).expect("a calendar");
    let mut told = format!("{head}\n");
    for flawed in flaws {
        writeln!(told, "line {}: {}", flawed.line, flawed.flaw).expect("a text takes more");
    }
    let found = calendar.occurrences(day(first), day(last), &zone, 1000);
    assert!(!found.is_cut);
    for occurrence in found.list {
        let event = &calendar.events()[occurrence.event];
        let when = match occurrence.when {
            When::Days { first, last } if first == last => format!("{first}"),
            When::Days { first, last } => format!("{first} to {last}"),
            When::Time { begins, ends } => {
                let civil = |at| zone.to_datetime(at).strftime("%F %H:%M").to_string();
                format!("{} to {}", civil(begins), civil(ends))
            }
        };
        let free = if event.is_transparent { " (free)" } else { "" };
        writeln!(told, "{when}: {} (line {}){free}", event.summary, event.line).expect("a text takes more");
    }
    told
}
