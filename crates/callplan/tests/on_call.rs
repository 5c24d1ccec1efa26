//! `forward = "rota:x"`: whoever is on is called outside.

use std::time::Duration;

use callplan::{
    Code, Finding, Memory, Site, Source,
    explain::{Explanation, Question, explain, read_time},
    load,
    proof::ended,
};

fn loaded(people: &str, steps: &str) -> (Site, Vec<Finding>) {
    let text = format!(
        r#"
[site]
name = "Larch"
timezone = "UTC"
country = "US"
domain = "pbx.larch.example"
mailbox = "reception"
phone_secrets = {{ file = "secrets/phones" }}
[trunks.carrier]
profile = "generic-address"
host = "sip.carrier.example"
[dial.national]
to = ["country:US"]
class = "national"
trunks = ["carrier"]
[people_defaults]
present = "+12025550100"
allow = ["internal", "national"]
{people}
[phones]
ana-desk = {{ person = "ana" }}
ben-desk = {{ person = "ben" }}
[mailboxes]
reception = {{}}
[rota.oncall]
weeks = ["ana", "ben"]
begins = "2026-03-02"
[plans.main]
steps = [{steps}]
[numbers]
"+12025550100" = {{ plan = "main" }}
"#
    );
    let files = Memory::default().with("secrets/phones", b"");
    load(&[Source::new("site.toml", text)], &files).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

const PEOPLE: &str = "[people]\nana = { ext = 101, mobile = \"+12025550151\" }\n\
    ben = { ext = 102, forward = { to = \"+12025550152\", when = \"away\" } }";
const STEPS: &str = "{ forward = \"rota:oncall\", for = \"20s\" }, { voicemail = \"reception\" }";

fn asked(site: &Site, at: &str, given: &[&str]) -> Explanation {
    let at = read_time(&site.timezone, at).expect("a time");
    let mut question = Question::read(site, "+12025550142", "+12025550100", at).expect("a question");
    given.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    explain(site, &question)
}

/// Ana is on in the first week and has a mobile, ben in the second and sends calls elsewhere; no phone of theirs rings.
#[test]
fn whoever_is_on_is_called_at_their_number_outside() {
    let (site, findings) = loaded(PEOPLE, STEPS);
    assert!(findings.iter().all(|it| it.code != Code::NotOnCall), "{findings:?}");
    let mobile = asked(&site, "2026-03-03 10:00", &["+12025550151=answers"]);
    assert_eq!(ended(&site, &mobile), "person:ana", "{mobile}");
    assert!(mobile.to_string().contains("rota:oncall ana is on since 2026-03-02"), "{mobile}");
    assert_eq!(mobile.rung.len(), 1, "{mobile}");
    let sent = asked(&site, "2026-03-10 10:00", &["+12025550152=answers"]);
    assert_eq!(ended(&site, &sent), "number:+12025550152", "{sent}");
    // What they said of themselves counts where they have no mobile.
    let said = asked(&site, "2026-03-10 10:00", &["ben=available +12025550177", "+12025550177=answers"]);
    assert_eq!(ended(&site, &said), "number:+12025550177", "{said}");
}

#[test]
fn a_duty_that_nobody_answers_falls_to_the_next_step() {
    let (site, _) = loaded(PEOPLE, STEPS);
    let course = asked(&site, "2026-03-03 10:00", &[]);
    assert_eq!(ended(&site, &course), "voicemail:reception", "{course}");
    assert_eq!(course.rung[0].until, Duration::from_secs(20), "{course}");
    let busy = STEPS.replace("for = \"20s\"", "for = \"20s\", busy = \"voicemail:ana\"");
    let (site, _) = loaded(PEOPLE, &busy);
    let course = asked(&site, "2026-03-03 10:00", &["+12025550151=busy"]);
    assert_eq!(ended(&site, &course), "voicemail:ana", "{course}");
}

/// Whoever picks up is asked where the step says so, and only there.
#[test]
fn whoever_is_on_is_asked_where_the_step_says_so() {
    let without_key = ["+12025550151=answers-without-key"];
    let (site, _) = loaded(PEOPLE, STEPS);
    assert_eq!(ended(&site, &asked(&site, "2026-03-03 10:00", &without_key)), "person:ana");
    let (site, _) = loaded(PEOPLE, &STEPS.replace("for = \"20s\"", "for = \"20s\", screen = true"));
    let course = asked(&site, "2026-03-03 10:00", &without_key);
    assert_eq!(ended(&site, &course), "voicemail:reception", "{course}");
}

/// Nobody who is on without a number outside rings: that is told beforehand, with its mend.
#[test]
fn whoever_has_no_number_outside_is_reported() {
    let (site, findings) =
        loaded("[people]\nana = { ext = 101 }\nben = { ext = 102, mobile = \"+442079460000\" }", STEPS);
    let told: Vec<_> =
        findings.iter().filter(|it| it.code == Code::NotOnCall).map(|it| &*it.message).collect();
    assert_eq!(
        told,
        [
            "main#1 calls who is on by rota `oncall` outside, and ana has no number outside",
            "main#1 calls who is on by rota `oncall` outside, and ben is at +442079460000, which no dial rule takes out",
        ]
    );
    let course = asked(&site, "2026-03-03 10:00", &[]);
    assert!(course.rung.is_empty() && ended(&site, &course) == "voicemail:reception", "{course}");
}
