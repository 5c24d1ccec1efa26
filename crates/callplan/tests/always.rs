//! `[[always]]`: what holds for every call, and the call that shows that it does not.

mod larch;

use std::ops::ControlFlow;

use callplan::{
    Site,
    explain::{Explanation, Question, explain, read_time},
    proof::{Breach, Proven, ended, prove},
    ways::{Horizon, Walk, entries, tree},
};
use larch::{larch, larch_with};

fn horizon(site: &Site) -> Horizon {
    Horizon::after(read_time(&site.timezone, "2026-03-01 00:00").expect("a time"))
}

fn proven(more: &str) -> (Site, Proven) {
    let site = larch_with(more);
    let rules: Vec<_> = site.always.iter().collect();
    let [proven] = &prove(&site, &rules, horizon(&site))[..] else { panic!("there is one rule") };
    let proven = proven.clone();
    (site, proven)
}

/// The call that breaks the rule of `more`, and what it does.
fn broken(more: &str) -> (String, Breach) {
    let (site, proven) = proven(more);
    let Proven::Broken(breach) = proven else { panic!("{proven:?}") };
    (breach.question.command(&site), *breach)
}

fn holds(more: &str) {
    let (_, proven) = proven(more);
    assert!(matches!(proven, Proven::Holds { ways: 1.. }), "{proven:?}");
}

#[test]
fn every_call_of_the_site_is_told_by_its_ends() {
    holds(
        "[[always]]\nevery_call_ends_in = [\"person\", \"phone\", \"number\", \"voicemail\", \"reject\"]\n",
    );
    let (command, breach) =
        broken("[[always]]\nevery_call_ends_in = [\"person\", \"phone\", \"number\", \"voicemail\"]\n");
    assert!(breach.why.starts_with("a call ends at reject:"), "{}\n{command}", breach.why);
    holds("[[always]]\nno_call_reaches = [\"class:international\", \"class:toll-free\"]\n");
    holds(
        "[[always]]\nto = [\"+12025550102\"]\nno_call_reaches = [\"menu:main\", \"person:ana\", \"voicemail:sales\"]\n",
    );
}

/// Goal: the call that is told is one that breaks the rule, and has no more assumptions than it needs.
#[test]
fn the_call_that_breaks_a_rule_is_the_shortest() {
    let (command, breach) = broken("[[always]]\nno_call_reaches = [\"number:+12025550152\"]\n");
    assert_eq!(breach.why, "a call reaches number:+12025550152");
    assert!(command.contains("--to +12025550104") && !command.contains("--if"), "{command}");
    let (command, _) = broken("[[always]]\nto = [\"+12025550100\"]\nno_call_reaches = [\"person:cho\"]\n");
    assert_eq!(
        command,
        "ringplan explain --from +12025550142 --to +12025550100 --at 2026-03-02T09:00 --press=2"
    );
    let spam =
        "[[always]]\nto = [\"+12025550100\"]\nevery_call_ends_in = [\"person\", \"voicemail\", \"number\"]\n";
    let (command, _) = broken(spam);
    assert!(command.contains("--from +12025550199"), "{command}");
    let (command, breach) =
        broken("[[always]]\nto = [\"+12025550101\"]\nevery_call_ends_in = [\"voicemail\"]\n");
    assert!(
        command.ends_with("--if group:sales=busy --if 'ana=answers'")
            || command.ends_with("--if group:sales=busy --if ana=answers"),
        "{command}"
    );
    assert_eq!(breach.why, "a call ends at person:ana: step number:+12025550101#1");
}

/// Goal: keys that are offered and extensions that may be dialled are ways like any other.
#[test]
fn whoever_is_dialled_at_a_menu_is_reached() {
    let menu = "[menus.hall]\ngreeting = \"welcome\"\ndial_extension = true\n\
                silence = { after = \"6s\", then = \"hangup\" }\ninvalid = { then = \"plan:last\" }\n\
                keys = { 1 = \"group:sales\", 7 = \"menu:main\" }\n\
                [plans.last]\nsteps = [\n{ ask = \"closed\", key = \"9\", within = \"5s\", goto = \"after-hours\" },\n\
                { hangup = true },\n]\n[numbers]\n\"+12025550105\" = { menu = \"hall\" }\n\
                [[always]]\nto = [\"+12025550105\"]\n";
    for (shuns, keys) in [
        ("phone:lobby", "--press=190"),
        ("group:sales", "--press=1-"),
        ("group:support", "--press=72"),
        ("plan:last", "--press='#'"),
        ("plan:after-hours", "--press='#9'"),
    ] {
        let (command, _) = broken(&format!("{menu}no_call_reaches = [\"{shuns}\"]\n"));
        assert!(command.ends_with(keys), "{shuns}: {command}");
    }
    let every = "every_call_ends_in = [\"person\", \"phone\", \"voicemail\", \"hangup\", \"reject\", \"caller-left\"]\n";
    holds(&format!("{menu}{every}"));
}

