//! A site of its own for each test: config, data, free ports, and the real binary run on them.

#![allow(dead_code, reason = "each test program uses some of it")]

pub(crate) mod apart;
pub(crate) mod authority;
pub(crate) mod corpus;
pub(crate) mod party;
mod ports;
pub(crate) mod wire;

use std::{
    cell::RefCell,
    fs::{self, Permissions},
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use self::ports::Ports;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A config and a data directory below the build's own temporary folder.
#[derive(Debug)]
pub(crate) struct Site {
    /// Where both lie.
    pub(crate) folder: PathBuf,
    /// Where the switch listens, UDP and TCP.
    pub(crate) address: SocketAddr,
    /// The first of its ports for media.
    pub(crate) rtp: u16,
    ports: Ports,
}

/// Ports for media of a site that says nothing else: ten streams.
const MEDIA: u16 = 20;

impl Site {
    /// Two people with a phone each, a carrier on loopback, a main number; nobody has a secret yet.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        let ports = Ports::claim();
        let (address, rtp) = (ports.sip(), ports.media());
        let site = Self { folder, address, rtp, ports };
        site.write("secrets/phones", "");
        site.write(
            "site.toml",
            &format!(
                r#"
[site]
name = "Test"
timezone = "Europe/Berlin"
country = "US"
domain = "pbx.test"
mailbox = "office"
ring = "2s"
phone_secrets = {{ file = "secrets/phones" }}
[listen]
udp = ["{address}"]
tcp = ["{address}"]
rtp = "{}"
[people]
ana = {{ ext = 101 }}
ben = {{ ext = 102 }}
[phones]
ana-desk = {{ person = "ana" }}
ben-desk = {{ person = "ben" }}
[mailboxes]
office = {{ max = "1m" }}
[trunks.carrier]
profile = "generic-address"
ping = "off"
host = "127.0.0.3"
channels = 4
[numbers]
"+12025550100" = {{ trunk = "carrier", person = "ana", mailbox = "office" }}
[emergency]
trunks = ["carrier"]
present = "+12025550100"
"#,
                site.range(MEDIA)
            ),
        );
        site
    }

    /// Gives it room for so many streams.
    pub(crate) fn make_room(&self, streams: u16) {
        self.change(&self.range(MEDIA), &self.range(2 * streams));
    }

    /// Puts other words in its config.
    pub(crate) fn change(&self, words: &str, others: &str) {
        let text = fs::read_to_string(self.config().join("site.toml")).expect("it was written");
        assert!(text.contains(words), "{words} stands in it");
        self.write("site.toml", &text.replace(words, others));
    }

    fn range(&self, ports: u16) -> String {
        assert!(ports <= ports::MEDIA_MAX, "a site has no more");
        format!("{}-{}", self.rtp, self.rtp + ports - 1)
    }

    /// Writes a file of the config; a secret is its owner's alone.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.config().join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
        if name.starts_with("secrets/") || name.ends_with("key.pem") {
            fs::set_permissions(path, Permissions::from_mode(0o600)).expect("it is ours");
        }
    }

    /// The config directory.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("etc")
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The binary, about this site.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringplan"));
        command.arg("--config").arg(self.config()).arg("--data").arg(self.data()).args(arguments);
        command.env_remove("STATE_DIRECTORY").env_remove("NOTIFY_SOCKET");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments))
    }

    /// Gives a phone a secret and returns the password.
    pub(crate) fn add_phone(&self, phone: &str) -> String {
        let ran = self.run(&["phone", "add", phone]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let line = ran.out.lines().find(|line| line.trim().starts_with("password")).expect("it is printed");
        line.split_whitespace().nth(1).expect("after its name").to_owned()
    }

    /// Starts the daemon and waits until it listens.
    pub(crate) fn serve(&self) -> Daemon {
        let daemon = self.start();
        daemon.says("listens on");
        daemon
    }

    /// Starts the daemon.
    pub(crate) fn start(&self) -> Daemon {
        Daemon::of(self.command(&["serve"]))
    }

    /// Starts the daemon with everything logged that it has words for.
    pub(crate) fn serve_saying_all(&self) -> Daemon {
        let daemon = Daemon::of(self.command(&["serve", "--log", "trace"]));
        daemon.says("listens on");
        daemon
    }

    /// Starts the daemon as a service manager does that is told at this path and wants a sign of life.
    pub(crate) fn start_managed(&self, manager: &Path, watchdog: Duration) -> Daemon {
        let plain = self.command(&["serve"]);
        let mut command = Command::new("sh");
        command.arg("-c").arg("WATCHDOG_PID=$$ exec \"$0\" \"$@\"").arg(plain.get_program());
        command.args(plain.get_args()).env("NOTIFY_SOCKET", manager);
        command.env("WATCHDOG_USEC", watchdog.as_micros().to_string());
        Daemon::of(command)
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit status.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs a command to its end; one that does not end in time is killed, and the test fails.
pub(crate) fn ran(mut command: Command) -> Ran {
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the binary runs");
    let out = gather(child.stdout.take().expect("piped"));
    let err = gather(child.stderr.take().expect("piped"));
    let code = ended(child).code().unwrap_or(-1);
    Ran { code, out: out.join().expect("it only reads"), err: err.join().expect("it only reads") }
}

/// Reads to the end beside what else is done, so that the writer never waits.
fn gather(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A daemon that runs; dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// Until its end is waited for.
    child: Option<Child>,
    lines: Receiver<String>,
    kept: RefCell<Vec<String>>,
}

impl Daemon {
    fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child: Some(child), lines, kept: RefCell::default() }
    }

    /// Waits for a line of its log that holds `words`; lines that came meanwhile are kept for later.
    pub(crate) fn says(&self, words: &str) -> String {
        let mut kept = self.kept.borrow_mut();
        if let Some(at) = kept.iter().position(|line| line.contains(words)) {
            return kept.remove(at);
        }
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => kept.push(line),
                Err(_) => panic!("never said {words:?}, but:\n{}", kept.join("\n")),
            }
        }
    }

    /// All of its log so far that nobody waited for.
    pub(crate) fn said(&self) -> Vec<String> {
        self.kept.borrow_mut().drain(..).chain(self.lines.try_iter()).collect()
    }

    /// Waits for its end; it ends well. All of its log that nobody waited for.
    pub(crate) fn said_to_its_end(mut self) -> Vec<String> {
        assert_eq!(ended(self.child.take().expect("waited for once")).code(), Some(0));
        self.kept.borrow_mut().drain(..).chain(self.lines.iter()).collect()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs until it is waited for").id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(pid(self.pid()), signal).expect("it runs");
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        ended(self.child.take().expect("waited for once"))
    }

    /// Asks it to end and waits; it ends well.
    pub(crate) fn stop(self) {
        self.signal(Signal::SIGTERM);
        assert_eq!(self.wait().code(), Some(0));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for the end of a child; one that does not end in time is killed, and the test fails.
pub(crate) fn ended(mut child: Child) -> ExitStatus {
    let id = child.id();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait()));
    match told.recv_timeout(PATIENCE) {
        Ok(status) => status.expect("our child"),
        Err(_) => {
            let _ = kill(pid(id), Signal::SIGKILL);
            panic!("process {id} did not end");
        }
    }
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("a process id"))
}
