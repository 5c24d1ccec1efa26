//! §1.1: numbers, priority and direct routing.

use callplan::{resolve, shown};

use super::desk::{desk, desk_of};

const MAIN: &str = "+12025550101";
const OTHER: &str = "+12025550102";

/// Numbers for the rows below: a menu, a group, and the people behind them.
const AROUND: &str = r#"
[groups.sales]
members = ["ana", "ben"]
total = "20s"
[menus.main]
greeting = "hello"
keys = { 1 = "person:cho" }
silence = { after = "5s", then = "hangup" }
invalid = { then = "hangup" }
"#;

#[test]
fn row_01_each_number_has_its_own_plan_and_plans_are_shared() {
    let desk = desk(
        r#"[plans.day]
        steps = [{ ring = "person:tom", for = "10s" }, { voicemail = "sales" }]
        [plans.busy]
        steps = [{ reject = "busy" }]
        [numbers]
        "+12025550101" = { plan = "day" }
        "+12025550102" = { plan = "day" }
        "+12025550103" = { plan = "busy" }"#,
    );
    assert_eq!(desk.goes(MAIN, &[]), "tom 0-10, voicemail:sales");
    assert_eq!(desk.goes(OTHER, &[]), "tom 0-10, voicemail:sales");
    assert_eq!(desk.goes("+12025550103", &[]), "reject:busy");
}

#[test]
fn row_02_without_a_word_the_person_rings_and_without_a_person_a_message_is_taken() {
    let desk = desk("[numbers]\n\"+12025550101\" = { person = \"tom\" }\n\"+12025550102\" = {}");
    assert_eq!(desk.goes(MAIN, &[]), "tom 0-30, voicemail:tom");
    assert_eq!(desk.goes(OTHER, &[]), "voicemail:last");
    let printed = shown::default(&desk.site).to_string();
    for said in ["person", "ring the person, 30s", "its own, else its person's, else voicemail last", OTHER] {
        assert!(printed.contains(said), "{said}: {printed}");
    }
}

/// Goal: all 32 combinations of the five parts, with what each rings, where it ends, and what is never reached.
#[test]
fn row_03_menu_group_person_forward_and_mailbox_count_in_this_order() {
    const PARTS: [&str; 5] = [
        "menu = \"main\"",
        "group = \"sales\"",
        "person = \"rosa\"",
        "forward = \"+12025550152\"",
        "mailbox = \"sales\"",
    ];
    for set in 0..32_u8 {
        let has: [bool; 5] = std::array::from_fn(|part| set & (1 << part) != 0);
        let [menu, group, person, forward, mailbox] = has;
        let parts: Vec<_> =
            PARTS.into_iter().zip(has).filter(|(_, has)| *has).map(|(part, _)| part).collect();
        let row = format!(
            "{AROUND}[numbers]\n\"{MAIN}\" = {{ {} }}\n\"{OTHER}\" = {{ menu = \"main\" }}",
            parts.join(", ")
        );
        let desk = desk(&row);
        let (mut goes, mut at) = (Vec::new(), 0);
        let mut rings = |who: &[&str], lasts: u32| {
            goes.extend(who.iter().map(|who| format!("{who} {at}-{}", at + lasts)));
            at += lasts;
        };
        if group && !menu {
            rings(&["ana", "ben"], 20);
        } else if person && !menu {
            rings(&["rosa"], 30);
        }
        if forward && !menu {
            rings(&["+12025550152"], 30);
        }
        goes.push(match (menu, mailbox, person) {
            (true, ..) => "hears hello, hangup".to_owned(),
            (false, true, _) => "voicemail:sales".to_owned(),
            // A person's own mailbox serves their number, though a group rings in their place.
            (false, false, true) => "voicemail:rosa".to_owned(),
            (false, false, false) => "voicemail:last".to_owned(),
        });
        assert_eq!(desk.goes(MAIN, &[]), goes.join(", "), "{{ {} }}", parts.join(", "));
        let below_menu =
            if menu { [group, person, forward, mailbox].iter().filter(|it| **it).count() } else { 0 };
        let never = below_menu + usize::from(!menu && group && person);
        assert_eq!(desk.said(), vec!["C421"; never], "{{ {} }}", parts.join(", "));
    }
}

