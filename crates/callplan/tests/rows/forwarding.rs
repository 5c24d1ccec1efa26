//! §1.4: forwarding, hours, after hours.

use super::desk::{Desk, desk};

const TO: &str = "+12025550101";

#[test]
fn row_43_a_step_forwards_to_any_number_that_a_rule_carries() {
    let desk = desk(
        r#"[plans.away]
        steps = [
          { forward = "+12025550160", for = "25s" },
          { forward = "+18005550160", for = "15s" },
          { voicemail = "sales" },
        ]
        [dial.toll-free]
        to = ["type:toll-free"]
        class = "toll-free"
        trunks = ["carrier"]
        [numbers]
        "+12025550101" = { plan = "away" }"#,
    );
    assert_eq!(desk.goes(TO, &[]), "+12025550160 0-25, +18005550160 25-40, voicemail:sales");
    assert_eq!(
        desk.goes(TO, &["+18005550160=answers"]),
        "+12025550160 0-25, +18005550160 25-30, number:+18005550160"
    );
}

/// Always is what the person said by phone, after the timeout what the number or the plan says.
#[test]
fn row_44_forwarded_always_or_after_the_timeout() {
    let desk = desk("[numbers]\n\"+12025550101\" = { person = \"rosa\", forward = \"+12025550160\" }");
    assert_eq!(desk.goes(TO, &[]), "rosa 0-30, +12025550160 30-60, voicemail:rosa");
    let always = desk.goes(TO, &["rosa=available +12025550177"]);
    assert_eq!(always, "+12025550177 0-30, +12025550160 30-60, voicemail:rosa");
}

/// Goal: each word of `when` sends a call on just when it says, and a call that it does not fit stays.
#[test]
fn row_44_a_person_sends_calls_on_just_when_their_word_fits() {
    const WORDS: [&str; 5] = ["always", "no-answer", "away", "busy", "unreachable"];
    // What becomes of a call, by what the person does: without a word that fits, and with it.
    let table = [
        (
            "no-answer",
            "dan=available",
            "dan 0-30, voicemail:dan",
            "dan 0-30, +12025550177 30-60, voicemail:dan",
        ),
        ("away", "dan=away", "voicemail:dan", "+12025550177 0-30, voicemail:dan"),
        ("busy", "dan=busy", "dan 0-0, voicemail:dan", "dan 0-0, +12025550177 0-30, voicemail:dan"),
        ("unreachable", "dan=unreachable", "voicemail:dan", "+12025550177 0-30, voicemail:dan"),
    ];
    for when in WORDS {
        let desk = desk(&format!(
            "[people.dan]\next = 131\nallow = [\"internal\", \"national\"]\n\
             forward = {{ to = \"+12025550177\", when = \"{when}\" }}\n\
             [phones]\ndan-desk = {{ person = \"dan\" }}\n[numbers]\n\"{TO}\" = {{ person = \"dan\" }}"
        ));
        for (fits, does, stays, goes) in table {
            let comes = match (when, fits) {
                ("always", _) => "+12025550177 0-30, voicemail:dan",
                _ if when == fits => goes,
                _ => stays,
            };
            assert_eq!(desk.goes(TO, &[does]), comes, "{when}: {does}");
        }
        // Whoever does not want to be disturbed is not to be reached elsewhere either.
        let undisturbed = desk.goes(TO, &["dan=dnd"]);
        assert_eq!(undisturbed, "voicemail:dan", "{when}");
    }
}

#[test]
fn row_45_the_forwarded_leg_costs_what_a_call_out_costs() {
    let desk = desk(
        "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n\
         [numbers]\n\"+12025550101\" = { trunk = \"carrier\", forward = \"+12025550160\" }",
    );
    let page = desk.course(TO, &["+12025550160=answers"]).to_string();
    for price in ["0.002", "0.01"] {
        assert!(page.contains(price), "{price}: {page}");
    }
}

/// An office of split days, whose clocks change.
fn office() -> Desk {
    desk(
        r#"[hours.office]
        mon-fri = ["08:30-12:30", "13:30-18:00"]
        sat = ["09:00-12:00"]
        sun = ["01:00-04:00"]
        holidays = ["2026-12-25"]
        [hours.berlin]
        timezone = "Europe/Berlin"
        mon-fri = ["09:00-17:00"]
        [rota.oncall]
        weeks = ["ana", "ben"]
        begins = "2026-01-05"
        hands_over = "mon 09:00"
        [plans.office]
        steps = [{ unless = "hours:office", goto = "night" }, { ring = "person:rosa", for = "10s" }, { voicemail = "last" }]
        [plans.berlin]
        steps = [{ unless = "hours:berlin", goto = "night" }, { ring = "person:tom", for = "10s" }, { voicemail = "last" }]
        [plans.night]
        steps = [{ play = "closed" }, { ring = "rota:oncall", for = "20s" }, { voicemail = "sales" }]
        [numbers]
        "+12025550101" = { plan = "office" }
        "+12025550102" = { plan = "berlin" }"#,
    )
}

