//! What calls of before would have come to with another config.

mod day;
mod larch;

use std::time::Duration;

use callplan::{
    Site,
    explain::{Question, read_time},
    money::Amount,
    whatif::{Differs, How, Span, Spent, Sum, Talk, Verdict, compare},
};
use day::{Call, call, calls};
use larch::{larch, larch_of};

/// Larch with one text of its config replaced.
fn changed(from: &str, to: &str) -> Site {
    let text = include_str!("larch/site.toml");
    assert!(text.contains(from), "{from}");
    larch_of(&text.replace(from, to), "", "")
}

/// A call to sales on a Monday morning.
fn to_sales(site: &Site, assumed: &[&str]) -> Call {
    let at = read_time(&site.timezone, "2026-11-23 10:00").expect("it is a time");
    let mut question = Question::read(site, "+12025550142", "+12025550101", at).expect("both are numbers");
    assumed.iter().for_each(|text| question.assume(site, text).expect("it can be assumed"));
    call(site, question)
}

#[test]
fn with_the_same_plan_every_call_goes_as_it_did() {
    let site = larch();
    let same = larch_of(&format!("# Nothing else.\n\n{}", include_str!("larch/site.toml")), "", "");
    for call in calls(&site, 5, 1_500) {
        let verdict = compare(&site, &same, &call.recorded, Talk::default());
        assert!(matches!(verdict, Verdict::Same(..)), "{verdict:?}\n{}", call.course);
    }
}

#[test]
fn people_declared_in_another_order_are_still_themselves() {
    let site = larch();
    let other = changed(
        "ana  = { ext = 111, name = \"Ana Lopes\" }\nben  = { ext = 112, name = \"Ben Okoro\" }",
        "ben  = { ext = 112, name = \"Ben Okoro\" }\nana  = { ext = 111, name = \"Ana Lopes\" }",
    );
    for call in calls(&site, 6, 300) {
        let verdict = compare(&site, &other, &call.recorded, Talk::default());
        assert!(matches!(verdict, Verdict::Same(..)), "{verdict:?}\n{}", call.course);
    }
}

#[test]
fn one_more_in_the_group_makes_a_range_of_the_calls_that_nobody_took() {
    let site = larch();
    let three = changed(
        "members = [\"ana\", \"ben\"]\nring = \"round-robin\"",
        "members = [\"ana\", \"ben\", \"cho\"]\nring = \"round-robin\"",
    );
    let day = [
        to_sales(&site, &["ana=answers after 3s"]),
        to_sales(&site, &["ana=no-answer", "ben=answers after 4s"]),
        to_sales(&site, &["ana=busy", "ben=busy"]),
        to_sales(&site, &["ana=unreachable", "ben=dnd"]),
    ];
    let mut sum = Sum::default();
    let verdicts: Vec<_> =
        day.iter().map(|call| compare(&site, &three, &call.recorded, Talk::default())).collect();
    verdicts.iter().for_each(|verdict| sum.add(verdict));
    assert_eq!((sum.calls, sum.same, sum.untold), (4, 2, 0), "{verdicts:#?}");
    assert_eq!(sum.answered, (2, Span { least: 2, most: 4 }), "{verdicts:#?}");
    let Verdict::Differs(Differs { first, unknown, now, .. }) = &verdicts[2] else { panic!("{verdicts:#?}") };
    assert!(first.now.contains("person:cho"), "{first}");
    let patience = "would the caller have stayed for longer than 7900ms?";
    assert_eq!(unknown, &["would phone:cho-desk have picked up?", patience]);
    assert!(now.iter().any(|it| it.how == How::Answered && it.ends == "person:cho"), "{now:?}");
}

