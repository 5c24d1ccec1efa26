//! Agents: where calls for them lead, how that is asked, told and proven.

mod larch;

use callplan::{
    PlanKind, Site, describe,
    explain::{Question, explain},
    proof::{Point, ended, failures},
    reach::reach,
    ways::Horizon,
};
use clock::Wall;
use larch::{larch, larch_with};

/// A Friday morning in March 2026.
const MORNING: Wall = Wall::from_unix_micros(1_773_410_400_000_000);

fn desk(more: &str) -> Site {
    larch_with(&format!(
        "[agents.frontdesk]\ntarget = \"sip:frontdesk@ai.example.com\"\nchannels = 4\n{more}"
    ))
}

/// Where a call to a number goes, by what is assumed.
fn goes(site: &Site, to: &str, assumed: &[&str]) -> (String, Vec<String>) {
    let mut question = Question::read(site, "+12025550142", to, MORNING).expect("it can be asked");
    assumed.iter().for_each(|text| question.assume(site, text).expect("it assumes something"));
    let course = explain(site, &question);
    let steps = course.visited.iter().filter(|visit| visit.taken).map(|visit| site.node_name(visit.node));
    (ended(site, &course), steps.collect())
}

/// Goal: whatever an agent does but answer leads to who stands in, and to nobody's mailbox before that.
#[test]
fn whoever_stands_in_gets_what_an_agent_does_not_take() {
    let site = desk("else = \"person:tom\"\n[numbers]\n\"+12025550110\" = { agent = \"frontdesk\" }");
    let to = "+12025550110";
    assert_eq!(goes(&site, to, &["agent:frontdesk=answers after 2s"]).0, "agent:frontdesk");
    for does in ["no-answer", "busy", "unreachable", "declined", "answers after 5s"] {
        let (end, _) = goes(&site, to, &[&format!("agent:frontdesk={does}"), "tom=answers"]);
        assert_eq!(end, "person:tom", "{does}");
    }
}

/// Goal: without an `else` a step falls to the next, and elsewhere calls end where all do that nobody takes.
#[test]
fn an_agent_without_a_stand_in_falls_through() {
    let site = desk(
        "[plans.ai]\nsteps = [{ agent = \"frontdesk\" }, { ring = \"person:ana\" }, { voicemail = \"sales\" }]\n\
         [menus.ai]\ngreeting = \"welcome\"\nkeys = { 9 = \"agent:frontdesk\" }\n\
         silence = { after = \"5s\", then = { agent = \"frontdesk\", else = \"hangup\" } }\n\
         invalid = { then = { agent = \"frontdesk\" } }\n\
         [numbers]\n\"+12025550110\" = { plan = \"ai\" }\n\"+12025550111\" = { menu = \"ai\" }",
    );
    assert_eq!(goes(&site, "+12025550110", &["ana=answers"]).0, "person:ana");
    assert_eq!(goes(&site, "+12025550110", &["agent:frontdesk=answers after 3s"]).0, "agent:frontdesk");
    assert_eq!(goes(&site, "+12025550111", &["agent:frontdesk=busy"]).0, "hangup");
    let menu = site.plan("menu:ai").expect("it is there");
    let printed = describe(&site, menu).to_string();
    assert!(printed.contains("9 agent:frontdesk"), "{printed}");
    assert!(printed.contains("wrong key, at once agent:frontdesk"), "{printed}");
    let agent = site.plan("agent:frontdesk").expect("it is built in");
    assert!(matches!(site[agent].kind, PlanKind::Agent(_)));
    assert_eq!(
        describe(&site, agent).to_string(),
        "agent:frontdesk#1  agent frontdesk, 4s\nagent:frontdesk#2  voicemail reception\n"
    );
}

/// Goal: a step's own `else` wins over the agent's.
#[test]
fn a_step_says_where_its_own_calls_go() {
    let site = desk(
        "else = \"person:tom\"\n[plans.ai]\n\
         steps = [{ agent = \"frontdesk\", else = \"voicemail:sales\" }]\n\
         [numbers]\n\"+12025550110\" = { plan = \"ai\" }",
    );
    assert_eq!(goes(&site, "+12025550110", &[]).0, "voicemail:sales");
}

