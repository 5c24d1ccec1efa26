//! `ringplan calendar`, and what a calendar does to `check` and `explain`.

mod house;

use house::Site;

const HOURS: &str = "[hours.office]\ntimezone = \"America/New_York\"\nmon-fri = [\"08:30-12:30\", \"13:30-18:00\"]\n\
                     sun = [\"01:30-02:30\"]\nholidays = \"us.ics\"\n";
const EVENTS: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\n\
                      SUMMARY:Christmas Day\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270313T140000\r\n\
                      DTEND:20270313T180000\r\nSUMMARY:Open for the spring sale\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.write("hours.toml", HOURS);
    site.write("us.ics", EVENTS);
    site
}

#[test]
fn a_year_is_a_letter_a_day_and_its_special_days() {
    let ran = site("calendar-year").run(&["calendar", "--year", "2027"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "office  2027  America/New_York",
        "\nMar  ooooo.oooooo*oooooo.oooooo.oooo\n",
        "\nDec  ooo.oooooo.oooooo.ooooooHoooooo\n",
        "Sat 2027-12-25  closed                      \"Christmas Day\" (us.ics line 5)",
        "Sat 2027-03-13  14:00-18:00                 \"Open for the spring sale\" (us.ics line 10)",
        "Sun 2027-03-14  01:30-02:00                 clocks go forward from 02:00 to 03:00, in opening hours",
        "Sun 2027-11-07  01:30-02:00, 01:30-02:30",
    ] {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
}

#[test]
fn a_month_is_a_line_a_day_and_json_has_all_of_it() {
    let site = site("calendar-month");
    let ran = site.run(&["calendar", "--year", "2027", "--month", "12", "--hours", "office"]);
    assert_eq!(ran.out.lines().count(), 32, "{}", ran.out);
    assert!(ran.out.contains("\nWed 2027-12-01  08:30-12:30, 13:30-18:00\n"), "{}", ran.out);
    let json = site.run(&["calendar", "--year", "2027", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    let day = |at: usize| &told[0]["days"][at];
    assert_eq!(told[0]["days"].as_array().map(Vec::len), Some(365));
    assert_eq!(day(0)["open"][0]["opens"], "2027-01-01T13:30:00Z");
    assert_eq!(day(358)["because"][0]["line"], 5);
    assert_eq!(day(72)["clock_change"]["touches_hours"], true);
}

#[test]
fn hours_that_are_not_there_are_wrong_usage() {
    let site = site("calendar-none");
    for arguments in [
        &["calendar", "--hours", "shop"][..],
        &["calendar", "--month", "13"],
        &["calendar", "--year", "soon"],
    ] {
        assert_eq!(site.run(arguments).code, 2, "{arguments:?}");
    }
}

/// A calendar that is broken warns and refuses nothing; one that is there is named by `explain`.
#[test]
fn check_warns_of_a_calendar_and_explain_names_it() {
    let site = site("calendar-check");
    let ran = site.run(&["check"]);
    assert!(!ran.out.contains("C90"), "{ran:?}");
    site.write("us.ics", "no calendar\n");
    let ran = site.run(&["check"]);
    assert!(ran.code != 2 && ran.out.contains("C921") && ran.out.contains("hours.toml:5:12"), "{ran:?}");
}
