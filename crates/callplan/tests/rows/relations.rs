//! §1.7: relationship routing.

use callplan::{explain::Finish, step::End};

use super::desk::desk;

const TO: &str = "+12025550101";

#[test]
fn row_67_a_line_that_takes_no_calls_refuses_them_as_it_likes() {
    for (word, status) in [("decline", 603), ("busy", 486), ("unallocated", 404)] {
        let plan = format!("[plans.inbox]\nsteps = [{{ reject = \"{word}\" }}]\n");
        let desk = desk(&format!("{plan}[numbers]\n\"{TO}\" = {{ plan = \"inbox\" }}"));
        let course = desk.course(TO, &[]);
        let Some(Finish::Ended(end @ End::Rejected(_))) = course.end else { panic!("{course}") };
        assert_eq!(end.status(), Some(status), "{word}");
        assert!(course.rung.is_empty());
    }
    let forwards = desk(
        "[plans.inbox]\nsteps = [{ forward = \"+12025550160\", for = \"20s\" }, { reject = \"decline\" }]\n\
         [numbers]\n\"+12025550101\" = { plan = \"inbox\" }",
    );
    assert_eq!(forwards.goes(TO, &[]), "+12025550160 0-20, reject:decline");
}

/// Goal: whoever is known gets through; who is not, and of whom nobody can tell, does not.
#[test]
fn row_69_only_who_is_known_gets_through() {
    let desk = desk(
        r#"[plans.group]
        steps = [
          { when = "contact.known", goto = "in" },
          { reject = "decline" },
        ]
        [plans.in]
        steps = [{ ring = "person:ana", for = "10s" }, { voicemail = "sales" }]
        [numbers]
        "+12025550101" = { plan = "group" }"#,
    );
    assert_eq!(desk.goes(TO, &["known yes"]), "ana 0-10, voicemail:sales");
    assert_eq!(desk.goes(TO, &["known no"]), "reject:decline");
    assert_eq!(desk.goes(TO, &[]), "reject:decline");
}

/// Goal: the same of a group's own line: being known to us is not enough for it.
#[test]
fn row_69_a_group_may_take_only_those_it_talks_with() {
    let desk = desk(
        r#"[groups.sales]
        members = ["ana", "ben"]
        total = "10s"
        [plans.group]
        steps = [{ when = "contact.known(group:sales)", ring = "group:sales" }, { reject = "decline" }]
        [numbers]
        "+12025550101" = { plan = "group" }"#,
    );
    let known = "fact contact.known=yes";
    assert_eq!(desk.goes(TO, &[known, "fact contact.group=sales"]), "ana 0-10, ben 0-10, reject:decline");
    assert_eq!(desk.goes(TO, &[known, "fact contact.group=none"]), "reject:decline");
}

/// A line to which a contact calls back.
fn line(sticky: &str) -> super::desk::Desk {
    desk(&format!(
        "[people]\nsam = {{ mobile = \"+12025550152\", ring = [{{ mobile = true }}], allow = [\"internal\", \"national\"] }}\n\
         [plans.line]\nsteps = [{{ {sticky} }}, {{ voicemail = \"sales\" }}]\n\
         [numbers]\n\"+12025550101\" = {{ plan = \"line\" }}"
    ))
}

#[test]
fn row_63_a_call_back_goes_to_who_texted_or_talked_last() {
    let texter = line("sticky = \"last-texter\", for = \"10s\"");
    assert_eq!(texter.goes(TO, &["fact contact.last_texter=tom"]), "tom 0-10, voicemail:sales");
    assert_eq!(texter.goes(TO, &["fact contact.last_texter=none"]), "voicemail:sales");
    assert_eq!(texter.goes(TO, &["fact contact.last_agent=tom"]), "voicemail:sales");
    let agent = line("sticky = \"last-agent\", within = \"30d\", for = \"10s\"");
    assert_eq!(agent.goes(TO, &["fact contact.last_agent=tom", "tom=answers"]), "tom 0-5, person:tom");
    assert_eq!(agent.goes(TO, &["fact contact.last_agent=none"]), "voicemail:sales");
}

/// Whoever texted last has no desk phone and is called outside, where they are asked.
fn asked() -> super::desk::Desk {
    line(
        "sticky = \"last-texter\", for = \"20s\", screen = { accept = \"1\", decline = \"2\", within = \"10s\" }",
    )
}

const SAM_TEXTED: &str = "fact contact.last_texter=sam";

