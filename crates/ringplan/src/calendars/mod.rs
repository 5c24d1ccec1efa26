//! Calendars that lie elsewhere: fetched on the runtime, kept for when they can't be, and brought into force by
//! themselves when they are another.
//!
//! ```text
//! due ─> GET ── 304 ─────────────────────────> good as of now
//!          ├── 200, a calendar, the same ────> good as of now
//!          ├── 200, a calendar, another ─────> kept ─> what runs, with it, as a new version
//!          └── anything else ────────────────> stale: the last good copy counts, and whoever looks is told why
//! ```
//!
//! It is parsed first and kept after. Nothing here knows what an event means.

mod copies;
mod fetch;

use std::{sync::Arc, time::Duration};

use callplan::{Remote, Site, fetched_calendar, shown_url};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, Semaphore},
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval},
};
use tracing::{error, info, warn};

pub(crate) use self::copies::Copies;
use self::{
    copies::{Known, time},
    fetch::{Answer, Marks, fetch},
};
use crate::{apply::Applier, net::tls::Tls, time::Clocks, watch::Watch};

/// Between two looks at what is due.
const LOOK: Duration = Duration::from_secs(10);

/// Calendars fetched at a time.
const AT_ONCE_MAX: usize = 8;

/// What calendars are fetched with, and where they are kept. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Calendars {
    copies: Copies,
    tls: Tls,
    clocks: Clocks,
}

impl Calendars {
    /// Keeps copies in this folder, and believes whom `tls` believes.
    pub(crate) fn new(copies: Copies, tls: Tls) -> Self {
        Self { copies, tls, clocks: Clocks::start() }
    }

    /// Fetches what a site names and nobody ever fetched.
    pub(crate) async fn fetch_missing(&self, site: &Site) {
        let missing = site.remotes.iter().filter(|remote| !self.copies.has(&remote.url));
        self.fetch_all(missing.map(|remote| Arc::clone(&remote.url)).collect()).await;
    }

    /// Fetches these; whether any is another than before.
    async fn fetch_all(&self, urls: Vec<Arc<str>>) -> bool {
        let (mut fetching, chairs) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE_MAX)));
        for url in urls {
            let (own, chairs) = (self.clone(), Arc::clone(&chairs));
            fetching.spawn(async move {
                let _chair = chairs.acquire_owned().await;
                own.fetch_one(&url).await
            });
        }
        fetching.join_all().await.contains(&true)
    }

    async fn fetch_one(&self, url: &str) -> bool {
        let known = self.copies.known(url);
        let has_copy = self.copies.has(url);
        let marks = if has_copy { known.marks.clone() } else { Marks::default() };
        let answer = fetch(&self.tls, url, &marks).await;
        let (own, owned) = (self.clone(), url.to_owned());
        // To parse and to write may take their time, so not on this thread.
        spawn_blocking(move || own.take(&owned, known, answer)).await.unwrap_or(false)
    }

    /// Keeps what came, and what is known by it.
    fn take(&self, url: &str, mut known: Known, answer: Result<Answer, String>) -> bool {
        let now = self.clocks.now().wall.unix_seconds();
        let failed_before = known.fails.is_some();
        let taken = answer.and_then(|answer| match answer {
            Answer::Unchanged => Ok(false),
            Answer::New(bytes, marks) => {
                let new = fetched_calendar(&bytes)?;
                known.marks = marks;
                let old = self.copies.read(url).ok().and_then(|old| fetched_calendar(&old.bytes).ok());
                // Some servers stamp each answer anew; what is the same is not another.
                if old == Some(new) {
                    return Ok(false);
                }
                self.copies.keep(url, &bytes).map_err(|error| format!("it can't be kept: {error}"))?;
                known.came = Some(now);
                Ok(true)
            }
        });
        match &taken {
            Ok(_) => known.succeeds(now),
            Err(why) => known.fails(why.clone(), now),
        }
        let shown = shown_url(url);
        match &taken {
            Err(why) if !failed_before => match known.checked {
                Some(at) => warn!("{shown} can't be fetched: {why}; its copy counts, good at {}", time(at)),
                None => error!(
                    "{shown} can't be fetched: {why}; there is no copy, and its days are as every other"
                ),
            },
            Ok(_) if failed_before => info!("{shown} can be fetched again"),
            Ok(true) => info!("{shown} was fetched and is another"),
            Ok(false) | Err(_) => {}
        }
        if let Err(error) = self.copies.note(&known) {
            error!("what is known of {shown} can't be kept: {error}");
        }
        taken.unwrap_or(false)
    }

    fn is_due(&self, remote: &Remote) -> bool {
        let now = self.clocks.now().wall.unix_seconds();
        self.copies.known(&remote.url).is_due(remote.refresh, now)
    }

    fn shape(&self, remote: &Remote) -> Value {
        let (known, has_copy) = (self.copies.known(&remote.url), self.copies.has(&remote.url));
        let now = self.clocks.now().wall.unix_seconds();
        let (since, why) = known.fails.clone().unzip();
        json!({
            "url": remote.shown(),
            "state": match (has_copy, &why) {
                (true, None) => "good",
                (true, Some(_)) => "stale",
                (false, _) => "never fetched",
            },
            "came": known.came.map(time),
            "checked": known.checked.map(time),
            "age_s": known.checked.map(|at| now.saturating_sub(at).max(0)),
            "refresh_s": remote.refresh.as_secs(),
            "fails_since": since.map(time),
            "why": why,
        })
    }
}

/// Keeps the calendars of what runs as they are elsewhere.
#[derive(Debug)]
pub(crate) struct Keeper {
    calendars: Calendars,
    applier: Arc<Applier>,
    watch: Arc<Watch>,
    /// Whoever fetches holds it; whether something came that is not in force yet.
    turn: Mutex<bool>,
}

impl Keeper {
    /// A keeper of what `applier` runs.
    pub(crate) fn new(applier: Arc<Applier>, watch: Arc<Watch>) -> Arc<Self> {
        let calendars = applier.calendars();
        Arc::new(Self { calendars, applier, watch, turn: Mutex::new(true) })
    }

    /// Fetches what is due, for as long as the daemon runs.
    pub(crate) async fn mind(self: Arc<Self>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look(|remote| self.calendars.is_due(remote)).await;
        }
    }

    /// Fetches all of them now.
    pub(crate) async fn refresh(&self) {
        self.look(|_| true).await;
    }

    /// How each does, in the order of the config.
    pub(crate) fn told(&self) -> Value {
        let site = self.applier.running().site;
        site.remotes.iter().map(|remote| self.calendars.shape(remote)).collect()
    }

    async fn look(&self, is_wanted: impl Fn(&Remote) -> bool) {
        let mut is_new = self.turn.lock().await;
        let site = self.applier.running().site;
        if site.remotes.is_empty() {
            return;
        }
        let wanted = site.remotes.iter().filter(|remote| is_wanted(remote));
        *is_new |= self.calendars.fetch_all(wanted.map(|it| Arc::clone(&it.url)).collect()).await;
        // A change that is watched is judged as it is: what came waits for its end.
        if !*is_new || self.watch.is_watching() {
            return;
        }
        let applier = Arc::clone(&self.applier);
        // What is refused is told, and offered again when something else came.
        let _ = spawn_blocking(move || applier.renew()).await;
        *is_new = false;
    }
}
