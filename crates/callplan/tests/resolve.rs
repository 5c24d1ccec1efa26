//! The one order in which what is dialled is resolved, on a small business.

mod larch;

use callplan::{
    ClassId, Feature, NumberKind, Site,
    number::DigitsError,
    resolve::{Refused, Resolution, caller, inbound, resolve, resolve_as, route},
    step::{Caller, Entry},
};
use larch::{larch, larch_with};

fn dial(site: &Site, phone: &str, dialled: &str) -> Resolution {
    resolve(site, site.phone(phone).expect("a phone"), dialled)
}

fn class(site: &Site, name: &str) -> ClassId {
    site.class(name).expect("a class")
}

#[test]
fn the_order_is_emergency_code_extension_own_number_rule() {
    let site = larch();
    assert!(matches!(dial(&site, "ana-desk", "911"), Resolution::Emergency(number) if &*number == "911"));
    assert_eq!(dial(&site, "ana-desk", "*60"), Resolution::Refused(Refused::NoCode));
    let ben = Entry::Person(site.person("ben").unwrap());
    assert_eq!(dial(&site, "ana-desk", "112"), Resolution::Inside(ben));
    assert_eq!(
        dial(&site, "ana-desk", "190"),
        Resolution::Inside(Entry::Phone(site.phone("lobby").unwrap()))
    );
    let main = Entry::Number(site.number("+12025550100".parse().unwrap()).unwrap());
    for dialled in ["+12025550100", "12025550100", "2025550100", "tel:+1-202-555-0100"] {
        assert_eq!(dial(&site, "ana-desk", dialled), Resolution::Inside(main), "{dialled}");
    }
    let Resolution::Outside { to, rule, present } = dial(&site, "ana-desk", "(202) 555-0142") else {
        panic!("outside")
    };
    assert_eq!(to.to_string(), "+12025550142");
    assert_eq!(&*site[rule].name, "national");
    assert_eq!(present, "+12025550100".parse().ok());
}

#[test]
fn a_code_asks_for_its_feature_and_a_slot_is_no_extension() {
    let site = larch_with("[park]\nslots = \"180-189\"\n[codes]\npark = \"#7\"\n");
    let digits = |text: &str| text.parse().ok();
    for (dialled, meant) in [
        ("**112", Resolution::Feature(Feature::Pickup, digits("112"))),
        ("%2a%2A112", Resolution::Feature(Feature::Pickup, digits("112"))),
        ("*8", Resolution::Feature(Feature::GroupPickup, None)),
        ("#7", Resolution::Feature(Feature::Park, None)),
        ("*68", Resolution::Refused(Refused::NoCode)),
        ("**", Resolution::Refused(Refused::NoCode)),
        ("180", Resolution::Slot(180)),
    ] {
        assert_eq!(dial(&site, "ana-desk", dialled), meant, "{dialled}");
    }
    let site = larch_with("[codes]\npickup = \"off\"\n");
    assert_eq!(dial(&site, "ana-desk", "**112"), Resolution::Refused(Refused::NoCode));
    assert_eq!(dial(&site, "ana-desk", "*8"), Resolution::Feature(Feature::GroupPickup, None));
    assert_eq!(
        dial(&site, "ana-desk", "701"),
        Resolution::Refused(Refused::NoRule),
        "nothing is parked here"
    );
}

#[test]
fn people_and_hours_have_codes_of_their_own() {
    let site = larch_with("[hours.shop]\nmon = [\"09:00-17:00\"]\ntoggle = \"*28\"\n");
    let shop = site.hours.iter().position(|hours| &*hours.name == "shop").unwrap();
    for (dialled, meant) in [
        ("*78", Resolution::Feature(Feature::DoNotDisturb, None)),
        ("*76", Resolution::Feature(Feature::Away, None)),
        ("*79", Resolution::Feature(Feature::Available, None)),
        ("*7212025550142", Resolution::Feature(Feature::Forward, "12025550142".parse().ok())),
        ("*72+12025550142", Resolution::Feature(Feature::Forward, "+12025550142".parse().ok())),
        ("*72%2B1-202-555-0142", Resolution::Feature(Feature::Forward, "+12025550142".parse().ok())),
        ("*73+12025550142", Resolution::Refused(Refused::NoCode)),
        ("*73", Resolution::Feature(Feature::ForwardOff, None)),
        ("*72", Resolution::Refused(Refused::NoCode)),
        ("*28", Resolution::Toggle(shop.into())),
        ("*281", Resolution::Refused(Refused::NoCode)),
    ] {
        assert_eq!(dial(&site, "ana-desk", dialled), meant, "{dialled}");
    }
}

