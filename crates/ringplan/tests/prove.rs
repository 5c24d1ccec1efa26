//! What can be proven of a config on the command line: what two of them do differently.

mod house;

use std::{fs, path::Path, process::Command};

use house::{Ran, Site};
use serde_json::Value;

fn site(name: &str) -> Site {
    let site = Site::new(name);
    plan(&site, "2s", "office");
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

fn plan(site: &Site, rings: &str, mailbox: &str) {
    site.write(
        "plans.toml",
        &format!(
            "[plans.main]\nsteps = [{{ ring = \"person:ana\", for = \"{rings}\" }}, {{ voicemail = \"{mailbox}\" }}]\n\
             [numbers]\n\"+12025550101\" = {{ label = \"Main\", plan = \"main\" }}\n"
        ),
    );
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is there").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            fs::copy(entry.path(), to).map(drop).expect("it can be copied")
        }
    }
}

#[test]
fn two_configs_are_compared_by_what_calls_do() {
    let site = site("diff");
    let before = site.folder.join("before");
    copy(&site.config(), &before);
    let before = before.to_string_lossy().into_owned();
    let same = site.run(&["diff", "--old", &before]);
    assert!(same.code == 0 && same.out.starts_with("no call goes differently"), "{same:?}");
    plan(&site, "4s", "office");
    let ran = site.run(&["diff", "--old", &before, "--year", "2027"]);
    let told =
        "+12025550101: was person:ana 2s, then voicemail:office, now person:ana 4s, then voicemail:office\n";
    assert_eq!((ran.code, ran.out.as_str()), (1, told), "{ran:?}");
    let told = json(&site.run(&["diff", "--old", &before, "--json"]));
    assert_eq!(told["differences"][0]["called"], serde_json::json!(["+12025550101"]));
    let command = told["differences"][0]["explain_new"].as_str().expect("there is one");
    assert!(command.starts_with("ringplan explain --from +1202555"), "{command}");
    let help = site.run(&["diff", "--help"]);
    assert!(help.out.contains("ringplan diff --old main"), "{help:?}");
    // What is refused is told with its first finding.
    site.write("plans.toml", "[plans.main]\nsteps = [{ ring = \"person:anna\" }]\n");
    let ran = site.run(&["diff", "--old", &before]);
    assert!(
        ran.code == 2
            && ran.err.contains("the config on disk is refused")
            && ran.err.contains("plans.toml:2"),
        "{ran:?}"
    );
    let ran = site.run(&["diff", "--old", "7"]);
    assert!(ran.code == 2 && ran.err.contains("version 7 is not kept"), "{ran:?}");
}

/// Goal: a version that ran is what a change is compared with if nothing else is said.
#[test]
fn the_config_on_disk_is_compared_with_what_was_applied() {
    let site = site("diff-applied");
    let ran = site.run(&["diff"]);
    assert!(ran.code == 2 && ran.err.contains("no version was applied yet"), "{ran:?}");
    let daemon = site.serve();
    assert_eq!(site.run(&["diff"]).code, 0);
    plan(&site, "2s", "ana");
    let ran = site.run(&["diff"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "+12025550101: was voicemail:office, now voicemail:ana\n"),
        "{ran:?}"
    );
    daemon.stop();
}

