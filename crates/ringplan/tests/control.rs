//! A running daemon and those who ask it by its socket.

mod house;

use std::{io::Read, os::unix::net::UnixStream};

use house::Site;

/// Goal: whoever connects and says nothing keeps nobody else out. More of them come than the daemon has chairs for.
#[test]
fn silent_guests_give_way_to_who_has_a_question() {
    let site = Site::new("control-silent");
    let daemon = site.serve();
    let silent: Vec<_> = (0..40)
        .map(|_| UnixStream::connect(site.data().join("control.sock")).expect("the daemon listens"))
        .collect();
    for _ in 0..2 {
        let ran = site.run(&["phones"]);
        assert!(ran.code == 0 && ran.out.contains("ana-desk"), "{ran:?}");
    }
    // Who came first was shown out first.
    let mut first = &silent[0];
    assert_eq!(first.read(&mut [0]).expect("its end is no error"), 0);
    daemon.stop();
}

#[test]
fn drain_waits_until_the_daemon_has_ended() {
    let site = Site::new("drain-wait");
    let daemon = site.serve();
    let ran = site.run(&["drain", "--wait"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(site.run(&["phones"]).err.contains("no daemon runs"));
    assert_eq!(daemon.wait().code(), Some(0));
}

/// Goal: the call ends as it was to, and those who wait are told of it.
#[test]
fn drain_waits_for_the_last_call() {
    let site = Site::new("drain-call");
    let daemon = site.serve();
    let call = ["dial", "--to", "+12025550100", "--from", "+12025550142", "--for", "3s"];
    let mut caller = site.command(&call);
    let mut caller = caller.stdout(std::process::Stdio::piped()).spawn().expect("the binary runs");
    let mut told = std::io::BufReader::new(caller.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("answered") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut told, &mut line).expect("it is text") > 0, "never answered");
    }
    let ran = site.run(&["drain", "--wait"]);
    assert!(ran.code == 0 && ran.err.contains("1 call left"), "{ran:?}");
    assert_eq!(daemon.wait().code(), Some(0));
    let mut rest = String::new();
    told.read_to_string(&mut rest).expect("it is text");
    assert!(house::ended(caller).success() && !rest.contains("hung up"), "{rest}");
}
