//! A network and name servers of a test's own: it runs once more by itself, as root of namespaces, where port 53 is free.

use std::{env, fs, path::Path, process::Command};

use super::ran;

/// Set where a test runs in namespaces of its own.
const INSIDE: &str = "RINGPLAN_APART";

/// A command in namespaces of its own: anybody's, where the system lets anybody have them, else root's.
fn apart() -> Option<Command> {
    let kinds: [&[&str]; 2] =
        [&["--user", "--map-root-user", "--mount", "--net", "--"], &["--mount", "--net", "--"]];
    kinds.into_iter().find_map(|kind| {
        let unshare = || {
            let mut command = Command::new("unshare");
            command.args(kind);
            command
        };
        let may = unshare().arg("true").status().is_ok_and(|status| status.success());
        may.then(unshare)
    })
}

/// Runs `inside` where `server` is the only name server: the test of this name, once more. Says so where the system gives
/// nobody a network.
pub(crate) fn with_name_server(server: &str, test: &str, inside: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return inside();
    }
    let Some(mut command) = apart() else {
        println!("not shown: this system gives nobody a network of their own");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let resolv = folder.join("resolv.conf");
    fs::write(&resolv, format!("nameserver {server}\n")).expect("the file can be written");
    command
        .env(INSIDE, "1")
        .args(["sh", "-c"])
        .arg("PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"")
        .args([&resolv, &env::current_exe().expect("a running program has a path")])
        .args(["--exact", "--nocapture", test]);
    let ran = ran(command);
    assert!(ran.code == 0 && ran.out.contains("1 passed"), "{}\n{}", ran.out, ran.err);
    print!("{}", ran.out);
}
