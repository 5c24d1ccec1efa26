//! What commands print and how they exit, without a daemon.

mod house;

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown, symlink},
        net::UnixListener,
    },
    process::Command,
};

use house::Site;
use nix::{
    sys::stat::Mode,
    unistd::{User, geteuid, mkfifo},
};

#[test]
fn check_accepts_a_sound_config() {
    let site = Site::new("check-sound");
    site.add_phone("ana-desk");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("1 number, 2 people, 2 phones, 1 trunk"), "{ran:?}");
}

#[test]
fn check_tells_every_finding_at_once_with_place_and_mend() {
    let site = Site::new("check-broken");
    site.write(
        "more.toml",
        "[groups.sales]\nmembers = [\"ana\", \"bem\"]\nrang = \"all\"\n[people]\nana = { ext = 103 }\n",
    );
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for words in ["more.toml:2:20", "bem", "rang", "ana", "refused: 3 errors"] {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    let json = site.run(&["check", "--json"]);
    let findings: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(findings.as_array().map(Vec::len), Some(3));
    assert_eq!(json.code, 2);
}

#[test]
fn the_schema_is_json_and_names_its_draft() {
    let ran = Site::new("schema").run(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!((ran.code, &schema["$schema"]), (0, &"https://json-schema.org/draft/2020-12/schema".into()));
    let steps = &schema["properties"]["plans"]["patternProperties"]["^[^\\s]+$"]["properties"]["steps"];
    assert_eq!(steps["items"]["$ref"], "#/$defs/step");
    let kinds = &schema["$defs"]["step"]["properties"]["reject"]["enum"];
    assert_eq!(kinds, &serde_json::json!(["busy", "decline", "unallocated"]));
}

#[test]
fn a_mailbox_that_nobody_has_is_no_empty_one() {
    let site = Site::new("no-mailbox");
    assert_eq!(site.run(&["mailboxes", "office"]).code, 0);
    let ran = site.run(&["mailboxes", "nope"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("no mailbox `nope`"), "{ran:?}");
}

#[test]
fn warnings_alone_are_a_finding_but_no_refusal() {
    let site = Site::new("check-warning");
    site.write("more.toml", "[plans.unused]\nsteps = [{ voicemail = \"office\" }]\n");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("warning["), "{ran:?}");
}

#[test]
fn text_in_another_encoding_is_refused_at_its_place_with_the_mend() {
    let site = Site::new("check-encoding");
    fs::write(site.config().join("more.toml"), b"# Caf\xe9\n[lists]\n").expect("it can be written");
    let wide = "\u{feff}[lists]\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    fs::write(site.config().join("wide.toml"), wide).expect("it can be written");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for words in
        ["more.toml:1:6", "8-bit encoding", "wide.toml:1:1", "UTF-16", "save it as UTF-8", "2 errors"]
    {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
}

/// A program that runs without root's right to read what it may not.
fn humbly(command: &Command) -> Command {
    let mut humble = Command::new(command.get_program());
    if geteuid().is_root() {
        let caps = "-dac_override,-dac_read_search";
        humble = Command::new("setpriv");
        humble.args(["--bounding-set", caps, "--inh-caps", caps]).arg(command.get_program());
    }
    humble.args(command.get_args());
    humble
}

#[test]
fn a_file_that_may_not_be_read_is_named_with_who_may_not() {
    let site = Site::new("check-denied");
    let deny = |name: &str| {
        let path = site.config().join(name);
        fs::set_permissions(path, Permissions::from_mode(0o000)).expect("it is ours");
    };
    let user = User::from_uid(geteuid()).expect("there is a list of users").expect("we are in it").name;
    site.add_phone("ana-desk");
    deny("secrets/phones");
    let ran = house::ran(humbly(&site.command(&["check"])));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains(&format!("secrets/phones can't be read: user {user} may not")), "{ran:?}");
    assert!(ran.out.contains(&format!("mend: give it to {user}: chown {user} ")), "{ran:?}");
    deny("site.toml");
    let ran = house::ran(humbly(&site.command(&["check"])));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("site.toml: user ") && ran.err.contains("chown"), "{ran:?}");
}

#[test]
fn a_config_that_is_not_there_is_said_so() {
    let site = Site::new("check-missing");
    fs::remove_dir_all(site.config()).expect("it was just made");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn explain_names_steps_reasons_and_the_end() {
    let site = Site::new("explain");
    let asked = ["explain", "--from", "+12025550142", "--to", "+12025550100", "--at", "2026-12-25 10:00"];
    let ran = site.run(&asked);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("ana-desk rings") && ran.out.contains("voicemail:office"), "{}", ran.out);
    let busy = site.run(&[&asked[..], &["--if", "ana=busy", "--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&busy.out).expect("it is JSON");
    assert_eq!(json["end"], "voicemail:office");
}

#[test]
fn explain_takes_what_people_did_and_what_is_drawn() {
    let site = Site::new("explain-turns");
    let group = |order: &str| {
        let text = format!(
            "[groups.team]\nmembers = [\"ana\", \"ben\"]\nring = \"{order}\"\n[plans.team]\nsteps = [{{ ring = \"group:team\" }}, \
             {{ hangup = true }}]\n"
        );
        site.write("team.toml", &text);
    };
    let turn = |rest: &[&str]| {
        let asked = ["explain", "--from", "+12025550142", "--to", "plan:team"];
        let ran = site.run(&[&asked[..], rest].concat());
        let turn = ran.out.lines().find_map(|line| Some(line.split_once("'s turn: ")?.0.to_owned()));
        turn.unwrap_or_else(|| panic!("{ran:?}")).split_whitespace().last().map(str::to_owned)
    };
    group("fewest-calls");
    assert_eq!(turn(&[]).as_deref(), Some("ana"));
    assert_eq!(turn(&["--if", "ana=answered 1"]).as_deref(), Some("ben"));
    group("random");
    let drawn = |chance: u32| turn(&["--chance", &chance.to_string()]);
    assert_eq!(drawn(1), drawn(1));
    assert!((0..20).any(|chance| drawn(chance) != drawn(0)), "another number draws others");
}

/// Whoever is blocked would be told to ring.
#[test]
fn explain_says_so_where_it_can_not_read_the_records() {
    let site = Site::new("explain-unread");
    let asked = ["explain", "--from", "+12025550142", "--to", "+12025550100"];
    assert_eq!(site.run(&asked).err, "", "no switch has run here");
    fs::create_dir_all(site.data()).expect("below the folder");
    fs::write(site.data().join("ringplan.db"), "no database").expect("it can be written");
    let ran = site.run(&asked);
    let words = ["ringplan.db", "who has blocked them", "= mend: ask as the user of the service"];
    assert!(ran.code == 0 && words.iter().all(|it| ran.err.contains(it)), "{ran:?}");
}

#[test]
fn explain_refuses_what_it_can_not_read() {
    let site = Site::new("explain-wrong");
    for wrong in [
        ["--from", "nobody", "--to", "+12025550100", "--at", "2026-12-25 10:00"],
        ["--from", "+12025550142", "--to", "+12025550999", "--at", "2026-12-25 10:00"],
        ["--from", "+12025550142", "--to", "+12025550100", "--at", "tomorrow"],
    ] {
        let ran = site.run(&[&["explain"], &wrong[..]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    }
}

#[test]
fn a_new_phone_is_written_to_the_config_and_its_secret_is_no_password() {
    let site = Site::new("phone-add");
    let ran = site.run(&["phone", "add", "ana-soft", "--person", "ana"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("domain         pbx.test"), "{ran:?}");
    let secrets = fs::read_to_string(site.config().join("secrets/phones")).expect("it was written");
    let password =
        ran.out.lines().find_map(|line| line.trim().strip_prefix("password")).expect("it is printed");
    assert!(!secrets.contains(password.trim()), "{secrets}");
    assert_eq!(secrets.lines().filter(|line| line.starts_with("ana-soft ")).count(), 2, "{secrets}");
    assert_eq!(site.run(&["check"]).code, 0);
}

#[test]
fn a_phone_nobody_knows_is_not_added() {
    let site = Site::new("phone-unknown");
    assert_eq!(site.run(&["phone", "add", "ghost"]).code, 2);
    assert_eq!(site.run(&["phone", "add", "ghost", "--person", "nobody"]).code, 2);
    assert_eq!(site.run(&["phone", "add", "gh\nost", "--person", "ana"]).code, 2);
    assert!(!site.config().join("phones.toml").exists());
}

/// Nothing is written before the config checks as it would become.
#[test]
fn a_phone_that_would_break_the_config_is_refused_with_the_findings_and_nothing_is_written() {
    let site = Site::new("phone-refused");
    site.write("phones.toml", "[phones.door]\next = 190");
    for (ext, words) in
        [("abc", "abc"), ("101", "site.toml"), ("190", "given twice"), ("", "ext"), ("1\"\n[x]", "ext")]
    {
        let ran = site.run(&["phone", "add", "lobby", "--ext", ext]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ext}: {ran:?}");
        let all = [words, "phones.toml:", "error[", "nothing is written"];
        assert!(all.iter().all(|words| ran.err.contains(words)), "{ext}: {ran:?}");
    }
    let kept = |name: &str| fs::read_to_string(site.config().join(name)).expect("it is there");
    assert_eq!(kept("phones.toml"), "[phones.door]\next = 190");
    assert_eq!(kept("secrets/phones"), "");
    assert_eq!(site.run(&["check"]).code, 0);
}

#[test]
fn an_extension_is_written_so_that_it_is_read_as_it_was_typed() {
    let site = Site::new("phone-extensions");
    for (phone, ext, line) in [("lobby", "190", "ext = 190"), ("vault", "007", "ext = \"007\"")] {
        let ran = site.run(&["phone", "add", phone, "--ext", ext]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let phones = fs::read_to_string(site.config().join("phones.toml")).expect("it was written");
        assert!(phones.ends_with(&format!("\n[phones.{phone}]\n{line}\n")), "{phones}");
    }
    let ran = site.run(&["check"]);
    assert!(ran.code == 0 && ran.out.contains("4 phones"), "{ran:?}");
}

#[test]
fn the_extension_of_a_phone_of_the_config_is_changed_where_it_stands() {
    let site = Site::new("phone-stands");
    site.write("more.toml", "# The door.\n[phones]\nlobby = { ext = 190 }\n");
    for (option, value) in [("--ext", "191"), ("--person", "ana")] {
        let ran = site.run(&["phone", "add", "lobby", option, value]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("more.toml:3: change its ") && ran.err.contains(option), "{ran:?}");
    }
    assert_eq!(fs::read_to_string(site.config().join("secrets/phones")).expect("it is there"), "");
    assert_eq!(site.run(&["phone", "add", "lobby"]).code, 0);
}

/// Root adds phones, and the daemon is another user, by owner or by group.
#[test]
fn what_root_writes_stays_the_daemons_to_read() {
    if !geteuid().is_root() {
        return;
    }
    let site = Site::new("phone-owner");
    let of = |name: &str| {
        let found = fs::metadata(site.config().join(name)).expect("it is there");
        (found.uid(), found.gid(), found.mode() & 0o777)
    };
    let give = |name: &str, uid: u32, mode: u32| {
        let path = site.config().join(name);
        chown(&path, Some(uid), Some(54_321)).expect("root may");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("root may");
    };
    // As README's install section leaves a config that has no secrets yet.
    fs::remove_dir_all(site.config().join("secrets")).expect("it was just made");
    give("", 0, 0o750);
    assert_eq!(site.run(&["phone", "add", "lobby", "--ext", "190"]).code, 0);
    assert_eq!(of("secrets"), (0, 54_321, 0o750));
    assert_eq!(of("secrets/phones"), (0, 54_321, 0o640));
    assert_eq!(of("phones.toml"), (0, 54_321, 0o640));
    // What was given to the daemon stays its own, and what everybody could read is a secret from now on.
    for (mode, kept) in [(0o600, 0o600), (0o440, 0o640), (0o644, 0o640)] {
        give("secrets/phones", 12_345, mode);
        give("phones.toml", 12_345, 0o664);
        assert_eq!(site.run(&["phone", "add", &format!("door-{mode}"), "--ext", &mode.to_string()]).code, 0);
        assert_eq!(of("secrets/phones"), (12_345, 54_321, kept));
        assert_eq!(of("phones.toml"), (12_345, 54_321, 0o664));
    }
    assert_eq!(fs::read_dir(site.config().join("secrets")).expect("it is there").count(), 1);
}

/// A folder whose group nobody chose gives it nothing.
#[test]
fn a_new_file_of_secrets_is_its_owners_alone() {
    let site = Site::new("phone-alone");
    fs::remove_file(site.config().join("secrets/phones")).expect("it was just made");
    fs::set_permissions(site.config().join("secrets"), Permissions::from_mode(0o755)).expect("it is ours");
    site.add_phone("ana-desk");
    let mode = fs::metadata(site.config().join("secrets/phones")).expect("it was written").mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_no_regular_file_is_refused_with_its_name_and_not_waited_for() {
    let site = Site::new("check-kinds");
    let odd = site.config().join("odd.toml");
    let refused = |words: &str| {
        let ran = site.run(&["check"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("odd.toml") && ran.err.contains(words), "{ran:?}");
        fs::remove_file(&odd).expect("it is there");
    };
    mkfifo(&odd, Mode::S_IRWXU).expect("it can be made");
    refused("a named pipe and no regular file; put a file in its place");
    symlink("/dev/zero", &odd).expect("it can be made");
    refused("a device and no regular file");
    drop(UnixListener::bind(&odd).expect("it can be made"));
    refused("a socket and no regular file");
    fs::write(&odd, vec![b'#'; (4 << 20) + 1]).expect("it can be written");
    refused("more than 4 MiB");
    symlink("site.toml", &odd).expect("it can be made");
    assert!(
        site.run(&["check"]).out.contains("odd.toml"),
        "a link to a file is read, and all in it is double"
    );
}

#[test]
fn a_pipe_that_the_config_names_is_a_finding() {
    let site = Site::new("check-pipe");
    let secrets = site.config().join("secrets/phones");
    fs::remove_file(&secrets).expect("it was just made");
    mkfifo(&secrets, Mode::S_IRWXU).expect("it can be made");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("secrets/phones can't be read: it is a named pipe"), "{ran:?}");
    assert!(ran.out.contains("mend: put a file in its place"), "{ran:?}");
    let ran = site.run(&["phone", "add", "ana-desk"]);
    assert!(ran.code == 1 && ran.err.contains("a named pipe"), "{ran:?}");
}

#[test]
fn folders_that_lead_back_to_themselves_are_not_followed_for_ever() {
    let site = Site::new("check-loops");
    let empty = site.config().join("empty");
    fs::create_dir(&empty).expect("it can be made");
    ["one", "two"].iter().for_each(|name| symlink(&empty, empty.join(name)).expect("it can be made"));
    let ran = site.run(&["check"]);
    assert!(ran.code == 2 && ran.err.contains("leads back to a folder that it lies in"), "{ran:?}");
}

#[test]
fn without_a_daemon_live_questions_fail_and_say_why() {
    let site = Site::new("no-daemon");
    for command in ["calls", "phones", "trunks", "person", "drain"] {
        let ran = site.run(&[command]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains("no daemon runs"), "{ran:?}");
    }
    assert_eq!(site.run(&["mailboxes"]).code, 0, "the config knows mailboxes");
}

#[test]
fn wrong_usage_is_exit_2_and_help_shows_an_example() {
    let site = Site::new("usage");
    assert_eq!(site.run(&["serve", "--frobnicate"]).code, 2);
    assert_eq!(site.run(&["dial"]).code, 2);
    let help = site.run(&["--help"]).out;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What is told in more than a line goes on further in.
    let commands = commands.filter(|line| !line.starts_with("   "));
    let commands: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() >= 13, "{help}");
    for command in commands
        .into_iter()
        .filter(|it| !["help", "phone", "plan", "contacts"].contains(it))
        .chain(["phone add", "plan show", "contacts show"])
    {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let ran = site.run(&words);
        assert!(ran.code == 0 && ran.out.contains("Example"), "{command}: {ran:?}");
    }
}

/// A call to the main number, and what is expected of it.
fn test_of(name: &str, ends: &str) -> String {
    format!(
        "[[tests]]\nname = \"{name}\"\n\
         call = {{ from = \"+12025550142\", to = \"+12025550100\", at = \"2026-03-13 10:00\" }}\nends = \"{ends}\"\n"
    )
}

#[test]
fn tests_of_the_config_pass_or_say_where_the_call_went() {
    let site = Site::new("test-config");
    let none = site.run(&["test"]);
    assert_eq!((none.code, none.out.trim()), (0, "0 tests: 0 passed, 0 failed"), "{none:?}");
    site.write(
        "tests.toml",
        &format!("{}{}", test_of("<Closed>", "voicemail:office"), test_of("Ana & co", "person:ana")),
    );
    let ran = site.run(&["test", "--junit", &site.folder.join("out.xml").to_string_lossy()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in [
        "passed  <Closed>",
        "FAILED  Ana & co   ",
        "tests.toml:5",
        "expected person:ana, ended at voicemail:office: step number:+12025550100#2",
        "ana for 2 s",
        "ringplan explain --from +12025550142 --to +12025550100 --at 2026-03-13T10:00",
        "2 tests: 1 passed, 1 failed",
    ] {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    let junit = fs::read_to_string(site.folder.join("out.xml")).expect("it was written");
    for words in [
        "tests=\"2\" failures=\"1\"",
        "name=\"&lt;Closed&gt;\"",
        "name=\"Ana &amp; co\"",
        "<failure message=",
    ] {
        assert!(junit.contains(words), "{words} is missing in {junit}");
    }
    let one = site.run(&["test", "<Closed>", "--json"]);
    assert_eq!(one.code, 0, "{one:?}");
    let json: serde_json::Value = serde_json::from_str(&one.out).expect("it is JSON");
    assert_eq!(
        (&json[0]["name"], &json[0]["passed"], json.as_array().map(Vec::len)),
        (&"<Closed>".into(), &true.into(), Some(1))
    );
    let other = site.run(&["test", "Closing"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.err.contains("there is no test \"Closing\""), "{other:?}");
    site.write("tests.toml", &test_of("Nobody", "person:nobody"));
    assert_eq!(site.run(&["test"]).code, 2);
}

#[test]
fn a_menu_may_be_left_waiting_and_people_may_take_their_time() {
    let site = Site::new("explain-rounds");
    let ran = site.run(&[
        "explain",
        "--from",
        "+12025550142",
        "--to",
        "+12025550100",
        "--press=-2",
        "--if",
        "ana=answers after 1s from 0s",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("end   talks to ana-desk   after 1 s"), "{ran:?}");
}

#[test]
fn a_check_tells_tests_that_fail() {
    let site = Site::new("check-tests");
    site.write("tests.toml", &test_of("Ana answers", "person:ana"));
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in
        ["tests.toml:1", "test \"Ana answers\" fails: expected person:ana, ended at", "`ringplan test`"]
    {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
}

#[test]
fn what_is_to_hold_always_is_proven_or_broken_by_a_call_that_can_be_asked() {
    let site = Site::new("test-always");
    site.write(
        "always.toml",
        "[[always]]\nevery_call_ends_in = [\"person\", \"voicemail\"]\n\
         [[always]]\nname = \"Ben has a rest\"\nno_call_reaches = [\"person:ben\"]\n",
    );
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for words in [
        "passed  every call ends in person, voicemail",
        "FAILED  Ben has a rest",
        "a call reaches person:ben",
        "ringplan explain --from ana-desk --to 102 --at ",
        "2 tests: 1 passed, 1 failed",
    ] {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    let command = ran.out.lines().find_map(|line| line.trim().strip_prefix("ringplan ")).expect("it is told");
    let again = site.run(&command.split(' ').collect::<Vec<_>>());
    assert!(again.code == 0 && again.out.contains("ben-desk rings"), "{again:?}");
    assert!(site.run(&["check"]).out.contains("C912"));
    assert_eq!(site.run(&["test", "every call ends in person, voicemail"]).code, 0);
}

#[test]
fn every_way_of_a_call_is_shown_at_once() {
    let site = Site::new("explain-all");
    let ran = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550100", "--all"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in
        ["ana answers:  talks to ana-desk", "unanswered, busy, declined, out of reach:", "voicemail:office"]
    {
        assert!(ran.out.contains(words), "{words} is missing in {}", ran.out);
    }
    let busy =
        site.run(&["explain", "--from", "+12025550142", "--to", "+12025550100", "--all", "--if", "ana=busy"]);
    assert!(!busy.out.contains("answers") && busy.out.contains("busy:"), "{busy:?}");
}
