//! `layers` and `sticky`: the first that is set and can be rung, and whoever talked with the caller last.

mod larch;

use callplan::{
    Site,
    explain::{Explanation, Question, explain, read_time},
    ways::tree,
};
use larch::{larch, larch_with};

const ORDER: [&str; 5] =
    ["number.person", "contact.owner", "campaign.owner", "number.forward", "site.company_phone"];
/// Who each of them is in these tests, as the phone or number that rings.
const RUNG: [&str; 5] = ["ana-desk", "ben-desk", "cho-desk", "+12025550152", "tom-desk"];
const FACTS: [(&str, &str); 5] = [
    ("", ""),
    ("contact.owner=ben", "contact.owner=none"),
    ("contact.campaign=spring", "contact.campaign=none"),
    ("", ""),
    ("", ""),
];

/// A site whose number has those of the five layers that are its own.
fn site(is_set: impl Fn(usize) -> bool) -> Site {
    let own = |at: usize, text: &'static str| if is_set(at) { text } else { "" };
    larch_with(&format!(
        "[site]\n{}\n[campaigns.spring]\nowner = \"cho\"\n[plans.x]\n\
         steps = [{{ layers = [\"{}\"], for = \"20s\" }}, {{ voicemail = \"sales\" }}]\n\
         [numbers]\n\"+12025550105\" = {{ plan = \"x\"{}{} }}\n",
        own(4, "company_phone = \"person:tom\""),
        ORDER.join("\", \""),
        own(0, ", person = \"ana\""),
        own(3, ", forward = \"+12025550152\""),
    ))
}

fn asked(site: &Site, facts: &[&str], given: &[&str]) -> Explanation {
    let at = read_time(&site.timezone, "2026-03-13 10:00").expect("it is told so");
    let mut question = Question::read(site, "+12025550142", "+12025550105", at).expect("it is told so");
    facts.iter().for_each(|fact| question.tell(site, fact).expect("it is told so"));
    given.iter().for_each(|given| question.assume(site, given).expect("it is told so"));
    explain(site, &question)
}

/// Who is rung, one after another.
fn rung(course: &Explanation) -> Vec<String> {
    let page = course.to_string();
    let rings = page.lines().filter_map(|line| line.trim_end().strip_suffix(" rings"));
    rings.map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned()).collect()
}

/// Goal: of five layers, each set or not, the first that is set is rung and nobody else; the next step follows it.
#[test]
fn the_first_layer_that_is_set_is_rung() {
    for set in 0_u32..32 {
        let is_set = |at: usize| set >> at & 1 == 1;
        let site = site(is_set);
        let facts: Vec<&str> = (1..3).map(|at| if is_set(at) { FACTS[at].0 } else { FACTS[at].1 }).collect();
        let course = asked(&site, &facts, &[]);
        let first = (0..5).find(|at| is_set(*at));
        assert_eq!(
            rung(&course),
            first.map(|at| RUNG[at].to_owned()).into_iter().collect::<Vec<_>>(),
            "{set:05b}\n{course}"
        );
        let page = course.to_string();
        assert!(page.contains("voicemail"), "{page}");
        for (at, layer) in ORDER.iter().enumerate() {
            let is_told = page.contains(&format!("{layer} is ")) || page.contains(&format!("{layer} was"));
            let told = page.lines().filter(|line| line.contains(&format!("{layer} is "))).count();
            assert_eq!(
                is_told && told == 1,
                first.is_none_or(|first| at <= first),
                "{set:05b} {layer}\n{page}"
            );
        }
    }
}

/// Goal: whoever can't be rung is passed over with the reason, and who is rung in vain is not followed by another.
#[test]
fn a_layer_that_cannot_be_rung_is_passed_over() {
    let site = site(|_| true);
    let facts = ["contact.owner=ben", "contact.campaign=spring"];
    for (given, who, why) in [
        (vec!["ana=unreachable"], "ben-desk", "ana is not rung: not registered"),
        (vec!["ana=dnd", "ben=away"], "cho-desk", "ben is not rung: away"),
        (vec!["ana=unreachable", "ben=blocks", "cho=unreachable"], "+12025550152", "ben has blocked"),
        (vec!["ana=declined"], "ana-desk", "number.person is ana"),
    ] {
        let course = asked(&site, &facts, &given);
        assert_eq!(rung(&course), [who], "{given:?}\n{course}");
        assert!(course.to_string().contains(why), "{why}\n{course}");
    }
    // What nobody tells in time is passed over as well.
    let course = asked(&site, &["contact.campaign=none"], &["ana=unreachable"]);
    assert!(course.to_string().contains("contact.owner was not told in time"), "{course}");
    assert_eq!(rung(&course), ["+12025550152"]);
}

