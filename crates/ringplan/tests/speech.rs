//! `{ say = "..." }`: texts said by programs of the operator's, kept, and used where nothing speaks any more.

#![expect(clippy::disallowed_methods, reason = "a test looks how long a program keeps it waiting")]

mod house;

use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use house::{Ran, Site, ran};

/// A site whose phones have secrets, with a number that says something.
fn site(name: &str, hook: &str, say: &str) -> Site {
    let site = Site::new(name);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    fs::create_dir_all(site.data()).expect("it can be made");
    says(&site, hook, say);
    site
}

/// The text stands in line 2.
fn says(site: &Site, hook: &str, say: &str) {
    let text = format!(
        "[plans.said]\nsteps = [{{ play = {{ say = \"{say}\" }} }}, {{ hangup = true }}]\n\
         [numbers]\n\"+12025550101\" = {{ plan = \"said\" }}\n{hook}"
    );
    site.write("more.toml", &text);
}

fn hook(command: &str) -> String {
    format!("[hooks.speech]\ncommand = [{command}]\ntimeout = \"1s\"\n")
}

fn told(ran: &Ran, code: i32, words: &[&str]) {
    let text = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, code, "{ran:?}");
    for words in words {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
}

fn kept(site: &Site) -> Vec<PathBuf> {
    let files = fs::read_dir(site.data().join("spoken")).into_iter().flatten().flatten();
    files.map(|it| it.path()).collect()
}

/// Goal: a config that says something is read by every command, not by `check` alone.
fn every_command_reads(site: &Site) {
    for (words, code, says) in [
        (&["reach", "person:nobody"][..], 2, "there is no person:nobody"),
        (&["list", "show", "nobody"], 1, "there is no list"),
        (&["contacts", "show", "+12025550142"], 1, "nothing is known of"),
        (&["exposure"], 2, "nothing is rated here"),
        (&["coverage"], 1, "said#1"),
        (&["calendar"], 2, "there are no opening hours"),
        (&["plan", "list"], 0, "said"),
        (&["test"], 0, ""),
    ] {
        told(&site.run(words), code, &[says]);
    }
}

