//! `[music.x]`: what is read of it, and who is held to which.

use callplan::{Code, Finding, InLine, Memory, Site, Source, describe, load, shown::prose};

const CONFIG: &str = r#"[site]
name = "Larch"
timezone = "UTC"
country = "US"
domain = "pbx.example"
phone_secrets = { file = "phones" }
music = "calm"
[trunks.carrier]
profile = "generic-address"
host = "192.0.2.10"
[people]
ana = { ext = 111 }
ben = { ext = 112, music = "loud" }
[phones]
ana = { person = "ana" }
ben = { person = "ben" }
[music.loud]
files = ["loud.wav"]
[music.calm]
files = ["one.wav", "two.wav"]
[numbers]
"+12025550100" = { trunk = "carrier", person = "ana" }
"+12025550101" = { trunk = "carrier", person = "ana", music = "loud" }
"#;

/// A WAV of so many seconds, µ-law.
fn wav(seconds: u32) -> Vec<u8> {
    let mut wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data".to_vec();
    let bytes = seconds * 8_000;
    wav.extend(bytes.to_le_bytes());
    wav.resize(wav.len() + bytes as usize, 0xff);
    wav
}

fn read(one: u32) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    let files = Memory::default()
        .with("phones", b"")
        .with("one.wav", &wav(one))
        .with("two.wav", &wav(2))
        .with("loud.wav", &wav(3));
    load(&[Source::new("site.toml", CONFIG)], &files)
}

#[test]
fn music_is_its_files_in_order_for_the_site_a_person_and_a_number() {
    let (site, findings) = read(1).expect("it checks");
    let ours: Vec<_> = findings.iter().filter(|it| it.code.id().starts_with("C96")).collect();
    assert!(ours.is_empty(), "{ours:?}");
    let lengths = |music: callplan::MusicId| site[music].waves.iter().map(|it| it.len()).collect::<Vec<_>>();
    let name = |music: Option<callplan::MusicId>| music.map(|music| &*site[music].name);
    assert_eq!(lengths(site.music_on_hold.expect("it is written")), [wav(1).len(), wav(2).len()]);
    assert_eq!(name(site.music_on_hold), Some("calm"));
    assert_eq!([0, 1].map(|at| name(site.people[at].music)), [None, Some("loud")]);
    assert_eq!([0, 1].map(|at| name(site.numbers[at].music)), [None, Some("loud")]);
}

/// A queue names music or a prompt by the same key; where both have the name, it is the music.
#[test]
fn a_queue_lets_those_who_wait_hear_music_by_its_name() {
    let queue = |music: &str| {
        let text = format!(
            "{CONFIG}[prompts]\nhello = {{ file = \"one.wav\" }}\nloud = {{ file = \"one.wav\" }}\n[queues.x]\n\
             members = [\"ana\"]\nmax_wait = \"5m\"\nwhen_waited = \"voicemail:ana\"\nmusic = \"{music}\"\n"
        );
        let files = Memory::default().with("phones", b"").with("one.wav", &wav(1)).with("two.wav", &wav(2));
        load(&[Source::new("site.toml", text.as_str())], &files.with("loud.wav", &wav(3)))
    };
    let heard = |name: &str| {
        let (site, _) = queue(name).expect("it checks");
        let called = site.number("+12025550100".parse().expect("a number"));
        match site.in_line(site.queue("x").expect("it is there"), called) {
            InLine::Music(music) => format!("music {}", site[music].name),
            InLine::Prompt(_) => "prompt".to_owned(),
            InLine::Tone => "tone".to_owned(),
        }
    };
    assert_eq!(heard("calm"), "music calm");
    assert_eq!(heard("hello"), "prompt");
    assert_eq!(heard("loud"), "music loud");
    let findings = queue("cal").expect_err("it is refused");
    assert!(findings.iter().any(|it| it.code == Code::NoSuchPrompt), "{findings:?}");
}

/// Plans say what a caller hears while it rings, where that is music; of the number that has it, and of nobody else.
#[test]
fn a_plan_tells_of_music_in_place_of_ringing() {
    let text = CONFIG
        .replace("ben = { ext = 112, music", "ben = { ext = 112, ringback = \"answer+music:calm\", music");
    let text =
        text.replace("person = \"ana\", music = \"loud\" }", "person = \"ana\", ringback = \"music:loud\" }");
    let files = Memory::default().with("phones", b"").with("one.wav", &wav(1)).with("two.wav", &wav(2));
    let source = Source::new("site.toml", text.as_str());
    let (site, _) = load(&[source], &files.with("loud.wav", &wav(3))).expect("it checks");
    let told = |name: &str| {
        let plan = site.plan_called(name).expect("it is there");
        [describe(&site, plan).to_string(), prose(&site, plan)]
    };
    let [plan, page] = told("+12025550101");
    assert!(plan.contains("music:loud while it rings"), "{plan}");
    assert!(page.contains("while the caller hears the music \"loud\""), "{page}");
    let [plan, page] = told("person:ben");
    assert!(plan.contains("music:calm while it rings, answered at once"), "{plan}");
    assert!(
        page.contains("while the caller hears the music \"calm\", answered as soon as it rings"),
        "{page}"
    );
    let [plan, page] = told("+12025550100");
    assert!(!plan.contains("music:") && !page.contains("music"), "{plan}\n{page}");
}

/// Music is held whole in memory, so it has a bound.
#[test]
fn music_of_more_than_an_hour_is_refused() {
    let findings = read(3_600).expect_err("it is refused");
    let [finding] = &findings.iter().filter(|it| it.code == Code::LongMusic).collect::<Vec<_>>()[..] else {
        panic!("{findings:?}");
    };
    assert_eq!((finding.line, finding.text.as_str()), (20, "files = [\"one.wav\", \"two.wav\"]"));
    assert!(finding.message.contains("music `calm` lasts 3602s"), "{finding}");
}
