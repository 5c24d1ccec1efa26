//! What a stolen password could cost, against whoever tries to spend more.

#[expect(dead_code, reason = "other tests take the site as it is")]
mod larch;

use std::{collections::VecDeque, time::Duration};

use callplan::{
    E164, PersonId, PhoneId, Site,
    exposure::{Exposure, exposures},
    money::{Amount, Rate, Way},
    resolve::{Resolution, resolve},
};
use jiff::civil::{Date, date};
use larch::larch_rated;
use proptest::{prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};

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

/// What whoever stole a password does next: waits, and then begins a call of such a length.
#[derive(Clone, Copy, Debug)]
struct Try {
    pause: Duration,
    number: E164,
    lasts: Duration,
}

/// The switch, as far as it keeps anybody from spending: its limits, and its purse.
struct Switch {
    calls_max: usize,
    per_minute: usize,
    per_day: Option<Amount>,
    begun: VecDeque<Duration>,
    /// When each call ends, at the latest.
    calls: Vec<Duration>,
}

/// The attack begins an hour before the hour that is looked at, so that calls go on into it.
const LOOK: Duration = Duration::from_secs(3600);

/// What is paid between an hour and two hours after the attack began, by a switch that holds its limits.
fn attack(switch: &mut Switch, tries: &[Try], rate: impl Fn(E164) -> Option<Rate>) -> Amount {
    let (mut now, mut spent) = (Duration::ZERO, Amount::ZERO);
    // Reserved on the day: the increments of each call in the order of time.
    let mut paid: Vec<(Duration, Amount)> = Vec::new();
    for attempt in tries {
        now += attempt.pause;
        if now >= 2 * LOOK {
            break;
        }
        while switch.begun.front().is_some_and(|at| now - *at >= Duration::from_secs(60)) {
            switch.begun.pop_front();
        }
        switch.calls.retain(|ends| *ends > now);
        let Some(rate) = rate(attempt.number) else { continue };
        if switch.calls.len() >= switch.calls_max || switch.begun.len() >= switch.per_minute {
            continue;
        }
        switch.begun.push_back(now);
        let mut ends = now + attempt.lasts;
        let mut increments = vec![(now, rate.cost_of(0))];
        for at in 1..=rate.increments(attempt.lasts) {
            increments.push((now + rate.paid_for(at - 1), rate.per_minute.of_seconds(rate.next.into())));
        }
        let mut used: Amount = paid.iter().map(|it| it.1).fold(Amount::ZERO, Amount::plus);
        for (at, amount) in increments {
            used = used.plus(amount);
            if switch.per_day.is_some_and(|per_day| used > per_day) {
                ends = ends.min(at);
                break;
            }
            paid.push((at, amount));
            if (LOOK..2 * LOOK).contains(&at) {
                spent = spent.plus(amount);
            }
        }
        switch.calls.push(ends);
    }
    spent
}

/// Numbers of every price that there is, and of none.
const NUMBERS: [&str; 9] = [
    "+12025550142",
    "+18005550142",
    "+442079460000",
    "+448081570000",
    "+447700900123",
    "+493012345678",
    "+881612345678",
    "+74951234567",
    "+33123456789",
];

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let number = select(NUMBERS.to_vec()).prop_map(|text| text.parse::<E164>().expect("a number"));
    // Some in a hurry, some slow, most for as short as can be or for as long.
    let pause = select(vec![0_u64, 0, 1, 20, 600]).prop_flat_map(|most| 0..=most);
    let lasts = select(vec![0_u64, 1, 59, 61, 600, 3600, 7200]).prop_flat_map(|most| 0..=most);
    let attempt = (pause, number, lasts).prop_map(|(pause, number, lasts)| Try {
        pause: Duration::from_secs(pause),
        number,
        lasts: Duration::from_secs(lasts),
    });
    proptest::collection::vec(attempt, 1..24)
}

