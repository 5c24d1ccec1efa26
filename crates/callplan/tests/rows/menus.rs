//! §1.3: menus.

use callplan::{
    Keys,
    explain::{dialled, read_time},
};

use super::desk::{Desk, desk};

const TO: &str = "+12025550101";

/// A number that a menu answers with these keys.
fn menu(keys: &str) -> Desk {
    menu_with("silence = { after = \"5s\", then = \"hangup\" }\ninvalid = { then = \"hangup\" }", keys)
}

fn menu_with(exits: &str, keys: &str) -> Desk {
    desk(&format!(
        "[groups.sales]\nmembers = [\"ana\", \"ben\"]\ntotal = \"10s\"\n\
         [menus.billing]\ngreeting = \"closed\"\nkeys = {{ 1 = \"person:cho\" }}\n\
         silence = {{ after = \"5s\", then = \"menu:main\" }}\ninvalid = {{ then = \"hangup\" }}\n\
         [menus.main]\ngreeting = \"hello\"\n{exits}\n[menus.main.keys]\n9 = \"menu:billing\"\n{keys}\n\
         [numbers]\n\"{TO}\" = {{ menu = \"main\" }}"
    ))
}

#[test]
fn row_32_a_number_answers_with_a_menu() {
    assert_eq!(
        menu("1 = \"person:tom\"").goes(TO, &["press 1", "tom=answers"]),
        "hears hello, tom 2-7, person:tom"
    );
}

#[test]
fn row_33_a_menu_greets_from_a_file() {
    let row = format!(
        "[menus.main]\ngreeting = {{ file = \"hello.wav\" }}\nkeys = {{ 1 = \"person:tom\" }}\n\
         silence = {{ after = \"5s\", then = \"hangup\" }}\ninvalid = {{ then = \"hangup\" }}\n\
         [numbers]\n\"{TO}\" = {{ menu = \"main\" }}"
    );
    assert_eq!(desk(&row).goes(TO, &[]), "hears hello.wav, hangup");
}

#[test]
fn row_33_a_menu_greets_with_a_text_that_is_said() {
    let greets = |greeting: &str| {
        format!(
            "[prompts]\nday = {{ say = \"Good day.\" }}\n\
             [menus.main]\ngreeting = {greeting}\nkeys = {{ 1 = \"person:tom\" }}\n\
             silence = {{ after = \"5s\", then = \"hangup\" }}\ninvalid = {{ then = \"hangup\" }}\n\
             [numbers]\n\"{TO}\" = {{ menu = \"main\" }}"
        )
    };
    assert_eq!(desk(&greets("{ say = \"Good day.\" }")).goes(TO, &[]), "hears Good day., hangup");
    assert_eq!(desk(&greets("\"day\"")).goes(TO, &["press 1"]), "hears day, tom 2-32, voicemail:tom");
}

/// Who may record a greeting; what then becomes of it stands with the daemon, which hears it.
#[test]
fn row_33_a_greeting_is_recorded_by_telephone() {
    let desk = desk(
        "[people]\ndan = { ext = 131, allow_prompts = true }\n[phones]\ndan-desk = { person = \"dan\" }\n\
         [prompts]\nday = { file = \"hello.wav\", recorded = \"1\" }\n\
         [plans.day]\nsteps = [{ play = \"day\" }, { hangup = true }]\n\
         [numbers]\n\"+12025550101\" = { plan = \"day\" }",
    );
    let at = read_time(&desk.site.timezone, "Fri 2026-03-13 10:00").expect("a time");
    let gets = |who: &str| dialled(&desk.site, who, "*771", at).expect("no plan decides").lines.concat();
    let recorded = gets("dan-desk");
    assert!(recorded.contains("speak after the tone") && recorded.contains("1 keeps it"), "{recorded}");
    assert!(gets("tom-desk").starts_with("refused with 403"), "{}", gets("tom-desk"));
    assert_eq!(desk.goes(TO, &[]), "hears day, announcement");
}

