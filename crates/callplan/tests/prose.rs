//! Plans in plain sentences.

mod larch;

use callplan::{Act, Atom, Condition, Guard, Order, Refusal, Site, Who, shown::prose};
use larch::{larch, larch_with};

/// A plan that does everything a plan can do, on every condition there is.
fn everything() -> Site {
    larch_with(
        r#"[stir]
        roots = { file = "roots.pem" }
        [lists]
        vip = ["+12025550170"]
        [groups]
        rested = { members = ["ana", "ben"], ring = "longest-idle" }
        fewest = { members = ["ana", "ben"], ring = "fewest-calls" }
        quiet = { members = ["ana", "ben"], ring = "least-talk" }
        drawn = { members = ["ana", "ben"], ring = "random" }
        heavy = { members = ["ana", { person = "ben", weight = 3 }], ring = "weighted" }
        [campaigns.spring]
        owner = "ana"
        [agents.frontdesk]
        target = "sip:frontdesk@ai.example.com"
        channels = 4
        else = "group:reception"
        [queues.help]
        members = ["ana", "ben"]
        ring = "round-robin"
        wrap = "15s"
        announce = { position = "45s", wait = true }
        widen = [{ after = "90s", with = "group:reception" }]
        callback = { offer_after = "60s", key = "1" }
        max_callers = 12
        when_full = "voicemail:support"
        max_wait = "8m"
        when_waited = "voicemail:support"
        hours = "office"
        when_closed = "plan:after-hours"
        [rota.oncall]
        weeks = ["ana", "ben"]
        begins = "2026-01-05"
        hands_over = "mon 09:00"
        fallback = "cho"
        [plans.everything]
        mask = "both"
        steps = [
          { when = "caller withheld", reject = "decline" },
          { when = "caller in list:spam and not caller in list:vip", reject = "busy" },
          { when = "contact.known(group:sales) and not contact.tag(vip)", reject = "busy" },
          { unless = "contact.owner or contact.owner = ana", reject = "busy" },
          { when = "contact.campaign and not contact.campaign = spring", reject = "busy" },
          { when = "caller.country = GB or number.type = toll-free or number.type = local", reject = "busy" },
          { unless = "contact.known or caller.attest >= \"B\"", reject = "unallocated" },
          { when = "caller.attest = \"bad\"", hangup = true },
          { when = "not (hours:office and (caller in list:vip or contact.known))", goto = "after-hours" },
          { when = "hours:office", ring = "person:ana", for = "1m30s", busy = { play = "closed", then = "voicemail:sales" } },
          { ring = "phone:lobby", for = "10s", declined = "hangup" },
          { ring = "group:reception", busy = { ring = "person:cho", busy = "voicemail:support", else = "hangup" } },
          { ring = "group:sales" },
          { ring = "group:rested" },
          { ring = "group:fewest" },
          { ring = "group:quiet" },
          { ring = "group:drawn" },
          { ring = "group:heavy" },
          { ring = "rota:oncall", for = "40s" },
          { forward = "rota:oncall", for = "30s" },
          { forward = "+12025550160", for = "25s", screen = true, busy = "menu:main", declined = "queue:help" },
          { when = "contact.known", agent = "frontdesk" },
          { sticky = "last-agent", within = "30d", for = "20s" },
          { layers = ["number.person", "contact.last_texter", "contact.owner", "campaign.owner", "number.forward", "site.company_phone"], busy = "hangup" },
          { play = "closed" },
          { say_hours = "office" },
          { directory = true },
          { language = "es" },
          { ask = "closed", key = "9", within = "5s", goto = "after-hours" },
          { menu = "main" },
        ]
        [numbers]
        "+12025550105" = { label = "All", plan = "everything" }"#,
    )
}

