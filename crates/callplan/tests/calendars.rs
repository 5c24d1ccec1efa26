//! Opening hours by calendars: what closes, what opens, and that any date can be asked about.

use callplan::{
    Hours, Memory, Site, Source,
    explain::{Question, explain, read_time},
    hours::State,
    load,
};
use clock::Wall;
use jiff::Timestamp;

const CALENDAR: &str = "BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260302T150000
DTEND;TZID=Europe/Berlin:20260302T163500
RRULE:FREQ=MONTHLY;BYDAY=1MO
SUMMARY:Stock count
END:VEVENT
BEGIN:VEVENT
DTSTART:20260314T140000
DTEND:20260315T021500
SUMMARY:Open for the spring sale
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261226
SUMMARY:Open as usual
END:VEVENT
BEGIN:VEVENT
DTSTART:20261225T120000Z
DURATION:PT2H
CATEGORIES:Shop,Open
SUMMARY:Christmas dinner
END:VEVENT
BEGIN:VEVENT
DTSTART:20260316T120000Z
DTEND:20260316T130000Z
TRANSP:TRANSPARENT
SUMMARY:A birthday
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260318
DESCRIPTION:Observance\\nTo hide observances\\, go to Google Calendar Settings
SUMMARY:A day of something
END:VEVENT
BEGIN:VEVENT
DTSTART:20260316T130000Z
SUMMARY:A reminder
END:VEVENT
END:VCALENDAR
";

/// What stands in the middle of it keeps it secret.
const URL: &str = "https://calendar.example/private-8f3e/us.ics?key=1";

fn site(zone: &str, holidays: &str) -> Site {
    let text = format!(
        r#"
[site]
name = "Larch"
timezone = "{zone}"
country = "US"
domain = "pbx.larch.example"
mailbox = "reception"
phone_secrets = {{ file = "secrets/phones" }}
[trunks.carrier]
profile = "generic-address"
host = "sip.carrier.example"
[mailboxes]
reception = {{}}
[hours.office]
mon-fri = ["08:30-12:30", "13:30-18:00"]
sat = ["09:00-12:00"]
sun = ["01:30-02:10", "02:40-03:15"]
holidays = {holidays}
[plans.main]
steps = [{{ unless = "hours:office", reject = "busy" }}, {{ voicemail = "reception" }}]
[numbers]
"+12025550100" = {{ plan = "main" }}
"#
    );
    let files = Memory::default().with("secrets/phones", b"").with("calendars/us.ics", CALENDAR.as_bytes());
    let files = files.with(URL, CALENDAR.as_bytes());
    match load(&[Source::new("site.toml", text)], &files) {
        Ok((site, warnings)) => {
            assert_eq!(warnings, []);
            site
        }
        Err(findings) => panic!("{findings:?}"),
    }
}

fn wall(timestamp: &str) -> Wall {
    Wall::from_unix_micros(timestamp.parse::<Timestamp>().expect("a time").as_microsecond())
}

fn said(hours: &Hours, at: &str) -> String {
    let event = |event| hours.event(event).map(|(_, event)| event.summary.to_string()).expect("an event");
    match hours.at(wall(at)) {
        State::Closed(which) => format!("closed: {}", event(which)),
        State::Opened(which) => format!("open: {}", event(which)),
        State::Holiday(which) => format!("holiday {}", hours.holiday(which).expect("a holiday").date),
        State::Open => "open".to_owned(),
        State::ClosedNow => "closed now".to_owned(),
        State::ClosedDay => "closed that day".to_owned(),
    }
}

