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