#[test]
fn row_41_silence_leads_to_a_text_that_stands_beside_it() {
    let row = format!(
        "[menus.main]\ngreeting = {{ say = \"For Tom press 1.\" }}\nkeys = {{ 1 = \"person:tom\" }}\n\
         silence = {{ after = \"5s\", then = {{ say = \"Goodbye.\" }} }}\ninvalid = {{ then = \"hangup\" }}\n\
         [numbers]\n\"{TO}\" = {{ menu = \"main\" }}"
    );
    assert_eq!(desk(&row).goes(TO, &[]), "hears For Tom press 1., hears Goodbye., announcement");
}

/// Goal: every key of a telephone leads where it says, and no two to the same.
#[test]
fn row_34_all_twelve_keys_lead_somewhere() {
    let people = ["rosa", "tom", "ana", "ben", "cho"];
    let place = |at: usize| match at {
        0..5 => (format!("person:{}", people[at]), format!("voicemail:{}", people[at])),
        5..10 => (format!("voicemail:{}", people[at - 5]), format!("voicemail:{}", people[at - 5])),
        10 => ("voicemail:sales".to_owned(), "voicemail:sales".to_owned()),
        _ => ("group:sales".to_owned(), "voicemail:last".to_owned()),
    };
    let keys: String = Keys::ORDER
        .iter()
        .enumerate()
        .filter(|(_, key)| **key != '9')
        .map(|(at, key)| format!("\"{key}\" = \"{}\"\n", place(at).0))
        .collect();
    let menu = menu(&keys);
    assert_eq!(Keys::ORDER.len(), 12);
    for (at, key) in Keys::ORDER.iter().enumerate().filter(|(_, key)| **key != '9') {
        let goes = menu.goes(TO, &[&format!("press {key}")]);
        assert!(goes.starts_with("hears hello") && goes.ends_with(&place(at).1), "{key}: {goes}");
    }
    assert_eq!(
        menu.goes(TO, &["press 9 1", "cho=answers"]),
        "hears hello, hears closed, cho 4-9, person:cho"
    );
}

/// Goal: an extension takes the caller to whoever has it, as soon as it can be no other, and where no key is lost to it.
#[test]
fn row_34_extensions_are_dialled_where_the_menu_takes_them() {
    let exits = "dial_extension = true\nsilence = { after = \"5s\", then = \"hangup\" }\ninvalid = { then = \"hangup\" }";
    let menu = menu_with(exits, "2 = \"person:cho\"");
    for (press, goes) in [
        ("1 0 2", "hears hello, tom 2-32, voicemail:tom"),
        ("1 1 1", "hears hello, ana 2-32, voicemail:ana"),
        ("2", "hears hello, cho 2-32, voicemail:cho"),
        ("9 1", "hears hello, hears closed, cho 4-34, voicemail:cho"),
        ("1 9 9", "hears hello, hangup"),
    ] {
        assert_eq!(menu.goes(TO, &[&format!("press {press}")]), goes, "{press}");
    }
    // Elsewhere these are keys like any other.
    let plain = menu_with(&exits.replace("dial_extension = true\n", ""), "2 = \"person:cho\"");
    assert_eq!(plain.goes(TO, &["press 1 0 2"]), "hears hello, hangup");
}

#[test]
fn row_35_a_key_rings_a_person() {
    assert_eq!(menu("1 = \"person:tom\"").goes(TO, &["press 1"]), "hears hello, tom 2-32, voicemail:tom");
}

#[test]
fn row_36_a_key_rings_a_group() {
    assert_eq!(
        menu("1 = \"group:sales\"").goes(TO, &["press 1"]),
        "hears hello, ana 2-12, ben 2-12, voicemail:last"
    );
}

