//! What `explain` says of calls to a small business, and that it always comes to an end.

mod larch;

use std::time::Duration;

use callplan::{
    PersonId, Site,
    explain::{
        Behaviour, Explanation, Finish, Given, NotAsked, Party, Press, Question, Reply, RingEnd, Seen,
        dialled, explain, read_time,
    },
    step::{End, Entry, Outcome, StopWhy, Target},
};
use clock::Wall;
use larch::{larch, larch_rated, larch_with};
use proptest::{prelude::*, sample::select};

const CALLER: &str = "+12025550142";
const FRIDAY: &str = "Fri 2026-03-13 10:00";
const CHRISTMAS: &str = "2026-12-25 10:00";

fn at(site: &Site, time: &str) -> Wall {
    read_time(&site.timezone, time).expect("a time")
}

fn asked(site: &Site, from: &str, to: &str, time: &str, press: &str, given: &[&str]) -> Explanation {
    let mut question = Question::read(site, from, to, at(site, time)).expect("a question");
    question.press =
        press.chars().map(|key| if key == '-' { Press::Nothing } else { Press::Asked(key) }).collect();
    given.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    explain(site, &question)
}

#[test]
fn a_holiday_leaves_the_plan_for_the_closed_message() {
    insta::assert_snapshot!(asked(&larch(), CALLER, "+12025550100", CHRISTMAS, "", &[]));
}

#[test]
fn a_wrong_key_and_a_busy_member_are_told() {
    insta::assert_snapshot!(asked(&larch(), CALLER, "+12025550100", FRIDAY, "71", &["ana=busy"]));
}

#[test]
fn silence_leads_where_the_menu_says() {
    insta::assert_snapshot!(asked(&larch(), CALLER, "+12025550100", FRIDAY, "", &["tom=answers"]));
}

/// A number outside that has to take the call by a key: taken, and by a voicemail not.
#[test]
fn whoever_picks_up_outside_is_asked() {
    let site = larch_rated(
        "[plans.out]\nsteps = [\n{ forward = \"+12025550160\", for = \"25s\", screen = true, declined = \"hangup\" },\n\
         { voicemail = \"sales\" },\n]\n[numbers]\n\"+12025550105\" = { plan = \"out\" }\n\
         [money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n",
        "prefix,per_minute\n1,0.06\n",
    );
    let told = |given: &str| asked(&site, CALLER, "+12025550105", FRIDAY, "", &[given]);
    insta::assert_snapshot!(told("number:+12025550160=answers-without-key"));
    let taken = told("+12025550160=answers after 8s").to_string();
    assert!(taken.contains("talks to +12025550160   after 10 s"), "{taken}");
    let early = told("+12025550160=answers-without-key after 24s").to_string();
    assert!(early.contains("34 s      +12025550160 does not answer"), "{early}");
    let mut question = Question::read(&site, CALLER, "+12025550105", at(&site, FRIDAY)).expect("a question");
    let behaviour = Behaviour {
        presses: Some((Duration::from_secs(3), Reply::Decline)),
        ..Behaviour::answers(Duration::ZERO)
    };
    question.given = vec![Given::new(Party::Number("+12025550160".parse().expect("a number")), behaviour)];
    assert_eq!(explain(&site, &question).end, Some(Finish::Ended(End::HungUp)));
}

/// A mobile that rings after the phones: its voicemail picks up, and the phone that rings on is answered.
#[test]
fn a_mobile_is_rung_after_a_while() {
    let site = larch_with(
        "[people.dan]\next = 131\nmobile = \"+12025550154\"\nring = [{ phones = true }, { mobile = true, after = \"12s\" }]\n\
         [phones]\ndan-desk = { person = \"dan\" }\n[numbers]\n\"+12025550105\" = { person = \"dan\" }\n",
    );
    let given = ["+12025550154=answers-without-key", "dan-desk=answers after 25s"];
    insta::assert_snapshot!(asked(&site, CALLER, "+12025550105", FRIDAY, "", &given));
    let absent = asked(&site, CALLER, "+12025550105", FRIDAY, "", &["dan=unreachable"]).to_string();
    assert!(absent.contains("0 s      +12025550154 rings"), "{absent}");
}

