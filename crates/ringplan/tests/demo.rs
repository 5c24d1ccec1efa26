//! `ringplan demo` as a newcomer starts it, twice: what one has taken, the other does without.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A demo that works in `folder` and ends after its call.
fn demo(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
    command.args(["demo", "--once"]).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

/// How many seconds the message has that it tells of.
fn message(told: &str) -> Option<f32> {
    let (_, rest) = told.split_once("a message in mailbox reception, ")?;
    rest.split_once(" s")?.0.parse().ok()
}

#[test]
fn what_no_demo_made_is_left_alone() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-demo");
    let own = folder.join("etc/site.toml");
    fs::create_dir_all(folder.join("etc")).and_then(|()| fs::write(&own, "mine")).expect("it can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
    let ran = command.args(["demo", "--once", "--data"]).arg(&folder).output().expect("it starts");
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("files that no demo made"), "{ran:?}");
    assert_eq!(fs::read_to_string(&own).expect("it is still there"), "mine");
}

#[test]
fn two_demos_side_by_side_each_leave_their_message() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-demos");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("it can be made");
    let demos = [demo(&folder), demo(&folder)];
    let told = demos.map(|demo| {
        let ended = demo.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(ended.status.success(), "{told}{}", String::from_utf8_lossy(&ended.stderr));
        // It speaks for five seconds; a busy machine may lose some of them.
        assert!(message(&told).is_some_and(|seconds| (4.0..7.0).contains(&seconds)), "{told}");
        told
    });
    let made_way = told.iter().filter(|told| told.contains("is in use by another ringplan")).count();
    assert_eq!(made_way, 1, "{told:#?}");
}