#[test]
fn a_change_whose_effect_is_known_is_told_to_the_second() {
    let site = larch();
    // Sales goes to ana first, then to ben: whoever knows what both did knows all of it.
    let other = changed(
        "members = [\"ana\", \"ben\"]\nring = \"round-robin\"\neach = \"15s\"",
        "members = [\"ana\", \"ben\"]\nring = \"round-robin\"\neach = \"10s\"",
    );
    let call = to_sales(&site, &["ana=no-answer", "ben=answers after 4s"]);
    let verdict = compare(&site, &other, &call.recorded, Talk::default());
    let Verdict::Differs(Differs { first, was, now, unknown }) = verdict else { panic!("{verdict:?}") };
    assert_eq!(first.at, Duration::from_secs(15), "{first}");
    let told = first.to_string();
    assert!(told.contains("the time of who rang in turn was up"), "{told}");
    assert_eq!((was.how, was.waited), (How::Answered, Duration::from_secs(19)));
    assert_eq!(unknown, [""; 0]);
    assert_eq!(now.len(), 1, "{now:?}");
    assert_eq!((now[0].how, now[0].waited), (How::Answered, Duration::from_secs(14)));
}

#[test]
fn a_number_that_is_gone_takes_no_calls() {
    let site = larch();
    let other = changed(
        "\"+12025550101\" = { label = \"Sales\",   trunk = \"carrier\", group = \"sales\", mailbox = \"sales\" }\n",
        "",
    );
    let verdict = compare(&site, &other, &to_sales(&site, &["ana=answers"]).recorded, Talk::default());
    let Verdict::Differs(Differs { now, .. }) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(now[0].how, How::Missed);
}

const DECK: &str = "prefix,direction,per_minute\n1,,0.06\n1,inbound,0.01\n";
const MONEY: &str = "[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n";

/// Larch with a deck, and one text of its config replaced.
fn rated(from: &str, to: &str, deck: &str) -> Site {
    let text = include_str!("larch/site.toml");
    assert!(text.contains(from), "{from}");
    larch_of(&text.replace(from, to), MONEY, deck)
}

/// A call to ana, who is not there, on a Monday morning.
fn to_ana(site: &Site, assumed: &[&str]) -> Call {
    let at = read_time(&site.timezone, "2026-11-23 10:00").expect("a time");
    let mut question = Question::read(site, "+12025550142", "+12025550104", at).expect("a question");
    assumed.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    call(site, question)
}

/// Five minutes after the call came it ended.
const TALK: Talk = Talk { lasted: Duration::from_secs(300), longest: Duration::from_secs(600) };

fn spent(least: &str, most: &str) -> Spent {
    let [least, most] = [least, most].map(|text| Amount::parse(text).expect("an amount"));
    Spent { least, most, is_open: false }
}

/// The forward has a minute's price for each begun minute of its talk, on both decks.
#[test]
fn another_deck_makes_the_same_calls_cost_otherwise() {
    let site = rated("ana", "ana", DECK);
    let dearer = rated("ana", "ana", &DECK.replace("0.06", "0.10"));
    let call = to_ana(&site, &["ana=unreachable", "+12025550152=answers after 3s"]);
    let verdict = compare(&site, &dearer, &call.recorded, TALK);
    let Verdict::Same(was, now) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(was.spent, spent("0.35", "0.35"), "five begun minutes, in and out");
    assert_eq!(*now, spent("0.55", "0.55"));
    let mut sum = Sum::default();
    (0..3).for_each(|_| sum.add(&verdict));
    assert_eq!(sum.spent, (spent("1.05", "1.05"), spent("1.65", "1.65")));
}

/// Who was forwarded and talked is not any more: what that cost is saved.
#[test]
fn a_forward_that_is_gone_costs_nothing_any_more() {
    let site = rated("ana", "ana", DECK);
    let without = rated(", forward = \"+12025550152\"", "", DECK);
    let call = to_ana(&site, &["ana=unreachable", "+12025550152=answers after 3s"]);
    let verdict = compare(&site, &without, &call.recorded, TALK);
    let Verdict::Differs(Differs { was, now, .. }) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(was.spent, spent("0.35", "0.35"));
    assert!(now.iter().all(|it| it.spent.most <= Amount::parse("0.01").unwrap()), "{now:?}");
}