/// One key that is offered, with the way not taken, and the same where it is pressed.
#[test]
fn a_key_that_is_offered_is_pressed_or_not() {
    let site = larch_with(
        "[plans.closed]\nsteps = [\n{ ask = \"closed\", key = \"9\", within = \"5s\", goto = \"urgent\" },\n\
         { voicemail = \"sales\" },\n]\n[plans.urgent]\nsteps = [{ ring = \"person:cho\" }, { hangup = true }]\n\
         [numbers]\n\"+12025550105\" = { plan = \"closed\" }\n",
    );
    insta::assert_snapshot!(asked(&site, CALLER, "+12025550105", FRIDAY, "", &[]));
    let pressed = asked(&site, CALLER, "+12025550105", FRIDAY, "9", &["cho=answers"]).to_string();
    assert!(pressed.contains("key 9 leads to urgent#1"), "{pressed}");
    let other = asked(&site, CALLER, "+12025550105", FRIDAY, "8", &["cho=answers"]).to_string();
    assert!(other.contains("key 8 leads nowhere") && other.contains("voicemail:sales"), "{other}");
}

/// What is pressed at a menu that takes extensions is one, until a pause says otherwise.
#[test]
fn an_extension_is_pressed_at_a_menu() {
    let site = larch_with(
        "[menus.hall]\ngreeting = \"welcome\"\ndial_extension = true\n\
         silence = { after = \"6s\", then = \"hangup\" }\ninvalid = { then = \"hangup\" }\n\
         keys = { 1 = \"group:sales\", 7 = \"menu:main\" }\n[numbers]\n\"+12025550105\" = { menu = \"hall\" }\n",
    );
    let told = |press: &str| asked(&site, CALLER, "+12025550105", FRIDAY, press, &["cho=answers"]);
    insta::assert_snapshot!(told("121"));
    for (press, said) in [
        ("1", "key 1 leads to group:sales#1"),
        ("1-", "key 1 leads to group:sales#1"),
        ("190", "extension 190 leads to phone:lobby#1"),
        ("19", "19 is no extension"),
        ("72", "key 2 leads to group:support#1"),
    ] {
        let told = told(press).to_string();
        assert!(told.contains(said), "{press}: {told}");
    }
}

#[test]
fn a_rejected_caller_hears_nothing() {
    insta::assert_snapshot!(asked(&larch(), "+12025550199", "+12025550100", FRIDAY, "", &[]));
}

#[test]
fn nobody_registered_goes_on_to_the_forward_at_once() {
    let given = ["ana=unreachable", "+12025550152=declined"];
    insta::assert_snapshot!(asked(&larch(), CALLER, "+12025550104", FRIDAY, "", &given));
}

/// What people said and how the day/night key stands is assumed like any behaviour.
#[test]
fn what_people_said_and_a_key_that_is_pressed_are_told() {
    let told = |given: &[&str]| asked(&larch(), CALLER, "+12025550104", FRIDAY, "", given).to_string();
    let dnd = told(&["ana=dnd"]);
    assert!(dnd.contains("ana is not rung: not to be disturbed"), "{dnd}");
    let away = told(&["person:ana=away"]);
    assert!(away.contains("ana is not rung: away"), "{away}");
    let blocks = told(&["ana=blocks"]);
    assert!(blocks.contains(&format!("ana is not rung: ana has blocked {CALLER}")), "{blocks}");
    let closed = asked(&larch(), CALLER, "+12025550100", FRIDAY, "", &["hours:office=closed"]).to_string();
    assert!(closed.contains("hours:office held closed by hand"), "{closed}");
}

#[test]
fn a_phone_inside_is_explained_by_what_it_dials() {
    insta::assert_snapshot!(asked(&larch(), "lobby", "111", FRIDAY, "", &["ana=declined"]));
}

/// Every decision about a number dialled from inside, one line each.
#[test]
fn what_is_dialled_outside_is_explained_by_the_rules() {
    let site = larch_with(
        "[trunks.other]\nprofile = \"generic-address\"\nhost = \"127.0.0.3\"\n\
         [dial.uk]\nto = [\"+4477\"]\nclass = \"international\"\ntrunks = [\"other\", \"carrier\"]\n",
    );
    let mut text = String::new();
    for (from, to) in [
        ("ana-desk", "911"),
        ("ana", "2025550142"),
        ("cho", "011447700900123"),
        ("cho", "+442079460000"),
        ("ana", "+442079460000"),
        ("cho", "19005550100"),
        ("lobby", "2025550142"),
    ] {
        let outbound = dialled(&site, from, to, at(&site, FRIDAY)).expect("outside");
        text.push_str(&format!("{from} dials {to}\n{outbound}\n"));
    }
    insta::assert_snapshot!(text);
    assert_eq!(dialled(&site, "ana", "112", at(&site, FRIDAY)), None, "inside a plan decides");
}

