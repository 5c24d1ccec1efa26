//! §4: the directory.

use super::desk::{Desk, desk};

const TO: &str = "+12025550101";

/// Two of a name, one of a short one, one who is not listed and one who is masked.
fn names(more: &str) -> Desk {
    desk(&format!(
        r#"
        [people]
        eva = {{ name = "Eva Lopes" }}
        max = {{ name = "Max Lopes" }}
        bo = {{ name = "Bo Li" }}
        zoe = {{ name = "Zoë Quill", listed = false }}
        una = {{ name = "Una Quill", mask = "both" }}
        [phones]
        eva-desk = {{ person = "eva" }}
        max-desk = {{ person = "max" }}
        bo-desk = {{ person = "bo" }}
        [menus.main]
        greeting = "hello"
        silence = {{ after = "5s", then = "voicemail:sales" }}
        invalid = {{ then = "hangup" }}
        keys = {{ 8 = "directory" }}
        [plans.found]
        steps = [{{ directory = true }}, {{ voicemail = "last" }}]
        [numbers]
        "{TO}" = {{ menu = "main" }}
        "+12025550102" = {{ plan = "found" }}
        {more}"#
    ))
}

const ASK: &str =
    "hears Please spell the first letters of a name by the keys of your telephone, then press pound.";
const EVA: &str = "hears For Eva Lopes, press 1.";
const MAX: &str = "hears For Max Lopes, press 1.";

#[test]
fn a_name_is_found_by_its_letters_and_taken_by_a_key() {
    let names = names("");
    let goes = |press: &str| names.goes(TO, &[&format!("press {press}"), "eva=answers after 1s"]);
    // Eva by her first name, and by her last.
    for press in ["8 3 8 2 # 1", "8 5 6 7 # 1", "8 5 6 7 - 1"] {
        let goes = goes(press);
        assert!(goes.starts_with(&format!("hears hello, {ASK}, {EVA}, eva ")), "{press}: {goes}");
        assert!(goes.ends_with("person:eva"), "{press}: {goes}");
    }
    let bo = names.goes("+12025550102", &["press 5 4 # 1", "bo=answers after 1s"]);
    assert!(bo.starts_with(&format!("{ASK}, hears For Bo Li, press 1., bo ")), "{bo}");
}

#[test]
fn a_long_name_may_be_spelled_to_its_end() {
    let names = names("[people.gil]\nname = \"Gil Abernathy\"\n[phones.gil-desk]\nperson = \"gil\"");
    let gil = "hears For Gil Abernathy, press 1.";
    for press in ["2 2 3 7 6 2 # 1", "2 2 3 7 6 2 8 4 9 # 1"] {
        let presses = [&*format!("press {press}"), "gil=answers after 1s"];
        let goes = names.goes("+12025550102", &presses);
        assert!(goes.starts_with(&format!("{ASK}, {gil}, gil ")), "{press}: {goes}");
        let told = names.course("+12025550102", &presses).to_string();
        assert!(told.contains(": Gil Abernathy"), "{told}");
    }
}

/// Goal: of two of a name the other is a key or a while away, and behind the last the caller is asked again.
#[test]
fn who_shares_a_name_is_offered_in_turn() {
    let names = names("");
    for press in ["5 6 7 3 7 # 2 1", "5 6 7 3 7 # - 1"] {
        let goes = names.goes("+12025550102", &[&format!("press {press}"), "max=answers after 1s"]);
        assert!(goes.starts_with(&format!("{ASK}, {EVA}, {MAX}, max ")), "{press}: {goes}");
    }
    let none = names.goes("+12025550102", &["press 5 6 7 3 7 # - - - -"]);
    let nobody = "hears There is nobody else of such a name.";
    assert_eq!(none, format!("{ASK}, {EVA}, {MAX}, {nobody}, {ASK}, {ASK}, voicemail:last"));
}

/// Goal: nobody is trapped, and who is not to be found is not: silence and wrong names end after three rounds, behind a
/// key of a menu in that menu.
#[test]
fn three_rounds_without_anybody_end_it() {
    let names = names("");
    assert_eq!(names.goes("+12025550102", &[]), format!("{ASK}, {ASK}, {ASK}, voicemail:last"));
    let nobody = "hears There is nobody of such a name.";
    // Zoë and Una Quill, who are both not listed, and a name of nobody.
    let goes = names.goes("+12025550102", &["press 9 6 3 # 8 6 2 # 9 9 9 9 9 9 9 9 9 #"]);
    let round = format!("{ASK}, {nobody}");
    assert_eq!(goes, format!("{round}, {round}, {round}, voicemail:last"));
    let back = names.goes(TO, &["press 8 - - - -"]);
    assert_eq!(back, format!("hears hello, {ASK}, {ASK}, {ASK}, hears hello, voicemail:sales"));
    let told = names.course(TO, &["press 8 5 6 # 1"]).to_string();
    assert!(told.contains("spells 56: Eva Lopes, Max Lopes"), "{told}");
}

/// Goal: whoever can be found is reached for whoever asks what can come of a call.
#[test]
fn a_rule_knows_whom_the_directory_leads_to() {
    let ruled = |who: &str| names(&format!("[[always]]\nno_call_reaches = [\"person:{who}\"]")).site;
    let horizon = callplan::ways::Horizon {
        from: clock::Wall::from_unix_micros(1_773_000_000_000_000),
        until: clock::Wall::from_unix_micros(1_773_600_000_000_000),
    };
    for (who, holds) in [("max", false), ("bo", false), ("zoe", true), ("una", true)] {
        let failures = callplan::proof::failures(&ruled(who), horizon);
        assert_eq!(failures.is_empty(), holds, "{who}: {failures:?}");
    }
}
