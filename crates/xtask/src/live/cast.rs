//! The cast of a scene: one SIPp process a part.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use xtask::{
    daemon::{Daemon, tail},
    net::{PORT, is_bound},
    shell::Command,
};

use super::{
    measure::{Ear, Pace},
    scene::{MANY, Role, Scene},
};

/// Who lives where; the site names the same addresses.
const PARTIES: &[(&str, u8)] = &[
    ("carrier", 2),
    ("outside", 3),
    ("gateway", 4),
    ("agent", 5),
    ("stranger", 66),
    ("ana-desk", 11),
    ("ben-desk", 12),
    ("cho-desk", 13),
];

/// What a part may take beyond the calls it makes.
const PATIENCE: Duration = Duration::from_secs(40);

/// Plays scenes against a daemon.
#[derive(Debug)]
pub(super) struct Cast<'a> {
    daemon: &'a Daemon,
    /// Where `parts/` lies.
    folder: &'a Path,
}

/// A part being played.
struct Playing {
    role: String,
    errors: PathBuf,
    process: Child,
    until: Instant,
    /// What it has to have reached.
    pace: Option<Pace>,
    /// What it has to have heard.
    ear: Option<Ear>,
}

impl<'a> Cast<'a> {
    pub(super) fn new(daemon: &'a Daemon, folder: &'a Path) -> Self {
        Self { daemon, folder }
    }

    /// Plays a scene to its end; every part has to be played as written.
    pub(super) fn play(&self, scene: &Scene) -> Result<(), String> {
        self.all_register(scene, "register")?;
        let (callers, called): (Vec<_>, Vec<_>) = scene.roles.iter().partition(|role| role.begins());
        let mut waiting = Vec::new();
        for role in called {
            let playing = self.start(role)?;
            self.wait_until_it_listens(role)?;
            waiting.push(playing);
        }
        let mut faults = Vec::new();
        for role in callers {
            let played =
                if role.says.is_empty() { self.start(role)?.finish() } else { self.daemon.ask(&role.says) };
            faults.extend(played.err());
        }
        // The called end with their callers.
        let soon = Instant::now() + Duration::from_secs(5);
        for mut playing in waiting {
            playing.until = if faults.is_empty() { playing.until } else { soon };
            faults.extend(playing.finish().err());
        }
        if faults.is_empty() { self.all_register(scene, "unregister") } else { Err(faults.join("\n")) }
    }

    /// Every phone of the scene plays `part`, all at once.
    fn all_register(&self, scene: &Scene, part: &str) -> Result<(), String> {
        let registered = scene.registered.iter();
        let playing: Result<Vec<_>, _> = registered.map(|who| self.start(&Role::new(who, part))).collect();
        playing?.into_iter().try_for_each(Playing::finish)
    }

    fn start(&self, role: &Role) -> Result<Playing, String> {
        let log = |what: &str| self.daemon.folder.join(format!("{}-{}.{what}", role.who, role.part));
        let mut words = self.words(role)?;
        let mut option = |name: &str, values: &[&str]| {
            words.push(name.to_owned());
            words.extend(values.iter().map(|&value| value.to_owned()));
        };
        let (errors, messages) = (log("errors"), log("messages"));
        option("-error_file", &[&errors.to_string_lossy()]);
        if role.rate.is_none() && role.times < MANY {
            option("-trace_msg", &["-message_file", &messages.to_string_lossy()]);
        }
        let ear = role.hears.map(|packets| Ear::open(self.address(&role.who)?, packets)).transpose()?;
        // Who does not listen names the port that SIPp has for sound.
        option("-key", &["ear", &ear.as_ref().map_or(6000, |ear| ear.port).to_string()]);
        let pace = role.reaching.map(|least| Pace { least, calls: role.times, statistics: log("csv") });
        if let Some(pace) = &pace {
            option("-trace_stat", &["-stf", &pace.statistics.to_string_lossy(), "-fd", "1"]);
        }
        let process = Command::new("sipp").args(&words).folder(self.folder).spawn(&log("screen"))?;
        let until = Instant::now() + role.lasts() + PATIENCE / 4;
        let role = format!("{} plays {}", role.who, role.part);
        Ok(Playing { role, errors, process, until, pace, ear })
    }

    /// What SIPp is told: where everybody is, who it is, and how many calls it plays.
    fn words(&self, role: &Role) -> Result<Vec<String>, String> {
        let (switch, me) = (self.daemon.net.address(1), self.address(&role.who)?);
        let next = role.by.as_deref().map_or(Ok(switch), |by| self.address(by))?;
        let (part, who, times) = (&role.part, &role.who, role.times);
        let at_once = if role.rate.is_some() || times >= MANY { 5000 } else { 1 };
        let seconds = role.lasts().as_secs();
        let mut words = format!(
            "{next}:{PORT} -sf parts/{part}.xml -i {me} -mi {me} -p {PORT} -m {times} -l {at_once} \
             -r {rate} -key user {who} -au {who} -ap {who}-secret -key caller +12025550142 \
             -timeout {seconds}s -timeout_error -trace_err -nostdin",
            rate = role.rate.unwrap_or(10),
        );
        for (place, key) in ["first", "second", "third", "fourth"].into_iter().zip(role.presses.chars()) {
            words += &format!(" -key {place} {key}");
        }
        if let Some(to) = role.to.as_ref().or(role.of.as_ref()) {
            words += &format!(" -s {to} -auth_uri {to}@{switch}:{PORT}");
        }
        Ok(words.split_whitespace().map(str::to_owned).collect())
    }

    fn wait_until_it_listens(&self, role: &Role) -> Result<(), String> {
        let (address, until) = (self.address(&role.who)?, Instant::now() + PATIENCE);
        while !is_bound(address, PORT) {
            if Instant::now() > until {
                return Err(format!("{} does not listen on {address}:{PORT}", role.who));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn address(&self, who: &str) -> Result<Ipv4Addr, String> {
        let party = PARTIES.iter().find(|(name, _)| *name == who);
        party.map(|&(_, host)| self.daemon.net.address(host)).ok_or_else(|| format!("nobody is called {who}"))
    }
}

impl Role {
    /// Whether it speaks first, rather than wait to be called.
    fn begins(&self) -> bool {
        self.to.is_some() || self.part.contains("register") || !self.says.is_empty()
    }

    /// How long it may take.
    fn lasts(&self) -> Duration {
        PATIENCE + Duration::from_millis(u64::from(self.times) * 1000 / u64::from(self.rate.unwrap_or(400)))
    }
}

impl Playing {
    fn finish(mut self) -> Result<(), String> {
        while Instant::now() < self.until {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return self.judge(),
                Ok(Some(status)) => {
                    return Err(format!("{}: {status}\n{}", self.role, tail(&self.errors)));
                }
                Ok(None) => sleep(Duration::from_millis(10)),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("{}: not over in time\n{}", self.role, tail(&self.errors)))
    }

    /// What SIPp alone does not judge.
    fn judge(&self) -> Result<(), String> {
        let pace = self.pace.as_ref().map_or(Ok(()), Pace::judge);
        let heard = self.ear.as_ref().map_or(Ok(()), Ear::judge);
        pace.and(heard).map_err(|why| format!("{}: {why}", self.role))
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