#[test]
fn row_04_a_person_is_assigned_to_a_number() {
    let desk = desk("[numbers]\n\"+12025550101\" = { person = \"tom\" }");
    assert_eq!(desk.goes(MAIN, &["tom=answers after 8s"]), "tom 0-8, person:tom");
}

#[test]
fn row_05_a_step_rings_for_thirty_seconds_unless_site_number_or_step_says_otherwise() {
    let row = r#"[plans.quick]
        steps = [{ ring = "person:tom", for = "12s" }, { voicemail = "tom" }]
        [numbers]
        "+12025550101" = { person = "tom" }
        "+12025550102" = { person = "tom", ring = "45s" }
        "+12025550103" = { plan = "quick" }"#;
    let usual = desk(row);
    assert_eq!(usual.goes(MAIN, &[]), "tom 0-30, voicemail:tom");
    assert_eq!(usual.goes(OTHER, &[]), "tom 0-45, voicemail:tom");
    assert_eq!(usual.goes("+12025550103", &[]), "tom 0-12, voicemail:tom");
    let quicker = desk_of("mailbox = \"last\"\nring = \"20s\"\n", row);
    assert_eq!(quicker.goes(MAIN, &[]), "tom 0-20, voicemail:tom");
    assert_eq!(quicker.goes(OTHER, &[]), "tom 0-45, voicemail:tom");
}

#[test]
fn row_05_a_person_rings_for_as_long_as_they_say() {
    let desk = desk(
        r#"[people.dan]
        ext = 131
        for = "15s"
        [phones]
        dan-desk = { person = "dan" }
        [plans.long]
        steps = [{ ring = "person:dan", for = "50s" }, { voicemail = "dan" }]
        [numbers]
        "+12025550101" = { person = "dan" }
        "+12025550102" = { plan = "long" }"#,
    );
    assert_eq!(desk.goes(MAIN, &[]), "dan 0-15, voicemail:dan");
    assert_eq!(desk.goes(OTHER, &[]), "dan 0-50, voicemail:dan");
}

#[test]
fn row_06_then_the_forward_rings_if_there_is_one_and_else_a_message_is_taken() {
    let desk = desk(
        r#"[numbers]
        "+12025550101" = { person = "tom", forward = "+12025550152" }
        "+12025550102" = { person = "tom" }"#,
    );
    assert_eq!(desk.goes(MAIN, &[]), "tom 0-30, +12025550152 30-60, voicemail:tom");
    assert_eq!(desk.goes(OTHER, &[]), "tom 0-30, voicemail:tom");
    // Who is busy or out of reach is not waited for.
    assert_eq!(desk.goes(MAIN, &["tom=unreachable"]), "+12025550152 0-30, voicemail:tom");
}

/// What a number is follows from its digits: nobody has to say it.
#[test]
fn row_07_a_toll_free_number_is_told_from_a_local_one() {
    let desk = desk(
        r#"[plans.any]
        steps = [{ when = "number.type = toll-free", ring = "person:tom", for = "10s" }, { voicemail = "sales" }]
        [numbers]
        "+12025550101" = { plan = "any" }
        "+18005550101" = { plan = "any" }"#,
    );
    assert_eq!(desk.goes(MAIN, &[]), "voicemail:sales");
    assert_eq!(desk.goes("+18005550101", &[]), "tom 0-10, voicemail:sales");
}

/// Goal: a number that moves is taken over both carriers until it is said to be there, and from then on over its own.
#[test]
fn row_09_a_number_on_its_way_is_taken_over_both_carriers() {
    let taken = |state: &str| {
        let desk = desk(&format!(
            "[trunks.other]\nprofile = \"generic-address\"\nhost = \"sip.other.example\"\n\
             [numbers]\n\"{MAIN}\" = {{ trunk = \"other\", {state}person = \"tom\" }}"
        ));
        let is_taken = |trunk: &str| {
            let trunk = desk.site.trunk(trunk).expect("it is in the config");
            resolve::inbound(&desk.site, trunk, MAIN).is_some()
        };
        (["carrier", "other"].map(is_taken), desk.said(), desk.goes(MAIN, &[]))
    };
    let goes = "tom 0-30, voicemail:tom".to_owned();
    assert_eq!(taken("state = \"porting\", "), ([true, true], vec!["C509"], goes.clone()));
    assert_eq!(taken("state = \"live\", "), ([false, true], vec![], goes.clone()));
    assert_eq!(taken(""), ([false, true], vec![], goes));
}