#[test]
fn row_64_whoever_is_called_outside_is_asked_and_takes_the_call_by_a_key() {
    let course = asked().course(TO, &[SAM_TEXTED, "+12025550152=answers"]).to_string();
    assert!(course.contains("is asked: 1 takes the call, 2 declines it, within 10 s"), "{course}");
    let goes = asked().goes(TO, &[SAM_TEXTED, "+12025550152=answers"]);
    assert!(goes.ends_with("person:sam"), "{goes}");
}

/// Goal: whatever answers there without a key, such as a voicemail of theirs, has not taken the call; ours does.
#[test]
fn row_65_a_voicemail_that_answers_outside_never_takes_the_caller() {
    let goes = asked().goes(TO, &[SAM_TEXTED, "+12025550152=answers-without-key"]);
    assert!(goes.ends_with("voicemail:sales"), "{goes}");
}

#[test]
fn row_66_a_number_that_is_set_has_the_call_when_it_answers() {
    let desk = desk(
        "[plans.line]\nsteps = [{ forward = \"+12025550160\", for = \"20s\", screen = false }, { voicemail = \"sales\" }]\n\
         [numbers]\n\"+12025550101\" = { plan = \"line\" }",
    );
    for answers in ["answers", "answers-without-key"] {
        let goes = desk.goes(TO, &[&format!("+12025550160={answers}")]);
        assert_eq!(goes, "+12025550160 0-5, number:+12025550160", "{answers}");
    }
}

/// Goal: an inbox takes no calls unless it says so, a group does as the site unless it says so, and the site rings who
/// texted last.
#[test]
fn row_68_inbox_group_and_site_each_have_their_word() {
    let of = |more: &str| {
        desk(&format!(
            "[groups.sales]\nmembers = [\"ana\", \"ben\"]\n{more}\
             [inboxes.silent]\nnumber = \"+12025550101\"\n\
             [inboxes.loud]\nnumber = \"+12025550102\"\ninbound = {{ sticky = \"last-texter\", for = \"10s\" }}\n\
             [numbers]\n\"+12025550101\" = {{}}\n\"+12025550102\" = {{}}\n\
             \"+12025550103\" = {{ inbound = \"group:sales\" }}\n\"+12025550104\" = {{ inbound = \"site\" }}"
        ))
    };
    let last = ["fact contact.last_texter=tom"];
    let usual = of("");
    assert_eq!(usual.goes("+12025550101", &last), "reject:decline");
    assert_eq!(usual.goes("+12025550102", &last), "tom 0-10, reject:decline");
    assert_eq!(usual.goes("+12025550103", &last), "tom 0-30, reject:decline");
    assert_eq!(usual.goes("+12025550104", &last), "tom 0-30, reject:decline");
    let group = of("inbound = \"number:+12025550160\"\n");
    assert_eq!(group.goes("+12025550103", &last), "+12025550160 0-30, reject:decline");
    assert_eq!(group.goes("+12025550104", &last), "tom 0-30, reject:decline");
    let site = of("[inbound]\nreject = \"unallocated\"\n");
    assert_eq!(site.goes("+12025550103", &last), "reject:unallocated");
    assert_eq!(site.goes("+12025550102", &last), "tom 0-10, reject:decline");
    let told = |to: &str| site.course(to, &last).to_string();
    for (to, has_the_word) in [
        ("+12025550101", "inbox silent says nothing, so it takes no calls"),
        ("+12025550102", "inbox loud says so itself"),
        ("+12025550103", "the site says so: the number follows group sales, which says nothing"),
    ] {
        assert!(told(to).contains(&format!("inbound   {has_the_word}")), "{}", told(to));
    }
}

/// What is masked on the wire the simulator holds over every header of every leg (`crates/sim/tests/mask.rs` and the
/// ladders `mask-*`); here is where it can be said.
#[test]
fn row_70_plans_numbers_groups_and_people_may_be_masked() {
    let desk = desk(
        "[people]\nmia = { ext = 120, mask = \"both\" }\n[phones]\nmia-desk = { person = \"mia\" }\n\
         [groups.sales]\nmembers = [\"ana\"]\nmask = \"both\"\n\
         [plans.line]\nmask = \"both\"\nsteps = [{ ring = \"group:sales\" }, { ring = \"person:mia\" }, { hangup = true }]\n\
         [numbers]\n\"+12025550101\" = { plan = \"line\" }\n\"+12025550102\" = { person = \"ana\", mask = \"both\" }",
    );
    let site = &desk.site;
    let number = |number: &str| site.number(number.parse().expect("a number")).expect("it is ours");
    assert!(site[site.plan("line").expect("it is there")].mask);
    assert!(site[number("+12025550102")].shown.mask && !site[number("+12025550101")].shown.mask);
    assert!(site[site.group("sales").expect("it is there")].shown.mask);
    assert!(site[site.person("mia").expect("she is there")].mask);
}