/// A phone that sends its calls on is assumed like any other behaviour.
#[test]
fn where_a_phone_sends_a_call_on_is_explained() {
    let told = |to, given: &[&str]| asked(&larch(), CALLER, to, FRIDAY, "", given).to_string();
    let group = told("+12025550104", &["ana=sends on to support after 3s", "cho=busy", "ben=answers"]);
    for line in ["ana-desk sends the call on to group:support", "cho-desk is busy", "ben-desk answers"] {
        assert!(group.contains(line), "{line}: {group}");
    }
    let number = told("+12025550104", &["phone:ana-desk=sends on to 2025550100", "hours:office=closed"]);
    for line in
        ["ana-desk sends the call on to number:+12025550100", "hours:office held closed", "rosa-desk rings"]
    {
        assert!(number.contains(line), "{line}: {number}");
    }
    let message = told("+12025550104", &["ana=sends on to *99112"]);
    assert!(message.contains("ana-desk sends the call on to voicemail:ben"), "{message}");
    let of_a_group = told("+12025550101", &["ana=sends on to 2025550100", "ben=answers"]);
    let line =
        "ana-desk sends the call on to number:+12025550100, where it does not go: others ring, or are to";
    assert!(of_a_group.contains(line) && of_a_group.contains("ben-desk answers"), "{of_a_group}");
    let site = larch();
    let mut question = Question::read(&site, CALLER, "+12025550104", at(&site, FRIDAY)).unwrap();
    for text in [
        "ana=sends on to 112",
        "ana=sends on to 2025550142",
        "group:sales=sends on to support",
        "ana=sends on to",
    ] {
        assert_eq!(question.assume(&site, text), Err(NotAsked::Given(text.to_owned())), "rung, or nowhere");
    }
    question.assume(&site, "ana=sends on to support after 3s").unwrap();
    assert!(
        question.command(&site).ends_with("--if 'ana=sends on to support after 3s'"),
        "{}",
        question.command(&site)
    );
}

#[test]
fn codes_about_messages_are_explained() {
    let site = larch();
    let told = |from, to| dialled(&site, from, to, at(&site, FRIDAY)).expect("a code").lines.join(" ");
    assert!(told("ana", "*97").contains("the messages of mailbox ana;"));
    assert!(told("lobby", "*97").starts_with("refused with 403"));
    assert!(told("lobby", "*98").contains("PIN keys: 1 again"));
    assert!(told("ana", "*99190").starts_with("refused with 404"));
    let explained = asked(&site, "ana", "*99112", FRIDAY, "", &["ben=answers"]);
    let mailbox = site.mailbox("ben").expect("everybody has one");
    assert_eq!(explained.end, Some(Finish::Ended(End::Voicemail { mailbox, left: true })));
    assert_eq!(explained.rung, [], "nobody rings");
}

/// The timeline is what the parties see, to the millisecond.
#[test]
fn the_timeline_says_who_sees_what_and_when() {
    let site = larch();
    let phone = |name: &str| Target::Phone(site.phone(name).unwrap());
    let mut question = Question::read(&site, CALLER, "+12025550101", at(&site, FRIDAY)).unwrap();
    let slow =
        Behaviour { rings: Some(Duration::from_millis(300)), ..Behaviour::answers(Duration::from_secs(7)) };
    question.given = vec![Given::new(Party::Person(site.person("ben").unwrap()), slow)];
    question.pointers = vec![(site.group("sales").unwrap(), 4)];
    let explanation = explain(&site, &question);
    let timeline: Vec<_> =
        explanation.timeline.iter().map(|event| (event.at.as_millis(), event.what)).collect();
    let (ana, ben) = (phone("ana-desk"), phone("ben-desk"));
    let expected = [
        (0, Seen::RangStart(ana)),
        (15_000, Seen::RangStop(ana, RingEnd::Stopped(StopWhy::Timeout))),
        (15_000, Seen::RangStart(ben)),
        (22_000, Seen::RangStop(ben, RingEnd::Said(Outcome::Answered))),
        (22_000, Seen::Bridged(ben)),
    ];
    assert_eq!(timeline, expected);
    assert_eq!(explanation.end, Some(Finish::Bridged(ben)));
    assert_eq!(explanation.rung.len(), 2);
    assert_eq!(explanation.rung[1].from, Duration::from_secs(15));
}

