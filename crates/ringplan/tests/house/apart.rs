//! A network of a test's own: it runs once more by itself, as root of namespaces, where port 53 is free and hosts may be
//! anywhere.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use nix::sched::{CloneFlags, setns};

use super::ran;

/// Set where a test runs in namespaces of its own.
const INSIDE: &str = "RINGPLAN_APART";

/// Set where a system that gives nobody namespaces is to pass.
const MAY_SKIP: &str = "RINGPLAN_MAY_SKIP";

/// Where the tools of the network may lie.
const PATH: &str = "PATH=$PATH:/usr/sbin:/sbin; ";

/// A command in namespaces of its own: anybody's, where the system lets anybody have them, else root's. In them one can do
/// what `probe` does.
fn apart(probe: &str) -> Option<Command> {
    let kinds: [&[&str]; 2] =
        [&["--user", "--map-root-user", "--mount", "--net", "--"], &["--mount", "--net", "--"]];
    kinds.into_iter().find_map(|kind| {
        let unshare = || {
            let mut command = Command::new("unshare");
            command.args(kind);
            command
        };
        let tried = unshare().args(["sh", "-c", &format!("{PATH}{probe}")]).status();
        tried.is_ok_and(|status| status.success()).then(unshare)
    })
}

/// Runs the test of this name once more, after `prepare`, which finds `given` as `$0`. Says so where the system gives nobody
/// what it takes.
fn again(probe: &str, prepare: &str, given: &Path, test: &str) {
    let Some(mut command) = apart(probe) else {
        assert!(
            env::var_os(MAY_SKIP).is_some(),
            "nobody gets a network of their own here; {MAY_SKIP}=1 passes it over"
        );
        println!("not shown: this system gives nobody a network of their own");
        return;
    };
    command
        .env(INSIDE, "1")
        .args(["sh", "-c"])
        .arg(format!("{PATH}ip link set lo up && {prepare} && exec \"$@\""))
        .args([given, &env::current_exe().expect("a running program has a path")])
        .args(["--exact", "--nocapture", test]);
    let ran = ran(command);
    assert!(ran.code == 0 && ran.out.contains("1 passed"), "{}\n{}", ran.out, ran.err);
    print!("{}", ran.out);
}

/// Runs `inside` where `server` is the only name server.
pub(crate) fn with_name_server(server: &str, test: &str, inside: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return inside();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let resolv = folder.join("resolv.conf");
    fs::write(&resolv, format!("nameserver {server}\n")).expect("the file can be written");
    again("true", "mount --bind \"$0\" /etc/resolv.conf", &resolv, test);
}

/// Runs `inside` on a host with a network of its own, where the others are.
pub(crate) fn with_others(test: &str, inside: impl FnOnce(&Others)) {
    if env::var_os(INSIDE).is_some() {
        return inside(&Others::new());
    }
    again("ip link add lan type veth peer name wan", "true", Path::new("sh"), test);
}

/// The other hosts, behind the one cable that this host has: its neighbours, and those whom only a router leads to.
pub(crate) struct Others {
    /// Reads without end what nobody writes: it lives for as long as we do.
    keeper: Child,
}

/// This host among its neighbours, a neighbour, and somebody outside; of either family.
pub(crate) const HERE: [&str; 2] = ["192.168.7.2", "fd77::2"];
pub(crate) const NEIGHBOUR: [&str; 2] = ["192.168.7.3", "fd77::3"];
pub(crate) const OUTSIDE: [&str; 2] = ["198.51.100.9", "2001:db8:9::9"];

/// The router, which is the others' end of the cable.
const ROUTER: [&str; 2] = ["192.168.7.1", "fd77::1"];

/// The two ends of the cable.
const LAN: &str = "02:00:00:00:00:01";
const WAN: &str = "02:00:00:00:00:02";

impl Others {
    fn new() -> Self {
        let mut keeper = Command::new("unshare");
        keeper.args(["--net", "--", "sh", "-c", "echo there; exec cat"]);
        let mut keeper =
            keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("namespaces may be had here");
        let mut line = String::new();
        let mut said = BufReader::new(keeper.stdout.take().expect("piped"));
        said.read_line(&mut line).expect("it says when it is there");
        let others = Self { keeper };
        others.lay();
        others
    }

    /// Lays the cable, and waits until both ends are up: before, what is sent is lost without a word. Nobody is asked whose an
    /// address is, nor waited for: nobody else can have it (RFC 4862 §5.4), and what waits for an answer may be lost as well.
    fn lay(&self) {
        let theirs = self.network();
        let address = |ip: &str, on: &str| match (ip.contains(':'), on) {
            (true, "lo") => format!("ip addr add {ip}/128 dev lo nodad\n"),
            (false, "lo") => format!("ip addr add {ip}/32 dev lo\n"),
            (true, on) => format!("ip addr add {ip}/64 dev {on} nodad\n"),
            (false, on) => format!("ip addr add {ip}/24 dev {on}\n"),
        };
        let beside = || ROUTER.iter().chain(&NEIGHBOUR);
        let known = |ip: &str, end: &str, on: &str| {
            format!("ip neigh replace {ip} lladdr {end} nud permanent dev {on}\n")
        };
        let own: String = HERE.iter().map(|ip| address(ip, "lan")).collect();
        let others: String = beside().map(|ip| address(ip, "wan")).collect();
        let outside: String = OUTSIDE.iter().map(|ip| address(ip, "lo")).collect();
        let we_know: String = beside().map(|ip| known(ip, WAN, "lan")).collect();
        let they_know: String = HERE.iter().map(|ip| known(ip, LAN, "wan")).collect();
        let routes: String = ROUTER.iter().map(|ip| format!("ip route add default via {ip}\n")).collect();
        let script = format!(
            "{PATH}set -e\nip link add lan address {LAN} type veth peer name wan address {WAN} netns {pid}\n\
             {own}ip link set lan up\n{we_know}\
             nsenter --net={theirs} sh -ec 'ip link set lo up\n{others}{outside}ip link set wan up\n{they_know}'\n\
             nsenter --net={theirs} {is_up} wan\n{is_up} lan\n{routes}",
            is_up = "sh -c 'for i in $(seq 1000); do ip link show $0 | grep -q \"state UP\" && exit; sleep 0.01; done; exit 1'",
            pid = self.keeper.id()
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        let ran = ran(command);
        assert!(ran.code == 0, "{}", ran.err);
    }

    fn network(&self) -> String {
        format!("/proc/{}/ns/net", self.keeper.id())
    }

    /// Does something on one of those hosts. A socket stays where it was made.
    pub(crate) fn there<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let network = File::open(self.network()).expect("the keeper lives");
        let moved = || {
            setns(&network, CloneFlags::CLONE_NEWNET).expect("it is a network of ours");
            work()
        };
        thread::scope(|scope| scope.spawn(moved).join().expect("it ends well"))
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
