//! The manual tells the truth: what it shows is run, what it has written loads.
//!
//! `RINGPLAN_MANUAL=write cargo test -p ringplan --test manual` writes anew what its commands print.

mod house;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use house::{Ran, authority::Authority, ran};
use toml::{Table, Value};

/// The company that the manual speaks of, in a folder of its own where commands find it.
struct Company(PathBuf);

impl Company {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("manual").join(name);
        let _ = fs::remove_dir_all(&folder);
        copy(&pages().join("larch"), &folder.join("larch"));
        let company = Self(folder);
        // Texts last as long everywhere, whatever speaks there.
        let wave = company.0.join("said.wav");
        fs::write(&wave, silence(2)).expect("it can be written");
        company
            .write("speech.toml", &format!("[hooks.speech]\ncommand = [\"cat\", \"{}\"]\n", wave.display()));
        company
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join("larch").join(name), text).expect("it can be written");
    }

    fn read(&self, name: &str) -> Table {
        let text = fs::read_to_string(self.0.join("larch").join(name)).expect("it is there");
        text.parse().expect("it is TOML")
    }

    /// A command about the company.
    fn run(&self, words: &[String]) -> Ran {
        self.run_bare(&[words, &["--config", "larch", "--data", "data"].map(str::to_owned)].concat())
    }

    fn run_bare(&self, words: &[String]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
        command.current_dir(&self.0).args(words);
        ran(command)
    }
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manual")
}

/// Secrets are their owner's alone, as git does not keep them.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is there").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("it can be copied");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("it is ours");
        }
    }
}

/// So many seconds of a WAV, 8,000 samples a second of 16 bits.
fn silence(seconds: u32) -> Vec<u8> {
    let sound = seconds * 16_000;
    let mut wav = b"RIFF".to_vec();
    wav.extend((sound + 36).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(sound.to_le_bytes());
    wav.resize(wav.len() + sound as usize, 0);
    wav
}

fn all_pages() -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(pages()).expect("it is there").flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("it is text"))).collect()
}

