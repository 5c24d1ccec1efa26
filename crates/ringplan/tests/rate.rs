//! `ringplan rate`, and what a rate deck does to `check` and `explain`.

mod house;

use house::Site;

const MONEY: &str = "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n";

fn rated(name: &str, deck: &str) -> Site {
    let site = Site::new(name);
    site.write("money.toml", MONEY);
    site.write("rates.csv", deck);
    site
}

#[test]
fn rate_explains_a_price_and_what_a_call_costs() {
    let site = rated("rate", "prefix,per_minute,connect_fee\n44,0.012,\n4420,0.0085,0.001\n");
    let ran = site.run(&["rate", "+442079460000", "--for", "5m"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in ["rates.csv:3", "prefix 4420", "0.0085 USD a minute", "costs   0.0435 USD for 5m"] {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    let json = site.run(&["rate", "011442079460000", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!((&told["price"]["line"], &told["direction"]), (&3.into(), &"outbound".into()));
    assert_eq!(told["price"]["costs"][0], serde_json::json!({ "seconds": 60.0, "cost": "0.0095" }));
    let help = site.run(&["rate", "--help"]);
    assert!(help.out.contains("Example:\n  ringplan rate +442079460000"), "{help:?}");
}

#[test]
fn a_number_without_a_price_is_a_finding_and_no_number_wrong_usage() {
    let site = rated("rate-none", "prefix,per_minute\n44,0.012\n");
    let ran = site.run(&["rate", "+4930123456"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("no row of rates.csv is for it"), "{ran:?}");
    assert_eq!(site.run(&["rate", "nobody"]).code, 2);
    assert_eq!(site.run(&["rate", "+442079460000", "--at", "soon"]).code, 2);
    let unrated = Site::new("rate-unrated").run(&["rate", "+442079460000"]);
    assert_eq!(unrated.code, 2, "{unrated:?}");
    assert!(unrated.err.contains("no table [money]"), "{unrated:?}");
}

#[test]
fn a_fault_of_the_deck_is_told_by_check_at_its_cell() {
    let site = rated("rate-broken", "prefix,per_minute\n44,0.012\n49,cheap\n");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("rates.csv:3:4") && ran.out.contains("C803"), "{ran:?}");
}

#[test]
fn explain_tells_the_cost_leg_by_leg_as_json() {
    let site = rated("rate-explain", "prefix,direction,per_minute\n1,,0.0085\n1,inbound,0.004\n");
    let told = |arguments: &[&str]| -> serde_json::Value {
        let ran = site.run(&[&["explain", "--json", "--at", "2026-11-23 10:00"], arguments].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"))
    };
    let cost = &told(&["--from", "+12025550142", "--to", "+12025550100"])["cost"];
    assert_eq!((&cost["currency"], &cost["is_whole"]), (&"USD".into(), &true.into()), "{cost}");
    assert_eq!(cost["legs"][0]["direction"], "inbound", "{cost}");
    assert_eq!(cost["legs"][0]["cost"], cost["total"], "{cost}");
}