/// Goal: a branch is compared with the files on disk, and secrets need not be in git.
#[test]
fn a_revision_of_git_is_compared_with_the_config_on_disk() {
    let site = site("diff-git");
    let git = |words: &[&str]| {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(site.config())
            .args(["-c", "user.name=a", "-c", "user.email=a@b.example"])
            .args(words);
        command.env_remove("GIT_DIR").env("GIT_CONFIG_GLOBAL", "/dev/null");
        let ran = house::ran(command);
        assert_eq!(ran.code, 0, "{words:?} {ran:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    site.write(".gitignore", "secrets/\n");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    assert_eq!(site.run(&["diff", "--old", "main"]).code, 0);
    plan(&site, "2s", "ana");
    git(&["commit", "-q", "-a", "-m", "second"]);
    assert_eq!(site.run(&["diff", "--old", "main"]).code, 0);
    let ran = site.run(&["diff", "--old", "HEAD~1", "--new", "main"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "+12025550101: was voicemail:office, now voicemail:ana\n"),
        "{ran:?}"
    );
    let ran = site.run(&["diff", "--old", "mian"]);
    assert!(
        ran.code == 2 && ran.err.contains("mian is no version, no directory, and no revision"),
        "{ran:?}"
    );
}

#[test]
fn what_leads_to_somebody_is_told() {
    let site = site("reach");
    let ran = site.run(&["reach", "person:ana"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("+12025550101") && ran.out.contains(": at once"), "{ran:?}");
    let ran = site.run(&["reach", "voicemail:office", "--year", "2027"]);
    assert!(ran.out.contains("+12025550101") && ran.out.contains(": person:ana does not take it"), "{ran:?}");
    let told = json(&site.run(&["reach", "main#2", "--json"]));
    assert_eq!(told["routes"][0]["ways"], serde_json::json!([["person:ana does not take it"]]));
    assert!(told["routes"][0]["explain"].as_str().is_some_and(|it| it.starts_with("ringplan explain")));
    let ran = site.run(&["reach", "number:+12025550160"]);
    assert!(ran.code == 1 && ran.out.starts_with("no call comes to number:+12025550160"), "{ran:?}");
    let ran = site.run(&["reach", "person:anna"]);
    assert!(ran.code == 2 && ran.err.contains("there is no person:anna"), "{ran:?}");
    assert!(site.run(&["reach", "--help"]).out.contains("ringplan reach voicemail:sales"));
}

#[test]
fn what_a_stolen_password_could_cost_is_told_even_where_it_is_too_much() {
    let site = site("exposure");
    let ran = site.run(&["exposure"]);
    assert!(ran.code == 2 && ran.err.contains("no table [money]"), "{ran:?}");
    let money = "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n[dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n\
                 [people_defaults]\nallow = [\"internal\", \"national\"]\n[limits]\ncalls_per_minute = 1\n";
    site.write("rates.csv", "prefix,per_minute\n1,0.01\n");
    site.write("money.toml", money);
    let told = json(&site.run(&["exposure", "ana", "--json"]));
    // 62 begun for a minute each, and two lines for an hour.
    assert_eq!(
        (&told[0]["per_hour"], &told[0]["calls"], &told[0]["begins"]),
        (&"1.82".into(), &2.into(), &62.into())
    );
    assert_eq!(told[0]["phones"], serde_json::json!(["ana-desk"]));
    assert!(site.run(&["exposure"]).out.contains("rates.csv:2"), "the row is named");
    site.write("money.toml", &format!("{money}max_exposure_per_hour = \"1.50\"\n"));
    let ran = site.run(&["exposure"]);
    assert!(
        ran.code == 1 && ran.out.contains("1.82") && ran.err.contains("max_exposure_per_hour = \"1.50\""),
        "{ran:?}"
    );
    let ran = site.run(&["check"]);
    assert!(ran.code == 2 && ran.out.contains("C809"), "{ran:?}");
    assert_eq!(site.run(&["exposure", "nobody"]).code, 2);
    assert!(site.run(&["exposure", "--help"]).out.contains("ringplan exposure ana --json"));
}

/// Goal: what is told of calls is what they did. Method: a real call, to a phone that is not there.
#[test]
fn calls_are_counted_by_step_and_told_why_nobody_rang() {
    let site = site("coverage");
    site.write(
        "tests.toml",
        "[[tests]]\nname = \"mail\"\ncall = { from = \"+12025550142\", to = \"+12025550101\", at = \"2026-03-13T10:00\" }\n\
         ends = \"voicemail:office\"\n",
    );
    let daemon = site.serve();
    for _ in 0..2 {
        let call =
            ["dial", "--to", "+12025550101", "--from", "+12025550142", "--expect", "main#2", "--for", "1s"];
        let ran = site.run(&call);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let told = json(&site.run(&["coverage", "--tests", "--calls", "1h", "--json"]));
    let row = |told: &Value, step: &str| {
        let steps = told["steps"].as_array().cloned().unwrap_or_default();
        let row = steps.into_iter().find(|row| row["step"] == step).expect("it is a step");
        (row["calls"].as_u64(), row["tests"].as_u64())
    };
    assert_eq!((&told["calls"], &told["tests"]), (&2.into(), &1.into()));
    assert_eq!([row(&told, "main#1"), row(&told, "main#2")], [(Some(2), Some(1)); 2]);
    assert_eq!(row(&told, "number:+12025550100#1"), (Some(0), Some(0)));
    let file = site.folder.join("here.json");
    fs::write(&file, plain(&told)).expect("it can be written");
    let file = file.to_string_lossy().into_owned();
    let sum = json(&site.run(&["coverage", "--add", &file, "--add", &file, "--json"]));
    assert_eq!(row(&sum, "main#2"), (Some(4), Some(2)));
    let unused = site.run(&["coverage", "--unused"]);
    assert!(
        unused.code == 1 && unused.out.contains("number:+12025550100#1") && !unused.out.contains("main#2"),
        "{unused:?}"
    );
    assert_eq!(site.run(&["coverage", "--add", "/nowhere.json"]).code, 2);
    let ran = site.run(&["why-not", "ana"]);
    assert!(ran.code == 0 && ran.out.contains("main#1: ana is not rung: not registered"), "{ran:?}");
    let told = json(&site.run(&["why-not", "ben", "--json"]));
    let id = told["call"].as_str().expect("it has one").to_owned();
    assert!(
        told["lines"][0]["text"].as_str().is_some_and(|it| it.contains("none of these rings ben")),
        "{told}"
    );
    assert_eq!(json(&site.run(&["why-not", "ana", "--call", &id, "--json"]))["rang"], false);
    let ran = site.run(&["why-not", "ana", "--call", "1"]);
    assert!(ran.code == 1 && ran.err.contains("there is no call 1"), "{ran:?}");
    assert_eq!(site.run(&["why-not", "nobody"]).code, 2);
    captured(&site);
    tried_out(&site);
    daemon.stop();
}

/// The last call as a test, which passes beside those that stand there.
fn captured(site: &Site) {
    let ran = site.run(&["capture"]);
    assert!(ran.code == 0 && !ran.out.contains("+12025550142") && ran.out.contains("[[tests]]"), "{ran:?}");
    site.write("captured.toml", &ran.out);
    let tested = site.run(&["test"]);
    assert!(tested.code == 0 && tested.out.contains("2 tests: 2 passed"), "{tested:?}\n{}", ran.out);
    let told = json(&site.run(&["capture", "--name", "Monday", "--json"]));
    assert_eq!((&told["faithful"], &told["redacted"]), (&true.into(), &true.into()), "{told}");
    assert!(told["test"].as_str().is_some_and(|it| it.contains("name = \"Monday\"")), "{told}");
    assert_eq!(site.run(&["capture", "1"]).code, 1);
    assert!(site.run(&["capture", "--help"]).out.contains("ringplan capture 65f0c1b2a3d4e"));
}

/// The calls of before with another plan: nobody knows whether ben, who was never rung, would have picked up.
fn tried_out(site: &Site) {
    let ran = site.run(&["whatif", "--since", "1h"]);
    assert!(ran.code == 0 && ran.out.contains("2 calls compared, 2 go as they did"), "{ran:?}");
    let other = site.folder.join("other");
    copy(&site.config(), &other);
    let plan = fs::read_to_string(other.join("plans.toml")).expect("it was written");
    fs::write(other.join("plans.toml"), plan.replace("person:ana", "person:ben")).expect("it can be written");
    fs::write(other.join("money.toml"), "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n")
        .expect("it can be");
    fs::write(other.join("rates.csv"), "prefix,direction,per_minute\n1,inbound,0.01\n").expect("it can be");
    let other = other.to_string_lossy().into_owned();
    let ran = site.run(&["whatif", "--since", "1h", "--with", &other]);
    assert!(ran.out.contains("cost       was   0.00 not rated   now "), "{ran:?}");
    assert!(ran.code == 1 && ran.out.contains("would phone:ben-desk have picked up?"), "{ran:?}");
    let told = json(&site.run(&["whatif", "--since", "1h", "--with", &other, "--json"]));
    assert_eq!(told["sums"]["answered"], serde_json::json!({ "was": 0, "least": 0, "most": 2 }), "{told}");
    assert_eq!(told["calls"].as_array().map(Vec::len), Some(2), "{told}");
    let cost = &told["sums"]["cost"];
    assert_eq!((&cost["currency_was"], &cost["currency_now"]), (&Value::Null, &"USD".into()), "{told}");
    assert!(cost["now"]["is_whole"].is_boolean() && cost["was"]["most"] == "0.00", "{told}");
    let none = json(&site.run(&["whatif", "--since", "1h", "--json"]));
    assert_eq!((&none["calls"], &none["sums"]["same"]), (&serde_json::json!([]), &2.into()), "{none}");
    assert!(site.run(&["whatif", "--help"]).out.contains("ringplan whatif --since 7d --with new/"));
}

fn plain(value: &Value) -> String {
    serde_json::to_string(value).expect("it is JSON")
}
