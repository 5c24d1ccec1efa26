//! Queues as they are written, dialled, described and explained, and the tests and rules about them.

mod larch;

use std::time::Duration;

use callplan::{
    Memory, Order, PhoneId, Severity, Site, Source, describe,
    explain::{Explanation, Finish, Press, Question, RingEnd, explain, read_time},
    load,
    proof::{ended, failures},
    queue::CallBack,
    resolve::{Resolution, resolve},
    step::{End, Entry, Target},
    ways::Horizon,
};
use larch::{larch, larch_with};

const CALLER: &str = "+12025550142";
const FRIDAY: &str = "Fri 2026-03-13 10:00";

/// Ana, ben and cho serve it in order; tom helps whoever has waited for a minute and a half.
const SUPPORT: &str = r#"
[queues.support]
ext = 300
members = ["ana", "ben", "cho"]
ring = "in-order"
each = "15s"
rest = "30s"
wrap = "15s"
music = "closed"
announce = { position = "45s", wait = true }
widen = [{ after = "90s", with = "person:tom" }]
callback = { offer_after = "60s", key = "1" }
max_callers = 3
when_full = "voicemail:support"
max_wait = "8m"
when_waited = "voicemail:reception"
when_unstaffed = { play = "closed", then = "hangup" }
hours = "office"
when_closed = "plan:after-hours"
[numbers]
"+12025550105" = { label = "Help", queue = "support" }
"#;

fn site() -> Site {
    larch_with(SUPPORT)
}