/// Where the digits do not tell, the config does, and the price of a call in follows.
#[test]
fn row_07_the_type_that_a_number_is_given_counts() {
    let row = |kind: &str| {
        format!(
            "[money]\ncurrency = \"USD\"\ndeck = \"types.csv\"\n[plans.any]\nsteps = [{{ when = \"number.type = toll-free\", \
             ring = \"person:tom\", for = \"10s\" }}, {{ voicemail = \"sales\" }}]\n\
             [numbers]\n\"{MAIN}\" = {{ plan = \"any\", {kind}trunk = \"carrier\" }}"
        )
    };
    let (local, free) = (desk(&row("")), desk(&row("type = \"toll-free\", ")));
    assert_eq!(local.goes(MAIN, &[]), "voicemail:sales");
    assert_eq!(free.goes(MAIN, &[]), "tom 0-10, voicemail:sales");
    for (desk, price) in [(&local, "0.002"), (&free, "0.05")] {
        let page = desk.course(MAIN, &["tom=answers"]).to_string();
        assert!(page.contains(price), "{price}: {page}");
    }
}

#[test]
fn row_10_a_site_has_as_many_numbers_as_it_likes() {
    let numbers: String =
        (0..2_000).map(|at| format!("\"+1202556{at:04}\" = {{ person = \"tom\" }}\n")).collect();
    let desk = desk(&format!("[numbers]\n{numbers}"));
    assert_eq!(desk.site.numbers.len(), 2_001);
    assert_eq!(desk.goes("+12025561999", &[]), "tom 0-30, voicemail:tom");
}

#[test]
fn row_11_one_number_has_a_group_and_another_a_menu() {
    let row = format!(
        "{AROUND}[numbers]\n\"{MAIN}\" = {{ group = \"sales\" }}\n\"{OTHER}\" = {{ menu = \"main\" }}"
    );
    let desk = desk(&row);
    assert_eq!(desk.goes(MAIN, &[]), "ana 0-20, ben 0-20, voicemail:last");
    assert_eq!(desk.goes(OTHER, &["press 1"]), "hears hello, cho 2-32, voicemail:cho");
}

#[test]
fn row_12_the_company_phone_rings_before_anything_is_recorded() {
    let row = "[numbers]\n\"+12025550101\" = { person = \"tom\" }\n\"+12025550102\" = {}";
    let desk = desk_of("mailbox = \"last\"\ncompany_phone = \"person:rosa\"\n", row);
    assert_eq!(desk.goes(MAIN, &[]), "tom 0-30, rosa 30-60, voicemail:tom");
    assert_eq!(desk.goes(OTHER, &[]), "rosa 0-30, voicemail:last");
    assert!(shown::default(&desk.site).to_string().contains("company phone  ring person:rosa"));
}

#[test]
fn row_13_a_number_to_forward_to_rings_before_the_company_phone() {
    let row = "[numbers]\n\"+12025550101\" = { forward = \"+12025550152\" }";
    let desk = desk_of("mailbox = \"last\"\ncompany_phone = \"number:+12025550199\"\n", row);
    assert_eq!(desk.goes(MAIN, &[]), "+12025550152 0-30, +12025550199 30-60, voicemail:last");
}

/// Goal: each of the five layers set or not: all 32 combinations, of which the first that is set is rung.
#[test]
fn row_14_the_first_layer_that_is_set_is_rung() {
    const RUNG: [&str; 5] = ["ana", "ben", "cho", "+12025550152", "rosa"];
    for set in 0..32_u8 {
        let [person, owner, campaign, forward, company]: [bool; 5] =
            std::array::from_fn(|layer| set & (1 << layer) != 0);
        let own = |is_set: bool, text: &'static str| if is_set { text } else { "" };
        let site = format!("mailbox = \"last\"\n{}", own(company, "company_phone = \"person:rosa\"\n"));
        let row = format!(
            "[campaigns.spring]\nowner = \"cho\"\n[plans.layered]\nsteps = [{{ layers = [\"number.person\", \
             \"contact.owner\", \"campaign.owner\", \"number.forward\", \"site.company_phone\"], for = \"20s\" }}, \
             {{ voicemail = \"sales\" }}]\n[numbers]\n\"{MAIN}\" = {{ plan = \"layered\"{}{} }}",
            own(person, ", person = \"ana\""),
            own(forward, ", forward = \"+12025550152\"")
        );
        let told = [
            if owner { "fact contact.owner=ben" } else { "fact contact.owner=none" },
            if campaign { "fact contact.campaign=spring" } else { "fact contact.campaign=none" },
        ];
        let first = [person, owner, campaign, forward, company].iter().position(|is_set| *is_set);
        let rings = first.map_or_else(String::new, |layer| format!("{} 0-20, ", RUNG[layer]));
        assert_eq!(desk_of(&site, &row).goes(MAIN, &told), format!("{rings}voicemail:sales"), "{set:05b}");
    }
}

