//! A site and itself: nothing is different between them, whatever it has.

mod larch;
mod random;
mod shipped;

use callplan::{Site, diff::diff, explain::read_time, load, ways::Horizon};
use larch::{larch, larch_with};
use proptest::{strategy::Strategy as _, strategy::ValueTree as _, test_runner::TestRunner};
use random::{loaded, text, whole};

/// A line that may be full, that nobody may serve, and that callers may leave for a call back.
const LINE: &str = r#"
[queues.help]
members = ["ana", "ben"]
each = "15s"
callback = { offer_after = "60s", key = "1" }
max_callers = 3
when_full = "voicemail:reception"
max_wait = "8m"
when_waited = "voicemail:reception"
when_unstaffed = "voicemail:reception"
[numbers]
"+12025550105" = { queue = "help" }
"#;

fn differences(old: &Site, new: &Site) -> Vec<String> {
    let at = |text| read_time(&new.timezone, text).expect("a time");
    let horizon = Horizon { from: at("2026-03-09 00:00"), until: at("2026-03-16 00:00") };
    diff(old, new, horizon).differences.iter().map(|it| it.sentence(&new.timezone, horizon)).collect()
}

#[test]
fn a_line_differs_from_itself_in_nothing() {
    let site = larch_with(LINE);
    assert_eq!(differences(&site, &site), [""; 0]);
}

#[test]
fn one_more_who_serves_a_line_leaves_it_unstaffed_as_it_was() {
    let more = larch_with(&LINE.replace("[\"ana\", \"ben\"]", "[\"ana\", \"ben\", \"cho\"]"));
    for told in differences(&larch_with(LINE), &more) {
        assert!(!told.contains("nobody signed in") && !told.contains("line is full"), "{told}");
    }
}

#[test]
fn another_end_of_an_unstaffed_line_is_told_once() {
    let unstaffed = LINE.replace("when_unstaffed = \"voicemail:reception\"", "when_unstaffed = \"hangup\"");
    let told = differences(&larch_with(LINE), &larch_with(&unstaffed));
    assert_eq!(told, ["+12025550105, if nobody signed in: was voicemail:reception, now hang up"]);
}

/// Goal: what the switch says of its own is told in the words that are heard.
#[test]
fn a_difference_tells_a_shipped_prompt_in_its_words() {
    let of = |greeting: &str| {
        let line =
            LINE.replace("when_unstaffed = \"voicemail:reception\"", "when_unstaffed = \"voicemail:fax\"");
        larch_with(&format!("{line}[mailboxes]\nfax = {{ {greeting}max = \"1m\" }}\n"))
    };
    let told = differences(&of(""), &of("greeting = \"closed\", "));
    let words = "was the caller hears \"Please leave a message after the tone.\" after 0 s, now";
    assert!(told.iter().any(|sentence| sentence.contains(words)), "{told:#?}");
}

#[test]
fn sites_that_ship_differ_from_themselves_in_nothing() {
    let starter = load(&shipped::starter(), &shipped::Etc).expect("it loads").0;
    for site in [larch(), starter] {
        assert_eq!(differences(&site, &site), [""; 0]);
    }
}

/// Goal: the same of sites with random plans, those with queues, mobiles and calls sent on among them.
#[test]
fn a_random_site_differs_from_itself_in_nothing() {
    let mut runner = TestRunner::deterministic();
    let mut sites = 0;
    while sites < 30 {
        let drawn = [text().boxed(), whole().boxed()].map(|it| it.new_tree(&mut runner).unwrap().current());
        for text in drawn {
            let Some(site) = loaded(&text) else { continue };
            sites += 1;
            let found = differences(&site, &site);
            assert!(found.is_empty(), "{text}\n{found:#?}");
        }
    }
}
