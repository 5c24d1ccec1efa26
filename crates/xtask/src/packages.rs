//! What the live stages need beyond Rust: installed by themselves where Debian's `apt-get` is at hand.

use std::path::PathBuf;

use crate::shell::{Command, target};

/// A program and the Debian package that brings it.
pub struct Package {
    program: &'static str,
    package: &'static str,
}

/// The generator of SIP calls that plays phones and carriers.
pub const SIPP: [Package; 1] = [Package { program: "sipp", package: "sip-tester" }];

/// What looks for switches, accounts and passwords to abuse.
pub const SCANNERS: [Package; 1] = [Package { program: "svmap", package: "sipvicious" }];

/// What says the texts of a config.
pub const SPEECH: [Package; 1] = [Package { program: "espeak-ng", package: "espeak-ng" }];

/// Real phones, and what the other one is installed by.
pub const PHONES: [Package; 3] = [
    Package { program: "baresip", package: "baresip-core" },
    Package { program: "linphonec", package: "linphone-cli" },
    Package { program: "python3", package: "python3-venv" },
];

/// Who reads units as systemd does. Where systemd does not run, its package starts nothing.
pub const UNITS: [Package; 1] = [Package { program: "systemd-analyze", package: "systemd" }];

/// Who plays a trunk's peer, and those before and behind it.
pub const PEER: [Package; 3] = [
    Package { program: "sipp", package: "sip-tester" },
    Package { program: "kamailio", package: "kamailio" },
    // What Kamailio loads to speak TLS.
    Package { program: "tls.so", package: "kamailio-tls-modules" },
];

/// What the bench compares with.
pub const PEERS: [Package; 3] = [
    Package { program: "sipp", package: "sip-tester" },
    Package { program: "kamailio", package: "kamailio" },
    Package { program: "rtpengine", package: "rtpengine-daemon" },
];

/// Installs what is missing.
///
/// # Errors
/// It cannot; what to do by hand.
pub fn install(packages: &[Package]) -> Result<(), String> {
    let missing: Vec<&str> =
        packages.iter().filter(|it| find(it.program).is_none()).map(|it| it.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt_get(&missing)?;
    // A daemon that comes with a package is ours to start, not the system's.
    for daemon in missing.iter().filter(|name| ["kamailio", "rtpengine-daemon"].contains(name)) {
        if std::path::Path::new("/run/systemd/system").exists() {
            let _ = as_root(&["systemctl", "disable", "--now", daemon]).say();
        }
    }
    match packages.iter().find(|it| find(it.program).is_none()) {
        None => Ok(()),
        Some(it) => Err(format!("{} is missing although {} is installed", it.program, it.package)),
    }
}

/// A Python that has PJSUA2: the system's if it does, else one of our own below `target/`.
///
/// # Errors
/// There is none and it cannot be installed.
pub fn python_with_pjsua2() -> Result<PathBuf, String> {
    let system = PathBuf::from("python3");
    let has_it = |python: &PathBuf| {
        Command::new(python).args(&["-c", "import pjsua2"]).say().is_ok_and(|said| said.content)
    };
    if has_it(&system) {
        return Ok(system);
    }
    let venv = target().join("pjsua2");
    let python = venv.join("bin/python3");
    if !has_it(&python) {
        let make = || Command::new("python3").args(&["-m", "venv"]).args(&[&venv]).say();
        if !make()?.content {
            // Debian's Python comes without the means to make one.
            apt_get(&["python3-venv"])?;
            expect(make()?, "python3 -m venv")?;
        }
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pjsua2-python"];
        expect(Command::new(&python).args(&pip).say()?, "pip install pjsua2-python")?;
    }
    Ok(python)
}

/// Whether what is missing can be installed by itself.
pub fn can_install() -> bool {
    find("apt-get").is_some()
}

fn apt_get(packages: &[&str]) -> Result<(), String> {
    let by_hand = format!("install by hand: apt-get install {}", packages.join(" "));
    if !can_install() {
        return Err(by_hand);
    }
    let install = || {
        let words = ["apt-get", "install", "--yes", "--no-install-recommends", "-qq"];
        as_root(&words).args(packages).env("DEBIAN_FRONTEND", "noninteractive").say()
    };
    if install()?.content {
        return Ok(());
    }
    // The lists of a fresh machine are empty or old.
    as_root(&["apt-get", "update", "-qq"]).say()?;
    expect(install()?, "apt-get install").map_err(|why| format!("{why}\n{by_hand}"))
}

fn as_root(words: &[&str]) -> Command {
    let is_root = Command::new("id").args(&["-u"]).say().is_ok_and(|said| said.text.trim() == "0");
    if is_root {
        Command::new(words[0]).args(&words[1..])
    } else {
        Command::new("sudo").args(&["--non-interactive"]).args(words)
    }
}

fn expect(said: crate::shell::Said, what: &str) -> Result<(), String> {
    if said.content { Ok(()) } else { Err(format!("{what} failed:\n{}", said.text)) }
}

/// Where the program of a package lies.
///
/// # Errors
/// It is not installed.
pub fn program(package: &Package) -> Result<PathBuf, String> {
    find(package.program).ok_or_else(|| format!("{} is not installed", package.program))
}

/// Where a program lies. Daemons lie where a user's PATH does not look, and so do Kamailio's modules.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let modules = format!("/usr/lib/{}-linux-gnu/kamailio/modules", std::env::consts::ARCH);
    let system = ["/usr/sbin", "/usr/local/sbin", &modules].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(program)).find(|file| file.is_file())
}
