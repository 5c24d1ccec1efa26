use super::*;

const BOUND: &str = "1.00";

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn today() -> Day {
    day("2026-11-22")
}

/// A cent a second.
fn cent() -> Rate {
    Rate { per_minute: amount("0.60"), connect_fee: Amount::ZERO, first: 1, next: 1 }
}

fn ana() -> Arc<str> {
    "ana".into()
}

fn open(ledger: &mut Ledger, rate: Rate) -> Option<Tab> {
    ledger.open(rate, Some(ana()), Some(amount(BOUND)), today())
}

fn at(ms: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(ms)
}

fn leg(raw: u64) -> Key<Leg> {
    Key::from_raw(raw)
}

/// Lets a leg go on as long as it can pay; when it is cut.
fn run_out(ledger: &mut Ledger, leg: Key<Leg>, mut next: Instant) -> Instant {
    while let Paid::Until(at) = ledger.extend(leg, Some(amount(BOUND)), next, today()) {
        next = at;
    }
    next
}

#[test]
fn a_call_is_cut_half_a_second_before_what_is_left_is_used_up() {
    let mut ledger = Ledger::default();
    let tab = open(&mut ledger, cent()).unwrap();
    let next = ledger.begin(leg(1), tab, at(0)).unwrap();
    assert_eq!(next, at(500));
    let cut = run_out(&mut ledger, leg(1), next);
    assert_eq!(cut, at(99_500));
    let charge = ledger.settle(leg(1), cut).unwrap();
    assert_eq!((charge.billionths, &*charge.payer), (amount("1.00").billionths(), "ana"));
    assert_eq!(ledger.used("ana", today()), amount("1.00"));
    assert!(open(&mut ledger, cent()).is_none(), "nothing is left");
}

/// Two hundred at once: as many get out as can pay, and together they never pay more than there is.
#[test]
fn calls_at_once_share_what_is_left() {
    let mut ledger = Ledger::default();
    let tabs: Vec<_> = (0..200).filter_map(|_| open(&mut ledger, cent())).collect();
    assert_eq!(tabs.len(), 100);
    for tab in &tabs[1..] {
        ledger.close(tab);
    }
    assert_eq!(ledger.used("ana", today()), amount("0.01"));
    for number in 1..4 {
        let tab = open(&mut ledger, cent()).unwrap();
        ledger.begin(leg(number), tab, at(0));
    }
    let mut cut = 0;
    for second in 0..60 {
        let now = at(second * 1000 + 500);
        for number in 1..4 {
            cut += u32::from(ledger.extend(leg(number), Some(amount(BOUND)), now, today()) == Paid::Out);
        }
        assert!(ledger.used("ana", today()) <= amount(BOUND));
    }
    assert!(cut > 0);
    assert_eq!(ledger.used("ana", today()), amount(BOUND));
}

#[test]
fn what_a_call_did_not_use_comes_back() {
    let mut ledger = Ledger::default();
    let minute = Rate { first: 60, next: 60, ..cent() };
    let tab = open(&mut ledger, minute).unwrap();
    assert_eq!(ledger.used("ana", today()), amount("0.60"));
    assert!(open(&mut ledger, minute).is_none(), "another minute is not left");
    ledger.close(&tab);
    assert_eq!(ledger.used("ana", today()), Amount::ZERO);
    let tab = open(&mut ledger, cent()).unwrap();
    ledger.begin(leg(1), tab, at(0));
    ledger.extend(leg(1), None, at(9_500), today());
    let charge = ledger.settle(leg(1), at(9_100)).unwrap();
    assert_eq!(charge.billionths, amount("0.10").billionths());
    assert_eq!(ledger.used("ana", today()), amount("0.10"));
}

