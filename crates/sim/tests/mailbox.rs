//! RELIABILITY M3: what is typed to open a mailbox is a secret.

use std::time::Duration;

use b2bua::call::log::{EVENT_BYTES, Kind};
use clock::Instant;
use sim::{
    agent::Act,
    script::{BEFORE, Script},
    world::Order,
};

/// Goal: the keys of a call are kept for its story, those of a PIN are not. Method: the script of a ladder.
#[test]
fn a_pin_is_written_down_nowhere() {
    let file = include_str!("../../../scenarios/ladders/messages-by-pin.txt");
    let script = Script::read(file.split("----").next().unwrap()).unwrap();
    let mut world = script.world().unwrap();
    let ana = world.agent("ana").unwrap();
    world.at(Instant::ZERO, Order::Act(ana, Act::Registers));
    let zero = Instant::ZERO + BEFORE;
    for step in &script.steps {
        world.at(zero + step.at, step.order(&world).unwrap());
    }
    world.run_until(zero + Duration::from_secs(30));
    let record = world.store().records().last().unwrap();
    let is_key = |event: &&[u8]| event[4] == Kind::Key as u8;
    let keys = record.events.chunks(EVENT_BYTES).filter(is_key);
    let keys: String = keys.map(|event| char::from(event[EVENT_BYTES - 1])).collect();
    assert_eq!(keys, "180#*");
}