/// Goal: open or closed for each day and number, to the minute, on the days that clocks change as well.
#[test]
fn row_46_each_number_has_its_hours_in_its_zone() {
    let office = office();
    let is_open = |to: &str, at: &str| !office.goes(to, &[&format!("at {at}")]).starts_with("hears closed");
    for (at, open) in [
        ("2026-03-13 08:29", false),
        ("2026-03-13 08:30", true),
        ("2026-03-13 12:29", true),
        ("2026-03-13 12:30", false),
        ("2026-03-13 13:30", true),
        ("2026-03-13 18:00", false),
        ("2026-03-14 09:00", true),
        ("2026-03-14 12:00", false),
        ("2026-12-25 10:00", false),
        // Clocks go from 2 to 3: there is no half past two, and the hours go on.
        ("2026-03-08 00:59", false),
        ("2026-03-08 01:59", true),
        ("2026-03-08 03:00", true),
        ("2026-03-08 04:00", false),
        // Clocks go from 2 to 1.
        ("2026-11-01 00:59", false),
        ("2026-11-01 01:30", true),
        ("2026-11-01 03:59", true),
        ("2026-11-01 04:00", false),
    ] {
        assert_eq!(is_open(TO, at), open, "{at}");
    }
    // Nine in Berlin is three in New York, and four in the weeks in which only New York has changed its clocks.
    for (at, open) in [
        ("2026-02-13 02:59", false),
        ("2026-02-13 03:00", true),
        ("2026-03-13 03:59", false),
        ("2026-03-13 04:00", true),
        ("2026-03-13 11:59", true),
        ("2026-03-13 12:00", false),
    ] {
        assert_eq!(is_open("+12025550102", at), open, "{at} in New York");
    }
}

#[test]
fn row_47_after_hours_a_greeting_and_then_a_message() {
    let office = office();
    let goes = office.goes(TO, &["at Sun 2026-03-15 12:00"]);
    assert!(goes.starts_with("hears closed, ") && goes.ends_with("voicemail:sales"), "{goes}");
}

#[test]
fn row_48_after_hours_whoever_is_on_call_rings() {
    let office = office();
    let at = |at: &str| office.goes(TO, &[&format!("at {at}")]);
    assert_eq!(at("Sun 2026-01-11 12:00"), "hears closed, ana 2-22, voicemail:sales");
    assert_eq!(at("Mon 2026-01-12 08:00"), "hears closed, ana 2-22, voicemail:sales");
    assert_eq!(at("Mon 2026-01-12 12:45"), "hears closed, ben 2-22, voicemail:sales");
    assert_eq!(at("Tue 2026-01-20 20:00"), "hears closed, ana 2-22, voicemail:sales");
}

/// After hours a voice AI has four seconds to take the call, and people stand in for it.
#[test]
fn row_50_after_hours_a_voice_agent_with_a_human_behind_it() {
    let desk = desk(
        r#"[hours.office]
        mon-fri = ["08:30-18:00"]
        [agents.frontdesk]
        target = "sip:frontdesk@ai.example.com"
        answer_within = "4s"
        channels = 4
        else = "group:night"
        [groups.night]
        members = ["ben"]
        total = "20s"
        [plans.office]
        steps = [{ unless = "hours:office", agent = "frontdesk" }, { ring = "person:rosa", for = "10s" }, { voicemail = "last" }]
        [menus.night]
        greeting = "closed"
        keys = { 9 = "agent:frontdesk" }
        silence = { after = "5s", then = "hangup" }
        invalid = { then = "hangup" }
        [numbers]
        "+12025550101" = { plan = "office" }
        "+12025550102" = { agent = "frontdesk" }
        "+12025550103" = { menu = "night" }"#,
    );
    let night = "at Fri 2026-03-13 20:00";
    assert_eq!(desk.goes(TO, &[]), "rosa 0-10, voicemail:last");
    assert_eq!(desk.goes(TO, &[night, "agent:frontdesk=answers after 3s"]), "frontdesk 0-3, agent:frontdesk");
    for does in ["no-answer", "answers after 5s"] {
        let given = format!("agent:frontdesk={does}");
        assert_eq!(desk.goes(TO, &[night, &given, "ben=answers"]), "frontdesk 0-4, ben 4-9, person:ben");
    }
    for does in ["busy", "unreachable"] {
        let given = format!("agent:frontdesk={does}");
        let goes = desk.goes(TO, &[night, &given, "ben=answers"]);
        assert_eq!(goes, "frontdesk 0-0, ben 0-5, person:ben", "{does}");
    }
    assert_eq!(desk.goes("+12025550102", &["ben=answers"]), "frontdesk 0-4, ben 4-9, person:ben");
    assert_eq!(
        desk.goes("+12025550103", &["press 9", "agent:frontdesk=answers after 1s"]),
        "hears closed, frontdesk 2-3, agent:frontdesk"
    );
}

