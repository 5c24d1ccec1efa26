//! A phone that tries what happens at another time, while everybody else has the present.

mod house;

use house::{Ran, Site};
use serde_json::Value;

const SHOP: &str = "[hours.shop]\nmon-sun = [\"00:00-24:00\"]\n\
    holidays = [{ date = \"2035-12-25\", name = \"Christmas Day\" }]\n\
    [plans.main]\nsteps = [{ unless = \"hours:shop\", goto = \"plan:shut\" }, { reject = \"busy\" }]\n\
    [plans.shut]\nsteps = [{ forward = \"+12025550177\", for = \"2s\" }, { voicemail = \"office\" }]\n\
    [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n";

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.change("person = \"ana\", mailbox = \"office\" }", "plan = \"main\" }");
    site.change(
        "ana = { ext = 101 }",
        "ana = { ext = 101, present = \"+12025550100\", allow = [\"internal\"] }",
    );
    site.write("shop.toml", SHOP);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

fn calls(site: &Site, from: &str) -> Ran {
    site.run(&["dial", "--from", from, "--to", "12025550100", "--for", "500ms", "--expect", "shut#2"])
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:?}"))
}

#[test]
fn one_phone_rehearses_and_another_does_not() {
    let site = site("rehearsals");
    let daemon = site.serve();
    let ran = site.run(&["rehearse", "ana", "--at", "2035-12-25T10:00", "--for", "10m"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.starts_with("person:ana rehearses 2035-12-25T10:00"), "{ran:?}");
    daemon.says("person:ana rehearses");
    let shown = json(&site.run(&["rehearse", "--json"]));
    assert_eq!((&shown[0]["who"], &shown[0]["from"]), (&"person:ana".into(), &Value::Null));
    // Nobody is at the carrier's address: had the number been called, the step would not have lasted.
    let ran = calls(&site, "ana-desk");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = calls(&site, "ben-desk");
    assert!(ran.code == 1 && ran.out.contains("486"), "{ran:?}");
    // It is captured with the time that it saw, and counts in no figure.
    assert!(site.run(&["capture"]).code == 0);
    let counted = json(&site.run(&["coverage", "--calls", "90d", "--json"]));
    assert_eq!(counted["calls"], 1, "{counted}");
    assert_eq!(site.run(&["rehearse", "ana", "--end"]).out, "person:ana rehearses no longer\n");
    let ran = calls(&site, "ana-desk");
    assert!(ran.code == 1 && ran.out.contains("486"), "{ran:?}");
    assert_eq!(site.run(&["rehearse"]).out, "nobody rehearses\n");
}

#[test]
fn what_can_not_be_rehearsed_is_refused_with_what_could_be_meant() {
    let site = site("rehearsals-not");
    let daemon = site.serve();
    for (arguments, code, why) in [
        (&["rehearse", "ana"][..], 2, "--at 2026-12-25T10:00"),
        (&["rehearse", "ana", "--at", "soon"], 1, "soon"),
        (&["rehearse", "ana", "--at", "Fri 2035-12-25 10:00"], 1, "Tuesday"),
        (&["rehearse", "nobody", "--at", "2035-12-25T10:00"], 1, "there is no person or phone nobody"),
        (&["rehearse", "ana", "--at", "2035-12-25T10:00", "--for", "1s"], 2, "from 1m to 24h"),
        (&["rehearse", "ana", "--at", "2035-12-25T10:00", "--from", "x"], 1, "x is no number"),
        (&["rehearse", "ana", "--end"], 1, "person:ana does not rehearse"),
    ] {
        let ran = site.run(arguments);
        assert!(ran.code == code && ran.err.contains(why), "{arguments:?}: {ran:?}");
    }
    let ran = site.run(&["rehearse", "phone:ana-desk", "--at", "2035-12-25T10:00", "--from", "+12025550142"]);
    assert!(ran.out.contains("phone:ana-desk rehearses") && ran.out.contains("+12025550142"), "{ran:?}");
    // The process after it knows nothing of it.
    daemon.stop();
    let daemon = site.serve();
    assert_eq!(site.run(&["rehearse"]).out, "nobody rehearses\n");
    daemon.stop();
}