#[test]
fn a_day_begins_with_nothing_spent_and_pays_for_what_begins_in_it() {
    let mut ledger = Ledger::default();
    let tab = open(&mut ledger, cent()).unwrap();
    ledger.begin(leg(1), tab, at(0));
    ledger.extend(leg(1), Some(amount(BOUND)), at(49_500), today());
    assert_eq!(ledger.used("ana", today()), amount("0.51"));
    let tomorrow = day("2026-11-23");
    ledger.extend(leg(1), Some(amount(BOUND)), at(59_500), tomorrow);
    assert_eq!(ledger.used("ana", tomorrow), amount("0.10"));
    let charge = ledger.settle(leg(1), at(60_000)).unwrap();
    assert_eq!(charge.billionths, amount("0.60").billionths(), "the record has the whole");
    assert_eq!(ledger.used("ana", tomorrow), amount("0.09"));
}

#[test]
fn a_clock_set_back_over_midnight_gives_nobody_a_second_day() {
    let mut ledger = Ledger::default();
    let rate = Rate { first: 60, ..cent() };
    open(&mut ledger, rate).unwrap();
    let yesterday = day("2026-11-21");
    assert!(ledger.open(rate, Some(ana()), Some(amount(BOUND)), yesterday).is_none());
    assert!(ledger.open(rate, Some(ana()), Some(amount(BOUND)), day("2026-11-23")).is_some());
}

#[test]
fn what_is_free_is_free_to_whoever_has_nothing_left() {
    let mut ledger = Ledger::default();
    let free = Rate { per_minute: Amount::ZERO, ..cent() };
    assert!(ledger.open(cent(), Some(ana()), Some(Amount::ZERO), today()).is_none());
    assert!(ledger.open(free, Some(ana()), Some(Amount::ZERO), today()).is_some());
}

/// Calls that come in and those that the site sends on have nobody who pays, and none is cut.
#[test]
fn what_nobody_pays_costs_what_it_lasts() {
    let mut ledger = Ledger::default();
    let tab = ledger.open(cent(), None, None, today()).unwrap();
    assert_eq!(ledger.begin(leg(1), tab, at(0)), None);
    assert_eq!(ledger.extend(leg(1), None, at(1_000_000), today()), Paid::Whole);
    let charge = ledger.settle(leg(1), at(500_000)).unwrap();
    assert_eq!((charge.billionths, &*charge.payer), (amount("5.00").billionths(), ""));
}

#[test]
fn what_was_reserved_is_spent_by_a_process_that_dies() {
    let mut before = Ledger::default();
    let tab = open(&mut before, Rate { first: 60, ..cent() }).unwrap();
    let Some(store::Request::Put(_, name, value)) = before.keep_ahead(&ana(), Some(amount(BOUND))) else {
        panic!("nothing is kept")
    };
    assert!(before.keep_ahead(&ana(), Some(amount(BOUND))).is_none(), "it is kept already");
    let mut after = Ledger::default();
    after.restore(&[(name.clone(), value), ("nonce-key".into(), [7; 32].into())]);
    let ahead = amount("0.60").plus(Amount::from_billionths(amount(BOUND).billionths() / ROWS_A_BOUND));
    assert_eq!(after.used("ana", today()), ahead);
    assert_eq!(after.used("ana", day("2026-11-23")), Amount::ZERO);
    // Whoever lives settles exactly.
    before.begin(leg(1), tab, at(0));
    before.settle(leg(1), at(1_000));
    let Some(store::Request::Put(_, _, value)) = before.keep(&ana()) else { panic!("nothing is kept") };
    after.restore(&[(name, value)]);
    assert_eq!(after.used("ana", today()), amount("0.60"));
}

#[test]
fn after_a_fault_only_what_is_there_is_held() {
    let mut ledger = Ledger::default();
    let [open, answered, gone] = [(); 3].map(|()| open(&mut ledger, cent()).unwrap());
    ledger.begin(leg(1), answered, at(0));
    ledger.begin(leg(2), gone, at(0));
    ledger.recount([&open].into_iter(), |there| there == leg(1));
    assert_eq!(ledger.used("ana", today()), amount("0.02"));
}
