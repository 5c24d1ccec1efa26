//! Which scene shows what a plan can do: the built daemon does it once for a real caller.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use xtask::shell::top;

/// What is shown, the case of it, and the scene of `scenarios/sipp` that shows it.
const SHOWN: [(&str, &str, &str); 66] = [
    ("step", "agent", "63-agent"),
    ("step", "ask", "48-ask-key"),
    ("step", "busy", "05-busy"),
    ("step", "declined", "06-declined"),
    ("step", "directory", "67-directory"),
    ("step", "else", "08-no-answer-to-voicemail"),
    ("step", "for", "08-no-answer-to-voicemail"),
    ("step", "forward", "29-sent-on"),
    ("step", "goto", "16-closed-hours"),
    ("step", "hangup", "16-closed-hours"),
    ("step", "key", "48-ask-key"),
    ("step", "language", "65-said"),
    ("step", "layers", "54-layers"),
    ("step", "menu", "45-menu-in-menu"),
    ("step", "play", "16-closed-hours"),
    ("step", "queue", "40-queue-in-order"),
    ("step", "reject", "61-reject"),
    ("step", "ring", "12-trunk-inbound"),
    ("step", "say", "65-said"),
    ("step", "say_hours", "66-say-hours"),
    ("step", "screen", "56-screened"),
    ("step", "sticky", "55-sticky"),
    ("step", "then", "51-hours-holiday"),
    ("step", "voicemail", "08-no-answer-to-voicemail"),
    ("step", "within", "49-ask-silence"),
    ("guard", "when", "52-ring-phone"),
    ("guard", "unless", "16-closed-hours"),
    ("ring", "group", "09-all-ring"),
    ("ring", "person", "12-trunk-inbound"),
    ("ring", "phone", "52-ring-phone"),
    ("ring", "rota", "53-ring-rota"),
    ("ring", "mobile", "59-mobile"),
    ("ring", "where a person sends calls", "60-person-forwards"),
    ("group", "all", "09-all-ring"),
    ("group", "in-order", "10-in-order"),
    ("group", "round-robin", "11-round-robin"),
    ("queue", "all", "39-queue-all"),
    ("queue", "fewest-calls", "41-queue-fewest-calls"),
    ("queue", "in-order", "40-queue-in-order"),
    ("queue", "least-talk", "42-queue-least-talk"),
    ("queue", "longest-idle", "38-queue-longest-idle"),
    ("queue", "random", "43-queue-random"),
    ("queue", "round-robin", "37-queue-round-robin"),
    ("queue", "weighted", "44-queue-weighted"),
    ("queue", "waited too long", "62-queue-waited"),
    ("menu", "key", "45-menu-in-menu"),
    ("menu", "menu in a menu", "45-menu-in-menu"),
    ("menu", "wrong key", "46-menu-wrong-key"),
    ("menu", "silence", "47-menu-silence"),
    ("ask", "key", "48-ask-key"),
    ("ask", "silence", "49-ask-silence"),
    ("screen", "accepted", "56-screened"),
    ("screen", "declined", "57-screen-declined"),
    ("screen", "no key", "58-screen-no-key"),
    ("agent", "answers", "63-agent"),
    ("agent", "refuses", "64-agent-refuses"),
    ("ringback", "music", "68-ringback-music"),
    ("hours", "open", "17-open-hours"),
    ("hours", "closed", "16-closed-hours"),
    ("hours", "holiday", "51-hours-holiday"),
    ("hours", "forced by a key", "50-hours-forced"),
    ("hours", "held by the operator", "69-hours-held"),
    ("hours", "told", "66-say-hours"),
    ("outcome", "answered", "03-answered"),
    ("outcome", "busy", "05-busy"),
    ("outcome", "no answer", "08-no-answer-to-voicemail"),
];

fn schema() -> Value {
    serde_json::from_str(&callplan::schema()).expect("it is JSON")
}

fn shown(what: &str) -> BTreeSet<String> {
    SHOWN.iter().filter(|(own, ..)| *own == what).map(|(_, case, _)| (*case).to_owned()).collect()
}

fn words(of: &Value) -> BTreeSet<String> {
    let words = of.as_array().expect("it has words").iter();
    words.map(|word| word.as_str().expect("a word").to_owned()).collect()
}

/// Goal: each key of a step is shown by a scene, and nothing is shown that there is not.
#[test]
fn whatever_a_step_can_do_is_shown() {
    let schema = schema();
    let keys = schema["$defs"]["step"]["properties"].as_object().expect("a step has keys");
    let keys: BTreeSet<String> = keys.keys().cloned().collect();
    let [steps, guards] = ["step", "guard"].map(shown);
    assert_eq!(keys, steps.union(&guards).cloned().collect());
}

/// Goal: each order in which a queue may ring is shown by a scene.
#[test]
fn every_order_of_a_queue_is_shown() {
    let schema = schema();
    let queues = schema["properties"]["queues"]["patternProperties"].as_object().expect("they have names");
    let queue = queues.values().next().expect("there is one shape of them");
    let orders = words(&queue["properties"]["ring"]["enum"]);
    let shown = shown("queue");
    let missing: Vec<_> = orders.difference(&shown).collect();
    assert!(orders.len() > 5 && missing.is_empty(), "{missing:?} of {orders:?}");
}

/// Goal: a scene that is said to show something is there, and its site has what it is said to show.
#[test]
fn every_scene_that_shows_something_is_there() {
    let scenes = top().join("scenarios/sipp");
    let mut site = String::new();
    for file in ["site/calls.toml", "site/lines.toml", "site/site.toml", "spoken/spoken.toml"] {
        site += &fs::read_to_string(scenes.join(file)).expect("it is there");
    }
    for (what, case, scene) in SHOWN {
        assert!(scenes.join(format!("{scene}.scene")).is_file(), "{what} {case}: there is no scene {scene}");
        if what == "step" || what == "guard" {
            assert!(site.contains(&format!("{case} = ")), "{case} stands nowhere in the scenes' site");
        }
    }
}
