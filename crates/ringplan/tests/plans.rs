//! Plans on the command line: listed, shown, drawn.

mod house;

use std::fs;

use house::Site;
use serde_json::Value;

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.write(
        "plans.toml",
        "[plans.main]\nsteps = [{ ring = \"person:ana\", busy = \"hangup\" }, { voicemail = \"office\" }]\n\
         [numbers]\n\"+12025550101\" = { label = \"Main\", plan = \"main\" }\n",
    );
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

#[test]
fn plans_are_listed_and_shown() {
    let site = site("plan-show");
    let list = site.run(&["plan", "list"]);
    assert!(list.code == 0 && list.out.contains("main"), "{list:?}");
    assert!(
        !list.out.contains("person:ana") && site.run(&["plan", "list", "--all"]).out.contains("person:ana")
    );
    let shown = site.run(&["plan", "show", "main"]);
    let page = "main: written, [plans.main]\nmain#1       ring person:ana, 2s; busy main#1.busy\n\
                main#1.busy  hangup\nmain#2       voicemail office\n";
    assert_eq!((shown.code, shown.out.as_str()), (0, page));
    let json: Value =
        serde_json::from_str(&site.run(&["plan", "show", "+12025550101", "--json"]).out).expect("it is JSON");
    assert_eq!((&json["name"], &json["nodes"][0]["id"]), (&Value::from("main"), &Value::from("main#1")));
    assert_eq!(json["nodes"][0]["leads"][0], serde_json::json!({ "on": "busy", "to": "main#1.busy" }));
    let all: Value = serde_json::from_str(&site.run(&["plan", "show", "--json"]).out).expect("it is JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert!(site.run(&["plan", "show", "default"]).out.contains("In this order: +12025550100"));
    let unknown = site.run(&["plan", "show", "mian"]);
    assert!(unknown.code == 1 && unknown.err.contains("there is no plan `mian`: `main`?"), "{unknown:?}");
}

#[test]
fn a_plan_is_told_in_sentences() {
    let told = site("plan-describe").run(&["plan", "describe", "main"]);
    let page = "Calls to +12025550101 (Main): the plan \"main\"\n  1. Ana is rung for 2 seconds. If the line is busy, the call ends.\n  \
                2. If nobody takes the call, the caller can leave a message for the mailbox \"office\", of up to 1 minute.\n";
    assert_eq!((told.code, told.out.as_str()), (0, page));
}

/// Goal: no colour where nobody sees it, and a picture where it was asked for.
#[test]
fn plans_are_drawn_on_paper_and_as_pictures() {
    let site = site("plan-graph");
    let drawn = site.run(&["plan", "graph", "main"]);
    let page = "main  written, [plans.main]; called at +12025550101 (Main)\n● main#1  ring person:ana, 2s\n\
                ├─ busy ▸ main#1.busy  hangup\n│ else, 2s\n◆ main#2  voicemail office\n";
    assert_eq!((drawn.code, drawn.out.as_str()), (0, page));
    let all = site.run(&["plan", "graph", "--all", "--svg", "-"]);
    assert!(all.code == 0 && all.out.starts_with("<svg ") && all.out.contains(">+12025550100<"), "{all:?}");
    let file = site.folder.join("main.svg");
    let ran = site.run(&["plan", "graph", "main", "--svg", &file.to_string_lossy()]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let picture = fs::read_to_string(file).expect("it was written");
    assert!(picture.contains(">busy</text>") && !picture.contains(">+12025550100<"));
    let ran = site.run(&["plan", "graph", "main", "--svg", "/nowhere/main.svg"]);
    assert!(ran.code == 1 && ran.err.contains("/nowhere/main.svg"), "{ran:?}");
    assert_eq!(site.run(&["plan", "graph"]).code, 2);
}