/// A plan that asks the hours twice: what is behind the second is reached only by calls that ring while it closes.
const TWICE: &str = r#"
[plans.twice]
steps = [
  { unless = "hours:office", voicemail = "sales" },
  { ring = "person:ana", for = "20s" },
  { when = "hours:office", voicemail = "reception" },
  { forward = "+442079460000" },
  { hangup = true },
]
[numbers]
"+12025550105" = { plan = "twice" }
"#;

#[test]
fn a_rule_that_only_breaks_while_the_hours_change_is_broken() {
    let (command, breach) = broken(&format!(
        "{TWICE}[[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"class:international\"]\n"
    ));
    assert!(breach.course.visited.len() == 5, "{command}\n{}", breach.course);
    assert!(["T12:29:40", "T17:59:40"].iter().any(|time| command.contains(time)), "{command}");
}

/// Goal: the hours change even where the way there takes no time by itself.
#[test]
fn the_hours_may_change_while_somebody_is_found_to_be_busy() {
    let more = "[plans.at-once]\nsteps = [\n{ unless = \"hours:office\", voicemail = \"sales\" },\n\
                { ring = \"person:ana\", busy = \"plan:later\", else = \"voicemail:reception\" },\n{ hangup = true },\n]\n\
                [plans.later]\nsteps = [\n{ when = \"hours:office\", voicemail = \"reception\" },\n\
                { forward = \"+442079460000\" },\n{ voicemail = \"sales\" },\n]\n\
                [numbers]\n\"+12025550105\" = { plan = \"at-once\" }\n\
                [[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"class:international\"]\n";
    let (command, breach) = broken(more);
    assert!(command.contains("--if 'ana=busy after 1s'"), "{command}\n{}", breach.course);
}

/// Goal: whoever rings for a moment may pick up within it, and all of a group may decline before its time is up.
#[test]
fn people_are_as_quick_as_their_step_is_short() {
    let more = "[groups.brief]\nmembers = [\"rosa\", \"tom\", \"ana\", \"ben\", \"cho\"]\nring = \"in-order\"\neach = \"4s\"\ntotal = \"6s\"\n\
                [plans.brief]\nsteps = [\n{ ring = \"group:brief\", declined = \"number:+442079460000\" },\n{ voicemail = \"sales\" },\n]\n\
                [numbers]\n\"+12025550105\" = { plan = \"brief\" }\n[[always]]\nto = [\"+12025550105\"]\n";
    let (command, _) = broken(&format!("{more}no_call_reaches = [\"class:international\"]\n"));
    assert!(command.contains("--if 'group:brief=declined after 600ms'"), "{command}");
    let (command, _) = broken(&format!("{more}every_call_ends_in = [\"voicemail\", \"number\"]\n"));
    assert!(command.contains("'rosa=answers after 2s'"), "{command}");
}

#[test]
fn a_key_is_pressed_at_the_menu_that_it_is_meant_for() {
    let menu = |name: &str, key: &str, silence: &str| {
        format!(
            "[menus.{name}]\ngreeting = \"welcome\"\nkeys = {{ 1 = \"{key}\" }}\n\
             silence = {{ after = \"5s\", repeat = 1, then = \"{silence}\" }}\n\
             invalid = {{ repeat = 1, then = \"voicemail:sales\" }}\n"
        )
    };
    let (one, two) = (
        menu("one", "voicemail:reception", "menu:two"),
        menu("two", "number:+442079460000", "voicemail:reception"),
    );
    let (command, _) = broken(&format!(
        "{one}{two}[numbers]\n\"+12025550105\" = {{ menu = \"one\" }}\n\
         [[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"class:international\"]\n"
    ));
    assert!(command.ends_with("--press=--1"), "{command}");
}

#[test]
fn what_nobody_can_reach_is_reached_by_no_way() {
    let more = "[plans.never]\nsteps = [\n{ unless = \"hours:office\", voicemail = \"sales\" },\n\
                { unless = \"hours:office\", forward = \"+442079460000\" },\n{ voicemail = \"reception\" },\n]\n\
                [numbers]\n\"+12025550105\" = { plan = \"never\" }\n";
    holds(&format!(
        "{more}[[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"class:international\"]\n"
    ));
}