struct Victim {
    site: Site,
    person: PersonId,
    phone: PhoneId,
    exposure: Exposure,
}

impl Victim {
    fn new(limits: &str, name: &str) -> Self {
        let site = site(limits);
        let person = site.person(name).expect("it is in the config");
        let (phone, exposure) = (site[person].phones[0], of(&site, name));
        Self { site, person, phone, exposure }
    }

    fn switch(&self) -> Switch {
        let person = &self.site[self.person];
        Switch {
            calls_max: person.calls_max.into(),
            per_minute: self.site.limits.calls_per_minute.into(),
            per_day: person.per_day,
            begun: VecDeque::new(),
            calls: Vec::new(),
        }
    }

    /// What a number costs that the phone may dial.
    fn rate(&self, number: E164) -> Option<Rate> {
        let resolution = resolve(&self.site, self.phone, &number.to_string());
        let Resolution::Outside { to, .. } = resolution else { return None };
        let money = self.site.money.as_ref()?;
        money.deck.price(Way::Out, to, ON).map(|price| price.row.rate)
    }
}

/// Goal: nobody spends more within an hour than is told, whatever they dial, however often and for how long.
#[test]
fn a_hundred_thousand_attacks_stay_below_the_bound() {
    let limits =
        ["calls_per_minute = 1", "calls_per_minute = 5\ncalls_per_person = 4", "per_day = \"25.00\"", ""];
    let victims: Vec<Victim> =
        limits.iter().flat_map(|limits| ["ana", "cho"].map(|name| Victim::new(limits, name))).collect();
    let rates: Vec<Vec<(E164, Option<Rate>)>> = victims
        .iter()
        .map(|victim| NUMBERS.map(|text| text.parse().unwrap()).map(|it| (it, victim.rate(it))).to_vec())
        .collect();
    let mut runner = TestRunner::deterministic();
    let strategy = tries();
    let (mut attacks, mut most) = (0, vec![Amount::ZERO; victims.len()]);
    while attacks < 100_000 {
        let tries = strategy.new_tree(&mut runner).unwrap().current();
        for ((victim, rates), most) in victims.iter().zip(&rates).zip(&mut most) {
            let rate = |number| rates.iter().find(|(own, _)| *own == number).and_then(|(_, rate)| *rate);
            let spent = attack(&mut victim.switch(), &tries, rate);
            assert!(spent <= victim.exposure.per_hour, "{spent} {:?} {tries:?}", victim.exposure);
            *most = spent.max(*most);
            attacks += 1;
        }
    }
    assert!(most.iter().all(|spent| *spent > Amount::ZERO), "{most:?}");
}

/// Goal: the bound is no mere word: whoever begins as often as they may, where that is dearest, comes close to it.
#[test]
fn an_attacker_who_knows_the_deck_comes_close_to_the_bound() {
    for limits in ["calls_per_minute = 5\ncalls_per_person = 4", "per_day = \"25.00\"", ""] {
        let victim = Victim::new(limits, "cho");
        let per_minute = u64::from(victim.site.limits.calls_per_minute);
        let pause = Duration::from_secs(60) / u32::try_from(per_minute).unwrap();
        let dearest =
            [victim.exposure.begin, victim.exposure.minute].map(|it| it.expect("something costs").number);
        let spent = dearest.map(|number| {
            let begins = Try { pause, number, lasts: Duration::ZERO };
            let mut tries = vec![begins; per_minute as usize * 121];
            // Nothing is begun before the hour that is looked at.
            tries[0].pause = LOOK;
            attack(&mut victim.switch(), &tries, |number| victim.rate(number))
        });
        let spent = spent[0].max(spent[1]);
        let close = victim.exposure.per_hour.billionths() / 10 * 9;
        assert!(
            spent.billionths() >= close && spent <= victim.exposure.per_hour,
            "{spent} {:?}",
            victim.exposure
        );
    }
}