#[test]
fn a_message_is_left_for_whoever_has_a_mailbox() {
    let site = larch_with(
        "[mailboxes.fax]\next = 188\n[people.lars]\next = 199\nallow = [\"national\"]\n\
                           [phones.lars]\nperson = \"lars\"\n[groups.all]\next = 198\nmembers = [\"ana\", \"ben\"]\n",
    );
    let message_for = |name: &str| Resolution::Inside(Entry::Mailbox(site.mailbox(name).unwrap()));
    let nobody = Resolution::Refused(Refused::NoMailbox);
    for (dialled, meant) in [
        ("*99112", message_for("ben")),
        ("*99188", message_for("fax")),
        ("188", message_for("fax")),
        ("*99190", nobody),
        ("*99198", nobody),
        ("*99177", nobody),
        ("*99", Resolution::Refused(Refused::NoCode)),
    ] {
        assert_eq!(dial(&site, "ana-desk", dialled), meant, "{dialled}");
    }
    assert_eq!(Refused::NoMailbox.status(), 404);
    assert_eq!(
        dial(&site, "lars", "*99112"),
        Resolution::Refused(Refused::NotAllowed(class(&site, "internal")))
    );
}

/// Goal: 988 saves lives and 411 costs money: a short number is dialled as it is, by who may, and by a rule that names it.
#[test]
fn a_short_number_goes_out_as_dialled_by_a_rule_that_names_it() {
    let help =
        "[dial.help]\nto = [\"type:short\"]\nnot = [\"411\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n";
    let dear = "[dial.dear]\nto = [\"411\"]\nclass = \"international\"\ntrunks = [\"carrier\"]\n";
    let site = larch_with(&format!("{help}{dear}"));
    let rule = |resolution: Resolution| {
        let Resolution::Short { to, rule, present } = resolution else { return None };
        Some((to.to_string(), &*site[rule].name, present.map(|number| number.to_string())))
    };
    let shown = Some("+12025550100".to_owned());
    for dialled in ["988", "%39%38%38", "tel:988", "9-8-8"] {
        assert_eq!(rule(dial(&site, "ana-desk", dialled)), Some(("988".into(), "help", shown.clone())));
    }
    assert_eq!(rule(dial(&site, "ana-desk", "*511988")), Some(("988".into(), "help", shown.clone())));
    assert_eq!(dial(&site, "ana-desk", "*512988"), Resolution::Refused(Refused::NoSuchCallerId));
    let dear = Resolution::Refused(Refused::NotAllowed(class(&site, "international")));
    assert_eq!(dial(&site, "ana-desk", "411"), dear);
    assert_eq!(rule(dial(&site, "cho-desk", "411")), Some(("411".into(), "dear", shown)));
    assert!(matches!(dial(&site, "ana-desk", "911"), Resolution::Emergency(_)), "help comes first");
    assert_eq!(dial(&site, "ana-desk", "+988"), Resolution::Refused(Refused::NoRule));
    // However much a rule holds, it has to name short numbers to take them.
    assert_eq!(dial(&larch(), "cho-desk", "988"), Resolution::Refused(Refused::ShortNotNamed));
    assert_eq!(Refused::ShortNotNamed.status(), 403);
    // Whoever has that extension is meant.
    let hidden = larch_with(&format!("{help}[phones.attic]\next = 211\n"));
    let attic = Entry::Phone(hidden.phone("attic").unwrap());
    assert_eq!(dial(&hidden, "ana-desk", "211"), Resolution::Inside(attic));
}

/// RELIABILITY A9: whoever lacks the permission is refused, however the number is written.
#[test]
fn no_rule_and_no_permission_are_forbidden() {
    let site = larch();
    let abroad = Resolution::Refused(Refused::NotAllowed(class(&site, "international")));
    for dialled in
        ["011442079460000", "+442079460000", "%2B442079460000", "tel:+44-20-7946-0000", "+18765550100"]
    {
        assert_eq!(dial(&site, "ana-desk", dialled), abroad, "{dialled}");
        assert!(matches!(dial(&site, "cho-desk", dialled), Resolution::Outside { .. }), "{dialled}");
    }
    for dialled in ["00442079460000", "555"] {
        assert_eq!(dial(&site, "cho-desk", dialled), Resolution::Refused(Refused::NoRule), "{dialled}");
    }
    for refused in [Refused::NoRule, Refused::NotAllowed(ClassId(0))] {
        assert_eq!(refused.status(), 403);
    }
}

