//! The daemon's life: it starts, is asked, is told, and ends.

mod house;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, UdpSocket},
    os::unix::net::UnixDatagram,
    process::Stdio,
    time::Duration,
};

use house::{Daemon, Site};
use nix::{
    sys::{
        signal::{Signal, kill},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};

#[test]
fn a_daemon_answers_the_command_line_and_ends_when_told() {
    let site = Site::new("serve");
    let daemon = site.serve();
    let phones = site.run(&["phones", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&phones.out).expect("it is JSON");
    assert_eq!(json[0]["name"], "ana-desk");
    assert!(site.run(&["trunks"]).out.contains("known by address"));
    assert!(site.run(&["calls"]).out.contains("no calls"));
    daemon.stop();
    assert!(!site.data().join("control.sock").exists());
}

#[test]
fn a_log_that_nobody_reads_any_more_ends_nothing() {
    let site = Site::new("unread-log");
    let mut daemon =
        site.command(&["serve"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    let pid = Pid::from_raw(i32::try_from(daemon.id()).expect("a process id"));
    let mut log = BufReader::new(daemon.stderr.take().expect("piped")).lines();
    assert!(log.by_ref().any(|line| line.is_ok_and(|line| line.contains("listens on"))));
    drop(log);
    for signal in [Signal::SIGHUP, Signal::SIGTERM] {
        assert!(site.run(&["calls"]).out.contains("no calls"), "before {signal}");
        kill(pid, signal).expect("it runs");
    }
    assert_eq!(house::ended(daemon).code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_said_with_its_holder() {
    let site = Site::new("taken");
    let _holder = UdpSocket::bind(site.address).expect("it was free");
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let here = format!("(pid {})", std::process::id());
    assert!(ran.err.contains(&site.address.to_string()) && ran.err.contains(&here), "{ran:?}");
}

#[test]
fn a_tcp_port_that_is_taken_is_said_with_its_holder() {
    let site = Site::new("taken-tcp");
    let _holder = TcpListener::bind(site.address).expect("it was free");
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let words = [format!("TCP {}", site.address), format!("(pid {})", std::process::id())];
    assert!(words.iter().all(|words| ran.err.contains(words)), "{ran:?}");
}

#[test]
fn a_carrier_that_refuses_registration_is_said_in_the_log_and_by_trunks() {
    let site = Site::new("refusing-carrier");
    let carrier = UdpSocket::bind("127.0.0.4:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(Duration::from_secs(60))).expect("a time above zero");
    site.write("secrets/far", "a password\n");
    site.write(
        "far.toml",
        &format!(
            "[trunks.far]\nprofile = \"generic-register\"\nping = \"off\"\nhost = \"{}\"\nuser = \"larch\"\n\
             secret = {{ file = \"secrets/far\" }}\n",
            carrier.local_addr().expect("bound")
        ),
    );
    let daemon = site.serve();
    let mut buffer = [0; 4_096];
    let (len, from) = carrier.recv_from(&mut buffer).expect("it registers");
    let request = String::from_utf8_lossy(&buffer[..len]).into_owned();
    assert!(request.starts_with("REGISTER sip:127.0.0.4"), "{request}");
    let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let lines = request.lines().filter(|line| kept.iter().any(|name| line.starts_with(name)));
    let lines: String = lines
        .map(|line| if line.starts_with("To:") { format!("{line};tag=x\r\n") } else { format!("{line}\r\n") })
        .collect();
    let refusal = format!("SIP/2.0 403 Forbidden\r\n{lines}Content-Length: 0\r\n\r\n");
    carrier.send_to(refusal.as_bytes(), from).expect("loopback takes it");
    let said = daemon.says("trunk far is not registered");
    assert!(said.contains("refused with 403 Forbidden"), "{said}");
    let trunks = site.run(&["trunks"]).out;
    assert!(trunks.contains("refused with 403 Forbidden (the carrier's side: "), "{trunks}");
    assert!(trunks.contains("known by address"), "the other is not touched: {trunks}");
    daemon.stop();
}

#[test]
fn ports_for_media_that_others_hold_are_counted_and_told_in_a_line() {
    let site = Site::new("media-taken");
    let hold = |pairs: std::ops::Range<u16>| -> Vec<_> {
        pairs
            .map(|pair| UdpSocket::bind((site.address.ip(), site.rtp + 2 * pair)).expect("it was free"))
            .collect()
    };
    let some = hold(0..4);
    let daemon = site.start();
    let line = daemon.says("listens on");
    assert!(
        line.contains("room for 3 relayed calls") && line.contains("hold 4 pairs of RTP ports"),
        "{line}"
    );
    let told = daemon.says("RTP ports in use by other programs");
    assert!(told.contains(&site.rtp.to_string()), "{told}");
    daemon.stop();
    let others = hold(4..10);
    let daemon = site.start();
    let line = daemon.says("listens on");
    assert!(line.contains("room for 0 relayed calls"), "{line}");
    let first = daemon.says("RTP ports in use by other programs");
    assert!(first.contains("and 5 more"), "all ten in one line: {first}");
    // Whoever calls is told to come back, and the switch lives.
    site.add_phone("ana-desk");
    let ran = site.run(&["dial", "--to", "102", "--from", "ana-desk", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!((ran.code, json["status"].as_u64()), (1, Some(503)), "{json}");
    daemon.stop();
    drop((some, others));
}

#[test]
fn a_data_directory_has_one_daemon() {
    let site = Site::new("twice");
    let daemon = site.serve();
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("in use by another ringplan"), "{ran:?}");
    daemon.stop();
}

#[test]
fn a_first_start_refuses_a_broken_config_with_every_finding() {
    let site = Site::new("first-broken");
    site.write("more.toml", "[groups.sales]\nmembers = [\"bem\"]\nrang = \"all\"\n");
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("bem") && ran.err.contains("rang"), "{ran:?}");
}

#[test]
fn a_later_start_runs_the_version_last_applied_and_says_so() {
    let site = Site::new("later-broken");
    site.serve().stop();
    site.write("more.toml", "[groups.sales]\nmembers = [\"bem\"]\n");
    let daemon = site.start();
    assert!(daemon.says("tree on disk refused").contains("running version 1"));
    daemon.says("bem");
    daemon.says("listens on");
    assert!(site.run(&["phones"]).out.contains("ana-desk"));
    for command in ["phones", "trunks", "calls", "mailboxes"] {
        let ran = site.run(&[command]);
        assert!(ran.err.contains("running version 1, tree on disk refused"), "{command}: {ran:?}");
    }
    daemon.stop();
}

#[test]
fn what_is_said_of_people_is_shown_and_outlives_the_process() {
    let site = Site::new("said");
    let more = "[hours.office]\nmon-sun = [\"00:00-24:00\"]\n\
                [dial.national]\nto = [\"country:US\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n\
                [people_defaults]\nallow = [\"internal\", \"national\"]\n";
    site.write("more.toml", more);
    let daemon = site.serve();
    for said in [
        "person ana away",
        "person ben forward +12025550177",
        "person ana block +12025550142",
        "person ana block +12025550143",
        "person ana unblock +12025550143",
        "person ana reminders off",
        "hours office closed",
        "hours office auto",
    ] {
        let ran = site.run(&said.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    for wrong in [
        "person ana asleep",
        "person eve away",
        "person eve",
        "person ana block 12025550142",
        "person ana block +12025550100",
        "person ana reminders on",
        "hours office ajar",
        "hours shop open",
    ] {
        let ran = site.run(&wrong.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 1, "{ran:?}");
    }
    // What a code would refuse is refused here too: it leads back, or its person may not dial it.
    for (to, why) in [
        ("+12025550100", "a number of ours"),
        ("+442079460000", "no dial rule"),
        ("+19005550100", "costs more"),
    ] {
        let ran = site.run(&["person", "ben", "forward", to]);
        assert!(ran.code == 1 && ran.err.contains(why), "{ran:?}");
    }
    let shown = || {
        let text = site.run(&["person", "--json"]).out;
        let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let one = site.run(&["person", "ana"]).out;
        json[0]["state"] == "away"
            && json[1]["forward"] == "+12025550177"
            && json[0]["blocked"] == serde_json::json!(["+12025550142"])
            && one.lines().any(|line| line.split_whitespace().eq(["blocked", "+12025550142"]))
    };
    assert!((0..50).any(|_| shown()));
    daemon.stop();
    let daemon = site.serve();
    assert!((0..50).any(|_| shown()));
    let explained = site.run(&["explain", "--from", "+12025550142", "--to", "+12025550100"]).out;
    assert!(explained.contains("ana has blocked +12025550142"), "{explained}");
    daemon.stop();
}

#[test]
fn a_call_that_nobody_can_be_rung_for_is_refused_in_a_sentence() {
    let site = Site::new("originate");
    let daemon = site.serve();
    for (from, why) in [("eve", "there is no person or phone eve"), ("ana", "no phone of ana is registered")]
    {
        let ran = site.run(&["call", from, "102"]);
        assert!(ran.code == 1 && ran.err.contains(why), "{ran:?}");
    }
    daemon.stop();
}

#[test]
fn a_hang_up_signal_applies_the_tree_on_disk_or_keeps_what_runs() {
    let site = Site::new("apply");
    let daemon = site.serve();
    site.write("more.toml", "[phones]\nlobby = { ext = 190 }\n");
    daemon.signal(Signal::SIGHUP);
    daemon.says("version 2 is in force");
    assert!(site.run(&["phones"]).out.contains("lobby"));
    site.write("more.toml", "[phones]\nlobby = { exit = 190 }\n");
    daemon.signal(Signal::SIGHUP);
    daemon.says("running version 2, tree on disk refused");
    let phones = site.run(&["phones"]);
    assert!(phones.out.contains("lobby") && phones.err.contains("tree on disk refused"), "{phones:?}");
    daemon.stop();
}

/// Goal: a change that fails the config's own tests never comes into force; a switch that starts runs and warns.
#[test]
fn a_tree_that_fails_its_tests_is_not_applied_but_starts() {
    let site = Site::new("apply-tests");
    let daemon = site.serve();
    let test = |ends: &str| {
        let call = "call = { from = \"+12025550142\", to = \"+12025550100\", at = \"2026-03-13 10:00\" }";
        site.write(
            "tests.toml",
            &format!("[[tests]]\nname = \"Nobody answers\"\n{call}\nends = \"{ends}\"\n"),
        );
    };
    test("person:ana");
    daemon.signal(Signal::SIGHUP);
    daemon.says("running version 1, tree on disk refused: 1 finding");
    daemon.says("test \"Nobody answers\" fails: expected person:ana, ended at voicemail:office");
    test("voicemail:office");
    daemon.signal(Signal::SIGHUP);
    daemon.says("version 2 is in force");
    daemon.stop();
    test("person:ana");
    let daemon = site.serve();
    assert!(site.run(&["check"]).out.contains("test \"Nobody answers\" fails"));
    assert!(!site.run(&["phones"]).err.contains("refused"));
    daemon.stop();
}

#[test]
fn a_pipe_in_the_config_is_refused_by_a_running_daemon_that_still_minds_signals() {
    let site = Site::new("apply-pipe");
    let daemon = site.serve();
    mkfifo(&site.config().join("odd.toml"), Mode::S_IRWXU).expect("it can be made");
    daemon.signal(Signal::SIGHUP);
    daemon.says("running version 1, tree on disk refused");
    daemon.stop();
}

/// A daemon that reads a changed tree until what it returns is dropped, as from a share that does not answer.
/// Whoever opens a pipe to write waits for its reader: then the reader waits for us.
fn serve_stuck(site: &Site) -> (Daemon, fs::File) {
    let daemon = site.serve();
    let kept = site.data().join("versions/1/.hash");
    let hash = fs::read(&kept).expect("it was written");
    fs::remove_file(&kept).expect("it was there");
    mkfifo(&kept, Mode::S_IRWXU).expect("it can be made");
    site.write("more.toml", "[phones]\nlobby = { ext = 190 }\n");
    daemon.signal(Signal::SIGHUP);
    let stuck = fs::OpenOptions::new().write(true).open(&kept).expect("the daemon reads it");
    // Whoever looks once more finds it as it was.
    fs::remove_file(&kept).and_then(|()| fs::write(&kept, hash)).expect("it was there");
    (daemon, stuck)
}

#[test]
fn a_daemon_whose_disk_does_not_answer_ends_when_told() {
    let site = Site::new("apply-stuck");
    let (daemon, stuck) = serve_stuck(&site);
    daemon.signal(Signal::SIGHUP);
    daemon.stop();
    drop(stuck);
}

#[test]
fn changes_made_while_the_tree_is_read_are_applied_after_it() {
    let site = Site::new("apply-again");
    let (daemon, stuck) = serve_stuck(&site);
    site.write("more.toml", "[phones]\nlobby = { ext = 190 }\ndoor = { ext = 191 }\n");
    daemon.signal(Signal::SIGHUP);
    drop(stuck);
    daemon.says("version 2 is in force");
    daemon.says("version 3 is in force");
    assert!(site.run(&["phones"]).out.contains("door"));
    daemon.stop();
}

#[test]
fn a_service_manager_is_told_of_start_life_and_end() {
    let site = Site::new("notify");
    let manager = site.folder.join("notify.sock");
    let socket = UnixDatagram::bind(&manager).expect("a path of our own");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a time above zero");
    let daemon = site.start_managed(&manager, Duration::from_millis(200));
    let told = |words: &str| {
        let mut buffer = [0; 1_024];
        loop {
            let len = socket.recv(&mut buffer).expect("it is told in time");
            let text = String::from_utf8_lossy(&buffer[..len]);
            if text.lines().any(|line| line.starts_with(words)) {
                return text.into_owned();
            }
        }
    };
    assert!(told("READY=1").contains("STATUS=version 1, 2 phones"));
    told("WATCHDOG=1");
    told("WATCHDOG=1");
    site.write("more.toml", "[phones]\nlobby = { exit = 190 }\n");
    daemon.signal(Signal::SIGHUP);
    told("RELOADING=1");
    assert!(told("READY=1").contains("STATUS=running version 1, tree on disk refused"));
    daemon.signal(Signal::SIGTERM);
    told("STOPPING=1");
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn a_killed_daemon_leaves_nothing_that_keeps_the_next_from_starting() {
    let site = Site::new("killed");
    for _ in 0..3 {
        let daemon = site.serve();
        daemon.signal(Signal::SIGKILL);
        assert_eq!(daemon.wait().code(), None);
    }
    site.serve().stop();
}

#[test]
fn a_database_that_is_none_is_left_alone_and_said() {
    let site = Site::new("damaged");
    fs::create_dir_all(site.data()).expect("it can be made");
    fs::write(
        site.data().join("ringplan.db"),
        "this is no database, and long enough to be taken for one".repeat(40),
    )
    .expect("it can be written");
    let ran = site.run(&["serve"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("ringplan.db"), "{ran:?}");
    let kept = fs::read_to_string(site.data().join("ringplan.db")).expect("still text");
    assert!(kept.starts_with("this is no database"));
}