fn asked(site: &Site, at: &str, press: &str, given: &[&str]) -> Explanation {
    let at = read_time(&site.timezone, at).expect("a time");
    let mut question = Question::read(site, CALLER, "+12025550105", at).expect("a question");
    question.press = press.chars().map(Press::Asked).collect();
    given.iter().for_each(|text| question.assume(site, text).expect("an assumption"));
    explain(site, &question)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Who rang when, and how it ended, in a line each.
fn rung(site: &Site, course: &Explanation) -> Vec<String> {
    let of = |it: &callplan::explain::Rung| {
        let Target::Phone(phone) = it.who else { return "a number".to_owned() };
        let end = match it.end {
            Some(RingEnd::Said(outcome)) => format!("{outcome:?}"),
            Some(RingEnd::Stopped(why)) => format!("{why:?}"),
            None => "rings".to_owned(),
        };
        format!("{} {}-{} {end}", site[phone].name, it.from.as_secs(), it.until.as_secs())
    };
    course.rung.iter().map(of).collect()
}

/// Goal: on paper, too, going home is offered to whom somebody of the queue may call, and to nobody else.
#[test]
fn only_who_can_be_called_may_go_home() {
    let national = larch_with(&SUPPORT.replace("\"ben\", \"cho\"]", "\"ben\"]"));
    let end = |site: &Site, from: &str| {
        let at = read_time(&site.timezone, FRIDAY).expect("a time");
        let mut question = Question::read(site, from, "+12025550105", at).expect("a question");
        question.press = vec![Press::Asked('1')];
        for who in ["ana", "ben", "cho", "tom"] {
            question.assume(site, &format!("{who}=no-answer")).expect("an assumption");
        }
        ended(site, &explain(site, &question))
    };
    let (home, waited) = ("queue:support", "voicemail:reception");
    assert_eq!([end(&site(), CALLER), end(&national, CALLER)], [home, home]);
    let abroad = "+442079460000";
    assert_eq!([end(&site(), abroad), end(&national, abroad)], [home, waited], "cho alone may call there");
    assert_eq!([end(&site(), "withheld"), end(&site(), "rosa-desk")], [waited, waited]);
}

#[test]
fn what_is_written_is_what_serves() {
    let site = site();
    let queue = &site[site.queue("support").expect("it is there")];
    let rules = &queue.rules;
    let name = |person: &callplan::PersonId| site[*person].name.to_string();
    assert_eq!(rules.members.iter().map(name).collect::<Vec<_>>(), ["ana", "ben", "cho"]);
    assert_eq!(
        (rules.order, rules.each, rules.rest, rules.wrap),
        (Order::InOrder, secs(15), secs(30), secs(15))
    );
    assert_eq!(
        (rules.callers_max, rules.wait_max, rules.announce_every),
        (Some(3), Some(secs(480)), Some(secs(45)))
    );
    assert_eq!(
        rules.call_back,
        Some(CallBack { offer_after: secs(60), key: '1', tries: 3, again: secs(300) })
    );
    assert_eq!(
        (rules.widen[0].after, rules.widen[0].with.iter().map(name).collect()),
        (secs(90), vec!["tom".to_owned()])
    );
    assert!(rules.closes && queue.tells_wait && queue.music.is_some());
    assert!(larch().queues.is_empty());
    let plain = larch_with("[queues.plain]\next = 301\nmembers = [\"ana\"]");
    let rules = &plain[plain.queue("plain").expect("it is there")].rules;
    assert_eq!(
        (rules.order, rules.each, rules.rest, rules.wrap),
        (Order::LongestIdle, secs(30), secs(30), secs(0))
    );
    assert!(
        plain[rules.members[0]].is_tallied && !plain[plain.person("ben").expect("he is there")].is_tallied
    );
}

#[test]
fn a_queue_is_dialled_by_extension_and_by_name() {
    let site = site();
    let queue = Entry::Queue(site.queue("support").expect("it is there"));
    for dialled in ["300", "support"] {
        // `support` is a group, too, which comes first.
        let expected =
            if dialled == "300" { queue } else { Entry::Group(site.group("support").expect("it is there")) };
        assert_eq!(resolve(&site, PhoneId(0), dialled), Resolution::Inside(expected), "{dialled}");
    }
    let site = larch_with("[queues.help]\next = 300\nmembers = [\"ana\"]");
    let help = Entry::Queue(site.queue("help").expect("it is there"));
    assert_eq!(resolve(&site, PhoneId(0), "help"), Resolution::Inside(help));
}

#[test]
fn a_queue_and_its_exits_are_described() {
    let site = site();
    let plan = |name| describe(&site, site.plan(name).expect("it is there")).to_string();
    insta::assert_snapshot!(plan("queue:support") + &plan("number:+12025550105"));
}

#[test]
fn nobody_takes_the_caller_until_the_wait_is_over() {
    let site = site();
    let course = asked(&site, FRIDAY, "", &[]);
    insta::assert_snapshot!(course);
    let mailbox = site.mailbox("reception").expect("it is there");
    assert_eq!(course.end, Some(Finish::Ended(End::Voicemail { mailbox, left: true })));
}

/// A decline rests: the same call does not come straight back, and the caller keeps the place.
#[test]
fn whoever_declines_rests_and_the_next_is_rung() {
    let site = site();
    let given = ["ana=declined after 2s", "ben=busy", "cho=no-answer", "tom=answers"];
    let course = asked(&site, FRIDAY, "", &given);
    let rings = rung(&site, &course);
    let first: Vec<_> = rings.iter().take(5).map(String::as_str).collect();
    assert_eq!(
        first,
        [
            "ana-desk 0-2 Declined",
            "ben-desk 2-2 Busy",
            "cho-desk 2-17 Timeout",
            "ana-desk 32-34 Declined",
            "ben-desk 34-34 Busy"
        ]
    );
    assert_eq!(rings.last().map(String::as_str), Some("tom-desk 90-95 Answered"), "{rings:?}");
    assert_eq!(ended(&site, &course), "person:tom");
}

#[test]
fn those_who_came_before_are_served_before() {
    let site = site();
    let given = ["queue:support=2 waiting", "ana=answers after 4s", "ben=unreachable", "cho=unreachable"];
    let course = asked(&site, FRIDAY, "", &given);
    let told = course.to_string();
    assert!(told.contains("number 3 in the line of support, 3 are signed in"), "{told}");
    // Ana takes the first after 4 s, talks for 3 min and wraps up for 15 s, and so with the second.
    assert_eq!(rung(&site, &course).last().map(String::as_str), Some("ana-desk 398-402 Answered"), "{told}");
    assert!(told.contains("that they are number 1 in the line, for about 1 min 5 s"), "{told}");
    assert_eq!(course.lasts, secs(402));
}

#[test]
fn a_full_queue_and_one_without_anybody_lead_elsewhere() {
    let site = site();
    let support = site.mailbox("support").expect("it is there");
    let full = asked(&site, FRIDAY, "", &["queue:support=3 waiting"]);
    assert_eq!(full.end, Some(Finish::Ended(End::Voicemail { mailbox: support, left: true })));
    assert!(full.to_string().contains("not let in: 3 wait already"), "{full}");
    assert_eq!((full.line, full.rung.len()), (None, 0));
    let out = ["ana=out", "ben=out of support", "cho=out"];
    let unstaffed = asked(&site, FRIDAY, "", &out);
    assert_eq!(ended(&site, &unstaffed), "announcement");
    assert!(unstaffed.to_string().contains("nobody is signed in"), "{unstaffed}");
    // One who is signed in is enough, even if nobody reaches them.
    let one = asked(&site, FRIDAY, "", &["ana=out", "ben=out", "cho=unreachable"]);
    assert_eq!(one.line, site.queue("support"));
}

#[test]
fn whoever_waits_when_the_hours_end_is_led_elsewhere() {
    let site = site();
    let course =
        asked(&site, "Fri 2026-03-13 12:29", "", &["ana=unreachable", "ben=unreachable", "cho=unreachable"]);
    let left = course.visited.iter().find(|visit| site.node_name(visit.node) == "after-hours#1");
    assert_eq!(left.map(|visit| visit.at), Some(secs(60)), "{course}");
    let closed = asked(&site, "Fri 2026-03-13 20:00", "", &[]);
    assert_eq!((closed.line, closed.visited[1].at), (None, secs(0)), "{closed}");
}

#[test]
fn who_takes_the_offer_goes_home_and_keeps_the_place() {
    let site = site();
    let course = asked(&site, FRIDAY, "1", &[]);
    let queue = site.queue("support").expect("it is there");
    assert_eq!(course.end, Some(Finish::Ended(End::WentHome(queue))));
    // Offered after a minute, and hung up on once that was heard.
    assert_eq!(course.lasts, secs(64), "{course}");
    assert_eq!(ended(&site, &course), "queue:support");
}

/// Goal: explaining ends though nobody leaves the line.
#[test]
fn a_wait_without_an_end_is_followed_for_an_hour() {
    let site =
        larch_with("[queues.help]\nmembers = [\"ana\"]\n[numbers]\n\"+12025550105\" = { queue = \"help\" }");
    let course = asked(&site, FRIDAY, "", &["ana=unreachable from 10s"]);
    assert_eq!(course.end, None);
    assert_eq!(ended(&site, &course), "queue:help");
    let course = asked(&site, FRIDAY, "", &["ana=unreachable", "ana=answers after 3s from 30s"]);
    assert_eq!(rung(&site, &course), ["ana-desk 30-33 Answered"]);
}

/// The agent who calls a queue from an own phone is not rung, nor is whoever has blocked the caller.
#[test]
fn nobody_is_rung_for_themselves_or_for_whom_they_have_blocked() {
    let site = site();
    let at = read_time(&site.timezone, FRIDAY).expect("a time");
    let mut question = Question::read(&site, "ana-desk", "300", at).expect("a question");
    question.assume(&site, "ben=answers").expect("an assumption");
    assert_eq!(rung(&site, &explain(&site, &question)), ["ben-desk 0-5 Answered"]);
    let course = asked(&site, FRIDAY, "", &["ana=blocks", "queue:support=answers"]);
    assert_eq!(rung(&site, &course), ["ben-desk 0-5 Answered"]);
}

/// Goal: a queue rings phones; a mobile is not rung for it, nor anybody whose calls go elsewhere whatever they do.
#[test]
fn a_queue_follows_nobody_outside() {
    let with = |own: &str| {
        larch_with(&format!(
            "[people.dan]\next = 131\nmobile = \"+12025550154\"\n{own}\n[phones]\ndan-desk = {{ person = \"dan\" }}\n\
             [queues.help]\nmembers = [\"dan\", \"ana\"]\nring = \"in-order\"\neach = \"15s\"\n\
             [numbers]\n\"+12025550105\" = {{ queue = \"help\" }}\n"
        ))
    };
    let site = with("ring = [{ phones = true }, { mobile = true }]");
    let course = asked(&site, FRIDAY, "", &["ana=answers"]);
    assert_eq!(rung(&site, &course), ["dan-desk 0-15 Timeout", "ana-desk 15-20 Answered"], "{course}");
    let site = with("forward = { to = \"+12025550155\", when = \"always\" }");
    let course = asked(&site, FRIDAY, "", &["ana=answers"]);
    assert_eq!(rung(&site, &course), ["ana-desk 0-5 Answered"], "{course}");
    assert!(!course.to_string().contains("dan"), "nobody asks for them: {course}");
}

#[test]
fn what_was_asked_is_asked_again_by_its_command() {
    let site = site();
    let at = read_time(&site.timezone, FRIDAY).expect("a time");
    let mut question = Question::read(&site, CALLER, "+12025550105", at).expect("a question");
    for text in ["queue:support=2 waiting", "ana=out of support", "ben=out", "queue:support=busy"] {
        question.assume(&site, text).expect("an assumption");
    }
    let command = question.command(&site);
    for part in [
        "--if 'queue:support=2 waiting'",
        "--if 'ana=out of support'",
        "--if ben=out",
        "--if queue:support=busy",
    ] {
        assert!(command.contains(part), "{command}");
    }
    for bad in ["queue:suport=2 waiting", "ana=out of suport", "queue:support=many waiting"] {
        assert!(question.assume(&site, bad).is_err(), "{bad}");
    }
}

const TESTS: &str = r#"
[[tests]]
name = "into the line"
call = { from = "+12025550142", to = "+12025550105", at = "2026-03-13T10:00" }
passes = ["queue:support"]
ends = "queue:support"
[[tests]]
name = "taken by ben"
call = { from = "+12025550142", to = "+12025550105", at = "2026-03-13T10:00" }
given = { "queue:support" = "no-answer", ben = "answers" }
waiting = { support = 0 }
rings = ["ana", "ben"]
ends = "person:ben"
within = "30s"
[[tests]]
name = "full"
call = { from = "+12025550142", to = "+12025550105", at = "2026-03-13T10:00" }
waiting = { support = 3 }
ends = "voicemail:support"
[[tests]]
name = "nobody there"
call = { from = "+12025550142", to = "+12025550105", at = "2026-03-13T10:00" }
signed_out = { support = ["ana", "ben", "cho"] }
ends = "announcement"
[[always]]
to = ["+12025550105"]
every_call_ends_in = ["queue", "voicemail", "announcement", "person:rosa"]
[[always]]
to = ["+12025550105"]
no_call_reaches = ["voicemail:sales"]
"#;

fn broken(more: &str) -> Vec<String> {
    let site = larch_with(&format!("{SUPPORT}{TESTS}{more}"));
    let from = read_time(&site.timezone, "Mon 2026-03-09 00:00").expect("a time");
    let horizon = Horizon { from, until: from + Duration::from_secs(7 * 86_400) };
    failures(&site, horizon).iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}

/// Goal: every way through a line is looked at, whoever takes the call out of it and wherever it leads.
#[test]
fn tests_and_rules_speak_of_queues() {
    assert_eq!(broken(""), [""; 0]);
    for (reaches, how) in [
        ("voicemail:support", "full"),
        ("voicemail:reception", "waited"),
        ("person:tom", "widened"),
        ("person:cho", "served"),
        ("plan:after-hours", "closed"),
        ("queue:support", "at all"),
    ] {
        let rule = format!("[[always]]\nto = [\"+12025550105\"]\nno_call_reaches = [\"{reaches}\"]");
        let broken = broken(&rule);
        assert!(broken.len() == 1 && broken[0].starts_with("C912"), "{how}: {broken:?}");
    }
    let rule = "[[always]]\nto = [\"+12025550105\"]\nevery_call_ends_in = [\"voicemail\", \"announcement\", \"person\"]";
    assert!(broken(rule)[0].starts_with("C912"), "who goes home ends in the queue");
    let wrong = "[[tests]]\nname = \"no\"\ncall = { from = \"+12025550142\", to = \"+12025550105\", \
                 at = \"2026-03-13T10:00\" }\nwaiting = { support = 3 }\nends = \"queue:support\"";
    assert!(
        broken(wrong)[0].contains("expected queue:support, ended at voicemail:support"),
        "{:?}",
        broken(wrong)
    );
}

/// The columns of findings that say what a queue has to say.
#[test]
fn what_a_queue_has_to_say_is_asked_for_where_it_stands() {
    let text = "[queues.support]\next = 300\nmembers = [\"ana\"]\n  max_callers = 12\nmax_wait = \"8m\"\n";
    let site = include_str!("larch/site.toml");
    let sources = [Source::new("site.toml", site), Source::new("more.toml", text)];
    let files = Memory::default().with("phones", b"");
    let findings = load(&sources, &files).expect_err("two errors");
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error);
    let found: Vec<_> = errors.map(|it| (it.code.id(), it.line, it.column, it.width)).collect();
    assert_eq!(found, [("C941", 4, 3, 11), ("C942", 5, 1, 8)]);
}