/// RELIABILITY A9: whatever a rule holds, numbers that cost more than a call have to be named.
#[test]
fn what_costs_more_than_a_call_is_dialled_by_name_alone() {
    let refused = |kind| Resolution::Refused(Refused::NotNamed(kind));
    let whole =
        "[dial.all]\nto = [\"+1\", \"+44\", \"+8\"]\nclass = \"international\"\ntrunks = [\"carrier\"]\n";
    let site = larch_with(whole);
    for (dialled, kind) in [
        ("+1-900-555-0100", NumberKind::Premium),
        ("19005550100", NumberKind::Premium),
        ("9005550100", NumberKind::Premium),
        ("tel:%2B1(900)555.0100", NumberKind::Premium),
        ("011449098790000", NumberKind::Premium),
        ("011448451234567", NumberKind::SharedCost),
        ("+8816123456", NumberKind::Satellite),
    ] {
        assert_eq!(dial(&site, "cho-desk", dialled), refused(kind), "{dialled}");
    }
    assert_eq!(refused(NumberKind::Premium), dial(&larch(), "cho-desk", "9005550100"), "with `not` as well");
    for to in ["type:premium", "+1900", "+1900555"] {
        let named = format!(
            "{whole}[dial.dear]\nto = [\"{to}\"]\nclass = \"international\"\ntrunks = [\"carrier\"]\n"
        );
        let site = larch_with(&named);
        let Resolution::Outside { rule, .. } = dial(&site, "cho-desk", "9005550100") else { panic!("{to}") };
        assert_eq!(&*site[rule].name, "dear");
        assert!(matches!(dial(&site, "ana-desk", "9005550100"), Resolution::Refused(Refused::NotAllowed(_))));
    }
    let why = Refused::NotNamed(NumberKind::Premium);
    let words = "a premium number costs more than a call, and no dial rule names it: to = [\"type:premium\"]";
    assert_eq!((why.status(), why.to_string()), (403, words.to_owned()));
}

#[test]
fn a_phone_without_a_person_dials_inside_and_in_an_emergency() {
    let site = larch();
    assert!(matches!(dial(&site, "lobby", "911"), Resolution::Emergency(_)));
    assert!(matches!(dial(&site, "lobby", "111"), Resolution::Inside(_)));
    assert!(matches!(dial(&site, "lobby", "2025550142"), Resolution::Refused(Refused::NotAllowed(_))));
}

/// PRODUCT pain 24: whatever an extension or rule says, an emergency number is one first.
#[test]
fn no_permission_and_no_rule_stand_before_an_emergency() {
    let site = larch_with(
        "[people.mute]\next = 199\nallow = [\"national\"]\n[phones.mute-desk]\nperson = \"mute\"\n",
    );
    for (dialled, number) in
        [("911", "911"), ("933", "933"), ("+911", "911"), ("911#", "911"), ("+911#", "911")]
    {
        let help = Resolution::Emergency(number.parse().unwrap());
        assert_eq!(dial(&site, "mute-desk", dialled), help, "{dialled}");
    }
    assert_eq!(
        dial(&site, "mute-desk", "111"),
        Resolution::Refused(Refused::NotAllowed(class(&site, "internal")))
    );
}

/// RELIABILITY I1.
#[test]
fn injected_text_is_refused_whole() {
    let site = larch();
    let status = |dialled: &str| {
        let Resolution::Refused(refused) = dial(&site, "ana-desk", dialled) else { panic!("{dialled}") };
        refused.status()
    };
    for dialled in ["111&112", "111;x=y", "111,112", "111%0d%0aX: 1", "١١١", "ana@x", &"1".repeat(300)] {
        assert_eq!(status(dialled), 404, "{dialled}");
    }
    assert_eq!(status(""), 484);
    assert_eq!(status("11%1"), 400);
    assert_eq!(
        dial(&site, "ana-desk", "111&112"),
        Resolution::Refused(Refused::NoNumber(DigitsError::Character('&')))
    );
}

#[test]
fn names_are_dialled_too() {
    let site = larch();
    assert_eq!(
        dial(&site, "ana-desk", "ben"),
        Resolution::Inside(Entry::Person(site.person("ben").unwrap()))
    );
    // Also a name that is made of telephone keys.
    let site = larch_with("[people.ada]\next = 180\n[phones.ada-desk]\nperson = \"ada\"\n");
    assert_eq!(
        dial(&site, "ana-desk", "ada"),
        Resolution::Inside(Entry::Person(site.person("ada").unwrap()))
    );
}

#[test]
fn the_rule_that_says_most_wins() {
    let site = larch_with(
        "[dial.london]\nto = [\"+4420\"]\nclass = \"london\"\ntrunks = [\"carrier\"]\n\
         [dial.uk]\nto = [\"country:GB\"]\nclass = \"uk\"\ntrunks = [\"carrier\"]\n",
    );
    let rule = |number: &str| {
        let rule = route(&site, number.parse().unwrap());
        rule.map_or("none".to_owned(), |rule| site[rule].name.to_string())
    };
    let table = [
        ("+442079460000", "london"),
        ("+441212340000", "uk"),
        ("+33199001234", "world"),
        ("+12025550142", "national"),
        ("+18005550142", "toll-free"),
        ("+19005550142", "none"),
    ];
    for (number, expected) in table {
        assert_eq!(rule(number), expected, "{number}");
    }
}

