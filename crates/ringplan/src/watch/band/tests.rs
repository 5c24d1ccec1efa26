use super::*;

const WINDOW: Duration = Duration::from_secs(300);

/// A switch that does as it is told, second by second.
#[derive(Clone, Debug)]
struct Office {
    figures: Figures,
}

impl Office {
    fn new(registered: usize) -> Self {
        let trunks = vec![("carrier".into(), true), ("spare".into(), false)];
        Self { figures: Figures { version: 1, registered, trunks, ..Figures::default() } }
    }

    fn calls(&mut self, answered: u64, in_vain: u64, not_set_up: u64) {
        let counters = &mut self.figures.counters;
        counters.answered += answered;
        counters.in_vain += in_vain;
        counters.not_set_up += not_set_up;
    }

    /// What becomes of a change after an hour in which so many of a hundred calls were answered and so many not set up.
    fn changes(mut self, hour: (u64, u64), mut second: impl FnMut(u64, &mut Self)) -> (u64, Verdict) {
        let mut past = Past::default();
        past.note(Tried::of(&self.figures.counters));
        if hour != (0, 0) {
            self.calls(hour.0, 100 - hour.0, hour.1);
        }
        let mut trial = Trial::new(2, &self.figures, &past, at(0), WINDOW);
        self.figures.registered -= self.figures.leaving;
        self.figures.version = 2;
        for now in 1.. {
            second(now, &mut self);
            let verdict = trial.look(&self.figures, at(now));
            if verdict != Verdict::Watched {
                return (now, verdict);
            }
        }
        unreachable!("a window ends")
    }
}

fn at(second: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(second)
}

fn why(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Back(why) => why.to_string(),
        Verdict::Watched | Verdict::Stays | Verdict::Overtaken(_) | Verdict::Ending => format!("{verdict:?}"),
    }
}

#[test]
fn a_quiet_change_stays_once_its_time_is_over() {
    assert_eq!(Office::new(40).changes((70, 4), |_, _| ()), (300, Verdict::Stays));
    let as_before = |now: u64, office: &mut Office| match now % 10 {
        0..=6 => office.calls(1, 0, 0),
        7 | 8 => office.calls(0, 1, 0),
        _ => office.calls(0, 1, u64::from(now % 20 == 19)),
    };
    assert_eq!(Office::new(40).changes((70, 5), as_before), (300, Verdict::Stays));
}

#[test]
fn registrations_that_fall_by_more_than_a_tenth_take_it_back() {
    let falls = |before, to: usize| {
        Office::new(before).changes((70, 4), |now, office| {
            if now >= 100 {
                office.figures.registered = to;
            }
        })
    };
    assert_eq!(falls(40, 36), (300, Verdict::Stays), "a tenth is not more than one");
    assert_eq!(falls(10, 8), (300, Verdict::Stays), "two are few");
    assert_eq!(falls(3, 0), (100, Verdict::Back(Why::Registrations { before: 3, now: 0 })));
    let (second, verdict) = falls(40, 35);
    assert_eq!((second, &*why(&verdict)), (100, "of 40 registered phones 35 are left"));
}

#[test]
fn phones_that_the_change_leaves_out_are_not_missed() {
    let mut office = Office::new(40);
    office.figures.leaving = 3;
    assert_eq!(office.changes((70, 4), |_, _| ()), (300, Verdict::Stays));
}

#[test]
fn calls_that_are_not_set_up_take_it_back() {
    let fails = |hour| {
        Office::new(40).changes(hour, |now, office| {
            if now % 10 == 0 {
                office.calls(0, 1, 1);
            }
        })
    };
    let told = |(second, verdict)| (second, why(&verdict));
    let text = "5 of 5 calls could not be set up; in the hour before it was 2 of 100";
    assert_eq!(told(fails((90, 2))), (50, text.to_owned()));
    // Nobody called before: five of a hundred are usual.
    let text = "5 of 5 calls could not be set up; there was none in the hour before";
    assert_eq!(told(fails((0, 0))), (50, text.to_owned()));
    // Where most fail every day, five are no sign.
    assert_eq!(fails((30, 60)).0, 140);
}

#[test]
fn a_share_of_failures_that_chance_explains_stays() {
    let some = |every: u64| {
        Office::new(40).changes((90, 5), move |now, office| {
            if now % every == 0 { office.calls(0, 1, 1) } else { office.calls(1, 0, 0) }
        })
    };
    assert_eq!(some(15), (300, Verdict::Stays));
    assert!(matches!(some(4), (20, Verdict::Back(Why::NotSetUp { .. }))), "{:?}", some(4));
}

#[test]
fn calls_that_nobody_answers_take_it_back() {
    let nobody = |hour| Office::new(40).changes(hour, |_, office| office.calls(0, 1, 0));
    let (second, verdict) = nobody((70, 4));
    assert_eq!(
        (second, &*why(&verdict)),
        (10, "0 of 10 calls were answered; in the hour before it was 70 of 100")
    );
    assert_eq!(nobody((0, 0)), (300, Verdict::Stays), "nobody knows what is usual");
    assert!(nobody((10, 4)).0 > 60, "where few are answered it takes longer to see");
}

#[test]
fn a_trunk_that_is_lost_for_half_a_minute_takes_it_back() {
    let lost = |seconds: std::ops::Range<u64>| {
        Office::new(40).changes((70, 4), move |now, office| {
            office.figures.trunks[0].1 = !seconds.contains(&now);
        })
    };
    assert_eq!(lost(10..40), (300, Verdict::Stays));
    let (second, verdict) = lost(10..400);
    assert_eq!((second, &*why(&verdict)), (40, "trunk carrier can't be used for 30 s by now"));
    let gone = Office::new(40).changes((70, 4), |_, office| office.figures.trunks.clear());
    assert_eq!(gone, (300, Verdict::Stays), "it was taken out");
}

#[test]
fn another_version_or_the_end_of_the_switch_ends_it() {
    let then = |change: fn(&mut Figures)| {
        Office::new(40).changes((70, 4), move |now, office| {
            if now == 20 {
                change(&mut office.figures);
                office.calls(0, 100, 100);
            }
        })
    };
    assert_eq!(then(|figures| figures.version = 3), (20, Verdict::Overtaken(3)));
    assert_eq!(then(|figures| figures.is_draining = true), (20, Verdict::Ending));
}

/// Goal: what is usual is that of the last hour, not of all days before.
#[test]
fn an_hour_is_looked_back_on() {
    let (mut past, mut tried) = (Past::default(), Tried::default());
    for minute in 0..180 {
        past.note(tried);
        if minute < 120 { tried.in_vain += 1 } else { tried.answered += 1 }
    }
    assert_eq!(past.hour(tried), Tried { answered: 60, ..Tried::default() });
}
