//! What we sign is believed by others, and what a caller's carrier signed goes on unchanged.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use clock::Instant;
use sim::{
    script::{BEFORE, Script},
    wire::{Entry, Way},
    world::World,
};
use sip::{Message, Name};
use stir::{Claim, Level, Passport, Roots};

const CONFIG: &str = "\
| [stir]
| key = { file = \"stir/carrier.key\" }
| cert_url = \"https://cert.example/carrier.pem\"
| [trunks.east]
| profile = \"generic-address\"
| host = \"10.0.1.3\"
| identity = { send = [\"p-asserted-identity\", \"privacy\", \"identity\"], forwarded = \"caller\" }
| [dial.east]
| to = [\"+12025550177\"]
| class = \"national\"
| trunks = [\"east\"]
| [numbers]
| \"+12025550110\" = { label = \"On\", trunk = \"north\", forward = \"+12025550177\" }
";

fn play(steps: &str) -> World {
    play_as("ana", CONFIG, steps)
}

fn play_as(phone: &str, config: &str, steps: &str) -> World {
    let script = Script::read(&format!("Vouching.\n\nregistered: {phone}\n{config}{steps}")).unwrap();
    let mut world = script.world().unwrap();
    let phone = world.agent(phone).unwrap();
    world.at(Instant::ZERO, sim::world::Order::Act(phone, sim::agent::Act::Registers));
    let zero = Instant::ZERO + BEFORE;
    world.run_until(zero);
    world.forget_entries();
    for step in &script.steps {
        world.run_until(zero + step.at);
        let order = step.order(&world).unwrap();
        world.at(zero + step.at, order);
    }
    world.run_for(Duration::from_secs(5));
    world
}

/// The first INVITE that the switch sent a party, or that a party sent.
fn invite(world: &World, name: &str, sent: Way) -> Message {
    let side = world.agent(name).unwrap();
    let found = world.entries().iter().find_map(|entry| match entry {
        Entry::Sent { side: of, way, message, .. }
            if *of == side
                && *way == sent
                && *message.method() == sip::Method::Invite
                && message.is_request() =>
        {
            Some(message.clone())
        }
        Entry::Sent { .. } | Entry::Said { .. } => None,
    });
    found.unwrap()
}

/// The level that we vouch with for a call from this number, as somebody else finds it.
fn level(world: &World, from: &str) -> Level {
    let invite = invite(world, "east", Way::Out);
    let claim = Claim::between(from, "+12025550177");
    let passports = Passport::vouching(invite.headers(Name::Identity), &claim, unix(world)).unwrap();
    let [passport] = &passports[..] else { panic!("{passports:?}") };
    let roots = Roots::new(include_bytes!("../../stir/tests/pem/root.pem")).unwrap();
    passport.verify(include_bytes!("../../stir/tests/pem/carrier.pem"), &roots, unix(world)).unwrap();
    passport.level().unwrap()
}

fn unix(world: &World) -> u64 {
    u64::try_from(world.now().wall.unix_micros()).unwrap() / 1_000_000
}

#[test]
fn a_call_that_shows_our_number_is_signed_for_it() {
    let world = play("1s ana calls 12025550177\n");
    assert_eq!(level(&world, "+12025550100"), Level::A);
}

/// Whoever read a code there once may show the number, and can't be said to own it.
#[test]
fn a_number_that_is_only_verified_is_vouched_for_less() {
    let eve = "| [site]\n| verified = { file = \"+12025550199\" }\n| [people]\n\
               | eve = { ext = 105, present = [\"+12025550199\", \"+12025550100\"], allow = [\"national\"] }\n\
               | [phones]\n| eve = { person = \"eve\" }\n";
    let world = play_as("eve", &format!("{CONFIG}{eve}"), "1s eve calls 12025550177\n");
    assert_eq!(level(&world, "+12025550199"), Level::B);
}

#[test]
fn of_a_caller_from_outside_we_know_only_where_the_call_came_in() {
    let world = play("1s north calls 2025550110\n");
    let caller = invite(&world, "north", Way::In).from().uri.user().unwrap().to_owned();
    let shown = invite(&world, "east", Way::Out).from().uri.user().unwrap().to_owned();
    assert!(shown.ends_with(caller.trim_start_matches('+')), "{caller} {shown}");
    assert_eq!(level(&world, &shown), Level::C);
}

/// The number that was called sends it on in its own name.
#[test]
fn a_call_sent_on_with_our_number_is_ours() {
    let config = CONFIG.replace(", forwarded = \"caller\"", "");
    let world = play_as("ana", &config, "1s north calls 2025550110\n");
    assert_eq!(level(&world, "+12025550110"), Level::A);
}

#[test]
fn who_stays_unknown_is_not_vouched_for() {
    let world = play("0s ana says Privacy: id\n1s ana calls 12025550177\n");
    assert_eq!(invite(&world, "east", Way::Out).header(Name::Identity), None);
}

#[test]
fn what_another_carrier_signed_goes_on_as_it_came() {
    let world = play("0s north attests B for +12025550110\n1s north calls 2025550110\n");
    let came = invite(&world, "north", Way::In);
    let went = invite(&world, "east", Way::Out);
    assert!(came.header(Name::Identity).is_some());
    assert_eq!(went.header(Name::Identity), came.header(Name::Identity));
}