#[test]
fn a_carrier_may_write_our_number_as_it_likes() {
    let site = larch();
    let trunk = site.trunk("carrier").unwrap();
    let main = site.number("+12025550100".parse().unwrap());
    for called in ["+12025550100", "12025550100", "2025550100", "0112025550100", "+1 (202) 555-0100"] {
        let expected = if called.starts_with("011") { None } else { main };
        assert_eq!(inbound(&site, trunk, called), expected, "{called}");
    }
    for called in ["", "5550100", "anonymous", "+12025559999", "2025550100;x=y"] {
        assert_eq!(inbound(&site, trunk, called), None, "{called}");
    }
}

#[test]
fn a_number_of_another_trunk_is_not_ours_here() {
    let other = "[trunks.other]\nprofile = \"generic-address\"\nhost = \"127.0.0.3\"\n";
    let site = larch_with(other);
    assert_eq!(inbound(&site, site.trunk("other").unwrap(), "+12025550100"), None);
}

#[test]
fn a_caller_is_a_number_or_withheld() {
    let site = larch();
    let trunk = site.trunk("carrier").unwrap();
    let number = Caller::Number("+12025550142".parse().unwrap());
    for user in ["+12025550142", "12025550142", "2025550142"] {
        assert_eq!(caller(&site, trunk, user), number, "{user}");
    }
    for user in ["anonymous", "", "unavailable", "123"] {
        assert_eq!(caller(&site, trunk, user), Caller::Withheld, "{user}");
    }
}

/// The number to show is chosen before what is dialled, and chooses nothing else.
#[test]
fn a_number_to_show_is_chosen_for_one_call() {
    let more = "[people]\nzoe = { ext = 188, present = [\"+12025550100\", \"+12025550104\"], allow = [\"internal\", \"national\"] }\n\
                [phones]\nzoe-desk = { person = \"zoe\" }\n";
    let site = larch_with(more);
    let shown = |dialled: &str| match dial(&site, "zoe-desk", dialled) {
        Resolution::Outside { present, .. } => present.map(|number| number.to_string()),
        Resolution::Refused(refused) => Some(format!("{}", refused.status())),
        Resolution::Emergency(digits) => Some(format!("emergency {}", &*digits)),
        Resolution::Inside(_) => Some("inside".into()),
        other @ (Resolution::Feature(..)
        | Resolution::Slot(_)
        | Resolution::Toggle(_)
        | Resolution::Short { .. }) => panic!("{other:?}"),
    };
    for (dialled, expected) in [
        ("2025550142", "+12025550100"),
        ("*5112025550142", "+12025550100"),
        ("*5122025550142", "+12025550104"),
        ("*5132025550142", "403"),
        ("*5102025550142", "404"),
        ("*512911", "emergency 911"),
        ("*512+12025550142", "+12025550104"),
        ("*512112", "inside"),
    ] {
        assert_eq!(shown(dialled).as_deref(), Some(expected), "{dialled}");
    }
}

/// RFC 3325 §9.2: of what a phone would like to show only what its person may counts; what was dialled comes first.
#[test]
fn a_preference_picks_among_the_numbers_of_the_person() {
    let more = "[people]\nzoe = { ext = 188, present = [\"+12025550100\", \"+12025550104\"], allow = [\"internal\", \"national\"] }\n\
                [phones]\nzoe-desk = { person = \"zoe\" }\n\
                [dial.help]\nto = [\"type:short\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n";
    let site = larch_with(more);
    let (first, second, foreign) = ("+12025550100", "+12025550104", "+12025550142");
    for (dialled, prefers, expected) in [
        ("2025550142", &[][..], first),
        ("2025550142", &[second][..], second),
        ("2025550142", &[foreign, second][..], second),
        ("2025550142", &[foreign][..], first),
        ("*5112025550142", &[second][..], first),
        ("988", &[second][..], second),
    ] {
        let numbers: Vec<callplan::E164> = prefers.iter().map(|it| it.parse().unwrap()).collect();
        let (Resolution::Outside { present, .. } | Resolution::Short { present, .. }) =
            resolve_as(&site, site.phone("zoe-desk").unwrap(), dialled, &numbers)
        else {
            panic!("{dialled} leads outside");
        };
        assert_eq!(present.unwrap().to_string(), expected, "{dialled} {prefers:?}");
    }
}
