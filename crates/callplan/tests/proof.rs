//! `[[tests]]`: what they may say, what they see, and how they tell what went wrong.

mod larch;

use callplan::{
    Memory, Site, Source,
    explain::{Finish, Question, explain},
    load,
    proof::Test,
    step::End,
};
use clock::Wall;
use larch::{larch, larch_with};

/// A call of a stranger to the main number on a Friday morning.
const FRIDAY: &str =
    "call = { from = \"+12025550142\", to = \"+12025550100\", at = \"Fri 2026-03-13 10:00\" }";
const SALES: &str = "call = { from = \"+12025550142\", to = \"+12025550101\", at = 2026-03-13T10:00:00 }";

fn tested(lines: &[&str]) -> (Site, Test) {
    let site = larch_with(&format!("[[tests]]\nname = \"It\"\n{}\n", lines.join("\n")));
    let test = site.tests[0].clone();
    (site, test)
}

/// What went wrong; empty if nothing did.
fn outcome(lines: &[&str]) -> String {
    let (site, test) = tested(lines);
    test.run(&site).divergence.map_or_else(String::new, |it| it.to_string())
}

fn holds(lines: &[&str]) {
    assert_eq!(outcome(lines), "", "{lines:?}");
}

#[test]
fn a_call_that_goes_as_expected_passes() {
    holds(&[
        FRIDAY,
        "press = [\"1\"]",
        "given = { \"group:sales\" = \"no-answer\", ben = \"answers after 4s\" }",
        "passes = [\"plan:main\", \"menu:main\", \"group:sales\", \"group:sales#1\"]",
        "rings = [\"ana\", \"ben\"]",
        "hears = [\"welcome\"]",
        "ends = \"person:ben\"",
        "within = \"27s\"",
    ]);
    holds(&[SALES, "ends = \"voicemail:sales\"", "rings = [\"ana\", \"ben\"]"]);
}

/// Goal: the test of the catalogue, "Mobile voicemail must not swallow a sales call", can be written.
#[test]
fn a_voicemail_that_picks_up_takes_no_call() {
    let plan = "[plans.out]\nsteps = [\n{ ring = \"group:sales\", busy = \"voicemail:sales\" },\n\
                { forward = \"+12025550160\", for = \"25s\", screen = SCREEN },\n{ voicemail = \"sales\" },\n]\n\
                [numbers]\n\"+12025550105\" = { plan = \"out\" }\n[[tests]]\nname = \"It\"\n\
                call = { from = \"+12025550142\", to = \"+12025550105\", at = \"2026-03-13T10:00\" }\n\
                given = { \"group:sales\" = \"no-answer\", \"number:+12025550160\" = \"answers-without-key\" }\n\
                ends = \"voicemail:sales\"\n";
    let passes = |screen: &str| {
        let site = larch_with(&plan.replace("SCREEN", screen));
        site.tests[0].run(&site).is_passed()
    };
    assert!(passes("true") && passes("{ within = \"5s\" }"));
    assert!(!passes("false"));
}

#[test]
fn whoever_is_another_end_is_told_with_the_step() {
    let table = [
        (
            "ana = \"answers\"",
            "voicemail:sales",
            "expected voicemail:sales, ended at person:ana: step number:+12025550101#1",
        ),
        (
            "ana = \"busy\"",
            "person:ana",
            "expected person:ana, ended at voicemail:sales: step number:+12025550101#2",
        ),
        (
            "ana = \"answers\"",
            "person:ben",
            "expected person:ben, ended at person:ana: step number:+12025550101#1",
        ),
    ];
    for (given, ends, said) in table {
        assert_eq!(outcome(&[SALES, &format!("given = {{ {given} }}"), &format!("ends = \"{ends}\"")]), said);
    }
    for ends in ["person", "person:ana", "group:sales", "phone:ana-desk", "phone"] {
        holds(&[SALES, "given = { ana = \"answers\" }", &format!("ends = \"{ends}\"")]);
    }
    for ends in ["number", "voicemail", "reject", "announcement", "hangup", "caller-left", "group:reception"]
    {
        let said = outcome(&[SALES, "given = { ana = \"answers\" }", &format!("ends = \"{ends}\"")]);
        assert!(said.contains("ended at person:ana"), "{ends}: {said}");
    }
}

#[test]
fn every_end_has_its_word() {
    let spam = "call = { from = \"+12025550199\", to = \"+12025550100\", at = \"2026-03-13 10:00\" }";
    for ends in ["reject", "reject:unallocated", "reject:404"] {
        holds(&[spam, &format!("ends = \"{ends}\"")]);
    }
    assert!(outcome(&[spam, "ends = \"reject:busy\""]).ends_with("ended at reject:unallocated: step main#1"));
    holds(&[SALES, "leaves = \"7s\"", "ends = \"caller-left\""]);
    let ana = "call = { from = \"withheld\", to = \"+12025550104\", at = \"2026-03-13 10:00\" }";
    holds(&[ana, "given = { \"+12025550152\" = \"answers\" }", "ends = \"number:+12025550152\""]);
    holds(&[ana, "given = { \"number:+12025550152\" = \"declined\" }", "ends = \"voicemail:ana\""]);
}

