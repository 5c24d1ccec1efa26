//! `ringplan contacts`: a table comes in whole or not at all, and what it says is what plans read.

mod house;

use std::fmt::Write as _;

use house::Site;

const PLAN: &str = "[campaigns]\nspring = { owner = \"ben\" }\n[groups]\nsales = { members = [\"ana\", \"ben\"] }\n\
    [plans.known]\nsteps = [\n{ when = \"contact.tag(vip) and contact.owner = ana\", ring = \"person:ana\" },\n\
    { when = \"contact.campaign = spring\", ring = \"person:ben\" },\n{ reject = \"decline\" }]\n\
    [numbers]\n\"+12025550101\" = { trunk = \"carrier\", plan = \"known\" }\n";

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.write("plan.toml", PLAN);
    site
}

const GOOD: &str = "\u{feff}Number,Name,Owner,Campaign,Tags,Group,Language\r\n\r\n\
    +12025550142; 12025550143; (202) 555-0142,\"Diaz, \"\"Rosa\"\"\",ana,,vip; late,sales,en-GB\r\n+442079460000,Tom,,spring,,,\r\n";

/// Goal: what is imported is what `explain` reads and `show` tells, on each of the numbers, and it is gone once erased.
#[test]
fn what_is_imported_is_read_by_plans_until_it_is_erased() {
    let site = site("contacts-import");
    site.write("contacts.csv", GOOD);
    let table = site.config().join("contacts.csv");
    let table = table.to_str().expect("it is text");
    let nowhere = site.run(&["contacts", "import", table]);
    assert!(nowhere.code == 1 && nowhere.err.contains("no daemon runs"), "{nowhere:?}");
    let daemon = site.serve();
    let dry = site.run(&["contacts", "import", table, "--dry-run"]);
    assert!(dry.code == 0 && dry.out.contains("2 rows are good"), "{dry:?}");
    assert_eq!(site.run(&["contacts", "list"]).out, "no contacts\n");
    let ran = site.run(&["contacts", "import", table]);
    assert!(ran.code == 0 && ran.out == "2 rows imported\n", "{ran:?}");
    let show = site.run(&["contacts", "show", "(202) 555-0143", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&show.out).expect("it is JSON");
    assert_eq!(shown["numbers"], serde_json::json!(["+12025550142", "+12025550143"]));
    assert_eq!(
        (&shown["name"], &shown["tags"]),
        (&"Diaz, \"Rosa\"".into(), &serde_json::json!(["vip", "late"]))
    );
    assert_eq!(shown["language"], "en-GB");
    let explain = |from: &str| site.run(&["explain", "--from", from, "--to", "+12025550101"]).out;
    let told = explain("+12025550143");
    assert!(told.contains("contact tagged \"vip\", contact.owner = ana"), "{told}");
    assert!(explain("+442079460000").contains("contact.campaign = spring"));
    assert!(explain("+12025550199").contains("contact.campaign is not spring"));
    let list = site.run(&["contacts", "list", "--tag", "late"]);
    assert_eq!(list.out.lines().count(), 3, "{list:?}");
    let erased = site.run(&["contacts", "erase", "+12025550142"]);
    assert!(erased.code == 0 && erased.out.contains("2 numbers"), "{erased:?}");
    assert!(!explain("+12025550143").contains("contact tagged"));
    assert_eq!(site.run(&["contacts", "erase", "+12025550142"]).code, 1);
    let audit = site.run(&["contacts", "list", "--erased"]).out;
    assert!(audit.contains("ends in 42") && !audit.contains("2025550142"), "{audit}");
    daemon.stop();
    assert_eq!(site.run(&["contacts", "list"]).out.lines().count(), 2, "they are kept without a daemon");
}

/// Goal: each fault has its row and its column, and one is enough that nothing changes.
#[test]
fn a_table_with_a_fault_changes_nothing() {
    let site = site("contacts-faults");
    site.write(
        "contacts.csv",
        "number,name,owner,campaign,tags,group\n+12025550142,Rosa,ana,,,\n555,Tom,rsoa,sumer,,slaes\n\
         +12025550142,Twice,,,,\n,Nobody,,,,\n+12025550100,Ours,,,,\n+12025550144,a,,,,,more\n",
    );
    let table = site.config().join("contacts.csv");
    let daemon = site.serve();
    let ran = site.run(&["contacts", "import", table.to_str().expect("it is text")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in [
        "row 3, column 1 (number): \"555\" is no telephone number",
        "row 3, column 3 (owner): there is no person \"rsoa\"",
        "row 3, column 4 (campaign): there is no campaign \"sumer\"",
        "row 3, column 6 (group): there is no group \"slaes\"",
        "row 4, column 1 (number): +12025550142 is in row 2 already",
        "row 5: nobody has no number",
        "row 6, column 1 (number): +12025550100 is a number of ours",
        "row 7: there is no column for \"more\"",
        "8 faults in 6 rows: nothing is imported",
    ] {
        assert!(ran.err.contains(words), "{words} is missing in {}", ran.err);
    }
    assert_eq!(site.run(&["contacts", "list"]).out, "no contacts\n");
    for (table, words) in [
        (
            "number,name\r\n\r\n+12025550142,\"a\r\nb\"\r\n\r\n555,c\r\n",
            "row 3, column 2 (name): this is too long, or has",
        ),
        ("number,name\r\n\r\n+12025550142,\"a\r\nb\"\r\n\r\n555,c\r\n", "row 5, column 1 (number): \"555\""),
        (
            "number,name\n+12025550142,\"Rosa\n+12025550143,Tom\n",
            "row 2, column 2 (name): this is too long, or has a line break",
        ),
        ("number,name\n+12025550142,\"Rosa\n\"\n555,Tom\n", "row 3, column 1 (number): \"555\""),
        ("name,owner\nRosa,ana\n", "row 1: there is no column `numbers`"),
        ("number,nmae\n+12025550142,Rosa\n", "row 1, column 2 (nmae): there is no column `nmae`"),
        (
            "number,language\n+12025550142,xx\n",
            "row 2, column 2 (language): nobody is spoken to in \"xx\"\n  = mend: write one of en, or leave it empty",
        ),
        ("number;name\n+12025550142;Rosa\n", "save the table with commas"),
        ("number,numbers\n", "row 1, column 2 (numbers): `numbers` is there twice"),
        ("", "row 1: the table is empty"),
    ] {
        site.write("other.csv", table);
        let other = site.config().join("other.csv");
        let ran = site.run(&["contacts", "import", other.to_str().expect("it is text"), "--dry-run"]);
        assert!(ran.code == 1 && ran.err.contains(words), "{words}: {ran:?}");
    }
    // As a spreadsheet saves them that is not asked for UTF-8.
    let utf_16: Vec<u8> = "\u{feff}number,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (table, words) in [
        (&b"number,name\n+12025550142,Ren\xe9e\n"[..], "row 2: this is not UTF-8"),
        (&utf_16, "row 1: this is not UTF-8"),
    ] {
        let other = site.config().join("other.csv");
        std::fs::write(&other, table).expect("it can be written");
        let ran = site.run(&["contacts", "import", other.to_str().expect("it is text"), "--dry-run"]);
        assert!(ran.code == 1 && ran.err.contains(words), "{words}: {ran:?}");
    }
    daemon.stop();
}

/// Goal: the switch answers while a large table comes in, and reads it all at once.
#[test]
fn a_hundred_thousand_rows_come_in_at_once() {
    let site = site("contacts-many");
    let mut table = String::from("number,name,tags\n");
    for row in 0..100_000 {
        writeln!(table, "+1303{:07},Somebody {row},vip", 2_000_000 + row).expect("a text takes it");
    }
    site.write("many.csv", &table);
    let path = site.config().join("many.csv");
    let daemon = site.serve();
    let mut import = site.command(&["contacts", "import", path.to_str().expect("it is text")]);
    let import = import.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let import = import.spawn().expect("the binary runs");
    let show = || site.run(&["contacts", "show", "+13032000000"]).code;
    let mut before = 0;
    while show() == 1 {
        assert_eq!(site.run(&["phones"]).code, 0);
        before += 1;
    }
    assert!(before > 0, "it was looked at while it came in");
    let ran = import.wait_with_output().expect("it ends");
    assert!(ran.status.success() && ran.stdout == b"100000 rows imported\n", "{ran:?}");
    assert_eq!(site.run(&["contacts", "show", "+13032099999"]).code, 0);
    daemon.stop();
}

/// Goal: what is added to a list counts at once and after a restart, and what the config has can't be taken out.
#[test]
fn a_list_takes_numbers_at_run_time() {
    let site = Site::new("list-add");
    site.write(
        "plan.toml",
        "[lists]\nspam = [\"+12025550199\"]\n[plans.open]\n\
         steps = [{ when = \"caller in list:spam\", reject = \"decline\" }, { ring = \"person:ana\" }, { voicemail = \"office\" }]\n\
         [numbers]\n\"+12025550101\" = { trunk = \"carrier\", plan = \"open\" }\n",
    );
    let explain = || site.run(&["explain", "--from", "+12025550142", "--to", "+12025550101"]).out;
    let list = |what: &str, name: &str, number: &str| site.run(&["list", what, name, number]);
    assert!(list("add", "spam", "+12025550142").err.contains("no daemon runs"));
    let daemon = site.serve();
    assert!(explain().contains("caller not in list:spam"));
    assert_eq!(list("add", "spam", "(202) 555-0142").code, 0);
    assert!(explain().contains("caller in list:spam"), "{}", explain());
    for (what, name, number, words) in [
        ("add", "spma", "+12025550142", "there is no list spma"),
        ("remove", "spam", "+12025550199", "the config's own list"),
        ("remove", "spam", "+12025550177", "is not in spam"),
    ] {
        let ran = list(what, name, number);
        assert!(ran.code == 1 && ran.err.contains(words), "{ran:?}");
    }
    assert_eq!(list("add", "spam", "nobody").code, 2);
    assert_eq!(site.run(&["list", "add", "spam"]).code, 2);
    daemon.stop();
    let shown = site.run(&["list", "show", "spam"]).out;
    assert!(shown.contains("+12025550199  config") && shown.contains("+12025550142  added"), "{shown}");
    let daemon = site.serve();
    assert_eq!(list("remove", "spam", "+12025550142").code, 0);
    assert!(explain().contains("caller not in list:spam"));
    daemon.stop();
}