/// Goal: who can't be called back is offered nothing, and a key does not send them home.
#[test]
fn a_caller_without_a_number_stays_on_the_line() {
    let site = site();
    let at = read_time(&site.timezone, FRIDAY).expect("a time");
    for (caller, goes_home) in [(CALLER, true), ("withheld", false), ("tom", false)] {
        let to = if caller == "tom" { "300" } else { "+12025550105" };
        let mut question = Question::read(&site, caller, to, at).expect("a question");
        question.press = vec![Press::Asked('1'), Press::At(secs(61), '1')];
        let course = explain(&site, &question);
        let is_home = matches!(course.end, Some(Finish::Ended(End::WentHome(_))));
        assert_eq!(is_home, goes_home, "{caller}\n{course}");
        assert_eq!(course.to_string().contains("called back"), goes_home, "{caller}\n{course}");
    }
}

/// Goal: a round-robin queue begins where the question says, and says where the next round begins.
#[test]
fn a_round_begins_where_the_last_one_ended() {
    let site = larch_with(&SUPPORT.replace("in-order", "round-robin"));
    let queue = site.queue("support").expect("it is there");
    let at = read_time(&site.timezone, FRIDAY).expect("a time");
    for (begins, first, next) in [(None, "ana-desk", 1), (Some(1), "ben-desk", 2), (Some(2), "cho-desk", 0)] {
        let mut question = Question::read(&site, CALLER, "+12025550105", at).expect("a question");
        question.assume(&site, "queue:support=answers").expect("an assumption");
        question.rounds.extend(begins.map(|begins| (queue, begins)));
        let course = explain(&site, &question);
        let rung = rung(&site, &course);
        assert!(rung[0].starts_with(first), "{rung:?}");
        assert_eq!(course.rounds, [(queue, next)]);
    }
}

/// Goal: whoever took a caller out of the line counts as having answered, and as having talked, for the next.
#[test]
fn whoever_took_one_before_has_answered_more() {
    for order in ["fewest-calls", "least-talk"] {
        let site = larch_with(&SUPPORT.replace("in-order", order).replace("wrap = \"15s\"", "wrap = \"0s\""));
        let at = read_time(&site.timezone, FRIDAY).expect("a time");
        let mut question = Question::read(&site, CALLER, "+12025550105", at).expect("a question");
        for given in ["queue:support=1 waiting", "ana=answers after 2s", "ben=busy after 9s"] {
            question.assume(&site, given).expect("an assumption");
        }
        question.talks = secs(3);
        let rung = rung(&site, &explain(&site, &question));
        // Ben refuses at nine seconds; Ana, free since five, has answered one by then, and Cho none.
        assert!(rung[0] == "ben-desk 0-9 Busy" && rung[1].starts_with("cho-desk 9-"), "{order}: {rung:?}");
    }
}