#[test]
fn a_message_before_the_end_is_an_announcement() {
    let more = "[plans.shut]\nsteps = [{ play = \"closed\" }, { hangup = true }]\n\
                [plans.curt]\nsteps = [{ play = \"closed\" }, { ring = \"person:ana\" }, { hangup = true }]\n\
                [numbers]\n\"+12025550105\" = { plan = \"shut\" }\n\"+12025550106\" = { plan = \"curt\" }\n";
    for (number, ends, passes) in [
        ("+12025550105", "announcement", true),
        ("+12025550105", "hangup", true),
        ("+12025550106", "announcement", false),
        ("+12025550106", "hangup", true),
    ] {
        let test = format!(
            "[[tests]]\nname = \"It\"\ncall = {{ from = \"withheld\", to = \"{number}\", at = \"2026-03-13 10:00\" }}\nends = \"{ends}\"\n"
        );
        let site = larch_with(&format!("{more}{test}"));
        assert_eq!(site.tests[0].run(&site).is_passed(), passes, "{number} {ends}");
    }
}

#[test]
fn what_a_call_passes_is_looked_for_in_its_order() {
    holds(&[FRIDAY, "press = [\"1\"]", "passes = [\"main#3\", \"group:sales\"]"]);
    let said = outcome(&[FRIDAY, "press = [\"1\"]", "passes = [\"group:sales\", \"menu:main\"]"]);
    assert!(said.starts_with("expected menu:main after group:sales, never came there: "), "{said}");
    // A step whose condition does not hold is passed over, and a plan is come to all the same.
    assert!(outcome(&[FRIDAY, "passes = [\"main#2\"]"]).starts_with("expected main#2, never came there"));
    // One that is named twice is come to twice.
    assert!(!outcome(&[FRIDAY, "passes = [\"menu:main\", \"menu:main\"]"]).is_empty());
}

#[test]
fn whoever_rings_is_all_who_rings() {
    let named = |rings: &str| outcome(&[SALES, &format!("rings = [{rings}]")]);
    assert_eq!(named("\"ana\", \"ben\""), "");
    assert_eq!(named("\"ana-desk\", \"phone:ben-desk\""), "");
    assert_eq!(named("\"ben\", \"ana\""), "expected ben to ring, after 0 s ana rang");
    assert_eq!(named("\"ana\""), "expected nobody else to ring, after 15 s ben rang");
    assert_eq!(named(""), "expected nobody to ring, after 0 s ana rang");
    assert_eq!(named("\"ana\", \"ben\", \"ana\""), "expected ana to ring, nobody rang any more");
    // Both phones of a person ring as one.
    let desk = "call = { from = \"ben\", to = \"101\", at = \"2026-03-13 10:00\" }";
    holds(&[desk, "rings = [\"rosa\"]", "ends = \"voicemail:rosa\""]);
}

#[test]
fn what_is_assumed_is_assumed() {
    let rings = |lines: &[&str], rings: &str| {
        let rings = format!("rings = [{rings}]");
        holds(&[&[SALES], lines, &[rings.as_str()]].concat());
    };
    rings(&["state = { ana = \"dnd\" }"], "\"ben\"");
    rings(&["turn = { sales = \"ben\" }"], "\"ben\", \"ana\"");
    rings(&["blocked_by = [\"ana\"]"], "\"ben\"");
    rings(&["given = { ana = \"unreachable\" }"], "\"ben\"");
    let closed = "hears = [\"closed\"]";
    assert!(!outcome(&[FRIDAY, closed]).is_empty());
    holds(&[FRIDAY, "held = { office = \"closed\" }", closed]);
    holds(&[FRIDAY, "press = [\"-\", \"1\"]", "passes = [\"menu:main\", \"group:sales\"]"]);
    holds(&[FRIDAY, "press = [\"9\", \"1\"]", "passes = [\"menu:main\", \"group:sales\"]"]);
    let (site, test) = tested(&[SALES, "speaks = \"500ms\"", "ends = \"voicemail:sales\""]);
    assert!(test.run(&site).course.to_string().contains("no message"));
    let more = "[plans.known]\nsteps = [{ when = \"contact.known\", ring = \"person:ana\" }, { voicemail = \"sales\" }]\n\
                [numbers]\n\"+12025550105\" = { plan = \"known\" }\n[[tests]]\nname = \"It\"\n\
                call = { from = \"+12025550142\", to = \"+12025550105\", at = \"2026-03-13 10:00\" }\nrings = [\"ana\"]\n";
    assert!(!larch_with(more).tests[0].run(&larch_with(more)).is_passed());
    let told = format!("{more}facts = {{ \"contact.known\" = true }}\n");
    assert!(larch_with(&told).tests[0].run(&larch_with(&told)).is_passed());
}

