//! Plans by name, with their origin and the ways that leave their steps.

mod larch;

use callplan::{
    Act, Site, Who, describe,
    shown::{self, NoSuchPlan},
};
use larch::{larch, larch_with};

fn called(site: &Site, name: &str) -> String {
    match site.plan_called(name) {
        Ok(plan) => format!("{}: {}", site[plan].name, site.origin(plan)),
        Err(error) => error.to_string(),
    }
}

/// Goal: whoever names a number, a group or a person means what runs for them.
#[test]
fn a_plan_is_found_by_whatever_runs_it() {
    let site =
        larch_with("[phones]\nana = { person = \"ana\" }\n[queues.help]\next = 300\nmembers = [\"ana\"]");
    let table = [
        ("main", "main: written, [plans.main]"),
        ("plan:main", "main: written, [plans.main]"),
        ("menu:main", "menu:main: built in: the menu and its keys, [menus.main]"),
        ("+12025550100", "main: written, [plans.main]"),
        (
            "+12025550104",
            "number:+12025550104: from the shorthand of [numbers.\"+12025550104\"], in the order of `default`",
        ),
        (
            "number:+12025550100",
            "number:+12025550100: [numbers.\"+12025550100\"] names a plan, and runs main",
        ),
        ("sales", "group:sales: built in: [groups.sales], its `busy` and `else`, then the site's mailbox"),
        ("help", "queue:help: built in: the line and where those go who leave it, [queues.help]"),
        ("cho", "person:cho: built in: person cho, then their own mailbox"),
        ("lobby", "phone:lobby: built in: phone lobby alone, then a refusal"),
        ("ana-desk", "phone:ana-desk: built in: phone ana-desk alone, then its person's mailbox"),
        ("voicemail:sales", "voicemail:sales: built in: a message for mailbox sales at once"),
        ("ana", "`ana` may be person:ana or phone:ana: say which"),
        ("mian", "there is no plan `mian`: `main`?"),
        ("nothing-like-it", "there is no plan `nothing-like-it`"),
    ];
    for (name, found) in table {
        assert_eq!(called(&site, name), found);
    }
    assert!(matches!(site.plan_called("ana"), Err(NoSuchPlan::Ambiguous { .. })));
}

/// Every way out of every step that has one, in words.
#[test]
fn ways_out_are_told_apart() {
    let site = larch_with(
        r#"[plans.long]
        steps = [
          { when = "hours:office", ring = "person:ana", for = "20s", busy = "hangup", declined = "plan:main" },
          { forward = "+12025550160", for = "25s", else = { play = "closed", then = "voicemail:sales" } },
        ]
        [numbers]
        "+12025550105" = { plan = "long" }
        "+12025550106" = { queue = "help" }
        [queues.help]
        members = ["ana", "ben"]
        max_callers = 2
        when_full = "hangup"
        max_wait = "5m"
        when_waited = "voicemail:support"
        hours = "office"
        when_closed = "plan:after-hours""#,
    );
    let mut ways = String::new();
    for name in ["long", "main", "menu:main", "after-hours", "number:+12025550106", "queue:help"] {
        let plan = site.plan(name).expect("it is there");
        for node in &site[plan].nodes {
            for way in site.exits(*node) {
                ways += &format!("{} {} -> {}\n", site.node_name(*node), way.on, site.node_name(way.to));
            }
        }
    }
    insta::assert_snapshot!(ways);
}

/// Goal: what `default` tells is the order in which shorthand is compiled.
#[test]
fn the_order_that_is_told_is_the_one_that_runs() {
    let site = larch_with(
        r#"[site]
        company_phone = "person:tom"
        [numbers]
        "+12025550110" = { group = "sales", forward = "+12025550160", mailbox = "sales" }
        "+12025550111" = { person = "rosa", forward = "+12025550160" }
        "+12025550112" = {}
        "+12025550113" = { menu = "main" }
        "+12025550114" = { queue = "help" }
        "+12025550115" = { agent = "frontdesk", forward = "+12025550160" }
        [agents.frontdesk]
        target = "sip:frontdesk@ai.example.com"
        channels = 4
        [queues.help]
        members = ["ana", "ben"]
        max_callers = 2
        when_full = "hangup"
        max_wait = "5m"
        when_waited = "voicemail:support""#,
    );
    let told = shown::default(&site).to_string();
    insta::assert_snapshot!(told);
    let layers = shown::default(&site).layers().map(|(layer, _)| layer);
    let mut seen = vec![false; layers.len()];
    for number in &site.numbers[4..] {
        let mut last = None;
        for node in &site[number.plan].nodes {
            let layer = match &site[*node].act {
                Act::Menu(_) => "menu",
                Act::Queue(_) => "queue",
                Act::Ring(ring) if matches!(ring.who, Who::Group(_)) => "group",
                Act::Ring(ring) if matches!(ring.who, Who::Agent(_)) => "agent",
                Act::Ring(ring) if ring.who == Who::Person(site.person("tom").expect("he is there")) => {
                    "company phone"
                }
                Act::Ring(_) => "person",
                Act::Forward(_) => "forward",
                Act::Voicemail(_)
                | Act::Play(_)
                | Act::Ask(_)
                | Act::Directory { .. }
                | Act::Language(_)
                | Act::Reject(_)
                | Act::Hangup
                | Act::Goto(_) => "mailbox",
            };
            let at = layers.iter().position(|known| *known == layer);
            assert!(at > last, "{}", describe(&site, number.plan));
            seen[at.expect("it is told")] = true;
            last = at;
        }
    }
    assert_eq!(seen, [true; 8]);
    assert!(shown::default(&larch()).to_string().contains("nobody: [site] has no `company_phone`"));
}
