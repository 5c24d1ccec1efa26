//! A hundred changes of the config under two hundred calls that talk (PRODUCT 5, F6).

#![expect(clippy::disallowed_methods, reason = "how long nothing is heard is a promise of time")]

#[path = "../house/mod.rs"]
mod house;

mod ends;
mod sound;

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use ends::Ends;
use house::Site;
use serde_json::Value;
use sound::{Sound, raise_open_files};
use store::sqlite::{Filter, Reader};

const CALLS: usize = 200;
const APPLIES: usize = 100;
/// Versions on which calls begin; with the one in force eight are alive.
const VERSIONS: usize = 7;
/// The longest that the switch may leave a stream without a packet, beyond what its sender did.
const GAP_MAX: Duration = Duration::from_millis(60);

/// A network in 127/8 of this process' own, so that the ports of its calls are nobody else's.
fn host(host: u8) -> Ipv4Addr {
    let [_, _, a, b] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, a | 0x40, b, host)
}

/// A site at its own address, with a carrier that calls and one that is called, at the third and the fourth after it.
fn site(name: &str, first: u8) -> Site {
    let site = Site::new(name);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    let at = format!("\"{}\"", site.address);
    site.change(&at, &format!("\"{}:{}\"", host(first), ends::PORT));
    site.change(&format!("{}-{}", site.rtp, site.rtp + 19), "20000-21999");
    site.change(
        "host = \"127.0.0.3\"\nchannels = 4",
        &format!("host = \"{}\"\nchannels = 400", host(first + 3)),
    );
    site.write(
        "called.toml",
        &format!(
            "[trunks.called]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"{}:{}\"\nchannels = 400\n\
             [dial.national]\nto = [\"country:US\", \"type:short\"]\nclass = \"national\"\ntrunks = [\"called\"]\n",
            host(first + 4),
            ends::PORT
        ),
    );
    site.write("plan.toml", &good(0));
    site
}

/// A config whose number leads through to the other carrier, and whose plan differs from round to round.
fn good(round: usize) -> String {
    format!(
        "[plans.through]\nsteps = [{{ forward = \"+12025550191\", for = \"{}s\" }}, {{ reject = \"busy\" }}]\n\
         [numbers]\n\"{}\" = {{ label = \"Round {round}\", trunk = \"carrier\", plan = \"through\" }}\n",
        20 + round,
        ends::NUMBER,
    )
}

/// One in which no call would get through any more.
fn good_and_closed(round: usize) -> String {
    good(round)
        .replace("steps = [", "steps = [{ reject = \"unallocated\" }] # [")
        .replace("plan = \"through\" }", "plan = \"through\" } # closed")
}

/// One of the ways in which a config is refused.
fn bad(round: usize) -> String {
    let fault = match round % 4 {
        0 => "[numbers.\"+12025550102\"]\nperson = \"nobody\"\n".to_owned(),
        1 => "[numbers.\"+12025550102\"\n".to_owned(),
        2 => "[hours.office]\nmon = [\"18:00-09:00\"]\n".to_owned(),
        _ => format!(
            "[[tests]]\nname = \"Nobody is busy\"\nends = \"voicemail:office\"\n\
             call = {{ from = \"+12025550142\", to = \"{}\", at = \"2026-03-13 10:00\" }}\n",
            ends::NUMBER
        ),
    };
    good(round) + &fault
}

/// Every call that is up, with what of it has to stay.
fn up(site: &Site) -> BTreeMap<String, (Value, Value)> {
    let json: Value = serde_json::from_str(&site.run(&["calls", "--json"]).out).expect("it is JSON");
    let calls = json.as_array().expect("a list").iter();
    calls.map(|call| (call["id"].to_string(), (call["version"].clone(), call["phase"].clone()))).collect()
}