/// Goal: a layer whose person nothing can ring is refused where that is known before, and passed over with the reason
/// where it is known in the call.
#[test]
fn row_15_a_layer_that_nobody_can_be_rung_by_is_passed_over_and_told() {
    let row = |owner: &str| {
        format!(
            "[people]\nidle = {{ ext = 140 }}\n[campaigns.spring]\nowner = \"{owner}\"\n[plans.layered]\n\
             steps = [{{ layers = [\"campaign.owner\", \"site.company_phone\"], for = \"20s\" }}, {{ voicemail = \"sales\" }}]\n\
             [numbers]\n\"{MAIN}\" = {{ plan = \"layered\" }}"
        )
    };
    let site = "mailbox = \"last\"\ncompany_phone = \"person:rosa\"\n";
    let refused = std::panic::catch_unwind(|| desk_of(site, &row("idle"))).err().expect("nobody rings");
    assert!(refused.downcast_ref::<String>().is_some_and(|why| why.contains("C985")));
    let desk = desk_of(site, &row("tom"));
    let spring = "fact contact.campaign=spring";
    for (given, why) in [
        ("tom=unreachable", "tom is not rung: not registered"),
        ("tom=away", "tom is not rung: away"),
        ("tom=dnd", "tom is not rung: not to be disturbed"),
        ("tom=blocks", "tom is not rung: tom has blocked"),
    ] {
        assert_eq!(desk.goes(MAIN, &[spring, given]), "rosa 0-20, voicemail:sales", "{given}");
        assert!(desk.course(MAIN, &[spring, given]).to_string().contains(why), "{why}");
    }
}

#[test]
fn row_16_the_campaign_and_the_owner_of_a_contact_decide() {
    let desk = desk(
        r#"[campaigns]
        spring = {}
        [plans.back]
        steps = [
          { when = "contact.campaign = spring", ring = "person:ben", for = "10s" },
          { when = "contact.owner = tom", ring = "person:tom", for = "10s" },
          { voicemail = "sales" },
        ]
        [numbers]
        "+12025550101" = { plan = "back" }"#,
    );
    let spring = desk.goes(MAIN, &["fact contact.campaign=spring", "fact contact.owner=none"]);
    assert_eq!(spring, "ben 0-10, voicemail:sales");
    let owned = desk.goes(MAIN, &["fact contact.campaign=none", "fact contact.owner=tom"]);
    assert_eq!(owned, "tom 0-10, voicemail:sales");
    assert_eq!(
        desk.goes(MAIN, &["fact contact.campaign=none", "fact contact.owner=none"]),
        "voicemail:sales"
    );
}

/// Goal: whoever rings back gets whoever called them, without a window and within one.
#[test]
fn row_17_who_rings_back_gets_whom_they_talked_with() {
    let desk = desk(
        r#"[plans.back]
        steps = [{ sticky = "last-agent", for = "20s" }, { ring = "person:rosa", for = "10s" }, { voicemail = "sales" }]
        [numbers]
        "+12025550101" = { plan = "back" }"#,
    );
    let last = |who: &str| format!("fact contact.last_agent={who}");
    assert_eq!(desk.goes(MAIN, &[&last("tom")]), "tom 0-20, rosa 20-30, voicemail:sales");
    assert_eq!(desk.goes(MAIN, &[&last("none")]), "rosa 0-10, voicemail:sales");
    assert_eq!(desk.goes(MAIN, &[&last("tom"), "tom=away"]), "rosa 0-10, voicemail:sales");
}

#[test]
fn row_19_who_is_away_or_not_to_be_disturbed_is_not_rung() {
    let desk = desk(
        r#"[groups.two]
        members = ["tom", "ana"]
        [numbers]
        "+12025550101" = { person = "tom" }
        "+12025550102" = { group = "two" }"#,
    );
    for state in ["tom=away", "tom=dnd"] {
        assert_eq!(desk.goes(MAIN, &[state]), "voicemail:tom", "{state}");
        assert_eq!(desk.goes(OTHER, &[state]), "ana 0-30, voicemail:last", "{state}");
    }
    assert_eq!(desk.goes(MAIN, &["tom=available"]), "tom 0-30, voicemail:tom");
}

