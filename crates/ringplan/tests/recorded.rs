//! Prompts that are recorded by phone, with real sound: who may, who hears them, and what the command line tells.

mod house;

use std::{
    fs,
    path::{Path, PathBuf},
};

use house::{Ran, Site};
use serde_json::Value;

const PLANS: &str = "[prompts]\nhello = { file = \"prompts/hello.wav\", recorded = \"1\" }\n\
    plain = { file = \"prompts/hello.wav\" }\n\
    [plans.main]\nsteps = [{ play = \"hello\" }, { hangup = true }]\n\
    [plans.other]\nsteps = [{ play = \"plain\" }, { hangup = true }]\n\
    [numbers]\n\"+12025550101\" = { trunk = \"carrier\", plan = \"main\" }\n\
    \"+12025550102\" = { trunk = \"carrier\", plan = \"other\" }\n\
    [people_defaults]\nallow_prompts = false\n";

/// A WAV of so many seconds of 8 kHz, silent or of a loud tone.
fn wav(seconds: u32, loud: bool) -> Vec<u8> {
    let samples = 8_000 * seconds;
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((samples * 2).to_le_bytes());
    let sample = |at: u32| match (loud, at / 8 % 2) {
        (false, _) => 0_i16,
        (true, 0) => 8_000,
        (true, _) => -8_000,
    };
    wav.extend((0..samples).flat_map(|at| sample(at).to_le_bytes()));
    wav
}

fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.change("ana = { ext = 101 }", "ana = { ext = 101, allow_prompts = true }");
    site.write("plans.toml", PLANS);
    let hello = site.config().join("prompts/hello.wav");
    fs::create_dir_all(hello.parent().expect("below the config")).expect("it can be made");
    fs::write(hello, wav(1, false)).expect("it can be written");
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

/// Ana records: a key skips the words, then she speaks until pound, and these keys follow.
fn records(site: &Site, keys: &str) -> Ran {
    let speech = site.folder.join("speech.wav");
    fs::write(&speech, wav(12, true)).expect("it can be written");
    let speech = speech.to_str().expect("an ordinary path");
    let keys = format!("555#{keys}");
    site.run(&[
        "dial", "--from", "ana-desk", "--to", "*771", "--play", speech, "--press", &keys, "--for", "8s",
    ])
}

