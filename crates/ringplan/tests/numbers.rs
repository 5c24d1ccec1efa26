//! `ringplan numbers`: what a provider lists becomes lines of the config, and the numbers that run are shown.

mod house;

use house::Site;

const LIST: &str = "Phone Number,Friendly Name,Status\n+12025550100,Old,active\n+12025550101,\"Sales \"\"A\"\"\",active\n\
                    (202) 555-0102,(202) 555-0102,port pending\n72345,Texts,active\n";

const LINES: &str = "[numbers]\n\
    \"+12025550101\" = { label = 'Sales \"A\"', trunk = \"carrier\", plan = \"sales\" }\n\
    \"+12025550102\" = { trunk = \"carrier\", state = \"porting\", plan = \"sales\" }\n";

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.write(
        "plan.toml",
        "[plans.sales]\nsteps = [{ ring = \"person:ben\", for = \"9s\" }, { voicemail = \"ben\" }]\n",
    );
    site.write("numbers.csv", LIST);
    site
}

fn import(site: &Site, more: &[&str]) -> house::Ran {
    let list = site.config().join("numbers.csv");
    let base = ["numbers", "import", list.to_str().expect("it is text")];
    site.run(&[&base, more].concat())
}

const INTO: [&str; 4] = ["--trunk", "carrier", "--plan", "sales"];

/// Goal: what is printed is what would be written, and with it calls to the new numbers go where it says.
#[test]
fn row_08_a_providers_list_becomes_lines_that_calls_follow() {
    let site = site("numbers-import");
    let printed = import(&site, &INTO);
    assert_eq!((printed.code, &*printed.out), (0, LINES), "{printed:?}");
    assert!(
        printed.err.contains("left out 1 that the config has") && printed.err.contains("72345"),
        "{printed:?}"
    );
    assert!(!site.config().join("imported.toml").exists(), "nothing is written unasked");
    let written = import(&site, &[&INTO[..], &["--write", "imported.toml"]].concat());
    assert!(written.code == 0 && written.out.starts_with("2 numbers are in "), "{written:?}");
    assert_eq!(std::fs::read_to_string(site.config().join("imported.toml")).expect("it is there"), LINES);
    let told = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550102"]);
    assert!(told.out.contains("plan sales") && told.out.contains("ben-desk"), "{told:?}");
    let check = site.run(&["check"]);
    assert!(check.out.contains("C509") || check.err.contains("C509"), "{check:?}");
    let again = import(&site, &INTO);
    assert!(
        again.code == 0 && again.out.is_empty() && again.err.contains("3 numbers, all of them"),
        "{again:?}"
    );
}

#[test]
fn row_08_a_list_that_would_break_the_config_is_not_written() {
    let site = site("numbers-import-refused");
    let write = |file: &str| import(&site, &["--write", file]);
    assert_eq!(write("imported.txt").code, 2);
    assert_eq!(write("../imported.toml").code, 2);
    assert!(write("plan.toml").err.contains("is there already"));
    assert!(import(&site, &["--plan", "sale"]).err.contains("there is no plan sale"));
    assert!(import(&site, &["--trunk", "carier"]).err.contains("there is no trunk carier"));
    // Without a plan and a mailbox of the site's, calls to them would lead nowhere.
    site.change("mailbox = \"office\"\nring", "ring");
    let refused = write("imported.toml");
    assert!(
        refused.code == 1 && refused.err.contains("C423") && refused.err.contains("nothing is written"),
        "{refused:?}"
    );
    site.write("numbers.csv", "number\n+12025550101\nno number\n");
    let faulty = write("imported.toml");
    assert!(faulty.code == 1 && faulty.err.contains("row 3: \"no number\""), "{faulty:?}");
    assert!(!site.config().join("imported.toml").exists());
    site.write("numbers.csv", "Name\nSales\n");
    assert_eq!(write("imported.toml").code, 2);
}

/// Goal: the numbers that run are shown with their carrier, and whether they are on their way to it.
#[test]
fn numbers_that_run_are_shown() {
    let site = site("numbers-shown");
    assert_eq!(import(&site, &[&INTO[..], &["--write", "imported.toml"]].concat()).code, 0);
    let nowhere = site.run(&["numbers"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("no daemon runs"), "{nowhere:?}");
    let daemon = site.serve();
    let shown = site.run(&["numbers"]).out;
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NUMBER", "LABEL", "TYPE", "TRUNK", "STATE", "PLAN"]);
    assert!(
        rows.contains(&vec!["+12025550102", "+12025550102", "local", "carrier", "porting", "sales"]),
        "{shown}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&site.run(&["numbers", "--json"]).out).expect("it is JSON");
    let sales = json
        .as_array()
        .expect("a list")
        .iter()
        .find(|it| it["number"] == "+12025550101")
        .expect("it is there");
    assert_eq!((&sales["label"], &sales["state"]), (&"Sales \"A\"".into(), &"live".into()));
    daemon.stop();
}