#[test]
fn events_close_days_and_times_and_open_them() {
    let site = site("Europe/Berlin", r#"["2026-03-17", "2026-12-26", "calendars/us.ics"]"#);
    for (at, expected) in [
        ("2026-12-25T10:00:00+01", "closed: Christmas"),
        // Any year, asked in any order.
        ("2035-12-25T10:00:00+01", "closed: Christmas"),
        ("2019-12-25T10:00:00+01", "open"),
        ("2021-12-26T10:00:00+01", "closed: Christmas"),
        ("2026-12-24T23:59:59+01", "closed now"),
        ("2026-12-25T00:00:00+01", "closed: Christmas"),
        // An event that opens a day gives it back to the week, and a date of the config with it; one of some hours opens them.
        ("2026-12-26T10:00:00+01", "open"),
        ("2026-12-26T13:00:00+01", "closed now"),
        ("2026-12-25T12:59:59+01", "closed: Christmas"),
        ("2026-12-25T13:00:00+01", "open: Christmas dinner"),
        ("2026-12-25T14:59:59+01", "open: Christmas dinner"),
        ("2026-12-25T15:00:00+01", "closed: Christmas"),
        // To the minute, and by the wall in summer and in winter.
        ("2026-03-02T14:59:59+01", "open"),
        ("2026-03-02T15:00:00+01", "closed: Stock count"),
        ("2026-03-02T16:34:59+01", "closed: Stock count"),
        ("2026-03-02T16:35:00+01", "open"),
        ("2026-07-06T15:00:00+02", "closed: Stock count"),
        ("2030-07-01T15:00:00+02", "closed: Stock count"),
        // Over midnight, on a day that has other hours.
        ("2026-03-14T13:59:59+01", "closed now"),
        ("2026-03-14T23:30:00+01", "open: Open for the spring sale"),
        ("2026-03-15T02:14:00+01", "open: Open for the spring sale"),
        ("2026-03-15T02:15:00+01", "closed now"),
        // Whoever is free is not closed, and a reminder lasts no time.
        ("2026-03-16T13:30:00+01", "open"),
        ("2026-03-16T14:00:00+01", "open"),
        ("2026-03-17T10:00:00+01", "holiday 2026-03-17"),
        // What Google calls an observance is a working day.
        ("2026-03-18T10:00:00+01", "open"),
    ] {
        assert_eq!(said(&site.hours[0], at), expected, "{at}");
    }
}

#[test]
fn the_reason_names_the_event_and_its_line() {
    let site = site("America/New_York", r#""calendars/us.ics""#);
    let asked = |at: &str| {
        let at = read_time(&site.timezone, at).unwrap();
        explain(&site, &Question::read(&site, "+12025550142", "+12025550100", at).unwrap()).to_string()
    };
    let closed = asked("2026-12-25 10:00");
    assert!(closed.contains("hours:office closed: \"Christmas\" (calendars/us.ics line 6)"), "{closed}");
    let open = asked("2026-03-14 20:00");
    assert!(
        open.contains("hours:office open: \"Open for the spring sale\" (calendars/us.ics line 18)"),
        "{open}"
    );
}

/// The changes found by leaping are those found by walking a year in steps of five minutes, which no boundary here
/// falls between.
#[test]
fn next_change_agrees_with_walking_the_year() {
    const STEP: usize = 300_000_000;
    for zone in
        ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]
    {
        let site = site(zone, r#""calendars/us.ics""#);
        let hours = &site.hours[0];
        let (start, end) = (wall("2026-01-01T00:00:00Z"), wall("2027-01-02T00:00:00Z"));
        let (mut next, mut open) = (hours.next_change(start), hours.at(start).is_open());
        for at in (start.unix_micros()..end.unix_micros()).step_by(STEP) {
            let at = Wall::from_unix_micros(at);
            let now_open = hours.at(at).is_open();
            if now_open != open {
                assert_eq!(next, Some(at), "{zone}");
                (next, open) = (hours.next_change(at), now_open);
            }
        }
    }
}

/// Two loads of one text are the same site, whatever was asked of the first.
#[test]
fn what_was_asked_changes_nothing() {
    let (asked, fresh) = (site("UTC", r#""calendars/us.ics""#), site("UTC", r#""calendars/us.ics""#));
    assert!(!asked.hours[0].at(wall("2031-12-25T10:00:00Z")).is_open());
    assert_eq!(asked.hours, fresh.hours);
}

/// Goal: a calendar by its address does as one by its path, is fetched as often as wanted most, and a reason shows
/// nothing of what keeps it secret.
#[test]
fn a_calendar_by_its_address_closes_days_and_is_named_without_its_secret() {
    let holidays = format!(
        "\"{URL}\"\nrefresh = \"12h\"\n[hours.shop]\nmon = [\"09:00-10:00\"]\nholidays = [\"{URL}\"]"
    );
    let site = site("America/New_York", &holidays);
    let at = read_time(&site.timezone, "2026-12-25 10:00").unwrap();
    let question = Question::read(&site, "+12025550142", "+12025550100", at).unwrap();
    let told = explain(&site, &question).to_string();
    assert!(
        told.contains("closed: \"Christmas\" (https://calendar.example/.../us.ics?... line 6)"),
        "{told}"
    );
    let hours = |hours: u64| std::time::Duration::from_secs(hours * 3_600);
    assert_eq!(site.remotes, [callplan::Remote { url: URL.into(), refresh: hours(6) }]);
}

#[test]
fn what_ends_in_the_middle_or_is_no_calendar_is_not_taken_as_fetched() {
    let half = CALENDAR.split_at(CALENDAR.len() - 30).0;
    for (text, why) in [
        (half, "ends in the middle"),
        ("<html>Sign in</html>", "this is no iCalendar file"),
        ("", "this is no iCalendar file"),
    ] {
        let told = callplan::fetched_calendar(text.as_bytes()).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(callplan::fetched_calendar(CALENDAR.as_bytes()).unwrap().events().len(), 8);
}