/// How many loud samples a caller from outside hears of the plan.
fn loud(site: &Site) -> usize {
    let heard = site.folder.join("heard.wav");
    let path = heard.to_str().expect("an ordinary path");
    let ran = site.run(&["dial", "--from", "+12025550142", "--to", "+12025550101", "--record", path]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let bytes = fs::read(&heard).expect("it was written");
    let samples = bytes[44..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    samples.filter(|it| it.unsigned_abs() > 2_000).count()
}

fn takes(site: &Site) -> Vec<PathBuf> {
    let files = fs::read_dir(site.data().join("recorded")).into_iter().flatten().flatten();
    files.map(|it| it.path()).collect()
}

fn hello(site: &Site) -> Value {
    let ran = site.run(&["prompts", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let all: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    all[0].clone()
}

#[test]
fn row_33_whoever_may_records_a_prompt_and_the_next_caller_hears_it() {
    let site = site("recorded");
    let told = hello(&site);
    assert_eq!((&told["from"], &told["seconds"]), (&"prompts/hello.wav".into(), &"1.0".into()), "{told}");
    assert_eq!((&told["used_by"], &told["by"]), (&serde_json::json!(["main#1"]), &Value::Null), "{told}");
    let daemon = site.serve();
    assert_eq!(loud(&site), 0);
    // Not kept: a take that is heard and hung up on.
    assert_eq!(records(&site, "").code, 0);
    assert_eq!((loud(&site), takes(&site).len()), (0, 0));
    assert_eq!(records(&site, "1").code, 0);
    daemon.says("prompt hello is what ana has recorded");
    assert!(loud(&site) > 8_000);
    let told = hello(&site);
    assert_eq!((&told["from"], &told["by"]), (&"recorded".into(), &"ana".into()), "{told}");
    assert!(told["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");
    // Nobody's take lies about after a start, and what was kept is heard.
    fs::write(site.data().join("recorded/00000000000000ff-3.wav"), "half").expect("it can be written");
    daemon.stop();
    let daemon = site.serve();
    assert_eq!(takes(&site).len(), 1);
    assert!(loud(&site) > 8_000);
    let copy = site.folder.join("copy.wav");
    let ran = site.run(&["prompts", "export", "hello", copy.to_str().expect("an ordinary path")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fs::read(copy).ok(), fs::read(&takes(&site)[0]).ok());
    let explained = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550101"]).out;
    assert!(!explained.contains("1.0 s"), "a recorded prompt has its own length: {explained}");
    assert_eq!(site.run(&["prompts", "clear", "hello"]).code, 0);
    assert_eq!((loud(&site), &hello(&site)["from"]), (0, &"prompts/hello.wav".into()));
    daemon.stop();
}

#[test]
fn a_recording_that_is_gone_from_the_disk_is_told_and_the_config_is_heard() {
    let site = site("recorded-gone");
    let daemon = site.serve();
    assert_eq!(records(&site, "1").code, 0);
    daemon.says("prompt hello is what ana has recorded");
    daemon.stop();
    for take in takes(&site) {
        remove(&take);
    }
    let daemon = site.start();
    daemon.says("is gone from the disk");
    daemon.says("listens on");
    assert_eq!((loud(&site), &hello(&site)["from"]), (0, &"prompts/hello.wav".into()));
    daemon.stop();
}

/// Goal: config and data may be one directory, and a disk may come late. Method: files of others lie where ours do, and
/// the folder is away for one start.
#[test]
fn a_start_deletes_nothing_of_others_and_forgets_nothing_that_may_come_back() {
    let site = site("recorded-others");
    let daemon = site.serve();
    assert_eq!(records(&site, "1").code, 0);
    daemon.says("prompt hello is what ana has recorded");
    daemon.stop();
    let (folder, away) = (site.data().join("recorded"), site.data().join("away"));
    let others = [site.data().join("prompts/hello.wav"), folder.join("hello.wav")];
    fs::create_dir_all(site.data().join("prompts")).expect("it can be made");
    for file in &others {
        fs::write(file, wav(1, false)).expect("it can be written");
    }
    fs::rename(&folder, &away).expect("it is there");
    let daemon = site.start();
    daemon.says("recorded can't be read");
    daemon.says("listens on");
    assert_eq!(loud(&site), 0);
    daemon.stop();
    fs::rename(&away, &folder).expect("nothing lies there");
    let daemon = site.serve();
    assert!(loud(&site) > 8_000, "what ana has recorded is heard again");
    daemon.stop();
    for file in others {
        assert!(file.exists(), "{} is not ours", file.display());
    }
}

fn remove(path: &Path) {
    fs::remove_file(path).expect("it is there");
}

#[test]
fn what_can_not_be_recorded_is_refused() {
    let site = site("recorded-not");
    let daemon = site.serve();
    for (from, to, status) in [("ben-desk", "*771", "403"), ("ana-desk", "*772", "404")] {
        let ran = site.run(&["dial", "--from", from, "--to", to]);
        assert!(ran.code == 1 && ran.out.contains(status), "{ran:?}");
    }
    for (arguments, why) in [
        (&["prompts", "clear", "hello"][..], "not recorded"),
        (&["prompts", "clear", "welcome"], "no prompt welcome"),
        (&["prompts", "export", "welcome", "x.wav"], "no prompt welcome"),
        (&["prompts", "play", "welcome"], "no prompt welcome"),
    ] {
        let ran = site.run(arguments);
        assert!(ran.code == 1 && ran.err.contains(why), "{ran:?}");
    }
    let ben = site.run(&["explain", "--from", "ben-desk", "--to", "*771"]).out;
    assert!(ben.contains("refused with 403") && ben.contains("allow_prompts"), "{ben}");
    let ana = site.run(&["explain", "--from", "ana-desk", "--to", "*771"]).out;
    assert!(ana.contains("speak after the tone"), "{ana}");
    daemon.stop();
}
