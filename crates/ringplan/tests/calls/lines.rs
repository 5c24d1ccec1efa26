//! What the operator sees of a queue while somebody waits in it.

use serde_json::{Value, json};

use crate::{
    house::Site,
    phones::{registered, until},
    ua::News,
};

/// The queue as a script sees it, once it is as is `wanted`: the switch is asked over and over.
fn shown(site: &Site, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut seen = String::new();
    let mut look = || {
        seen = site.run(&["queues", "help", "--json"]).out;
        serde_json::from_str(&seen).ok().filter(&wanted)
    };
    let queue = (0..500).find_map(|_| look());
    queue.unwrap_or_else(|| panic!("not in time: {seen}"))
}

/// Goal: who waits is shown with their place, and each who serves with what they do, from the first ring to the wrap-up.
#[test]
fn a_queue_is_shown_with_who_waits_and_who_serves() {
    let site = Site::new("queues-shown");
    site.write(
        "queue.toml",
        "[queues.help]\next = 300\nmembers = [\"ben\"]\neach = \"1m\"\nwrap = \"2m\"\nmax_wait = \"5m\"\n\
         when_waited = \"voicemail:office\"\nwhen_unstaffed = \"voicemail:office\"\n",
    );
    let nowhere = site.run(&["queues"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("no daemon runs"), "{nowhere:?}");
    let daemon = site.serve();
    let idle = shown(&site, |_| true);
    assert_eq!(
        (&idle["open"], &idle["waiting"], &idle["longest_s"]),
        (&true.into(), &0.into(), &Value::Null)
    );
    assert_eq!((&idle["absent"], &idle["free"]), (&json!(["ben"]), &json!([])));
    let (mut ana, mut ben) = (registered(&site, "ana-desk"), registered(&site, "ben-desk"));
    assert_eq!(shown(&site, |queue| queue["free"] == json!(["ben"]))["absent"], json!([]));
    ana.call("300", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    until(&mut ben, |news| matches!(news, News::Called(_)));
    let rings = shown(&site, |queue| queue["rung"] == json!(["ben"]));
    let caller = &rings["callers"][0];
    assert_eq!(
        (&rings["waiting"], &caller["position"], &caller["from"]),
        (&1.into(), &1.into(), &"ana".into())
    );
    assert_eq!((&caller["rung"], &caller["at_home"]), (&json!(["ben"]), &false.into()));
    let callers = site.run(&["queues", "help"]).out;
    assert!(callers.starts_with("POSITION") && callers.contains("ana"), "{callers}");
    let table = site.run(&["queues"]).out;
    assert!(
        table.contains("WAITING") && table.lines().nth(1).is_some_and(|row| row.contains("ben")),
        "{table}"
    );
    ben.answer().expect("loopback has sockets");
    let talks = shown(&site, |queue| queue["talks"] == json!(["ben"]));
    assert_eq!((&talks["waiting"], &talks["rung"]), (&0.into(), &json!([])));
    ana.hang_up();
    until(&mut ben, |news| *news == News::HungUp);
    shown(&site, |queue| queue["wraps"] == json!(["ben"]));
    assert_eq!(site.run(&["queues", "help"]).out, "nobody waits\n");
    ben.call("*45300", "").expect("loopback has sockets");
    until(&mut ben, |news| *news == News::Answered);
    shown(&site, |queue| queue["out"] == json!(["ben"]));
    let unknown = site.run(&["queues", "nobody"]);
    assert!(unknown.code == 1 && unknown.err.contains("there is no queue `nobody`"), "{unknown:?}");
    daemon.stop();
}