#[test]
fn every_kind_of_step_has_its_sentence() {
    let site = everything();
    let mut seen = [false; 12];
    let mut all = vec![site.entry(site.plan("everything").expect("it is there"))];
    let mut met = vec![false; site.nodes.len()];
    let (mut orders, mut whos, mut atoms, mut refusals) = (0, 0, 0, 0);
    while let Some(node) = all.pop() {
        if std::mem::replace(&mut met[node.index()], true) {
            continue;
        }
        // A kind that is new has to be told, and to stand here.
        seen[match &site[node].act {
            Act::Ring(ring) => {
                whos |= match ring.who {
                    Who::Person(_) => 1,
                    Who::Phone(_) => 2,
                    Who::Group(group) => {
                        orders |= match site[group].order {
                            Order::All => 1,
                            Order::InOrder => 2,
                            Order::RoundRobin => 4,
                            Order::LongestIdle => 8,
                            Order::FewestCalls => 16,
                            Order::LeastTalk => 32,
                            Order::Random => 64,
                            Order::Weighted => 128,
                            // Of queues alone.
                            Order::Skill => 0,
                        };
                        4
                    }
                    Who::Rota(_) => 8,
                    Who::First(layers) if layers.are_sticky() => 16,
                    Who::First(_) => 32,
                    Who::Agent(_) => 64,
                    Who::OnCall(_) => 128,
                };
                0
            }
            Act::Forward(_) => 1,
            Act::Play(_) => 2,
            Act::Menu(_) => 3,
            Act::Queue(_) => 8,
            Act::Voicemail(_) => 4,
            Act::Reject(refusal) => {
                refusals |= match refusal {
                    Refusal::Busy => 1,
                    Refusal::Decline => 2,
                    Refusal::Unallocated => 4,
                    Refusal::NoAnswer => 0,
                };
                5
            }
            Act::Hangup => 6,
            Act::Goto(_) => 7,
            Act::Ask(_) => 9,
            Act::Directory { .. } => 10,
            Act::Language(_) => 11,
        }] = true;
        if let Some(Guard::When(condition) | Guard::Unless(condition)) = &site[node].guard {
            asked(condition, &mut atoms);
        }
        all.extend(site.exits(node).iter().map(|exit| exit.to));
    }
    assert_eq!((seen, whos, orders, refusals, atoms), ([true; 12], 255, 255, 7, 4095));
    insta::assert_snapshot!(prose(&site, site.plan("everything").expect("it is there")));
}

fn asked(condition: &Condition, atoms: &mut u16) {
    match condition {
        Condition::All(terms) | Condition::Any(terms) => terms.iter().for_each(|term| asked(term, atoms)),
        Condition::Not(term) => asked(term, atoms),
        Condition::Atom(atom) => {
            *atoms |= match atom {
                Atom::Open(_) => 1,
                Atom::CallerIn(_) => 2,
                Atom::CallerWithheld => 4,
                Atom::ContactKnown => 8,
                Atom::AttestAtLeast(_) => 16,
                Atom::AttestIs(_) => 32,
                Atom::CallerFrom(_) => 64,
                Atom::NumberIs(_) => 128,
                Atom::ContactKnownTo(_) => 256,
                Atom::ContactTag(_) => 512,
                Atom::ContactOwner(_) => 1024,
                Atom::ContactCampaign(_) => 2048,
            };
        }
    }
}

#[test]
fn a_small_business_reads_its_main_number() {
    let site = larch();
    insta::assert_snapshot!(prose(&site, site.plan("main").expect("it is there")));
}

/// Goal: whoever owns the number of a person reads of the person, by their own name.
#[test]
fn built_in_plans_are_told_too() {
    let site = larch();
    let told = prose(&site, site.plan_called("+12025550104").expect("it is there"));
    assert_eq!(
        told,
        "Calls to +12025550104 (Ana)\n  1. Ana Lopes is rung for 30 seconds.\n  \
         2. If nobody takes the call, the call is sent on to +12025550152 for 30 seconds.\n  \
         3. If nobody takes the call, the caller can leave a message for Ana Lopes, of up to 3 minutes.\n"
    );
}

#[test]
fn whoever_has_a_mobile_is_rung_on_it() {
    let site = larch_with(
        "[people.dan]\next = 131\nname = \"Dan Roe\"\nmobile = \"+12025550154\"\nfor = \"25s\"\n\
         ring = [{ phones = true }, { mobile = true, after = \"12s\" }]\n[phones]\ndan-desk = { person = \"dan\" }\n",
    );
    let plan = site.plan_called("person:dan").expect("it is there");
    let told = prose(&site, plan);
    assert!(told.contains("Dan Roe is rung for 25 seconds, on their mobile too after 12 seconds."), "{told}");
    let drawn = callplan::describe(&site, plan).to_string();
    assert!(drawn.contains("ring person:dan, 25s, mobile after 12s"), "{drawn}");
}

/// Goal: sentences tell nothing that may not happen and leave nothing out: each node that a call may come to is told by
/// its own sentence, or in that of the step it belongs to.
#[test]
fn every_section_that_is_named_is_there() {
    let site = everything();
    for plan in 0..site.plans.len() {
        let told = prose(&site, plan.into());
        for (at, _) in told.match_indices("goes on to ") {
            let rest = &told[at + "goes on to ".len()..];
            let title = &rest[..rest.find(['.', ',', ';']).expect("a sentence ends")];
            let heads: Vec<_> = told.lines().filter(|line| !line.starts_with("  ")).collect();
            let is_there = |head: &&str| head.to_lowercase().contains(&title.to_lowercase());
            assert!(heads.iter().any(is_there), "{title} is not among {heads:?}");
        }
    }
}
