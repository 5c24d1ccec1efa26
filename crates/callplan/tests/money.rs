//! What calls of a small business cost, as `rate` and `explain` tell it.

#[expect(dead_code, reason = "other tests take the site as it is")]
mod larch;

use callplan::{
    E164, Site,
    explain::{Question, dialled, explain, quote, read_time},
    money::Amount,
};
use clock::Wall;
use larch::larch_rated;

const MONEY: &str = "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n";
const DECK: &str = "\
# Carrier A, from January on.
prefix,direction,number_type,per_minute,connect_fee,first_increment,next_increment,valid_from
1,,,0.0060,,60,60,
1,,,0.0085,,30,6,2026-01-01
1,,,0.0099,,30,6,2027-01-01
1,,toll-free,0,,,,
1,inbound,,0.0040,0.001,60,60,
44,,,0.0120,,60,1,2026-01-01
447,,mobile,0.0350,,60,1,
";

fn site(more: &str) -> Site {
    larch_rated(&[MONEY, more].concat(), DECK)
}

fn friday(site: &Site) -> Wall {
    read_time(&site.timezone, "Fri 2026-03-13 10:00").expect("a time")
}

#[test]
fn a_price_is_told_with_the_row_it_comes_from() {
    let site = site("");
    let mut text = String::new();
    for number in
        ["+12025550142", "+18005550100", "+12025550100", "+442079460000", "+447700900123", "+4930123456"]
    {
        let quote = quote(&site, E164::parse(number).unwrap(), site.day(friday(&site))).expect("rated");
        text.push_str(&format!("{quote}\n"));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_dialled_outside_is_explained_with_its_price() {
    let site = site("");
    let line = |from, to| {
        let outbound = dialled(&site, from, to, friday(&site)).expect("outside");
        outbound.lines.last().cloned().unwrap_or_default()
    };
    assert_eq!(line("ana", "2025550142"), "cost  0.0085 USD for a minute: prefix 1 at rates.csv:4");
    assert_eq!(line("cho", "+442079460000"), "cost  0.012 USD for a minute: prefix 44 at rates.csv:8");
    assert_eq!(line("cho", "+4930123456"), "cost  unknown: rates.csv has no price for +4930123456");
    assert_eq!(line("ana", "911"), "trunk carrier", "help costs nobody anything");
}

/// Whoever may spend so much only, and nobody knows how much that would be.
#[test]
fn a_number_without_a_price_is_refused_to_whoever_is_limited() {
    let site = site("[limits]\nper_day = \"5.00\"\n");
    let outbound = dialled(&site, "cho", "+4930123456", friday(&site)).expect("outside");
    assert_eq!(
        outbound.lines.last().unwrap(),
        "refused with 403: +4930123456 has no price, and what the dialler may spend is limited"
    );
    assert!(outbound.trunks.is_empty());
}

/// The leg from outside, and the one to where the call was forwarded.
#[test]
fn both_legs_of_a_forwarded_call_are_priced() {
    let site = site("");
    let cost = |to: &str, given: &[&str]| {
        let mut question = Question::read(&site, "+12025550142", to, friday(&site)).expect("a question");
        given.iter().for_each(|text| question.assume(&site, text).expect("an assumption"));
        let page = explain(&site, &question).to_string();
        page.lines().find(|line| line.starts_with("cost")).map(str::to_owned)
    };
    let given = ["ana=unreachable", "+12025550152=answers"];
    assert_eq!(
        cost("+12025550104", &given).as_deref(),
        Some("cost  0.005 call + 0.0085 forward   of 1 min of talk")
    );
    assert_eq!(cost("+12025550101", &["ana=busy", "ben=busy"]).as_deref(), Some("cost  0.005 call"));
}

/// What a person may spend: what they were given, else what everybody was, else what the site says.
#[test]
fn the_nearest_bound_of_spending_holds() {
    let rows = "[limits]\nper_day = \"25.00\"\n[people.ida]\next = 124\nper_day = \"off\"\n\
                [people.jon]\next = 125\nper_day = \"3\"\n[people.kim]\next = 126\n";
    let site = site(rows);
    let bound = |name: &str| site[site.person(name).unwrap()].per_day.map(|bound| bound.to_string());
    assert_eq!(bound("ida"), None);
    assert_eq!(bound("jon").as_deref(), Some("3.00"));
    assert_eq!(bound("kim").as_deref(), Some("25.00"));
    assert_eq!(site.limits.per_day, Amount::parse("25"));
}
