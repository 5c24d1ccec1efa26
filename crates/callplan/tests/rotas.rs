//! Rotas: who is rung at a moment, by turns of a week and by a calendar, and what `explain` says of it.

use callplan::{
    Code, Finding, Memory, Site, Source,
    explain::{Explanation, Question, explain, read_time},
    load,
    step::Target,
};

const ONCALL: &str = "BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260309T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:ana
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260309T090000
DTEND;TZID=Europe/Berlin:20260316T090000
RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260420T070000Z
SUMMARY:Ben
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260304T180000
DTEND;TZID=Europe/Berlin:20260305T060000
SUMMARY:ben & rosa
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260501
DTEND;VALUE=DATE:20260502
SUMMARY:rosa
END:VEVENT
END:VCALENDAR
";

fn site(rota: &str) -> Site {
    let (site, warnings) = loaded(rota);
    assert_eq!(warnings, []);
    site
}

fn loaded(rota: &str) -> (Site, Vec<Finding>) {
    let text = format!(
        r#"
[site]
name = "Larch"
timezone = "Europe/Berlin"
country = "DE"
domain = "pbx.larch.example"
mailbox = "reception"
phone_secrets = {{ file = "secrets/phones" }}
[trunks.carrier]
profile = "generic-address"
host = "sip.carrier.example"
[people_defaults]
present = "+493012345678"
[people]
ana = {{ ext = 101 }}
ben = {{ ext = 102 }}
rosa = {{ ext = 103 }}
[phones]
ana-desk = {{ person = "ana" }}
ben-desk = {{ person = "ben" }}
rosa-desk = {{ person = "rosa" }}
[mailboxes]
reception = {{}}
[rota.oncall]
{rota}
[plans.main]
steps = [{{ ring = "rota:oncall", for = "20s" }}, {{ voicemail = "reception" }}]
[plans.late]
steps = [{{ ring = "person:rosa", for = "5s", else = "rota:oncall" }}]
[numbers]
"+493012345678" = {{ plan = "main" }}
"+493012345679" = {{ plan = "late" }}
"#
    );
    let files = Memory::default().with("secrets/phones", b"").with("oncall.ics", ONCALL.as_bytes());
    load(&[Source::new("site.toml", text)], &files).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn asked(site: &Site, at: &str, given: &[&str]) -> Explanation {
    let at = read_time(&site.timezone, at).expect("a time");
    let mut question = Question::read(site, "+493098765432", "+493012345678", at).expect("a question");
    given.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    explain(site, &question)
}

fn rung(site: &Site, explanation: &Explanation) -> String {
    let names = explanation.rung.iter().map(|rung| match rung.who {
        Target::Phone(phone) => site[phone].name.to_string(),
        Target::Number { to, .. } => to.to_string(),
        Target::Agent(agent) => site[agent].name.to_string(),
    });
    names.collect::<Vec<_>>().join(" ")
}

/// Asks who is rung at each time, and for a word of the reason.
fn is_on(site: &Site, table: &[(&str, &str, &str)]) {
    for (at, who, why) in table {
        let told = asked(site, at, &[]);
        assert_eq!(rung(site, &told), *who, "{at}: {told}");
        assert!(told.to_string().contains(why), "{at}: {why} is missing in {told}");
    }
}

#[test]
fn people_take_turns_of_a_week_by_the_wall() {
    let site = site(
        "weeks = [\"ana\", \"ben, rosa\", \"rosa\"]\nbegins = \"2026-01-05\"\nhands_over = \"mon 09:00\"",
    );
    is_on(
        &site,
        &[
            ("2026-01-05 08:59:59", "", "rota:oncall nobody is on, and nobody stands in"),
            ("2026-01-05 09:00", "ana-desk", "rota:oncall ana is on since 2026-01-05"),
            ("2026-01-12 08:59:59", "ana-desk", "since 2026-01-05"),
            ("2026-01-12 09:00", "ben-desk rosa-desk", "ben and rosa are on since 2026-01-12"),
            ("2026-01-20 09:00", "rosa-desk", "since 2026-01-19"),
            ("2026-01-26 09:00", "ana-desk", "since 2026-01-26"),
            // Clocks went forward on 29 March: nine is nine.
            ("2026-03-30 08:59:59", "rosa-desk", "since 2026-03-23"),
            ("2026-03-30 09:00", "ana-desk", "since 2026-03-30"),
            ("2035-01-01 09:00", "ben-desk rosa-desk", "since 2035-01-01"),
        ],
    );
}

#[test]
fn turns_without_a_time_begin_at_midnight_and_on_the_first_day_of_handing_over() {
    let site_at = |more: &str| site(&format!("weeks = [\"ana\", \"ben\"]\nbegins = \"2026-01-07\"\n{more}"));
    is_on(&site_at(""), &[("2026-01-13 23:59:59", "ana-desk", ""), ("2026-01-14 00:00", "ben-desk", "")]);
    let friday = site_at("hands_over = \"fri 17:30\"\nfallback = \"rosa\"");
    is_on(
        &friday,
        &[
            ("2026-01-09 17:29", "rosa-desk", "nobody is on, so rosa stands in"),
            ("2026-01-09 17:30", "ana-desk", "since 2026-01-09"),
        ],
    );
}

#[test]
fn a_calendar_names_who_is_on() {
    let site = site("calendar = \"oncall.ics\"\nfallback = \"rosa\"");
    is_on(
        &site,
        &[
            ("2026-03-02 08:59", "rosa-desk", "nobody is on, so rosa stands in"),
            ("2026-03-02 09:00", "ana-desk", "rota:oncall ana is on: \"ana\" (oncall.ics line 6)"),
            // Whoever began last is on: somebody who stands in for a night, two of them together.
            (
                "2026-03-04 18:00",
                "ben-desk rosa-desk",
                "ben and rosa are on: \"ben & rosa\" (oncall.ics line 17)",
            ),
            ("2026-03-05 06:00", "ana-desk", "line 6"),
            ("2026-03-09 09:00", "ben-desk", "\"Ben\" (oncall.ics line 12)"),
            // Nine in summer, too.
            ("2026-03-30 08:59:59", "ben-desk", ""),
            ("2026-03-30 09:00", "ana-desk", ""),
            ("2026-04-06 09:00", "ben-desk", ""),
            ("2026-04-20 09:00", "ben-desk", ""),
            ("2026-05-04 09:00", "rosa-desk", "stands in"),
            // A shift of hours stands before one of whole days.
            ("2026-05-01 12:00", "ana-desk", ""),
        ],
    );
}

/// A rota whose calendar can't be read still rings whoever stands in.
#[test]
fn without_its_calendar_a_rota_rings_whoever_stands_in() {
    let (site, warnings) = loaded("calendar = \"absent.ics\"\nfallback = \"rosa\"");
    assert_eq!(warnings.iter().map(|it| it.code).collect::<Vec<_>>(), [Code::UnreadableCalendar]);
    is_on(&site, &[("2026-03-04 18:00", "rosa-desk", "rota:oncall nobody is on, so rosa stands in")]);
    let (site, _) = loaded("calendar = \"absent.ics\"");
    is_on(&site, &[("2026-03-04 18:00", "", "nobody is on, and nobody stands in")]);
}

/// As a destination a rota is asked when the call gets there: five seconds later here, and over the handing over.
#[test]
fn who_is_on_is_asked_when_the_step_is_reached() {
    let site = site("weeks = [\"ana\", \"ben\"]\nbegins = \"2026-01-05\"\nhands_over = \"mon 09:00\"");
    for (at, who) in
        [("2026-01-12 08:59:54", "rosa-desk ana-desk"), ("2026-01-12 08:59:55", "rosa-desk ben-desk")]
    {
        let at = read_time(&site.timezone, at).expect("a time");
        let question = Question::read(&site, "+493098765432", "+493012345679", at).expect("a question");
        let told = explain(&site, &question);
        assert_eq!(rung(&site, &told), who, "{told}");
    }
}

/// Who is alone on is rung as a person: what they said counts, and where they send calls is followed.
#[test]
fn whoever_is_alone_on_is_rung_as_a_person_is() {
    let site = site("weeks = [\"ana\", \"ben, rosa\"]\nbegins = \"2026-01-05\"");
    let told = asked(&site, "2026-01-06 10:00", &["ana=dnd"]).to_string();
    assert!(told.contains("ana is not rung: not to be disturbed"), "{told}");
    let told = asked(&site, "2026-01-06 10:00", &["ana=available +12025550177"]).to_string();
    assert!(told.contains("no dial rule leads there"), "{told}");
    let told = asked(&site, "2026-01-13 10:00", &["ben=dnd", "rosa=answers"]);
    assert_eq!(rung(&site, &told), "rosa-desk", "{told}");
}