/// Goal: each fact of a contact is assumed by its name, and told as the option that assumes it.
#[test]
fn whatever_is_known_of_a_contact_can_be_assumed() {
    for (condition, fact, option) in [
        (
            "contact.tag(\\\"big spender\\\")",
            "\"contact.tags\" = \"big spender\"",
            "--fact 'contact.tags=big spender'",
        ),
        ("contact.owner", "\"contact.owner\" = \"ana\"", "--fact contact.owner=ana"),
        ("contact.owner = ana", "\"contact.owner\" = \"ana\"", "--fact contact.owner=ana"),
        ("not contact.owner", "\"contact.owner\" = \"none\"", "--fact contact.owner=none"),
        (
            "contact.campaign=\\\"spring\\\"",
            "\"contact.campaign\" = \"spring\"",
            "--fact contact.campaign=spring",
        ),
        ("contact.known(group:sales)", "\"contact.group\" = \"sales\"", "--fact contact.group=sales"),
    ] {
        let more = format!(
            "[campaigns.spring]\nowner = \"ana\"\n[plans.known]\n\
             steps = [{{ when = \"{condition}\", ring = \"person:ana\" }}, {{ voicemail = \"sales\" }}]\n\
             [numbers]\n\"+12025550105\" = {{ plan = \"known\" }}\n[[tests]]\nname = \"It\"\n\
             call = {{ from = \"+12025550142\", to = \"+12025550105\", at = \"2026-03-13 10:00\" }}\nrings = [\"ana\"]\n"
        );
        let untold = larch_with(&more);
        let ran = untold.tests[0].run(&untold);
        assert!(!ran.is_passed() && ran.course.to_string().contains("was not told in time"), "{condition}");
        let told = larch_with(&format!("{more}facts = {{ {fact} }}\n"));
        assert!(told.tests[0].run(&told).is_passed(), "{condition}: {}", told.tests[0].run(&told).course);
        let question = &told.tests[0].question;
        assert!(question.command(&told).ends_with(option), "{}", question.command(&told));
        let mut again = Question::read(&told, "+12025550142", "+12025550105", question.at).unwrap();
        again.tell(&told, option.trim_start_matches("--fact ").trim_matches('\'')).unwrap();
        assert_eq!(again, *question);
    }
    let site = larch_with("");
    for wrong in ["contact.owner=nobody", "contact.tag=vip", "contact.known=ana", "contact.owner"] {
        let mut question =
            Question::read(&site, "+12025550142", "+12025550100", Wall::from_unix_micros(0)).unwrap();
        assert!(question.tell(&site, wrong).is_err(), "{wrong}");
    }
}

/// Goal: what was called and where a caller is from needs no fact. A toll-free number is reached from abroad.
#[test]
fn numbers_are_told_apart_by_country_and_type() {
    let more = "[plans.abroad]\nsteps = [\n\
                { when = \"number.type = toll-free and caller.country = GB\", reject = \"busy\" },\n\
                { when = \"number.type = local\", reject = \"decline\" },\n{ reject = \"unallocated\" }]\n\
                [numbers]\n\"+18005550105\" = { plan = \"abroad\" }\n\"+12025550105\" = { plan = \"abroad\" }\n";
    let site = larch_with(more);
    for (from, to, status) in [
        ("+442079460000", "+18005550105", 486),
        ("+12025550142", "+18005550105", 404),
        ("+442079460000", "+12025550105", 603),
    ] {
        let question = Question::read(&site, from, to, Wall::from_unix_micros(0)).unwrap();
        let Some(Finish::Ended(End::Rejected(refusal))) = explain(&site, &question).end else {
            panic!("{from}")
        };
        assert_eq!(refusal.status(), status, "{from} {to}");
    }
}

#[test]
fn whoever_waits_too_long_is_told_how_long() {
    holds(&[SALES, "given = { ana = \"answers\" }", "within = \"5s\""]);
    assert_eq!(
        outcome(&[SALES, "given = { ana = \"answers\" }", "within = \"4s\""]),
        "expected it within 4s, the caller waits 5 s: person:ana: step number:+12025550101#1"
    );
    // A message may last as long as it likes.
    holds(&[SALES, "speaks = \"2m\"", "within = \"33s\""]);
}

