//! What calls of before would have come to with another config.

mod day;
mod larch;

use std::time::Duration;

use callplan::{
    Site,
    explain::{Question, read_time},
    whatif::{Differs, How, Span, Sum, Verdict, compare},
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
        let verdict = compare(&site, &same, &call.recorded);
        assert!(matches!(verdict, Verdict::Same(_)), "{verdict:?}\n{}", call.course);
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
        let verdict = compare(&site, &other, &call.recorded);
        assert!(matches!(verdict, Verdict::Same(_)), "{verdict:?}\n{}", call.course);
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
    let verdicts: Vec<_> = day.iter().map(|call| compare(&site, &three, &call.recorded)).collect();
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
    let verdict = compare(&site, &other, &call.recorded);
    let Verdict::Differs(Differs { first, was, now, unknown }) = verdict else { panic!("{verdict:?}") };
    assert_eq!(first.at, Duration::from_secs(15), "{first}");
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
    let verdict = compare(&site, &other, &to_sales(&site, &["ana=answers"]).recorded);
    let Verdict::Differs(Differs { now, .. }) = &verdict else { panic!("{verdict:?}") };
    assert_eq!(now[0].how, How::Missed);
}
