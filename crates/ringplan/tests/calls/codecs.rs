//! Two who speak different codecs hear each other, and who speaks G.722 or Opus alone hears what is played and is recorded.

use std::{fs, thread, time::Duration};

use media::{
    codec::{coder::Codec, g711::Law},
    stage::tone::{level_of, sine},
};

use crate::{
    house::Site,
    phones::{PATIENCE, message_of, phone, registered, talk, until},
    ua::{News, Phone},
};

/// What the two say, in Hz, at -9 dBm0.
const HIGH: f64 = 1000.0;
const LOW: f64 = 440.0;

fn whistle(hz: f64, seconds: usize) -> Vec<i16> {
    sine(8_000, hz, 8_000.0, 8_000 * seconds)
}

/// Whether half a second of what was heard is this whistle, as loud as it was, and not the other one.
fn is_heard(phone: &Phone, hz: f64) -> bool {
    let is_it = |sound: &[i16]| {
        let other = if hz == HIGH { LOW } else { HIGH };
        (level_of(sound, hz) + 9.0).abs() < 1.5 && level_of(sound, other) < -35.0
    };
    phone.heard().windows(4_000).step_by(400).any(is_it)
}

/// Calls each other in these codecs, both whistling, the caller for so long as it takes.
fn both_hear(name: &str, from: Codec, to: Codec) {
    let site = Site::new(name);
    let daemon = site.serve();
    let [mut ana, mut ben] = ["ana-desk", "ben-desk"].map(|name| registered(&site, name));
    ana.speak_only(from);
    ben.speak_only(to);
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        ben.say(&whistle(LOW, 30));
        until(&mut ben, |news| *news == News::HungUp);
        assert!(is_heard(&ben, HIGH), "{to:?} hears {from:?}");
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    ana.say(&whistle(HIGH, 30));
    let deadline = ana.now() + PATIENCE;
    while !is_heard(&ana, LOW) {
        assert!(ana.now() < deadline, "{from:?} hears {to:?}: {} samples", ana.heard().len());
        talk(&mut ana, Duration::from_millis(500));
    }
    talk(&mut ana, Duration::from_secs(1));
    ana.hang_up();
    talk(&mut ana, Duration::from_millis(500));
    callee.join().expect("ben hears");
    daemon.stop();
}

#[test]
fn a_caller_on_g722_and_a_callee_on_pcmu_hear_each_other() {
    both_hear("codecs-wide", Codec::G722, Codec::Law(Law::Mu));
}

#[test]
fn a_caller_on_opus_and_a_callee_on_g722_hear_each_other() {
    both_hear("codecs-opus", Codec::Opus, Codec::G722);
}

/// Goal: what is said to whoever leaves a message is heard in their codec, and what they say is in the message.
#[test]
fn who_speaks_but_g722_or_opus_hears_the_greeting_and_leaves_a_message() {
    let site = Site::new("codecs-message");
    let daemon = site.serve();
    for (name, extension, mailbox, codec) in
        [("ana-desk", "*99102", "ben", Codec::G722), ("ben-desk", "*99101", "ana", Codec::Opus)]
    {
        let password = site.add_phone(name);
        let mut caller = phone(&site, name, &password);
        caller.speak_only(codec);
        caller.call(extension, "").expect("loopback has sockets");
        until(&mut caller, |news| *news == News::Answered);
        talk(&mut caller, Duration::from_secs(1));
        let loudest = caller.heard().iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest.is_some_and(|level| level > 3_000), "{codec:?} hears {loudest:?}");
        caller.say(&whistle(HIGH, 20));
        talk(&mut caller, Duration::from_secs(7));
        caller.hang_up();
        talk(&mut caller, Duration::from_millis(500));
        let message = message_of(&site, mailbox, |_| true);
        let file = fs::read(message["file"].as_str().expect("a path")).expect("it is there");
        let sound = media::wav::read(&file).expect("a WAV");
        let level = level_of(&sound[sound.len() / 2..][..4_000], HIGH);
        assert!((level + 9.0).abs() < 1.5, "{codec:?}: {level}");
    }
    daemon.stop();
}
