//! Calls over real sockets: phones register, ring, talk and leave messages.

#[path = "../house/mod.rs"]
mod house;

#[path = "../../src/entropy.rs"]
#[allow(dead_code, reason = "the phone uses some of it")]
mod entropy;
#[path = "../house/net.rs"]
mod net;
#[path = "../../src/time.rs"]
#[allow(dead_code, reason = "the phone uses some of it")]
mod time;
#[path = "../../src/ua/mod.rs"]
#[allow(dead_code, reason = "the tests use some of it")]
mod ua;

mod codecs;
mod kill;
mod lines;
mod messages;
mod nat;
mod nats;
mod phones;
mod stop;
mod talk;
mod unheard;
