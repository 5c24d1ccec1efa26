//! Opening hours held by hand until a time and for a reason, and who tells of it.

mod house;

use house::{Ran, Site};
use serde_json::Value;

const OFFICE: &str = "[hours.office]\ntimezone = \"America/New_York\"\nmon-sun = [\"00:00-24:00\"]\ntoggle = \"*28\"\n\
    [plans.main]\nsteps = [{ unless = \"hours:office\", voicemail = \"office\" }, { ring = \"person:ana\" }, \
    { voicemail = \"office\" }]\n";

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.change("person = \"ana\", mailbox = \"office\" }", "plan = \"main\" }");
    site.write("hours.toml", OFFICE);
    site
}

/// It was done, and says these.
fn told(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in words {
        assert!(ran.out.contains(word), "{word} is missing in {ran:?}");
    }
}

#[test]
fn a_hold_is_told_with_its_end_and_reason_and_outlives_the_process() {
    let site = site("held");
    let daemon = site.serve();
    told(&site.run(&["close"]), &["nothing is held"]);
    let ran = site.run(&["close", "--until", "24:00", "stocktake"]);
    told(&ran, &["hours:office held closed until ", " 00:00: \"stocktake\""]);
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    daemon.says("hours office are held closed: stocktake");
    let shown = |site: &Site| {
        told(&site.run(&["open"]), &["office", "closed", "stocktake"]);
        told(&site.run(&["hours"]), &["office", "closed", "stocktake"]);
        told(&site.run(&["calendar"]), &["now held closed until ", " 00:00: \"stocktake\""]);
        let explained = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550100"]);
        told(&explained, &["hours:office held closed by hand until ", ": \"stocktake\"", "voicemail"]);
        // Of another day it says nothing.
        let later = ["explain", "--from", "+12025550142", "--to", "+12025550100", "--at", "2035-03-07T10:00"];
        let explained = site.run(&later);
        assert!(explained.code == 0 && !explained.out.contains("stocktake"), "{explained:?}");
    };
    shown(&site);
    daemon.stop();
    let daemon = site.serve();
    shown(&site);
    // The later word counts, whoever has it.
    let ran = site.run(&["hours", "office", "open"]);
    told(
        &ran,
        &["hours:office held open\n", "before: hours:office held closed until ", "the later word counts"],
    );
    let ran = site.run(&["close", "--auto"]);
    told(&ran, &["hours:office open\n"]);
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    daemon.says("hours office are left to themselves");
    let json: Value = serde_json::from_str(&site.run(&["hours", "--json"]).out).expect("it is JSON");
    assert_eq!((&json[0]["is"], &json[0]["held"]), (&"open".into(), &Value::Null));
    daemon.stop();
    let explained = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550100"]);
    assert!(!explained.out.contains("held"), "{explained:?}");
}

#[test]
fn what_can_not_be_held_is_refused_with_what_could_be_meant() {
    let site = site("held-not");
    let daemon = site.serve();
    let long = "x".repeat(81);
    for (arguments, why) in [
        (&["open", "--until", "soon"][..], "is no time: write 19:00"),
        (&["open", "--until", "00:00"], "is over: it is"),
        (&["open", "--until", "2027-03-14T02:30"], "the clocks go from 02:00 to 03:00"),
        (&["open", "--until", "2099-01-01T10:00"], "more than a year away"),
        (&["open", "--until", "24:00", "!?"], "is no reason"),
        (&["open", "--until", "24:00", &long], "81 letters"),
        (&["open", "19:00"], "write --until 19:00"),
        (&["open", "office"], "write --hours office"),
        (&["open", "--until", "24:00", "--hours", "shop"], "there are no hours shop"),
        (&["hours", "office", "ajar"], "none of open, closed and auto"),
    ] {
        let ran = site.run(arguments);
        assert!(ran.code == 1 && ran.err.contains(why), "{arguments:?}: {ran:?}");
    }
    told(&site.run(&["open"]), &["nothing is held"]);
    assert_eq!(site.run(&["open", "--auto", "stocktake"]).code, 2);
    // Of several somebody has to say which.
    site.write("shop.toml", "[hours.shop]\nmon-sun = [\"00:00-24:00\"]\n");
    assert_ne!(site.run(&["apply"]).code, 2);
    let ran = site.run(&["close", "--until", "24:00"]);
    assert!(ran.code == 1 && ran.err.contains("say which with --hours: office, shop"), "{ran:?}");
    told(&site.run(&["close", "--until", "24:00", "--hours", "shop"]), &["hours:shop held closed until "]);
    told(&site.run(&["close", "--hours", "office"]), &["nothing is held"]);
    daemon.stop();
}