/// Who does otherwise later does so from then on.
#[test]
fn an_assumption_holds_since_its_time() {
    let site = larch();
    let ends = |since: u64| {
        let mut question = Question::read(&site, CALLER, "+12025550101", at(&site, FRIDAY)).unwrap();
        let ben = Party::Person(site.person("ben").unwrap());
        let picks_up = Given::new(ben, Behaviour::answers(Duration::from_secs(7)));
        question.given =
            vec![picks_up, Given { since: Duration::from_secs(since), ..Given::new(ben, Behaviour::BUSY) }];
        question.pointers = vec![(site.group("sales").unwrap(), 4)];
        explain(&site, &question).rung[1].end
    };
    assert_eq!(ends(16), Some(RingEnd::Said(Outcome::Answered)), "he rings since 15 s");
    assert_eq!(ends(15), Some(RingEnd::Said(Outcome::Busy)));
}

#[test]
fn a_caller_who_says_nothing_leaves_no_message() {
    let site = larch();
    let ends = |speaks, press: &[Press]| {
        let mut question = Question::read(&site, CALLER, "plan:after-hours", at(&site, FRIDAY)).unwrap();
        question.given = vec![Given::read(&site, "rosa=unreachable").unwrap()];
        (question.speaks, question.press) = (Duration::from_secs(speaks), press.to_vec());
        let explanation = explain(&site, &question);
        let played =
            explanation.timeline.iter().filter(|event| matches!(event.what, Seen::Played(_))).count();
        (explanation.end, played)
    };
    let mailbox = site.mailbox("reception").unwrap();
    let voicemail = |left| Some(Finish::Ended(End::Voicemail { mailbox, left }));
    assert_eq!(ends(0, &[]), (voicemail(false), 3));
    assert_eq!(ends(9, &[]), (voicemail(true), 3));
    // Who ends with #, or speaks past the limit, hears the goodbye.
    assert_eq!(ends(9, &[Press::At(Duration::from_secs(9), '#')]), (voicemail(true), 4));
    assert_eq!(ends(1000, &[]), (voicemail(true), 4));
}

#[test]
fn a_message_of_less_than_a_second_is_none() {
    let site = larch();
    let left = |speaks| {
        let mut question = Question::read(&site, CALLER, "plan:after-hours", at(&site, FRIDAY)).unwrap();
        question.given = vec![Given::read(&site, "rosa=unreachable").unwrap()];
        question.speaks = Duration::from_millis(speaks);
        explain(&site, &question).end
    };
    let mailbox = site.mailbox("reception").unwrap();
    let voicemail = |left| Some(Finish::Ended(End::Voicemail { mailbox, left }));
    assert_eq!([999, 1000].map(left), [false, true].map(voicemail));
}

/// The first ring of the group moves its turn, for the same call too.
#[test]
fn a_group_that_is_rung_twice_goes_on_where_its_turn_is() {
    let site = larch_with(
        "[plans.twice]\nsteps = [{ ring = \"group:sales\", for = \"5s\" }, { ring = \"group:sales\", for = \"5s\" }, \
         { hangup = true }]\n[numbers.\"+12025550177\"]\nplan = \"twice\"\n",
    );
    let explanation = asked(&site, CALLER, "plan:twice", FRIDAY, "", &[]);
    let names: Vec<_> = explanation.rung.iter().map(|rung| rung.who).collect();
    let phone = |name: &str| Target::Phone(site.phone(name).unwrap());
    assert_eq!(names, [phone("ana-desk"), phone("ben-desk")]);
    assert_eq!(explanation.turns.len(), 2);
}

