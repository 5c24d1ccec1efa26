//! What calls of a small business cost, as `rate` and `explain` tell it.

mod larch;

use callplan::{
    E164, Site,
    explain::{Explanation, Question, dialled, explain, quote, read_time},
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

fn explained(site: &Site, to: &str, given: &[&str]) -> Explanation {
    let mut question = Question::read(site, "+12025550142", to, friday(site)).expect("a question");
    given.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    explain(site, &question)
}

/// What the page says of money.
fn cost(site: &Site, to: &str, given: &[&str]) -> Option<String> {
    let page = explained(site, to, given).to_string();
    page.lines().find(|line| line.starts_with("cost")).map(str::to_owned)
}

/// The leg from outside, and the one to where the call was forwarded.
#[test]
fn both_legs_of_a_forwarded_call_are_priced() {
    let site = site("");
    let given = ["ana=unreachable", "+12025550152=answers"];
    assert_eq!(
        cost(&site, "+12025550104", &given).as_deref(),
        Some("cost  0.005 call + 0.0085 forward = 0.0135 USD   of 1 min of talk")
    );
    assert_eq!(
        cost(&site, "+12025550101", &["ana=busy", "ben=busy"]).as_deref(),
        Some("cost  0.005 call = 0.005 USD")
    );
}

/// What rings in vain costs nothing, and is told all the same.
#[test]
fn a_forward_that_nobody_answers_costs_nothing() {
    let site = site("");
    let course = explained(&site, "+12025550104", &["ana=unreachable", "+12025550152=busy"]);
    let cost = course.cost.expect("it is rated");
    let legs: Vec<_> = cost.legs.iter().map(|leg| (&*leg.what, leg.lasts.is_some(), leg.is_taken)).collect();
    assert_eq!(legs, [("call", true, true), ("forward", false, false)]);
    assert_eq!(cost.legs[1].cost, Some(Amount::ZERO));
    assert_eq!(cost.total, cost.legs[0].cost.unwrap());
    let page = course_page(&site, &["ana=unreachable", "+12025550152=busy"]);
    assert!(page.ends_with("(rung in vain, at no cost: forward)"), "{page}");
}

fn course_page(site: &Site, given: &[&str]) -> String {
    cost(site, "+12025550104", given).expect("it is rated")
}

/// Nothing where no deck says anything, and no leg from outside where the deck has no inbound rows.
#[test]
fn a_deck_tells_only_of_what_it_has_rows_for() {
    assert_eq!(explained(&larch::larch(), "+12025550104", &[]).cost, None);
    let given = ["ana=unreachable", "+12025550152=answers"];
    let outward = larch_rated(MONEY, "prefix,per_minute\n1,0.01\n");
    assert_eq!(
        cost(&outward, "+12025550104", &given).as_deref(),
        Some("cost  0.01 forward = 0.01 USD   of 1 min of talk")
    );
    assert_eq!(cost(&outward, "+12025550101", &["ana=busy", "ben=busy"]), None);
    let abroad = larch_rated(MONEY, "prefix,direction,per_minute\n44,,0.01\n1,inbound,0.004\n");
    let told = cost(&abroad, "+12025550104", &given).expect("it is rated");
    assert_eq!(
        told,
        "cost  0.004 call + ? forward = 0.004 USD   of 1 min of talk   (rates.csv has no price for +12025550152)"
    );
    assert!(explained(&abroad, "+12025550104", &given).cost.unwrap().is_open());
}

/// A person's own mobile is told by whose it is.
#[test]
fn a_mobile_that_takes_a_call_is_priced_as_whose_it_is() {
    let more = "[people.ida]\next = 124\nmobile = \"+12025550159\"\nring = [{ mobile = true }]\n\
                [numbers.\"+12025550109\"]\ntrunk = \"carrier\"\nperson = \"ida\"\n";
    let site = site(more);
    assert_eq!(
        cost(&site, "+12025550109", &["+12025550159=answers"]).as_deref(),
        Some("cost  0.005 call + 0.0085 ida's mobile = 0.0135 USD   of 1 min of talk")
    );
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