#[test]
fn a_site_of_several_texts_has_the_tests_of_all() {
    let test = |name: &str| {
        format!(
            "[[tests]]\nname = \"{name}\"\ncall = {{ from = \"ana-desk\", to = \"102\", at = 2026-03-13T10:00:00 }}\nends = \"voicemail\"\n"
        )
    };
    let site = "[site]\nname = \"A\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"a.example\"\nphone_secrets = { file = \"phones\" }\n\
                [people]\nana = { ext = 101 }\nben = { ext = 102 }\n[phones]\nana-desk = { person = \"ana\" }\nben-desk = { person = \"ben\" }\n\
                [[always]]\nevery_call_ends_in = [\"person\", \"voicemail\"]\n";
    let more =
        format!("{}{}[[always]]\nno_call_reaches = [\"number:+12025550199\"]\n", test("Two"), test("Three"));
    let sources =
        [Source::new("a.toml", site), Source::new("b.toml", test("One")), Source::new("c.toml", more)];
    let (site, _) = load(&sources, &Memory::default().with("phones", b"")).unwrap();
    let spots: Vec<_> = site.tests.iter().map(|it| (&*it.name, &*it.spot.file, it.spot.line)).collect();
    assert_eq!(spots, [("One", "b.toml", 1), ("Two", "c.toml", 1), ("Three", "c.toml", 5)]);
    let spots: Vec<_> = site.always.iter().map(|it| (&*it.spot.file, it.spot.line)).collect();
    assert_eq!(spots, [("a.toml", 13), ("c.toml", 9)]);
    assert!(site.tests.iter().all(|test| test.run(&site).is_passed()) && larch().tests.is_empty());
}

/// Goal: the command that a question is told as asks it again.
#[test]
fn a_question_is_told_as_the_command_that_asks_it() {
    let (site, test) = tested(&[
        FRIDAY,
        "press = [\"-\", \"1\"]",
        "given = { \"group:sales\" = \"busy\", ben-desk = \"answers after 8s\", \"+12025550152\" = \"no-answer\" }",
        "state = { rosa = \"away +12025550177\" }",
        "held = { office = \"open\" }",
        "blocked_by = [\"tom\"]",
        "facts = { \"contact.known\" = true, \"caller.attest\" = \"B\" }",
        "ends = \"person:ben\"",
    ]);
    let command = test.question.command(&site);
    assert_eq!(
        command,
        "ringplan explain --from +12025550142 --to +12025550100 --at 2026-03-13T10:00 --press=-1 --if group:sales=busy \
         --if 'phone:ben-desk=answers after 8s' --if +12025550152=no-answer --if 'rosa=away +12025550177' \
         --if tom=blocks --if hours:office=open --fact contact.known=yes --fact caller.attest=B"
    );
    let mut again = Question::read(&site, "+12025550142", "+12025550100", test.question.at).unwrap();
    again.press.clone_from(&test.question.press);
    let words = [
        "group:sales=busy",
        "phone:ben-desk=answers after 8s",
        "+12025550152=no-answer",
        "rosa=away +12025550177",
        "tom=blocks",
        "hours:office=open",
    ];
    words.into_iter().for_each(|text| again.assume(&site, text).unwrap());
    ["contact.known=yes", "caller.attest=B"].into_iter().for_each(|text| again.tell(&site, text).unwrap());
    assert_eq!(again, test.question);
    assert_eq!(explain(&site, &again), test.run(&site).course);
}

/// Whoever answers on their own mobile is a person, and of the group that rang them; a forward elsewhere is a number.
#[test]
fn whoever_answers_on_their_mobile_is_a_person() {
    let call = "call = { from = \"+12025550142\", to = \"+12025550109\", at = \"Fri 2026-03-13 10:00\" }";
    let given = "given = { \"+12025550159\" = \"answers\" }";
    let ends = |goal: &str| {
        let text = format!(
            "[people.ida]\next = 124\nmobile = \"+12025550159\"\nring = [{{ mobile = true }}]\n\
             [numbers.\"+12025550109\"]\ntrunk = \"carrier\"\nperson = \"ida\"\n\
             [[tests]]\nname = \"It\"\n{call}\n{given}\nends = \"{goal}\"\n"
        );
        let site = larch_with(&text);
        site.tests[0].run(&site).divergence.map(|it| it.to_string())
    };
    for goal in ["person", "person:ida", "number", "number:+12025550159"] {
        assert_eq!(ends(goal), None, "{goal}");
    }
    let other = ends("person:ana").expect("it is ida's");
    assert!(other.contains("ended at person:ida"), "{other}");
    assert!(ends("phone").is_some());
    let forward = [
        "call = { from = \"+12025550142\", to = \"+12025550104\", at = \"Fri 2026-03-13 10:00\" }",
        "given = { ana = \"unreachable\", \"+12025550152\" = \"answers\" }",
    ];
    holds(&[forward[0], forward[1], "ends = \"number:+12025550152\""]);
    assert!(outcome(&[forward[0], forward[1], "ends = \"person\""]).contains("number:+12025550152"));
}
