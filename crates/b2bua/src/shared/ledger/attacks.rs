//! Whoever stole a password, against the purse and the limits that stand in their way: nobody spends more within an hour
//! than `callplan::exposure` tells, whatever they dial, hand on or send on, however often and for how long.

use callplan::{
    E164, Memory, PersonId, Site, Source,
    exposure::{Exposure, exposures},
    load,
    money::Way,
    resolve::{Resolution, resolve},
};
use proptest::{prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner};

use super::*;
use crate::shared::limit::{Holding, Limits};

const SITE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../callplan/tests/larch/site.toml"));
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

/// The attack begins an hour before the hour that is looked at, so that calls go on into it.
const LOOK: Duration = Duration::from_secs(3600);
/// Attacks of a test run; `B2BUA_ATTACKS` says another number.
const ATTACKS: usize = 2_000;

/// How a leg outside comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// A phone of the victim's dials it.
    Dial,
    /// A call from outside is sent there: by a code, or by a phone's own answer.
    SendOn,
    /// What a phone of the victim's has dialled is transferred there, and the phone is free again.
    HandOn,
}

/// What they do next: wait, and then have a leg of such a length.
#[derive(Clone, Copy, Debug)]
struct Try {
    pause: Duration,
    deed: Deed,
    number: E164,
    lasts: Duration,
}

/// A leg outside that was answered.
struct Out {
    key: Key<Leg>,
    rate: Rate,
    since: Duration,
    /// When they hang up, unless it is cut before.
    ends: Duration,
    /// When the purse looks at it, if it does.
    look: Option<Duration>,
    holdings: Vec<Holding>,
}

/// Whose password was stolen.
struct Victim {
    site: Site,
    person: PersonId,
    exposure: Exposure,
    /// What the numbers above cost, if a phone of theirs may dial them.
    rates: Vec<(E164, Option<Rate>)>,
}

impl Victim {
    fn new(limits: &str, name: &str) -> Self {
        let more = format!("[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n[limits]\n{limits}\n");
        let files = Memory::default().with("phones", b"").with("rates.csv", DECK.as_bytes());
        let sources = [Source::new("site.toml", SITE), Source::new("more.toml", more)];
        let site = load(&sources, &files).unwrap_or_else(|findings| panic!("{}", findings[0])).0;
        let person = site.person(name).unwrap();
        let all = exposures(&site, today()).unwrap();
        let exposure = all.into_iter().find(|it| it.person == person).unwrap();
        let rates = NUMBERS.map(|text| text.parse().unwrap());
        let rates = rates.map(|number| (number, priced(&site, person, number))).to_vec();
        Self { site, person, exposure, rates }
    }

    fn rate(&self, number: E164) -> Option<Rate> {
        let known = self.rates.iter().find(|(own, _)| *own == number);
        known.map_or_else(|| priced(&self.site, self.person, number), |(_, rate)| *rate)
    }
}

/// What a number costs that somebody's phone may dial.
fn priced(site: &Site, person: PersonId, number: E164) -> Option<Rate> {
    let resolution = resolve(site, site[person].phones[0], &number.to_string());
    let Resolution::Outside { to, .. } = resolution else { return None };
    let price = site.money.as_ref()?.deck.price(Way::Out, to, today())?;
    Some(price.row.rate)
}

fn today() -> Day {
    "2026-03-13".parse().unwrap()
}

/// The switch, as far as it keeps anybody from spending: its own limits and its own purse.
struct Attack<'v> {
    victim: &'v Victim,
    name: Arc<str>,
    limits: Limits,
    ledger: Ledger,
    /// When the second day begins.
    midnight: Duration,
    out: Vec<Out>,
    legs: u64,
    /// What carriers ask for, and when.
    asked: Vec<(Duration, Amount)>,
}

impl<'v> Attack<'v> {
    fn new(victim: &'v Victim, midnight: Duration) -> Self {
        Self {
            victim,
            name: victim.site[victim.person].name.clone(),
            limits: Limits::default(),
            ledger: Ledger::default(),
            midnight,
            out: Vec::new(),
            legs: 0,
            asked: Vec::new(),
        }
    }

    /// All tries until the hour is over; what carriers ask for in it.
    fn run(mut self, tries: &[Try]) -> Amount {
        let mut now = Duration::ZERO;
        for attempt in tries {
            now += attempt.pause;
            if now >= 2 * LOOK {
                break;
            }
            self.goes_on(now);
            self.tries(now, *attempt);
        }
        self.goes_on(2 * LOOK);
        for out in std::mem::take(&mut self.out) {
            self.over(out, 2 * LOOK);
        }
        assert!(self.limits.is_idle() && self.ledger.is_idle());
        let within = self.asked.iter().filter(|(at, _)| (LOOK..2 * LOOK).contains(at));
        within.map(|(_, amount)| *amount).fold(Amount::ZERO, Amount::plus)
    }

