//! Where a call for help says that it comes from: the phone's own place before that of the house.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use clock::Instant;
use sim::{
    agent::Act,
    script::{BEFORE, Script},
    wire::{Entry, Way},
    world::{Order, World},
};
use sip::Method;

const LADDER: &str = include_str!("../../../scenarios/ladders/emergency-location.txt");

/// The location file that each INVITE to the carrier bears.
fn places(world: &World) -> Vec<&'static str> {
    let carrier = world.agent("north").unwrap();
    let sent = world.entries().iter().filter_map(|entry| match entry {
        Entry::Sent { side, way: Way::Out, message, .. } if *side == carrier => Some(message),
        Entry::Sent { .. } | Entry::Said { .. } => None,
    });
    let invites = sent.filter(|message| *message.method() == Method::Invite && message.status().is_none());
    let place = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let named: Vec<_> = ["locations/eve.xml", "locations/hq.xml"]
            .into_iter()
            .filter(|path| text.contains(path))
            .collect();
        assert_eq!(named.len(), 1, "{text}");
        named[0]
    };
    invites.map(|message| place(message.raw())).collect()
}

#[test]
fn the_place_of_a_phone_is_told_before_that_of_the_house() {
    let (script, _) = LADDER.split_once("----\n").unwrap();
    let script = Script::read(script).unwrap();
    let mut world = script.world().unwrap();
    for name in ["eve", "dan"] {
        let phone = world.agent(name).unwrap();
        world.at(Instant::ZERO + Duration::from_millis(100), Order::Act(phone, Act::Registers));
    }
    let zero = Instant::ZERO + BEFORE;
    world.run_until(zero);
    world.forget_entries();
    for step in &script.steps {
        world.at(zero + step.at, step.order(&world).unwrap());
    }
    world.run_until(zero + Duration::from_secs(10));
    assert_eq!(places(&world), ["locations/eve.xml", "locations/hq.xml"]);
}