/// A group of the larch's sales people in this order, and a call to it on these assumptions.
fn in_order(order: &str, members: &str, given: &[&str]) -> Explanation {
    let site = larch_with(&format!(
        "[groups.team]\nmembers = [{members}]\nring = \"{order}\"\neach = \"5s\"\n\
         [numbers.\"+12025550177\"]\ngroup = \"team\"\n"
    ));
    asked(&site, CALLER, "+12025550177", FRIDAY, "", given)
}

#[test]
fn whose_turn_it_is_by_what_they_did_is_explained() {
    let team = "\"ana\", \"ben\", \"cho\"";
    let told = |order, given: &[&str]| in_order(order, team, given).to_string();
    let idle = told("longest-idle", &["ana=idle 5m", "ben=idle 1h30m"]);
    assert!(idle.contains("longest idle first, 5 s each, 15 s in all"), "{idle}");
    let turns = ["cho's turn: has talked with nobody yet", "ben's turn: idle for 90 min 5 s"];
    for turn in turns.into_iter().chain(["ana's turn: idle for 5 min 10 s"]) {
        assert!(idle.contains(turn), "{turn}: {idle}");
    }
    let fewest = told("fewest-calls", &["ana=answered 2", "ana=idle 5m", "cho=answered 1"]);
    let told_in_order = |told: &str, turns: [&str; 3]| {
        let places = turns.map(|turn| told.find(turn).unwrap_or_else(|| panic!("{turn}: {told}")));
        assert!(places.is_sorted(), "{told}");
    };
    let turns =
        ["ben's turn: answered 0 calls", "cho's turn: answered 1 call", "ana's turn: answered 2 calls"];
    told_in_order(&fewest, turns);
    let least = told("least-talk", &["ana=talked 20m", "cho=talked 30m", "cho=answered 9", "ben=talked 25m"]);
    told_in_order(&least, ["ana's turn: talked for 20 min", "ben's turn", "cho's turn"]);
}

#[test]
fn what_is_drawn_says_from_what_and_draws_the_same_again() {
    let weighted = "\"ana\", { person = \"ben\", weight = 100 }";
    let told = in_order("weighted", weighted, &[]).to_string();
    assert!(told.contains("in random order by weight, 5 s each"), "{told}");
    assert!(
        told.contains("drawn from chance 1773") && told.contains("ben's turn: drawn by chance"),
        "{told}"
    );
    let site = larch_with(
        "[groups.team]\nmembers = [\"ana\", \"ben\", \"cho\"]\nring = \"random\"\n[numbers.\"+12025550177\"]\ngroup = \"team\"\n",
    );
    let first = |chance| {
        let mut question = Question::read(&site, CALLER, "+12025550177", at(&site, FRIDAY)).unwrap();
        question.chance = chance;
        explain(&site, &question).rung[0].who
    };
    assert_eq!((0..20).map(first).collect::<Vec<_>>(), (0..20).map(first).collect::<Vec<_>>());
    assert!((0..20).map(first).any(|who| who != first(0)), "another number draws others");
}

#[test]
fn a_caller_who_gives_up_stops_what_rings() {
    let site = larch();
    let mut question = Question::read(&site, CALLER, "+12025550102", at(&site, FRIDAY)).unwrap();
    question.leaves = Some(Duration::from_secs(4));
    let explanation = explain(&site, &question);
    assert_eq!(explanation.end, Some(Finish::Ended(End::Left)));
    assert_eq!(explanation.lasts, Duration::from_secs(4));
    assert_eq!(explanation.rung[0].end, Some(RingEnd::Stopped(StopWhy::CallerLeft)));
}

#[test]
fn people_who_talk_are_busy() {
    let site = larch();
    let mut question = Question::read(&site, CALLER, "+12025550104", at(&site, FRIDAY)).unwrap();
    question.calls = vec![(site.person("ana").unwrap(), 2)];
    let explanation = explain(&site, &question);
    assert!(explanation.to_string().contains("ana is not rung: busy with 2 calls"), "{explanation}");
}

#[test]
fn questions_that_name_nobody_say_so() {
    let site = larch();
    let refusal = |from, to| Question::read(&site, from, to, at(&site, FRIDAY)).unwrap_err().to_string();
    assert!(refusal("nobody", "+12025550100").contains("\"nobody\" is no caller"));
    assert!(refusal(CALLER, "+12025559999").contains("none of our numbers"));
    assert!(refusal(CALLER, "111").contains("none of our numbers"));
    assert!(refusal("ana", "911").contains("emergency"));
    assert!(refusal("ana", "2025550142").contains("outside"));
    assert!(refusal("lobby", "2025550142").contains("403"));
    for text in ["ana", "ana=asleep", "nobody=busy", "queue:x=busy", "=busy"] {
        assert_eq!(Given::read(&site, text), Err(NotAsked::Given(text.to_owned())));
    }
}