    /// What is due before `until`, one after another.
    fn goes_on(&mut self, until: Duration) {
        let due = |out: &Out| out.look.map_or(out.ends, |look| look.min(out.ends));
        while let Some(at) = (0..self.out.len()).min_by_key(|at| due(&self.out[*at])) {
            let now = due(&self.out[at]);
            if now > until {
                return;
            }
            let (key, today) = (self.out[at].key, self.day(now));
            let is_over = now == self.out[at].ends
                || match self.ledger.extend(key, self.bound(), instant(now), today) {
                    Paid::Out => true,
                    Paid::Whole => {
                        self.out[at].look = None;
                        false
                    }
                    Paid::Until(look) => {
                        self.out[at].look = Some(look.since(Instant::ZERO));
                        false
                    }
                };
            if is_over {
                let out = self.out.swap_remove(at);
                self.over(out, now);
            }
        }
    }

    fn tries(&mut self, now: Duration, attempt: Try) {
        let person = &self.victim.site[self.victim.person];
        let (calls_max, per_minute) = (person.calls_max, self.victim.site.limits.calls_per_minute);
        let Some(rate) = self.victim.rate(attempt.number) else { return };
        let talks = Holding::Person(self.name.clone());
        let dialled = self.out.iter().position(|out| out.holdings.contains(&talks));
        let may = match attempt.deed {
            Deed::Dial => self.limits.reserve(&talks, calls_max),
            Deed::SendOn => true,
            Deed::HandOn => dialled.is_some(),
        };
        if !may {
            return;
        }
        let paid = Holding::Outside(self.name.clone());
        let mut tab = None;
        if self.limits.begin(&self.name, per_minute, instant(now)) && self.limits.reserve(&paid, calls_max) {
            tab = self.ledger.open(rate, Some(self.name.clone()), self.bound(), self.day(now));
            if tab.is_none() {
                self.limits.give_back(&paid);
            }
        }
        let mut holdings = Vec::new();
        match (attempt.deed, &tab, dialled) {
            (Deed::Dial, Some(_), _) => holdings.push(talks),
            (Deed::Dial, None, _) => self.limits.give_back(&talks),
            (Deed::HandOn, Some(_), Some(at)) => {
                // The phone leaves; both legs stay on its person's account.
                let account = Holding::Account(self.name.clone());
                self.limits.give_back(&talks);
                self.out[at].holdings.retain(|holding| *holding != talks);
                self.out[at].holdings.push(account.clone());
                holdings.push(account.clone());
                (0..2).for_each(|_| self.limits.take(&account));
            }
            (Deed::SendOn | Deed::HandOn, _, _) => {}
        }
        let Some(tab) = tab else { return };
        holdings.push(paid);
        self.legs += 1;
        let key = Key::from_raw(self.legs);
        let look = self.ledger.begin(key, tab, instant(now)).map(|look| look.since(Instant::ZERO));
        let ends = now + attempt.lasts;
        self.out.push(Out { key, rate, since: now, ends, look, holdings });
    }

    /// A leg is over: carriers ask for each increment that it began, and the purse has paid just that.
    fn over(&mut self, out: Out, now: Duration) {
        out.holdings.iter().for_each(|holding| self.limits.give_back(holding));
        let charge = self.ledger.settle(out.key, instant(now)).unwrap();
        let (mut asked, begun) = (Amount::ZERO, out.rate.increments(now - out.since));
        for increment in 0..=begun {
            let at = increment.checked_sub(1).map_or(Duration::ZERO, |before| out.rate.paid_for(before));
            let amount = out.rate.cost_of(increment).less(asked).unwrap();
            asked = out.rate.cost_of(increment);
            self.asked.push((out.since + at, amount));
        }
        assert_eq!(charge.billionths, asked.billionths(), "what is asked for is what was paid");
    }

    fn bound(&self) -> Option<Amount> {
        self.victim.site[self.victim.person].per_day
    }

    fn day(&self, now: Duration) -> Day {
        if now < self.midnight { today() } else { today().tomorrow().unwrap() }
    }
}