/// Goal: what callers hear of the hours is what they are at that moment, by the clock of the schedule, whatever the site's
/// shows.
#[test]
fn row_49_after_hours_callers_are_told_the_hours() {
    let told = desk(
        r#"
        [hours.office]
        mon-fri = ["08:30-12:30", "13:30-18:00"]
        sat = ["09:00-12:00"]
        holidays = [{ date = "2026-12-25", name = "Christmas Day" }]
        [hours.berlin]
        timezone = "Europe/Berlin"
        mon-fri = ["09:00-17:00"]
        [plans.office]
        steps = [{ unless = "hours:office", say_hours = "office", then = "hangup" }, { say_hours = "office" }, { voicemail = "last" }]
        [menus.berlin]
        greeting = "hello"
        silence = { after = "5s", then = { say_hours = "berlin" } }
        invalid = { then = "hangup" }
        keys = { 1 = { say_hours = "berlin", then = "voicemail:sales" } }
        [numbers]
        "+12025550101" = { plan = "office" }
        "+12025550102" = { menu = "berlin" }"#,
    );
    for (at, goes) in [
        (
            "2026-12-25 10:00",
            "hears \"We are closed today: Christmas Day. We open tomorrow at nine.\", announcement",
        ),
        (
            "2026-12-25 23:59",
            "hears \"We are closed today: Christmas Day. We open tomorrow at nine.\", announcement",
        ),
        ("2026-12-26 12:00", "hears \"We are closed now. We open on Monday at eight thirty.\", announcement"),
        ("2026-12-28 10:00", "hears \"We are open until twelve thirty.\", voicemail:last"),
        ("2026-12-28 13:00", "hears \"We are closed now. We open today at one thirty.\", announcement"),
    ] {
        assert_eq!(told.goes(TO, &[&format!("at {at}")]), goes, "{at}");
    }
    let berlin = |at: &str, press: &str| told.goes("+12025550102", &[&format!("at {at}"), press]);
    assert_eq!(
        berlin("Mon 2026-03-16 10:00", "press 1"),
        "hears hello, hears \"We are open until six.\", voicemail:sales".replace("six", "five")
    );
    assert_eq!(
        berlin("Mon 2026-03-16 20:00", "press -"),
        "hears hello, hears \"We are closed now. We open today at nine.\", announcement"
    );
    let explained = told.course(TO, &["at 2026-12-25 10:00"]).to_string();
    let heard = "hears \"We are closed today: Christmas Day. We open tomorrow at nine.\", 6 s";
    assert!(explained.contains("say_hours") && explained.contains(heard), "{explained}");
}

#[test]
fn row_49_no_more_names_are_said_than_anybody_lists() {
    let days = |count: u16| {
        let day = |at: u16| format!("{{ date = \"{}-01-01\", name = \"Day {at}\" }}", 2000 + at);
        let days: Vec<_> = (0..count).map(day).collect();
        desk(&format!(
            "[hours.office]\nmon = [\"09:00-17:00\"]\nholidays = [{}]\n\
             [plans.office]\nsteps = [{{ say_hours = \"office\" }}, {{ hangup = true }}]\n\
             [numbers]\n\"{TO}\" = {{ plan = \"office\" }}",
            days.join(", ")
        ))
    };
    assert!(days(100).said().is_empty());
    assert_eq!(days(101).said(), ["C987"]);
    assert_eq!(
        days(101).goes(TO, &["at 2000-01-01 10:00"]),
        "hears \"We are closed today: Day 0. We open on Monday at nine.\", announcement"
    );
}
