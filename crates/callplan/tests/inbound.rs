//! Lines for texts: which of the three levels says what becomes of calls to them.

mod larch;

use callplan::{
    Site,
    explain::{Question, explain},
    proof::ended,
    shown::prose,
};
use clock::Wall;
use larch::{larch, larch_with};

/// A Friday morning in March 2026.
const MORNING: Wall = Wall::from_unix_micros(1_773_410_400_000_000);
const TO: &str = "+12025550110";

/// What a call comes to of somebody whom Ana texted last, and what is told of who says so.
fn goes(site: &Site, assumed: &[&str]) -> (String, String) {
    let mut question = Question::read(site, "+12025550142", TO, MORNING).expect("it can be asked");
    question.tell(site, "contact.last_texter=ana").expect("a fact");
    question.tell(site, "contact.last_agent=ben").expect("a fact");
    assumed.iter().for_each(|text| question.assume(site, text).expect("it assumes something"));
    let course = explain(site, &question);
    let page = course.to_string();
    let told = page.lines().find_map(|line| line.strip_prefix("inbound   "));
    (ended(site, &course), told.unwrap_or_default().to_owned())
}

/// The site, with what each level says; an inbox is one where something is said of it, be it nothing.
fn line(site: Option<&str>, group: Option<&str>, inbox: Option<&str>) -> Site {
    let site = site.map_or_else(String::new, |says| format!("[inbound]\n{says}\n"));
    let group = group.map_or_else(String::new, |says| format!("inbound = {says}\n"));
    let inbox = inbox.map_or_else(String::new, |says| format!("inbound = {says}\n"));
    larch_with(&format!(
        "{site}[groups.texts]\nmembers = [\"cho\"]\next = 205\n{group}\
         [inboxes.campaign]\nnumber = \"{TO}\"\n{inbox}[numbers]\n\"{TO}\" = {{ label = \"Campaign\" }}"
    ))
}

/// Goal: the level that says something has the word, from the inbox up, and whoever asks is told which it is.
#[test]
fn each_level_has_the_word_where_it_says_something() {
    let (site, group, follows) = (Some("sticky = \"last-agent\""), Some("\"busy\""), Some("\"group:texts\""));
    let inbox = "inbox campaign";
    let usual = "as usual: inbox campaign follows group texts, and neither that nor the site says anything";
    for (site, group, inbox, ends, told) in [
        (None, None, None, "reject:decline", format!("{inbox} says nothing, so it takes no calls")),
        (site, group, None, "reject:decline", format!("{inbox} says nothing, so it takes no calls")),
        (site, group, Some("\"unallocated\""), "reject:unallocated", format!("{inbox} says so itself")),
        (site, group, follows, "reject:busy", format!("group texts says so, which {inbox} follows")),
        (
            site,
            None,
            follows,
            "person:ben",
            format!("the site says so: {inbox} follows group texts, which says nothing"),
        ),
        (site, group, Some("\"site\""), "person:ben", format!("the site says so, which {inbox} follows")),
        (None, None, follows, "person:ana", usual.to_owned()),
        (
            None,
            None,
            Some("\"site\""),
            "person:ana",
            format!("as usual: {inbox} follows the site, which says nothing"),
        ),
    ] {
        let line = line(site, group, inbox);
        let answers = ["ana=answers", "ben=answers", "cho=answers"];
        assert_eq!(goes(&line, &answers), (ends.to_owned(), told), "{site:?} {group:?} {inbox:?}");
    }
}

/// Goal: whoever texted last is rung, then the number that is set, and then the caller is refused as it says.
#[test]
fn the_last_agent_comes_before_the_number_that_is_set() {
    let says = "{ sticky = \"last-texter\", for = \"20s\", forward = \"+12025550160\", reject = \"busy\" }";
    let line = line(None, None, Some(says));
    assert_eq!(goes(&line, &["ana=answers"]).0, "person:ana");
    assert_eq!(goes(&line, &["+12025550160=answers"]).0, "number:+12025550160");
    assert_eq!(goes(&line, &["+12025550160=answers-without-key"]).0, "number:+12025550160");
    assert_eq!(goes(&line, &["+12025550160=busy"]).0, "reject:busy");
    let plan = line.plan(&format!("number:{TO}")).expect("it is built in");
    let told = prose(&line, plan);
    assert!(told.contains("Whoever texted the caller last is rung for 20 seconds."), "{told}");
    assert_eq!(line.origin(plan).to_string(), "built in, a line for texts: inbox campaign says so itself");
}

/// Goal: a number needs no inbox to be a line for texts.
#[test]
fn a_number_may_be_a_line_by_itself() {
    let site = larch_with(&format!(
        "[groups.texts]\nmembers = [\"cho\"]\next = 205\ninbound = \"last-agent\"\n\
         [numbers]\n\"{TO}\" = {{ inbound = \"group:texts\" }}"
    ));
    assert!(larch().numbers.iter().all(|number| number.line.is_none()));
    let told = "group texts says so, which the number follows".to_owned();
    assert_eq!(goes(&site, &["ben=answers"]), ("person:ben".to_owned(), told));
}