/// A second of a WAV, loud, at a rate that programs for speech like.
fn second() -> Vec<u8> {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(22_050_u32.to_le_bytes());
    wav.extend(44_100_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(44_100_u32.to_le_bytes());
    wav.extend(
        (0..22_050_u32).flat_map(|at| (if at / 20 % 2 == 0 { 8_000_i16 } else { -8_000 }).to_le_bytes()),
    );
    wav
}

/// Goal: without any hook a text is said by espeak-ng, so that a prompt needs no recording.
#[test]
fn espeak_says_what_a_plan_says_and_explain_tells_how_long_that_is() {
    let folders = env::var_os("PATH").unwrap_or_default();
    if !env::split_paths(&folders).any(|folder| folder.join("espeak-ng").is_file()) {
        return println!("espeak-ng is not installed, so nothing is said");
    }
    let site = site("speech-espeak", "", "We are at 12 Quay Street.");
    told(&site.run(&["check"]), 0, &[]);
    let files = kept(&site);
    let [file] = &files[..] else { panic!("{files:?}") };
    let wav = fs::read(file).expect("it is kept");
    assert_eq!(wav[24..28], 8_000_u32.to_le_bytes(), "it plays without further ado");
    let samples = wav[44..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    let (count, loud) = (samples.len(), samples.filter(|it| it.unsigned_abs() > 2_000).count());
    assert!((8_000..40_000).contains(&count) && loud > 500, "{count} {loud}");
    let asked = ["explain", "--from", "+12025550142", "--to", "+12025550101"];
    let seconds = format!("\"We are at 12 Quay Street.\", {}.", count / 8_000);
    told(&site.run(&asked), 0, &["hears", &seconds]);
    // Another language is another voice, and another text another file.
    site.change("domain = \"pbx.test\"", "domain = \"pbx.test\"\nlanguage = \"de\"");
    told(&site.run(&["check"]), 0, &[]);
    // Besides its text three that come with the switch in English.
    assert_eq!(kept(&site).len(), 5);
    site.change("language = \"de\"", "language = \"xx\"");
    told(
        &site.run(&["check"]),
        2,
        &["error[C963]", "more.toml:2:", "espeak-ng: \"", "see what it says to: echo hello |"],
    );
}

#[test]
fn what_was_said_is_used_where_nothing_speaks_any_more() {
    let site = Site::new("speech-mute");
    let (tool, wave) = (site.folder.join("speak"), site.folder.join("second.wav"));
    let by_tool = hook(&format!("\"{}\", \"{}\"", tool.display(), wave.display()));
    let site = self::site("speech-mute", &by_tool, "We are closed.");
    fs::write(&wave, second()).expect("it can be written");
    fs::copy("/bin/cat", &tool).expect("it is there");
    told(&site.run(&["check"]), 0, &[]);
    assert_eq!(kept(&site).len(), 1);
    // A version has what was said for it.
    let daemon = site.serve();
    daemon.stop();
    told(&site.run(&["diff"]), 0, &["no call goes differently"]);
    every_command_reads(&site);
    assert_eq!(fs::read_dir(site.data().join("versions/1/.spoken")).expect("it is kept").count(), 1);
    fs::remove_file(&tool).expect("it was there");
    let gone = [format!("{} is not installed", tool.display())];
    told(&site.run(&["check"]), 1, &["warning[C964]", "what was said before is used", &gone[0]]);
    says(&site, &by_tool, "We are open.");
    told(
        &site.run(&["check"]),
        2,
        &["error[C963]", "more.toml:2:27", "We are open.", &gone[0], "or record it"],
    );
    // What runs is whole by itself.
    fs::remove_dir_all(site.data().join("spoken")).expect("it was there");
    let daemon = site.start();
    daemon.says("running version 1, tree on disk refused");
    daemon.says("listens on");
    daemon.stop();
}

/// Refused, they would speak of mistakes that `check` does not find.
#[test]
fn whatever_reads_the_config_has_its_texts_said() {
    let wave = Site::new("speech-readers").folder.join("second.wav");
    let site = site("speech-readers", &hook(&format!("\"cat\", \"{}\"", wave.display())), "We are closed.");
    fs::write(&wave, second()).expect("it can be written");
    let config = site.config().display().to_string();
    for asked in [
        &["reach", "plan:said"][..],
        &["exposure"],
        &["coverage", "--tests"],
        &["contacts", "show", "+12025550142"],
        &["diff", "--old", &config],
    ] {
        let _ = fs::remove_dir_all(site.data().join("spoken"));
        let ran = site.run(asked);
        assert!(!ran.err.contains("refused"), "{asked:?}: {ran:?}");
        assert_eq!(kept(&site).len(), 1, "{asked:?}");
    }
}

#[test]
fn a_program_that_hangs_or_fails_or_writes_no_sound_is_told_and_keeps_nobody_waiting() {
    let site = site("speech-fails", &hook("\"sleep\", \"300\""), "Please wait.");
    site.write("third.toml", "[menus.m]\ngreeting = { say = \"Another.\" }\nkeys = { 1 = \"plan:said\" }\n\
        silence = { after = \"5s\", then = \"plan:said\" }\ninvalid = { then = \"plan:said\" }\n[numbers]\n\"+12025550102\" = { menu = \"m\" }\n");
    let began = Instant::now();
    let slow = ["it took longer than 1 s", "more.toml:2:27", "third.toml:2:20"];
    told(&site.run(&["check"]), 2, &slow);
    assert!(began.elapsed() < Duration::from_secs(20), "each text does not wait for the same");
    for (command, why) in [
        ("\"sh\", \"-c\", \"echo there is no such voice >&2; exit 3\"", "\"there is no such voice\""),
        ("\"false\"", "it failed (exit status: 1)"),
        ("\"true\"", "it is no WAV file"),
        ("\"true\", \"{file}\"", "it wrote no file"),
        ("\"nobody-speaks-so\"", "nobody-speaks-so is not installed"),
    ] {
        says(&site, &hook(command), "Please wait.");
        told(&site.run(&["check"]), 2, &["error[C963]", why]);
    }
    assert!(kept(&site).is_empty());
}

/// Goal: a text is only ever said, whatever it holds.
#[test]
fn a_text_is_no_command() {
    let site = site("speech-shell", "", "x");
    let wave = site.folder.join("second.wav");
    fs::write(&wave, second()).expect("it can be written");
    let mark = site.folder.join("mark");
    let text = format!("$(touch {0}); `touch {0}` | touch {0} {{file}}", mark.display());
    let given = site.folder.join("given");
    let script = format!("cat > {}; printf %s \\\"$1\\\" >> {0}; cat {}", given.display(), wave.display());
    says(&site, &hook(&format!("\"sh\", \"-c\", \"{script}\", \"sh\", \"{{language}}\"")), &text);
    told(&site.run(&["check"]), 0, &[]);
    assert_eq!(fs::read_to_string(&given).expect("it came"), format!("{text}en"));
    assert!(!mark.exists());
    says(&site, &hook(&format!("\"sh\", \"-c\", \"{script}\", \"sh\", \"{{text}}\"")), &text);
    told(&site.run(&["check"]), 0, &[]);
    assert_eq!(fs::read_to_string(&given).expect("it came"), text);
    assert!(!mark.exists());
    // Nothing is inherited that it does not need.
    says(
        &site,
        &hook(&format!("\"sh\", \"-c\", \"env > {}; cat {}\"", given.display(), wave.display())),
        "Env.",
    );
    let mut command = site.command(&["check"]);
    command.env("SECRET", "hunter2");
    told(&ran(command), 0, &[]);
    let env = fs::read_to_string(&given).expect("it came");
    assert!(env.contains("PATH=") && !env.contains("hunter2"), "{env}");
}
