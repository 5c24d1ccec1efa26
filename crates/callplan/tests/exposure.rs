//! What a stolen password could cost. Whoever tries to spend more does so against the purse itself, where that stands.

#[expect(dead_code, reason = "other tests take the site as it is")]
mod larch;

use callplan::{
    Site,
    exposure::{Exposure, exposures},
};
use jiff::civil::{Date, date};
use larch::larch_rated;

const ON: Date = date(2026, 3, 13);
const DECK: &str = "\
prefix,number_type,per_minute,connect_fee,first_increment,next_increment,valid_from
1,,0.0085,,30,6,
1,toll-free,0,,,,
44,,0.0120,0.05,60,1,
447,,0.3500,,60,60,
4930,,2.10,,1,90,
881,,9.00,,60,60,
7,,0.80,,3600,60,
";

/// Larch & Co with these limits: Cho may dial the world, Ana the country.
fn site(limits: &str) -> Site {
    let money = "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n";
    larch_rated(&format!("{money}[limits]\n{limits}\n"), DECK)
}

fn of(site: &Site, name: &str) -> Exposure {
    let person = site.person(name).expect("it is in the config");
    let all = exposures(site, ON).expect("it is rated");
    all.into_iter().find(|it| it.person == person).expect("everybody is told")
}

#[test]
fn the_bound_is_all_begins_at_the_dearest_and_all_minutes_at_the_dearest() {
    let site = site("calls_per_minute = 2");
    let cho = of(&site, "cho");
    // A begun call costs most where an hour of it is charged: 120 begins and the two that there were, at 48.00; a minute
    // 2.10. Satellites are dearer, and no rule names them.
    let (begin, minute) = (cho.begin.expect("some number costs"), cho.minute.expect("some number costs"));
    assert_eq!((begin.row.prefix, minute.row.prefix), (7, 4930));
    assert_eq!(cho.unbounded.to_string(), "6108.00");
    assert_eq!(cho.per_hour, cho.unbounded);
    // Numbers of countries that the deck leaves out.
    assert!(cho.unpriced.is_some());
    let ana = of(&site, "ana");
    // British numbers that cost nobody in Britain anything.
    assert_eq!(ana.begin.expect("it costs").row.prefix, 44);
    assert_eq!(ana.per_hour.to_string(), "9.004");
}

#[test]
fn what_may_be_spent_on_a_day_bounds_an_hour_and_two_days_one_over_midnight() {
    let cho = of(&site("per_day = \"25.00\""), "cho");
    assert_eq!([cho.per_hour, cho.over_midnight].map(|it| it.to_string()), ["25.00", "50.00"]);
    assert_eq!(cho.unpriced, None, "calls without a price are refused");
    assert_eq!(exposures(&larch_rated("", ""), ON), None);
}
