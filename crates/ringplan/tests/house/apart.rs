//! A network and name servers of a test's own: it runs once more by itself, as root of namespaces, where port 53 is free.

use std::{env, fs, path::Path, process::Command};

use super::ran;

/// A command in namespaces of its own.
fn apart() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--net", "--"]);
    command
}

/// Runs the ignored test of this name where `server` is the only name server; says so where the system lets nobody have
/// a network.
pub(crate) fn with_name_server(server: &str, test: &str) {
    if !apart().arg("true").status().is_ok_and(|status| status.success()) {
        println!("not shown: this system gives nobody a network of their own");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let resolv = folder.join("resolv.conf");
    fs::write(&resolv, format!("nameserver {server}\n")).expect("the file can be written");
    let mut inside = apart();
    inside
        .args(["sh", "-c"])
        .arg("PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"")
        .args([&resolv, &env::current_exe().expect("a running program has a path")])
        .args(["--exact", "--ignored", "--nocapture", test]);
    let ran = ran(inside);
    assert!(ran.code == 0 && ran.out.contains("1 passed"), "{}\n{}", ran.out, ran.err);
}