#[test]
fn callers_and_keys_of_every_kind_are_tried() {
    let plan = |condition: &str, more: &str| {
        format!(
            "{more}[plans.x]\nsteps = [{{ when = \"{condition}\", voicemail = \"sales\" }}, {{ voicemail = \"reception\" }}]\n\
             [numbers]\n\"+12025550105\" = {{ plan = \"x\" }}\n[[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"voicemail:sales\"]\n"
        )
    };
    for (condition, words) in [
        ("caller withheld", "--from withheld"),
        ("contact.known", "--fact contact.known=yes"),
        ("contact.tag(late) and contact.tag(vip)", "--fact 'contact.tags=late,vip'"),
        ("contact.tag(vip) and not contact.tag(late)", "--fact contact.tags=vip"),
        ("contact.owner = ben", "--fact contact.owner=ben"),
        ("contact.owner and not contact.owner = rosa", "--fact contact.owner=tom"),
        ("not contact.campaign", "--fact contact.campaign=none"),
        (
            "contact.known(group:sales) and contact.known",
            "--fact contact.known=yes --fact contact.group=sales",
        ),
        ("caller.country = GB", "--from +44"),
        ("not caller.country = US and not caller.country = GB", "--from +"),
        ("caller in list:spam and contact.known", "--from +12025550199"),
        ("not caller in list:spam and not contact.known and hours:office", "--fact contact.known=no"),
    ] {
        let (command, _) = broken(&plan(condition, ""));
        assert!(command.contains(words), "{condition}: {command}");
    }
    holds(&plan("caller withheld and caller in list:spam", ""));
    // A day/night key opens a schedule that never opens by itself together with another.
    let shifts = "[hours.day]\nmon = [\"09:00-17:00\"]\n[hours.night]\nmon = [\"18:00-20:00\"]\n";
    holds(&plan("hours:day and hours:night", shifts));
    let (command, _) = broken(&plan("hours:day and hours:night", &format!("{shifts}toggle = \"*28\"\n")));
    assert!(command.contains("--if hours:night=open"), "{command}");
    let menu = "[menus.x]\ngreeting = \"welcome\"\nkeys = { 1 = \"voicemail:reception\" }\n\
                silence = { after = \"5s\", repeat = 1, then = \"voicemail:reception\" }\n\
                invalid = { repeat = 1, then = \"voicemail:sales\" }\n[numbers]\n\"+12025550105\" = { menu = \"x\" }\n\
                [[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"voicemail:sales\"]\n";
    let (command, _) = broken(menu);
    assert!(command.ends_with("--press='##'"), "{command}");
}

/// Goal: each way can be asked again by the command that it is told as.
#[test]
fn every_way_is_a_call_that_can_be_asked_again() {
    let site = larch_with(TWICE);
    let mut ends = std::collections::BTreeSet::new();
    let mut ways = Vec::new();
    let walked = Walk::of(&site, &entries(&site), horizon(&site)).run(|way| {
        ways.push((way.question.clone(), ended(&site, way.course)));
        ControlFlow::Continue(())
    });
    assert!(walked.is_whole && walked.ways == ways.len() && ways.len() > 50, "{walked:?}");
    for (question, end) in &ways {
        assert_eq!(ended(&site, &explain(&site, question)), *end);
        assert_eq!(asked_again(&site, question), explain(&site, question), "{}", question.command(&site));
        ends.insert(end.clone());
    }
    for end in [
        "person:ana",
        "person:rosa",
        "voicemail:support",
        "reject:unallocated",
        "number:+12025550152",
        "hangup",
    ] {
        assert!(ends.contains(end), "{end} is none of {ends:?}");
    }
}

/// What a shell would hand over.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in command.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            letter => words.last_mut().expect("there is one").push(letter),
        }
    }
    words
}

fn asked_again(site: &Site, question: &Question) -> Explanation {
    use callplan::explain::Press;
    let words = words(&question.command(site));
    let after = |name: &'static str| {
        words.windows(2).filter(move |pair| pair[0] == name).map(|pair| pair[1].as_str()).collect::<Vec<_>>()
    };
    let at = read_time(&site.timezone, after("--at")[0]).expect("it is told so");
    let mut again = Question::read(site, after("--from")[0], after("--to")[0], at).expect("it is told so");
    let keys = words.iter().find_map(|word| word.strip_prefix("--press=")).unwrap_or_default();
    again.press =
        keys.chars().map(|key| if key == '-' { Press::Nothing } else { Press::Asked(key) }).collect();
    after("--if").into_iter().for_each(|text| again.assume(site, text).expect("it is told so"));
    after("--fact").into_iter().for_each(|text| again.tell(site, text).expect("it is told so"));
    explain(site, &again)
}

#[test]
fn every_way_of_a_call_is_drawn_as_a_tree() {
    let site = larch();
    let at = read_time(&site.timezone, "2026-03-13 10:00").unwrap();
    let question = Question::read(&site, "+12025550142", "+12025550100", at).unwrap();
    insta::assert_snapshot!(tree(&site, question));
}

/// Goal: what is said of somebody holds in every way.
#[test]
fn what_is_assumed_of_a_call_holds_in_each_of_its_ways() {
    let site = larch();
    let at = read_time(&site.timezone, "2026-03-13 10:00").unwrap();
    let drawn = |to: &str, given: &[&str]| {
        let mut question = Question::read(&site, "+12025550142", to, at).unwrap();
        given.iter().for_each(|text| question.assume(&site, text).unwrap());
        tree(&site, question)
    };
    let sales = drawn("+12025550101", &["ana=busy"]);
    assert!(!sales.contains("ana answers") && sales.contains("ben answers:  talks to ben-desk"), "{sales}");
    let nobody = drawn("+12025550101", &["group:sales=busy"]);
    assert!(!nobody.contains("answers") && nobody.contains("busy:  number:+12025550101#2"), "{nobody}");
    let mobile = drawn("+12025550104", &["+12025550152=answers"]);
    assert!(mobile.contains("+12025550152 answers:  talks to") && !mobile.contains("voicemail"), "{mobile}");
}