#[test]
fn times_are_civil_and_a_weekday_has_to_be_the_right_one() {
    let site = larch();
    let friday = Wall::from_unix_micros(1_773_410_400_000_000);
    for text in ["2026-03-13T10:00", "2026-03-13 10:00:00", FRIDAY, "friday 2026-03-13 10:00"] {
        assert_eq!(read_time(&site.timezone, text), Ok(friday), "{text}");
    }
    for text in ["2026-13-13 10:00", "10:00", "", "x 2026-03-13 10:00", "t 2026-03-13 10:00"] {
        assert_eq!(read_time(&site.timezone, text), Err(NotAsked::At(text.to_owned())), "{text}");
    }
    let wrong = read_time(&site.timezone, "Sat 2026-03-13 10:00").unwrap_err().to_string();
    assert!(wrong.starts_with("2026-03-13 is a Friday, not a Saturday: "), "{wrong}");
}

fn any_behaviour() -> impl Strategy<Value = Behaviour> {
    let outcome = select(vec![
        Outcome::Answered,
        Outcome::Busy,
        Outcome::Declined,
        Outcome::Unreachable,
        Outcome::NoAnswer,
    ]);
    let says = proptest::option::weighted(0.8, ((0u64..40_000).prop_map(Duration::from_millis), outcome));
    let rings = proptest::option::of((0u64..3_000).prop_map(Duration::from_millis));
    (0u8..3, rings, says).prop_map(|(contacts, rings, says)| Behaviour {
        contacts,
        rings,
        says,
        presses: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Goal: in a checked site every call comes to an end which is no fault of the plan, and every phone
    /// that rang has stopped.
    #[test]
    fn every_call_to_a_checked_site_ends(
        entry in 0usize..16,
        minutes in 0i64..527_040,
        behaviours in proptest::collection::vec(any_behaviour(), 8),
        calls in proptest::collection::vec(0u16..3, 5),
        press in proptest::collection::vec(select("0123456789*#".chars().collect::<Vec<_>>()), 0..8),
        leaves in proptest::option::weighted(0.2, (0u64..120).prop_map(Duration::from_secs)),
        speaks in (0u64..400).prop_map(Duration::from_secs),
    ) {
        let site = larch();
        let mut entries: Vec<_> = (0..site.numbers.len()).map(|at| Entry::Number(at.into())).collect();
        entries.extend((0..site.people.len()).map(|at| Entry::Person(at.into())));
        entries.extend((0..site.groups.len()).map(|at| Entry::Group(at.into())));
        let arrives = Wall::from_unix_micros(at(&site, FRIDAY).unix_micros() + minutes * 60_000_000);
        let caller = callplan::step::Caller::Withheld;
        let mut question = Question::new(caller, entries[entry % entries.len()], arrives);
        let phones = (0..site.phones.len()).map(|at| Party::Phone(at.into()));
        let parties = phones.chain([Party::Number("+12025550152".parse().unwrap())]);
        question.given =
            parties.zip(behaviours).map(|(party, behaviour)| Given::new(party, behaviour)).collect();
        question.calls = calls.iter().enumerate().map(|(at, calls)| (PersonId::from(at), *calls)).collect();
        question.press = press.into_iter().map(Press::Asked).collect();
        (question.leaves, question.speaks) = (leaves, speaks);
        let explanation = explain(&site, &question);
        let ended_well = !matches!(explanation.end, None | Some(Finish::Ended(End::Failed(_))));
        prop_assert!(ended_well, "{explanation}");
        prop_assert!(explanation.rung.iter().all(|rung| rung.end.is_some()), "{explanation}");
        let bridged = matches!(explanation.end, Some(Finish::Bridged(_)));
        let said_so = |rung: &callplan::explain::Rung| rung.end == Some(RingEnd::Said(Outcome::Answered));
        prop_assert_eq!(explanation.rung.iter().filter(|rung| said_so(rung)).count(), usize::from(bridged));
    }
}