/// The words of a command, of which some may be quoted.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// The page as it is when each of its commands is run.
fn run_whole(page: &str, company: &Company) -> String {
    let (mut text, mut shown) = (String::new(), false);
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        if is_fence {
            shown = line == "```console";
        }
        match line.strip_prefix("$ ringplan ") {
            Some(command) if shown => {
                let ran = company.run(&words(command));
                assert!(ran.code < 2, "the manual shows what can't be asked: {command}: {ran:?}");
                let printed = format!("{}{}", ran.out, ran.err);
                text += &format!("{line}\n{}\n", printed.trim_end());
            }
            _ if shown && !is_fence => {}
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

#[test]
fn each_command_prints_what_the_manual_shows() {
    let company = Company::new("commands");
    for (path, page) in all_pages() {
        let whole = run_whole(&page, &company);
        if env::var_os("RINGPLAN_MANUAL").is_some_and(|it| it == "write") {
            fs::write(&path, whole).expect("it can be written");
        } else {
            let differs = page.lines().zip(whole.lines()).find(|(page, whole)| page != whole);
            assert!(page == whole, "{}: {differs:?}", path.display());
        }
    }
}

/// What is between fences of this kind.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let open = format!("```{fence}\n");
    page.split(&open).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

/// Lays a piece over the company: of each table what the piece writes, and the rest as it was.
fn lay(piece: Table, over: &mut Table) {
    for (name, piece) in piece {
        match (over.get_mut(&name), piece) {
            (Some(Value::Table(there)), Value::Table(piece)) => there.extend(piece),
            (Some(Value::Array(there)), Value::Array(piece)) => there.extend(piece),
            (_, piece) => drop(over.insert(name, piece)),
        }
    }
}

#[test]
fn each_piece_of_a_config_loads() {
    let company = Company::new("pieces");
    let whole = company.read("site.toml");
    for (path, page) in all_pages() {
        for (piece, alone) in blocks(&page, "toml")
            .into_iter()
            .map(|it| (it, false))
            .chain(blocks(&page, "toml site").into_iter().map(|it| (it, true)))
        {
            let read: Table = piece.parse().expect("it is TOML");
            let mut site = if alone { Table::new() } else { whole.clone() };
            lay(read, &mut site);
            company.write("site.toml", &toml::to_string(&site).expect("it was read"));
            let checked = company.run(&["check".to_owned()]);
            assert!(checked.code < 2, "{}:\n{piece}\n{checked:?}", path.display());
        }
    }
}

/// What the same company writes besides, and is told of as not served yet.
const BESIDES: &str = r#"
[site]
vars = { booking = "https://book.example.com" }
[store]
recordings_keep = "90d"
story_keep = "30d"
[api]
listen = "127.0.0.1:8088"
tokens = { file = "secrets/api" }
[wallet]
enabled = false
[people]
fay = { ext = 121, name = "Fay Lund", mail = "fay@example.com", skills = { spanish = 8 } }
quin = { ext = 151, name = "Quin Shaw", mobile = "+12025550153", role = "supervisor" }
[phones.rosa-soft]
person = "rosa"
srtp = "mandatory"
[mailboxes]
sales = { mail = ["sales@example.com"], transcribe = true }
[numbers]
"+12025550101" = { label = "Sales", trunk = "carrier-a", plan = "sales", record = "all", disclose = "notice" }
"+12025550103" = { label = "Campaign", trunk = "carrier-b", plan = "campaign", sms_registered = true }
[hooks.sms]
adapter = "twilio-http"
secret = { file = "secrets/sms" }
[hooks.events]
url = "http://127.0.0.1:9000/calls"
send = ["call.status", "call.missed", "wallet.low"]
[hooks.mail]
server = "smtp.example.com"
from = "phones@example.com"
"#;

#[test]
fn what_is_not_served_yet_loads_and_is_told() {
    let company = Company::new("besides");
    let mut site = company.read("site.toml");
    lay(BESIDES.parse().expect("it is TOML"), &mut site);
    company.write("site.toml", &toml::to_string(&site).expect("it was read"));
    let checked = company.run(&["check".to_owned()]);
    assert_eq!(checked.code, 1, "{checked:?}");
    let told: Vec<_> = checked.out.lines().filter(|line| line.contains("[C")).collect();
    assert!(told.len() == 10 && told.iter().all(|line| line.starts_with("warning[C614]")), "{told:#?}");
}

/// The company as it is written whole, before anything of it is left out that is not served yet. Beside the manual's
/// files there is only what it names: music, a certificate with its key.
#[test]
fn the_company_written_whole_loads() {
    let company = Company::new("whole");
    company.write("site.toml", include_str!("larch/site.toml"));
    let folder = company.0.join("larch");
    for name in ["music/calm-1.wav", "music/calm-2.wav"] {
        fs::write(folder.join(name), silence(3)).expect("it can be written");
    }
    fs::create_dir_all(folder.join("tls")).expect("it can be made");
    let signed = Authority::new().issue(&["pbx.larch.example"]);
    fs::write(folder.join("tls/cert.pem"), &signed.cert).expect("it can be written");
    fs::write(folder.join("tls/key.pem"), &signed.key).expect("it can be written");
    fs::set_permissions(folder.join("tls/key.pem"), fs::Permissions::from_mode(0o600)).expect("it is ours");
    let checked = company.run(&["check".to_owned()]);
    assert!(checked.code < 2 && !checked.out.contains("error["), "{checked:?}");
    let tested = company.run(&["test".to_owned()]);
    for name in [
        "Friday morning, new caller, presses 2",
        "Christmas goes to the closed message",
        "Mobile voicemail must not swallow a sales call",
        "no call reaches class:international",
    ] {
        assert!(tested.out.contains(&format!("passed  {name}")), "{name}: {tested:?}");
    }
}

/// Each row of the table is held against the plan that its shorthand comes to; a row that says `any` stands for two.
#[test]
fn the_table_of_shorthand_holds_for_all_32_combinations() {
    let company = Company::new("shorthand");
    let whole = company.read("site.toml");
    let page = fs::read_to_string(pages().join("numbers.md")).expect("it is there");
    let mut seen = 0;
    for row in page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let [flags @ .., becomes] = &cells[..] else { continue };
        if !flags.iter().all(|flag| ["–", "yes", "any"].contains(flag)) {
            continue;
        }
        for combination in 0..32_u32 {
            let set = |at: usize| combination >> at & 1 == 1;
            let fits = |(at, flag): (usize, &&str)| *flag == "any" || set(at) == (*flag == "yes");
            if !flags.iter().enumerate().all(fits) {
                continue;
            }
            seen += 1;
            assert_eq!(steps(&company, whole.clone(), set), expected(becomes), "{row}: {combination:05b}");
        }
    }
    assert_eq!(seen, 32);
}

/// What `plan show` says of a number with these keys.
fn steps(company: &Company, mut site: Table, set: impl Fn(usize) -> bool) -> Vec<String> {
    let keys = [
        "menu = \"main\"",
        "group = \"sales\"",
        "person = \"rosa\"",
        "forward = \"+12025550160\"",
        "mailbox = \"sales\"",
    ];
    let keys: Vec<_> = (0..5).filter(|at| set(*at)).map(|at| keys[at]).collect();
    let number = format!("[numbers]\n\"+12025550100\" = {{ trunk = \"carrier-a\", {} }}", keys.join(", "));
    site.remove("numbers");
    for name in ["tests", "always"] {
        site.remove(name);
    }
    let plain = site["site"].as_table_mut().expect("it is a table");
    plain.remove("company_phone");
    lay(number.parse().expect("it is TOML"), &mut site);
    let plan = site["plans"]["campaign"].as_table_mut().expect("it is a table");
    plan.insert(
        "steps".to_owned(),
        Value::Array(vec![Value::Table("reject = \"busy\"".parse().expect("it is TOML"))]),
    );
    company.write("site.toml", &toml::to_string(&site).expect("it was read"));
    let shown = company.run(&words("plan show number:+12025550100"));
    assert_eq!(shown.code, 0, "{shown:?}");
    shown.out.lines().skip(1).filter_map(|line| Some(line.split_once("  ")?.1.to_owned())).collect()
}

/// The steps that a cell of the table comes to.
fn expected(becomes: &str) -> Vec<String> {
    let step = |words: &str| match words.trim() {
        "menu" => "menu main",
        "group" => "ring group:sales round-robin, 15s each, 45s in all",
        "person" => "ring person:rosa, 30s, mobile after 12s",
        "forward" => "forward +12025550160, 30s",
        "its mailbox" => "voicemail sales",
        "the person's mailbox" => "voicemail rosa",
        "the site's mailbox" | "site's mailbox" => "voicemail reception",
        other => panic!("the table says {other:?}"),
    };
    becomes
        .split([','])
        .flat_map(|part| part.split("then"))
        .filter(|it| !it.trim().is_empty())
        .map(|it| step(it).to_owned())
        .collect()
}

#[test]
fn every_command_has_its_place() {
    let company = Company::new("places");
    let help = company.run_bare(&["help".to_owned()]).out;
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  "));
    let commands: Vec<_> = commands
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|it| *it != "help")
        .collect();
    assert!(commands.len() > 20, "{help}");
    let all: String = all_pages().into_iter().map(|(_, page)| page).collect();
    for command in commands {
        assert!(all.contains(&format!("ringplan {command}")), "no page speaks of {command}");
    }
}

#[test]
fn pages_and_keys_are_printed_and_others_refused() {
    let company = Company::new("printed");
    let run = |line: &str| company.run_bare(&words(line));
    let listed = run("manual");
    for (path, page) in all_pages() {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        assert!(listed.out.contains(&name), "{name} is not listed: {}", listed.out);
        assert_eq!(run(&format!("manual {name}")).out, page);
    }
    let keys = run("manual keys queues").out;
    assert!(keys.contains("[queues.NAME]") && keys.contains("wrap ") && keys.contains(".position"), "{keys}");
    assert!(run("manual keys").out.contains("[[tests]]"));
    for (line, words) in
        [("manual quues", "there is no page quues"), ("manual keys quues", "no table [quues]")]
    {
        let refused = run(line);
        assert!(refused.code == 2 && refused.err.contains(words), "{refused:?}");
    }
}
