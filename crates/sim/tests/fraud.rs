//! RELIABILITY A9: nobody is called beyond what its person may have or dial, however many try at one moment and
//! however the number is written.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::{collections::BTreeSet, time::Duration};

use clock::Instant;
use sim::{
    agent::Act,
    script::{BEFORE, Script},
    wire::{Entry, Way},
    world::{Order, World},
};
use sip::{Method, Status};

/// Ana may have three calls and dial inside and the country; a carrier would take any number of them.
const SITE: &str = "Nobody pays for a stranger's calls.

registered: ana ben
| [people]
| amy = { ext = 111, calls_max = 3 }
| [phones]
| amy = { person = \"amy\" }
| [trunks.west]
| profile = \"generic-address\"
| ping = \"off\"
| host = \"10.0.1.4\"
| channels = 500
| [dial.west]
| to = [\"+1202555\"]
| class = \"national\"
| trunks = [\"west\"]
| [dial.premium]
| to = [\"type:premium\"]
| class = \"premium\"
| trunks = [\"west\"]
| [dial.world]
| to = [\"any\"]
| class = \"international\"
| trunks = [\"west\"]
";

/// A second costs a cent, and Amy may spend five a day, in as many calls as she likes.
fn rated() -> String {
    let money = "| [money]\n| currency = \"USD\"\n| deck = \"rates.csv\"\n| [limits]\n| per_day = \"0.05\"\n";
    [&SITE.replace("calls_max = 3", "calls_max = 100"), money].concat()
}

/// A world in which Amy dials all of these at one moment, a minute later.
fn dials(numbers: &[&str]) -> World {
    dials_at(SITE, numbers)
}

/// The same on another site.
fn dials_at(site: &str, numbers: &[&str]) -> World {
    let mut world = Script::read(site).unwrap().world().unwrap();
    let amy = world.agent("amy").unwrap();
    world.at(Instant::ZERO + Duration::from_millis(100), Order::Act(amy, Act::Registers));
    for number in numbers {
        world.at(Instant::ZERO + BEFORE, Order::Act(amy, Act::Calls((*number).into(), Default::default())));
    }
    world.run_until(Instant::ZERO + BEFORE + Duration::from_secs(60));
    world
}

/// The calls that went out by any carrier.
fn went_out(world: &World) -> BTreeSet<String> {
    let carriers: Vec<usize> =
        ["north", "south", "west"].iter().map(|name| world.agent(name).unwrap()).collect();
    let calls = world.entries().iter().filter_map(|entry| match entry {
        Entry::Sent { side, way: Way::Out, message, .. }
            if carriers.contains(side) && message.is_request() =>
        {
            Some(message.call_id().to_owned())
        }
        Entry::Sent { .. } | Entry::Said { .. } => None,
    });
    calls.collect()
}

/// How Amy's calls were refused, besides being asked who she is.
fn refusals(world: &World) -> Vec<u16> {
    let amy = world.agent("amy").unwrap();
    let finals = world.entries().iter().filter_map(|entry| match entry {
        Entry::Sent { side, way: Way::Out, message, .. }
            if *side == amy && *message.method() == Method::Invite =>
        {
            message.status().map(Status::code).filter(|code| *code >= 300 && *code != 407)
        }
        Entry::Sent { .. } | Entry::Said { .. } => None,
    });
    finals.collect()
}

#[test]
fn of_two_hundred_calls_at_once_as_many_go_out_as_a_person_may_have() {
    let world = dials(&["12025550188"; 200]);
    assert_eq!(went_out(&world).len(), 3);
    assert_eq!(refusals(&world).len(), 197);
}

#[test]
fn a_person_begins_so_many_calls_outside_a_minute_and_no_more() {
    let site =
        format!("{}| [limits]\n| calls_per_minute = 5\n", SITE.replace("calls_max = 3", "calls_max = 100"));
    let mut numbers = vec!["12025550188"; 20];
    numbers.push("911");
    let world = dials_at(&site, &numbers);
    assert_eq!(went_out(&world).len(), 6, "five, and the call for help");
    assert_eq!(refusals(&world), [503; 15]);
}

#[test]
fn a_call_for_help_goes_out_beside_two_hundred_others() {
    let mut numbers = vec!["12025550188"; 200];
    numbers.push("911");
    assert_eq!(went_out(&dials(&numbers)).len(), 4);
}

/// Each call reserves what it costs at least before it leaves; help is beside all that.
#[test]
fn of_two_hundred_calls_at_once_as_many_go_out_as_can_be_paid() {
    let world = dials_at(&rated(), &["12025550188"; 200]);
    assert_eq!(went_out(&world).len(), 5);
    assert_eq!(refusals(&world).len(), 195);
    let mut numbers = vec!["12025550188"; 200];
    numbers.push("911");
    assert_eq!(went_out(&dials_at(&rated(), &numbers)).len(), 6);
}

/// Goal: no way of writing a number leads around its class. Method: one that may be dialled, written the same ways.
#[test]
fn what_may_not_be_dialled_is_refused_however_it_is_written() {
    let ways = |national: &str, e164: &str, international: &str| {
        let (one, rest) = e164.split_at(1);
        [
            national.to_owned(),
            e164.to_owned(),
            format!("+{e164}"),
            format!("%2B{e164}"),
            format!("%2b{one}-({rest})"),
            format!("+{one}.{rest}"),
            format!("tel:+{e164}"),
            format!("tel:+{one}-{rest}"),
            international.to_owned(),
        ]
    };
    let called = |ways: &[String]| {
        let heard =
            ways.iter().map(|number| (went_out(&dials(&[number])).len(), refusals(&dials(&[number]))));
        heard.collect::<Vec<_>>()
    };
    let home = called(&ways("2025550188", "12025550188", "01112025550188"));
    assert!(home.iter().all(|(out, refused)| *out == 1 && refused.is_empty()), "{home:?}");
    for forbidden in [
        ways("9005550123", "19005550123", "01119005550123"),
        ways("011442079460000", "442079460000", "011442079460000"),
    ] {
        let heard = called(&forbidden);
        let is_refused = |(out, refused): &(usize, Vec<u16>)| *out == 0 && matches!(refused[..], [400..=499]);
        assert!(heard.iter().all(is_refused), "{heard:?} of {forbidden:?}");
    }
}
