//! What `check` says of a prompt and how long `explain` says it lasts, by one reading of its head.

use callplan::{
    Finding, Memory, Severity, Site, Source,
    explain::{Question, explain, read_time},
    load,
};

const CONFIG: &str = r#"[site]
name = "Larch"
timezone = "UTC"
country = "US"
domain = "pbx.example"
[trunks.carrier]
profile = "generic-address"
host = "192.0.2.10"
[prompts]
hello = { file = "it's/hello.wav" }
[plans.main]
steps = [{ play = "hello" }, { reject = "busy" }]
[numbers]
"+12025550100" = { trunk = "carrier", plan = "main" }
"#;

/// A WAV of one channel, whose data part says to be `len` bytes long.
fn wav(format: u16, rate: u32, bits: u16, len: u32, bytes: usize) -> Vec<u8> {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    wav.extend(format.to_le_bytes());
    wav.extend([1, 0]);
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * u32::from(bits / 8)).to_le_bytes());
    wav.extend([2, 0]);
    wav.extend(bits.to_le_bytes());
    wav.extend(b"data");
    wav.extend(len.to_le_bytes());
    wav.resize(wav.len() + bytes, 0);
    wav
}

fn site(hello: &[u8]) -> (Site, Vec<Finding>) {
    let files = Memory::default().with("it's/hello.wav", hello);
    load(&[Source::new("site.toml", CONFIG)], &files).expect("a prompt alone keeps no site from running")
}

fn explained(site: &Site) -> String {
    let at = read_time(&site.timezone, "Fri 2026-03-13 10:00").expect("a time");
    let question = Question::read(site, "+12025550142", "+12025550100", at).expect("a question");
    explain(site, &question).to_string()
}

#[test]
fn what_can_be_played_is_heard_as_long_as_its_samples_last() {
    let table = [
        (wav(1, 8_000, 16, 16_000, 16_000), "1 s"),
        (wav(1, 24_000, 16, 48_000, 48_000), "1 s"),
        (wav(6, 8_000, 8, 4_000, 4_000), "0.5 s"),
        (wav(1, 8_000, 16, 0xffff_ffff, 16_000), "1 s"),
        (wav(1, 16_000, 16, 0, 32_000), "1 s"),
    ];
    for (hello, length) in table {
        let (site, findings) = site(&hello);
        assert!(findings.is_empty(), "{findings:?}");
        let told = explained(&site);
        assert!(told.contains(&format!("hears hello, {length}")), "{told}");
    }
}

#[test]
fn what_cannot_be_played_is_found_and_is_not_heard() {
    let ffmpeg = r"ffmpeg -i 'it'\''s/hello.wav' -ar 16000 -ac 1 -c:a pcm_s16le 'it'\''s/hello-16k.wav'";
    let table = [
        (b"ID3".to_vec(), "no WAV file", ffmpeg),
        (wav(1, 44_100, 16, 8_820, 8_820), "44100 Hz; use 8000, 16000, 24000, 32000 or 48000", ffmpeg),
        (wav(1, 8_000, 24, 24_000, 24_000), "format 1 with 24 bits", ffmpeg),
        (wav(3, 8_000, 32, 32_000, 32_000), "format 3 with 32 bits", ffmpeg),
        (wav(85, 8_000, 0, 800, 800), "format 85 with 0 bits", ffmpeg),
        (wav(1, 8_000, 16, 0, 0), "holds no sound", "record it anew"),
        (wav(7, 8_000, 8, 0xffff_ffff, 3600 * 8_000 + 1), "longer than an hour", "-t 3600 "),
    ];
    for (hello, why, mend) in table {
        let (site, findings) = site(&hello);
        let [finding] = &findings[..] else { panic!("{why}: {findings:?}") };
        assert_eq!(finding.code.severity(), Severity::Warning);
        let shown = finding.to_string();
        for words in ["C702", "site.toml:10:18", "it's/hello.wav can't be played", why, mend] {
            assert!(shown.contains(words), "{words} is missing in {shown}");
        }
        let told = explained(&site);
        assert!(told.contains("hears nothing: hello can't be played"), "{told}");
    }
}

#[test]
fn a_text_is_shown_as_it_is_said_and_in_the_language_it_is_said_in() {
    let config = CONFIG.replace("{ file = \"it's/hello.wav\" }", "{ say = \"Hello.\" }").replace(
        "steps = [{ play = \"hello\" }",
        "steps = [{ play = \"hello\" }, { play = { say = \"Hola.\", language = \"es\" } }",
    );
    let bytes = |ms: usize| wav(1, 8_000, 16, 0xffff_ffff, ms * 16);
    let files = Memory::default().with("spoken/Hello.", &bytes(500)).with("spoken/es/Hola.", &bytes(700));
    let (site, findings) = load(&[Source::new("site.toml", config.as_str())], &files).expect("it is said");
    assert!(findings.is_empty(), "{findings:?}");
    let told = explained(&site);
    assert!(
        told.contains("hears hello (\"Hello.\"), 0.5 s") && told.contains("hears \"Hola.\", 0.7 s"),
        "{told}"
    );
    let german = config.replace("domain = ", "language = \"de\"\ndomain = ");
    let findings =
        load(&[Source::new("site.toml", german.as_str())], &files).expect_err("nobody says it in German");
    let found: Vec<_> = findings.iter().map(|it| (it.code.id(), it.line)).collect();
    assert_eq!(found, [("C948", 5), ("C963", 11)], "{findings:?}");
    let files = files.with("spoken/de/Hello.", &bytes(900));
    let (site, _) = load(&[Source::new("site.toml", german.as_str())], &files).expect("now somebody does");
    assert!(explained(&site).contains("hears hello (\"Hello.\"), 0.9 s"));
}