/// Goal: whatever is applied, calls that talk keep their version and their sound, and nobody is hung up on.
/// Method: calls begin on seven versions, then the hundred are applied, half of them bad, while both sides of every
/// call send sound; gaps are counted without what the machine itself stood still.
#[test]
fn a_hundred_applies_leave_two_hundred_calls_alone() {
    raise_open_files();
    let site = site("applies", 1);
    let daemon = site.serve();
    let mut ends = Ends::new(host(4), host(5), host(1));
    let sound = Sound::bind(host(4), host(5));
    let mut legs = Vec::new();
    for version in 0..VERSIONS {
        if version > 0 {
            site.write("plan.toml", &good(version));
            assert_eq!(site.run(&["apply"]).code, 0);
        }
        let upto = CALLS * (version + 1) / VERSIONS;
        legs.extend((legs.len()..upto).map(|_| ends.call(&sound)));
    }
    let before = up(&site);
    assert_eq!(before.len(), CALLS);
    let versions: BTreeMap<u64, usize> =
        before.values().fold(BTreeMap::new(), |mut versions, (version, _)| {
            *versions.entry(version.as_u64().expect("a number")).or_default() += 1;
            versions
        });
    assert_eq!(versions.len(), VERSIONS, "{versions:?}");

    let streams = sound.start(&legs);
    let mut refused = 0;
    for round in 0..APPLIES {
        let (text, code) = match round % 4 {
            0 => (good(10 + round), 0),
            2 => (good_and_closed(10 + round), 0),
            _ => (bad(10 + round), 2),
        };
        site.write("plan.toml", &text);
        let ran = site.run(&["apply"]);
        assert_eq!(ran.code, code, "{text}{ran:?}");
        refused += usize::from(code != 0);
        ends.are_left_alone();
    }
    let heard = streams.stop();
    assert_eq!((refused, up(&site)), (APPLIES / 2, before));
    assert_eq!(heard.streams, 2 * CALLS, "each side of each call hears something");
    assert!(heard.packets * 100 >= heard.sent * 99, "{heard:?}");
    assert!(heard.gap_max <= GAP_MAX, "{heard:?}");
    println!("{heard:?}");

    ends.hang_up();
    daemon.stop();
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let filter = Filter { limit: 2 * u32::try_from(CALLS).expect("few"), ..Filter::default() };
    let records = reader.records(&filter).expect("they can be read");
    let of_versions = records.iter().fold(BTreeMap::new(), |mut versions, record| {
        *versions.entry(u64::from(record.began.version)).or_default() += 1;
        versions
    });
    assert_eq!(of_versions, versions, "each on the version it began with");
    assert!(records.iter().all(|record| &*record.ended_by == "caller"), "{records:?}");
}

/// Goal: eight versions are alive at most, the operator reads which calls are in the way, and there is room again once
/// those of one version have ended.
#[test]
fn a_ninth_version_waits_for_calls_to_end() {
    raise_open_files();
    let site = site("applies-crowd", 11);
    let daemon = site.serve();
    let mut ends = Ends::new(host(14), host(15), host(11));
    let sound = Sound::bind(host(14), host(15));
    ends.call(&sound);
    for version in 1..=VERSIONS {
        ends.call(&sound);
        site.write("plan.toml", &good(version));
        assert_eq!(site.run(&["apply"]).code, 0, "version {}", version + 1);
    }
    ends.call(&sound);
    let oldest = up(&site).into_keys().min().expect("there are some");
    site.write("plan.toml", &good(9));
    let refused = site.run(&["apply"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let names = format!(
        "version 1, held by call {} from +12025550142 to {} and 1 more",
        oldest.trim_matches('"'),
        ends::NUMBER
    );
    assert!(
        refused.err.contains("calls hold 8 versions") && refused.err.contains(&names),
        "{refused:?} {names}"
    );
    // It was not wrong, nor did it leave a version behind.
    assert_eq!(site.run(&["calls"]).err, "");
    assert!(!site.data().join("versions/9").exists());
    // What calls hold already is no version more; and whatever takes a change back is never refused.
    assert_eq!(site.run(&["rollback", "7"]).code, 0);
    ends.are_left_alone();
    ends.hang_up_first(2);
    // Its record is written once its streams are closed.
    while up(&site).len() > VERSIONS {}
    let taken = site.run(&["apply"]);
    assert!(taken.code == 0 && taken.out.contains("version 9 is in force"), "{taken:?}");
    ends.hang_up();
    daemon.stop();
}