/// Goal: what an agent is told to take in time is what it gets: four seconds, or what is written.
#[test]
fn an_agent_has_its_time_and_no_more() {
    let took = |within: &str| {
        let site = desk(&format!(
            "{within}else = \"person:tom\"\n[numbers]\n\"+12025550110\" = {{ agent = \"frontdesk\", ring = \"40s\" }}"
        ));
        let question =
            Question::read(&site, "+12025550142", "+12025550110", MORNING).expect("it can be asked");
        explain(&site, &question).rung.first().map(|rung| rung.until.as_secs())
    };
    assert_eq!(took(""), Some(4));
    assert_eq!(took("answer_within = \"7s\"\n"), Some(7));
}

/// Goal: tests, rules and the question who comes there know agents by name.
#[test]
fn tests_and_rules_know_agents() {
    let proof = |more: &str| {
        let site = desk(&format!(
            "else = \"voicemail:sales\"\n[numbers]\n\"+12025550110\" = {{ agent = \"frontdesk\" }}\n{more}"
        ));
        let until = Wall::from_unix_micros(MORNING.unix_micros() + 3_600_000_000);
        failures(&site, Horizon { from: MORNING, until }).iter().map(|it| it.code.id()).collect::<Vec<_>>()
    };
    let test = |given: &str, ends: &str| {
        format!(
            "[[tests]]\nname = \"t\"\ncall = {{ from = \"+12025550142\", to = \"+12025550110\", at = \"2026-03-13 10:00\" }}\n\
             given = {{ \"agent:frontdesk\" = \"{given}\" }}\nrings = [\"agent:frontdesk\"]\n\
             passes = [\"agent:frontdesk\"]\nends = \"{ends}\"\n"
        )
    };
    assert_eq!(proof(&test("answers after 1s", "agent:frontdesk")), [""; 0]);
    assert_eq!(proof(&test("busy", "agent:frontdesk")), ["C911"]);
    let rule = |ends: &str| format!("[[always]]\nto = [\"+12025550110\"]\nevery_call_ends_in = [{ends}]\n");
    assert_eq!(proof(&rule("\"agent\", \"voicemail\", \"caller-left\"")), [""; 0]);
    assert_eq!(proof(&rule("\"voicemail\"")), ["C912"]);
    assert_eq!(
        proof("[[always]]\nto = [\"+12025550110\"]\nno_call_reaches = [\"agent:frontdesk\"]\n"),
        ["C912"]
    );
}

/// Goal: whoever asks what leads to an agent hears of the key, and of who has to have no time before.
#[test]
fn what_leads_to_an_agent_is_found() {
    let site = desk(
        "[plans.ai]\nsteps = [{ ring = \"person:ana\" }, { agent = \"frontdesk\" }, { hangup = true }]\n\
         [numbers]\n\"+12025550110\" = { plan = \"ai\" }",
    );
    let point = Point::read(&site, "agent:frontdesk").expect("it is there");
    assert_eq!(point.words(&site), "agent:frontdesk");
    let until = Wall::from_unix_micros(MORNING.unix_micros() + 3_600_000_000);
    let horizon = Horizon { from: MORNING, until };
    let found = reach(&site, point, horizon);
    let told: Vec<_> = found.routes.iter().map(|route| route.sentence(&site.timezone, horizon)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("+12025550110") && told[0].contains("person:ana does not take it"), "{told:?}");
}

/// Goal: help is called where help is, whatever stands in front of everybody else.
#[test]
fn nobody_who_calls_for_help_gets_an_agent() {
    use callplan::resolve::{Resolution, resolve};
    let site = desk("else = \"group:reception\"\n[numbers]\n\"+12025550110\" = { agent = \"frontdesk\" }");
    let phone = site.phone("ana-desk").expect("it is there");
    assert!(matches!(resolve(&site, phone, "911"), Resolution::Emergency(_)));
    let rules = site.dial.iter().flat_map(|rule| &rule.trunks).chain(&site.emergency.trunks);
    assert!(rules.into_iter().all(|trunk| site[*trunk].agent.is_none()));
    assert_eq!(site.carriers().count(), larch().trunks.len());
}