#[test]
fn row_20_who_calls_decides_before_anybody_rings() {
    let desk = desk(
        r#"[lists]
        vip = ["+12025550170"]
        spam = ["+12025550199"]
        [plans.main]
        steps = [
          { when = "caller in list:spam", reject = "unallocated" },
          { when = "caller in list:vip", ring = "person:rosa", for = "20s" },
          { when = "caller withheld", voicemail = "sales" },
          { ring = "person:tom", for = "10s" },
          { voicemail = "last" },
        ]
        [numbers]
        "+12025550101" = { plan = "main" }"#,
    );
    assert_eq!(desk.goes(MAIN, &["from +12025550199"]), "reject:unallocated");
    assert_eq!(desk.goes(MAIN, &["from +12025550170"]), "rosa 0-20, tom 20-30, voicemail:last");
    assert_eq!(desk.goes(MAIN, &["from withheld"]), "voicemail:sales");
    assert_eq!(desk.goes(MAIN, &[]), "tom 0-10, voicemail:last");
}

/// Goal: what callers hear while it rings is said by whoever rings, else by the number, and each step by itself.
#[test]
fn row_18_callers_hear_music_while_it_rings() {
    let desk = desk(
        r#"
        [music]
        calm = { files = ["hello.wav"] }
        loud = { files = ["closed.wav"] }
        [people.dan]
        ext = 131
        ringback = "answer+music:loud"
        [phones.dan-desk]
        person = "dan"
        [groups.sales]
        members = ["ana", "dan"]
        total = "10s"
        ringback = "music:calm"
        [queues.help]
        members = ["cho"]
        max_wait = "20s"
        when_waited = "hangup"
        [queues.plain]
        members = ["cho"]
        max_wait = "20s"
        when_waited = "hangup"
        ringback = "tone"
        [plans.all]
        steps = [
            { ring = "group:sales" },
            { ring = "phone:dan-desk", for = "5s" },
            { ring = "person:tom", for = "5s" },
            { forward = "+12025550160", for = "5s" },
            { voicemail = "last" },
        ]
        [numbers]
        "+12025550101" = { plan = "all", ringback = "music:loud" }
        "+12025550102" = { plan = "all" }
        "+12025550103" = { queue = "help", ringback = "answer+music:calm" }
        "+12025550104" = { queue = "plain", ringback = "answer+music:calm" }"#,
    );
    let group = "music:calm, ana 0-10, dan 0-10, answer+music:loud, dan 10-15";
    let others = "tom 15-20, +12025550160 20-25, voicemail:last";
    assert_eq!(desk.goes("+12025550101", &[]), format!("{group}, music:loud, {others}"));
    assert_eq!(desk.goes("+12025550102", &[]), format!("{group}, {others}"));
    let waits = |to: &str| desk.course(to, &[]).to_string();
    assert!(waits("+12025550103").contains("hears music:calm"), "{}", waits("+12025550103"));
    assert!(waits("+12025550104").contains("hears that it rings"), "{}", waits("+12025550104"));
}

/// Goal: who answers a call by music is what it costs: the answer comes as the first phone rings, and none comes where
/// nothing rings.
#[test]
fn row_18_music_that_answers_answers_as_it_rings() {
    let desk = desk(
        r#"
        [music.calm]
        files = ["hello.wav"]
        [groups.sales]
        members = ["ana"]
        total = "10s"
        ringback = "answer+music:calm"
        [numbers]
        "+12025550101" = { group = "sales" }"#,
    );
    let answered = |given: &[&str]| {
        let course = desk.course("+12025550101", given);
        let answer = course.timeline.iter().find(|event| event.what == callplan::explain::Seen::Answered);
        answer.map(|event| event.at.as_secs())
    };
    assert_eq!(answered(&["ana=answers after 4s"]), Some(0));
    // The mailbox answers then.
    assert_eq!(answered(&["ana=unreachable"]), Some(0));
    let rung = desk.goes("+12025550101", &["ana=unreachable"]);
    assert_eq!(rung, "answer+music:calm, voicemail:last");
}