/// Goal: whoever a layer names is rung as by themselves, mobile and all. Who is away is passed over, and their calls go
/// nowhere else.
#[test]
fn a_layer_rings_whatever_rings_for_its_person() {
    let site = larch_with(
        "[people.dan]\next = 131\nmobile = \"+12025550154\"\naway = \"voicemail:sales\"\n\
         ring = [{ phones = true }, { mobile = true, after = \"12s\" }]\n\
         forward = { to = \"+12025550155\", when = \"no-answer\" }\n[phones]\ndan-desk = { person = \"dan\" }\n\
         [plans.x]\nsteps = [{ layers = [\"number.person\", \"contact.owner\"], screen = true, for = \"20s\" }, \
         { voicemail = \"reception\" }]\n[numbers]\n\"+12025550105\" = { plan = \"x\", person = \"dan\" }\n",
    );
    let owner = ["contact.owner=ben"];
    let all = asked(&site, &owner, &[]);
    assert_eq!(rung(&all), ["dan-desk", "+12025550154", "+12025550155"], "{all}");
    let away = asked(&site, &owner, &["dan=away"]);
    assert_eq!(rung(&away), ["ben-desk"], "{away}");
    let both = asked(&site, &["contact.owner=none"], &["dan=away"]).to_string();
    assert!(both.contains("voicemail:reception") && !both.contains("voicemail:sales"), "{both}");
    let screened = asked(&site, &owner, &["+12025550154=answers-without-key"]);
    assert!(screened.to_string().contains("picks up and is asked"), "{screened}");
}

/// Goal: shorthand tells the layers of other plans who a number's person is, and where it sends calls on to.
#[test]
fn shorthand_is_what_layers_ask_a_number_for() {
    let site = larch();
    let (number, ana) = (site.plan_called("+12025550104").unwrap(), site.person("ana"));
    let callplan::PlanKind::Number(number) = site[number].kind else { panic!("it has shorthand") };
    assert_eq!(site[number].person, ana);
    assert!(site[number].forward.is_some());
}

const STICKY: &str = "[plans.x]\nsteps = [{ sticky = \"last-agent\", within = \"30d\", for = \"20s\" }, { ring = \"person:tom\" }, { voicemail = \"sales\" }]\n\
    [numbers]\n\"+12025550105\" = { plan = \"x\" }\n";

#[test]
fn whoever_talked_with_the_caller_last_is_rung_first() {
    let site = larch_with(STICKY);
    for (fact, given, who, why) in [
        ("contact.last_agent=ana", "ben=busy", vec!["ana-desk", "tom-desk"], "contact.last_agent is ana"),
        ("contact.last_agent=ana", "ana=away", vec!["tom-desk"], "ana is not rung: away"),
        ("contact.last_agent=none", "ben=busy", vec!["tom-desk"], "contact.last_agent is nobody of ours"),
        ("contact.last_texter=ana", "ben=busy", vec!["tom-desk"], "contact.last_agent was not told in time"),
    ] {
        let course = asked(&site, &[fact], &[given]);
        assert_eq!(rung(&course), who, "{course}");
        assert!(course.to_string().contains(why), "{why}\n{course}");
    }
}

/// Goal: a talk counts for as long as the step says.
#[test]
fn a_talk_too_long_ago_does_not_count() {
    use callplan::Telling;
    use clock::Wall;
    let site = larch_with(STICKY);
    let at = read_time(&site.timezone, "2026-03-13 10:00").unwrap();
    let mut question = Question::read(&site, "+12025550142", "+12025550105", at).unwrap();
    let day = 86_400_000_000_i64;
    for (ago, who, why) in [
        (30 * day, vec!["ana-desk", "tom-desk"], "contact.last_agent is ana"),
        (30 * day + 1, vec!["tom-desk"], "contact.last_agent was too long ago"),
        (-day, vec!["ana-desk", "tom-desk"], "contact.last_agent is ana"),
    ] {
        let talked = Wall::from_unix_micros(at.unix_micros() - ago);
        question.told = vec![Telling::LastAgent(Some((site.person("ana").unwrap(), talked)))];
        let course = explain(&site, &question);
        assert_eq!(rung(&course), who, "{course}");
        assert!(course.to_string().contains(why), "{why}\n{course}");
    }
}

#[test]
fn every_way_of_a_call_through_layers_is_drawn() {
    let site = site(|_| true);
    let at = read_time(&site.timezone, "2026-03-13 10:00").unwrap();
    let mut question = Question::read(&site, "+12025550142", "+12025550105", at).unwrap();
    for fact in ["contact.owner=ben", "contact.campaign=spring"] {
        question.tell(&site, fact).unwrap();
    }
    insta::assert_snapshot!(tree(&site, question));
}

/// Goal: a rule that is broken only for contacts of somebody is found.
#[test]
fn rules_look_at_whoever_may_be_a_layer() {
    let more = "[plans.x]\nsteps = [{ sticky = \"last-texter\" }, { layers = [\"contact.owner\"], busy = \"voicemail:sales\" }, \
                { voicemail = \"reception\" }]\n[numbers]\n\"+12025550105\" = { plan = \"x\" }\n\
                [[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"person:rosa\"]\n";
    let site = larch_with(more);
    let horizon = callplan::ways::Horizon::after(read_time(&site.timezone, "2026-03-13 10:00").unwrap());
    let found = callplan::proof::failures(&site, horizon);
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert!(
        finding.to_string().contains("contact.last_texter=rosa")
            || finding.to_string().contains("contact.owner=rosa"),
        "{finding}"
    );
}
