//! Prints what proving costs: a thousand tests, every way of the starter site, and a million random calls.
//!
//! `cargo run --release -p callplan --example proof`
#![expect(clippy::disallowed_methods, reason = "it measures how long the core takes")]

#[path = "../tests/shipped/mod.rs"]
mod shipped;

use std::{fmt::Write as _, ops::ControlFlow, time::Instant};

use callplan::{
    Site, Source,
    explain::{Behaviour, Given, Party, Press, Question, explain, read_time},
    load,
    step::{Caller, End, Entry, Fault},
    ways::{Horizon, Walk, entries},
};
use clock::Wall;
use shipped::{Etc, starter};

fn site(more: &str) -> Site {
    let mut sources = starter().to_vec();
    sources.push(Source::new("more.toml", more));
    load(&sources, &Etc).unwrap_or_else(|findings| panic!("{}", findings[0])).0
}

fn main() {
    thousand();
    let site = site("");
    let began = Instant::now();
    let horizon = Horizon::after(read_time(&site.timezone, "2026-03-01 00:00").expect("a time"));
    let walked = Walk::of(&site, &entries(&site), horizon).run(|_| ControlFlow::Continue(()));
    println!("{} ways of every call in {:?}", walked.ways, began.elapsed());
    million(&site);
}

/// Tests of all lengths: through menus, groups and voicemail.
fn thousand() {
    let mut text = String::new();
    for number in 0..1000 {
        let (to, key) =
            (["+12025550100", "+12025550101", "+12025550102", "+12025550104"][number % 4], number % 10);
        let (day, hour) = (1 + number % 28, number % 24);
        let _ = write!(
            text,
            "[[tests]]\nname = \"{number}\"\ncall = {{ from = \"+12025550142\", to = \"{to}\", at = \"2026-03-{day:02} {hour:02}:15\" }}\n\
             press = [\"{key}\"]\npasses = [\"voicemail:reception\"]\nends = \"voicemail\"\n"
        );
    }
    let began = Instant::now();
    let site = site(&text);
    let loaded = began.elapsed();
    let began = Instant::now();
    let passed = site.tests.iter().filter(|test| test.run(&site).is_passed()).count();
    println!("{} tests in {:?} ({passed} passed); read in {loaded:?}", site.tests.len(), began.elapsed());
}

/// Calls at random, of whom none may be left with nowhere to go (PRODUCT 5, F3).
fn million(site: &Site) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let began = Instant::now();
    let from = read_time(&site.timezone, "2026-01-01 00:00").expect("a time").unix_micros();
    let stranger = "+12025550142".parse().expect("a number");
    for _ in 0..1_000_000 {
        let caller =
            [Caller::Number(stranger), Caller::Withheld, Caller::Phone(random(site.phones.len()).into())]
                [random(3)];
        let minute = i64::try_from(random(2 * 366 * 24 * 60)).expect("it fits");
        let at = Wall::from_unix_micros(from + minute * 60_000_000);
        let mut question = Question::new(caller, Entry::Number(random(site.numbers.len()).into()), at);
        question.press =
            (0..random(5)).map(|_| Press::Asked(['1', '2', '0', '9', '5', '#'][random(6)])).collect();
        let behaviours = [
            Behaviour::BUSY,
            Behaviour::ABSENT,
            Behaviour::NO_ANSWER,
            Behaviour::answers(std::time::Duration::from_secs(9)),
        ];
        let given = |phone: usize, which: usize| Given::new(Party::Phone(phone.into()), behaviours[which]);
        question.given = (0..site.phones.len()).map(|phone| given(phone, random(4))).collect();
        let course = explain(site, &question);
        let failed = match course.end {
            None => true,
            Some(callplan::explain::Finish::Ended(End::Failed(fault))) => fault != Fault::TooLong,
            Some(_) => false,
        };
        assert!(!failed, "{}\n{course}", question.command(site));
    }
    println!("1,000,000 random calls in {:?}: none was left with nowhere to go", began.elapsed());
}