/// Nobody knows whether they would have picked up, nor how long they would have talked: between nothing at all and
/// the longest talk of all calls.
#[test]
fn a_forward_that_is_new_costs_between_nothing_and_the_longest_talk() {
    let site = rated(", forward = \"+12025550152\"", "", DECK);
    let with = rated("ana", "ana", DECK);
    let call = to_ana(&site, &["ana=unreachable"]);
    let verdict = compare(&site, &with, &call.recorded, TALK);
    let Verdict::Differs(Differs { now, .. }) = &verdict else { panic!("{verdict:?}") };
    let taken: Vec<_> = now.iter().filter(|it| it.how == How::Answered).map(|it| it.spent).collect();
    assert_eq!(taken, [spent("0.07", "0.70")], "{now:?}");
    let mut sum = Sum::default();
    sum.add(&verdict);
    assert_eq!((sum.spent.1.least, sum.spent.1.most), (Amount::ZERO, Amount::parse("0.70").unwrap()));
}

/// A leg that no row has a price for is not taken for free.
#[test]
fn a_leg_without_a_price_leaves_the_sum_open() {
    let site = rated("ana", "ana", "prefix,per_minute\n44,0.01\n");
    let call = to_ana(&site, &["ana=unreachable", "+12025550152=answers after 3s"]);
    let verdict = compare(&site, &site, &call.recorded, TALK);
    let Verdict::Same(was, now) = &verdict else { panic!("{verdict:?}") };
    assert!(was.spent.is_open && now.is_open, "{verdict:?}");
}

/// Goal: whether a schedule was held, a caller listed by hand or a fact told that nobody had asked for is no part of a
/// journal; whoever reads what would have been is told what it rests on.
#[test]
fn what_nobody_had_asked_for_is_taken_as_usual_and_told() {
    let site = larch();
    let main = "  { unless = \"hours:office\", goto = \"after-hours\" },\n  { menu";
    let with = |guards: &str, more: &str| {
        let text = include_str!("larch/site.toml");
        assert!(text.contains(main));
        larch_of(&text.replace(main, &main.replace("  { menu", &format!("{guards}  {{ menu"))), more, "")
    };
    let told = |guards: &str, more: &str| {
        let at = read_time(&site.timezone, "2026-11-23 10:00").expect("a time");
        let question = Question::read(&site, "+12025550142", "+12025550100", at).expect("a question");
        match compare(&site, &with(guards, more), &call(&site, question).recorded, Talk::default()) {
            // What they would have done beside that is asked as well.
            Verdict::Differs(Differs { unknown, .. }) => {
                unknown.into_iter().filter(|it| !it.contains(" would ")).collect::<Vec<_>>()
            }
            verdict @ (Verdict::Same(..) | Verdict::Untold(_)) => panic!("{verdict:?}"),
        }
    };
    let lunch = "[hours.lunch]\nmon-fri = [\"12:00-13:00\"]\n";
    let asked = told("  { when = \"hours:lunch\", goto = \"after-hours\" },\n", lunch);
    assert_eq!(asked, ["was hours:lunch held by hand?"]);
    let vip = "[lists]\nvip = [\"+12025550170\"]\n";
    let asked = told("  { when = \"caller in list:vip\", goto = \"after-hours\" },\n", vip);
    assert_eq!(asked, ["was the caller in list:vip by hand?"]);
    let asked = told("  { when = \"contact.known\", goto = \"after-hours\" },\n", "");
    assert_eq!(asked, ["what was contact.known of the caller?"]);
    // What was asked then is known.
    let asked = told("  { when = \"hours:office and hours:lunch\", goto = \"after-hours\" },\n", lunch);
    assert_eq!(asked, ["was hours:lunch held by hand?"]);
}

#[test]
fn a_prompt_that_sounds_otherwise_is_told_by_its_name() {
    let site = larch();
    let other = changed("welcome = { file = \"welcome.wav\" }", "welcome = { file = \"closed.wav\" }");
    let at = read_time(&site.timezone, "2026-11-23 10:00").expect("it is a time");
    let question = Question::read(&site, "+12025550142", "+12025550100", at).expect("both are numbers");
    let verdict = compare(&site, &other, &call(&site, question).recorded, Talk::default());
    let Verdict::Differs(Differs { first, .. }) = &verdict else { panic!("{verdict:?}") };
    assert!(first.was.ends_with("hears welcome"), "{first}");
    assert!(first.now.ends_with("hears welcome, which sounds otherwise"), "{first}");
}
