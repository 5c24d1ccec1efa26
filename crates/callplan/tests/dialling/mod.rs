//! Random calls to the first number of a small site.

use std::time::Duration;

use callplan::{
    E164, PersonId,
    explain::{Behaviour, Given, Party, Press, Question, Reply},
    step::{Caller, Entry, Outcome},
};
use clock::Wall;
use proptest::{prelude::*, sample::select};

/// In microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

fn behaviour() -> impl Strategy<Value = Behaviour> {
    use Outcome::{Answered, Busy, Declined, NoAnswer, Unreachable};
    let says = (0u64..30, select(vec![Answered, Busy, Busy, Declined, Unreachable, NoAnswer]));
    (0u8..3, any::<bool>(), says).prop_map(|(contacts, rings, (after, outcome))| Behaviour {
        contacts,
        rings: rings.then_some(Duration::ZERO),
        says: Some((Duration::from_secs(after), outcome)),
        presses: (after % 3 > 0).then_some((Duration::from_secs(2), Reply::Accept)),
    })
}

fn number(text: &str) -> E164 {
    text.parse().expect("a number")
}

/// A call with its caller, time, parties and keys.
pub(crate) fn walk() -> impl Strategy<Value = Question> {
    let callers = vec![
        Caller::Withheld,
        Caller::Number(number("+12025550170")),
        Caller::Number(number("+12025550171")),
    ];
    let press = select(vec!["0", "1", "1", "2", "9", "#", "-", "1-", "101", "103", "12"]);
    let press = proptest::collection::vec(press, 0..6);
    let behaviours = proptest::collection::vec(behaviour(), 8);
    let calls = proptest::collection::vec(0u16..3, 3);
    (select(callers), 0i64..168, press, behaviours, calls).prop_map(
        |(caller, hour, press, behaviours, calls)| {
            let mut question =
                Question::new(caller, Entry::Number(0.into()), Wall::from_unix_micros(hour * HOUR));
            let press = press.into_iter().flat_map(str::chars);
            question.press =
                press.map(|key| if key == '-' { Press::Nothing } else { Press::Asked(key) }).collect();
            let parties = (0..4).map(|phone: usize| Party::Phone(phone.into()));
            let outside = ["+12025550160", "+12025550161", "+12025550162", "+12025550163"];
            let parties = parties.chain(outside.map(|it| Party::Number(number(it))));
            let given = parties.zip(behaviours).map(|(party, behaviour)| Given::new(party, behaviour));
            question.given = given.collect();
            question.calls =
                calls.into_iter().enumerate().map(|(at, calls)| (PersonId::from(at), calls)).collect();
            question
        },
    )
}