/// Goal: menus lead to each other by keys, however often, but never round by themselves.
#[test]
fn row_37_a_key_leads_to_another_menu() {
    let menus = menu("1 = \"person:tom\"");
    assert_eq!(
        menus.goes(TO, &["press 9 - 1"]),
        "hears hello, hears closed, hears hello, tom 11-41, voicemail:tom"
    );
    let round = "[menus.a]\ngreeting = \"hello\"\nkeys = { 1 = \"person:tom\" }\ninvalid = { then = \"hangup\" }\n\
                 silence = { after = \"5s\", then = \"menu:a\" }\n[numbers]\n\"+12025550101\" = { menu = \"a\" }";
    let refused = std::panic::catch_unwind(|| desk(round)).err().expect("it goes round");
    assert!(refused.downcast_ref::<String>().is_some_and(|why| why.contains("C407")));
}

#[test]
fn row_38_a_key_forwards_to_a_number_outside() {
    let goes = menu("1 = \"number:+12025550160\"").goes(TO, &["press 1"]);
    assert_eq!(goes, "hears hello, +12025550160 2-32, voicemail:last");
}

#[test]
fn row_39_a_key_plays_a_message_and_hangs_up() {
    assert_eq!(menu("1 = \"play:closed\"").goes(TO, &["press 1"]), "hears hello, hears closed, announcement");
}

/// Goal: what a key says may stand where the key does, said or recorded, and nothing follows it unless it says so.
#[test]
fn row_39_a_key_says_a_text_that_stands_beside_it() {
    let text = "say = \"We are at 12 Quay Street.\"";
    let heard = "hears hello, hears We are at 12 Quay Street.";
    for (key, end) in [
        (format!("{{ {text} }}"), "announcement"),
        (format!("{{ play = {{ {text} }} }}"), "announcement"),
        (format!("{{ play = {{ {text} }}, then = \"hangup\" }}"), "announcement"),
        (format!("{{ {text}, then = \"voicemail:ana\" }}"), "voicemail:ana"),
        (
            format!("{{ {text}, language = \"en-GB\", then = \"menu:billing\" }}"),
            "hears closed, hears hello, hangup",
        ),
    ] {
        let menu = menu(&format!("1 = {key}"));
        assert_eq!(menu.goes(TO, &["press 1"]), format!("{heard}, {end}"));
    }
}

#[test]
fn row_40_a_key_leads_to_somebodys_voicemail() {
    assert_eq!(menu("1 = \"voicemail:ana\"").goes(TO, &["press 1"]), "hears hello, voicemail:ana");
}

/// Goal: silence repeats the greeting as often as it says, then leaves; a menu that does not say so is refused.
#[test]
fn row_41_silence_repeats_and_then_leads_on() {
    let invalid = "invalid = { then = \"hangup\" }";
    for (then, end) in [
        ("voicemail:sales", "voicemail:sales"),
        ("number:+12025550160", "+12025550160 21-51, voicemail:last"),
        ("hangup", "hangup"),
    ] {
        let silence = format!("silence = {{ after = \"5s\", repeat = 2, then = \"{then}\" }}\n{invalid}");
        let goes = menu_with(&silence, "1 = \"person:tom\"").goes(TO, &[]);
        assert_eq!(goes, format!("hears hello, hears hello, hears hello, {end}"));
    }
    let refused = std::panic::catch_unwind(|| menu_with(invalid, "1 = \"person:tom\"")).err();
    assert!(refused.expect("a trap").downcast_ref::<String>().is_some_and(|why| why.contains("C431")));
}

/// Goal: wrong keys are counted apart from silence.
#[test]
fn row_42_a_wrong_key_has_its_own_count() {
    let exits = "silence = { after = \"5s\", repeat = 1, then = \"voicemail:sales\" }\n\
                 invalid = { repeat = 2, then = \"voicemail:last\" }";
    let menu = menu_with(exits, "1 = \"person:tom\"");
    assert_eq!(menu.goes(TO, &["press 5 5 5"]), "hears hello, hears hello, hears hello, voicemail:last");
    let mixed = menu.goes(TO, &["press 5 - 5 -"]);
    assert_eq!(mixed, "hears hello, hears hello, hears hello, hears hello, voicemail:sales");
}