fn instant(at: Duration) -> Instant {
    Instant::ZERO + at
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let number = select(NUMBERS.to_vec()).prop_map(|text| text.parse::<E164>().unwrap());
    let deed = select(vec![Deed::Dial, Deed::Dial, Deed::SendOn, Deed::HandOn]);
    // Some in a hurry, some slow, most for as short as can be or for as long.
    let pause = select(vec![0_u64, 0, 1, 20, 600]).prop_flat_map(|most| 0..=most);
    let lasts = select(vec![0_u64, 1, 59, 61, 600, 3600, 7200]).prop_flat_map(|most| 0..=most);
    let attempt = (pause, deed, number, lasts).prop_map(|(pause, deed, number, lasts)| {
        let [pause, lasts] = [pause, lasts].map(Duration::from_secs);
        Try { pause, deed, number, lasts }
    });
    proptest::collection::vec(attempt, 1..24)
}

fn victims() -> Vec<Victim> {
    let limits =
        ["calls_per_minute = 1", "calls_per_minute = 5\ncalls_per_person = 4", "per_day = \"25.00\"", ""];
    limits.iter().flat_map(|limits| ["ana", "cho"].map(|name| Victim::new(limits, name))).collect()
}

/// Goal: nobody spends more within an hour than is told, on one day or over midnight.
#[test]
fn nobody_spends_more_within_an_hour_than_is_told() {
    let wanted = std::env::var("B2BUA_ATTACKS").map_or(ATTACKS, |text| text.parse().unwrap());
    let (victims, strategy) = (victims(), tries());
    let mut runner = TestRunner::deterministic();
    let (mut attacks, mut most) = (0, vec![Amount::ZERO; victims.len()]);
    while attacks < wanted {
        let tries = strategy.new_tree(&mut runner).unwrap().current();
        for (victim, most) in victims.iter().zip(&mut most) {
            for (midnight, bound) in
                [(3 * LOOK, victim.exposure.per_hour), (LOOK + LOOK / 2, victim.exposure.over_midnight)]
            {
                let spent = Attack::new(victim, midnight).run(&tries);
                assert!(spent <= bound, "{spent} {:?} {tries:?}", victim.exposure);
                *most = spent.max(*most);
                attacks += 1;
            }
        }
    }
    assert!(most.iter().all(|spent| *spent > Amount::ZERO), "{most:?}");
    println!("figure: {attacks} attacks, none beyond what is told");
}

/// Goal: the bound is no mere word: whoever begins as often as they may, where that is dearest, comes close to it,
/// whether they dial or send calls on.
#[test]
fn whoever_knows_the_deck_comes_close_to_what_is_told() {
    for limits in ["calls_per_minute = 5\ncalls_per_person = 4", "per_day = \"25.00\"", ""] {
        let victim = Victim::new(limits, "cho");
        let per_minute = victim.site.limits.calls_per_minute;
        let pause = Duration::from_secs(60) / u32::from(per_minute);
        let dearest = [victim.exposure.begin, victim.exposure.minute].map(|it| it.unwrap().number);
        for deed in [Deed::Dial, Deed::SendOn] {
            let spent = dearest.map(|number| {
                let begins = Try { pause, deed, number, lasts: Duration::ZERO };
                let mut tries = vec![begins; usize::from(per_minute) * 121];
                // Nothing is begun before the hour that is looked at.
                tries[0].pause = LOOK;
                Attack::new(&victim, 3 * LOOK).run(&tries)
            });
            let spent = spent[0].max(spent[1]);
            let close = victim.exposure.per_hour.billionths() / 10 * 9;
            assert!(spent.billionths() >= close, "{spent} {:?}", victim.exposure);
            assert!(spent <= victim.exposure.per_hour, "{spent} {:?}", victim.exposure);
        }
    }
}

/// Goal: of calls that last, no more cost something at once than a person may have, sent on, handed on or dialled.
#[test]
fn calls_that_last_are_no_more_than_a_person_may_have() {
    for deeds in
        [vec![Deed::SendOn], vec![Deed::Dial, Deed::HandOn], vec![Deed::Dial, Deed::HandOn, Deed::SendOn]]
    {
        let victim = Victim::new("calls_per_person = 3", "cho");
        let number = victim.exposure.minute.unwrap().number;
        let lasting = |at: usize| Try {
            pause: Duration::from_secs(10),
            deed: deeds[at % deeds.len()],
            number,
            lasts: 2 * LOOK,
        };
        let tries: Vec<_> = (0..200).map(lasting).collect();
        let spent = Attack::new(&victim, 3 * LOOK).run(&tries);
        let rate = victim.rate(number).unwrap();
        let three = rate.per_minute.of_seconds(3 * (3600 + u64::from(rate.next)));
        assert!(spent <= three, "{deeds:?}: {spent} is more than {three}");
    }
}
